package reconcile

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/reconcile/internal/ondisk"
)

// Looking through the journal for what no report has had: first for records that may have opened something, then for
// what became of each. Both a reconciliation ([run.missing]) and [StatusOf] ask it.

// An openScan finds the captures, refunds, transfers and payouts of a provider that no report has had.
type openScan struct {
	ledger   *ledger.Ledger
	book     *posting.Book
	provider string
	dir      string // for temporary files
	memory   int    // how many entries stay in memory before they go to disk
	until    uint64 // as of which record; 0 is now

	minStretch uint64  // how many records are worth a goroutine
	splits     bool    // splits that settlements made are looked for
	since      horizon // what was over before that is left out

	// claimed reports whether a line of the reports was about an item; nil where there are no reports. Records in skip
	// are captures that lines reported: they are not even read, which is what makes the scan fast.
	claimed func(ondisk.Key) (bool, error)
	skip    marks

	// Captures that a report has settled as a whole. Several goroutines fill it, and it is read when all have ended.
	mu     sync.Mutex
	closed ondisk.Map
}

// finder finds payments, notices and reports as of the scan's record.
func (s *openScan) finder() *posting.Finder { return s.book.Finder().Until(s.until) }

// from returns how far back the newest report that was posted has left something open; all is zero if there is none.
func (s *openScan) from() (horizon, error) {
	for report, err := range s.finder().Reports(s.provider) {
		if err != nil {
			return horizon{}, err
		}
		if report.Metadata[metaState] != stateDone {
			continue
		}
		if n, err := strconv.ParseUint(report.Metadata[metaOpen], 10, 64); err == nil {
			h := horizon{record: n}
			for key, at := range h.times() {
				*at, _ = time.Parse(time.RFC3339Nano, report.Metadata[key]) // else it is not known
			}
			return h, nil
		}
	}
	return horizon{}, nil
}

// scan calls found for every open item, in the order of the journal, and says whether a line of the reports was
// about it. It first reads the journal once, in several stretches in parallel, and then each payment that may
// have an open item. An item is valid until found returns.
func (s *openScan) scan(ctx context.Context, from horizon, found func(*openItem, bool) error) (err error) {
	s.since = from
	s.closed = ondisk.Map{Dir: s.dir, Limit: s.memory}
	defer func() { err = errors.Join(err, s.closed.Close()) }()
	stretches := s.stretches(max(from.record, 1))
	defer func() {
		for i := range stretches {
			err = errors.Join(err, stretches[i].candidates.Close())
		}
	}()
	side := accounts.Provider(s.provider)
	var all sync.WaitGroup
	failed := make([]error, len(stretches))
	for i := range stretches {
		all.Go(func() {
			part := &stretches[i]
			for rec, err := range s.ledger.Scan(ctx, ledger.Scan{From: part.from, To: part.to, Skip: s.skip.has}) {
				if err == nil {
					err = s.look(rec, side, &part.candidates)
				}
				if err != nil {
					failed[i] = err
					return
				}
			}
		})
	}
	all.Wait()
	for i := range stretches {
		if failed[i] != nil {
			return failed[i]
		}
	}
	// All stretches were read, so closed is complete: a capture may be settled in a later stretch than it was
	// made in. The candidates are taken in the order of the journal.
	finder := s.finder()
	for i := range stretches {
		for text, err := range stretches[i].candidates.All() {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				err = s.decide(finder, candidateOf(text), found)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// leastStretch is how many records are worth a goroutine of their own.
const leastStretch = 10_000

// A stretch is a part of the journal that one goroutine reads.
type stretch struct {
	from, to   uint64
	candidates ondisk.Log
}

// stretches cuts the journal, from a record on, into as many stretches as there are processors.
func (s *openScan) stretches(from uint64) (list []stretch) {
	last := s.ledger.Stats().Records
	if s.until > 0 {
		last = min(last, s.until)
	}
	size := max((last+1-min(from, last+1))/uint64(runtime.GOMAXPROCS(0))+1, s.minStretch)
	for ; from <= last; from += size {
		list = append(list, stretch{from, min(from+size-1, last), ondisk.Log{Dir: s.dir}})
	}
	return list
}

// A candidate is a record that may have opened an item.
type candidate struct {
	record  uint64
	key     ondisk.Key // of its capture; zero of a refund
	payment string     // empty of a transfer or payout
}

// candidateOf reads what text writes: the number, the key and the name of the payment.
func candidateOf(text []byte) candidate {
	return candidate{binary.LittleEndian.Uint64(text), ondisk.Key(text[8:]), string(text[24:])}
}

func (c *candidate) text() []byte {
	return append(append(binary.LittleEndian.AppendUint64(make([]byte, 0, 64), c.record), c.key[:]...), c.payment...)
}

// look notes what a record opens, or closes: captures that a report has settled.
// It runs in several goroutines; all that they share is closed, under mu.
func (s *openScan) look(rec *ledger.Record, side accounts.ID, candidates *ondisk.Log) error {
	moves := !s.since.transfers.IsZero() || !s.since.payouts.IsZero()
	if len(rec.Entries) == 0 || !moves && !ofProvider(rec, side) {
		return nil
	}
	// Most records are decided by the check before: only now is the content decoded.
	kind, err := posting.TypeOf(rec)
	if err != nil {
		return err
	}
	if moves {
		if err := s.lookMove(rec, kind, candidates); err != nil || !ofProvider(rec, side) {
			return err
		}
	}
	c := candidate{record: rec.Number, payment: posting.PaymentOf(rec)}
	switch kind {
	case posting.PaymentCapture:
		c.key = keyOf(c.payment, ofCapture, rec.Entries[0].Reference)
		_, err = candidates.Append(c.text())
	case posting.PaymentRefund:
		_, err = candidates.Append(c.text())
	case posting.PaymentSettle:
		e, err := posting.EventOf(rec)
		if err != nil {
			return err
		}
		if source := sourceOf(s.provider, &e); source == nil || source.Report == "" || e.Account != "" ||
			e.Amount.Currency() != "" { // it is not of a whole capture, or no report has included it
			return nil
		}
		// The settlement made the splits, so each of them is now to be reported.
		if s.splits {
			if _, err := candidates.Append(c.text()); err != nil {
				return err
			}
		}
		// Captures that a report settled are closed. Their payments need not be read, which is what makes the
		// scan fast: most captures are settled.
		s.mu.Lock()
		defer s.mu.Unlock()
		for i := range rec.Entries {
			if err := s.closed.Put(keyOf(c.payment, ofCapture, rec.Entries[i].Reference), 1); err != nil {
				return err
			}
		}
	}
	return err
}

// ofProvider reports whether the first entry of a record is between the provider and others.
func ofProvider(rec *ledger.Record, side accounts.ID) bool {
	for i := range rec.Entries[0].Postings {
		if rec.Entries[0].Postings[i].Account == side {
			return true
		}
	}
	return false
}

// decide looks at the payment of a candidate, and calls found where its capture or refund is open.
func (s *openScan) decide(finder *posting.Finder, c candidate, found func(*openItem, bool) error) error {
	// Most captures end here: a report has settled them, and their payments are not read.
	if c.key != (ondisk.Key{}) {
		if _, done, err := s.closed.Get(c.key); err != nil || done {
			return err
		}
	}
	if c.payment == "" {
		return s.decideMove(finder, c.record, found)
	}
	p, err := finder.Payment(c.payment)
	if err != nil {
		return err
	}
	for i := range p.Events {
		if e := &p.Events[i]; e.Record.Number == c.record {
			if e.Event.Type == posting.PaymentSettle {
				return s.decideSplits(p, e, found)
			}
			item, k := s.open(p, e)
			if item == nil {
				return nil
			}
			if item.At, item.Record = e.Record.At, c.record; item.history(s.since) {
				return nil
			}
			return s.report(item, k, found)
		}
	}
	return nil
}

// report calls found for an item, and says whether a line of the reports was about it. A refund, transfer or payout
// that a line was about is not open any more, or the line waits, and is listed itself; a capture may be open in part.
func (s *openScan) report(item *openItem, k ondisk.Key, found func(*openItem, bool) error) error {
	reported := false
	if s.claimed != nil {
		var err error
		if reported, err = s.claimed(k); err != nil || reported && item.Capture == nil {
			return err
		}
	}
	return found(item, reported)
}

// open returns the capture or refund that an event made, with its key, if it is still open: no report has included
// it settled or done, and nothing else has ended it.
func (s *openScan) open(p *posting.Payment, e *posting.PaymentEvent) (*openItem, ondisk.Key) {
	switch e.Event.Type {
	case posting.PaymentCapture:
		for _, c := range p.Captures {
			if c.ID != e.Event.Capture && c.ID != e.Event.ID || !isLive(c) {
				continue
			}
			settled, seen := s.reported(p, c)
			if settled {
				return nil, ondisk.Key{}
			}
			return &openItem{Payment: p, Capture: c, Settled: settledAt(p, c.ID), seen: seen},
				keyOf(p.ID, ofCapture, c.ID)
		}
	case posting.PaymentRefund:
		for i := range p.Refunds {
			r := &p.Refunds[i]
			if r.ID == e.Event.Refund && !r.Failed && !s.refundReported(p, r) {
				return &openItem{Payment: p, Refund: r}, keyOf(p.ID, ofRefund, r.ID)
			}
		}
	}
	return nil, ondisk.Key{}
}

// reported says whether reports have included the whole of a capture to be settled, and whether they have reported it
// at all. A confirmation by hand counts as a report.
func (s *openScan) reported(p *posting.Payment, c *posting.Capture) (settled, seen bool) {
	for i := range p.Events {
		e := &p.Events[i].Event
		if e.Capture != "" && e.Capture != c.ID || e.Refund != "" || e.Chargeback != "" {
			continue
		}
		source := sourceOf(s.provider, e)
		byReport := source != nil && source.Report != ""
		switch {
		case e.Type == posting.PaymentSettle && byReport:
			settled = settled || c.Settled
		case e.Type == posting.PaymentConfirm && (byReport || source == nil):
			seen = true
			settled = settled || settlementTraced(s.provider, e)
		}
	}
	return settled, seen
}

// refundReported reports whether a report has included a refund, or somebody has confirmed it by hand.
func (s *openScan) refundReported(p *posting.Payment, r *posting.Refund) bool {
	for i := range p.Events {
		e := &p.Events[i].Event
		if e.Refund != r.ID || e.Type != posting.PaymentRefund && e.Type != posting.PaymentConfirm {
			continue
		}
		source := sourceOf(s.provider, e)
		if source != nil && source.Report != "" || source == nil && e.Type == posting.PaymentConfirm {
			return true
		}
	}
	return false
}

// settledAt is when the last settlement of a capture happened; zero if it has none.
func settledAt(p *posting.Payment, capture string) (at time.Time) {
	for i := range p.Events {
		if e := &p.Events[i]; e.Event.Type == posting.PaymentSettle &&
			(e.Event.Capture == "" || e.Event.Capture == capture) {
			at = e.Record.At
		}
	}
	return at
}

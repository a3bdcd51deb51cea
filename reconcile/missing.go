package reconcile

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/shell"
	"github.com/splitledger/splitledger/reconcile/internal/spill"
)

// What the provider does not have: captures, refunds, transfers and payouts in the books that no line was
// about, neither of these reports nor of an earlier posted one. Only what happened before the newest line of
// the reports counts; the rest may come in the next report.
//
// The journal is not read from its beginning, but from the oldest record that may still be open at the
// provider. The newest posted report has kept that number. Everything before it has been reported, was
// cancelled or has failed, and stays so. If no report was posted yet, all of the journal is read.
//
// History is not missing: refunds, transfers, payouts, and captures that somebody settled in the books, from
// before the oldest line of these and all posted reports. They were in reports that the books have never seen.
// Pending captures and payouts under way are no history, however old they are: by the books the provider still
// has to act. For transfers and payouts, only reports that tell them count; until there was one, none is
// missing.
//
// A run that posts looks as far as the newest of all posted reports, even if the one it posts is older or of
// another account. What one report did not have then stays missing. Otherwise such a run would look clean while
// the books have more than the provider.

// A horizon is how far back a report is to be compared with the books.
type horizon struct {
	record    uint64    // the oldest that may hold what no report had
	since     time.Time // when the oldest line of the reports happened; zero if that is not known
	transfers time.Time // the same of the reports that tell transfers, and payouts; zero if there was none
	payouts   time.Time
	until     time.Time // when the newest line of all reports that were posted happened
}

// of returns since when reports tell things of a kind.
func (h *horizon) of(k providers.Kind) time.Time {
	switch k {
	case providers.Transfer:
		return h.transfers
	case providers.Payout:
		return h.payouts
	}
	return h.since
}

// times are the times of a horizon by the keys that reports in the books keep them under.
func (h *horizon) times() map[string]*time.Time {
	return map[string]*time.Time{metaSince: &h.since, metaTransfers: &h.transfers,
		metaPayouts: &h.payouts, metaUntil: &h.until}
}

// An openItem is a capture, refund, transfer or payout that no report has had.
type openItem struct {
	Payment *posting.Payment // nil of a transfer or payout
	Capture *posting.Capture // one of these
	Refund  *posting.Refund
	Split   *posting.Part // of the capture
	Move    *move
	Record  uint64
	At      time.Time
	Settled time.Time // when somebody else than a report settled the capture; zero if nobody did
	seen    bool      // a report has the capture, but not its settlement
}

// history reports whether it was over at a time.
func (i *openItem) history(since horizon) bool {
	switch {
	case i.Move != nil:
		return !i.Move.Over.IsZero() && i.Move.Over.Before(since.of(i.Move.Kind))
	case i.Split != nil:
		return false // a report has told the settlement
	case i.Capture != nil:
		return i.Capture.Settled && i.Settled.Before(since.since)
	}
	return i.At.Before(since.since)
}

// ended reports whether no report will ever have the item, because the provider has said that it could not
// settle it.
func (i *openItem) ended() bool { return i.Capture != nil && i.Capture.Failure != "" }

// missing adds the breaks of what the provider does not have. It returns how far back the next report has to be
// compared with the books.
func (r *run) missing(ctx context.Context) (left horizon, err error) {
	left.record = min(r.unwhole.first(), r.Ledger.Stats().Records+1)
	s := &openScan{ledger: r.Ledger, book: r.Book, provider: r.Provider,
		dir: r.Dir, memory: r.Memory, least: leastStretch, told: r.told,
		splits: r.Post && r.Book.Scheme(r.Provider).Splits == scheme.AtSettlement,
		claimed: func(k Key) (bool, error) {
			_, ok, err := r.seen.Get(spill.Key(k))
			return ok, err
		}}
	from, err := s.from()
	if err != nil {
		return left, err
	}
	switch {
	case from.record == 0, from.since.IsZero(): // no report was posted
		from.since = r.Oldest
	case !r.Oldest.IsZero() && r.Oldest.Before(from.since):
		from.record, from.since = 0, r.Oldest
	}
	for kind, since := range map[providers.Kind]*time.Time{providers.Transfer: &from.transfers,
		providers.Payout: &from.payouts} {
		if oldest := r.oldest(kind); !oldest.IsZero() && (since.IsZero() || oldest.Before(*since)) {
			*since, from.record = oldest, 0
		}
	}
	left.since, left.transfers, left.payouts = from.since, from.transfers, from.payouts
	if r.Post {
		left.until = from.until
	}
	if r.Newest.After(left.until) {
		left.until = r.Newest
	}
	finder := r.Book.Finder()
	err = s.scan(ctx, from, func(item *openItem, reported bool) error {
		left.record = min(left.record, item.Record)
		newest := left.until
		if item.Move != nil && !reported {
			if newest, err = r.until(finder, item.Move); err != nil {
				return err
			}
		}
		if reported || item.seen || item.ended() || item.Split == nil && !item.At.Before(newest) {
			return nil
		}
		r.Counts[MissingAtProvider]++
		return r.add(item.missing(newest, r.Provider))
	})
	return left, err
}

// missing makes the break of an item that the provider does not have.
func (i *openItem) missing(newest time.Time, provider string) Break {
	switch {
	case i.Move != nil:
		return i.missingMove(newest, provider)
	case i.Split != nil:
		return i.missingSplit()
	}
	p := i.Payment
	part := i.Capture != nil && !i.Capture.Settled && i.Capture.Unsettled().Int().Cmp(i.Capture.Amount.Int()) < 0
	b := Break{Class: MissingAtProvider, Payment: p.ID, Entries: entriesOf(p), At: i.At.UTC(), Kind: providers.Captured,
		Open: true, order: 1<<61 + i.Record, Remedy: "splitledger payment " + shell.Quote(p.ID)}
	b.Reference = nameOfPayment(p)
	if i.Capture != nil {
		b.Expected = Side{Amount: i.Capture.Amount, State: "captured " + i.At.UTC().Format(time.DateOnly)}
		if i.Capture.Settled {
			b.Expected.State = "settled in the books"
		} else if part {
			b.Expected = Side{Amount: i.Capture.Unsettled(), State: "the rest, captured " + i.At.UTC().Format(time.DateOnly)}
		}
	} else {
		b.Kind = providers.Refunded
		b.Expected = Side{Amount: i.Refund.Amount, State: "refunded " + i.At.UTC().Format(time.DateOnly)}
	}
	switch age := newest.Sub(i.At); {
	case i.Capture != nil && i.Capture.Settled:
		b.Hint = "settled in the books, in no report of the provider"
	case age < soon:
		b.Timing = true
		b.Hint = "timing: it is " + days(age) + " old, and may be in the next report"
		if part {
			b.Hint = "timing: a part of it is settled, the rest is still to come"
		}
	case i.Refund != nil:
		b.Hint = "missing refund: " + days(age) + " old; ask the provider what became of it"
	case part:
		b.Hint = days(age) + " old, a part of it is settled; ask " + provider + " what becomes of the rest"
	default:
		b.Hint = days(age) + " old; ask " + provider + " why it is not settled, and cancel it if it never will be"
	}
	return b
}

// soon is how old something may be and still come in a later report.
const soon = 4 * 24 * time.Hour

// nameOfPayment is what people know a payment by.
func nameOfPayment(p *posting.Payment) string { return cmp.Or(p.Reference, p.ID) }

func days(age time.Duration) string {
	switch n := int(age / (24 * time.Hour)); n {
	case 0:
		return "less than a day"
	case 1:
		return "1 day"
	default:
		return strconv.Itoa(n) + " days"
	}
}

// An openScan finds the captures, refunds, transfers and payouts of a provider that no report has had.
type openScan struct {
	ledger   *ledger.Ledger
	book     *posting.Book
	provider string
	dir      string
	memory   int
	least    uint64  // records that are worth a goroutine
	splits   bool    // splits that settlements made are looked for
	since    horizon // what was over before that is left out

	// claimed reports whether a line of the reports was about an item. Captures whose records were told are not even
	// read.
	claimed func(Key) (bool, error)
	told    marks

	mu     sync.Mutex
	closed spill.Map // captures that a report has settled
}

// from returns how far back the newest report that was posted has left something open; all is zero if there is none.
func (s *openScan) from() (horizon, error) {
	for report, err := range s.book.Reports(s.provider) {
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
	s.closed = spill.Map{Dir: s.dir, Limit: s.memory}
	defer func() { err = errors.Join(err, s.closed.Close()) }()
	stretches := s.stretches(max(from.record, 1))
	defer func() {
		for i := range stretches {
			err = errors.Join(err, stretches[i].candidates.Close())
		}
	}()
	var all sync.WaitGroup
	failed := make([]error, len(stretches))
	for i := range stretches {
		all.Go(func() { failed[i] = s.read(ctx, &stretches[i]) })
	}
	all.Wait()
	for i := range stretches {
		if failed[i] != nil {
			return failed[i]
		}
	}
	// All stretches were read, so closed is complete: a capture may be settled in a later stretch than it was
	// made in. The candidates are taken in the order of the journal.
	finder := s.book.Finder()
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

const leastStretch = 10_000

// A stretch is a part of the journal that one goroutine reads.
type stretch struct {
	from, to   uint64
	candidates spill.List
}

// stretches cuts the journal, from a record on, into as many stretches as there are processors.
func (s *openScan) stretches(from uint64) (list []stretch) {
	last := s.ledger.Stats().Records
	size := max((last+1-min(from, last+1))/uint64(runtime.GOMAXPROCS(0))+1, s.least)
	for ; from <= last; from += size {
		list = append(list, stretch{from, min(from+size-1, last), spill.List{Dir: s.dir}})
	}
	return list
}

// read notes what the records of a stretch open and close.
func (s *openScan) read(ctx context.Context, part *stretch) error {
	side := accounts.Provider(s.provider)
	for rec, err := range s.ledger.Scan(ctx, ledger.Scan{From: part.from, To: part.to, Skip: s.told.has}) {
		if err != nil {
			return err
		}
		if err := s.look(rec, side, &part.candidates); err != nil {
			return err
		}
	}
	return nil
}

// Marks are a set of records: a bit for each that there may be.
type marks []uint64

func (m *marks) set(record uint64, to bool) {
	if more := int(record/64) - len(*m) + 1; more > 0 {
		*m = append(*m, make([]uint64, more)...)
	}
	if bit := uint64(1) << (record % 64); to {
		(*m)[record/64] |= bit
	} else {
		(*m)[record/64] &^= bit
	}
}

// first returns the first record of the set, the largest number if there is none.
func (m marks) first() uint64 {
	for i, word := range m {
		if word != 0 {
			return uint64(i)*64 + uint64(bits.TrailingZeros64(word))
		}
	}
	return math.MaxUint64
}

func (m marks) has(record uint64) bool {
	return record/64 < uint64(len(m)) && m[record/64]&(1<<(record%64)) != 0
}

// A candidate is a record that may have opened an item.
type candidate struct {
	record  uint64
	key     Key    // of its capture; zero of a refund
	payment string // empty of a transfer or payout
}

func candidateOf(text []byte) candidate {
	return candidate{binary.LittleEndian.Uint64(text), Key(text[8:]), string(text[24:])}
}

func (c *candidate) text() []byte {
	return append(append(binary.LittleEndian.AppendUint64(make([]byte, 0, 64), c.record), c.key[:]...), c.payment...)
}

// look notes what a record opens, or closes: captures that a report has settled.
func (s *openScan) look(rec *ledger.Record, side accounts.ID, candidates *spill.List) error {
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
		c.key = claimOf(c.payment, ofCapture, rec.Entries[0].Reference)
		return candidates.Add(c.text())
	case posting.PaymentRefund:
		return candidates.Add(c.text())
	case posting.PaymentSettle:
		told, err := s.settledByReport(rec)
		if err != nil || !told {
			return err
		}
		// The settlement made the splits, so each of them is now to be told.
		if s.splits {
			if err := candidates.Add(c.text()); err != nil {
				return err
			}
		}
		// Captures that a report settled are closed. Their payments need not be read, which is what makes the
		// scan fast: most captures are settled.
		s.mu.Lock()
		defer s.mu.Unlock()
		for i := range rec.Entries {
			if err := s.closed.Put(spill.Key(claimOf(c.payment, ofCapture, rec.Entries[i].Reference)), 1); err != nil {
				return err
			}
		}
	}
	return nil
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
	if c.key != (Key{}) {
		if _, done, err := s.closed.Get(spill.Key(c.key)); err != nil || done {
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

// report calls found for an item, and says whether a line of the reports was about it. A refund, transfer or payout that
// a line was about is not open any more, or the line waits, and is listed itself; a capture may be open in part.
func (s *openScan) report(item *openItem, k Key, found func(*openItem, bool) error) error {
	reported := false
	if s.claimed != nil {
		var err error
		if reported, err = s.claimed(k); err != nil || reported && item.Capture == nil {
			return err
		}
	}
	return found(item, reported)
}

// open returns the capture or refund that an event made, with its key, if it is still open: no report has told
// it settled or done, and nothing else has ended it.
func (s *openScan) open(p *posting.Payment, e *posting.PaymentEvent) (*openItem, Key) {
	switch e.Event.Type {
	case posting.PaymentCapture:
		for _, c := range p.Captures {
			if c.ID != e.Event.Capture && c.ID != e.Event.ID || !stands(c) {
				continue
			}
			settled, seen := s.reported(p, c)
			if settled {
				return nil, Key{}
			}
			return &openItem{Payment: p, Capture: c, Settled: settledAt(p, c.ID), seen: seen},
				claimOf(p.ID, ofCapture, c.ID)
		}
	case posting.PaymentRefund:
		for i := range p.Refunds {
			r := &p.Refunds[i]
			if r.ID == e.Event.Refund && !r.Failed && !s.refundReported(p, r) {
				return &openItem{Payment: p, Refund: r}, claimOf(p.ID, ofRefund, r.ID)
			}
		}
	}
	return nil, Key{}
}

// settledByReport reports whether a report has told the settlement that a record booked.
func (s *openScan) settledByReport(rec *ledger.Record) (bool, error) {
	e, err := posting.EventOf(rec)
	if err != nil {
		return false, err
	}
	source := sourceOf(s.provider, &e)
	return source != nil && source.Report != "" && e.Account == "" && e.Amount.Currency() == "", nil
}

// reported says whether reports have told the whole of a capture to be settled, and whether they have told it
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

// refundReported reports whether a report has told a refund, or somebody has confirmed it by hand.
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

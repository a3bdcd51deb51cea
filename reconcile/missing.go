package reconcile

import (
	"context"
	"encoding/binary"
	"strconv"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/spill"
)

// What the provider does not have: captures and refunds in the books that happened before the newest line of the reports, and
// that no line was about, of these reports or of an earlier one that was posted.
//
// The journal is read from the oldest record on that may hold such a thing. That is what the newest report that was posted has
// found: the record of the oldest capture or refund of the provider that no report had yet. What is before it has been reported, cancelled, or has
// failed, and does not come back. Nothing was posted yet: all of the journal is read.
//
// History is not looked for: what was refunded, or settled in the books by somebody else, before the oldest line of these reports and of all
// that were posted was in reports that the books have never seen. A capture that is pending is none: whenever it was, the books say
// that the provider still has to settle it.

// A horizon is how far back a report is to be compared with the books.
type horizon struct {
	record uint64    // the oldest that may hold what no report had
	since  time.Time // when the oldest line of the reports happened; zero if that is not known
}

// An openItem is a capture or refund that no report has had.
type openItem struct {
	Payment *posting.Payment
	Capture *posting.Capture // one of both
	Refund  *posting.Refund
	Record  uint64
	At      time.Time
	Settled time.Time // when somebody else than a report settled the capture; zero if nobody did
	seen    bool      // a report has the capture, but not its settlement
}

// history reports whether it was over at a time.
func (i *openItem) history(since time.Time) bool {
	over := i.At
	if i.Capture != nil {
		over = i.Settled
	}
	return (i.Refund != nil || i.Capture.Settled) && over.Before(since)
}

// ended reports whether nobody expects a report to have it: the provider could not settle it, and has said so.
func (i *openItem) ended() bool { return i.Capture != nil && i.Capture.Failure != "" }

// missing adds what the provider does not have. It returns how far back a later report has to be compared with the books.
func (r *run) missing(ctx context.Context) (left horizon, err error) {
	left.record = r.Ledger.Stats().Records + 1
	s := &openScan{ledger: r.Ledger, book: r.Book, provider: r.Provider, dir: r.Dir, memory: r.Memory, claimed: func(k Key) (bool, bool, error) {
		v, ok, err := r.seen.Get(spill.Key(k))
		return ok, placed(v).counted(), err
	}}
	from, err := s.from()
	if err != nil {
		return left, err
	}
	switch {
	case from.record == 0, from.since.IsZero(): // no report was posted
		from.since = r.Oldest
	case !r.Oldest.IsZero() && r.Oldest.Before(from.since):
		from = horizon{since: r.Oldest}
	}
	left.since = from.since
	err = s.scan(ctx, from, func(item *openItem, reported bool) error {
		left.record = min(left.record, item.Record)
		if reported || item.seen || item.ended() || !item.At.Before(r.Newest) {
			return nil
		}
		r.Counts[MissingAtProvider]++
		return r.add(item.missing(r.Newest, r.Provider))
	})
	return left, err
}

// missing makes the break of an item that the provider does not have.
func (i *openItem) missing(newest time.Time, provider string) Break {
	p := i.Payment
	b := Break{Class: MissingAtProvider, Reference: p.Reference, Payment: p.ID, At: i.At.UTC(), Kind: providers.Captured, Remedy: "splitledger payment " + quoteShell(p.ID)}
	if b.Reference == "" {
		b.Reference = p.ID
	}
	if i.Capture != nil {
		b.Expected = Side{Amount: i.Capture.Amount, State: "captured " + i.At.UTC().Format(time.DateOnly)}
		if i.Capture.Settled {
			b.Expected.State = "settled in the books"
		}
	} else {
		b.Kind = providers.Refunded
		b.Expected = Side{Amount: i.Refund.Amount, State: "refunded " + i.At.UTC().Format(time.DateOnly)}
	}
	switch age := newest.Sub(i.At); {
	case i.Capture != nil && i.Capture.Settled:
		b.Hint = "settled in the books, in no report of the provider"
	case age < 4*24*time.Hour:
		b.Hint = "timing: it is " + days(age) + " old, and may be in the next report"
	case i.Refund != nil:
		b.Hint = "missing refund: " + days(age) + " old; ask the provider what became of it"
	default:
		b.Hint = days(age) + " old; ask " + provider + " why it is not settled, and cancel it if it never will be"
	}
	return b
}

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

// An openScan finds the captures and refunds of a provider that no report has had.
type openScan struct {
	ledger   *ledger.Ledger
	book     *posting.Book
	provider string
	dir      string
	memory   int
	since    time.Time // what was over before that is left out

	// claimed reports whether a line of the reports was about a capture or refund, and whether it agreed.
	claimed func(Key) (claimed, agreed bool, err error)
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
			since, _ := time.Parse(time.RFC3339Nano, report.Metadata[metaSince]) // else it is not known
			return horizon{n, since}, nil
		}
	}
	return horizon{}, nil
}

// scan calls found for every item, with whether a line of the reports was about it, in the order of the journal. It reads the journal
// once and then each record again that may hold one.
func (s *openScan) scan(ctx context.Context, from horizon, found func(*openItem, bool) error) error {
	s.since = from.since
	candidates := spill.List{Dir: s.dir}
	defer candidates.Close()
	closed := spill.Map{Dir: s.dir, Limit: s.memory}
	defer closed.Close()
	side := accounts.Provider(s.provider)
	for rec, err := range s.ledger.Records(ctx, max(from.record, 1)) {
		if err != nil {
			return err
		}
		if err := s.look(rec, side, &candidates, &closed); err != nil {
			return err
		}
	}
	for text, err := range candidates.All() {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.decide(binary.LittleEndian.Uint64(text), Key(text[8:]), &closed, found); err != nil {
			return err
		}
	}
	return nil
}

// look notes what a record opens, or closes: captures that a report has settled.
func (s *openScan) look(rec *ledger.Record, side accounts.ID, candidates *spill.List, closed *spill.Map) error {
	if len(rec.Entries) == 0 || !ofProvider(rec, side) {
		return nil
	}
	kind, err := posting.TypeOf(rec)
	if err != nil {
		return err
	}
	switch kind {
	case posting.PaymentCapture:
		k := claimOf(paymentOf(rec), idCapture, rec.Entries[0].Reference)
		if s.claimed != nil {
			if _, agreed, err := s.claimed(k); err != nil || agreed {
				return err
			}
		}
		return candidates.Add(append(binary.LittleEndian.AppendUint64(make([]byte, 0, 24), rec.Number), k[:]...))
	case posting.PaymentRefund:
		return candidates.Add(binary.LittleEndian.AppendUint64(make([]byte, 0, 24), rec.Number)[:24])
	case posting.PaymentSettle:
		if whatOf(s.provider, rec.Keys[0].Name) == "" {
			return nil
		}
		for i := range rec.Entries {
			if err := closed.Put(spill.Key(claimOf(paymentOf(rec), idCapture, rec.Entries[i].Reference)), 1); err != nil {
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

func paymentOf(rec *ledger.Record) string {
	for i := range rec.Keys {
		if rec.Keys[i].Space == posting.KeyPayment {
			return rec.Keys[i].Name
		}
	}
	return ""
}

// decide looks at the payment of a record, and calls found where its capture or refund is open.
func (s *openScan) decide(number uint64, k Key, closed *spill.Map, found func(*openItem, bool) error) error {
	if k != (Key{}) {
		if _, done, err := closed.Get(spill.Key(k)); err != nil || done {
			return err
		}
	}
	rec, err := s.ledger.Record(number)
	if err != nil {
		return err
	}
	p, err := s.book.Payment(paymentOf(rec))
	if err != nil {
		return err
	}
	m := &matter{Resolver: &Resolver{Provider: s.provider}, Resolution: new(Resolution), Payment: p}
	for i := range p.Events {
		if e := &p.Events[i]; e.Record.Number == number {
			item, k := m.open(e)
			if item == nil {
				return nil
			}
			if item.At, item.Record = rec.At, number; item.history(s.since) {
				return nil
			}
			return s.report(item, k, found)
		}
	}
	return nil
}

// report calls found for an item, unless a line of the reports agrees with it.
func (s *openScan) report(item *openItem, k Key, found func(*openItem, bool) error) error {
	reported := false
	if s.claimed != nil {
		claimed, agreed, err := s.claimed(k)
		if err != nil || agreed {
			return err
		}
		reported = claimed
	}
	return found(item, reported)
}

// open returns the capture or refund that an event made, if no report has settled it yet and nothing else has ended it, and its key.
func (m *matter) open(e *posting.PaymentEvent) (*openItem, Key) {
	switch e.Event.Type {
	case posting.PaymentCapture:
		views := m.captures()
		for i := range views {
			if v := &views[i]; (v.ID == e.Event.Capture || v.ID == e.Event.ID) && v.open() {
				return &openItem{Payment: m.Payment, Capture: v.Capture, Settled: m.settledAt(v.ID), seen: v.seen}, claimOf(m.Payment.ID, idCapture, v.ID)
			}
		}
	case posting.PaymentRefund:
		for _, v := range m.refunds() {
			if v.ID == e.Event.Refund && !v.reported && !v.failed {
				return &openItem{Payment: m.Payment, Refund: v.Refund}, claimOf(m.Payment.ID, idRefund, v.ID)
			}
		}
	}
	return nil, Key{}
}

// settledAt is when the last settlement of a capture happened; zero if it has none.
func (m *matter) settledAt(capture string) (at time.Time) {
	for i := range m.Payment.Events {
		if e := &m.Payment.Events[i]; e.Event.Type == posting.PaymentSettle && (e.Event.Capture == "" || e.Event.Capture == capture) {
			at = e.Record.At
		}
	}
	return at
}

package posting

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger/ledgertest"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// A watched book has a clock that the test sets.
type watched struct {
	*testing.T
	now    time.Time
	ledger *ledger.Ledger
	book   *Book
}

func openWatched(t *testing.T) *watched {
	w := &watched{T: t, now: time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)}
	l, err := ledger.Open(filepath.Join(t.TempDir(), "book.db"), ledger.Options{Clock: func() time.Time { return w.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, l) })
	if w.book, err = New(l, Options{}); err != nil {
		t.Fatal(err)
	}
	w.ledger = l
	return w
}

func (w *watched) post(e Event) Receipt {
	w.Helper()
	r, err := w.book.Post(context.Background(), e)
	if err != nil {
		w.Fatalf("%s: %v", e.ID, err)
	}
	return r
}

func (w *watched) capture(id string, amount int64) {
	w.Helper()
	w.post(Event{ID: "c" + id, Type: PaymentCapture, Payment: id, Capture: "c", Provider: "adyen", Amount: money.New(amount, "EUR")})
}

// dueOf lists what waits.
func dueOf(b *Book) (list []*Due, err error) {
	for d, err := range b.Finder().Due(time.Time{}) {
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// TestSettlementsWait tells settlements of value dates ahead, as providers do: each is booked when its time has come, at that time.
func TestSettlementsWait(t *testing.T) {
	w := openWatched(t)
	w.capture("p", 100)
	w.capture("q", 50)
	tomorrow, later := w.now.Add(24*time.Hour), w.now.Add(48*time.Hour)
	first := Event{ID: "s1", Type: PaymentSettle, Payment: "p", Capture: "c", Movement: "M", Batch: "b", At: tomorrow}
	for _, e := range []Event{first, {ID: "s2", Type: PaymentSettle, Payment: "q", At: later}} {
		if r := w.post(e); r.Status != Accepted || len(r.Entries) > 0 {
			t.Errorf("%s: %v", e.ID, r)
		}
	}
	if p, err := w.book.Payment("p"); err != nil || p.Captures[0].Settled || !p.Captures[0].Due.Equal(tomorrow) {
		t.Errorf("%+v, %v", p.Captures[0], err)
	}
	post := func(want, left int) {
		t.Helper()
		n, err := w.book.PostDue(context.Background(), w.now)
		list, derr := dueOf(w.book)
		if n != want || err != nil || len(list) != left || derr != nil {
			t.Errorf("%d were booked and %d wait, %v %v, want %d and %d", n, len(list), err, derr, want, left)
		}
	}
	post(0, 2)
	if n, err := w.book.PostDue(context.Background(), later); n != 0 || err != nil {
		t.Errorf("before their time by the ledger's clock %d were booked: %v", n, err)
	}
	w.now = tomorrow.Add(time.Hour)
	post(1, 1)
	post(0, 1)
	p, err := w.book.Payment("p")
	if err != nil {
		t.Fatal(err)
	}
	if c := p.Captures[0]; !c.Settled || c.Batch != "b" || !c.Due.IsZero() {
		t.Errorf("settled as %+v", c)
	}
	booked := p.Events[len(p.Events)-1]
	if booked.Event.Waited != "s1" || booked.Event.ID != dueID("s1") || !booked.Record.At.Equal(tomorrow) || len(booked.Record.Entries) != 1 {
		t.Errorf("booked as %+v", booked)
	}
	for at, want := range map[time.Time]string{tomorrow.Add(-1): "0", tomorrow: "100"} {
		was, err := w.ledger.BalanceAt(accounts.Liable, ledger.AsOf{At: at})
		if err != nil || len(was) != 1 || was[0].Available.Minor() != want {
			t.Errorf("at %v %v was available, %v, want %s", at, was, err, want)
		}
	}
	if r := w.post(first); r.Status != Duplicate {
		t.Errorf("told once more: %v", r)
	}
	again := first
	again.ID = "s3"
	if _, err := w.book.Post(context.Background(), again); !errors.Is(err, DuplicateReference) || !strings.Contains(err.Error(), `"s1"`) {
		t.Errorf("told under another id: %v", err)
	}
	again = booked.Event
	again.ID, again.At = "x", tomorrow
	if _, err := w.book.Post(context.Background(), again); !errors.Is(err, DuplicateReference) {
		t.Errorf("booked under another id: %v", err)
	}
	w.now = later
	post(1, 0)
}

// TestASettlementThatWaitsIsNoLongerNeeded settles a capture before its settlement is due, which then books nothing.
func TestASettlementThatWaitsIsNoLongerNeeded(t *testing.T) {
	w := openWatched(t)
	w.capture("p", 100)
	w.post(Event{ID: "s1", Type: PaymentSettle, Payment: "p", Capture: "c", At: w.now.Add(time.Hour)})
	w.post(Event{ID: "s2", Type: PaymentSettle, Payment: "p", Capture: "c", At: w.now})
	w.now = w.now.Add(2 * time.Hour)
	if n, err := w.book.PostDue(context.Background(), w.now); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	p, err := w.book.Payment("p")
	if err != nil || len(p.Events) != 4 || len(p.Events[3].Record.Entries) != 0 || !p.Captures[0].Due.IsZero() {
		t.Errorf("%+v, %v", p.Events, err)
	}
}

// TestPostedAgainElsewhere posts the events of a ledger to another, when all times have come: the settlement is booked by
// the first event, and once.
func TestPostedAgainElsewhere(t *testing.T) {
	w := openWatched(t)
	w.capture("p", 100)
	w.post(Event{ID: "s1", Type: PaymentSettle, Payment: "p", Capture: "c", At: w.now.Add(time.Hour)})
	w.now = w.now.Add(2 * time.Hour)
	if n, err := w.book.PostDue(context.Background(), w.now); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	other := openWatched(t)
	other.now = w.now
	for rec, err := range w.ledger.Records(context.Background(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		e, err := EventOf(rec)
		if e.At = rec.At; err != nil {
			t.Fatal(err)
		}
		other.post(e)
	}
	if b := ledgertest.Holds(other.ledger, accounts.Liable, "EUR"); b.Available.Minor() != "100" || !b.Pending.IsZero() {
		t.Errorf("liable has %+v", b)
	}
	if list, err := dueOf(other.book); err != nil || len(list) > 0 {
		t.Errorf("%v wait, %v", list, err)
	}
}

// TestFactsOfATimeToCome books other facts at once, with their own time beside that of the record. They are what was sent when
// their ids come again.
func TestFactsOfATimeToCome(t *testing.T) {
	w := openWatched(t)
	w.capture("p", 100)
	later := w.now.Add(30 * 24 * time.Hour).Add(5)
	fee := Event{ID: "f", Type: PaymentFee, Payment: "p", At: later, Fees: []Fee{{Type: FeeMarkup, Amount: money.New(5, "EUR")}}}
	results := w.book.PostBatch(context.Background(), []Event{fee, fee})
	if results[0].Err != nil || results[0].Receipt.Status != Accepted || results[1].Err != nil || results[1].Receipt.Status != Duplicate {
		t.Errorf("%+v", results)
	}
	p, err := w.book.Payment("p")
	if err != nil {
		t.Fatal(err)
	}
	e := p.Events[1]
	happened, err := HappenedOf(e.Record)
	if !e.Record.At.Equal(w.now) || !e.Event.At.Equal(later) || !happened.Equal(later) || err != nil {
		t.Errorf("recorded at %v, %v, it happened at %v, %v", e.Record.At, e.Event.At, happened, err)
	}
	if happened, err := HappenedOf(p.Events[0].Record); !happened.IsZero() || err != nil {
		t.Errorf("the capture happened at %v, %v", happened, err)
	}
	for _, ahead := range []time.Duration{5 * time.Minute, 5*time.Minute + 1} {
		_, err := w.book.Post(context.Background(), Event{ID: "t" + ahead.String(), Type: Transfer, From: accounts.Liable, To: accounts.Platform, Amount: money.New(1, "EUR"), At: w.now.Add(ahead)})
		if refused := errors.Is(err, ledger.Invalid); refused != (ahead > maxAhead) {
			t.Errorf("an instruction %v ahead: %v", ahead, err)
		}
	}
}

// TestWhatIsAFact holds the types of events to the two lists of the specification.
func TestWhatIsAFact(t *testing.T) {
	for _, d := range wire.Describe() {
		e := Event{Type: d.Type}
		if e.IsFact() && d.Has("fact") {
			t.Errorf("%s is a fact always, and has a field for it", d.Type)
		}
		if e.Fact = true; !e.IsFact() {
			t.Errorf("%s is no fact though it says so", d.Type)
		}
	}
}

package posting

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// has compares what an account has, as pending/available/reserved.
func (w *watched) has(id accounts.ID, want string) {
	w.Helper()
	b := ledgertest.Holds(w.ledger, id, "EUR")
	if got := b.Pending.Minor() + "/" + b.Available.Minor() + "/" + b.Reserved.Minor(); got != want {
		w.Errorf("%s has %s, want %s", id, got, want)
	}
}

// books books what is due, and compares how many events that were, how many wait still, and what is refused.
func (w *watched) books(want, left int, refused string) {
	w.Helper()
	n, err := w.book.PostDue(context.Background(), w.now)
	list, derr := dueOf(w.book)
	if n != want || len(list) != left || derr != nil || (err == nil) != (refused == "") ||
		err != nil && !strings.Contains(err.Error(), refused) {
		w.Errorf("%d were booked and %d wait, %v, %v; want %d and %d, %s", n, len(list), err, derr, want, left, refused)
	}
}

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }

// opened opens accounts, and gives the first some money.
func (w *watched) opened(amount int64, ids ...accounts.ID) {
	for _, id := range ids {
		w.post(Event{ID: "open " + string(id), Type: AccountOpen, Account: id, Kind: accounts.KindSub})
	}
	w.post(Event{ID: "fund", Type: JournalEntry, Postings: []Leg{{Account: accounts.Liable, Debit: true, Amount: eur(amount)},
		{Account: ids[0], Credit: true, Amount: eur(amount)}}})
}

// TestSchedules books the events of schedules when they are due, at that time: one that lacks funds then waits on, and is
// booked when they are there.
func TestSchedules(t *testing.T) {
	w := openWatched(t)
	w.opened(100, "A", "B")
	for i, amount := range []int64{60, 60} {
		w.post(Event{ID: fmt.Sprint("s", i), Type: Schedule, Name: fmt.Sprint("rent-", i), Due: w.now.AddDate(0, i+1, 0),
			Scheduled: &Event{Type: Transfer, From: "A", To: "B", Amount: eur(amount)}})
	}
	w.books(0, 2, "")
	early := Event{ID: scheduleID("rent-0"), Type: Transfer, From: "A", To: "B", Amount: eur(60), At: w.now.AddDate(0, 1, 0)}
	if _, err := w.book.Post(context.Background(), early); !errors.Is(err, ledger.Invalid) {
		t.Errorf("before its time: %v", err)
	}
	due := w.now.AddDate(0, 1, 0)
	w.now = due.Add(time.Hour)
	other := early
	other.Amount = eur(1)
	if _, err := w.book.Post(context.Background(), other); !errors.Is(err, IdempotencyConflict) || !strings.Contains(err.Error(), "rent-0") {
		t.Errorf("another event under the id of the schedule: %v", err)
	}
	w.books(1, 1, "")
	w.books(0, 1, "")
	w.has("B", "0/60/0")
	if was, err := w.ledger.BalanceAt("B", ledger.AsOf{At: due.Add(-1)}); err != nil || len(was) > 0 && !was[0].Available.IsZero() {
		t.Errorf("before it was due B had %v, %v", was, err)
	}
	if r := w.post(early); r.Status != Duplicate {
		t.Errorf("again: %+v", r)
	}
	w.now = w.now.AddDate(0, 1, 0)
	w.books(0, 1, "insufficient_funds")
	// A program that keeps asking is told of a refusal once.
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	rounds, told := 0, []string(nil)
	w.book.KeepDue(ctx, time.Millisecond, func(n int, err error) {
		for _, r := range DueRefusals(err) {
			told = append(told, r.Due.Name+" "+string(r.Err.(*ledger.Error).Code))
		}
		if rounds++; rounds == 1 {
			time.AfterFunc(20*time.Millisecond, stop)
		}
	})
	if rounds != 1 || strings.Join(told, "") != "rent-1 insufficient_funds" {
		t.Errorf("told in %d rounds of %q", rounds, told)
	}
	for d, err := range w.book.Finder().Due(time.Time{}) {
		refused, failed := w.book.Refusal(d)
		if err != nil || failed != nil || refused == nil || refused.Code != InsufficientFunds || d.Name != "rent-1" {
			t.Errorf("%+v would be refused with %v, %v %v", d, refused, err, failed)
		}
	}
	w.post(Event{ID: "back", Type: Transfer, From: "B", To: "A", Amount: eur(20)})
	w.books(1, 0, "")
	w.has("A", "0/0/0")
	if _, err := w.book.Post(context.Background(), Event{ID: "c", Type: ScheduleCancel, Name: "rent-1"}); !errors.Is(err, InvalidState) {
		t.Errorf("cancelled after it was booked: %v", err)
	}
}

// TestHoldsAreReleased holds money until a day. What was released without naming a hold is what the last ones have; a payout
// under way keeps its money; in a closed month the release is of the first open day.
func TestHoldsAreReleased(t *testing.T) {
	w := openWatched(t)
	w.opened(1000, "A")
	hold := func(id string, minor int64, days int) {
		w.post(Event{ID: id, Type: ReserveHold, Account: "A", Amount: eur(minor), Due: w.now.AddDate(0, 0, days)})
	}
	hold("h1", 100, 1)
	hold("h2", 100, 2)
	hold("h3", 100, 30)
	w.has("A", "0/700/300")
	w.now = w.now.AddDate(0, 0, 1)
	w.books(1, 2, "")
	w.has("A", "0/800/200")
	w.post(Event{ID: "hand", Type: ReserveRelease, Account: "A", Amount: eur(150)})
	w.post(Event{ID: "p", Type: PayoutRequest, Payout: "p", Account: "A", Amount: eur(500)})
	w.has("A", "0/450/550")
	w.now = w.now.AddDate(0, 0, 1)
	w.books(1, 1, "") // of 100 there are 50, besides the payout's 500
	w.has("A", "0/500/500")
	rec, err := w.ledger.Last(ledger.Key{Space: KeyEvent, Name: dueID("h2")})
	if err != nil {
		t.Fatal(err)
	}
	if _, remarks, _ := wire.ContentOf(rec); remarks[len(remarks)-1].Reason != "reserve.release of 50 EUR, as no more of it is reserved" {
		t.Errorf("remarked %+v", remarks)
	}
	hold("h4", 10, 40)
	w.now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	w.post(Event{ID: "close", Type: PeriodClose, Through: "2026-04-30"})
	w.books(2, 0, "")
	w.has("A", "0/500/500")
	if rec, _ := w.ledger.Last(ledger.Key{Space: KeyEvent, Name: dueID("h3")}); rec.At.Format(time.DateOnly) != "2026-05-01" || len(rec.Entries) != 1 {
		t.Errorf("released at %v", rec.At)
	}
	if rec, _ := w.ledger.Last(ledger.Key{Space: KeyEvent, Name: dueID("h4")}); len(rec.Entries) != 0 {
		t.Errorf("nothing was left, and %+v was booked", rec.Entries)
	}
}

// TestAScheduleOfAHold schedules a hold that is released later, all of which is due at once.
func TestAScheduleOfAHold(t *testing.T) {
	w := openWatched(t)
	w.opened(100, "A")
	w.post(Event{ID: "s", Type: Schedule, Name: "s", Due: w.now.Add(time.Hour),
		Scheduled: &Event{Type: ReserveHold, Account: "A", Amount: eur(40), Due: w.now.AddDate(0, 0, 3)}})
	w.now = w.now.Add(2 * time.Hour)
	w.books(1, 1, "")
	w.has("A", "0/60/40")
	w.now = w.now.AddDate(0, 0, 4)
	w.books(1, 0, "")
	w.has("A", "0/100/0")
}

// TestOldAgendas reads settlements that wait in a ledger of before there were days: those and new ones are found.
func TestOldAgendas(t *testing.T) {
	w := openWatched(t)
	w.opened(100, "A")
	w.capture("p", 100)
	old := Event{ID: "old", Type: PaymentSettle, Payment: "p", Capture: "c", At: w.now.Add(time.Hour)}
	if err := w.ledger.Update(context.Background(), func(tx *ledger.Tx) error {
		return tx.Append(&ledger.Record{At: old.At, Keys: []ledger.Key{{Space: KeyEvent, Name: "old"},
			{Space: KeyPayment, Name: "p"}, {Space: KeyDue, Name: "old"}, everyDue},
			Content: wire.NewContent(&old, []wire.Remark{{Kind: waitsUntil, Split: 1, Reason: old.At.Format(time.RFC3339Nano)}})})
	}); err != nil {
		t.Fatal(err)
	}
	w.books(0, 1, "")
	w.post(Event{ID: "h", Type: ReserveHold, Account: "A", Amount: eur(40), Due: w.now.Add(30 * time.Minute)})
	w.books(0, 2, "")
	w.now = w.now.Add(45 * time.Minute)
	w.books(1, 1, "")
	w.now = w.now.Add(time.Hour)
	w.books(1, 0, "")
	w.has(accounts.Liable, "0/0/0")
	w.post(Event{ID: "h2", Type: ReserveHold, Account: "A", Amount: eur(40), Due: w.now.Add(time.Hour)})
	w.now = w.now.Add(2 * time.Hour)
	w.books(1, 0, "")
}

// TestAScheduleOfAPaymentBefore schedules a capture of a payment that is then cancelled, and whose id is used again: the
// capture is none of the second payment's, and waits until its schedule is cancelled. One that is made after it is booked.
func TestAScheduleOfAPaymentBefore(t *testing.T) {
	w := openWatched(t)
	w.post(Event{ID: "a1", Type: PaymentAuthorise, Payment: "p", Provider: "xendit", Amount: eur(100)})
	schedule := func(id string) {
		w.post(Event{ID: id, Type: Schedule, Name: id, Due: w.now.AddDate(0, 0, 1),
			Scheduled: &Event{Type: PaymentCapture, Payment: "p", Amount: eur(100)}})
	}
	schedule("s1")
	w.post(Event{ID: "k1", Type: PaymentCancel, Payment: "p"})
	w.post(Event{ID: "a2", Type: PaymentAuthorise, Payment: "p", Provider: "adyen", Amount: eur(100)})
	schedule("s2")
	w.now = w.now.AddDate(0, 0, 2)
	w.books(1, 1, `found "p", which event "a2" made anew since: cancel the schedule`)
	w.post(Event{ID: "c", Type: ScheduleCancel, Name: "s1"})
	w.books(0, 0, "")
	if p, err := w.book.Payment("p"); err != nil || !p.Captured.Equal(eur(100)) || p.Provider != "adyen" {
		t.Errorf("%+v, %v", p, err)
	}
}

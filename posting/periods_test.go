package posting

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// TestCloseWhatIsOver closes days by the ledger's clock: yesterday, and neither today nor tomorrow.
func TestCloseWhatIsOver(t *testing.T) {
	w := openWatched(t) // 2026-03-10 09:00
	for through, want := range map[string]string{
		"2026-03-11": "invalid: through: expected a day before 2026-03-10, which is today in UTC, found 2026-03-11",
		"2026-03-10": "invalid: through: expected a day before 2026-03-10, which is today in UTC, found 2026-03-10",
	} {
		if _, err := w.book.Post(t.Context(), ClosePeriod{ID: through, Through: through}); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", through, err, want)
		}
	}
	if from, err := w.book.OpenFrom(); err != nil || !from.IsZero() {
		t.Errorf("open from %v, %v", from, err)
	}
	w.post(ClosePeriod{ID: "p", Through: "2026-03-09", Reason: "winter"}.Event())
	w.now = w.now.AddDate(0, 0, 1)
	w.post(ClosePeriod{ID: "q", Through: "2026-03-10"}.Event())
	w.post(ReopenPeriod{ID: "r", Through: "2026-03-10"}.Event())
	want := []PeriodChange{{false, "2026-03-10", "", nil}, {true, "2026-03-10", "", nil}, {true, "2026-03-09", "winter", nil}}
	list, err := w.book.Periods()
	for i := range list {
		list[i].Record = nil
	}
	if err != nil || !reflect.DeepEqual(list, want) {
		t.Errorf("%+v, %v, want %+v", list, err, want)
	}
	if from, err := w.book.OpenFrom(); err != nil || !from.Equal(time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("open from %v, %v", from, err)
	}
}

// TestClosedPeriodsStay books captures, settlements, fees, refunds and transfers of any day and order, closes and opens periods amid them,
// and opens the ledger again: whatever comes, what all accounts had at the end of a closed day stays until it is opened again.
func TestClosedPeriodsStay(t *testing.T) {
	first := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	parent := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(parent, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		now := first.AddDate(0, 0, 20)
		open := func() (*ledger.Ledger, *Book) {
			l, err := ledger.Open(dir+"/book.db", ledger.Options{Clock: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			b, err := New(l, Options{})
			if err != nil {
				t.Fatal(err)
			}
			return l, b
		}
		l, b := open()
		defer func() { l.Close() }()
		reported := map[int]string{} // what accounts had at the end of each closed day, by its number
		at := func(day int) (all string) {
			list, err := l.BalancesAt(ledger.AsOf{At: first.AddDate(0, 0, day+1).Add(-1)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list {
				for _, has := range a.Balances {
					if !has.Pending.IsZero() || !has.Available.IsZero() || !has.Reserved.IsZero() {
						all += fmt.Sprintln(a.Account.ID, has)
					}
				}
			}
			return all
		}
		through := -1
		for n := range rapid.IntRange(10, 60).Draw(t, "events") {
			id := fmt.Sprint("e", n)
			day := rapid.IntRange(0, 19).Draw(t, "day")
			e := Event{ID: id, At: first.AddDate(0, 0, day).Add(time.Duration(rapid.IntRange(0, 86399).Draw(t, "second")) * time.Second)}
			payment := fmt.Sprint("p", rapid.IntRange(0, 3).Draw(t, "payment"))
			switch rapid.IntRange(0, 7).Draw(t, "kind") {
			case 0, 1:
				e.Type, e.Payment, e.Provider, e.Amount = PaymentCapture, fmt.Sprint("p", n%4), "adyen", money.New(100, "EUR")
				e.Fact = rapid.Bool().Draw(t, "fact")
			case 2:
				e.Type, e.Payment = PaymentSettle, payment
			case 3:
				e.Type, e.Payment, e.Fees = PaymentFee, payment, []Fee{{Type: FeeScheme, Amount: money.New(3, "EUR")}}
			case 4:
				e.Type, e.Payment, e.Refund, e.Amount = PaymentRefund, payment, id, money.New(5, "EUR")
				e.Fact = rapid.Bool().Draw(t, "fact")
			case 5:
				e.Type, e.From, e.To, e.Amount = Transfer, "liable", "platform", money.New(7, "EUR")
			case 6:
				e.Type, e.At, e.Through = PeriodClose, time.Time{}, first.AddDate(0, 0, day).Format(time.DateOnly)
			default:
				e.Type, e.At, e.Through = PeriodReopen, time.Time{}, first.AddDate(0, 0, day).Format(time.DateOnly)
			}
			r, err := b.Post(context.Background(), e)
			refused, is := ledger.Refused(err)
			if err != nil && !is {
				t.Fatal(err)
			}
			closed := !e.At.IsZero() && day <= through
			switch {
			case is && refused.Code == PeriodClosed && (!closed || e.IsFact()):
				t.Fatalf("%+v is refused with days up to %d closed: %v", e, through, err)
			case err == nil && closed && !e.IsFact() && len(r.Entries) > 0:
				t.Fatalf("%+v is booked with days up to %d closed", e, through)
			case err == nil && e.Type == PeriodClose:
				through = day
				reported[day] = at(day)
			case err == nil && e.Type == PeriodReopen:
				through = day - 1
				for d := range reported {
					if d >= day {
						delete(reported, d)
					}
				}
			}
			if rapid.IntRange(0, 9).Draw(t, "again") == 0 {
				l.Close()
				l, b = open()
			}
			for d, want := range reported {
				if got := at(d); got != want {
					t.Fatalf("after %+v day %d has %v, and had %v when it was closed", e, d, got, want)
				}
			}
		}
	})
}

package ingest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/textproto"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/xendit"
	"github.com/splitledger/splitledger/reconcile/ingest"
)

// books is a ledger that takes Xendit's webhooks.
type books struct {
	ledger *ledger.Ledger
	intake *ingest.Intake
}

func open(t *testing.T) *books {
	l, err := ledger.Open(filepath.Join(t.TempDir(), "book.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &books{l, &ingest.Intake{Adapter: xendit.New(), Keys: providers.Keys{Secrets: []string{"token"}}, Ledger: l, Book: b}}
}

// shut verifies and closes the ledger.
func (b *books) shut(t *testing.T) {
	ledgertest.Verify(t, b.ledger)
	b.ledger.Close()
}

func (b *books) post(t interface{ Fatal(...any) }, events ...posting.Event) {
	for i, r := range b.intake.Book.PostBatch(context.Background(), events) {
		if r.Err != nil {
			t.Fatal(string(events[i].AppendJSON(nil)), r.Err)
		}
	}
}

// webhook makes one of Xendit's webhooks.
func webhook(body string, args ...any) providers.Notification {
	return providers.Notification{Header: textproto.MIMEHeader{"X-Callback-Token": {"token"}}, Body: fmt.Appendf(nil, body, args...),
		Received: time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)}
}

const (
	captured = `{"event":"payment.capture","data":{"payment_id":"py-%d","status":"SUCCEEDED","request_amount":%d,"currency":"IDR","reference_id":"order-%[1]d","updated":"2026-03-10T02:00:00Z"}}`
	refund   = `{"event":"refund.succeeded","data":{"id":"rfd-%[1]d-%[2]d","payment_id":"py-%[1]d","reference_id":"refund-%[1]d-%[2]d","amount":%[3]d,"currency":"IDR","status":"SUCCEEDED","updated":"2026-03-1%[4]dT04:30:00Z"}}`
	failed   = `{"event":"refund.failed","data":{"id":"rfd-%[1]d-%[2]d","payment_id":"py-%[1]d","reference_id":"refund-%[1]d-%[2]d","amount":%[3]d,"currency":"IDR","status":"FAILED","failure_code":"INSUFFICIENT_BALANCE","updated":"2026-03-18T04:30:00Z"}}`
	lost     = `{"event":"dispute.lost","id":"dspt-%d","status":"LOST","currency":"IDR","amount":{"initial":"%d","terminal":"%[2]d"},"updated_at":"2026-03-16T14:00:00Z","payment_id":"py-%[1]d","reference_id":"order-%[1]d"}`
	won      = `{"event":"dispute.won","id":"dspt-%d","status":"WON","currency":"IDR","amount":{"initial":"%d","terminal":null},"updated_at":"2026-03-17T14:00:00Z","payment_id":"py-%[1]d","reference_id":"order-%[1]d"}`
	splitTo  = `{"event":"split.payment","created":"2026-03-11T02:00:03Z","data":{"id":"split-%d","reference_id":"commission","payment_id":"py-%[1]d","payment_reference_id":"order-%[1]d","destination_account_id":"platform","status":"COMPLETED","amount":%d,"currency":"IDR"}}`
)

// story draws the authorisation of a payment of IDR 100,000 and the webhooks of its life.
func story(t *rapid.T, n int) (posting.Event, []providers.Notification) {
	idr := func(v int64) money.Amount { return money.New(v*100, "IDR") }
	e := posting.Event{ID: fmt.Sprint("authorise ", n), Type: posting.PaymentAuthorise, Payment: fmt.Sprint("order-", n), Provider: "xendit", Account: "S", Amount: idr(100000),
		ProviderReference: fmt.Sprint("py-", n), Splits: []posting.Split{{Type: posting.Commission, Account: accounts.Platform, Amount: idr(40000), Reference: "commission"}}}
	if rapid.Bool().Draw(t, "not known yet") { // how Xendit calls it: the first webhook says so
		e.ProviderReference = ""
	}
	all := []providers.Notification{webhook(captured, n, 100000), webhook(splitTo, n, 40000)}
	left := 100000
	for i := range rapid.IntRange(0, 3).Draw(t, "refunds") {
		part := rapid.IntRange(1, left/2).Draw(t, "refunded")
		left -= part
		all = append(all, webhook(refund, n, i, part, i+2))
		if rapid.IntRange(0, 3).Draw(t, "fails") == 0 {
			all = append(all, webhook(failed, n, i, part))
		}
	}
	// No more than refunds leave: of what goes beyond the capture, the order decides whether it is pending or available.
	if dispute := min(30000, left); dispute > 0 && rapid.Bool().Draw(t, "disputed") {
		all = append(all, webhook(lost, n, dispute))
		if rapid.Bool().Draw(t, "won") {
			all = append(all, webhook(won, n, dispute))
		}
	}
	return e, all
}

// state says what the books have of payments and accounts: of these the whole balance, as a dispute or refund that is reported before the capture
// takes what is available, and one that is reported after it what is pending.
func (b *books) state(t interface{ Fatal(...any) }, payments int) string {
	var s strings.Builder
	for a := range b.ledger.Accounts() {
		list, err := b.ledger.AccountBalances(a.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range list {
			fmt.Fprintln(&s, a.ID, h.Total())
		}
	}
	lines := strings.Split(s.String(), "\n") // in the order of their names, and not of their opening
	slices.Sort(lines)
	s.Reset()
	s.WriteString(strings.Join(lines, "\n"))
	for n := range payments {
		p, err := b.intake.Book.Payment(fmt.Sprint("order-", n))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&s, "\n%s %s %s %s", p.ID, p.State(), p.Captured, p.Refunded)
		var parts []string
		for _, part := range p.Parts {
			if !part.Amount.IsZero() || !part.Refunded.IsZero() {
				parts = append(parts, fmt.Sprint(part.Account, part.Type, part.Amount, part.Refunded, part.Status))
			}
		}
		slices.Sort(parts)
		fmt.Fprint(&s, parts)
	}
	return s.String()
}

func (b *books) take(t interface{ Fatal(...any) }, all []providers.Notification) []ingest.Result {
	results, err := b.intake.Take(context.Background(), all)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func (b *books) retry(t interface{ Fatal(...any) }) []ingest.OutcomeResult {
	told, err := b.intake.Retry(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return told
}

// TestAnyOrder takes the webhooks of some payments in order, and then in other books shuffled, some of them repeatedly, in several
// calls, some of them before the payments are posted: the books end the same, and nothing is refused or waits.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		payments := rapid.IntRange(1, 4).Draw(rt, "payments")
		var firsts []posting.Event
		var all []providers.Notification
		for n := range payments {
			first, told := story(rt, n)
			firsts, all = append(firsts, first), append(all, told...)
		}
		account := posting.Event{ID: "open", Type: posting.AccountOpen, Account: "S", Kind: accounts.KindSub}
		straight, mixed := open(t), open(t)
		defer straight.shut(t)
		defer mixed.shut(t)
		straight.post(rt, append([]posting.Event{account}, firsts...)...)
		for i, r := range straight.take(rt, all) {
			if r.Status == ingest.Refused {
				rt.Fatalf("%s: %v %+v", all[i].Body, r.Err, r.Outcomes)
			}
		}
		mixed.post(rt, account)
		all = append(all, all[:rapid.IntRange(0, len(all)).Draw(rt, "repeated")]...)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "order"), 0))
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		before := rapid.IntRange(0, len(all)).Draw(rt, "before the payments")
		for i := 0; i < len(all); {
			if i >= before && firsts != nil {
				mixed.post(rt, firsts...)
				firsts = nil
			}
			k := min(i+rapid.IntRange(1, 5).Draw(rt, "at once"), len(all))
			for j, result := range mixed.take(rt, all[i:k]) {
				if result.Status == ingest.Refused {
					rt.Fatalf("%s: %v %+v", all[i+j].Body, result.Err, result.Outcomes)
				}
			}
			if i = k; rapid.Bool().Draw(rt, "retry") {
				mixed.retry(rt)
			}
		}
		mixed.post(rt, firsts...)
		for _, told := range mixed.retry(rt) {
			if told.Status == ingest.Waiting || told.Status == ingest.Refused {
				rt.Fatalf("%s %s of %s: %v", told.Status, told.Outcome.Kind, told.Outcome.Reference, told.Err)
			}
		}
		if a, b := straight.state(rt, payments), mixed.state(rt, payments); a != b {
			rt.Fatalf("in order the books have\n%s\nand in another\n%s", a, b)
		}
		records := mixed.ledger.Stats().Records
		for _, result := range mixed.take(rt, all) {
			if result.Status != ingest.Duplicate {
				rt.Fatalf("told again: %+v", result)
			}
		}
		if again := mixed.ledger.Stats().Records; again != records {
			rt.Fatalf("told again, %d records became %d", records, again)
		}
	})
}

// TestKilled takes webhooks in books that have the first so many events of them already, as if the program had been killed there:
// the books end the same.
func TestKilled(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		first, all := story(rt, 0)
		account := posting.Event{ID: "open", Type: posting.AccountOpen, Account: "S", Kind: accounts.KindSub}
		whole := open(t)
		defer whole.shut(t)
		early := rapid.IntRange(0, len(all)).Draw(rt, "before the payment")
		whole.post(rt, account)
		whole.take(rt, all[:early])
		whole.post(rt, first)
		whole.retry(rt)
		whole.take(rt, all)
		whole.retry(rt)
		var events []posting.Event
		for rec, err := range whole.ledger.Records(context.Background(), 1) {
			if err != nil {
				rt.Fatal(err)
			}
			e, err := posting.EventOf(rec)
			if err != nil {
				rt.Fatal(err)
			}
			events = append(events, e)
		}
		killed := open(t)
		defer killed.shut(t)
		killed.post(rt, events[:rapid.IntRange(1, len(events)).Draw(rt, "killed after")]...)
		killed.take(rt, all[:early])
		if known, err := killed.ledger.Has(ledger.Key{Space: posting.KeyEvent, Name: first.ID}); err != nil || !known {
			killed.post(rt, first)
		}
		killed.retry(rt)
		killed.take(rt, all)
		killed.retry(rt)
		if a, b := whole.state(rt, 1), killed.state(rt, 1); a != b {
			rt.Fatalf("the books have\n%s\nand after they were killed\n%s", a, b)
		}
		if a, b := whole.ledger.Stats().Entries, killed.ledger.Stats().Entries; a != b {
			rt.Fatalf("%d entries, and %d after they were killed", a, b)
		}
		waiting, err := killed.intake.Book.Waiting("xendit")
		if err != nil || len(waiting) > 0 {
			rt.Fatal(len(waiting), "wait still", err)
		}
	})
}

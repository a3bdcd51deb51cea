package ingest_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger/ledgertest"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/ingest"
)

// authorised is a payment of IDR 100,000 that Xendit calls as it is said.
func authorised(n int, reference string) posting.Event {
	return posting.Event{ID: fmt.Sprint("authorise ", n), Type: posting.PaymentAuthorise, Payment: fmt.Sprint("order-", n), Provider: "xendit", Account: "S",
		Amount: money.New(10000000, "IDR"), ProviderReference: reference, At: time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)}
}

var seller = posting.Event{ID: "open", Type: posting.AccountOpen, Account: "S", Kind: accounts.KindSub}

func statuses(results []ingest.Result) (list []ingest.Status) {
	for _, r := range results {
		list = append(list, r.Status)
	}
	return list
}

func want(t *testing.T, what string, got []ingest.Status, want ...ingest.Status) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func (b *books) waiting(t *testing.T) (kinds []string) {
	t.Helper()
	list, err := b.intake.Book.Waiting("xendit")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range list {
		kinds = append(kinds, n.Name)
	}
	return kinds
}

// What agrees with the books leaves a confirmation as its trace, counts as a duplicate, and books no entry; reported again it leaves nothing.
func TestAgreedLeavesATrace(t *testing.T) {
	b := open(t)
	defer b.shut(t)
	capture := authorised(0, "py-0")
	capture.Type, capture.Capture = posting.PaymentCapture, "k1"
	refunded := posting.Event{ID: "refund", Type: posting.PaymentRefund, Payment: "order-0", Refund: "refund-0-0", Amount: money.New(500000, "IDR")}
	b.post(t, seller, capture, refunded)
	before := b.ledger.Stats()
	all := []providers.Notification{webhook(captured, 0, 100000), webhook(refund, 0, 0, 5000, 2)}
	results := b.take(t, all)
	want(t, "agreed", statuses(results), ingest.Duplicate, ingest.Duplicate)
	after := b.ledger.Stats()
	if after.Entries != before.Entries || after.Records != before.Records+2 {
		t.Errorf("%d entries became %d, %d records %d: want two confirmations", before.Entries, after.Entries, before.Records, after.Records)
	}
	p, err := b.intake.Book.Payment("order-0")
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Refunds[0].Movement; got != "rfd-0-0" {
		t.Errorf("the refund has the movement %q, want rfd-0-0", got)
	}
	b.take(t, all)
	if again := b.ledger.Stats().Records; again != after.Records {
		t.Errorf("told again, %d records became %d", after.Records, again)
	}
}

// A refund that the platform asked for and a webhook confirmed is not a second one's, though the amounts are equal.
func TestEqualRefundsByWebhook(t *testing.T) {
	b := open(t)
	defer b.shut(t)
	capture := authorised(0, "py-0")
	capture.Type = posting.PaymentCapture
	b.post(t, seller, capture, posting.Event{ID: "refund", Type: posting.PaymentRefund, Payment: "order-0", Refund: "refund-0-0", Amount: money.New(500000, "IDR")})
	want(t, "ours, and another", statuses(b.take(t, []providers.Notification{webhook(refund, 0, 1, 5000, 2), webhook(refund, 0, 0, 5000, 3)})), ingest.Accepted, ingest.Duplicate)
	if got := ledgertest.Holds(b.ledger, "S", "IDR").Total().Minor(); got != "9000000" {
		t.Errorf("S has %s, want 9000000", got)
	}
}

// What waits for what is booked by the same call says what became of it.
func TestTakenTogether(t *testing.T) {
	b := open(t)
	defer b.shut(t)
	b.post(t, seller, authorised(0, "")) // how Xendit calls it only the first webhook says
	want(t, "together", statuses(b.take(t, []providers.Notification{webhook(refund, 0, 0, 5000, 2), webhook(captured, 0, 100000)})), ingest.Accepted, ingest.Accepted)
	if kinds := b.waiting(t); len(kinds) > 0 {
		t.Errorf("%v wait still", kinds)
	}
	if got := ledgertest.Holds(b.ledger, "S", "IDR").Total().Minor(); got != "9500000" {
		t.Errorf("S has %s, want 9500000", got)
	}
}

// What waits is listed, is taken up by a later call that books what it waits for, and by Retry once the platform did.
func TestWaitsUntilKnown(t *testing.T) {
	b := open(t)
	defer b.shut(t)
	want(t, "nothing is known", statuses(b.take(t, []providers.Notification{webhook(captured, 0, 100000), webhook(refund, 0, 0, 5000, 2), webhook(lost, 1, 7000)})),
		ingest.Waiting, ingest.Waiting, ingest.Waiting)
	if kinds := b.waiting(t); len(kinds) != 3 {
		t.Fatalf("%v wait, want three", kinds)
	}
	again := b.ledger.Stats().Records
	want(t, "nothing is known still", statuses(b.take(t, []providers.Notification{webhook(refund, 0, 0, 5000, 2)})), ingest.Waiting)
	if now := b.ledger.Stats().Records; now != again {
		t.Errorf("what waits was kept again: %d records became %d", again, now)
	}
	b.post(t, seller, authorised(0, "py-0"))
	told := b.retry(t)
	booked := map[providers.Kind]ingest.Status{}
	for _, x := range told {
		booked[x.Outcome.Kind] = x.Status
	}
	if booked[providers.Captured] != ingest.Accepted || booked[providers.Refunded] != ingest.Accepted || booked[providers.Chargeback] != ingest.Waiting {
		t.Errorf("retried: %v", booked)
	}
	b.post(t, authorised(1, ""))
	want(t, "the reference is told", statuses(b.take(t, []providers.Notification{webhook(captured, 1, 100000)})), ingest.Accepted)
	if kinds := b.waiting(t); len(kinds) > 0 {
		t.Errorf("%v wait still", kinds)
	}
	if got := ledgertest.Holds(b.ledger, "S", "IDR").Total().Minor(); got != "19500000" {
		t.Errorf("S has %s, want 19500000", got)
	}
	if got := ledgertest.Holds(b.ledger, "provider:xendit", "IDR").Total().Minor(); got != "18800000" {
		t.Errorf("Xendit has %s, want 18800000", got)
	}
}

// What waits has many shares, a long reason and fees: none of it is lost.
func TestWaitsWhole(t *testing.T) {
	b := open(t)
	defer b.shut(t)
	o := providers.Outcome{Kind: providers.Refunded, ID: "line", ProviderReference: "py-9", Movement: "rfd-9", Ours: "refund-9", Amount: money.New(4900, "IDR"),
		At: time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC), Reason: "buyer's remorse"}
	for i := range 49 {
		id := fmt.Sprint("T", i)
		b.post(t, posting.Event{ID: "open " + id, Type: posting.AccountOpen, Account: accounts.ID(id), Kind: accounts.KindSub})
		o.Shares = append(o.Shares, posting.Split{Type: posting.BalanceAccount, Account: accounts.ID(id), Amount: money.New(100, "IDR"), Reference: "s" + id})
	}
	in := *b.intake
	in.Adapter = telling{in.Adapter, o}
	results, err := in.Take(context.Background(), []providers.Notification{{}})
	if err != nil {
		t.Fatal(err)
	}
	want(t, "kept", statuses(results), ingest.Waiting)
	list, err := b.intake.Book.Waiting("xendit")
	if err != nil || len(list) != 1 || list[0].Outcome == nil {
		t.Fatal(list, err)
	}
	got := list[0].Outcome
	if len(got.Shares) != 49 || got.Shares[48].Account != "T48" || got.Shares[48].Reference != "sT48" || !got.Shares[48].Amount.Equal(o.Shares[48].Amount) ||
		got.Movement != o.Movement || got.Ours != o.Ours || got.Reason != o.Reason || !got.At.Equal(o.At) {
		t.Errorf("kept is %+v", got)
	}
}

// telling is an adapter that makes one outcome of any notification.
type telling struct {
	providers.Adapter
	outcome providers.Outcome
}

func (a telling) Notified(*providers.Notification, providers.Keys) ([]providers.Outcome, error) {
	return []providers.Outcome{a.outcome}, nil
}

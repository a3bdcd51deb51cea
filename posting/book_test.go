package posting

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/splitledger/splitledger/ledger/ledgertest"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// TestSameIDsFromManyGoroutines sends the same captures from 32 goroutines, each in an order of its own, closes the ledger
// and does it again: each is booked once, and everybody gets the same receipt.
func TestSameIDsFromManyGoroutines(t *testing.T) {
	const events, senders = 60, 32
	path := filepath.Join(t.TempDir(), "book.db")
	first := make([]Receipt, events)
	for round := range 2 {
		l, err := ledger.Open(path, ledger.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b, err := New(l, Options{})
		if err != nil {
			t.Fatal(err)
		}
		receipts := make([][]Receipt, senders)
		var wg sync.WaitGroup
		for s := range receipts {
			wg.Go(func() { receipts[s] = sendAll(t, b, events, s) })
		}
		wg.Wait()
		for i := range events {
			accepted := 0
			for _, r := range receipts {
				if r[i].Status == Accepted {
					accepted++
					first[i] = r[i]
				}
			}
			if want := 1 - round; accepted != want {
				t.Errorf("round %d: event %d was accepted %d times, want %d", round, i, accepted, want)
			}
			for _, r := range receipts {
				if r[i].Record != first[i].Record || !slices.Equal(r[i].Entries, first[i].Entries) {
					t.Errorf("round %d: event %d has receipts %v and %v", round, i, first[i], r[i])
				}
			}
		}
		shut(t, l)
	}
}

// sendAll sends captures in random order, half of them in one batch, and returns the receipts in order of the events.
func sendAll(t *testing.T, b *Book, n, seed int) []Receipt {
	receipts := make([]Receipt, n)
	order := rand.New(rand.NewPCG(1, uint64(seed))).Perm(n)
	var batch []Event
	for i, at := range order {
		e := Event{ID: fmt.Sprint("c", at), Type: PaymentCapture, Payment: fmt.Sprint("p", at), Provider: "adyen", Amount: money.New(int64(100+at), "EUR")}
		if i >= n/2 {
			batch = append(batch, e)
			continue
		}
		r, err := b.Post(context.Background(), e)
		if err != nil {
			t.Error(err)
		}
		receipts[at] = r
	}
	for i, r := range b.PostBatch(context.Background(), batch) {
		if r.Err != nil {
			t.Error(r.Err)
		}
		receipts[order[n/2+i]] = r.Receipt
	}
	return receipts
}

// TestBatch shows that events of a batch see each other, and that one refused leaves the others alone.
func TestBatch(t *testing.T) {
	_, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	capture := Event{ID: "1", Type: PaymentCapture, Payment: "p", Provider: "adyen", Amount: money.New(100, "EUR")}
	if results := b.PostBatch(context.Background(), nil); len(results) != 0 {
		t.Errorf("a batch of nothing: %v", results)
	}
	if results := b.PostBatch(context.Background(), []Event{{}}); !errors.Is(results[0].Err, ledger.Invalid) {
		t.Errorf("a batch of an empty event: %v", results)
	}
	results := b.PostBatch(context.Background(), []Event{
		capture,
		{ID: "2", Type: PaymentSettle, Payment: "p"},
		{ID: "3", Type: PaymentSettle, Payment: "p"},
		{ID: "4", Type: PaymentSettle},
		capture,
		{ID: "5", Type: PaymentRefund, Payment: "p", Refund: "r", Amount: money.New(100, "EUR")},
	})
	for i, want := range []string{"accepted [1]", "accepted [2]", "accepted []", "invalid", "duplicate [1]", "accepted [3]"} {
		var got string
		if e, ok := errors.AsType[*ledger.Error](results[i].Err); ok {
			got = string(e.Code)
		} else {
			got = fmt.Sprint(results[i].Receipt.Status, " ", results[i].Receipt.Entries)
		}
		if got != want {
			t.Errorf("event %d: %s, want %s (%v)", i, got, want, results[i].Err)
		}
	}
}

// TestRatioGivesBackWhatEachPartHad refunds a payment by ratio in random steps: no part ever gives more than it has, and at the
// end none has anything left.
func TestRatioGivesBackWhatEachPartHad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &Payment{Currency: "USD", Account: accounts.Liable}
		c := &Capture{ID: "c"}
		var left int64
		for i := range rapid.IntRange(1, 8).Draw(t, "parts") {
			got := rapid.Int64Range(0, 2000).Draw(t, "part")
			p.share(c, partKey{"A", "BalanceAccount", fmt.Sprint(i)}).got = money.NewInt(got)
			left += got
		}
		for left > 0 {
			whole := rapid.Int64Range(1, left).Draw(t, "refund")
			left -= whole
			for _, take := range p.byBehavior(DeductAccordingToSplitRatio, "", money.NewInt(whole), (*Part).left, p.giver) {
				s := p.share(c, take.key)
				s.refunded = s.refunded.Add(take.minor)
				whole -= small(money.FromInt(take.minor, "USD"))
			}
			if whole != 0 {
				t.Fatalf("%d of the refund is nobody's", whole)
			}
			for _, part := range p.Parts {
				if part.left().Sign() < 0 {
					t.Fatalf("part %s has %s left", part.Reference, part.left())
				}
			}
		}
		for _, part := range p.Parts {
			if !part.left().IsZero() {
				t.Fatalf("part %s has %s left", part.Reference, part.left())
			}
		}
	})
}

// TestManySplits takes a payment of the most splits there may be through its life, in reasonable time.
func TestManySplits(t *testing.T) {
	l, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	var opens []Event
	capture := Event{ID: "c", Type: PaymentCapture, Payment: "p", Provider: "adyen", RefundPolicy: &wire.RefundPolicy{Behavior: DeductAccordingToSplitRatio}}
	for i := range wire.MaxSplits {
		id := accounts.ID(fmt.Sprint("seller:", i))
		opens = append(opens, Event{ID: fmt.Sprint("o", i), Type: AccountOpen, Account: id, Kind: accounts.KindSub})
		capture.Splits = append(capture.Splits, Split{Type: BalanceAccount, Account: id, Amount: money.New(int64(i), "EUR"), Reference: fmt.Sprint("part ", i)})
	}
	capture.Amount = money.New(wire.MaxSplits*(wire.MaxSplits-1)/2, "EUR")
	refund := Event{ID: "r", Type: PaymentRefund, Payment: "p", Refund: "r", Amount: money.New(1_000_001, "EUR")}
	rest := Event{ID: "s", Type: PaymentRefund, Payment: "p", Refund: "s", Amount: money.New(wire.MaxSplits*(wire.MaxSplits-1)/2-1_000_001, "EUR")}
	line := capture.AppendJSON(nil)
	if decoded, err := Decode(line); err != nil || !decoded.Equal(&capture) {
		t.Fatalf("%d bytes: %v", len(line), err)
	}
	for i, r := range b.PostBatch(context.Background(), append(opens, capture, refund, Event{ID: "t", Type: PaymentSettle, Payment: "p"}, rest)) {
		if r.Err != nil {
			t.Fatal(i, r.Err)
		}
	}
	p, err := b.Payment("p")
	if err != nil || p.State() != "refunded" || len(p.Parts) != wire.MaxSplits {
		t.Fatalf("%s, %d parts, %v", p.State(), len(p.Parts), err)
	}
	for a := range l.Accounts() {
		if held := ledgertest.Holds(l, a.ID, "EUR"); !held.Total().IsZero() || !held.Pending.IsZero() {
			t.Errorf("%s has %s, %s pending", a.ID, held.Available, held.Pending)
		}
	}
}

// TestSchemesOfOnesOwn follows a scheme of the options.
func TestSchemesOfOnesOwn(t *testing.T) {
	l, _ := open(t, filepath.Join(t.TempDir(), "book.db"))
	b, err := New(l, Options{Schemes: []scheme.Scheme{{Provider: "stripe", Merchant: scheme.AccountMerchant, Sum: scheme.AtMost, Missing: scheme.Refuse, Decimals: 1, Refunds: scheme.AnyAccount}}})
	if err != nil {
		t.Fatal(err)
	}
	half, _ := money.ParsePercent("50.5")
	if _, err := b.Post(context.Background(), Event{ID: "c", Type: PaymentCapture, Payment: "p", Provider: "stripe", Amount: money.New(1001, "JPY"),
		Splits: []Split{{Type: Commission, Percent: half}}}); err != nil {
		t.Fatal(err)
	}
	p, err := b.Payment("p")
	if err != nil || len(p.Parts) != 2 || p.Parts[0].Reason != "50.5 % of 1001 JPY = 505.505, rounded half up to 506" {
		t.Errorf("%+v, %v", p.Parts[0], err)
	}
	most := scheme.Scheme{Provider: "az09_-" + strings.Repeat("z", 26), Decimals: money.MaxPercentDecimals, Units: []scheme.Unit{{Currency: "IDR", Minor: 1}}, Sources: []scheme.Source{{Field: "Units", Text: "their manual"}}}
	if _, err := New(l, Options{Schemes: []scheme.Scheme{most}}); err != nil {
		t.Error(err)
	}
	for _, s := range []scheme.Scheme{{}, {Provider: "Stripe"}, {Provider: "{"}, {Provider: "_x"}, {Provider: most.Provider + "z"}, {Provider: "x", Sum: 9}, {Provider: "x", Decimals: 13}, {Provider: "x", Decimals: -1},
		{Provider: "x", Splits: scheme.AtSettlement}, {Provider: "x", Splits: scheme.AtSettlement, Sum: scheme.EachFit}, {Provider: "x", Sum: scheme.EachFit}, {Provider: "x", Missing: scheme.FailPart}, {Provider: "x", Splits: scheme.Afterwards, Sum: scheme.AtMost},
		{Provider: "x", Units: []scheme.Unit{{Currency: "IDR", Minor: 0}}}, {Provider: "x", Units: []scheme.Unit{{Currency: "idr", Minor: 1}}}, {Provider: "x", Sources: []scheme.Source{{Field: "Colour", Text: "blue"}}}} {
		if _, err := New(l, Options{Schemes: []scheme.Scheme{s}}); err == nil {
			t.Errorf("a book with the scheme %+v", s)
		}
	}
	if _, err := New(l, Options{Schemes: []scheme.Scheme{{Provider: "x"}, {Provider: "y"}, {Provider: "x", Decimals: 2}}}); err == nil {
		t.Error("a book with two schemes of one provider")
	}
}

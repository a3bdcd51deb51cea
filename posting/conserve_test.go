package posting

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/ledger/ledgertest"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
)

// anyHuge draws 1 to 10^30 minor units, long ones as often as short ones.
func anyHuge(t *rapid.T) money.Int {
	n := rapid.IntRange(1, 30).Draw(t, "digits")
	i, err := money.ParseInt(rapid.StringMatching(fmt.Sprintf("[1-9][0-9]{%d}", n-1)).Draw(t, "amount"))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// anyPercents draws 1 to 200 splits by percents of two decimals that are at most 100 together.
func anyPercents(t *rapid.T, account accounts.ID) (splits []Split, hundredths []int64) {
	n := rapid.IntRange(1, 200).Draw(t, "splits")
	for i := range n {
		h := int64(rapid.IntRange(1, 10000/n).Draw(t, "hundredths"))
		p, err := money.ParsePercent(fmt.Sprintf("%d.%02d", h/100, h%100))
		if err != nil {
			t.Fatal(err)
		}
		splits = append(splits, Split{Type: BalanceAccount, Account: account, Percent: p, Reference: fmt.Sprint("part ", i)})
		hundredths = append(hundredths, h)
	}
	return splits, hundredths
}

// TestHalvesGoUp works out percents of amounts of which they are exactly so many units and a half: the part is a unit more, and the rest
// is what that leaves.
func TestHalvesGoUp(t *testing.T) {
	schemes := scheme.All()
	rapid.Check(t, func(t *rapid.T) {
		s := &schemes[rapid.IntRange(1, 2).Draw(t, "scheme")] // xendit, paysafe
		currency := rapid.SampledFrom([]money.Currency{"IDR", "EUR", "JPY", "KWD"}).Draw(t, "currency")
		hundredths := rapid.Int64Range(1, 9999).Filter(func(h int64) bool { return h%16 != 0 }).Draw(t, "hundredths") // else there is no half
		percent, err := money.ParsePercent(fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100))
		if err != nil {
			t.Fatal(err)
		}
		// amount·hundredths/10000 is k + 1/2 where amount·hundredths is 5000·(2k+1)
		g := gcd(hundredths, 5000)
		odd := anyHuge(t).Mul(money.NewInt(2)).Add(money.NewInt(1))
		unit := money.NewInt(s.SmallestUnit(currency))
		amount := money.FromInt(odd.Mul(money.NewInt(5000/g)).Mul(unit), currency)
		halves := new(big.Int).Mul(judge(odd), big.NewInt(hundredths/g)) // 2k+1
		up := new(big.Int).Rsh(halves.Add(halves, big.NewInt(1)), 1)     // k+1
		up.Mul(up, judge(unit))
		parts, rest := sizesOf(s, nil, []Split{{Type: BalanceAccount, Account: "A", Percent: percent}}, amount, amount.Int())
		if len(parts) != 1 || judge(parts[0].minor).Cmp(up) != 0 || !parts[0].minor.Add(rest).Equal(amount.Int()) {
			t.Fatalf("%s of %s is %v, and %s are left, want %s", percent, amount, parts, rest, up)
		}
	})
}

// judge returns a number as math/big reads it, which is independent of the arithmetic of package money.
func judge(i money.Int) *big.Int {
	b, ok := new(big.Int).SetString(i.String(), 10)
	if !ok {
		panic("not a number: " + i.String())
	}
	return b
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// TestPercentsLoseNothing works out percents of any amount: each is the exact share rounded half up to the scheme's unit, and they
// and what they leave are the amount.
func TestPercentsLoseNothing(t *testing.T) {
	schemes := scheme.All()
	rapid.Check(t, func(t *rapid.T) {
		s := &schemes[rapid.IntRange(1, 2).Draw(t, "scheme")] // xendit, paysafe
		amount := money.FromInt(anyHuge(t), rapid.SampledFrom([]money.Currency{"IDR", "EUR", "JPY", "KWD"}).Draw(t, "currency"))
		splits, hundredths := anyPercents(t, "A")
		parts, rest := sizesOf(s, nil, splits, amount, amount.Int())
		sum, unit := rest, big.NewInt(s.SmallestUnit(amount.Currency()))
		for i, part := range parts {
			sum = sum.Add(part.minor)
			// part = floor(amount·hundredths/10000/unit + 1/2)·unit
			want := new(big.Int).Mul(judge(amount.Int()), big.NewInt(2*hundredths[i]))
			per := new(big.Int).Mul(unit, big.NewInt(20000))
			want.Add(want, new(big.Int).Rsh(per, 1)).Div(want, per).Mul(want, unit)
			if judge(part.minor).Cmp(want) != 0 {
				t.Fatalf("%s of %s is %s, want %s", splits[i].Percent, amount, part.minor, want)
			}
		}
		if !sum.Equal(amount.Int()) {
			t.Fatalf("%d parts and the rest of %s are %s", len(parts), amount, sum)
		}
	})
}

// TestRatiosLoseNothing gives any amount back in chunks, by ratio: what the parts give is each chunk, and in the end what each had.
func TestRatiosLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &Payment{Currency: "USD", Account: accounts.Liable}
		c := &Capture{ID: "c"}
		var left money.Int
		for i := range rapid.IntRange(1, 200).Draw(t, "parts") {
			got := anyHuge(t)
			p.share(c, partKey{"A", "BalanceAccount", fmt.Sprint(i)}).got = got
			left = left.Add(got)
		}
		for chunk := 3; left.Sign() > 0; chunk-- {
			whole := left
			if x := anyHuge(t); chunk > 0 && x.Cmp(left) < 0 {
				whole = x
			}
			left = left.Sub(whole)
			for _, take := range p.byBehavior(DeductAccordingToSplitRatio, "", whole, (*Part).left, p.giver) {
				s := p.share(c, take.key)
				s.refunded, whole = s.refunded.Add(take.minor), whole.Sub(take.minor)
			}
			if !whole.IsZero() {
				t.Fatalf("%s of a chunk is nobody's", whole)
			}
		}
		for _, part := range p.Parts {
			if !part.left().IsZero() {
				t.Fatalf("part %s has %s left", part.Reference, part.left())
			}
		}
	})
}

// TestLifeLeavesNothing takes a payment from its capture to the payout of what everybody has of it, fees and a refund between.
// In the end the provider holds nothing, and nor does anybody else.
func TestLifeLeavesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		l, b := open(t, filepath.Join(t.TempDir(), "book.db"))
		n := 0
		do := func(e Event) error {
			n++
			e.ID = fmt.Sprint("e", n)
			_, err := b.Post(context.Background(), e)
			return err
		}
		must := func(e Event) {
			if err := do(e); err != nil {
				rt.Fatalf("%s: %v", e.AppendJSON(nil), err)
			}
		}
		must(Event{Type: AccountOpen, Account: "A", Kind: accounts.KindSub})
		must(Event{Type: AccountOpen, Account: "B", Kind: accounts.KindSub})
		must(Event{Type: ProviderOpen, Provider: "other", Scheme: scheme.Generic})
		amount := money.FromInt(anyHuge(rt), "EUR")
		capture := Event{Type: PaymentCapture, Payment: "p", Provider: anyProvider.Draw(rt, "provider"), Amount: amount}
		switch s := b.Scheme(capture.Provider); {
		case s.Splits == scheme.Afterwards:
			capture.Account = "B"
		case s.Decimals > 0:
			capture.Splits, _ = anyPercents(rt, "A")
			capture.Account = "B"
		default:
			capture.Splits = []Split{{Type: BalanceAccount, Account: "A", Amount: money.FromInt(amount.Int().Sub(money.NewInt(1)), "EUR"), Reference: "a"}, {Type: Remainder, Account: "B"}}
		}
		if err := do(capture); errors.Is(err, SplitExceedsAmount) {
			return // percents rounded up to more than the amount, which the scheme refuses
		} else if err != nil {
			rt.Fatal(err)
		}
		if b.Scheme(capture.Provider).Splits == scheme.Afterwards {
			must(Event{Type: PaymentSplit, Payment: "p", Splits: []Split{{Type: BalanceAccount, Account: "A", Amount: money.FromInt(upTo(rt, amount.Int(), "supplier's"), "EUR")}}})
		}
		if rapid.Bool().Draw(rt, "refund") {
			must(Event{Type: PaymentRefund, Payment: "p", Refund: "r", Amount: money.New(1, "EUR")})
		}
		if rapid.Bool().Draw(rt, "dispute") {
			must(Event{Type: PaymentChargeback, Payment: "p", Chargeback: "d", Amount: money.FromInt(anyHuge(rt), "EUR"), DisputeFee: money.New(15, "EUR")})
			if rapid.Bool().Draw(rt, "won") {
				must(Event{Type: PaymentChargebackReversed, Payment: "p", Chargeback: "d"})
			}
		}
		if rapid.Bool().Draw(rt, "fee") {
			must(Event{Type: PaymentFee, Payment: "p", Fees: []Fee{{Type: FeeScheme, Amount: money.New(rapid.Int64Range(1, 1000).Draw(rt, "fee"), "EUR")}}})
		}
		inPieces(rt, amount.Int(), func(piece money.Int) { // the last of which leaves nothing
			must(Event{Type: PaymentSettle, Payment: "p", Amount: money.FromInt(piece, "EUR")})
		})
		provider := accounts.Provider(capture.Provider)
		if held := ledgertest.Holds(l, provider, "EUR").Available; held.Sign() > 0 {
			must(Event{Type: ProviderPayout, Provider: capture.Provider, Amount: held})
		} else if held.Sign() < 0 { // fees of more than the payment: we owe the provider
			must(Event{Type: JournalEntry, Postings: []Leg{{Account: provider, Debit: true, Amount: held.Neg()}, {Account: accounts.Bank, Credit: true, Amount: held.Neg()}}})
		}
		if held := ledgertest.Holds(l, provider, "EUR"); !held.Total().IsZero() || !held.Pending.IsZero() {
			rt.Fatalf("the provider is settled and paid out, and holds %s, %s of it pending", held.Total(), held.Pending)
		}
		payEverybodyOut(rt, l, must)
		for a := range l.Accounts() {
			if held := ledgertest.Holds(l, a.ID, "EUR"); !held.Available.IsZero() || !held.Pending.IsZero() || !held.Reserved.IsZero() {
				rt.Fatalf("%s still holds %s, %s pending, %s reserved", a.ID, held.Available, held.Pending, held.Reserved)
			}
		}
	})
}

// payEverybodyOut makes good what is below zero, from liable, and pays out the rest; liable itself puts in what it owes.
func payEverybodyOut(t *rapid.T, l *ledger.Ledger, must func(Event)) {
	for _, id := range []accounts.ID{"A", "B", accounts.Platform} {
		if held := ledgertest.Holds(l, id, "EUR").Available; held.Sign() < 0 {
			must(Event{Type: Transfer, From: accounts.Liable, To: id, Amount: held.Neg()})
		}
	}
	for i, id := range []accounts.ID{"A", "B", accounts.Platform, accounts.Liable} {
		held, name := ledgertest.Holds(l, id, "EUR").Available, fmt.Sprint("payout ", i)
		switch held.Sign() {
		case 1:
			must(Event{Type: PayoutRequest, Payout: name, Account: id, Amount: held})
			must(Event{Type: PayoutPaid, Payout: name})
		case -1:
			must(Event{Type: JournalEntry, Postings: []Leg{{Account: accounts.Bank, Debit: true, Amount: held.Neg()}, {Account: id, Credit: true, Amount: held.Neg()}}})
		}
	}
}

// TestConversionsLoseNothing converts any amounts there and back: fx has just what the account lost or won.
func TestConversionsLoseNothing(t *testing.T) {
	l, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		id := accounts.ID(fmt.Sprint("seller:", n))
		sell, buy, back := money.FromInt(anyHuge(t), "USD"), money.FromInt(anyHuge(t), "JPY"), money.FromInt(anyHuge(t), "USD")
		before := ledgertest.Holds(l, accounts.FX(""), "USD").Total()
		for i, r := range b.PostBatch(context.Background(), []Event{
			{ID: fmt.Sprint(n, "a"), Type: AccountOpen, Account: id, Kind: accounts.KindSub},
			{ID: fmt.Sprint(n, "b"), Type: Transfer, From: accounts.Liable, To: id, Amount: sell},
			{ID: fmt.Sprint(n, "c"), Type: Exchange, Account: id, Sell: sell, Buy: buy},
			{ID: fmt.Sprint(n, "d"), Type: Exchange, Account: id, Sell: buy, Buy: back},
		}) {
			if r.Err != nil {
				t.Fatal(i, r.Err)
			}
		}
		after := ledgertest.Holds(l, accounts.FX(""), "USD").Total()
		if has := ledgertest.Holds(l, id, "USD").Available; !has.Equal(back) || !ledgertest.Holds(l, id, "JPY").Available.IsZero() {
			t.Fatalf("%s became %s, the account has %s", sell, back, has)
		}
		if !after.Int().Sub(before.Int()).Equal(sell.Int().Sub(back.Int())) || !ledgertest.Holds(l, accounts.FX(""), "JPY").Total().IsZero() {
			t.Fatalf("fx had %s and has %s after %s became %s", before, after, sell, back)
		}
	})
}

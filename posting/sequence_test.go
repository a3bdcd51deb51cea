package posting

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// TestAnySequence books random events, valid ones and others, and checks after each that money is where it should be.
func TestAnySequence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		l, b := open(t, filepath.Join(t.TempDir(), "book.db"))
		w := &world{T: rt, ledger: l, book: b, finder: b.Finder()}
		w.must(Event{Type: AccountOpen, Account: "A", Kind: accounts.KindSub})
		w.must(Event{Type: AccountOpen, Account: "B", Kind: accounts.KindSub})
		w.must(Event{Type: AccountOpen, Account: "C", Kind: accounts.KindSub})
		w.must(Event{Type: ProviderOpen, Provider: "other", Scheme: generic})
		w.must(Event{Type: ProviderOpen, Provider: "another", Scheme: "xendit"})
		half, _ := money.ParsePercent("50")
		w.must(Event{Type: RuleCreate, Rule: "half", Name: "half", Currency: "USD", Routes: []Route{{Account: "A", Percent: half, Reference: "1"}, {Account: "C", Flat: money.NewInt(7), Reference: "2"}}})
		w.must(Event{Type: RuleCreate, Rule: "flat", Name: "flat", Currency: "USD", Routes: []Route{{Account: "B", Flat: money.NewInt(10), Reference: "1"}}})
		for range rapid.IntRange(1, 40).Draw(rt, "events") {
			w.step()
		}
		w.replays(filepath.Join(t.TempDir(), "again.db"))
	})
}

type world struct {
	*rapid.T
	ledger *ledger.Ledger
	book   *Book
	finder *Finder // used for all payments
	n      int
	last   uint64 // record
	tried  []attempt

	outside ordered[cell, money.Int] // what providers and the bank got besides payments
	payouts map[string]Event         // asked for
}

// An attempt is an event and how it was refused, if it was.
type attempt struct {
	event Event
	err   error
}

func (w *world) post(e Event) error {
	w.n++
	e.ID = fmt.Sprint("e", w.n)
	before := w.all()
	r, err := w.book.Post(context.Background(), e)
	w.tried = append(w.tried, attempt{e, err})
	if err == nil {
		if r.Record != w.last+1 {
			w.Fatalf("%s became record %d after %d", e.AppendJSON(nil), r.Record, w.last)
		}
		w.last = r.Record
		if again, err := w.book.Post(context.Background(), e); err != nil || again.Status != Duplicate || again.Record != r.Record || !slices.Equal(again.Entries, r.Entries) {
			w.Fatalf("%s again: %v, %v, want a duplicate of %v", e.AppendJSON(nil), again, err, r)
		}
		w.count(e)
		return nil
	}
	if after := w.all(); after != before {
		w.Fatalf("%s was refused and changed the books from\n%s\nto\n%s", e.AppendJSON(nil), before, after)
	}
	if refused, ok := errors.AsType[*ledger.Error](err); !ok || refused.Message == "" || refused.Code == ledger.Corrupt || refused.Code == ledger.Unbalanced {
		w.Fatalf("%s: %v", e.AppendJSON(nil), err)
	}
	return err
}

func (w *world) must(e Event) {
	if err := w.post(e); err != nil {
		w.Fatal(err)
	}
}

// step posts one event and looks at the books.
func (w *world) step() {
	account := rapid.SampledFrom([]accounts.ID{"A", "B", "C", "platform", "liable", "nobody"})
	e := Event{Payment: rapid.SampledFrom([]string{"p", "q"}).Draw(w.T, "payment")}
	e.Type = rapid.SampledFrom([]Type{PaymentAuthorise, PaymentCapture, PaymentCapture, PaymentCapture, PaymentFee, PaymentSettle, PaymentRefund, PaymentRefund, Transfer, AccountClose,
		PaymentSplit, PaymentCancel, PaymentSettleFailed, PaymentRefundFailed, PaymentChargeback, PaymentChargeback, PaymentChargebackReversed,
		PaymentRelease, PaymentAdjust, PaymentResplit, PaymentReassign, PaymentReassign, PaymentSplitFailed, PaymentCaptureReversed,
		ReserveHold, ReserveRelease, PayoutRequest, PayoutPaid, PayoutFailed, ProviderPayout, Exchange, AccountFreeze, AccountUnfreeze, AccountUpdate, AccountReopen, ChargebackDefault}).Draw(w.T, "type")
	amount := money.New(rapid.Int64Range(1, 1000).Draw(w.T, "amount"), "USD")
	switch e.Type {
	case PaymentAuthorise, PaymentCapture:
		e.Amount = amount
		if e.Type == PaymentAuthorise || rapid.Bool().Draw(w.T, "unauthorised") {
			e.Provider = rapid.SampledFrom([]string{"adyen", "xendit", "paysafe", "antom", "other", "another", "unopened"}).Draw(w.T, "provider")
		}
		if s := w.book.Scheme(e.Provider); e.Provider != "" && s.Merchant == AccountMerchant && rapid.Bool().Draw(w.T, "merchant") {
			e.Account = account.Draw(w.T, "account")
		}
		if behavior := rapid.SampledFrom([]Behavior{"", DeductFromLiableAccount, DeductAccordingToSplitRatio}).Draw(w.T, "policy"); behavior != "" && e.Provider != "" {
			e.RefundPolicy = &RefundPolicy{Behavior: behavior}
		}
		if behavior := rapid.SampledFrom([]Behavior{"", DeductFromOneBalanceAccount, DeductAccordingToSplitRatio}).Draw(w.T, "disputes"); behavior != "" && e.Provider != "" {
			e.ChargebackPolicy = &ChargebackPolicy{Behavior: behavior, CostAllocationAccount: "B"}
			if behavior == DeductFromOneBalanceAccount {
				e.ChargebackPolicy.TargetAccount = "A"
			}
		}
		if e.Splits = w.splits(e.Amount, account); len(e.Splits) == 0 && rapid.Bool().Draw(w.T, "by rule") {
			e.Rule = rapid.SampledFrom([]string{"half", "flat"}).Draw(w.T, "rule")
			if e.Amount = amount; e.Rule == "flat" && rapid.Bool().Draw(w.T, "what the rule sums to") {
				e.Amount = money.New(10, "USD")
			}
		}
	case PaymentSplit:
		if e.Splits = w.splits(amount, account); len(e.Splits) == 0 {
			e.Splits = []Split{{Type: Remainder, Account: "C"}}
		}
	case PaymentAdjust:
		e.Amount = amount
	case PaymentResplit:
		if e.Capture, e.Splits = w.capture(e.Payment), w.splits(amount, account); len(e.Splits) == 0 {
			e.Splits = []Split{{Type: Remainder, Account: "C"}}
		}
	case PaymentReassign:
		e.From, e.To, e.Amount = account.Draw(w.T, "from"), account.Draw(w.T, "to"), amount
		w.thing(&e)
	case PaymentSplitFailed:
		e.Reference, e.Reason = rapid.SampledFrom([]string{"rest", "part0", "part1", "1"}).Draw(w.T, "reference"), "held"
	case PaymentCaptureReversed:
		e.Capture = w.capture(e.Payment)
		if rapid.Bool().Draw(w.T, "in part") {
			e.Amount = amount
		} else if rapid.Bool().Draw(w.T, "row") {
			e.Account = account.Draw(w.T, "account")
		}
		if rapid.Bool().Draw(w.T, "movement") {
			e.Movement, e.Part = "reversal", rapid.SampledFrom([]string{"", "1", "2"}).Draw(w.T, "part")
		}
	case PaymentCancel, PaymentSettle, PaymentSettleFailed:
		e.Capture = w.capture(e.Payment)
		e.Fact = e.Type == PaymentCancel && rapid.Bool().Draw(w.T, "fact")
		if e.Type == PaymentSettleFailed {
			e.Reason = "held"
		}
	case PaymentRefundFailed:
		e.Refund = fmt.Sprint("r", rapid.IntRange(0, 9).Draw(w.T, "refund"))
	case PaymentChargeback:
		e.Chargeback, e.Amount = fmt.Sprint("d", rapid.IntRange(0, 3).Draw(w.T, "chargeback")), amount
		if rapid.Bool().Draw(w.T, "foreign") {
			e.Amount = withCurrency(amount, "EUR")
		}
		if rapid.Bool().Draw(w.T, "dispute fee") {
			e.DisputeFee = money.New(15, "EUR")
		}
	case PaymentChargebackReversed:
		e.Chargeback = fmt.Sprint("d", rapid.IntRange(0, 3).Draw(w.T, "chargeback"))
		if p, _ := w.book.Payment(e.Payment); p != nil && rapid.Bool().Draw(w.T, "in part") {
			if c := p.chargeback(e.Chargeback); c != nil {
				e.Amount = withCurrency(amount, c.Amount.Currency())
			}
		}
	case PaymentFee:
		e.Fees = []Fee{{Type: FeeInterchange, Amount: money.New(rapid.Int64Range(1, 30).Draw(w.T, "fee"), "USD")}, {Type: FeeVAT, Amount: money.New(3, "USD")}}
		switch rapid.IntRange(0, 2).Draw(w.T, "given back") {
		case 1:
			e.Fees[0].Amount = e.Fees[0].Amount.Neg()
		case 2:
			e.Fees = append(e.Fees, Fee{Type: FeeVAT, Amount: money.New(-5, "EUR"), Of: FeeInterchange})
		}
		if rapid.Bool().Draw(w.T, "movement") {
			e.Movement, e.Part = "fee", rapid.SampledFrom([]string{"", "1", "2"}).Draw(w.T, "part")
			if rapid.Bool().Draw(w.T, "row") {
				e.Account = account.Draw(w.T, "bearer")
			}
		}
		if rapid.Bool().Draw(w.T, "named") {
			e.Capture = w.capture(e.Payment)
		}
	case PaymentRefund:
		e.Refund, e.Amount = fmt.Sprint("r", rapid.IntRange(0, 9).Draw(w.T, "refund")), amount
		if p, _ := w.book.Payment(e.Payment); p != nil && p.Refundable().Sign() > 0 && rapid.Bool().Draw(w.T, "all") {
			e.Amount = p.Refundable()
		}
		e.Splits = w.splits(e.Amount, account)
	case ChargebackDefault:
		behavior := rapid.SampledFrom([]Behavior{DeductFromLiableAccount, DeductFromOneBalanceAccount, DeductAccordingToSplitRatio}).Draw(w.T, "default")
		e = Event{Type: e.Type, ChargebackPolicy: &ChargebackPolicy{Behavior: behavior, CostAllocationAccount: account.Draw(w.T, "costs")}}
		if behavior == DeductFromOneBalanceAccount {
			e.ChargebackPolicy.TargetAccount = account.Draw(w.T, "target")
		}
	case Transfer:
		e = Event{Type: Transfer, From: account.Draw(w.T, "from"), To: account.Draw(w.T, "to"), Amount: amount}
	case AccountUpdate:
		e.Payment, e.Account, e.Overdraft = "", account.Draw(w.T, "account"), []money.Amount{amount}[:rapid.IntRange(0, 1).Draw(w.T, "overdrafts")]
		if rapid.Bool().Draw(w.T, "ids") {
			e.Overdraft, e.ProviderIDs = nil, map[string][]string{"adyen": {rapid.SampledFrom([]string{"BA1", "BA2"}).Draw(w.T, "id")}}
		}
	case AccountClose, AccountFreeze, AccountUnfreeze, AccountReopen:
		e = Event{Type: e.Type, Account: account.Draw(w.T, "changed")}
	case ReserveHold, ReserveRelease, PayoutRequest, PayoutPaid, PayoutFailed, ProviderPayout, Exchange:
		e = anyMove(w.T, e.Type)
	}
	_ = w.post(e)
	w.check()
}

// count keeps account of what left from providers and the bank, and came there, by events of no payment.
func (w *world) count(e Event) {
	add := func(id accounts.ID, a money.Amount) {
		sum, _ := w.outside.add(cell{id, a.Currency()})
		*sum = sum.Add(a.Int())
	}
	switch e.Type {
	case ProviderPayout:
		add(accounts.Provider(e.Provider), e.Amount.Neg())
		add(accounts.Bank, e.Amount)
	case PayoutRequest:
		if w.payouts == nil {
			w.payouts = map[string]Event{}
		}
		w.payouts[e.Payout] = e
	case PayoutPaid:
		p := w.payouts[e.Payout]
		from := accounts.Bank
		if p.Provider != "" {
			from = accounts.Provider(p.Provider)
		}
		add(from, p.Amount.Neg())
	}
}

// capture draws the name of a capture, or none.
func (w *world) capture(payment string) string {
	if p, _ := w.book.Payment(payment); p != nil && len(p.Captures) > 0 && rapid.Bool().Draw(w.T, "named") {
		return rapid.SampledFrom(p.Captures).Draw(w.T, "capture").ID
	}
	return ""
}

// thing names a capture, refund or chargeback of an event's payment, in whose currency its amount is.
func (w *world) thing(e *Event) {
	p, _ := w.book.Payment(e.Payment)
	e.Capture = "none"
	if p == nil {
		return
	}
	switch rapid.IntRange(0, 2).Draw(w.T, "of") {
	case 0:
		if len(p.Refunds) > 0 {
			e.Capture, e.Refund = "", p.Refunds[rapid.IntRange(0, len(p.Refunds)-1).Draw(w.T, "refund")].ID
		}
	case 1:
		if len(p.Chargebacks) > 0 {
			c := rapid.SampledFrom(p.Chargebacks).Draw(w.T, "chargeback")
			e.Capture, e.Chargeback, e.Amount = "", c.ID, withCurrency(e.Amount, p.chargeback(c.ID).Amount.Currency())
		}
	default:
		if len(p.Captures) > 0 {
			e.Capture = rapid.SampledFrom(p.Captures).Draw(w.T, "capture").ID
		}
	}
}

// all tells all there is in the books.
func (w *world) all() string { return inBooks(w.ledger) }

// inBooks tells the last record of a ledger and all its balances.
func inBooks(l *ledger.Ledger) string {
	s := l.Stats()
	return fmt.Sprintf("%x %d %d\n", s.Head, s.Records, s.Entries) + balances(l)
}

// balances tells all balances of a ledger that are not zero, by account.
func balances(l *ledger.Ledger) string {
	var lines []string
	for a := range l.Accounts() {
		list, err := l.AccountBalances(a.ID)
		if err != nil {
			return err.Error()
		}
		for _, one := range list {
			if !one.Pending.IsZero() || !one.Available.IsZero() || !one.Reserved.IsZero() {
				lines = append(lines, fmt.Sprintf("%s %s/%s/%s", a.ID, one.Pending, one.Available, one.Reserved))
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// replays posts all that was tried in batches, which decide ahead on books that do not have the events before: what becomes of each
// event is the same.
func (w *world) replays(path string) {
	l, err := ledger.Open(path, ledger.Options{})
	if err != nil {
		w.Fatal(err)
	}
	defer l.Close()
	b, err := New(l, Options{})
	if err != nil {
		w.Fatal(err)
	}
	for tried := w.tried; len(tried) > 0; {
		n := rapid.IntRange(1, len(tried)).Draw(w.T, "batch")
		events := make([]Event, n)
		for i := range events {
			events[i] = tried[i].event
		}
		for i, r := range b.PostBatch(context.Background(), events) {
			if fmt.Sprint(r.Err) != fmt.Sprint(tried[i].err) {
				w.Fatalf("again, %s:\n%v\nand the first time\n%v", events[i].AppendJSON(nil), r.Err, tried[i].err)
			}
		}
		tried = tried[n:]
	}
	if first, second := entries(w.T, w.ledger), entries(w.T, l); first != second {
		w.Fatalf("the first time the entries were\n%s\nand in batches\n%s", first, second)
	}
	if first, second := balances(w.ledger), balances(l); first != second {
		w.Fatalf("the first time the accounts had\n%s\nand when replayed\n%s", first, second)
	}
}

// entries returns all records with their entries, as text.
func entries(t *rapid.T, l *ledger.Ledger) string {
	var b strings.Builder
	for rec, err := range l.Records(context.Background(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, rec.Number, rec.Keys, rec.Opens, rec.Statuses, rec.Entries)
	}
	return b.String()
}

// splits draws none, or some that often sum to the amount.
func (w *world) splits(amount money.Amount, account *rapid.Generator[accounts.ID]) []Split {
	n := rapid.IntRange(0, 3).Draw(w.T, "splits")
	if n == 0 {
		return nil
	}
	splits := []Split{{Type: Remainder, Account: account.Draw(w.T, "account"), Reference: "rest"}}
	if rapid.Bool().Draw(w.T, "fee split") {
		splits = append(splits, Split{Type: PaymentFeeSplit, Account: account.Draw(w.T, "account")})
	}
	for i := range n - 1 {
		s := Split{Type: BalanceAccount, Account: account.Draw(w.T, "account"), Reference: fmt.Sprint("part", i)}
		if rapid.Bool().Draw(w.T, "percent") {
			s.Percent, _ = money.ParsePercent(fmt.Sprintf("%d.5", rapid.IntRange(0, 60).Draw(w.T, "percents")))
		} else {
			v, _ := amount.Int().Int64()
			s.Amount = money.New(rapid.Int64Range(0, v).Draw(w.T, "part"), "USD")
		}
		splits = append(splits, s)
	}
	return splits
}

// check looks at every payment and at all accounts.
func (w *world) check() {
	holds := map[accounts.ID]map[money.Currency]money.Int{} // by the payments, pending and available
	pending := map[accounts.ID]money.Int{}
	for _, id := range []string{"p", "q"} {
		p, err := w.book.Payment(id)
		if errors.Is(err, UnknownPayment) {
			continue
		}
		if err != nil {
			w.Fatal(err)
		}
		w.checkPayment(p)
		looksAgain(w, w.finder, w.book, id)
		if holds[p.provider] == nil {
			holds[p.provider] = map[money.Currency]money.Int{}
		}
		count(holds[p.provider], p)
		for _, c := range p.Captures {
			if held := c.pending.find(cell{p.provider, "USD"}); held != nil {
				pending[p.provider] = pending[p.provider].Add(*held)
			}
		}
	}
	sums := map[money.Currency]money.Int{}
	for a := range w.ledger.Accounts() {
		list, err := w.ledger.AccountBalances(a.ID)
		if err != nil {
			w.Fatal(err)
		}
		for _, b := range list {
			total := b.Total().Int()
			if a.Kind.DebitNormal() {
				want := holds[a.ID][b.Currency]
				if more := w.outside.find(cell{a.ID, b.Currency}); more != nil {
					want = want.Add(*more)
				}
				if !total.Equal(want) {
					w.Fatalf("%s has %s %s, by its payments it is %s", a.ID, total, b.Currency, want)
				}
				if want := pending[a.ID]; b.Currency == "USD" && !b.Pending.Int().Equal(want) {
					w.Fatalf("%s has %s pending, by its payments it is %s", a.ID, b.Pending, want)
				}
				total = total.Neg()
			}
			sums[b.Currency] = sums[b.Currency].Add(total)
			if a.Status == accounts.Closed && !b.Available.IsZero() {
				w.Fatalf("%s is closed and has %s available", a.ID, b.Available)
			}
		}
	}
	for c, sum := range sums {
		if !sum.IsZero() {
			w.Fatalf("all accounts together have %s %s", sum, c)
		}
	}
}

// count adds up what the provider holds of a payment: captured less fees, refunds and chargebacks, with what came back.
func count(holds map[money.Currency]money.Int, p *Payment) {
	add := func(a money.Amount) { holds[a.Currency()] = holds[a.Currency()].Add(a.Int()) }
	add(p.Captured)
	add(p.Refunded.Neg())
	for _, f := range p.Fees {
		add(f.Amount.Neg())
	}
	for _, c := range p.Chargebacks {
		add(c.Left().Neg())
	}
}

// checkPayment looks at what a payment says of itself.
func (w *world) checkPayment(p *Payment) {
	if p.Captured.Int().Cmp(p.Authorised.Int()) > 0 || p.Refunded.Int().Cmp(p.Captured.Int()) > 0 || p.Refunded.Sign() < 0 {
		w.Fatalf("%s: authorised %s, captured %s, refunded %s", p.ID, p.Authorised, p.Captured, p.Refunded)
	}
	var left money.Int
	for _, part := range p.Parts {
		left = left.Add(part.Left().Int())
	}
	if !left.Equal(p.Captured.Int().Sub(p.Refunded.Int())) {
		w.Fatalf("%s: the parts have %s left, captured are %s and refunded %s", p.ID, left, p.Captured, p.Refunded)
	}
	for _, c := range p.Captures {
		if c.Refunded.Int().Cmp(c.Amount.Int()) > 0 || c.disputed.Cmp(c.Amount.Int()) > 0 || c.split.Cmp(c.Amount.Int()) > 0 {
			w.Fatalf("%s: of capture %s, %s, %s was refunded, %s disputed, %s split", p.ID, c.ID, c.Amount, c.Refunded, c.disputed, c.split)
		}
		for i, at := range c.pending.keys {
			// An account that was closed before its capture was cancelled keeps what it had; liable has the opposite.
			if held := *c.pending.values[i]; !held.IsZero() && (c.Settled || c.Cancelled && at.account == p.provider) {
				w.Fatalf("%s: capture %s is %s, and %s has %s pending", p.ID, c.ID, c.State(), at.account, held)
			}
		}
	}
	for _, c := range p.Chargebacks {
		var paid, back money.Int
		for _, payer := range c.Paid {
			paid, back = paid.Add(payer.Amount.Int()), back.Add(payer.Reversed.Int())
			if payer.Reversed.Int().Cmp(payer.Amount.Int()) > 0 {
				w.Fatalf("%s: %s paid %s of a chargeback and got %s back", p.ID, payer.Account, payer.Amount, payer.Reversed)
			}
		}
		if !paid.Equal(c.Amount.Int()) || !back.Equal(c.Reversed.Int()) {
			w.Fatalf("%s: of the chargeback %s, %s is paid, of %s reversed %s has come back", p.ID, c.Amount, paid, c.Reversed, back)
		}
	}
}

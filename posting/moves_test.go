package posting

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/ledger/ledgertest"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// A pocket is one sub-balance of an account in one currency.
type pocket struct {
	account  accounts.ID
	sub      ledger.Sub
	currency money.Currency
}

// A model is a second opinion on what the books hold once money only moves: in transfers, reserves, payouts and conversions. It
// knows balances, positive for what an account has, and says beforehand what each event comes to.
type model struct {
	holds   map[pocket]int64
	status  map[accounts.ID]accounts.Status
	payouts map[string]*modelPayout
	given   map[string]*modelTransfer
	facts   bool // some were booked, which no floor holds up
}

type modelPayout struct {
	*Event
	under, failed bool // neither: it was paid
	returned      int64
	fee           bool
}

type modelTransfer struct {
	*Event
	left int64
}

var (
	modelFloors   = map[accounts.ID]int64{"B": -200} // by overdraft, in EUR
	modelAccounts = []accounts.ID{"A", "B", accounts.Platform, accounts.Liable, "nobody"}
	modelMoney    = []money.Currency{"EUR", "USD"}
)

// move takes from one pocket and puts into another.
func (m *model) move(from, to pocket, a int64) {
	m.holds[from] -= a
	m.holds[to] += a
}

// usable says why an account is not one that money is moved from or to.
func (m *model) usable(id accounts.ID) ledger.Code {
	switch s, ok := m.status[id]; {
	case !ok:
		return ledger.UnknownAccount
	case s == accounts.Closed:
		return AccountClosed
	}
	return ""
}

// funds says why an account cannot give so much of what it has available.
func (m *model) funds(id accounts.ID, a money.Amount) ledger.Code {
	has, floor := m.holds[pocket{id, ledger.Available, a.Currency()}], int64(0)
	if a.Currency() == "EUR" {
		floor = modelFloors[id]
	}
	if id != accounts.Liable && has-small(a) < floor {
		return InsufficientFunds
	}
	return ""
}

func (m *model) waiting(id accounts.ID, c money.Currency) (sum int64) {
	for _, p := range m.payouts {
		if p.Account == id && p.Amount.Currency() == c && p.under {
			sum += small(p.Amount)
		}
	}
	return sum
}

// first returns the first code that is one.
func first(codes ...ledger.Code) ledger.Code {
	for _, c := range codes {
		if c != "" {
			return c
		}
	}
	return ""
}

func (m *model) frozen(id accounts.ID) ledger.Code {
	if m.status[id] == accounts.Frozen {
		return AccountFrozen
	}
	return ""
}

// apply says what an event is refused with, or changes the model as it changes the books.
func (m *model) apply(e *Event) ledger.Code {
	a, c := small(e.Amount), e.Amount.Currency()
	at := func(id accounts.ID, sub ledger.Sub) pocket { return pocket{id, sub, c} }
	switch e.Type {
	case Transfer:
		if e.From == e.To {
			return ledger.Invalid
		}
		if m.given[e.Transfer] != nil {
			return DuplicateReference
		}
		if code := m.transfer(e, e.From, e.To, e.Amount); code != "" {
			return code
		}
		m.given[e.Transfer] = &modelTransfer{e, a}
	case TransferReverse:
		return m.reverse(e)
	case ReserveHold:
		if e.Fact {
			return m.fact(e, ledger.Available, ledger.Reserved)
		}
		if code := first(m.usable(e.Account), m.funds(e.Account, e.Amount)); code != "" {
			return code
		}
		m.move(at(e.Account, ledger.Available), at(e.Account, ledger.Reserved), a)
	case ReserveRelease:
		if e.Fact {
			return m.fact(e, ledger.Reserved, ledger.Available)
		}
		if code := m.usable(e.Account); code != "" {
			return code
		}
		if m.holds[at(e.Account, ledger.Reserved)]-m.waiting(e.Account, c) < a {
			return InsufficientFunds
		}
		m.move(at(e.Account, ledger.Reserved), at(e.Account, ledger.Available), a)
	case PayoutRequest:
		if m.payouts[e.Payout] != nil {
			return DuplicateReference
		}
		asked := *e
		if asked.Account = m.bears(e.Account); e.Fact {
			if code := m.fact(e, ledger.Available, ledger.Reserved); code != "" {
				return code
			}
		} else {
			if code := first(m.usable(e.Account), m.frozen(e.Account), m.funds(e.Account, e.Amount)); code != "" {
				return code
			}
			m.move(at(e.Account, ledger.Available), at(e.Account, ledger.Reserved), a)
		}
		m.payouts[e.Payout] = &modelPayout{Event: &asked, under: true}
	case PayoutPaid, PayoutFailed, PayoutReturned:
		return m.outcome(e)
	case ProviderPayout:
		m.move(at(accounts.Provider(e.Provider), ledger.Available), at(accounts.Bank, ledger.Available), a)
	case Exchange:
		if e.Sell.Currency() == e.Buy.Currency() {
			return ledger.Invalid
		}
		if code := first(m.usable(e.Account), m.frozen(e.Account), m.funds(e.Account, e.Sell)); code != "" {
			return code
		}
		m.move(pocket{e.Account, ledger.Available, e.Sell.Currency()}, pocket{accounts.FX(""), ledger.Available, e.Sell.Currency()}, small(e.Sell))
		m.move(pocket{accounts.FX(""), ledger.Available, e.Buy.Currency()}, pocket{e.Account, ledger.Available, e.Buy.Currency()}, small(e.Buy))
	case AccountFreeze, AccountUnfreeze, AccountClose:
		return m.change(e)
	}
	return ""
}

// bears returns who bears what an account should: liable, if that is closed.
func (m *model) bears(id accounts.ID) accounts.ID {
	if m.status[id] == accounts.Closed {
		return accounts.Liable
	}
	return id
}

// fact moves the amount of an event within its account, whatever there is.
func (m *model) fact(e *Event, from, to ledger.Sub) ledger.Code {
	if _, known := m.status[e.Account]; !known {
		return ledger.UnknownAccount
	}
	id := m.bears(e.Account)
	m.move(pocket{id, from, e.Amount.Currency()}, pocket{id, to, e.Amount.Currency()}, small(e.Amount))
	m.facts = true
	return ""
}

// transfer moves what is available.
func (m *model) transfer(e *Event, from, to accounts.ID, a money.Amount) ledger.Code {
	if !e.Fact {
		if code := first(m.usable(from), m.usable(to), m.frozen(from), m.funds(from, a)); code != "" {
			return code
		}
	}
	for _, id := range []accounts.ID{from, to} {
		if _, known := m.status[id]; !known {
			return ledger.UnknownAccount
		}
	}
	m.facts = m.facts || e.Fact
	m.move(pocket{m.bears(from), ledger.Available, a.Currency()}, pocket{m.bears(to), ledger.Available, a.Currency()}, small(a))
	return ""
}

func (m *model) reverse(e *Event) ledger.Code {
	t := m.given[e.Transfer]
	if t == nil {
		return ledger.Invalid
	}
	c, a := t.Amount.Currency(), e.Amount
	left := max(t.left, 0)
	if a.Currency() == "" {
		a = money.New(left, c)
	}
	switch {
	case a.Currency() != c:
		return CurrencyMismatch
	case e.Fact:
	case left == 0:
		return InvalidState
	case small(a) > left:
		return InsufficientFunds
	}
	if code := m.transfer(e, t.To, t.From, a); small(a) > 0 && code != "" {
		return code
	}
	t.left -= small(a)
	return ""
}

// outcome books what became of a payout, in whatever order it is told.
func (m *model) outcome(e *Event) ledger.Code {
	p := m.payouts[e.Payout]
	if p == nil {
		return ledger.Invalid
	}
	if e.Amount.Currency() != "" && e.Amount.Currency() != p.Amount.Currency() {
		return CurrencyMismatch
	}
	c, whole := p.Amount.Currency(), small(p.Amount)
	from := pocket{accounts.Bank, ledger.Available, c}
	if p.Provider != "" {
		from.account = accounts.Provider(p.Provider)
	}
	has := func(sub ledger.Sub) pocket { return pocket{m.bears(p.Account), sub, c} }
	pay := func(sub ledger.Sub) {
		m.holds[has(sub)] -= whole
		m.holds[from] -= whole
		m.facts = m.facts || p.failed
		p.under, p.failed = false, false
	}
	back := func(a int64) {
		a = min(a, whole-p.returned)
		m.holds[has(ledger.Available)] += a
		m.holds[from] += a
		p.returned += a
	}
	switch e.Type {
	case PayoutPaid:
		if p.under {
			pay(ledger.Reserved)
		} else if p.failed {
			pay(ledger.Available)
		}
		if fee := e.DisputeFee; fee.Currency() != "" && !p.fee {
			p.fee, m.facts = true, true
			m.holds[pocket{m.bears(p.Account), ledger.Available, fee.Currency()}] -= small(fee)
			m.holds[pocket{from.account, ledger.Available, fee.Currency()}] -= small(fee)
		}
	case PayoutFailed:
		if p.under {
			m.move(has(ledger.Reserved), has(ledger.Available), whole)
			p.under, p.failed = false, true
		} else if !p.failed {
			back(whole)
		}
	case PayoutReturned:
		if p.failed || p.returned == whole {
			return ""
		}
		if p.under {
			pay(ledger.Reserved)
		}
		if e.Amount.Currency() == "" {
			back(whole)
		} else {
			back(small(e.Amount))
		}
	}
	return ""
}

func (m *model) change(e *Event) ledger.Code {
	id := e.Account
	if id == accounts.Platform || id == accounts.Liable {
		return ledger.Invalid
	}
	if code := m.usable(id); code != "" {
		return code
	}
	is := m.status[id]
	switch e.Type {
	case AccountFreeze:
		if is == accounts.Frozen {
			return InvalidState
		}
		m.status[id] = accounts.Frozen
	case AccountUnfreeze:
		if is != accounts.Frozen {
			return InvalidState
		}
		m.status[id] = accounts.Open
	case AccountClose:
		for p, held := range m.holds {
			if p.account == id && held != 0 {
				return InvalidState
			}
		}
		for _, c := range modelMoney {
			if m.waiting(id, c) != 0 {
				return InvalidState
			}
		}
		m.status[id] = accounts.Closed
	}
	return ""
}

// TestMoves posts random transfers, reserves, payouts and conversions, and compares every answer and every balance with the model's.
func TestMoves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		l, b := open(t, filepath.Join(t.TempDir(), "book.db"))
		m := &model{
			holds:   map[pocket]int64{},
			status:  map[accounts.ID]accounts.Status{accounts.Platform: accounts.Open, accounts.Liable: accounts.Open, "A": accounts.Open, "B": accounts.Open},
			payouts: map[string]*modelPayout{}, given: map[string]*modelTransfer{},
		}
		post(t, b, Event{ID: "a", Type: AccountOpen, Account: "A", Kind: accounts.KindSub})
		post(t, b, Event{ID: "b", Type: AccountOpen, Account: "B", Kind: accounts.KindSub, Overdraft: []money.Amount{money.New(200, "EUR")}})
		for i := range rapid.IntRange(5, 60).Draw(rt, "events") {
			e := anyMove(rt, rapid.SampledFrom([]Type{Transfer, Transfer, ReserveHold, ReserveRelease, PayoutRequest, PayoutRequest, PayoutPaid, PayoutFailed,
				PayoutReturned, TransferReverse, ProviderPayout, Exchange, AccountFreeze, AccountUnfreeze, AccountClose}).Draw(rt, "type"))
			if e.ID = fmt.Sprint("e", i); i < 2 { // something to begin with
				e = Event{ID: e.ID, Type: Transfer, Transfer: e.ID, From: accounts.Liable, To: modelAccounts[i], Amount: money.New(500, "EUR")}
			}
			want := m.apply(&e)
			_, err := b.Post(context.Background(), e)
			var got ledger.Code
			if refused, ok := errors.AsType[*ledger.Error](err); ok {
				got = refused.Code
			} else if err != nil {
				rt.Fatal(err)
			}
			if got != want {
				rt.Fatalf("%s: refused with %q (%v), the model says %q", e.AppendJSON(nil), got, err, want)
			}
			m.compare(rt, l, b)
		}
	})
}

// anyMove draws an event of a type that moves money, or opens and shuts the ways of it.
func anyMove(t *rapid.T, of Type) Event {
	e := Event{Type: of}
	account := rapid.SampledFrom(modelAccounts)
	amount := rapid.Custom(func(t *rapid.T) money.Amount {
		return money.New(rapid.Int64Range(1, 400).Draw(t, "minor"), rapid.SampledFrom(modelMoney).Draw(t, "currency"))
	})
	for _, f := range fieldsOf(e.Type) {
		switch f.Place {
		case "From":
			e.From = account.Draw(t, "from")
		case "To":
			e.To = account.Draw(t, "to")
		case "Account":
			e.Account = account.Draw(t, "account")
		case "Amount":
			if f.Required || rapid.Bool().Draw(t, "part") {
				e.Amount = amount.Draw(t, "amount")
			}
		case "DisputeFee":
			if rapid.Bool().Draw(t, "with a fee") {
				e.DisputeFee = amount.Draw(t, "fee")
			}
		case "Transfer":
			e.Transfer = rapid.StringMatching("t[0-5]").Draw(t, "transfer")
		case "Fact":
			e.Fact = rapid.IntRange(0, 7).Draw(t, "fact") == 0
		case "Sell":
			e.Sell = amount.Draw(t, "sell")
		case "Buy":
			e.Buy = amount.Draw(t, "buy")
		case "Payout":
			e.Payout = rapid.SampledFrom([]string{"p1", "p2", "p3", "p4"}).Draw(t, "payout")
		case "Provider":
			if f.Required || rapid.Bool().Draw(t, "by provider") {
				e.Provider = "adyen"
			}
		}
	}
	return e
}

// fieldsOf returns the fields of a type of event.
func fieldsOf(of Type) []wire.FieldDescription {
	for _, d := range wire.Describe() {
		if d.Type == of {
			return d.Fields
		}
	}
	return nil
}

func (p *modelPayout) state() State {
	switch {
	case p.under:
		return PayoutIsRequested
	case p.failed:
		return PayoutHasFailed
	case p.returned == small(p.Amount):
		return PayoutIsReturned
	case p.returned > 0:
		return PayoutPartiallyReturned
	}
	return PayoutIsPaid
}

// compare holds the books to the model, and both to what must always be so.
func (m *model) compare(t *rapid.T, l *ledger.Ledger, b *Book) {
	sums := map[money.Currency]int64{}
	for a := range l.Accounts() {
		for _, c := range modelMoney {
			balance := ledgertest.Holds(l, a.ID, c)
			for _, sub := range []ledger.Sub{ledger.Available, ledger.Pending, ledger.Reserved} {
				has := small(balance.Of(sub))
				if a.Kind.DebitNormal() {
					sums[c] -= has
				} else {
					sums[c] += has
				}
				want := m.holds[pocket{a.ID, sub, c}]
				if has != want {
					t.Fatalf("%s has %d %s %s, the model says %d", a.ID, has, c, sub, want)
				}
				if floor := modelFloors[a.ID]; !m.facts && holdsMoney(a.Kind) && a.ID != accounts.Liable && (has < 0 && (c != "EUR" || sub != ledger.Available) || has < floor) {
					t.Fatalf("%s has %d %s %s, below its floor", a.ID, has, c, sub)
				}
			}
			reserved, waiting, kept := small(balance.Reserved), m.waiting(a.ID, c), int64(0)
			sums, err := b.underWay(&l.Reader, a.ID)
			if err != nil {
				t.Fatal(err)
			}
			if sum := sums.find(c); sum != nil {
				kept, _ = sum.Int64()
			}
			if !m.facts && reserved < waiting || kept != waiting {
				t.Fatalf("%s has %d %s reserved, payouts wait for %d, the books say %d", a.ID, reserved, c, waiting, kept)
			}
		}
	}
	for c, sum := range sums {
		if sum != 0 {
			t.Fatalf("all accounts together have %d %s", sum, c)
		}
	}
	for p, err := range b.Payouts("") {
		if err != nil {
			t.Fatal(err)
		}
		if asked := m.payouts[p.ID]; asked == nil || !p.Amount.Equal(asked.Amount) || p.Account != asked.Account || p.State != asked.state() || small(p.Returned) != asked.returned {
			t.Fatalf("the books have the payout %+v, the model %+v", p, asked)
		}
	}
}

package query

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// A RuleTest is of one payment that might follow a stored rule.
type RuleTest struct {
	Provider   string
	Amount     money.Amount
	Account    accounts.ID // the payment's own; may be empty
	Attributes wire.Attributes
	Fees       []posting.Fee // that the provider might take of it
}

// A TestedRule is what a payment would come to by a rule. Amounts are in the payment's currency, but for fees, which
// have their own.
type TestedRule struct {
	Rule     string          `json:"rule"`
	Version  string          `json:"version"`
	Name     string          `json:"name"`
	Provider string          `json:"provider"`
	Currency money.Currency  `json:"currency"`
	Amount   Minor           `json:"amount"`
	Parts    []TestedPart    `json:"parts"`
	Bearers  []TestedBearer  `json:"bearers"`
	Fees     []TestedFee     `json:"fees"`
	Accounts []TestedAccount `json:"accounts"`
}

// A TestedPart is what a route gives, or the rest.
type TestedPart struct {
	Account   accounts.ID   `json:"account" col:"ACCOUNT"`
	Type      string        `json:"type" col:"TYPE"`
	Reference string        `json:"reference,omitempty" col:"REFERENCE,optional"`
	Amount    Minor         `json:"amount" col:"AMOUNT"`
	Status    posting.State `json:"status" col:"STATUS"` // once the payment is settled
	Reason    string        `json:"reason,omitempty" col:"REASON,optional"`
}

// A TestedBearer says who would bear a type of fee.
type TestedBearer struct {
	Fee     posting.FeeType `json:"fee" col:"FEE"`
	Account accounts.ID     `json:"account" col:"BORNE BY"`
}

// A TestedFee is a fee with who would bear it.
type TestedFee struct {
	Fee     posting.FeeType `json:"fee" col:"FEE"`
	Account accounts.ID     `json:"account" col:"BORNE BY"`
	Amount  money.Amount    `json:"amount" col:"AMOUNT"`
}

// A TestedAccount is what an account would have of the payment, after the fees.
type TestedAccount struct {
	Account  accounts.ID    `json:"account" col:"ACCOUNT"`
	Currency money.Currency `json:"currency" col:"CURRENCY"`
	Got      Minor          `json:"got" col:"GOT"`
	Fees     Minor          `json:"fees" col:"FEES"`
	Has      Minor          `json:"has" col:"HAS"`
}

// Test says what a payment would come to by the rule, by the rules that would book it: its parts, who bears fees, and
// what each account has after them. Nothing is booked in the ledger of the simulation; where that does not have the
// rule, or there is none, a temporary one is made as for [Simulation.Run], in which all accounts of the rule are open.
// The error is that of the refusal with which the payment would end.
func (s Simulation) Test(ctx context.Context, t RuleTest) (_ *TestedRule, err error) {
	book, done, err := s.testBook(ctx, t)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	chosen, err := posting.ChooseRule(s.Versions, posting.Occasion{Provider: t.Provider, Amount: t.Amount,
		Attributes: t.Attributes})
	if err != nil {
		return nil, err
	}
	p, err := t.pretend(book, chosen.ID, everyFee(t.Amount.Currency()))
	if err != nil {
		return nil, err
	}
	result := &TestedRule{Rule: chosen.ID, Version: cmp.Or(chosen.Version, "1"), Name: chosen.Name, Provider: t.Provider,
		Currency: t.Amount.Currency(), Amount: Minor{t.Amount}, Fees: []TestedFee{}}
	for _, f := range p.Fees {
		result.Bearers = append(result.Bearers, TestedBearer{f.Type, f.Account})
	}
	if p, err = t.pretend(book, chosen.ID, t.Fees); err != nil {
		return nil, err
	}
	result.sum(p)
	return result, nil
}

// testBook returns a book that has the rule, and what closes it.
func (s Simulation) testBook(ctx context.Context, t RuleTest) (*posting.Book, func() error, error) {
	if s.Ledger != nil {
		book, err := posting.New(s.Ledger, s.Options)
		if err != nil {
			return nil, nil, err
		}
		if stored, err := book.RuleVersions(s.Versions[0].ID); err != nil || len(stored) > 0 {
			return book, func() error { return nil }, err
		}
	}
	dir, err := os.MkdirTemp("", "splitledger-test-")
	if err != nil {
		return nil, nil, err
	}
	w, err := s.open(ctx, filepath.Join(dir, "test.db"))
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	done := func() error { return errors.Join(w.ledger.Close(), os.RemoveAll(dir)) }
	for _, version := range s.Versions {
		if err := w.create(ctx, version); err != nil {
			return nil, nil, errors.Join(err, done())
		}
	}
	if s.Ledger == nil {
		err = w.openAll(ctx, s.Versions, t.Account)
	}
	if err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return w.book, done, nil
}

// openAll opens the accounts that a rule and a payment name, where nobody has opened any.
func (w *world) openAll(ctx context.Context, versions []*posting.Rule, own accounts.ID) error {
	ids := []accounts.ID{own}
	for _, r := range versions {
		ids = append(ids, r.Rest)
		for i := range r.Routes {
			ids = append(ids, r.Routes[i].Account)
		}
		for i := range r.FeeSplits {
			ids = append(ids, r.FeeSplits[i].Account)
		}
		if p := r.RefundPolicy; p != nil {
			ids = append(ids, p.TargetAccount)
		}
		if p := r.ChargebackPolicy; p != nil {
			ids = append(ids, p.TargetAccount, p.CostAllocationAccount)
		}
	}
	for _, id := range ids {
		if _, there := w.ledger.Account(id); there || id == "" || id == wire.PaymentAccount {
			continue
		}
		if err := w.must(ctx, posting.Event{Type: posting.AccountOpen, Account: id, Kind: accounts.KindSub}); err != nil {
			return err
		}
	}
	return nil
}

// FeeTypes are the types of fees, in the order of docs/events.md.
var FeeTypes = []posting.FeeType{posting.FeeInterchange, posting.FeeScheme, posting.FeeMarkup, posting.FeeCommission,
	posting.FeeGeneral, posting.FeeVAT, posting.FeeDispute}

// FeeTypeNames lists the types of fees for help and messages.
func FeeTypeNames() string {
	names := make([]string, len(FeeTypes))
	for i, t := range FeeTypes {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}

// everyFee has one minor unit of each type of fee, to see who bears it.
func everyFee(c money.Currency) (fees []posting.Fee) {
	for _, t := range FeeTypes {
		fees = append(fees, posting.Fee{Type: t, Amount: money.New(1, c)})
	}
	return fees
}

// pretend returns the payment as it would be once it is captured, its fees are known and it is settled.
func (t RuleTest) pretend(book *posting.Book, rule string, fees []posting.Fee) (*posting.Payment, error) {
	const payment = "⟨test⟩" // which no payment is likely to be called
	capture := posting.Event{ID: "⟨test, capture⟩", Type: posting.PaymentCapture, Payment: payment, Provider: t.Provider,
		Account: t.Account, Amount: t.Amount, Rule: rule}
	if t.Attributes != (wire.Attributes{}) {
		capture.Attributes = &t.Attributes
	}
	steps := []posting.Event{capture}
	if book.Scheme(t.Provider).Splits == scheme.Afterwards {
		steps[0].Rule = ""
		steps = append(steps, posting.Event{ID: "⟨test, split⟩", Type: posting.PaymentSplit, Payment: payment, Rule: rule})
	}
	if len(fees) > 0 {
		steps = append(steps, posting.Event{ID: "⟨test, fees⟩", Type: posting.PaymentFee, Payment: payment, Fees: fees})
	}
	steps = append(steps, posting.Event{ID: "⟨test, settlement⟩", Type: posting.PaymentSettle, Payment: payment})
	f := book.Finder()
	f.Forget()
	var p *posting.Payment
	for _, e := range steps {
		var err error
		if p, err = f.Pretend(e); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// sum adds up what the payment came to.
func (r *TestedRule) sum(p *posting.Payment) {
	var order []accounts.ID
	all := map[accounts.ID]map[money.Currency]*TestedAccount{}
	of := func(id accounts.ID, c money.Currency) *TestedAccount {
		if all[id] == nil {
			all[id], order = map[money.Currency]*TestedAccount{}, append(order, id)
		}
		if all[id][c] == nil {
			none := Minor{money.New(0, c)}
			all[id][c] = &TestedAccount{id, c, none, none, none}
		}
		return all[id][c]
	}
	for _, part := range p.Parts {
		r.Parts = append(r.Parts, TestedPart{part.Account, part.Type, part.Reference, Minor{part.Amount}, part.Status,
			part.Reason})
		if a := of(part.Account, r.Currency); part.Status != posting.PartFailed {
			a.Got.add(Minor{part.Amount})
		}
	}
	for _, f := range p.Fees {
		r.Fees = append(r.Fees, TestedFee{f.Type, f.Account, f.Amount})
		of(f.Account, f.Amount.Currency()).Fees.add(Minor{f.Amount})
	}
	for _, id := range order {
		for _, c := range slices.Sorted(maps.Keys(all[id])) {
			a := all[id][c]
			a.Has.Amount = money.FromInt(a.Got.Int().Sub(a.Fees.Int()), c)
			r.Accounts = append(r.Accounts, *a)
		}
	}
}

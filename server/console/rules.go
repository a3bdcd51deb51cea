package console

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// testRule asks what a payment would come to by a rule.
func (v *view) testRule(versions []*posting.Rule) (*query.TestedRule, error) {
	currency, err := v.currency()
	if err != nil {
		return nil, err
	}
	amount, err := v.major("amount", currency)
	if err != nil {
		return nil, err
	}
	provider := v.query.Get("provider")
	if provider == "" {
		return nil, &ledger.Error{Code: ledger.Invalid, Field: "provider", Message: "expected the provider of the payment, found none"}
	}
	s := query.Simulation{Versions: versions, Ledger: v.books.Ledger}
	return s.Test(v.r.Context(), query.RuleTest{Provider: provider, Amount: amount, Account: accounts.ID(v.query.Get("account"))})
}

// testedSections show what a payment would come to.
func (v *view) testedSections(t *query.TestedRule) []section {
	parts := &table{Columns: []column{{Head: "Account"}, {Head: "For"}, {"Amount", "n sum"}, {"State", "p2"}}}
	for i := range t.Parts {
		p := &t.Parts[i]
		account := idCell(string(p.Account), v.in("accounts", string(p.Account)))
		if p.Reason != "" {
			account.Why = []bit{{Text: p.Reason}}
		}
		parts.row(account, text(human(p.Type)+" "+p.Reference), v.amount(p.Amount.Amount), cell{Bits: []bit{state(p.Status)}})
	}
	parts.rowAs("total", text("Sum"), cell{}, v.amount(t.Amount.Amount), cell{})
	bearers := &table{Empty: "No fee would be borne by anybody.", Columns: []column{{Head: "Fee"}, {Head: "Borne by"}}}
	for _, b := range t.Bearers {
		bearers.row(text(human(string(b.Fee))), idCell(string(b.Account), v.in("accounts", string(b.Account))))
	}
	return []section{{Head: "Parts", Note: v.figureOf(t.Amount.Amount) + " " + string(t.Currency) + " at " + t.Provider + ", by version " + t.Version, Table: parts}, {Head: "Who would bear fees", Table: bearers}}
}

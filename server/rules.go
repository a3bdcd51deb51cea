package server

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// A RuleTrial is a payment that a rule is tried on.
type RuleTrial struct {
	Amount             money.Amount `json:"amount"`
	Provider           string       `json:"provider"`
	Account            accounts.ID  `json:"account,omitempty" doc:"the payment's own"`
	Method             string       `json:"method,omitempty"`
	Channel            string       `json:"channel,omitempty"`
	Country            string       `json:"country,omitempty" doc:"the buyer's"`
	FundingSource      string       `json:"fundingSource,omitempty"`
	ShopperInteraction string       `json:"shopperInteraction,omitempty"`
}

// testRule makes the route that says what a payment would come to by a rule. Nothing is booked.
func testRule() *Route {
	type params struct {
		Rule string `path:"rule" doc:"its id"`
	}
	return &Route{Method: "POST", Path: InLedger + "/rules/{rule}/test", Scope: Read, Summary: "What one payment would come to by a rule",
		Doc:    "Who would get which part, by which version, how it was rounded, and who would bear fees. Nothing is booked.",
		Params: typeOf[params](), Body: takes[RuleTrial](), Answers: has[*query.TestedRule](), Codes: []string{"409", "422"},
		handle: func(c *call) error {
			var p params
			var trial RuleTrial
			if err := c.params(&p); err != nil {
				return err
			}
			if err := c.decode(&trial); err != nil {
				return err
			}
			if trial.Amount.Sign() <= 0 {
				return &ledger.Error{Code: ledger.Invalid, Field: "amount", Message: "expected a payment of more than nothing"}
			}
			defer c.within(readTime)()
			b := c.pinned()
			versions, err := b.SplitRule(p.Rule)
			if e, ok := ledger.Refused(err); ok && e.Code == ledger.Invalid {
				return ledger.Errorf(NotFound, "%s", e.Message)
			}
			if err != nil {
				return err
			}
			s := query.Simulation{Ledger: b.Ledger, Versions: versions, Events: func(func(posting.Event, error) bool) {}}
			tested, err := s.Test(c.ctx(), query.RuleTest{Provider: trial.Provider, Amount: trial.Amount, Account: trial.Account,
				Attributes: posting.Attributes{Method: trial.Method, Channel: trial.Channel, Country: trial.Country,
					FundingSource: trial.FundingSource, ShopperInteraction: trial.ShopperInteraction}})
			if err != nil {
				return err
			}
			return c.answer(tested)
		}}
}

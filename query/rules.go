package query

import (
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A Rule is a stored split rule. It never changes, so a payment that names it can be explained for
// ever.
type Rule struct {
	ID       string         `json:"rule" col:"RULE"`
	Name     string         `json:"name" col:"NAME"`
	Currency money.Currency `json:"currency" col:"CURRENCY"`
	Created  time.Time      `json:"created" col:"CREATED,wide"`
	Routes   []Route        `json:"routes"`

	// its number among the rules that have the text of the filter, by which pages go on
	place int
}

// A Route is one part of a [Rule], as rule.create has it, with its account named. It has either Flat or Percent.
type Route struct {
	Account   accounts.ID   `json:"account" col:"ACCOUNT"`
	Flat      Minor         `json:"flat,omitzero" col:"AMOUNT,blank"`
	Percent   money.Percent `json:"percent,omitzero" col:"PERCENT,blank,right"` // of the payment
	Reference string        `json:"reference" col:"ROUTE"`
}

// A RuleRow is a route as a row of the table for people.
type RuleRow struct {
	Rule
	Route
}

// Rows are the routes. The first has the rule before it, the others have nothing there.
func (r Rule) Rows() []RuleRow {
	rows := each(r.Routes, func(route *Route) RuleRow { return RuleRow{Route: *route} })
	if len(rows) > 0 {
		rows[0].Rule = r
	}
	return rows
}

// A RuleFilter says which rules are wanted. The zero value wants all.
type RuleFilter struct {
	Text     string         // in the id, the name, an account or a reference; capitals do not matter
	Currency money.Currency // "" is any
}

// SplitRules yields the stored rules that are wanted, in the order in which they were made.
func (b *Books) SplitRules(f RuleFilter) iter.Seq2[Rule, error] {
	return func(yield func(Rule, error) bool) {
		place := 0
		for r, err := range b.Rules.Rules(f.Text) {
			if err != nil {
				yield(Rule{}, err)
				return
			}
			if (f.Currency == "" || r.Currency == f.Currency) && !yield(ruleOf(r, place), nil) {
				return
			}
			place++
		}
	}
}

// ruleOf gives a rule the form it has in answers, with the accounts that its routes leave to the
// default.
func ruleOf(r *posting.Rule, place int) Rule {
	rule := Rule{ID: r.ID, Name: r.Name, Currency: r.Currency, Created: r.Created.UTC(), place: place}
	for _, s := range r.Splits() {
		rule.Routes = append(rule.Routes, Route{s.Account, Minor{s.Amount}, s.Percent, s.Reference})
	}
	return rule
}

// SplitRule returns a stored rule. If there is none of that id, it fails with [ledger.Invalid], and the error
// suggests one with almost the same id.
func (b *Books) SplitRule(id string) (*posting.Rule, error) {
	r, err := b.Rules.Rule(id)
	if !errors.Is(err, ledger.Invalid) {
		return r, err
	}
	var ids []string
	for known, err := range b.Rules.Rules("") {
		if err != nil {
			return nil, err
		}
		ids = append(ids, known.ID)
	}
	return nil, noRule(id, "in this ledger", ids)
}

// noRule is the error for a rule that does not exist, with the one that was probably meant.
func noRule(id, where string, known []string) error {
	near := didYouMean(id, max(len(id)/4, 1), slices.Values(known))
	return ledger.Errorf(ledger.Invalid, "no rule %s %s%s", plain(id), where, near)
}

// FindRule returns a rule for the simulation to try: one of its ledger, else one that an event makes, for which
// it ranges over the events once more. Errors are those of [Books.SplitRule].
func (s *Simulation) FindRule(id string) (*posting.Rule, error) {
	var ids []string
	if s.Ledger != nil {
		book, err := posting.New(s.Ledger, s.Options)
		if err != nil {
			return nil, err
		}
		for r, err := range book.Rules("") {
			if err != nil || r.ID == id {
				return r, err
			}
			ids = append(ids, r.ID)
		}
	}
	for e, err := range s.Events {
		if err != nil {
			return nil, err
		}
		if e.Type != posting.RuleCreate {
			continue
		}
		if e.Rule == id {
			return &posting.Rule{ID: e.Rule, Name: e.Name, Currency: e.Currency, Routes: e.Routes, Created: e.At}, nil
		}
		ids = append(ids, e.Rule)
	}
	return nil, noRule(id, "in this ledger or among these events", ids)
}

package query

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/nearest"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A Rule is one version of a stored split rule. It never changes, so a payment that names it can be
// explained for ever.
type Rule struct {
	ID       string         `json:"rule" col:"RULE"`
	Version  string         `json:"version" col:"VERSION"`
	Name     string         `json:"name" col:"NAME"`
	Currency money.Currency `json:"currency,omitempty" col:"CURRENCY"` // empty: any
	Created  time.Time      `json:"created" col:"CREATED,wide"`
	For      string         `json:"-" col:"FOR,optional"` // its provider and conditions in words
	Routes   []Route        `json:"routes"`

	Provider   string      `json:"provider,omitempty"`
	When       *Condition  `json:"when,omitempty"`
	Rest       accounts.ID `json:"rest,omitempty"`
	Fees       []FeeBearer `json:"splits,omitempty"`
	Refund     *Policy     `json:"refund,omitempty"`
	Chargeback *Policy     `json:"chargeback,omitempty"`
	Replaces   string      `json:"replaces,omitempty"`

	// its number among the rules that have the text of the filter, by which pages go on
	place int
}

// A Route is one part of a [Rule], as rule.create has it, with its account named. It has Flat, Percent or both.
type Route struct {
	Account   accounts.ID   `json:"account" col:"ACCOUNT"`
	Flat      Minor         `json:"flat,omitzero" col:"AMOUNT,blank"`
	Percent   money.Percent `json:"percent,omitzero" col:"PERCENT,blank,right"` // of the payment
	Min       Minor         `json:"min,omitzero" col:"MIN,blank,optional"`
	Max       Minor         `json:"max,omitzero" col:"MAX,blank,optional"`
	Reference string        `json:"reference" col:"ROUTE"`
}

// A Condition says which payments follow a [Rule], as rule.create has it.
type Condition struct {
	Method             string `json:"method,omitempty"`
	Channel            string `json:"channel,omitempty"`
	Country            string `json:"country,omitempty"`
	FundingSource      string `json:"fundingSource,omitempty"`
	ShopperInteraction string `json:"shopperInteraction,omitempty"`
	MinAmount          Minor  `json:"minAmount,omitzero"`
	MaxAmount          Minor  `json:"maxAmount,omitzero"`
}

// A FeeBearer is a fee split of a [Rule].
type FeeBearer struct {
	Type    posting.SplitType `json:"type"`
	Account accounts.ID       `json:"account"`
}

// A RuleRow is a route as a row of the table for people.
type RuleRow struct {
	Rule
	Route
}

// Rows are the routes, and what becomes of the rest and of fees where the rule says so. The first has the rule before
// it, the others have nothing there.
func (r Rule) Rows() []RuleRow {
	rows := each(r.Routes, func(route *Route) RuleRow { return RuleRow{Route: *route} })
	if r.Rest != "" {
		rows = append(rows, RuleRow{Route: Route{Account: r.Rest, Reference: "(rest)"}})
	}
	for _, f := range r.Fees {
		rows = append(rows, RuleRow{Route: Route{Account: f.Account, Reference: "(" + string(f.Type) + ")"}})
	}
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
		for r, err := range b.finder().Rules(f.Text) {
			if err != nil {
				yield(Rule{}, err)
				return
			}
			wanted := f.Currency == "" || r.Currency == f.Currency || r.Currency == ""
			if wanted && !yield(ruleOf(r, place, b.Ledger.Table()), nil) {
				return
			}
			place++
		}
	}
}

// ruleOf gives a rule the form it has in answers, with the accounts that its routes leave to the
// default.
func ruleOf(r *posting.Rule, place int, t money.Table) Rule {
	of := func(i money.Int) Minor { return Minor{minorIn(i, r.Currency)} }
	rule := Rule{ID: r.ID, Version: r.Version, Name: r.Name, Currency: r.Currency, Created: r.Created.UTC(),
		Provider: r.Provider, Rest: r.Rest, Replaces: r.Replaces, For: conditionsOf(r, t), place: place}
	for i := range r.Routes {
		to := &r.Routes[i]
		rule.Routes = append(rule.Routes, Route{cmp.Or(to.Account, accounts.Platform), of(to.Flat), to.Percent,
			of(to.Min), of(to.Max), to.Reference})
	}
	for _, s := range r.FeeSplits {
		rule.Fees = append(rule.Fees, FeeBearer{s.Type, s.Account})
	}
	if w := &r.When; w.Given() {
		rule.When = &Condition{w.Method, w.Channel, w.Country, w.FundingSource, w.ShopperInteraction,
			of(w.MinAmount), of(w.MaxAmount)}
	}
	if p := r.RefundPolicy; p != nil {
		rule.Refund = &Policy{p.Behavior, p.TargetAccount, ""}
	}
	if p := r.ChargebackPolicy; p != nil {
		rule.Chargeback = &Policy{p.Behavior, p.TargetAccount, p.CostAllocationAccount}
	}
	return rule
}

// minorIn is an amount, or none at all for zero.
func minorIn(i money.Int, c money.Currency) money.Amount {
	if i.IsZero() {
		return money.Amount{}
	}
	return money.FromInt(i, c)
}

// conditionsOf puts the provider and the conditions of a rule into words.
func conditionsOf(r *posting.Rule, t money.Table) string {
	w := &r.When
	var words []string
	for _, s := range []string{r.Provider, w.Method, w.Channel, w.Country, w.FundingSource, w.ShopperInteraction} {
		if s != "" {
			words = append(words, s)
		}
	}
	if !w.MinAmount.IsZero() {
		words = append(words, "from "+t.Format(money.FromInt(w.MinAmount, r.Currency)))
	}
	if !w.MaxAmount.IsZero() {
		words = append(words, "to "+t.Format(money.FromInt(w.MaxAmount, r.Currency)))
	}
	return strings.Join(words, ", ")
}

// SplitRule returns all versions of a stored rule, oldest first. If there is none of that id, it fails with
// [ledger.Invalid], and the error suggests one with almost the same id.
func (b *Books) SplitRule(id string) ([]*posting.Rule, error) {
	versions, err := b.Rules.RuleVersions(id)
	if err != nil || len(versions) > 0 {
		return versions, err
	}
	ids, err := b.ruleIDs()
	if err != nil {
		return nil, err
	}
	return nil, noRule(id, "in this ledger", ids)
}

// Rule returns a version of a stored rule, the newest where none is named. If there is none, the error is that of
// [Books.SplitRule].
func (b *Books) Rule(id, version string) (*Rule, error) {
	versions, err := b.SplitRule(id)
	if err != nil {
		return nil, err
	}
	for i, r := range slices.Backward(versions) {
		if version == "" || cmp.Or(r.Version, "1") == version {
			rule := ruleOf(r, i, b.Ledger.Table())
			return &rule, nil
		}
	}
	return nil, ledger.Errorf(ledger.Invalid, "no version %s of rule %s in this ledger", plain(version), plain(id))
}

// ruleIDs lists the ids of all stored rules.
func (b *Books) ruleIDs() (ids []string, err error) {
	for known, err := range b.Rules.Rules("") {
		if err != nil {
			return nil, err
		}
		ids = append(ids, known.ID)
	}
	return ids, nil
}

// RuleEventID returns an id for the event that stores a rule, which follows from all that the rule says.
func RuleEventID(r *posting.Rule) string {
	e := r.Event()
	e.ID = "rule"
	sum := sha256.Sum256(e.AppendJSON(nil))
	return "rule-" + hex.EncodeToString(sum[:16])
}

// noRule is the error for a rule that does not exist, with the one that was probably meant.
func noRule(id, where string, known []string) error {
	return ledger.Errorf(ledger.Invalid, "no rule %s %s%s", plain(id), where, suggest(nearRule(id, known)))
}

// nearRule returns the rule that was probably meant by an id that none has, "" if there is none.
func nearRule(id string, known []string) string {
	return nearest.Name(id, max(len(id)/4, 1), slices.Values(known))
}

// FindRule returns all versions of a rule for the simulation to try: one of its ledger, else one that events make, for
// which it ranges over the events once more. Errors are those of [Books.SplitRule].
func (s *Simulation) FindRule(id string) (versions []*posting.Rule, err error) {
	var ids []string
	add := func(r *posting.Rule) {
		if ids = append(ids, r.ID); r.ID == id {
			versions = append(versions, r)
		}
	}
	if s.Ledger != nil {
		book, err := posting.New(s.Ledger, s.Options)
		if err != nil {
			return nil, err
		}
		for r, err := range book.Rules("") {
			if err != nil {
				return nil, err
			}
			add(r)
		}
	}
	if len(versions) > 0 {
		return versions, nil
	}
	for e, err := range s.Events {
		if err != nil {
			return nil, err
		}
		if e.Type == posting.RuleCreate {
			add(posting.RuleOf(&e))
		}
	}
	if len(versions) == 0 {
		return nil, noRule(id, "in this ledger or among these events", ids)
	}
	return versions, nil
}

// RuleRecords are the routes of rules as rows of CSV, each with its rule before it.
func RuleRecords(rules iter.Seq2[Rule, error]) iter.Seq2[RuleRow, error] {
	return func(yield func(RuleRow, error) bool) {
		for r, err := range rules {
			for _, row := range r.Rows() {
				row.Rule = r
				if !yield(row, nil) {
					return
				}
			}
			if err != nil && !yield(RuleRow{}, err) {
				return
			}
		}
	}
}

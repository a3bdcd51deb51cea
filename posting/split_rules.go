// Stored split rules (Xendit calls them so): split instructions that a payment names instead of writing them out. A
// rule never changes, so that a payment of years ago can still be understood; what changes is which version of it new
// payments follow.

package posting

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// A Rule is one version of a stored split rule: payments name the rule in place of splits. It never changes.
type Rule struct {
	ID       string
	Name     string         // for people
	Currency money.Currency // of the payments that follow it, and of its amounts; empty: any
	Routes   []Route
	Created  time.Time

	Version          string             // unique among the rules of the id
	Replaces         string             // a version that no new payment follows any more; empty: none
	Provider         string             // whose payments it is for; empty: any
	When             wire.Condition     // of the payments that follow it, besides the currency
	Rest             accounts.ID        // who gets what no route takes; empty: the scheme's merchant
	FeeSplits        []Split            // who bears which fees
	RefundPolicy     *wire.RefundPolicy // nil: the scheme's
	ChargebackPolicy *ChargebackPolicy  // nil: the default
}

// firstVersion is what the rule is called that was made without a version.
const firstVersion = "1"

// RuleOf returns the rule that a valid event rule.create makes.
func RuleOf(e *Event) *Rule {
	r := &Rule{ID: e.Rule, Name: e.Name, Currency: e.Currency, Routes: e.Routes, Created: e.At,
		Version: cmp.Or(e.Version, firstVersion), Replaces: e.Replaces, Provider: e.Provider, Rest: e.Rest,
		FeeSplits: e.Splits, RefundPolicy: e.RefundPolicy, ChargebackPolicy: e.ChargebackPolicy}
	if e.When != nil {
		r.When = *e.When
		r.Currency, r.When.Currency = cmp.Or(r.Currency, r.When.Currency), ""
	}
	return r
}

// Event returns the event that makes the rule, without an id.
func (r *Rule) Event() Event {
	e := Event{Type: RuleCreate, Rule: r.ID, Name: r.Name, Currency: r.Currency, Routes: r.Routes,
		Version: r.Version, Replaces: r.Replaces, Provider: r.Provider, Rest: r.Rest, Splits: r.FeeSplits,
		RefundPolicy: r.RefundPolicy, ChargebackPolicy: r.ChargebackPolicy}
	if r.When.Given() {
		when := r.When
		e.When = &when
	}
	return e
}

// matches reports whether the rule has the text in its id, its name, an account or a reference. Capitals do not matter.
func (r *Rule) matches(text string) bool {
	text = strings.ToLower(text)
	has := func(s string) bool { return strings.Contains(strings.ToLower(s), text) }
	if has(r.ID) || has(r.Name) {
		return true
	}
	for i := range r.Routes {
		if has(string(r.Routes[i].Account)) || has(r.Routes[i].Reference) {
			return true
		}
	}
	return false
}

// Rule returns a stored rule, the newest version of several. The error is [ErrNotFound] where there is none of that id.
func (b *Book) Rule(id string) (*Rule, error) {
	versions, err := b.versions(&b.ledger.Reader, id)
	var newest *Rule
	if n := len(versions); n > 0 {
		newest = versions[n-1]
	}
	return found(newest, err, noRule, id)
}

// RuleVersions returns all versions of a stored rule, oldest first; none where there is no rule of that id.
func (b *Book) RuleVersions(id string) ([]*Rule, error) { return b.versions(&b.ledger.Reader, id) }

// Rules yields the stored rules, each version by itself, that have a text in their id, name, accounts or references, in the order in which they
// were made; all of them where the text is empty. It ends with an error, if there is one.
func (b *Book) Rules(text string) iter.Seq2[*Rule, error] { return b.Finder().Rules(text) }

// Rules is [Book.Rules].
func (f *Finder) Rules(text string) iter.Seq2[*Rule, error] {
	return func(yield func(*Rule, error) bool) {
		records, err := f.books.Group(everyRule)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, rec := range records {
			r, err := ruleOf(rec)
			if err != nil {
				yield(nil, err)
				return
			}
			if r.matches(text) && !yield(r, nil) {
				return
			}
		}
	}
}

// everyRule is carried by the records of all rules. No rule is called so.
var everyRule = ledger.Key{Space: KeyRule}

// versions returns all versions of a rule, oldest first.
func (b *Book) versions(books *ledger.Reader, id string) ([]*Rule, error) {
	records, err := books.Group(ledger.Key{Space: KeyRule, Name: id})
	if err != nil {
		return nil, err
	}
	list := make([]*Rule, len(records))
	for i, rec := range records {
		if list[i], err = ruleOf(rec); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// ruleOf returns the rule that a record made.
func ruleOf(rec *ledger.Record) (*Rule, error) {
	c, err := wire.Read(rec)
	if err != nil {
		return nil, err
	}
	if c.Event.Type != RuleCreate {
		return nil, wire.Damaged(rec, fmt.Errorf("a %s where a rule was made", c.Event.Type))
	}
	r := RuleOf(c.Event)
	r.Created = rec.At
	return r, nil
}

// bookRule stores split instructions under a name, for ever: payments that name the rule must find it as it was.
func bookRule(k *booking) error {
	e, r := k.event, RuleOf(k.event)
	versions, err := k.book.versions(k.books, e.Rule)
	if err != nil {
		return err
	}
	if refused := r.fitsBeside(versions, e.Version != ""); refused != nil {
		return refused
	}
	if r.Currency != "" {
		if err := k.known("", r.Currency); err != nil {
			return err
		}
	}
	if r.Provider != "" {
		provider, err := k.book.following(k.books, r.Provider)
		if err != nil {
			return err
		}
		if refused := r.allowedBy(provider.scheme); refused != nil {
			return refused
		}
	}
	k.key(KeyRule, e.Rule)
	k.rec.Keys = append(k.rec.Keys, everyRule)
	return nil
}

// fitsBeside refuses a version that is there already, replaces none that payments follow, or is for the same payments
// as another: which of both a payment follows would be chance.
func (r *Rule) fitsBeside(versions []*Rule, named bool) *ledger.Error {
	for _, v := range versions {
		switch {
		case v.Version == r.Version && !named:
			return refusal(DuplicateReference, "rule",
				"expected the name of a new rule, or a version of its own, found %s, which is stored already", quote(r.ID))
		case v.Version == r.Version:
			return refusal(DuplicateReference, "version",
				"expected a new version of the rule %s, found %s, which is stored already", quote(r.ID), quote(r.Version))
		}
	}
	current := CurrentVersions(versions)
	if r.Replaces != "" {
		at := slices.IndexFunc(current, func(v *Rule) bool { return v.Version == r.Replaces })
		if at < 0 {
			return refusal(ledger.Invalid, "replaces", "expected a version of the rule %s that new payments follow, %s, "+
				"found %s", quote(r.ID), cmp.Or(listVersions(current), "of which there is none"), quote(r.Replaces))
		}
		current = slices.Delete(current, at, at+1)
	}
	for _, v := range current {
		if v.samePayments(r) {
			return refusal(DuplicateReference, "when", "expected conditions that no other version of the rule %s has, "+
				"or one that it replaces, found those of version %s", quote(r.ID), quote(v.Version))
		}
	}
	return nil
}

// CurrentVersions returns the versions of a rule that new payments follow, of all of them.
func CurrentVersions(versions []*Rule) (current []*Rule) {
	for _, v := range versions {
		if !slices.ContainsFunc(versions, func(by *Rule) bool { return by.Replaces != "" && by.Replaces == v.Version }) {
			current = append(current, v)
		}
	}
	return current
}

// listVersions lists versions for an error.
func listVersions(list []*Rule) string {
	names := make([]string, len(list))
	for i, r := range list {
		names[i] = quote(r.Version)
	}
	return strings.Join(names, ", ")
}

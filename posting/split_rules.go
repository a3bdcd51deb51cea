// Stored split rules (Xendit calls them so): split instructions that a payment names instead of writing them out. A
// rule never changes, so that a payment of years ago can still be understood.

package posting

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// A Rule is a stored split rule: payments name it in place of splits. It never changes.
type Rule struct {
	ID       string
	Name     string // for people
	Currency money.Currency
	Routes   []Route
	Created  time.Time
}

// Splits returns the splits that the rule stands for: a BalanceAccount split for each route, in their order. Flat
// amounts are minor units of the rule's currency; percents are of the payment's gross amount.
func (r *Rule) Splits() []Split {
	splits := make([]Split, len(r.Routes))
	for i := range r.Routes {
		to := &r.Routes[i]
		s := Split{Type: BalanceAccount, Account: to.Account, Percent: to.Percent, Reference: to.Reference}
		if s.Account == "" {
			s.Account = accounts.Platform
		}
		if !to.Flat.IsZero() {
			s.Amount = money.FromInt(to.Flat, r.Currency)
		}
		splits[i] = s
	}
	return splits
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

// Rule returns a stored rule. The error is [ErrNotFound] where there is none of that id.
func (b *Book) Rule(id string) (*Rule, error) {
	r, err := b.rule(&b.ledger.Reader, id)
	return found(r, err, noRule, id)
}

// Rules yields the stored rules that have a text in their id, name, accounts or references, in the order in which they
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

// rule returns a stored rule, nil if there is none of that id.
func (b *Book) rule(books *ledger.Reader, id string) (*Rule, error) {
	records, err := books.Group(ledger.Key{Space: KeyRule, Name: id})
	if err != nil || len(records) == 0 {
		return nil, err
	}
	return ruleOf(records[0])
}

// ruleOf returns the rule that a record made.
func ruleOf(rec *ledger.Record) (*Rule, error) {
	c, err := wire.Read(rec)
	if err != nil {
		return nil, err
	}
	e := c.Event
	if e.Type != RuleCreate {
		return nil, wire.Damaged(rec, fmt.Errorf("a %s where a rule was made", e.Type))
	}
	return &Rule{ID: e.Rule, Name: e.Name, Currency: e.Currency, Routes: e.Routes, Created: rec.At}, nil
}

// bookRule stores split instructions under a name, for ever: payments that name the rule must find it as it was.
func bookRule(k *booking) error {
	e := k.event
	taken, err := k.books.Has(ledger.Key{Space: KeyRule, Name: e.Rule})
	if err != nil {
		return err
	}
	if taken {
		return refusal(DuplicateReference, "rule",
			"expected the name of a new rule, found %s, which is stored already", quote(e.Rule))
	}
	if err := k.known("", e.Currency); err != nil {
		return err
	}
	k.key(KeyRule, e.Rule)
	k.rec.Keys = append(k.rec.Keys, everyRule)
	return nil
}

// given returns the splits that an event gives for a payment: its own, or those of the rule that it names. The error is
// that of an unknown rule, or [CurrencyMismatch].
func (k *booking) given(p *Payment) ([]Split, error) {
	e := k.event
	if e.Rule == "" {
		return e.Splits, nil
	}
	r, err := k.book.rule(k.books, e.Rule)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, noRule.refusal(e.Rule)
	}
	if r.Currency != p.Currency {
		return nil, refusal(CurrencyMismatch, "rule",
			"expected a rule for the payment's currency, %s, found %s, for %s", p.Currency, quote(r.ID), r.Currency)
	}
	return r.Splits(), nil
}

// ofRule makes a refusal of splits one of the rule that they came from. The caller wrote no splits, so a refusal that
// names splits[1] would be of no use: it names the rule and its route.
func (k *booking) ofRule(err error) error {
	e, ok := ledger.Refused(err)
	rest, splits := "", false
	if ok {
		rest, splits = strings.CutPrefix(e.Field, "splits")
	}
	if k.event.Rule == "" || !splits {
		return err
	}
	route := "rule " + quote(k.event.Rule)
	if at, _, found := strings.Cut(rest, "]"); found {
		route += ", routes" + at + "]"
	}
	return refusal(e.Code, "rule", "%s: %s", route, e.Message)
}

// givenBy returns the splits that a booked event gave. A rule that is missing means a damaged journal, because the
// event was accepted with it.
func (b *Book) givenBy(books *ledger.Reader, rec *ledger.Record, e *Event) ([]Split, error) {
	if e.Rule == "" {
		return e.Splits, nil
	}
	r, err := b.rule(books, e.Rule)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, wire.Damaged(rec, fmt.Errorf("the rule %q, which is not in the books", e.Rule))
	}
	return r.Splits(), nil
}

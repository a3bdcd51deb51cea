// How a payment follows a stored rule: which version, with what splits, and with which policies.

package posting

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// An instruction is what an event says of who gets which part: splits, or a stored rule.
type instruction struct {
	splits []Split
	rule   *Rule
}

// any reports whether the event says it.
func (i *instruction) any() bool { return len(i.splits) > 0 || i.rule != nil }

// given returns what an event says of who gets which part of a payment. It chooses the version of the rule that the
// event names, and remarks which. The error is that of an unknown rule, [CurrencyMismatch], or of the conditions that
// the payment does not meet.
func (k *booking) given(p *Payment) (instruction, error) {
	e := k.event
	if e.Rule == "" {
		return instruction{splits: e.Splits}, nil
	}
	if k.rule != nil || k.unfit != nil { // begin has asked
		return instruction{rule: k.rule}, k.unfit
	}
	versions, err := k.book.versions(k.books, e.Rule)
	if err != nil {
		return instruction{}, err
	}
	if len(versions) == 0 {
		return instruction{}, noRule.refusal(e.Rule)
	}
	r, err := ChooseRule(versions, p.occasion())
	if err != nil {
		if k.unfit = err; e.Fact {
			k.remark(wire.Remark{Kind: followsRule})
		}
		return instruction{}, err
	}
	if r != versions[0] {
		k.remark(wire.Remark{Kind: followsRule, Reason: r.Version})
	}
	k.rule = r
	return instruction{rule: r}, nil
}

// givenBy returns what a booked event said of who gets which part. A rule that is missing means a damaged journal,
// because the event was accepted with it.
func (b *Book) givenBy(books *ledger.Reader, rec *ledger.Record, e *Event, remarks []wire.Remark) (instruction, error) {
	if e.Rule == "" || e.Type == RuleCreate {
		return instruction{splits: e.Splits}, nil
	}
	versions, err := b.versions(books, e.Rule)
	if err != nil {
		return instruction{}, err
	}
	version := ""
	for _, o := range remarks {
		if o.Kind == followsRule && o.Reason == "" {
			return instruction{}, nil
		}
		if o.Kind == followsRule {
			version = o.Reason
		}
	}
	for _, r := range versions {
		if version == "" || r.Version == version {
			return instruction{rule: r}, nil
		}
	}
	return instruction{}, wire.Damaged(rec, fmt.Errorf("the rule %q, which is not in the books", e.Rule))
}

// splitsFor returns the splits of an instruction for an amount of the payment. Those of a rule are worked out for it.
func (p *Payment) splitsFor(i instruction, amount money.Amount, t money.Table) ([]Split, []string, *ledger.Error) {
	if i.rule == nil {
		return i.splits, nil, nil
	}
	return i.rule.sized(p.scheme, p.first.Account, amount, t)
}

// splitsOf returns the splits of a capture: those it gives, or those of the authorisation where the scheme lets it have
// them. A rule that is the provider's goes with the payment, as the provider applies it to every capture.
func (p *Payment) splitsOf(given instruction, amount money.Amount, t money.Table) ([]Split, []string, *ledger.Error) {
	switch {
	case given.any():
		return p.splitsFor(given, amount, t)
	case p.scheme.Inherit == scheme.Always || amount.Int().Equal(p.Authorised.Int()) ||
		p.instructed.rule != nil && p.instructed.rule.Provider != "":
		splits, reasons, refused := p.splitsFor(p.instructed, amount, t)
		if refused == nil && p.scheme.Exceeding == scheme.Capped {
			splits = p.capped(splits, amount)
		}
		return splits, reasons, refused
	}
	return nil, nil, nil
}

// splitsOf is that of the payment, for the event that is booked: the reasons of the rule's parts are kept for them.
func (k *booking) splitsOf(p *Payment, given instruction, amount money.Amount) (splits []Split, err error) {
	splits, reasons, refused := p.splitsOf(given, amount, k.books.Table())
	if k.reasons = reasons; refused != nil {
		return nil, refused
	}
	return splits, nil
}

// instruct gives the payment what the event that makes it says of who gets which part, and the policies of the rule
// that it names where it has none of its own.
func (p *Payment) instruct(i instruction) *ledger.Error {
	r := i.rule
	// A payment that is split afterwards has no splits yet, nor any that a capture could take.
	if p.first.Type == PaymentAuthorise {
		p.instructed = i
		var refused *ledger.Error
		if p.splits, _, refused = p.splitsFor(i, p.Authorised, money.Table{}); refused != nil {
			return refused
		}
	}
	if r == nil {
		return nil
	}
	var refused *ledger.Error
	if p.RefundPolicy == nil && r.RefundPolicy != nil {
		policy := *r.RefundPolicy
		if policy.TargetAccount, refused = r.filledIn(policy.TargetAccount, p.first.Account); refused != nil {
			return refused
		}
		p.RefundPolicy = &policy
	}
	if p.ChargebackPolicy == nil && r.ChargebackPolicy != nil {
		policy := *r.ChargebackPolicy
		if policy.TargetAccount, refused = r.filledIn(policy.TargetAccount, p.first.Account); refused != nil {
			return refused
		}
		policy.CostAllocationAccount, refused = r.filledIn(policy.CostAllocationAccount, p.first.Account)
		if refused != nil {
			return refused
		}
		p.ChargebackPolicy = &policy
	}
	return nil
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
	at, _, found := strings.Cut(rest, "]")
	i, _ := strconv.Atoi(strings.TrimPrefix(at, "["))
	if found && (k.rule == nil || i < len(k.rule.Routes)) { // after the routes come the rest and the fee splits
		route += ", routes" + at + "]"
	}
	return refusal(e.Code, "rule", "%s: %s", route, e.Message)
}

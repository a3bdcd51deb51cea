// A capture may be settled in portions: a batch reports a part of its gross amount, or a row reports the share of one
// account. What stays pending of each sub-balance is its share of what is still to be settled, so that the last portion
// leaves nothing.

package posting

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// reported returns how much of the capture is settled with this settlement, in batches and of all rows, and whether
// that is all.
func (s *settlement) reported() (reported money.Int, whole bool) {
	t := s.capture.settledGross
	t.add(s.amount.Currency() != "", s.account != "", s.gross())
	return t.total(), s.account == "" && s.amount.Currency() == "" || t.total().Cmp(s.capture.Amount.Int()) >= 0
}

// gross returns how much of the capture's gross amount the settlement reports.
func (s *settlement) gross() money.Int {
	switch {
	case s.amount.Currency() != "":
		return s.amount.Int()
	case s.account != "":
		return s.capture.gross(s.account)
	}
	return s.capture.Amount.Int()
}

// portion moves what a settlement of a part, of which so much is reported by now, makes available: of the account that
// it is of, else of all of them. The provider's side is the sum.
func (k *booking) portion(p *Payment, s settlement, reported money.Int) []ledger.Posting {
	c := s.capture
	of := c.Amount.Int()
	if s.account != "" {
		of, reported = c.gross(s.account), s.gross()
		if before := c.rows.find(s.account); before != nil {
			reported = reported.Add(*before)
		}
	}
	var postings []ledger.Posting
	for _, currency := range c.currencies(p.provider) {
		keys, targets := c.targets(p.provider, s.account, currency, reported, of)
		var sum money.Int
		for i, at := range keys {
			minor := c.rest(at, targets[i])
			postings, sum = k.available(postings, at, minor), sum.Sub(minor)
		}
		postings = k.available(postings, balanceKey{p.provider, currency}, sum)
	}
	return postings
}

// currencies lists in which a capture has money in other accounts than the provider's.
func (c *Capture) currencies(provider accounts.ID) []money.Currency {
	var list ordered[money.Currency, struct{}]
	for _, at := range c.pending.keys {
		if at.account != provider {
			list.add(at.currency)
		}
	}
	return list.keys
}

// targets says how much of each sub-balance of a capture is to have become available, in the currency, once so much of
// the whole is settled: all but the gross amount of it that is still to be settled, by largest remainder of what was
// settled. So fees are of what was settled with them. An account that is not empty leaves out all others.
func (c *Capture) targets(provider, only accounts.ID, currency money.Currency, reported, of money.Int) (
	keys []balanceKey, targets []money.Int) {
	var gross []money.Int
	for i, at := range c.pending.keys {
		if at.account == provider || at.currency != currency || only != "" && at.account != only {
			continue
		}
		total := *c.pending.values[i]
		if moved := c.moved.find(at); moved != nil {
			total = total.Add(*moved)
		}
		keys, targets, gross = append(keys, at), append(targets, total), append(gross, c.gross(at.account))
	}
	if reported.Cmp(of) >= 0 || currency != c.Amount.Currency() {
		return keys, targets
	}
	settled, err := money.Allocate(money.FromInt(reported, ""), gross)
	if err != nil {
		return keys, targets // nothing but fees
	}
	for i := range targets {
		if targets[i].Sign() < 0 { // a credit. Where more was given back than is settled, none of it
			left := gross[i].Sub(settled[i].Int())
			targets[i] = atLeastZero(targets[i].Neg().Sub(left)).Neg()
		}
	}
	return keys, targets
}

// rest returns how much of a sub-balance still has to become available for its target: never back, and never more than
// is pending.
func (c *Capture) rest(at balanceKey, target money.Int) money.Int {
	moved, pending := money.Int{}, *c.pending.find(at)
	if before := c.moved.find(at); before != nil {
		moved = *before
	}
	minor := target.Sub(moved)
	if minor.Sign() != pending.Sign() {
		return money.Int{}
	}
	if minor.Abs().Cmp(pending.Abs()) > 0 {
		return pending
	}
	return minor
}

// fold counts what the settlement reported of its capture and what it made available, and reports whether all is
// settled.
func (of *settlement) fold(s *step) bool {
	c := of.capture
	_, whole := of.reported()
	c.settledGross.add(of.amount.Currency() != "", of.account != "", of.gross())
	if of.account != "" {
		sum, _ := c.rows.add(of.account)
		*sum = sum.Add(of.gross())
	}
	for i := range s.rec.Entries {
		if s.rec.Entries[i].Reference != c.ID {
			continue
		}
		for _, post := range s.rec.Entries[i].Postings {
			if post.Type == PostingSettlement && post.Sub == ledger.Pending {
				sum, _ := c.moved.add(balanceKey{post.Account, post.Amount.Currency()})
				*sum = sum.Sub(post.Amount.Int())
			}
		}
	}
	return whole
}

// A settlement is what an event reports of one capture: all of it, a part of its gross amount, or the share of an
// account.
type settlement struct {
	capture *Capture
	account accounts.ID  // whose share it is; "" for all
	amount  money.Amount // of the gross; without a currency all
}

// unsettled returns how much of its capture, or of the account's share of it, no settlement has reported yet.
func (s *settlement) unsettled() money.Int {
	if s.account == "" {
		return atLeastZero(s.capture.Amount.Int().Sub(s.capture.settledGross.total()))
	}
	left := s.capture.gross(s.account)
	if reported := s.capture.rows.find(s.account); reported != nil {
		left = left.Sub(*reported)
	}
	return atLeastZero(left)
}

// available moves an amount of one account from pending to available. What an account has pending that was closed since
// becomes available to liable.
func (k *booking) available(postings []ledger.Posting, at balanceKey, minor money.Int) []ledger.Posting {
	if minor.IsZero() {
		return postings
	}
	to, why := at.account, ""
	if a, ok := k.books.Account(at.account); ok && holdsMoney(a.Kind) {
		to, why = k.receivable(at.account)
	}
	into := debit(to, ledger.Available, minor, at.currency, PostingSettlement)
	into.Reason = why
	return append(postings, credit(at.account, ledger.Pending, minor, at.currency, PostingSettlement), into)
}

// Parts of a payment and shares of a capture: a part is all that one account gets under one split, a share is what it
// got of one capture.

package posting

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// A Part is what one account got of a payment under one split type and reference; in a fallback, liable
// stands for all of them.
type Part struct {
	Account accounts.ID
	// a split type, Merchant for what no split took, or Refund for an account that had no part but gave some back
	Type      string
	Reference string
	Amount    money.Amount // what it got; while the split is pending or if it failed, what it was to get
	Refunded  money.Amount // what it gave back, which may be more
	Status    State
	Reason    string // why, where a rule decided

	shares []*share
	share  [1]*share // room for the first of them: most parts are of one capture
}

// Left returns what the part got and has not given back. It is negative where it gave back more.
func (p *Part) Left() money.Amount {
	return money.FromInt(p.left(), p.Amount.Currency())
}

// left is [Part.Left] in minor units.
func (p *Part) left() (left money.Int) {
	for _, s := range p.shares {
		left = left.Add(s.left())
	}
	return left
}

// key names the part within its payment.
func (p *Part) key() partKey { return partKey{p.Account, p.Type, p.Reference} }

// cancelled reports whether all captures that a part is of are cancelled.
func (p *Part) cancelled() bool {
	captures := 0
	for _, s := range p.shares {
		if s.paysOnly && s.status != PartCancelled {
			continue
		}
		if captures++; s.status != PartCancelled {
			return false
		}
	}
	return captures > 0
}

// got returns what a part got of captures that stand, given back or not.
func (p *Part) got() (got money.Int) {
	for _, s := range p.shares {
		got = got.Add(s.got)
	}
	return got
}

// A partKey names a part within its payment. What no split takes is one part, whatever its reference.
type partKey struct {
	account   accounts.ID
	kind      string
	reference string
}

// debit makes a posting that takes minor units of the part from an account: its own, or one that stands in for it.
func (k partKey) debit(id accounts.ID, sub ledger.Sub, minor money.Int, c money.Currency, why string) ledger.Posting {
	post := debit(id, sub, minor, c, k.kind)
	post.Reference, post.Reason = k.reference, why
	return post
}

// credit is the opposite of debit.
func (k partKey) credit(id accounts.ID, sub ledger.Sub, minor money.Int, c money.Currency, why string) ledger.Posting {
	return k.debit(id, sub, minor.Neg(), c, why)
}

// keyOf returns the part that a posting belongs to.
func keyOf(post *ledger.Posting) partKey {
	k := partKey{post.Account, post.Type, post.Reference}
	if k.kind == PostingMerchant {
		k.reference = ""
	}
	return k
}

// partOf returns which part a split makes.
func partOf(s *Split) partKey { return partKey{s.Receiver(), string(s.Type), s.Reference} }

// A share is what a part has to do with one capture. Minor units of the payment's currency.
type share struct {
	got      money.Int // booked to the account
	refunded money.Int
	disputed money.Int // taken by chargebacks and not given back
	promised money.Int // to be booked later, or what it was before its capture was cancelled
	status   State
	reason   string
	paysOnly bool // and got nothing: it is of another capture, or of none
}

// left returns what a share has and did not give back.
func (s *share) left() money.Int { return s.got.Sub(s.refunded) }

// undisputed returns what a share has that neither refunds nor chargebacks took.
func (s *share) undisputed() money.Int { return s.left().Sub(s.disputed) }

// none is what a share gives of a capture before others do, where there is no such order.
func (s *share) none() money.Int { return money.Int{} }

// A balanceKey is one account in one currency.
type balanceKey struct {
	account  accounts.ID
	currency money.Currency
}

// A sized split is one with its size worked out.
type sized struct {
	split  int // index among the splits
	minor  money.Int
	reason string
}

// Transfers out of a capture. Where a transfer names a capture, it moves what the payer has of that capture, pending
// money too, and the payment's parts follow, so that a later refund finds the money where it is.

package posting

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
)

// ofCapture says where the amount of a transfer comes from that names a capture: from what is pending of it first,
// then from what is available. An instruction takes no more than the account has of the capture, or no more than its
// share of it, as the scheme says.
func (k *booking) ofCapture(p *Payment, c *Capture, from accounts.ID, a money.Amount) (pending, available money.Int,
	err error) {
	// held is pending and paid is settled, both in minor units and net of fees.
	held, paid := c.has(from, a.Currency())
	minor := a.Int()
	all, byShare := held.Add(paid), p.scheme.Transfers == scheme.WithinShare
	if byShare {
		all = atLeastZero(c.shareOf(from))
	}
	if !k.event.Fact && minor.Cmp(all) > 0 {
		return pending, available, refusal(InsufficientFunds, "amount",
			"expected at most what %s has of the capture %s, %s, found %s",
			from, quote(c.ID), money.FromInt(all, a.Currency()), a)
	}
	if minor.Cmp(held) <= 0 {
		return minor, money.Int{}, nil
	}
	// it may leave less than nothing pending
	if (k.event.Fact || byShare) && c.subOf(from) == ledger.Pending && !c.Cancelled {
		if minor.Cmp(held.Add(paid)) > 0 {
			return minor.Sub(paid), paid, nil
		}
	}
	return held, minor.Sub(held), nil
}

// has returns what an account has of a capture, less what refunds and chargebacks took and fees made it bear: what is
// pending still, and what is settled.
func (c *Capture) has(id accounts.ID, currency money.Currency) (pending, settled money.Int) {
	share := c.shareOf(id)
	// Credits to a user are below zero in the books, so the sign turns.
	if at := c.pending.find(balanceKey{id, currency}); at != nil {
		pending = at.Neg()
	}
	pending, share = atLeastZero(pending), atLeastZero(share)
	if share.Cmp(pending) < 0 {
		return share, money.Int{}
	}
	if settled = share.Sub(pending); c.subOf(id) == ledger.Available {
		return pending, settled
	}
	moved := money.Int{} // by portions of the settlement
	if sum := c.moved.find(balanceKey{id, currency}); sum != nil {
		moved = atLeastZero(sum.Neg())
	}
	if settled.Cmp(moved) > 0 {
		settled = moved
	}
	return pending, settled
}

// shareOf returns what an account got of a capture, less what refunds and chargebacks took.
func (c *Capture) shareOf(id accounts.ID) (share money.Int) {
	for i := range c.shares.keys {
		if c.shares.keys[i].account == id {
			share = share.Add(c.shares.values[i].undisputed())
		}
	}
	return share
}

// foldTransfer moves the shares of a capture with the money: who gave it has less of the capture from then on, and who
// got it more. A transfer that names no capture changes nothing about the payment.
func foldTransfer(p *Payment, s *step) {
	for i := range s.rec.Entries {
		c := p.capture(s.rec.Entries[i].Reference)
		if c == nil {
			continue
		}
		var from, to accounts.ID
		var minor money.Int
		reference := ""
		for j := range s.rec.Entries[i].Postings {
			post := &s.rec.Entries[i].Postings[j]
			if post.Amount.Sign() < 0 {
				to = post.Account
				continue
			}
			from, minor, reference = post.Account, minor.Add(post.Amount.Int()), post.Reference
		}
		p.moveShare(c, from, to, reference, minor)
	}
}

// moveShare takes of what one account has of a capture, part by part, and gives it to another: to the first part that
// it has of the capture, or to a new one. What goes beyond what the first has makes it owe.
func (p *Payment) moveShare(c *Capture, from, to accounts.ID, reference string, minor money.Int) {
	var first, target *share
	left := minor
	for i, sh := range c.shares.values {
		switch c.shares.keys[i].account {
		case from:
			if first == nil {
				first = sh
			}
			if has := sh.undisputed(); has.Sign() > 0 {
				if has.Cmp(left) > 0 {
					has = left
				}
				sh.got, left = sh.got.Sub(has), left.Sub(has)
			}
		case to:
			if target == nil && !sh.paysOnly {
				target = sh
			}
		}
	}
	if !left.IsZero() {
		if first == nil {
			first = p.share(c, partKey{from, PostingTransfer, reference})
		}
		first.got = first.got.Sub(left)
	}
	if target == nil {
		target = p.share(c, partKey{to, PostingTransfer, reference})
		if !c.Settled && p.scheme.Completed == scheme.AtSettlement {
			target.status = PartPending
		}
	}
	target.got = target.got.Add(minor)
}

// Splits that the provider did not make, though the books have them. The part's money goes to the merchant, as it does
// at the provider, and a transfer can mend it later.

package posting

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// A provider may say of a split that it was not made. Its money is the merchant's again, or stays with the merchant
// where it was only promised. Nothing is booked of a split that failed before.

// bookSplitFailed gives the money of a split back to the merchant, with the reason of the provider. The error is
// [UnknownSplitReference] where no split of the payment, or of the capture that is named, has the reference.
func bookSplitFailed(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	if e.Capture != "" && p.capture(e.Capture) == nil {
		return p.unconfirmed(e)
	}
	failing := p.failing(e)
	if len(failing) == 0 {
		return refusal(UnknownSplitReference, "reference",
			"expected the reference of a split of the payment (it has %s), found %s", orNone(p.references(e)),
			quote(e.Reference))
	}
	for _, c := range p.Captures {
		var postings []ledger.Posting
		for _, f := range failing {
			if f.capture == c {
				postings = k.failSplit(p, f, postings)
			}
		}
		k.entry(c.ID, postings)
	}
	return nil
}

// A failingSplit is one part of one capture that the provider did not make.
type failingSplit struct {
	capture *Capture
	share   int // its index among the shares of the capture
}

// failing lists the parts that an event names, of the captures that stand. Several accounts may share one reference:
// the event's account tells them apart. Shares that only gave money back are no splits.
func (p *Payment) failing(e *Event) (list []failingSplit) {
	for _, c := range p.Captures {
		if e.Capture != "" && c.ID != e.Capture {
			continue
		}
		for i, key := range c.shares.keys {
			named := key.reference == e.Reference && (e.Account == "" || e.Account == key.account)
			if named && key.kind != PostingMerchant && !c.shares.values[i].paysOnly {
				list = append(list, failingSplit{c, i})
			}
		}
	}
	return list
}

// references lists those of the splits that an event might have named.
func (p *Payment) references(e *Event) (list []string) {
	for _, c := range p.Captures {
		for i, key := range c.shares.keys {
			asked := (e.Capture == "" || c.ID == e.Capture) && !c.shares.values[i].paysOnly
			if asked && key.reference != "" && !slices.Contains(list, key.reference) {
				list = append(list, key.reference)
			}
		}
	}
	return list
}

// failSplit gives what a part still has of its capture to the merchant: two postings each, the part's first.
func (k *booking) failSplit(p *Payment, f failingSplit, postings []ledger.Posting) []ledger.Posting {
	c, key, sh := f.capture, f.capture.shares.keys[f.share], f.capture.shares.values[f.share]
	// What refunds and disputes took of the part is gone already, and the merchant cannot get it.
	minor := sh.undisputed()
	if sh.status == PartFailed || c.Cancelled || c.Reversed || minor.Sign() <= 0 {
		return postings
	}
	payer, why := k.receivable(key.account)
	merchant, whyMerchant := k.receivable(c.merchant)
	pending := c.stillPending(balanceKey{key.account, p.Currency}, minor, map[accounts.ID]money.Int{})
	to := partKey{c.merchant, PostingMerchant, key.reference}
	// A capture that is settled in part has money of the part in both sub-balances.
	for sub, part := range bySub(pending, minor) {
		postings = append(postings,
			key.debit(payer, sub, part, p.Currency, reasons("split failed: "+k.event.Reason, why)),
			to.credit(merchant, sub, part, p.Currency, reasons("split failed", whyMerchant)))
		k.remark(wire.Remark{Kind: splitFailed, Capture: c.ID, Split: f.share, Reason: k.event.Reason})
	}
	return postings
}

// foldSplitFailed marks the parts as failed. What they were to get stays visible.
func foldSplitFailed(p *Payment, s *step) {
	remarks := s.remarks // which part each pair of postings is of, in their order
	for i := range s.rec.Entries {
		entry := &s.rec.Entries[i]
		c := p.capture(entry.Reference)
		for j := 0; c != nil && j+1 < len(entry.Postings) && len(remarks) > 0; j += 2 {
			minor := entry.Postings[j].Amount.Int()
			if at := remarks[0].Split; at < len(c.shares.values) {
				sh := c.shares.values[at]
				if sh.status != PartFailed { // what was promised of it was made
					sh.promised, sh.status = money.Int{}, PartFailed
				}
				sh.got, sh.promised = sh.got.Sub(minor), sh.promised.Add(minor)
			}
			remarks = remarks[1:]
			to := p.share(c, keyOf(&entry.Postings[j+1]))
			to.got = to.got.Add(minor)
			if p.scheme.Splits == scheme.Afterwards {
				c.split = c.split.Sub(minor)
			}
		}
	}
	for _, f := range p.failing(s.event) {
		if sh := f.capture.shares.values[f.share]; sh.status != PartCancelled {
			sh.status, sh.reason = PartFailed, s.event.Reason
		}
	}
}

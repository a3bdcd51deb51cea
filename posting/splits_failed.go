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

// failing lists the parts that an event names, of the captures that stand.
func (p *Payment) failing(e *Event) (list []failingSplit) {
	for _, c := range p.Captures {
		if e.Capture != "" && c.ID != e.Capture {
			continue
		}
		for i, key := range c.shares.keys {
			named := key.reference == e.Reference && (e.Account == "" || e.Account == key.account)
			if named && key.kind != PostingMerchant && !c.shares.values[i].gave {
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
			asked := (e.Capture == "" || c.ID == e.Capture) && !c.shares.values[i].gave
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
	minor := sh.undisputed()
	if sh.status == PartFailed || c.Cancelled || c.Reversed || minor.Sign() <= 0 {
		return postings
	}
	giver, why := k.bearable(key.account)
	merchant, whyMerchant := k.bearable(c.merchant)
	pending := c.stillPending(cell{key.account, p.Currency}, minor, map[accounts.ID]money.Int{})
	to := partKey{c.merchant, PostingMerchant, key.reference}
	for sub, part := range bySub(pending, minor) {
		postings = append(postings,
			key.debit(giver, sub, part, p.Currency, reasons("split failed: "+k.event.Reason, why)),
			to.credit(merchant, sub, part, p.Currency, reasons("split failed", whyMerchant)))
		k.remark(wire.Remark{Kind: splitFailed, Capture: c.ID, Split: f.share, Reason: k.event.Reason})
	}
	return postings
}

func foldSplitFailed(p *Payment, s *step) {
	came := s.came // which part each pair of postings is of, in their order
	for i := range s.rec.Entries {
		entry := &s.rec.Entries[i]
		c := p.capture(entry.Reference)
		for j := 0; c != nil && j+1 < len(entry.Postings) && len(came) > 0; j += 2 {
			minor := entry.Postings[j].Amount.Int()
			if at := came[0].Split; at < len(c.shares.values) {
				sh := c.shares.values[at]
				if sh.status != PartFailed { // what was promised of it was made
					sh.promised, sh.status = money.Int{}, PartFailed
				}
				sh.got, sh.promised = sh.got.Sub(minor), sh.promised.Add(minor)
			}
			came = came[1:]
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

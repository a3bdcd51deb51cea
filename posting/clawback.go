// What refunds and chargebacks have in common: money that a payment brought is taken from those who got it, and may
// come back to them.

package posting

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// A deduction is what one part gives.
type deduction struct {
	key    partKey
	minor  money.Int
	reason string
	field  string // of the split that says so, for a refusal
}

// payerPart is the part of an account that gives a refund without its part being named.
func (p *Payment) payerPart(id accounts.ID) partKey {
	if id == p.Account {
		return partKey{id, PostingMerchant, ""}
	}
	return partKey{id, PostingRefund, ""}
}

// byBehavior works out who gives how much: all from one account, or each part by its weight. Without any weight
// liable pays. payer makes the key of an account that pays for others.
func (p *Payment) byBehavior(b wire.Behavior, target accounts.ID, whole money.Int, weight func(*Part) money.Int,
	payer func(accounts.ID) partKey) []deduction {
	switch b {
	case DeductFromOneBalanceAccount:
		return []deduction{{key: payer(target), minor: whole}}
	case DeductAccordingToSplitRatio:
		weights := make([]money.Int, len(p.Parts))
		for i, part := range p.Parts {
			weights[i] = weight(part)
		}
		// There are no shares where nobody has a weight: liable pays then.
		minors, reasons := byRatio(whole, weights)
		if minors == nil {
			break
		}
		deductions := make([]deduction, len(minors))
		for i := range minors {
			deductions[i] = deduction{key: p.Parts[i].key(), minor: minors[i], reason: reasons[i]}
		}
		return deductions
	}
	return []deduction{{key: payer(accounts.Liable), minor: whole}}
}

// distribute says how much each deduction takes of each capture, first to last, no more than the capture has room for.
// A part gives of a capture what it has left of it before it gives of another. The second is what no capture has room
// for.
func distribute(deductions []deduction, captures []*Capture, room func(*Capture) money.Int,
	left func(*share) money.Int) (given [][]money.Int, over []money.Int) {
	need := make([]money.Int, len(deductions))
	for i := range deductions {
		need[i] = deductions[i].minor
	}
	rooms := make([]money.Int, len(captures))
	given = make([][]money.Int, len(captures))
	// The capacity of each capture is counted down as deductions take of it.
	for i, c := range captures {
		rooms[i] = room(c)
		given[i] = make([]money.Int, len(deductions))
	}
	give := func(i, j int, most money.Int) {
		x := least(need[j], rooms[i], most)
		if x.Sign() > 0 {
			given[i][j] = given[i][j].Add(x)
			need[j], rooms[i] = need[j].Sub(x), rooms[i].Sub(x)
		}
	}
	for i, c := range captures {
		for j := range deductions {
			// First every part pays of the captures that it has a share of.
			if s := c.shares.find(deductions[j].key); s != nil {
				give(i, j, left(s))
			}
		}
	}
	for i := range captures {
		for j := range deductions {
			// Then whatever room is left serves for the rest, whose shares it is, because the buyer has the money
			// already.
			give(i, j, need[j])
		}
	}
	return given, need
}

// deduct books the deductions: of each of the captures as far as it has room, first to last. It returns what of each
// deduction no capture has room for.
func (k *booking) deduct(p *Payment, deductions []deduction, captures []*Capture, by clawback) (over []money.Int) {
	k.open(p.provider, accounts.KindProvider)
	given, over := distribute(deductions, captures, by.room, by.left)
	for i, c := range captures {
		k.clawBack(p, c, deductions, given[i], by.currency, by.side)
	}
	return over
}

// A clawback is a way of taking money back: as a refund does it, or as a dispute.
type clawback struct {
	side     string // what the provider's side is called
	currency money.Currency
	room     func(*Capture) money.Int // how much a capture may give
	left     func(*share) money.Int   // how much a part gives of a capture before others do
}

// clawBack books what is taken of one capture, or of none. The provider's side of it is called side.
func (k *booking) clawBack(p *Payment, c *Capture, deductions []deduction, given []money.Int, currency money.Currency,
	side string) {
	var postings []ledger.Posting
	for j, minor := range given {
		if minor.IsZero() {
			continue
		}
		key := deductions[j].key
		postings = append(postings, key.debit(key.account, p.clawbackSub(c, key.account), minor, currency, deductions[j].reason))
	}
	k.entry(c.name(), againstProvider(p, postings, side))
}

// againstProvider adds the provider's side of postings: in each currency what they sum to, pending where they are
// pending and available where they are available.
func againstProvider(p *Payment, postings []ledger.Posting, side string) []ledger.Posting {
	var sums ordered[providerSide, money.Int]
	for i := range postings {
		sum, _ := sums.add(providerSide{postings[i].Sub, postings[i].Amount.Currency()})
		*sum = sum.Sub(postings[i].Amount.Int())
	}
	for i, at := range sums.keys {
		if sum := *sums.values[i]; !sum.IsZero() {
			postings = append(postings, debit(p.provider, at.sub, sum, at.currency, side))
		}
	}
	return postings
}

// A providerSide is one sub-balance of a provider in one currency.
type providerSide struct {
	sub      ledger.Sub
	currency money.Currency
}

// comesBack returns how much an event reports to have come back of lines, which is all that has not where it does not
// say how much, and how much of that is still to be booked.
func (p *Payment) comesBack(of *lines, e *Event, currency money.Currency) (reported, minor money.Int) {
	t := p.reportedBefore(e, string(currency))
	if reported = e.Amount.Int(); e.Amount.Currency() == "" {
		reported = t.rest(of, e)
	}
	return reported, t.reportRound(e, reported)
}

// clawbackSub is where refunds and disputes take an account's money of a capture from, and give it back to.
func (p *Payment) clawbackSub(c *Capture, id accounts.ID) ledger.Sub {
	if p.scheme.Clawbacks == scheme.FromAvailable {
		return ledger.Available
	}
	return c.subOf(id)
}

// giver is the part that gave a line.
func (l *line) giver() partKey { return l.key }

// refundPayee is the part that gets back what a line gave to a refund that failed.
func (p *Payment) refundPayee(l *line) partKey {
	if p.scheme.FailedRefunds == scheme.ToMerchant {
		return p.merchantPart()
	}
	return l.key
}

// restore books amounts of lines back, to where their capture's money is by now; payee says to which part, mostly that
// which gave. Who was closed since gives way to liable; an outcome says which line that was.
func (k *booking) restore(p *Payment, of []*line, amounts []money.Int, reasons []string, currency money.Currency,
	side string, payee func(*line) partKey) {
	var postings []ledger.Posting
	for i, l := range of {
		if minor := amounts[i]; !minor.IsZero() {
			key := payee(l)
			to, why := k.receivable(key.account)
			if why != "" {
				k.remark(wire.Remark{Kind: fellBack, Capture: l.capture.name(), Split: i, Reason: why[len(fallback):]})
			} else {
				why = reasons[i]
			}
			postings = append(postings, key.credit(to, p.clawbackSub(l.capture, key.account), minor, currency, why))
		}
		if last := i+1 == len(of) || of[i+1].capture != l.capture; last && len(postings) > 0 {
			k.entry(l.capture.name(), againstProvider(p, postings, side))
			postings = nil
		}
	}
}

// merchantDeduction lets the merchant give for others, or liable where the merchant's account was closed.
func (k *booking) merchantDeduction(p *Payment, minor money.Int, reason string) deduction {
	key := p.merchantPart()
	if why, _ := k.missing(key.account); why != "" {
		key, reason = p.payerPart(accounts.Liable), reasons(reason, fallback+why)
	}
	return deduction{key: key, minor: minor, reason: reason}
}

// merchantPart is the part of what no split takes: the merchant's, or liable's where the merchant's account was closed
// when the money came.
func (p *Payment) merchantPart() partKey {
	for _, part := range p.Parts {
		if part.Type == PostingMerchant && !part.cancelled() {
			return part.key()
		}
	}
	return p.payerPart(p.Account)
}

// partAt is the part of an account of which the provider reports a row: the one that has most left. An account without
// a part is one that gives for others.
func (p *Payment) partAt(id accounts.ID, payer func(accounts.ID) partKey) partKey {
	var best *Part
	for _, part := range p.Parts {
		if part.Account == id && !part.cancelled() && (best == nil || part.left().Cmp(best.left()) > 0) {
			best = part
		}
	}
	if best == nil {
		return payer(id)
	}
	return best.key()
}

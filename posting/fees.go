// Fees: what a provider charges for a payment, refund or dispute, and which account bears it. Interchange, scheme fee
// and markup may be borne by different accounts, as fee splits say.

package posting

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
)

// bookFee books costs that the provider took. The bearer of each fee is the account that the event names, else that of
// the fee split that covers it, else the one of the scheme. A negative fee was given back, to who bore it. A fee may be
// in another currency than the payment, and then leaves that currency's balance.
func bookFee(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	c, refused := p.feesOf(e)
	if refused != nil {
		return refused
	}
	for i := range e.Fees {
		if err := k.known("fees"+index(i)+".amount", e.Fees[i].Amount.Currency()); err != nil {
			return err
		}
	}
	if err := k.ofMovement(p); err != nil {
		return err
	}
	// A provider keeps fees out of what it settles, so they are pending as long as the capture is.
	sub := c.feeSub()
	if (e.Refund != "" || e.Chargeback != "") && p.scheme.Clawbacks == scheme.FromAvailable {
		sub = ledger.Available // as what it is the fee of was taken
	}
	postings := make([]ledger.Posting, 0, len(e.Fees)+1)
	for _, f := range p.unreportedFees(e) {
		shares, err := k.feeShares(p, c, f)
		if err != nil {
			return err
		}
		currency := f.Amount.Currency()
		for _, share := range shares {
			bearer, reason := k.receivable(share.account)
			post := debit(bearer, sub, share.minor, currency, string(f.Type))
			post.Reference, post.Reason = string(f.Of), reason
			if share.minor.Sign() < 0 {
				post.Reason = reasons(reason, "given back")
			}
			postings = append(postings, post)
		}
	}
	k.open(p.provider, accounts.KindProvider)
	k.entry(c.name(), againstProvider(p, postings, PostingFees))
	return nil
}

// feesOf returns the capture that an event's fees are taken from, nil for none: the one that it names, else that of the
// refund or dispute which it names, else that of the payment.
func (p *Payment) feesOf(e *Event) (*Capture, *ledger.Error) {
	var of []*Capture
	switch {
	case e.Refund != "":
		r := p.refund(e.Refund)
		if r == nil {
			return nil, p.unconfirmed(&Event{Refund: e.Refund})
		}
		of = r.lines.captures()
	case e.Chargeback != "":
		d := p.chargeback(e.Chargeback)
		if d == nil {
			return nil, p.unconfirmed(&Event{Chargeback: e.Chargeback})
		}
		of = d.lines.captures()
	}
	if e.Capture != "" {
		c := p.capture(e.Capture)
		if c == nil {
			return nil, p.unconfirmed(&Event{Capture: e.Capture})
		}
		return c, nil
	}
	// Fees of a refund or dispute come out of a capture that it took from, so that both settle together.
	if c := feeCapture(of); c != nil {
		return c, nil
	}
	if c := p.tookFee(e); c != nil {
		return c, nil
	}
	return p.feeCapture(), nil
}

// tookFee returns the capture that the last fee was taken from of which an event gives some back, where it does
// nothing else; nil if there is none.
func (p *Payment) tookFee(e *Event) *Capture {
	if slices.ContainsFunc(e.Fees, func(f Fee) bool { return f.Amount.Sign() > 0 }) {
		return nil
	}
	for i := range slices.Backward(p.Fees) {
		if b := &p.Fees[i]; b.Type == e.Fees[0].Type && b.Amount.Sign() > 0 {
			return p.capture(b.Capture)
		}
	}
	return nil
}

// captures returns the captures that lines are of.
func (l *lines) captures() (list []*Capture) {
	for _, line := range l.values {
		if line.capture != nil && !slices.Contains(list, line.capture) {
			list = append(list, line.capture)
		}
	}
	return list
}

// feeCapture returns the capture that a fee is taken from where none is named; nil if there is none.
func (p *Payment) feeCapture() *Capture { return feeCapture(p.Captures) }

// feeCapture returns the first capture that is not settled, else the last. Those that were taken back come last.
func feeCapture(captures []*Capture) (last *Capture) {
	for _, c := range captures {
		if c.Cancelled || c.Reversed && last != nil {
			continue
		}
		if last = c; !c.Settled && !c.Reversed {
			break
		}
	}
	return last
}

// feeSub is where the fees of a capture are taken from. A cancelled one is not going to be settled.
func (c *Capture) feeSub() ledger.Sub {
	if c != nil && c.Cancelled {
		return ledger.Available
	}
	return c.sub()
}

// feeMovementOf names what a fee is counted under: fees and fees that were given back of one movement are two sums.
func feeMovementOf(e *Event, f *Fee) feeMovement {
	return feeMovement{e.Movement, f.Amount.Currency(), f.Amount.Sign() < 0}
}

// reportedFees adds up an event's fees by what they are reported of.
func reportedFees(e *Event) (sums ordered[feeMovement, money.Int]) {
	for i := range e.Fees {
		sum, _ := sums.add(feeMovementOf(e, &e.Fees[i]))
		*sum = sum.Add(e.Fees[i].Amount.Int().Abs())
	}
	return sums
}

// unreportedFees returns the fees of an event that are still to be booked, each of the type that it is booked as. Of
// what the same movement reported in another way the first ones are left out.
func (p *Payment) unreportedFees(e *Event) []Fee {
	known := reportedFees(e)
	for i, key := range known.keys {
		var reported reportedSum
		if before := p.feesReported.find(key); before != nil && e.Movement != "" {
			reported = *before
		}
		// What the movement has brought before is left out of the sum.
		sum := known.values[i]
		*sum = sum.Sub(reported.add(e.Part != "", e.Account != "", *sum))
	}
	fees := make([]Fee, 0, len(e.Fees))
	for _, f := range e.Fees {
		left := known.find(feeMovementOf(e, &f))
		minor := f.Amount.Int().Abs()
		// A fee may be known in part only: the rest of it is booked.
		skipped := least(minor, *left, *left)
		*left = left.Sub(skipped)
		if minor = minor.Sub(skipped); minor.IsZero() {
			continue
		}
		if f.Amount.Sign() < 0 {
			minor = minor.Neg()
		}
		if f.Amount = money.FromInt(minor, f.Amount.Currency()); e.Chargeback != "" {
			// Costs of a dispute are the dispute's, whatever the provider calls them: no fee split covers them.
			f.Type, f.Of = FeeDispute, ""
		}
		fees = append(fees, f)
	}
	return fees
}

// A feeShare is what one account bears of a fee, or gets back where it is below 0.
type feeShare struct {
	account accounts.ID
	minor   money.Int
}

// feeShares says who bears a fee: the account that the provider reports, else who has to by the splits. What is given
// back goes to those who bore such fees, whoever bore most first, and what no one bore to who would have to.
func (k *booking) feeShares(p *Payment, c *Capture, f Fee) ([]feeShare, error) {
	minor := f.Amount.Int()
	if k.event.Account != "" {
		return []feeShare{{k.event.Account, minor}}, nil
	}
	var shares []feeShare
	if minor.Sign() < 0 {
		left := minor.Neg()
		for _, b := range p.borne(k.event, f) {
			if x := least(left, b.minor, b.minor); x.Sign() > 0 {
				shares = append(shares, feeShare{b.account, x.Neg()})
				left = left.Sub(x)
			}
		}
		minor = left.Neg()
	}
	if minor.IsZero() {
		return shares, nil
	}
	bearer, err := k.bearer(p, c, f)
	for i := range shares {
		// One posting for each account.
		if shares[i].account == bearer {
			shares[i].minor = shares[i].minor.Add(minor)
			return shares, err
		}
	}
	return append(shares, feeShare{bearer, minor}), err
}

// borne lists what accounts bore of fees such as one, net of what they got back, whoever bore most first. Where the
// event names a capture, refund or dispute that had such fees, it is of those alone.
func (p *Payment) borne(e *Event, f Fee) []feeShare {
	such := func(b *BookedFee) bool {
		return b.Type == f.Type && b.Of == f.Of && b.Amount.Currency() == f.Amount.Currency()
	}
	named := func(b *BookedFee) bool { return such(b) && b.Refund == e.Refund && b.Chargeback == e.Chargeback }
	here := func(b *BookedFee) bool { return named(b) && b.Capture == e.Capture }
	for _, counts := range []func(*BookedFee) bool{here, named} {
		if slices.ContainsFunc(p.Fees, func(b BookedFee) bool { return counts(&b) }) {
			return p.feesOn(counts)
		}
	}
	return p.feesOn(such)
}

// feesOn adds up booked fees by the account that bore them, whoever bore most first.
func (p *Payment) feesOn(counts func(*BookedFee) bool) []feeShare {
	var sums ordered[accounts.ID, money.Int]
	for i := range p.Fees {
		if b := &p.Fees[i]; counts(b) {
			sum, _ := sums.add(b.Account)
			*sum = sum.Add(b.Amount.Int())
		}
	}
	shares := make([]feeShare, len(sums.keys))
	for i, id := range sums.keys {
		shares[i] = feeShare{id, *sums.values[i]}
	}
	slices.SortStableFunc(shares, func(a, b feeShare) int { return b.minor.Cmp(a.minor) })
	return shares
}

// bearer returns the account that bears a fee. VAT on a fee is borne by who bore that.
func (k *booking) bearer(p *Payment, c *Capture, f Fee) (accounts.ID, error) {
	t := f.Type
	if f.Of != "" {
		t = f.Of
		on := p.feesOn(func(b *BookedFee) bool { return b.Type == f.Of })
		if len(on) > 0 && on[0].minor.Sign() > 0 {
			return on[0].account, nil
		}
	}
	if t == FeeDispute { // as where the chargeback says what it costs
		policy, err := disputes(k.books, p)
		if policy.CostAllocationAccount == "" {
			return accounts.Liable, err
		}
		return policy.CostAllocationAccount, err
	}
	if c == nil {
		return p.feeBearer(p.splits, false, t), nil
	}
	return p.feeBearer(c.splits, c.Fallback, t), nil
}

// feeBearer returns the account that bears fees of a type by splits, or by their having fallen back to liable.
func (p *Payment) feeBearer(splits []Split, fellBack bool, t FeeType) accounts.ID {
	switch {
	case !p.scheme.FeeSplits:
		return p.Account
	case fellBack && !p.scheme.MerchantFees:
		return accounts.Liable
	}
	for _, covers := range feeSplits[t] {
		if i := slices.IndexFunc(splits, func(s Split) bool { return s.Type == covers }); i >= 0 {
			return splits[i].Account
		}
	}
	if p.scheme.MerchantFees {
		return p.Account
	}
	return accounts.Liable
}

// foldFee adds the fees that were booked to the payment.
func foldFee(p *Payment, s *step) {
	e := s.event
	for i := range s.rec.Entries {
		p.foldFees(&s.rec.Entries[i], e)
	}
	if e.Movement != "" {
		sums := reportedFees(e)
		for i, key := range sums.keys {
			reported, _ := p.feesReported.add(key)
			reported.report(e, *sums.values[i])
		}
	}
	if c := p.chargeback(e.Chargeback); e.Chargeback != "" && c != nil {
		for i := range s.rec.Entries {
			c.foldFees(&s.rec.Entries[i])
		}
	}
}

// foldFees adds the fees of an entry to what the dispute cost, as far as they are in the currency of its fee.
func (c *Chargeback) foldFees(entry *ledger.Entry) {
	for _, post := range entry.Postings {
		if post.Type != string(FeeDispute) {
			continue
		}
		if c.Fee.Currency() == "" {
			c.Fee, c.FeeAccount = money.New(0, post.Amount.Currency()), post.Account
		}
		if post.Amount.Currency() == c.Fee.Currency() {
			c.Fee = money.FromInt(c.Fee.Int().Add(post.Amount.Int()), c.Fee.Currency())
		}
	}
}

// foldFees lists the fees of an entry of an event.
func (p *Payment) foldFees(entry *ledger.Entry, e *Event) {
	for post := range p.others(entry) {
		p.Fees = append(p.Fees, BookedFee{
			Type: FeeType(post.Type), Amount: post.Amount, Account: post.Account, Capture: entry.Reference,
			Reason: post.Reason,
			Of:     FeeType(post.Reference), Movement: e.Movement, Refund: e.Refund, Chargeback: e.Chargeback,
			bearerReported: e.Account != "",
		})
	}
}

// ofFees reports whether an entry books fees: the provider's side of it, the last posting, says so.
func ofFees(e *ledger.Entry) bool {
	return e.Postings[len(e.Postings)-1].Type == PostingFees
}

// feeSplits lists the splits that cover a fee, the most specific first.
var feeSplits = map[FeeType][]SplitType{
	FeeInterchange: {InterchangeSplit, AcquiringFeesSplit, PaymentFeeSplit},
	FeeScheme:      {SchemeFeeSplit, AcquiringFeesSplit, PaymentFeeSplit},
	FeeMarkup:      {AdyenMarkup, AdyenFeesSplit, PaymentFeeSplit},
	FeeCommission:  {AdyenCommission, AdyenFeesSplit, PaymentFeeSplit},
	FeeGeneral:     {PaymentFeeSplit},
	FeeVAT:         {PaymentFeeSplit},
	FeeDispute:     {},
}

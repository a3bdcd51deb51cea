// Which fields of an event or object are given, as bits. The numbers are the places of the fields in their struct, and
// a test compares both.

package wire

import "github.com/splitledger/splitledger/money"

// These say what is given of an object: bit i for the i-th field that its type declares. To ask the fields of a table
// one by one takes several times as long.

// given has the fields of an event. Empty values of account.update are given if they are not nil: they take away what
// there was.
func (e *Event) given() uint64 {
	return bit(0, e.ID != "") | bit(1, e.Type != "") | bit(2, !e.At.IsZero()) |
		bit(3, e.Account != "") | bit(4, e.Kind != 0) | bit(5, e.Holder != "") | bit(6, len(e.Metadata) > 0 || e.Metadata != nil && e.Type == AccountUpdate) | bit(7,
		len(e.Overdraft) > 0 || e.Overdraft != nil && e.Type == AccountUpdate) |
		bit(8, e.Payment != "") | bit(9, e.Provider != "") | bit(10, givenAmount(&e.Amount)) | bit(11,
		len(e.Splits) > 0) | bit(12, e.RefundPolicy != nil) |
		bit(13, e.Reference != "") | bit(14, e.ProviderReference != "") | bit(15, e.Capture != "") | bit(16,
		len(e.Fees) > 0) | bit(17, e.Batch != "") |
		bit(18, e.Refund != "") | bit(19, e.ChargebackPolicy != nil) | bit(20, e.Chargeback != "") | bit(21,
		givenAmount(&e.DisputeFee)) |
		bit(22, e.From != "") | bit(23, e.To != "") | bit(24, len(e.Postings) > 0) | bit(25, e.Entry != 0) |
		bit(26, e.Rule != "") | bit(27, e.Name != "") | bit(28, e.Currency != "") | bit(29,
		len(e.Routes) > 0) | bit(30, e.Payout != "") |
		bit(31, givenAmount(&e.Sell)) | bit(32, givenAmount(&e.Buy)) | bit(33, e.Reason != "") | bit(34,
		e.Fact) | bit(35, e.Notice != "") |
		bit(36, e.Movement != "") | bit(37, e.Part != "") | bit(38, e.Source != nil) | bit(39,
		len(e.ProviderIDs) > 0 || e.ProviderIDs != nil && e.Type == AccountUpdate) | bit(40, e.Scheme != "") |
		bit(41, e.Transfer != "") | bit(42, e.Reversal != "") | bit(43, e.Second) | bit(44, e.Outcome != nil) | bit(45,
		e.Waited != "") | bit(46, e.Through != "") | bit(47, e.Description != "") |
		bit(48, e.Version != "") | bit(49, e.Replaces != "") | bit(50, e.Rest != "") | bit(51, e.When != nil) |
		bit(52, e.Attributes != nil) | bit(53, !e.Due.IsZero()) | bit(54, e.Hold != "") |
		bit(55, e.Scheduled != nil) | bit(56, e.Percent != nil) | bit(57, e.Days != 0)
}

// given has the fields of a split.
func (s *Split) given() uint64 {
	return bit(0, s.Type != "") | bit(1, s.Account != "") | bit(2, givenAmount(&s.Amount)) | bit(3,
		!s.Percent.IsZero()) |
		bit(4, s.Reference != "") | bit(5, s.Description != "")
}

// given has the fields of a fee.
func (f *Fee) given() uint64 {
	return bit(0, f.Type != "") | bit(1, givenAmount(&f.Amount)) | bit(2, f.Of != "")
}

// given has the fields of an outcome.
func (o *Outcome) given() uint64 {
	return bit(0, o.Kind != "") | bit(1, o.ID != "") | bit(2, o.Reference != "") | bit(3,
		o.ProviderReference != "") | bit(4, o.Movement != "") |
		bit(5, o.Ours != "") | bit(6, o.Account != "") | bit(7, o.Split != "") | bit(8, o.Part) | bit(9,
		o.Counterparty != "") |
		bit(10, o.Common != "") | bit(11, givenAmount(&o.Amount)) | bit(12, o.Group != "") | bit(13,
		len(o.Shares) > 0) | bit(14, len(o.Fees) > 0) |
		bit(15, givenAmount(&o.Net)) | bit(16, o.Rate != "") | bit(17, o.Batch != "") | bit(18,
		o.Receiver != "") | bit(19, o.Held) |
		bit(20, givenAmount(&o.After)) | bit(21, givenAmount(&o.Before)) | bit(22, !o.At.IsZero()) | bit(23,
		!o.Booked.IsZero()) |
		bit(24, o.Reason != "") | bit(25, o.Line != 0)
}

// given has the fields of a source.
func (s *FactSource) given() uint64 {
	return bit(0, s.Report != "") | bit(1, s.Line != 0) | bit(2, s.Format != "") | bit(3, s.SHA256 != "")
}

// given has the fields of a policy of refunds.
func (p *RefundPolicy) given() uint64 {
	return bit(0, p.Behavior != "") | bit(1, p.TargetAccount != "")
}

// given has the fields of a policy of chargebacks.
func (p *ChargebackPolicy) given() uint64 {
	return bit(0, p.Behavior != "") | bit(1, p.TargetAccount != "") | bit(2, p.CostAllocationAccount != "")
}

// given has the fields of a route.
func (r *Route) given() uint64 {
	return bit(0, r.Account != "") | bit(1, !r.Flat.IsZero()) | bit(2, !r.Percent.IsZero()) |
		bit(3, r.Reference != "") | bit(4, !r.Min.IsZero()) | bit(5, !r.Max.IsZero())
}

// given has the fields of attributes.
func (a *Attributes) given() uint64 {
	return bit(0, a.Method != "") | bit(1, a.Channel != "") | bit(2, a.Country != "") |
		bit(3, a.FundingSource != "") | bit(4, a.ShopperInteraction != "")
}

// given has the fields of a condition.
func (c *Condition) given() uint64 {
	return bit(0, c.Currency != "") | bit(1, c.Method != "") | bit(2, c.Channel != "") | bit(3, c.Country != "") |
		bit(4, c.FundingSource != "") | bit(5, c.ShopperInteraction != "") | bit(6, !c.MinAmount.IsZero()) |
		bit(7, !c.MaxAmount.IsZero())
}

// The available sub-balance, which is the default, counts as left out.
func (l *Leg) given() uint64 {
	return bit(0, l.Account != "") | bit(1, l.Sub != 0) | bit(2, l.Debit) | bit(3, l.Credit) | bit(4,
		givenAmount(&l.Amount)) | bit(5, l.Reference != "")
}

// Nothing of a currency is an amount.
func givenAmount(a *money.Amount) bool { return a.Currency() != "" || !a.IsZero() }

// The tables of the objects inside events: splits, fees, sources, policies, routes and postings. The order of fields is
// that of storage, so new ones go to the end.

package wire

import (
	"strconv"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// splits is the shape of splits, splitFields the fields of one.
var (
	// The words of types are Adyen's, whose split model is the widest.
	splitFields = []field[Split]{
		needed(at("type", func(s *Split) *string { return (*string)(&s.Type) }, word("a split type",
			BalanceAccount, Commission, VAT, Tip, Surcharge, TopUp, Default, Remainder, PaymentFeeSplit,
			AcquiringFeesSplit,
			AdyenFeesSplit, InterchangeSplit, SchemeFeeSplit, AdyenCommission, AdyenMarkup), "what the part is")),
		at("account", func(s *Split) *string { return (*string)(&s.Account) }, accountID,
			"who gets the part, or bears the fee; BalanceAccount and fee splits need it, for the others the default "+
				"is liable"),
		at("amount", func(s *Split) *money.Amount { return &s.Amount }, partAmount,
			"how much; not of fee splits and Remainder"),
		// Never a float: 5.31 has no exact binary form, and rounding must be the same everywhere.
		at("percent", func(s *Split) *money.Percent { return &s.Percent }, percent,
			"instead of an amount, where the scheme has percents; a string or number, read digit by digit"),
		at("reference", func(s *Split) *string { return &s.Reference }, name,
			"unique in the event; the same in another capture means the same part"),
		at("description", func(s *Split) *string { return &s.Description }, description, "for people"),
	}
	splits = list("an array of 1 to "+strconv.Itoa(MaxSplits)+" splits", MaxSplits,
		object("a split", newTable(splitFields, (*Split).given), checkSplit))
)

// fees is the shape of fees, feeFields the fields of one.
var (
	feeFields = []field[Fee]{
		needed(at("type", func(f *Fee) *string { return (*string)(&f.Type) }, word("a fee type",
			FeeInterchange, FeeScheme, FeeMarkup, FeeCommission, FeeGeneral, FeeVAT, FeeDispute), "what the fee is "+
			"for")),
		// Providers charge in the currency of the settlement, whatever the buyer paid in.
		needed(at("amount", func(f *Fee) *money.Amount { return &f.Amount }, signed,
			"how much; may be in another currency than the payment. Below 0 it is given back")),
		// A tax follows the fee that it is on, also where that fee is booked in another event.
		at("of", func(f *Fee) *string { return (*string)(&f.Of) }, word("a fee type",
			FeeInterchange, FeeScheme, FeeMarkup, FeeCommission, FeeGeneral, FeeDispute),
			"of `VAT`: the fee that it is on, whose bearer bears it"),
	}
	fees = list("an array of 1 to "+strconv.Itoa(maxFees)+" fees", maxFees,
		object("a fee", newTable(feeFields, (*Fee).given), checkFee))
)

// factSource is the shape of where a fact comes from, sourceFields its fields.
var (
	sourceFields = []field[FactSource]{
		at("report", func(s *FactSource) *string { return &s.Report }, eventID, "the id of the `provider.report`"),
		// Together with the report it leads from a booking to the line that proves it.
		at("line", func(s *FactSource) *uint64 { return &s.Line }, entryNumber, "which line of the report, from 1"),
		at("format", func(s *FactSource) *string { return &s.Format }, name, "of a notification: which kind it is"),
		// Of the body as it came, so that anybody can find the message in an archive of webhooks.
		at("sha256", func(s *FactSource) *string { return &s.SHA256 }, name,
			"of a notification: the SHA-256 of its body, in hexadecimal"),
	}
	factSource = object("the source of a fact", newTable(sourceFields, (*FactSource).given), nil)
)

// refundPolicy is the shape of a payment's policy of refunds.
var (
	policyFields = []field[RefundPolicy]{
		needed(at("behavior", func(p *RefundPolicy) *string { return (*string)(&p.Behavior) }, word("a behavior",
			DeductFromLiableAccount, DeductFromOneBalanceAccount, DeductAccordingToSplitRatio), "all from liable, "+
			"all from one account, or from each part by what it has left")),
		at("targetAccount", func(p *RefundPolicy) *string { return (*string)(&p.TargetAccount) }, accountID,
			"the account of deductFromOneBalanceAccount, which needs it"),
	}
	refundPolicy = object("a refund policy", newTable(policyFields, (*RefundPolicy).given), checkPolicy)
)

// chargebackPolicy is the shape of a payment's policy of chargebacks.
var (
	chargebackFields = []field[ChargebackPolicy]{
		needed(at("behavior", func(p *ChargebackPolicy) *string { return (*string)(&p.Behavior) }, word("a behavior",
			DeductFromLiableAccount, DeductFromOneBalanceAccount, DeductAccordingToSplitRatio), "all from liable, "+
			"all from one account, or from each part by what it got")),
		at("targetAccount", func(p *ChargebackPolicy) *string { return (*string)(&p.TargetAccount) }, accountID,
			"the account of deductFromOneBalanceAccount, which needs it"),
		at("costAllocationAccount", func(p *ChargebackPolicy) *string { return (*string)(&p.CostAllocationAccount) },
			accountID, "who bears the fees of disputes; default liable"),
	}
	chargebackPolicy = object("a chargeback policy", newTable(chargebackFields, (*ChargebackPolicy).given),
		checkChargebackPolicy)
)

// routes is the shape of the routes of a rule, routeFields the fields of one.
var (
	routeFields = []field[Route]{
		at("account", func(r *Route) *string { return (*string)(&r.Account) }, accountID,
			"who gets the part; default platform. It may be opened later"),
		// Without a currency, as the rule has one for all its routes.
		at("flat", func(r *Route) *money.Int { return &r.Flat }, flat,
			"how much, in minor units of the rule's currency"),
		at("percent", func(r *Route) *money.Percent { return &r.Percent }, percent,
			"instead of that, a percent of the payment, with at most 2 decimals; all routes together at most 100"),
		needed(at("reference", func(r *Route) *string { return &r.Reference }, name,
			"unique in the rule; the reference of the split")),
	}
	routes = list("an array of 1 to "+strconv.Itoa(MaxSplits)+" routes", MaxSplits,
		object("a route", newTable(routeFields, (*Route).given), checkRoute))
)

// legs is the shape of the postings of an entry, legFields the fields of one.
var (
	legFields = []field[Leg]{
		needed(at("account", func(l *Leg) *string { return (*string)(&l.Account) }, accountID, "the account")),
		at("sub", func(l *Leg) *ledger.Sub { return &l.Sub }, subBalance, "the sub-balance; default available"),
		// Two fields in place of a sign: accountants write entries so.
		at("debit", func(l *Leg) *bool { return &l.Debit }, truth, "true for a debit"),
		at("credit", func(l *Leg) *bool { return &l.Credit }, truth, "true for a credit; exactly one of both"),
		needed(at("amount", func(l *Leg) *money.Amount { return &l.Amount }, amount, "how much")),
		at("reference", func(l *Leg) *string { return &l.Reference }, name, "your reference"),
	}
	legs = list("an array of 2 to "+strconv.Itoa(MaxSplits)+" postings", MaxSplits,
		object("a posting", newTable(legFields, (*Leg).given), checkLeg))
)

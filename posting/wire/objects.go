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

// refundPolicy is the shape of a payment's policy of refunds, ruleRefundPolicy that of a rule's.
var (
	policyFields     = policyFieldsOf(accountID)
	refundPolicy     = object("a refund policy", newTable(policyFields, (*RefundPolicy).given), checkPolicy)
	ruleRefundPolicy = object("a refund policy", newTable(policyFieldsOf(ruleAccountID), (*RefundPolicy).given),
		checkPolicy)
)

// policyFieldsOf are the fields of a policy of refunds with accounts of a shape.
func policyFieldsOf(account *shape[string]) []field[RefundPolicy] {
	return []field[RefundPolicy]{
		needed(at("behavior", func(p *RefundPolicy) *string { return (*string)(&p.Behavior) }, word("a behavior",
			DeductFromLiableAccount, DeductFromOneBalanceAccount, DeductAccordingToSplitRatio), "all from liable, "+
			"all from one account, or from each part by what it has left")),
		at("targetAccount", func(p *RefundPolicy) *string { return (*string)(&p.TargetAccount) }, account,
			"the account of deductFromOneBalanceAccount, which needs it"),
	}
}

// chargebackPolicy is the shape of a payment's policy of chargebacks, ruleChargebackPolicy that of a rule's.
var (
	chargebackFields = chargebackFieldsOf(accountID)
	chargebackPolicy = object("a chargeback policy", newTable(chargebackFields, (*ChargebackPolicy).given),
		checkChargebackPolicy)
	ruleChargebackPolicy = object("a chargeback policy",
		newTable(chargebackFieldsOf(ruleAccountID), (*ChargebackPolicy).given), checkChargebackPolicy)
)

// chargebackFieldsOf are the fields of a policy of chargebacks with accounts of a shape.
func chargebackFieldsOf(account *shape[string]) []field[ChargebackPolicy] {
	return []field[ChargebackPolicy]{
		needed(at("behavior", func(p *ChargebackPolicy) *string { return (*string)(&p.Behavior) }, word("a behavior",
			DeductFromLiableAccount, DeductFromOneBalanceAccount, DeductAccordingToSplitRatio), "all from liable, "+
			"all from one account, or from each part by what it got")),
		at("targetAccount", func(p *ChargebackPolicy) *string { return (*string)(&p.TargetAccount) }, account,
			"the account of deductFromOneBalanceAccount, which needs it"),
		at("costAllocationAccount", func(p *ChargebackPolicy) *string { return (*string)(&p.CostAllocationAccount) },
			account, "who bears the fees of disputes; default liable"),
	}
}

// routes is the shape of the routes of a rule, routeFields the fields of one.
var (
	routeFields = []field[Route]{
		at("account", func(r *Route) *string { return (*string)(&r.Account) }, ruleAccountID,
			"who gets the part; default platform. It may be opened later"),
		// Without a currency, as the rule has one for all its routes.
		at("flat", func(r *Route) *money.Int { return &r.Flat }, flat,
			"how much, in minor units of the rule's currency"),
		at("percent", func(r *Route) *money.Percent { return &r.Percent }, percent,
			"a percent of the payment, with at most 2 decimals, instead of `flat` or besides; all routes together at "+
				"most 100"),
		needed(at("reference", func(r *Route) *string { return &r.Reference }, name,
			"unique in the rule; the reference of the split")),
		at("min", func(r *Route) *money.Int { return &r.Min }, flat, "what the part is at least, in minor units"),
		at("max", func(r *Route) *money.Int { return &r.Max }, flat, "what the part is at most, in minor units"),
	}
	routes = list("an array of 1 to "+strconv.Itoa(MaxSplits)+" routes", MaxSplits,
		object("a route", newTable(routeFields, (*Route).given), checkRoute))
)

// ruleSplits is the shape of the fee splits of a rule, ruleSplitFields the fields of one.
var (
	ruleSplitFields = []field[Split]{
		needed(at("type", func(s *Split) *string { return (*string)(&s.Type) }, word("a fee split type",
			PaymentFeeSplit, AcquiringFeesSplit, AdyenFeesSplit, InterchangeSplit, SchemeFeeSplit, AdyenCommission,
			AdyenMarkup), "which fees")),
		needed(at("account", func(s *Split) *string { return (*string)(&s.Account) }, ruleAccountID,
			"who bears them")),
	}
	ruleSplits = list("an array of 1 to "+strconv.Itoa(maxRuleSplits)+" fee splits", maxRuleSplits,
		object("a fee split", newTable(ruleSplitFields, (*Split).given), nil))
)

// maxRuleSplits is how many types of fee splits there are.
const maxRuleSplits = 7

// attributes is the shape of how a payment was made, attributeFields its fields.
var (
	attributeFields = []field[Attributes]{
		at("method", func(a *Attributes) *string { return &a.Method }, name, "the payment method: `visa`"),
		at("channel", func(a *Attributes) *string { return &a.Channel }, name, "where it was made: `web`"),
		at("country", func(a *Attributes) *string { return &a.Country }, name, "the buyer's country: `DE`"),
		at("fundingSource", func(a *Attributes) *string { return &a.FundingSource }, name,
			"what the card is: `credit`, `debit`"),
		at("shopperInteraction", func(a *Attributes) *string { return &a.ShopperInteraction }, name,
			"how the buyer took part: `Ecommerce`, `POS`"),
	}
	attributes = object("the attributes of a payment", newTable(attributeFields, (*Attributes).given), checkAttributes)
)

// condition is the shape of which payments follow a rule, conditionFields its fields.
var (
	conditionFields = []field[Condition]{
		at("currency", func(c *Condition) *string { return (*string)(&c.Currency) }, currencyCode,
			"the payment's currency; the rule's, where that has one"),
		at("method", func(c *Condition) *string { return &c.Method }, name, "as the payment's attributes have it"),
		at("channel", func(c *Condition) *string { return &c.Channel }, name, "the same"),
		at("country", func(c *Condition) *string { return &c.Country }, name, "the same"),
		at("fundingSource", func(c *Condition) *string { return &c.FundingSource }, name, "the same"),
		at("shopperInteraction", func(c *Condition) *string { return &c.ShopperInteraction }, name, "the same"),
		at("minAmount", func(c *Condition) *money.Int { return &c.MinAmount }, flat,
			"what is authorised is at least so much, in minor units of the rule's currency"),
		at("maxAmount", func(c *Condition) *money.Int { return &c.MaxAmount }, flat, "and at most so much"),
	}
	condition = object("the conditions of a rule", newTable(conditionFields, (*Condition).given), checkCondition)
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

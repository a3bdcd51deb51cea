// The fields that events have, each with its place in Event, its shape and its words for docs/events.md. The tables of
// types choose among them.

package wire

import (
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// commonFields are those of every event.
var commonFields = []field[Event]{
	needed(at("id", func(e *Event) *string { return &e.ID }, eventID, "idempotency key, unique in the ledger")),
	needed(at("type", func(e *Event) *string { return (*string)(&e.Type) }, eventType, "what kind of event this is")),
	at("at", func(e *Event) *time.Time { return &e.At }, eventTime, "when it happened; default: when it is booked"),
}

var (
	commonTable = newTable(commonFields, (*Event).given)
	// How the type is read, for a line in which it does not come first.
	typeField = &commonFields[1]
)

// eventType is the shape of an event's type. A type that is not in the tables is refused with the list of those that
// are. The text is not kept from the line: the table's own is the same for all events.
var eventType = func() *shape[string] {
	const what = "the type of an event"
	is := text(what, MaxName, maxNameBytes)
	is.read = func(r *jsonl.Scanner, t *string) *ledger.Error {
		s, err := r.String(what)
		if err != nil {
			return err
		}
		known := types[Type(s)]
		if known == nil {
			return expected("one of the types "+typeNames(), quote(s))
		}
		*t = string(known.name)
		return nil
	}
	return is
}()

// eventTime is the shape of an event's time, which the record keeps. To store it once more would cost a few bytes in
// every record of the journal.
var eventTime = func() *shape[time.Time] {
	is := *moment
	is.store = func(*encoder, *time.Time) {}
	is.load = func(d *decoder, t *time.Time) { *t = d.record.At }
	return &is
}()

// The fields of an event besides those of every event. A name may stand for two places, in different types.
var (
	// One place has two meanings, by the type of the event: the account that it is about, or the payment's merchant.
	accountField = at("account", func(e *Event) *string { return (*string)(&e.Account) }, accountID,
		"the account")
	// The merchant of record of a marketplace payment, to whom the rest belongs.
	merchantField = at("account", func(e *Event) *string { return (*string)(&e.Account) }, accountID,
		"the merchant's account, which gets what no split takes; default platform. Not where the scheme's merchant "+
			"is liable")
	kindField = at("kind", func(e *Event) *accounts.Kind { return &e.Kind }, accountKind,
		"what the account is for; platform and liable exist from the beginning")
	holderField = at("holder", func(e *Event) *string { return &e.Holder }, holder,
		"whose account it is, in your words")
	metadataField = at("metadata", func(e *Event) *map[string]string { return &e.Metadata }, metadata,
		"your own, of the account")
	newMetadataField = at("metadata", func(e *Event) *map[string]string { return &e.Metadata }, newMetadata,
		"your own, in place of all that was given before; an empty object for none")
	paymentMetadata = described(metadataField, "your own, of the payment")
	// What every event may carry. They are the last fields of each type that had none when these came.
	descriptionField = everywhere(at("description", func(e *Event) *string { return &e.Description }, description,
		"what it is for, in your words; statements and exports show it"))
	notesField = everywhere(described(metadataField, "your own, of the event"))
	// A limit for instructions alone. Facts may take an account below it.
	overdraftField = at("overdraft", func(e *Event) *[]money.Amount { return &e.Overdraft }, overdraft,
		"how far below zero transfers may take `available`, by currency; default 0")
	paymentField = at("payment", func(e *Event) *string { return &e.Payment }, name,
		"your name of the payment")
	providerField = at("provider", func(e *Event) *string { return &e.Provider }, providerName,
		"whose scheme the payment follows")
	amountField = at("amount", func(e *Event) *money.Amount { return &e.Amount }, amount, "how much")
	// Unlike other amounts it may be 0: an authorisation that only checks the card.
	authorisedField = at("amount", func(e *Event) *money.Amount { return &e.Amount }, limit, "how much")
	splitsField     = at("splits", func(e *Event) *[]Split { return &e.Splits }, splits, "who gets which part")
	// A policy is fixed with the payment, so that a later change of terms does not touch it.
	policyField = at("refund", func(e *Event) **RefundPolicy { return &e.RefundPolicy },
		optional(refundPolicy), "who gives the money back in refunds without splits, in place of the scheme's rule")
	// The merchant chooses it, and may use it for several payments, such as those of one subscription.
	referenceField = at("reference", func(e *Event) *string { return &e.Reference }, name,
		"your reference, as the provider has it (its merchant reference)")
	providerRef = at("providerReference", func(e *Event) *string { return &e.ProviderReference }, name,
		"the provider's reference")
	// Unique in the payment. Two payments may have captures of one name.
	captureField = at("capture", func(e *Event) *string { return &e.Capture }, name,
		"your name of the capture")
	feesField = at("fees", func(e *Event) *[]Fee { return &e.Fees }, fees, "the fees, each with its type")
	// Nothing is looked up by it; it is for people and for reports.
	batchField = at("batch", func(e *Event) *string { return &e.Batch }, name,
		"the provider's settlement batch")
	// In a payment this name is a policy, and in what a dispute does the name of the dispute.
	chargebackPolicyField = at("chargeback", func(e *Event) **ChargebackPolicy { return &e.ChargebackPolicy },
		optional(chargebackPolicy), "whose money disputes take; default: what the last `chargeback.default` says, "+
			"or else liable's")
	chargebackField = at("chargeback", func(e *Event) *string { return &e.Chargeback }, name,
		"your name of the chargeback")
	// It is also the fee of a payout, in payout.paid.
	disputeFeeField = at("fee", func(e *Event) *money.Amount { return &e.DisputeFee }, amount,
		"what the dispute costs besides; any currency")
	refundField = at("refund", func(e *Event) *string { return &e.Refund }, name,
		"your name of the refund, new in the payment")
	refundConfirmed = described(refundField, "your name of the refund")
	fromField       = at("from", func(e *Event) *string { return (*string)(&e.From) }, accountID, "who pays")
	toField         = at("to", func(e *Event) *string { return (*string)(&e.To) }, accountID, "who receives")
	postingsField   = at("postings", func(e *Event) *[]Leg { return &e.Postings }, legs,
		"the postings, which balance in every currency")
	entryField = at("entry", func(e *Event) *uint64 { return &e.Entry }, entryNumber,
		"the number of the entry to reverse")
	ruleField      = at("rule", func(e *Event) *string { return &e.Rule }, name, "your name of the rule")
	splitRuleField = described(ruleField, "a stored rule that says who gets which part, instead of `splits`")
	nameField      = at("name", func(e *Event) *string { return &e.Name }, name,
		"what the rule is called, for people")
	currencyField = at("currency", func(e *Event) *string { return (*string)(&e.Currency) }, currencyCode,
		"the currency of the payments that follow the rule, and of its amounts; a rule of percents alone may leave "+
			"it out, and is for every currency")
	routesField = at("routes", func(e *Event) *[]Route { return &e.Routes }, routes,
		"who gets which part; only where `rest` names an account none is needed")
	// Several rules may have one name. Each is stored for ever, as payments follow it.
	versionField = at("version", func(e *Event) *string { return &e.Version }, name,
		"which of the rules of that name; default 1, which only the first may leave out")
	replacesField = at("replaces", func(e *Event) *string { return &e.Replaces }, name,
		"the version of the rule that no new payment follows any more; those that follow it keep it")
	restField = at("rest", func(e *Event) *string { return (*string)(&e.Rest) }, ruleAccountID,
		"who gets what no route takes; default the scheme's merchant")
	whenField = at("when", func(e *Event) **Condition { return &e.When }, optional(condition),
		"which payments follow this version: those that have all of it; without it all do")
	feeSplitsField = at("splits", func(e *Event) *[]Split { return &e.Splits }, ruleSplits,
		"who bears which fees, where the scheme has fee splits")
	rulePolicyField = at("refund", func(e *Event) **RefundPolicy { return &e.RefundPolicy },
		optional(ruleRefundPolicy), "the refund policy of payments that name the rule first and have none of their own")
	ruleChargebackField = at("chargeback", func(e *Event) **ChargebackPolicy { return &e.ChargebackPolicy },
		optional(ruleChargebackPolicy), "the same of chargebacks")
	ruleProviderField = described(providerField, "whose payments the rule is for; it may have what the provider's "+
		"scheme can do, and goes with the payment: every capture without splits follows it. Without it, it is for "+
		"any provider, and a capture in part has the authorisation's rule where it would have its splits")
	attributesField = at("attributes", func(e *Event) **Attributes { return &e.Attributes }, optional(attributes),
		"how the payment was made, by which a stored rule is chosen")
	// The platform's own name. The bank's or provider's is the movement.
	payoutField = at("payout", func(e *Event) *string { return &e.Payout }, name, "your name of the payout")
	// Both sides of a conversion are given; the rate follows from them.
	sellField = at("sell", func(e *Event) *money.Amount { return &e.Sell }, amount,
		"what the account gives")
	buyField = at("buy", func(e *Event) *money.Amount { return &e.Buy }, amount,
		"what it gets for that, in another currency")
	reasonField = at("reason", func(e *Event) *string { return &e.Reason }, description, "why, for people")
	// A fact has happened, so no limit, state or lack of funds refuses it.
	factField   = at("fact", func(e *Event) *bool { return &e.Fact }, truth, "the provider reports it")
	noticeField = at("notice", func(e *Event) *string { return &e.Notice }, eventID, "the id of a `provider.notice`")
	// What makes two reports of one thing count once.
	movementField = at("movement", func(e *Event) *string { return &e.Movement }, name,
		"the provider's own reference of what it did; unique by provider and kind, together with `part`")
	partField = at("part", func(e *Event) *string { return &e.Part }, name,
		"which piece of the movement this tells, where it is told in pieces: the batch of a settlement, the "+
			"provider's id of an account's row, the round of a reversal. Without it the event tells the whole")
	// One field for an account that is opened, and one for its update, in which an empty list takes ids away.
	providerIDsField = at("providerIds", func(e *Event) *map[string][]string { return &e.ProviderIDs },
		providerIDs, "what providers call the account: their reports and notifications find it by these, before its "+
			"name")
	newIDsField = at("providerIds", func(e *Event) *map[string][]string { return &e.ProviderIDs },
		newProviderIDs, "what providers call the account, in place of all that was given before")
	newOverdraftField = at("overdraft", func(e *Event) *[]money.Amount { return &e.Overdraft }, newLimits,
		"how far below zero transfers may take `available` from now on")
	// The same fact may come from another line, when a report is taken in again. So it is no part of what is compared.
	sourceField = at("source", func(e *Event) **FactSource { return &e.Source }, optional(factSource),
		"where the fact comes from; not compared when the id comes again")
	schemeField = at("scheme", func(e *Event) *string { return &e.Scheme }, schemeName,
		"a built-in scheme, `generic`, or one of the program's own")
	transferField = at("transfer", func(e *Event) *string { return &e.Transfer }, name,
		"your name of the transfer, new in the ledger")
	reversalField = at("reversal", func(e *Event) *string { return &e.Reversal }, name,
		"your name of the reversal, new in the ledger")
	// The id is one that nobody else has, so a settlement is booked once, whoever calls PostDue.
	waitedField = at("waited", func(e *Event) *string { return &e.Waited }, eventID,
		"the id under which this settlement waited for its time; the ledger's own, of [Book.PostDue]")
	// Days are of UTC, so that every program closes at the same moment.
	throughField = at("through", func(e *Event) *string { return &e.Through }, day,
		"the last day of the period, in UTC")
	outcomeField = at("outcome", func(e *Event) **Outcome { return &e.Outcome }, optional(outcomeObject),
		"all that the provider told")
	reportingProvider = described(providerField,
		"the provider whose movement it is; with `payment`, the payment's or left out")
	// Issuers may take won money again. It is a dispute of its own, under the same name perhaps.
	secondField = at("second", func(e *Event) *bool { return &e.Second }, truth,
		"a second chargeback: what was won is taken again")
	// One field of each place, to name a field that the type of an event does not have.
	everyEventField = []field[Event]{
		accountField, kindField, holderField, metadataField, overdraftField, paymentField, providerField, amountField,
		splitsField, policyField, chargebackPolicyField, chargebackField, disputeFeeField, referenceField, providerRef,
		captureField, feesField, batchField, refundField,
		fromField, toField, postingsField, entryField, ruleField, nameField, currencyField, routesField, payoutField,
		sellField,
		buyField, reasonField, factField, noticeField, movementField, partField, sourceField, schemeField,
		transferField, reversalField, secondField, providerIDsField,
		outcomeField, waitedField, throughField, descriptionField,
		versionField, replacesField, restField, whenField, attributesField,
		untilField, holdField, scheduledField, percentField, daysField,
	}
)

package posting

import (
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// A row says all there is to know of one type of event: its fields, and what it does to the books. The order
// of fields is that of JSON, of comparison and of storage: append, never insert.
type row struct {
	name   Type
	doc    string
	fields []field[Event]
	check  func(*Event) *ledger.Error // what no field tells alone; may be nil
	book   func(*booking) error
	fold   func(*Payment, *step) // of events of a payment: what it changes about the payment

	refuses []ledger.Code // what it is refused with besides invalid and idempotency_conflict

	table   *table[Event]
	content *table[Event] // the fields that are stored
}

// stored is how many fields come before those that are stored as content: id and type.
const stored = 2

// types has the rows by name.
var types = map[Type]*row{}

// commonFields are those of every event.
var commonFields = []field[Event]{
	needed(at("id", func(e *Event) *string { return &e.ID }, eventID, "idempotency key, unique in the ledger")),
	needed(at("type", func(e *Event) *string { return (*string)(&e.Type) }, eventType, "what kind of event this is")),
	at("at", func(e *Event) *time.Time { return &e.At }, eventTime, "when it happened; default: when it is booked"),
}

var (
	commonTable = newTable(commonFields, (*Event).given)
	typeField   = &commonFields[1]
)

// eventType is the shape of an event's type.
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

// eventTime is the shape of an event's time, which the record keeps.
var eventTime = func() *shape[time.Time] {
	is := *moment
	is.store = func(*encoder, *time.Time) {}
	is.load = func(d *decoder, t *time.Time) { *t = d.record.At }
	return &is
}()

// The fields of an event besides those of every event. A name may stand for two places, in different types.
var (
	accountField          = at("account", func(e *Event) *string { return (*string)(&e.Account) }, accountID, "the account")
	merchantField         = at("account", func(e *Event) *string { return (*string)(&e.Account) }, accountID, "the merchant's account, which gets what no split takes; default platform. Not where the scheme's merchant is liable")
	kindField             = at("kind", func(e *Event) *accounts.Kind { return &e.Kind }, accountKind, "what the account is for; platform and liable exist from the beginning")
	holderField           = at("holder", func(e *Event) *string { return &e.Holder }, holder, "whose account it is, in your words")
	metadataField         = at("metadata", func(e *Event) *map[string]string { return &e.Metadata }, metadata, "your own")
	overdraftField        = at("overdraft", func(e *Event) *[]money.Amount { return &e.Overdraft }, overdraft, "how far below zero transfers may take `available`, by currency; default 0")
	paymentField          = at("payment", func(e *Event) *string { return &e.Payment }, name, "your name of the payment")
	providerField         = at("provider", func(e *Event) *string { return &e.Provider }, providerName, "whose scheme the payment follows")
	amountField           = at("amount", func(e *Event) *money.Amount { return &e.Amount }, amount, "how much")
	authorisedField       = at("amount", func(e *Event) *money.Amount { return &e.Amount }, limit, "how much")
	splitsField           = at("splits", func(e *Event) *[]Split { return &e.Splits }, splits, "who gets which part")
	policyField           = at("refund", func(e *Event) **RefundPolicy { return &e.RefundPolicy }, optional(refundPolicy), "who gives the money back in refunds without splits, in place of the scheme's rule")
	referenceField        = at("reference", func(e *Event) *string { return &e.Reference }, name, "the merchant's reference")
	providerRef           = at("providerReference", func(e *Event) *string { return &e.ProviderReference }, name, "the provider's reference")
	captureField          = at("capture", func(e *Event) *string { return &e.Capture }, name, "your name of the capture")
	feesField             = at("fees", func(e *Event) *[]Fee { return &e.Fees }, fees, "the fees, each with its type")
	batchField            = at("batch", func(e *Event) *string { return &e.Batch }, name, "the provider's settlement batch")
	chargebackPolicyField = at("chargeback", func(e *Event) **ChargebackPolicy { return &e.ChargebackPolicy }, optional(chargebackPolicy), "whose money disputes take; default: what the last `chargeback.default` says, or else liable's")
	chargebackField       = at("chargeback", func(e *Event) *string { return &e.Chargeback }, name, "your name of the chargeback")
	disputeFeeField       = at("fee", func(e *Event) *money.Amount { return &e.DisputeFee }, amount, "what the dispute costs besides; any currency")
	refundField           = at("refund", func(e *Event) *string { return &e.Refund }, name, "your name of the refund, new in the payment")
	refundConfirmed       = described(refundField, "your name of the refund")
	fromField             = at("from", func(e *Event) *string { return (*string)(&e.From) }, accountID, "who pays")
	toField               = at("to", func(e *Event) *string { return (*string)(&e.To) }, accountID, "who receives")
	postingsField         = at("postings", func(e *Event) *[]Leg { return &e.Postings }, legs, "the postings, which balance in every currency")
	entryField            = at("entry", func(e *Event) *uint64 { return &e.Entry }, entryNumber, "the number of the entry to reverse")
	ruleField             = at("rule", func(e *Event) *string { return &e.Rule }, name, "your name of the rule")
	splitRuleField        = described(ruleField, "a stored rule that says who gets which part, instead of `splits`")
	nameField             = at("name", func(e *Event) *string { return &e.Name }, name, "what the rule is called, for people")
	currencyField         = at("currency", func(e *Event) *string { return (*string)(&e.Currency) }, currencyCode, "the currency of the payments that follow the rule")
	routesField           = at("routes", func(e *Event) *[]Route { return &e.Routes }, routes, "who gets which part")
	payoutField           = at("payout", func(e *Event) *string { return &e.Payout }, name, "your name of the payout")
	sellField             = at("sell", func(e *Event) *money.Amount { return &e.Sell }, amount, "what the account gives")
	buyField              = at("buy", func(e *Event) *money.Amount { return &e.Buy }, amount, "what it gets for that, in another currency")
	reasonField           = at("reason", func(e *Event) *string { return &e.Reason }, description, "why, for people")
	factField             = at("fact", func(e *Event) *bool { return &e.Fact }, truth, "the provider reports it")
	noticeField           = at("notice", func(e *Event) *string { return &e.Notice }, eventID, "the id of a `provider.notice`")
	movementField         = at("movement", func(e *Event) *string { return &e.Movement }, name, "the provider's own reference of what it did; unique by provider and kind, together with `part`")
	partField             = at("part", func(e *Event) *string { return &e.Part }, name, "which piece of the movement this tells, where it is told in pieces: the batch of a settlement, the provider's id of an account's row, the round of a reversal. Without it the event tells the whole")
	providerIDsField      = at("providerIds", func(e *Event) *map[string][]string { return &e.ProviderIDs }, providerIDs, "what providers call the account: their reports and notifications find it by these, before its name")
	newIDsField           = at("providerIds", func(e *Event) *map[string][]string { return &e.ProviderIDs }, newProviderIDs, "what providers call the account, in place of all that was given before")
	newOverdraftField     = at("overdraft", func(e *Event) *[]money.Amount { return &e.Overdraft }, newLimits, "how far below zero transfers may take `available` from now on")
	sourceField           = at("source", func(e *Event) **FactSource { return &e.Source }, optional(factSource), "where the fact comes from; not compared when the id comes again")
	schemeField           = at("scheme", func(e *Event) *string { return &e.Scheme }, schemeName, "a built-in scheme, `generic`, or one of the program's own")
	transferField         = at("transfer", func(e *Event) *string { return &e.Transfer }, name, "your name of the transfer, new in the ledger")
	reversalField         = at("reversal", func(e *Event) *string { return &e.Reversal }, name, "your name of the reversal, new in the ledger")
	waitedField           = at("waited", func(e *Event) *string { return &e.Waited }, eventID, "the id under which this settlement waited for its time; the ledger's own, of [Book.PostDue]")
	outcomeField          = at("outcome", func(e *Event) **Outcome { return &e.Outcome }, optional(outcomeObject), "all that the provider told")
	toldProvider          = described(providerField, "the provider whose movement it is; with `payment`, the payment's or left out")
	secondField           = at("second", func(e *Event) *bool { return &e.Second }, truth, "a second chargeback: what was won is taken again")
	everyEventField       = []field[Event]{
		accountField, kindField, holderField, metadataField, overdraftField, paymentField, providerField, amountField,
		splitsField, policyField, chargebackPolicyField, chargebackField, disputeFeeField, referenceField, providerRef, captureField, feesField, batchField, refundField,
		fromField, toField, postingsField, entryField, ruleField, nameField, currencyField, routesField, payoutField, sellField,
		buyField, reasonField, factField, noticeField, movementField, partField, sourceField, schemeField, transferField, reversalField, secondField, providerIDsField,
		outcomeField, waitedField,
	}
)

// splits is the shape of splits, splitFields the fields of one.
var (
	splitFields = []field[Split]{
		needed(at("type", func(s *Split) *string { return (*string)(&s.Type) }, word("a split type",
			BalanceAccount, Commission, VAT, Tip, Surcharge, TopUp, Default, Remainder, PaymentFeeSplit, AcquiringFeesSplit,
			AdyenFeesSplit, InterchangeSplit, SchemeFeeSplit, AdyenCommission, AdyenMarkup), "what the part is")),
		at("account", func(s *Split) *string { return (*string)(&s.Account) }, accountID, "who gets the part, or bears the fee; BalanceAccount and fee splits need it, for the others the default is liable"),
		at("amount", func(s *Split) *money.Amount { return &s.Amount }, partAmount, "how much; not of fee splits and Remainder"),
		at("percent", func(s *Split) *money.Percent { return &s.Percent }, percent, "instead of an amount, where the scheme has percents; a string or number, read digit by digit"),
		at("reference", func(s *Split) *string { return &s.Reference }, name, "unique in the event; the same in another capture means the same part"),
		at("description", func(s *Split) *string { return &s.Description }, description, "for people"),
	}
	splits = list("an array of 1 to "+strconv.Itoa(MaxSplits)+" splits", MaxSplits, object("a split", newTable(splitFields, (*Split).given), checkSplit))
)

// fees is the shape of fees, feeFields the fields of one.
var (
	feeFields = []field[Fee]{
		needed(at("type", func(f *Fee) *string { return (*string)(&f.Type) }, word("a fee type",
			FeeInterchange, FeeScheme, FeeMarkup, FeeCommission, FeeGeneral, FeeVAT, FeeDispute), "what the fee is for")),
		needed(at("amount", func(f *Fee) *money.Amount { return &f.Amount }, signed, "how much; may be in another currency than the payment. Below 0 it is given back")),
		at("of", func(f *Fee) *string { return (*string)(&f.Of) }, word("a fee type",
			FeeInterchange, FeeScheme, FeeMarkup, FeeCommission, FeeGeneral, FeeDispute), "of `VAT`: the fee that it is on, whose bearer bears it"),
	}
	fees = list("an array of 1 to "+strconv.Itoa(maxFees)+" fees", maxFees, object("a fee", newTable(feeFields, (*Fee).given), checkFee))
)

// factSource is the shape of where a fact comes from, sourceFields its fields.
var (
	sourceFields = []field[FactSource]{
		at("report", func(s *FactSource) *string { return &s.Report }, eventID, "the id of the `provider.report`"),
		at("line", func(s *FactSource) *uint64 { return &s.Line }, entryNumber, "which line of the report, from 1"),
		at("format", func(s *FactSource) *string { return &s.Format }, name, "of a notification: which kind it is"),
		at("sha256", func(s *FactSource) *string { return &s.SHA256 }, name, "of a notification: the SHA-256 of its body, in hexadecimal"),
	}
	factSource = object("the source of a fact", newTable(sourceFields, (*FactSource).given), nil)
)

// refundPolicy is the shape of a payment's policy of refunds.
var (
	policyFields = []field[RefundPolicy]{
		needed(at("behavior", func(p *RefundPolicy) *string { return (*string)(&p.Behavior) }, word("a behavior",
			DeductFromLiableAccount, DeductFromOneBalanceAccount, DeductAccordingToSplitRatio), "all from liable, all from one account, or from each part by what it has left")),
		at("targetAccount", func(p *RefundPolicy) *string { return (*string)(&p.TargetAccount) }, accountID, "the account of deductFromOneBalanceAccount, which needs it"),
	}
	refundPolicy = object("a refund policy", newTable(policyFields, (*RefundPolicy).given), checkPolicy)
)

// chargebackPolicy is the shape of a payment's policy of chargebacks.
var (
	chargebackFields = []field[ChargebackPolicy]{
		needed(at("behavior", func(p *ChargebackPolicy) *string { return (*string)(&p.Behavior) }, word("a behavior",
			DeductFromLiableAccount, DeductFromOneBalanceAccount, DeductAccordingToSplitRatio), "all from liable, all from one account, or from each part by what it got")),
		at("targetAccount", func(p *ChargebackPolicy) *string { return (*string)(&p.TargetAccount) }, accountID, "the account of deductFromOneBalanceAccount, which needs it"),
		at("costAllocationAccount", func(p *ChargebackPolicy) *string { return (*string)(&p.CostAllocationAccount) }, accountID, "who bears the fees of disputes; default liable"),
	}
	chargebackPolicy = object("a chargeback policy", newTable(chargebackFields, (*ChargebackPolicy).given), checkChargebackPolicy)
)

// routes is the shape of the routes of a rule, routeFields the fields of one.
var (
	routeFields = []field[Route]{
		at("account", func(r *Route) *string { return (*string)(&r.Account) }, accountID, "who gets the part; default platform. It may be opened later"),
		at("flat", func(r *Route) *money.Int { return &r.Flat }, flat, "how much, in minor units of the rule's currency"),
		at("percent", func(r *Route) *money.Percent { return &r.Percent }, percent, "instead of that, a percent of the payment, with at most 2 decimals; all routes together at most 100"),
		needed(at("reference", func(r *Route) *string { return &r.Reference }, name, "unique in the rule; the reference of the split")),
	}
	routes = list("an array of 1 to "+strconv.Itoa(MaxSplits)+" routes", MaxSplits, object("a route", newTable(routeFields, (*Route).given), checkRoute))
)

// legs is the shape of the postings of an entry, legFields the fields of one.
var (
	legFields = []field[Leg]{
		needed(at("account", func(l *Leg) *string { return (*string)(&l.Account) }, accountID, "the account")),
		at("sub", func(l *Leg) *ledger.Sub { return &l.Sub }, subBalance, "the sub-balance; default available"),
		at("debit", func(l *Leg) *bool { return &l.Debit }, truth, "true for a debit"),
		at("credit", func(l *Leg) *bool { return &l.Credit }, truth, "true for a credit; exactly one of both"),
		needed(at("amount", func(l *Leg) *money.Amount { return &l.Amount }, amount, "how much")),
		at("reference", func(l *Leg) *string { return &l.Reference }, name, "your reference"),
	}
	legs = list("an array of 2 to "+strconv.Itoa(MaxSplits)+" postings", MaxSplits, object("a posting", newTable(legFields, (*Leg).given), checkLeg))
)

// rows has every type of event. It is filled in init because the functions it names read it.
var rows []*row

func init() {
	rows = []*row{
		{name: AccountOpen, doc: "Opens an account.", check: checkOpen, book: bookOpen,
			refuses: []ledger.Code{DuplicateReference, UnknownProvider},
			fields:  []field[Event]{needed(accountField), needed(kindField), holderField, metadataField, overdraftField, providerIDsField}},
		{name: AccountUpdate, doc: "Changes what is kept with an account: a field that is given takes the place of the whole value, the others stay. `liable` and `platform` have `metadata` and `providerIds` alone.", check: checkUpdate, book: bookUpdate,
			refuses: []ledger.Code{ledger.UnknownAccount, DuplicateReference, UnknownProvider},
			fields:  []field[Event]{needed(accountField), holderField, metadataField, newOverdraftField, newIDsField}},
		{name: AccountFreeze, doc: "Freezes an account: it receives, and pays nothing out.", book: bookFreeze,
			refuses: []ledger.Code{ledger.UnknownAccount, AccountClosed, InvalidState},
			fields:  []field[Event]{needed(accountField)}},
		{name: AccountUnfreeze, doc: "Opens a frozen account again.", book: bookUnfreeze,
			refuses: []ledger.Code{ledger.UnknownAccount, AccountClosed, InvalidState},
			fields:  []field[Event]{needed(accountField)}},
		{name: AccountClose, doc: "Closes an account: it receives nothing, what a provider tells of it goes to `liable`. It needs a zero balance in every currency and sub-balance, no payout under way, and no part in a capture that is neither settled nor cancelled.", book: bookClose,
			refuses: []ledger.Code{ledger.UnknownAccount, AccountClosed, InvalidState},
			fields:  []field[Event]{needed(accountField)}},
		{name: AccountReopen, doc: "Opens a closed account again.", book: bookReopen,
			refuses: []ledger.Code{ledger.UnknownAccount, InvalidState},
			fields:  []field[Event]{needed(accountField)}},
		{name: ProviderOpen, doc: "Declares a provider of your own. The built-in ones (" + strings.Join(builtIn, ", ") + ") are known, and so are those that a ledger used before there was this event, with the scheme generic. Any other name is refused in every event until it is declared.", book: bookProviderOpen,
			refuses: []ledger.Code{DuplicateReference},
			fields:  []field[Event]{described(needed(providerField), "your name of it"), described(needed(schemeField), "whose rules its payments follow: a scheme of [schemes.md](schemes.md), or one of the program's own")}},
		{name: PaymentAuthorise, doc: "Records an authorisation. No money moves.", book: bookAuthorise, fold: foldAuthorise, check: checkSplits,
			refuses: []ledger.Code{DuplicateReference, ledger.UnknownAccount, AccountClosed, CurrencyMismatch, SplitSumMismatch, SplitExceedsAmount, UnknownProvider},
			fields: []field[Event]{needed(paymentField), needed(providerField), described(needed(authorisedField), "how much; 0 where it only costs something"), merchantField, splitsField,
				policyField, referenceField, providerRef, metadataField, splitRuleField, chargebackPolicyField, sourceField}},
		{name: PaymentCapture, doc: "Books captured money to `pending`: full, partial, many, not above what is authorised, unless it is a fact. Without an authorisation it makes the payment, and needs `provider` and `amount`.", book: bookCapture, fold: foldCapture, check: checkCapture,
			refuses: []ledger.Code{UnknownPayment, DuplicateReference, InvalidState, ledger.UnknownAccount, AccountClosed, CurrencyMismatch, SplitSumMismatch, SplitExceedsAmount, UnknownProvider},
			fields: []field[Event]{needed(paymentField), described(captureField, "your name of the capture, new in the payment; default: the event's id"),
				described(authorisedField, "how much; default: what is left of the authorisation. 0 only as a fact, which costs something"),
				described(splitsField, "who gets which part, in place of what the authorisation said"),
				described(providerField, "whose scheme the payment follows. From here to `chargeback` needed without an authorisation, and otherwise the same as there or left out"), merchantField,
				policyField, referenceField, providerRef, metadataField, splitRuleField, chargebackPolicyField,
				described(factField, "the provider reports it: it is booked also above what is authorised and after the rest was cancelled, and goes to the merchant where its splits do not fit"), movementField, partField, sourceField}},
		{name: PaymentSplit, doc: "Splits a captured payment, where its scheme does that after the capture (antom): up to what is captured, in as many steps as you like.", book: bookSplit, fold: foldSplit, check: checkSplits,
			refuses: []ledger.Code{UnknownPayment, InvalidState, SettlementAmountExceedsLimit, CurrencyMismatch, ledger.UnknownAccount, AccountClosed},
			fields:  []field[Event]{needed(paymentField), needed(splitsField)}},
		{name: PaymentCancel, doc: "Voids what is not settled, by reversing its entries: one capture, as if it had never been, or the payment for good.", book: bookCancel, fold: foldCancel,
			refuses: []ledger.Code{UnknownPayment, InvalidState},
			fields: []field[Event]{needed(paymentField), captureField,
				described(factField, "the provider reports it: it is booked in any state. Of what is settled, refunded or disputed and named by `capture`, what is left is taken back, as by payment.capture_reversed"),
				movementField, sourceField}},
		{name: PaymentRelease, doc: "Gives up what is authorised and not captured. What was captured stays; nothing more is captured, but as a fact. No money moves.", book: bookGivenUp, fold: foldGivenUp,
			refuses: []ledger.Code{UnknownPayment, InvalidState},
			fields:  []field[Event]{needed(paymentField), described(factField, "the provider reports it: it is recorded in any state"), movementField, sourceField}},
		{name: PaymentAdjust, doc: "The authorised amount is another from now on, such as after an incremental authorisation. As an instruction not less than is captured. No money moves.", book: bookAdjust, fold: foldAdjust, check: checkAdjust,
			refuses: []ledger.Code{UnknownPayment, InvalidState, CurrencyMismatch},
			fields: []field[Event]{needed(paymentField), described(needed(authorisedField), "what is authorised in all; 0 where that has expired"),
				described(reasonField, "why, for people; needed where the amount is 0"), described(factField, "the provider reports it: it is recorded in any state"), sourceField}},
		{name: PaymentResplit, doc: "Replaces the split of a capture of which nothing is settled, refunded or disputed. The old parts, and the fees that another account bears now, are taken back and booked anew. Unknown and closed accounts are refused, with every scheme.", book: bookResplit, fold: foldResplit, check: checkSplits,
			refuses: []ledger.Code{UnknownPayment, InvalidState, CurrencyMismatch, SplitSumMismatch, SplitExceedsAmount, ledger.UnknownAccount, AccountClosed},
			fields:  []field[Event]{needed(paymentField), described(captureField, "your name of the capture; not needed where there is one"), needed(splitsField)}},
		{name: PaymentReassign, doc: "The provider has a part of a capture, refund or chargeback on another account than the scheme said: its money moves there, and later refunds, ratios and settlements find it there. A fact. What `from` does not have of it is moved between what both have available.", book: bookReassign, fold: foldReassign, check: checkReassign,
			refuses: []ledger.Code{UnknownPayment, CurrencyMismatch},
			fields: []field[Event]{needed(paymentField), described(captureField, "your name of the capture; or `refund`, or `chargeback`"), refundConfirmed, chargebackField,
				described(needed(fromField), "on whose account the books have it"), described(needed(toField), "on whose account it is at the provider; liable takes the place of one that is closed"), needed(amountField),
				described(movementField, "the provider's reference of the capture, refund or chargeback"), described(partField, "the provider's id of the row"), sourceField}},
		{name: PaymentSplitFailed, doc: "The provider did not make a split, before the settlement or after: its money is the merchant's again. A fact. Of a split that failed before it is only recorded.", book: bookSplitFailed, fold: foldSplitFailed,
			refuses: []ledger.Code{UnknownPayment, UnknownSplitReference},
			fields: []field[Event]{needed(paymentField), described(needed(referenceField), "the reference of the split"), needed(reasonField), captureField,
				described(accountField, "whose split it is, where several have the reference"), described(movementField, "the provider's reference of the split"), partField, sourceField}},
		{name: PaymentCaptureReversed, doc: "The provider took a capture back, settled or not. Every part gives back what it still has of it, from where that is; its fees stay until they are given back by payment.fee. A fact.", book: bookCaptureReversed, fold: foldCaptureReversed,
			refuses: []ledger.Code{UnknownPayment, CurrencyMismatch, DuplicateReference},
			fields: []field[Event]{needed(paymentField), needed(captureField), described(amountField, "how much was taken back; default: all that is left of it, or of what the account has of it"),
				described(accountField, "whose row this is: what that account gave"), movementField, partField, sourceField}},
		{name: PaymentFee, doc: "Books costs that the provider reports, or gives back. A fact. They are taken from what is pending of their capture while that is not settled, else from what is available.", book: bookFee, fold: foldFee, check: checkFees,
			refuses: []ledger.Code{UnknownPayment, DuplicateReference},
			fields: []field[Event]{needed(paymentField), needed(feesField), described(captureField, "the capture that they are of; default: that of the refund or chargeback, or from which was taken what is given back, else the first that is not settled, else the last"),
				described(refundConfirmed, "the refund that they are of"), described(chargebackField, "the dispute that they are of: each is booked as a `DisputeFee`, whatever its type"),
				described(accountField, "who bears them, as the provider tells; liable takes the place of one that is closed. Default: who has to by the splits, or bore what is given back"),
				movementField, partField, sourceField}},
		{name: PaymentSettle, doc: "The provider has settled: `pending` becomes `available`, for one capture or all that are not settled; of what is settled it is only recorded. A fact.", book: bookSettle, fold: foldSettle,
			refuses: []ledger.Code{UnknownPayment, InvalidState, CurrencyMismatch, DuplicateReference},
			fields:  []field[Event]{needed(paymentField), captureField, batchField, described(amountField, "how much of the gross captured is settled, in parts; default: all. Where no capture is named, of the one of which just so much is left, else of the oldest first"), described(accountField, "whose share alone is settled; default: everybody's"), movementField, partField, sourceField, waitedField}},
		{name: PaymentSettleFailed, doc: "The provider could not settle: one capture or all that are not settled. The money stays `pending`; a later settlement or cancellation is possible. A fact: of what waits for no settlement it is only recorded.", book: bookSettleFailed, fold: foldSettleFailed,
			refuses: []ledger.Code{UnknownPayment},
			fields:  []field[Event]{needed(paymentField), captureField, needed(reasonField), movementField, partField, sourceField}},
		{name: PaymentRefund, doc: "Gives money back; never more than was captured and not yet refunded, unless it is a fact.", book: bookRefund, fold: foldRefund, check: checkSplits,
			refuses: []ledger.Code{UnknownPayment, DuplicateReference, InvalidState, CurrencyMismatch, AmountExceedsCaptured, AmountExceedsRefundable, SplitSumMismatch, SplitExceedsAmount, UnknownSplitReference, ledger.UnknownAccount, AccountClosed},
			fields: []field[Event]{needed(paymentField), needed(refundField), needed(amountField), described(splitsField, "who gives which part; default: as the payment's policy says, or else the scheme"),
				described(factField, "the provider reports it: it is booked whatever is left to refund; what goes beyond that, and parts that the payment does not have, the merchant gives"), described(accountField, "the account whose row the provider tells; `amount` is that account's then"), movementField, partField, sourceField}},
		{name: PaymentRefundFailed, doc: "A refund did not go through: what it took is given back, once. One that the books do not have is kept under its movement. A fact.", book: bookRefundFailed, fold: foldRefundFailed,
			refuses: []ledger.Code{UnknownPayment, CurrencyMismatch, DuplicateReference},
			fields: []field[Event]{needed(paymentField), described(needed(refundField), "your name of the refund"), described(amountField, "how much came back; default: all of it"), described(accountField, "the account whose row the provider tells; `amount` is that account's then"), movementField, partField, sourceField,
				described(referenceField, "your name of the refund, where the provider said it: no other refund of that amount is meant")}},
		{name: PaymentChargeback, doc: "A dispute took money: a fact, which is booked whatever is left of the payment, in any amount and currency.", book: bookChargeback, fold: foldChargeback,
			refuses: []ledger.Code{UnknownPayment, DuplicateReference},
			fields:  []field[Event]{needed(paymentField), described(needed(chargebackField), "your name of the chargeback, new in the payment or of one that was reversed whole"), needed(amountField), disputeFeeField, described(accountField, "the account whose row the provider tells; `amount` is that account's then"), secondField, movementField, partField, sourceField}},
		{name: PaymentChargebackReversed, doc: "A dispute was won: the money comes back to the accounts that had paid, not the dispute fee.", book: bookChargebackReversed, fold: foldChargebackReversed,
			refuses: []ledger.Code{UnknownPayment, InvalidState, CurrencyMismatch, DuplicateReference},
			fields:  []field[Event]{needed(paymentField), needed(chargebackField), described(amountField, "how much of it came back; default: all that has not"), described(accountField, "the account whose row the provider tells; `amount` is that account's then"), movementField, partField, sourceField}},
		{name: PaymentConfirm, doc: "A provider's report has what the books have: one capture, refund or chargeback, or all captures that stand. No money moves.", book: bookConfirm, fold: foldConfirm, check: checkConfirm,
			refuses: []ledger.Code{UnknownPayment},
			fields:  []field[Event]{needed(paymentField), captureField, refundConfirmed, chargebackField, described(batchField, "the provider's settlement batch that it is in"), movementField, partField, sourceField}},
		{name: PaymentReference, doc: "The provider's reference of a payment becomes known, which its first event did not have: from here on it is found by it. No money moves.", book: bookReference, fold: foldReference,
			refuses: []ledger.Code{UnknownPayment, InvalidState, DuplicateReference},
			fields:  []field[Event]{needed(paymentField), needed(providerRef), sourceField}},
		{name: Transfer, doc: "Moves `available` from one account to another; with `capture`, what that capture has of the account, pending or available, and the capture's parts follow. A second transfer of one movement and another part that says the same is the provider's other row of it: it books nothing.", book: bookTransfer, fold: foldTransfer, check: checkTransfer,
			refuses: []ledger.Code{ledger.UnknownAccount, AccountClosed, AccountFrozen, InsufficientFunds, UnknownPayment, CurrencyMismatch, DuplicateReference, UnknownProvider},
			fields: []field[Event]{needed(fromField), needed(toField), needed(amountField), referenceField,
				described(transferField, "your name of the transfer, new in the ledger; default: the event's id"), described(paymentField, "the payment that shows it"),
				described(captureField, "the capture of the payment that the money comes from; it gives no more than it has of the account"),
				movementField, partField, toldProvider, sourceField,
				described(factField, "the provider reports it: it is booked whatever is there, for liable in place of a closed account")}},
		{name: TransferReverse, doc: "Gives a transfer back, in whole or in part, from where its money is by now.", book: bookTransferReverse, fold: foldTransfer, check: checkTransfer,
			refuses: []ledger.Code{AccountClosed, AccountFrozen, InsufficientFunds, InvalidState, CurrencyMismatch, DuplicateReference, UnknownProvider},
			fields: []field[Event]{described(needed(transferField), "your name of the transfer, or the id of its event"), reversalField,
				described(amountField, "how much; default: what is left of the transfer"), movementField, partField,
				described(providerField, "the provider whose movement it is; default: the transfer's"), sourceField,
				described(factField, "the provider reports it: it is booked whatever is left and whatever is there")}},
		{name: JournalEntry, doc: "A plain journal entry. Funds are not checked.", book: bookEntry, check: checkEntry,
			refuses: []ledger.Code{ledger.Unbalanced, ledger.UnknownAccount, AccountClosed, AccountFrozen, UnknownProvider},
			fields:  []field[Event]{needed(postingsField), described(factField, "the provider reports it: frozen accounts pay, and liable takes the place of a closed one"), sourceField}},
		{name: EntryReverse, doc: "Books the opposite of an entry that a `transfer`, `exchange`, `provider.payout`, `entry` or `entry.reverse` made, once.", book: bookReverse,
			refuses: []ledger.Code{InvalidState, AccountClosed, AccountFrozen},
			fields:  []field[Event]{needed(entryField)}},
		{name: RuleCreate, doc: "Stores a split rule, which payments may name in place of splits. It never changes.", book: bookRule, check: checkRule,
			refuses: []ledger.Code{DuplicateReference},
			fields:  []field[Event]{needed(ruleField), needed(nameField), needed(currencyField), needed(routesField)}},
		{name: ChargebackDefault, doc: "Says whose money disputes take, from now on, of payments that do not say so themselves. The last one counts; until there is one, it is liable's.", book: bookChargebackDefault,
			refuses: []ledger.Code{ledger.UnknownAccount, AccountClosed},
			fields:  []field[Event]{described(needed(chargebackPolicyField), "whose money")}},
		{name: ReserveHold, doc: "Sets aside what an account has available: `available` becomes `reserved`. An account may be frozen for it.", book: bookHold,
			refuses: []ledger.Code{ledger.UnknownAccount, AccountClosed, InsufficientFunds},
			fields: []field[Event]{needed(accountField), needed(amountField), reasonField,
				described(factField, "the provider reports it: it is booked whatever is available")}},
		{name: ReserveRelease, doc: "Gives back what was set aside: `reserved` becomes `available`, but not what payouts under way wait for. An account may be frozen for it.", book: bookRelease,
			refuses: []ledger.Code{ledger.UnknownAccount, AccountClosed, InsufficientFunds},
			fields: []field[Event]{needed(accountField), needed(amountField), reasonField,
				described(factField, "the provider reports it: it is booked whatever is reserved")}},
		{name: PayoutRequest, doc: "Asks for a payout: `available` becomes `reserved` until its outcome is known.", book: bookPayout, check: checkPayout,
			refuses: []ledger.Code{DuplicateReference, ledger.UnknownAccount, AccountClosed, AccountFrozen, InsufficientFunds, UnknownProvider},
			fields: []field[Event]{described(needed(payoutField), "your name of the payout, new in the ledger"), described(needed(accountField), "who is paid out"), needed(amountField),
				described(providerField, "whose account with us the money leaves from; default the bank"), movementField, partField, sourceField,
				described(factField, "the provider reports it: it is booked whatever is available, for liable in place of a closed account")}},
		{name: PayoutPaid, doc: "The payout has reached its receiver: what it reserved leaves from the account of its provider, or from `bank`. A fact: where the payout had failed, the money is taken from `available`, below zero too; told once more, it books nothing.", book: bookPaid, check: checkPayout,
			refuses: []ledger.Code{DuplicateReference},
			fields: []field[Event]{needed(payoutField), described(disputeFeeField, "what the provider took for it besides, from the payout's account"),
				movementField, partField, sourceField}},
		{name: PayoutFailed, doc: "The payout did not go through: what it reserved is available again. A fact: after it was paid, it is booked as the `payout.returned` of all that is left, and the record says so; told once more, it books nothing.", book: bookFailed, check: checkPayout,
			refuses: []ledger.Code{DuplicateReference},
			fields:  []field[Event]{needed(payoutField), reasonField, movementField, partField, sourceField}},
		{name: PayoutReturned, doc: "A payout came back after it was paid, in whole or in part, up to its amount. Its money is available again; that of a closed account is liable's. A fact.", book: bookReturned, check: checkPayout,
			refuses: []ledger.Code{DuplicateReference, CurrencyMismatch},
			fields: []field[Event]{needed(payoutField), described(amountField, "how much came back; default: all that has not"), reasonField,
				movementField, partField, sourceField}},
		{name: ProviderPayout, doc: "A provider has paid what it held for us, or part of it, to our bank. Told as a whole and in parts, it is booked once.", book: bookProviderPayout, check: checkPayout,
			refuses: []ledger.Code{DuplicateReference, UnknownProvider},
			fields: []field[Event]{described(needed(providerField), "who has paid"), needed(amountField),
				described(batchField, "the provider's settlement batch; the reference of both postings"), movementField, partField, sourceField}},
		{name: Exchange, doc: "Converts what an account has available at a known rate. The account `fx` takes the other side in both currencies.", book: bookExchange, check: checkExchange,
			refuses: []ledger.Code{ledger.UnknownAccount, AccountClosed, AccountFrozen, InsufficientFunds},
			fields:  []field[Event]{described(needed(accountField), "whose money is converted"), needed(sellField), needed(buyField)}},
		{name: ProviderNotice, doc: "A provider tells something of a payment that the books do not know yet. It waits until it is closed. No money moves.", book: bookNotice,
			refuses: []ledger.Code{UnknownProvider},
			fields: []field[Event]{described(needed(providerField), "who tells it"), described(needed(nameField), "what happened: `captured`, `settled`, `refunded` …"), described(referenceField, "the merchant's reference of the payment"),
				described(providerRef, "the provider's reference of the payment"), amountField, batchField, described(reasonField, "of a failure; or why it waits"), described(metadataField, "what else the provider said"),
				outcomeField, described(sourceField, "where it was told")}},
		{name: ProviderNoticeClosed, doc: "What a notice told is booked, or will never be: it waits no longer.", book: bookNoticeClosed,
			refuses: []ledger.Code{InvalidState, UnknownProvider},
			fields:  []field[Event]{described(needed(providerField), "who told it"), needed(noticeField), reasonField}},
		{name: ProviderReport, doc: "A provider's report was compared with the books, and what it proves was booked. No money moves.", book: bookReport,
			refuses: []ledger.Code{UnknownProvider},
			fields: []field[Event]{described(needed(providerField), "whose report it is"), described(needed(nameField), "which kind of report"), described(needed(referenceField), "the name of the file"),
				batchField, metadataField}},
	}
	for _, r := range rows {
		r.fields = append(commonFields[:len(commonFields):len(commonFields)], r.fields...)
		r.table, r.content = newTable(r.fields, (*Event).given), contentTable(r)
		types[r.name] = r
	}
}

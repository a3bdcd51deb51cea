package query

import (
	"slices"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// A Class says what a posting was for, in the words of whoever owns the account. A posting itself
// says only what it is: a split of some type, a fee, an entry. Together with the event that booked
// it that is enough to tell sales from refunds. JSON calls it "part".
type Class string

// The classes, in the order in which they are shown.
const (
	Sales           Class = "sales"       // parts of captured payments, and what no split takes; a provider's captures
	Commissions     Class = "commissions" // the platform's
	Taxes           Class = "taxes"       // VAT of captured payments
	Tips            Class = "tips"
	Surcharges      Class = "surcharges"
	TopUps          Class = "top-ups"
	Fees            Class = "fees"             // costs the provider reported, those of disputes included
	Refunds         Class = "refunds"          // and refunds that failed and came back
	Chargebacks     Class = "chargebacks"      // and their reversals
	Cancellations   Class = "cancellations"    // captures cancelled or taken back, with their fees and splits
	Reserves        Class = "reserves"         // set aside and released: zero in sum
	Payouts         Class = "payouts"          // asked for, paid, failed, returned: their sum is what has left for good
	ProviderPayouts Class = "provider payouts" // from the provider to the bank
	// fees of a batch or an account, corrections and the like, which a provider reports and which are of no payment
	ProviderCharges Class = "fees and corrections"
	Conversions     Class = "conversions" // from one currency to another, those that a provider reports included
	Transfers       Class = "transfers"
	// what is here in place of an account that is closed or was never opened, in an explanation; else what it is of
	Fallbacks  Class = "fallbacks"
	Rounding   Class = "rounding"   // what rounding gave or took in shares and percents, without the shares
	Settlement Class = "settlement" // from pending to available: zero in sum
	Entries    Class = "entries"    // plain journal entries and reversals
	Other      Class = "other"      // what no row of the table knows, such as records of rules of one's own
)

// A row says which class the postings of some events are of. Without events it is those of all,
// without types it is all postings.
type row struct {
	events []posting.Type
	types  []string // of postings
	class  Class
}

// sold are the events that share out captured money.
var sold = []posting.Type{posting.PaymentCapture, posting.PaymentSettle,
	posting.PaymentSplit, posting.PaymentResplit, posting.PaymentSplitFailed}

// table says what postings are for: the first row that fits counts. So exceptions, such as the fee
// within a chargeback, stand above the rule that they are exceptions from. A fee type or an event
// that is new needs a line here, or shows up as [Other].
var table = []row{
	{nil, []string{posting.PostingSettlement}, Settlement},
	{[]posting.Type{posting.PaymentCancel, posting.PaymentCaptureReversed}, nil, Cancellations},
	{[]posting.Type{posting.PaymentChargeback}, []string{string(posting.FeeDispute), posting.PostingFees}, Fees},
	{[]posting.Type{posting.PaymentFee}, nil, Fees},
	{[]posting.Type{posting.PaymentResplit}, []string{
		posting.PostingFees, string(posting.FeeInterchange), string(posting.FeeScheme),
		string(posting.FeeMarkup), string(posting.FeeGeneral)}, Fees},
	{[]posting.Type{posting.PaymentReassign}, nil, Transfers},
	{[]posting.Type{posting.PayoutPaid}, []string{string(posting.FeeGeneral), posting.PostingFees}, Fees},
	{sold, []string{string(posting.Commission)}, Commissions},
	{sold, []string{string(posting.VAT)}, Taxes},
	{sold, []string{string(posting.Tip)}, Tips},
	{sold, []string{string(posting.Surcharge)}, Surcharges},
	{sold, []string{string(posting.TopUp)}, TopUps},
	{sold, nil, Sales},
	{[]posting.Type{posting.PaymentRefund, posting.PaymentRefundFailed}, nil, Refunds},
	{[]posting.Type{posting.PaymentChargeback, posting.PaymentChargebackReversed}, nil, Chargebacks},
	{[]posting.Type{posting.ReserveHold, posting.ReserveRelease, entryOfReserve}, nil, Reserves},
	{[]posting.Type{posting.PayoutRequest, posting.PayoutPaid, posting.PayoutFailed, posting.PayoutReturned},
		nil, Payouts},
	{[]posting.Type{posting.ProviderPayout, entryOfBank}, nil, ProviderPayouts},
	{[]posting.Type{entryOfProvider}, nil, ProviderCharges},
	{[]posting.Type{posting.Exchange, entryOfFX}, nil, Conversions},
	{[]posting.Type{posting.Transfer, posting.TransferReverse}, nil, Transfers},
	{[]posting.Type{posting.JournalEntry, posting.EntryReverse}, nil, Entries},
}

// shown is the order of the classes: what comes in, what it costs, what goes out, and what only
// moves between sub-balances.
var shown = []Class{
	Sales, Commissions, Taxes, Tips, Surcharges, TopUps, Fees, Refunds,
	Chargebacks, Cancellations, Reserves, Payouts, ProviderPayouts, ProviderCharges,
	Conversions, Transfers, Fallbacks, Rounding, Settlement, Entries, Other,
}

// Classify returns the class of a posting of an event: what it was for. kind is the type of the
// posting.
func Classify(event posting.Type, kind string) Class {
	for i := range table {
		r := &table[i]
		if (r.events == nil || slices.Contains(r.events, event)) && (r.types == nil || slices.Contains(r.types, kind)) {
			return r.class
		}
	}
	return Other
}

// classOrder is the place of a class in the order in which they are shown; no class, as where there
// is none, comes first.
func classOrder(c Class) int { return slices.Index(shown, c) }

// What reports tell of no payment is booked as plain entries, for which an accountant has better words. These stand for
// the type of such an event, by the accounts that the entry is between. No event has them as its type.
const (
	entryOfFX       posting.Type = "entry of fx"
	entryOfProvider posting.Type = "entry of a provider"
	entryOfReserve  posting.Type = "entry within a provider's account"
	entryOfBank     posting.Type = "entry of a provider and the bank"
)

// eventOf returns what the postings of a record are classified by: the type of the event that made it, or what a plain
// entry is of. A record of a rule of the caller's own has none.
func eventOf(rec *ledger.Record) posting.Type {
	t, err := posting.TypeOf(rec)
	if err != nil {
		return ""
	}
	if t == posting.JournalEntry {
		return entryOf(rec)
	}
	return t
}

// eventLabelled is eventOf for records of which daily totals are: what they are labelled with says enough.
func eventLabelled(l *ledger.Label) posting.Type {
	t := posting.Type(l.Word)
	if t != posting.JournalEntry {
		return t
	}
	others := l.Kinds.Has(accounts.KindSub) || l.Kinds.Has(accounts.KindPlatform) || l.Kinds.Has(accounts.KindLiable)
	return entryBetween(l.Kinds.Has(accounts.KindFX), l.Kinds.Has(accounts.KindProvider),
		l.Kinds.Has(accounts.KindBank), others, func() bool { return t.SaysFact(l.Given) })
}

// entryOf says what a plain entry is of. One that touches fx converts, whoever asked for it. Of the
// others only those that a provider reported are known by their accounts, and only roughly: the
// journal does not say whether a charge was a fee or a correction. Between two accounts of his own
// somebody may book whatever he likes.
func entryOf(rec *ledger.Record) posting.Type {
	var ofFX, ofProvider, ofBank, ofOthers bool
	for i := range rec.Entries {
		for _, p := range rec.Entries[i].Postings {
			switch _, is := p.Account.ProviderName(); {
			case is:
				ofProvider = true
			case strings.HasPrefix(string(p.Account)+":", string(accounts.FX(""))+":"):
				ofFX = true
			case p.Account == accounts.Bank:
				ofBank = true
			default:
				ofOthers = true
			}
		}
	}
	return entryBetween(ofFX, ofProvider, ofBank, ofOthers, func() bool {
		e, err := posting.EventOf(rec)
		return err == nil && e.Fact
	})
}

// entryBetween says what a plain entry between such accounts is of. Whether it is a fact is asked only where that tells.
func entryBetween(ofFX, ofProvider, ofBank, ofOthers bool, fact func() bool) posting.Type {
	// A conversion needs no fact: fx has no other use.
	if ofFX {
		return entryOfFX
	}
	if !ofProvider || !fact() {
		return posting.JournalEntry
	}
	switch {
	case ofOthers:
		return entryOfProvider
	case ofBank:
		return entryOfBank
	}
	return entryOfReserve
}

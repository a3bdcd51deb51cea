// Package paysafe reads what Paysafe says of settlements and refunds with split payouts, and writes requests for them.
//
// # Reports
//
// No report of Paysafe's with settlements and refunds is publicly documented. What is read are the API's own
// objects, as GET returns them (developer.paysafe.com, Card Payments API and Payments API): one settlement or
// refund, an array of them, one a line, or a document whose members "settlements" and "refunds" are arrays of
// them. That documents of these are used as a report is this package's own choice. An object that is in no such
// array must have what tells the two apart: a link to itself, or availableToRefund, which only settlements
// have.
//
// One object may give several outcomes: a completed settlement is settled as a whole, and then each of its
// splitpay entries has reached its account. They have the same Line, the one in the file on which the object
// begins. An object that cannot be read is one error, and gives no outcome.
//
// Amounts are whole numbers of minor units. The objects of the Card Payments API do not name their currency,
// which is the account's: such amounts have none. Fees, payouts and disputes are in none of them, nor a
// settlement's batch, so that no outcome has a Net. A percent must fit its amount within a unit; the one
// published example, 5.31 % of 5000 is 266, leaves open how Paysafe rounds.
//
// The payment that an object is of is known where a link leads to the authorisation, the payment or, of a
// refund, the settlement; which links there are besides "self" is inferred. The merchantRefNum is taken for the
// payment's reference too, as in the published example of a settlement, although a refund, and a further
// settlement of one payment, has one of its own.
//
// # Names
//
// What names the movement, and the account whose balance changed:
//
//	kind                                    channel        Movement            Ours                Account
//	captured, settled, settlement_failed    object, event  id                  merchantRefNum [I]  –
//	split                                   object         the settlement's    –                   linkedAccount
//	refunded, refund_failed                 object, event  id                  merchantRefNum      –; an object's Shares have the linked accounts, and a Remainder
//
// [I] is inferred: a settlement's merchantRefNum is told as ours only where a link names the payment, and may
// be the payment's own then, as [Writer.Settlement] writes it for a first capture: where it is the payment's
// reference it names no movement. What no share takes or gives is the merchant's, whose account no object names
// (a refund without splitpay is all the merchant's); the whole is told, and each share of a settlement as a
// part.
//
// # Notifications
//
// The header Signature is checked: Base64 of HMAC-SHA256 of the body, as received (developer.paysafe.com,
// webhooks). The key is the Base64-decoded one of the portal, as in Paysafe's own plugin
// (paysafegroup/paysafe-checkout-woocommerce). Nothing in a notification says when it was sent; one that is
// repeated tells the same again. SETTLEMENT_ events, and those of refunds, whose names are inferred, are
// outcomes; others tell nothing. Payloads have no splitpay: the settlement itself has.
package paysafe

import (
	"io"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/objects"
)

// Name is the provider's name.
const Name = "paysafe"

// objectsFormat is the name of the one format there is.
const objectsFormat = "settlements and refunds"

// An Adapter reads what Paysafe says.
type Adapter struct{}

// New returns an adapter.
func New() providers.Adapter { return Adapter{} }

// Name returns [Name].
func (Adapter) Name() string { return Name }

// Formats lists what Open reads.
func (Adapter) Formats() []providers.Format {
	return []providers.Format{{
		Name: objectsFormat,
		Doc: "settlements and refunds as JSON, one, an array, one a line, or a document with arrays of both " +
			"(developer.paysafe.com, Card Payments API and Payments API)",
	}}
}

// Open begins to read settlements and refunds. The error says that the text is no JSON of theirs, or none at all. What
// an object has that cannot be is an error of its line, from Next.
func (Adapter) Open(r io.Reader, o providers.ReportOptions) (providers.Report, error) {
	in, err := objects.Open(r, "settlements and refunds", "a settlement or a refund", "settlements", "refunds")
	if err != nil {
		return nil, err
	}
	return &report{in: in, table: o.Table}, nil
}

// A report is a stream of outcomes.
type report struct {
	in    *objects.Reader
	table money.Table
	queue []providers.Outcome // of the object that was read last
}

// Format returns the name of the report.
func (*report) Format() string { return objectsFormat }

// Next returns the next outcome. An object may have several, as its splits are outcomes too: they are returned one by
// one.
func (r *report) Next() (providers.Outcome, error) {
	for len(r.queue) == 0 {
		f, err := r.in.Next()
		if err != nil {
			return providers.Outcome{}, err
		}
		o, err := read(f.Value, listOf[f.List])
		if err == nil {
			r.queue, err = o.outcomes(r.table)
		}
		if err != nil {
			return providers.Outcome{}, &providers.LineError{Line: f.Line, Column: fieldOf(err), What: err.Error()}
		}
		for i := range r.queue {
			r.queue[i].Line = f.Line
		}
	}
	o := r.queue[0]
	r.queue = r.queue[1:]
	return o, nil
}

package adyen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// A movement is a transfer of the balance platform that was booked: it changed the balance of one account.
type movement struct {
	category, sort, status string // sort is what Adyen calls the type
	about                  string // the description or, in webhooks, the type of a split that is a fee
	fees                   []posting.Fee

	id                   string // of the transfer
	counterparty, common string // of a transfer between accounts
	topUp                bool   // money of the account's user, though the category is a payment's
}

// A direction says what a booked transfer means by the side that it is booked to.
type direction struct{ in, out providers.Kind }

// directions has the transfers that have a meaning of their own, by category and type (docs.adyen.com balance platform
// accounting report; the pairs themselves are observed). A correction of a dispute is a dispute of the difference,
// taken or given back (inferred).
var directions = map[string]direction{
	"platformPayment/capture":                      {providers.Settled, providers.Fee},
	"platformPayment/captureReversal":              {providers.Other, providers.CaptureReversed},
	"platformPayment/refund":                       {providers.Other, providers.Refunded},
	"platformPayment/refundReversal":               {providers.RefundFailed, providers.Other},
	"platformPayment/chargeback":                   {providers.Other, providers.Chargeback},
	"platformPayment/chargebackCorrection":         {providers.ChargebackReversed, providers.Chargeback},
	"platformPayment/chargebackReversal":           {providers.ChargebackReversed, providers.Other},
	"platformPayment/chargebackReversalCorrection": {providers.ChargebackReversed, providers.Chargeback},
	"platformPayment/secondChargeback":             {providers.Other, providers.SecondChargeback},
	"platformPayment/secondChargebackCorrection":   {providers.ChargebackReversed, providers.SecondChargeback},
	"internal/internalTransfer":                    {providers.Transfer, providers.Transfer},
	"internal/internalDirectDebit":                 {providers.Transfer, providers.Transfer},
	"internal/fee":                                 {providers.Fee, providers.Fee},
	"internal/invoiceDeduction":                    {providers.Fee, providers.Fee},
	"bank/bankTransfer":                            {providers.Other, providers.Payout},
}

// otherTypes are the types of transfers that any category may have. They are Other, as are those of typesOf. A
// category or a type that is in none of these tables is Unknown (Adyen/adyen-openapi,
// BalancePlatformTransferNotification 4).
var otherTypes = []string{
	"manualCorrection", "reserveAdjustment", "depositCorrection", "invoiceDeduction",
	"miscCost", "paymentCost", "fee", "leftover",
	"balanceAdjustment", "balanceRollover", "balanceMigration", "grant", "capitalFundsCollection", "repayment",
	"cashOutInstruction", "cashoutFee", "cashoutFunding", "cashoutRepayment",
}

// cardTypes are the types of transfers of payments.
var cardTypes = []string{
	"payment", "capture", "captureReversal", "refund", "refundReversal", "installment", "installmentReversal",
	"chargeback", "chargebackCorrection", "chargebackReversal", "chargebackReversalCorrection",
	"secondChargeback", "secondChargebackCorrection",
	"atmWithdrawal", "atmWithdrawalReversal",
}

// typesOf has the categories, with the types that each may have beside otherTypes.
var typesOf = map[string][]string{
	ofPayment:    cardTypes,
	"topUp":      cardTypes,
	"issuedCard": cardTypes,
	"bank":       {"bankTransfer", "bankDirectDebit"},
	"card":       {"cardTransfer"},
	"internal":   nil, // all are in directions or otherTypes
	"grants":     nil,
}

// known reports whether the adapter knows what kind of transfer it is. Of a type that is not known, nobody can say
// whether its money is the platform's, a fee or a payout, so nothing is booked of it.
func (m *movement) known() bool {
	if _, ok := directions[m.category+"/"+m.sort]; ok {
		return true
	}
	types, ok := typesOf[m.category]
	return ok && (slices.Contains(otherTypes, m.sort) || slices.Contains(types, m.sort))
}

// ofPayment is the category of transfers of payments.
const ofPayment = "platformPayment"

// feeTypes are the fees of payments by the name of their split, which is the description of the fee's row.
var feeTypes = map[string]posting.FeeType{
	"PaymentFee":      posting.FeeGeneral,
	"AcquiringFees":   posting.FeeGeneral,
	"AdyenFees":       posting.FeeGeneral,
	"Interchange":     posting.FeeInterchange,
	"SchemeFee":       posting.FeeScheme,
	"AdyenCommission": posting.FeeCommission,
	"AdyenMarkup":     posting.FeeMarkup,
}

// fee returns which fee the description names; ok is false if it names none. Fees that Adyen collects in one row have
// descriptions such as "Aggregated Fee for …", and those of disputes "Chargeback Fee for …" (observed).
func (m *movement) fee() (t posting.FeeType, ok bool) {
	if t, ok := feeTypes[m.about]; ok {
		return t, true
	}
	if strings.HasPrefix(m.about, "Aggregated Fee for ") {
		return posting.FeeGeneral, true
	}
	for _, dispute := range []string{"Chargeback", "ChargebackReversal", "SecondChargeback"} {
		if strings.HasPrefix(m.about, dispute+" Fee for ") {
			return posting.FeeDispute, true
		}
	}
	return posting.FeeGeneral, false
}

// ofDispute reports whether the movement is of a dispute, so that its fees are the dispute's.
func (m *movement) ofDispute() bool {
	return strings.HasPrefix(m.sort, "chargeback") || strings.HasPrefix(m.sort, "secondChargeback")
}

// interpret sets the kind of an outcome whose Net is known, and what depends on it. The error says how fees do not add
// up.
func (m *movement) interpret(o *providers.Outcome, t money.Table) error {
	// What Adyen may add later must not pass for something else: the line is shown, and nothing is booked of it.
	if !m.known() {
		o.Kind, o.Reason = providers.Unknown, m.name(o.Net)
		return nil
	}
	if m.topUp {
		o.Kind, o.Reason, o.Split = providers.Other, "top-up: "+m.name(o.Net), ""
		return nil
	}
	d := directions[m.category+"/"+m.sort]
	o.Kind = d.in
	if o.Net.Sign() < 0 {
		o.Kind = d.out
	}
	feeType, isFee := m.fee()
	// Adyen books the fee of a payment as a capture, or as what it is a fee of, with a debit: only the description
	// says that it is a fee.
	if m.category == ofPayment && isFee && !(m.sort == "capture" && o.Net.Sign() > 0) {
		o.Kind = providers.Fee
	}
	// A bank that sends a payout back credits the account it came from: the same transfer, of status returned.
	if m.category == "bank" && m.status == "returned" && o.Net.Sign() > 0 {
		o.Kind, o.Reason = providers.PayoutFailed, m.status
	}
	// Each balance account has its own transfer of a payment: none of them is all of it.
	o.Part = m.category == ofPayment
	switch o.Kind {
	case providers.Fee:
		o.Amount = money.Amount{}
		return m.cost(o, feeType, t)
	case "", providers.Other:
		o.Kind, o.Reason = providers.Other, m.name(o.Net)
	case providers.Payout, providers.PayoutFailed:
		o.Movement = m.id
	case providers.Transfer:
		o.Movement, o.Counterparty, o.Common = m.id, m.counterparty, m.common
		if m.status == "returned" { // by a request of its own, which makes no transfer
			o.Reason = m.status
		}
	}
	return nil
}

// cost sets the fees of an outcome that is one: its parts as far as they are told, and the rest of it. All of a
// dispute's are one.
func (m *movement) cost(o *providers.Outcome, rest posting.FeeType, t money.Table) error {
	if m.category == ofPayment && m.ofDispute() {
		o.Fees = []posting.Fee{{Type: posting.FeeDispute, Amount: o.Net.Neg()}}
		return nil
	}
	o.Fees = m.fees
	left := o.Net.Neg()
	var sum money.Amount
	for _, f := range m.fees {
		var err error
		if sum, err = sum.Add(f.Amount); err == nil {
			left, err = left.Sub(f.Amount)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case left.IsZero():
		return nil
	// The parts are more than the fee: one of the two was read from a wrong row or column.
	case left.Sign() == o.Net.Sign():
		return fmt.Errorf("expected the parts of the fee to sum to %s, found %s", t.Format(o.Net.Neg()), t.Format(sum))
	}
	// What the parts do not explain is a fee of the kind that the description says. One outcome has each kind once.
	i := slices.IndexFunc(o.Fees, func(f posting.Fee) bool { return f.Type == rest })
	if i < 0 {
		o.Fees = append(o.Fees, posting.Fee{Type: rest, Amount: left})
		return nil
	}
	var err error
	o.Fees[i].Amount, err = o.Fees[i].Amount.Add(left)
	return err
}

// name says for people what Adyen calls the movement, and on which side it is.
func (m *movement) name(net money.Amount) string {
	side := "incoming"
	if net.Sign() < 0 {
		side = "outgoing"
	}
	return strings.Trim(m.category+" "+m.sort, " ") + ", " + side
}

// steps has the type of the transfers of payments by the status that books them: where a dispute goes on, one
// transfer has events of several types.
var steps = map[string]string{
	"captured":           "capture",
	"captureReversed":    "captureReversal",
	"refunded":           "refund",
	"refundReversed":     "refundReversal",
	"chargeback":         "chargeback",
	"chargebackReversed": "chargebackReversal",
	"secondChargeback":   "secondChargeback",
}

// ofNoPayment reports whether what looks like the capture of a payment is a scheduled top-up: that has no merchant
// reference, which Adyen demands of payments, and no split's (inferred: only webhooks name the transfer instrument, by
// which it is told for certain).
func ofNoPayment(o *providers.Outcome) bool {
	return o.Reference == "" && (o.ProviderReference == "" || o.Split == "")
}

// Adyen writes placeholders where the platform gave no reference.
const (
	noSplitReference = "Split reference not provided"
	madeUpReference  = "<auto>"
)

// given returns a reference of the platform's, "" where Adyen wrote a placeholder.
func given(reference string) string {
	if reference == noSplitReference || reference == madeUpReference {
		return ""
	}
	return reference
}

// modificationName returns one of the two references of a capture, refund or dispute, "" where it is none of its own:
// a placeholder, or the reference of the payment.
func modificationName(reference, ofPayment string) string {
	if reference == ofPayment {
		return ""
	}
	return given(reference)
}

package adyen

import (
	"fmt"
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
}

// A direction says what a booked transfer means by the side that it is booked to.
type direction struct{ in, out providers.Kind }

// directions has the transfers by category and type (docs.adyen.com balance platform accounting report; the pairs themselves are
// observed). The rest is Other.
var directions = map[string]direction{
	"platformPayment/capture":            {providers.Settled, providers.Fee},
	"platformPayment/captureReversal":    {providers.Other, providers.SettlementFailed},
	"platformPayment/refund":             {providers.Other, providers.Refunded},
	"platformPayment/refundReversal":     {providers.RefundFailed, providers.Other},
	"platformPayment/chargeback":         {providers.Other, providers.Chargeback},
	"platformPayment/chargebackReversal": {providers.ChargebackReversed, providers.Other},
	"platformPayment/secondChargeback":   {providers.Other, providers.Chargeback},
	"internal/internalTransfer":          {providers.Transfer, providers.Transfer},
	"internal/internalDirectDebit":       {providers.Transfer, providers.Transfer},
	"internal/fee":                       {providers.Fee, providers.Fee},
	"internal/invoiceDeduction":          {providers.Fee, providers.Fee},
	"bank/bankTransfer":                  {providers.Other, providers.Payout},
}

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

// fee returns which fee the description names; ok is false if it names none.
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

// tell sets the kind of an outcome whose Net is known, and what depends on it. The error says how fees do not add up.
func (m *movement) tell(o *providers.Outcome, t money.Table) error {
	d := directions[m.category+"/"+m.sort]
	o.Kind = d.in
	if o.Net.Sign() < 0 {
		o.Kind = d.out
	}
	feeType, isFee := m.fee()
	if m.category == ofPayment && isFee && !(m.sort == "capture" && o.Net.Sign() > 0) {
		o.Kind = providers.Fee
	}
	switch {
	case m.category == "bank" && m.status == "returned" && o.Net.Sign() > 0:
		o.Kind, o.Reason = providers.PayoutFailed, m.status
	case o.Kind == providers.Fee:
		o.Amount = money.Amount{}
		return m.cost(o, feeType, t)
	case o.Kind == "" || o.Kind == providers.Other:
		o.Kind, o.Reason = providers.Other, m.name(o.Net)
	}
	o.Part = m.category == ofPayment && o.Kind != providers.Other
	return nil
}

// cost sets the fees of an outcome that is one: its parts where they are told, and else all of it.
func (m *movement) cost(o *providers.Outcome, all posting.FeeType, t money.Table) error {
	o.Fees = m.fees
	if len(m.fees) == 0 {
		o.Fees = []posting.Fee{{Type: all, Amount: o.Net.Neg()}}
		return nil
	}
	var sum money.Amount
	for _, f := range m.fees {
		var err error
		if sum, err = sum.Add(f.Amount); err != nil {
			return err
		}
	}
	if !sum.Equal(o.Net.Neg()) {
		return fmt.Errorf("expected the parts of the fee to sum to %s, found %s", t.Format(o.Net.Neg()), t.Format(sum))
	}
	return nil
}

// name says for people what Adyen calls the movement, and on which side it is.
func (m *movement) name(net money.Amount) string {
	side := "incoming"
	if net.Sign() < 0 {
		side = "outgoing"
	}
	return strings.Trim(m.category+" "+m.sort, " ") + ", " + side
}

// steps has the type of the transfers of payments by the status that books them: where a dispute goes on, one transfer has events of
// several types.
var steps = map[string]string{
	"captured":           "capture",
	"captureReversed":    "captureReversal",
	"refunded":           "refund",
	"refundReversed":     "refundReversal",
	"chargeback":         "chargeback",
	"chargebackReversed": "chargebackReversal",
	"secondChargeback":   "secondChargeback",
}

// splitReference returns the reference of a split, "" where none was given.
func splitReference(reference string) string {
	if reference == "Split reference not provided" {
		return ""
	}
	return reference
}

// modificationReference returns the merchant's reference of a capture or refund, "" where Adyen made it up.
func modificationReference(reference string) string {
	if reference == "<auto>" {
		return ""
	}
	return reference
}

package antom

import (
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// feeColumns are the fees of the settlement details, each with its currency. Charged is negative there, given
// back positive. Source: antom-ai-tools, core/constants.py, and docs.antom.com, settlement_details. What kind
// of fee each is in the books is inferred from its name.
var feeColumns = []struct {
	amount, currency string
	kind             posting.FeeType
}{
	// one rate for all, in place of the next three
	{"paymentMethodFeeAmountValue", "paymentMethodFeeCurrency", posting.FeeCommission},
	{"feeAmountValue", "feeCurrency", posting.FeeCommission}, // its older name
	{"interchangeFeeAmountValue", "interchangeFeeCurrency", posting.FeeInterchange},
	{"schemeFeeAmountValue", "schemeFeeCurrency", posting.FeeScheme},
	{"acquirerMarkupAmountValue", "acquirerMarkupCurrency", posting.FeeMarkup},
	{"processingFeeAmountValue", "processingFeeCurrency", posting.FeeGeneral},
	{"taxFeeAmountValue", "taxFeeCurrency", posting.FeeVAT},
	{"refundFeeAmountValue", "refundFeeCurrency", posting.FeeGeneral},
	{"disputeHandlingFee", "disputeHandlingFeeCurrency", posting.FeeDispute},
	{"disputeReverseFee", "disputeReverseFeeCurrency", posting.FeeDispute},
	{"financingFeeAmountValue", "financingFeeCurrency", posting.FeeGeneral},
	{"rdrFeeAmountValue", "rdrFeeCurrency", posting.FeeDispute},
	{"anticipationFeeAmountValue", "anticipationFeeCurrency", posting.FeeGeneral},
	{"riskDecisionServiceFeeAmountValue", "riskDecisionServiceFeeCurrency", posting.FeeGeneral},
	{"riskManagementFeeAmountValue", "riskManagementFeeCurrency", posting.FeeGeneral},
	{"cdrnFeeAmountValue", "cdrnFeeCurrency", posting.FeeDispute},
	{"iofFeeAmountValue", "iofFeeCurrency", posting.FeeGeneral},
	{"withholdingTaxAmountValue", "withholdingTaxFeeCurrency", posting.FeeGeneral},
	{"fxFeeAmountValue", "fxFeeAmountCurrency", posting.FeeGeneral},
	{"rtauServiceFeeAmountValue", "rtauServiceFeeCurrency", posting.FeeGeneral},
	{"ntServiceFeeAmountValue", "ntServiceFeeCurrency", posting.FeeGeneral},
	{"revenueBoosterServiceFeeAmountValue", "revenueBoosterServiceFeeCurrency", posting.FeeGeneral},
}

// A transaction is what a type of line in the settlement details means.
type transaction struct {
	kind providers.Kind

	// sign is of the line's amounts: 1 where they add to what Antom owes, -1 where they take from it, 0 where
	// they do either.
	sign int

	own  bool // the line's transaction is the payment itself; else it is something that befell the original transaction
	same bool // the line's id is the payment's, though it is not the payment itself
	back bool // the line's id may be its own, or the refund's that it reverses
	free bool // of no payment
	held bool
}

// transactions are the types of lines. Source: antom-ai-tools, core/constants.py, for the types and for which
// ids they have; docs.antom.com, marketplace, settlement_details, for what transactionId names (the payment of
// PAYMENT, AUTHORIZATION and CANCEL); the signs are inferred from the rule of a line, and the kinds from the
// names. A cancellation comes before the settlement, a reversal of a payment after it. Other types are
// [providers.Unknown].
var transactions = map[string]transaction{
	"PAYMENT":          {kind: providers.Settled, sign: 1, own: true},
	"AUTHORIZATION":    {kind: providers.Other, own: true},
	"CAPTURE":          {kind: providers.Settled, sign: 1},
	"REFUND":           {kind: providers.Refunded, sign: -1},
	"REFUND_REVERSAL":  {kind: providers.RefundFailed, sign: 1, back: true},
	"CANCEL":           {kind: providers.SettlementFailed, sign: -1, same: true},
	"PAYMENT_REVERSAL": {kind: providers.CaptureReversed, sign: -1},

	"DISPUTE":                  {kind: providers.Chargeback, sign: -1},
	"RAPID_DISPUTE_RESOLUTION": {kind: providers.Chargeback, sign: -1},
	"CDRN":                     {kind: providers.Chargeback, sign: -1},
	"DISPUTE_REVERSAL":         {kind: providers.ChargebackReversed, sign: 1},

	"SETTLEMENT_FEE": {kind: providers.Fee, free: true},
	"ADJUSTMENT_FEE": {kind: providers.Fee, free: true},

	"COLLATERAL_WITHHELD":    {kind: providers.Other, sign: -1, free: true, held: true},
	"COLLATERAL_WITHHOLDING": {kind: providers.Other, sign: -1, free: true, held: true},
	"COLLATERAL_RELEASED":    {kind: providers.Other, sign: 1, free: true, held: true},
	"COLLATERAL_RELEASE":     {kind: providers.Other, sign: 1, free: true, held: true},
	"RESERVE":                {kind: providers.Other, sign: -1, free: true, held: true},
	"RESERVE_WITHHOLDING":    {kind: providers.Other, sign: -1, free: true, held: true},
	"RESERVE_RELEASED":       {kind: providers.Other, sign: 1, free: true, held: true},
	"RESERVE_RELEASE":        {kind: providers.Other, sign: 1, free: true, held: true},
}

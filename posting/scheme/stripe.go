package scheme

const (
	stripeCharges = "docs.stripe.com/connect/charges"
	stripeRefunds = "docs.stripe.com/refunds"
	stripeSCT     = "docs.stripe.com/connect/separate-charges-and-transfers"
)

// stripeScheme holds destination charges, direct charges and separate charges of Stripe Connect. A destination charge
// and a direct charge have their splits at capture; of a direct charge the payment has the seller as its account. A
// separate charge has none: its shares are transfers of the capture, which take what is pending while it is.
func stripeScheme() Scheme {
	return Scheme{
		Provider:  "stripe",
		Completed: AtSettlement,
		Inherit:   Always,
		Merchant:  AccountMerchant,
		Sum:       AtMost,
		Missing:   Refuse,
		FeeSplits: true,
		// Three decimals end in 0, and ariary are whole; in both, ISO 4217 counts smaller units.
		Units: []Unit{{"BHD", 10}, {"JOD", 10}, {"KWD", 10}, {"OMR", 10}, {"TND", 10}, {"MGA", 100}},

		Refunds:       PaymentAccounts,
		MerchantFees:  true,
		Transfers:     WithinShare,
		Clawbacks:     FromAvailable,
		FailedRefunds: ToMerchant,
		Disputes:      MerchantPays,
		Exceeding:     Capped,
		StoredRules: RuleLimits{
			Accounts: 1, NoRefund: true, NoChargeback: true,
			Source: Source{"StoredRules", stripeCharges + ": a charge has one destination; " + stripeRefunds,
				"that more destinations need transfers of the charge, which no rule makes"},
		},
		Sources: []Source{
			{"Splits", stripeCharges + "; " + stripeSCT + ": transfers of a charge come later, any number", ""},
			{"Inherit", "stripe-go, PaymentIntentCaptureParams: both may be set at capture", ""},
			{"Exceeding", "stripe-go, PaymentIntentCaptureParams: the application fee is capped at the amount captured; " +
				"PaymentIntentCreateParamsTransferData: the amount is capped at the total of the transaction",
				"that the total is then what is captured"},
			{"Merchant", stripeCharges + ": the charge is the platform's, or a direct one the connected account's", ""},
			{"Sum", stripeCharges + ": what is not transferred stays with the platform", ""},
			{"Decimals", "stripe-go, PaymentIntentTransferData: an amount", ""},
			{"Units", "docs.stripe.com/currencies",
				"that three decimals end in 0, and that MGA has none: other programs say so"},
			{"Missing", "", "all of it: that the API refuses an account that is not there"},
			{"FeeSplits", "docs.stripe.com/connect/direct-charges-fee-payer-behavior: " +
				"the platform may pay for direct charges", ""},
			{"MerchantFees", stripeCharges + ": fees are the platform's, or of a direct charge the connected account's", ""},
			{"Transfers", stripeSCT + ": source_transaction, each and all together at most the charge; " +
				"it always succeeds", ""},
			{"Clawbacks", stripeRefunds + ": a refund uses the available balance, never pending money; " +
				"stripe-go, TransferReversalParams", "that disputes do too"},
			{"WholeSplit", "docs.stripe.com/connect/destination-charges: without reverse_transfer the platform gives all", ""},
			{"Refunds", "docs.stripe.com/connect/destination-charges: reverse_transfer, refund_application_fee",
				"how shares are rounded: an event says who gives how much"},
			{"FailedRefunds", stripeRefunds + ": the money comes back to the platform, a new transfer mends the rest", ""},
			{"Disputes", "docs.stripe.com/connect/disputes: the amount is debited from whose charge it is; " +
				"the fee from the fees' payer", ""},
			{"Completed", "", "all of it: a share is available when its charge is"},
		},
	}
}

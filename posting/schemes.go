package posting

// Schemes returns the schemes that every [Book] knows. Payments of other providers follow generic.
func Schemes() []Scheme {
	return []Scheme{
		{
			Provider:   "adyen",
			FeeSplits:  true,
			WholeSplit: true,
			// Adyen knows CLP and ISK by two decimals where ISO 4217 has none: its reports and requests are converted
			// where they are read and written, the books have minor units of ISO.
			Units: []Unit{{"IDR", 100}, {"CVE", 100}},
			Inferred: []string{
				"that the splits must sum to the amount: no page and no error code of Adyen's says so",
				"that a surcharge or tip without account goes to liable",
				"how shares by ratio are rounded",
			},
		},
		{
			Provider:  "xendit",
			Splits:    AtSettlement,
			Completed: AtSettlement,
			Inherit:   Always,
			Merchant:  AccountMerchant,
			Sum:       EachFit,
			Missing:   FailPart,
			Decimals:  2,
			Units:     []Unit{{"IDR", 100}},
			Refunds:   NoSplits,
			Inferred: []string{
				"the order in which routes are executed, and that the others go on where one fails",
				"that the routes of a payment apply to each of its captures",
				"minor units of ISO 4217 for IDR: Xendit's own numbers are major units, without decimals for IDR",
			},
		},
		{
			Provider:  "paysafe",
			Completed: AtSettlement,
			Merchant:  AccountMerchant,
			Sum:       AtMost,
			Missing:   Refuse,
			Decimals:  2,
			Refunds:   AnyAccount,
			Inferred: []string{
				"half up: the one example, 5.31 % of 5000 = 266, fits other rules too",
				"that splits which together exceed the amount are refused",
				"that fees are the merchant's",
			},
		},
		{
			Provider:  "antom",
			Splits:    Afterwards,
			Completed: AtSettlement,
			Merchant:  AccountMerchant,
			Sum:       AtMost,
			Missing:   Refuse,
			Refunds:   PaymentAccounts,
			Inferred: []string{
				"that what no split takes stays with the merchant",
				"who gives a refund without details back after a split",
				"destinations besides the seller and the marketplace: promised by the product page, its fields were not found",
			},
		},
		{
			Provider:   "generic",
			FeeSplits:  true,
			WholeSplit: true,
			Inferred:   []string{"all of it: providers without a scheme of their own follow Adyen's rules"},
		},
	}
}

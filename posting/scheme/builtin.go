// The schemes of the built-in providers. Each rule names where the provider documents it, and what had to be inferred
// because no document says it.

package scheme

import (
	"slices"

	"github.com/splitledger/splitledger/money"
)

// builtIn are the names of providers that every ledger knows. Those without a scheme of their own follow generic.
var builtIn = []string{"adyen", "antom", "paysafe", "stripe", "xendit"}

// BuiltIn returns the names of the providers that every ledger knows.
func BuiltIn() []string { return slices.Clone(builtIn) }

// All returns the schemes that every ledger knows. Payments of other providers follow [Generic].
func All() []Scheme {
	all := []Scheme{adyenScheme(), xenditScheme(), paysafeScheme(), antomScheme(), stripeScheme(), genericScheme()}
	for i := range all {
		all[i].unsaid()
	}
	return all
}

// Implied reports whether a payment of a provider follows the provider's scheme where its record has no code. Payments
// of stripe followed [Generic] before that had a scheme, so that those which follow it have its code.
func Implied(provider string) bool { return provider != "stripe" }

// unsaid names a source for each rule that the scheme's own do not name: nobody has said that it is otherwise than with
// other providers.
func (s *Scheme) unsaid() {
	for i := range terms {
		field := terms[i].field
		if !slices.ContainsFunc(s.Sources, func(o Source) bool { return o.Field == field }) {
			s.Sources = append(s.Sources, Source{field, "", "all of it: nothing was found that says otherwise"})
		}
	}
}

const (
	adyenSplits = "docs.adyen.com, Adyen for Platforms, Split transactions"
	adyenHelp   = "help.adyen.com, How are refunds and chargebacks managed; docs.adyen.com, Split refunds"
)

// adyenScheme is the scheme of Adyen for Platforms. Splits are booked with the capture and have to sum to the amount;
// whatever does not fit goes to the liable account. All other rules are zero: they are the defaults of [Scheme].
func adyenScheme() Scheme {
	return Scheme{
		Provider:   "adyen",
		FeeSplits:  true,
		WholeSplit: true,
		// Adyen knows CLP and ISK by two decimals where ISO 4217 has none: its reports and requests are converted
		// where they are read and written, the books have minor units of ISO.
		Units: []Unit{{"IDR", 100}, {"CVE", 100}},
		Sources: []Source{
			{"Splits", adyenSplits, ""},
			{"Inherit", adyenSplits +
				": splits of the capture replace those of the authorisation; a partial capture without any goes to " +
				"liable", ""},
			{"Merchant", adyenSplits + ": without split data all goes to the liable balance account",
				"that a surcharge or tip without account goes to liable"},
			{"Sum", "",
				"all of it: no page and no error code of Adyen's says that the splits must sum to the amount, other " +
					"software checks it"},
			{"Decimals", "Adyen/adyen-openapi, CheckoutService 72: a split has an amount", ""},
			{"Units", "docs.adyen.com, Currency codes; Adyen/adyen-java-api-library, Util.java", ""},
			{"Missing", adyenSplits + ": the full amount goes to the liable balance account", ""},
			{"FeeSplits", adyenSplits + ": passing on transaction fees", ""},
			{"WholeSplit", adyenHelp,
				"what happens where a part gave more than it had; how shares by ratio are rounded; the in-person " +
					"guide says only that the split is that of the payment"},
			{"Refunds", adyenSplits + ": the example pays 2.00 and 8.00, and refunds 5.00 and 5.00", ""},
			{"Completed", adyenSplits + ": transfers are booked with the capture", ""},
		},
	}
}

const (
	xenditSplits = "docs.xendit.co, Route & Split Payments for Sub-Accounts"
	xenditRules  = "docs.xendit.co, create-split-rule"
)

// xenditScheme is that of xenPlatform. The merchant gets all at capture, and routes are executed one after another when
// the payment settles. A route that finds too little money fails alone. Refunds give no split back.
func xenditScheme() Scheme {
	return Scheme{
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
		StoredRules: RuleLimits{
			Currencies: []money.Currency{"IDR", "MYR", "PHP", "SGD", "THB", "USD", "VND"},
			OneSize:    true,
			NoRefund:   true,
			Source: Source{"StoredRules", xenditRules, "that a policy of refunds cannot be had: " +
				"a refund gives no split back"},
		},
		Sources: []Source{
			{"Splits", xenditSplits, "the order in which routes are executed"},
			{"Inherit", xenditSplits, "that the routes of a payment apply to each of its captures"},
			{"Merchant", xenditSplits + ": for-user-id, else the platform", ""},
			{"Sum", xenditSplits + ": what leaves no room for fees fails at settlement",
				"that the other routes go on where one fails"},
			{"Decimals", xenditRules + "; " + xenditSplits + ": 50 % of 100,000 with 700 of fees is 50,000", ""},
			{"Units", xenditRules + ": rounded to the nearest monetary unit",
				"minor units of ISO 4217 for IDR: Xendit's own numbers are major units, without decimals for IDR"},
			{"Missing", xenditSplits + ": the destination cannot receive transfers", ""},
			{"FeeSplits", xenditSplits, ""},
			{"WholeSplit", xenditSplits + ": refunds do not give split amounts back", ""},
			{"Refunds", xenditSplits + ": what is to be returned is transferred", ""},
			{"Completed", "docs.xendit.co, split-payment-status-notification-webhook", ""},
		},
	}
}

const paysafeSplits = "developer.paysafe.com, Split Payouts"

// paysafeScheme is that of Paysafe's split payouts. Splits of a settlement may leave a rest to the merchant. Refunds
// may come from any linked account.
func paysafeScheme() Scheme {
	return Scheme{
		Provider:  "paysafe",
		Completed: AtSettlement,
		Merchant:  AccountMerchant,
		Sum:       AtMost,
		Missing:   Refuse,
		Decimals:  2,
		Refunds:   AnyAccount,
		Sources: []Source{
			{"Splits", paysafeSplits + ": splitpay of a settlement", ""},
			{"Inherit", paysafeSplits + ": an authorisation has no splits",
				"that one which has them here lends them to the capture of the whole"},
			{"Merchant", paysafeSplits, ""},
			{"Sum", paysafeSplits, "that amounts and percents which together exceed the amount are refused"},
			{"Decimals", paysafeSplits, "half up: the one example, 5.31 % of 5000 = 266, fits other rules too"},
			{"Units", "developer.paysafe.com, Card Payments API", ""},
			{"Missing", paysafeSplits + ": linkedAccount is an account already linked", ""},
			{"FeeSplits", "", "all of it: no rule for fees is stated"},
			{"WholeSplit", paysafeSplits + ": without splitpay a refund comes from the merchant account", ""},
			{"Refunds", paysafeSplits + ": from linked accounts, whether or not the original was split", ""},
			{"Completed", paysafeSplits + ": a settlement may be cancelled while it is pending", ""},
		},
	}
}

const antomSettle = "docs.antom.com, marketplace, settle"

// antomScheme is that of Antom's marketplaces. A payment is captured for the merchant and split by later settle calls;
// refunds name accounts of the payment.
func antomScheme() Scheme {
	return Scheme{
		Provider:  "antom",
		Splits:    Afterwards,
		Completed: AtSettlement,
		Merchant:  AccountMerchant,
		Sum:       AtMost,
		Missing:   Refuse,
		Refunds:   PaymentAccounts,
		StoredRules: RuleLimits{
			Routes: 20,
			Source: Source{"StoredRules", antomSettle + ": settlementDetails has at most 20", ""},
		},
		Sources: []Source{
			{"Splits", antomSettle, "several calls for one payment, from the code SETTLEMENT_AMOUNT_EXCEEDS_LIMIT"},
			{"Inherit", antomSettle, ""},
			{"Merchant", antomSettle, "that what no split takes stays with the merchant"},
			{"Sum", antomSettle + ": SETTLEMENT_AMOUNT_EXCEEDS_LIMIT", ""},
			{"Decimals", antomSettle + ": settlementAmount", ""},
			{"Units", "docs.antom.com, Currency codes: ISO 4217", ""},
			{"Missing", antomSettle,
				"all of it; destinations besides the seller and the marketplace are promised by the page of " +
					"Flexible Settlement, their fields were not found"},
			{"FeeSplits", "docs.antom.com, settlement details: fees are taken from the merchant's rows",
				"that fees are never the other destinations'"},
			{"WholeSplit", "", "all of it: who gives a refund without details back after a split is not said"},
			{"Refunds", "docs.antom.com, refund: refundDetails",
				"that they sum to the refund, or the merchant gives the rest"},
			{"Completed", "docs.antom.com, notifySettlement", ""},
		},
	}
}

// genericScheme follows Adyen's rules under any name, with ISO's minor units. A provider without a scheme of its own
// gets it, and a ledger may always declare another one by options.
func genericScheme() Scheme {
	s := Scheme{Provider: Generic, FeeSplits: true, WholeSplit: true}
	for _, t := range terms {
		s.Sources = append(s.Sources, Source{t.field, "", "all of it: the rules of adyen"})
	}
	return s
}

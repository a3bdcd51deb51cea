package console

import "github.com/splitledger/splitledger/server/settings"

// pages are all pages about a ledger, by what needs people, what the books are, and the machinery. The routes, the side
// bar and the tests are made of this table. It is set in init, as pages link to one another.
var pages []pageOf

func init() {
	pages = []pageOf{
		{path: "/{$}", nav: "Today", key: "t", tab: true, show: todayPage},
		{path: "/notices", under: "/{$}", show: noticesPage},
		{path: "/splits", under: "/{$}", timed: true, show: splitsPage},
		{path: "/negative", nav: "Negative balances", key: "n", count: countNegative, show: negativePage, act: recoverDebts},
		{path: "/due", nav: "Due and reserved", key: "d", count: countRefused, show: duePage},
		{path: "/payments", nav: "Payments", key: "p", gap: true, tab: true, timed: true, show: paymentsPage},
		{path: "/payments/{id}", under: "/payments", timed: true, show: paymentPage},
		{path: "/entries/{id}", under: "/payments", show: entryPage},
		{path: "/events/{id}", under: "/payments", show: eventPage},
		{path: "/search", show: searchPage},
		{path: "/accounts", nav: "Accounts", key: "a", tab: true, show: accountsPage},
		{path: "/accounts/{id}", under: "/accounts", show: accountPage},
		{path: "/payouts", nav: "Payouts", key: "o", show: payoutsPage},
		{path: "/payouts/{id}", under: "/payouts", show: payoutPage},
		{path: "/runs", nav: "Reconciliation", key: "r", show: runsPage},
		{path: "/runs/{id}", under: "/runs", show: runPage},
		{path: "/months", nav: "Month", key: "m", tab: true, show: monthsPage},
		{path: "/months/{id}", under: "/months", show: monthPage},
		{path: "/rules", nav: "Rules", key: "u", gap: true, show: rulesPage},
		{path: "/rules/{id}", under: "/rules", show: rulePage},
		{path: "/ops", nav: "Operations", key: "x", scope: settings.Admin, show: opsPage},
	}
}

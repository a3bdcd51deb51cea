// Package posting turns what happens to payments into double-entry bookings.
//
// An [Event] says what happened or what is asked for: an account is opened, a payment captured, settled, refunded,
// money transferred. A [Book] posts events to a [ledger.Ledger]: each becomes one atomic group of entries or is
// refused and leaves no trace. docs/events.md describes every type of event, and is made from the tables of package
// wire.
//
//	l, err := ledger.Open("market.db", ledger.Options{})
//	book, err := posting.New(l, posting.Options{})
//	_, err = book.Post(ctx, posting.OpenAccount{ID: "open-42", Account: "seller:42", Kind: accounts.KindSub})
//	receipt, err := book.Post(ctx, posting.CapturePayment{
//		ID: "capture-1001", Payment: "order-1001", Provider: "adyen", Amount: money.New(40000, "USD"),
//		Splits: []posting.Split{
//			{Type: posting.BalanceAccount, Account: "seller:42", Amount: money.New(39600, "USD"), Reference: "goods"},
//			{Type: posting.Commission, Amount: money.New(400, "USD"), Reference: "commission"},
//		},
//	})
//
// Each type of event has a struct of its fields: [OpenAccount], [CapturePayment], [SettlePayment], [RefundPayment]
// and so on. Each becomes the wide [Event], which has the fields of all types.
//
// [Decode] reads an event from JSON, and is strict.
//
// # Trying again
//
// The caller names each event. Posting it again is safe: the second receipt is the first, with status [Duplicate].
// Posting another content under the same id is refused with [IdempotencyConflict], naming the field that differs.
// When in doubt, post again.
//
// # Who gets what
//
// A payment follows the [scheme.Scheme] of its provider: data that says when splits are booked, who gets what no split
// takes, what happens where an account is missing, who pays fees and refunds. See docs/schemes.md. Money and costs
// that belong to no other account go to liable, the platform's default account. A provider that is not built in is
// declared by [ProviderOpen], with the scheme that its payments follow; other names are refused.
//
// # Accounts and what providers call them
//
// An account may have ids at providers: [Finder.AccountAt] finds it by one, [Book.IDAt] returns the one to send to the
// provider.
//
// # Payments
//
// The journal is all there is: [Book.Payment] puts the state of a payment together from the records that carry its
// name, and so does every rule that needs it. A [Finder] looks up all else: payments by the references of providers and
// merchants, transfers, payouts, movements, accounts. Which events are allowed in which state of a
// payment, capture, refund, chargeback or payout is a table each, see docs/lifecycle.md.
//
// # Rules, reserves, payouts
//
// A payment may name a stored [Rule] in place of splits: [Book.Rule], [Book.Rules]. What an account has available is
// set aside by a reserve, leaves by a [Payout] in two steps ([Finder.Payout], [Book.Payouts]), and is converted by an
// exchange.
//
// # Times to come
//
// An instruction with a time in the future is refused. A settlement with one waits, because providers book by value
// date, days ahead: [Capture.Due] says when it is booked. A program that posts settlements calls [Book.PostDue] when it
// has opened the ledger, and then about once an hour.
//
// # Adding a type of event
//
// A type has a row in the tables of package wire: its fields. JSON, storage, comparison and documentation follow
// from it. What it does is a row of the table in rules.go: a function that makes the record or refuses, and for
// events of a payment one that folds the record into the payment's state.
package posting

// The tables of events that move money outside of payments: transfers, entries, reserves, payouts, exchanges. Also
// those that move none: stored rules, periods, and what providers report. docs/events.md prints the doc of each row.

package wire

import (
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

// moneyTypes are the types of events that move money besides payments, and of what providers say.
var moneyTypes = []*row{
	{
		// The order of fields is that of storage: a new one goes to the end.
		name: Transfer,
		doc: "Moves `available` from one account to another; with `capture`, what that capture has of the " +
			"account, pending or available, and the capture's parts follow. Without `capture`, `from` has to " +
			"have that much, but for `liable`, which has no floor. A second transfer of one movement " +
			"and another part that says the same is the provider's other row of it: it books nothing.",
		check: checkTransfer,
		fields: []field[Event]{
			needed(fromField), needed(toField), needed(amountField), referenceField,
			described(transferField, "your name of the transfer, new in the ledger; default: the event's id"),
			described(paymentField, "the payment that shows it"),
			described(captureField, "the capture of the payment that the money comes from; it gives no more "+
				"than it has of the account"),
			movementField, partField, reportingProvider, sourceField,
			described(factField, "the provider reports it: it is booked whatever is there, for liable in place "+
				"of a closed account"),
			descriptionField, notesField,
		},
	},
	{
		// The accounts are those of the transfer, so it names none.
		name:  TransferReverse,
		doc:   "Gives a transfer back, in whole or in part, from where its money is by now.",
		check: checkTransfer,
		fields: []field[Event]{
			described(needed(transferField), "your name of the transfer, or the id of its event"),
			reversalField,
			described(amountField, "how much; default: what is left of the transfer"),
			movementField, partField,
			described(providerField, "the provider whose movement it is; default: the transfer's"),
			sourceField,
			described(factField, "the provider reports it: it is booked whatever is left and whatever is "+
				"there"),
			descriptionField, notesField,
		},
	},
	{
		// It may hold any account, so it is the way to bring opening balances in. An overdraft does not limit it.
		name:  JournalEntry,
		doc:   "A plain journal entry. Funds are not checked.",
		check: checkEntry,
		fields: []field[Event]{
			needed(postingsField),
			described(factField, "the provider reports it: frozen accounts pay, and liable takes the place of "+
				"a closed one"),
			sourceField,
			descriptionField, notesField,
		},
	},
	{
		// Payments, payouts and reserves have a state that a reversed entry would contradict, so they are not in the
		// list.
		name: EntryReverse,
		doc: "Books the opposite of an entry that a `transfer`, `exchange`, `provider.payout`, `entry` or " +
			"`entry.reverse` made, once.",
		fields: []field[Event]{
			needed(entryField),
			descriptionField, notesField,
		},
	},
	{
		// Payments of years ago refer to it, so nothing changes or deletes a rule.
		name: RuleCreate,
		doc: "Stores a split rule, which payments may name in place of splits. It never changes; a `version` of its " +
			"own may replace it, or be for other payments.",
		check: checkRule,
		fields: []field[Event]{
			needed(ruleField), needed(nameField), currencyField, routesField,
			descriptionField, notesField,
			ruleProviderField, versionField, whenField, restField, feeSplitsField, rulePolicyField,
			ruleChargebackField, replacesField,
		},
	},
	{
		// One default for the ledger, where payments do not name a policy of their own.
		name: ChargebackDefault,
		doc: "Says whose money disputes take, from now on, of payments that do not say so themselves. The last " +
			"one counts; until there is one, it is liable's.",
		fields: []field[Event]{
			described(needed(chargebackPolicyField), "whose money"),
			descriptionField, notesField,
		},
	},
	{
		// A reserve of the platform's own making, besides what payouts reserve.
		name: ReserveHold,
		doc: "Sets aside what an account has available: `available` becomes `reserved`. An account may be " +
			"frozen for it.",
		check: checkHold,
		fields: []field[Event]{
			needed(accountField), needed(amountField), reasonField,
			described(factField, "the provider reports it: it is booked whatever is available"),
			descriptionField, notesField,
			untilField,
		},
	},
	{
		// By hand no more is released than was set aside by hand.
		name: ReserveRelease,
		doc: "Gives back what was set aside: `reserved` becomes `available`, but not what payouts under way " +
			"wait for. An account may be frozen for it.",
		fields: []field[Event]{
			needed(accountField), needed(amountField), reasonField,
			described(factField, "the provider reports it: it is booked whatever is reserved"),
			descriptionField, notesField,
			holdField,
		},
	},
	{
		// Money is reserved at once, so that it is not spent twice while the bank works.
		name: PayoutRequest,
		doc: "Asks for a payout: `available` becomes `reserved` until its outcome is known. The account has " +
			"to have that much, but for `liable`, which has no floor.",
		check: checkPayout,
		fields: []field[Event]{
			described(needed(payoutField), "your name of the payout, new in the ledger"),
			described(needed(accountField), "who is paid out"),
			needed(amountField),
			described(providerField, "the provider that pays it out; leave it out if it is paid from your bank "+
				"account. Not checked against what the provider or the bank holds"),
			movementField, partField, sourceField,
			described(factField, "the provider reports it: it is booked whatever is available, for liable in "+
				"place of a closed account"),
			descriptionField, notesField,
		},
	},
	{
		// Banks report late and out of order, so it is booked whatever came before.
		name: PayoutPaid,
		doc: "The payout has reached its receiver: what it reserved leaves from the account of its provider, " +
			"or from `bank`. A fact: where the payout had failed, the money is taken from `available`, below " +
			"zero too; told once more, it books nothing.",
		check: checkPayout,
		fields: []field[Event]{
			needed(payoutField),
			described(disputeFeeField, "what the provider took for it besides, from the payout's account"),
			movementField, partField, sourceField,
			descriptionField, notesField,
		},
	},
	{
		// The reason is the bank's, for whoever has to correct the bank details.
		name: PayoutFailed,
		doc: "The payout did not go through: what it reserved is available again. A fact: after it was paid, " +
			"it is booked as the `payout.returned` of all that is left, and the record says so; told once " +
			"more, it books nothing.",
		check: checkPayout,
		fields: []field[Event]{
			needed(payoutField), reasonField, movementField, partField, sourceField,
			descriptionField, notesField,
		},
	},
	{
		// A bank may return part of a payout, after its own charges.
		name: PayoutReturned,
		doc: "A payout came back after it was paid, in whole or in part, up to its amount. Its money is " +
			"available again; that of a closed account is liable's. A fact.",
		check: checkPayout,
		fields: []field[Event]{
			needed(payoutField),
			described(amountField, "how much came back; default: all that has not"),
			reasonField, movementField, partField, sourceField,
			descriptionField, notesField,
		},
	},
	{
		// One side is the provider's account, the other the bank's: no user's balance changes.
		name: ProviderPayout,
		doc: "A provider has paid what it held for us, or part of it, to our bank. Told as a whole and in " +
			"parts, it is booked once.",
		check: checkPayout,
		fields: []field[Event]{
			described(needed(providerField), "who has paid"),
			needed(amountField),
			described(batchField, "the provider's settlement batch; the reference of both postings"),
			movementField, partField, sourceField,
			descriptionField, notesField,
		},
	},
	{
		// Both amounts are given, and no rate: the ledger does not round.
		name: Exchange,
		doc: "Converts what an account has available at a known rate. The account `fx` takes the other side in " +
			"both currencies.",
		check: checkExchange,
		fields: []field[Event]{
			described(needed(accountField), "whose money is converted"),
			needed(sellField), needed(buyField),
			descriptionField, notesField,
		},
	},
	{
		// The reason is for the auditor.
		name: PeriodClose,
		doc: "Closes the books through a day that is over. From then on, what would make entries of a time through " +
			"that day is refused (`period_closed`) if it is an instruction; a fact is booked at the first moment of " +
			"the first open day, and its own time is shown as `happened`. Closing days that are closed is refused.",
		fields: []field[Event]{
			needed(throughField), reasonField,
			descriptionField, notesField,
		},
	},
	{
		// For corrections before the accounts are final.
		name: PeriodReopen,
		doc:  "Opens a closed day and all closed days after it. What was booked late stays where it is.",
		fields: []field[Event]{
			described(needed(throughField), "the first day to open again, in UTC"), reasonField,
			descriptionField, notesField,
		},
	},
	{
		// It stays for ever: an index with gaps would answer wrongly.
		name: MetadataIndex,
		doc: "Makes a key of metadata searchable, for ever: events that carry it from then on are found by its value " +
			"without reading the journal. What was booked before is still searched for by reading. No money moves.",
		check: checkMetadataIndex,
		fields: []field[Event]{
			described(needed(nameField), "the key, of 1 to 64 bytes and without `=`"),
			descriptionField, notesField,
		},
	},
	{
		// It keeps a webhook or a report's line that came before the payment's own event.
		name: ProviderNotice,
		doc: "A provider tells something of a payment that the books do not know yet. It waits until it is " +
			"closed. No money moves.",
		fields: []field[Event]{
			described(needed(providerField), "who tells it"),
			described(needed(nameField), "what happened: `captured`, `settled`, `refunded` …"),
			described(referenceField, "the merchant's reference of the payment"),
			described(providerRef, "the provider's reference of the payment"),
			amountField, batchField,
			described(reasonField, "of a failure; or why it waits"),
			described(metadataField, "what else the provider said"),
			outcomeField,
			described(sourceField, "where it was told"),
			descriptionField,
		},
	},
	{
		// It says why, for example that the line was booked by hand.
		name: ProviderNoticeClosed,
		doc:  "What a notice told is booked, or will never be: it waits no longer.",
		fields: []field[Event]{
			described(needed(providerField), "who told it"),
			needed(noticeField), reasonField,
			descriptionField, notesField,
		},
	},
	{
		// Facts of the report name it as their source, with the line.
		name: ProviderReport,
		doc:  "A provider's report was compared with the books, and what it proves was booked. No money moves.",
		fields: []field[Event]{
			described(needed(providerField), "whose report it is"),
			described(needed(nameField), "which kind of report"),
			described(needed(referenceField), "the name of the file"),
			batchField, described(metadataField, "your own, of the event"),
			descriptionField,
		},
	},
}

// checkMetadataIndex refuses what is no key of metadata, or one that cannot be asked for as key=value. The error is
// [ledger.Invalid].
func checkMetadataIndex(e *Event) *ledger.Error {
	if len(e.Name) > accounts.MaxMetadataKey || strings.Contains(e.Name, "=") {
		return in("name", expected("a key of metadata, of 1 to 64 bytes and without =", quote(e.Name)))
	}
	return nil
}

// checkEntry refuses an entry of one posting; whether it balances is seen when it is booked. The ledger checks the
// balance, because only there the currencies are known. The error is [ledger.Invalid].
func checkEntry(e *Event) *ledger.Error {
	if len(e.Postings) < 2 {
		return in("postings", expected(legs.what, strconv.Itoa(len(e.Postings))))
	}
	return nil
}

package wire

import (
	"slices"

	"github.com/splitledger/splitledger/ledger"
)

// A row says all there is to know of one type of event. The order of its fields is that of JSON, of comparison and of
// storage: append, never insert.
type row struct {
	name   Type
	doc    string
	fields []field[Event]
	check  func(*Event) *ledger.Error // what no field tells alone; may be nil

	table   *table[Event]
	content *table[Event] // the fields that are stored
}

// stored is how many fields come before those that are stored as content: id and type.
const stored = 2

// types has the rows by name.
var types = map[Type]*row{}

// rows has every type of event, in the order of docs/events.md. It is filled in init because reading a type reads it.
var rows []*row

func init() {
	rows = slices.Concat(accountTypes, paymentTypes, afterTypes, moneyTypes)
	for _, r := range rows {
		r.fields = append(commonFields[:len(commonFields):len(commonFields)], r.fields...)
		r.table, r.content = newTable(r.fields, (*Event).given), contentTable(r)
		types[r.name] = r
	}
}

// accountTypes are the types of events of accounts and providers.
var accountTypes = []*row{
	{
		name:  AccountOpen,
		doc:   "Opens an account.",
		check: checkOpen,
		fields: []field[Event]{
			needed(accountField), needed(kindField), holderField, metadataField, overdraftField, providerIDsField,
		},
	},
	{
		name: AccountUpdate,
		doc: "Changes what is kept with an account: a field that is given takes the place of the whole value, " +
			"the others stay. `liable` and `platform` have `metadata` and `providerIds` alone.",
		check: checkUpdate,
		fields: []field[Event]{
			needed(accountField), holderField, metadataField, newOverdraftField, newIDsField,
		},
	},
	{
		name: AccountFreeze,
		doc:  "Freezes an account: it receives, and pays nothing out.",
		fields: []field[Event]{
			needed(accountField),
		},
	},
	{
		name: AccountUnfreeze,
		doc:  "Opens a frozen account again.",
		fields: []field[Event]{
			needed(accountField),
		},
	},
	{
		name: AccountClose,
		doc: "Closes an account: it receives nothing, what a provider tells of it goes to `liable`. It needs a " +
			"zero balance in every currency and sub-balance, no payout under way, and no part in a capture " +
			"that is neither settled nor cancelled.",
		fields: []field[Event]{
			needed(accountField),
		},
	},
	{
		name: AccountReopen,
		doc:  "Opens a closed account again.",
		fields: []field[Event]{
			needed(accountField),
		},
	},
	{
		name: ProviderOpen,
		doc: "Declares a provider of your own. The built-in ones (adyen, antom, paysafe, stripe, xendit) are " +
			"known, and so are those that a ledger used before there was this event, with the scheme generic. " +
			"Any other name is refused in every event until it is declared.",
		fields: []field[Event]{
			described(needed(providerField), "your name of it"),
			described(needed(schemeField), "whose rules its payments follow: a scheme of "+
				"[schemes.md](schemes.md), or one of the program's own"),
		},
	},
}

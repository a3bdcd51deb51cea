// The tables of events of accounts and providers. None of them moves money.

package wire

// accountTypes are the types of events of accounts and providers.
var accountTypes = []*row{
	{
		// The kind is given although the name often shows it, so that a misspelt name is refused.
		name:  AccountOpen,
		doc:   "Opens an account.",
		check: checkOpen,
		fields: []field[Event]{
			needed(accountField), needed(kindField), holderField, metadataField, overdraftField, providerIDsField,
			descriptionField,
		},
	},
	{
		// A whole value is replaced, so that what is not sent again is gone on purpose.
		name: AccountUpdate,
		doc: "Changes what is kept with an account: a field that is given takes the place of the whole value, " +
			"the others stay. `liable` and `platform` have `metadata` and `providerIds` alone.",
		check: checkUpdate,
		fields: []field[Event]{
			needed(accountField), holderField, newMetadataField, newOverdraftField, newIDsField,
			descriptionField,
		},
	},
	{
		// For a seller under review: sales go on, and nothing leaves.
		name: AccountFreeze,
		doc:  "Freezes an account: it receives, and pays nothing out.",
		fields: []field[Event]{
			needed(accountField),
			descriptionField, notesField,
		},
	},
	{
		name: AccountUnfreeze,
		doc:  "Opens a frozen account again.",
		fields: []field[Event]{
			needed(accountField),
			descriptionField, notesField,
		},
	},
	{
		// A balance that is left could never leave a closed account.
		name: AccountClose,
		doc: "Closes an account: it receives nothing, what a provider tells of it goes to `liable`. It needs a " +
			"zero balance in every currency and sub-balance, no payout under way, and no part in a capture " +
			"that is neither settled nor cancelled.",
		fields: []field[Event]{
			needed(accountField),
			descriptionField, notesField,
		},
	},
	{
		// Names are never given to another account, so the old one is opened again.
		name: AccountReopen,
		doc:  "Opens a closed account again.",
		fields: []field[Event]{
			needed(accountField),
			descriptionField, notesField,
		},
	},
	{
		// The scheme is fixed with the name: payments of one provider follow one set of rules.
		name: ProviderOpen,
		doc: "Declares a provider of your own. The built-in ones (adyen, antom, paysafe, stripe, xendit) are " +
			"known, and so are those that a ledger used before there was this event, with the scheme generic. " +
			"Any other name is refused in every event until it is declared.",
		fields: []field[Event]{
			described(needed(providerField), "your name of it"),
			described(needed(schemeField), "whose rules its payments follow: a scheme of "+
				"[schemes.md](schemes.md), or one of the program's own"),
			descriptionField, notesField,
		},
	},
}

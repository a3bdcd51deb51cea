// The names by which records are found. The letters are in every ledger's file, so they never change.

package posting

// Key spaces of the records that this package writes.
const (
	KeyEvent             byte = 'e' // the event's id; the first key of every record
	KeyPayment           byte = 'p' // every event of a payment, by the caller's name of it
	KeyReference         byte = 'r' // the first event of a payment, by the merchant's reference where that is another
	KeyProviderReference byte = 'v' // the same by "provider/reference of the provider", or the event that made it known
	KeyRefund            byte = 't' // every refund, by "provider/the caller's name of it"
	KeyReversal          byte = 'n' // the reversal of an entry, by the entry's number
	KeyRule              byte = 'u' // a stored rule, by its name; all of them by the empty name
	KeyPayout            byte = 'o' // every event of a payout, by the caller's name of it
	// every event of an account's payouts, by the account; of all of them by the empty name
	KeyPayouts           byte = 'q'
	KeyNotices           byte = 'w' // every notice of a provider and what closed it, by the provider
	KeyNoticeClosed      byte = 'x' // what closed a notice, by the notice's id
	KeyReports           byte = 'y' // every report of a provider, by the provider
	KeyChargebackDefault byte = 'd' // every default of chargebacks, by the empty name
	KeyProvider          byte = 'k' // what opened a provider, by its name; all of them by the empty name
	// what an account was given or gave up: by "provider/the provider's id of the account"
	KeyProviderID byte = 'i'
	KeyAccountIDs byte = 'a' // what changed the ids of an account, by the account; all of them by the empty name
	// a transfer, by the caller's name of it; its other row and its reversals, by that or by the id of its event
	KeyTransfer         byte = 'f'
	KeyTransferReversal byte = 'g' // the reversal of a transfer, by the caller's name of it
	KeyToldTransfer     byte = 'F' // every transfer that only its provider has named, of no payment, by the provider
	// what waits for its time, and what came of it, by the id of the first; of a schedule by the id that its event gets.
	// All of them by the empty name
	KeyDue      byte = 's'
	KeyDueDay   byte = 'z' // the same by the day on which it is due, such as 2026-03-31, in UTC
	KeySchedule byte = 'j' // a schedule and what cancelled it, by its name
	// the rules of an account's rolling reserve, by the account, or "*" for all; all of them by the empty name
	KeyReserveRule byte = 'l'
	KeyPeriod      byte = 'c' // what closed and opened periods, by the empty name
	KeySearchable  byte = 'h' // what made a key of metadata searchable, by that key; all of them by the empty name
	KeyMetadata    byte = 'b' // every event with metadata of a searchable key, by "key=value"
	KeyAnew        byte = 'A' // what made a payment of a name that another had before, by that name
)

// KeyMovement is the key space of a provider's movements: every event that reports one has the key
// "provider/kind/movement".
const KeyMovement byte = 'm'

package ledger

import (
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A Record is what one accepted event left in the journal: the keys it is found by, the accounts it
// opened or changed, its entries (possibly none) and, as Content, the event itself.
// Records are numbered 1, 2, 3 … without gaps; so are entries.
type Record struct {
	Number uint64 // set by [Tx.Append]
	Block  uint64 // that it became durable with; set by [Ledger.Records] and [Ledger.Scan], else 0
	// BlockHash is the hash of Block, of the last record of each; set by [Ledger.Records] and [Ledger.Scan], else zero.
	BlockHash journal.Hash
	Recorded  time.Time // when the books learned of it, UTC, to the microsecond; set by [Tx.Append]
	At        time.Time // when it happened; zero given to Append means Recorded
	Keys      []Key     // Keys[0] names the record: the event's id
	// Opens, Statuses, Updates and Assets are done before the entries, which may post to accounts that the same record
	// opens.
	Opens    []accounts.Account
	Statuses []StatusChange
	Updates  []Update
	Assets   []money.Asset // of the ledger's own, declared with its options
	Entries  []Entry
	Content  Content // given to Append; a record that was read has [Record.Decoder] instead

	// The rest is of a record that was read: memory that lasts as long as the record does.
	payload  []byte // the content of a record that was read
	strings  []string
	postings []Posting // of all entries
	names    names
}

// Content is what the caller keeps in a record besides keys and entries: the event, so that it can be compared
// with one sent again, replayed and explained. The ledger does not look into it.
type Content interface {
	Encode(*Encoder)
}

// A StatusChange freezes, unfreezes or closes an account.
type StatusChange struct {
	Account accounts.ID
	Status  accounts.Status
}

// An Update replaces what is kept with an account: its holder, metadata and overdraft, all three.
type Update struct {
	Account   accounts.ID
	Holder    string
	Metadata  map[string]string
	Overdraft []money.Amount
}

// An Entry is one or more postings that sum to zero in every currency. It never changes.
type Entry struct {
	Number    uint64 // set by [Tx.Append]
	Reference string // what part of its event the entry is about, such as one capture of a payment; may be empty
	Postings  []Posting
}

// A Posting is one line of an entry.
type Posting struct {
	Account   accounts.ID
	Sub       Sub
	Amount    money.Amount // a debit is positive, a credit negative
	Type      string       // split type or fee type, from a small vocabulary (see [Encoder.Symbol])
	Reference string       // the split's reference; may be empty
	Reason    string       // why, where a rule decided: "fallback: unknown account BA7", "rounding: +1"
}

// Sub says which of an account's three sub-balances a posting moves.
type Sub uint8

const (
	Available Sub = iota // settled to the account
	Pending              // captured, the provider has not settled it
	Reserved             // set aside
)

// String returns "available", "pending" or "reserved".
func (s Sub) String() string {
	switch s {
	case Available:
		return "available"
	case Pending:
		return "pending"
	case Reserved:
		return "reserved"
	}
	return "invalid"
}

// MarshalText returns what [Sub.String] does.
func (s Sub) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// A Key is a name that records are found by. Space keeps one kind of name apart from another, such as
// event ids from payment ids; what the spaces mean is the caller's affair, but for 0, which is the ledger's own.
type Key struct {
	Space byte
	Name  string
}

// A Balance is what an account holds in one currency, positive on the account's normal side.
type Balance struct {
	Currency                     money.Currency
	Pending, Available, Reserved money.Amount
}

// Total returns the sum of the three sub-balances.
func (b Balance) Total() money.Amount {
	return money.Sum(b.Currency, b.Pending, b.Available, b.Reserved)
}

// Of returns one of the three sub-balances.
func (b Balance) Of(s Sub) money.Amount {
	switch s {
	case Pending:
		return b.Pending
	case Reserved:
		return b.Reserved
	}
	return b.Available
}

// A Line is one posting in the statement of its account.
type Line struct {
	Posting
	Record   uint64
	Entry    uint64
	Event    Key // Keys[0] of the record
	At       time.Time
	Recorded time.Time
	Balance  money.Amount // of the posting's sub-balance after it, positive on the account's normal side
}

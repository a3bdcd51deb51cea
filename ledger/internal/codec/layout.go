// Package codec is the layout of a record's payload: a [RecordEncoder] writes one, a [Record] is one taken apart, and
// an [Encoder] and a [Decoder] write and read the content that a caller keeps in it. It gives no meaning to what it
// reads: whether an account or a symbol exists, and whether postings balance, is for the ledger to say.
//
// Layout, versions 1 and 2. Numbers without a size are uvarints; str is the number of a string of this record counted
// from 0, str? the same plus one with 0 for none; symbol is a number of the ledger's table of symbols; int is a whole
// number as package money encodes it; zigzag is a signed number folded into a uvarint.
//
//	payload  = flags[1] at strings symbols? assets? opens? statuses? updates? keys entries content
//	at       = 0 for the recorded time, else 1 + unit[1] and zigzag(difference in units); see appendAt
//	strings  = size (length bytes)*                        size is that of all that follows
//	symbols  = first count (length bytes)*                 flag 0: new symbols and the number of the first
//	assets   = count (symbol exponent)*                    flag 1: assets of the ledger's own
//	opens    = first count (str kind[1] details)*          flag 2: accounts opened
//	statuses = count (account status[1])*                  flag 3
//	updates  = count (account details)*                    version 2: what is kept with accounts
//	details  = str?holder count(str str)* count(symbol int)*
//	keys     = count (space[1] str back)*                  back: how many records before the hash last was; 0: never
//	entries  = (str?reference count posting*)*             as many as the journal's frame says
//	posting  = tag[1] account symbol?currency symbol?type int(amount) int(balance) chain? backdated?
//	           (str reference)? (str reason)?
//	chain    = back index jump (index)?                    jump: 0 the same, 1 none, else 2 + records before that
//	backdated = nanoseconds bound[1]
//	content  = the rest, as the caller's Content encodes itself
//
// The high four bits of flags are the version: 2 where there are updates. Amounts are debits positive.
package codec

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/splitledger/splitledger/money"
)

const (
	recordVersion  = 1 << 4
	updatesVersion = 2 << 4 // with updates; the file has format 2 then
	versionBits    = 0xf0

	hasSymbols  = 1 << 0
	hasAssets   = 1 << 1
	hasOpens    = 1 << 2
	hasStatuses = 1 << 3

	// tag of a posting; the two low bits are the sub-balance
	subBits      = 3
	sameCurrency = 1 << 2 // as the posting before in this record
	sameType     = 1 << 3
	hasReference = 1 << 4
	hasReason    = 1 << 5
	isBackdated  = 1 << 6
	isFirst      = 1 << 7 // the first posting of its chain: no back pointers
)

// Limits of a record. How many postings there may be is a matter of the greatest fact that providers report, which has
// to be booked: the settlement of a payment of several captures, each with thousands of splits.
const (
	MaxPostings       = 1 << indexBits
	PostingsOfFormat1 = 1 << 14 // in a record that programs can read which know no more than format 1
	Subs              = 3       // sub-balances of an account in one currency

	// maxPayload bounds a record: one of as many postings as there may be, with references and reasons, is smaller.
	maxPayload = 64 << 20
	indexBits  = 18
)

// A Position is where a posting stands: its record, and its index among the record's postings. 0 is nowhere.
type Position uint64

// MaxRecord is the last record that a position, with 12 bits of something else, has room for.
const MaxRecord = 1<<(64-12-indexBits-1) - 1

// At returns the position of a posting.
func At(record uint64, index int) Position { return Position(record<<indexBits | uint64(index)) }

// Record returns the number of the record.
func (p Position) Record() uint64 { return uint64(p) >> indexBits }

// Index returns which of the record's postings it is, from 0.
func (p Position) Index() int { return int(p & (MaxPostings - 1)) }

// A Node is what the journal keeps of a posting besides its amount: its place in the chain of its sub-balance.
type Node struct {
	Prev, Jump  Position
	Balance     money.Int
	BackdatedBy uint64 // nanoseconds; 0 if no earlier posting has a later time
	// Bound says that all postings that the jump passes, this one among them, are backdated by less than 2^Bound
	// nanoseconds; 0: none is.
	Bound uint8
}

// A Posting is one with numbers for its names.
type Posting struct {
	Account           uint64
	Amount            money.Int
	Currency, Type    uint64 // symbols
	Reference, Reason Str
	Sub               uint8
}

// A ChainedPosting is a posting as the journal has it.
type ChainedPosting struct {
	Posting
	Node
}

// An Entry says which of the record's postings are those of an entry.
type Entry struct {
	Reference Str
	From, To  int
}

// A Key is a key of a record.
type Key struct {
	Hash  uint64 // of one that is written
	Prev  uint64 // the record before that has the hash; 0 for none
	Name  Str
	Space byte
}

// A Str is a string of a record, by its number from 1; 0 is none.
type Str uint32

// An Amount is one in a currency, or an asset with its exponent.
type Amount struct {
	Symbol uint64
	Amount money.Int
}

// HashKey returns the hash by which a key is indexed. Two keys may share one: a chain of records is a chain of one
// hash, and who walks it compares the keys themselves.
func HashKey(space byte, name string) uint64 {
	var b [1 + 128]byte // on the stack for all but the longest names
	return xxhash.Sum64(append(append(b[:0], space), name...))
}

// Units of a time, finest last: one that is whole seconds takes fewer bytes than one with nanoseconds.
var atUnits = [4]time.Duration{time.Second, time.Millisecond, time.Microsecond, time.Nanosecond}

// appendAt encodes a time, in nanoseconds since 1970, relative to the recorded time in microseconds.
func appendAt(b []byte, at int64, recorded int64) []byte {
	base := recorded * int64(time.Microsecond)
	if at == base {
		return append(b, 0)
	}
	unit := 0
	for at%int64(atUnits[unit]) != 0 {
		unit++
	}
	b = append(b, byte(1+unit))
	return binary.AppendVarint(b, at/int64(atUnits[unit])-base/int64(atUnits[unit]))
}

// at reads what appendAt wrote.
func (r *Reader) at(recorded int64) int64 {
	base := recorded * int64(time.Microsecond)
	unit := r.Byte()
	if unit == 0 {
		return base
	}
	if int(unit) > len(atUnits) {
		r.Fail(fmt.Errorf("has time unit %d", unit))
		return 0
	}
	d := int64(atUnits[unit-1])
	return (base/d + r.Int()) * d
}

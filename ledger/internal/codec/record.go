package codec

import (
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A Record is a payload taken apart, without any meaning given to its numbers. Its slices are used again for the next
// record, and its texts alias the payload.
type Record struct {
	Number     uint64
	FirstEntry uint64 // number of its first entry
	Recorded   int64  // microseconds
	At         int64  // nanoseconds

	Text        []byte      // all strings, each behind its length
	Strings     [][2]uint32 // where each stands among the text, from and to
	FirstSymbol uint64
	Symbols     [][]byte
	Assets      []Asset
	FirstOpen   uint64
	Opens       []Change
	Statuses    []Change
	Updates     []Change
	Keys        []Key
	Entries     []Entry
	Postings    []ChainedPosting
	Content     []byte
}

// An Asset is a currency of the ledger's own.
type Asset struct{ Symbol, Exponent uint64 }

// A Change is an account that is opened, gets a status, or gets other details. One type for all three, as each is a
// part of what an account has.
type Change struct {
	Account   uint64 // of a status or an update
	ID        Str    // of an account that is opened
	Byte      byte   // its kind, or the status
	Holder    Str
	Metadata  [][2]Str
	Overdraft []Amount
}

// Bytes returns a string of the record.
func (p *Record) Bytes(s Str) []byte {
	if s == 0 {
		return nil
	}
	at := p.Strings[s-1]
	return p.Text[at[0]:at[1]]
}

// String returns a copy of a string of the record.
func (p *Record) String(s Str) string { return string(p.Bytes(s)) }

// HashKey returns the hash of a key of the record, as [HashKey] does of a key's name.
func (p *Record) HashKey(k *Key) uint64 {
	var b [1 + 128]byte
	return xxhash.Sum64(append(append(b[:0], k.Space), p.Bytes(k.Name)...))
}

// Parse takes a record apart. p's memory is used again. The error is a [journal.DamageError].
//
// Every record of the journal passes through here when a ledger is opened without a checkpoint or verified: so it reads
// what all records have by itself, and leaves to others what few have.
func (p *Record) Parse(rec journal.Record) error {
	r := Reader{B: rec.Payload}
	p.Number, p.FirstEntry, p.Recorded = rec.Number, rec.Entry, rec.Time
	p.Symbols, p.Assets, p.Opens, p.Statuses = p.Symbols[:0], p.Assets[:0], p.Opens[:0], p.Statuses[:0]
	p.Updates = p.Updates[:0]
	p.Keys, p.Entries, p.Postings, p.Strings = p.Keys[:0], p.Entries[:0], p.Postings[:0], p.Strings[:0]

	flags, err := r.flags(rec.Number)
	if err != nil {
		return err
	}
	p.At = r.at(rec.Time)
	p.Text = r.Bytes()
	table := Reader{B: p.Text}
	for len(table.B) > 0 {
		n := table.Count()
		from := len(p.Text) - len(table.B)
		p.Strings = append(p.Strings, [2]uint32{uint32(from), uint32(from + n)})
		table.B = table.B[n:]
	}
	r.strings = len(p.Strings)
	if table.Err != nil {
		return damaged(rec.Number, "its strings: "+table.Err.Error())
	}
	if flags != recordVersion {
		p.parseRare(&r, flags)
	}
	for range r.Count() {
		k := Key{Space: r.Byte(), Name: r.str()}
		if back := r.Uint(); back > 0 && back < rec.Number {
			k.Prev = rec.Number - back
		} else if back != 0 {
			r.Fail(fmt.Errorf("a key points back by %d records", back))
		}
		p.Keys = append(p.Keys, k)
	}
	p.parseEntries(&r, rec)
	p.Content = r.B
	if r.Err != nil {
		return damaged(rec.Number, r.Err.Error())
	}
	return nil
}

// parseRare reads what stands between the strings and the keys: new symbols, and changes of assets and accounts.
func (p *Record) parseRare(r *Reader, flags byte) {
	if flags&hasSymbols != 0 {
		p.FirstSymbol = r.Uint()
		for range r.Count() {
			p.Symbols = append(p.Symbols, r.Bytes())
		}
	}
	if flags&hasAssets != 0 {
		for range r.Count() {
			p.Assets = append(p.Assets, Asset{r.Uint(), r.Uint()})
		}
	}
	if flags&hasOpens != 0 {
		p.FirstOpen = r.Uint()
		for range r.Count() {
			c := Change{ID: r.str(), Byte: r.Byte()}
			r.details(&c)
			p.Opens = append(p.Opens, c)
		}
	}
	if flags&hasStatuses != 0 {
		for range r.Count() {
			p.Statuses = append(p.Statuses, Change{Account: r.Uint(), Byte: r.Byte()})
		}
	}
	if flags&versionBits == updatesVersion {
		for range r.Count() {
			c := Change{Account: r.Uint()}
			r.details(&c)
			p.Updates = append(p.Updates, c)
		}
	}
}

// parseEntries reads the entries, of which the journal's frame says how many there are. Each takes at least a byte: a
// frame that says more is refused before memory is taken for them.
func (p *Record) parseEntries(r *Reader, rec journal.Record) {
	if rec.Entries > uint64(len(r.B)) {
		r.Fail(ErrShort)
		return
	}
	var currency, kind uint64 // of the posting before, which the next one repeats where its tag says so
	for range rec.Entries {
		e := Entry{Reference: r.optional(), From: len(p.Postings)}
		for range r.Count() {
			p.Postings = append(p.Postings, ChainedPosting{Posting: Posting{Currency: currency, Type: kind}})
			q := &p.Postings[len(p.Postings)-1]
			r.posting(q, rec.Number)
			currency, kind = q.Currency, q.Type
		}
		e.To = len(p.Postings)
		p.Entries = append(p.Entries, e)
	}
}

// flags begins a payload, and refuses a version that this program does not know: its layout may be any other.
func (r *Reader) flags(record uint64) (byte, error) {
	flags := r.Byte()
	if v := flags & versionBits; v != recordVersion && v != updatesVersion && r.Err == nil {
		return 0, damaged(record, fmt.Sprintf("has version %d, this program knows versions %d and %d",
			flags>>4, recordVersion>>4, updatesVersion>>4))
	}
	return flags, nil
}

// details reads what is kept with an account.
func (r *Reader) details(c *Change) {
	c.Holder = r.optional()
	for range r.Count() {
		c.Metadata = append(c.Metadata, [2]Str{r.str(), r.str()})
	}
	for range r.Count() {
		c.Overdraft = append(c.Overdraft, Amount{r.Uint(), r.Money()})
	}
}

// Account makes an account that is opened, or one that has what an update keeps with it.
func (p *Record) Account(c *Change, symbols []string) (accounts.Account, error) {
	a := accounts.Account{ID: accounts.ID(p.String(c.ID)), Kind: accounts.Kind(c.Byte), Holder: p.String(c.Holder)}
	if len(c.Metadata) > 0 {
		a.Metadata = make(map[string]string, len(c.Metadata))
		for _, kv := range c.Metadata {
			a.Metadata[p.String(kv[0])] = p.String(kv[1])
		}
	}
	for _, o := range c.Overdraft {
		code, err := Symbol(symbols, o.Symbol)
		if err != nil {
			return a, err
		}
		a.Overdraft = append(a.Overdraft, money.FromInt(o.Amount, money.Currency(code)))
	}
	return a, nil
}

// damaged is a record that was not written by this program, or not like this.
func damaged(record uint64, what string) error {
	return &journal.DamageError{Record: record, What: what}
}

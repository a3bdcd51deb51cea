package ledger

import (
	"encoding/binary"
	"slices"
)

// Prepared is content that was encoded before the turn of the function that appends it, by [Ledger.Prepare].
type Prepared struct {
	encoder Encoder
	table   []byte // the strings as a record has them
}

// maxPrepared is how many strings prepared content has at most. Of more, the encoder keeps a map.
const maxPrepared = manyStrings

// Prepare runs encode, and keeps in p what it writes, for an [Encoder.Take] in its place. Any number of goroutines may
// prepare while functions run one after another, which so have less to do. It reports false, and p cannot be taken, where
// the content refers to a word or an account that the ledger does not have yet, or to very many strings.
func (l *Ledger) Prepare(p *Prepared, encode func(*Encoder)) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	e := &p.encoder
	*e = Encoder{ahead: l, body: e.body[:0], strings: e.strings[:0]}
	encode(e)
	if e.limited || len(e.strings) > maxPrepared {
		clear(e.strings)
		return false
	}
	p.table = p.table[:0]
	for _, s := range e.strings {
		p.table = binary.AppendUvarint(p.table, uint64(len(s)))
		p.table = append(p.table, s...)
	}
	return true
}

// Take writes what was prepared. It reports false, and writes nothing, where something was written before it.
func (e *Encoder) Take(p *Prepared) bool {
	if len(e.body) > 0 || len(e.strings) > 0 {
		return false
	}
	e.body = append(e.body, p.encoder.body...)
	e.strings = slices.Grow(e.strings, len(p.encoder.strings)+4)
	e.strings = append(e.strings, p.encoder.strings...)
	e.table, e.size = p.table, len(p.table)
	e.tabled = len(p.encoder.strings)
	return true
}

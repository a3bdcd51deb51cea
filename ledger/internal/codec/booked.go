package codec

import (
	"encoding/binary"
	"fmt"

	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A Booked is what totals are made of: when the event of a record happened, what the record is labelled with, and what
// it moved. Its slice is used again for the next record.
type Booked struct {
	At    int64 // nanoseconds
	Label Label
	Moved []Moved
}

// A Label is how the content of a record begins, if it begins as that of events does: with a number, the symbol of what
// the record is, and a number that says which fields are given. A record with other content has one that means nothing.
type Label struct{ Kind, Given uint64 }

// A Moved is what a posting moves.
type Moved struct {
	Account, Currency, Type uint64
	Amount                  money.Int
	Sub                     uint8
}

// Parse takes off a record what totals need, and passes over all else: every record that is booked comes by here once
// more, so it takes a third of the time of [Record.Parse]. The few records that have more than keys and entries are
// parsed as a whole, into scratch.
func (b *Booked) Parse(rec journal.Record, scratch *Record) error {
	r := Reader{B: rec.Payload}
	flags, err := r.flags(rec.Number)
	if err != nil {
		return err
	}
	b.Moved = b.Moved[:0]
	if flags&(hasSymbols|hasAssets|hasOpens|hasStatuses) != 0 || flags&versionBits == updatesVersion {
		if err := scratch.Parse(rec); err != nil {
			return err
		}
		b.Take(scratch)
		return nil
	}
	b.At = r.at(rec.Time)
	r.Bytes() // strings
	for range r.Count() {
		r.Byte() // a key
		r.skip(2)
	}
	var m Moved // currency and type stay those of the posting before where its tag says so
	for e := uint64(0); e < rec.Entries && r.Err == nil; e++ {
		r.skip(1)
		for range r.Count() {
			r.moved(&m)
			b.Moved = append(b.Moved, m)
		}
	}
	if r.Err != nil {
		return damaged(rec.Number, r.Err.Error())
	}
	b.Label = labelOf(r.B)
	return nil
}

// Take takes the same of a record that was parsed.
func (b *Booked) Take(p *Record) {
	b.At, b.Moved, b.Label = p.At, b.Moved[:0], labelOf(p.Content)
	for i := range p.Postings {
		q := &p.Postings[i]
		b.Moved = append(b.Moved, Moved{q.Account, q.Currency, q.Type, q.Amount, q.Sub})
	}
}

// moved reads a posting as [Reader.posting] does, but for its chain and its texts.
func (r *Reader) moved(m *Moved) {
	tag := r.Byte()
	if m.Sub = tag & subBits; m.Sub >= Subs {
		r.Fail(fmt.Errorf("has sub-balance %d", m.Sub))
	}
	m.Account = r.Uint()
	if tag&sameCurrency == 0 {
		m.Currency = r.Uint()
	}
	if tag&sameType == 0 {
		m.Type = r.Uint()
	}
	m.Amount = r.Money()
	if tag&isFirst != 0 {
		r.skip(1) // the balance
	} else {
		r.skip(3) // the balance, and the posting before
		if r.Uint() >= 2 {
			r.skip(1) // of the jump
		}
	}
	if tag&isBackdated != 0 {
		r.skip(1)
		r.Byte()
	}
	if tag&hasReference != 0 {
		r.skip(1)
	}
	if tag&hasReason != 0 {
		r.skip(1)
	}
}

// labelOf reads the label off a record's content. What is no label is none.
func labelOf(content []byte) (l Label) {
	_, n := binary.Uvarint(content)
	if n <= 0 {
		return l
	}
	kind, m := binary.Uvarint(content[n:])
	if m <= 0 || kind >= MaxSymbols {
		return l
	}
	given, o := binary.Uvarint(content[n+m:])
	if o <= 0 {
		return l
	}
	return Label{kind, given}
}

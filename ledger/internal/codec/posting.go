package codec

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/splitledger/splitledger/ledger/journal"
)

// Posting writes one posting of a record, with what the chain of its sub-balance says of it. Which fields there are
// stands in the tag: currency and type are left out where they are those of the posting before, as they mostly are.
func (e *RecordEncoder) Posting(p *Posting, n *Node, record uint64) {
	tag := p.Sub
	if p.Currency == e.currency {
		tag |= sameCurrency
	}
	if p.Type == e.kind {
		tag |= sameType
	}
	if p.Reference != 0 {
		tag |= hasReference
	}
	if p.Reason != 0 {
		tag |= hasReason
	}
	if n.Bound > 0 {
		tag |= isBackdated
	}
	if n.Prev == 0 {
		tag |= isFirst
	}
	b := append(e.body, tag)
	b = binary.AppendUvarint(b, p.Account)
	if tag&sameCurrency == 0 {
		b = binary.AppendUvarint(b, p.Currency)
		e.currency = p.Currency
	}
	if tag&sameType == 0 {
		b = binary.AppendUvarint(b, p.Type)
		e.kind = p.Type
	}
	b = p.Amount.AppendBinary(b)
	b = n.Balance.AppendBinary(b)
	if tag&isFirst == 0 {
		// Differences of records are small numbers, which take few bytes.
		b = binary.AppendUvarint(b, record-n.Prev.Record())
		b = binary.AppendUvarint(b, uint64(n.Prev.Index()))
		switch n.Jump {
		case n.Prev:
			b = append(b, 0)
		case 0:
			b = append(b, 1)
		default:
			b = binary.AppendUvarint(b, 2+n.Prev.Record()-n.Jump.Record())
			b = binary.AppendUvarint(b, uint64(n.Jump.Index()))
		}
	}
	if tag&isBackdated != 0 {
		b = binary.AppendUvarint(b, n.BackdatedBy)
		b = append(b, n.Bound)
	}
	if p.Reference != 0 {
		b = binary.AppendUvarint(b, uint64(p.Reference-1))
	}
	if p.Reason != 0 {
		b = binary.AppendUvarint(b, uint64(p.Reason-1))
	}
	e.body = b
}

// posting reads what [RecordEncoder.Posting] wrote into p, which is zero but for the currency and type of the posting
// before.
func (r *Reader) posting(p *ChainedPosting, record uint64) {
	tag := r.Byte()
	p.Sub = tag & subBits
	if p.Sub >= Subs {
		r.Fail(fmt.Errorf("has sub-balance %d", p.Sub))
	}
	p.Account = r.Uint()
	if tag&sameCurrency == 0 {
		p.Currency = r.Uint()
	}
	if tag&sameType == 0 {
		p.Type = r.Uint()
	}
	p.Amount = r.Money()
	p.Balance = r.Money()
	if tag&isFirst == 0 {
		r.chain(record, &p.Node)
	}
	if tag&isBackdated != 0 {
		p.BackdatedBy, p.Bound = r.Uint(), r.Byte()
	}
	if tag&hasReference != 0 {
		p.Reference = r.str()
	}
	if tag&hasReason != 0 {
		p.Reason = r.str()
	}
}

// chain reads the pointers to earlier postings: the one before of the same sub-balance, and one further back by which a
// search skips many. A pointer that cannot be is an error of the record, before anything follows it.
func (r *Reader) chain(record uint64, n *Node) {
	back, index := r.Uint(), r.Uint()
	if back >= record || index >= MaxPostings {
		r.Fail(fmt.Errorf("a posting points back by %d records to posting %d", back, index))
		return
	}
	n.Prev = At(record-back, int(index))
	switch jump := r.Uint(); jump {
	case 0:
		n.Jump = n.Prev
	case 1:
	default:
		index := r.Uint()
		if jump-2 >= n.Prev.Record() || index >= MaxPostings {
			r.Fail(fmt.Errorf("a posting jumps back by %d records to posting %d", jump-2, index))
			return
		}
		n.Jump = At(n.Prev.Record()-(jump-2), int(index))
	}
}

// Behind refuses a node at a place that points forward, or to itself. Whoever follows a chain would else never end.
func (n *Node) Behind(place Position) error {
	if n.Prev >= place || n.Jump > n.Prev {
		return damaged(place.Record(), "a posting points forward")
	}
	return nil
}

// Posting returns a posting of the record, by its index. It is one to which a later posting points.
func (p *Record) Posting(index int) (*ChainedPosting, error) {
	if index >= len(p.Postings) {
		return nil, noPosting(p.Number)
	}
	return &p.Postings[index], nil
}

// DecodePosting reads one posting of a record, counted from 0, but for its texts, and the time of the record's event.
// It passes over all else. The few records that have more than keys and entries are parsed as a whole, into scratch.
func DecodePosting(rec journal.Record, index int, p *ChainedPosting, scratch *Record) (at int64, err error) {
	r := Reader{B: rec.Payload, strings: math.MaxInt}
	flags, err := r.flags(rec.Number)
	if err != nil {
		return 0, err
	}
	if flags&(hasSymbols|hasAssets|hasOpens|hasStatuses) != 0 || flags&versionBits == updatesVersion {
		if err := scratch.Parse(rec); err != nil {
			return 0, err
		}
		q, err := scratch.Posting(index)
		if err != nil {
			return 0, err
		}
		*p = *q
		return scratch.At, nil
	}
	at = r.at(rec.Time)
	r.Bytes() // strings
	for range r.Count() {
		r.Byte() // a key
		r.skip(2)
	}
	var currency, kind uint64
	for e := uint64(0); e < rec.Entries && r.Err == nil; e++ {
		r.skip(1)
		postings := r.Count()
		for range min(index+1, postings) {
			*p = ChainedPosting{Posting: Posting{Currency: currency, Type: kind}}
			r.posting(p, rec.Number)
			currency, kind = p.Currency, p.Type
		}
		if index < postings && r.Err == nil {
			return at, nil
		}
		index -= postings
	}
	if r.Err != nil {
		return 0, damaged(rec.Number, r.Err.Error())
	}
	return 0, noPosting(rec.Number)
}

// noPosting is the damage of a chain that leads to a posting which the record does not have: the record or the one that
// points to it was changed.
func noPosting(record uint64) error {
	return damaged(record, "a later posting points to one that is not there")
}

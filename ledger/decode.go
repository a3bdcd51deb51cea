package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// parsed is a payload taken apart, without any meaning given to its numbers. Its slices are used again for the
// next record, and its texts alias the payload.
type decodedRecord struct {
	number   uint64
	entry    uint64 // number of its first entry
	recorded int64  // microseconds
	at       int64  // nanoseconds

	text      []byte // all strings, each behind its length
	strings   []span
	firstWord uint64
	words     [][]byte
	assets    []parsedAsset
	firstOpen uint64
	opens     []parsedOpen
	statuses  []parsedStatus
	updates   []parsedUpdate
	keys      []parsedKey
	entries   []parsedEntry
	postings  []parsedPosting
	content   []byte

	sums []parsedAmount // scratch of balanced
}

// A span is where a string of a record stands among its text.
type span struct{ from, to uint32 }

// A str is a string of a record, by its number from 1; 0 is none.
type str uint32

type parsedAsset struct{ word, exponent uint64 }

type parsedOpen struct {
	id   str
	kind byte
	parsedDetails
}

type parsedUpdate struct {
	account uint64
	parsedDetails
}

type parsedDetails struct {
	holder    str
	metadata  [][2]str
	overdraft []parsedAmount
}

type parsedAmount struct {
	word   uint64
	amount money.Int
}

type parsedStatus struct {
	account uint64
	status  byte
}

type parsedKey struct {
	space byte
	name  str
	prev  uint64 // record; 0 for none
}

type parsedEntry struct {
	reference str
	from, to  int // its postings
}

type parsedPosting struct {
	account        uint64
	sub            Sub
	currency, kind uint64 // words
	amount         money.Int
	node
	reference, reason str
}

var errShort = errors.New("is cut short")

// reader takes numbers and strings off a payload. The first error stays; all after it is zero.
type reader struct {
	b       []byte
	strings int // of the record
	err     error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.b = nil
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail(errShort)
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) uint() uint64 {
	if len(r.b) > 0 && r.b[0] < 0x80 {
		v := r.b[0]
		r.b = r.b[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail(errShort)
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail(errShort)
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads how many things follow, each at least one byte long.
func (r *reader) count() int {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.fail(errShort)
		return 0
	}
	return int(n)
}

func (r *reader) bytes() []byte {
	n := r.count()
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) money() money.Int {
	v, n, err := money.DecodeInt(r.b)
	if err != nil {
		r.fail(err)
		return v
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) str() str {
	i := r.uint()
	if i >= uint64(r.strings) {
		r.fail(fmt.Errorf("names string %d of %d", i, r.strings))
		return 0
	}
	return str(i) + 1
}

func (r *reader) optional() str {
	i := r.uint()
	if i > uint64(r.strings) {
		r.fail(fmt.Errorf("names string %d of %d", i-1, r.strings))
		return 0
	}
	return str(i)
}

// bytes returns a string of the record.
func (p *decodedRecord) bytes(s str) []byte {
	if s == 0 {
		return nil
	}
	at := p.strings[s-1]
	return p.text[at.from:at.to]
}

// string returns a copy of a string of the record.
func (p *decodedRecord) string(s str) string { return string(p.bytes(s)) }

// key returns a key of the record.
func (p *decodedRecord) key(k parsedKey) Key { return Key{k.space, p.string(k.name)} }

// parse takes a record apart. p's memory is used again.
func (p *decodedRecord) parse(rec journal.Record) error {
	r := reader{b: rec.Payload}
	p.number, p.entry, p.recorded = rec.Number, rec.Entry, rec.Time
	p.words, p.assets, p.opens, p.statuses = p.words[:0], p.assets[:0], p.opens[:0], p.statuses[:0]
	p.updates = p.updates[:0]
	p.keys, p.entries, p.postings, p.strings = p.keys[:0], p.entries[:0], p.postings[:0], p.strings[:0]

	flags, err := r.flags(rec.Number)
	if err != nil {
		return err
	}
	p.at = r.at(rec.Time)
	p.text = r.bytes()
	table := reader{b: p.text}
	for len(table.b) > 0 {
		n := table.count()
		from := len(p.text) - len(table.b)
		p.strings = append(p.strings, span{uint32(from), uint32(from + n)})
		table.b = table.b[n:]
	}
	r.strings = len(p.strings)
	if table.err != nil {
		return damaged(rec.Number, "its strings: "+table.err.Error())
	}
	if flags&hasWords != 0 {
		p.firstWord = r.uint()
		for range r.count() {
			p.words = append(p.words, r.bytes())
		}
	}
	if flags&hasAssets != 0 {
		for range r.count() {
			p.assets = append(p.assets, parsedAsset{r.uint(), r.uint()})
		}
	}
	if flags&hasOpens != 0 {
		p.firstOpen = r.uint()
		for range r.count() {
			p.opens = append(p.opens, r.open())
		}
	}
	if flags&hasStatuses != 0 {
		for range r.count() {
			p.statuses = append(p.statuses, parsedStatus{r.uint(), r.byte()})
		}
	}
	if flags&0xf0 == updatesVersion {
		for range r.count() {
			p.updates = append(p.updates, parsedUpdate{r.uint(), r.details()})
		}
	}
	for range r.count() {
		k := parsedKey{space: r.byte(), name: r.str()}
		if back := r.uint(); back > 0 && back < rec.Number {
			k.prev = rec.Number - back
		} else if back != 0 {
			r.fail(fmt.Errorf("a key points back by %d records", back))
		}
		p.keys = append(p.keys, k)
	}
	if rec.Entries > uint64(len(r.b)) {
		r.fail(errShort)
		rec.Entries = 0
	}
	for range rec.Entries {
		e := parsedEntry{reference: r.optional(), from: len(p.postings)}
		for range r.count() {
			p.postings = append(p.postings, parsedPosting{})
			r.posting(rec.Number, p.postings)
		}
		e.to = len(p.postings)
		p.entries = append(p.entries, e)
	}
	p.content = r.b
	if r.err != nil {
		return damaged(rec.Number, r.err.Error())
	}
	return nil
}

// flags begins a payload.
func (r *reader) flags(record uint64) (byte, error) {
	flags := r.byte()
	if v := flags & 0xf0; v != recordVersion && v != updatesVersion && r.err == nil {
		return 0, damaged(record, fmt.Sprintf("has version %d, this program knows versions %d and %d", flags>>4, recordVersion>>4, updatesVersion>>4))
	}
	return flags, nil
}

func (r *reader) at(recorded int64) int64 {
	base := recorded * int64(time.Microsecond)
	unit := r.byte()
	if unit == 0 {
		return base
	}
	if int(unit) > len(atUnits) {
		r.fail(fmt.Errorf("has time unit %d", unit))
		return 0
	}
	d := int64(atUnits[unit-1])
	return (base/d + r.int()) * d
}

func (r *reader) open() (o parsedOpen) {
	return parsedOpen{r.str(), r.byte(), r.details()}
}

// details reads what is kept with an account.
func (r *reader) details() (d parsedDetails) {
	d.holder = r.optional()
	for range r.count() {
		d.metadata = append(d.metadata, [2]str{r.str(), r.str()})
	}
	for range r.count() {
		d.overdraft = append(d.overdraft, parsedAmount{r.uint(), r.money()})
	}
	return d
}

// posting reads the last one of a list.
func (r *reader) posting(record uint64, list []parsedPosting) {
	p := &list[len(list)-1]
	tag := r.byte()
	p.sub = Sub(tag & 3)
	if p.sub >= subs {
		r.fail(fmt.Errorf("has sub-balance %d", p.sub))
	}
	p.account = r.uint()
	if len(list) > 1 {
		before := &list[len(list)-2]
		p.currency, p.kind = before.currency, before.kind
	}
	if tag&sameCurrency == 0 {
		p.currency = r.uint()
	}
	if tag&sameType == 0 {
		p.kind = r.uint()
	}
	p.amount = r.money()
	r.node(tag, record, &p.node)
	if tag&hasReference != 0 {
		p.reference = r.str()
	}
	if tag&hasReason != 0 {
		p.reason = r.str()
	}
}

// node reads what is kept of a posting besides its amount.
func (r *reader) node(tag byte, record uint64, n *node) {
	n.balance = r.money()
	if tag&isFirst == 0 {
		r.chain(record, n)
	}
	if tag&isLate != 0 {
		n.lateness = r.uint()
		n.late = r.byte()
	}
}

// chain reads the pointers to earlier postings.
func (r *reader) chain(record uint64, n *node) {
	back, index := r.uint(), r.uint()
	if back >= record || index >= maxPostings {
		r.fail(fmt.Errorf("a posting points back by %d records to posting %d", back, index))
		return
	}
	n.prev = at(record-back, int(index))
	switch jump := r.uint(); jump {
	case 0:
		n.jump = n.prev
	case 1:
	default:
		index := r.uint()
		if jump-2 >= n.prev.record() || index >= maxPostings {
			r.fail(fmt.Errorf("a posting jumps back by %d records to posting %d", jump-2, index))
			return
		}
		n.jump = at(n.prev.record()-(jump-2), int(index))
	}
}

// damaged is a record that was not written by this program, or not like this.
func damaged(record uint64, what string) error {
	return corrupt(&journal.DamageError{Record: record, What: what})
}

// record makes a Record of what was parsed, which may then be parsed over.
func (p *decodedRecord) record(n names) (*Record, error) {
	r := new(Record)
	if err := p.fill(r, n); err != nil {
		return nil, err
	}
	return r, nil
}

// fill is record into one that is there already, whose memory is used again.
func (p *decodedRecord) fill(r *Record, n names) error {
	*r = Record{
		Number: p.number, Recorded: fromMicros(p.recorded), At: time.Unix(0, p.at).UTC(),
		Keys: slices.Grow(r.Keys[:0], len(p.keys)), Entries: slices.Grow(r.Entries[:0], len(p.entries)),
		strings: slices.Grow(r.strings[:0], len(p.strings)), postings: slices.Grow(r.postings[:0], len(p.postings)),
		payload: append(r.payload[:0], p.content...), names: n,
	}
	text := string(p.text) // of which all strings are parts
	for _, at := range p.strings {
		r.strings = append(r.strings, text[at.from:at.to])
	}
	for _, k := range p.keys {
		r.Keys = append(r.Keys, Key{k.space, r.text(k.name)})
	}
	for _, a := range p.assets {
		code, err := n.word(a.word)
		if err != nil {
			return damaged(p.number, err.Error())
		}
		r.Assets = append(r.Assets, money.Asset{Code: money.Currency(code), Exponent: int(a.exponent)})
	}
	for i := range p.opens {
		a, err := p.account(&p.opens[i], n)
		if err != nil {
			return damaged(p.number, err.Error())
		}
		r.Opens = append(r.Opens, a)
	}
	for _, s := range p.statuses {
		a, err := n.account(s.account)
		if err != nil {
			return damaged(p.number, err.Error())
		}
		r.Statuses = append(r.Statuses, StatusChange{a.id, accounts.Status(s.status)})
	}
	for i := range p.updates {
		u := &p.updates[i]
		a, err := n.account(u.account)
		if err != nil {
			return damaged(p.number, err.Error())
		}
		d, err := p.details(&u.parsedDetails, n)
		if err != nil {
			return damaged(p.number, err.Error())
		}
		r.Updates = append(r.Updates, Update{a.id, d.holder, d.metadata, d.overdraft})
	}
	for i := range p.postings {
		q := &p.postings[i]
		post, err := q.posting(n)
		if err != nil {
			return damaged(p.number, err.Error())
		}
		post.Reference, post.Reason = r.text(q.reference), r.text(q.reason)
		r.postings = append(r.postings, post)
	}
	for i, e := range p.entries {
		r.Entries = append(r.Entries, Entry{Number: p.entry + uint64(i), Reference: r.text(e.reference), Postings: r.postings[e.from:e.to:e.to]})
	}
	return nil
}

// text returns a string of the record.
func (r *Record) text(s str) string {
	if s == 0 {
		return ""
	}
	return r.strings[s-1]
}

// account makes an account of one that the record opened.
func (p *decodedRecord) account(o *parsedOpen, n names) (accounts.Account, error) {
	a := accounts.Account{ID: accounts.ID(p.string(o.id)), Kind: accounts.Kind(o.kind)}
	d, err := p.details(&o.parsedDetails, n)
	a.Holder, a.Metadata, a.Overdraft = d.holder, d.metadata, d.overdraft
	return a, err
}

// details makes what is kept with an account.
func (p *decodedRecord) details(of *parsedDetails, n names) (d details, err error) {
	d.holder = p.string(of.holder)
	if len(of.metadata) > 0 {
		d.metadata = make(map[string]string, len(of.metadata))
		for _, kv := range of.metadata {
			d.metadata[p.string(kv[0])] = p.string(kv[1])
		}
	}
	for _, o := range of.overdraft {
		c, err := n.word(o.word)
		if err != nil {
			return d, err
		}
		d.overdraft = append(d.overdraft, money.FromInt(o.amount, money.Currency(c)))
	}
	return d, nil
}

// posting makes a Posting but for its texts.
func (p *parsedPosting) posting(n names) (Posting, error) {
	a, err := n.account(p.account)
	if err != nil {
		return Posting{}, err
	}
	currency, err := n.word(p.currency)
	if err != nil {
		return Posting{}, err
	}
	kind, err := n.word(p.kind)
	if err != nil {
		return Posting{}, err
	}
	return Posting{
		Account: a.id, Sub: p.sub, Amount: money.FromInt(p.amount, money.Currency(currency)),
		Type: kind,
	}, nil
}

package daily

import (
	"cmp"
	"maps"
	"slices"

	"github.com/splitledger/splitledger/ledger/internal/codec"
)

// stripe is how many records are noted together as those that a day may be of: a part of a day is read from the journal
// in the stripes that have the day.
const stripe = 1 << 16

// A Builder adds up the records of a stretch of the journal.
type Builder struct {
	headings Headings
	days     map[int32]*dayTotals
	last     *dayTotals // of the record before, which mostly is of the same day
	lastDay  int32
}

// dayTotals are the totals of a day that are being added up.
type dayTotals struct {
	table   Table[Sum] // by account and heading
	stripes []uint64   // ascending
}

// NewBuilder makes a builder that has nothing yet.
func NewBuilder() *Builder { return &Builder{days: make(map[int32]*dayTotals)} }

// Add adds a record. kinds are those of its accounts.
func (b *Builder) Add(record uint64, r *codec.Booked, kinds uint8) {
	if len(r.Moved) == 0 {
		return
	}
	d := b.day(DayOf(r.At))
	if n := len(d.stripes); n == 0 || d.stripes[n-1] != record/stripe {
		d.stripes = append(d.stripes, record/stripe)
	}
	for i := range r.Moved {
		m := &r.Moved[i]
		h := b.headings.Number(Heading{m.Currency, m.Type, r.Label, m.Sub, kinds})
		d.table.At(m.Account<<32 | uint64(h)).Add(m.Amount)
	}
}

// day returns what is added up of a day.
func (b *Builder) day(n int32) *dayTotals {
	if b.last != nil && b.lastDay == n {
		return b.last
	}
	d := b.days[n]
	if d == nil {
		d = &dayTotals{}
		b.days[n] = d
	}
	b.last, b.lastDay = d, n
	return d
}

// contents returns what is to be written: the blocks of the days and of the months, and the stripes of the days.
func (b *Builder) contents() (c contents, err error) {
	c.stripes = make(map[int32][]uint64)
	months := make(map[int32][][]byte)
	for _, n := range slices.Sorted(maps.Keys(b.days)) {
		d := b.days[n]
		block := b.encode(&d.table)
		c.stripes[n] = d.stripes
		c.blocks = append(c.blocks, periodBlock{Period{n, false}, block})
		months[monthOf(n)] = append(months[monthOf(n)], block)
	}
	for _, m := range slices.Sorted(maps.Keys(months)) {
		block, err := mergeBlocks(months[m])
		if err != nil {
			return c, err
		}
		c.blocks = append(c.blocks, periodBlock{Period{m, true}, block})
	}
	return c, nil
}

// encode makes a block of what was added up.
func (b *Builder) encode(t *Table[Sum]) []byte {
	// Headings are written in their order, and only those that the day has.
	used := make([]bool, len(b.headings.List))
	rows := make([]row, 0, t.used)
	t.Each(func(key uint64, s *Sum) {
		used[uint32(key)] = true
		rows = append(rows, row{key, s})
	})
	var list []Heading
	for i, h := range b.headings.List {
		if used[i] {
			list = append(list, h)
		}
	}
	slices.SortFunc(list, Heading.compare)
	place := make([]uint64, len(b.headings.List))
	for i, h := range b.headings.List {
		n, _ := slices.BinarySearchFunc(list, h, Heading.compare)
		place[i] = uint64(n)
	}
	for i := range rows {
		rows[i].key = rows[i].key>>32<<32 | place[uint32(rows[i].key)]
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.key, b.key) })
	block := appendHeadings(make([]byte, 0, 64+10*len(rows)), list)
	before := uint64(0)
	for _, r := range rows {
		account := r.key >> 32
		block = appendRow(block, account-before, uint64(uint32(r.key)), r.sum)
		before = account
	}
	return block
}

// A row is a sum with its account in the high half of the key, and the number of its heading in the low one.
type row struct {
	key uint64
	sum *Sum
}

// Headings gives headings numbers, from 0 on.
type Headings struct {
	List    []Heading
	numbers map[Heading]uint32
	recent  [16]uint32 // numbers that were given last, and one: records of one sort have the same few
}

// Number returns the number of a heading.
func (h *Headings) Number(of Heading) uint32 {
	at := &h.recent[(of.Type*5+of.Label.Kind*3+uint64(of.Sub)+of.Currency)%uint64(len(h.recent))]
	if *at > 0 && h.List[*at-1] == of {
		return *at - 1
	}
	n, ok := h.numbers[of]
	if !ok {
		if h.numbers == nil {
			h.numbers = make(map[Heading]uint32)
		}
		n = uint32(len(h.List))
		h.List, h.numbers[of] = append(h.List, of), n
	}
	*at = n + 1
	return n
}

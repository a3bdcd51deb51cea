package daily

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"

	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/money"
)

// stripe is how many records are noted together as those that a day may be of: a part of a day is read from the journal
// in the stripes that have the day.
const stripe = 1 << 16

// A Builder adds up the records of a stretch of the journal. It collects their postings, and sorts them in the end: that
// takes a quarter of the time of adding them up in tables as they come.
type Builder struct {
	headings Headings
	postings []posting
	large    []money.Int // amounts that an int64 does not hold
	days     map[int32]*builtDay
	list     []int32   // days by number
	last     *builtDay // of the record before, which mostly is of the same day
	lastDay  int32
}

// builtDay is a day that records were of.
type builtDay struct {
	number  uint32
	stripes []uint64 // ascending
}

// A posting has numbers that the builder gave, and the account's.
type posting struct {
	day, heading, account uint32
	large                 bool // the amount is the number of one of those that are large
	amount                int64
}

// NewBuilder makes a builder that has nothing yet.
func NewBuilder() *Builder { return &Builder{days: make(map[int32]*builtDay)} }

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
		p := posting{day: d.number, heading: h, account: uint32(m.Account)}
		var small bool
		if p.amount, small = m.Amount.Int64(); !small {
			p.large, p.amount = true, int64(len(b.large))
			b.large = append(b.large, m.Amount)
		}
		b.postings = append(b.postings, p)
	}
}

// day returns the day of a number since 1970.
func (b *Builder) day(n int32) *builtDay {
	if b.last != nil && b.lastDay == n {
		return b.last
	}
	d := b.days[n]
	if d == nil {
		d = &builtDay{number: uint32(len(b.list))}
		b.days[n], b.list = d, append(b.list, n)
	}
	b.last, b.lastDay = d, n
	return d
}

// contents returns what is to be written: the blocks of the days and of the months, and the stripes of the days.
func (b *Builder) contents() (c contents, err error) {
	headings, days := b.sort()
	c.stripes = make(map[int32][]uint64)
	months := make(map[int32][][]byte)
	left := b.postings
	for place, n := range days {
		end := 0
		for end < len(left) && left[end].day == uint32(place) {
			end++
		}
		block := b.encode(left[:end], headings)
		left = left[end:]
		c.stripes[n] = b.days[n].stripes
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

// sort brings the postings into the order of days, accounts and headings, and gives days and headings their numbers in
// that order, in which it returns them.
func (b *Builder) sort() ([]Heading, []int32) {
	headings, places := slices.Clone(b.headings.List), make([]uint32, len(b.headings.List))
	slices.SortFunc(headings, Heading.compare)
	for i, h := range b.headings.List {
		n, _ := slices.BinarySearchFunc(headings, h, Heading.compare)
		places[i] = uint32(n)
	}
	days, order := slices.Clone(b.list), make([]uint32, len(b.list))
	slices.Sort(days)
	for i, d := range b.list {
		n, _ := slices.BinarySearch(days, d)
		order[i] = uint32(n)
	}
	most := uint32(0)
	for i := range b.postings {
		p := &b.postings[i]
		p.day, p.heading, most = order[p.day], places[p.heading], max(most, p.account)
	}
	b.headings.List = headings // whose numbers are those of their order now
	b.list = days
	for i, d := range days {
		b.days[d].number = uint32(i)
	}
	// As one number, as short as it can be.
	ofHeading, ofAccount := bits.Len(uint(len(headings))), bits.Len32(most)
	if size := bits.Len(uint(len(days))) + ofAccount + ofHeading; size <= 64 {
		b.postings = radix(b.postings, size, func(p *posting) uint64 {
			return (uint64(p.day)<<ofAccount|uint64(p.account))<<ofHeading | uint64(p.heading)
		})
	} else {
		slices.SortFunc(b.postings, func(p, q posting) int {
			return cmp.Or(cmp.Compare(p.day, q.day), cmp.Compare(p.account, q.account), cmp.Compare(p.heading, q.heading))
		})
	}
	return headings, days
}

// digit is how many bits are sorted by at a time.
const digit = 11

// radix sorts postings by a key of so many bits, the lowest first.
func radix(list []posting, size int, key func(*posting) uint64) []posting {
	other := make([]posting, len(list))
	for shift := 0; shift < size; shift += digit {
		var ends [1 << digit]int
		for i := range list {
			ends[key(&list[i])>>shift&(1<<digit-1)]++
		}
		sum := 0
		for i, n := range ends {
			ends[i], sum = sum, sum+n
		}
		for i := range list {
			d := key(&list[i]) >> shift & (1<<digit - 1)
			other[ends[d]] = list[i]
			ends[d]++
		}
		list, other = other, list
	}
	return list
}

// amount returns the amount of a posting.
func (b *Builder) amount(p *posting) money.Int {
	if p.large {
		return b.large[p.amount]
	}
	return money.NewInt(p.amount)
}

// encode makes a block of the sorted postings of a day. It has only the headings that the day has.
func (b *Builder) encode(list []posting, headings []Heading) []byte {
	places := make([]uint64, len(headings))
	for i := range list {
		places[list[i].heading] = 1
	}
	var used []Heading
	for i, h := range headings {
		if places[i] > 0 {
			places[i] = uint64(len(used))
			used = append(used, h)
		}
	}
	block := appendHeadings(make([]byte, 0, 64+8*len(list)), used)
	before := uint32(0)
	for len(list) > 0 {
		p := list[0]
		var sum Sum
		for len(list) > 0 && list[0].account == p.account && list[0].heading == p.heading {
			sum.Add(b.amount(&list[0]))
			list = list[1:]
		}
		block = appendRow(block, uint64(p.account-before), places[p.heading], &sum)
		before = p.account
	}
	return block
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

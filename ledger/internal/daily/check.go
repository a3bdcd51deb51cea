package daily

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/splitledger/splitledger/ledger/internal/codec"
)

// A Check compares files with the journal, and keeps no totals for that: of each day it has a [Print] of what a walk
// along the journal came by.
type Check struct {
	headings Headings
	hashes   []uint64 // of headings
	days     map[int32]*dayCheck
}

// dayCheck is what was come by of a day.
type dayCheck struct {
	print   Print
	stripes []uint64
}

// NewCheck makes a check of nothing yet.
func NewCheck() *Check { return &Check{days: make(map[int32]*dayCheck)} }

// Add takes note of a record of the stretch that the file has.
func (c *Check) Add(record uint64, r *codec.Booked, kinds uint8) {
	if len(r.Moved) == 0 {
		return
	}
	d := c.days[DayOf(r.At)]
	if d == nil {
		d = &dayCheck{}
		c.days[DayOf(r.At)] = d
	}
	if n := len(d.stripes); n == 0 || d.stripes[n-1] != record/stripe {
		d.stripes = append(d.stripes, record/stripe)
	}
	for i := range r.Moved {
		m := &r.Moved[i]
		n := c.headings.Number(Heading{m.Currency, m.Type, r.Label, m.Sub, kinds})
		if int(n) == len(c.hashes) {
			c.hashes = append(c.hashes, c.headings.List[n].hash())
		}
		var s Sum
		s.Add(m.Amount)
		d.print += printOf(c.hashes[n], m.Account, &s)
	}
}

// Differences compares a file with what was taken note of. It returns the days that differ, and calls note with what
// else is wrong with the file.
func (c *Check) Differences(t *File, note func(place, what string)) (days []int32) {
	months, want := make(map[int32]Print), make(map[int32]Print)
	for d, seen := range c.days {
		want[monthOf(d)] += seen.print
	}
	differs := make(map[int32]bool)
	for i := range t.places {
		p := &t.places[i]
		var sum Print
		err := t.visit(p, func(_ Period, b *Block) error {
			sum = b.print()
			return nil
		})
		seen := c.days[p.Number]
		switch {
		case err != nil:
			note(p.String(), err.Error())
		case p.Month:
			months[p.Number] = sum
		case seen == nil || seen.print != sum || !slices.Equal(seen.stripes, t.stripes[p.Number]):
			differs[p.Number] = true
		}
	}
	for d := range c.days {
		if _, ok := t.find(Period{Number: d}); !ok {
			differs[d] = true
		}
	}
	// A month is wrong by itself only where its days are right.
	for m := range want {
		_, read := months[m]
		_, there := t.find(Period{m, true})
		if (read || !there) && months[m] != want[m] && len(differs) == 0 {
			note(Period{m, true}.String(), "the sums of the month are not those of its days")
		}
	}
	return slices.Sorted(maps.Keys(differs))
}

// print adds up the rows that are left.
func (b *Block) print() (p Print) {
	hashes := make([]uint64, len(b.Headings))
	for i, h := range b.Headings {
		hashes[i] = h.hash()
	}
	for b.Next() {
		p += printOf(hashes[b.Heading], b.Account, &b.Sum)
	}
	return p
}

// A Difference is a row of a file that is not as the journal says.
type Difference struct {
	Account    uint64
	Heading    Heading
	Want, Have Sum
}

// Compare finds the first row of a day, by account, that is not what the builder has added up; false where all rows
// are.
func (b *Builder) Compare(t *File, d int32) (first Difference, differs bool, err error) {
	type at struct {
		account uint64
		Heading
	}
	rows := make(map[at]*Difference)
	get := func(account uint64, h Heading) *Difference {
		k := at{account, h}
		if rows[k] == nil {
			rows[k] = &Difference{Account: account, Heading: h}
		}
		return rows[k]
	}
	if day := b.days[d]; day != nil {
		for i := range b.postings {
			if p := &b.postings[i]; p.day == day.number {
				get(uint64(p.account), b.headings.List[p.heading]).Want.Add(b.amount(p))
			}
		}
	}
	if i, ok := t.find(Period{Number: d}); ok {
		err = t.visit(&t.places[i], func(_ Period, b *Block) error {
			for b.Next() {
				get(b.Account, b.Headings[b.Heading]).Have.Join(&b.Sum)
			}
			return nil
		})
	}
	for _, r := range rows {
		if !r.Want.equal(&r.Have) && (!differs ||
			cmp.Or(cmp.Compare(r.Account, first.Account), r.Heading.compare(first.Heading)) < 0) {
			first, differs = *r, true
		}
	}
	return first, differs, err
}

// String writes debits, credits and the number of postings.
func (s Sum) String() string {
	return fmt.Sprintf("%s debits, %s credits in %d postings", s.Debits, s.Credits, s.Postings)
}

// Package daily keeps daily totals: for each day by UTC, account and heading the sum of debits, the sum of credits and
// how many postings that were. They are derived from the journal, stretch by stretch: a [Builder] adds up the records
// of one and writes them to a [File]; files are merged, and read period by period.
//
// Days are those on which events happened. What is booked late is of a day of the past, in a later file: whoever asks
// for a day adds up what all files have of it. Months are summed beside the days, so that all that came before a day
// is read in a few long steps.
package daily

import (
	"cmp"
	"math"
	"time"

	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/money"
)

// A Heading is what postings of a day and an account are told apart by, in numbers of the journal.
type Heading struct {
	Currency, Type uint64
	Label          codec.Label // of their records
	Sub            uint8
	Kinds          uint8 // of all accounts of their records: bit k for kind k
}

// compare orders headings.
func (h Heading) compare(o Heading) int {
	return cmp.Or(cmp.Compare(h.Currency, o.Currency), cmp.Compare(h.Sub, o.Sub), cmp.Compare(h.Type, o.Type),
		cmp.Compare(h.Label.Kind, o.Label.Kind), cmp.Compare(h.Label.Given, o.Label.Given),
		cmp.Compare(h.Kinds, o.Kinds))
}

// A Sum is what some postings come to. Debits and credits are not negative; an amount of zero counts as a debit.
type Sum struct {
	Debits, Credits money.Int
	Postings        uint64
}

// Add adds a posting.
func (s *Sum) Add(amount money.Int) {
	s.Postings++
	if amount.Sign() >= 0 {
		s.Debits = s.Debits.Add(amount)
	} else {
		s.Credits = s.Credits.Sub(amount)
	}
}

// Join adds another sum.
func (s *Sum) Join(o *Sum) {
	s.Debits, s.Credits, s.Postings = s.Debits.Add(o.Debits), s.Credits.Add(o.Credits), s.Postings+o.Postings
}

// equal compares by value.
func (s *Sum) equal(o *Sum) bool {
	return s.Postings == o.Postings && s.Debits.Equal(o.Debits) && s.Credits.Equal(o.Credits)
}

// Day is how many nanoseconds a day has: those of UTC all have as many.
const Day = int64(24 * time.Hour)

// DayOf returns the day by UTC that a time in nanoseconds is of, in days since 1970.
func DayOf(at int64) int32 {
	d := at / Day
	if at%Day < 0 {
		d--
	}
	return int32(d)
}

// A Period is a day or a month.
type Period struct {
	Number int32 // of a day since 1970, of a month since January of year 0
	Month  bool
}

// monthOf returns the month that a day is in.
func monthOf(d int32) int32 {
	t := dayTime(d)
	return int32(t.Year()*12 + int(t.Month()) - 1)
}

// dayTime is the beginning of a day.
func dayTime(d int32) time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Days returns the first day of the period, and the first after it.
func (p Period) Days() (from, to int32) {
	if !p.Month {
		return p.Number, p.Number + 1
	}
	first := func(month int32) int32 {
		return int32(time.Date(int(month/12), time.Month(month%12+1), 1, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	}
	return first(p.Number), first(p.Number + 1)
}

// Earliest and Latest are bounds of days that do not limit.
const (
	Earliest = math.MinInt32
	Latest   = math.MaxInt32
)

// within reports whether the period is to be read for all days from one up to, not including, another: each day must
// count once, by itself or in its month.
func (p Period) within(from, to int32) bool {
	first, end := p.Days()
	if first < from || end > to {
		return false
	}
	if p.Month {
		return true
	}
	return !Period{monthOf(p.Number), true}.within(from, to)
}

// A Table adds up sums by a number. It is a hash table with one piece of memory: millions of postings pass through it.
type Table[S any] struct {
	slots []slot[S]
	used  int
}

// A slot holds a key and its sum.
type slot[S any] struct {
	key uint64 // and one, so that 0 is an empty slot
	Sum S
}

// At returns the sum of a key, which is zero at first. It is good until the next call.
func (t *Table[S]) At(key uint64) *S {
	if 2*t.used >= len(t.slots) {
		t.grow()
	}
	mask := uint64(len(t.slots) - 1)
	for i := spread(key) & mask; ; i = (i + 1) & mask {
		switch s := &t.slots[i]; s.key {
		case key + 1:
			return &s.Sum
		case 0:
			s.key = key + 1
			t.used++
			return &s.Sum
		}
	}
}

// spread makes a hash of a key: neighbouring accounts are not neighbours in the table.
func spread(key uint64) uint64 {
	key *= 0x9E3779B97F4A7C15
	return key ^ key>>32
}

// grow doubles the table.
func (t *Table[S]) grow() {
	old := t.slots
	t.slots = make([]slot[S], max(64, 2*len(old)))
	mask := uint64(len(t.slots) - 1)
	for i := range old {
		if old[i].key == 0 {
			continue
		}
		j := spread(old[i].key-1) & mask
		for t.slots[j].key != 0 {
			j = (j + 1) & mask
		}
		t.slots[j] = old[i]
	}
}

// Each calls f with each key and its sum, in no order.
func (t *Table[S]) Each(f func(key uint64, s *S)) {
	for i := range t.slots {
		if s := &t.slots[i]; s.key != 0 {
			f(s.key-1, &s.Sum)
		}
	}
}

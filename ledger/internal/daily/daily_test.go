package daily

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/internal/lsm"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/money"
)

// drawn is a record with its number and the kinds of its accounts.
type drawn struct {
	n     uint64
	kinds uint8
	codec.Booked
}

// drawRecords draws records of a few days and accounts, some with amounts that no int64 holds.
func drawRecords(t *rapid.T) (list []drawn) {
	huge := money.NewInt(1 << 62).Mul(money.NewInt(1 << 62))
	n := uint64(1)
	for range rapid.IntRange(0, 40).Draw(t, "records") {
		n += rapid.SampledFrom([]uint64{1, 1, 1, stripe}).Draw(t, "further")
		r := drawn{n: n, kinds: uint8(rapid.IntRange(0, 3).Draw(t, "kinds"))}
		r.At = time.Date(2026, 1, 1, rapid.IntRange(-24*40, 24*70).Draw(t, "hour"), 0, 0, 0, time.UTC).UnixNano()
		r.Label = codec.Label{Kind: rapid.Uint64Range(0, 1).Draw(t, "word"), Given: rapid.Uint64Range(0, 1).Draw(t, "given")}
		for range rapid.IntRange(0, 4).Draw(t, "postings") {
			m := codec.Moved{Account: rapid.SampledFrom([]uint64{0, 1, 7, 1 << 20}).Draw(t, "account"), Currency: rapid.Uint64Range(1, 2).Draw(t, "currency"),
				Type: rapid.Uint64Range(0, 2).Draw(t, "type"), Sub: uint8(rapid.IntRange(0, 2).Draw(t, "sub")), Amount: money.NewInt(rapid.Int64Range(-9, 9).Draw(t, "amount"))}
			if rapid.IntRange(0, 9).Draw(t, "huge") == 0 {
				m.Amount = m.Amount.Mul(huge)
			}
			r.Moved = append(r.Moved, m)
		}
		list = append(list, r)
	}
	return list
}

// create makes an empty file.
func create(t *rapid.T, dir, name string) *os.File {
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// write writes the totals of records.
func write(t *rapid.T, dir, name string, list []drawn) *File {
	b := NewBuilder()
	for i := range list {
		b.Add(list[i].n, &list[i].Booked, list[i].kinds)
	}
	f, err := b.Write(create(t, dir, name), lsm.Owner{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// rows writes the totals that some files have of days, and those of records, in one form.
func rows(t *rapid.T, files []*File, list []drawn, from, to int32) (got, want string) {
	type at struct {
		account uint64
		Heading
	}
	show := func(sums map[at]*Sum) string {
		var lines []string
		for k, s := range sums {
			lines = append(lines, fmt.Sprintf("%d %+v: %s", k.account, k.Heading, s))
		}
		slices.Sort(lines)
		return strings.Join(lines, "\n")
	}
	read, walked := make(map[at]*Sum), make(map[at]*Sum)
	get := func(sums map[at]*Sum, k at) *Sum {
		if sums[k] == nil {
			sums[k] = &Sum{}
		}
		return sums[k]
	}
	for _, f := range files {
		if err := f.Blocks(from, to, func(_ Period, b *Block) error {
			for b.Next() {
				get(read, at{b.Account, b.Headings[b.Heading]}).Join(&b.Sum)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range list {
		if d := DayOf(r.At); d < from || d >= to {
			continue
		}
		for _, m := range r.Moved {
			get(walked, at{m.Account, Heading{m.Currency, m.Type, r.Label, m.Sub, r.kinds}}).Add(m.Amount)
		}
	}
	return show(read), show(walked)
}

// Totals of any days are those of the records, whether they lie in one file, in several or in a merged one; a check finds
// them right, and wrong where one posting is another.
func TestTotalsAreThoseOfTheRecords(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		list := drawRecords(t)
		cut := rapid.IntRange(0, len(list)).Draw(t, "cut")
		parts := []*File{write(t, dir, "second", list[cut:]), write(t, dir, "first", list[:cut])}
		merged, err := Merge(create(t, dir, "merged"), lsm.Owner{}, parts, func() {})
		if err != nil {
			t.Fatal(err)
		}
		whole := write(t, dir, "whole", list)
		if merged.Sum() != whole.Sum() {
			t.Fatal("merged files are not what is written at once")
		}
		reopened, err := Open(merged.file)
		if err != nil || reopened.Sum() != merged.Sum() {
			t.Fatalf("opened again: %v", err)
		}
		from := DayOf(time.Date(2026, 1, rapid.IntRange(-40, 70).Draw(t, "from"), 0, 0, 0, 0, time.UTC).UnixNano())
		to := from + int32(rapid.IntRange(0, 80).Draw(t, "days"))
		for _, days := range [][2]int32{{from, to}, {Earliest, from}, {from, Latest}, {Earliest, Latest}} {
			for _, files := range [][]*File{parts, {reopened}} {
				if got, want := rows(t, files, list, days[0], days[1]); got != want {
					t.Fatalf("days %v: got\n%s\nexpected\n%s", days, got, want)
				}
			}
		}
		checkDifferences(t, merged, list)
		for _, f := range append(parts, merged, whole) {
			f.Close()
		}
	})
}

// checkDifferences checks a file against its records, and against others.
func checkDifferences(t *rapid.T, f *File, list []drawn) {
	differ := func() []int32 {
		c := NewCheck()
		for i := range list {
			c.Add(list[i].n, &list[i].Booked, list[i].kinds)
		}
		return c.Differences(f, func(place, what string) { t.Fatalf("%s: %s", place, what) })
	}
	if days := differ(); len(days) > 0 {
		t.Fatalf("days %v differ", days)
	}
	moved := slices.DeleteFunc(slices.Clone(list), func(r drawn) bool { return len(r.Moved) == 0 })
	if len(moved) == 0 {
		return
	}
	r := rapid.SampledFrom(moved).Draw(t, "changed")
	m := &r.Moved[rapid.IntRange(0, len(r.Moved)-1).Draw(t, "posting")]
	before := *m
	rapid.SampledFrom([]func(){
		func() { m.Amount = m.Amount.Add(money.NewInt(1)) }, func() { m.Account++ }, func() { m.Sub = (m.Sub + 1) % 3 },
		func() { m.Type++ }, func() { m.Currency += 2 },
	}).Draw(t, "change")()
	days := differ()
	if !slices.Equal(days, []int32{DayOf(r.At)}) {
		t.Fatalf("%+v is %+v: days %v differ", before, *m, days)
	}
	b := NewBuilder()
	for i := range list {
		b.Add(list[i].n, &list[i].Booked, list[i].kinds)
	}
	first, differs, err := b.Compare(f, days[0])
	if err != nil || !differs || first.Account != before.Account && first.Account != m.Account {
		t.Fatalf("%+v is %+v: found %+v, %v, %v", before, *m, first, differs, err)
	}
	*m = before
}

// An amount counts by what it is modulo 2^64, however large it is and of either sign.
func TestPrintsOfLargeAmounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) money.Int {
			i := money.NewInt(rapid.Int64().Draw(t, label))
			for range rapid.IntRange(0, 3).Draw(t, label) {
				i = i.Mul(money.NewInt(rapid.Int64().Draw(t, label)))
			}
			return i
		}
		a, b := draw("a"), draw("b")
		if low(a)+low(b) != low(a.Add(b)) || low(a)-low(b) != low(a.Sub(b)) {
			t.Fatalf("%s and %s: %d and %d, %d", a, b, low(a), low(b), low(a.Add(b)))
		}
	})
}

// The days of months follow each other without a gap, over the ends of years and leap years.
func TestMonths(t *testing.T) {
	for d := DayOf(time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()); d < 100_000; d++ {
		from, to := Period{monthOf(d), true}.Days()
		if d < from || d >= to || monthOf(to) != monthOf(d)+1 || to-from < 28 || to-from > 31 {
			t.Fatalf("%s is of the month %s, which is of days %d to %d", Period{d, false}, Period{monthOf(d), true}, from, to)
		}
	}
}

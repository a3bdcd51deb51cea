package commands

import (
	"errors"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// A sampleRow has a column of each kind that tags can ask for.
type sampleRow struct {
	Name   string        `json:"name" col:"name"`
	Count  uint64        `json:"count" col:"count,blank"`
	Note   string        `csv:"a note" col:"note,optional"`
	Right  string        `json:"-" col:"right,right"`
	Change query.Minor   `json:"change" col:"change,signed"`
	Of     *money.Amount `json:"of" col:"of"`
	Lines  []uint64      `json:"lines" csv:"-"`
	Done   bool          `csv:"done"`
}

func sampleRows() []sampleRow {
	eur := func(minor int64) query.Minor { return query.Minor{Amount: money.New(minor, "EUR")} }
	a := money.New(0, "JPY")
	return []sampleRow{
		{Name: "one", Count: 12345, Right: "x", Change: eur(150), Of: &a},
		{Name: "two", Right: "long", Change: eur(-150), Done: true},
		{Name: "three", Change: eur(0)},
	}
}

// TestListingOptions prints rows as their tags say.
func TestListingOptions(t *testing.T) {
	table := newListing[sampleRow](display{Style: columns.Style{People: true}})
	for _, row := range sampleRows() {
		table.add(row)
	}
	want := []string{
		"name    count  right  change     of",
		"one    12,345      x   +1.50  0 JPY",
		"two             long   -1.50",
		"three",
	}
	if got := strings.Join(table.grid(maxWidth).lines(), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("expected\n%s\nfound\n%s", strings.Join(want, "\n"), got)
	}
	var out strings.Builder
	if err := columns.WriteRecords(&out, columns.Style{}, query.Each(sampleRows()), "done", "name", "a note", "change"); err != nil {
		t.Fatal(err)
	}
	if want := "done,name,a note,change,change_minor\n" +
		"false,one,,1.50,150\ntrue,two,,-1.50,-150\nfalse,three,,0.00,0\n"; out.String() != want {
		t.Errorf("expected %q, found %q", want, out.String())
	}
}

// TestPrintObject adds lists to an object. One that breaks off ends in its error.
func TestPrintObject(t *testing.T) {
	var out strings.Builder
	numbers := member[int]{"numbers", query.Each([]int{1, 2})}
	if err := printObject(&out, map[string]int{"a": 1}, numbers, member[int]{"none", query.Each[int](nil)}); err != nil {
		t.Fatal(err)
	}
	if want := "{\"a\":1,\n\"numbers\":[\n 1,\n 2],\n\"none\":[]}\n"; out.String() != want {
		t.Errorf("expected %q, found %q", want, out.String())
	}
	failed := errors.New("the disk")
	broken := member[int]{"broken", func(yield func(int, error) bool) { yield(0, failed) }}
	if err := printObject(&out, map[string]int{"a": 1}, broken); !errors.Is(err, failed) {
		t.Errorf("expected %v, found %v", failed, err)
	}
}

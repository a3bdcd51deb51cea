package commands

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query/columns"
)

// A wideRow has texts of any length, and a number and a time that are never cut.
type wideRow struct {
	Name   string       `json:"name" col:"NAME"`
	Note   string       `json:"note" col:"NOTE,below"`
	Holder string       `json:"holder" col:"HOLDER,wide"`
	Other  string       `json:"other" col:"OTHER"`
	At     time.Time    `json:"at" col:"AT"`
	Amount money.Amount `json:"amount" col:"AMOUNT"`
}

// Whatever is in the texts, tables fit 100 characters, numbers and times are whole, and what is missing is said.
func TestTablesFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var errs bytes.Buffer
		c := &cli{stderr: &errs}
		s := newListing[wideRow](display{columns.For(money.Table{}), c})
		line := rapid.StringOfN(rapid.RuneFrom([]rune("abc é漢\u0001")), 0, 150, -1)
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) wideRow {
			return wideRow{line.Draw(t, "name"), line.Draw(t, "note"), line.Draw(t, "holder"), line.Draw(t, "other"),
				time.Unix(1e9, 5).UTC(), money.New(123456789, "EUR")}
		}), 1, 5).Draw(t, "rows")
		for _, r := range rows {
			s.add(r)
		}
		lines := s.grid(maxWidth).lines()
		whole := 0
		for _, l := range lines {
			if n := text.StringWidth(l); n > maxWidth {
				t.Fatalf("%d wide: %s", n, l)
			}
			if strings.Contains(l, "2001-09-09T01:46:40Z  1,234,567.89 EUR") {
				whole++
			}
		}
		if whole != len(rows) {
			t.Fatalf("%d of %d rows have their time and amount in\n%s", whole, len(rows), strings.Join(lines, "\n"))
		}
		c.tellNarrow()
		if cut := strings.Contains(strings.Join(lines, ""), "…"); cut && !strings.Contains(errs.String(), "--wide") {
			t.Fatal("texts are cut and nobody is told")
		}
		c.wide = true
		wide := strings.Join(s.grid(maxWidth).lines(), "\n")
		if strings.Contains(wide, "…") || !strings.Contains(wide, "HOLDER") {
			t.Fatal("--wide does not show all")
		}
	})
}

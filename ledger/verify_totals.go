package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/internal/daily"
	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/ledger/journal"
)

// A totalsCheck compares a file of daily totals with the records of its stretch.
type totalsCheck struct {
	file *index.TotalsFile
	seen *daily.Check
}

// lookAtTotals begins the checks of the files of daily totals. The indexer pauses, so they stay.
func (v *verifier) lookAtTotals() error {
	v.booked = v.ledger.newBookedReader(v.shown.names, v.shown.head, nil)
	return v.ledger.index.Totals.Read(func(files []*index.TotalsFile, _ journal.Head) error {
		for _, f := range files {
			v.totals = append(v.totals, totalsCheck{f, daily.NewCheck()})
		}
		return nil
	})
}

// countTotals takes note of a record for the file that has its totals.
func (v *verifier) countTotals(p *codec.Record) {
	for n := len(v.totals); n > 0 && p.Number > v.totals[n-1].file.End.Record; n-- {
		v.totals, v.counted = v.totals[:n-1], append(v.counted, v.totals[n-1]) // files are newest first
	}
	if len(v.totals) == 0 {
		return
	}
	r := v.booked
	r.booked.Take(p)
	r.view.symbols = v.state.names()
	kinds, err := r.kindsOf(p.Number, r.booked.Moved)
	if err != nil {
		v.note("", err)
		return
	}
	v.totals[len(v.totals)-1].seen.Add(p.Number, &r.booked, kinds)
}

// dailyTotals compares the files of daily totals with what was taken note of. The error says that it could not be done.
func (v *verifier) dailyTotals(ctx context.Context) error {
	for _, c := range append(v.counted, v.totals...) {
		note := func(place, what string) { v.note(c.file.Place()+", "+place, errors.New(what)) }
		days := c.seen.Differences(c.file.File, note)
		if len(days) == 0 {
			continue
		}
		if err := v.locateTotals(ctx, c.file, days); err != nil {
			return err
		}
	}
	return nil
}

// locateTotals names, of each of some days, the first account whose totals are not those of the journal. For that the
// stretch of the file is read once more.
func (v *verifier) locateTotals(ctx context.Context, f *index.TotalsFile, days []int32) error {
	b, wanted := daily.NewBuilder(), make(map[int32]bool)
	for _, d := range days {
		wanted[d] = true
	}
	err := v.booked.read(ctx, f.First, f.End.Record, func(n uint64, r *codec.Booked, kinds uint8) {
		if wanted[daily.DayOf(r.At)] {
			b.Add(n, r, kinds)
		}
	})
	if err != nil {
		return err
	}
	for _, d := range days {
		place := fmt.Sprintf("%s, %s", f.Place(), daily.Period{Number: d})
		first, differs, err := b.Compare(f.File, d)
		switch {
		case err != nil:
			v.note(place, err)
		case !differs:
			v.note(place, errors.New("the journal has its records in other places than are kept"))
		default:
			v.note(place+v.totalPlace(&first), fmt.Errorf("its totals of %q are %s by the journal, %s are kept",
				symbolOr(v.shown.names.symbols, first.Heading.Type), first.Want, first.Have))
		}
	}
	return nil
}

// totalPlace names the account and sub-balance of a difference for people.
func (v *verifier) totalPlace(d *daily.Difference) string {
	id, err := v.shown.names.AccountID(d.Account)
	if err != nil {
		return ", " + err.Error()
	}
	currency := symbolOr(v.shown.names.symbols, d.Heading.Currency)
	return fmt.Sprintf(", account %s, %s %s", id, Sub(d.Heading.Sub), currency)
}

// symbolOr returns a symbol by its number, or what to call one that there is not.
func symbolOr(symbols []string, n uint64) string {
	if s, err := codec.Symbol(symbols, n); err == nil {
		return s
	}
	return fmt.Sprintf("symbol %d", n)
}

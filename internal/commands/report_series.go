package commands

import (
	"cmp"
	"slices"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

// seriesHelp says which moment a point is of. Its fields of JSON are those of [query.SeriesPoint], and are kept in step
// by hand.
const seriesHelp = `Prints what an account had over time, by currency: at the end of each day, week (to Sunday) or
month of a period, and at its end. Each is the balance that 'splitledger balance --at' that time
prints.

--points merges steps until there are so many points or fewer: with --by day --points 12 a year
has 12, each the end of about 30 days. --points alone cuts the period into so many parts of the
same length.

By default the times are effective ones: what had happened by then, and --recorded leaves out
what the books learned after that time. With --clock recorded they are recorded ones: what the
books knew by then; --at then leaves out what happened after that time. So
--clock recorded --at 2026-03 shows how the balance at the end of March came to be known.

--json prints an array of {"at","currency","pending","available","reserved","balance"} with
whole minor units.`

// seriesFlags are those of a series.
type seriesFlags struct {
	periodFlags
	at, recorded timeFlag
	by, clock    string
	points       int
	currency     string
}

// seriesCommand makes 'splitledger report series'.
func (c *cli) seriesCommand() *cobra.Command {
	var f seriesFlags
	cmd := &cobra.Command{
		Use:   "series ACCOUNT",
		Short: "Print what an account had over time",
		Long:  seriesHelp,
		Example: `  splitledger report series liable --from 2026-03 --to 2026-03
  splitledger report series seller:0001 --from 2026-01 --to 2026-12 --by month --csv
  splitledger report series liable --from 2026-04-01 --to 2026-04-30 --clock recorded --at 2026-03`,
		ValidArgsFunction: c.completeAccounts,
	}
	flags := cmd.Flags()
	f.register(flags, "points", "")
	flags.StringVar(&f.by, "by", "", "a point at the end of each `day`, week or month (default day)")
	flags.IntVar(&f.points, "points", 0, "merge steps until there are `N` points or fewer")
	flags.StringVar(&f.clock, "clock", "effective", "`effective` or recorded times")
	flags.Var(&f.at, "at", "with --clock recorded: what had happened by this `time`, or the end of this day or month")
	flags.Var(&f.recorded, "recorded", "what the books knew by this `time`, or the end of this day or month")
	flags.StringVar(&f.currency, "currency", "", "only one `currency`")
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		id, err := accounts.Parse(args[0])
		if err != nil {
			return unusable("%w", err)
		}
		wanted, err := f.filter(c, cmd.Flags().Changed("points"))
		if err != nil {
			return err
		}
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer c.close(b.Ledger)
		list, err := b.Series(id, *wanted)
		if err != nil {
			return asked(err)
		}
		return printList(c, c.form, query.Each(list), c.display(b.Ledger),
			nothingOn(id, f.currency))
	})
	return cmd
}

// filter is what the flags ask for.
func (f *seriesFlags) filter(c *cli, counted bool) (*query.SeriesFilter, error) {
	zone := c.zone.Location
	if err := checkCurrency(f.currency); err != nil {
		return nil, err
	}
	if !f.from.given() || !f.to.given() {
		return nil, unusable("expected --from and --to, such as --from 2026-03 --to 2026-03")
	}
	within, err := f.period(zone)
	if err != nil {
		return nil, err
	}
	wanted := &query.SeriesFilter{Currency: money.Currency(f.currency), Recorded: f.clock == "recorded",
		AsOf: ledger.AsOf{At: f.at.last(zone), Recorded: f.recorded.last(zone)}}
	switch {
	case f.clock != "effective" && f.clock != "recorded":
		return nil, unusable("--clock: expected effective or recorded, found %q", f.clock)
	case f.at.given() && !wanted.Recorded:
		return nil, unusable("expected --at with --clock recorded alone; the points are what --from and --to say")
	case f.recorded.given() && wanted.Recorded:
		return nil, unusable("expected no --recorded with --clock recorded; the points are what --from and --to say")
	case f.by != "" && !slices.Contains(
		[]query.Interval{query.Daily, query.Weekly, query.Monthly}, query.Interval(f.by)):
		return nil, unusable("--by: expected day, week or month, found %q", f.by)
	case counted && f.points < 1:
		return nil, unusable("--points: expected 1 or more, found %d", f.points)
	}
	by := query.Interval(f.by)
	if !counted {
		by = cmp.Or(by, query.Daily)
	}
	if wanted.Points, err = query.Points(within, by, f.points, zone); err != nil {
		return nil, unusable("%w", err)
	}
	return wanted, nil
}

// nothingOn is what people are told of an empty series.
func nothingOn(id accounts.ID, currency string) string {
	text := "nothing was ever booked on " + string(id)
	if currency != "" {
		text += " in " + currency
	}
	return text
}

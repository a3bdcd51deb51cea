package commands

import (
	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// changesHelp says what the two times are, as an accountant who printed March on 3 April gives them. Its fields of JSON
// are those of [query.Changes], and are kept in step by hand.
const changesHelp = `Prints what became of a report after it was made: what was booked later and is of the time that
it reports, and which balances at the end of that time moved. WAS is the figure as it was
recorded, CHANGE what came late, IS the figure now. A second table has the postings that came
late. Of a closed period no figure moves; what is of it all the same is listed as counting
later, at the first moment that was open.

--since is when the report was made: what it knew (of a day its end). --at is the end of what it was
of; without it that is --since. So for what became of March, printed on 3 April: --since
2026-04-03 --at 2026-03. --recorded compares with what the books knew by then, instead of now.

--entries prints the late postings alone, in any form; --csv without it has the figures.

--json prints
  {"since","at","recorded","figures":[{"account","kind","sub","currency","was","change","is",
   "entries"}],"postings":[{"entry","event","type","at","happened","recorded","moved",
   "account","sub","currency","amount"}]}
with whole minor units, positive on the account's normal side; --entries --json the array of
postings. Empty fields are omitted.`

// changesCommand makes 'splitledger report changes'.
func (c *cli) changesCommand() *cobra.Command {
	var since, at, recorded timeFlag
	var currency string
	var entries bool
	cmd := &cobra.Command{
		Use:   "changes",
		Short: "Print what came late, and which reported balances moved",
		Long:  changesHelp,
		Example: `  splitledger report changes --since 2026-04-03 --at 2026-03
  splitledger report changes --since 2026-04-03T09:00:00Z --at 2026-03 --entries --csv`,
	}
	flags := cmd.Flags()
	flags.Var(&since, "since", "what was recorded after this `time`, or after the end of this day or month")
	flags.Var(&at, "at", "the end of what was reported: this `time`, or the end of this day or month")
	flags.Var(&recorded, "recorded", "compare with what the books knew by this `time`, instead of now")
	flags.StringVar(&currency, "currency", "", "only one `currency`")
	flags.BoolVar(&entries, "entries", false, "print the late postings alone")
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		zone := c.zone.Location
		f := query.ChangesFilter{Since: since.last(zone), At: at.last(zone), Recorded: recorded.last(zone),
			Currency: money.Currency(currency)}
		if err := checkCurrency(currency); err != nil {
			return err
		}
		if !since.given() {
			return unusable("expected --since TIME, when the report was made, such as --since 2026-04-03")
		}
		if recorded.given() && f.Recorded.Before(f.Since) {
			return unusable("expected --recorded after --since, found %s and %s", &recorded, &since)
		}
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer c.close(b.Ledger)
		changes, err := b.Changes(cmd.Context(), f)
		switch t := c.display(b.Ledger); {
		case err != nil:
			return err
		case entries:
			return printList(c, c.form, query.Each(changes.Postings), t, "nothing came late")
		case c.form == asJSON:
			return writeJSON(c.stdout, changes)
		case c.form == asCSV:
			return columns.WriteCSV(c.stdout, t.Style, query.Each(changes.Figures))
		}
		return c.changesTables(b, changes)
	})
	return cmd
}

// changesTables prints what moved, and below it what moved it.
func (c *cli) changesTables(b *query.Books, changes *query.Changes) error {
	if len(changes.Postings) == 0 {
		return c.note("nothing came late")
	}
	if err := c.head(b, query.Period{}, changes.Recorded, "of what had happened by "+stamp(changes.At),
		"recorded after "+stamp(changes.Since)); err != nil {
		return err
	}
	figures := listed(c.display(b.Ledger), changes.Figures).lines()
	if len(changes.Figures) == 0 {
		figures = []string{"no figure moved"}
	}
	if err := writeLines(c.stdout, "", append(figures, "")...); err != nil {
		return err
	}
	return listed(c.display(b.Ledger), changes.Postings).writeTo(c.stdout, "")
}

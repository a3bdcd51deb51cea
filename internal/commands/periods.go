package commands

import (
	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/query"
)

// periodsHelp shows the two events, as no command makes them. Its fields of JSON are those of [query.PeriodChange], and
// are kept in step by hand.
const periodsHelp = `Lists what closed the books through a day, and what opened days again, newest first. The
first row is what counts: closed, nothing gets entries of a time through that day any more;
reopened, that day and all after it are open.

The books are closed and opened by events, as 'splitledger post' takes them:
  {"id":"…","type":"period.close","through":"2026-03-31","reason":"…"}
  {"id":"…","type":"period.reopen","through":"2026-03-01"}

--json prints an array of {"through","closed","reason","recorded","event","record"}.`

// periodsCommand makes 'splitledger periods'. Closing a month is a decision that an auditor asks after, so the list has
// every change of it and not only the state there is.
func (c *cli) periodsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "periods",
		Short: "List what closed the books, and what opened them again",
		Long:  periodsHelp,
	}
	cmd.RunE = runs(func(*cobra.Command, []string) error {
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer c.close(b.Ledger)
		// A ledger closes some months a year, so there are no pages and no filter.
		list, err := b.Periods()
		if err != nil {
			return err
		}
		// That nothing was closed is a note for people; JSON has an empty array.
		return printList(c, c.form, query.Each(list), c.display(b.Ledger), "no period was ever closed")
	})
	return cmd
}

package commands

import (
	"cmp"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// ageingHelp says how a debt is shared out. Its fields of JSON are those of [query.Ageing], and are kept in step by
// hand.
const ageingHelp = `Prints who owes the platform, and for how long: sub-accounts that have less than nothing
available, or in all, by currency, the oldest first. SINCE is when an account went below zero,
where it has been without interruption, DAYS the whole days since then.

A DEBT is shared out by age in days. What comes in pays the oldest part first, so what is left
are the newest portions: an account that owed 100.00 for 70 days, got 80.00 and owes 50.00 more
since yesterday owes 20.00 of 61-90 days and 50.00 of 0-30.

--at is the moment, of a day or month its end; without it that is now. --recorded TIME leaves
out what the books learned after that time. --kind has accounts of another kind.

--json prints
  {"at","recorded","rows":[{"currency","account","kind","holder","since","days","debt",
   "upTo30","upTo60","upTo90","over90"}],"totals":[{"currency","accounts","debt",…}]}
with whole minor units. Empty fields are omitted.`

// ageingCommand makes 'splitledger report ageing'.
func (c *cli) ageingCommand() *cobra.Command {
	var at, recorded timeFlag
	var kind, currency string
	cmd := &cobra.Command{
		Use:   "ageing [ACCOUNT...]",
		Short: "Print who owes the platform, and for how long",
		Long:  ageingHelp,
		Example: `  splitledger report ageing
  splitledger report ageing --at 2026-03 --currency EUR --csv`,
		ValidArgsFunction: c.completeAccounts,
	}
	flags := cmd.Flags()
	flags.Var(&at, "at", "what had happened by this `time`, or the end of this day or month; default now")
	flags.Var(&recorded, "recorded", "what the books knew by this `time`, or the end of this day or month")
	flags.StringVar(&kind, "kind", accounts.KindSub.String(),
		"accounts of a `kind`: sub, platform, liable, provider or bank")
	flags.StringVar(&currency, "currency", "", "only one `currency`")
	cmd.RegisterFlagCompletionFunc("kind", completeKinds)
	cmd.RunE = runs(func(cmd *cobra.Command, names []string) error {
		zone := c.zone.Location
		wanted, err := accountFilter(names, kind, "")
		if err := cmp.Or(err, checkCurrency(currency)); err != nil {
			return err
		}
		f := query.AgeingFilter{AccountFilter: *wanted, At: at.last(zone), Recorded: recorded.last(zone),
			Currency: money.Currency(currency)}
		if !at.given() {
			f.At = time.Now()
		}
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer c.close(b.Ledger)
		ageing, err := b.Ageing(cmd.Context(), f)
		switch {
		case err != nil:
			return asked(err)
		case c.form == asJSON:
			return writeJSON(c.stdout, ageing)
		case c.form == asCSV:
			return columns.WriteCSV(c.stdout, c.display(b.Ledger).Style, query.Each(ageing.Rows))
		case len(ageing.Rows) == 0:
			return c.note("nobody owes anything")
		}
		if err := c.head(b, query.Period{To: at.end(zone)}, f.Recorded); err != nil {
			return err
		}
		return c.ageingTable(ageing, c.display(b.Ledger))
	})
	return cmd
}

// ageingTable prints debts, with their sums by currency.
func (c *cli) ageingTable(ageing *query.Ageing, t display) error {
	s := newListing[query.AgedDebt](t,
		"CURRENCY", "ACCOUNT", "HOLDER", "SINCE", "DAYS", "DEBT", "0-30", "31-60", "61-90", "OVER 90")
	rows := ageing.Rows
	for i, total := range ageing.Totals {
		if i > 0 {
			s.gap()
		}
		oldest := rows[0].Days
		for ; len(rows) > 0 && rows[0].Currency == total.Currency; rows = rows[1:] {
			s.add(rows[0])
		}
		s.add(query.AgedDebt{Currency: total.Currency, Account: "sum", Days: oldest, Ages: total.Ages})
	}
	return s.writeTo(c.stdout, "")
}

package commands

import (
	"cmp"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// rollHelp says what each column has. Its fields of JSON are those of [query.RollForward], and are kept in step by hand.
const rollHelp = `Prints what led from the opening balances of accounts to their closing ones in a period, a row
for each account and currency: OPENING and all columns up to OTHER come to CLOSING. Without an
ACCOUNT it has all sub-accounts (sellers, couriers); an ACCOUNT may have a * for any characters.
Amounts are positive where the account gets more of what it normally has. The sums of each
currency are by kind of account, and are those of 'report trial-balance --by kind'.

captured are all parts of captured payments; fees those of providers; refunds, chargebacks
and payouts are net of what came back; other are cancellations, conversions, plain entries
and all else. Columns that are empty are left out. A payout leaves the account when it is
paid; until then it is reserved.

--json prints
  {"rows":[{"currency","account","kind","opening","captured","fees","refunds","chargebacks",
   "transfers","payouts","other","closing","settled"}],"totals":[…]}
with whole minor units; settled is what became available of what was pending, and is part of
no sum. --csv has the rows, in major and in minor units.`

// rollCommand makes 'splitledger report roll-forward'.
func (c *cli) rollCommand() *cobra.Command {
	var period periodFlags
	var currency string
	cmd := &cobra.Command{
		Use:   "roll-forward [ACCOUNT...]",
		Short: "Print what led from opening to closing balances, for all sellers",
		Long:  rollHelp,
		Example: `  splitledger report roll-forward --from 2026-03 --to 2026-03
  splitledger report roll-forward 'seller:*' liable --from 2026-03-01 --csv > march.csv`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: c.completeAccounts,
	}
	flags := cmd.Flags()
	period.register(flags, "what happened", "; before it is the opening balance")
	flags.StringVar(&currency, "currency", "", "only one `currency`")
	cmd.RunE = runs(func(cmd *cobra.Command, names []string) error {
		within, wrong := period.period(c.zone.Location)
		kind := "sub"
		if len(names) > 0 {
			kind = ""
		}
		wanted, unknown := accountFilter(names, kind, "")
		if err := cmp.Or(checkCurrency(currency), wrong, unknown); err != nil {
			return err
		}
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer c.close(b.Ledger)
		all, err := b.RollForward(cmd.Context(), query.RollFilter{Within: within, Accounts: *wanted,
			Currency: money.Currency(currency)})
		switch {
		case err != nil:
			return asked(err)
		case c.form == asJSON:
			return writeJSON(c.stdout, all)
		case c.form == asCSV:
			return columns.WriteCSV(c.stdout, c.display(b.Ledger).Style, query.Each(all.Rows))
		case len(all.Rows) == 0:
			return c.note("these accounts had nothing, and nothing was booked on them in this period")
		}
		if err := c.head(b, within, time.Time{}); err != nil {
			return err
		}
		return c.rollTable(all, c.display(b.Ledger))
	})
	return cmd
}

// rollTable prints a roll-forward, with the sums of each currency below its rows.
func (c *cli) rollTable(all *query.RollForward, t display) error {
	s := newListing[query.RollRow](t)
	rows := all.Rows
	for i, total := range all.Totals {
		if i > 0 {
			s.gap()
		}
		for len(rows) > 0 && rows[0].Currency == total.Currency && rows[0].Kind == total.Kind {
			s.add(rows[0])
			rows = rows[1:]
		}
		s.add(total)
		s.label("sum")
	}
	return s.writeTo(c.stdout, "")
}

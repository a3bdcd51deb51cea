package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// explainHelp explains the classes that a reader may take for each other. Its fields of JSON are
// those of [query.Explanation], and are kept in step by hand.
const explainHelp = `Takes each balance of an account apart: how much of it comes from sales, how much went
for fees of each type, refunds, chargebacks, payouts and so on, and how many postings
that was. The parts sum to the balance, in every sub-balance; that is checked, and a
difference is an error.

A PART says what the postings were for, and TYPE how they were booked: a split type, a
fee type, "Merchant" for what no split takes. Amounts are positive where the account
gets more of what it normally has. What moves between sub-balances only is shown too:
settlement takes from pending what it gives to available, a payout is reserved before
it is paid. "fees" are those of payments; "fees and corrections" are what a provider's
reports have besides, of a batch or an account; "conversions" are from one currency to
another; "entries" are those that somebody posted as such; "fallbacks" are what liable has or
paid in place of an account that is closed or was never opened. "rounding" is what rounding of
percents and shares gave or took, to the minor unit; the part without it is in its own
row.

ACCOUNT may be a pattern such as 'seller:*'; each account has its own table then.

--at and --recorded are those of 'balance': the parts are then of the balance as it was.

--json prints an array with one of these for each currency, with whole minor units:
  {"account","kind","currency","pending","available","reserved","balance",
   "parts":[{"part","type","postings","pending","available","reserved","total"}],
   "reserve":{"rule":{"account","percent","days","since"},"payouts","held","rest","holds",
   "next","last"}}
reserve says what the reserved money is for now: payouts under way, what is held until a day
(so many holds, and when the first and the last of them are released), and the rest. It is
left out with --at or --recorded, and where nothing is reserved.`

// explainFlags say which balances of the account, as of when.
type explainFlags struct {
	// as of balance
	at, recorded timeFlag
	// "" is all
	currency string
}

// explainCommand makes 'splitledger explain': the way from a number that surprises to what it is
// made of.
func (c *cli) explainCommand() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain ACCOUNT",
		Short: "Say what a balance is made of",
		Long:  explainHelp,
		Example: `  splitledger explain liable
  splitledger explain seller:0001 --at 2026-03-11 --currency EUR`,
		ValidArgsFunction: c.completeOneAccount,
	}
	flags := cmd.Flags()
	flags.Var(&f.at, "at", "what had happened by this `time`, or the end of this day or month")
	flags.Var(&f.recorded, "recorded", "what the books knew by this `time`, or the end of this day or month")
	flags.StringVar(&f.currency, "currency", "", "only one `currency`")
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		wanted, err := accountFilter(args, "", "")
		if err != nil {
			return err
		}
		// A currency written wrong would read as if the account had nothing in it.
		if err := checkCurrency(f.currency); err != nil {
			return err
		}
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer c.close(b.Ledger)
		// The parts are compared with the balance there: a difference is an error, and no table is printed.
		all, err := c.explained(cmd.Context(), b, wanted, query.ExplainFilter{
			AsOf: c.asOf(&f.at, &f.recorded), Currency: money.Currency(f.currency),
		})
		switch {
		case errors.Is(err, ledger.UnknownAccount) && len(args) == 1:
			return c.ofPayment(b, args[0], err)
		case err != nil:
			return asked(err)
		case c.form == asJSON:
			return printArray(c.stdout, query.Each(all))
		case c.form == asCSV:
			return columns.WriteCSV(c.stdout, c.display(b.Ledger).Style, query.Each(query.ExplainRecords(all)))
		}
		return c.explainTables(all, c.display(b.Ledger))
	})
	return cmd
}

// explained are the balances of an account, or of all of a pattern.
func (c *cli) explained(
	ctx context.Context, b *query.Books, wanted *query.AccountFilter, f query.ExplainFilter,
) (all []query.Explanation, err error) {
	list, err := b.Accounts(*wanted)
	for _, a := range list {
		of, err := b.Explain(ctx, a.Account, f)
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	return all, err
}

// ofPayment adds to the error for an account that does not exist where to look: at the payment of that name, if there is
// one.
func (c *cli) ofPayment(b *query.Books, name string, unknown error) error {
	if _, err := b.Payment(name); err != nil {
		return asked(unknown)
	}
	return fmt.Errorf("%w; it is a payment: '%s' shows it", unknown, c.command("splitledger payment "+shellQuote(name)))
}

// explainTables prints a table for each account, below its name where there are several.
func (c *cli) explainTables(all []query.Explanation, t display) error {
	var several [][]query.Explanation
	for _, e := range all {
		if last := len(several) - 1; last >= 0 && several[last][0].Account == e.Account {
			several[last] = append(several[last], e)
		} else {
			several = append(several, []query.Explanation{e})
		}
	}
	if len(several) < 2 {
		return c.explainTable(all, t)
	}
	for i, of := range several {
		lines := []string{string(of[0].Account), ""}
		if i > 0 {
			lines = append([]string{""}, lines...)
		}
		if err := cmp.Or(writeLines(c.stdout, "", lines...), c.explainTable(of, t)); err != nil {
			return err
		}
	}
	return nil
}

// explainTable prints the parts of each currency, and below them the balance that they sum to.
// Currencies in which the account has had no posting are left out.
func (c *cli) explainTable(all []query.Explanation, t display) error {
	s := newListing[query.ExplainRow](t)
	for _, e := range all {
		// An account has a balance of zero in a currency in which nothing of it had happened by
		// then.
		if len(e.Parts) == 0 {
			continue
		}
		if len(s.rows) > 0 {
			s.gap()
		}
		// The last row is the balance that the parts sum to.
		for _, row := range e.Rows() {
			s.add(row)
		}
	}
	if len(s.rows) == 0 {
		return c.note("no postings")
	}
	if err := s.writeTo(c.stdout, ""); err != nil {
		return err
	}
	return c.reserveTable(all, t)
}

// reserveTable prints what the reserved money is for, where there is any, and the rule by which more is held back.
func (c *cli) reserveTable(all []query.Explanation, t display) error {
	s := newListing[query.ReserveRow](t)
	rule := ""
	for _, e := range all {
		for _, row := range e.ReserveRows() {
			s.add(row)
		}
		if e.Reserve != nil && e.Reserve.Rule != nil {
			rule = "Of each settlement is held back: " + e.Reserve.Rule.String()
		}
	}
	if len(s.rows) == 0 {
		return nil
	}
	if err := writeLines(c.stdout, "", ""); err != nil {
		return err
	}
	if err := s.writeTo(c.stdout, ""); err != nil || rule == "" {
		return err
	}
	return writeLines(c.stdout, "", rule)
}

package main

import (
	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/query"
)

const statementHelp = `Prints the postings of an account, in the order in which they were booked, each with the
balance of its sub-balance (pending, available or reserved) after it. Amounts are positive
where the account gets more of what it normally has, and negative where it gets less.

--from and --to take what happened from one moment until just before another. --limit N
takes the newest N of these.

--format csv is for spreadsheets: amount and balance in major units (123.45), besides the
same in minor units. --format json prints an array of
  {"at","happened","recorded","event","entry","sub","type","reference","reason",
   "currency","amount","balance"}
with whole minor units, without what is empty. "happened" is the time of a fact that was
of a later time than the ledger's clock when it was booked, "at".`

// statementFlags say which postings, and in what form.
type statementFlags struct {
	from, to timeFlag
	limit    int
	format   form
}

func (c *cli) statementCommand() *cobra.Command {
	f := statementFlags{format: asTable}
	cmd := &cobra.Command{
		Use:   "statement ACCOUNT",
		Short: "Print the postings of an account",
		Long:  statementHelp,
		Example: `  splitledger statement seller:0001 --limit 20
  splitledger statement liable --from 2026-03-01 --to 2026-04-01 --format csv > march.csv`,
		ValidArgsFunction: c.completeOneAccount,
	}
	flags := cmd.Flags()
	flags.Var(&f.from, "from", "what happened at this `time` or later")
	flags.Var(&f.to, "to", "what happened before this `time`")
	flags.IntVar(&f.limit, "limit", 0, "at most this `many` postings, the newest; 0 is all")
	flags.Var(&f.format, "format", "`table`, json or csv")
	cmd.RegisterFlagCompletionFunc("format", completeForms)
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		id, err := accounts.Parse(args[0])
		if err != nil {
			return unusable("%w", err)
		}
		if f.limit < 0 {
			return unusable("--limit: expected 0 or more, found %d", f.limit)
		}
		if err := period(f.from, f.to); err != nil {
			return err
		}
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer b.Ledger.Close()
		lines := b.Statement(cmd.Context(), id, query.StatementFilter{
			Within: query.Period{From: f.from.Time, To: f.to.Time}, Limit: f.limit, Happened: f.format == asJSON,
		})
		return printList(c, f.format, lines, b.Ledger.Table(), "no postings",
			"AT", "ENTRY", "EVENT", "TYPE", "REFERENCE", "SUB", "CURRENCY", "AMOUNT", "BALANCE", "REASON")
	})
	return cmd
}

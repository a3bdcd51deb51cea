package main

import (
	"iter"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

// statementHelp says how a reader checks the balances by hand. Its fields of JSON are those of
// [query.StatementLine], and are kept in step by hand.
const statementHelp = `Prints the postings of an account, in a table for each currency and sub-balance (pending,
available, reserved). A table begins with its opening balance, and every BALANCE is the one
above it plus the AMOUNT. Amounts are positive where the account gets more of what it
normally has, and negative where it gets less. Rows are in the order in which they were
booked, which need not be that of their times.

--from and --to take what happened in a period; the time of --from is included, the time of
--to is not. The opening balance is then that at --from, with all that had happened before,
also where it was booked later. --limit N takes the newest N postings.

--format csv and json have all postings in one list, in the order in which they were booked,
each with the balance of its currency and sub-balance after it. CSV is for spreadsheets:
amount and balance in major units (123.45), besides the same in minor units. JSON is an
array of
  {"at","happened","recorded","event","entry","sub","type","reference","reason",
   "currency","amount","balance"}
with whole minor units, without what is empty. "happened" is the time of a fact that was
of a later time than the ledger's clock when it was booked, "at".`

// statementFlags say which postings, and in what form. The form is a flag of its own, as of export,
// because a statement is what people take into a spreadsheet.
type statementFlags struct {
	periodFlags
	// the newest so many; 0 is all
	limit  int
	format form
}

// statementCommand makes 'splitledger statement': the postings of an account with running balances.
// CSV and JSON print them as they come; the table sorts them by currency and sub-balance first.
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
	f.register(flags, "what happened", "")
	flags.IntVar(&f.limit, "limit", 0, "at most this `many` postings, the newest; 0 is all")
	flags.Var(&f.format, "format", "`table`, json or csv")
	cmd.RegisterFlagCompletionFunc("format", completeForms)
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		// A statement is of one account, so patterns are no use here.
		id, err := accounts.Parse(args[0])
		if err != nil {
			return unusable("%w", err)
		}
		if f.limit < 0 {
			return unusable("--limit: expected 0 or more, found %d", f.limit)
		}
		within, err := f.period()
		if err != nil {
			return err
		}
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer b.Ledger.Close()
		lines := b.Statement(cmd.Context(), id, query.StatementFilter{
			// The time that a fact itself reports costs a look-up for each row, and is in JSON
			// alone.
			Within: within, Limit: f.limit, Happened: f.format == asJSON,
		})
		// A list without rows is no note there: [] and a heading say it.
		if f.format != asTable {
			return printList(c, f.format, lines, b.Ledger.Table(), "")
		}
		return c.statementTables(lines, within, b.Ledger.Table())
	})
	return cmd
}

// statementTables prints a statement for people. All its tables have the same columns, as wide as in the widest.
func (c *cli) statementTables(
	lines iter.Seq2[query.StatementLine, error], within query.Period, t money.Table,
) error {
	// All lines are in memory from here on, as the widths of columns depend on the last one too.
	tables, err := query.StatementTables(lines)
	if err != nil {
		return err
	}
	if len(tables) == 0 {
		return c.note("no postings")
	}
	if err := c.printPeriod(within); err != nil {
		return err
	}
	// The fields are in the order of JSON; a reader looks for time, entry and event first.
	s := newListing[query.StatementRow](t,
		"AT", "ENTRY", "EVENT", "TYPE", "REFERENCE", "SUB", "CURRENCY", "AMOUNT", "BALANCE", "REASON")
	// A gap between tables, as each has balances of its own that run on.
	for i, table := range tables {
		if i > 0 {
			s.gap()
		}
		for _, row := range table {
			s.add(row)
		}
	}
	return s.writeTo(c.stdout, "")
}

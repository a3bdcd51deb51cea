package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/query"
)

// statementHelp says how a reader checks the balances by hand. Its fields of JSON are those of
// [query.StatementLine], and are kept in step by hand.
const statementHelp = `Prints the postings of an account, in a table for each currency and sub-balance (pending,
available, reserved). A table begins with its opening balance and ends with its closing one;
in between every BALANCE is the one above it plus the AMOUNT. Amounts are positive where the
account gets more of what it normally has, and negative where it gets less. What is not zero
has its table also where nothing moved.

Rows are in the order of effective time: a fact that was booked late stands where it
happened, and a BALANCE is what 'balance --at' that time says. HAPPENED is the own time of a
fact that was booked at another, AT: it was of a time to come, or of a closed period.
--order recorded has the rows in the order in which they were booked, as an auditor reads
books; the balances add up in that order then. This order takes less memory of very large
accounts, as nothing is sorted.

--from and --to take what happened in a period: days and months are whole, so --from 2026-03
--to 2026-03 is March; of exact times that of --from is included, that of --to is not. The
opening balance is then that at --from, with all that had happened before,
also where it was booked later. --limit N takes the last N postings of the order.

--format csv and json have all postings in one list, in the same order, each with the balance
of its currency and sub-balance after it, and no rows of opening and closing balances. CSV is
for spreadsheets: amount and balance in major units (123.45), besides the same in minor
units. JSON is an array of
  {"at","happened","recorded","event","entry","sub","type","reference","reason",
   "currency","amount","balance"}
with whole minor units, without what is empty.

--payout ID prints what a payout is made of, to the unit: what the account's payout before
left over, every posting of the available balance since, with the payment and the merchant's
reference of it, the payout, and what it leaves for the next one. JSON is {"payout","account",
"state","asked","currency","amount","opening","since","left","rows":[{"at","entry","event",
"type","payment","merchantReference","reference","reason","currency","amount","balance"}]}.`

// statementFlags say which postings, and in what form. The form is a flag of its own, as of export,
// because a statement is what people take into a spreadsheet.
type statementFlags struct {
	periodFlags
	// the last so many of the order; 0 is all
	limit  int
	order  order
	payout string
}

// An order is that of the rows of a statement.
type order string

// The orders.
const (
	byEffective order = "effective"
	byRecorded  order = "recorded"
)

// Set reads the flag --order.
func (o *order) Set(s string) error {
	if !slices.Contains([]order{byEffective, byRecorded}, order(s)) {
		return fmt.Errorf("expected effective or recorded, found %q", s)
	}
	*o = order(s)
	return nil
}

// String returns the order's name.
func (o *order) String() string { return string(*o) }

// Type names the flag's value in help texts.
func (o *order) Type() string { return "order" }

// statementCommand makes 'splitledger statement': the postings of an account with running balances.
// CSV and JSON print them as a list; the table sorts them by currency and sub-balance first.
func (c *cli) statementCommand() *cobra.Command {
	f := statementFlags{order: byEffective}
	cmd := &cobra.Command{
		Use:   "statement [ACCOUNT]",
		Short: "Print the postings of an account, or what a payout is made of",
		Long:  statementHelp,
		Example: `  splitledger statement seller:0001 --limit 20
  splitledger statement liable --from 2026-03 --to 2026-03 --format csv > march.csv
  splitledger statement --payout payout-17`,
		ValidArgsFunction: c.completeOneAccount,
	}
	flags := cmd.Flags()
	f.register(flags, "what happened", "")
	flags.IntVar(&f.limit, "limit", 0, "at most this `many` postings, the last of the order; 0 is all")
	flags.Var(&f.order, "order", "`effective`: by effective time; recorded: in the order of booking")
	flags.StringVar(&f.payout, "payout", "", "what the payout of this `name` is made of, in place of an account")
	cmd.RegisterFlagCompletionFunc("order", cobra.FixedCompletions(
		[]string{string(byEffective), string(byRecorded)}, cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		switch {
		case f.payout != "" && (len(args) > 0 || f.given(cmd)):
			return unusable("expected --payout with --format alone")
		case f.payout != "":
			return c.payoutStatement(cmd.Context(), f.payout)
		case len(args) == 0:
			return unusable("expected ACCOUNT or --payout, found nothing")
		}
		return c.statement(cmd.Context(), args[0], &f)
	})
	return cmd
}

// statement prints the postings of one account. A pattern of accounts is no use here.
func (c *cli) statement(ctx context.Context, account string, f *statementFlags) error {
	id, err := accounts.Parse(account)
	if err != nil {
		return unusable("%w", err)
	}
	if f.limit < 0 {
		return unusable("--limit: expected 0 or more, found %d", f.limit)
	}
	within, err := f.period(c.zone.Location)
	if err != nil {
		return err
	}
	b, err := c.openBooks()
	if err != nil {
		return err
	}
	defer b.Ledger.Close()
	wanted := query.StatementFilter{
		Within: within, Limit: f.limit, Recorded: f.order == byRecorded,
		// The time that a fact itself reports may cost a look-up for a row, and is not in CSV.
		Happened: c.form != asCSV,
	}
	// A list without rows is no note there: [] and a heading say it.
	if c.form != asTable {
		return printList(c, c.form, b.Statement(ctx, id, wanted), c.display(b.Ledger), "")
	}
	tables, err := b.StatementTables(ctx, id, wanted)
	if err != nil {
		return err
	}
	return c.statementTables(tables, within, c.display(b.Ledger))
}

// statementTables prints a statement for people. All its tables have the same columns, as wide as in the widest.
func (c *cli) statementTables(tables [][]query.StatementRow, within query.Period, t display) error {
	if len(tables) == 0 {
		return c.note("no postings")
	}
	if err := c.printPeriod(within); err != nil {
		return err
	}
	// The fields are in the order of JSON; a reader looks for time, entry and event first.
	s := newListing[query.StatementRow](t, "AT", "HAPPENED",
		"ENTRY", "EVENT", "TYPE", "REFERENCE", "SUB", "CURRENCY", "AMOUNT", "BALANCE", "REASON")
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

package commands

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/query"
)

// statementHelp says how a reader checks the balances by hand. Its fields of JSON are those of
// [query.StatementEntry] and [query.StatementLine], and are kept in step by hand.
const statementHelp = `Prints what was booked on an account: one row an entry, in a table for each currency. PENDING,
AVAILABLE and RESERVED are by how much the entry changed each sub-balance; each column leads
from the opening balance to the closing one. BALANCE is what the account has after it, in all
three: the one above plus what the entry changed. Amounts are positive where the account gets
more of what it normally has, and negative where it gets less. PAYMENT and ORDER, the
merchant's reference, say what it was for, as does the DESCRIPTION of an event that has one.

--postings prints the postings instead, of which an entry may have several: their types and
references, in a table for each currency and sub-balance.

Rows are in the order of effective time: a fact that was booked late stands where it
happened, and a BALANCE is what 'balance --at' that time says. HAPPENED is the own time of a
fact that was booked at another, AT: it was of a time to come, or of a closed period.
--order recorded has the rows in the order in which they were booked, as an auditor reads
books; the balances add up in that order then. This order takes less memory of very large
accounts, as nothing is sorted.

--from and --to take what happened in a period: days and months are whole, so --from 2026-03
--to 2026-03 is March; of exact times that of --from is included, that of --to is not. The
opening balance is then that at --from, with all that had happened before,
also where it was booked later. --last N takes the last N rows of the order.

` + pagesHelp + `
A table of a page leads from the balances before it to those after it.

--format csv and json have all rows in one list, in the same order, and no rows of opening
and closing balances. CSV is for spreadsheets: amounts in major units (123.45), besides the
same in minor units. JSON is an array of
  {"at","happened","recorded","event","entry","type","part","payment","merchantReference",
   "description","reference","reason","currency","pending","available","reserved","amount",
   "pendingBalance","availableBalance","reservedBalance","balance"}
with whole minor units, without what is empty: amount is what the entry changed in all three,
type that of the event. With --limit it is {"data":[…],"record","next":"…"}. With --postings
an element is
  {"at","happened","recorded","event","entry","sub","type","reference","reason","currency",
   "amount","balance","payment","merchantReference","description"}
where balance is that of the sub-balance.

--html prints a page to send to the account's holder: the rows grouped by payment, with the
opening and closing balances. It needs nothing else, and can be printed.

--out DIRECTORY writes the statement of each account of a pattern, such as 'seller:*', into a
file of its own: .txt, .csv, .json or .html, by --format and --html. In the names of the files
= stands for : and + for /. Files that are there are replaced.

--payout ID prints what a payout is made of, to the unit: what the account's payout before
left over, every posting of the available balance since, with the payment and the merchant's
reference of it, the payout, and what it leaves for the next one. With --html it is
a page for the seller. JSON is {"payout","account","state","asked","currency","amount",
"opening","since","left","done","reason","returned","fee","rows":[{"at","entry","event","type",
"part","payment","merchantReference","reference","reason","currency","amount","balance"}]}.`

// statementFlags say which entries or postings, and in what form. The form is a flag of its own, as of export,
// because a statement is what people take into a spreadsheet.
type statementFlags struct {
	periodFlags
	pageFlags
	last     int // so many of the order; 0 is all
	order    order
	postings bool
	html     bool
	out      string // a directory
	payout   string
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

// statementCommand makes 'splitledger statement': the entries or postings of an account with running balances.
// CSV and JSON print them as a list; the table sorts them by currency, and postings by sub-balance, first.
func (c *cli) statementCommand() *cobra.Command {
	f := statementFlags{order: byEffective}
	cmd := &cobra.Command{
		Use:   "statement [ACCOUNT]",
		Short: "Print what was booked on an account, or what a payout is made of",
		Long:  statementHelp,
		Example: `  splitledger statement seller:0001 --last 20
  splitledger statement liable --from 2026-03 --to 2026-03 --format csv > march.csv
  splitledger statement --payout payout-17 --html > payout-17.html
  splitledger statement 'seller:*' --from 2026-03 --to 2026-03 --out march --html`,
		ValidArgsFunction: c.completeOneAccount,
	}
	flags := cmd.Flags()
	f.periodFlags.register(flags, "what happened", "")
	f.pageFlags.register(cmd, "rows")
	flags.IntVar(&f.last, "last", 0, "the last `N` rows of the order")
	flags.BoolVar(&f.postings, "postings", false, "one row a posting, not one an entry")
	flags.BoolVar(&f.html, "html", false, "print a page for a browser or a printer, all in one file")
	flags.StringVar(&f.out, "out", "", "write a file for each account of a pattern into this `directory`")
	cmd.MarkFlagDirname("out")
	flags.Var(&f.order, "order", "`effective`: by effective time; recorded: in the order of booking")
	flags.StringVar(&f.payout, "payout", "", "what the payout of this `name` is made of, in place of an account")
	cmd.RegisterFlagCompletionFunc("order", cobra.FixedCompletions(
		[]string{string(byEffective), string(byRecorded)}, cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		if err := cmp.Or(atMostOne(cmd, "html", "json", "csv", "format"), atMostOne(cmd, "limit", "last"),
			atMostOne(cmd, "limit", "html"), atMostOne(cmd, "limit", "out")); err != nil {
			return err
		}
		switch {
		case f.payout != "" && (len(args) > 0 || f.given(cmd)):
			return unusable("expected --payout with --format or --html alone")
		case f.payout != "":
			return c.payoutStatement(cmd.Context(), &f)
		case len(args) == 0:
			return unusable("expected ACCOUNT or --payout, found nothing")
		case f.html && f.postings:
			return unusable("expected --html without --postings: a page has a row for each entry")
		case cmd.Flags().Changed("last") && f.last < 1:
			return unusable("--last: expected 1 or more, found %d", f.last)
		}
		if err := f.pageFlags.check(cmd); err != nil {
			return err
		}
		return c.statement(cmd.Context(), args[0], &f)
	})
	return cmd
}

// statement prints what was booked on one account, or writes a file for each account of a pattern.
func (c *cli) statement(ctx context.Context, account string, f *statementFlags) error {
	if err := f.checkAccount(account); err != nil {
		return err
	}
	within, err := f.period(c.zone.Location)
	if err != nil {
		return err
	}
	if f.out != "" {
		c.files.plan(f.out)
	}
	b, err := c.openBooks()
	if err != nil {
		return err
	}
	defer c.close(b.Ledger)
	wanted := query.StatementFilter{Within: within, Limit: f.last, Recorded: f.order == byRecorded, Details: true}
	if f.out != "" {
		return c.statementFiles(ctx, b, account, f, wanted)
	}
	return c.writeStatement(ctx, b, accounts.ID(account), f, wanted)
}

// checkAccount refuses what cannot be asked for. A pattern of accounts is for files alone: nobody can tell the statements of
// several accounts apart in one list.
func (f *statementFlags) checkAccount(account string) error {
	pattern := strings.Contains(account, "*")
	if pattern && f.out == "" {
		return unusable("expected --out DIRECTORY with the pattern %s: a statement is of one account", account)
	}
	if _, err := accounts.Parse(account); err != nil && !pattern {
		return unusable("%w", err)
	}
	return nil
}

// writeStatement prints a statement in the form that the flags ask for.
func (c *cli) writeStatement(
	ctx context.Context, b *query.Books, id accounts.ID, f *statementFlags, wanted query.StatementFilter,
) error {
	t := c.display(b.Ledger)
	// A list without rows is no note there: [] and a heading say it.
	switch {
	case f.limit > 0:
		return c.statementPage(ctx, b, id, f, wanted)
	case c.form != asTable && f.postings:
		return printList(c, c.form, b.Statement(ctx, id, wanted), t, "")
	case c.form != asTable:
		return printList(c, c.form, b.StatementEntries(ctx, id, wanted), t, "")
	case f.postings:
		tables, err := b.StatementTables(ctx, id, wanted)
		return printStatement(c, f.head(c, id, wanted.Within), tables, err, t, postingColumns)
	}
	tables, err := b.EntryTables(ctx, id, wanted)
	if f.html && err == nil {
		a, _ := b.Ledger.Account(id)
		return writePage(c.stdout, accountPage(a, tables, wanted.Within, t))
	}
	return printStatement(c, f.head(c, id, wanted.Within), tables, err, t, entryColumns)
}

// statementPage prints a page of a statement, and where the next one begins.
func (c *cli) statementPage(
	ctx context.Context, b *query.Books, id accounts.ID, f *statementFlags, wanted query.StatementFilter,
) error {
	t := c.display(b.Ledger)
	name := fmt.Sprintf("statement %q %s %s %s %t", id, &f.from, &f.to, f.order, f.postings)
	if f.postings {
		list := pagedList[query.StatementLine]{
			name: name,
			list: func(b *query.Books) iter.Seq2[query.StatementLine, error] { return b.Statement(ctx, id, wanted) },
		}
		return list.printAs(c, b, f.pageFlags, func(rows []query.StatementLine) error {
			return printStatement(c, f.head(c, id, wanted.Within), query.PageTables(rows), nil, t, postingColumns)
		})
	}
	list := pagedList[query.StatementEntry]{
		name: name,
		list: func(b *query.Books) iter.Seq2[query.StatementEntry, error] {
			return b.StatementEntries(ctx, id, wanted)
		},
	}
	return list.printAs(c, b, f.pageFlags, func(rows []query.StatementEntry) error {
		return printStatement(c, f.head(c, id, wanted.Within), query.EntryPageTables(rows), nil, t, entryColumns)
	})
}

// The fields are in the order of JSON; a reader looks for time, entry and what it was for first.
var (
	postingColumns = []string{"AT", "HAPPENED", "ENTRY", "EVENT", "TYPE", "REFERENCE", "PAYMENT", "ORDER", "SUB",
		"CURRENCY", "AMOUNT", "BALANCE", "REASON", "DESCRIPTION"}
	entryColumns = []string{"AT", "HAPPENED", "ENTRY", "TYPE", "PAYMENT", "ORDER", "REFERENCE",
		"CURRENCY", "PENDING", "AVAILABLE", "RESERVED", "BALANCE", "REASON", "DESCRIPTION"}
)

// head says what a statement is of, so that a printed one can be told from others: the account, the order of its rows,
// the period and, where it has days of another zone than UTC, which is that of all times in tables, that zone.
func (f *statementFlags) head(c *cli, id accounts.ID, within query.Period) []string {
	basis := "by effective time"
	if f.order == byRecorded {
		basis = "in the order of booking"
	}
	period := within.String()
	if c.zone.Location != time.UTC && within != (query.Period{}) {
		period += ", days of " + c.zone.String()
	}
	return []string{"statement of " + string(id) + ", " + basis, period, ""}
}

// printStatement prints a statement for people. All its tables have the same columns, as wide as in the widest.
func printStatement[T any](c *cli, head []string, tables [][]T, err error, t display, columns []string) error {
	if err != nil {
		return err
	}
	if err := writeLines(c.stdout, "", head...); err != nil {
		return err
	}
	if len(tables) == 0 {
		return c.note("no postings")
	}
	s := newListing[T](t, columns...)
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

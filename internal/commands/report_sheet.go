package commands

import (
	"cmp"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// sheetHelp says on which side an account stands that is below zero, and that VAT is no debt here: an accountant looks
// for both first. Its fields of JSON are those of [query.BalanceSheet], and are kept in step by hand.
const sheetHelp = `Prints what the platform has and owes, by currency: assets, what providers and the bank hold
and what sub-accounts owe; liabilities, what it owes to sub-accounts; equity, what is its own,
on liable and platform accounts; and conversions, what fx has, the other side of conversions,
which is nothing once accounts and providers have converted the same. In every currency the
balance of the assets is what those of the others come to; that is checked, and a difference
is an error.

What an account has in a currency stands on one side as a whole: a sub-account below zero owes
the platform, so it is an asset, and a provider or bank below zero a liability. Equity has all
that liable got, VAT that it collected included.

--at is the moment: of a day or month its end; without it the sheet is of now. --recorded TIME
leaves out what the books learned after that time, and so prints a sheet as it was printed
then. --by account has a row for each sub-account. --chart has the accounts of a chart instead,
in the sections that it says, with income less expenses as the result to date; docs/reports.md
says more, and what a chart looks like.

--json prints
  {"at","recorded","rows":[{"section","account","code","item","currency","pending","available",
   "reserved","balance"}],"totals":[{"currency","assets","liabilities","equity",
   "conversions"}]}
with whole minor units. Empty fields are omitted.`

// incomeHelp says what is no result. Its fields of JSON are those of [query.IncomeStatement], and are kept in step by
// hand.
const incomeHelp = `Prints what the platform earned and lost in a period, on liable and platform accounts, by
what the postings say they are: commissions and other parts of sales; refunds and disputes that
these accounts bore; costs, the fees of payments and of providers; together the result. VAT
collected, transfers, payouts, conversions and plain entries change equity as well, and are no
result. Equity before the period, the result and the other changes come to equity after it,
which is that of 'splitledger report balance-sheet'. Amounts are positive where equity grew.

--from, --to and --recorded are those of 'splitledger report trial-balance'. --by account has
rows for each of the platform's accounts. --chart has the accounts of a chart instead: its
income and expenses are the result. docs/reports.md says what counts where.

--json prints
  {"from","to","recorded","rows":[{"currency","section","account","part","type","code",
   "name","postings","amount"}],"totals":[{"currency","opening","result","other","closing"}]}
with whole minor units. Empty fields are omitted.`

// equityFlags are those of a balance sheet and an income statement, besides their time.
type equityFlags struct {
	recorded timeFlag
	by       string
	currency string
	chart    chartFlag
}

// register adds the flags to a command.
func (f *equityFlags) register(flags *pflag.FlagSet, byAccount string) {
	flags.Var(&f.recorded, "recorded", "what the books knew by this `time`, or the end of this day or month")
	flags.StringVar(&f.by, "by", "", "`account`: "+byAccount)
	flags.StringVar(&f.currency, "currency", "", "only one `currency`")
	flags.Var(&f.chart, "chart", chartUsage)
}

// check refuses values of flags that cannot be.
func (f *equityFlags) check(c *cli, cmd *cobra.Command) error {
	err := checkCurrency(f.currency)
	if err == nil && f.by != "" && f.by != "account" {
		return unusable("--by: expected account, found %q", f.by)
	}
	if err == nil {
		err = f.chart.read(c)
	}
	return err
}

// sheetCommand makes 'splitledger report balance-sheet'.
func (c *cli) sheetCommand() *cobra.Command {
	var f equityFlags
	var at timeFlag
	cmd := &cobra.Command{
		Use:   "balance-sheet",
		Short: "Print what the platform has and owes",
		Long:  sheetHelp,
		Example: `  splitledger report balance-sheet --at 2026-03
  splitledger report balance-sheet --at 2026-03 --recorded 2026-04-03 --csv`,
	}
	cmd.Flags().Var(&at, "at", "what had happened by this `time`, or the end of this day or month")
	f.register(cmd.Flags(), "a row for each sub-account")
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		if err := f.check(c, cmd); err != nil {
			return err
		}
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer c.close(b.Ledger)
		sheet, err := b.BalanceSheet(cmd.Context(), query.SheetFilter{
			AsOf: c.asOf(&at, &f.recorded), Currency: money.Currency(f.currency),
			ByAccount: f.by != "", Chart: f.chart.chart})
		switch {
		case err != nil:
			return charted(err)
		case c.form == asJSON:
			return writeJSON(c.stdout, sheet)
		case c.form == asCSV && f.chart.given():
			return columns.WriteCSV(c.stdout, c.display(b.Ledger).Style, query.Each(sheet.Rows), "account")
		case c.form == asCSV:
			return columns.WriteCSV(c.stdout, c.display(b.Ledger).Style, query.Each(sheet.Rows), "code")
		case len(sheet.Rows) == 0:
			return c.note("no balances")
		}
		if err := c.head(b, query.Period{To: at.end(c.zone.Location)}, sheet.Recorded); err != nil {
			return err
		}
		return c.sheetTable(sheet, f.chart.given(), c.display(b.Ledger))
	})
	return cmd
}

// incomeWithout names the columns that an income statement does not have.
func (f *equityFlags) incomeWithout() (names []string) {
	if f.by == "" {
		names = append(names, "account")
	}
	if f.chart.given() {
		return append(names, "part", "type")
	}
	return append(names, "code", "name")
}

// sheetTable prints a balance sheet: the sections with their sums, and below them what stands against the assets.
func (c *cli) sheetTable(sheet *query.BalanceSheet, charted bool, t display) error {
	s := newListing[query.SheetItem](t,
		"CURRENCY", "SECTION", "CODE", "ITEM", "PENDING", "AVAILABLE", "RESERVED", "BALANCE")
	rows := sheet.Rows
	for i, total := range sheet.Totals {
		if i > 0 {
			s.gap()
		}
		for len(rows) > 0 && rows[0].Currency == total.Currency {
			section, n := rows[0].Section, 0
			for n < len(rows) && rows[n].Currency == total.Currency && rows[n].Section == section {
				s.add(rows[n])
				n++
			}
			// The sum of one row is that row again.
			if rows = rows[n:]; n > 1 {
				s.add(query.SheetItem{Section: section, Item: "sum", Holdings: sheet.Sum(total.Currency, section)})
			}
		}
		// Short, as the line that a reader checks first must not be cut in 100 columns.
		against := "sum of all but assets"
		if charted || !slices.ContainsFunc(sheet.Rows, func(r query.SheetItem) bool {
			return r.Currency == total.Currency && r.Section == query.Converted
		}) {
			against = "liabilities and equity"
		}
		s.add(query.SheetItem{Item: against, Holdings: sheet.Sum(total.Currency,
			query.Liabilities, query.Equity, query.Converted)})
	}
	return s.writeTo(c.stdout, "")
}

// incomeCommand makes 'splitledger report income'.
func (c *cli) incomeCommand() *cobra.Command {
	var f equityFlags
	var period periodFlags
	cmd := &cobra.Command{
		Use:   "income",
		Short: "Print what the platform earned and lost in a period",
		Long:  incomeHelp,
		Example: `  splitledger report income --from 2026-03 --to 2026-03
  splitledger report income --from 2026-01 --to 2026-03 --by account --json`,
	}
	period.register(cmd.Flags(), "what happened", "; before it is the opening balance")
	f.register(cmd.Flags(), "rows for each of the platform's accounts")
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		within, wrong := period.period(c.zone.Location)
		if err := cmp.Or(f.check(c, cmd), wrong); err != nil {
			return err
		}
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer c.close(b.Ledger)
		s, err := b.Income(cmd.Context(), query.IncomeFilter{Within: within,
			Recorded: f.recorded.last(c.zone.Location), Currency: money.Currency(f.currency),
			ByAccount: f.by != "", Chart: f.chart.chart})
		switch {
		case err != nil:
			return charted(err)
		case c.form == asJSON:
			return writeJSON(c.stdout, s)
		case c.form == asCSV:
			return columns.WriteCSV(c.stdout, c.display(b.Ledger).Style, query.Each(s.Rows), f.incomeWithout()...)
		case len(s.Totals) == 0:
			return c.note("nothing was booked in this period")
		}
		if err := c.head(b, within, s.Recorded); err != nil {
			return err
		}
		return c.incomeTable(s, c.display(b.Ledger))
	})
	return cmd
}

// incomeTable prints an income statement, with the result below what counts in it, and then what leads from the equity
// before the period to that after it.
func (c *cli) incomeTable(all *query.IncomeStatement, t display) error {
	s := newListing[query.IncomeRow](t)
	for i, total := range all.Totals {
		if i > 0 {
			s.gap()
		}
		rows := slices.DeleteFunc(slices.Clone(all.Rows),
			func(r query.IncomeRow) bool { return r.Currency != total.Currency })
		sum := func(name query.IncomeSection, amount query.Minor) {
			s.add(query.IncomeRow{Currency: total.Currency, Section: name, Amount: amount})
		}
		others := slices.IndexFunc(rows, func(r query.IncomeRow) bool { return !r.Section.InResult() })
		if others < 0 {
			others = len(rows)
		}
		for _, r := range rows[:others] {
			s.add(r)
		}
		sum("result", total.Result)
		for _, r := range rows[others:] {
			s.add(r)
		}
		sum("equity before", total.Opening)
		sum("equity after", total.Closing)
	}
	return s.writeTo(c.stdout, "")
}

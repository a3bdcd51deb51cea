package commands

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// reportHelp leads on to the reports, which have help of their own.
const reportHelp = `Prints what an accountant asks for at the end of a period. Each report has help of its own,
such as 'splitledger report balance-sheet --help'; docs/reports.md says how they fit together.`

// trialHelp says which moment a period does not include, and what facts do to it that are booked late:
// without that a reader cannot tell why a closed month has changed. Its fields of JSON are those of
// [query.Trial], and are kept in step by hand.
const trialHelp = `Prints every account with its opening balance, the debits and credits of a period, and
its closing balance, each on the side it stands on. In every currency debits are
credits, before, in and after the period; that is checked, and a difference is an error.

A period is by when things happened: days and months are whole, so --from 2026-03 --to
2026-03 is March; of exact times that of --from is included, that of --to is not. A fact that
is booked late changes the period in which it happened, unless that is closed (period.close):
then it counts in the first open one. --recorded TIME leaves out what the books learned after
that time, and so prints a report as it was printed then; it reads the whole journal, where
other reports add up daily totals. Above the table stand the period, --recorded, and the day
through which the books are closed now.

--by breaks the sums down by account, kind (sub, platform, liable, provider, bank, fx),
part (sales, commissions, fees and so on, as in 'explain', with what rounding gave or took
where it belongs) and type (split types, fee types and what else postings are), in any
combination; currencies are never mixed. --chart has a row for each account of a chart instead,
and --by breaks those down.

JSON and CSV have opening and closing as one number, positive for a debit balance and
negative for a credit balance; CSV in major and in minor units. --json prints
  {"rows":[{"currency","account","kind","part","type","code","name","group","postings",
   "opening","debits","credits","closing"}],"totals":[…]}
with whole minor units, without what the sums are not broken down by, and with the sums
of each currency as totals.`

// activityHelp says only what is different from the trial balance.
const activityHelp = `Prints what moved in a period, by kind of account and by type of posting: how much was
captured, split off as commission, charged as a fee of each type, refunded, and how many
postings that was, with the sums before and after the period. Debits are credits in
every currency; that is checked.

Settlement shows as much debit as credit in an account: it moves from pending to
available. The flags are those of 'splitledger report trial-balance'.`

// reportFlags say which period, as known when, in what detail and form.
type reportFlags struct {
	periodFlags
	// what was booked after it is left out
	recorded timeFlag
	// names of query.Breakdowns, with commas between them
	by       string
	currency string
	chart    chartFlag
}

// reportCommand makes 'splitledger report' and its reports. The first two are one question with other
// breakdowns to begin with: by account for the end of a period, by what moved for its course.
func (c *cli) reportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Print what an accountant asks for at the end of a period",
		Long:  reportHelp,
	}
	// At the end of a period each account is looked at; what moved in it is asked by kind of posting.
	trial := c.periodCommand("account,kind")
	trial.Use, trial.Long = "trial-balance", trialHelp
	trial.Short = "Print opening balances, debits, credits and closing balances"
	trial.Example = `  splitledger report trial-balance
  splitledger report trial-balance --from 2026-03 --to 2026-03 --csv > march.csv`
	activity := c.periodCommand("kind,part,type")
	activity.Use, activity.Long = "activity", activityHelp
	activity.Short = "Print what moved in a period, by type of posting"
	activity.Example = `  splitledger report activity --from 2026-03 --to 2026-03
  splitledger report activity --by account,type --currency EUR --json`
	cmd.AddCommand(trial, activity, c.rollCommand(), c.sheetCommand(), c.incomeCommand(), c.changesCommand(),
		c.seriesCommand(), c.ageingCommand(), c.periodsCommand())
	return cmd
}

// periodCommand makes a report of a period that is broken down as by says, unless --by says
// otherwise.
func (c *cli) periodCommand(by string) *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{}
	flags := cmd.Flags()
	f.register(flags, "what happened", "; before it is the opening balance")
	flags.Var(&f.recorded, "recorded", "what the books knew by this `time`, or the end of this day or month")
	flags.StringVar(&f.by, "by", by, "break down by some of `account,kind,part,type`")
	flags.StringVar(&f.currency, "currency", "", "only one `currency`")
	flags.Var(&f.chart, "chart", chartUsage)
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		if f.chart.given() && !cmd.Flags().Changed("by") {
			f.by = ""
		}
		wanted, err := f.filter(c, c.zone.Location)
		if err != nil {
			return err
		}
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer c.close(b.Ledger)
		t, err := b.TrialBalance(cmd.Context(), wanted)
		if err != nil {
			return charted(err)
		}
		by := wanted.By.Names()
		if f.chart.given() {
			by = append([]string{"code", "name", "group"}, by...)
		}
		switch c.form {
		case asJSON:
			return writeJSON(c.stdout, t)
		case asCSV:
			// What the report is not broken down by has no column: it would be empty. Totals are
			// left to the spreadsheet.
			return columns.WriteCSV(c.stdout, c.display(b.Ledger).Style, query.Each(t.Rows),
				without(append([]string{"code", "name", "group"}, query.Breakdowns...), by)...)
		}
		if len(t.Rows) == 0 {
			return c.note("nothing was booked in this period")
		}
		if err := c.head(b, wanted.Within, wanted.Recorded); err != nil {
			return err
		}
		return c.trialTable(t, by, c.display(b.Ledger))
	})
	return cmd
}

// without returns the names that are not among others, in their order: those of the columns that a report does not
// have.
func without(names, others []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(others, name) })
}

// filter is what the flags ask for. The first flag that is wrong is reported.
func (f *reportFlags) filter(c *cli, zone *time.Location) (query.TrialFilter, error) {
	var by query.By
	var err error
	if f.by != "" || !f.chart.given() {
		if by, err = query.ParseBy(f.by); err != nil {
			err = unusable("--by: %w", err)
		}
	}
	err = cmp.Or(err, f.chart.read(c))
	within, wrong := f.period(zone)
	wanted := query.TrialFilter{
		Within: within, Recorded: f.recorded.last(zone), By: by, Currency: money.Currency(f.currency),
		Chart: f.chart.chart,
	}
	return wanted, cmp.Or(checkCurrency(f.currency), wrong, err)
}

// head writes above a table what it is of, so that a printed one says it: the period, what the books knew, and through
// which day they are closed now, after which its figures can change no more. lines come first. Of recorded times that
// are still to come it warns: what is booked until then would be in the report when it is printed again.
func (c *cli) head(b *query.Books, within query.Period, recorded time.Time, lines ...string) error {
	open, err := b.Rules.OpenFrom()
	if err != nil {
		return err
	}
	if within != (query.Period{}) {
		lines = append(lines, within.String())
	}
	if !recorded.IsZero() {
		lines = append(lines, "as recorded by "+stamp(recorded))
		if recorded.After(time.Now()) {
			c.note("--recorded is still to come: what is booked until then will be in this report when it is printed again")
		}
	}
	if !open.IsZero() {
		lines = append(lines, "closed through "+open.UTC().AddDate(0, 0, -1).Format(time.DateOnly))
	}
	if len(lines) == 0 {
		return nil
	}
	return writeLines(c.stdout, "", append(lines, "")...)
}

// trialTable prints a trial balance, each balance on its side, with the sums of both sides by
// currency. The sums of debits and credits are equal in the opening, the period and the closing:
// this is what the reader checks first.
func (c *cli) trialTable(t *query.Trial, by []string, table display) error {
	by = without(by, []string{"group"}) // which whoever wrote the chart knows
	headings := strings.Split(strings.ToUpper(strings.Join(by, ",")), ",")
	amounts := []string{"POSTINGS", "OPENING", "DEBITS", "CREDITS", "CLOSING"}
	if c.wide {
		amounts = []string{"POSTINGS", "OPENING DEBIT", "OPENING CREDIT", "DEBITS", "CREDITS", "CLOSING DEBIT", "CLOSING CREDIT"}
	}
	s := newListing[query.Row](table, slices.Concat([]string{"CURRENCY"}, headings, amounts)...)
	// Without accounts the kind is what tells the rows apart.
	for i := range s.columns {
		s.columns[i].Wide = s.columns[i].Wide && (s.columns[i].Heading != "KIND" || slices.Contains(by, "account"))
	}
	// Rows are in the order of their currencies, as totals are.
	for i, total := range t.Totals {
		if i > 0 {
			s.gap()
		}
		for _, r := range t.Rows {
			if r.Currency == total.Currency {
				s.add(r)
			}
		}
		s.add(total)
		s.label("sum")
	}
	return s.writeTo(c.stdout, "")
}

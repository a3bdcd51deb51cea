package main

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/export"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

const reportHelp = `Prints what an accountant asks for at the end of a period: a trial balance, or what moved.
See 'splitledger report trial-balance --help' and 'splitledger report activity --help'.`

const trialHelp = `Prints every account with its opening balance, the debits and credits of a period, and
its closing balance, each on the side it stands on. In every currency debits are
credits, before, in and after the period; that is checked, and a difference is an error.

A period is by when things happened: --from counts, --to does not, and without them it
is all time. News that comes late changes the period in which it happened.

--by breaks the sums down by account, kind (sub, platform, liable, provider, bank, fx),
part (sales, commissions, fees and so on, as in 'explain', with what rounding gave or took
where it belongs) and type (split types, fee types and what else postings are), in any
combination; currencies are never mixed.

JSON and CSV have opening and closing as one number, positive for a debit balance and
negative for a credit balance; CSV in major and in minor units. --json prints
  {"rows":[{"account","kind","currency","part","type","opening","debits","credits",
   "closing","postings"}],"totals":[…]}
with whole minor units, without what the sums are not broken down by, and with the sums
of each currency as totals.`

const activityHelp = `Prints what moved in a period, by kind of account and by type of posting: how much was
captured, split off as commission, charged as a fee of each type, refunded, and how many
postings that was, with the sums before and after the period. Debits are credits in
every currency; that is checked.

Settlement shows as much debit as credit in an account: it moves from pending to
available. The flags are those of 'splitledger report trial-balance'.`

// reportFlags say which period, in what detail and form.
type reportFlags struct {
	from, to   timeFlag
	by         string
	currency   string
	json, csv  bool
	breakdowns query.By
}

func (c *cli) reportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Print a trial balance, or what moved in a period",
		Long:  reportHelp,
	}
	trial := c.periodCommand("account,kind")
	trial.Use, trial.Short, trial.Long = "trial-balance", "Print opening balances, debits, credits and closing balances", trialHelp
	trial.Example = `  splitledger report trial-balance
  splitledger report trial-balance --from 2026-03-01 --to 2026-04-01 --csv > march.csv`
	activity := c.periodCommand("kind,part,type")
	activity.Use, activity.Short, activity.Long = "activity", "Print what moved in a period, by type of posting", activityHelp
	activity.Example = `  splitledger report activity --from 2026-03-01 --to 2026-04-01
  splitledger report activity --by account,type --currency EUR --json`
	cmd.AddCommand(trial, activity)
	return cmd
}

// periodCommand makes a report of a period.
func (c *cli) periodCommand(by string) *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{}
	flags := cmd.Flags()
	flags.Var(&f.from, "from", "what happened at this `time` or later; before it is the opening balance")
	flags.Var(&f.to, "to", "what happened before this `time`")
	flags.StringVar(&f.by, "by", by, "break down by some of `account,kind,part,type`")
	flags.StringVar(&f.currency, "currency", "", "only one `currency`")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	flags.BoolVar(&f.csv, "csv", false, "print CSV")
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		if err := cmp.Or(atMostOne(cmd, "json", "csv"), f.check()); err != nil {
			return err
		}
		l, err := c.openToRead()
		if err != nil {
			return err
		}
		defer l.Close()
		t, err := query.TrialBalance(cmd.Context(), l, query.Period{From: f.from.Time, To: f.to.Time}, f.breakdowns)
		if err != nil {
			return err
		}
		f.keep(t)
		switch {
		case f.json:
			return c.trialJSON(t)
		case f.csv:
			return c.trialCSV(t, f.breakdowns, l.Table())
		}
		return c.trialTable(t, f.breakdowns, l.Table())
	})
	return cmd
}

// check reads the flags that are words.
func (f *reportFlags) check() error {
	if err := checkCurrency(f.currency); err != nil {
		return err
	}
	if err := period(f.from, f.to); err != nil {
		return err
	}
	for name := range strings.SplitSeq(f.by, ",") {
		switch strings.TrimSpace(name) {
		case "account":
			f.breakdowns.Account, f.breakdowns.Kind = true, true // an account has one kind
		case "kind":
			f.breakdowns.Kind = true
		case "part":
			f.breakdowns.Class = true
		case "type":
			f.breakdowns.Type = true
		default:
			return unusable("--by: expected some of account, kind, part and type, with commas between, found %q", name)
		}
	}
	return nil
}

// keep leaves out what was not asked for, and rows of nothing.
func (f *reportFlags) keep(t *query.Trial) {
	other := func(r query.Row) bool { return f.currency != "" && string(r.Currency) != f.currency }
	t.Rows = slices.DeleteFunc(t.Rows, func(r query.Row) bool {
		return other(r) || r.Count == 0 && r.Opening.IsZero()
	})
	t.Totals = slices.DeleteFunc(t.Totals, other)
}

// who is what a row is about, as cells of a table.
func who(r query.Row, by query.By) (cells []string) {
	if by.Account {
		cells = append(cells, string(r.Account))
	}
	if by.Kind {
		kind := ""
		if r.Kind.Valid() {
			kind = r.Kind.String()
		}
		cells = append(cells, kind)
	}
	if by.Class {
		cells = append(cells, string(r.Class))
	}
	if by.Type {
		cells = append(cells, r.Type)
	}
	return cells
}

func whoHeadings(by query.By, account, kind, part, typ string) (cells []string) {
	if by.Account {
		cells = append(cells, account)
	}
	if by.Kind {
		cells = append(cells, kind)
	}
	if by.Class {
		cells = append(cells, part)
	}
	if by.Type {
		cells = append(cells, typ)
	}
	return cells
}

// trialTable prints a trial balance, each balance on its side, with the sums of both sides by currency.
func (c *cli) trialTable(t *query.Trial, by query.By, table money.Table) error {
	if len(t.Rows) == 0 {
		return c.note("nothing was booked in this period")
	}
	heads := append([]string{"CURRENCY"}, whoHeadings(by, "ACCOUNT", "KIND", "PART", "TYPE")...)
	g := newGrid(append(heads, ">POSTINGS", ">OPENING DEBIT", ">OPENING CREDIT", ">DEBITS", ">CREDITS", ">CLOSING DEBIT", ">CLOSING CREDIT")...)
	for i, total := range t.Totals {
		if i > 0 {
			g.gap()
		}
		var sums [4]money.Amount // both sides of opening and closing
		for _, r := range t.Rows {
			if r.Currency != total.Currency {
				continue
			}
			od, oc := sides(r.Opening)
			cd, cc := sides(r.Closing)
			for i, a := range []money.Amount{od, oc, cd, cc} {
				sums[i] = money.Sum(r.Currency, sums[i], a)
			}
			g.add(slices.Concat([]string{string(r.Currency)}, who(r, by), []string{strconv.Itoa(r.Count),
				side(table, od), side(table, oc), table.Format(r.Debits), table.Format(r.Credits), side(table, cd), side(table, cc)})...)
		}
		blank := who(query.Row{}, by)
		blank[0] = cmp.Or(blank[0], "sum")
		g.add(slices.Concat([]string{string(total.Currency)}, blank, []string{strconv.Itoa(total.Count),
			table.Format(sums[0]), table.Format(sums[1]), table.Format(total.Debits), table.Format(total.Credits), table.Format(sums[2]), table.Format(sums[3])})...)
	}
	return g.writeTo(c.stdout, "")
}

// sides returns a balance as debit or as credit; the other is zero.
func sides(a money.Amount) (debit, credit money.Amount) {
	none := money.New(0, a.Currency())
	if a.Sign() < 0 {
		return none, a.Neg()
	}
	return a, none
}

func side(t money.Table, a money.Amount) string {
	if a.IsZero() {
		return ""
	}
	return t.Format(a)
}

// trialLine is a row as JSON.
type trialLine struct {
	Account  accounts.ID    `json:"account,omitempty"`
	Kind     string         `json:"kind,omitempty"`
	Currency money.Currency `json:"currency"`
	Part     query.Class    `json:"part,omitempty"`
	Type     string         `json:"type,omitempty"`
	Opening  json.Number    `json:"opening"`
	Debits   json.Number    `json:"debits"`
	Credits  json.Number    `json:"credits"`
	Closing  json.Number    `json:"closing"`
	Postings int            `json:"postings"`
}

func (c *cli) trialJSON(t *query.Trial) error {
	lines := func(rows []query.Row) []trialLine {
		all := []trialLine{}
		for _, r := range rows {
			line := trialLine{
				Account: r.Account, Currency: r.Currency, Part: r.Class, Type: r.Type, Postings: r.Count,
				Opening: minor(r.Opening), Debits: minor(r.Debits), Credits: minor(r.Credits), Closing: minor(r.Closing),
			}
			if r.Kind.Valid() {
				line.Kind = r.Kind.String()
			}
			all = append(all, line)
		}
		return all
	}
	return writeJSON(c.stdout, struct {
		Rows   []trialLine `json:"rows"`
		Totals []trialLine `json:"totals"`
	}{lines(t.Rows), lines(t.Totals)})
}

func (c *cli) trialCSV(t *query.Trial, by query.By, table money.Table) error {
	out := export.NewCSVWriter(c.stdout)
	heads := append([]string{"currency"}, whoHeadings(by, "account", "kind", "part", "type")...)
	out.Write(append(heads, "postings", "opening", "debits", "credits", "closing", "opening_minor", "debits_minor", "credits_minor", "closing_minor"))
	for _, r := range t.Rows {
		out.Write(slices.Concat([]string{string(r.Currency)}, who(r, by), []string{strconv.Itoa(r.Count),
			table.Format(r.Opening), table.Format(r.Debits), table.Format(r.Credits), table.Format(r.Closing),
			r.Opening.Minor(), r.Debits.Minor(), r.Credits.Minor(), r.Closing.Minor()}))
	}
	return out.Flush()
}

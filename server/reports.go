package server

import (
	"cmp"
	"errors"
	"io"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// reportParams say which period a report is of, and what the books knew.
type reportParams struct {
	within
	Recorded query.Moment   `query:"recorded" doc:"what the books knew by this time, day or month"`
	Currency money.Currency `query:"currency" doc:"only this one"`
}

// asked checks the parameters, and returns the period.
func (p *reportParams) asked(c *call) (query.Period, error) {
	period, err := p.period()
	if err == nil {
		_, err = (&asOf{Recorded: p.Recorded, Zone: p.Zone}).asked(c.server.now())
	}
	return period, err
}

// trialParams are those of a trial balance.
type trialParams struct {
	By string `query:"by" doc:"some of account, kind, part and type, with commas: what rows are broken down by"`
	reportParams
}

// without lists what a trial balance is not broken down by, or what is of a chart, which have no columns in its CSV.
func (p *trialParams) without(usual string) []string {
	by, _ := query.ParseBy(cmp.Or(p.By, usual)) // which was checked
	return slices.DeleteFunc(append([]string{"code", "name", "group"}, query.Breakdowns...),
		func(name string) bool { return slices.Contains(by.Names(), name) })
}

// trial makes a route of the trial balance, broken down as usual unless the parameter by says otherwise.
func trial(name, summary, usual string) *Route {
	return ask(InLedger+"/reports/"+name, Read, summary,
		func(c *call, p *trialParams) (*query.Trial, error) {
			period, err := p.asked(c)
			by, wrong := query.ParseBy(cmp.Or(p.By, usual))
			if wrong != nil {
				err = errors.Join(err, &ledger.Error{Code: ledger.Invalid, Field: "by", Message: wrong.Error()})
			}
			if err != nil {
				return nil, err
			}
			return c.pinned().TrialBalance(c.ctx(), query.TrialFilter{Within: period, Recorded: p.Recorded.Last(p.Zone.location()),
				By: by, Currency: p.Currency})
		},
		func(w io.Writer, s columns.Style, p *trialParams, t *query.Trial) error {
			return columns.WriteCSV(w, s, query.Each(t.Rows), p.without(usual)...)
		})
}

// byAccount is the parameter by of reports that have rows of accounts, or not.
type byAccount struct {
	By string `query:"by" doc:"account: rows are of one account each" enum:"account"`
}

// asked reports whether it was given.
func (p *byAccount) asked() (bool, error) {
	return p.By != "", oneOf("by", []string{p.By}, "", "account")
}

// sheetParams are those of a balance sheet.
type sheetParams struct {
	asOf
	Currency money.Currency `query:"currency" doc:"only this one"`
	byAccount
}

// incomeParams are those of an income statement.
type incomeParams struct {
	reportParams
	byAccount
}

// ageingParams are those of debts by age.
type ageingParams struct {
	Account  []string       `query:"account" doc:"an id, or a pattern such as seller:*; may be repeated"`
	Kind     accounts.Kind  `query:"kind" doc:"sub unless another is named"`
	Currency money.Currency `query:"currency" doc:"only this one"`
	asOf
}

// changesParams are those of what came late.
type changesParams struct {
	Since    query.Moment   `query:"since" doc:"when the report was made: what was recorded after this time, day or month is late"`
	Currency money.Currency `query:"currency" doc:"only this one"`
	asOf
}

// rollParams are those of a roll-forward.
type rollParams struct {
	Account []string `query:"account" doc:"an id, or a pattern such as seller:*; may be repeated. Without it all sub-accounts"`
	within
	Currency money.Currency `query:"currency" doc:"only this one"`
}

// seriesParams are those of what an account had over time.
type seriesParams struct {
	Account  accounts.ID    `query:"account" doc:"whose balances"`
	Step     query.Interval `query:"step" doc:"day, week or month: a point at the end of each; day unless points are asked for" enum:"day,week,month"`
	Points   int            `query:"points" doc:"so many at most"`
	Clock    string         `query:"clock" doc:"effective: what had happened by each point; recorded: what the books knew by then" enum:"effective,recorded"`
	Currency money.Currency `query:"currency" doc:"only this one"`
	within
	At       query.Moment `query:"as_of" doc:"with clock=recorded: what had happened by this time, day or month"`
	Recorded query.Moment `query:"recorded" doc:"with clock=effective: what the books knew by this time, day or month"`
}

// filter is what is asked for.
func (p *seriesParams) filter(c *call) (f query.SeriesFilter, err error) {
	wrong := func(field, message string) error {
		return &ledger.Error{Code: ledger.Invalid, Field: field, Message: message}
	}
	as := asOf{p.At, p.Recorded, p.Zone}
	if f.AsOf, err = as.asked(c.server.now()); err != nil {
		return f, err
	}
	f.Currency, f.Recorded = p.Currency, p.Clock == "recorded"
	period, err := p.period()
	if err := errors.Join(err, oneOf("clock", []string{p.Clock}, "", "effective", "recorded"),
		oneOf("step", []query.Interval{p.Step}, "", query.Daily, query.Weekly, query.Monthly)); err != nil {
		return f, err
	}
	switch {
	case p.Account == "":
		return f, wrong("account", "expected the account, found none")
	case p.At.Given() && !f.Recorded:
		return f, wrong("as_of", "expected none without clock=recorded: the points are those of from and to")
	case p.Recorded.Given() && f.Recorded:
		return f, wrong("recorded", "expected none with clock=recorded: the points are those of from and to")
	case c.given("points") && p.Points < 1:
		return f, wrong("points", "expected 1 or more")
	}
	step := p.Step
	if p.Points == 0 {
		step = cmp.Or(step, query.Daily)
	}
	if f.Points, err = query.Points(period, step, p.Points, p.Zone.location()); err != nil {
		return f, wrong("from", err.Error())
	}
	return f, nil
}

// reportRoutes answer what an accountant asks for at the end of a period.
func reportRoutes() []*Route {
	return []*Route{
		trial("trial-balance", "Opening balances, debits, credits and closing balances", "account,kind"),
		trial("activity", "What moved in a period, by type of posting", "kind,part,type"),
		ask(InLedger+"/reports/balance-sheet", Read, "What the platform has and owes",
			func(c *call, p *sheetParams) (*query.BalanceSheet, error) {
				when, err := p.asOf.asked(c.server.now())
				by, wrong := p.byAccount.asked()
				if err := errors.Join(err, wrong); err != nil {
					return nil, err
				}
				return c.pinned().BalanceSheet(c.ctx(), query.SheetFilter{AsOf: when, Currency: p.Currency, ByAccount: by})
			},
			func(w io.Writer, s columns.Style, _ *sheetParams, sheet *query.BalanceSheet) error {
				return columns.WriteCSV(w, s, query.Each(sheet.Rows), "code")
			}),
		ask(InLedger+"/reports/income-statement", Read, "What the platform earned and lost in a period",
			func(c *call, p *incomeParams) (*query.IncomeStatement, error) {
				period, err := p.reportParams.asked(c)
				by, wrong := p.byAccount.asked()
				if err := errors.Join(err, wrong); err != nil {
					return nil, err
				}
				return c.pinned().Income(c.ctx(), query.IncomeFilter{Within: period, Recorded: p.Recorded.Last(p.Zone.location()),
					Currency: p.Currency, ByAccount: by})
			},
			func(w io.Writer, s columns.Style, p *incomeParams, i *query.IncomeStatement) error {
				except := []string{"account", "code", "name"}
				if p.By != "" {
					except = except[1:]
				}
				return columns.WriteCSV(w, s, query.Each(i.Rows), except...)
			}),
		ask(InLedger+"/reports/ageing", Read, "Who owes the platform, and for how long", ageing,
			func(w io.Writer, s columns.Style, _ *ageingParams, a *query.Ageing) error {
				return columns.WriteCSV(w, s, query.Each(a.Rows))
			}),
		ask(InLedger+"/reports/changes", Read, "What came late, and which reported balances moved", changes,
			func(w io.Writer, s columns.Style, _ *changesParams, ch *query.Changes) error {
				return columns.WriteCSV(w, s, query.Each(ch.Figures))
			}),
		ask(InLedger+"/reports/roll-forward", Read, "What led from opening to closing balances, account by account", rollForward,
			func(w io.Writer, s columns.Style, _ *rollParams, r *query.RollForward) error {
				return columns.WriteCSV(w, s, query.Each(r.Rows))
			}),
		ask(InLedger+"/reports/series", Read, "What an account had over time",
			func(c *call, p *seriesParams) (*List[query.SeriesPoint], error) {
				f, err := p.filter(c)
				if err != nil {
					return nil, err
				}
				list, err := c.pinned().Series(p.Account, f)
				return all(list), err
			},
			func(w io.Writer, s columns.Style, _ *seriesParams, list *List[query.SeriesPoint]) error {
				return columns.WriteCSV(w, s, query.Each(list.Data))
			}),
	}
}

// ageing answers with debts by age.
func ageing(c *call, p *ageingParams) (*query.Ageing, error) {
	when, err := p.asked(c.server.now())
	if err != nil {
		return nil, err
	}
	f := query.AgeingFilter{AccountFilter: query.AccountFilter{Accounts: p.Account, Kind: cmp.Or(p.Kind, accounts.KindSub)},
		At: when.At, Recorded: when.Recorded, Currency: p.Currency}
	if f.At.IsZero() {
		f.At = c.server.now()
	}
	return c.pinned().Ageing(c.ctx(), f)
}

// changes answers with what came late.
func changes(c *call, p *changesParams) (*query.Changes, error) {
	when, err := p.asked(c.server.now())
	if err != nil {
		return nil, err
	}
	f := query.ChangesFilter{Since: p.Since.Last(p.Zone.location()), At: when.At, Recorded: when.Recorded, Currency: p.Currency}
	switch {
	case !p.Since.Given():
		err = &ledger.Error{Code: ledger.Invalid, Field: "since", Message: "expected when the report was made, such as 2026-04-03, found none"}
	case p.Recorded.Given() && f.Recorded.Before(f.Since):
		err = &ledger.Error{Code: ledger.Invalid, Field: "recorded",
			Message: "expected a time after since, found " + p.Recorded.String() + " and " + p.Since.String()}
	}
	if err != nil {
		return nil, err
	}
	return c.pinned().Changes(c.ctx(), f)
}

// rollForward answers with what led from opening balances to closing ones.
func rollForward(c *call, p *rollParams) (*query.RollForward, error) {
	period, err := p.period()
	if err != nil {
		return nil, err
	}
	f := query.AccountFilter{Accounts: p.Account}
	if len(p.Account) == 0 {
		f.Kind = accounts.KindSub
	}
	return c.pinned().RollForward(c.ctx(), query.RollFilter{Within: period, Accounts: f, Currency: p.Currency})
}

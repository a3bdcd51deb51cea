package query

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/chart"
	"github.com/splitledger/splitledger/money"
)

// An IncomeSection is a part of an income statement.
type IncomeSection string

// The sections of an income statement. The first four are the result; the others change equity and are no result.
const (
	Earned       IncomeSection = "income"               // what the platform's accounts get of sales
	GivenBack    IncomeSection = "refunds and disputes" // what they give back, or lose to disputes
	Costs        IncomeSection = "costs"                // fees that they bear, of payments and of providers
	Expenses     IncomeSection = "expenses"             // of a chart, in place of the two above
	TaxCollected IncomeSection = "taxes collected"      // VAT splits: collected for the tax office
	OtherChanges IncomeSection = "other changes"        // transfers, payouts, conversions, plain entries
)

// incomeSections are in the order in which they are shown.
var incomeSections = []IncomeSection{Earned, GivenBack, Costs, Expenses, TaxCollected, OtherChanges}

// incomeOf says in which section postings of a class on the platform's accounts are. A class that is not here is of
// other changes: only what is known to be earned or lost is a result.
var incomeOf = map[Class]IncomeSection{
	Sales: Earned, Commissions: Earned, Tips: Earned, Surcharges: Earned, TopUps: Earned, Cancellations: Earned,
	Refunds: GivenBack, Chargebacks: GivenBack,
	Fees: Costs, ProviderCharges: Costs,
	Taxes: TaxCollected,
}

// InResult reports whether a section counts in the result of a period.
func (s IncomeSection) InResult() bool {
	return slices.Index(incomeSections, s) <= slices.Index(incomeSections, Expenses)
}

// An IncomeRow is what postings of one class and type, or of one account of a chart, did to the platform's equity in a
// period.
type IncomeRow struct {
	Currency money.Currency `json:"currency" col:"CURRENCY"`
	Section  IncomeSection  `json:"section" col:"SECTION"`
	Account  accounts.ID    `json:"account,omitempty" col:"ACCOUNT,optional"` // where it is asked for
	Class    Class          `json:"part,omitempty" col:"PART,optional"`
	Type     string         `json:"type,omitempty" col:"TYPE,optional"`
	Code     string         `json:"code,omitempty" col:"CODE,optional"` // of a chart
	Name     string         `json:"name,omitempty" col:"NAME,optional"`
	Postings int            `json:"postings" col:"POSTINGS,blank"`
	Amount   Minor          `json:"amount" col:"AMOUNT"` // positive where equity grew
}

// An IncomeTotal leads from the equity before a period to that after it, in one currency.
type IncomeTotal struct {
	Currency money.Currency `json:"currency"`
	Opening  Minor          `json:"opening"` // equity before the period
	Result   Minor          `json:"result"`  // income less what was given back, lost and paid
	Other    Minor          `json:"other"`   // what changed equity besides
	Closing  Minor          `json:"closing"` // opening, result and other; the equity of the balance sheet
}

// An IncomeStatement says what the platform earned and lost in a period.
type IncomeStatement struct {
	From     time.Time     `json:"from,omitzero"`
	To       time.Time     `json:"to,omitzero"` // not included
	Recorded time.Time     `json:"recorded,omitzero"`
	Rows     []IncomeRow   `json:"rows"` // by currency and section, without rows of nothing
	Totals   []IncomeTotal `json:"totals"`
}

// An IncomeFilter says which income statement is wanted. The zero value is all time.
type IncomeFilter struct {
	Within    Period
	Recorded  time.Time      // what the books knew by then
	Currency  money.Currency // "" is any
	ByAccount bool           // rows are of one account each
	Chart     *chart.Chart   // rows are of its accounts of income, expenses and equity
}

// Income returns what the platform's accounts, those of the kinds liable and platform, earned and lost in a period, by
// what the postings say they are: so it is the [Books.TrialBalance] of these accounts, read as an income statement.
// What moves between sub-balances only, as settlement does, is no change and left out. Together the rows explain the
// change of equity between two balance sheets.
//
// With a chart the rows are those of its accounts: of the groups income and expense, which are the result, and equity.
func (b *Books) Income(ctx context.Context, f IncomeFilter) (*IncomeStatement, error) {
	detail := By{Account: f.ByAccount, Kind: true, Class: true, Type: true}
	if f.Chart != nil {
		detail = By{Account: f.ByAccount}
	}
	trial, err := b.TrialBalance(ctx, TrialFilter{Within: f.Within, Recorded: f.Recorded, Currency: f.Currency,
		By: detail, Chart: f.Chart})
	if err != nil {
		return nil, err
	}
	s := &IncomeStatement{From: f.Within.From, To: f.Within.To, Recorded: f.Recorded,
		Rows: []IncomeRow{}, Totals: []IncomeTotal{}}
	// The platform may have accounts of both kinds: their rows of one class and type are one.
	type key struct {
		currency money.Currency
		account  accounts.ID
		class    Class
		typ      string
		code     string
	}
	rows, totals := map[key]*IncomeRow{}, map[money.Currency]*IncomeTotal{}
	for i := range trial.Rows {
		r := &trial.Rows[i]
		section := incomeSection(r)
		if section == "" {
			continue
		}
		if totals[r.Currency] == nil {
			totals[r.Currency] = &IncomeTotal{Currency: r.Currency}
		}
		amount := Minor{money.Sum(r.Currency, r.Credits.Amount, r.Debits.Neg())}
		totals[r.Currency].add(r.Opening.Neg(), amount, section.InResult())
		k := key{r.Currency, r.Account, r.Class, r.Type, r.Code}
		if rows[k] == nil {
			rows[k] = &IncomeRow{Currency: r.Currency, Section: section, Account: r.Account, Class: r.Class,
				Type: r.Type, Code: r.Code, Name: r.Name}
		}
		rows[k].Postings += r.Postings
		rows[k].Amount.add(amount)
	}
	for _, r := range rows {
		if !r.Amount.IsZero() {
			s.Rows = append(s.Rows, *r)
		}
	}
	slices.SortFunc(s.Rows, compareIncome)
	for _, c := range slices.Sorted(maps.Keys(totals)) {
		s.Totals = append(s.Totals, *totals[c])
	}
	return s, nil
}

// inIncome says in which section accounts of a chart are. Assets and liabilities are in none.
var inIncome = map[chart.Group]IncomeSection{
	chart.Income: Earned, chart.Expense: Expenses, chart.Equity: OtherChanges,
}

// incomeSection is where a row of a trial balance stands in an income statement, "" if it is none of the platform's.
func incomeSection(r *Row) IncomeSection {
	switch {
	case r.Group != "":
		return inIncome[r.Group]
	case sideOf(r.Kind) == Own:
		return cmp.Or(incomeOf[r.Class], OtherChanges)
	}
	return ""
}

// compareIncome is the order of an income statement.
func compareIncome(a, b IncomeRow) int {
	return cmp.Or(cmp.Compare(a.Currency, b.Currency),
		cmp.Compare(slices.Index(incomeSections, a.Section), slices.Index(incomeSections, b.Section)),
		cmp.Compare(a.Code, b.Code), cmp.Compare(classOrder(a.Class), classOrder(b.Class)), cmp.Compare(a.Type, b.Type),
		cmp.Compare(a.Account, b.Account))
}

// add counts what was there before, and a change since.
func (t *IncomeTotal) add(opening money.Amount, change Minor, result bool) {
	t.Opening.add(Minor{opening})
	t.Closing.add(Minor{money.Sum(t.Currency, opening, change.Amount)})
	if none := (Minor{money.New(0, t.Currency)}); result {
		t.Result.add(change)
		t.Other.add(none)
	} else {
		t.Other.add(change)
		t.Result.add(none)
	}
}

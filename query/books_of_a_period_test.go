package query_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/chart"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// A month is booked, reported, perhaps closed, and then more comes in, some of it of the month. Whatever it is: the trial
// balance is the sum of the statements and the balance sheet, income explains the change of equity between two balance
// sheets, and what was printed is printed again from what was recorded by then.
func TestBooksOfAPeriod(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := ledgertest.OpenFile(t, t.TempDir()+"/ledger.db", ledger.Options{})
		defer l.Close()
		b, err := posting.New(l, posting.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		bookAnything(rt, b)
		from, to := day(rapid.IntRange(1, 15).Draw(rt, "from")), day(rapid.IntRange(16, 31).Draw(rt, "to"))
		closed := rapid.Bool().Draw(rt, "closed")
		if closed {
			if _, err := b.Post(context.Background(), posting.Event{ID: "close", Type: posting.PeriodClose,
				Through: to.AddDate(0, 0, -1).Format(time.DateOnly)}); err != nil {
				rt.Fatal(err)
			}
		}
		printed := l.Now()
		reports := reportsOf(rt, l, from, to, printed)
		bookMore(rt, b)
		if again := reportsOf(rt, l, from, to, printed); again != reports {
			rt.Fatalf("printed\n%s\nand again\n%s", reports, again)
		}
		for _, recorded := range []time.Time{{}, printed} {
			checkSheets(rt, l, query.Period{From: from, To: to}, recorded)
		}
		checkChanges(rt, l, to.Add(-1), printed, closed)
	})
}

// bookMore posts some events of any time, after others.
func bookMore(rt *rapid.T, b *posting.Book) {
	var events []posting.Event
	for i := range rapid.IntRange(0, 30).Draw(rt, "more events") {
		e := anyEvent(rt)
		e.ID = fmt.Sprintf("more-%d", i)
		e.At = day(1).Add(time.Duration(rapid.IntRange(0, 30*24).Draw(rt, "hour")) * time.Hour)
		events = append(events, e)
	}
	b.PostBatch(context.Background(), events)
}

// reportsOf is what was reported of a period, as recorded by a time.
func reportsOf(rt *rapid.T, l *ledger.Ledger, from, to, recorded time.Time) string {
	within := query.Period{From: from, To: to}
	trial, err := books(l).TrialBalance(context.Background(), query.TrialFilter{Within: within, Recorded: recorded,
		By: query.By{Account: true, Kind: true, Class: true, Type: true}})
	fail(rt, err)
	sheet, err := books(l).BalanceSheet(context.Background(), query.SheetFilter{AsOf: ledger.AsOf{At: to.Add(-1), Recorded: recorded}, ByAccount: true})
	fail(rt, err)
	income, err := books(l).Income(context.Background(), query.IncomeFilter{Within: within, Recorded: recorded})
	fail(rt, err)
	text, err := json.Marshal([]any{trial, sheet, income})
	fail(rt, err)
	return string(text)
}

// checkSheets compares the reports of a period with each other.
func checkSheets(rt *rapid.T, l *ledger.Ledger, within query.Period, recorded time.Time) {
	trial, err := books(l).TrialBalance(context.Background(), query.TrialFilter{Within: query.Period{To: within.To},
		Recorded: recorded, By: query.By{Account: true, Kind: true}})
	fail(rt, err)
	sheet, err := books(l).BalanceSheet(context.Background(), query.SheetFilter{AsOf: ledger.AsOf{At: within.To.Add(-1), Recorded: recorded}, ByAccount: true})
	fail(rt, err)
	type key struct {
		account  accounts.ID
		currency money.Currency
	}
	closing := map[key]string{}
	for _, r := range trial.Rows {
		if !r.Closing.IsZero() {
			closing[key{r.Account, r.Currency}] = r.Closing.Int().String()
		}
	}
	for _, r := range sheet.Rows {
		debit := r.Balance.Int()
		if r.Section != query.Assets {
			debit = debit.Neg()
		}
		if r.Balance.Sign() < 0 && (r.Section == query.Assets || r.Section == query.Liabilities) {
			rt.Fatalf("%s of %s are %s", r.Section, r.Item, r.Balance)
		}
		if k := (key{r.Account, r.Currency}); !r.Balance.IsZero() && closing[k] != debit.String() {
			rt.Fatalf("the balance sheet has %s of %s, the trial balance %s", debit, r.Item, closing[k])
		} else {
			delete(closing, k)
		}
	}
	if len(closing) > 0 {
		rt.Fatalf("the balance sheet does not have %v of the trial balance", closing)
	}
	checkStatements(rt, l, within.To, recorded, trial)
	checkIncome(rt, l, within, recorded, nil)
	checkIncome(rt, l, within, recorded, accountants)
}

// accountants is a chart that tells income, costs and taxes from equity.
var accountants = func() *chart.Chart {
	c, err := chart.Read(strings.NewReader(`kind,sub,type,code,name,group
provider,pending,,11,Not settled,asset
provider,,,12,Held,asset
bank,,,13,Bank,asset
sub,,,21,Sellers,liability
liable,,VAT,22,VAT,liability
fx,,,23,Conversions,liability
liable,,Commission,41,Commission,income
platform,,Remainder,42,Sales,income
,,*Fee,61,Fees,expense
,,,31,Owner,equity
`))
	if err != nil {
		panic(err)
	}
	return c
}()

// checkStatements adds the statements of all accounts up, as an accountant would.
func checkStatements(rt *rapid.T, l *ledger.Ledger, to, recorded time.Time, trial *query.Trial) {
	for _, r := range trial.Rows {
		sum := money.New(0, r.Currency)
		for line, err := range books(l).Statement(context.Background(), r.Account, query.StatementFilter{Within: query.Period{To: to}}) {
			fail(rt, err)
			if line.Currency == r.Currency && (recorded.IsZero() || !line.Recorded.After(recorded)) {
				sum = money.Sum(r.Currency, sum, line.Amount.Amount)
			}
		}
		if !r.Kind.DebitNormal() {
			sum = sum.Neg()
		}
		if !sum.Int().Equal(r.Closing.Int()) {
			rt.Fatalf("the statement of %s comes to %s, the trial balance to %s", r.Account, sum, r.Closing)
		}
	}
}

// checkIncome holds an income statement to the equity of the balance sheets before the period and after it.
func checkIncome(rt *rapid.T, l *ledger.Ledger, within query.Period, recorded time.Time, c *chart.Chart) {
	sheet := func(at time.Time) *query.BalanceSheet {
		s, err := books(l).BalanceSheet(context.Background(), query.SheetFilter{AsOf: ledger.AsOf{At: at, Recorded: recorded}, Chart: c})
		fail(rt, err)
		return s
	}
	before, after := sheet(within.From.Add(-1)), sheet(within.To.Add(-1))
	income, err := books(l).Income(context.Background(), query.IncomeFilter{Within: within, Recorded: recorded, ByAccount: c == nil, Chart: c})
	fail(rt, err)
	for _, t := range income.Totals {
		if was := before.Sum(t.Currency, query.Equity).Balance; !was.Int().Equal(t.Opening.Int()) {
			rt.Fatalf("equity was %s, the income statement begins with %s", was, t.Opening)
		}
		is := after.Sum(t.Currency, query.Equity).Balance
		if !is.Int().Equal(t.Closing.Int()) {
			rt.Fatalf("equity is %s, the income statement ends with %s", is, t.Closing)
		}
		explained, result := t.Opening.Amount, money.New(0, t.Currency)
		for _, r := range income.Rows {
			if r.Currency == t.Currency {
				explained = money.Sum(t.Currency, explained, r.Amount.Amount)
				if r.Section.InResult() {
					result = money.Sum(t.Currency, result, r.Amount.Amount)
				}
			}
		}
		if !explained.Int().Equal(is.Int()) || !result.Int().Equal(t.Result.Int()) {
			rt.Fatalf("the rows lead to equity of %s and a result of %s, the total says %+v", explained, result, t)
		}
	}
	for _, t := range after.Totals {
		found := t.Equity.IsZero()
		for _, i := range income.Totals {
			found = found || i.Currency == t.Currency
		}
		if !found {
			rt.Fatalf("the income statement has no %s, though equity is %s", t.Currency, t.Equity)
		}
	}
}

func fail(rt *rapid.T, err error) {
	if err != nil {
		rt.Helper()
		rt.Fatal(err)
	}
}

// checkChanges holds what was reported, and what came late, to what is there now.
func checkChanges(rt *rapid.T, l *ledger.Ledger, at, printed time.Time, closed bool) {
	c, err := books(l).Changes(context.Background(), query.ChangesFilter{Since: printed, At: at})
	fail(rt, err)
	if closed && len(c.Figures) > 0 {
		rt.Fatalf("the period is closed, and figures moved: %v", c.Figures)
	}
	type key struct {
		account  accounts.ID
		sub      ledger.Sub
		currency money.Currency
	}
	moved := map[key]query.ChangedFigure{}
	for _, f := range c.Figures {
		moved[key{f.Account, f.Sub, f.Currency}] = f
	}
	for _, p := range c.Postings {
		if p.Moved && p.At.After(at) || !p.Moved && (p.Happened.IsZero() || p.Happened.After(at)) || !p.Recorded.After(printed) {
			rt.Fatalf("%+v is late", p)
		}
	}
	for a := range l.Accounts() {
		was, err := l.BalanceAt(a.ID, ledger.AsOf{At: at, Recorded: printed})
		fail(rt, err)
		is, err := l.BalanceAt(a.ID, ledger.AsOf{At: at})
		fail(rt, err)
		for _, has := range is {
			for _, sub := range []ledger.Sub{ledger.Pending, ledger.Available, ledger.Reserved} {
				before := money.New(0, has.Currency)
				for _, b := range was {
					if b.Currency == has.Currency {
						before = b.Of(sub)
					}
				}
				f, found := moved[key{a.ID, sub, has.Currency}]
				if !found {
					f.Was, f.Is = query.Minor{Amount: before}, query.Minor{Amount: before}
				}
				if !f.Was.Int().Equal(before.Int()) || !f.Is.Int().Equal(has.Of(sub).Int()) {
					rt.Fatalf("%s %s was %s and is %s, found %+v", a.ID, sub, before, has.Of(sub), f)
				}
			}
		}
	}
}

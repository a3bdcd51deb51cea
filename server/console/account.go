package console

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

// An accountView is an account in one currency, as of some moment.
type accountView struct {
	*view
	account  *query.Account
	currency money.Currency
	has      *query.Explanation
	when     ledger.AsOf
	at       query.Moment // effective
	recorded query.Moment
	within   query.Period // of the chart
	line     []query.SeriesPoint
	step     int64 // seconds between its points
}

// accountPage shows what an account has, since when and from what.
func accountPage(v *view) (*page, error) {
	if to := v.chosenMoment(); to != "" {
		return nil, elsewhere(to)
	}
	id := accounts.ID(v.r.PathValue("id"))
	list, err := v.books.Accounts(query.AccountFilter{Accounts: []string{string(id)}})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, query.NoAccount(v.books.Ledger, id)
	}
	a := &accountView{view: v, account: &list[0]}
	if a.when, a.at, a.recorded, err = v.asOf(); err != nil {
		return nil, err
	}
	if a.currency, err = v.currency(); err != nil {
		return nil, err
	}
	all, err := v.books.Explain(v.r.Context(), id, query.ExplainFilter{AsOf: a.when})
	if err != nil {
		return nil, err
	}
	p := &page{Title: string(id), Crumbs: []bit{{Text: "Accounts", Href: v.href("/accounts")}},
		Meta: v.accountMeta(a.account), Past: v.past(a.at, a.recorded), Dated: true}
	one := slices.IndexFunc(all, func(e query.Explanation) bool { return e.Currency == a.currency })
	if len(all) == 1 && a.currency == "" {
		one = 0
	}
	if one >= 0 {
		p.Tabs = a.tabs(all)
		a.has, a.currency = &all[one], all[one].Currency
		return p, a.oneCurrency(p)
	}
	choose := section{Head: "Balances", Note: "by currency, never added up across them", AsOf: a.asOfForm(),
		Table: v.holdingsTable(all)}
	if a.currency != "" { // nothing as of this moment, or at all
		choose.Head, choose.Note = "Balances", "it had no "+string(a.currency)
	}
	p.Sections = append(p.Sections, choose)
	return p, nil
}

// tabs lead to the currencies of an account.
func (a *accountView) tabs(all []query.Explanation) (tabs []bit) {
	if len(all) < 2 {
		return nil
	}
	tabs = []bit{{Text: "All", Href: a.with("currency", "", "after", "")}}
	for i := range all {
		c := all[i].Currency
		tabs = append(tabs, bit{Text: string(c), Href: a.with("currency", string(c), "after", ""),
			Current: c == a.currency})
	}
	return tabs
}

// accountMeta is what is kept of an account.
func (v *view) accountMeta(a *query.Account) (bits []bit) {
	say := func(s string) { bits = append(bits, bit{Text: s}) }
	if a.Holder != "" {
		say(a.Holder + ". ")
	}
	say("Kind " + a.Kind.String() + ", " + a.Status.String())
	for _, o := range a.Overdraft {
		say(", overdraft up to " + v.figureOf(o) + " " + string(o.Currency()))
	}
	if len(a.ProviderIDs) > 0 {
		say(", called " + a.ProviderIDs.String())
	}
	if a.Reserve != nil {
		say(", reserve " + a.Reserve.String())
	}
	for _, key := range sortedKeys(a.Metadata) {
		say(", " + key + ": " + a.Metadata[key])
	}
	return bits
}

// holdingsTable has what an account has in each currency.
func (v *view) holdingsTable(all []query.Explanation) *table {
	t := &table{Empty: "Nothing is booked on this account.", Columns: []column{{Head: "Currency"}, {"Pending", "n"},
		{"Available", "n"}, {"Reserved", "n"}, {"Balance", "n sum"}}}
	for i := range all {
		e := &all[i]
		t.row(rowLink(string(e.Currency), v.with("currency", string(e.Currency), "after", "")),
			v.amount(e.Pending.Amount), v.balance(e.Available.Amount, e.Kind),
			v.amount(e.Reserved.Amount), v.balance(e.Balance.Amount, e.Kind))
	}
	return t
}

// oneCurrency adds what an account has in one currency: its sub-balances, the line, the parts and the statement.
func (a *accountView) oneCurrency(p *page) error {
	if err := a.figures(p); err != nil {
		return err
	}
	c, err := a.chart()
	if err != nil {
		return err
	}
	form := a.asOfForm()
	if form.Steps, err = a.asOfSteps(); err != nil {
		return err
	}
	if c != nil {
		form.Slider = a.slider()
	}
	exact := func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
	over := section{ID: "asof", Head: "Balance over time", Note: string(a.currency) + ", all sub-balances together",
		AsOf: form, Chart: c}
	if c != nil {
		over.Tools = a.csvOf("/reports/series", "account", string(a.account.Account), "currency", string(a.currency),
			"from", exact(a.within.From),
			"to", exact(a.within.To), "points", strconv.Itoa(mostPoints), "recorded", a.query.Get("recorded"), "zone",
			a.zone.String())
	}
	e := a.has
	p.Sections = append(p.Sections, over, section{Head: "What it is made of", Note: "the parts sum to the balance",
		Table: a.partsOf(e),
		Tools: a.csvOf("/accounts/"+escape(string(a.account.Account))+"/explain", "currency", string(e.Currency),
			"as_of", a.query.Get("at"),
			"recorded", a.query.Get("recorded"), "zone", a.zone.String())})
	if rows := e.ReserveRows(); len(rows) > 0 {
		t := &table{Columns: []column{{Head: "Reserved for"}, {"Holds", "n"}, {"Amount", "n"}, {"Next release",
			"nb p2"}, {"Last release", "nb p2"}}}
		for _, r := range rows {
			t.row(text(r.For), a.count(uint64(r.Holds)), a.amount(r.Amount.Amount), text(r.Next), text(r.Last))
		}
		p.Sections = append(p.Sections, section{Head: "What is reserved", Table: t})
	}
	s, err := a.statement(a.account, e.Currency)
	if err == nil {
		p.Sections = append(p.Sections, *s)
	}
	return err
}

// figures are the sub-balances, which add up; and of an effective time, what the books knew of it by then.
func (a *accountView) figures(p *page) error {
	e := a.has
	sub := func(name string, m money.Amount) figure {
		return figure{name, []bit{{Text: a.figureOf(m), Href: "#statement"}, {Text: string(e.Currency), Class: "cur"}}}
	}
	op := func(s string) figure { return figure{"", []bit{{Text: s, Class: "soft"}}} }
	p.Figures = []figure{sub("Pending", e.Pending.Amount), op("+"), sub("Available", e.Available.Amount), op("+"),
		sub("Reserved", e.Reserved.Amount), op("="),
		sub("Balance", e.Balance.Amount)}
	if a.when.At.IsZero() || !a.when.Recorded.IsZero() {
		return nil
	}
	knew, err := a.total(ledger.AsOf{At: a.when.At, Recorded: a.when.At})
	if err != nil {
		return err
	}
	later := money.FromInt(e.Balance.Int().Sub(knew.Int()), e.Currency)
	if later.IsZero() {
		return nil
	}
	change := sub("Recorded later", later)
	change.Bits[0].Text = a.change(later).Bits[0].Text
	p.Figures = append(p.Figures, sub("The books knew by then", knew), change)
	return nil
}

// total is what the account had at a moment.
func (a *accountView) total(when ledger.AsOf) (money.Amount, error) {
	points, err := a.books.Series(a.account.Account, query.SeriesFilter{Points: []time.Time{when.At},
		Currency: a.currency, AsOf: ledger.AsOf{Recorded: when.Recorded}})
	if err != nil || len(points) == 0 {
		return money.New(0, a.currency), err
	}
	return points[0].Balance.Amount, nil
}

// mostPoints is how many points the line of an account has.
const mostPoints = 240

// chart is the balance over time, from the first posting to the newest: as things happened, and as the books knew of
// them. It is nil where there is nothing yet to be drawn.
func (a *accountView) chart() (*chart, error) {
	id := a.account.Account
	first, newest, err := a.reach()
	if err != nil || first.IsZero() {
		return nil, err
	}
	end := newest.Add(max(newest.Sub(first)/30, time.Minute))
	if now := a.now(); end.After(now) && now.After(newest) {
		end = now
	}
	ends := a.stops(first.Add(-time.Minute), end)
	effective, err := a.books.Series(id, query.SeriesFilter{Points: ends, Currency: a.currency,
		AsOf: ledger.AsOf{Recorded: a.when.Recorded}})
	if err != nil || len(effective) == 0 {
		return nil, err
	}
	known := slices.DeleteFunc(slices.Clone(ends), func(t time.Time) bool {
		return !a.when.Recorded.IsZero() &&
			t.After(a.when.Recorded)
	})
	recorded, err := a.books.Series(id, query.SeriesFilter{Points: known, Currency: a.currency, Recorded: true})
	if err != nil {
		return nil, err
	}
	a.line = effective
	l := &balanceLines{of: string(id), within: a.within, effective: effective, recorded: recorded}
	if at := cmp.Or(a.when.At, a.when.Recorded); !at.IsZero() {
		l.at, l.figure = at, a.figureOf(a.has.Balance.Amount)
	}
	return a.balanceChart(l), nil
}

// stops are the points of the chart, and where the slider below it can stand: whole seconds, all as far apart.
func (a *accountView) stops(from, to time.Time) (points []time.Time) {
	begin := from.Unix()
	a.step = max((to.Unix()-begin+mostPoints-1)/mostPoints, 1)
	for at := begin; at < to.Unix()+a.step; at += a.step {
		points = append(points, time.Unix(at, 0).UTC())
	}
	a.within = query.Period{From: points[0], To: points[len(points)-1]}
	return points
}

// reach is when the first and the newest posting of the account happened; recorded times count where the page is as of
// one.
func (a *accountView) reach() (first, newest time.Time, err error) {
	add := func(t time.Time) {
		if first.IsZero() || t.Before(first) {
			first = t
		}
		if t.After(newest) {
			newest = t
		}
	}
	// Postings come as they were booked: a few from either end say nearly where the ends of what happened are.
	for _, from := range []ledger.Range{{Limit: 100}, {Limit: 100, Newest: true}} {
		for line, err := range a.books.Ledger.Postings(a.r.Context(), a.account.Account, from) {
			if err != nil {
				return first, newest, err
			}
			add(line.At)
			if !a.when.Recorded.IsZero() {
				add(line.Recorded)
			}
		}
	}
	return first, newest, nil
}

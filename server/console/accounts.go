package console

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

// kinds of accounts, in the order in which people look for them.
var kinds = []accounts.Kind{accounts.KindSub, accounts.KindPlatform, accounts.KindLiable, accounts.KindProvider, accounts.KindBank, accounts.KindFX}

// accountFilter is what the query asks for.
func (v *view) accountFilter() (f query.AccountFilter, err error) {
	if pattern := strings.TrimSpace(v.query.Get("account")); pattern != "" {
		f.Accounts = []string{pattern}
	}
	f.Holder = v.query.Get("holder")
	if given := v.query.Get("kind"); given != "" {
		if f.Kind, err = accounts.ParseKind(given); err != nil {
			return f, &ledger.Error{Code: ledger.Invalid, Field: "kind", Message: err.Error()}
		}
	}
	if given := v.query.Get("status"); given != "" {
		status, err := accounts.ParseStatus(given)
		if err != nil {
			return f, &ledger.Error{Code: ledger.Invalid, Field: "status", Message: err.Error()}
		}
		f.Status = &status
	}
	return f, nil
}

// accountsPage lists accounts with what they have.
func accountsPage(v *view) (*page, error) {
	f, err := v.accountFilter()
	if err != nil {
		return nil, err
	}
	currency, err := v.currency()
	if err != nil {
		return nil, err
	}
	when, at, recorded, err := v.asOf()
	if err != nil {
		return nil, err
	}
	var list []query.Balance
	var bare []query.Account
	var next string
	if currency != "" {
		got, err := query.PageOf(v.books, func(b *query.Books) iter.Seq2[query.Balance, error] {
			return query.All(b.Balances(query.BalanceFilter{AccountFilter: f, AsOf: when, Currency: currency}))
		}, v.request("accounts"))
		if err != nil {
			return nil, err
		}
		list, next = got.Data, got.Next
	} else if list, bare, next, err = v.accountsWith(f, when); err != nil {
		return nil, err
	}
	currencies, err := v.currencies()
	if err != nil {
		return nil, err
	}
	csv := v.csvOf("/balances", "account", v.query.Get("account"), "kind", v.query.Get("kind"), "currency", string(currency),
		"as_of", at.String(), "recorded", recorded.String(), "zone", v.zone.String())
	if v.query.Get("holder") != "" || v.query.Get("status") != "" {
		csv = nil // the API's balances have not these filters, and would be more than what is shown
	}
	kindNames := query.Rows(kinds, func(k accounts.Kind) string { return k.String() })
	return &page{Title: "Accounts", Past: v.past(at, recorded), Sections: []section{
		{Form: v.filter(field{Label: "Account", Name: "account", Hint: "seller:*"}, field{Label: "Holder", Name: "holder"},
			field{Label: "Kind", Name: "kind", Choices: choices("any", kindNames...)},
			field{Label: "Status", Name: "status", Choices: choices("any", "open", "frozen", "closed")},
			field{Label: "Currency", Name: "currency", Choices: currencies}, field{Label: "As of", Name: "at", Hint: "2026-03-12"},
			field{Label: "As known at", Name: "recorded"})},
		{Head: "Accounts", Note: "positive on their normal side; what is below zero has a minus", Table: v.accountsTable(list, bare), Pager: v.pager(next),
			Tools: csv},
	}}, nil
}

// accountsWith lists a page of accounts, and what they have.
func (v *view) accountsWith(f query.AccountFilter, when ledger.AsOf) (list []query.Balance, bare []query.Account, next string, err error) {
	got, err := query.PageOf(v.books, func(b *query.Books) iter.Seq2[query.Account, error] { return query.All(b.Accounts(f)) }, v.request("accounts"))
	if err != nil || len(got.Data) == 0 {
		return nil, nil, "", err
	}
	ids := query.Rows(got.Data, func(a query.Account) string { return string(a.Account) })
	list, err = v.books.Balances(query.BalanceFilter{AccountFilter: query.AccountFilter{Accounts: ids}, AsOf: when})
	for i := range got.Data {
		if !slices.ContainsFunc(list, func(b query.Balance) bool { return b.Account == got.Data[i].Account }) {
			bare = append(bare, got.Data[i])
		}
	}
	return list, bare, got.Next, err
}

// accountsTable has a row for each account and currency, and one for each account that has nothing.
func (v *view) accountsTable(list []query.Balance, bare []query.Account) *table {
	t := &table{Wrap: true, Empty: "No account is like that.", Columns: []column{{Head: "Account"}, {"Balance", "n sum"}, {"Currency", "p2"}, {"Pending", "n p2"},
		{"Available", "n p2"}, {"Reserved", "n p3"}, {"Kind", "p2"}}}
	last := accounts.ID("")
	for i := range list {
		b := &list[i]
		name := rowLink(string(b.Account), v.in("accounts", string(b.Account), "currency", string(b.Currency), "at", v.query.Get("at"), "recorded", v.query.Get("recorded")))
		if b.Account != last {
			name.Why = []bit{{Text: b.Holder}}
		}
		name.Why = append(name.Why, bit{Class: "phone", Text: " " + string(b.Currency)})
		last = b.Account
		t.row(name, v.balance(b.Balance.Amount, b.Kind), text(string(b.Currency)), v.amount(b.Pending.Amount), v.balance(b.Available.Amount, b.Kind),
			v.amount(b.Reserved.Amount), text(b.Kind.String()))
	}
	for i := range bare {
		a := &bare[i]
		t.row(rowLink(string(a.Account), v.in("accounts", string(a.Account)), bit{Text: a.Holder}), cell{}, cell{}, cell{}, cell{}, cell{}, text(a.Kind.String()))
	}
	return t
}

// balance is a cell of what an account has, red where it should not be below zero.
func (v *view) balance(a money.Amount, kind accounts.Kind) cell {
	c := v.amount(a)
	if a.Sign() < 0 && kind != accounts.KindFX && kind != accounts.KindLiable {
		c.Class = "bad"
	}
	return c
}

// accountPage shows what an account has, since when and from what.
func accountPage(v *view) (*page, error) {
	id := accounts.ID(v.r.PathValue("id"))
	list, err := v.books.Accounts(query.AccountFilter{Accounts: []string{string(id)}})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, query.NoAccount(v.books.Ledger, id)
	}
	a := &list[0]
	when, at, recorded, err := v.asOf()
	if err != nil {
		return nil, err
	}
	all, err := v.books.Explain(v.r.Context(), id, query.ExplainFilter{AsOf: when})
	if err != nil {
		return nil, err
	}
	currency, err := v.currency()
	if err != nil {
		return nil, err
	}
	p := &page{Title: string(id), Crumbs: []bit{{Text: "Accounts", Href: v.href("/accounts")}}, Meta: v.accountMeta(a), Past: v.past(at, recorded),
		Sections: []section{{Form: v.filter(field{Label: "As of (effective)", Name: "at", Hint: "2026-03-12"},
			field{Label: "As known at (recorded)", Name: "recorded", Hint: "2026-03-12T15:00:00Z"},
			field{Label: "Currency", Name: "currency", Choices: currenciesOf(all)})}}}
	if len(all) == 0 {
		p.Sections = append(p.Sections, section{Text: []bit{{Text: "Nothing is booked on this account.", Class: "soft"}}})
		return p, nil
	}
	one := slices.IndexFunc(all, func(e query.Explanation) bool { return e.Currency == currency })
	if currency == "" || one < 0 {
		p.Sections = append(p.Sections, section{Head: "Balances", Note: "by currency, never added up across them", Table: v.holdingsTable(all)})
		one = 0
	}
	if len(all) > 1 && currency == "" {
		return p, nil
	}
	return p, v.oneCurrency(p, a, &all[one], when)
}

// currenciesOf are those that an account has anything in.
func currenciesOf(all []query.Explanation) [][2]string {
	return choices("all", query.Rows(all, func(e query.Explanation) money.Currency { return e.Currency })...)
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
	t := &table{Columns: []column{{Head: "Currency"}, {"Pending", "n"}, {"Available", "n"}, {"Reserved", "n"}, {"Balance", "n sum"}}}
	for i := range all {
		e := &all[i]
		t.row(rowLink(string(e.Currency), v.with("currency", string(e.Currency), "after", "")), v.amount(e.Pending.Amount), v.balance(e.Available.Amount, e.Kind),
			v.amount(e.Reserved.Amount), v.balance(e.Balance.Amount, e.Kind))
	}
	return t
}

// oneCurrency adds what an account has in one currency: its sub-balances, the line, the parts and the statement.
func (v *view) oneCurrency(p *page, a *query.Account, e *query.Explanation, when ledger.AsOf) error {
	sub := func(name string, m query.Minor) figure {
		return figure{name, []bit{{Text: v.figureOf(m.Amount), Href: "#statement"}, {Text: string(e.Currency), Class: "cur"}}}
	}
	op := func(s string) figure { return figure{"", []bit{{Text: s, Class: "soft"}}} }
	p.Figures = []figure{sub("Pending", e.Pending), op("+"), sub("Available", e.Available), op("+"), sub("Reserved", e.Reserved), op("="), sub("Balance", e.Balance)}
	c, within, err := v.accountChart(a.Account, e.Currency, when)
	if err != nil {
		return err
	}
	day := func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
	if c != nil {
		p.Sections = append(p.Sections, section{Head: "Balance over time", Note: "by effective time, all sub-balances together", Chart: c,
			Tools: v.csvOf("/reports/series", "account", string(a.Account), "currency", string(e.Currency), "from", day(within.From),
				"to", day(within.To), "points", strconv.Itoa(mostPoints), "recorded", v.query.Get("recorded"), "zone", v.zone.String())})
	}
	p.Sections = append(p.Sections, section{Head: "What it is made of", Note: "the parts sum to the balance", Table: v.partsOf(e),
		Tools: v.csvOf("/accounts/"+escape(string(a.Account))+"/explain", "currency", string(e.Currency), "as_of", v.query.Get("at"),
			"recorded", v.query.Get("recorded"), "zone", v.zone.String())})
	if rows := e.ReserveRows(); len(rows) > 0 {
		t := &table{Columns: []column{{Head: "Reserved for"}, {"Holds", "n"}, {"Amount", "n"}, {"Next release", "nb p2"}, {"Last release", "nb p2"}}}
		for _, r := range rows {
			t.row(text(r.For), v.count(uint64(r.Holds)), v.amount(r.Amount.Amount), text(r.Next), text(r.Last))
		}
		p.Sections = append(p.Sections, section{Head: "What is reserved", Table: t})
	}
	s, err := v.statement(a, e.Currency)
	if err == nil {
		p.Sections = append(p.Sections, *s)
	}
	return err
}

// mostPoints is how many points the line of an account has.
const mostPoints = 120

// accountChart is the balance over time, from the first posting on; nil where there is one day of it at most.
func (v *view) accountChart(id accounts.ID, c money.Currency, when ledger.AsOf) (
	_ *chart, within query.Period, err error) {
	to := v.now()
	if !when.At.IsZero() {
		to = when.At.Add(1)
	}
	var from time.Time
	for line, err := range v.books.Ledger.Postings(v.r.Context(), id, ledger.Range{Limit: 1}) {
		if err != nil {
			return nil, within, err
		}
		from = line.At
	}
	if from.IsZero() || to.Sub(from) < time.Second {
		return nil, within, nil
	}
	var newest time.Time
	for line, err := range v.books.Ledger.Postings(v.r.Context(), id, ledger.Range{Limit: 1, Newest: true}) {
		if err != nil {
			return nil, within, err
		}
		newest = line.At
	}
	if end := newest.Add(max(newest.Sub(from)/20, time.Minute)); when.At.IsZero() && end.Before(to) && end.After(from) {
		to = end // nothing has changed since
	}
	within = query.Period{From: from, To: to}
	ends, err := query.Points(within, "", mostPoints, v.zone)
	if err != nil {
		return nil, within, err
	}
	points, err := v.books.Series(id, query.SeriesFilter{Points: ends, Currency: c, AsOf: ledger.AsOf{Recorded: when.Recorded}})
	if err != nil || len(points) == 0 {
		return nil, within, err
	}
	return v.seriesChart(string(id), from, to, points), within, nil
}

// partsOf takes a balance apart: a row a part, with its bar.
func (v *view) partsOf(e *query.Explanation) *table {
	t := &table{Wrap: true, Empty: "Nothing yet.", Columns: []column{{Head: "Part"}, {"Total", "n sum"}, {"", "bar p2"}, {"Pending", "n p2"}, {"Available", "n p2"},
		{"Reserved", "n p3"}, {"Postings", "n soft p3"}}}
	bars := waterfall(query.Rows(e.Parts, func(p query.Part) money.Int { return p.Total.Int() }))
	for i := range e.Parts {
		p := &e.Parts[i]
		words := human(p.Type)
		if string(p.Class) == strings.ToLower(p.Type) {
			words = ""
		}
		t.row(cell{Bits: []bit{{Text: human(string(p.Class)), Href: "#statement"}, {Text: " "}, {Text: words, Class: "why", Title: p.Type}}}, v.change(p.Total.Amount),
			cell{Bar: bars[i]}, v.change(p.Pending.Amount), v.change(p.Available.Amount), v.change(p.Reserved.Amount), v.count(uint64(p.Postings)))
	}
	t.rowAs("total", text("Balance"), v.amount(e.Balance.Amount), cell{Bar: bars[len(bars)-1]}, v.amount(e.Pending.Amount), v.amount(e.Available.Amount),
		v.amount(e.Reserved.Amount), cell{})
	return t
}

// statement lists the postings of an account in a currency. Without a period it is of the month of the newest of them.
func (v *view) statement(a *query.Account, c money.Currency) (*section, error) {
	within, err := v.period()
	if err != nil {
		return nil, err
	}
	books, end := v.books, v.query.Get("at")
	if at, err := v.moment("at"); err != nil {
		return nil, err
	} else if last := at.Last(v.zone); at.Given() && (within.To.IsZero() || last.Before(within.To)) {
		within.To = last.Add(1)
	}
	if m, err := v.moment("recorded"); err != nil {
		return nil, err
	} else if m.Given() {
		if books, err = books.AsRecorded(m.Last(v.zone)); err != nil {
			return nil, err
		}
	}
	from := v.query.Get("from")
	if from == "" {
		newest := query.Period{To: within.To}
		for line, err := range v.books.Ledger.Postings(v.r.Context(), a.Account, ledger.Range{Limit: 1, Newest: true, To: newest.To}) {
			if err != nil {
				return nil, err
			}
			in := line.At.In(v.zone)
			within.From = time.Date(in.Year(), in.Month(), 1, 0, 0, 0, 0, v.zone)
			from = in.Format("2006-01")
		}
	}
	order := v.query.Get("order")
	f := query.StatementFilter{Within: within, Currency: c, Recorded: order == "recorded", Details: true}
	got, err := books.StatementPage(v.r.Context(), a.Account, f, v.request("statement "+string(a.Account)))
	if err != nil {
		return nil, err
	}
	s := &section{ID: "statement", Head: "Statement", Note: "a row a posting, " + v.zone.String(), Table: v.statementTable(got), Pager: v.pager(got.Next),
		Form: v.filter(field{Label: "From", Name: "from", Hint: "2026-03-01"}, field{Label: "To", Name: "to", Hint: "2026-03"},
			field{Label: "Order", Name: "order", Choices: [][2]string{{"", "when it happened"}, {"recorded", "as it was booked"}}}),
		Tools: v.csvOf("/accounts/"+escape(string(a.Account))+"/statement", "currency", string(c), "from", from, "to", v.query.Get("to"), "as_of", end,
			"recorded", v.query.Get("recorded"), "order", order, "zone", v.zone.String())}
	s.Form.Fields[0].Value = from
	for _, name := range []string{"at", "recorded"} {
		s.Form.Hidden = append(s.Form.Hidden, [2]string{name, v.query.Get(name)})
	}
	s.Form.Hidden = append(s.Form.Hidden, [2]string{"currency", string(c)})
	s.Tools = append([]bit{{Text: "All of it", Href: v.with("from", "1970-01", "after", "", "currency", string(c)) + "#statement"}, {Text: " "}}, s.Tools...)
	return s, nil
}

// statementTable leads from what an account had to what it has, posting by posting.
func (v *view) statementTable(s *query.StatementPage) *table {
	t := &table{Wrap: true, Empty: "Nothing is booked in this period.", Columns: []column{{Head: "What"}, {"Change", "n"}, {"At", "nb p2"}, {"Payment", "p3"}, {"Sub-balance", "p2"},
		{"Entry", "n soft p3"}, {"Balance of it", "n p2"}}}
	for _, total := range s.Totals {
		o := &total.Opening
		t.rowAs("open", text("Opening balance"), v.amount(o.Balance.Amount), cell{}, cell{}, text("all"), cell{}, v.amount(o.Balance.Amount))
	}
	for i := range s.Data {
		l := &s.Data[i]
		why := []bit{{Text: cmp.Or(l.Order, l.Payment, l.Reference), Class: "id"}}
		if l.Description != "" {
			why = append(why, bit{Text: " " + l.Description})
		}
		if l.Reason != "" {
			why = append(why, bit{Text: " " + l.Reason})
		}
		why = append(why, bit{Text: " " + v.second(l.At).Text + ", " + l.Sub.String(), Class: "phone"})
		what := rowLink(human(l.Type), v.in("entries", fmt.Sprint(l.Entry)), why...)
		what.Bits[0].Title = l.Type
		if late := v.late(l.At, l.Recorded); late != nil {
			what.Bits = append(what.Bits, bit{Text: " "}, late[0])
		}
		t.row(what, v.change(l.Amount.Amount), cell{Bits: []bit{v.second(l.At)}}, idCell(l.Payment, ""), text(l.Sub.String()), v.count(l.Entry), v.amount(l.Balance.Amount))
	}
	for _, total := range s.Totals {
		c := &total.Closing
		moved := money.FromInt(c.Balance.Int().Sub(total.Opening.Balance.Int()), total.Currency)
		t.rowAs("total", text("Closing balance of the period"), v.change(moved), cell{}, cell{}, text("all"), cell{}, v.amount(c.Balance.Amount))
	}
	return t
}

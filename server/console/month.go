package console

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
)

// monthsPage leads to a month: that of the query, or this one.
func monthsPage(v *view) (*page, error) {
	month := v.query.Get("month")
	if month == "" {
		month = v.now().In(v.zone).Format("2006-01")
	}
	return v.month(month)
}

// monthPage is what an accountant looks at at the end of a month.
func monthPage(v *view) (*page, error) { return v.month(v.r.PathValue("id")) }

func (v *view) month(name string) (*page, error) {
	begin, err := time.ParseInLocation("2006-01", name, v.zone)
	if err != nil {
		return nil, &ledger.Error{Code: ledger.Invalid, Field: "month", Message: fmt.Sprintf("expected a month such as 2026-03, found %q", name)}
	}
	currency, err := v.currency()
	if err != nil {
		return nil, err
	}
	recorded, err := v.moment("recorded")
	if err != nil {
		return nil, err
	}
	within := query.Period{From: begin.UTC(), To: begin.AddDate(0, 1, 0).UTC()}
	ctx, known := v.r.Context(), recorded.Last(v.zone)
	trial, err := v.books.TrialBalance(ctx, query.TrialFilter{Within: within, Recorded: known, By: query.By{Account: true, Kind: true}, Currency: currency})
	if err != nil {
		return nil, err
	}
	by, note := "account", "by account; debits are credits in each currency"
	if n := len(trial.Rows); n > mostOfMonth {
		by, note = "kind", fmt.Sprintf("by kind of account; by account there are %s rows", v.grouped(uint64(n)))
		if trial, err = v.books.TrialBalance(ctx, query.TrialFilter{Within: within, Recorded: known, By: query.By{Kind: true},
			Currency: currency}); err != nil {
			return nil, err
		}
	}
	when := ledger.AsOf{At: within.To.Add(-1), Recorded: known}
	if when.At.After(v.now()) {
		when.At = time.Time{}
	}
	sheet, err := v.books.BalanceSheet(ctx, query.SheetFilter{AsOf: when, Currency: currency})
	if err != nil {
		return nil, err
	}
	income, err := v.books.Income(ctx, query.IncomeFilter{Within: within, Recorded: known, Currency: currency})
	if err != nil {
		return nil, err
	}
	currencies, err := v.currencies()
	if err != nil {
		return nil, err
	}
	p := &page{Title: begin.Format("January 2006"), Past: v.past(query.Moment{}, recorded), Crumbs: []bit{{Text: "Month", Href: v.href("/months")}},
		Tools: []bit{{Text: "‹ " + begin.AddDate(0, -1, 0).Format("January"), Href: v.in("months", begin.AddDate(0, -1, 0).Format("2006-01"))}, {Text: " "},
			{Text: begin.AddDate(0, 1, 0).Format("January") + " ›", Href: v.in("months", begin.AddDate(0, 1, 0).Format("2006-01"))}},
		Meta: []bit{{Text: "From 1 " + begin.Format("January 2006") + " to the end of the month, " + v.zone.String() + ", by effective time"}},
		Sections: []section{{Form: &form{Action: v.href("/months"), Method: "get", Button: "Show", Fields: []field{{Label: "Month", Name: "month", Value: name, Hint: "2026-03"},
			{Label: "Currency", Name: "currency", Value: string(currency), Choices: currencies}, {Label: "As known at", Name: "recorded", Value: recorded.String(), Hint: "2026-04-05"}},
			Hidden: [][2]string{{"zone", v.zone.String()}}}}}}
	args := []string{"from", name, "to", name, "currency", string(currency), "recorded", recorded.String(), "zone", v.zone.String()}
	asOf := []string{"as_of", when.At.UTC().Format(time.RFC3339Nano), "currency", string(currency), "recorded", recorded.String()}
	if when.At.IsZero() {
		asOf = asOf[2:]
	}
	balance := section{Head: "Trial balance", Note: note, Table: v.trialTable(trial, name),
		Tools: v.csvOf("/reports/trial-balance", append(args, "by", by)...)}
	if every := v.csvOf("/reports/trial-balance", append(args, "by", "account")...); by != "account" && every != nil {
		every[0].Text, every[0].Key = "By account, CSV", ""
		balance.Tools = append(every, append([]bit{{Text: " "}}, balance.Tools...)...)
	}
	p.Sections = append(p.Sections, balance,
		section{Head: "Balance sheet", Note: "at the end of the month", Table: v.sheetTable(sheet), Tools: v.csvOf("/reports/balance-sheet", asOf...)},
		section{Head: "Income", Note: "what the platform earned and lost", Table: v.incomeTable(income), Tools: v.csvOf("/reports/income-statement", args...)})
	return p, v.lateChanges(p, within)
}

// mostOfMonth is how many rows a table of a month has: people read no more of them, and CSV has all.
const mostOfMonth = 300

// trialTable has a row for each account or kind of them, and a total for each currency.
func (v *view) trialTable(t *query.Trial, month string) *table {
	out := &table{Empty: "Nothing was booked up to the end of this month.", Columns: []column{{Head: "Account"}, {"", "cur"}, {"Opening", "n p2"}, {"Debits", "n"}, {"Credits", "n"}, {"Closing", "n sum"}}}
	for i := range t.Rows {
		r := &t.Rows[i]
		name := rowLink(r.Kind.String(), v.href("/accounts", "kind", r.Kind.String(), "currency", string(r.Currency)))
		if r.Account != "" {
			name = rowLink(string(r.Account), v.in("accounts", string(r.Account), "currency", string(r.Currency), "from", month, "to", month)+"#statement")
		}
		out.row(name, text(string(r.Currency)),
			v.side(r.Opening), v.amount(r.Debits.Amount), v.amount(r.Credits.Amount), v.side(r.Closing))
		if i+1 == len(t.Rows) || t.Rows[i+1].Currency != r.Currency {
			for j := range t.Totals {
				if total := &t.Totals[j]; total.Currency == r.Currency {
					out.rowAs("total", text("Sum"), text(string(r.Currency)), v.amount(total.Opening.Amount), v.amount(total.Debits.Amount), v.amount(total.Credits.Amount), v.amount(total.Closing.Amount))
				}
			}
		}
	}
	return out
}

// side is a cell of a balance and the side that it stands on.
func (v *view) side(m query.Minor) cell {
	c := v.amount(m.Abs())
	c.Value = v.table.Plain().Format(m.Amount)
	switch m.Sign() {
	case 1:
		c.Bits = append(c.Bits, bit{Text: " Dr", Class: "soft"})
	case -1:
		c.Bits = append(c.Bits, bit{Text: " Cr", Class: "soft"})
	}
	return c
}

// sheetTable has the items of a balance sheet by section.
func (v *view) sheetTable(s *query.BalanceSheet) *table {
	t := &table{Empty: "Nothing is there.", Columns: []column{{Head: "Item"}, {"", "cur"}, {"Section", ""}, {"Pending", "n p2"}, {"Available", "n p2"}, {"Reserved", "n p2"}, {"Balance", "n sum"}}}
	for i := range s.Rows {
		r := &s.Rows[i]
		name := text(r.Item)
		name.Bits[0].Href = v.href("/accounts", "currency", string(r.Currency), "kind", "sub")
		if r.Account != "" {
			name.Bits[0].Href = v.in("accounts", string(r.Account), "currency", string(r.Currency))
		}
		t.row(name, text(string(r.Currency)), text(string(r.Section)), v.amount(r.Pending.Amount), v.amount(r.Available.Amount), v.amount(r.Reserved.Amount), v.amount(r.Balance.Amount))
		if i+1 == len(s.Rows) || s.Rows[i+1].Currency != r.Currency {
			for j := range s.Totals {
				if total := &s.Totals[j]; total.Currency == r.Currency {
					t.rowAs("total", text("Assets are liabilities, equity and conversions"), text(string(r.Currency)), cell{}, cell{}, cell{}, cell{}, v.amount(total.Assets.Amount))
				}
			}
		}
	}
	return t
}

// incomeTable has what the platform earned and lost, and its result.
func (v *view) incomeTable(s *query.IncomeStatement) *table {
	t := &table{Empty: "The platform earned and lost nothing in this month.", Columns: []column{{Head: "Part"}, {"", "cur"}, {"Section", ""}, {"Postings", "n soft p2"}, {"Amount", "n"}}}
	for i := range s.Rows {
		r := &s.Rows[i]
		t.row(cell{Bits: []bit{{Text: human(string(r.Class)), Href: v.in("accounts", "platform", "currency", string(r.Currency))}, {Text: " " + human(r.Type), Class: "why", Name: r.Type}}}, text(string(r.Currency)),
			text(string(r.Section)), v.count(uint64(r.Postings)), v.change(r.Amount.Amount))
		if i+1 == len(s.Rows) || s.Rows[i+1].Currency != r.Currency {
			for j := range s.Totals {
				if total := &s.Totals[j]; total.Currency == r.Currency {
					t.rowAs("total", text("Result"), text(string(r.Currency)), cell{}, cell{}, v.change(total.Result.Amount))
				}
			}
		}
	}
	return t
}

// lateChanges adds what was booked after the end of a month and is of it, and what closed the books.
func (v *view) lateChanges(p *page, within query.Period) error {
	periods, err := v.books.Periods()
	if err != nil {
		return err
	}
	if !within.To.After(v.now()) {
		changes, err := v.books.Changes(v.r.Context(), query.ChangesFilter{Since: within.To, At: within.To.Add(-1)})
		if err != nil {
			return err
		}
		t := &table{Empty: "Nothing of this month was booked after its end.", Columns: []column{{Head: "Account"}, {Head: "Sub-balance"}, {"", "cur"}, {"Was", "n"}, {"Change", "n"}, {"Is", "n sum"}}}
		note := "balances at the end of the month that are others now, as it was booked after"
		if n := len(changes.Figures); n > mostOfMonth {
			note += fmt.Sprintf("; the first %d of %s, CSV has all", mostOfMonth, v.grouped(uint64(n)))
		}
		for i := range changes.Figures[:min(len(changes.Figures), mostOfMonth)] {
			f := &changes.Figures[i]
			t.row(rowLink(string(f.Account), v.in("accounts", string(f.Account), "currency", string(f.Currency))), text(f.Sub.String()), text(string(f.Currency)),
				v.amount(f.Was.Amount), v.change(f.Change.Amount), v.amount(f.Is.Amount))
		}
		p.Sections = append(p.Sections, section{Head: "Changed since", Note: note,
			Table: t, Tools: v.csvOf("/reports/changes", "since", within.To.Format(time.RFC3339), "as_of", within.To.Add(-1).Format(time.RFC3339Nano))})
	}
	t := &table{Empty: "No period was closed. An event period.close with through closes the books up to a day.", Columns: []column{{Head: "Through"}, {Head: "Change"}, {"Recorded", "nb"}, {"Reason", "p2"}}}
	for i := range periods {
		c := &periods[i]
		t.row(rowLink(c.Through, v.in("events", c.Event)), text(c.Change), cell{Bits: []bit{v.second(c.Recorded)}}, text(c.Reason))
	}
	p.Sections = append(p.Sections, section{Head: "Closed periods", Table: t})
	return nil
}

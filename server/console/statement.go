package console

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

// partsOf takes a balance apart: a row a part, with its bar.
func (v *view) partsOf(e *query.Explanation) *table {
	t := &table{Wrap: true, Empty: "Nothing yet.", Columns: []column{{Head: "Part"}, {"Total", "n sum"}, {"",
		"bar p2"}, {"Pending", "n p2"}, {"Available", "n p2"},
		{"Reserved", "n p3"}, {"Postings", "n soft p3"}}}
	bars := waterfall(query.Rows(e.Parts, func(p query.Part) money.Int { return p.Total.Int() }))
	for i := range e.Parts {
		p := &e.Parts[i]
		words := human(p.Type)
		if string(p.Class) == strings.ToLower(p.Type) {
			words = ""
		}
		t.row(cell{Bits: []bit{{Text: human(string(p.Class)), Href: "#statement"}, {Text: " "}, {Text: words,
			Class: "why", Name: p.Type}}}, v.change(p.Total.Amount),
			cell{Bar: bars[i]}, v.change(p.Pending.Amount), v.change(p.Available.Amount), v.change(p.Reserved.Amount),
			v.count(uint64(p.Postings)))
	}
	t.rowAs("total", text("Balance"), v.amount(e.Balance.Amount), cell{Bar: bars[len(bars)-1]},
		v.amount(e.Pending.Amount), v.amount(e.Available.Amount),
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
		for line, err := range v.books.Ledger.Postings(v.r.Context(), a.Account, ledger.Range{Limit: 1, Newest: true,
			To: newest.To}) {
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
	s := &section{ID: "statement", Head: "Statement", Note: "a row a posting, " + spanWords(from, v.query.Get("to"),
		end) + v.zone.String(), Table: v.statementTable(got), Pager: v.pager(got.Next),
		Form: v.filter(field{Label: "From", Name: "from", Hint: "2026-03-01"}, field{Label: "To", Name: "to",
			Hint: "2026-03"},
			field{Label: "Order", Name: "order", Choices: [][2]string{{"", "when it happened"}, {"recorded",
				"as it was booked"}}}),
		Tools: v.csvOf("/accounts/"+escape(string(a.Account))+"/statement", "currency", string(c), "from", from, "to",
			v.query.Get("to"), "as_of", end,
			"recorded", v.query.Get("recorded"), "order", order, "zone", v.zone.String())}
	s.Form.Fields[0].Value = from
	for _, name := range []string{"at", "recorded"} {
		s.Form.Hidden = append(s.Form.Hidden, [2]string{name, v.query.Get(name)})
	}
	s.Form.Hidden = append(s.Form.Hidden, [2]string{"currency", string(c)})
	s.Tools = append([]bit{{Text: "All of it", Href: v.with("from", "1970-01", "after", "", "currency",
		string(c)) + "#statement"}, {Text: " "}}, s.Tools...)
	return s, nil
}

// spanWords say which period a statement is of.
func spanWords(from, to, at string) (s string) {
	if from != "" {
		s = "from " + from + " "
	}
	if to = cmp.Or(to, at); to != "" {
		s += "to " + to + ", "
	}
	return s
}

// statementTable leads from what an account had to what it has, posting by posting.
func (v *view) statementTable(s *query.StatementPage) *table {
	t := &table{Wrap: true, Empty: "Nothing is booked in this period.", Columns: []column{{Head: "What"}, {"Change",
		"n"}, {"At", "nb p2"}, {"Payment", "p3"}, {"Sub-balance", "p2"},
		{"Entry", "n soft p3"}, {"Balance of it", "n p2"}}}
	for _, total := range s.Totals {
		o := &total.Opening
		t.rowAs("open", text("Opening balance"), v.amount(o.Balance.Amount), cell{}, cell{}, text("all"), cell{},
			v.amount(o.Balance.Amount))
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
		what.Bits[0].Name = l.Type
		if late := v.late(l.At, l.Recorded); late != nil {
			what.Bits = append(what.Bits, bit{Text: " "}, late[0])
		}
		t.row(what, v.change(l.Amount.Amount), cell{Bits: []bit{v.second(l.At)}}, idCell(l.Payment, ""),
			text(l.Sub.String()), v.count(l.Entry), v.amount(l.Balance.Amount))
	}
	for _, total := range s.Totals {
		c := &total.Closing
		moved := money.FromInt(c.Balance.Int().Sub(total.Opening.Balance.Int()), total.Currency)
		t.rowAs("total", text("Closing balance of the period"), v.change(moved), cell{}, cell{}, text("all"), cell{},
			v.amount(c.Balance.Amount))
	}
	return t
}

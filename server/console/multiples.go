package console

import (
	"fmt"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

// A multiple is one of several small charts, with the figures that it ends with.
type multiple struct {
	Head  bit
	Chart *chart
	Rows  []multipleRow
}

// A multipleRow is a figure below a chart.
type multipleRow struct {
	Name  string
	Value bit
}

// lastDays is how far lines of Today reach back.
const lastDays = 30

// lately is the period that lines of Today are of: the last 30 days, or where nothing happened in them the last 30 days
// of what did.
func (v *view) lately(list []query.Balance) (query.Period, error) {
	now := v.now()
	var newest, first time.Time
	for i := range list {
		if b := &list[i]; b.Kind == accounts.KindSub || i > 0 && list[i-1].Account == b.Account {
			continue
		}
		for line, err := range v.books.Ledger.Postings(v.r.Context(), list[i].Account, ledger.Range{Limit: 20,
			Newest: true, To: now}) {
			if err != nil {
				return query.Period{}, err
			}
			if line.At.After(newest) {
				newest = line.At
			}
		}
	}
	if rec, err := v.books.Ledger.Record(1); err == nil {
		first = rec.At
	}
	to := now
	if newest.Before(now.AddDate(0, 0, -lastDays)) && !newest.IsZero() {
		to = newest.AddDate(0, 0, 1)
	}
	from := to.In(v.zone).AddDate(0, 0, -lastDays)
	if first.After(from) && first.Before(to) {
		from = first.In(v.zone)
	}
	year, month, day := from.Date()
	return query.Period{From: time.Date(year, month, day, 0, 0, 0, 0, v.zone), To: to}, nil
}

// multiples are, for each currency, what was held and what was owed at the end of each day. What is owed follows from
// the accounts that are few: books balance, so it is what is held less what is the platform's own.
func (v *view) multiples(list []query.Balance, within query.Period) (all []multiple, err error) {
	ends, err := query.Points(within, query.Daily, 0, v.zone)
	if err != nil {
		return nil, err
	}
	held, owed := map[money.Currency][]money.Amount{}, map[money.Currency][]money.Amount{}
	place := map[int64]int{}
	for i, t := range ends {
		place[t.UnixNano()] = i
	}
	add := func(sums map[money.Currency][]money.Amount, at int, a money.Amount) {
		c := a.Currency()
		for len(sums[c]) < len(ends) {
			sums[c] = append(sums[c], money.New(0, c))
		}
		sums[c][at] = money.Sum(c, sums[c][at], a)
	}
	for i := range list {
		b := &list[i]
		if b.Kind == accounts.KindSub || i > 0 && list[i-1].Account == b.Account {
			continue
		}
		points, err := v.books.Series(b.Account, query.SeriesFilter{Points: ends})
		if err != nil {
			return nil, err
		}
		for j := range points {
			p := &points[j]
			at, a := place[p.At.UnixNano()], p.Balance.Amount
			if b.Kind == accounts.KindProvider || b.Kind == accounts.KindBank {
				add(held, at, a)
			} else {
				a = money.FromInt(a.Int().Neg(), a.Currency())
			}
			add(owed, at, a)
		}
	}
	for _, c := range sortedKeys(owed) {
		if held[c] == nil {
			add(held, 0, money.New(0, c))
		}
		all = append(all, v.multiple(c, within, held[c], owed[c]))
	}
	return all, nil
}

// multiple is the chart of one currency.
func (v *view) multiple(c money.Currency, within query.Period, held, owed []money.Amount) multiple {
	const width, top, height = 240, 140, 740 // places in tenths
	var figures []money.Int
	high, low := money.New(0, c), money.New(0, c)
	for _, a := range append(append([]money.Amount(nil), held...), owed...) {
		figures = append(figures, a.Int())
		if a.Int().Cmp(high.Int()) > 0 {
			high = a
		}
		if a.Int().Cmp(low.Int()) < 0 {
			low = a
		}
	}
	s := newScale(top, height, true, figures...)
	line := func(class string, list []money.Amount) chartLine {
		var b strings.Builder
		for i, a := range list {
			fmt.Fprintf(&b, "%s%s %s", map[bool]string{true: "M", false: "L"}[i == 0],
				decimal(int64(i)*width*10/int64(max(len(list)-1, 1))), s.at(a.Int()))
		}
		return chartLine{class, b.String()}
	}
	last := len(held) - 1
	day := func(t time.Time) string { return t.In(v.zone).Format("2 Jan") }
	zero := s.at(money.NewInt(0))
	ch := &chart{Width: width, Height: 104, Lines: []chartLine{line("l1", held), line("l2", owed)},
		Label: fmt.Sprintf("%s: held %s, owed %s, since %s", c, v.figureOf(held[last]), v.figureOf(owed[last]),
			day(within.From)),
		Grid:  []gridLine{{"axis", "0", "240", zero, zero, ""}},
		Texts: []chartText{{"", "0", "101", day(within.From)}, {"e", "240", "101", day(within.To)}}}
	for _, end := range []money.Amount{high, low} {
		if y := s.tenths(end.Int()); !end.IsZero() {
			ch.Grid = append(ch.Grid, gridLine{"grid", "0", "240", decimal(y), decimal(y - 40), v.figureOf(end)})
		}
	}
	figure := func(name, kind string, a money.Amount) multipleRow {
		return multipleRow{name, bit{Text: v.figureOf(a), Href: v.href("/accounts", "currency", string(c), "kind",
			kind, "at", within.To.UTC().Format(time.RFC3339))}}
	}
	return multiple{bit{Text: string(c), Href: v.href("/accounts", "currency", string(c))}, ch,
		[]multipleRow{figure("Held", "provider", held[last]), figure("Owed", "sub", owed[last])}}
}

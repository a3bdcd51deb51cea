package console

import (
	"fmt"
	"iter"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// todayPage says what needs somebody, and what is held and owed.
func todayPage(v *view) (*page, error) {
	balances, err := v.books.Balances(query.BalanceFilter{})
	if err != nil {
		return nil, err
	}
	waits, err := v.waits()
	if err != nil {
		return nil, err
	}
	within, err := v.lately(balances)
	if err != nil {
		return nil, err
	}
	multiples, err := v.multiples(balances, within)
	if err != nil {
		return nil, err
	}
	held, err := v.heldTable(balances, within)
	if err != nil {
		return nil, err
	}
	totals, balanced := v.totalsTable(balances)
	books := bit{Text: fmt.Sprintf("Books balance in all %d currencies", len(totals.Rows)), Class: "state good"}
	if len(totals.Rows) == 1 {
		books.Text = "Books balance in the one currency that they have"
	}
	if !balanced {
		books = bit{Text: "Books do not balance: verify the ledger", Class: "state bad"}
	}
	p := &page{Title: "Today", Beat: true,
		Meta: []bit{{Text: v.now().In(v.zone).Format("Monday 2 January 2006, 15:04 ") + v.zone.String() + ". "}}}
	if len(totals.Rows) > 0 {
		p.Meta = append(p.Meta, books)
	}
	since := "since " + within.From.In(v.zone).Format("2 January 2006")
	p.Sections = []section{
		{Head: "Needs you", Note: "the oldest first, of each kind", Table: waits},
		{Head: "Held and owed to sellers", Note: "end of day " + since + "; scales differ", Multiples: multiples},
		{Head: "What is held is what is owed", Note: "by currency, never added up across them", Table: totals},
		{Head: "Held by providers and the bank", Note: "the line is " + since, Table: held},
	}
	return p, nil
}

// totalsTable sets what is held of each currency beside what is owed, and reports whether they are the same in all.
func (v *view) totalsTable(list []query.Balance) (t *table, balanced bool) {
	t = &table{Empty: "Nothing is booked yet. Post a first event: splitledger post --help, or POST /v1/ledgers/" + v.ledger + "/events.",
		Columns: []column{{Head: "Currency"}, {"Held", "n sum"}, {"Owed to sellers", "n"}, {"Platform, liable", "n"},
			{"Conversions", "n p2"}, {"Difference", "n"}}}
	totals := query.Totals(list)
	balanced = true
	sums := map[money.Currency]map[query.Side]money.Amount{}
	for i := range totals {
		c := totals[i].Currency
		if sums[c] == nil {
			sums[c] = map[query.Side]money.Amount{}
		}
		sums[c][totals[i].Side] = totals[i].Balance.Amount
	}
	for _, c := range sortedKeys(sums) {
		of := func(side query.Side) money.Amount { return money.Sum(c, sums[c][side]) }
		difference := money.FromInt(of(query.Held).Int().Sub(money.Sum(c, of(query.Owed), of(query.Own),
			of(query.OpenConversions)).Int()), c)
		balanced = balanced && difference.IsZero()
		last := v.amount(difference)
		if !difference.IsZero() {
			last.Class = "bad"
		}
		t.row(rowLink(string(c), v.href("/accounts", "currency", string(c))), v.amount(of(query.Held)),
			v.amount(of(query.Owed)), v.amount(of(query.Own)),
			v.amount(of(query.OpenConversions)), last)
	}
	return t, balanced
}

// heldTable is what providers and banks hold, by account and currency.
func (v *view) heldTable(list []query.Balance, within query.Period) (*table, error) {
	t := &table{Wrap: true, Empty: "No provider holds anything yet.", Columns: []column{{Head: "Account"}, {"Balance",
		"n sum"}, {"Currency", "p2"}, {"Pending", "n p2"}, {"Available", "n p2"},
		{"Reserved", "n p2"}, {"Over time", "p3"}}}
	ends, err := query.Points(within, "", 60, v.zone)
	if err != nil {
		return nil, err
	}
	for i := range list {
		b := &list[i]
		if b.Kind != accounts.KindProvider && b.Kind != accounts.KindBank {
			continue
		}
		points, err := v.books.Series(b.Account, query.SeriesFilter{Points: ends, Currency: b.Currency})
		if err != nil {
			return nil, err
		}
		name := rowLink(string(b.Account), v.in("accounts", string(b.Account), "currency", string(b.Currency)),
			bit{Class: "phone", Text: string(b.Currency)})
		t.row(name, v.balance(b.Balance.Amount, b.Kind), text(string(b.Currency)), v.amount(b.Pending.Amount),
			v.amount(b.Available.Amount),
			v.amount(b.Reserved.Amount), cell{Spark: spark(points, within.From, within.To)})
	}
	return t, nil
}

// splitsPage lists splits, by default those that need somebody.
func splitsPage(v *view) (*page, error) {
	f := query.SplitFilter{Account: v.query.Get("account"), Payment: v.query.Get("payment"),
		Reference: v.query.Get("reference"), Provider: v.query.Get("provider")}
	if s := v.query.Get("status"); s != "" {
		f.Statuses = []posting.State{posting.State(s)}
	}
	var err error
	if f.Within, err = v.period(); err != nil {
		return nil, err
	}
	got, err := query.PageOf(v.books, func(b *query.Books) iter.Seq2[query.SplitPayment,
		error] {
		return b.Splits(v.r.Context(), f)
	}, v.request("splits"))
	if err != nil {
		return nil, err
	}
	t := &table{Wrap: true, Empty: "No split is like that.", Columns: []column{{Head: "Payment"}, {"Amount", "n"},
		{"Currency", "p2"}, {"For", "p2"}, {"To", "p2"}, {"State", "p2"}, {"Captured", "nb p3"}}}
	for i := range got.Data {
		s := &got.Data[i]
		t.row(rowLink(s.Payment, v.in("payments", s.Payment), bit{Text: s.Reason}, bit{Class: "phone",
			Text: " " + string(s.Currency) + " to " + string(s.Destination)}), v.amount(s.Amount.Amount),
			text(string(s.Currency)),
			text(human(string(s.Type))), idCell(string(s.Destination), ""), cell{Bits: []bit{state(s.Status)}},
			cell{Bits: []bit{v.time(s.At)}})
	}
	return &page{Title: "Splits", Sections: []section{
		{Form: v.filter(field{Label: "State", Name: "status", Choices: choices("any", query.SplitStatuses...)},
			field{Label: "Account", Name: "account", Hint: "seller:*"},
			field{Label: "Payment", Name: "payment"}, field{Label: "Reference", Name: "reference"},
			field{Label: "From", Name: "from", Hint: "2026-03"}, field{Label: "To", Name: "to"},
			field{Label: "As known at", Name: "recorded"})},
		{Head: "Splits", Table: t, Pager: v.pager(got.Next), Tools: v.csvOf("/splits", "status",
			v.query.Get("status"), "account", f.Account, "payment", f.Payment,
			"reference", f.Reference, "from", v.query.Get("from"), "to", v.query.Get("to"), "recorded",
			v.query.Get("recorded"), "zone", v.zone.String())},
	}}, nil
}

// noticesPage lists what providers reported and nobody could book yet.
func noticesPage(v *view) (*page, error) {
	list, err := v.books.Notices(v.query.Get("provider"), v.now())
	if err != nil {
		return nil, err
	}
	t := &table{Wrap: true, Empty: "Nothing waits: all that providers reported is booked.",
		Columns: []column{{Head: "What"}, {"Amount", "n"}, {"Provider", "p2"}, {"Reference", "p2"}, {"Since", "n p2"}}}
	for i := range list {
		n := &list[i]
		amount := cell{}
		if n.Amount != nil {
			amount = v.moneyCell(*n.Amount)
		}
		r := query.NoticeRowOf(*n)
		t.row(cell{Bits: []bit{{Text: human(n.Kind), Href: v.in("events", n.Notice), Class: "row"}},
			Why: []bit{{Text: n.Reason}}}, amount, text(n.Provider), idCell(r.References, ""), text(v.age(n.Since)))
	}
	return &page{Title: "Reported, and not booked", Crumbs: []bit{{Text: "Today", Href: v.href("/")}},
			Sections: []section{{Head: "Notices",
				Note: "they are booked by themselves when what they wait for comes", Table: t, Tools: v.csvOf("/notices")}}},
		nil
}

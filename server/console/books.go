package console

import (
	"errors"
	"iter"
	"strings"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// duePage lists what is booked by itself when its time has come, and what is reserved.
func duePage(v *view) (*page, error) {
	got, err := query.PageOf(v.books, func(b *query.Books) iter.Seq2[query.Due, error] {
		return b.Due(query.DueFilter{Account: v.query.Get("account")}, v.now())
	}, v.request("due"))
	if err != nil {
		return nil, err
	}
	t := &table{Wrap: true, Empty: "Nothing waits for its time.", Columns: []column{{Head: "What"}, {"Amount", "n"}, {"Due", "nb p2"}, {"State", "p2"}, {"Account", "p2"}, {"Payment", "p3"}}}
	for i := range got.Data {
		d := &got.Data[i]
		amount := cell{}
		if d.Currency != "" {
			amount = v.moneyCell(d.Amount.Amount)
		}
		class := map[query.DueState]string{query.DueLater: "state none", query.DueNow: "state wait", query.DueRefused: "state bad"}[d.State]
		name := rowLink(eventWord(d.Type), v.in("events", d.Event), bit{Text: d.Reason}, bit{Class: "phone", Text: " " + v.time(d.Due).Text + ", " + string(d.Account)})
		t.row(name, amount, cell{Bits: []bit{v.time(d.Due)}}, cell{Bits: []bit{{Text: string(d.State), Class: class}}}, idCell(string(d.Account), ""), idCell(d.Payment, ""))
	}
	balances, err := v.books.Balances(query.BalanceFilter{})
	if err != nil {
		return nil, err
	}
	r := &table{Empty: "Nothing is reserved.", Columns: []column{{Head: "Account"}, {"", "cur"}, {"Reserved", "n"}, {"Balance", "n"}}}
	for i := range balances {
		if b := &balances[i]; !b.Reserved.IsZero() && len(r.Rows) < 200 {
			r.row(rowLink(string(b.Account), v.in("accounts", string(b.Account), "currency", string(b.Currency))), text(string(b.Currency)), v.amount(b.Reserved.Amount), v.balance(b.Balance.Amount, b.Kind))
		}
	}
	return &page{Title: "Due and reserved", Tools: []bit{{Text: "Payments charged back", Href: v.href("/payments", "state", string(posting.ChargedBack)), Class: "button"}}, Sections: []section{
		{Form: v.filter(field{Label: "Account", Name: "account", Hint: "seller:*"})},
		{Head: "Due", Note: "the earliest first, " + v.zone.String(), Table: t, Pager: v.pager(got.Next), Tools: v.csvOf("/due", "account", v.query.Get("account"))},
		{Head: "Reserved", Note: "set aside for payouts under way, or held; at most 200 rows", Table: r},
	}}, nil
}

// payoutsPage lists payouts.
func payoutsPage(v *view) (*page, error) {
	f := query.PayoutFilter{Account: v.query.Get("account")}
	if s := v.query.Get("state"); s != "" {
		f.States = []posting.State{posting.State(s)}
	}
	var err error
	if f.Within, err = v.period(); err != nil {
		return nil, err
	}
	got, err := query.PageOf(v.books, func(b *query.Books) iter.Seq2[query.ListedPayout, error] { return b.Payouts(v.r.Context(), f) }, v.request("payouts"))
	if err != nil {
		return nil, err
	}
	t := &table{Wrap: true, Empty: "No payout is like that.", Columns: []column{{Head: "Payout"}, {"Amount", "n"}, {"Currency", "p2"}, {"State", "p2"}, {"Account", "p2"}, {"Asked", "nb p2"}, {"Done", "nb p3"}}}
	for i := range got.Data {
		p := &got.Data[i]
		name := rowLink(p.Payout, v.in("payouts", p.Payout), bit{Text: p.Reason}, bit{Class: "phone", Text: " " + string(p.Currency) + " to " + string(p.Account)})
		t.row(name, v.amount(p.Amount.Amount), text(string(p.Currency)), cell{Bits: []bit{state(p.State)}}, idCell(string(p.Account), ""), cell{Bits: []bit{v.time(p.Asked)}}, cell{Bits: []bit{v.time(p.Done)}})
	}
	return &page{Title: "Payouts", Sections: []section{
		{Form: v.filter(field{Label: "Account", Name: "account", Hint: "seller:*"}, field{Label: "State", Name: "state", Choices: choices("any", query.PayoutStates...)},
			field{Label: "From", Name: "from", Hint: "2026-03"}, field{Label: "To", Name: "to"})},
		{Head: "Payouts", Note: "in the order in which they were asked for", Table: t, Pager: v.pager(got.Next), Tools: v.csvOf("/payouts", "account", f.Account, "state", v.query.Get("state"),
			"from", v.query.Get("from"), "to", v.query.Get("to"), "zone", v.zone.String())},
	}}, nil
}

// payoutPage says what a payout is made of: what was there before and every row since sum to it and what is left.
func payoutPage(v *view) (*page, error) {
	id := v.r.PathValue("id")
	s, err := v.books.Payout(v.r.Context(), id)
	alone := errors.Is(err, query.ErrReportedAlone)
	if err != nil && !alone {
		return nil, err
	}
	st := state(s.State)
	p := &page{Title: v.figureOf(s.Amount.Amount) + " " + string(s.Currency), State: &st, Crumbs: []bit{{Text: "Payouts", Href: v.href("/payouts")}},
		Meta: []bit{{Text: "Payout "}, {Text: id, Class: "id"}, {Text: " to "}, {Text: string(s.Account), Href: v.in("accounts", string(s.Account), "currency", string(s.Currency)), Class: "id"}, {Text: ", asked for "}, v.second(s.Asked)}}
	if !s.Done.IsZero() {
		p.Meta = append(p.Meta, bit{Text: ", done "}, v.second(s.Done))
	}
	if s.Reason != "" {
		p.Meta = append(p.Meta, bit{Text: ". " + s.Reason})
	}
	if alone {
		p.Sections = []section{{Text: []bit{{Text: err.Error()}}}}
		return p, nil
	}
	sum := money.New(0, s.Currency)
	t := &table{Wrap: true, Empty: "Nothing came or went since the payout before.", Columns: []column{{Head: "What"}, {"Amount", "n"}, {"At", "nb p2"}, {"Payment", "p2"}, {"Entry", "n soft p3"}, {"Available after it", "n p2"}}}
	for i := range s.Rows {
		r := &s.Rows[i]
		sum = money.Sum(s.Currency, sum, r.Amount.Amount)
		name := rowLink(human(string(r.Part))+" "+human(r.Type), v.in("entries", v.plain(r.Entry)), bit{Text: r.Reason}, bit{Class: "phone", Text: " " + v.time(r.At).Text + " " + r.Payment})
		t.row(name, v.change(r.Amount.Amount), cell{Bits: []bit{v.second(r.At)}}, idCell(r.Payment, ""), v.count(r.Entry), v.amount(r.Balance.Amount))
	}
	t.rowAs("total", text("Sum of the rows"), v.change(sum), cell{}, cell{}, cell{}, cell{})
	of := func(name string, a money.Amount) figure {
		return figure{name, []bit{{Text: v.figureOf(a), Href: "#made"}}}
	}
	op := func(s string) figure { return figure{"", []bit{{Text: s}}} }
	p.Figures = []figure{of("Available before", s.Opening.Amount), op("+"), of("Came and went", sum), op("−"), of("Payout", s.Amount.Amount), op("="), of("Left", s.Left.Amount), v.difference(s.Opening.Amount, sum, s.Amount.Amount, s.Left.Amount)}
	p.Sections = []section{{ID: "made", Head: "What it is made of", Note: "every posting of what was available since the payout before", Table: t, Tools: v.csvOf("/payouts/" + escape(id))}}
	return p, nil
}

// difference is what is left unexplained of a payout: 0.00, or something is wrong with the books.
func (v *view) difference(opening, sum, paid, left money.Amount) figure {
	d := money.FromInt(opening.Int().Add(sum.Int()).Sub(paid.Int()).Sub(left.Int()), paid.Currency())
	class := "state good"
	if !d.IsZero() {
		class = "state bad"
	}
	return figure{"Difference", []bit{{Text: v.figureOf(d), Class: class}}}
}

// plain is a number without commas.
func (v *view) plain(n uint64) string { return strings.ReplaceAll(v.grouped(n), ",", "") }

// rulesPage lists rules, the newest version of each.
func rulesPage(v *view) (*page, error) {
	currency, err := v.currency()
	if err != nil {
		return nil, err
	}
	got, err := query.PageOf(v.books, func(b *query.Books) iter.Seq2[query.Rule, error] {
		return b.SplitRules(query.RuleFilter{Text: v.query.Get("text"), Currency: currency})
	}, v.request("rules"))
	if err != nil {
		return nil, err
	}
	t := &table{Wrap: true, Empty: "No rule is like that. An event rule.create makes one.", Columns: []column{{Head: "Rule"}, {"Currency", ""}, {"Version", "p2"}, {"For", "p2"}, {"Made", "nb p2"}}}
	for i := range got.Data {
		r := &got.Data[i]
		t.row(rowLink(r.ID, v.in("rules", r.ID), bit{Text: r.Name}), text(string(r.Currency)), text(r.Version), text(r.For), cell{Bits: []bit{v.time(r.Created)}})
	}
	return &page{Title: "Rules", Sections: []section{{Form: v.filter(field{Label: "Id, name, account or reference", Name: "text"}, field{Label: "Currency", Name: "currency", Hint: "EUR"})},
		{Head: "Rules", Note: "versions in the order in which they were made", Table: t, Pager: v.pager(got.Next)}}}, nil
}

// rulePage shows the versions of a rule, and what a payment would come to by it.
func rulePage(v *view) (*page, error) {
	id := v.r.PathValue("id")
	versions, err := v.books.SplitRule(id)
	if err != nil {
		return nil, err
	}
	p := &page{Title: id, Crumbs: []bit{{Text: "Rules", Href: v.href("/rules")}}}
	providers, err := v.books.Providers()
	if err != nil {
		return nil, err
	}
	f := v.filter(field{Label: "Amount", Name: "amount", Hint: "100.00", Required: true}, field{Label: "Currency", Name: "currency", Hint: "EUR", Required: true},
		field{Label: "Provider", Name: "provider", Choices: choices("choose", providers...)}, field{Label: "Merchant's account", Name: "account"})
	f.Button = "Test"
	p.Sections = []section{{Head: "What would a payment come to?", Note: "nothing is booked", Form: f}}
	if v.query.Get("amount") != "" {
		tested, err := v.testRule(versions)
		switch e, coded := errors.AsType[*ledger.Error](err); {
		case coded:
			p.Sections[0].Notes = []note{{Class: "warn", Bits: []bit{{Text: e.Message}}}}
		case err != nil:
			return nil, err
		default:
			p.Sections = append(p.Sections, v.testedSections(tested)...)
		}
	}
	for r, err := range v.books.SplitRules(query.RuleFilter{Text: id}) {
		if err != nil {
			return nil, err
		}
		if r.ID != id {
			continue
		}
		t := &table{Columns: []column{{Head: "Route"}, {Head: "Account"}, {"Amount", "n"}, {"Percent", "n"}, {"At least", "n p2"}, {"At most", "n p2"}}}
		for _, row := range r.Rows() {
			t.row(text(row.Reference), idCell(string(row.Account), v.in("accounts", string(row.Account))), v.some(row.Flat), text(percent(row.Percent)), v.some(row.Min), v.some(row.Max))
		}
		p.Sections = append(p.Sections, section{Head: "Version " + r.Version, Note: strings.Trim(r.Name+", "+string(r.Currency)+" "+r.For+", made "+v.time(r.Created).Text, " ,"), Table: t})
	}
	return p, nil
}

// some is a cell of an amount that may be none.
func (v *view) some(m query.Minor) cell {
	if m.Currency() == "" || m.IsZero() {
		return cell{}
	}
	return v.amount(m.Amount)
}

// percent is a percentage, "" where there is none.
func percent(p money.Percent) string {
	if p.IsZero() {
		return ""
	}
	return p.String() + " %"
}

package console

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// paymentsPage lists payments, the newest first.
func paymentsPage(v *view) (*page, error) {
	f := query.PaymentFilter{Reference: v.query.Get("reference"), Account: v.query.Get("account"),
		Provider: v.query.Get("provider"),
		Rule:     v.query.Get("rule"), Batch: v.query.Get("batch"), Newest: v.query.Get("order") != "asc"}
	state := posting.State(v.query.Get("state"))
	if state != "" {
		if !slices.Contains(query.States, state) {
			return nil, &ledger.Error{Code: ledger.Invalid, Field: "state",
				Message: fmt.Sprintf("expected a state of payments, found %q", state)}
		}
		f.States = []posting.State{state}
	}
	var err error
	if f.Currency, err = v.currency(); err != nil {
		return nil, err
	}
	if f.Within, err = v.period(); err != nil {
		return nil, err
	}
	key, value, given := strings.Cut(strings.TrimSpace(v.query.Get("metadata")), "=")
	if f.Metadata = map[string]string{key: value}; !given {
		f.Metadata = nil
		if key != "" {
			return nil, &ledger.Error{Code: ledger.Invalid, Field: "metadata",
				Message: fmt.Sprintf("expected a key and its value such as order=7, found %q", key)}
		}
	}
	for name, into := range map[string]*money.Amount{"min": &f.AtLeast, "max": &f.AtMost} {
		if *into, err = v.major(name, f.Currency); err != nil {
			return nil, err
		}
	}
	request := v.request("payments")
	request.Desc = f.Newest
	got, err := query.PageOf(v.books, func(b *query.Books) iter.Seq2[query.PaymentRow,
		error] {
		return b.Payments(v.r.Context(), f)
	}, request)
	if err != nil {
		return nil, err
	}
	form, err := v.paymentsForm()
	if err != nil {
		return nil, err
	}
	return &page{Title: "Payments", Meta: []bit{{Text: "By when they began, " + v.zone.String()}}, Sections: []section{
		{Form: form},
		{Head: "Payments", Note: fmt.Sprintf("%d on this page", len(got.Data)), Table: v.paymentsTable(got.Data),
			Pager: v.pager(got.Next),
			Tools: v.csvOf("/payments", metadataParam(key), value, "reference", f.Reference, "account", f.Account,
				"provider", f.Provider, "state", string(state), "currency",
				string(f.Currency), "rule", f.Rule, "batch", f.Batch, "from", v.query.Get("from"), "to",
				v.query.Get("to"), "zone", v.zone.String(),
				"recorded", v.query.Get("recorded"), "min_amount", minor(f.AtLeast), "max_amount", minor(f.AtMost),
				"order", cmp.Or(v.query.Get("order"), "desc"))},
	}}, nil
}

// metadataParam is the API's parameter of a key of metadata.
func metadataParam(key string) string { return "metadata." + key }

// minor is an amount in minor units, "" where there is none.
func minor(a money.Amount) string {
	if a.Currency() == "" {
		return ""
	}
	return a.Minor()
}

// paymentsForm asks for some payments.
func (v *view) paymentsForm() (*form, error) {
	providers, err := v.books.Providers()
	if err != nil {
		return nil, err
	}
	currencies, err := v.currencies()
	return v.filter(
		field{Label: "Reference of any kind", Name: "reference"},
		field{Label: "Account", Name: "account", Hint: "seller:*"},
		field{Label: "State", Name: "state", Choices: choices("any", query.States...)},
		field{Label: "Provider", Name: "provider", Choices: choices("any", providers...)},
		field{Label: "Currency", Name: "currency", Choices: currencies},
		field{Label: "At least", Name: "min", Hint: "45.10"},
		field{Label: "At most", Name: "max"},
		field{Label: "From", Name: "from", Hint: "2026-03-12"},
		field{Label: "To", Name: "to", Hint: "2026-03"},
		field{Label: "Rule", Name: "rule"},
		field{Label: "Batch", Name: "batch"},
		field{Label: "Metadata", Name: "metadata", Hint: "order=7"},
		field{Label: "As known at", Name: "recorded"},
		field{Label: "Order", Name: "order", Choices: [][2]string{{"", "newest first"}, {"asc", "oldest first"}}},
	).fold(5), err
}

// major reads a parameter that is an amount in major units of a currency.
func (v *view) major(name string, c money.Currency) (money.Amount, error) {
	given := strings.TrimSpace(v.query.Get(name))
	if given == "" {
		return money.Amount{}, nil
	}
	if c == "" {
		return money.Amount{}, &ledger.Error{Code: ledger.Invalid, Field: "currency",
			Message: "expected the currency of the amount, found none"}
	}
	a, err := v.table.Plain().ParseMajor(given, c)
	if err != nil {
		err = &ledger.Error{Code: ledger.Invalid, Field: name, Message: err.Error()}
	}
	return a, err
}

// paymentsTable is a list of payments.
func (v *view) paymentsTable(list []query.PaymentRow) *table {
	t := &table{Wrap: true, Empty: "No payment is like that. Post an event payment.capture, or ask for less.",
		Columns: []column{{Head: "Payment"}, {"Captured", "n"},
			{"Refunded", "n p2"}, {"Currency", "p2"}, {"State", "p2"}, {"Provider", "p2"}, {"Merchant", "p3"}, {"Began",
				"nb p2"}}}
	for i := range list {
		p := &list[i]
		shown := p.Captured
		if p.Captured.IsZero() {
			shown = p.Authorised
		}
		id := rowLink(p.Payment, v.in("payments", p.Payment, "recorded", v.query.Get("recorded")))
		id.Bits[0].Class = "row id"
		id.Why = []bit{{Text: p.Reference}}
		if p.Reference == p.Payment {
			id.Why = nil
		}
		amount := v.amount(p.Captured.Amount)
		if p.Captured.IsZero() && !shown.IsZero() {
			amount = cell{Bits: []bit{{Text: v.figureOf(shown.Amount), Title: "authorised, not captured"}},
				Class: "soft"}
		}
		id.Why = append(id.Why, bit{Text: " "}, bit{Class: "phone",
			Text: string(p.Currency) + ", " + strings.ReplaceAll(string(p.State), "_", " ") + ", " + v.time(p.At).Text})
		t.row(id, amount, v.amount(p.Refunded.Amount), text(string(p.Currency)), cell{Bits: []bit{state(p.State)}},
			text(p.Provider),
			idCell(string(p.Merchant), ""), cell{Bits: []bit{v.time(p.At)}})
	}
	return t
}

// paymentPage shows what became of a payment.
func paymentPage(v *view) (*page, error) {
	p, err := v.books.Payment(v.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	s := state(p.State)
	pg := &page{Title: v.figureOf(shownAmount(p)) + " " + string(p.Captured.Currency()), State: &s,
		Crumbs: []bit{{Text: "Payments", Href: v.href("/payments")}, {Text: " / "}, {Text: p.Provider,
			Href: v.href("/payments", "provider", p.Provider)}},
		Meta: v.paymentMeta(p), Figures: v.paymentFigures(p)}
	pg.Sections = append(pg.Sections, section{Head: "Who got what, and why", Table: v.partsTable(p)})
	if len(p.Fees) > 0 {
		pg.Sections = append(pg.Sections, section{Head: "Fees", Note: "who bore them", Table: v.feesTable(p)})
	}
	if t := v.capturesTable(p); len(t.Rows) > 1 || t.why() {
		pg.Sections = append(pg.Sections, section{Head: "Captures", Table: t})
	}
	pg.Sections = append(pg.Sections, section{ID: "happened", Head: "What happened",
		Note: "in the order of booking, " + v.zone.String(), Time: v.timeLine(p.Events)})
	if t := v.disputeTable(p); len(t.Rows) > 0 && v.query.Get("recorded") == "" {
		pg.Sections = append(pg.Sections, section{Head: "If all of it were disputed",
			Note: "what a chargeback would take, by each rule", Table: t})
	}
	if len(p.Metadata) > 0 {
		t := &table{Columns: []column{{Head: "Key"}, {Head: "Value"}}}
		for _, key := range sortedKeys(p.Metadata) {
			t.row(text(key), cell{Bits: []bit{{Text: p.Metadata[key], Class: "any"}}})
		}
		pg.Sections = append(pg.Sections, section{Head: "Metadata", Table: t})
	}
	return pg, nil
}

// why reports whether a row says why.
func (t *table) why() bool {
	return slices.ContainsFunc(t.Rows, func(r tableRow) bool { return len(r.Cells[0].Why) > 0 })
}

// sortedKeys are the keys of metadata in their order.
func sortedKeys[K ~string, V any](m map[K]V) (keys []K) {
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// shownAmount is what a payment is called by: what was captured, or else authorised.
func shownAmount(p *query.Payment) money.Amount {
	if p.Captured.IsZero() {
		return p.Authorised
	}
	return p.Captured
}

// paymentMeta are the names of a payment.
func (v *view) paymentMeta(p *query.Payment) []bit {
	bits := []bit{{Text: "Payment "}, {Text: p.Payment, Class: "id"}}
	if p.Reference != "" && p.Reference != p.Payment {
		bits = append(bits, bit{Text: ", reference "}, bit{Text: p.Reference, Class: "id"})
	}
	if p.ProviderReference != "" {
		bits = append(bits, bit{Text: ", at " + p.Provider + " "}, bit{Text: p.ProviderReference, Class: "id"})
	}
	bits = append(bits, bit{Text: ", for "}, bit{Text: string(p.Account), Href: v.in("accounts", string(p.Account)),
		Class: "id"})
	for i := range p.Captures {
		c := &p.Captures[i]
		if c.Rule != "" {
			bits = append(bits, bit{Text: ", split by rule "}, bit{Text: c.Rule, Href: v.in("rules", c.Rule),
				Class: "id"})
		}
		if c.Batch != "" {
			bits = append(bits, bit{Text: ", settled in batch "}, bit{Text: c.Batch, Href: v.href("/payments",
				"batch", c.Batch), Class: "id"})
			break
		}
	}
	return bits
}

// paymentFigures lead from what was captured to what is left.
func (v *view) paymentFigures(p *query.Payment) []figure {
	sum := func(list []money.Amount) money.Amount { return money.Sum(p.Captured.Currency(), list...) }
	var taken, back []money.Amount
	for i := range p.Chargebacks {
		taken, back = append(taken, p.Chargebacks[i].Amount), append(back, p.Chargebacks[i].Reversed)
	}
	of := func(name string, a money.Amount) figure {
		return figure{name, []bit{{Text: v.figureOf(a), Href: "#happened"}}}
	}
	list := []figure{of("Captured", p.Captured), of("Refunded", p.Refunded)}
	if p.Captured.IsZero() {
		list = append([]figure{of("Authorised", p.Authorised)}, list...)
	}
	if len(p.Chargebacks) > 0 {
		list = append(list, of("Charged back", sum(taken)), of("Won back", sum(back)))
	}
	return append(list, of("Can still be refunded", p.Refundable))
}

// partsTable says who got what of a payment.
func (v *view) partsTable(p *query.Payment) *table {
	t := &table{Wrap: true, Empty: "Nothing was captured, so nobody got anything yet.",
		Columns: []column{{Head: "Account"}, {"Left", "n sum"}, {"Got", "n p2"},
			{"Refunded", "n p2"}, {"State", "p2"}}}
	c := p.Captured.Currency()
	got, refunded, left := money.New(0, c), money.New(0, c), money.New(0, c)
	for i := range p.Parts {
		part := &p.Parts[i]
		why := []bit{{Text: strings.TrimSuffix(human(part.Type)+" "+part.Reference, " ")}}
		if part.Reason != "" {
			why = append(why, bit{Text: ": " + part.Reason})
		}
		t.row(rowLink(string(part.Account), v.in("accounts", string(part.Account), "currency", string(c)), why...),
			v.amount(part.Left), v.amount(part.Amount), v.amount(part.Refunded), cell{Bits: []bit{state(part.Status)}})
		got, refunded, left = money.Sum(c, got, part.Amount), money.Sum(c, refunded, part.Refunded), money.Sum(c,
			left, part.Left)
	}
	if len(p.Parts) > 0 {
		t.rowAs("total", text("Sum"), v.amount(left), v.amount(got), v.amount(refunded), cell{})
	}
	return t
}

// feesTable says who bore the fees.
func (v *view) feesTable(p *query.Payment) *table {
	t := &table{Columns: []column{{Head: "Fee"}, {Head: "Borne by"}, {"Amount", "n"}}}
	for i := range p.Fees {
		f := &p.Fees[i]
		name := cell{Bits: []bit{{Text: human(string(f.Type)), Name: string(f.Type)}}}
		if f.Reason != "" {
			name.Why = []bit{{Text: f.Reason}}
		}
		amount := v.moneyCell(f.Amount)
		amount.Bits[0].Href = "#happened"
		t.row(name, idCell(string(f.Account), v.in("accounts", string(f.Account))), amount)
	}
	return t
}

// capturesTable is of the captures, with what people should know of them.
func (v *view) capturesTable(p *query.Payment) *table {
	t := &table{Columns: []column{{Head: "Capture"}, {"At", "nb"}, {"Amount", "n"}, {"Refunded", "n"},
		{Head: "State"}, {Head: "Batch"}}}
	for i := range p.Captures {
		c := &p.Captures[i]
		id := idCell(c.Capture, "#e-"+c.Capture)
		if c.Note != "" {
			id.Why = []bit{{Text: c.Note}}
		}
		t.row(id, cell{Bits: []bit{v.second(c.At)}}, v.amount(c.Amount), v.amount(c.Refunded),
			cell{Bits: []bit{state(c.Status)}},
			idCell(c.Batch, ""))
	}
	return t
}

// disputeTable says what a chargeback of all would take.
func (v *view) disputeTable(p *query.Payment) *table {
	t := &table{Columns: []column{{Head: "Rule"}, {Head: "From"}, {"Takes", "n"}}}
	if p.Captured.IsZero() {
		return t
	}
	for i := range p.WouldPay {
		d := &p.WouldPay[i]
		for j := range d.Paid {
			name := cell{}
			if j == 0 {
				name.Bits = []bit{{Text: human(string(d.Behavior)) + " ", Name: string(d.Behavior)}}
				if d.Applies {
					name.Bits = append(name.Bits, bit{Text: "applies", Class: "state good"})
				}
			}
			from := idCell(string(d.Paid[j].Account), "")
			t.row(name, from, v.amount(d.Paid[j].Amount))
		}
	}
	return t
}

package console

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

const (
	// searchTime is how long the journal is read for what no key leads to.
	searchTime = 3 * time.Second
	// most is how many of a kind are found.
	most = rows
	// leastPrefix is how long the beginning of a name is, at least.
	leastPrefix = 4
)

// A search is what somebody typed, and what was found.
type search struct {
	*view
	text    string
	ctx     context.Context
	found   []section
	stopped bool // there was no time to read all of the journal
}

// searchPage finds whatever the box at the top is given: first what has exactly this name, and goes there where that is
// one thing; then names that begin so, accounts and holders, amounts and months. Words such as provider:adyen or
// amount>100 lead to the list of payments.
func searchPage(v *view) (*page, error) {
	text := strings.Join(strings.Fields(v.query.Get("q")), " ")
	n := len([]rune(text))
	if n < 2 || n > 128 {
		return &page{Title: "Search", Still: true,
			Sections: []section{{Text: []bit{{Text: "Give 2 to 128 characters: the name of a payment, an account or its holder, an event, an entry, a payout, " +
				"a rule, a batch, or a reference of yours or a provider's, or its first four characters; a value of metadata; an amount such as 45.10 eur; a month such as 2026-03; " +
				"or words such as provider:adyen state:settled account:seller:* amount>100 eur."}}}}}, nil
	}
	to, err := v.searchWords(text)
	if err != nil {
		return nil, err
	}
	if to != "" {
		return nil, elsewhere(to)
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), searchTime)
	defer cancel()
	s := &search{view: v, text: text, ctx: ctx}
	for _, look := range []func() error{s.exact, s.beginning, s.accounts, s.amounts, s.months} {
		switch err := look(); {
		case errors.Is(err, context.DeadlineExceeded) && v.r.Context().Err() == nil:
			s.stopped = true
		case err != nil:
			return nil, err
		}
	}
	p := &page{Still: true, Title: "Search for “" + text + "”", Sections: s.found}
	if len(s.found) == 0 {
		p.Sections = []section{{Text: []bit{{Text: v.books.NothingNamed(text).Error()}}}}
	}
	if s.stopped {
		p.Sections = append(p.Sections,
			section{Notes: []note{{Bits: []bit{{Text: fmt.Sprintf("The journal is long: it was read for %d seconds, and not to its end. "+
				"A whole name of a payment, reference or event is found at once.", int(searchTime.Seconds()))}}}}})
	}
	return p, nil
}

// exact finds what has exactly this name, by keys, and what no key leads to by reading the journal.
func (s *search) exact() error {
	hits, err := s.books.Find(s.text)
	if err != nil {
		return err
	}
	more, _, err := s.books.FindMetadata(s.ctx, s.text, len(hits) == 0)
	if hits = append(hits, more...); err == nil && len(hits) == 0 {
		hits, err = s.books.Search(s.ctx, s.text)
	}
	if len(hits) > 0 {
		places := query.Rows(hits, func(h query.Hit) string { return s.hit(&h) })
		slices.Sort(places)
		// Any number is that of an entry, so one alone is no more than a guess; a batch is a list.
		if len(slices.Compact(places)) == 1 && hits[0].Kind != "entry" {
			return elsewhere(places[0])
		}
		s.add("Exactly this name", hits)
	}
	return err
}

// beginning finds names that begin so.
func (s *search) beginning() error {
	if len([]rune(s.text)) < leastPrefix || s.stopped {
		return nil
	}
	hits, err := s.books.Beginning(s.ctx, s.text, most)
	s.add("Names that begin so", hits)
	return err
}

// accounts finds accounts whose id or holder has the text in it.
func (s *search) accounts() error {
	var hits []query.Hit
	low := strings.ToLower(s.text)
	for a := range s.books.Ledger.Accounts() {
		if len(hits) == most {
			break
		}
		switch id := string(a.ID); {
		case strings.EqualFold(id, s.text) || strings.EqualFold(a.Holder, s.text): // named exactly
		case strings.Contains(strings.ToLower(id), low):
			hits = append(hits, query.Hit{Kind: "account", Name: id, Account: id})
		case strings.Contains(strings.ToLower(a.Holder), low):
			hits = append(hits, query.Hit{Kind: "holder", Name: a.Holder, Account: id})
		}
	}
	s.add("Accounts and holders", hits)
	return nil
}

// add adds a table of hits, if there are any. Each says why it matched.
func (s *search) add(head string, hits []query.Hit) {
	if len(hits) == 0 {
		return
	}
	t := &table{Wrap: true, Columns: []column{{Head: "Found"}, {"Why", ""}, {"Payment or account", "p2"},
		{"Newest event", "p2"}, {"At", "nb p3"}}}
	for i := range hits {
		h := &hits[i]
		why := "it is the " + h.Kind
		if head != "Exactly this name" {
			why = "the " + h.Kind + " begins so"
		}
		if head == "Accounts and holders" {
			why = "the " + h.Kind + " has it"
		}
		if h.Provider != "" {
			why += " of " + h.Provider
		}
		if h.Anew != "" {
			why += ", of a payment that was cancelled and made anew"
		}
		about := h.Payment
		if about == "" {
			about = h.Account
		}
		t.row(rowLink(h.Name, s.hit(h)), text(why), idCell(about, ""), text(eventWord(posting.Type(h.Type))),
			cell{Bits: []bit{s.time(h.At)}})
	}
	note := fmt.Sprint(len(hits))
	if len(hits) == most {
		note = fmt.Sprintf("the first %d", most)
	}
	s.found = append(s.found, section{Head: head, Note: note, Table: t})
}

// amountText is an amount as people type one, with its currency or without.
var amountText = regexp.MustCompile(`^([0-9][0-9,]*(?:\.[0-9]+)?)(?: ([A-Za-z0-9]{3,12}))?$`)

// amounts finds payments of an amount.
func (s *search) amounts() error {
	m := amountText.FindStringSubmatch(s.text)
	if m == nil || s.stopped {
		return nil
	}
	wanted := map[money.Currency]money.Amount{}
	currencies, err := s.currencies()
	if err != nil {
		return err
	}
	plain := s.table.Plain()
	for _, c := range currencies[1:] { // the first is any
		if m[2] != "" && !strings.EqualFold(m[2], c[0]) {
			continue
		}
		if a, err := plain.ParseMajor(strings.ReplaceAll(m[1], ",", ""), money.Currency(c[0])); err == nil {
			wanted[a.Currency()] = a
		}
	}
	t := &table{Wrap: true, Columns: []column{{Head: "Payment"}, {"Amount", "n"}, {"Why", ""}, {"State", "p2"},
		{"Provider", "p2"}, {"Began", "nb p2"}}}
	for p, err := range s.books.Payments(s.ctx, query.PaymentFilter{Newest: true}) {
		if err != nil {
			s.amountsFound(t)
			return err
		}
		a, ok := wanted[p.Currency]
		why := ""
		for _, of := range []struct {
			what   string
			amount query.Minor
		}{{"captured", p.Captured}, {"authorised", p.Authorised}, {"refunded", p.Refunded}} {
			if ok && why == "" && of.amount.Int().Equal(a.Int()) {
				why = "so much was " + of.what
			}
		}
		if why == "" {
			continue
		}
		id := rowLink(p.Payment, s.in("payments", p.Payment))
		t.row(id, s.moneyCell(a), text(why), cell{Bits: []bit{state(p.State)}}, text(p.Provider),
			cell{Bits: []bit{s.time(p.At)}})
		if len(t.Rows) == most {
			break
		}
	}
	s.amountsFound(t)
	return nil
}

func (s *search) amountsFound(t *table) {
	if len(t.Rows) > 0 {
		s.found = append(s.found, section{Head: "Payments of this amount",
			Note: "the newest first, at most " + fmt.Sprint(most), Table: t})
	}
}

// months leads to a month.
func (s *search) months() error {
	begin, err := time.ParseInLocation("2006-01", plainDay(s.text, s.now().In(s.zone)), s.zone)
	if err != nil {
		return nil
	}
	name := begin.Format("2006-01")
	t := &table{Columns: []column{{Head: "Found"}, {"Why", ""}}}
	t.row(rowLink(begin.Format("January 2006"), s.in("months", name)),
		text("the month: trial balance, balance sheet and changes"))
	t.row(rowLink("Payments of "+begin.Format("January 2006"), s.href("/payments", "from", name, "to", name)),
		text("they began in this month"))
	s.found = append(s.found, section{Head: "Month", Table: t})
	return nil
}

// searchWords reads words such as provider:adyen and amount>100, and returns the list that they lead to, "" where the
// text has none of them.
func (v *view) searchWords(text string) (to string, err error) {
	params, class := map[string]string{}, ""
	var rest, bounds []string
	for word := range strings.FieldsSeq(text) {
		name, value, ok := strings.Cut(word, ":")
		switch {
		case ok && slices.Contains([]string{"provider", "state", "account", "reference", "rule", "batch"}, name) &&
			value != "":
			params[name] = value
		case ok && name == "class" && value != "":
			class = value
		case strings.HasPrefix(word, "amount>") || strings.HasPrefix(word, "amount<"):
			bounds = append(bounds, word[len("amount"):])
		default:
			rest = append(rest, word)
		}
	}
	if class != "" && v.pageIf("/runs", "/runs") != "" {
		return v.href("/runs", "class", class, "provider", params["provider"]), nil
	}
	if len(params) == 0 && len(bounds) == 0 {
		return "", nil
	}
	for _, word := range rest {
		day := plainDay(word, v.now().In(v.zone))
		var m query.Moment
		switch c, err := money.ParseCurrency(strings.ToUpper(word)); {
		case m.Set(day) == nil:
			params["from"], params["to"] = day, day
		case err == nil:
			params["currency"] = string(c)
		default:
			return "", &ledger.Error{Code: ledger.Invalid, Field: "q",
				Message: fmt.Sprintf("expected words such as provider:adyen, a month or a currency, found %q", word)}
		}
	}
	for _, bound := range bounds {
		if err := v.bound(bound, params); err != nil {
			return "", err
		}
	}
	var list []string
	for _, name := range sortedKeys(params) {
		list = append(list, name, params[name])
	}
	return v.href("/payments", list...), nil
}

// bound reads a bound of amounts such as >100 or <=9.99, whose currency is among the parameters.
func (v *view) bound(given string, params map[string]string) error {
	c := money.Currency(params["currency"])
	if c == "" {
		return &ledger.Error{Code: ledger.Invalid, Field: "q",
			Message: "expected the currency of the amount, as in amount>100 eur"}
	}
	figure, equal := strings.CutPrefix(given[1:], "=")
	a, err := v.table.Plain().ParseMajor(figure, c)
	if err != nil {
		return &ledger.Error{Code: ledger.Invalid, Field: "q", Message: err.Error()}
	}
	name, by := "min", int64(1)
	if given[0] == '<' {
		name, by = "max", -1
	}
	if !equal {
		a = money.FromInt(a.Int().Add(money.NewInt(by)), c)
	}
	params[name] = v.table.Plain().Format(a)
	return nil
}

// hit is where something that was found is shown.
func (v *view) hit(h *query.Hit) string {
	switch {
	case h.Kind == "rule":
		return v.in("rules", h.Name)
	case h.Kind == "payout":
		return v.in("payouts", h.Name)
	case h.Kind == "settlement batch":
		return v.href("/payments", "batch", h.Name)
	case h.Kind == "entry":
		return v.in("entries", h.Name)
	case h.Kind == "event":
		return v.in("events", h.Name)
	case h.Payment != "":
		return v.in("payments", h.Payment)
	case h.Kind == "account" || h.Kind == "holder" || h.Kind == "account at a provider":
		return v.in("accounts", h.Account)
	}
	return v.in("events", h.Event)
}

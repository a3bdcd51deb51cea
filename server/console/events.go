package console

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// timeLine shows records, each with what it booked.
func (v *view) timeLine(records []query.Record) (line []moment) {
	for i := range records {
		r := &records[i]
		m := v.moments(r)
		m.Bits = append(m.Bits, bit{Text: r.Event.ID, Href: v.in("events", r.Event.ID), Class: "soft small id p2"})
		line = append(line, m)
	}
	return line
}

// moments shows one record.
func (v *view) moments(r *query.Record) moment {
	e := &r.Event
	m := moment{ID: "e-" + e.ID, Head: eventWord(e.Type)}
	if r.Event.Type == "" {
		m.Head = "The ledger's own record"
	}
	if e.Amount.Currency() != "" {
		m.Bits = append(m.Bits, bit{Text: v.figureOf(e.Amount) + " " + string(e.Amount.Currency())})
	}
	at := v.second(r.At)
	at.Class = "soft nb"
	m.Bits, m.At = append(m.Bits, at), at.At
	if !r.Happened.IsZero() {
		happened := v.second(r.Happened)
		m.Bits = append(m.Bits, bit{Text: "happened " + happened.Text, At: happened.At, Class: "soft small"})
	}
	if d := r.Recorded.Sub(r.At); d > time.Hour {
		m.Late = fmt.Sprintf("▲ recorded %s %s, %d h after it happened: balances in between change when asked for by effective time",
			v.second(r.Recorded).Text, v.zone, int(d.Hours()))
	}
	fact := func(name, value string) {
		if value != "" {
			m.Facts = append(m.Facts, [2]string{name, value})
		}
	}
	fact("by", r.By)
	fact("rule", e.Rule)
	fact("batch", e.Batch)
	fact("movement", e.Movement)
	fact("description", e.Description)
	fact("reason", e.Reason)
	fact("fell back", r.Fallback)
	for i := range r.Entries {
		m.Tables = append(m.Tables, v.entryTable(&r.Entries[i]))
	}
	return m
}

// entryTable shows the postings of an entry, debits and credits in columns of their own.
func (v *view) entryTable(e *query.Entry) *table {
	t := &table{First: "account", Columns: []column{{Head: "Entry " + v.grouped(e.Entry)}, {"Sub-balance", "p2"},
		{Head: "For"}, {"Debit", "n"}, {"Credit", "n"}, {"", "cur p2"}}}
	for i := range e.Postings {
		p := &e.Postings[i]
		debit, credit := cell{}, cell{}
		if p.Debit {
			debit = v.amount(p.Amount)
		} else {
			credit = v.amount(p.Amount)
		}
		why := cell{Bits: []bit{{Text: human(p.Type) + " ", Name: p.Type}, {Text: p.Reference, Class: "why"}}}
		if p.Reason != "" {
			why.Why = []bit{{Text: p.Reason}}
		}
		t.row(idCell(string(p.Account), v.in("accounts", string(p.Account), "currency", string(p.Amount.Currency()))),
			text(p.Sub.String()), why, debit, credit,
			text(string(p.Amount.Currency())))
	}
	return t
}

// recordPage shows one record.
func (v *view) recordPage(title string, r *query.Record) *page {
	p := &page{Title: title, Meta: []bit{{Text: "Event "}, {Text: r.Event.ID, Class: "id"},
		{Text: ", record " + v.grouped(r.Record) + ", recorded "}, v.second(r.Recorded)}}
	if id := r.Event.Payment; id != "" {
		p.Tools = []bit{{Text: "Payment " + id, Href: v.in("payments", id), Class: "button"}}
	}
	m := v.moments(r)
	p.Sections = []section{{ID: "happened", Head: "What it booked", Note: v.zone.String(), Time: []moment{m}}}
	if len(r.Entries) == 0 {
		p.Sections[0].After = []bit{{Text: "It moved no money."}}
	}
	if r.Event.Type != "" {
		p.Sections = append(p.Sections, section{Head: "As it was sent", Table: sentTable(&r.Event)})
	}
	return p
}

// sentTable is the event as JSON, one row.
func sentTable(e *posting.Event) *table {
	t := &table{Columns: []column{{Head: "JSON"}}}
	t.row(cell{Bits: []bit{{Text: string(e.AppendJSON(nil)), Class: "id"}}})
	return t
}

// eventPage shows an event.
func eventPage(v *view) (*page, error) {
	r, err := v.books.Event(v.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return v.recordPage(eventWord(r.Event.Type), r), nil
}

// entryPage shows the event that booked an entry.
func entryPage(v *view) (*page, error) {
	n, err := strconv.ParseUint(v.r.PathValue("id"), 10, 64)
	if err != nil || n == 0 || n > v.books.Ledger.Stats().Entries {
		return nil, ledger.Errorf(notFound, "there is no entry %s in this ledger", v.r.PathValue("id"))
	}
	r, err := v.books.Entry(n)
	if err != nil {
		return nil, err
	}
	return v.recordPage("Entry "+v.grouped(n), r), nil
}

// moneyOf is an amount of a currency and minor units, nil where there is none.
func moneyOf(a *money.Amount) money.Amount {
	if a == nil {
		return money.Amount{}
	}
	return *a
}

// escape is for ids in paths.
func escape(id string) string { return url.PathEscape(id) }

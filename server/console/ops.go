package console

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/server/settings"
)

// opsPage says how the ledger is, and who may do and did what.
func opsPage(v *view) (*page, error) {
	s := v.books.Ledger.Stats()
	index := bit{Text: "written", Class: "state good"}
	if s.IndexError != nil {
		index = bit{Text: s.IndexError.Error(), Class: "state bad"}
	}
	state := &table{Columns: []column{{Head: "Ledger"}, {Head: v.ledger}}}
	state.row(text("Id"), idCell(s.ID.String(), ""))
	state.row(text("Records"), v.count(s.Records))
	state.row(text("Entries"), v.count(s.Entries))
	state.row(text("Head, which stands for all of history"), idCell(s.Head.String(), ""))
	state.row(text("Index beside the ledger"), cell{Bits: []bit{index}})
	state.row(text("Version of the program"), text(v.console.options.Version))
	keys := &table{Wrap: true, Columns: []column{{Head: "Key"}, {"Scopes", ""}, {"Ledgers", "p2"}, {"Made", "nb p2"}, {"Expires", "nb p2"}}}
	for _, k := range v.console.options.Settings.Keys() {
		keys.row(cell{Bits: []bit{{Text: k.Name}}, Why: []bit{{Text: "key_" + k.ID, Class: "id"}}}, text(scopes(k)), text(strings.Join(k.Ledgers, ", ")), cell{Bits: []bit{v.time(k.Created)}}, cell{Bits: []bit{v.time(k.Expires)}})
	}
	hooks := &table{Wrap: true, Empty: "No webhook goes out of this ledger. POST /v1/webhooks makes one.", Columns: []column{{Head: "Webhook"}, {"State", ""}, {"Delivered up to", "n p2"}, {"Behind", "n p2"}, {"Types", "p3"}}}
	for _, e := range v.console.options.Settings.Endpoints() {
		if e.Ledger != v.ledger {
			continue
		}
		class := "state good"
		if e.State != settings.Active {
			class = "state bad"
		}
		hooks.row(cell{Bits: []bit{{Text: e.Name}}, Why: []bit{{Text: e.URL}}}, cell{Bits: []bit{{Text: string(e.State), Class: class}, {Text: " " + e.Reason}}}, v.count(e.Record), v.count(s.Records-min(e.Record, s.Records)),
			text(strings.Join(e.Types, ", ")))
	}
	audit, err := v.audit()
	if err != nil {
		return nil, err
	}
	return &page{Title: "Operations", Sections: []section{{Head: "State", Table: state, After: []bit{{Text: "Everything is derived anew and compared by: splitledger verify. Metrics are at /metrics."}}},
		{Head: "API keys", Note: "they are made and revoked by: splitledger keys", Table: keys}, {Head: "Webhooks out", Table: hooks}, *audit}}, nil
}

// audit lists who did what, the newest first.
func (v *view) audit() (*section, error) {
	f := settings.AuditFilter{}
	if before := v.query.Get("after"); before != "" {
		n, err := strconv.ParseUint(before, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("expected a record, found %q", before)
		}
		f.Before = n
	}
	t := &table{Wrap: true, Empty: "Nothing was done yet.", Columns: []column{{Head: "Action"}, {"At", "nb"}, {"By", "p2"}, {"Target", "p2"}, {"Address", "p2"}, {"Status", "n p3"}}}
	next := ""
	for e, err := range v.console.options.Settings.Audit(v.r.Context(), f) {
		if err != nil {
			return nil, err
		}
		if len(t.Rows) == v.limit() {
			next = strconv.FormatUint(f.Before, 10)
			break
		}
		f.Before = e.Record
		what := cell{Bits: []bit{{Text: e.Action}}}
		if e.Count > 1 {
			what.Bits = append(what.Bits, bit{Text: fmt.Sprintf(" × %d", e.Count), Class: "soft"})
		}
		status := cell{}
		if e.Status != 0 {
			status = text(strconv.Itoa(e.Status))
		}
		t.row(what, cell{Bits: []bit{v.second(e.At)}}, idCell(e.By, ""), idCell(e.Target, ""), text(e.Address), status)
	}
	return &section{ID: "audit", Head: "Audit", Note: "the newest first, " + v.zone.String(), Table: t, Pager: v.pager(next)}, nil
}

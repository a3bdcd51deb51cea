package console

import (
	"errors"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/reconcile"
	"github.com/splitledger/splitledger/server/runs"
)

// runs are the reconciliations of the ledger, nil where none are kept.
func (v *view) runs() *runs.Store {
	if v.console.options.Runs == nil {
		return nil
	}
	return v.console.options.Runs(v.ledger)
}

// runState is how far a reconciliation is, in a word after a sign.
func runState(r *runs.Run) bit {
	class := "wait"
	switch r.State {
	case runs.Posted:
		class = "good"
	case runs.Failed:
		class = "bad"
	case runs.Cancelled:
		class = "none"
	}
	return bit{Text: string(r.State), Class: "state " + class}
}

// fileNames are the names of the files of a reconciliation.
func fileNames(r *runs.Run) string {
	var names []string
	for _, f := range r.Files {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

// breaksIn is how many lines of a reconciliation are breaks.
func breaksIn(r *runs.Run) (n uint64) {
	for class, count := range r.Summary {
		if class.Break() {
			n += count
		}
	}
	return n
}

// runsPage lists the reconciliations, the newest first.
func runsPage(v *view) (*page, error) {
	var list []runs.Run
	if store := v.runs(); store != nil {
		list = store.List()
	}
	provider, class := v.query.Get("provider"), reconcile.Class(v.query.Get("class"))
	list = slices.DeleteFunc(list, func(r runs.Run) bool {
		return provider != "" && r.Provider != provider || class != "" && r.Summary[class] == 0
	})
	t := &table{Wrap: true, Empty: "No reconciliation is like that.", Columns: []column{{Head: "Files"}, {"Breaks", "n"},
		{"Matched", "n p2"}, {"Provider", "p2"}, {"State", "p2"}, {"Started", "nb p2"}, {"Ended", "nb p3"}}}
	for i := range list {
		r := &list[i]
		t.row(rowLink(fileNames(r), v.in("runs", r.ID)), v.count(breaksIn(r)), v.count(r.Summary[reconcile.Matched]),
			text(r.Provider), cell{Bits: []bit{runState(r)}}, cell{Bits: []bit{v.time(r.Started)}},
			cell{Bits: []bit{v.time(r.Ended)}})
	}
	return &page{Title: "Reconciliation", Beat: true, Sections: []section{
		{Form: v.filter(field{Label: "Provider", Name: "provider"},
			field{Label: "With breaks", Name: "class", Choices: choices("any", reconcile.Classes()...)})},
		{Head: "Reconciliations", Note: "reports of providers that were compared with the books, the newest first", Table: t},
	}}, nil
}

// runPage shows what came of a reconciliation: how many are in each class, and its breaks, the largest first.
func runPage(v *view) (*page, error) {
	store, id := v.runs(), v.r.PathValue("id")
	if store == nil {
		return nil, notHere("there is no reconciliation %s", id)
	}
	r, _, _, err := store.Get(id)
	if errors.Is(err, runs.ErrNone) {
		return nil, notHere("there is no reconciliation %s", id)
	}
	if err != nil {
		return nil, err
	}
	st := runState(&r)
	p := &page{Title: fileNames(&r), State: &st, Beat: true,
		Crumbs: []bit{{Text: "Reconciliation", Href: v.href("/runs")}},
		Meta:   []bit{{Text: "Report of " + r.Provider + ", begun "}, v.second(r.Started)}}
	if r.Error != nil {
		p.Sections = append(p.Sections, section{Notes: []note{{"warn", []bit{{Text: r.Error.Message}}}}})
	}
	t := &table{Empty: "Nothing was compared yet.", Columns: []column{{Head: "Class"}, {"Count", "n"}}}
	for _, class := range reconcile.Classes() {
		if n := r.Summary[class]; n > 0 {
			name := text(human(string(class)))
			if class.Break() {
				name = rowLink(human(string(class)), v.with("class", string(class), "after", ""))
			}
			t.row(name, v.count(n))
		}
	}
	breaks, next, err := v.breaksTable(store, id)
	if err != nil {
		return nil, err
	}
	note := "all classes, the largest first"
	if class := v.query.Get("class"); class != "" {
		note = human(class) + " alone, the largest first"
	}
	p.Sections = append(p.Sections, section{Head: "Classes", Table: t},
		section{Head: "Breaks", Note: note, Table: breaks, Pager: v.pager(next)})
	return p, nil
}

// breaksTable is a page of the breaks of a reconciliation, and the cursor of those after it.
func (v *view) breaksTable(store *runs.Store, id string) (t *table, next string, err error) {
	t = &table{Wrap: true, Empty: "There is no break.", Columns: []column{
		{Head: "Break"}, {"Difference", "n"}, {"Books", "n p2"},
		{"Report", "n p2"}, {"Line", "n p3"}, {"Payment", "p2"}, {"Open", "nb p2"}}}
	var f runs.Filter
	if class := v.query.Get("class"); class != "" {
		f.Classes = []reconcile.Class{reconcile.Class(class)}
	}
	last := ""
	for b, err := range store.Breaks(id, f, v.query.Get("after")) {
		if errors.Is(err, runs.ErrCursor) {
			return nil, "", &ledger.Error{Code: ledger.Invalid, Field: "after", Message: err.Error()}
		}
		if err != nil {
			return nil, "", err
		}
		if len(t.Rows) == v.limit() {
			return t, last, nil
		}
		last = b.Next()
		v.breakRow(t, &b)
	}
	return t, "", nil
}

// breakRow adds a break to a table.
func (v *view) breakRow(t *table, b *runs.Break) {
	name := text(human(string(b.Class)))
	if b.Hint != "" {
		name.Why = append(name.Why, bit{Text: b.Hint})
	}
	if b.Remedy != "" {
		name.Why = append(name.Why, bit{Text: " → " + b.Remedy})
	}
	var amounts [3]cell
	if b.Difference != nil {
		amounts[0] = v.moneyCell(*b.Difference)
	}
	if b.Expected != nil {
		amounts[1] = v.moneyCell(*b.Expected)
	}
	if b.Found != nil {
		amounts[2] = v.moneyCell(*b.Found)
	}
	line, payment, open := cell{}, cell{}, cell{}
	if b.Line > 0 {
		line = v.count(uint64(b.Line))
	}
	if b.Payment != "" {
		payment = idCell(b.Payment, v.in("payments", b.Payment))
	}
	if b.Open {
		open = text(v.age(b.Since))
	}
	t.row(name, amounts[0], amounts[1], amounts[2], line, payment, open)
}

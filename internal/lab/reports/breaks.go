package reports

import (
	"encoding/json"
	"maps"
	"slices"
)

// A Class says how a line of a report and the books differ.
type Class string

// The classes of which there are breaks.
const (
	MissingInLedger   Class = "missing_in_ledger"
	MissingAtProvider Class = "missing_at_provider"
	AmountMismatch    Class = "amount_mismatch"
	CurrencyMismatch  Class = "currency_mismatch"
	FeeMismatch       Class = "fee_mismatch"
	StatusMismatch    Class = "status_mismatch"
	Duplicate         Class = "duplicate"
	Unreadable        Class = "unreadable"
	UnmatchedOther    Class = "unmatched_other"
	BalanceMismatch   Class = "balance_mismatch"
)

// Classes returns all classes, in the order of the documentation.
func Classes() []Class {
	return []Class{MissingInLedger, MissingAtProvider, AmountMismatch, CurrencyMismatch, FeeMismatch, StatusMismatch, Duplicate, Unreadable, UnmatchedOther, BalanceMismatch}
}

// A Break is one place where a report and the books differ.
type Break struct {
	Class     Class  `json:"class"`
	File      string `json:"file,omitempty"` // of the report; empty where the report has no line of it
	Line      int    `json:"line,omitempty"` // in that file, from 1
	Batch     string `json:"batch,omitempty"`
	Receiver  string `json:"receiver,omitempty"` // of a batch that pays several
	Payment   string `json:"payment,omitempty"`  // as the books call it
	Reference string `json:"reference,omitempty"`
	Expected  string `json:"expected,omitempty"` // what the books say
	Found     string `json:"found,omitempty"`    // what the report says
	What      string `json:"what"`
}

// A place is a line of a file.
type place struct {
	file string
	line int
}

// breaksFile writes the breaks as they are made.
type breaksFile struct {
	out   *file
	first bool
}

func newBreaksFile(out *file, provider string, h *house) *breaksFile {
	type unshown struct {
		Class Class  `json:"class"`
		Why   string `json:"why"`
	}
	not := []unshown{}
	for _, c := range slices.Sorted(maps.Keys(h.hidden)) {
		not = append(not, unshown{c, h.hidden[c]})
	}
	out.writeLine([]byte("{\"provider\": " + string(encode(provider)) + ",\n"))
	out.writeLine([]byte(" \"not_shown\": " + string(encode(not)) + ",\n"))
	out.out.WriteString(" \"breaks\": [")
	return &breaksFile{out, true}
}

func (f *breaksFile) write(b Break) {
	if !f.first {
		f.out.out.WriteByte(',')
	}
	f.first = false
	f.out.out.WriteString("\n  ")
	f.out.out.Write(encode(b))
}

func (f *breaksFile) close() { f.out.out.WriteString("\n]}\n") }

// encode writes what this file makes; it has no values that JSON does not know.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// broken notes a break at a place, of a payment where there is one.
func (g *maker) broken(b Break, at place, p *payment) {
	b.File, b.Line = at.file, at.line
	if p != nil {
		b.Payment, b.Reference = p.id, p.reference
	}
	g.summary.Breaks[b.Class]++
	g.breaks.write(b)
}

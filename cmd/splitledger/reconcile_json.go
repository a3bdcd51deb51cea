package main

import (
	"bufio"
	"encoding/json"
	"io"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/reconcile"
)

// reconciled prints what came of a comparison.
func (c *cli) reconciled(r *comparison, f reconcileFlags) error {
	out := bufio.NewWriterSize(c.stdout, 1<<16)
	var err error
	switch {
	case f.asJSON:
		err = reconcileJSON(out, r)
	case f.asCSV:
		err = reconcileCSV(out, r)
	case f.asHTML:
		err = reconcileHTML(out, r)
	default:
		err = reconcileTable(out, r)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// batchJSON is a batch as JSON; amounts in minor units. The difference is what was paid less what the lines sum to.
type batchJSON struct {
	Batch      string         `json:"batch"`
	Receiver   string         `json:"receiver,omitempty"`
	Currency   money.Currency `json:"currency"`
	Lines      uint64         `json:"lines"`
	Net        json.Number    `json:"net"`
	Paid       json.Number    `json:"paid"`
	Difference json.Number    `json:"difference"`
	State      string         `json:"state"`
}

// conversionJSON is what the provider converted, signed.
type conversionJSON struct {
	Lines uint64     `json:"lines"`
	From  amountJSON `json:"from"`
	To    amountJSON `json:"to"`
}

type postedJSON struct {
	Accepted  uint64   `json:"accepted"`
	Duplicate uint64   `json:"duplicate"`
	Refused   uint64   `json:"refused"`
	Waiting   uint64   `json:"taken_up"`
	Why       []string `json:"refusals,omitempty"`
}

// aboutJSON says of which reports and which ledger a comparison is, and what is left to be done.
type aboutJSON struct {
	Provider string           `json:"provider"`
	Files    []reportFileJSON `json:"files"`
	Ledger   string           `json:"ledger"`
	Head     uint64           `json:"head"` // the newest record that the reports were compared with
	Lines    uint64           `json:"lines"`
	Later    uint64           `json:"later,omitempty"`
	ByAmount uint64           `json:"byAmount"`
	Open     uint64           `json:"open"`
	Timing   uint64           `json:"timing"` // of those that are open
	Waiting  uint64           `json:"waiting"`
	Broken   bool             `json:"broken"` // something is left to be done: exit status 1
}

type reportFileJSON struct {
	File   string `json:"file"`
	Format string `json:"format"`
	Lines  uint64 `json:"lines"`
	Before string `json:"postedFirst,omitempty"`
}

func (r *comparison) about() (a aboutJSON, err error) {
	a = aboutJSON{Provider: r.Provider, Files: []reportFileJSON{}, Ledger: r.Ledger, Head: r.Head, Lines: r.Lines, Later: r.Later,
		ByAmount: r.ByAmount, Open: r.Open(), Waiting: r.Waiting, Broken: r.Broken()}
	for _, f := range r.Files {
		a.Files = append(a.Files, reportFileJSON{f.Name, f.Format, f.Lines, stampOrNone(f.Before)})
	}
	_, a.Timing, err = r.openBreaks()
	return a, err
}

// reconcileJSON writes {"summary":…,"batches":…,"breaks":…} and, besides, the rows of no payment and what the comparison is of.
func reconcileJSON(w io.Writer, r *comparison) error {
	summary := []byte(`{"summary":{`)
	for i, class := range reconcile.Classes() {
		if i > 0 {
			summary = append(summary, ',')
		}
		summary = appendJSON(summary, string(class))
		summary = append(summary, ':')
		summary = appendJSON(summary, r.Counts[class])
	}
	summary = append(summary, "},\n\"batches\":["...)
	for i := range r.Batches {
		b := &r.Batches[i]
		if i > 0 {
			summary = append(summary, ',')
		}
		summary = append(summary, "\n "...)
		summary = appendJSON(summary, batchJSON{b.Batch, b.Receiver, b.Currency, b.Lines, minor(b.Net), minor(b.Paid), minor(b.Difference().Neg()), b.State()})
	}
	summary = append(summary, "],\n\"breaks\":["...)
	if _, err := w.Write(summary); err != nil {
		return err
	}
	first := true
	for b, err := range r.breaks(r.Breaks()) {
		if err == nil {
			err = writeElement(w, &first, b)
		}
		if err != nil {
			return err
		}
	}
	if _, err := io.WriteString(w, "],\n\"others\":["); err != nil {
		return err
	}
	first = true
	for b, err := range r.breaks(r.Others()) {
		if err == nil {
			err = writeElement(w, &first, b)
		}
		if err != nil {
			return err
		}
	}
	tail := []byte("]")
	if len(r.Conversions) > 0 {
		list := make([]conversionJSON, len(r.Conversions))
		for i, c := range r.Conversions {
			list[i] = conversionJSON{c.Lines, asAmount(c.From), asAmount(c.To)}
		}
		tail = append(tail, ",\n\"conversions\":"...)
		tail = appendJSON(tail, list)
	}
	if p := r.Posting; p != nil {
		tail = append(tail, ",\n\"posted\":"...)
		tail = appendJSON(tail, postedJSON{p.Accepted, p.Duplicate, p.Refused, p.Waiting, p.Why})
	}
	about, err := r.about()
	if err != nil {
		return err
	}
	tail = append(tail, ",\n"...)
	tail = append(tail, appendJSON(nil, about)[1:]...) // its fields are those of the whole
	_, err = w.Write(append(tail, '\n'))
	return err
}

func writeElement(w io.Writer, first *bool, v any) error {
	before := ",\n "
	if *first {
		before = "\n "
	}
	*first = false
	_, err := w.Write(appendJSON([]byte(before), v))
	return err
}

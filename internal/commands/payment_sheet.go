package commands

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// printSheet prints a payment for people: what it is, a table of each kind of thing that there is
// of it, and its events. Tables without rows have no title either, as most payments have neither
// refunds nor chargebacks.
func printSheet(out io.Writer, t display, p *query.Payment) error {
	if err := sheetHead(out, t, p); err != nil {
		return err
	}
	for _, s := range []struct {
		title string
		grid  *grid
	}{
		// In the order of a payment's life; the last table is of what may still come.
		{"Captures", listed(t, p.Captures)},
		{"Who got what", listed(t, p.Parts)},
		{"Fees", listed(t, p.Fees)},
		{"Refunds", listed(t, p.Refunds)},
		{"Chargebacks", listed(t, p.Chargebacks)},
		{"Who paid the chargebacks", listed(t, p.PayerRows())},
		{"What a chargeback of " + t.Money(p.Captured) + " would take", listed(t, p.DisputeRows(),
			"BEHAVIOR", "ACCOUNT", "FOR", "REFERENCE", "WOULD PAY", "REASON")},
	} {
		if !s.grid.some {
			continue
		}
		fmt.Fprintf(out, "\n%s\n\n", s.title)
		if err := s.grid.writeTo(out, "  "); err != nil {
			return err
		}
	}
	if err := writeLines(out, "", "", "Events and entries", ""); err != nil {
		return err
	}
	if err := sheetEvents(out, t, p.Events); err != nil {
		return err
	}
	for i := range p.Earlier {
		e := &p.Earlier[i]
		title := "Events and entries of the payment with " + printable(e.Provider) + ", of " + t.Money(e.Authorised) +
			", which was cancelled whole: nothing above is of it"
		if err := writeLines(out, "", "", title, ""); err != nil {
			return err
		}
		if err := sheetEvents(out, t, e.Events); err != nil {
			return err
		}
	}
	return nil
}

// sheetHead says whose payment it is and how far it has come, in amounts of the payment's currency. What is not known,
// or not so, has no line.
func sheetHead(out io.Writer, t display, p *query.Payment) error {
	fmt.Fprintf(out, "Payment %s: %s\n\n", printable(p.Payment), p.State)
	g := newGrid("", "")
	for _, line := range [][2]string{
		{"provider", p.Provider},
		{"merchant", string(p.Account)},
		{"reference", p.Reference},
		{"provider reference", p.ProviderReference},
		{"authorised", t.Money(p.Authorised)},
		{"captured", t.Money(p.Captured)},
		{"refunded", t.Money(p.Refunded)},
		{"refundable", t.Money(p.Refundable)},
	} {
		if line[1] != "" {
			g.add(line[0], line[1])
		}
	}
	// Without a policy of its own a payment goes by the scheme's or the ledger's.
	// The account is "" where the behaviour names none, such as a refund according to the splits.
	if r := p.Refund; r != nil {
		g.add("refunds", string(r.Behavior)+" "+string(r.TargetAccount))
	}
	if d := p.Chargeback; d != nil {
		text := strings.TrimSpace(string(d.Behavior) + " " + string(d.TargetAccount))
		if d.CostAllocationAccount != "" {
			text += ", dispute fees from " + string(d.CostAllocationAccount)
		}
		g.add("chargebacks", text)
	}
	if p.Cancelled {
		g.add("cancelled", "nothing may be captured any more")
	}
	// A release is the platform's own decision, unlike an authorisation that ran out.
	if p.Released {
		g.add("released", "what is not captured is given up")
	}
	if p.Expired != "" {
		g.add("expired", p.Expired)
	}
	for i := range p.Earlier {
		e := &p.Earlier[i]
		g.add("earlier", "a payment of this id with "+printable(e.Provider)+", cancelled whole")
	}
	return g.writeTo(out, "  ")
}

// printEvents prints events for people, or as CSV: a row for each posting.
func (c *cli) printEvents(t display, events []query.Record) error {
	if c.form != asCSV {
		return sheetEvents(c.stdout, t, events)
	}
	return columns.WriteCSV(c.stdout, t.Style, query.PostingRecords(query.Each(events)))
}

// sheetEvents prints events in the order in which they were booked, each with its entries below it.
// The columns of all are aligned: they are laid out as one table, whose lines are then dealt out to
// the events. A fact that was booked at another time than its own has both, so that it is found in the books and in the
// provider's report.
func sheetEvents(out io.Writer, t display, events []query.Record) error {
	s := newListing[query.PostingRow](t, "ENTRY", "ACCOUNT", "SUB", "FOR",
		"REFERENCE", "CURRENCY", "DEBIT", "CREDIT", "REASON")
	rows := make([]int, len(events)) // how many lines of the table are of each event
	for i, e := range events {
		for _, row := range e.Rows() {
			s.add(row)
			rows[i]++
		}
	}
	g := s.grid(maxWidth - maxIndent)
	// The headings stand once above all events, where any has entries.
	headings, lines := g.blocks()
	if g.some {
		if err := writeLines(out, "    ", headings...); err != nil {
			return err
		}
	}
	for i, e := range events {
		at := stamp(e.At)
		if !e.Happened.IsZero() {
			at += ", happened " + stamp(e.Happened)
		}
		if e.By != "" {
			at += ", by " + e.By
		}
		if e.Anew != "" {
			at += ", before event " + printable(e.Anew) + " made the payment anew"
		}
		line := fmt.Sprintf("%s  %s  %s%s", at, e.Event.Type, printable(e.Event.ID), said(&e.Event))
		if err := writeLines(out, "  ", line); err != nil {
			return err
		}
		if err := writeLines(out, "    ", slices.Concat(lines[:rows[i]]...)...); err != nil {
			return err
		}
		lines = lines[rows[i]:]
	}
	return nil
}

// said is what an event says of its circumstances that its entries do not show, such as the batch
// of a settlement, the reason of a refund or the caller's own metadata.
func said(e *posting.Event) (text string) {
	for _, f := range [][2]string{
		{"rule", e.Rule}, {"movement", e.Movement}, {"part", e.Part}, {"capture", e.Capture}, {"batch", e.Batch},
		{"refund", e.Refund}, {"chargeback", e.Chargeback}, {"reason", e.Reason}, {"description", e.Description},
	} {
		if f[1] != "" {
			text += "  " + f[0] + " " + printable(f[1])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(e.Metadata)) {
		text += "  " + printable(key) + "=" + printable(e.Metadata[key])
	}
	return text
}

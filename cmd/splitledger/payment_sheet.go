package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// printSheet prints a payment for people: what it is, and a table of each kind of thing that there is of it.
func printSheet(out io.Writer, t money.Table, p *query.Payment) error {
	if err := sheetHead(out, t, p); err != nil {
		return err
	}
	for _, s := range []struct {
		title string
		grid  *grid
	}{
		{"Captures", listed(t, p.Captures)},
		{"Who got what", listed(t, p.Parts)},
		{"Fees", listed(t, p.Fees)},
		{"Refunds", listed(t, p.Refunds)},
		{"Chargebacks", listed(t, p.Chargebacks)},
		{"Who paid the chargebacks", payersGrid(t, p.Chargebacks)},
		{"What a chargeback of " + moneyText(p.Captured, t) + " would take", disputesGrid(t, p.WouldPay)},
	} {
		if !s.grid.some {
			continue
		}
		fmt.Fprintf(out, "\n%s\n\n", s.title)
		if err := s.grid.writeTo(out, "  "); err != nil {
			return err
		}
	}
	return sheetEvents(out, t, p.Events)
}

// listed is a table of all columns of some rows.
func listed[T any](t money.Table, rows []T) *grid {
	s := newListing[T](t)
	for _, row := range rows {
		s.add(row)
	}
	return s.grid()
}

// sheetHead says whose payment it is and how far it has come.
func sheetHead(out io.Writer, t money.Table, p *query.Payment) error {
	fmt.Fprintf(out, "Payment %s: %s\n\n", printable(p.Payment), p.State)
	g := newGrid("", "")
	for _, line := range [][2]string{
		{"provider", p.Provider},
		{"merchant", string(p.Account)},
		{"reference", p.Reference},
		{"provider reference", p.ProviderReference},
		{"authorised", moneyText(p.Authorised, t)},
		{"captured", moneyText(p.Captured, t)},
		{"refunded", moneyText(p.Refunded, t)},
		{"refundable", moneyText(p.Refundable, t)},
	} {
		if line[1] != "" {
			g.add(line[0], line[1])
		}
	}
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
	if p.Released {
		g.add("released", "what is not captured is given up")
	}
	if p.Expired != "" {
		g.add("expired", p.Expired)
	}
	return g.writeTo(out, "  ")
}

// A payerRow is who paid for which chargeback.
type payerRow struct {
	Chargeback string `col:"CHARGEBACK"`
	query.Payer
}

func payersGrid(t money.Table, chargebacks []query.Chargeback) *grid {
	s := newListing[payerRow](t)
	for _, c := range chargebacks {
		for _, p := range c.Paid {
			s.add(payerRow{c.Chargeback, p})
		}
	}
	return s.grid()
}

// A disputeRow is who would pay by which behavior, which stands in its first row alone.
type disputeRow struct {
	Behavior string `col:"BEHAVIOR"`
	query.Payer
	WouldPay money.Amount `col:"WOULD PAY"`
}

func disputesGrid(t money.Table, disputes []query.Dispute) *grid {
	s := newListing[disputeRow](t, "BEHAVIOR", "ACCOUNT", "FOR", "REFERENCE", "WOULD PAY", "REASON")
	for _, d := range disputes {
		name := string(d.Behavior)
		if d.Applies {
			name += " (applies)"
		}
		for _, p := range d.Paid {
			s.add(disputeRow{name, p, p.Amount})
			name = ""
		}
	}
	return s.grid()
}

// A postingRow is a posting, with the number of its entry in the first row of that alone.
type postingRow struct {
	Entry uint64 `col:"ENTRY,blank"`
	query.Posting
	Currency   money.Currency `col:"CURRENCY"`
	DebitedBy  query.Minor    `col:"DEBIT,blank"`
	CreditedBy query.Minor    `col:"CREDIT,blank"`
}

// sheetEvents prints events, each with its entries. The columns of all are aligned.
func sheetEvents(out io.Writer, t money.Table, events []query.PaymentEvent) error {
	s := newListing[postingRow](t, "ENTRY", "ACCOUNT", "SUB", "FOR",
		"REFERENCE", "CURRENCY", "DEBIT", "CREDIT", "REASON")
	rows := make([]int, len(events)) // of each event
	for i, e := range events {
		for _, entry := range e.Entries {
			addEntry(s, &entry)
			rows[i] += len(entry.Postings)
		}
	}
	g := s.grid()
	lines := g.lines()
	headings, lines := lines[0], lines[1:]
	fmt.Fprintf(out, "\nEvents and entries\n\n")
	if g.some {
		if err := writeLines(out, "    ", headings); err != nil {
			return err
		}
	}
	for i, e := range events {
		line := fmt.Sprintf("%s  %s  %s%s", stamp(e.At), e.Event.Type, printable(e.Event.ID), said(&e.Event))
		if err := writeLines(out, "  ", line); err != nil {
			return err
		}
		if err := writeLines(out, "    ", lines[:rows[i]]...); err != nil {
			return err
		}
		lines = lines[rows[i]:]
	}
	return nil
}

// said is what an event says of its circumstances that its entries do not show.
func said(e *posting.Event) (text string) {
	for _, f := range [][2]string{
		{"rule", e.Rule}, {"movement", e.Movement}, {"part", e.Part}, {"capture", e.Capture}, {"batch", e.Batch},
		{"refund", e.Refund}, {"chargeback", e.Chargeback}, {"reason", e.Reason},
	} {
		if f[1] != "" {
			text += "  " + f[0] + " " + printable(f[1])
		}
	}
	return text
}

func addEntry(s *listing[postingRow], e *query.Entry) {
	for i, p := range e.Postings {
		row := postingRow{Posting: p, Currency: p.Amount.Currency()}
		if i == 0 {
			row.Entry = e.Entry
		}
		if p.Debit {
			row.DebitedBy = query.Minor{Amount: p.Amount}
		} else {
			row.CreditedBy = query.Minor{Amount: p.Amount}
		}
		s.add(row)
	}
}

package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
)

// A sheet prints a payment for people.
type sheet struct {
	out   io.Writer
	money money.Table
	*posting.Payment
	policy posting.ChargebackPolicy // of its next chargeback
}

func printPayment(out io.Writer, t money.Table, p *posting.Payment, policy posting.ChargebackPolicy) error {
	s := &sheet{out, t, p, policy}
	for _, section := range []func() error{s.head, s.captures, s.parts, s.fees, s.refunds, s.chargebacks, s.payers, s.disputes, s.events} {
		if err := section(); err != nil {
			return err
		}
	}
	return nil
}

// amount writes an amount with its currency.
func (s *sheet) amount(a money.Amount) string {
	return s.money.Format(a) + " " + string(a.Currency())
}

// head says whose payment it is and how far it has come.
func (s *sheet) head() error {
	fmt.Fprintf(s.out, "Payment %s: %s\n\n", printable(s.ID), s.State())
	g := newGrid("", "")
	for _, line := range [][2]string{
		{"provider", s.Provider},
		{"merchant", string(s.Account)},
		{"reference", s.Reference},
		{"provider reference", s.ProviderReference},
		{"authorised", s.amount(s.Authorised)},
		{"captured", s.amount(s.Captured)},
		{"refunded", s.amount(s.Refunded)},
		{"refundable", s.amount(s.Refundable())},
	} {
		if line[1] != "" {
			g.add(line[0], line[1])
		}
	}
	if r := s.RefundPolicy; r != nil {
		g.add("refunds", string(r.Behavior)+" "+string(r.TargetAccount))
	}
	if p := s.ChargebackPolicy; p != nil {
		text := strings.TrimSpace(string(p.Behavior) + " " + string(p.TargetAccount))
		if p.CostAllocationAccount != "" {
			text += ", dispute fees from " + string(p.CostAllocationAccount)
		}
		g.add("chargebacks", text)
	}
	if s.Cancelled {
		g.add("cancelled", "nothing may be captured any more")
	}
	if s.Released {
		g.add("released", "what is not captured is given up")
	}
	if s.Expired != "" {
		g.add("expired", s.Expired)
	}
	return g.writeTo(s.out, "  ")
}

// section prints a table under a title, if it has rows.
func (s *sheet) section(title string, g *grid) error {
	if !g.some {
		return nil
	}
	fmt.Fprintf(s.out, "\n%s\n\n", title)
	return g.writeTo(s.out, "  ")
}

func (s *sheet) captures() error {
	named := slices.ContainsFunc(s.Captures, func(c *posting.Capture) bool { return c.Movement != "" })
	g := newGrid(moved(named, "CAPTURE", "MOVEMENT", "AT", ">AMOUNT", ">REFUNDED", "STATUS", "BATCH", "NOTE")...)
	for _, c := range s.Captures {
		var notes []string
		if c.Rule != "" {
			notes = append(notes, "split by rule "+c.Rule)
		}
		if c.Fallback {
			notes = append(notes, "fallback: "+c.Reason)
		}
		if c.Failure != "" {
			notes = append(notes, c.Failure)
		}
		if back := c.TakenBack(); !back.IsZero() {
			notes = append(notes, "the provider took back "+s.amount(back))
		}
		if !c.Due.IsZero() {
			notes = append(notes, "to be settled "+stamp(c.Due))
		}
		notes = append(notes, provenance(c.Fact, c.Confirmed)...)
		g.add(moved(named, c.ID, c.Movement, stamp(c.At), s.amount(c.Amount), s.amount(c.Refunded), string(c.State()), c.Batch, strings.Join(notes, "; "))...)
	}
	return s.section("Captures", g)
}

func (s *sheet) parts() error {
	g := newGrid("PART", "ACCOUNT", "REFERENCE", ">AMOUNT", ">REFUNDED", ">LEFT", "STATUS", "REASON")
	for _, p := range s.Parts {
		g.add(p.Type, string(p.Account), p.Reference, s.amount(p.Amount), s.amount(p.Refunded), s.amount(p.Left()), string(p.Status), p.Reason)
	}
	return s.section("Who got what", g)
}

func (s *sheet) fees() error {
	g := newGrid("FEE", ">AMOUNT", "BORNE BY", "CAPTURE", "REASON")
	for _, f := range s.Fees {
		g.add(string(f.Type), s.amount(f.Amount), string(f.Account), f.Capture, f.Reason)
	}
	return s.section("Fees", g)
}

// provenance says whether a provider reported something, and whether a report of it has it.
func provenance(fact bool, c *posting.Confirmation) (notes []string) {
	if fact {
		notes = append(notes, "as reported by the provider")
	}
	switch {
	case c != nil && c.Batch != "":
		notes = append(notes, "confirmed in "+c.Batch)
	case c != nil:
		notes = append(notes, "confirmed")
	}
	return notes
}

// moved returns cells of a row with the provider's reference of the movement after the first, where any row has one.
func moved(any bool, name, movement string, rest ...string) []string {
	if any {
		return append([]string{name, movement}, rest...)
	}
	return append([]string{name}, rest...)
}

// noted returns headings with one of notes, where there are any.
func noted(any bool, headings ...string) []string {
	if any {
		return append(headings, "NOTE")
	}
	return headings
}

func (s *sheet) refunds() error {
	named := slices.ContainsFunc(s.Refunds, func(r posting.Refund) bool { return r.Movement != "" })
	notes := slices.ContainsFunc(s.Refunds, func(r posting.Refund) bool { return r.Fact || r.Confirmed != nil })
	g := newGrid(noted(notes, moved(named, "REFUND", "MOVEMENT", "AT", ">AMOUNT", "STATUS")...)...)
	for i := range s.Refunds {
		r := &s.Refunds[i]
		note := strings.Join(provenance(r.Fact, r.Confirmed), "; ")
		g.add(moved(named, r.ID, r.Movement, stamp(r.At), s.amount(r.Amount), string(r.State()), note)...)
	}
	return s.section("Refunds", g)
}

func (s *sheet) chargebacks() error {
	named := slices.ContainsFunc(s.Chargebacks, func(c *posting.Chargeback) bool { return c.Movement != "" })
	notes := slices.ContainsFunc(s.Chargebacks, func(c *posting.Chargeback) bool { return c.Second || c.Confirmed != nil })
	g := newGrid(noted(notes, moved(named, "CHARGEBACK", "MOVEMENT", "AT", ">AMOUNT", ">REVERSED", "STATUS", ">FEE", "FEE BORNE BY")...)...)
	for _, c := range s.Chargebacks {
		fee := ""
		if !c.Fee.IsZero() {
			fee = s.amount(c.Fee)
		}
		note := provenance(false, c.Confirmed)
		if c.Second {
			note = append([]string{"second chargeback"}, note...)
		}
		g.add(moved(named, c.ID, c.Movement, stamp(c.At), s.amount(c.Amount), s.amount(c.Reversed), string(c.State()), fee, string(c.FeeAccount),
			strings.Join(note, "; "))...)
	}
	return s.section("Chargebacks", g)
}

// payers says who paid the chargebacks.
func (s *sheet) payers() error {
	g := newGrid("CHARGEBACK", "ACCOUNT", "FOR", "REFERENCE", ">PAID", ">REVERSED", "REASON")
	for _, c := range s.Chargebacks {
		for _, p := range c.Paid {
			g.add(c.ID, string(p.Account), p.Type, p.Reference, s.amount(p.Amount), s.amount(p.Reversed), p.Reason)
		}
	}
	return s.section("Who paid the chargebacks", g)
}

// disputes says what each behavior would take of whom in a chargeback of all that was captured.
func (s *sheet) disputes() error {
	g := newGrid("BEHAVIOR", "ACCOUNT", "FOR", "REFERENCE", ">WOULD PAY", "REASON")
	for _, d := range disputesOf(s.Payment, s.policy) {
		name := string(d.policy.Behavior)
		if d.applies {
			name += " (applies)"
		}
		for _, p := range d.payers {
			g.add(name, string(p.Account), p.Type, p.Reference, s.amount(p.Amount), p.Reason)
			name = ""
		}
	}
	return s.section("What a chargeback of "+s.amount(s.Captured)+" would take", g)
}

// A dispute is what a policy comes to for a payment.
type dispute struct {
	policy  posting.ChargebackPolicy
	applies bool // the next chargeback goes by it
	payers  []posting.Payer
}

// disputesOf lists what each behavior would take of whom in a chargeback of all that was captured. One account can only be
// named where the policy that applies names it.
func disputesOf(p *posting.Payment, applies posting.ChargebackPolicy) (list []dispute) {
	if p.Captured.IsZero() {
		return nil
	}
	for _, b := range []wire.Behavior{posting.DeductFromLiableAccount, posting.DeductFromOneBalanceAccount, posting.DeductAccordingToSplitRatio} {
		d := dispute{policy: posting.ChargebackPolicy{Behavior: b}}
		if applies.Behavior == b {
			d.policy, d.applies = applies, true
		}
		if b == posting.DeductFromOneBalanceAccount && d.policy.TargetAccount == "" {
			d.policy.TargetAccount = "TARGET"
		}
		d.payers = p.ChargebackOf(d.policy, p.Captured)
		list = append(list, d)
	}
	return list
}

// events prints the payment's events, each with its entries. The columns of all are aligned.
func (s *sheet) events() error {
	g := newGrid("ENTRY", "ACCOUNT", "SUB", "FOR", "REFERENCE", "CURRENCY", ">DEBIT", ">CREDIT", "REASON")
	rows := make([]int, len(s.Events)) // of each event
	for i, e := range s.Events {
		for _, entry := range e.Record.Entries {
			s.entry(g, &entry)
			rows[i] += len(entry.Postings)
		}
	}
	lines := g.lines()
	headings, lines := lines[0], lines[1:]
	fmt.Fprintf(s.out, "\nEvents and entries\n\n")
	if g.some {
		if err := writeLines(s.out, "    ", headings); err != nil {
			return err
		}
	}
	for i, e := range s.Events {
		if err := writeLines(s.out, "  ", fmt.Sprintf("%s  %s  %s%s", stamp(e.Record.At), e.Event.Type, printable(e.Event.ID), said(&e.Event))); err != nil {
			return err
		}
		if err := writeLines(s.out, "    ", lines[:rows[i]]...); err != nil {
			return err
		}
		lines = lines[rows[i]:]
	}
	return nil
}

// said is what an event says of its circumstances that its entries do not show.
func said(e *posting.Event) (text string) {
	for _, f := range [][2]string{
		{"rule", e.Rule}, {"movement", e.Movement}, {"part", e.Part}, {"capture", e.Capture}, {"batch", e.Batch}, {"refund", e.Refund}, {"chargeback", e.Chargeback}, {"reason", e.Reason},
	} {
		if f[1] != "" {
			text += "  " + f[0] + " " + printable(f[1])
		}
	}
	return text
}

func (s *sheet) entry(g *grid, e *ledger.Entry) {
	number := strconv.FormatUint(e.Number, 10)
	for _, p := range e.Postings {
		debit, credit := s.money.Format(p.Amount), ""
		if p.Amount.Sign() < 0 {
			debit, credit = "", s.money.Format(p.Amount.Neg())
		}
		g.add(number, string(p.Account), p.Sub.String(), p.Type, p.Reference, string(p.Amount.Currency()), debit, credit, p.Reason)
		number = ""
	}
}

package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

const paymentHelp = `Prints what became of a payment: how far it has come, its captures, who got which part
of it, the fees and who bore them, the refunds, and every event with the entries it made
in the books, as debits and credits.

The ID is the one that the payment's events carry as "payment".`

func (c *cli) paymentCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "payment ID",
		Short:             "Print what became of a payment",
		Long:              paymentHelp,
		Example:           "  splitledger payment order-1001\n  splitledger payment order-1001 --json",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = runs(func(_ *cobra.Command, args []string) error {
		l, err := c.openToRead()
		if err != nil {
			return err
		}
		defer l.Close()
		book, err := posting.New(l, posting.Options{})
		if err != nil {
			return err
		}
		p, err := book.Payment(args[0])
		if err != nil {
			return err
		}
		if asJSON {
			return writeJSON(c.stdout, paymentAsJSON(p))
		}
		return printPayment(c.stdout, l.Table(), p)
	})
	return cmd
}

// A sheet prints a payment for people.
type sheet struct {
	out   io.Writer
	money money.Table
	*posting.Payment
}

func printPayment(out io.Writer, t money.Table, p *posting.Payment) error {
	s := &sheet{out, t, p}
	for _, section := range []func() error{s.head, s.captures, s.parts, s.fees, s.refunds, s.events} {
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
	g := newGrid("CAPTURE", "AT", ">AMOUNT", ">REFUNDED", "STATUS", "BATCH", "NOTE")
	for _, c := range s.Captures {
		status := "pending"
		if c.Settled {
			status = "settled"
		}
		note := c.Reason
		if c.Fallback {
			note = "fallback: " + note
		}
		g.add(c.ID, stamp(c.At), s.amount(c.Amount), s.amount(c.Refunded), status, c.Batch, note)
	}
	return s.section("Captures", g)
}

func (s *sheet) parts() error {
	g := newGrid("PART", "ACCOUNT", "REFERENCE", ">AMOUNT", ">REFUNDED", "STATUS", "REASON")
	for _, p := range s.Parts {
		g.add(p.Type, string(p.Account), p.Reference, s.amount(p.Amount), s.amount(p.Refunded), string(p.Status), p.Reason)
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

func (s *sheet) refunds() error {
	g := newGrid("REFUND", "AT", ">AMOUNT")
	for _, r := range s.Refunds {
		g.add(r.ID, stamp(r.At), s.amount(r.Amount))
	}
	return s.section("Refunds", g)
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
		if err := writeLines(s.out, "  ", fmt.Sprintf("%s  %s  %s", stamp(e.Record.At), e.Event.Type, printable(e.Event.ID))); err != nil {
			return err
		}
		if err := writeLines(s.out, "    ", lines[:rows[i]]...); err != nil {
			return err
		}
		lines = lines[rows[i]:]
	}
	return nil
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

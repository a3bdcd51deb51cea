package commands

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/examples"
	"github.com/splitledger/splitledger/internal/eventlines"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// demoHelp promises that no network is needed and that no ledger of the user's is touched.
const demoHelp = `Makes a ledger, books examples in it, verifies it, and shows the balances of all accounts
and what became of one payment.

The examples are the payments that the providers' own documentation works through, and
a day of a made-up marketplace with a few mistakes in it. They are part of the program
and need no network. The ledger is left in a temporary directory, or where --ledger
says, to try other commands on. It is always a new one.`

// demoPayment is the payment whose flow the demo shows: a simple one, from its authorisation to its
// settlement.
const demoPayment = "adyen-400"

// demoRows is how many accounts the demo shows in each currency; the others are summed up. The demo
// has to fit on a few screens.
const demoRows = 8

// demoCommand makes 'splitledger demo'. It writes, and therefore into a new ledger alone: nobody's
// books may get examples into them.
func (c *cli) demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:         "demo",
		Short:       "Book examples and show the books",
		Long:        demoHelp,
		Annotations: map[string]string{onlyTable: "the demo is for people alone"},
	}
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		if err := c.makesFile(); err != nil {
			return err
		}
		// Not the usual ledger, which may have somebody's books, nor a place that must be cleaned
		// up before a second demo.
		if !cmd.Flags().Changed("ledger") {
			dir, err := os.MkdirTemp("", "splitledger-demo-")
			if err != nil {
				return &failure{exitUsage, err}
			}
			c.ledger = filepath.Join(dir, "demo.db")
		}
		if _, err := os.Lstat(c.ledger); err == nil { // somebody's books
			return c.taken(fs.ErrExist)
		}
		l, err := c.openToWrite()
		if err != nil {
			return err
		}
		err = c.demo(cmd.Context(), l)
		if closing := l.Close(); err == nil {
			err = closing
		}
		return err
	})
	return cmd
}

// demo books the examples and shows, part by part, what the other commands would. The first part
// that fails ends it.
func (c *cli) demo(ctx context.Context, l *ledger.Ledger) error {
	for _, show := range []func(context.Context, *ledger.Ledger) error{
		c.demoPost, c.demoVerify, c.demoBalances, c.demoFlow, c.demoNext,
	} {
		if err := show(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// heading starts a part of the demo.
func (c *cli) heading(text string) {
	fmt.Fprintf(c.stdout, "\n%s\n%s\n\n", text, strings.Repeat("-", len(text)))
}

// demoPost books the examples, file by file, as 'splitledger post' would. Some events are wrong on
// purpose: their refusals are printed below the count of their file, and the demo goes on.
func (c *cli) demoPost(ctx context.Context, l *ledger.Ledger) error {
	fmt.Fprintf(c.stdout, "A new ledger in %s\n", c.ledger)
	c.heading("Booking the examples")
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		return err
	}
	names, err := fs.Glob(examples.Files, "*.jsonl")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := examples.Files.ReadFile(name)
		if err != nil {
			return err
		}
		var refusals bytes.Buffer
		// The report of a file prints refusals as they come. Here they belong below its summary.
		aside := *c
		aside.stderr = &refusals
		report := newReport(&aside, &query.Books{Ledger: l, Rules: book}, false)
		source := eventlines.Source{Name: name, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(text)), nil
		}}
		if err := eventlines.Post(ctx, book, []eventlines.Source{source}, report, 0); err != nil {
			return err
		}
		fmt.Fprintf(c.stdout, "%-20s %s\n", name, &report.summary)
		for refusal := range strings.Lines(refusals.String()) {
			fmt.Fprint(c.stdout, "    ", refusal)
		}
	}
	return ctx.Err()
}

// demoVerify derives everything again from the journal, as a newcomer's first doubt is whether the
// numbers hold.
func (c *cli) demoVerify(ctx context.Context, l *ledger.Ledger) error {
	c.heading("Verifying: everything derived again from the journal, and compared")
	// Neither verifying nor balances need the rules.
	b := query.Books{Ledger: l}
	v, err := b.Verify(ctx, nil, nil)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "%d events made %d entries with %d postings to %d accounts\n",
		v.Records, v.Entries, v.Postings, v.Accounts)
	return c.printVerdict(v)
}

// demoBalances shows each currency as a trial balance: the sum of all debits is the sum of all
// credits. Accounts that are not among the largest are summed up in one row, so that the columns
// still add up.
func (c *cli) demoBalances(_ context.Context, l *ledger.Ledger) error {
	c.heading("Balances by account: what is held is what is owed, in every currency")
	b := query.Books{Ledger: l}
	sheets, err := b.Sheets(demoRows)
	if err != nil {
		return err
	}
	t := c.display(l)
	s := newListing[query.SheetRow](t)
	for i, sheet := range sheets {
		if i > 0 {
			s.gap()
		}
		for _, r := range sheet.Rows {
			s.add(r)
		}
		if sheet.More > 0 {
			s.add(sheet.Rest)
			s.label(fmt.Sprintf("%d more, net", sheet.More))
		}
		// A sum has no holder, so that column has room for what the two sides differ by.
		sheet.Total.Holder = "difference " + t.Format(sheet.Difference.Amount)
		s.add(sheet.Total)
		s.label("sum")
	}
	return s.writeTo(c.stdout, "")
}

// demoFlow shows one payment from its authorisation to its settlement.
func (c *cli) demoFlow(_ context.Context, l *ledger.Ledger) error {
	c.heading("The flow of one payment: 400.00 USD, split between a seller and the platform")
	b, err := query.Of(l)
	if err != nil {
		return err
	}
	p, err := b.Payment(demoPayment)
	if err != nil {
		return err
	}
	return printSheet(c.stdout, c.display(l), p)
}

// demoNext says what to try on the ledger, in commands that work when they are copied.
func (c *cli) demoNext(context.Context, *ledger.Ledger) error {
	c.heading("What to try next")
	fmt.Fprintf(c.stdout, "  go install ./cmd/splitledger\n  export %s=%s\n\n", ledgerEnv, c.ledger)
	for _, args := range []string{
		"balance --currency USD",
		"statement BA00000000000000000000002",
		"payment xendit-100            # a split that did not fit",
		"balance --at 2026-03-09       # before the marketplace opened",
		"report trial-balance          # opening, what moved, closing",
		"--help",
	} {
		if _, err := fmt.Fprintln(c.stdout, "  splitledger", args); err != nil {
			return err
		}
	}
	return nil
}

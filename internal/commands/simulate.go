package commands

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/internal/eventlines"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// simulateHelp says what stays as it was, without which the numbers are easily misread. Its fields
// of JSON are those of [query.Outcome], and are kept in step by hand.
const simulateHelp = `Says what a rule would have come to on payments of the past, and books nothing: what its
routes would have given each account, which balances would differ, which payments would
have failed, and which accounts would have gone negative.

The events are booked twice, as they were and with the rule in place of the splits that
payments of the rule's currency name, in two ledgers of their own that are removed again.
Payments follow the version of the rule that they meet the conditions of; the others stay
as they are.
Fee splits and the splits of refunds are left out with the rule. Payments of providers that
are split after the capture stay as they are. So do events that were refused anyway.

--ledger-payments takes the events of the ledger. --events FILE takes event lines from a
file (- is standard input), with the accounts, rules and default of chargebacks of the
ledger, if there is one, to begin with. The rule is one of the ledger, or one that the
file makes.

It exits with 0 also where payments would have failed.

--json prints
  {"rule","currency","payments","failed","untouched",
   "parties":[{"account","splits","given","lost","was","would"}],
   "failures":[{"payment","event","type","error"}],
   "negatives":[{"account","currency","pending","available","reserved","balance",
     "since","event"}]}
with whole minor units.`

// simulateFlags say which events: those of the ledger, or those of a file.
type simulateFlags struct {
	// a file, - for standard input; "" where the ledger's own are taken
	events   string
	ledger   bool
	currency string // "" is the rule's
}

// simulateCommand makes 'splitledger rules simulate'. It books into temporary ledgers alone, and
// opens the real one for reading.
func (c *cli) simulateCommand() *cobra.Command {
	var f simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate RULE",
		Short: "Try a rule on past payments; books nothing",
		Long:  simulateHelp,
		Example: `  splitledger rules simulate standard --ledger-payments
  splitledger rules simulate standard --events march.jsonl --json`,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.events, "events", "", "take the events of a `file`; - is standard input")
	flags.BoolVar(&f.ledger, "ledger-payments", false, "take the events of the ledger")
	flags.StringVar(&f.currency, "currency", "", "of the payments, where the rule is for any `currency`")
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		if err := atMostOne(cmd, "events", "ledger-payments"); err != nil {
			return err
		}
		// Neither is the default: a simulation of all payments may take as long as booking them
		// twice.
		if err := checkCurrency(f.currency); err != nil {
			return err
		}
		if f.events == "" && !f.ledger {
			return unusable("expected --events FILE or --ledger-payments: the events to try the rule on")
		}
		return c.simulate(cmd.Context(), args[0], &f)
	})
	return cmd
}

// simulate runs the simulation and prints what came of it. Without a ledger amounts are written as
// ISO 4217 has them.
func (c *cli) simulate(ctx context.Context, rule string, f *simulateFlags) error {
	var again func() (io.ReadCloser, error)
	var err error
	if !f.ledger {
		if again, err = c.readable(f.events); err != nil {
			return err
		}
	}
	l, err := c.openIfThere(f.ledger)
	if err != nil {
		return err
	}
	// knows the currencies of ISO 4217, and no assets of a ledger's own
	table := display{columns.For(money.Table{}), c}
	if l != nil {
		defer c.close(l)
		table = c.display(l)
	}
	// A rule that is not there is found before any event is booked.
	s, err := c.simulation(ctx, l, rule, f, again)
	if err != nil {
		return err
	}
	s.Currency = money.Currency(f.currency)
	out, err := s.Run(ctx)
	if err != nil {
		return err
	}
	switch c.form {
	case asJSON:
		return writeJSON(c.stdout, out)
	case asCSV:
		return columns.WriteCSV(c.stdout, table.Style, query.Each(out.Parties))
	}
	return c.outcomeTables(out, table)
}

// simulation says what is tried on which events. There is a ledger at least where its own payments
// are asked for. In that case the simulated books begin empty, as the events make all that the
// ledger has.
func (c *cli) simulation(
	ctx context.Context, l *ledger.Ledger, rule string, f *simulateFlags, again func() (io.ReadCloser, error),
) (s query.Simulation, err error) {
	if f.ledger {
		b, err := c.booksOf(l, nil)
		if err != nil {
			return s, err
		}
		s.Events, s.Assets = query.EventsOf(ctx, l), c.display(l).Assets()
		s.Versions, err = b.SplitRule(rule)
		return s, err
	}
	s.Ledger, s.Events = l, eventsIn(f.events, again)
	s.Versions, err = s.FindRule(rule)
	return s, err
}

// openIfThere opens the ledger for reading, which there need not be unless its payments are asked
// for: a rule can be tried before there are any books.
func (c *cli) openIfThere(needed bool) (*ledger.Ledger, error) {
	if c.missing() && !needed {
		return nil, nil
	}
	return c.openToRead()
}

// readable returns what reads a file from its beginning, as often as it is called: the rule is
// looked for in the events before they are booked. A stream is kept in memory for that.
func (c *cli) readable(name string) (func() (io.ReadCloser, error), error) {
	if c.stream(name) {
		in, err := c.files.open(name)
		if err != nil {
			return nil, &failure{exitUsage, err}
		}
		defer in.Close()
		text, err := io.ReadAll(in)
		c.files.keep(name, text)
		return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }, err
	}
	if err := c.openable([]string{name}); err != nil {
		return nil, err
	}
	return func() (io.ReadCloser, error) { return c.files.open(name) }, nil
}

// eventsIn yields the events among the lines of a file. Lines that are no events are left out, as
// 'splitledger post' would refuse them.
func eventsIn(name string, open func() (io.ReadCloser, error)) iter.Seq2[posting.Event, error] {
	return func(yield func(posting.Event, error) bool) {
		r, err := open()
		if err != nil {
			yield(posting.Event{}, err)
			return
		}
		defer r.Close()
		lines := eventlines.NewReader(r)
		for {
			line, whole, err := lines.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(posting.Event{}, fmt.Errorf("%s: after line %d: %w", name, lines.Number, err))
				return
			}
			// A line that is longer than an event may be is none.
			if !whole {
				continue
			}
			e, err := posting.Decode(line)
			if err == nil && !yield(e, nil) {
				return
			}
		}
	}
}

// outcomeTables prints what the rule would have come to: a sentence with the counts, and a table
// for each question that has an answer.
func (c *cli) outcomeTables(o *query.Outcome, t display) error {
	fmt.Fprintf(c.stdout, "%s (%s), %s: %s followed the rule, %s would have failed, %s as before\n",
		printable(o.Rule), printable(o.Name), o.Currency,
		plural(uint64(o.Payments), "payment"), plural(uint64(o.Failed), "event"),
		plural(uint64(o.Untouched), "payment"))
	failures := o.Failures
	// The table says that it is not complete; JSON has the count of all beside the list.
	if n := o.Unlisted(); n > 0 {
		failures = append(slices.Clip(failures), query.Failure{Payment: fmt.Sprintf("%d more", n)})
	}
	return cmp.Or(
		printTitled(c, "Who would have got what", o.Parties, t),
		printTitled(c, "What would have failed", failures, t),
		printTitled(c, "Who would have gone below zero", o.Negatives, t),
	)
}

// printTitled prints a table under a title, if it has rows: a title without any would read like an answer.
func printTitled[T any](c *cli, title string, rows []T, t display) error {
	if len(rows) == 0 {
		return nil
	}
	fmt.Fprintf(c.stdout, "\n%s\n\n", title)
	return listed(t, rows).writeTo(c.stdout, "  ")
}

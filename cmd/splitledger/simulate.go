package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/report"
)

const simulateHelp = `Says what a rule would have come to on payments of the past, and books nothing: what its
routes would have given each account, whose balance would be another, which payments would
have failed, and who would have gone below zero.

The events are booked twice, as they were and with the rule in place of the splits that
payments of the rule's currency name, in two ledgers of their own that are removed again.
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
   "negatives":[{"account","currency","available","balance","since","event"}]}
with whole minor units.`

// simulateFlags say which events.
type simulateFlags struct {
	events string
	ledger bool
	json   bool
}

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
	flags.BoolVar(&f.json, "json", false, "print JSON")
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		if err := atMostOne(cmd, "events", "ledger-payments"); err != nil {
			return err
		}
		if f.events == "" && !f.ledger {
			return unusable("expected --events FILE or --ledger-payments: the events to try the rule on")
		}
		return c.simulate(cmd.Context(), args[0], &f)
	})
	return cmd
}

func (c *cli) simulate(ctx context.Context, rule string, f *simulateFlags) error {
	var s report.Simulation
	table := money.Table{}
	l, err := c.openIfThere(f.ledger)
	if err != nil {
		return err
	}
	var stored *posting.Rule
	if l != nil {
		defer l.Close()
		table = l.Table()
		book, err := posting.New(l, posting.Options{})
		if err != nil {
			return err
		}
		if stored, err = book.Rule(rule); err != nil && (f.ledger || !errors.Is(err, posting.ErrNotFound)) {
			return err
		}
	}
	if f.ledger {
		s.Events, s.Assets = report.EventsOf(ctx, l), table.Assets()
	} else {
		again, err := c.readable(f.events)
		if err != nil {
			return err
		}
		s.Ledger, s.Events = l, eventsIn(f.events, again)
		if stored == nil {
			if stored, err = ruleIn(s.Events, rule); err != nil {
				return err
			}
		}
	}
	s.Rule = stored
	out, err := s.Run(ctx)
	if err != nil {
		return err
	}
	if f.json {
		return c.outcomeJSON(stored, out)
	}
	return c.outcomeTables(stored, out, table)
}

// openIfThere opens the ledger for reading, which there need not be unless its payments are asked for.
func (c *cli) openIfThere(needed bool) (*ledger.Ledger, error) {
	if _, err := os.Stat(c.ledger); errors.Is(err, fs.ErrNotExist) && !needed {
		return nil, nil
	}
	return c.openToRead()
}

// readable returns what reads a file from its beginning, as often as it is called. Standard input is kept for that.
func (c *cli) readable(name string) (func() (io.ReadCloser, error), error) {
	if name == "-" {
		text, err := io.ReadAll(c.stdin)
		return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }, err
	}
	if err := c.openable([]string{name}); err != nil {
		return nil, err
	}
	return func() (io.ReadCloser, error) { return os.Open(name) }, nil
}

// eventsIn yields the events among the lines of a file. Lines that are no events are none here either.
func eventsIn(name string, open func() (io.ReadCloser, error)) iter.Seq2[posting.Event, error] {
	return func(yield func(posting.Event, error) bool) {
		r, err := open()
		if err != nil {
			yield(posting.Event{}, err)
			return
		}
		defer r.Close()
		lines := newLineReader(r)
		for {
			line, whole, err := lines.next()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(posting.Event{}, fmt.Errorf("%s: after line %d: %w", name, lines.number, err))
				return
			}
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

// ruleIn finds the rule that one of the events makes.
func ruleIn(events iter.Seq2[posting.Event, error], id string) (*posting.Rule, error) {
	for e, err := range events {
		if err != nil {
			return nil, err
		}
		if e.Type == posting.RuleCreate && e.Rule == id {
			return &posting.Rule{ID: e.Rule, Name: e.Name, Currency: e.Currency, Routes: e.Routes, Created: e.At}, nil
		}
	}
	return nil, ledger.Errorf(ledger.Invalid, "there is no rule %q; 'splitledger rules' lists those there are", id)
}

func (c *cli) outcomeTables(r *posting.Rule, o *report.Outcome, t money.Table) error {
	fmt.Fprintf(c.stdout, "%s (%s), %s: %s followed the rule, %s would have failed, %s as before\n",
		printable(r.ID), printable(r.Name), r.Currency, plural(uint64(o.Payments), "payment"), plural(uint64(o.Failed), "event"), plural(uint64(o.Untouched), "payment"))
	g := newGrid("ACCOUNT", ">SPLITS", ">GIVEN", ">LOST", ">BALANCE WAS", ">WOULD BE", ">DIFFERENCE")
	for _, p := range o.Parties {
		difference := money.FromInt(p.Would.Int().Sub(p.Was.Int()), r.Currency)
		g.add(string(p.Account), strconv.Itoa(p.Splits), t.Format(p.Given), t.Format(p.Lost), t.Format(p.Was), t.Format(p.Would), t.Format(difference))
	}
	if err := c.titled("Who would have got what", g); err != nil {
		return err
	}
	g = newGrid("PAYMENT", "EVENT", "TYPE", "WHY")
	for _, f := range o.Failures {
		g.add(f.Payment, f.Event, string(f.Type), f.Err.Error())
	}
	if n := o.Failed - len(o.Failures); n > 0 {
		g.add(fmt.Sprintf("%d more", n), "", "", "")
	}
	if err := c.titled("What would have failed", g); err != nil {
		return err
	}
	g = newGrid("ACCOUNT", "CURRENCY", ">PENDING", ">AVAILABLE", ">RESERVED", ">BALANCE", "SINCE", "EVENT")
	for _, n := range o.Negatives {
		g.add(append(append([]string{string(n.Account.ID)}, balanceCells(t, n.Balance)...), stamp(n.Since), n.Event)...)
	}
	return c.titled("Who would have gone below zero", g)
}

// titled prints a table under a title, if it has rows.
func (c *cli) titled(title string, g *grid) error {
	if !g.some {
		return nil
	}
	fmt.Fprintf(c.stdout, "\n%s\n\n", title)
	return g.writeTo(c.stdout, "  ")
}

// outcomeJSON is the outcome of a simulation as JSON.
type outcomeJSON struct {
	Rule      string          `json:"rule"`
	Currency  money.Currency  `json:"currency"`
	Payments  int             `json:"payments"`
	Failed    int             `json:"failed"`
	Untouched int             `json:"untouched"`
	Parties   []partyJSON     `json:"parties"`
	Failures  []simulateError `json:"failures"`
	Negatives []simulatedDebt `json:"negatives"`
}

type partyJSON struct {
	Account accounts.ID `json:"account"`
	Splits  int         `json:"splits"`
	Given   json.Number `json:"given"`
	Lost    json.Number `json:"lost"`
	Was     json.Number `json:"was"`
	Would   json.Number `json:"would"`
}

type simulateError struct {
	Payment string        `json:"payment,omitempty"`
	Event   string        `json:"event"`
	Type    posting.Type  `json:"type"`
	Error   *ledger.Error `json:"error"`
}

type simulatedDebt struct {
	Account   accounts.ID    `json:"account"`
	Currency  money.Currency `json:"currency"`
	Available json.Number    `json:"available"`
	Balance   json.Number    `json:"balance"`
	Since     string         `json:"since"`
	Event     string         `json:"event"`
}

func (c *cli) outcomeJSON(r *posting.Rule, o *report.Outcome) error {
	j := outcomeJSON{
		Rule: r.ID, Currency: r.Currency, Payments: o.Payments, Failed: o.Failed, Untouched: o.Untouched,
		Parties: []partyJSON{}, Failures: []simulateError{}, Negatives: []simulatedDebt{},
	}
	for _, p := range o.Parties {
		j.Parties = append(j.Parties, partyJSON{p.Account, p.Splits, minor(p.Given), minor(p.Lost), minor(p.Was), minor(p.Would)})
	}
	for _, f := range o.Failures {
		j.Failures = append(j.Failures, simulateError{f.Payment, f.Event, f.Type, asError(f.Err)})
	}
	for _, n := range o.Negatives {
		j.Negatives = append(j.Negatives, simulatedDebt{n.Account.ID, n.Balance.Currency, minor(n.Balance.Available), minor(n.Balance.Total()), stamp(n.Since), n.Event})
	}
	return writeJSON(c.stdout, j)
}

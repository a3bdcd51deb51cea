package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/report"
)

const recoverHelp = `Says how debts could be made good: sub-accounts and platform that have less than nothing
available, after a refund or chargeback of what was paid out already. Nothing is booked
unless --post says so.

The means are tried in the order that --order gives:

  repay    an account that liable helped before, and that has money available again,
           gives it back: what it has, up to what it was helped
  pending  what the account has pending will net the debt when it is settled; so much of
           the debt is left to wait
  liable   liable covers what is left of the debt

Without pending in the order, liable covers debts at once; without liable, what later
income does not net stays a debt. A step on a frozen account is shown and not booked.

--post books the transfers, with the references "recover: cover" and "recover: repay" by
which they are known again. Their ids follow from the state of the books: a command that
was cut off may be given again, and nothing is booked twice.

--json prints an array of {"account","means","amount","why","result","transfer","entries"}:
the transfer is an event as 'splitledger post' takes it, the entries are those booked.`

func (c *cli) recoverCommand() *cobra.Command {
	var order string
	var post, asJSON bool
	cmd := &cobra.Command{
		Use:   "recover",
		Short: "Say how to make good what accounts are below zero, and do it",
		Long:  recoverHelp,
		Example: `  splitledger recover
  splitledger recover --order repay,liable --post`,
	}
	flags := cmd.Flags()
	flags.StringVar(&order, "order", "repay,pending,liable", "the `means` in their order")
	flags.BoolVar(&post, "post", false, "book the transfers")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		means, err := report.ParseOrder(order)
		if err != nil {
			return unusable("--order: %w", err)
		}
		l, err := c.openToRecover(post)
		if err != nil {
			return err
		}
		err = c.recover(cmd.Context(), l, means, post, asJSON)
		if closing := l.Close(); err == nil {
			err = closing
		}
		return err
	})
	return cmd
}

// openToRecover opens a ledger that exists, for writing only where something is to be booked.
func (c *cli) openToRecover(post bool) (*ledger.Ledger, error) {
	l, err := c.openToRead()
	if err != nil || !post {
		return l, err
	}
	if err := l.Close(); err != nil {
		return nil, err
	}
	return c.openToWrite()
}

func (c *cli) recover(ctx context.Context, l *ledger.Ledger, order []report.Means, post, asJSON bool) error {
	steps, err := report.Recover(ctx, l, order)
	if err != nil {
		return err
	}
	results := make([]stepResult, len(steps))
	for i, s := range steps {
		results[i] = stepResult{step: s, did: "would transfer"}
		if s.Transfer == nil {
			results[i].did = "waits"
		}
	}
	if post {
		if err := bookSteps(ctx, l, results); err != nil {
			return err
		}
	}
	if asJSON {
		err = c.stepsJSON(results)
	} else {
		err = c.stepsTable(results, l.Table())
	}
	for _, r := range results {
		if r.refusal != nil {
			fmt.Fprintf(c.stderr, "%s: %s\n", r.step.Transfer.ID, printable(r.refusal.Error()))
			err = &failure{exitRefused, nil}
		}
	}
	return err
}

// A stepResult is a step with what became of it.
type stepResult struct {
	step    report.Step
	did     string // "would transfer", "waits", "transferred", "refused"
	entries []uint64
	refusal error
}

// bookSteps books the transfers of the steps, all at once.
func bookSteps(ctx context.Context, l *ledger.Ledger, results []stepResult) error {
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		return err
	}
	var events []posting.Event
	var of []*stepResult
	for i := range results {
		if t := results[i].step.Transfer; t != nil {
			events, of = append(events, *t), append(of, &results[i])
		}
	}
	for i, r := range book.PostBatch(ctx, events) {
		switch {
		case ledger.Failed(r.Err):
			return r.Err
		case r.Err != nil:
			of[i].did, of[i].refusal = "refused", r.Err
		default:
			of[i].did, of[i].entries = "transferred", r.Receipt.Entries
		}
	}
	return nil
}

func (c *cli) stepsTable(results []stepResult, t money.Table) error {
	g := newGrid("ACCOUNT", "MEANS", "CURRENCY", ">AMOUNT", "FROM", "TO", "RESULT", "WHY")
	for _, r := range results {
		from, to := "", ""
		if e := r.step.Transfer; e != nil {
			from, to = string(e.From), string(e.To)
		}
		g.add(string(r.step.Account), string(r.step.Means), string(r.step.Amount.Currency()), t.Format(r.step.Amount), from, to, r.did, r.step.Why)
	}
	if !g.some {
		return c.note("there is nothing to recover")
	}
	return g.writeTo(c.stdout, "")
}

// stepLine is a step as JSON; the transfer is an event as 'splitledger post' takes it.
type stepLine struct {
	Account  accounts.ID     `json:"account"`
	Means    report.Means    `json:"means"`
	Amount   amountJSON      `json:"amount"`
	Why      string          `json:"why"`
	Result   string          `json:"result"`
	Transfer json.RawMessage `json:"transfer,omitempty"`
	Entries  []uint64        `json:"entries,omitempty"`
}

func (c *cli) stepsJSON(results []stepResult) error {
	out := newArrayWriter(c.stdout)
	for _, r := range results {
		line := stepLine{
			Account: r.step.Account, Means: r.step.Means, Amount: asAmount(r.step.Amount), Why: r.step.Why, Result: r.did, Entries: r.entries,
		}
		if e := r.step.Transfer; e != nil {
			line.Transfer = e.AppendJSON(nil)
		}
		if err := out.add(line); err != nil {
			return err
		}
	}
	return out.end()
}

package commands

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/query"
)

// recoverHelp explains the means in the order in which they are usually tried. Its fields of JSON
// are those of [query.Step], and are kept in step by hand.
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

--recorded TIME proposes what would have been proposed then, from what was recorded by that
time; it books nothing.

--json prints an array of {"account","means","currency","amount","result","why","transfer",
"entries"} with whole minor units: the transfer is an event as 'splitledger post' takes it,
the entries are those booked.`

// recoverCommand makes 'splitledger recover'. Whether a seller's debt is waited for or paid is a
// decision about people, so the command proposes and books only when it is told to.
func (c *cli) recoverCommand() *cobra.Command {
	var order string
	var post bool
	var then recordedFlag
	cmd := &cobra.Command{
		Use:   "recover",
		Short: "Propose transfers that cover negative balances, and book them",
		Long:  recoverHelp,
		Example: `  splitledger recover
  splitledger recover --order repay,liable --post`,
	}
	flags := cmd.Flags()
	flags.StringVar(&order, "order", "repay,pending,liable", "the `means` in their order")
	flags.BoolVar(&post, "post", false, "book the transfers")
	then.register(cmd)
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		// An order that cannot be is found before the ledger is opened.
		means, err := query.ParseOrder(order)
		if err != nil {
			return unusable("--order: %w", err)
		}
		// What was proposed then is not what is to be booked now.
		if err := atMostOne(cmd, "post", "recorded"); err != nil {
			return err
		}
		b, err := c.openToRecover(post, &then)
		if err != nil {
			return err
		}
		err = c.recover(cmd.Context(), b, means, post)
		if closing := c.close(b.Ledger); err == nil {
			err = closing
		}
		return err
	})
	return cmd
}

// openToRecover opens the books of a ledger that exists, for writing only where something is to be booked.
func (c *cli) openToRecover(post bool, then *recordedFlag) (*query.Books, error) {
	if post {
		return c.openBooksToWrite()
	}
	b, _, err := then.books(c)
	return b, err
}

// recover prints the steps, booked or not. Each step is a transfer of its own, so that one may be refused and the
// others booked. What was refused is reported below them, by the id under which it was to be booked, and makes the
// command fail.
func (c *cli) recover(ctx context.Context, b *query.Books, order []query.Means, post bool) error {
	steps, err := b.Recovery(ctx, order)
	if err == nil && post {
		err = b.Recover(ctx, steps)
	}
	if err != nil {
		return err
	}
	// Steps are shown before refusals, which name their transfers by id.
	err = printList(c, c.form, query.Each(steps), c.display(b.Ledger), "there is nothing to recover")
	for _, s := range steps {
		if s.Refusal != nil {
			fmt.Fprintf(c.stderr, "%s: %s\n", s.Transfer.ID, printable(s.Refusal.Error()))
			err = &failure{exitRefused, nil}
		}
	}
	return err
}

package commands

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// verifyHelp says what is compared and what a noted head is good for, since verify alone cannot
// find a journal that was replaced as a whole.
const verifyHelp = `Derives everything anew from the journal and compares: checksums, the chain of hashes, that
every entry sums to zero in every currency, each account's chain of postings, balances,
checkpoints, daily totals and the index of keys. It prints what it looked at, and every place
that is not as it should be, and exits with 1 if there is one. It changes nothing.

A ledger is refused where its index knows later blocks than its journal has: something was
lost, or an older copy was put in its place. --accept-loss gives up what is missing: it takes
the number of the block that the journal ends with, as the refusal says, so that what was
decided is what is done. The index is then made again, and named as damaged this once.

The head is the number and the hash of the last block and stands for all of history: a
ledger with the same head has the same books. Note it elsewhere: --contains, given a head
that was noted, checks that the ledger still has that block, so that nothing up to it was
lost or changed, also by somebody who knows how to write a ledger's file.`

// verifyCommand makes 'splitledger verify'. It reads, except with --accept-loss, which makes an
// index anew that knows of lost blocks. A ledger that cannot even be opened is an answer as well:
// its damage is printed like any other.
func (c *cli) verifyCommand() *cobra.Command {
	var acceptLoss uint64
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check the books against their journal",
		Long:  verifyHelp,
		Example: `  splitledger verify --ledger copy.db
  splitledger verify --contains 812:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`,
	}
	var contains []string
	cmd.Flags().StringArrayVar(&contains, "contains", nil,
		"check that the ledger has the block `BLOCK:HASH`, a head noted before; may be repeated")
	cmd.Flags().Uint64Var(&acceptLoss, "accept-loss", 0,
		"give up what was lost after the `BLOCK` that the journal ends with")
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		noted, err := parseHeads(contains)
		if err != nil {
			return err
		}
		// Only giving up what was lost writes anything.
		open := func() (*ledger.Ledger, error) { return c.openToRead(ScopeAdmin) }
		if acceptLoss > 0 {
			open = func() (*ledger.Ledger, error) { return c.openAccepting(acceptLoss) }
		}
		l, err := open()
		// A damaged ledger may not open at all.
		if damaged, ok := query.Unopened(c.ledger, err); ok {
			return c.printVerification(damaged)
		}
		if err != nil {
			return err
		}
		defer c.close(l)
		return c.verify(cmd.Context(), l, noted)
	})
	return cmd
}

// parseHeads reads heads that were noted, each a block's number and hash. One written wrong is an error of use, and not
// damage of the ledger.
func parseHeads(texts []string) (list []journal.BlockID, err error) {
	for _, text := range texts {
		id, err := journal.ParseBlockID(text)
		if err != nil {
			return nil, unusable("--contains: %w", err)
		}
		list = append(list, id)
	}
	return list, nil
}

// verify checks the ledger, and that it still has the blocks that were noted. It needs no rules:
// those of a damaged ledger may not be readable. It prints what it found, and fails if there is
// damage.
func (c *cli) verify(ctx context.Context, l *ledger.Ledger, noted []journal.BlockID) error {
	// Verifying reads every record, which takes as long as the ledger is large.
	shown := newProgress(c.stderr)
	b := query.Books{Ledger: l}
	v, err := b.Verify(ctx, noted, func(p ledger.Progress) {
		shown.tell(p.Done, "records", " of "+thousands(p.Total))
	})
	shown.done()
	if err != nil {
		return err
	}
	return c.printVerification(v)
}

// printVerification prints what was looked at and found. The counts show that all of the ledger was
// read. It fails where there is damage, also if nobody reads the answer to its end.
func (c *cli) printVerification(v query.Verification) error {
	switch c.form {
	case asJSON:
		return despite(writeJSON(c.stdout, v), verdict(v))
	case asCSV:
		return despite(columns.WriteCSV(c.stdout, columns.Style{}, query.Each([]query.Verification{v})), verdict(v))
	}
	fmt.Fprintf(c.stdout, "checked %s records in %s blocks: %s entries, %s postings, %s keys, %s accounts\n",
		thousands(v.Records), thousands(v.Blocks),
		thousands(v.Entries), thousands(v.Postings), thousands(v.Keys), thousands(v.Accounts))
	fmt.Fprintf(c.stdout, "head %s\nledger %s\n", v.HeadID, v.ID)
	return c.printVerdict(v)
}

// printVerdict prints every place that is damaged, or that none is. It fails where there is damage.
func (c *cli) printVerdict(v query.Verification) error {
	for _, d := range v.Damage {
		fmt.Fprintf(c.stdout, "damage: %s: %s\n", d.Place, d.What)
	}
	// The last line is the one that a script or a person in a hurry looks at.
	text := "OK: no differences"
	if n := len(v.Damage); n == 1 {
		text = "1 problem found"
	} else if n > 1 {
		text = fmt.Sprintf("%d problems found", n)
	}
	_, err := fmt.Fprintln(c.stdout, text)
	return despite(err, verdict(v))
}

// verdict fails where there is damage. The damage itself has been printed.
func verdict(v query.Verification) error {
	if !v.OK {
		return &failure{exitRefused, nil}
	}
	return nil
}

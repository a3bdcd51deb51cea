package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal"
)

const verifyHelp = `Derives everything anew from the journal and compares: checksums, the chain of hashes, that
every entry sums to zero in every currency, each account's chain of postings, balances,
checkpoints and the index of keys. It prints what it looked at, and every place that is
not as it should be, and exits with 1 if there is one. It changes nothing.

A ledger is refused where its index knows later blocks than its journal has: something was
lost, or an older copy was put in its place. --accept-loss gives up what is missing: it takes
the number of the block that the journal ends with, as the refusal says, so that what was
decided is what is done. The index is then made again, and named as damaged this once.

The head is the number and the hash of the last block and stands for all of history: a
ledger with the same head has the same books. Note it elsewhere: --contains, given a head
that was noted, checks that the ledger still has that block, so that nothing up to it was
lost or changed, also by somebody who knows how to write a ledger's file.`

func (c *cli) verifyCommand() *cobra.Command {
	var asJSON bool
	var acceptLoss uint64
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check the books against their journal",
		Long:  verifyHelp,
		Example: `  splitledger verify --ledger copy.db
  splitledger verify --contains 812:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`,
	}
	var contains []string
	cmd.Flags().StringArrayVar(&contains, "contains", nil, "check that the ledger has the block `BLOCK:HASH`, a head noted before; may be repeated")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().Uint64Var(&acceptLoss, "accept-loss", 0,
		"give up what was lost after the `BLOCK` that the journal ends with")
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		noted, err := parseHeads(contains)
		if err != nil {
			return err
		}
		open := c.openToRead
		if acceptLoss > 0 {
			open = func() (*ledger.Ledger, error) { return c.openAccepting(acceptLoss) }
		}
		l, err := open()
		if damage, ok := errors.AsType[*ledger.Error](err); ok && damage.Code == ledger.Corrupt {
			return c.printVerification(ledger.Verification{Damage: []ledger.Damage{{Place: c.ledger, What: damage.Message}}}, asJSON)
		}
		if err != nil {
			return err
		}
		defer l.Close()
		return c.verify(cmd.Context(), l, noted, asJSON)
	})
	return cmd
}

// parseHeads reads heads that were noted.
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

// verify checks the ledger, and that it has the blocks that were noted, and prints what it found. It fails where there is damage.
func (c *cli) verify(ctx context.Context, l *ledger.Ledger, noted []journal.BlockID, asJSON bool) error {
	shown := newProgress(c.stderr)
	v, err := l.Verify(ctx, func(p ledger.Progress) {
		shown.tell(p.Done, "records", fmt.Sprintf(" of %s", thousands(p.Total)))
	})
	shown.done()
	if err != nil {
		return err
	}
	for _, id := range noted {
		has, err := l.Contains(ctx, id)
		if _, coded := errors.AsType[*ledger.Error](err); err != nil && !coded {
			return err
		}
		if has {
			continue
		}
		what := "is not the one that was noted: it, or something before it, is another"
		if id.Number > v.Head.Number {
			what = fmt.Sprintf("was noted, but the journal ends with block %d: the newest events are missing", v.Head.Number)
		}
		v.Damage = append(v.Damage, ledger.Damage{Place: fmt.Sprintf("journal block %d", id.Number), What: what})
	}
	return c.printVerification(v, asJSON)
}

// verificationJSON is what was looked at and found as JSON.
type verificationJSON struct {
	OK       bool            `json:"ok"`
	ID       uuid.UUID       `json:"id"`
	Blocks   uint64          `json:"blocks"`
	Records  uint64          `json:"records"`
	Entries  uint64          `json:"entries"`
	Postings uint64          `json:"postings"`
	Keys     uint64          `json:"keys"`
	Accounts uint64          `json:"accounts"`
	Head     journal.Hash    `json:"head"`
	HeadID   string          `json:"headId"` // as --contains takes it
	Damage   []ledger.Damage `json:"damage"`
}

func (c *cli) printVerification(v ledger.Verification, asJSON bool) error {
	if asJSON {
		damage := append([]ledger.Damage{}, v.Damage...)
		err := writeJSON(c.stdout, verificationJSON{
			len(damage) == 0, v.ID, v.Blocks, v.Records, v.Entries, v.Postings, v.Keys, v.Accounts, v.Head.Hash, v.Head.String(), damage,
		})
		return despite(err, verdict(v))
	}
	fmt.Fprintf(c.stdout, "checked %s records in %s blocks: %s entries, %s postings, %s keys, %s accounts\nhead %s\nledger %s\n",
		thousands(v.Records), thousands(v.Blocks), thousands(v.Entries), thousands(v.Postings), thousands(v.Keys), thousands(v.Accounts), v.Head, v.ID)
	return c.printVerdict(v)
}

// printVerdict prints every place that is damaged, or that none is. It fails where there is damage.
func (c *cli) printVerdict(v ledger.Verification) error {
	for _, d := range v.Damage {
		fmt.Fprintf(c.stdout, "damage: %s: %s\n", d.Place, d.What)
	}
	text := "all is as the journal says"
	if n := len(v.Damage); n == 1 {
		text = "1 place is not as it should be"
	} else if n > 1 {
		text = fmt.Sprintf("%d places are not as they should be", n)
	}
	_, err := fmt.Fprintln(c.stdout, text)
	return despite(err, verdict(v))
}

// verdict fails where there is damage.
func verdict(v ledger.Verification) error {
	if len(v.Damage) > 0 {
		return &failure{exitRefused, nil}
	}
	return nil
}

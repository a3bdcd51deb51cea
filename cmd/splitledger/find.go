package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/query"
)

// findHelp says what is not found too: somebody who searches in vain must know whether to search elsewhere. Its fields
// of JSON are those of [query.Hit], and are kept in step by hand.
const findHelp = `Finds what has a name: a payment by yours, the merchant's or the provider's reference, a
refund, transfer, payout, rule or event by yours, a movement (capture, refund, dispute,
transfer, payout …) by the provider's reference, an account by its id or the provider's,
and an entry by its number. One name may stand for several things; all are listed, each
with its newest event.

Names are looked up whole, capitals matter. Names of captures and batches, references of
splits and of banks, and what stands in metadata are not indexed, and not found: 'splits
--reference' and 'payments --meta' list by those they have.

--json prints an array of {"kind","name","provider","movement","payment","account","at",
"type","event","record"}. Empty fields are omitted. Exit status 1: nothing has the name.`

// notLookedUp says what may have a name all the same, so that nobody takes it for not booked.
const notLookedUp = `not looked up: captures, batches, references of splits and of banks, metadata;
'splitledger splits --reference' and 'splitledger payments --meta' list by those they have`

// findCommand makes 'splitledger find', for a name that stands in a mail or a report and of which nobody knows what it
// is the name of. It looks up keys, and takes as long in large books as in small ones.
func (c *cli) findCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "find TEXT",
		Short: "Find what has a name or reference",
		Long:  findHelp,
		Example: `  splitledger find order-1
  splitledger find 8835511210681324`,
		Args: cobra.ExactArgs(1),
	}
	cmd.RunE = runs(func(_ *cobra.Command, args []string) error {
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer b.Ledger.Close()
		// A name that nothing has is no error of the search.
		hits, err := b.Find(args[0])
		if err != nil {
			return err
		}
		// JSON is an array in any case: a program reads [] and need not look at the status.
		if len(hits) > 0 || c.form != asTable {
			if err := printList(c, c.form, query.Each(hits), c.display(b.Ledger), ""); err != nil {
				return err
			}
		}
		if len(hits) == 0 {
			// As grep does: a script can ask whether a name is known.
			return fmt.Errorf("nothing in this ledger has the name %q\n%s", args[0], notLookedUp)
		}
		return nil
	})
	return cmd
}

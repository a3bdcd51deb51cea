package commands

import (
	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/query"
)

// findHelp says what is not found too: somebody who searches in vain must know whether to search elsewhere. Its fields
// of JSON are those of [query.Hit], and are kept in step by hand.
const findHelp = `Finds what has a name: a payment by yours, the merchant's or the provider's reference, a
refund, transfer, payout, rule or event by yours, a movement (capture, refund, dispute,
transfer, payout …) by the provider's reference, an account by its id, its holder or the
provider's id, a rule by its name, and an entry by its number. One name may stand for several
things; all are listed, each with its newest event.

Names are looked up whole, capitals matter but for holders and names of rules. That takes as
long in large books as in small ones. Names of captures, chargebacks and settlement batches,
references of splits, and values of metadata have no key: where nothing else has the name,
the whole journal is searched for them, which takes some ten seconds for a million payments
and shows how far it is. Metadata of a key that an event metadata.index made searchable has
keys from then on; what was booked before is read where the value has nothing else. --scan
searches for them in any case, --no-scan in none. A batch is listed once, with the number of
its payments; 'payments --reference' lists those.

--json prints an array of {"kind","name","provider","movement","payment","account","at",
"type","event","record","payments"}. Empty fields are omitted. Exit status 1: nothing has the
name.`

// findCommand makes 'splitledger find', for a name that stands in a mail or a report and of which nobody knows what it
// is the name of. It looks up keys, and searches the journal only for what has none.
func (c *cli) findCommand() *cobra.Command {
	var scan, noScan bool
	cmd := &cobra.Command{
		Use:   "find TEXT",
		Short: "Find what has a name or reference",
		Long:  findHelp,
		Example: `  splitledger find order-1
  splitledger find 8835511210681324`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().BoolVar(&scan, "scan", false, "search the journal too, though a key leads to the name")
	cmd.Flags().BoolVar(&noScan, "no-scan", false, "look up keys alone")
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		if err := atMostOne(cmd, "scan", "no-scan"); err != nil {
			return err
		}
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer c.close(b.Ledger)
		// A name that nothing has is no error of the search.
		hits, err := b.Find(args[0])
		if err == nil && !scan {
			var more []query.Hit
			var read uint64
			more, read, err = b.FindMetadata(cmd.Context(), args[0], len(hits) == 0 && !noScan)
			hits = append(hits, more...)
			if read > 0 {
				c.note(readBefore("metadata", read))
			}
		}
		if err == nil && (scan || len(hits) == 0 && !noScan) {
			var more []query.Hit
			more, err = b.Search(cmd.Context(), args[0])
			hits = append(hits, more...)
		}
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
			return b.NothingNamed(args[0])
		}
		return nil
	})
	return cmd
}

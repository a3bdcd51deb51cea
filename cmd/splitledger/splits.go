package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// splitsHelp says when a split is in which status. Its fields of JSON are those of
// [query.SplitPayment], and are kept in step by hand.
const splitsHelp = `Lists split payments: each part of a payment that goes to somebody, from whose payment it
is (the source, which keeps what no split takes) to whose part it is (the destination).

A split is pending until the provider has booked it, then completed; a failed one says
why, its money stayed with the source, and a transfer mends it; a cancelled one was of a
capture that was cancelled. One of status fallback was not made, as an account of its capture
is closed or was never opened: liable has all of that capture until a payment.resplit or, once
it is settled, transfers put it right, and AMOUNT is what the split would have got. When each
provider books splits is in docs/schemes.md.
AMOUNT is what the part got, or is to get; REFUNDED what it gave back of it.

The flags narrow the list down; several hold together. --reference is the split's own or
the merchant's of the payment. --from and --to go by the time of the payment's first
capture; days and months are whole. --csv is for
spreadsheets, with amounts in major and in minor units.

--json prints an array of {"id","reference","payment","merchantReference","provider","at",
"source","destination","type","currency","amount","refunded","status","reason"} with whole
minor units.`

// splitsFlags say which split payments, in what form. Several flags hold together.
type splitsFlags struct {
	// "" is any
	status, account, payment, reference string
	json, csv                           bool
	periodFlags
}

// splitStatuses are the statuses that --status takes, in the order in which a split goes through
// them.
var splitStatuses = []string{
	string(posting.PartPending), string(posting.PartCompleted),
	string(posting.PartFailed), string(posting.PartCancelled), string(query.FellBack),
}

// splitsCommand makes 'splitledger splits'. It reads the whole journal, so rows are printed as they
// are found; a table alone waits for the last, as its widths depend on it.
func (c *cli) splitsCommand() *cobra.Command {
	var f splitsFlags
	cmd := &cobra.Command{
		Use:   "splits",
		Short: "List split payments and how far they have come",
		Long:  splitsHelp,
		Example: `  splitledger splits --status failed
  splitledger splits --account courier:07 --from 2026-03 --to 2026-03 --csv > march.csv`,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.status, "status", "", "only those of a `status`: pending, completed, failed, cancelled or fallback")
	flags.StringVar(&f.account, "account", "", "only those from or to an `account`")
	flags.StringVar(&f.payment, "payment", "", "only those of a `payment`")
	flags.StringVar(&f.reference, "reference", "", "only those of a `reference`")
	f.register(flags, "captured", "")
	cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(splitStatuses, cobra.ShellCompDirectiveNoFileComp))
	cmd.RegisterFlagCompletionFunc("account", c.completeAccounts)
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		within, err := f.period(c.zone.Location)
		if err != nil {
			return err
		}
		// A status or an account written wrong would find nothing, which reads like "all is well".
		if f.status != "" && !slices.Contains(splitStatuses, f.status) {
			return unusable("--status: expected pending, completed, failed, cancelled or fallback, found %q", f.status)
		}
		var id accounts.ID
		if f.account != "" {
			parsed, err := accounts.Parse(f.account)
			if err != nil {
				return unusable("--account: %w", err)
			}
			id = parsed
		}
		// Rows on the screen are progress enough.
		c.streams = c.form != asTable
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer b.Ledger.Close()
		all := b.Splits(cmd.Context(), query.SplitFilter{
			Status: posting.State(f.status), Account: id, Payment: f.payment, Reference: f.reference,
			Within: within,
		})
		return asked(printList(c, c.form, all, c.display(b.Ledger), "no split payments",
			"ID", "REFERENCE", "PAYMENT", "AT", "SOURCE", "DESTINATION", "TYPE", "CURRENCY", "AMOUNT", "REFUNDED",
			"STATUS", "REASON"))
	})
	return cmd
}

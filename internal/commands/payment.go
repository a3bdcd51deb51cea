package commands

import (
	"fmt"

	"github.com/spf13/cobra"
)

// paymentHelp explains the two tables that are not plain: what is left of a part, and who would pay
// a chargeback.
const paymentHelp = `Prints what became of a payment: how far it has come, its captures, who got which part
of it and why, the fees and who bore them, refunds and chargebacks and who paid them, and
every event with the entries it made in the books, as debits and credits, in the order in
which they were booked.

LEFT is what a part got and has not given back: what is left to refund of it. What a
chargeback of all that was captured would take, and from whom, stands there for each
behavior. The one that applies is marked: that of the payment, else of its first
chargeback, else of the last event chargeback.default; TARGET stands for an account that
is not named.

NAME is the one that the payment's events carry as "payment", or any other name of it or of
something in it: yours, the merchant's or the provider's reference, that of a capture, refund,
chargeback, movement, transfer, event, split or settlement batch. Names that no key leads to
(captures, chargebacks, batches, splits) are searched for in the whole journal. What the name
is of is said on standard error; a name of several payments lists them. --json prints the same as
one object, with amounts as events have them.`

// paymentCommand makes 'splitledger payment', the answer to "where is this buyer's money?". The
// sheet and the JSON are both made of [query.Payment].
func (c *cli) paymentCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:               "payment NAME",
		Short:             "Print what became of a payment",
		Long:              paymentHelp,
		Example:           "  splitledger payment order-1001\n  splitledger payment order-1001 --json",
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer c.close(b.Ledger)
		// Its error says what else has the name, or which payment was probably meant.
		p, kind, err := b.PaymentBy(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if kind != "payment" {
			if err := c.note(fmt.Sprintf("%s is the %s of %s", printable(args[0]), kind, printable(p.Payment))); err != nil {
				return err
			}
		}
		switch c.form {
		case asJSON:
			return writeJSON(c.stdout, p)
		case asCSV:
			return c.printEvents(c.display(b.Ledger), p.Events)
		}
		return printSheet(c.stdout, c.display(b.Ledger), p)
	})
	return cmd
}

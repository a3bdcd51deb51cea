package commands

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/money"
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
the merchant's of the payment. --account takes an id or a pattern such as seller:*. --from
and --to go by the time of the payment's first capture; days and months are whole, and those
of --zone. --csv is for spreadsheets, with amounts in major and in minor units.

` + recordedHelp + `

` + pagesHelp + `

--json prints an array of {"id","reference","payment","merchantReference","provider","at",
"source","destination","type","currency","amount","refunded","status","reason"} with whole
minor units; with --limit {"data":[…],"record","next":"…"}.`

// splitsFlags say which split payments, in what form. Several flags hold together.
type splitsFlags struct {
	// "" is any
	status, account, payment, reference, provider, kind, currency string
	periodFlags
	pageFlags
	recordedFlag
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
	flags.StringVar(&f.account, "account", "", "only those from or to an `account`; seller:* is a pattern")
	flags.StringVar(&f.payment, "payment", "", "only those of a `payment`")
	flags.StringVar(&f.reference, "reference", "", "only those of a `reference`")
	flags.StringVar(&f.provider, "provider", "", "only those of payments of a `provider`")
	flags.StringVar(&f.kind, "type", "", "only those of a `type`, such as Commission")
	flags.StringVar(&f.currency, "currency", "", "only one `currency`")
	f.periodFlags.register(flags, "captured", "")
	f.recordedFlag.register(cmd)
	f.pageFlags.register(cmd, "splits")
	cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(
		query.Rows(query.SplitStatuses, func(s posting.State) string { return string(s) }), cobra.ShellCompDirectiveNoFileComp))
	cmd.RegisterFlagCompletionFunc("account", c.completeAccounts)
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		within, err := f.period(c.zone.Location)
		if err := cmp.Or(f.check(cmd), err); err != nil {
			return err
		}
		wanted, err := f.filter(within)
		if err != nil {
			return err
		}
		return c.listSplits(cmd.Context(), &f, wanted)
	})
	return cmd
}

// filter is what the flags ask for. A status or an account written wrong would find nothing, which reads like "all is
// well".
func (f *splitsFlags) filter(within query.Period) (w query.SplitFilter, err error) {
	if state := posting.State(f.status); slices.Contains(query.SplitStatuses, state) {
		w.Statuses = []posting.State{state}
	} else if f.status != "" {
		return w, unusable("--status: expected pending, completed, failed, cancelled or fallback, found %q", f.status)
	}
	if f.kind != "" && !slices.Contains(query.SplitTypes, posting.SplitType(f.kind)) {
		names := query.Rows(query.SplitTypes, func(t posting.SplitType) string { return string(t) })
		return w, unusable("--type: expected one of %s, found %q", strings.Join(names, ", "), f.kind)
	}
	account, err := accountPattern(f.account)
	if err := cmp.Or(err, checkCurrency(f.currency)); err != nil {
		return w, err
	}
	return query.SplitFilter{
		Statuses: w.Statuses, Account: account, Payment: f.payment, Reference: f.reference,
		Provider: f.provider, Type: posting.SplitType(f.kind), Currency: money.Currency(f.currency), Within: within,
	}, nil
}

// listSplits prints the splits that are wanted.
func (c *cli) listSplits(ctx context.Context, f *splitsFlags, wanted query.SplitFilter) error {
	// Rows on the screen are progress enough.
	c.streams = c.form != asTable
	b, _, err := f.books(c)
	if err != nil {
		return err
	}
	defer c.close(b.Ledger)
	list := pagedList[query.SplitPayment]{
		fmt.Sprintf("splits %q %q %q %q %q %q %q %s %s %s", f.status, f.account, f.payment, f.reference, f.provider, f.kind,
			f.currency, &f.from, &f.to, &f.recorded),
		func(b *query.Books) iter.Seq2[query.SplitPayment, error] { return b.Splits(ctx, wanted) },
		"no split payments", []string{"ID", "REFERENCE", "PAYMENT", "AT", "SOURCE", "DESTINATION", "TYPE", "CURRENCY",
			"AMOUNT", "REFUNDED", "STATUS", "REASON"},
	}
	return list.print(c, b, f.pageFlags)
}

package main

import (
	"cmp"
	"iter"
	"slices"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/export"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

const splitsHelp = `Lists split payments: each part of a payment that goes to somebody, from whose payment it
is (the source, which keeps what no split takes) to whose part it is (the destination).

A split is pending until the provider has booked it, then completed; a failed one says
why, its money stayed with the source, and a transfer mends it; a cancelled one was of a
capture that was cancelled. When each provider books splits is in docs/schemes.md.
AMOUNT is what the part got, or is to get; REFUNDED what it gave back of it.

The flags narrow the list down; several hold together. --reference is the split's own or
the merchant's of the payment. --from and --to go by the time of the payment's first
capture. --csv is for spreadsheets, with amounts in major and in minor units.

--json prints an array of {"id","reference","payment","merchantReference","provider","at",
"source","destination","type","amount","refunded","status","reason"}, with amounts as events
have them: {"value","currency"}.`

// splitsFlags say which split payments, in what form.
type splitsFlags struct {
	status, account, payment, reference string
	from, to                            timeFlag
	json, csv                           bool
}

// splitStatuses are the statuses that --status takes.
var splitStatuses = []string{string(posting.PartPending), string(posting.PartCompleted), string(posting.PartFailed), string(posting.PartCancelled)}

func (c *cli) splitsCommand() *cobra.Command {
	var f splitsFlags
	cmd := &cobra.Command{
		Use:   "splits",
		Short: "List split payments and how far they have come",
		Long:  splitsHelp,
		Example: `  splitledger splits --status failed
  splitledger splits --account courier:07 --from 2026-03-01 --to 2026-04-01 --csv > march.csv`,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.status, "status", "", "only those of a `status`: pending, completed, failed or cancelled")
	flags.StringVar(&f.account, "account", "", "only those from or to an `account`")
	flags.StringVar(&f.payment, "payment", "", "only those of a `payment`")
	flags.StringVar(&f.reference, "reference", "", "only those of a `reference`")
	flags.Var(&f.from, "from", "captured at this `time` or later")
	flags.Var(&f.to, "to", "captured before this `time`")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	flags.BoolVar(&f.csv, "csv", false, "print CSV")
	cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(splitStatuses, cobra.ShellCompDirectiveNoFileComp))
	cmd.RegisterFlagCompletionFunc("account", c.completeAccounts)
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		if err := cmp.Or(atMostOne(cmd, "json", "csv"), period(f.from, f.to)); err != nil {
			return err
		}
		if f.status != "" && !slices.Contains(splitStatuses, f.status) {
			return unusable("--status: expected pending, completed, failed or cancelled, found %q", f.status)
		}
		var id accounts.ID
		if f.account != "" {
			parsed, err := accounts.Parse(f.account)
			if err != nil {
				return unusable("--account: %w", err)
			}
			id = parsed
		}
		c.streams = f.json || f.csv
		l, err := c.openToRead()
		if err != nil {
			return err
		}
		defer l.Close()
		if _, ok := l.Account(id); id != "" && !ok {
			return asked(query.NoAccount(l, id))
		}
		book, err := posting.New(l, posting.Options{})
		if err != nil {
			return err
		}
		all := query.Splits(cmd.Context(), l, book, query.SplitFilter{
			Status: posting.PartStatus(f.status), Account: id, Payment: f.payment, Reference: f.reference,
			Within: query.Period{From: f.from.Time, To: f.to.Time},
		})
		switch {
		case f.json:
			return c.splitsJSON(all)
		case f.csv:
			return c.splitsCSV(all, l.Table())
		}
		return c.splitsTable(all, l.Table())
	})
	return cmd
}

func (c *cli) splitsTable(all iter.Seq2[query.SplitPayment, error], t money.Table) error {
	g := newGrid("ID", "REFERENCE", "PAYMENT", "AT", "SOURCE", "DESTINATION", "TYPE", "CURRENCY", ">AMOUNT", ">REFUNDED", "STATUS", "REASON")
	for s, err := range all {
		if err != nil {
			return err
		}
		g.add(s.ID, s.Reference, s.Payment, stamp(s.At), string(s.Source), string(s.Destination), string(s.Type),
			string(s.Amount.Currency()), t.Format(s.Amount), t.Format(s.Refunded), string(s.Status), s.Reason)
	}
	if !g.some {
		return c.note("no split payments")
	}
	return g.writeTo(c.stdout, "")
}

// splitLine is a split payment as JSON.
type splitLine struct {
	ID                string             `json:"id"`
	Reference         string             `json:"reference,omitempty"`
	Payment           string             `json:"payment"`
	MerchantReference string             `json:"merchantReference,omitempty"`
	Provider          string             `json:"provider"`
	At                string             `json:"at"`
	Source            accounts.ID        `json:"source"`
	Destination       accounts.ID        `json:"destination"`
	Type              posting.SplitType  `json:"type"`
	Amount            amountJSON         `json:"amount"`
	Refunded          amountJSON         `json:"refunded"`
	Status            posting.PartStatus `json:"status"`
	Reason            string             `json:"reason,omitempty"`
}

func (c *cli) splitsJSON(all iter.Seq2[query.SplitPayment, error]) error {
	out := newArrayWriter(c.stdout)
	for s, err := range all {
		if err != nil {
			return err
		}
		err := out.add(splitLine{
			s.ID, s.Reference, s.Payment, s.Order, s.Provider, stamp(s.At), s.Source, s.Destination, s.Type,
			asAmount(s.Amount), asAmount(s.Refunded), s.Status, s.Reason,
		})
		if err != nil {
			return err
		}
	}
	return out.end()
}

func (c *cli) splitsCSV(all iter.Seq2[query.SplitPayment, error], t money.Table) error {
	out := export.NewCSVWriter(c.stdout)
	out.Write([]string{"id", "reference", "payment", "merchant_reference", "provider", "at", "source", "destination", "type",
		"currency", "amount", "refunded", "amount_minor", "refunded_minor", "status", "reason"})
	for s, err := range all {
		if err != nil {
			return err
		}
		err := out.Write([]string{s.ID, s.Reference, s.Payment, s.Order, s.Provider, stamp(s.At), string(s.Source), string(s.Destination), string(s.Type),
			string(s.Amount.Currency()), t.Format(s.Amount), t.Format(s.Refunded), s.Amount.Minor(), s.Refunded.Minor(), string(s.Status), s.Reason})
		if err != nil {
			return err
		}
	}
	return out.Flush()
}

package commands

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// paymentsHelp names the commands that are faster, as this one reads the whole journal. Its fields of JSON are those of
// [query.PaymentRow], and are kept in step by hand.
const paymentsHelp = `Lists payments, in the order in which they began: their references, when they began, their
state, and what was authorised, captured and refunded so far.

The flags narrow the list down; several hold together. --account takes an id or a pattern
such as seller:*. --reference is any name that the payment has or anything in it: yours, the
merchant's or the provider's, that of a capture, refund, chargeback, movement, settlement
batch, split or event. --amount, --at-least and --at-most go by what was captured, or
authorised where nothing was captured yet: an amount in major units and a currency, such as
99.50EUR. --meta may be repeated; a payment has them all. --from and --to go by when the
payment began; days and months are whole, and those of --zone.

The list reads the whole journal, and says on a terminal how far it is; with --reference it
is faster, and so is --meta with a key that an event metadata.index made searchable: only what
was booked before that event is read then. One payment is found at once by 'splitledger payment', and by any name.

` + recordedHelp + `

` + pagesHelp + `

--json prints an array of {"payment","reference","provider","providerReference","merchant",
"at","state","currency","authorised","captured","refunded","metadata"} with whole minor
units; with --limit {"data":[…],"record","next":"…"}, where record is the newest of that state. --csv has amounts in major and in minor units.`

// paymentsFlags say which payments, in what form. Several flags hold together; "" is any.
type paymentsFlags struct {
	state, account, provider, reference, rule, currency string

	amount, atLeast, atMost string // in major units with a currency
	meta                    []string
	pageFlags
	recordedFlag
	periodFlags
}

// paymentsCommand makes 'splitledger payments'. What is wrong with the flags by themselves is said before the ledger is
// opened.
func (c *cli) paymentsCommand() *cobra.Command {
	var f paymentsFlags
	cmd := &cobra.Command{
		Use:   "payments",
		Short: "List payments by reference, state, account, amount, day or metadata",
		Long:  paymentsHelp,
		Example: `  splitledger payments --state charged_back
  splitledger payments --account seller:42 --from 2026-03-01 --at-least 500EUR
  splitledger payments --amount 49.90EUR --from 2026-03-10 --to 2026-03-10
  splitledger payments --meta table=12 --limit 50 --json`,
	}
	f.add(c, cmd)
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		within, err := f.period(c.zone.Location)
		if err := cmp.Or(atMostOne(cmd, "amount", "at-least"),
			atMostOne(cmd, "amount", "at-most"), err); err != nil {
			return err
		}
		if err := f.check(cmd); err != nil {
			return err
		}
		return c.listPayments(cmd.Context(), &f, within)
	})
	return cmd
}

// add adds the flags to the command.
func (f *paymentsFlags) add(c *cli, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.state, "state", "", "only those in a `state`: "+stateNames(", "))
	flags.StringVar(&f.account, "account", "", "only those of which an `account` has a part, or is the merchant; seller:* is a pattern")
	flags.StringVar(&f.provider, "provider", "", "only those of a `provider`")
	flags.StringVar(&f.reference, "reference", "", "only those with this `name` of any kind")
	flags.StringVar(&f.rule, "rule", "", "only those that a stored split `rule` split")
	flags.StringVar(&f.currency, "currency", "", "only one `currency`")
	flags.StringVar(&f.amount, "amount", "", "of exactly this `amount`, such as 49.90EUR")
	flags.StringVar(&f.atLeast, "at-least", "", "of this `amount` or more, such as 500EUR")
	flags.StringVar(&f.atMost, "at-most", "", "of this `amount` or less")
	// Each flag is one pair, as a value may have commas in it.
	flags.StringArrayVar(&f.meta, "meta", nil, "only those that have `KEY=VALUE` in their metadata; may be repeated")
	f.periodFlags.register(flags, "begun", "")
	f.recordedFlag.register(cmd)
	f.pageFlags.register(cmd, "payments")
	cmd.RegisterFlagCompletionFunc("account", c.completeAccounts)
	cmd.RegisterFlagCompletionFunc("state",
		cobra.FixedCompletions(strings.Split(stateNames(","), ","), cobra.ShellCompDirectiveNoFileComp))
}

// listPayments prints the payments that the flags ask for: all of them as they are found, or one page and where the
// next one begins.
func (c *cli) listPayments(ctx context.Context, f *paymentsFlags, within query.Period) error {
	// Rows on the screen are progress enough.
	c.streams = c.form != asTable
	b, _, err := f.books(c)
	if err != nil {
		return err
	}
	defer c.close(b.Ledger)
	// Amounts in major units need the ledger's table, which has its assets.
	wanted, err := f.filter(c.display(b.Ledger), within)
	if err != nil {
		return err
	}
	if err := c.noteRead(b, &wanted); err != nil {
		return err
	}
	list := pagedList[query.PaymentRow]{
		"payments " + f.String(),
		func(b *query.Books) iter.Seq2[query.PaymentRow, error] { return b.Payments(ctx, wanted) },
		"no payments", paymentColumns,
	}
	return list.print(c, b, f.pageFlags)
}

// noteRead says where a list by metadata takes longer than its index: whoever made a key searchable expects none of it.
func (c *cli) noteRead(b *query.Books, f *query.PaymentFilter) error {
	if f.Reference != "" || len(f.Metadata) == 0 {
		return nil
	}
	s, err := b.Searchable(f.Metadata)
	if err != nil || s.Since < 2 {
		return err
	}
	return c.note(readBefore("metadata "+printable(s.Key), s.Since-1))
}

// readBefore says that records are read, as they were booked before something of metadata became searchable.
func readBefore(what string, n uint64) string {
	return fmt.Sprintf("reading %s booked before %s was searchable", plural(n, "record"), what)
}

// paymentColumns are those of the table and of CSV.
var paymentColumns = []string{
	"PAYMENT", "REFERENCE", "PROVIDER", "AT", "STATE", "CURRENCY", "AUTHORISED", "CAPTURED", "REFUNDED",
}

// filter is what the flags ask for. What cannot be is an error of use that begins with the flag: a state, currency or
// amount written wrong would otherwise look as if there were no such payments.
func (f *paymentsFlags) filter(t display, within query.Period) (query.PaymentFilter, error) {
	// A reference is a name that others have given, none of which is wrong by its form: one that nobody has finds nothing.
	w := query.PaymentFilter{
		Provider: f.provider, Reference: f.reference, Rule: f.rule,
		Within: within,
	}
	if state := posting.State(f.state); slices.Contains(query.States, state) {
		w.States = []posting.State{state}
	} else if f.state != "" {
		return w, unusable("--state: expected one of %s, found %q", stateNames(", "), f.state)
	}
	var err error
	if w.Account, err = accountPattern(f.account); err != nil {
		return w, err
	}
	if f.currency != "" {
		if w.Currency, err = money.ParseCurrency(f.currency); err != nil {
			return w, unusable("--currency: %w", err)
		}
	}
	for _, bound := range []struct {
		flag, text string
		into       *money.Amount
	}{
		{"--amount", f.amount, &w.AtLeast}, {"--amount", f.amount, &w.AtMost},
		{"--at-least", f.atLeast, &w.AtLeast}, {"--at-most", f.atMost, &w.AtMost},
	} {
		if bound.text == "" {
			continue
		}
		if *bound.into, err = majorAmount(bound.text, t); err != nil {
			return w, unusable("%s: %w", bound.flag, err)
		}
	}
	if w.Metadata, err = query.ParseMetadata(f.meta); err != nil {
		return w, unusable("--meta: %w", err)
	}
	return w, nil
}

// accountPattern reads an account, or a pattern in which * stands for any characters: with its stars filled in, it must
// be a name that an account can have. "" is any.
func accountPattern(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	if _, err := accounts.Parse(strings.ReplaceAll(text, "*", "x")); err != nil {
		return "", unusable("--%w", err) // the error begins with the field, account
	}
	return text, nil
}

// majorAmount reads an amount in major units with its currency, such as 99.50EUR or "99.50 EUR". t says how many
// decimals it may have; one more is an error, as nothing is rounded.
func majorAmount(text string, t display) (money.Amount, error) {
	// Codes of currencies are capitals, so the amount is what stands before the last of these.
	digits := strings.TrimRight(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	c, err := money.ParseCurrency(text[len(digits):])
	if err != nil {
		return money.Amount{}, fmt.Errorf("expected an amount with its currency such as 99.50EUR, found %q", text)
	}
	return t.ParseMajor(strings.TrimSpace(digits), c)
}

// stateNames lists the states for help and messages, in the order in which a payment may pass them.
func stateNames(between string) string {
	names := make([]string, len(query.States))
	for i, s := range query.States {
		names[i] = string(s)
	}
	return strings.Join(names, between)
}

// String says which list the flags ask for: the cursor of a page is of no other. Each name is quoted, so that no two
// sets of flags come to one text.
func (f *paymentsFlags) String() string {
	return fmt.Sprintf("%q %q %q %q %q %q %q %q %q %q %s %s %s", f.state, f.account, f.provider, f.reference, f.rule,
		f.currency, f.amount, f.atLeast, f.atMost, f.meta, &f.from, &f.to, &f.recorded)
}

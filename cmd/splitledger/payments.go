package main

import (
	"context"
	"fmt"
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

The flags narrow the list down; several hold together. --reference is the merchant's or the
provider's. --at-least and --at-most go by what was captured, or authorised where nothing
was captured yet: an amount in major units and a currency, such as 99.50EUR. --meta may be
repeated; a payment has them all. --from and --to go by when the payment began.

One payment is found faster by 'splitledger payment', and by any name by 'splitledger find'.

--limit prints so many and, on standard error, the cursor with which --after goes on. Pages
go on exactly where the one before ended, whatever is booked meanwhile.

--json prints an array of {"payment","reference","provider","providerReference","merchant",
"at","state","currency","authorised","captured","refunded","metadata"} with whole minor
units; with --limit {"data":[…],"next":"…"}. --csv has amounts in major and in minor units.`

// paymentsFlags say which payments, in what form. Several flags hold together; "" is any.
type paymentsFlags struct {
	state, account, provider, reference, rule, currency string
	// atLeast and atMost are amounts in major units with a currency; after is the cursor of a page.
	atLeast, atMost, after string
	meta                   []string
	// 0 prints all payments, without pages.
	limit int
	periodFlags
}

// paymentsCommand makes 'splitledger payments'. What is wrong with the flags by themselves is said before the ledger is
// opened.
func (c *cli) paymentsCommand() *cobra.Command {
	var f paymentsFlags
	cmd := &cobra.Command{
		Use:   "payments",
		Short: "List payments by state, account, amount, day or metadata",
		Long:  paymentsHelp,
		Example: `  splitledger payments --state charged_back
  splitledger payments --account seller:42 --from 2026-03-01 --at-least 500EUR
  splitledger payments --meta table=12 --limit 50 --json`,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.state, "state", "", "only those in a `state`: "+stateNames(", "))
	flags.StringVar(&f.account, "account", "", "only those of which an `account` has a part, or is the merchant")
	flags.StringVar(&f.provider, "provider", "", "only those of a `provider`")
	flags.StringVar(&f.reference, "reference", "", "only those of a `reference`, the merchant's or the provider's")
	flags.StringVar(&f.rule, "rule", "", "only those that a stored split `rule` split")
	flags.StringVar(&f.currency, "currency", "", "only one `currency`")
	flags.StringVar(&f.atLeast, "at-least", "", "of this `amount` or more, such as 500EUR")
	flags.StringVar(&f.atMost, "at-most", "", "of this `amount` or less")
	// Each flag is one pair, as a value may have commas in it.
	flags.StringArrayVar(&f.meta, "meta", nil, "only those that have `KEY=VALUE` in their metadata; may be repeated")
	f.register(flags, "begun", "")
	flags.IntVar(&f.limit, "limit", 0, "print `N` payments at most, and the cursor of the next page")
	flags.StringVar(&f.after, "after", "", "the page after this `cursor`")
	cmd.RegisterFlagCompletionFunc("account", c.completeAccounts)
	cmd.RegisterFlagCompletionFunc("state",
		cobra.FixedCompletions(strings.Split(stateNames(","), ","), cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		within, err := f.period(c.zone.Location)
		if err != nil {
			return err
		}
		// A page goes on where another ended: without a size it would be none.
		if f.after != "" && f.limit == 0 {
			return unusable("--after needs --limit")
		}
		if cmd.Flags().Changed("limit") && f.limit < 1 {
			return unusable("--limit: expected 1 or more, found %d", f.limit)
		}
		return c.listPayments(cmd.Context(), &f, within)
	})
	return cmd
}

// listPayments prints the payments that the flags ask for: all of them as they are found, or one page and where the
// next one begins.
func (c *cli) listPayments(ctx context.Context, f *paymentsFlags, within query.Period) error {
	// Rows on the screen are progress enough.
	c.streams = c.form != asTable
	b, err := c.openBooks()
	if err != nil {
		return err
	}
	defer b.Ledger.Close()
	// Amounts in major units need the ledger's table, which has its assets.
	wanted, err := f.filter(c.display(b.Ledger), within)
	if err != nil {
		return err
	}
	all := b.Payments(ctx, wanted)
	table := c.display(b.Ledger)
	if f.limit == 0 {
		return asked(printList(c, c.form, all, table, "no payments", paymentColumns...))
	}
	page, err := query.PageOf(all, query.PageRequest{
		List: "payments " + f.String(), After: f.after, Limit: f.limit,
	})
	if err != nil {
		return asked(err)
	}
	if c.form == asJSON {
		return writeJSON(c.stdout, page)
	}
	if err := printList(c, c.form, query.Each(page.Data), table, "no payments", paymentColumns...); err != nil {
		return err
	}
	if page.Next != "" {
		// On standard error, so that CSV stays CSV.
		return c.note("the next page: --after " + page.Next)
	}
	return nil
}

// paymentColumns are those of the table and of CSV.
var paymentColumns = []string{
	"PAYMENT", "REFERENCE", "PROVIDER", "AT", "STATE", "CURRENCY", "AUTHORISED", "CAPTURED", "REFUNDED",
}

// filter is what the flags ask for. What cannot be is an error of use that begins with the flag: a state, currency or
// amount written wrong would otherwise look as if there were no such payments.
func (f *paymentsFlags) filter(t display, within query.Period) (query.PaymentFilter, error) {
	// Providers, references and rules are names that others have given, none of which is wrong by its form: one that
	// nobody has finds nothing.
	w := query.PaymentFilter{
		State: posting.State(f.state), Provider: f.provider, Reference: f.reference, Rule: f.rule,
		Within: within,
	}
	if f.state != "" && !slices.Contains(query.States, w.State) {
		return w, unusable("--state: expected one of %s, found %q", stateNames(", "), f.state)
	}
	var err error
	if f.account != "" {
		if w.Account, err = accounts.Parse(f.account); err != nil {
			return w, unusable("--account: %w", err)
		}
	}
	if f.currency != "" {
		if w.Currency, err = money.ParseCurrency(f.currency); err != nil {
			return w, unusable("--currency: %w", err)
		}
	}
	for _, bound := range []struct {
		flag, text string
		into       *money.Amount
	}{{"--at-least", f.atLeast, &w.AtLeast}, {"--at-most", f.atMost, &w.AtMost}} {
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
	return fmt.Sprintf("%q %q %q %q %q %q %q %q %q %s %s", f.state, f.account, f.provider, f.reference, f.rule,
		f.currency, f.atLeast, f.atMost, f.meta, &f.from, &f.to)
}

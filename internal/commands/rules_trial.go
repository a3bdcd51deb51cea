package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// testHelp shows the common use. Its fields of JSON are those of [query.TestedRule], and are kept in step by hand.
const testHelp = `Says what one payment would come to by a rule, and books nothing: who would get which part,
by which version of the rule, how each part was rounded, and who would bear fees. With
--fee also what each account would have after those fees.

The payment is captured, pays its fees and is settled by the rules that book payments, so a
split that would fail says so, and one to an account that is not open falls back.

The rule is one of the ledger. --events FILE takes it from the rule.create lines of a file
(- is standard input), so that a rule can be tried before it is stored for ever; without a
ledger all accounts that it names count as open.

--json prints
  {"rule","version","name","provider","currency","amount",
   "parts":[{"account","type","reference","amount","status","reason"}],
   "bearers":[{"fee","account"}],
   "fees":[{"fee","account","amount"}],
   "accounts":[{"account","currency","got","fees","has"}]}
with whole minor units; as CSV, the parts.`

// testFlags describe the payment.
type testFlags struct {
	amount, provider, account string
	attributes                posting.Attributes
	fees                      []string
	events                    string
}

// testCommand makes 'splitledger rules test'.
func (c *cli) testCommand() *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:   "test RULE [CURRENCY]",
		Short: "Say what one payment would come to by a rule; books nothing",
		Long:  testHelp,
		Example: `  splitledger rules test standard --amount 100.00EUR --provider paysafe --account seller:1
  splitledger rules test shops --amount 80.00EUR --provider adyen --account shop:1 \
    --method visa --fee Interchange=0.80 --fee SchemeFee=0.10`,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.amount, "amount", "", "the `amount` of the payment, such as 100.00EUR (needed)")
	flags.StringVar(&f.provider, "provider", "", "the `provider` of the payment (needed)")
	flags.StringVar(&f.account, "account", "", "the payment's own `account`")
	flags.StringVar(&f.attributes.Method, "method", "", "the payment `method`, as its attributes have it")
	flags.StringVar(&f.attributes.Channel, "channel", "", "the `channel`, the same")
	flags.StringVar(&f.attributes.Country, "country", "", "the buyer's `country`, the same")
	flags.StringVar(&f.attributes.FundingSource, "funding-source", "", "the funding `source`, the same")
	flags.StringVar(&f.attributes.ShopperInteraction, "shopper-interaction", "", "the shopper `interaction`, the same")
	flags.StringArrayVar(&f.fees, "fee", nil, "a fee that the provider takes, `TYPE=AMOUNT`; several may be given")
	flags.StringVar(&f.events, "events", "", "take the rule from a `file` of events; - is standard input")
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		if f.amount == "" || f.provider == "" {
			return unusable("expected --amount AMOUNT and --provider PROVIDER: the payment to test")
		}
		if len(args) > 1 { // --amount 100.00 EUR, as people write it
			f.amount += args[1]
		}
		return c.testRule(cmd.Context(), args[0], &f)
	})
	return cmd
}

// testRule runs the test and prints what came of it.
func (c *cli) testRule(ctx context.Context, rule string, f *testFlags) error {
	s := query.Simulation{Events: noEvents}
	if f.events != "" {
		again, err := c.readable(f.events)
		if err != nil {
			return err
		}
		s.Events = eventsIn(f.events, again)
	}
	l, err := c.openIfThere(f.events == "")
	if err != nil {
		return err
	}
	table := display{columns.For(money.Table{}), c}
	if l != nil {
		defer c.close(l)
		s.Ledger, table = l, c.display(l)
	}
	payment, err := f.payment(table)
	if err != nil {
		return err
	}
	if s.Versions, err = s.FindRule(rule); err != nil {
		return err
	}
	result, err := s.Test(ctx, payment)
	if err != nil {
		return err
	}
	switch c.form {
	case asJSON:
		return writeJSON(c.stdout, result)
	case asCSV:
		return columns.WriteCSV(c.stdout, table.Style, query.Each(result.Parts))
	}
	return c.testTables(result, table)
}

// noEvents are those of no file.
func noEvents(func(posting.Event, error) bool) {}

// payment reads the payment and its fees.
func (f *testFlags) payment(t display) (p query.RuleTest, err error) {
	p = query.RuleTest{Provider: f.provider, Account: accounts.ID(f.account), Attributes: f.attributes}
	if p.Amount, err = majorAmount(f.amount, t); err != nil {
		return p, unusable("--amount: %w", err)
	}
	if p.Amount.Sign() <= 0 {
		return p, unusable("--amount: expected a payment of more than nothing, found %s", t.Money(p.Amount))
	}
	for _, text := range f.fees {
		name, amount, _ := strings.Cut(text, "=")
		if !slices.Contains(query.FeeTypes, posting.FeeType(name)) {
			return p, unusable("--fee: expected TYPE=AMOUNT with one of %s, found %q", query.FeeTypeNames(), text)
		}
		if strings.TrimRight(amount, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == amount {
			amount += string(p.Amount.Currency())
		}
		fee := posting.Fee{Type: posting.FeeType(name)}
		if fee.Amount, err = majorAmount(amount, t); err != nil {
			return p, unusable("--fee: %w", err)
		}
		p.Fees = append(p.Fees, fee)
	}
	return p, nil
}

// testTables prints a sentence and a table for each question that has an answer.
func (c *cli) testTables(r *query.TestedRule, t display) error {
	version := ""
	if r.Version != "1" {
		version = ", version " + printable(r.Version)
	}
	fmt.Fprintf(c.stdout, "%s (%s)%s: %s %s by %s\n", printable(r.Rule), printable(r.Name), version,
		t.Format(r.Amount.Amount), r.Currency, printable(r.Provider))
	return cmp.Or(
		printTitled(c, "Who would get what", r.Parts, t),
		printTitled(c, "Who would bear fees", r.Bearers, t),
		printTitled(c, "What the fees would be", r.Fees, t),
		printTitled(c, "What each account would have", r.Accounts, t),
	)
}

package commands

import (
	"iter"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// rulesHelp shows the event that makes a rule, as no command does. Its fields of JSON are those of
// [query.Rule], and are kept in step by hand.
const rulesHelp = `Lists the stored split rules, or those that have a TEXT in their id, name, accounts or
references (case-insensitive). A rule has a route for each part: a fixed amount, a percent
of the payment or both for an account, with a minimum and a maximum. What no route takes
goes to "rest", else to the merchant.

A rule is stored by an event and never changes; payments name it instead of splits:

  {"id":"e-1","type":"rule.create","rule":"standard","name":"10 % for us","currency":"EUR",
   "routes":[{"percent":"10","reference":"commission"}]}

Several versions may have one name, each for other payments ("when"), or in place of an
older one ("replaces"). A payment follows the most specific one that it meets the
conditions of, for good.

'splitledger rules test' says what one payment would come to; 'splitledger rules simulate'
tries a rule on past payments.

--json prints an array of {"rule","version","name","currency","created","routes"}, with
routes as the event has them, each with its account; and where the rule has them
"provider","when","rest","splits","refund","chargeback","replaces".`

// rulesCommand makes 'splitledger rules' and, below it, 'rules simulate'. Rules are made by events,
// so there is no command that makes one.
func (c *cli) rulesCommand() *cobra.Command {
	var currency string
	cmd := &cobra.Command{
		Use:   "rules [TEXT]",
		Short: "List and search the stored split rules, and try them out",
		Long:  rulesHelp,
		Example: `  splitledger rules
  splitledger rules courier --currency EUR`,
	}
	flags := cmd.Flags()
	flags.StringVar(&currency, "currency", "", "only rules for one `currency`, or for any")
	cmd.RunE = runs(func(_ *cobra.Command, args []string) error {
		// No text finds all rules.
		text := ""
		if len(args) > 0 {
			text = args[0]
		}
		// A currency written wrong would read as if there were no rules.
		if err := checkCurrency(currency); err != nil {
			return err
		}
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer c.close(b.Ledger)
		// The text is looked for while the rules are read, as there is no index of words.
		rules := b.SplitRules(query.RuleFilter{Text: text, Currency: money.Currency(currency)})
		switch c.form {
		case asJSON:
			return printArray(c.stdout, rules)
		case asCSV:
			return columns.WriteCSV(c.stdout, c.display(b.Ledger).Style, query.RuleRecords(rules), "routes")
		}
		return c.rulesTable(rules, c.display(b.Ledger))
	})
	cmd.AddCommand(c.testCommand(), c.simulateCommand(), c.importAdyenCommand(), c.exportAdyenCommand())
	return cmd
}

// rulesTable prints a row for each route, so that each account stands in a line of its own. What is of the whole rule
// stands in its first row alone. The table is printed after the last rule, as its widths depend on all.
func (c *cli) rulesTable(rules iter.Seq2[query.Rule, error], t display) error {
	s := newListing[query.RuleRow](t, "RULE", "VERSION", "NAME", "CURRENCY", "CREATED", "FOR", "ROUTE",
		"ACCOUNT", "AMOUNT", "PERCENT", "MIN", "MAX")
	for r, err := range rules {
		if err != nil {
			return err
		}
		for _, row := range r.Rows() {
			s.add(row)
		}
	}
	if len(s.rows) == 0 {
		return c.note("no rules")
	}
	return s.writeTo(c.stdout, "")
}

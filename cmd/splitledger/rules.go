package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

const rulesHelp = `Lists the stored split rules, or those that have a TEXT in their id, name, accounts or
references; capitals do not matter. A rule has a route for each part: a fixed amount or a
percent of the payment for an account. What no route takes stays with the merchant, where
the provider's scheme allows that.

A rule is stored by an event and never changes; payments name it instead of splits:

  {"id":"e-1","type":"rule.create","rule":"standard","name":"10 % for us","currency":"EUR",
   "routes":[{"percent":"10","reference":"commission"}]}

'splitledger rules simulate' tries a rule on past payments.

--json prints an array of {"rule","name","currency","created","routes"}, with routes as the
event has them, each with its account.`

func (c *cli) rulesCommand() *cobra.Command {
	var currency string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "rules [TEXT]",
		Short: "List and search the stored split rules, and try them out",
		Long:  rulesHelp,
		Example: `  splitledger rules
  splitledger rules courier --currency EUR`,
	}
	flags := cmd.Flags()
	flags.StringVar(&currency, "currency", "", "only rules for one `currency`")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = runs(func(_ *cobra.Command, args []string) error {
		text := ""
		if len(args) > 0 {
			text = args[0]
		}
		if err := checkCurrency(currency); err != nil {
			return err
		}
		l, err := c.openToRead()
		if err != nil {
			return err
		}
		defer l.Close()
		book, err := posting.New(l, posting.Options{})
		if err != nil {
			return err
		}
		var rules []*posting.Rule
		for r, err := range book.Rules(text) {
			if err != nil {
				return err
			}
			if currency == "" || string(r.Currency) == currency {
				rules = append(rules, r)
			}
		}
		if asJSON {
			return c.rulesJSON(rules)
		}
		return c.rulesTable(rules, l.Table())
	})
	cmd.AddCommand(c.simulateCommand())
	return cmd
}

func (c *cli) rulesTable(rules []*posting.Rule, t money.Table) error {
	g := newGrid("RULE", "NAME", "CURRENCY", "CREATED", "ROUTE", "ACCOUNT", ">AMOUNT", ">PERCENT")
	for _, r := range rules {
		head := []string{r.ID, r.Name, string(r.Currency), stamp(r.Created)}
		for i, s := range r.Splits() {
			amount, percent := "", ""
			if s.Percent.IsZero() {
				amount = t.Format(s.Amount)
			} else {
				percent = s.Percent.String()
			}
			if i == 1 {
				head = make([]string, len(head))
			}
			g.add(append(head[:len(head):len(head)], s.Reference, string(s.Account), amount, percent)...)
		}
	}
	if !g.some {
		return c.note("no rules")
	}
	return g.writeTo(c.stdout, "")
}

// ruleLine is a rule as JSON; routes have the form that rule.create has them in, with every account named.
type ruleLine struct {
	Rule     string         `json:"rule"`
	Name     string         `json:"name"`
	Currency money.Currency `json:"currency"`
	Created  string         `json:"created"`
	Routes   []routeJSON    `json:"routes"`
}

type routeJSON struct {
	Account   accounts.ID `json:"account"`
	Flat      json.Number `json:"flat,omitempty"`
	Percent   string      `json:"percent,omitempty"`
	Reference string      `json:"reference"`
}

func (c *cli) rulesJSON(rules []*posting.Rule) error {
	out := newArrayWriter(c.stdout)
	for _, r := range rules {
		line := ruleLine{r.ID, r.Name, r.Currency, stamp(r.Created), nil}
		for _, s := range r.Splits() {
			route := routeJSON{Account: s.Account, Reference: s.Reference}
			if s.Percent.IsZero() {
				route.Flat = minor(s.Amount)
			} else {
				route.Percent = s.Percent.String()
			}
			line.Routes = append(line.Routes, route)
		}
		if err := out.add(line); err != nil {
			return err
		}
	}
	return out.end()
}

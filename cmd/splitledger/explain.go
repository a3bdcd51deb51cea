package main

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/report"
)

const explainHelp = `Takes each balance of an account apart: how much of it comes from sales, how much went
for fees of each type, refunds, chargebacks, payouts and so on, and how many postings
that was. The parts sum to the balance, in every sub-balance; that is checked, and a
difference is an error.

A PART says what the postings were for, and TYPE how they were booked: a split type, a
fee type, "Merchant" for what no split takes. Amounts are positive where the account
gets more of what it normally has. What moves between sub-balances only is shown too:
settlement takes from pending what it gives to available, a payout is reserved before
it is paid. "rounding" is what rounding of percents and shares gave or took, to the
minor unit; the part without it is in its own row.

--at and --recorded are those of 'balance': the parts are then of the balance as it was.

--json prints an array with one of these for each currency, with whole minor units:
  {"account","kind","currency","pending","available","reserved","balance",
   "parts":[{"part","type","postings","pending","available","reserved","total"}]}`

// explainFlags say which balances, as of when.
type explainFlags struct {
	at, recorded timeFlag
	currency     string
	json         bool
}

func (c *cli) explainCommand() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain ACCOUNT",
		Short: "Say what a balance is made of",
		Long:  explainHelp,
		Example: `  splitledger explain liable
  splitledger explain seller:0001 --at 2026-03-11 --currency EUR`,
		ValidArgsFunction: c.completeOneAccount,
	}
	flags := cmd.Flags()
	flags.Var(&f.at, "at", "what had happened by this `time`")
	flags.Var(&f.recorded, "recorded", "what the books knew by this `time`")
	flags.StringVar(&f.currency, "currency", "", "only one `currency`")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		id, err := accounts.Parse(args[0])
		if err != nil {
			return unusable("%w", err)
		}
		if err := checkCurrency(f.currency); err != nil {
			return err
		}
		l, err := c.openToRead()
		if err != nil {
			return err
		}
		defer l.Close()
		if _, ok := l.Account(id); !ok {
			return unknownAccount(id)
		}
		all, err := report.Explain(cmd.Context(), l, id, ledger.AsOf{At: f.at.Time, Recorded: f.recorded.Time})
		if err != nil {
			return err
		}
		if f.currency != "" {
			all = slices.DeleteFunc(all, func(e report.Explanation) bool { return string(e.Currency) != f.currency })
		}
		if f.json {
			return c.explainJSON(all)
		}
		return c.explainTable(all, l.Table())
	})
	return cmd
}

func (c *cli) explainTable(all []report.Explanation, t money.Table) error {
	g := newGrid("CURRENCY", "PART", "TYPE", ">POSTINGS", ">PENDING", ">AVAILABLE", ">RESERVED", ">TOTAL")
	for _, e := range all {
		if len(e.Parts) == 0 {
			continue
		}
		if g.some {
			g.gap()
		}
		for _, p := range e.Parts {
			g.add(string(e.Currency), string(p.Class), p.Type, strconv.Itoa(p.Count),
				t.Format(p.Pending), t.Format(p.Available), t.Format(p.Reserved), t.Format(p.Total()))
		}
		b := e.Balance
		g.add(string(e.Currency), "balance", "", "", t.Format(b.Pending), t.Format(b.Available), t.Format(b.Reserved), t.Format(b.Total()))
	}
	if !g.some {
		return c.note("no postings")
	}
	return g.writeTo(c.stdout, "")
}

// explainLine explains the balance in one currency as JSON.
type explainLine struct {
	Account   accounts.ID    `json:"account"`
	Kind      string         `json:"kind"`
	Currency  money.Currency `json:"currency"`
	Pending   json.Number    `json:"pending"`
	Available json.Number    `json:"available"`
	Reserved  json.Number    `json:"reserved"`
	Balance   json.Number    `json:"balance"`
	Parts     []explainPart  `json:"parts"`
}

type explainPart struct {
	Part      report.Class `json:"part"`
	Type      string       `json:"type"`
	Postings  int          `json:"postings"`
	Pending   json.Number  `json:"pending"`
	Available json.Number  `json:"available"`
	Reserved  json.Number  `json:"reserved"`
	Total     json.Number  `json:"total"`
}

func (c *cli) explainJSON(all []report.Explanation) error {
	out := newArrayWriter(c.stdout)
	for _, e := range all {
		b := e.Balance
		line := explainLine{
			e.Account.ID, e.Account.Kind.String(), e.Currency,
			minor(b.Pending), minor(b.Available), minor(b.Reserved), minor(b.Total()), []explainPart{},
		}
		for _, p := range e.Parts {
			line.Parts = append(line.Parts, explainPart{
				p.Class, p.Type, p.Count, minor(p.Pending), minor(p.Available), minor(p.Reserved), minor(p.Total()),
			})
		}
		if err := out.add(line); err != nil {
			return err
		}
	}
	return out.end()
}

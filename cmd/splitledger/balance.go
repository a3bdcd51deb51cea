package main

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

const balanceHelp = `Prints what accounts have, by currency: pending (captured, not yet settled by the
provider), available (may be paid out), reserved (set aside), and their sum. Without an
ACCOUNT it prints all accounts.

All balances are positive on the account's normal side: a provider's account is what the
provider holds for us; a seller's is what we owe the seller. In each currency, what is
held is what is owed, and the table ends with both sums. The table leaves out balances
of zero, unless their accounts are named; JSON has them all.

--at TIME counts what had happened by then, late news included. --recorded TIME counts
what the books knew by then. Both together: what was known then of then.

--json prints an array of
  {"account","kind","currency","pending","available","reserved","balance"}
with whole minor units.`

// balanceFlags say which balances, as of when.
type balanceFlags struct {
	at, recorded   timeFlag
	kind, currency string
	json           bool
}

func (c *cli) balanceCommand() *cobra.Command {
	var f balanceFlags
	cmd := &cobra.Command{
		Use:   "balance [ACCOUNT...]",
		Short: "Print what accounts have",
		Long:  balanceHelp,
		Example: `  splitledger balance
  splitledger balance seller:0001 liable
  splitledger balance --kind provider --at 2026-03-11`,
		ValidArgsFunction: c.completeAccounts,
	}
	flags := cmd.Flags()
	flags.Var(&f.at, "at", "what had happened by this `time`")
	flags.Var(&f.recorded, "recorded", "what the books knew by this `time`")
	flags.StringVar(&f.kind, "kind", "", "only accounts of a `kind`: sub, platform, liable, provider, bank or fx")
	flags.StringVar(&f.currency, "currency", "", "only one `currency`")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	cmd.RegisterFlagCompletionFunc("kind", completeKinds)
	cmd.RunE = runs(func(cmd *cobra.Command, ids []string) error {
		wanted, err := accountFilter(ids, f.kind, "")
		if err != nil {
			return err
		}
		if err := checkCurrency(f.currency); err != nil {
			return err
		}
		l, err := c.openToRead()
		if err != nil {
			return err
		}
		defer l.Close()
		all, err := f.balances(l, wanted)
		if err != nil {
			return err
		}
		if f.json {
			return c.balanceJSON(all)
		}
		return c.balanceTable(all, len(ids) > 0, l.Table())
	})
	return cmd
}

// balances returns the accounts that are wanted with what they have in the currencies that are wanted.
func (f *balanceFlags) balances(l *ledger.Ledger, wanted *filter) ([]ledger.AccountBalance, error) {
	if err := wanted.known(l); err != nil {
		return nil, err
	}
	all, err := l.BalancesAt(ledger.AsOf{At: f.at.Time, Recorded: f.recorded.Time}, wanted.has)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b ledger.AccountBalance) int { return wanted.compare(a.Account, b.Account) })
	if f.currency != "" {
		for i := range all {
			all[i].Balances = slices.DeleteFunc(all[i].Balances, func(b ledger.Balance) bool { return string(b.Currency) != f.currency })
		}
	}
	return all, nil
}

// balanceLine is one balance as JSON.
type balanceLine struct {
	Account   accounts.ID    `json:"account"`
	Kind      string         `json:"kind"`
	Currency  money.Currency `json:"currency"`
	Pending   json.Number    `json:"pending"`
	Available json.Number    `json:"available"`
	Reserved  json.Number    `json:"reserved"`
	Balance   json.Number    `json:"balance"`
}

func (c *cli) balanceJSON(all []ledger.AccountBalance) error {
	out := newArrayWriter(c.stdout)
	for _, a := range all {
		for _, b := range a.Balances {
			err := out.add(balanceLine{
				a.Account.ID, a.Account.Kind.String(), b.Currency,
				minor(b.Pending), minor(b.Available), minor(b.Reserved), minor(b.Total()),
			})
			if err != nil {
				return err
			}
		}
	}
	return out.end()
}

// balanceTable prints balances for people; named says that accounts were asked for by name.
func (c *cli) balanceTable(all []ledger.AccountBalance, named bool, t money.Table) error {
	g := newGrid("ACCOUNT", "KIND", "HOLDER", "CURRENCY", ">PENDING", ">AVAILABLE", ">RESERVED", ">BALANCE")
	sums := totals{}
	for _, a := range all {
		who := []string{string(a.Account.ID), a.Account.Kind.String(), a.Account.Holder}
		if named && len(a.Balances) == 0 {
			g.add(append(who, "-", "0", "0", "0", "0")...)
		}
		for _, b := range a.Balances {
			sums.add(a.Account.Kind, b)
			if named || !b.Pending.IsZero() || !b.Available.IsZero() || !b.Reserved.IsZero() {
				g.add(append(who, balanceCells(t, b)...)...)
			}
		}
	}
	if !g.some {
		return c.note("no balances")
	}
	if !named {
		g.gap()
		sums.addTo(g, t)
	}
	return g.writeTo(c.stdout, "")
}

func balanceCells(t money.Table, b ledger.Balance) []string {
	return []string{string(b.Currency), t.Format(b.Pending), t.Format(b.Available), t.Format(b.Reserved), t.Format(b.Total())}
}

// totals sums balances by currency and side of the books.
type totals map[money.Currency]*total

type total struct {
	sides map[bool]ledger.Balance // true is the debit side
}

func (t totals) add(k accounts.Kind, b ledger.Balance) {
	s := t[b.Currency]
	if s == nil {
		s = &total{map[bool]ledger.Balance{}}
		t[b.Currency] = s
	}
	c, was := b.Currency, s.sides[k.DebitNormal()]
	s.sides[k.DebitNormal()] = ledger.Balance{
		Currency:  c,
		Pending:   money.Sum(c, was.Pending, b.Pending),
		Available: money.Sum(c, was.Available, b.Available),
		Reserved:  money.Sum(c, was.Reserved, b.Reserved),
	}
}

// addTo adds the sums to the table, by currency.
func (t totals) addTo(g *grid, table money.Table) {
	for _, c := range slices.Sorted(maps.Keys(t)) {
		if held, ok := t[c].sides[true]; ok {
			g.add(append([]string{"total held", "", ""}, balanceCells(table, held)...)...)
		}
		if owed, ok := t[c].sides[false]; ok {
			g.add(append([]string{"total owed", "", ""}, balanceCells(table, owed)...)...)
		}
	}
}

// checkCurrency refuses a --currency that cannot be one.
func checkCurrency(s string) error {
	if s == "" {
		return nil
	}
	if _, err := money.ParseCurrency(s); err != nil {
		return unusable("--%w", err)
	}
	return nil
}

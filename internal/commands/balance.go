package commands

import (
	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

// balanceHelp says on which side balances are positive, what the totals add up, and what the two
// clocks mean. Its fields of JSON are those of [query.Balance], and are kept in step by hand.
const balanceHelp = `Prints what accounts have, by currency: pending (captured, not yet settled by the
provider), available (settled to the account), reserved (set aside), and their sum.
Without an ACCOUNT it prints all accounts; an ACCOUNT may have a * for any characters, as in
'seller:*'. One that fits none is an error.

Payouts take what is available. Whether the provider holds that currency is not checked: of
GBP that the provider has settled as EUR, sellers have GBP available until an exchange is
posted for them.

All balances are positive on the account's normal side: a provider's account is what the
provider holds for us; a seller's is what we owe the seller. liable is the platform's own
account at the provider: commissions come in, fees and losses that nobody else bears go out.
What it has is earned, so read it as equity or revenue and not as a debt. fx is the other
side of conversions: an exchange leaves on it what an account sold, above zero, and takes from
it what the account bought, below zero; a conversion by a provider does the opposite.

The table ends with a sum for each side, by currency: held at providers and the bank; owed
to sub-accounts; the platform's own, on liable and platform accounts; open conversions, on
fx. What is held is what the other three come to. The table leaves out balances of zero,
unless their accounts are named, and sums of nothing; JSON has all balances and no sums.

--at TIME is the balance by effective time, facts that came late included. --recorded TIME is
the balance by recorded time: what the books knew by then. With both it is the balance at
--at, from what the books knew at --recorded.

--json prints an array of
  {"account","kind","currency","pending","available","reserved","balance"}
with whole minor units.`

// balanceFlags say which balances, as of when. Both clocks may be given, see balanceHelp.
type balanceFlags struct {
	// effective and recorded time; each limits what counts, both together are bitemporal
	at, recorded timeFlag
	// "" is any
	kind, currency string
}

// balanceCommand makes 'splitledger balance'. JSON has what was found and no more; tables differ,
// as people want to see other things of all accounts than of the one they have named.
func (c *cli) balanceCommand() *cobra.Command {
	var f balanceFlags
	cmd := &cobra.Command{
		Use:   "balance [ACCOUNT...]",
		Short: "Print what accounts have",
		Long:  balanceHelp,
		Example: `  splitledger balance
  splitledger balance seller:0001 liable
  splitledger balance 'seller:*' --currency EUR
  splitledger balance --kind provider --at 2026-03-11`,
		ValidArgsFunction: c.completeAccounts,
	}
	flags := cmd.Flags()
	flags.Var(&f.at, "at", "what had happened by this `time`, or the end of this day or month")
	flags.Var(&f.recorded, "recorded", "what the books knew by this `time`, or the end of this day or month")
	flags.StringVar(&f.kind, "kind", "", "only accounts of a `kind`: sub, platform, liable, provider, bank or fx")
	flags.StringVar(&f.currency, "currency", "", "only one `currency`")
	cmd.RegisterFlagCompletionFunc("kind", completeKinds)
	cmd.RunE = runs(func(cmd *cobra.Command, names []string) error {
		wanted, err := f.filter(c, names)
		if err != nil {
			return err
		}
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer c.close(b.Ledger)
		all, err := b.Balances(*wanted)
		switch {
		case err != nil:
			return asked(err)
		case c.form != asTable:
			return printList(c, c.form, query.Each(all), c.display(b.Ledger), "")
		// Whoever names accounts wants to see them, also with a balance of zero.
		case len(names) > 0:
			return c.namedBalances(b, wanted, all)
		}
		return c.allBalances(all, c.display(b.Ledger))
	})
	return cmd
}

// filter is what the flags and arguments ask for. What cannot be an account, a kind or a currency
// is wrong usage.
func (f *balanceFlags) filter(c *cli, names []string) (*query.BalanceFilter, error) {
	wanted, err := accountFilter(names, f.kind, "")
	if err != nil {
		return nil, err
	}
	if err := checkCurrency(f.currency); err != nil {
		return nil, err
	}
	return &query.BalanceFilter{
		AccountFilter: *wanted, Currency: money.Currency(f.currency),
		AsOf: c.asOf(&f.at, &f.recorded),
	}, nil
}

// allBalances prints all balances that are not zero, and their sums by side, by which a reader sees
// that nothing is missing.
func (c *cli) allBalances(all []query.Balance, t display) error {
	s := newListing[query.Balance](t)
	for _, b := range all {
		if !b.Zero() {
			s.add(b)
		}
	}
	if len(s.rows) == 0 {
		return c.note("no balances")
	}
	s.gap()
	for _, total := range query.Totals(all) {
		s.add(query.Balance{Account: accounts.ID(total.Side.Text()), Holdings: total.Holdings})
	}
	return s.writeTo(c.stdout, "")
}

// namedBalances prints the balances of accounts that were asked for, in the order of the arguments.
// An account that exists and never had a posting has a row too: to leave it out would look as if it
// did not exist. There are no sums, as some accounts are no side of the books.
func (c *cli) namedBalances(b *query.Books, wanted *query.BalanceFilter, all []query.Balance) error {
	named, err := b.Accounts(wanted.AccountFilter)
	if err != nil {
		return asked(err)
	}
	s := newListing[query.Balance](c.display(b.Ledger))
	for _, a := range named {
		n := len(s.rows)
		// Both lists are in the order of the filter, so that one pass takes each account's
		// balances.
		for ; len(all) > 0 && all[0].Account == a.Account; all = all[1:] {
			s.add(all[0])
		}
		if len(s.rows) == n {
			s.add(query.Balance{Account: a.Account, Kind: a.Kind,
				Holder: a.Holder, Holdings: query.Holdings{Currency: "-"}})
		}
	}
	if len(s.rows) == 0 {
		return c.note("no balances")
	}
	return s.writeTo(c.stdout, "")
}

// checkCurrency refuses a --currency that cannot be one, such as "euro". One that no account has is
// no error: the answer is empty.
func checkCurrency(s string) error {
	if s == "" {
		return nil
	}
	if _, err := money.ParseCurrency(s); err != nil {
		return unusable("--%w", err)
	}
	return nil
}

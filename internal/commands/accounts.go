package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
)

// accountsHelp says what each kind of account is, as this is where a reader meets them first. Its
// fields of JSON are those of [query.Account] and [query.Negative], and are kept in step by hand.
const accountsHelp = `Lists the accounts: their kind, their status, whose they are, how far below zero they may
be taken, and what providers call them, where some have such ids. Without an ACCOUNT it
lists all; an ACCOUNT may have a * for any characters, as in 'seller:*'. One that fits none is
an error.

liable is the operator's own account at the provider (Adyen's liable balance account):
commissions come in; fees, refunds and disputes that nobody else bears go out. It is no debt:
in a chart of accounts it belongs to equity or revenue, not to the liabilities; reports and
exports take one with --chart. It has no floor. platform is the operator's own money moved
aside on purpose; transfers and payouts do not take it below zero. sub accounts belong to
sellers, couriers and so on; a provider account is what a payment provider holds for us or
owes us; bank is money that has reached a bank; fx is the other side of conversions.

--negative lists the accounts that have less than nothing available, or in all, with what
they have, since when they have been below zero, and the event and entry that took them
there. 'splitledger recover' says how such debts could be made good.

The flags narrow the list down; several hold together.

` + recordedHelp + `

` + pagesHelp + `

--json prints an array of {"account","kind","status","holder","metadata","overdraft",
"providerIds","reserve"}, with amounts and ids as events have them; with --negative of {"account",
"kind","status","holder","currency","pending","available","reserved","balance","since",
"days","event","entry"}, with whole minor units. Empty fields are
omitted. With --limit it is {"data":[…],"record","next":"…"}.`

// accountsCommand makes 'splitledger accounts': the list of accounts, or with --negative of those
// that owe. Both take the same filters, and have no amounts that could be added up: balances are
// another command.
func (c *cli) accountsCommand() *cobra.Command {
	var f accountsFlags
	cmd := &cobra.Command{
		Use:   "accounts [ACCOUNT...]",
		Short: "List the accounts",
		Long:  accountsHelp,
		Example: `  splitledger accounts --kind sub --status frozen
  splitledger accounts 'seller:*' --holder bakery --meta city=Porto
  splitledger accounts --negative
  splitledger accounts --json`,
		ValidArgsFunction: c.completeAccounts,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.kind, "kind", "", "only accounts of a `kind`: sub, platform, liable, provider, bank or fx")
	flags.StringVar(&f.status, "status", "", "only accounts with a `status`: open, frozen or closed")
	flags.StringVar(&f.holder, "holder", "", "only accounts with this `text` in their holder, whatever its capitals")
	// Each flag is one pair, as a value may have commas in it.
	flags.StringArrayVar(&f.meta, "meta", nil, "only accounts that have `KEY=VALUE` in their metadata; may be repeated")
	flags.BoolVar(&f.negative, "negative", false, "only accounts that are below zero, and since when")
	f.recordedFlag.register(cmd)
	f.pageFlags.register(cmd, "accounts")
	cmd.RegisterFlagCompletionFunc("kind", completeKinds)
	cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions([]string{"open", "frozen", "closed"},
		cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		// Flags are read before the ledger is opened: wrong usage must not wait for a long opening.
		wanted, err := accountFilter(args, f.kind, f.status)
		if err := cmp.Or(err, f.check(cmd)); err != nil {
			return err
		}
		if wanted.Metadata, err = query.ParseMetadata(f.meta); err != nil {
			return unusable("--meta: %w", err)
		}
		wanted.Holder = f.holder
		return c.listAccounts(cmd.Context(), &f, args, *wanted)
	})
	return cmd
}

// accountsFlags say which accounts, in what form. Several flags hold together; "" is any.
type accountsFlags struct {
	kind, status, holder string
	meta                 []string
	negative             bool
	pageFlags
	recordedFlag
}

// listAccounts prints the accounts that are wanted.
func (c *cli) listAccounts(ctx context.Context, f *accountsFlags, names []string, wanted query.AccountFilter) error {
	b, now, err := f.books(c)
	if err != nil {
		return err
	}
	defer c.close(b.Ledger)
	name := fmt.Sprintf("%q %q %q %q %q %s", names, f.kind, f.status, f.holder, f.meta, &f.recorded)
	// Debts are listed by currency and not in the order of the accounts: they are added up by
	// whoever lends the money.
	if f.negative {
		list := pagedList[query.Negative]{"negative " + name, func(b *query.Books) iter.Seq2[query.Negative, error] {
			return query.All(b.Negatives(ctx, wanted, now))
		}, "no account is below zero", nil}
		return list.print(c, b, f.pageFlags)
	}
	// Accounts are a list in the memory of the ledger: nothing is read of the journal.
	list := pagedList[query.Account]{"accounts " + name, func(b *query.Books) iter.Seq2[query.Account, error] {
		return query.All(b.Accounts(wanted))
	}, "no accounts", nil}
	return list.print(c, b, f.pageFlags)
}

// accountFilter reads the arguments and flags that say which accounts are wanted; "" is any. A name
// may have a * for any characters, and must be one of an account otherwise. Whether there is such
// an account is looked up later, by the query.
func accountFilter(names []string, kind, status string) (*query.AccountFilter, error) {
	f := &query.AccountFilter{Accounts: names}
	for _, name := range names {
		// With its stars filled in, a pattern must be a name that an account can have.
		if _, err := accounts.Parse(strings.ReplaceAll(name, "*", "x")); err != nil {
			return nil, unusable("%w", err)
		}
	}
	if kind != "" {
		k, err := accounts.ParseKind(kind)
		if err != nil {
			return nil, unusable("--%w", err)
		}
		f.Kind = k
	}
	if status != "" {
		s, err := accounts.ParseStatus(status)
		if err != nil {
			return nil, unusable("--%w", err)
		}
		f.Status = &s
	}
	return f, nil
}

// asked adds where to look to the error for an account that does not exist, unless the error
// already suggests one. Other errors stay as they are.
func asked(err error) error {
	if errors.Is(err, ledger.UnknownAccount) && !strings.HasSuffix(err.Error(), "?") {
		return fmt.Errorf("%w; 'splitledger accounts' lists those there are", err)
	}
	return err
}

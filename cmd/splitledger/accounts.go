package main

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

const accountsHelp = `Lists the accounts: their kind, their status, whose they are, how far below zero they may
be taken, and what providers call them, where some have such ids.

platform is the operator's own money; liable answers for all that nobody else does; sub
accounts belong to sellers, couriers and so on; a provider account is what a payment
provider holds for us or owes us; bank is money that has reached a bank.

--negative lists the accounts that have less than nothing available, or in all, with what
they have, since when they have been below zero, and the event and entry that took them
there. 'splitledger recover' says how such debts could be made good.

--json prints an array of {"account","kind","status","holder","metadata","overdraft",
"providerIds"}, with amounts and ids as events have them; with --negative of {"account",
"kind","status","holder","currency","pending","available","reserved","balance","since",
"days","event","entry"}, with whole minor units. Empty fields are omitted.`

func (c *cli) accountsCommand() *cobra.Command {
	var kind, status string
	var negative, asJSON bool
	cmd := &cobra.Command{
		Use:   "accounts",
		Short: "List the accounts",
		Long:  accountsHelp,
		Example: `  splitledger accounts --kind sub --status frozen
  splitledger accounts --negative
  splitledger accounts --json`,
	}
	flags := cmd.Flags()
	flags.StringVar(&kind, "kind", "", "only accounts of a `kind`: sub, platform, liable, provider, bank or fx")
	flags.StringVar(&status, "status", "", "only accounts with a `status`: open, frozen or closed")
	flags.BoolVar(&negative, "negative", false, "only accounts that are below zero, and since when")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RegisterFlagCompletionFunc("kind", completeKinds)
	cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions([]string{"open", "frozen", "closed"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		wanted, err := accountFilter(nil, kind, status)
		if err != nil {
			return err
		}
		l, err := c.openToRead()
		if err != nil {
			return err
		}
		defer l.Close()
		if negative {
			return c.negatives(cmd.Context(), l, wanted, asJSON)
		}
		var all []accounts.Account
		for a := range l.Accounts() {
			if wanted.has(a) {
				all = append(all, a)
			}
		}
		slices.SortFunc(all, wanted.compare)
		ids, err := idsOf(l, all)
		if err != nil {
			return err
		}
		if asJSON {
			return c.accountsJSON(all, ids)
		}
		return c.accountsTable(all, ids, l.Table())
	})
	return cmd
}

// providerIDs are what providers call accounts, by provider.
type providerIDs map[accounts.ID]map[string][]string

// idsOf returns what providers call accounts, nil where they call none of them anything.
func idsOf(l *ledger.Ledger, all []accounts.Account) (providerIDs, error) {
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		return nil, err
	}
	if some, err := book.HasProviderIDs(); !some || err != nil {
		return nil, err
	}
	ids := providerIDs{}
	for _, a := range all {
		of, err := book.ProviderIDs(a.ID)
		if err != nil {
			return nil, err
		}
		if len(of) > 0 {
			ids[a.ID] = of
		}
	}
	return ids, nil
}

// text lists the ids of an account as "adyen BA1, adyen BA2".
func (ids providerIDs) text(account accounts.ID) string {
	var list []string
	of := ids[account]
	for _, provider := range slices.Sorted(maps.Keys(of)) {
		for _, id := range of[provider] {
			list = append(list, provider+" "+id)
		}
	}
	return strings.Join(list, ", ")
}

func (c *cli) accountsTable(all []accounts.Account, ids providerIDs, t money.Table) error {
	columns := []string{"ACCOUNT", "KIND", "STATUS", "HOLDER", "OVERDRAFT"}
	if len(ids) > 0 {
		columns = append(columns, "PROVIDER IDS")
	}
	g := newGrid(columns...)
	for _, a := range all {
		var overdraft []string
		for _, o := range a.Overdraft {
			overdraft = append(overdraft, t.Format(o)+" "+string(o.Currency()))
		}
		cells := []string{string(a.ID), a.Kind.String(), a.Status.String(), a.Holder, strings.Join(overdraft, ", ")}
		if len(ids) > 0 {
			cells = append(cells, ids.text(a.ID))
		}
		g.add(cells...)
	}
	if !g.some {
		return c.note("no accounts")
	}
	return g.writeTo(c.stdout, "")
}

// accountLine is one account as JSON.
type accountLine struct {
	Account     accounts.ID         `json:"account"`
	Kind        string              `json:"kind"`
	Status      string              `json:"status"`
	Holder      string              `json:"holder,omitempty"`
	Metadata    map[string]string   `json:"metadata,omitempty"`
	Overdraft   []amountJSON        `json:"overdraft,omitempty"`
	ProviderIDs map[string][]string `json:"providerIds,omitempty"`
}

// amountJSON is an amount as events have it.
type amountJSON struct {
	Value    json.Number    `json:"value"`
	Currency money.Currency `json:"currency"`
}

func asAmount(a money.Amount) amountJSON { return amountJSON{minor(a), a.Currency()} }

func (c *cli) accountsJSON(all []accounts.Account, ids providerIDs) error {
	out := newArrayWriter(c.stdout)
	for _, a := range all {
		line := accountLine{
			Account: a.ID, Kind: a.Kind.String(), Status: a.Status.String(), Holder: a.Holder, Metadata: a.Metadata, ProviderIDs: ids[a.ID],
		}
		for _, o := range a.Overdraft {
			line.Overdraft = append(line.Overdraft, asAmount(o))
		}
		if err := out.add(line); err != nil {
			return err
		}
	}
	return out.end()
}

// A filter says which accounts are wanted. The zero value wants all.
type filter struct {
	ids    []accounts.ID // in this order, if any
	kind   *accounts.Kind
	status *accounts.Status
}

// accountFilter reads the flags that say which accounts are wanted; "" is any.
func accountFilter(ids []string, kind, status string) (*filter, error) {
	f := &filter{}
	for _, s := range ids {
		id, err := accounts.Parse(s)
		if err != nil {
			return nil, unusable("%w", err)
		}
		f.ids = append(f.ids, id)
	}
	if kind != "" {
		k, err := accounts.ParseKind(kind)
		if err != nil {
			return nil, unusable("--%w", err)
		}
		f.kind = &k
	}
	if status != "" {
		s, err := accounts.ParseStatus(status)
		if err != nil {
			return nil, unusable("--%w", err)
		}
		f.status = &s
	}
	return f, nil
}

// known reports the first account that was named and does not exist.
func (f *filter) known(l *ledger.Ledger) error {
	for _, id := range f.ids {
		if _, ok := l.Account(id); !ok {
			return unknownAccount(id)
		}
	}
	return nil
}

// has reports whether an account is wanted.
func (f *filter) has(a accounts.Account) bool {
	return (len(f.ids) == 0 || slices.Contains(f.ids, a.ID)) &&
		(f.kind == nil || a.Kind == *f.kind) && (f.status == nil || a.Status == *f.status)
}

// compare orders accounts as they were named, else by kind, those that hold money first, and by name.
func (f *filter) compare(a, b accounts.Account) int {
	return cmp.Or(
		cmp.Compare(slices.Index(f.ids, a.ID), slices.Index(f.ids, b.ID)),
		cmp.Compare(rank(a.Kind), rank(b.Kind)),
		cmp.Compare(a.ID, b.ID),
	)
}

// rank orders kinds as a person looks for them.
func rank(k accounts.Kind) int {
	return slices.Index([]accounts.Kind{
		accounts.KindProvider, accounts.KindBank, accounts.KindPlatform, accounts.KindLiable, accounts.KindSub, accounts.KindFX,
	}, k)
}

func unknownAccount(id accounts.ID) error {
	return ledger.Errorf(ledger.UnknownAccount, "there is no account %s; 'splitledger accounts' lists those there are", id)
}

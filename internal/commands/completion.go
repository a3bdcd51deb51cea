package commands

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

// completeAccounts offers the accounts of the ledger whose names begin with what was typed. It is
// silent where the ledger cannot be opened, because a message would appear in the middle of the
// line that is being typed. A ledger of a million accounts offers the first two hundred.
func (c *cli) completeAccounts(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	const most = 200
	if c.missing() || c.remote() {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	l, err := c.openHere(ledger.Options{ReadOnly: true}, ScopeRead)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer c.close(l)
	var ids []string
	for a := range l.Accounts() {
		// The second column, after the tab, is shown beside the name by shells that can.
		if len(ids) < most && strings.HasPrefix(string(a.ID), typed) {
			ids = append(ids, string(a.ID)+"\t"+printable(a.Holder))
		}
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// completeOneAccount is completeAccounts for a command that takes one, and offers nothing after it.
func (c *cli) completeOneAccount(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return c.completeAccounts(cmd, args, typed)
}

// completeKinds offers the kinds of accounts, for --kind.
func completeKinds(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, k := range []accounts.Kind{accounts.KindSub, accounts.KindPlatform,
		accounts.KindLiable, accounts.KindProvider, accounts.KindBank, accounts.KindFX} {
		all = append(all, k.String())
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// completeForms offers the forms of an answer, for --format.
var completeForms = cobra.FixedCompletions([]string{string(asTable), string(asJSON), string(asCSV)},
	cobra.ShellCompDirectiveNoFileComp)

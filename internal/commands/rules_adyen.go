package commands

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers/adyen"
	"github.com/splitledger/splitledger/query"
)

const importAdyenHelp = `Reads a split configuration profile of Adyen's, as its Management API answers with it, and
prints the events that store its rules: one rule, with a version for each rule of the
profile. Nothing is booked; 'splitledger post' does that:

  splitledger rules import-adyen profile.json | splitledger post -

The rule is called as the profile, or as --rule says. The commission is liable's, the
additional commission its balance account's, and the rest $account: the payment's account
takes the place of the store's balance account. Balance accounts are found by the ledger's
providerIds, else an account has their name.

What the books have no equivalent of is refused, with its name. --without leaves it out:
refundCostAllocation, remainder, surcharge, tip.`

const exportAdyenHelp = `Prints a stored rule as a split configuration profile of Adyen's, ready to be created by
its Management API: the versions that new payments follow, without ids. What a profile
cannot have is refused, with the field of the rule: a minimum or maximum, a country, a rest
that is not $account, more than one route besides liable's.`

// withoutable are the members of a profile that may be left out.
var withoutable = []string{"refundCostAllocation", "remainder", "surcharge", "tip"}

// importAdyenCommand makes 'splitledger rules import-adyen'.
func (c *cli) importAdyenCommand() *cobra.Command {
	var rule string
	var without []string
	cmd := &cobra.Command{
		Use:   "import-adyen FILE",
		Short: "Turn a split configuration profile of Adyen's into events that store its rules",
		Long:  importAdyenHelp,
		Example: `  splitledger rules import-adyen profile.json --rule shops
  splitledger rules import-adyen profile.json --without tip,surcharge | splitledger post -`,
	}
	cmd.Annotations = map[string]string{onlyTable: "it prints events"}
	cmd.Flags().StringVar(&rule, "rule", "", "what the `rule` is called; default: the profile's id")
	cmd.Flags().StringSliceVar(&without, "without", nil, "`members` that are left out rather than refused")
	cmd.RunE = runs(func(_ *cobra.Command, args []string) error {
		for _, name := range without {
			if !contains(withoutable, name) {
				return unusable("--without: expected some of %s, found %q", strings.Join(withoutable, ", "), name)
			}
		}
		return c.importAdyen(args[0], rule, without)
	})
	return cmd
}

// contains reports whether a list has a word.
func contains(list []string, word string) bool {
	for _, s := range list {
		if s == word {
			return true
		}
	}
	return false
}

// importAdyen prints the events.
func (c *cli) importAdyen(file, rule string, without []string) error {
	open, err := c.readable(file)
	if err != nil {
		return err
	}
	r, err := open()
	if err != nil {
		return err
	}
	defer r.Close()
	profile, err := adyen.ReadProfile(r)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if rule == "" {
		rule = profile.ID
	}
	if rule == "" {
		return unusable("expected --rule NAME: the profile has no id")
	}
	reader := adyen.ProfileReader{Without: without}
	l, err := c.openIfThere(false)
	if err != nil {
		return err
	}
	if l != nil {
		defer c.close(l)
		if reader.Account, err = c.accountsOf(l); err != nil {
			return err
		}
		reader.Table = l.Table()
	}
	rules, err := reader.Rules(profile, rule)
	if err != nil {
		return err
	}
	return printRules(c.stdout, rules)
}

// accountsOf finds accounts by the ids that Adyen has for them, and else by their name, whether they are open or not.
func (c *cli) accountsOf(l *ledger.Ledger) (func(string) (accounts.ID, error), error) {
	book, err := c.rulesOf(l)
	if err != nil {
		return nil, err
	}
	f := book.Finder()
	return func(id string) (accounts.ID, error) {
		account, err := f.AccountAt(adyen.Name, id)
		if errors.Is(err, posting.ErrNotFound) {
			return accounts.Parse(id)
		}
		return account, err
	}, nil
}

// printRules prints the events that store rules, whose ids follow from what they store: to post them twice stores
// nothing twice.
func printRules(w io.Writer, rules []*posting.Rule) error {
	for _, r := range rules {
		e := r.Event()
		e.ID = query.RuleEventID(r)
		if err := e.Validate(); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s\n", e.AppendJSON(nil)); err != nil {
			return err
		}
	}
	return nil
}

// exportAdyenCommand makes 'splitledger rules export-adyen'.
func (c *cli) exportAdyenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "export-adyen RULE",
		Short:   "Print a rule as a split configuration profile of Adyen's",
		Long:    exportAdyenHelp,
		Example: `  splitledger rules export-adyen shops`,
	}
	cmd.Annotations = map[string]string{onlyTable: "it prints what Adyen's API takes"}
	cmd.RunE = runs(func(_ *cobra.Command, args []string) error {
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer c.close(b.Ledger)
		versions, err := b.SplitRule(args[0])
		if err != nil {
			return err
		}
		w := adyen.ProfileWriter{Table: b.Ledger.Table(), ID: func(id accounts.ID) (string, error) {
			name, err := b.Rules.IDAt(adyen.Name, id)
			if errors.Is(err, posting.ErrNotFound) { // a rule may name an account that is opened later
				return string(id), nil
			}
			return name, err
		}}
		profile, err := w.Profile(versions)
		if err != nil {
			return err
		}
		return writeJSON(c.stdout, profile)
	})
	return cmd
}

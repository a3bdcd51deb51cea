package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/posting"
)

// behaviors are those that a chargeback may have.
var behaviors = []string{
	string(posting.DeductFromLiableAccount), string(posting.DeductFromOneBalanceAccount), string(posting.DeductAccordingToSplitRatio),
}

// A chargebackFlag is a flag for whose money disputes take: BEHAVIOR, or BEHAVIOR:ACCOUNT.
type chargebackFlag posting.ChargebackPolicy

// disputes adds the flag to a command that books chargebacks.
func disputes(cmd *cobra.Command, p *posting.ChargebackPolicy) {
	cmd.Flags().Var((*chargebackFlag)(p), "chargeback", "whose money disputes take: `BEHAVIOR[:ACCOUNT]`")
	cmd.RegisterFlagCompletionFunc("chargeback", cobra.FixedCompletions(behaviors, cobra.ShellCompDirectiveNoSpace|cobra.ShellCompDirectiveNoFileComp))
}

// Set reads the flag.
func (f *chargebackFlag) Set(s string) error {
	name, account, _ := strings.Cut(s, ":")
	if !slices.Contains(behaviors, name) {
		return fmt.Errorf("expected one of %s, found %q", strings.Join(behaviors, ", "), name)
	}
	b := posting.Behavior(name)
	switch one := b == posting.DeductFromOneBalanceAccount; {
	case one && account == "":
		return fmt.Errorf("expected the account to deduct from, as %s:ACCOUNT", b)
	case !one && account != "":
		return fmt.Errorf("expected no account with %s, found %q", b, account)
	case one:
		id, err := accounts.Parse(account)
		if err != nil {
			return err
		}
		f.TargetAccount = id
	}
	f.Behavior = b
	return nil
}

// String gives the flag back, or nothing for none.
func (f *chargebackFlag) String() string {
	switch {
	case f == nil:
		return ""
	case f.TargetAccount == "":
		return string(f.Behavior)
	}
	return string(f.Behavior) + ":" + string(f.TargetAccount)
}

// Type names the flag's value in help texts.
func (f *chargebackFlag) Type() string { return "behavior" }

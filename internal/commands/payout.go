package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// given reports whether a flag was set that says which postings of an account are wanted.
func (f *statementFlags) given(cmd *cobra.Command) bool {
	return cmd.Flags().Changed("from") || cmd.Flags().Changed("to") ||
		cmd.Flags().Changed("limit") || cmd.Flags().Changed("last") || cmd.Flags().Changed("order") || cmd.Flags().Changed("postings") ||
		cmd.Flags().Changed("out")
}

// payoutStatement prints what a payout is made of. The table begins with what was left over before, and ends with the
// payout and what it leaves, so that the column of balances can be followed by hand to the end.
func (c *cli) payoutStatement(ctx context.Context, f *statementFlags) error {
	b, err := c.openBooks()
	if err != nil {
		return err
	}
	defer c.close(b.Ledger)
	s, err := b.Payout(ctx, f.payout)
	if errors.Is(err, posting.ErrNotFound) {
		return fmt.Errorf("no payout %q in this ledger", f.payout)
	}
	if err != nil {
		return err
	}
	t := c.display(b.Ledger)
	if f.html {
		a, _ := b.Ledger.Account(s.Account)
		return writePage(c.stdout, payoutPage(s, a.Holder, t))
	}
	switch c.form {
	case asJSON:
		return writeJSON(c.stdout, s)
	case asCSV:
		return columns.WriteCSV(c.stdout, t.Style, query.Each(s.Rows))
	}
	amount := func(m query.Minor) string { return t.Format(m.Amount) + " " + string(s.Currency) }
	since := "no payout"
	if s.Since != "" {
		since = "payout " + printable(s.Since)
	}
	if err := writeLines(c.stdout, "",
		fmt.Sprintf("Payout %s of %s to %s, %s, asked for %s", printable(s.Payout), amount(s.Amount), s.Account, s.State,
			stamp(s.Asked)), "",
		fmt.Sprintf("  left by %s: %s", since, amount(s.Opening)), ""); err != nil {
		return err
	}
	l := newListing[query.PayoutRow](t, payoutColumns(s)...)
	for i := range s.Rows {
		l.add(s.Rows[i])
	}
	if err := l.writeTo(c.stdout, "  "); err != nil {
		return err
	}
	return writeLines(c.stdout, "", "", fmt.Sprintf("  paid out: %s; left for the next payout: %s", amount(s.Amount),
		amount(s.Left)))
}

// payoutColumns leaves the column of the merchant's references out where no payment has one.
func payoutColumns(s *query.PayoutStatement) []string {
	columns := []string{"AT", "ENTRY", "EVENT", "TYPE", "PAYMENT", "REFERENCE", "CURRENCY", "AMOUNT", "BALANCE", "REASON"}
	for i := range s.Rows {
		if s.Rows[i].Order != "" {
			return append(append(columns[:5:5], "ORDER"), columns[5:]...)
		}
	}
	return columns
}

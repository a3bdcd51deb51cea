package adyen

import (
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

// balance reads the balance report of a balance platform: a line for each account and currency, from midnight to
// midnight by the account's own clock.
type balance struct {
	row

	// Each balance has a currency of its own in the report; the two have to be the same. closed is the midnight that
	// ends the day, and closedInZone names the account's zone.
	account                                        tabular.Column
	openingCurrency, opening                       tabular.Column
	closingCurrency, closing, closed, closedInZone tabular.Column
}

// openBalance finds the columns. The error names all that are missing at once.
func openBalance(c *tabular.Columns, r row) (providers.Report, error) {
	b := &balance{
		row:             r,
		account:         c.Need("Balance Account"),
		openingCurrency: c.Need("Opening Balance Currency"),
		opening:         c.Need("Opening Balance Amount"),
		closingCurrency: c.Need("Closing Balance Currency"),
		closing:         c.Need("Closing Balance Amount"),
		closed:          c.Need("Closing Date"),
		closedInZone:    c.Column("Closing TimeZone", "Closing Time"), // samples, documentation
	}
	if err := c.Complete("Adyen's " + balanceReport); err != nil {
		return nil, err
	}
	return b, nil
}

// Format returns the name of the report.
func (b *balance) Format() string { return balanceReport }

// Next reads a line: Before and After are what the account had, and At is when the day ended. A line without one of
// these, or without the account, is refused, as there is nothing in the books that it could be compared with.
func (b *balance) Next() (o providers.Outcome, err error) {
	if err := b.Sheet.Next(); err != nil {
		return o, err
	}
	if err := b.Uncut(b.account, b.openingCurrency, b.closingCurrency, b.closedInZone); err != nil {
		return o, err
	}
	o = providers.Outcome{Kind: providers.Balance, Line: b.Line(), Account: b.Text(b.account), Reason: "balance"}
	if o.Account == "" {
		return providers.Outcome{}, b.Errorf(b.account, "expected a balance account, found nothing")
	}
	if err := b.amounts(&o); err != nil {
		return providers.Outcome{}, err
	}
	if o.At, err = b.Time(b.closed, b.closedInZone); err != nil {
		return providers.Outcome{}, err
	}
	if o.At.IsZero() {
		return providers.Outcome{}, b.Errorf(b.closed, "expected a time, found nothing")
	}
	// In another zone than the account's the day would end hours earlier or later, and payments of these hours
	// would look like a difference.
	if b.closedInZone.Found() && b.Text(b.closedInZone) == "" {
		return providers.Outcome{}, b.Errorf(b.closedInZone, "expected a time zone such as CET, found nothing")
	}
	// The report has no id of a line: its account, currency and day name it. The balance is part of that, so that a
	// report which was corrected is not taken for the one before.
	o.ID = strings.Join([]string{"balance", o.Account, string(o.After.Currency()),
		o.At.UTC().Format(time.RFC3339), b.table.Format(o.After)}, ":")
	return o, nil
}

// amounts reads the two balances. Both have to be told: a balance of nothing is written 0.00.
func (b *balance) amounts(o *providers.Outcome) (err error) {
	var given bool
	if o.Before, given, err = b.amount(b.opening, money.Currency(b.Text(b.openingCurrency))); err != nil {
		return err
	}
	if !given {
		return b.Errorf(b.opening, "expected the opening balance, found nothing")
	}
	if o.After, given, err = b.amount(b.closing, money.Currency(b.Text(b.closingCurrency))); err != nil {
		return err
	}
	if !given {
		return b.Errorf(b.closing, "expected the closing balance, found nothing")
	}
	// A balance in two currencies is no day of one account.
	if o.Before.Currency() != o.After.Currency() {
		return b.Errorf(b.closingCurrency, "expected the currency of the opening balance, %s, found %s",
			o.Before.Currency(), o.After.Currency())
	}
	return nil
}

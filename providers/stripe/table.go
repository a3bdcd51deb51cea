package stripe

import (
	"cmp"
	"fmt"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

// A table reads the reports that Stripe writes as CSV: itemised activity, payout reconciliation and payouts. All have a
// balance transaction a row; which columns there are beside, whoever ran the report has chosen.
type table struct {
	*tabular.Sheet
	amounts money.Table
	format  string
	account string         // of a report that does not name it
	zone    *time.Location // of the times without _utc

	id, category, source, description                tabular.Column
	currency, gross, fee, net, shown, shownCurrency  tabular.Column
	created, createdLocal, available, availableLocal tabular.Column
	batch, charge, intent, order, connected, whose   tabular.Column
}

// openTable finds the columns by their names. Times are read from the columns in UTC: the zone of their twins is the
// one that the report was asked for in, which the file does not name.
func openTable(s *tabular.Sheet, o providers.ReportOptions, account string) (providers.Report, error) {
	c := tabular.Columns{Sheet: s}
	t := &table{
		Sheet: s, amounts: o.Table, account: account, zone: o.Zone,
		id: c.Need("balance_transaction_id"), category: c.Need("reporting_category"),
		currency: c.Need("currency"), gross: c.Need("gross"), fee: c.Need("fee"), net: c.Need("net"),
		description: c.Column("description"),
		shown:       c.Column("customer_facing_amount"), shownCurrency: c.Column("customer_facing_currency"),
		batch: c.Column("automatic_payout_id"), charge: c.Column("charge_id"), intent: c.Column("payment_intent_id"),
		order:     c.Column("payment_metadata[" + orderKey + "]"),
		connected: c.Column("connected_account_id"), whose: c.Column("connected_account"),
	}
	switch {
	case s.Column("payout_id").Found():
		t.format, t.source = payouts, s.Column("payout_id")
		t.created, t.createdLocal = t.time(&c, "effective_at")
	default:
		if t.format = activity; s.Column("destination_payment_id").Found() {
			t.format = reconciliation
		}
		if t.whose.Found() || account != string(accounts.Platform) {
			return nil, errOfConnected(t.format)
		}
		t.source = c.Need("source_id")
		t.created, t.createdLocal = t.time(&c, "created")
		t.available, t.availableLocal = t.time(&c, "available_on")
	}
	if err := c.Complete("Stripe's " + t.format + " (they are chosen when the report is run)"); err != nil {
		return nil, err
	}
	return t, nil
}

// errOfConnected refuses tables of what changed the balances of connected accounts. They have one fee for what of a charge
// is Stripe's and what is the platform's, and do not say which transfer made a payment: read so, the platform's part
// would count twice, and a transfer as a charge.
func errOfConnected(format string) error {
	return fmt.Errorf("expected the %s of the platform's account, found that of connected accounts: it tells neither "+
		"what of a fee is the platform's nor which transfer made a payment; their balance transactions do, as JSON: "+
		"GET /v1/balance_transactions?expand[]=data.source with the header Stripe-Account, and --account for each",
		format)
}

// time finds the column of a time in UTC, or else, where the zone is given, its twin.
func (t *table) time(c *tabular.Columns, name string) (utc, local tabular.Column) {
	utc, local = c.Column(name+"_utc"), c.Column(name)
	if !utc.Found() && (!local.Found() || t.zone == nil) {
		c.Lack(name + "_utc, or " + name + " with the time zone of the report")
	}
	return utc, local
}

// Format returns the name of the report.
func (t *table) Format() string { return t.format }

// Next reads a row.
func (t *table) Next() (o providers.Outcome, err error) {
	if err := t.Sheet.Next(); err != nil {
		return o, err
	}
	if err := t.names(); err != nil {
		return o, err
	}
	x := transaction{
		id: t.Text(t.id), category: t.Text(t.category), source: t.Text(t.source),
		description: clipText(t.Text(t.description)),
		account:     cmp.Or(t.Text(t.whose), t.account), counterparty: t.Text(t.connected), batch: t.Text(t.batch),
		charge: t.Text(t.charge), intent: t.Text(t.intent), order: t.Text(t.order), line: t.Line(),
	}
	if err := t.money(&x); err != nil {
		return o, err
	}
	if err := t.times(&x); err != nil {
		return o, err
	}
	if o, err = x.outcome(); err != nil {
		return providers.Outcome{}, t.Errorf(t.category, "%s", err)
	}
	return o, nil
}

// names refuses names that may have been cut short. One that is empty at the end of a file may have been cut off.
func (t *table) names() error {
	all := []tabular.Column{t.id, t.category, t.source, t.batch, t.charge, t.intent, t.order, t.connected, t.whose}
	for _, c := range all {
		if t.Text(c) == "" && t.Final(c) {
			return t.Errorf(c, "expected a line end, found the end of the file: the cell may be cut off")
		}
	}
	return t.Uncut(all...)
}

// money reads the amounts, which are in major units.
func (t *table) money(x *transaction) error {
	cur, err := currencyOf(t.Text(t.currency), t.amounts)
	if err != nil {
		return t.Errorf(t.currency, "%s", err)
	}
	for _, cell := range []struct {
		column tabular.Column
		to     *money.Amount
	}{{t.gross, &x.gross}, {t.fee, &x.fee}, {t.net, &x.net}} {
		a, found, err := t.Amount(cell.column, cur, decimals(cur), t.amounts)
		if err != nil {
			return err
		}
		if !found {
			return t.Errorf(cell.column, "expected an amount, found nothing")
		}
		*cell.to = a
	}
	if t.Text(t.shownCurrency) == "" {
		return nil
	}
	shown, err := currencyOf(t.Text(t.shownCurrency), t.amounts)
	if err != nil {
		return t.Errorf(t.shownCurrency, "%s", err)
	}
	a, found, err := t.Amount(t.shown, shown, decimals(shown), t.amounts)
	if err != nil {
		return err
	}
	if found && shown != cur {
		x.shown, x.converted = a, true
	}
	return nil
}

// times reads when the transaction was made, and when its money is available.
func (t *table) times(x *transaction) (err error) {
	if x.created, err = t.moment(t.created, t.createdLocal); err != nil {
		return err
	}
	x.available, err = t.moment(t.available, t.availableLocal)
	return err
}

// moment reads a time in UTC, or else its twin by the clock of the zone that is given.
func (t *table) moment(utc, local tabular.Column) (time.Time, error) {
	if utc.Found() {
		return t.Time(utc, tabular.Column{})
	}
	at, err := t.Time(local, tabular.Column{})
	if err != nil || at.IsZero() {
		return at, err
	}
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, t.zone), nil
}

package xendit

import (
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// moved is what a line of the transactions report says of money. All of it is in one currency: a line with two is
// refused.
type moved struct {
	amount money.Amount // as written
	out    bool         // it went out, or was to
	fees   []posting.Fee
	total  money.Amount // of the fees
}

// effect returns by how much the balance changed: fees are debits whatever the transaction is (the balance
// report has them so).
func (m *moved) effect() money.Amount {
	a := m.amount.Abs()
	if m.out {
		a = a.Neg()
	}
	return money.Sum(a.Currency(), a, m.total.Neg())
}

// money reads the amounts of a line, and checks that they add up: Net Amount is Amount after fee and VAT. The sign of
// the amount says which way the money went where a type has both.
func (t *transactions) money(k *transactionType) (m moved, err error) {
	cur, err := t.line.currency(t.currency)
	if err != nil {
		return m, err
	}
	if other := t.Text(t.netCurrency); other != "" && other != string(cur) {
		return m, t.Errorf(t.netCurrency,
			"expected %s, the currency of the amount, found %q: "+
				"the balance report of either currency says what a conversion moved", cur, clip(other))
	}
	if m.amount, err = t.line.amount(t.amount, cur, false); err != nil {
		return m, err
	}
	m.out = k.in == "" || m.amount.Sign() < 0
	if m.out && k.out == "" {
		return m, t.Errorf(t.amount, "expected no amount below 0 of a %s, found %s", t.Text(t.kind), t.Text(t.amount))
	}
	net, err := t.line.amount(t.net, cur, false)
	if err != nil {
		return m, err
	}
	return m, t.costs(&m, net)
}

// costs reads the fees of a line. Taxes withheld count as fees if they are off the net amount. No fees were
// taken where they are billed later, which is how INDIRECT is understood here; inferred.
func (t *transactions) costs(m *moved, net money.Amount) error {
	cur := net.Currency()
	fee, err := t.line.amount(t.fee, cur, true)
	if err != nil {
		return err
	}
	vat, err := t.line.amount(t.vat, cur, true)
	if err != nil {
		return err
	}
	third, err := t.line.amount(t.thirdWithheld, cur, true)
	if err != nil {
		return err
	}
	own, err := t.line.amount(t.withheld, cur, true)
	if err != nil {
		return err
	}
	withheld := money.Sum(cur, third, own)
	// Tried in turn: what is withheld is off the net amount, it is not, and no fee is.
	for _, fees := range [][2]money.Amount{{money.Sum(cur, fee, withheld), vat}, {fee, vat}, {}} {
		total := money.Sum(cur, fees[0], fees[1])
		if fees[0].Currency() == "" && t.Text(t.deduction) != "INDIRECT" {
			break
		}
		if m.addsUp(net, total) {
			m.take(fees[0], fees[1], total)
			return nil
		}
	}
	// The message has the first of the three, which is what the columns say.
	want := money.Sum(cur, m.amount, fee.Neg(), vat.Neg(), withheld.Neg())
	return t.Errorf(t.net, "expected %s, the amount without fee, tax and what is withheld, found %s",
		t.table.Format(want), t.table.Format(net))
}

// addsUp reports whether a net amount is the amount without fees. Where the amount of what goes out has no
// sign, the fees may be on top of it as well: it is not documented which, and comes to the same, as the fees
// are debits besides.
func (m *moved) addsUp(net, fees money.Amount) bool {
	if money.Sum(net.Currency(), m.amount, fees.Neg()).Equal(net) {
		return true
	}
	return m.out && m.amount.Sign() > 0 && money.Sum(net.Currency(), m.amount, fees).Equal(net)
}

// take notes a fee and its tax, each as a fee of its own kind, and what the line comes to. The tax is of the fee, so
// that whoever bears the fee bears its tax.
func (m *moved) take(fee, vat, total money.Amount) {
	m.total = total
	if !fee.IsZero() {
		m.fees = append(m.fees, posting.Fee{Type: posting.FeeGeneral, Amount: fee})
	}
	if !vat.IsZero() {
		m.fees = append(m.fees, posting.Fee{Type: posting.FeeVAT, Amount: vat, Of: posting.FeeGeneral})
	}
}

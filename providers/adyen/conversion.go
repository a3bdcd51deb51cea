package adyen

import (
	"fmt"
	"strings"

	"github.com/splitledger/splitledger/money"
)

// balanced reports an error where gross × rate − fees is not net: exactly, or to a hundredth of net's currency where it is another
// than gross's (docs.adyen.com reporting/settlement-detail-report; that rounding comes after the conversion is observed). All but
// the fees have a sign; no rate is 1.
func balanced(gross, net money.Amount, fees money.Int, rate string, t money.Table) error {
	same := gross.Currency() == net.Currency()
	before := net.Int().Add(fees) // fees
	if same && (rate == "" || rate == "1") {
		if !before.Equal(gross.Int()) {
			return wrongNet(gross, net, fees, rate, t)
		}
		return nil
	}
	whole, fraction, _ := strings.Cut(rate, ".")
	factor, err := money.ParseInt(whole + fraction)
	if err != nil || factor.Sign() <= 0 {
		return fmt.Errorf("expected a rate above 0, found %q", rate)
	}
	from, _ := t.Exponent(gross.Currency())
	to, _ := t.Exponent(net.Currency())
	// Both sides times ten to the exponents and to the decimals of the rate are whole.
	unit := power(from + len(fraction))
	off := gross.Int().Mul(factor).Mul(power(to)).Sub(before.Mul(unit)).Abs()
	allowed := money.Int{}
	if !same {
		allowed = power(max(to-2, 0)).Mul(unit)
	}
	if off.Cmp(allowed) > 0 {
		return wrongNet(gross, net, fees, rate, t)
	}
	return nil
}

func wrongNet(gross, net money.Amount, fees money.Int, rate string, t money.Table) error {
	by := ""
	if rate != "" && rate != "1" {
		by = " × " + rate
	}
	return fmt.Errorf("expected a net of %s %s%s − fees of %s, found %s %s",
		t.Format(gross), gross.Currency(), by, t.Format(money.FromInt(fees, net.Currency())), t.Format(net), net.Currency())
}

// power returns ten to the n.
func power(n int) money.Int {
	if n < len(powers) {
		return powers[n]
	}
	p := powers[len(powers)-1]
	for range n - len(powers) + 1 {
		p = p.Mul(money.NewInt(10))
	}
	return p
}

// powers of ten, as most rates need them.
var powers = func() (p [20]money.Int) {
	p[0] = money.NewInt(1)
	for i := range p[1:] {
		p[i+1] = p[i].Mul(money.NewInt(10))
	}
	return p
}()

package adyen

import (
	"fmt"

	"github.com/splitledger/splitledger/money"
)

// balanced reports an error where gross × rate − fees is not net: exactly, or to a hundredth of net's currency
// where it is another than gross's (docs.adyen.com reporting/settlement-detail-report; that rounding comes
// after the conversion is observed). All but the fees have a sign; no rate is 1.
func balanced(gross, net money.Amount, fees money.Int, rate string, t money.Table) error {
	cur := net.Currency()
	same := gross.Currency() == cur
	// What the line came to before fees were taken off it, in the currency of the settlement.
	before := net.Int().Add(fees)
	if same && (rate == "" || rate == "1") {
		if !before.Equal(gross.Int()) {
			return wrongNet(gross, net, fees, rate, t)
		}
		return nil
	}
	r, err := parseRate(rate)
	if err != nil {
		return err
	}
	// The exact conversion lies between these two, which are one where it is whole.
	low, err := r.Convert(gross, cur, t, money.Floor)
	if err != nil {
		return err
	}
	high, err := r.Convert(gross, cur, t, money.Ceiling)
	if err != nil {
		return err
	}
	var off money.Int
	if !same {
		// Adyen rounds once the amount is converted, so the two may be apart by the last digit that it shows.
		off = hundredth(cur, t)
	}
	if low.Int().Cmp(before.Sub(off)) < 0 || high.Int().Cmp(before.Add(off)) > 0 {
		return wrongNet(gross, net, fees, rate, t)
	}
	return nil
}

// parseRate reads a rate above 0. One with more digits than [money.MaxRateDigits] is refused: no report has it, and
// multiplying by it takes time.
func parseRate(text string) (money.Rate, error) {
	r, err := money.ParseRate(text)
	switch {
	case err == nil:
		return r, nil
	case len(text) > money.MaxRateDigits:
		return r, fmt.Errorf("expected a rate above 0 of at most %d digits, found %q", money.MaxRateDigits, text)
	}
	return r, fmt.Errorf("expected a rate above 0, found %q", text)
}

// hundredth returns the minor units of 0.01 of a currency, or one where it has no such decimals.
func hundredth(c money.Currency, t money.Table) money.Int {
	decimals, _ := t.Exponent(c)
	minor, _ := money.NewInt(1).Shift(max(decimals-2, 0)) // whole: to the right
	return minor
}

// wrongNet says what the net should be by the gross amount, the fees and the rate. It shows the sum as a person would
// check it, with a rate of 1 left out.
func wrongNet(gross, net money.Amount, fees money.Int, rate string, t money.Table) error {
	by := ""
	if rate != "" && rate != "1" {
		by = " × " + rate
	}
	return fmt.Errorf("expected a net of %s %s%s − fees of %s, found %s %s",
		t.Format(gross), gross.Currency(), by, t.Format(money.FromInt(fees, net.Currency())),
		t.Format(net), net.Currency())
}

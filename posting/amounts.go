// Arithmetic on minor units that several rules need: limits and shares by largest remainder.

package posting

import "github.com/splitledger/splitledger/money"

// atLeastZero returns i, or zero where it is below.
func atLeastZero(i money.Int) money.Int {
	if i.Sign() < 0 {
		return money.Int{}
	}
	return i
}

// least returns the smallest of three amounts, such as what is asked for, what a capture has room for and what a part
// has.
func least(a, b, c money.Int) money.Int {
	if b.Cmp(a) < 0 {
		a = b
	}
	if c.Cmp(a) < 0 {
		a = c
	}
	return a
}

// byRatio shares an amount out by weights, of which those below 0 count as 0. A share that rounding made larger has a
// reason. There are no shares where nothing has a weight.
func byRatio(whole money.Int, weights []money.Int) (minors []money.Int, reasons []string) {
	var sum money.Int
	counted := make([]money.Int, len(weights))
	for i, w := range weights {
		if w.Sign() > 0 {
			counted[i], sum = w, sum.Add(w)
		}
	}
	shares, err := money.Allocate(money.FromInt(whole, ""), counted)
	if err != nil {
		return nil, nil
	}
	minors, reasons = make([]money.Int, len(shares)), make([]string, len(shares))
	for i := range shares {
		minors[i] = shares[i].Int()
		if minors[i].Mul(sum).Cmp(whole.Mul(counted[i])) > 0 {
			reasons[i] = "rounding: +1"
		}
	}
	return minors, reasons
}

package money

import (
	"errors"
	"fmt"
	"slices"
)

// [Allocate] refuses weights with one of these.
var (
	ErrNoWeight       = errors.New("no weight above zero to allocate by")
	ErrNegativeWeight = errors.New("negative weight")
)

// Allocate shares total by weights: one part for each weight, in their order, in total's currency and
// with its sign. The parts always sum to total.
//
// Each part is first rounded towards zero; the minor units left over then go, one each, to the parts
// that lost the largest remainders, to the earlier part where those are equal. A weight of 0 gets
// nothing. The error wraps [ErrNegativeWeight], or is [ErrNoWeight] where no weight is above zero.
func Allocate(total Amount, weights []Int) ([]Amount, error) {
	var sum Int
	for k, w := range weights {
		if w.Sign() < 0 {
			return nil, fmt.Errorf("weight %d of %d is %v: %w", k+1, len(weights), w, ErrNegativeWeight)
		}
		sum = sum.Add(w)
	}
	if sum.IsZero() {
		return nil, ErrNoWeight
	}
	parts := make([]Amount, len(weights))
	remainders := make([]Int, len(weights)) // of sum, with total's sign
	left := total.minor
	for k, w := range weights {
		part, remainder := total.minor.Mul(w).QuoRem(sum)
		parts[k] = Amount{part, total.currency}
		remainders[k] = remainder
		left = left.Sub(part)
	}
	// The remainders are each less than sum and add up to left·sum, so there are more of them above
	// zero than minor units left, and these are fewer than the parts.
	for _, k := range largest(remainders)[:abs(left)] {
		parts[k].minor = parts[k].minor.Add(NewInt(int64(total.Sign())))
	}
	return parts, nil
}

// largest returns the indices of v, those of the largest magnitude first and in their order where equal.
func largest(v []Int) []int {
	order := make([]int, len(v))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return v[j].Abs().Cmp(v[i].Abs())
	})
	return order
}

// abs returns the magnitude of i, which an int holds.
func abs(i Int) int {
	v, _ := i.Abs().Int64()
	return int(v)
}

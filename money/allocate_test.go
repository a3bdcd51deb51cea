package money_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
)

func TestAllocate(t *testing.T) {
	for _, tt := range []struct {
		name, total, weights, want string
	}{
		{"a chargeback by split ratio", "3333 USD", "7000 2000 1000", "2333 667 333"},
		{"taken from what each had", "-3333 USD", "7000 2000 1000", "-2333 -667 -333"},
		{"it comes out even", "10000 USD", "7000 2000 1000", "7000 2000 1000"},
		{"a cent for three goes to the first", "1 USD", "1 1 1", "1 0 0"},
		{"two cents for three", "2 USD", "1 1 1", "1 1 0"},
		{"ties go to the earlier", "100 EUR", "1 1 1", "34 33 33"},
		{"the largest remainder before the earlier", "10 EUR", "1 1 4", "2 2 6"},
		{"the last may have it", "100 EUR", "10 10 46", "15 15 70"},
		{"a weight of nothing gets nothing", "5 USD", "0 3 0 3 0", "0 3 0 2 0"},
		{"one takes all", "599 EUR", "17", "599"},
		{"one among nothings", "599 EUR", "0 0 9", "0 0 599"},
		{"nothing to share", "0 EUR", "1 2", "0 0"},
		{"fewer cents than parts", "-2 JPY", "5 5 5 5", "-1 -1 0 0"},
		{"weights beyond 128 bits", "100 USD", twoTo128 + " " + twoTo128, "50 50"},
		{"totals beyond 36 digits", twoTo128 + " USD", "1 1", "170141183460469231731687303715884105728 170141183460469231731687303715884105728"},
	} {
		total := amount(t, tt.total)
		parts, err := money.Allocate(total, numbers(t, tt.weights))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var got []string
		for _, p := range parts {
			if p.Currency() != total.Currency() {
				t.Errorf("%s: a part of %v is %v", tt.name, total, p)
			}
			got = append(got, p.Minor())
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: Allocate(%v, %s) = %v, want %s", tt.name, total, tt.weights, got, tt.want)
		}
		if sum := money.Sum(total.Currency(), parts...); !sum.Equal(total) {
			t.Errorf("%s: the parts of %v sum to %v", tt.name, total, sum)
		}
	}
}

func TestAllocateRefuses(t *testing.T) {
	for _, tt := range []struct {
		weights string
		want    error
		message string
	}{
		{"", money.ErrNoWeight, "no weight above zero to allocate by"},
		{"0", money.ErrNoWeight, "no weight above zero to allocate by"},
		{"0 0 0", money.ErrNoWeight, "no weight above zero to allocate by"},
		{"5 -1 3", money.ErrNegativeWeight, "weight 2 of 3 is -1: negative weight"},
		{"1 -1", money.ErrNegativeWeight, "weight 2 of 2 is -1: negative weight"},
	} {
		for _, total := range []int64{100, 0, -100} {
			parts, err := money.Allocate(money.New(total, "USD"), numbers(t, tt.weights))
			if !errors.Is(err, tt.want) || fmt.Sprint(err) != tt.message || parts != nil {
				t.Errorf("Allocate(%d, %s) = %v, %v, want error %s", total, tt.weights, parts, err, tt.message)
			}
		}
	}
}

// numbers reads whole numbers with spaces between them.
func numbers(t testing.TB, s string) (all []money.Int) {
	t.Helper()
	for f := range strings.FieldsSeq(s) {
		all = append(all, number(t, f))
	}
	return all
}

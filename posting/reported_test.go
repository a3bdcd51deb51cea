package posting

import (
	"testing"

	"github.com/splitledger/splitledger/money"
)

// TestTelling adds up movements that are told in several ways. The figures are minor units of one currency.
func TestTelling(t *testing.T) {
	type told struct {
		hasPart, ofAccount bool
		minor              int64
		beyond             int64 // expected
	}
	whole := func(minor, beyond int64) told { return told{false, false, minor, beyond} }
	part := func(minor, beyond int64) told { return told{true, false, minor, beyond} }
	row := func(minor, beyond int64) told { return told{true, true, minor, beyond} }
	for _, c := range []struct {
		name   string
		tells  []told
		booked int64
	}{
		{"once, as a whole", []told{whole(1000, 1000)}, 1000},
		{"in two batches", []told{part(600, 600), part(400, 400)}, 1000},
		{"the whole, then its batches", []told{whole(1000, 1000), part(600, 0), part(400, 0)}, 1000},
		{"batches, then the whole, of which only the rest is new", []told{part(600, 600), whole(1000, 400)}, 1000},
		{"the whole, then rows of two accounts", []told{whole(1000, 1000), row(700, 0), row(300, 0)}, 1000},
		{"rows, then the whole", []told{row(700, 700), row(300, 300), whole(1000, 0)}, 1000},
		{"batches and rows by turns", []told{part(600, 600), row(700, 100), part(400, 300), row(300, 0)}, 1000},
		{"rows of more than the whole", []told{whole(1000, 1000), row(700, 0), row(400, 100)}, 1100},
		{"a row without a part of its own", []told{{false, true, 500, 500}, whole(500, 0)}, 500},
		{"the whole again, as the provider tells what is booked", []told{whole(1000, 1000), whole(1000, 0)}, 1000},
		{"the whole again, and more", []told{whole(1000, 1000), whole(1050, 50), row(700, 0), row(350, 0)}, 1050},
		{"nothing", []told{whole(0, 0), part(0, 0), row(0, 0)}, 0},
	} {
		var sum reportedSum
		for i, tell := range c.tells {
			if got := sum.add(tell.hasPart, tell.ofAccount, money.NewInt(tell.minor)); !got.Equal(money.NewInt(tell.beyond)) {
				t.Errorf("%s: telling %d books %s, expected %d", c.name, i+1, got, tell.beyond)
			}
		}
		if !sum.booked.Equal(money.NewInt(c.booked)) || !sum.total().Equal(sum.booked) {
			t.Errorf("%s: booked %s and told %s, expected %d", c.name, sum.booked, sum.total(), c.booked)
		}
	}
}

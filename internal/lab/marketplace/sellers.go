package marketplace

import (
	"fmt"
	"sort"

	"github.com/splitledger/splitledger/internal/lab/dice"
)

// A seller has a home market and currency. free is what the seller can certainly pay out of available,
// in minor units of the home currency: never more than the ledger's balance, often less.
type seller struct {
	market, tender uint8
	opened         bool
	free           int64
}

// sellers draws sellers so that the k-th is drawn in proportion to 1/k, as in most markets.
type sellers struct {
	all   []seller
	upTo  []int64 // upTo[k] is the sum of the weights of sellers 0..k
	total int64
}

func newSellers(d *dice.Dice, n int) *sellers {
	s := &sellers{all: make([]seller, n), upTo: make([]int64, n)}
	weights := make([]int64, len(markets))
	for i, m := range markets {
		weights[i] = m.weight
	}
	for k := range s.all {
		m := d.Weighted(weights)
		s.all[k] = seller{market: uint8(m), tender: uint8(d.Weighted(markets[m].shares))}
		s.total += 1 << 30 / int64(k+1)
		s.upTo[k] = s.total
	}
	return s
}

func (s *sellers) draw(d *dice.Dice) int {
	at := d.Below(s.total)
	return sort.Search(len(s.upTo), func(k int) bool { return s.upTo[k] > at })
}

func (s *sellers) tender(k int) tender {
	return markets[s.all[k].market].tenders[s.all[k].tender]
}

// neighbour returns another seller with the home market and currency of seller k, or k where there is none near.
func (s *sellers) neighbour(d *dice.Dice, k int) int {
	start := int(d.Below(int64(len(s.all))))
	for i := range min(64, len(s.all)) {
		n := (start + i) % len(s.all)
		if n != k && s.all[n].market == s.all[k].market && s.all[n].tender == s.all[k].tender {
			return n
		}
	}
	return k
}

func sellerID(k int) string { return fmt.Sprintf("seller:%04d", k+1) }

var (
	firstNames = []string{"Ada", "Bima", "Chiara", "Dewi", "Emil", "Farah", "Goran", "Hana", "Ines", "Jonas", "Kenji", "Lucia", "Mei", "Nadia", "Omar", "Putri", "Quinn", "Rosa", "Sven", "Tariq", "Uma", "Viktor", "Wanda", "Yusuf", "Zoe"}
	trades     = []string{"Antiques", "Bakery", "Books", "Ceramics", "Coffee", "Garden", "Instruments", "Jewellery", "Kitchen", "Leather", "Linen", "Prints", "Records", "Spices", "Tea", "Toys", "Vintage", "Wood"}
)

// holderName gives the k-th holder a name; sellers far apart may share one.
func holderName(k int) string {
	return firstNames[k%len(firstNames)] + "'s " + trades[(k/len(firstNames)+k)%len(trades)]
}

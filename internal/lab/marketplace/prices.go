package marketplace

import "github.com/splitledger/splitledger/internal/lab/dice"

// quantiles are 65 evenly spaced quantiles of a log-normal distribution of baskets with a median of
// 32.00 and a sigma of 0.95, in hundredths: many small baskets and a long tail of large ones.
var quantiles = [...]int64{
	320, 481, 596, 694, 783, 867, 947, 1025, 1101, 1177, 1252, 1326, 1401, 1476, 1552, 1628, 1705, 1784, 1863, 1944,
	2027, 2111, 2197, 2285, 2376, 2468, 2563, 2661, 2762, 2866, 2974, 3085, 3200, 3319, 3444, 3573, 3707, 3848, 3995,
	4149, 4310, 4481, 4660, 4850, 5052, 5266, 5495, 5740, 6004, 6289, 6599, 6937, 7309, 7721, 8182, 8702, 9298, 9990,
	10812, 11812, 13074, 14752, 17176, 21273, 31982,
}

// basket returns a price in hundredths of a euro or so, between two neighbouring quantiles.
func basket(d *dice.Dice) int64 {
	i := d.Below(int64(len(quantiles) - 1))
	return d.Between(quantiles[i], quantiles[i+1])
}

// A tender is a currency as prices are made in it.
type tender struct {
	currency string
	rate     int64 // minor units for a hundredth of a basket, in thousandths
	step     int64 // prices are whole multiples of it, in minor units
}

// price returns an amount in minor units of the tender, at least one step.
func (t tender) price(d *dice.Dice) int64 {
	return max(basket(d)*t.rate/1000/t.step, 1) * t.step
}

// portion returns parts of 10000 of amount, rounded down to a whole step and at least one step.
func (t tender) portion(amount, parts int64) int64 {
	return max(amount*parts/10000/t.step, 1) * t.step
}

var (
	eur = tender{"EUR", 1000, 1}
	usd = tender{"USD", 1100, 1}
	gbp = tender{"GBP", 850, 1}
	sek = tender{"SEK", 11200, 100}
	jpy = tender{"JPY", 1600, 1}
	cad = tender{"CAD", 1500, 1}
	sgd = tender{"SGD", 1450, 1}
	idr = tender{"IDR", 17000000, 10000} // whole hundreds of rupiah; the ledger's unit is 1/100 rupiah
	php = tender{"PHP", 62000, 100}
	kwd = tender{"KWD", 3300, 5} // three decimals, coins of five
)

// A market is a provider, the scheme its payments follow, and what is paid there.
type market struct {
	provider string
	scheme   scheme
	weight   int64
	tenders  []tender
	shares   []int64 // of the tenders
}

// A scheme decides how a payment of the market is split.
type scheme uint8

const (
	exact    scheme = iota // adyen and generic: splits of fixed amounts that sum to the payment
	routes                 // xendit: percents and amounts routed at settlement
	linked                 // paysafe: percents and amounts for linked accounts
	unsplit                // antom without a split: the merchant has it all
	nSchemes = iota
)

var markets = []market{
	{"adyen", exact, 48, []tender{eur, usd, gbp, jpy, sek}, []int64{50, 22, 16, 6, 6}},
	{"xendit", routes, 18, []tender{idr, php}, []int64{80, 20}},
	{"paysafe", linked, 14, []tender{cad, usd, gbp}, []int64{50, 30, 20}},
	{"antom", unsplit, 12, []tender{usd, jpy, sgd}, []int64{40, 30, 30}},
	{"souqpay", exact, 8, []tender{kwd, eur}, []int64{60, 40}},
}

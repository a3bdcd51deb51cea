// Package dice throws the numbers of made-up marketplaces and reports.
//
// The same seed throws the same numbers on every machine and with every release of Go, which math/rand does not promise. It
// is splitmix64, and uses no floats.
package dice

// Dice are ready to throw; the seed is where they start.
type Dice struct{ Seed uint64 }

func (d *Dice) next() uint64 {
	d.Seed += 0x9e3779b97f4a7c15
	z := d.Seed
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Below returns a number in [0, n). n must be positive. The bias of the remainder is far below what
// a sample of any size could show.
func (d *Dice) Below(n int64) int64 { return int64(d.next() % uint64(n)) }

// Between returns a number in [lo, hi].
func (d *Dice) Between(lo, hi int64) int64 { return lo + d.Below(hi-lo+1) }

// Permille is true in n of 1000 throws.
func (d *Dice) Permille(n int64) bool { return d.Below(1000) < n }

// Weighted returns an index into weights, each as likely as its weight.
func (d *Dice) Weighted(weights []int64) int {
	var sum int64
	for _, w := range weights {
		sum += w
	}
	at := d.Below(sum)
	for i, w := range weights {
		if at < w {
			return i
		}
		at -= w
	}
	return len(weights) - 1
}

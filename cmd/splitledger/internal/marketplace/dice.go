package marketplace

// dice is splitmix64: the same seed throws the same numbers on every machine and with every release
// of Go, which math/rand does not promise. It uses no floats.
type dice struct{ state uint64 }

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number in [0, n). n must be positive. The bias of the remainder is far below what
// a sample of any size could show.
func (d *dice) below(n int64) int64 { return int64(d.next() % uint64(n)) }

// between returns a number in [lo, hi].
func (d *dice) between(lo, hi int64) int64 { return lo + d.below(hi-lo+1) }

// permille is true in n of 1000 throws.
func (d *dice) permille(n int64) bool { return d.below(1000) < n }

// weighted returns an index into weights, each as likely as its weight.
func (d *dice) weighted(weights []int64) int {
	var sum int64
	for _, w := range weights {
		sum += w
	}
	at := d.below(sum)
	for i, w := range weights {
		if at < w {
			return i
		}
		at -= w
	}
	return len(weights) - 1
}

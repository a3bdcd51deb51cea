package till

type drawer struct{ coins []int }

func (d *drawer) put(n int) {
	d.coins = append(d.coins, n)
	log(n) // an arrow to log.go
}

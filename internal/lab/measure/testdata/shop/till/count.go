package till

func count() int {
	a := 0
	for i := range 3 {
		a += i
	}
	switch {
	case a > 1:
		a++
	case a > 2:
		a--
	default:
		a = 0
	}
	return a
}

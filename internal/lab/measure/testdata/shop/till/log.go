package till

// Log is what was logged.
var Log []int

func log(n int) {
	Log = append(Log, n)
	_ = drawer{} // back up to drawer.go
}

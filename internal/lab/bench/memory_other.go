//go:build !linux

package bench

// anonymous is not known here.
func anonymous() uint64 { return 0 }

// Package tilltest is what no program is built from.
package tilltest

import "example.com/shop/till"

// Open opens a till for a test.
func Open() *till.Till { return till.Open() }

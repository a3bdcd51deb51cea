//go:build !race

package ledger_test

import "testing"

// damagesPages does nothing here: see the one for race builds.
func damagesPages(*testing.T) {}

// aboutTheDisk does nothing here: see the one for race builds.
func aboutTheDisk(*testing.T) {}

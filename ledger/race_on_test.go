//go:build race

package ledger_test

import "testing"

// damagesPages skips a test that has bbolt read pages that are damaged: a race build checks its unsafe pointers,
// and ends the process at the first that points outside, where others meet a fault that can be caught.
func damagesPages(t *testing.T) {
	t.Helper()
	t.Skip("bbolt reads damaged pages, which ends the process of a race build")
}

// aboutTheDisk skips a test that has nothing to do with races, and takes long in a race build.
func aboutTheDisk(t *testing.T) {
	t.Helper()
	t.Skip("nothing of it can be a race")
}

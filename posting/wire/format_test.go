package wire

import "testing"

// TestFormat1IsWrittenDown looks whether the types that format 1 had are still there, with at least the fields that they had.
func TestFormat1IsWrittenDown(t *testing.T) {
	for name, n := range eventsOfFormat1 {
		if r := types[name]; r == nil || len(r.fields)-len(commonFields) < n {
			t.Errorf("%s had %d fields", name, n)
		}
	}
}

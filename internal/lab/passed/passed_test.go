package passed

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A test of a small module passes four functions in three files, and none of what it leaves aside.
func TestRun(t *testing.T) {
	got, err := Run(t.Context(), "../measure/testdata/shop", "./till", "TestTake")
	if err != nil {
		t.Fatal(err)
	}
	want := Count{Functions: 4, Files: 3, Packages: []Share{{Dir: "till", Functions: 4, Files: 3}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, err := Run(t.Context(), "../measure/testdata/shop", "./none", "TestTake"); err == nil {
		t.Error("a package that is not there was tested")
	}
}

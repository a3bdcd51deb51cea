package measure

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A small module, counted by hand.
func TestMeasure(t *testing.T) {
	r, err := Measure(t.Context(), "testdata/shop")
	if err != nil {
		t.Fatal(err)
	}
	want := []Package{{
		Dir: "cmd/shop", Lines: Lines{Files: 1, All: 6, Code: 3, Comments: 1},
	}, {
		Dir:      "till",
		Lines:    Lines{Files: 6, All: 143, Code: 120, Comments: 9, Wide: 1},
		Exported: Exported{Types: 1, Functions: 1, Methods: 2},
		Arrows:   Arrows{All: 3, Up: 1, Cycle: 2},
	}}
	if diff := cmp.Diff(want, r.Packages); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
	if got := r.Product.Lines; got.Files != 7 || got.Code != 123 || r.Product.Arrows.All != 3 {
		t.Errorf("in all %+v", r.Product)
	}
	if r.Lab.Code != 5 || r.Helpers.Code != 3 || r.Tests.Code != 3 {
		t.Errorf("%d lines of the lab, %d of helpers, %d of tests", r.Lab.Code, r.Helpers.Code, r.Tests.Code)
	}
	if diff := cmp.Diff([]string{"tilltest"}, r.Dirs); diff != "" {
		t.Errorf("test helpers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Place{{"till/sum.go", 21, 62, "long"}}, r.LongFuncs); diff != "" {
		t.Errorf("long functions (-want +got):\n%s", diff)
	}
	twin := Twin{14, Place{File: "till/count.go", Line: 4, Lines: 14}, Place{File: "till/sum.go", Line: 6, Lines: 14}}
	if diff := cmp.Diff([]Twin{twin}, r.Twins); diff != "" {
		t.Errorf("twins (-want +got):\n%s", diff)
	}
}

// The best order of a graph, and what leads back in it.
func TestOrder(t *testing.T) {
	for _, tt := range []struct {
		name      string
		arrows    [][2]int
		up, cycle int
	}{
		{"none", nil, 0, 0},
		{"a line, backwards", [][2]int{{3, 2}, {2, 1}, {1, 0}}, 0, 0},
		{"a ring", [][2]int{{0, 1}, {1, 2}, {2, 0}}, 1, 3},
		{"two rings that share a node", [][2]int{{0, 1}, {1, 0}, {1, 2}, {2, 1}, {3, 0}}, 2, 4},
		{"all to all", [][2]int{{0, 1}, {1, 0}, {0, 2}, {2, 0}, {1, 2}, {2, 1}}, 3, 6},
		{"a ring with a short cut", [][2]int{{0, 1}, {1, 2}, {2, 3}, {3, 0}, {1, 3}, {0, 2}}, 1, 6},
	} {
		g := graph{{}, {}, {}, {}}
		for _, a := range tt.arrows {
			g[a[0]][a[1]] = true
		}
		if up, cycle := upward(g, order(g)), cyclic(g); up != tt.up || cycle != tt.cycle {
			t.Errorf("%s: %d up, %d in cycles; expected %d and %d", tt.name, up, cycle, tt.up, tt.cycle)
		}
	}
}

func TestNoModule(t *testing.T) {
	if _, err := Measure(t.Context(), t.TempDir()); err == nil {
		t.Error("an empty directory was measured")
	}
}

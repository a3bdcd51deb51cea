package tabular_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

// TestUncut has names at the end of a file without line end: they may be cut short, and the names of something else then.
func TestUncut(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
	}{
		{"whole", "Amount,Reference\n1.00,order-10\n", ""},
		{"cut", "Amount,Reference\n1.00,order-10", `line 2, column "Reference": expected a line end after the text, found the end of the file: it may be cut short`},
		{"of the length of those above", "Amount,Reference\n1.00,order-09\n1.00,order-10", ""},
		{"shorter than those above", "Amount,Reference\n1.00,order-09\n1.00,order-1", `line 3, column "Reference": expected a line end after the text, found the end of the file: it may be cut short`},
		{"above are several lengths", "Amount,Reference\n1.00,order-09\n1.00,order-100\n1.00,order-10", `line 4, column "Reference": expected a line end after the text, found the end of the file: it may be cut short`},
		{"long", "Amount,Reference\n1.00," + strings.Repeat("ü", 257) + "\n", `line 2, column "Reference": expected at most 256 characters, found 257`},
		{"not too long", "Amount,Reference\n1.00," + strings.Repeat("ü", 256) + "\n", ""},
		{"nothing", "Amount,Reference\n1.00,", ""},
		{"not the last cell", "Reference,Amount\norder-10,1.00", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := tabular.Open(strings.NewReader(c.text), tabular.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for range strings.Count(strings.TrimSuffix(c.text, "\n"), "\n") {
				if err := s.Next(); err != nil {
					t.Fatal(err)
				}
			}
			found := ""
			if err := s.Uncut(s.Column("Reference"), s.Column("no such column")); err != nil {
				found = err.Error()
			}
			if found != c.want {
				t.Errorf("expected %q, found %q", c.want, found)
			}
		})
	}
}

// TestCutWithoutFigures cuts where nothing that is missing would be missed: after a header, and after a first empty cell.
func TestCutWithoutFigures(t *testing.T) {
	if _, err := tabular.Open(strings.NewReader("Reference,Currency,Amo"), tabular.Options{}); !errors.Is(err, tabular.ErrTruncated) {
		t.Errorf("a header without line end: expected %v, found %v", tabular.ErrTruncated, err)
	}
	s, err := tabular.Open(strings.NewReader("Reference,Currency,Amount\n,,\n,"), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := errors.AsType[*providers.LineError](s.Next()); !ok {
		t.Error("separators without line end: expected a line that cannot be read, found none")
	}
	if err := s.Next(); err != io.EOF {
		t.Errorf("expected the end, found %v", err)
	}
}

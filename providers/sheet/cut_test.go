package sheet_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/sheet"
)

// TestCutWithoutFigures cuts where nothing that is missing would be missed: after a header, and after a first empty cell.
func TestCutWithoutFigures(t *testing.T) {
	if _, err := sheet.Open(strings.NewReader("Reference,Currency,Amo"), sheet.Options{}); !errors.Is(err, sheet.ErrTruncated) {
		t.Errorf("a header without line end: expected %v, found %v", sheet.ErrTruncated, err)
	}
	s, err := sheet.Open(strings.NewReader("Reference,Currency,Amount\n,,\n,"), sheet.Options{})
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

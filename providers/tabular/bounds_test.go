package tabular_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers/providertest"
	"github.com/splitledger/splitledger/providers/tabular"
)

// TestBounds reads tables that are made to take memory: what is wrong is said, in a few MiB.
func TestBounds(t *testing.T) {
	const header = "Reference,Currency,Amount,Note\n"
	const huge = 64 << 20
	text := strings.NewReader
	for _, c := range []struct {
		name string
		r    io.Reader
		want string
	}{
		{"a line", io.MultiReader(text(header+"a,EUR,1,"), providertest.Repeated("x", huge)), "stop: line 2: expected lines of at most 256 KiB, found a longer one\n"},
		{"a header", providertest.Repeated("x", huge), "open: expected lines of at most 256 KiB, found a longer one\n"},
		{"a name of a column", text("Reference,Currency,Amount," + strings.Repeat("x", 2000) + "\n"), "open: line 1: expected names of columns, found a text of 2000 bytes as name 4\n"},
		{"columns", io.MultiReader(text("Reference"), providertest.Repeated(",a", 8000), text("\n")), "open: line 1: expected at most 2000 cells, found more\n"},
		{"a cell", io.MultiReader(text(header+"a,EUR,1,"), providertest.Repeated("x", 65537), text("\nb,EUR,2,\n")),
			"line 2, column \"Note\": expected at most 64 KiB, found 65537 bytes\n3: \"b\" 200 EUR\n"},
		{"a cell of many lines", io.MultiReader(text(header+"a,EUR,1,\""), providertest.Repeated("x\n", 65538), text("\"\nb,EUR,2,\n")),
			"line 2, column \"Note\": expected at most 64 KiB, found 65538 bytes\n32772: \"b\" 200 EUR\n"},
		{"cells", io.MultiReader(text(header+"a,EUR,1"), providertest.Repeated(",", 200<<10), text("\nb,EUR,2,\n")),
			"line 2: expected at most 2000 cells, found more\n3: \"b\" 200 EUR\n"},
		{"cells, with quotes", io.MultiReader(text(header+"a,EUR,\"1\""), providertest.Repeated(",", 200<<10), text("\nb,EUR,2,\n")),
			"line 2: expected at most 2000 cells, found more\n3: \"b\" 200 EUR\n"},
		{"a cell that just fits", io.MultiReader(text(header+"a,EUR,1,"), providertest.Repeated("x", 65536), text("\n")), "2: \"a\" 100 EUR\n"},
		{"compressed", squeezed(io.MultiReader(text(header+"a,EUR,1,"), providertest.Repeated("x", huge))), "stop: line 2: expected lines of at most 256 KiB, found a longer one\n"},
		{"compressed twice", squeezed(squeezed(text(header))), "open: expected text in UTF-8, found a file that gzip has compressed twice\n"},
		{"bzip2", text("BZh91AY&SY"), "open: expected text in UTF-8, found a file that bzip2 has compressed: unpack it first\n"},
		{"xz", text("\xfd7zXZ\x00"), "open: expected text in UTF-8, found a file that xz has compressed: unpack it first\n"},
		{"zstd", text("\x28\xb5\x2f\xfd\x04"), "open: expected text in UTF-8, found a file that zstd has compressed: unpack it first\n"},
		{"a spreadsheet", text("\xd0\xcf\x11\xe0\xa1\xb1"), "open: expected text in UTF-8, found a spreadsheet (.xls): save it as CSV\n"},
		{"blank lines", io.MultiReader(providertest.Repeated("\n", huge/8), text(header)), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			providertest.Frugal(t, 4, func() {
				if got := told(c.r, tabular.Options{}); got != c.want {
					t.Errorf("expected\n%.300s\nfound\n%.300s", c.want, got)
				}
			})
		})
	}
}

func squeezed(r io.Reader) io.Reader {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.Copy(z, r) // to memory
	z.Close()
	return &b
}

// TestKept keeps a short text of each of many long rows: not the rows.
func TestKept(t *testing.T) {
	row := "a," + strings.Repeat("x", 60_000) + "\n"
	s, err := tabular.Open(io.MultiReader(strings.NewReader("Reference,Note\n"), providertest.Repeated(row, int64(200*len(row)))), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	before := inUse()
	var kept []string
	for c := s.Column("Reference"); s.Next() == nil; {
		kept = append(kept, s.Text(c))
	}
	if n := inUse() - before; len(kept) != 200 || n > 1<<20 {
		t.Errorf("expected 200 texts and their memory, found %d and %d bytes", len(kept), n)
	}
	runtime.KeepAlive(kept)
}

func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

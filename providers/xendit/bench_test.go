package xendit

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/splitledger/splitledger/providers"
)

// BenchmarkReport reads the lines of the reports again and again; an operation is a line.
func BenchmarkReport(b *testing.B) {
	for _, name := range []string{"balance", "transactions_v2"} {
		text, err := os.ReadFile("testdata/reports/" + name + ".csv")
		if err != nil {
			b.Fatal(err)
		}
		head := bytes.IndexByte(text, '\n') + 1
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			r, err := New().Open(io.MultiReader(bytes.NewReader(text[:head]), &endless{text: text[head:]}), providers.ReportOptions{})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := r.Next(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}

// endless repeats a text.
type endless struct {
	text []byte
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text[e.at:])
	e.at = (e.at + n) % len(e.text)
	return n, nil
}

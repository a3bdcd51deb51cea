package providertest

import (
	"io"
	"runtime"
	"testing"
)

// Frugal runs a function and reports an error if it allocates more than some MiB in all.
func Frugal(t testing.TB, most int, run func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > uint64(most)<<20 {
		t.Errorf("expected at most %d MiB of memory in all, found %.1f", most, float64(spent)/(1<<20))
	}
}

// Repeated returns a reader of a text as often as it takes to fill some bytes. It has the text once in memory.
func Repeated(text string, size int64) io.Reader { return io.LimitReader(&repeated{text: text}, size) }

type repeated struct {
	text string
	at   int
}

func (r *repeated) Read(p []byte) (n int, err error) {
	for n < len(p) {
		c := copy(p[n:], r.text[r.at:])
		n, r.at = n+c, (r.at+c)%len(r.text)
	}
	return n, nil
}

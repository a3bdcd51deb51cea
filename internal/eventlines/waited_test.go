package eventlines

import (
	"io"
	"strings"
	"testing"
	"time"
)

// Reading ahead stands still where nobody books what was read, and says for how long.
func TestWaited(t *testing.T) {
	text := strings.Repeat("{}\n", 1<<17)
	waits := 0
	out := read(t.Context(), []Source{{Name: "x", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	}, Waited: func(d time.Duration) {
		if d > 0 {
			waits++
		}
	}}})
	for len(out) < cap(out) {
		time.Sleep(time.Millisecond)
	}
	for c := range out {
		<-c.decoded
	}
	if waits == 0 {
		t.Error("it did not say that it waited")
	}
}

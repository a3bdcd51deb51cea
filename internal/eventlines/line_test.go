package eventlines

import (
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLines(t *testing.T) {
	full := strings.Repeat("x", maxLine)
	for _, tt := range []struct {
		name, in string
		want     []string // "-" is a line that is too long
	}{
		{"nothing", "", nil},
		{"last line without an end", "a\nb", []string{"a", "b"}},
		{"blank lines", "\n\na\n", []string{"", "", "a"}},
		{"windows", "a\r\nb\r\n", []string{"a\r", "b\r"}},
		{"byte order mark", "\ufeffa\nb\n", []string{"a", "b"}},
		{"as long as may be", full + "\nb\n", []string{full, "b"}},
		{"as long as may be, at the end", full, []string{full}},
		{"a byte more", full + "x\nb\n", []string{"-", "b"}},
		{"much more", full + full + full + "\n" + full + "\nb", []string{"-", full, "b"}},
		{"too long at the end", "a\n" + full + "x", []string{"a", "-"}},
		{"two buffers", strings.Repeat("y", 1<<17) + "\nb\n", []string{strings.Repeat("y", 1<<17), "b"}},
	} {
		for _, r := range []io.Reader{strings.NewReader(tt.in), iotest.HalfReader(strings.NewReader(tt.in))} {
			l := NewReader(r)
			var got []string
			for {
				line, whole, err := l.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatalf("%s: %v", tt.name, err)
				}
				if !whole {
					line = []byte("-")
				}
				got = append(got, string(line))
				if l.Number != len(got) {
					t.Errorf("%s: line %d has number %d", tt.name, len(got), l.Number)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s: got %d lines of %v bytes", tt.name, len(got), lengths(got))
			}
			if cap(l.long) > 2*maxLine {
				t.Errorf("%s: held %d bytes", tt.name, cap(l.long))
			}
		}
	}
}

func lengths(lines []string) (n []int) {
	for _, l := range lines {
		n = append(n, len(l))
	}
	return n
}

func TestLineIsReadyOnlyWhenWhole(t *testing.T) {
	r, w := io.Pipe()
	l := NewReader(r)
	go func() {
		io.WriteString(w, "a\nb\nc")
		io.WriteString(w, "\n")
		w.Close()
	}()
	for _, want := range []bool{true, false, false} { // after a, b and c
		if _, _, err := l.Next(); err != nil {
			t.Fatal(err)
		}
		if l.ready() != want {
			t.Errorf("after line %d: ready is %v", l.Number, !want)
		}
	}
}

// Lines are what splitting at newlines gives, however the input comes in.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{"", "\n", "a\nb", "\ufeffa\r\n\nb\n"} {
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, in string, piece int) {
		if len(in) >= maxLine || piece < 1 {
			t.Skip()
		}
		want := strings.Split(strings.TrimPrefix(in, "\ufeff"), "\n")
		if want[len(want)-1] == "" && !strings.HasSuffix(in, "\ufeff") {
			want = want[:len(want)-1]
		}
		l := NewReader(&pieces{in, piece})
		for i := 0; ; i++ {
			line, whole, err := l.Next()
			if err == io.EOF && i == len(want) {
				return
			}
			if err != nil || !whole || i >= len(want) || string(line) != want[i] {
				t.Fatalf("line %d is %q, %v, %v; expected %q", i+1, line, whole, err, want)
			}
		}
	})
}

// pieces is a reader that gives at most n bytes at a time.
type pieces struct {
	rest string
	n    int
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.rest == "" {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.n)], p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

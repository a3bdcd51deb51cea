package chart

import (
	"bytes"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "draw the charts of docs/performance anew")

const documented = "../../../docs/performance"

// The charts in the documentation are those of the figures beside them.
func TestDocumentedCharts(t *testing.T) {
	dir := t.TempDir()
	if *update {
		dir = documented
	} else if err := os.CopyFS(dir, os.DirFS(documented)); err != nil {
		t.Fatal(err)
	}
	drawn, err := Draw(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(drawn) != 4 {
		t.Errorf("drew %v", drawn)
	}
	for _, path := range drawn {
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, path, got)
		want, err := os.ReadFile(filepath.Join(documented, filepath.Base(path)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what its figures give; 'go run ./cmd/lab plot docs/performance' draws it anew", path)
		}
	}
}

func wellFormed(t *testing.T, name string, svg []byte) {
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// What is not there, or has no points, is refused by name.
func TestFiguresThatAreNone(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "no such file"},
		{`{"points":[]}`, "expected points, found none"},
		{`{"points":7}`, "callers.json: json:"},
	} {
		dir := t.TempDir()
		if tt.text != "" {
			if err := os.WriteFile(filepath.Join(dir, Callers), []byte(tt.text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Draw(dir); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, expected %q", tt.text, err, tt.want)
		}
	}
}

// One point is a chart too.
func TestOnePoint(t *testing.T) {
	c := chart{file: "one.svg", title: "One place", x: "x", y: "y", log: true, lines: []line{{"nothing", nil}}}
	c.lines[0] = series("nothing", []float64{7}, func(x float64) (float64, float64) { return x, 0 })
	if _, err := c.write(t.TempDir()); err != nil {
		t.Error(err)
	}
}

package chart

import (
	"bytes"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestChart(t *testing.T) {
	for _, tt := range []struct {
		file  string
		chart Chart
	}{
		{"log.svg", Chart{
			Title: "Payments a second, by callers", X: "callers, one payment at a time", Y: "payments a second", Log: true,
			Lines: []Line{
				{"ledger", []Point{{1, 2_900}, {4, 11_000}, {16, 33_000}, {64, 81_000}, {256, 120_500}, {1024, 131_000}}},
				{"bare bbolt <same bytes>", []Point{{1, 3_000}, {4, 12_100}, {16, 40_000}, {64, 101_000}, {256, 211_000}, {1024, 262_000}}},
			},
		}},
		{"linear.svg", Chart{
			Title: "One line, many places", X: "payments in the ledger", Y: "µs",
			Lines: []Line{{"µs", []Point{{100_000, 0.2}, {200_000, 0.4}, {300_000, 1}, {400_000, 0.9}, {500_000, 1.05}, {600_000, 1.1}, {700_000, 1.2}, {800_000, 1.2}, {900_000, 1.25}, {1_000_000, 1.3}}}},
		}},
		{"decades.svg", Chart{
			Title: "Many places on a log scale", X: "payments in the ledger", Y: "payments a second", Log: true,
			Lines: []Line{{"ledger", []Point{{5_000, 9}, {10_000, 8}, {20_000, 8}, {50_000, 8}, {100_000, 7}, {200_000, 7}, {500_000, 7}, {1_000_000, 6}, {2_000_000, 6}}}},
		}},
		{"point.svg", Chart{Title: "One place", X: "x", Y: "y", Log: true, Lines: []Line{{"nothing", []Point{{7, 0}}}}}},
	} {
		got := tt.chart.SVG()
		wellFormed(t, tt.file, got)
		path := "testdata/" + tt.file
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what is drawn now; 'go test ./internal/lab/bench/chart -update' writes it anew", path)
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

func TestThousands(t *testing.T) {
	for _, tt := range []struct {
		v    float64
		want string
	}{{0, "0"}, {0.25, "0.25"}, {7, "7"}, {12.4, "12"}, {999, "999"}, {1000, "1,000"}, {1_234_567, "1,234,567"}} {
		if got := Thousands(tt.v); got != tt.want {
			t.Errorf("%v: %s, expected %s", tt.v, got, tt.want)
		}
	}
}

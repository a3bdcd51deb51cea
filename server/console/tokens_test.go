package console

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/splitledger/splitledger/posting"
)

// Texts have a contrast of 4.5 or more to what they stand on, and borders of controls and lines of charts of 3, in light
// and in dark: by the tokens as the style sheet has them.
func TestContrast(t *testing.T) {
	css, err := files.ReadFile("assets/console.css")
	if err != nil {
		t.Fatal(err)
	}
	tokens := map[string][2]string{}
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`).FindAllStringSubmatch(string(css), -1) {
		tokens[m[1]] = [2]string{m[2], m[3]}
	}
	type pair struct {
		front, back string
		least       float64
	}
	var pairs []pair
	for _, front := range []string{"ink", "soft", "accent", "bad", "warn", "good"} {
		for _, back := range []string{"bg", "side", "raise", "hover"} {
			pairs = append(pairs, pair{front, back, 4.5})
		}
	}
	for _, kind := range []string{"bad", "warn", "good"} {
		pairs = append(pairs, pair{kind, kind + "-bg", 4.5}, pair{"ink", kind + "-bg", 4.5}, pair{"accent",
			kind + "-bg", 4.5})
	}
	pairs = append(pairs, pair{"on-accent", "accent", 4.5})
	for _, front := range []string{"edge", "s1", "s2", "s3", "accent"} {
		pairs = append(pairs, pair{front, "bg", 3})
	}
	for _, p := range pairs {
		for i, theme := range []string{"light", "dark"} {
			if tokens[p.front][i] == "" || tokens[p.back][i] == "" {
				t.Fatalf("expected tokens %s and %s", p.front, p.back)
			}
			if is := contrast(tokens[p.front][i], tokens[p.back][i]); is < p.least {
				t.Errorf("%s on %s, %s: expected %.1f or more, found %.2f", p.front, p.back, theme, p.least, is)
			}
		}
	}
}

// contrast is that of WCAG 2.2 between two colours.
func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(colour string) (l float64) {
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			panic(fmt.Sprint(colour, err))
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		l += weight * c
	}
	return l
}

// Every type of event has a word for people.
func TestEventWords(t *testing.T) {
	source, err := os.ReadFile("../../posting/wire/event.go")
	if err != nil {
		t.Fatal(err)
	}
	types := regexp.MustCompile(`\bType = "([a-z_.]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(types) < 40 {
		t.Fatalf("expected the types of events, found %d", len(types))
	}
	for _, m := range types {
		if eventWords[posting.Type(m[1])] == "" {
			t.Errorf("expected a word for %s", m[1])
		}
	}
	for name, want := range map[string]string{"SchemeFee": "Scheme fee", "partially_settled": "Partially settled",
		"VAT": "VAT", "TopUp": "Top up", "": ""} {
		if got := human(name); got != want {
			t.Errorf("%s: expected %q, found %q", name, want, got)
		}
	}
}

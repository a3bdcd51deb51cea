package posting_test

import (
	"os"
	"strings"
	"testing"
)

// TestReadmeSample holds the README's sample of the library to the one that Example_readme runs, so that it compiles and
// prints what it says.
func TestReadmeSample(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```go\n")
	sample, _, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatal("the README has no sample of the library")
	}
	sample = strings.ReplaceAll(sample, `"market.db"`, "path")
	const printed = "// accepted 39600 USD"
	if !strings.Contains(sample, printed) || !strings.Contains(string(source), "// Output: accepted 39600 USD") {
		t.Errorf("expected the sample to say what it prints, %q, as Example_readme does", printed)
	}
	sample = strings.ReplaceAll(sample, " "+printed, "")
	for line := range strings.Lines(sample) {
		if trimmed := strings.TrimSpace(line); !strings.Contains(string(source), trimmed) {
			t.Errorf("Example_readme has no line %q", trimmed)
		}
	}
	var indented strings.Builder
	for line := range strings.Lines(sample) {
		indented.WriteString("\t\t" + line)
	}
	if !strings.Contains(string(source), indented.String()) {
		t.Error("the sample is not what Example_readme runs, line by line")
	}
}

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRecipes goes through each page of docs/recipes as its reader would: it makes the files that the page shows (cat), runs the commands
// one after the other, and compares what they print. With -update it writes that into the page.
func TestRecipes(t *testing.T) {
	pages, err := filepath.Glob("../../docs/recipes/*.md")
	if err != nil || len(pages) < 5 {
		t.Fatal(pages, err)
	}
	for _, page := range pages {
		if page, err = filepath.Abs(page); err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(page), ".md"), func(t *testing.T) {
			old, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			got, ran := cook(t, string(old))
			switch {
			case ran < 2 && filepath.Base(page) != "README.md":
				t.Errorf("%d commands, expected at least 2", ran)
			case *update:
				err = os.WriteFile(page, []byte(got), 0o644)
			case got != string(old):
				t.Errorf("the page is not what happens (go test ./cmd/splitledger -run Recipes -update writes it); what happens:\n%s", got)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// cook runs the commands of a page, and returns the page with what they print.
func cook(t *testing.T, page string) (cooked string, ran int) {
	var out strings.Builder
	lines := strings.SplitAfter(page, "\n") // the last is empty
	for i := 0; i < len(lines); i++ {
		out.WriteString(lines[i])
		command, ok := strings.CutPrefix(strings.TrimSuffix(lines[i], "\n"), "    $ ")
		if !ok {
			continue
		}
		var below []string // what the page says that it prints
		for i+1 < len(lines) && !strings.HasPrefix(lines[i+1], "    $ ") && (lines[i+1] == "\n" || strings.HasPrefix(lines[i+1], "    ")) {
			i++
			below = append(below, strings.TrimPrefix(lines[i], "    "))
		}
		text := strings.TrimRight(strings.Join(below, ""), "\n")
		args := strings.Fields(command)
		switch args[0] {
		case "cat":
			if err := os.WriteFile(args[1], []byte(text+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		case "splitledger":
			ran++
			var printed bytes.Buffer
			run(context.Background(), args[1:], strings.NewReader(""), &printed, &printed, func(string) string { return "" })
			text = strings.TrimRight(printed.String(), "\n")
		default:
			t.Fatalf("no way to run %q", command)
		}
		for line := range strings.Lines(text + "\n") {
			if line != "\n" {
				line = "    " + line
			}
			out.WriteString(line)
		}
		if i+1 < len(lines) && lines[i+1] != "" && !strings.HasPrefix(lines[i+1], "    $ ") {
			out.WriteString("\n")
		}
	}
	return out.String(), ran
}

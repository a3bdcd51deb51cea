package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
)

// The session in the README is one that a stranger can repeat: each command prints what stands below it.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	_, session, found := strings.Cut(string(readme), "## On the command line\n")
	if !found {
		t.Fatal("the README has no section On the command line")
	}
	var command string
	var want strings.Builder
	ran := 0
	finish := func() {
		text := strings.TrimRight(want.String(), "\n")
		want.Reset()
		args := strings.Fields(command)
		switch {
		case len(args) == 0 || args[0] == "go":
		case args[0] == "cat":
			if err := os.WriteFile(args[1], []byte(text+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			ran++
			var out bytes.Buffer
			run(context.Background(), args[1:], strings.NewReader(""), &out, &out, func(string) string { return "" })
			if got := strings.TrimRight(out.String(), "\n"); got != text {
				t.Errorf("%s prints\n%s\nthe README says\n%s", command, got, text)
			}
		}
	}
	for line := range strings.Lines(session) {
		text, code := strings.CutPrefix(strings.TrimRight(line, "\n"), "    ")
		if !code && text != "" && command != "" {
			break
		}
		if next, ok := strings.CutPrefix(text, "$ "); ok {
			finish()
			command = next
		} else if command != "" {
			want.WriteString(text + "\n")
		}
	}
	finish()
	if ran < 2 {
		t.Errorf("the README's session has %d commands, expected at least 2", ran)
	}
}

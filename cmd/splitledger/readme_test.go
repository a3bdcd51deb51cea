package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The sessions in the README are ones that a stranger can repeat, one after the other: each command prints what stands below it.
func TestReadme(t *testing.T) {
	path, err := filepath.Abs("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(readme)
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.Symlink(examples, "examples"); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for _, heading := range []string{"On the command line", "Does the provider agree?"} {
		t.Run(heading, func(t *testing.T) {
			_, session, found := strings.Cut(string(readme), "## "+heading+"\n")
			if !found {
				t.Fatalf("the README has no section %q", heading)
			}
			session, _, _ = strings.Cut(session, "\n## ")
			if ran := repeat(t, &text, session, env); ran < 2 {
				t.Errorf("the session has %d commands, expected at least 2", ran)
			}
		})
	}
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// shown is a command and what it prints, as the README has them.
func shown(command, prints string) string {
	text := "    $ " + command + "\n"
	for line := range strings.Lines(prints) {
		if strings.TrimSpace(line) != "" {
			text += "    "
		}
		text += line
	}
	return text + "\n"
}

// repeat runs the commands of a session, and returns how many there were. With -update it puts what they print into
// the README.
func repeat(t *testing.T, readme *string, session string, env map[string]string) (ran int) {
	var command string
	var want strings.Builder
	finish := func() {
		text := strings.TrimRight(want.String(), "\n")
		want.Reset()
		args := strings.Fields(command)
		switch {
		case len(args) == 0 || args[0] == "go":
		case args[0] == "export":
			name, value, _ := strings.Cut(args[1], "=")
			env[name] = value
		case args[0] == "cat":
			if got, err := os.ReadFile(args[1]); err != nil || string(got) != text+"\n" {
				t.Errorf("%s: %v, has\n%s\nthe README says\n%s", command, err, got, text)
			}
		default:
			ran++
			var out bytes.Buffer
			run(context.Background(), args[1:], strings.NewReader(""), &out, &out, func(name string) string { return env[name] })
			got := strings.TrimRight(out.String(), "\n")
			before, after, some := strings.Cut(text, "\n…\n") // lines left out
			if some && strings.HasPrefix(got, before) && strings.HasSuffix(got, after) {
				break
			}
			if got != text && *update && !some {
				*readme = strings.Replace(*readme, shown(command, text), shown(command, got), 1)
			} else if got != text {
				t.Errorf("%s prints\n%s\nthe README says\n%s", command, got, text)
			}
		}
	}
	for line := range strings.Lines(session) {
		text, code := strings.CutPrefix(strings.TrimRight(line, "\n"), "    ")
		if !code && text != "" {
			finish()
			command = ""
		} else if next, ok := strings.CutPrefix(text, "$ "); ok {
			finish()
			command = next
		} else if command != "" {
			want.WriteString(text + "\n")
		}
	}
	finish()
	return ran
}

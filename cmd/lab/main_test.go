package main

import (
	"bytes"
	"flag"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "write what scripts compare with")

// TestMain lets scripts run the program as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lab": main})
}

// The scripts in testdata/script are sessions at a shell: commands, what they print, how they exit.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TZ", "Asia/Jakarta") // nothing printed may depend on it
			return nil
		},
	})
}

// Every command's help can be printed, and its lines fit a terminal.
func TestHelp(t *testing.T) {
	var visit func(cmd *cobra.Command, path []string)
	visit = func(cmd *cobra.Command, path []string) {
		var out, errs bytes.Buffer
		if code := run(t.Context(), append(path, "--help"), &out, &errs); code != 0 || errs.Len() > 0 {
			t.Errorf("%v: exit status %d, %s", path, code, &errs)
		}
		about, _, found := strings.Cut(out.String(), "\nUsage:")
		if !found {
			t.Errorf("%v prints no usage:\n%s", path, &out)
		}
		for line := range strings.Lines(about) {
			if len(line) > 100 {
				t.Errorf("%v: a line is too wide for many a terminal: %s", path, line)
			}
		}
		for _, sub := range cmd.Commands() {
			visit(sub, append(path, sub.Name()))
		}
	}
	visit((&lab{}).root(), nil)
}

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// list asks the go command for import paths in the module.
func list(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// What is in the lab stays there: the product is not built from it, nor from the library that draws.
func TestProductHasNoLab(t *testing.T) {
	const module = "github.com/splitledger/splitledger"
	inLab := func(path string) bool {
		return strings.HasPrefix(path, module+"/internal/lab") || path == module+"/cmd/lab"
	}
	product := []string{"-deps"}
	for _, path := range list(t, "./...") {
		if !inLab(path) {
			product = append(product, path)
		}
	}
	if len(product) < 20 {
		t.Fatalf("found only %v", product)
	}
	for _, path := range list(t, product...) {
		if inLab(path) || strings.HasPrefix(path, "gonum.org/") {
			t.Errorf("the product is built from %s", path)
		}
	}
}

// Each command of the lab that documents name can be given as it stands there.
func TestDocumentedCommands(t *testing.T) {
	var pages []string
	for _, pattern := range []string{"README.md", "CONTRIBUTING.md", "docs/*.md", "Makefile", ".ci/run"} {
		found, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	command := regexp.MustCompile("(?m)(?:`|^\t?|go run \\./cmd/)lab ([^`#|&\n]*)")
	known := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range command.FindAllStringSubmatch(string(text), -1) {
			if err := understood(strings.Fields(m[1])); err != nil {
				t.Errorf("%s: lab %s: %v", page, m[1], err)
			}
			known++
		}
	}
	if known < 5 {
		t.Errorf("found %d commands in the documents, expected more", known)
	}
}

// understood says why the program would not take the arguments.
func understood(args []string) error {
	cmd, rest, err := (&lab{}).root().Find(args)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if err := cmd.ValidateFlagGroups(); err != nil {
		return err
	}
	if cmd.HasSubCommands() && len(cmd.Flags().Args()) > 0 {
		return cobra.NoArgs(cmd, cmd.Flags().Args())
	}
	return cmd.ValidateArgs(cmd.Flags().Args())
}

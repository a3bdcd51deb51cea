package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/internal/lab/marketplace"
)

var update = flag.Bool("update", false, "write the files that tests compare with: docs/cli.md, examples, golden output")

// golden compares got with the file of that path below the module, or writes it.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	path = filepath.Join("..", "..", path)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))) {
		t.Errorf("%s is not what the program writes now; 'go test ./cmd/splitledger -update' writes it anew", path)
	}
}

func TestExampleMarketplaceIsASample(t *testing.T) {
	var b bytes.Buffer
	if _, err := marketplace.Write(&b, marketplace.Options{Seed: 21, Payments: 150}); err != nil {
		t.Fatal(err)
	}
	golden(t, "examples/5-marketplace.jsonl", b.Bytes())
}

package ledger_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestDamagedFreelist opens a ledger for writing whose list of free pages bbolt cannot read: it is refused, and can be
// opened by the same process once it is put right.
func TestDamagedFreelist(t *testing.T) {
	damagesPages(t)
	s := aSpecimen(t)
	file := s.files[specimenName]
	pages(t, file, func(id uint64, kind string, _ []byte) {
		if kind != "freelist" {
			return
		}
		for name, change := range map[string]func(page []byte){
			"kind":                func(p []byte) { p[8] = 2 },
			"number":              func(p []byte) { p[0]++ },
			"count beyond it":     func(p []byte) { binary.LittleEndian.PutUint16(p[10:], 5000) },
			"count of the others": func(p []byte) { binary.LittleEndian.PutUint16(p[10:], 0xffff) },
			"a page twice":        func(p []byte) { copy(p[24:32], p[16:24]) },
			"a page in use":       func(p []byte) { binary.LittleEndian.PutUint64(p[16:], id) }, // its own
		} {
			t.Run(name, func(t *testing.T) {
				damaged := slices.Clone(file)
				change(damaged[id*pageSize:])
				path, err := s.write(filepath.Join(t.TempDir(), "l"), map[string][]byte{specimenName: damaged})
				if err != nil {
					t.Fatal(err)
				}
				f, err := s.examine(path, false)
				if err != nil || !f.found() {
					t.Errorf("%v, %v", f.String(), err)
				}
				t.Log(f.String())
				overwrite(t, path, file)
				if f, err := s.examine(path, false); err != nil || f.refused != nil {
					t.Errorf("put right: %v, %v", f.String(), err)
				}
			})
		}
	})
}

// overwrite puts the content into a file that there is already.
func overwrite(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

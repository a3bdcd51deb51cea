package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestPageLeadsToItself lets an element of the page above the leaves lead to that page: bbolt would follow it until the
// stack overflows, which ends the process and cannot be caught. However the file is opened, that is an error.
func TestPageLeadsToItself(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j, err := OpenBolt(path, BoltOptions{})
	if err != nil {
		t.Fatal(err)
	}
	payload := make([]byte, chunkSize)
	for range 50 { // a leaf has two chunks
		b := NewBlock(j.Head(), 1)
		b.Add(payload, 0)
		b.Seal(j.Head().Hash)
		if err := j.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := newChecker(t.Context(), bytes.NewReader(whole), newestMeta(bytes.NewReader(whole)))
	if err := c.check(); err != nil {
		t.Fatal(err)
	}
	order, tried := binary.NativeEndian, 0
	for id := range c.used {
		page := whole[id*os.Getpagesize():][:os.Getpagesize()]
		count := int(order.Uint16(page[10:]))
		if c.used[id] != inUse || order.Uint16(page[8:]) != branchPage {
			continue
		}
		for _, i := range []int{0, 1, count / 2, count - 1} {
			damaged := bytes.Clone(whole)
			order.PutUint64(damaged[id*os.Getpagesize()+pageHeader+i*elementSize+8:], uint64(id))
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, readOnly := range []bool{true, false} {
				j, err := OpenBolt(path, BoltOptions{ReadOnly: readOnly})
				if err == nil {
					for _, err = range j.Blocks(t.Context(), 1) {
					}
					j.Close()
				}
				if _, ok := errors.AsType[*DamageError](err); !ok {
					t.Errorf("page %d, element %d, read-only %v: %v", id, i, readOnly, err)
				}
				tried++
			}
		}
	}
	if tried == 0 {
		t.Error("there is no page above the leaves")
	}
}

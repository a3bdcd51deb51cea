package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// grow appends blocks of one record each to the journal in a file, opened anew for each, and returns what the file was
// after every one.
func grow(t *testing.T, path string, blocks int) (files [][]byte) {
	t.Helper()
	for range blocks {
		fill(t, path, 1)
		files = append(files, readFile(t, path))
	}
	return files
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// examine opens a file and checks it, and returns the number of blocks, or what is wrong.
func examine(t *testing.T, path string, readOnly bool) (uint64, error) {
	t.Helper()
	j, err := OpenBolt(path, BoltOptions{ReadOnly: readOnly})
	if err != nil {
		return 0, err
	}
	err = j.Check(context.Background())
	for _, e := range j.Blocks(context.Background(), 1) {
		err = errors.Join(err, e)
	}
	return j.Head().Block, errors.Join(err, j.Close())
}

// TestOldMeta puts one of the two metas back from every older copy of the file: it is refused, but for that of the
// block before the newest, which is what a disk leaves that lost the newest meta.
func TestOldMeta(t *testing.T) {
	dir := t.TempDir()
	path, altered := filepath.Join(dir, "journal.db"), filepath.Join(dir, "altered.db")
	files := grow(t, path, 12)
	newest := files[len(files)-1]
	size := int(newestMeta(bytes.NewReader(newest)).pageSize)
	for page := range 2 {
		for age := 1; age < len(files); age++ {
			old := files[len(files)-1-age]
			b := bytes.Clone(newest)
			copy(b[page*size:][:size], old[page*size:][:size])
			if err := os.WriteFile(altered, b, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, readOnly := range []bool{true, false} {
				blocks, err := examine(t, altered, readOnly)
				switch same := bytes.Equal(b, newest); {
				case same && (err != nil || blocks != 12):
					t.Errorf("unchanged: %d blocks, %v", blocks, err)
				case !same && age <= 2 && err == nil && blocks == 11: // the newest meta is that of the block two before
				case !same && !strings.Contains(fmt.Sprint(err), "not of successive ones"):
					t.Errorf("page %d of %d blocks ago: %d blocks, %v", page, age, blocks, err)
				}
			}
		}
	}
}

// TestOldMetas puts both metas back from an older copy, as neighbours, when what they lead to is still there or was
// written over: no more than the newest block is ever missed.
func TestOldMetas(t *testing.T) {
	dir := t.TempDir()
	path, altered := filepath.Join(dir, "journal.db"), filepath.Join(dir, "altered.db")
	for _, format1 := range []bool{false, true} {
		os.Remove(path)
		j, err := OpenBolt(path, BoltOptions{Format1: format1})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for later := range uint64(12) {
			old, head := readFile(t, path), j.Head()
			s, err := j.Snapshot() // keeps pages from being used again
			if err != nil {
				t.Fatal(err)
			}
			for range later {
				b := NewBlock(j.Head(), j.Head().Time+1)
				b.Add(bytes.Repeat([]byte{1}, 5000), 0)
				b.Seal(j.Head().Hash)
				if err := j.Append(t.Context(), b); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(s.Close(), j.Check(t.Context())); err != nil {
				t.Fatal(err)
			}
			b := readFile(t, path)
			copy(b, old[:2*newestMeta(bytes.NewReader(old)).pageSize])
			if err := os.WriteFile(altered, b, 0o600); err != nil {
				t.Fatal(err)
			}
			blocks, err := examine(t, altered, true)
			lost := fmt.Sprintf("journal block %d: is missing: the journal ends before it, "+
				"but blocks up to number %d were written to this file", head.Block+1, j.Head().Block)
			switch {
			case later >= 2 && err != nil && err.Error() == lost:
				found = true
			case later >= 2 && format1 && (err == nil || strings.Contains(err.Error(), "were written to this file")):
			case later >= 2, later < 2 && (err != nil || blocks != head.Block):
				t.Errorf("format 1 %v: after block %d, %d later: %d blocks, %v; want %s",
					format1, head.Block, later, blocks, err, lost)
			}
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if !found {
			t.Errorf("format 1 %v: nothing was found", format1)
		}

		files := grow(t, path, 40)
		last, err := examine(t, path, true)
		if err != nil {
			t.Fatal(err)
		}
		newest := files[len(files)-1]
		for age := 1; age < len(files); age++ {
			b := bytes.Clone(newest)
			copy(b, files[len(files)-1-age][:2*newestMeta(bytes.NewReader(b)).pageSize])
			if err := os.WriteFile(altered, b, 0o600); err != nil {
				t.Fatal(err)
			}
			if blocks, err := examine(t, altered, true); err == nil && blocks < last-1 && !format1 {
				t.Errorf("metas of %d blocks ago: %d blocks of %d, and nothing is missed", age, blocks, last)
			}
		}
	}
}

// TestNoFalseAlarm copies a journal of every number of blocks, while more are appended to it, and appends to the copy:
// nothing is amiss with any of these files.
func TestNoFalseAlarm(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.db")
	for n := range 30 {
		fill(t, path, 3)
		j, err := OpenBolt(path, BoltOptions{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := j.Copy()
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			b := NewBlock(j.Head(), j.Head().Time+1)
			b.Add([]byte("later"), 0)
			b.Seal(j.Head().Hash)
			if err := j.Append(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		size := c.Size()
		if err := errors.Join(c.Write(t.Context(), &out), c.Close(), j.Check(t.Context()), j.Close()); err != nil {
			t.Fatal(err)
		}
		if int64(out.Len()) != size {
			t.Fatalf("%d bytes, want %d", out.Len(), size)
		}
		copied := filepath.Join(dir, fmt.Sprint(n))
		if err := os.WriteFile(copied, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		for more := range uint64(5) {
			for _, readOnly := range []bool{true, false} {
				if blocks, err := examine(t, copied, readOnly); err != nil || blocks != uint64(6*n+1)+more {
					t.Fatalf("a copy after %d blocks, %d blocks later: %d blocks, %v", 6*n+1, more, blocks, err)
				}
			}
			fill(t, copied, 1)
		}
		if _, err := examine(t, path, false); err != nil {
			t.Fatal(err)
		}
	}
}

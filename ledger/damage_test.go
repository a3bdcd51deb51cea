package ledger_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
)

// A specimen is a closed ledger with the files of its index, in memory, and what it has to show.
type specimen struct {
	files    map[string][]byte // by name below the directory
	balances []ledger.AccountBalance
}

const specimenName = "ledger.db"

var theSpecimen struct {
	sync.Mutex
	made *specimen
}

// aSpecimen returns the specimen that is made once for all tests, which leave it as it is.
func aSpecimen(t *testing.T) *specimen {
	t.Helper()
	theSpecimen.Lock()
	defer theSpecimen.Unlock()
	if theSpecimen.made == nil {
		theSpecimen.made = makeSpecimen(t)
	}
	return theSpecimen.made
}

// makeSpecimen builds a ledger of a few hundred records, in blocks of one and of many, with several checkpoints and runs.
func makeSpecimen(t *testing.T) *specimen {
	t.Helper()
	dir := t.TempDir()
	l := ledgertest.OpenFile(t, filepath.Join(dir, specimenName), ledger.Options{CheckpointEvery: 25, Assets: []money.Asset{{Code: "USDX", Exponent: 6}}})
	m := newModel()
	var fs []func(*ledger.Tx) error
	for i := range 300 {
		r := &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: fmt.Sprint("event", i)}, {Space: 'p', Name: fmt.Sprint("payment", i%40)}}, Content: &note{text: "note", at: ledgertest.Start}}
		if i < 10 {
			r.Opens = []accounts.Account{{ID: accounts.ID(fmt.Sprint("seller:", i)), Kind: accounts.KindSub, Holder: "Anna"}}
		}
		if i == 10 {
			for n := range 300 { // in the first checkpoint only: those behind it stay small, and apart
				r.Opens = append(r.Opens, accounts.Account{ID: accounts.ID(fmt.Sprint("sleeping:", n)), Kind: accounts.KindSub})
			}
		}
		seller := accounts.ID(fmt.Sprint("seller:", i*i%min(i+1, 10)))
		r.Entries = []ledger.Entry{entry("liable", seller, ledger.Sub(i%3), money.New(int64(i*i), currencies[i%3]))}
		if i == 150 { // the only one of these two
			r.Entries = append(r.Entries, entry("sleeping:1", "sleeping:2", ledger.Available, eur(123_457)))
		}
		if i%7 == 0 {
			r.At = ledgertest.Start.Add(-time.Duration(i) * time.Minute)
		}
		fs = append(fs, func(tx *ledger.Tx) error { return tx.Append(r) })
		m.accept(r)
		if i < 120 || i%60 == 59 || i > 290 { // single ones first and last, large blocks amid
			for _, err := range l.UpdateBatch(context.Background(), fs) {
				if err != nil {
					t.Fatal(err)
				}
			}
			fs = nil
		}
		if i%25 == 24 {
			ledgertest.Verify(t, l) // which waits for a checkpoint under way
		}
	}
	m.compareBalances(t, l)
	s := &specimen{balances: ledgertest.Balances(l, nil)}
	ledgertest.Verify(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s.files = readFiles(t, dir)
	checkpoints := 0
	for name := range s.files {
		if strings.Contains(name, "checkpoint-") {
			checkpoints++
		}
	}
	if checkpoints < 3 {
		t.Fatalf("%d checkpoints, expected the first with those of what has changed", checkpoints)
	}
	return s
}

// readFiles returns the files below a directory by their paths within it.
func readFiles(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			files[name], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// write puts the specimen into an empty directory, with the given files in the place of its own (nil: without), and returns the ledger's path.
func (s *specimen) write(dir string, changed map[string][]byte) (string, error) {
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	files := maps.Clone(s.files)
	maps.Copy(files, changed)
	for name, b := range files {
		if b == nil {
			continue
		}
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, b, 0o644)); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, specimenName), nil
}

// A finding is what opening and verifying a damaged ledger came to.
type finding struct {
	refused error // by Open
	damage  []ledger.Damage
}

func (f *finding) found() bool { return f.refused != nil || len(f.damage) > 0 }

func (f *finding) String() string {
	if f.refused != nil {
		return "refused: " + f.refused.Error()
	}
	return fmt.Sprint(f.damage)
}

// examine opens a damaged ledger and verifies it. It fails if that panics or takes long, if balances are shown that are
// not those of the specimen, or if what is found has no place or no words.
func (s *specimen) examine(path string, readOnly bool) (f finding, err error) {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("panic: %v", p)
			}
		}()
		done <- s.look(path, readOnly, &f)
	}()
	select {
	case err := <-done:
		return f, err
	case <-time.After(2 * time.Minute):
		return f, errors.New("hangs")
	}
}

func (s *specimen) look(path string, readOnly bool, f *finding) (err error) {
	l, err := ledger.Open(path, ledger.Options{ReadOnly: readOnly, Clock: ledgertest.Clock(), CheckpointEvery: 1000})
	if err != nil {
		if f.refused = err; len(err.Error()) < 20 || strings.Contains(err.Error(), "runtime error") {
			return fmt.Errorf("an error that says little: %w", err)
		}
		return nil
	}
	defer func() {
		if cerr := l.Close(); cerr != nil && err == nil && len(f.damage) == 0 {
			err = fmt.Errorf("close: %w", cerr)
		}
	}()
	if got := ledgertest.Balances(l, nil); !reflect.DeepEqual(got, s.balances) {
		return fmt.Errorf("wrong balances: %s", differ(show(got), show(s.balances)))
	}
	v, err := l.Verify(context.Background(), nil)
	f.damage = v.Damage
	for _, d := range v.Damage {
		if d.Place == "" || d.What == "" {
			return fmt.Errorf("damage without a place: %+v", d)
		}
	}
	if !readOnly { // whether it can be written to or not, it must be possible to try
		r := &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "one more"}}, Entries: []ledger.Entry{entry("liable", "platform", 0, eur(0))}}
		werr := l.Update(context.Background(), func(tx *ledger.Tx) error { return tx.Append(r) })
		if werr != nil && len(f.damage) == 0 {
			err = errors.Join(err, fmt.Errorf("update of a ledger without damage: %w", werr))
		}
	}
	return err
}

// TestFlippedBytes flips bytes one at a time, in every file, and with -long all that have a meaning: each is found, or of no meaning.
func TestFlippedBytes(t *testing.T) {
	s := aSpecimen(t)
	file := s.files[specimenName]
	meaning := meaningful(t, file)
	random := rand.New(rand.NewPCG(7, 7))
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		offsets, most := random.Perm(len(s.files[name])), 60
		matters := func(int) bool { return true }
		if name == specimenName {
			matters = func(i int) bool { return meaning[i] }
			offsets = slices.DeleteFunc(offsets, func(i int) bool { return !meaning[i] && i%64 != 0 })
			corners := corners(t, file)
			offsets, most = slices.Concat(corners, offsets), most+len(corners)
		}
		if testing.Short() {
			most /= 8
		}
		if !*longFlag {
			offsets = offsets[:min(len(offsets), most)]
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			if name == specimenName {
				damagesPages(t)
			}
			t.Parallel()
			s.flipAll(t, name, offsets, matters)
		})
	}
}

// flipAll flips the bytes at the given offsets of one file, and complains of those that matter and are not found.
// Every fourth is also tried on a ledger opened for writing.
func (s *specimen) flipAll(t *testing.T, name string, offsets []int, matters func(int) bool) {
	reading, writing := t.TempDir(), filepath.Join(t.TempDir(), "w")
	path, err := s.write(filepath.Join(reading, "r"), nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(filepath.Dir(path), name), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file := slices.Clone(s.files[name])
	found, quiet := 0, 0
	for n, i := range offsets {
		bit := byte(1) << (n % 8)
		if n%3 == 0 {
			bit = 0xff
		}
		try := func(path string, readOnly bool) {
			f, err := s.examine(path, readOnly)
			switch {
			case err != nil:
				t.Errorf("%s, byte %d ^ %#x, read-only %v: %v", name, i, bit, readOnly, err)
			case f.found():
				found++
			default:
				if quiet++; matters(i) {
					t.Errorf("%s, byte %d ^ %#x, read-only %v: not found (%s)", name, i, bit, readOnly, placeOf(s.files[specimenName], i))
				}
			}
		}
		file[i] ^= bit
		if _, err := f.WriteAt(file[i:i+1], int64(i)); err != nil {
			t.Fatal(err)
		}
		try(path, true)
		if n%4 == 0 {
			path, err := s.write(writing, map[string][]byte{name: file})
			if err != nil {
				t.Fatal(err)
			}
			try(path, false)
			// Whatever came of it, the file has been let go of.
			if err := os.WriteFile(path, s.files[specimenName], 0o644); err != nil {
				t.Fatal(err)
			}
			f, err := s.examine(path, false)
			if err != nil || f.refused != nil {
				t.Errorf("%s, byte %d ^ %#x: opened again with the file put right: %v, %v", name, i, bit, f.refused, err)
			}
		}
		file[i] ^= bit
		if _, err := f.WriteAt(file[i:i+1], int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s: %d bytes, %d flipped, %d trials found damage, %d did not", name, len(file), len(offsets), found, quiet)
}

// The layout of bbolt's pages, as far as it takes to know what each byte is for.
const (
	pageSize   = 4096
	pageHeader = 16
)

// pages calls f for every page that the newest meta leads to, with its bytes and those of the pages it goes on for.
func pages(t testing.TB, file []byte, f func(id uint64, kind string, b []byte)) {
	t.Helper()
	newest := uint64(0)
	txid := func(id uint64) uint64 { return binary.LittleEndian.Uint64(file[id*pageSize+pageHeader+48:]) }
	if txid(1) > txid(0) {
		newest = 1
	}
	meta := file[newest*pageSize+pageHeader:]
	f(0, "meta", file[:pageSize])
	f(1, "meta", file[pageSize:2*pageSize])
	page := func(id uint64) []byte {
		overflow := uint64(binary.LittleEndian.Uint32(file[id*pageSize+12:]))
		return file[id*pageSize : (id+1+overflow)*pageSize]
	}
	free := binary.LittleEndian.Uint64(meta[32:])
	f(free, "freelist", page(free))
	var tree func(id uint64)
	tree = func(id uint64) {
		b := page(id)
		kind := map[uint16]string{1: "branch", 2: "leaf"}[binary.LittleEndian.Uint16(b[8:])]
		if kind == "" {
			t.Fatalf("page %d has kind %#x", id, binary.LittleEndian.Uint16(b[8:]))
		}
		f(id, kind, b)
		for _, e := range elements(b) {
			switch {
			case e.child != 0:
				tree(e.child)
			case e.bucket:
				if root := binary.LittleEndian.Uint64(b[e.value:]); root != 0 {
					tree(root)
				}
			}
		}
	}
	tree(binary.LittleEndian.Uint64(meta[16:]))
}

// An element is one of a tree page: where its head, key and value are in the page.
type element struct {
	head, key, value, end int
	child                 uint64
	bucket                bool
}

func elements(b []byte) (list []element) {
	le := binary.LittleEndian
	for i := range int(le.Uint16(b[10:])) {
		h := pageHeader + 16*i
		e := element{head: h}
		if le.Uint16(b[8:]) == 1 { // branch
			e.key = h + int(le.Uint32(b[h:]))
			e.value = e.key + int(le.Uint32(b[h+4:]))
			e.end, e.child = e.value, le.Uint64(b[h+8:])
		} else {
			e.bucket = le.Uint32(b[h:])&1 != 0
			e.key = h + int(le.Uint32(b[h+4:]))
			e.value = e.key + int(le.Uint32(b[h+8:]))
			e.end = e.value + int(le.Uint32(b[h+12:]))
		}
		list = append(list, e)
	}
	return list
}

// meaningful says of each byte of a bbolt file whether anything depends on it: not on free pages, nor on what
// lies behind the content of a page.
func meaningful(t testing.TB, file []byte) []bool {
	t.Helper()
	m := make([]bool, len(file))
	mark := func(from, to int) {
		for i := from; i < to; i++ {
			m[i] = true
		}
	}
	pages(t, file, func(id uint64, kind string, b []byte) {
		start := int(id) * pageSize
		mark(start, start+pageHeader)
		switch kind {
		case "meta":
			mark(start+pageHeader, start+pageHeader+64)
		case "freelist":
			mark(start, start+pageHeader+8*int(binary.LittleEndian.Uint16(b[10:])))
		default:
			for _, e := range elements(b) {
				mark(start+e.head, start+e.head+16)
				mark(start+e.key, start+e.end)
			}
		}
	})
	return m
}

// corners returns offsets of every kind of thing in the file: each byte of the metas, of the page headers, of the list of free pages,
// of some elements of each page, and of the buckets.
func corners(t testing.TB, file []byte) (list []int) {
	t.Helper()
	run := func(from, n int) {
		for i := range n {
			list = append(list, from+i)
		}
	}
	seen := make(map[string]int)
	pages(t, file, func(id uint64, kind string, b []byte) {
		start := int(id) * pageSize
		if seen[kind]++; seen[kind] > 3 {
			return
		}
		run(start, pageHeader)
		switch kind {
		case "meta":
			run(start+pageHeader, 64)
		case "freelist":
			run(start+pageHeader, 8*int(binary.LittleEndian.Uint16(b[10:])))
		default:
			for i, e := range elements(b) {
				if i < 2 || e.bucket {
					run(start+e.head, 16+0)
					run(start+e.key, min(e.end-e.key, 48))
				}
			}
		}
	})
	rand.New(rand.NewPCG(3, 3)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// TestFlippedHeads flips each byte of what stands before the records in a chunk of the journal: in every chunk of a block that has
// several, and in some of those that are a block, or with -long in all.
func TestFlippedHeads(t *testing.T) {
	damagesPages(t)
	t.Parallel()
	s := aSpecimen(t)
	var offsets []int
	chunks, alone := 0, 0
	pages(t, s.files[specimenName], func(id uint64, kind string, b []byte) {
		if kind != "leaf" {
			return
		}
		for _, e := range elements(b) {
			if e.bucket || e.value-e.key != 8 { // else it is a number of a record
				continue
			}
			chunks++
			if b[e.value] == 3 { // begins a block and ends it
				alone++
			}
			if b[e.value] != 3 || alone%8 == 1 || *longFlag {
				for i := range min(14, e.end-e.value) { // flags, block, time, entry
					offsets = append(offsets, int(id)*pageSize+e.value+i)
				}
			}
		}
	})
	if alone < 100 || chunks-alone < 4 {
		t.Fatalf("%d chunks, %d of them a block: expected more of both kinds", chunks, alone)
	}
	if testing.Short() {
		offsets = offsets[len(offsets)-14*8:]
	}
	s.flipAll(t, specimenName, offsets, func(int) bool { return true })
}

// placeOf says what a byte of the file is for.
func placeOf(file []byte, i int) (place string) {
	place = "free"
	pages(new(testing.T), file, func(id uint64, kind string, b []byte) {
		at := i - int(id)*pageSize
		if at < 0 || at >= len(b) {
			return
		}
		place = fmt.Sprintf("page %d, %s, byte %d of %d", id, kind, at, len(b))
		if kind == "leaf" || kind == "branch" {
			for n, e := range elements(b) {
				switch {
				case at >= e.head && at < e.head+16:
					place += fmt.Sprintf(", head of element %d", n)
				case at >= e.key && at < e.value:
					place += fmt.Sprintf(", key of element %d", n)
				case at >= e.value && at < e.end:
					place += fmt.Sprintf(", value of element %d (bucket %v), byte %d", n, e.bucket, at-e.value)
				}
			}
		}
	})
	return place
}

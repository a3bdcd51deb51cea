package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/lsm"
	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/money"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A seasoned ledger is closed, with its index, and with what the index was at earlier moments.
type seasoned struct {
	file        []byte
	index       map[string][]byte // by path from the ledger's directory: the manifest too
	generations []map[string][]byte
	functions   int
}

const seasonedName = "ledger.db"

// seasonedFunction is the n-th function of a ledger: it moves n to a seller, and back below zero now and then.
func seasonedFunction(name string, n int) func(*Tx) error {
	return func(tx *Tx) error {
		event := Key{'e', fmt.Sprint(name, n)}
		if has, err := tx.Has(event); has || err != nil {
			return errors.Join(err, errTwice)
		}
		seller := accounts.ID(fmt.Sprint("seller:", n%7))
		a := money.New(int64(n), "EUR")
		r := &Record{Keys: []Key{event, {'p', fmt.Sprint(name, n%40)}}, Entries: []Entry{{Postings: []Posting{
			{Account: "liable", Amount: a}, {Account: seller, Amount: a.Neg()}}}}}
		if _, ok := tx.Account(seller); !ok {
			r.Opens = []accounts.Account{{ID: seller, Kind: accounts.KindSub}}
		}
		return tx.Append(r)
	}
}

var errTwice = errors.New("booked already")

// season makes a ledger of so many functions.
func season(t *testing.T, name string, functions int) *seasoned {
	t.Helper()
	dir := t.TempDir()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	o := Options{CheckpointEvery: 40, Clock: func() time.Time { now = now.Add(time.Second); return now }, ID: uuid.NewSHA1(uuid.Nil, []byte(name))}
	l, err := Open(filepath.Join(dir, seasonedName), o)
	if err != nil {
		t.Fatal(err)
	}
	s := &seasoned{functions: functions}
	for n := 0; n < functions; n += 10 {
		var fs []func(*Tx) error
		for i := n; i < n+10; i++ {
			fs = append(fs, seasonedFunction(name, i))
		}
		if err := errors.Join(l.UpdateBatch(t.Context(), fs)...); err != nil {
			t.Fatal(err)
		}
		l.indexer.pause()
		if n%80 == 70 {
			s.generations = append(s.generations, indexIn(t, dir))
		}
		l.indexer.resume()
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s.index = indexIn(t, dir)
	if s.file, err = os.ReadFile(filepath.Join(dir, seasonedName)); err != nil {
		t.Fatal(err)
	}
	return s
}

// indexIn reads the index of the ledger in a directory.
func indexIn(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	paths, err := filepath.Glob(filepath.Join(dir, seasonedName+"-index", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(paths, filepath.Join(dir, seasonedName+"-manifest")) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(dir, path)
		files[name] = b
	}
	return files
}

// write puts the ledger with some index into a new directory, and returns its path.
func (s *seasoned) write(t *testing.T, index map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	err := os.Mkdir(filepath.Join(dir, seasonedName+"-index"), 0o700)
	err = errors.Join(err, os.WriteFile(filepath.Join(dir, seasonedName), s.file, 0o600))
	for name, b := range index {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, seasonedName)
}

// check looks for every event and every balance, and sends all events again where the ledger can be written to.
func (s *seasoned) check(t *testing.T, l *Ledger, name string) {
	t.Helper()
	want := make(map[accounts.ID]int64)
	var fs []func(*Tx) error
	for n := range s.functions {
		want[accounts.ID(fmt.Sprint("seller:", n%7))] += int64(n)
		if has, err := l.Has(Key{'e', fmt.Sprint(name, n)}); !has || err != nil {
			t.Fatalf("event %d: %v, %v", n, has, err)
		}
		fs = append(fs, seasonedFunction(name, n))
	}
	for n := s.functions - 40; n < s.functions; n++ {
		if r, err := l.Last(Key{'p', fmt.Sprint(name, n%40)}); err != nil || r == nil || r.Number != uint64(n+1) {
			t.Fatalf("the newest of payment %d is %v, %v", n%40, r, err)
		}
	}
	if !l.options.ReadOnly {
		for n, err := range l.UpdateBatch(t.Context(), fs) {
			if !errors.Is(err, errTwice) {
				t.Fatalf("event %d once more: %v", n, err)
			}
		}
	}
	for id, sum := range want {
		if b := holds(l, id, "EUR"); !b.Available.Equal(money.New(sum, "EUR")) {
			t.Fatalf("%s has %v, expected %d", id, b, sum)
		}
	}
}

// TestForeignRun puts the runs of another ledger beside this one, under the names of its own: no event is booked twice.
func TestForeignRun(t *testing.T) {
	a, b := season(t, "a", 240), season(t, "b", 240)
	for _, tt := range []struct {
		name string
		take func(name string) bool
	}{
		{"runs", func(name string) bool { return strings.Contains(name, "keys-") }},
		{"checkpoints", func(name string) bool { return strings.Contains(name, "checkpoint-") }},
		{"all in the directory", func(name string) bool { return strings.Contains(name, "-index") }},
		{"the manifest", func(name string) bool { return strings.Contains(name, "manifest") }},
		{"all", func(string) bool { return true }},
	} {
		index := maps.Clone(a.index)
		for name, content := range b.index {
			if tt.take(name) {
				index[name] = content
			}
		}
		for _, readOnly := range []bool{true, false} {
			l, err := Open(a.write(t, index), Options{ReadOnly: readOnly})
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			a.check(t, l, "a")
			if len(l.damages()) != 1 {
				t.Errorf("%s: %v; expected that the index was made again", tt.name, l.damages())
			}
			l.Close()
		}
	}
}

// TestForgedWithoutManifest forges the files of the index, with all checksums right, but for the sums that the
// manifest beside the ledger has: nothing forged is shown or booked on, whatever it is.
func TestForgedWithoutManifest(t *testing.T) {
	origin := makeIndexed(t)
	for _, tt := range []struct {
		name  string
		forge func(t *testing.T, dir string)
	}{
		{"a balance", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, _ *index.End) []*account {
				list[0].subBalances.balance = money.NewInt(-1_000_000)
				return list
			})
		}},
		{"a limit", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, _ *index.End) []*account {
				list[0].details = &details{overdraft: []money.Amount{money.New(1_000_000, "EUR")}}
				return list
			})
		}},
		{"a status", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, _ *index.End) []*account {
				list[0].status = accounts.Closed
				return list
			})
		}},
		{"the pointers of a chain", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, _ *index.End) []*account {
				c := list[0].subBalances
				l := c.skips[0]
				c.skips[0] = newSkipPointer(l.position()-1, l.level(), l.bound()+1)
				return list
			})
		}},
		{"the greatest time", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, _ *index.End) []*account { list[0].subBalances.latest++; return list })
		}},
		{"the exponent of an asset", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, end *index.End) []*account {
				end.Assets[0].Exponent++
				return list
			})
		}},
		{"a key left out", func(t *testing.T, dir string) {
			forgeRun(t, dir, func(k []index.KeyRef) []index.KeyRef { return slices.Delete(k, 3, 4) })
		}},
		{"a filter", func(t *testing.T, dir string) { forgeTail(t, dir, func(tail []byte) { clear(tail[8+16:]) }) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(origin)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, seasonedName)
			manifest, err := os.ReadFile(path + "-manifest")
			if err != nil {
				t.Fatal(err)
			}
			tt.forge(t, dir)
			if err := os.WriteFile(path+"-manifest", manifest, 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time with what was made again
				l, err := Open(path, Options{CheckpointEvery: 10})
				if err != nil {
					t.Fatal(err)
				}
				if err := l.Update(t.Context(), pay(fmt.Sprint("more", len(l.damages())), 1)); err != nil {
					t.Error(err)
				}
				v, err := l.Verify(t.Context(), nil)
				again := len(v.Damage) == 1 && strings.HasSuffix(v.Damage[0].What, "made again from the journal")
				if err != nil || len(v.Damage) > 0 && !again {
					t.Errorf("%v, %v", v.Damage, err)
				}
				l.Close()
			}
		})
	}
}

// TestLostBlocks puts an older copy of a ledger in its place: it is refused, until somebody says which block is the
// last.
func TestLostBlocks(t *testing.T) {
	older, newer := season(t, "a", 160), season(t, "a", 240)
	withoutManifest := maps.Clone(newer.index)
	delete(withoutManifest, seasonedName+"-manifest")
	onlyManifest := map[string][]byte{seasonedName + "-manifest": newer.index[seasonedName+"-manifest"]}
	for _, tt := range []struct {
		name  string
		index map[string][]byte
	}{
		{"the index", newer.index}, {"the index without its manifest", withoutManifest}, {"the manifest alone", onlyManifest},
	} {
		path := older.write(t, tt.index)
		for _, o := range []Options{{}, {ReadOnly: true}, {AcceptLoss: 15}, {AcceptLoss: 24}} {
			_, err := Open(path, o)
			if !errors.Is(err, Corrupt) {
				t.Fatalf("%s, opened with %+v: %v", tt.name, o, err)
			}
			for _, says := range []string{"ends with block 16 of", "events 161 to 240 of blocks 17 to 24 are missing", "--accept-loss 16"} {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("%s, opened with %+v: %v; want %q", tt.name, o, err, says)
				}
			}
		}
		l, err := Open(path, Options{AcceptLoss: 16, CheckpointEvery: 40})
		if err != nil {
			t.Fatal(err)
		}
		if d := l.damages(); len(d) != 1 || !strings.Contains(d[0].What, "which was accepted") {
			t.Errorf("%s: %v", tt.name, d)
		}
		older.check(t, l, "a")
		l.Close()
		if l, err = Open(path, Options{}); err != nil || len(l.damages()) > 0 {
			t.Fatalf("%s, opened again: %v", tt.name, err)
		}
		older.check(t, l, "a")
		l.Close()
		m, err := index.ReadManifest(path + "-manifest")
		if err != nil || len(m.Losses) != 1 || m.Losses[0].Head != 16 || m.Losses[0].Known != 24 {
			t.Errorf("%s: the manifest says %+v, %v", tt.name, m.Losses, err)
		}
	}
	// Of another ledger it says nothing.
	l, err := Open(older.write(t, season(t, "b", 240).index), Options{})
	if err != nil {
		t.Fatal(err)
	}
	older.check(t, l, "a")
	l.Close()
	// An empty journal has lost all.
	path := filepath.Join(t.TempDir(), seasonedName)
	if l, err = Open(path, Options{}); err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := os.WriteFile(path+"-manifest", newer.index[seasonedName+"-manifest"], 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Open(path, Options{})
	if !errors.Is(err, Corrupt) || !strings.Contains(err.Error(), "the journal is empty") {
		t.Errorf("an empty journal: %v", err)
	}
}

// TestDamagedPage damages all pages of the runs of a ledger: callers wait for them to be made again, and so do merges.
func TestDamagedPage(t *testing.T) {
	s := season(t, "a", 400)
	damaged := maps.Clone(s.index)
	for name, b := range damaged {
		if strings.Contains(name, "keys-") {
			b = bytes.Clone(b)
			b[lsm.HeaderSize+50] ^= 1
			if len(b)%2 == 0 { // the forger puts the checksum right
				page := b[lsm.HeaderSize:][:4096]
				binary.LittleEndian.PutUint32(page, crc32.Checksum(page[4:], castagnoli))
			}
			damaged[name] = b
		}
	}
	for _, o := range []Options{{ReadOnly: true}, {}, {CheckpointEvery: 10}} {
		path := s.write(t, damaged)
		l, err := Open(path, o)
		if err != nil {
			t.Fatal(err)
		}
		if len(l.damages()) > 0 {
			t.Errorf("%+v: found when it was opened: %v", o, l.damages())
		}
		if o.CheckpointEvery > 0 { // merges are the first to meet the pages
			for n := range 100 {
				l.Update(t.Context(), pay(fmt.Sprint("more", n), 1))
			}
			l.indexer.pause()
			if err := l.indexer.failed; err != nil {
				t.Error(err)
			}
			l.indexer.resume()
		}
		t.Run(fmt.Sprintf("callers of %+v", o), func(t *testing.T) { // who meet the same pages at once
			for range 4 {
				t.Run("", func(t *testing.T) {
					t.Parallel()
					s.check(t, l, "a")
				})
			}
		})
		v, err := l.Verify(t.Context(), nil)
		if err != nil || len(v.Damage) == 0 {
			t.Errorf("%+v: nothing is noted, %v", o, err)
		}
		for _, d := range v.Damage {
			if !strings.Contains(d.What, "made again from the journal") {
				t.Errorf("%+v: %v", o, d)
			}
		}
		l.Close()
		l, err = Open(path, Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		v, err = l.Verify(t.Context(), nil)
		if found := len(v.Damage) > 0; err != nil || found != o.ReadOnly {
			t.Errorf("%+v, opened again: %v, %v", o, v.Damage, err)
		}
		l.Close()
	}
}

// TestIndexIsTheOwners looks at the modes of the files.
func TestIndexIsTheOwners(t *testing.T) {
	s := season(t, "a", 120)
	path := filepath.Join(t.TempDir(), seasonedName)
	if err := os.WriteFile(path, s.file, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Open(path, Options{CheckpointEvery: 10})
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	list, err := filepath.Glob(path + "-index/*")
	if err != nil || len(list) < 2 {
		t.Fatal(list, err)
	}
	for _, name := range append(list, path+"-manifest", path+"-index") {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		want := os.FileMode(0o600)
		if info.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o", name, info.Mode().Perm())
		}
	}
}

// TestStrangeIndex opens ledgers beside index files that are foreign, stale, damaged or forged, some of several at
// once: never is a balance wrong or an event lost. With -long there are a thousand.
func TestStrangeIndex(t *testing.T) {
	trials := 60
	if testing.Short() {
		trials = 15
	}
	if f := flag.Lookup("long"); f != nil && f.Value.String() == "true" {
		trials = 1000
	}
	t.Parallel()
	s, other := season(t, "a", 480), season(t, "b", 480)
	came := make(map[string]int)
	for trial := range trials {
		random := rand.New(rand.NewPCG(uint64(trial), 1))
		index := maps.Clone(s.index)
		var did []string
		for range 1 + random.IntN(3) {
			did = append(did, s.estrange(random, index, other))
		}
		ok := t.Run(fmt.Sprintf("%d: %s", trial, strings.Join(did, ", ")), func(t *testing.T) {
			path := s.write(t, index)
			o := Options{ReadOnly: trial%3 == 0, CheckpointEvery: 10 + 1000*(trial%2)}
			l, err := Open(path, o)
			if err != nil {
				if !errors.Is(err, Corrupt) || !strings.Contains(err.Error(), "--accept-loss 48") {
					t.Fatal(err)
				}
				came["refused"]++ // a forger wrote that there was a later block
				o.AcceptLoss = 48
				if l, err = Open(path, o); err != nil {
					t.Fatal(err)
				}
			}
			if len(l.damages()) > 0 {
				came["made again"]++
			} else {
				came["as it was"]++
			}
			s.check(t, l, "a")
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			if o.ReadOnly {
				return
			}
			if l, err = Open(path, Options{}); err != nil {
				t.Fatal(err)
			}
			s.check(t, l, "a")
			if v, err := l.Verify(t.Context(), nil); err != nil || len(v.Damage) > 0 {
				t.Errorf("opened again: %v, %v", v.Damage, err)
			}
			l.Close()
		})
		if !ok {
			t.Fatal("see above")
		}
	}
	t.Log(came)
	if came["made again"] < trials/2 {
		t.Errorf("of %d only %d were made again", trials, came["made again"])
	}
}

// estrange does one thing to an index, and says what.
func (s *seasoned) estrange(random *rand.Rand, index map[string][]byte, other *seasoned) string {
	names := slices.Sorted(maps.Keys(index))
	if len(names) == 0 {
		return "nothing, as nothing is left"
	}
	name := names[random.IntN(len(names))]
	short := filepath.Base(name)
	generation := s.generations[random.IntN(len(s.generations))]
	from, whose := generation, "an older"
	if random.IntN(2) == 0 {
		from, whose = other.index, "a foreign"
	}
	alike := func(files map[string][]byte) []byte { // one of its kind
		kind, _, _ := strings.Cut(short, "-0")
		for _, n := range slices.Sorted(maps.Keys(files)) {
			if strings.HasPrefix(filepath.Base(n), kind) && (random.IntN(2) == 0 || n == name) {
				return files[n]
			}
		}
		return []byte{}
	}
	switch random.IntN(8) {
	case 0, 1: // flip bits
		b := bytes.Clone(index[name])
		n := 1 + random.IntN(3)
		for range n {
			if len(b) > 0 {
				b[random.IntN(len(b))] ^= 1 << random.IntN(8)
			}
		}
		index[name] = b
		return fmt.Sprintf("%d bits of %s", n, short)
	case 2, 3:
		b := bytes.Clone(index[name])
		if len(b) > 0 {
			b[random.IntN(len(b))] ^= 1 << random.IntN(8)
			rightChecksums(short, b)
		}
		index[name] = b
		return "a bit of " + short + " with checksums"
	case 4:
		index[name] = index[name][:random.IntN(len(index[name])+1)]
		return short + " cut short"
	case 5:
		delete(index, name)
		return short + " removed"
	case 6:
		index[name] = alike(from)
		return whose + " one for " + short
	}
	manifest := random.IntN(2) == 0
	if !manifest {
		from = maps.Clone(from)
		delete(from, seasonedName+"-manifest")
	}
	if random.IntN(2) == 0 {
		maps.DeleteFunc(index, func(n string, _ []byte) bool { return strings.Contains(n, "-index") || manifest })
	}
	maps.Copy(index, from)
	return fmt.Sprintf("%s index, manifest %v", whose, manifest)
}

// rightChecksums puts right whatever a forger can compute of a file.
func rightChecksums(name string, b []byte) {
	le := binary.LittleEndian
	switch {
	case strings.HasSuffix(name, "manifest"):
		if body, _, ok := bytes.Cut(b, []byte("\n")); ok && len(b) == len(body)+10 {
			copy(b[len(body)+1:], fmt.Sprintf("%08x\n", crc32.Checksum(body, castagnoli)))
		}
		return
	case len(b) < lsm.HeaderSize:
		return
	}
	le.PutUint32(b[120:], crc32.Checksum(b[:120], castagnoli))
	if strings.HasPrefix(name, "keys-") {
		const page, sum = 4096, 16
		pages := int(le.Uint64(b[104:]))
		if pages < 0 || pages > len(b)/page {
			return
		}
		sums := b[lsm.HeaderSize+pages*(page+8):]
		for i := range pages {
			p := b[lsm.HeaderSize+i*page:][:page]
			le.PutUint32(p, crc32.Checksum(p[4:], castagnoli))
			digest := sha256.Sum256(p)
			copy(sums[i*sum:][:sum], digest[:])
		}
		return
	}
	const frameSum = 16
	for at := lsm.HeaderSize; at+4+frameSum < len(b); {
		n := int(le.Uint32(b[at:]))
		if n <= 0 || n > len(b)-at-4-frameSum {
			return
		}
		digest := sha256.Sum256(b[at+4+frameSum:][:n])
		copy(b[at+4:], digest[:frameSum])
		at += 4 + frameSum + n
	}
}

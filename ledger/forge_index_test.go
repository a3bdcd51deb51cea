package ledger

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/lsm"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// makeIndexed makes a closed ledger of a hundred records with several checkpoints and runs amid them, and returns its directory.
func makeIndexed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l, err := Open(filepath.Join(dir, "ledger.db"), Options{CheckpointEvery: 22, Clock: func() time.Time { return now }, Assets: []money.Asset{{Code: "USDX", Exponent: 6}}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		now = now.Add(time.Second)
		if i == 0 {
			err = l.Update(t.Context(), func(tx *Tx) error {
				r := &Record{Keys: []Key{{'e', "idle"}}, Opens: []accounts.Account{{ID: "idle", Kind: accounts.KindSub, Holder: "Anna"}}}
				for i := range 200 { // which are in the first checkpoint only: those behind it stay small, and apart
					r.Opens = append(r.Opens, accounts.Account{ID: accounts.ID(fmt.Sprint("sleeping:", i)), Kind: accounts.KindSub})
				}
				for range 4 {
					a := money.New(700, "USDX")
					r.Entries = append(r.Entries, Entry{Postings: []Posting{{Account: "liable", Amount: a}, {Account: "idle", Amount: a.Neg()}}})
				}
				return tx.Append(r)
			})
		} else {
			err = l.Update(t.Context(), pay(fmt.Sprint(i), int64(i)))
		}
		if err != nil {
			t.Fatal(err)
		}
		l.keeper.pause() // until a checkpoint that this began is there
		l.keeper.resume()
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// inIndex returns the file of the index whose name begins like that.
func inIndex(t *testing.T, dir, prefix string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "ledger.db-index", prefix+"*"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no %s: %v", prefix, err)
	}
	return found[0]
}

// forgeCheckpoint writes one checkpoint in the place of all, changed, with its checksums right.
func forgeCheckpoint(t *testing.T, dir string, change func(*state, *checkpointEnd)) {
	t.Helper()
	index := filepath.Join(dir, "ledger.db-index")
	m := theManifest(t, dir)
	s, end, err := readCheckpoints(index, m)
	if err != nil {
		t.Fatal(err)
	}
	end.since = journal.Head{}
	change(s, &end)
	o := origin{m.Ledger, 1, end.start}
	made := writeCheckpoint(t, filepath.Join(index, m.Checkpoints[0].Name), o, s.accounts, &end)
	forgeManifest(t, dir, func(m *manifest) { m.Checkpoints = []indexFile{made} })
}

func theManifest(t *testing.T, dir string) manifest {
	t.Helper()
	m, err := readManifest(filepath.Join(dir, "ledger.db-manifest"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func writeCheckpoint(t *testing.T, path string, o origin, list []*account, end *checkpointEnd) indexFile {
	t.Helper()
	w, err := createCheckpoint(path, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if err := w.account(a); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.finish(end); err != nil {
		t.Fatal(err)
	}
	return w.made()
}

// forgeChanges writes the n-th newest checkpoint anew with its accounts changed, with its checksums right.
func forgeChanges(t *testing.T, dir string, n int, change func([]*account, *checkpointEnd) []*account) {
	t.Helper()
	index := filepath.Join(dir, "ledger.db-index")
	path := filepath.Join(index, theManifest(t, dir).Checkpoints[n].Name)
	f, err := openCheckpoint(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	maker := maker{words: len(f.end.words)}
	var list []*account
	for _, at := range f.frames {
		some, err := maker.frame(f, at, make([]bool, f.end.accounts))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, some...)
	}
	o, err := readOrigin(path)
	if err != nil {
		t.Fatal(err)
	}
	list = change(list, &f.end)
	made := writeCheckpoint(t, path, o, list, &f.end)
	forgeManifest(t, dir, func(m *manifest) { m.Checkpoints[n] = made })
}

// forgeRun writes a run anew with other keys, with its checksums right.
func forgeRun(t *testing.T, dir string, change func(keys []keyed) []keyed) {
	t.Helper()
	path := inIndex(t, dir, "keys-")
	r, err := openRun(path, true)
	if err != nil {
		t.Fatal(err)
	}
	var keys []keyed
	for e, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, keyedOf(e))
	}
	o := r.origin
	r.Close()
	keys = change(keys)
	made, err := writeRun(path, o, len(keys), func(yield func([]byte, error) bool) {
		for _, k := range keys {
			if !yield(k.appendTo(nil), nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	forgeRunOf(t, dir, made)
}

// forgeRunOf puts a run that was changed into the manifest, and closes it.
func forgeRunOf(t *testing.T, dir string, r *run) {
	t.Helper()
	made := r.file()
	r.Close()
	forgeManifest(t, dir, func(m *manifest) {
		m.Runs[slices.IndexFunc(m.Runs, func(f indexFile) bool { return f.Name == made.Name })] = made
	})
}

// forgeTail changes the fences, sums and the filter of a run of one page, and puts its sum right.
func forgeTail(t *testing.T, dir string, change func(tail []byte)) {
	t.Helper()
	path := inIndex(t, dir, "keys-")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	change(b[lsm.HeaderSize+4096:])
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := openRun(path, true)
	if err != nil {
		t.Fatal(err)
	}
	forgeRunOf(t, dir, r)
}

// forgeManifest changes the manifest, and puts its checksum right.
func forgeManifest(t *testing.T, dir string, change func(*manifest)) {
	t.Helper()
	m := theManifest(t, dir)
	change(&m)
	body, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	b := fmt.Appendf(nil, "%s\n%08x\n", body, crc32.Checksum(body, castagnoli))
	if err := os.WriteFile(filepath.Join(dir, "ledger.db-manifest"), b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestForgedIndex changes the files of the index as somebody would who knows their format. Each change is found.
func TestForgedIndex(t *testing.T) {
	origin := makeIndexed(t)
	idle := func(s *state) *subBalance { return s.find("idle").cells }
	busy := func(s *state) *subBalance { return s.find("platform").cells }
	for _, tt := range []struct {
		name  string
		forge func(t *testing.T, dir string)
		place string
	}{
		{"unchanged", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(*state, *checkpointEnd) {})
			forgeRun(t, dir, func(k []keyed) []keyed { return k })
			forgeTail(t, dir, func([]byte) {})
			forgeManifest(t, dir, func(*manifest) {})
		}, ""},
		{"balance of an idle account", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, _ *checkpointEnd) { idle(s).balance = money.NewInt(-1) })
		}, "account idle, available USDX"},
		{"balance of a busy account", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, _ *checkpointEnd) { busy(s).balance = money.NewInt(-1) })
		}, "index"},
		{"greatest time", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, _ *checkpointEnd) { idle(s).latest-- })
		}, "account idle, available USDX"},
		{"an old link", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, _ *checkpointEnd) {
				l := idle(s).skips[0]
				idle(s).skips[0] = newLink(l.position()-1, l.rank(), l.bound())
			})
		}, "account idle, available USDX"},
		{"the rank of a link", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, _ *checkpointEnd) {
				l := idle(s).skips[0]
				idle(s).skips[0] = newLink(l.position(), l.rank()+1, l.bound())
			})
		}, "account idle, available USDX"},
		{"the newest posting", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, _ *checkpointEnd) { idle(s).skips[len(idle(s).skips)-1] = newLink(codec.At(1, 9), 1, 0) })
		}, "account idle, available USDX"},
		{"a cell there is none of", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, _ *checkpointEnd) {
				c := s.find("idle").addCell(idle(s).currency, Reserved)
				c.push(codec.At(3, 0), money.NewInt(5), 5)
			})
		}, "account idle, reserved USDX"},
		{"a currency", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *checkpointEnd) { end.words[slices.Index(end.words, "EUR")] = "USD" })
		}, "vocabulary"},
		{"no words at all", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *checkpointEnd) { end.words = nil })
		}, "index"},
		{"fewer words than the accounts use", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *checkpointEnd) { end.words = end.words[:2] })
		}, "index"},
		{"the exponent of an asset", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *checkpointEnd) { end.assets[0].Exponent++ })
		}, "vocabulary"},
		{"a holder", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *checkpointEnd) { s.find("idle").details.holder = "Otto" })
		}, "account idle"},
		{"a status", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *checkpointEnd) { s.find("idle").status = accounts.Closed })
		}, "account idle"},
		{"a kind", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *checkpointEnd) { s.find("idle").kind = accounts.KindBank })
		}, "account idle"},
		{"an account left out", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *checkpointEnd) {
				s.accounts = s.accounts[:2]
				end.accounts = 2
			})
		}, "account"},
		{"a hash", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *checkpointEnd) { end.start.Hash[0]++ })
		}, "index"},
		{"a key left out", func(t *testing.T, dir string) {
			forgeRun(t, dir, func(k []keyed) []keyed { return slices.Delete(k, 3, 4) })
		}, "index keys-"},
		{"a key that leads elsewhere", func(t *testing.T, dir string) {
			forgeRun(t, dir, func(k []keyed) []keyed { k[3].record--; return k })
		}, "index keys-"},
		{"another key", func(t *testing.T, dir string) {
			forgeRun(t, dir, func(k []keyed) []keyed { k[3].hash++; return k })
		}, "index keys-"},
		{"a key too many", func(t *testing.T, dir string) {
			forgeRun(t, dir, func(k []keyed) []keyed { return slices.Insert(k, 4, keyed{k[3].hash + 1, 7}) })
		}, "index keys-"},
		{"keys out of order", func(t *testing.T, dir string) {
			forgeRun(t, dir, func(k []keyed) []keyed { k[3], k[4] = k[4], k[3]; return k })
		}, "index keys-"},
		{"an empty filter", func(t *testing.T, dir string) { forgeTail(t, dir, func(tail []byte) { clear(tail[8+16:]) }) }, "index keys-"},
		{"a wrong fence", func(t *testing.T, dir string) { forgeTail(t, dir, func(tail []byte) { tail[7]++ }) }, "index keys-"},
		{"a run left out of the manifest", func(t *testing.T, dir string) { forgeManifest(t, dir, func(m *manifest) { m.Runs = m.Runs[1:] }) }, "index"},
		{"no run in the manifest", func(t *testing.T, dir string) { forgeManifest(t, dir, func(m *manifest) { m.Runs = nil }) }, "index"},
		{"no checkpoint in the manifest", func(t *testing.T, dir string) { forgeManifest(t, dir, func(m *manifest) { m.Checkpoints = nil }) }, "index"},
		{"another version", func(t *testing.T, dir string) { forgeManifest(t, dir, func(m *manifest) { m.Version++ }) }, "index"},
		{"another ledger", func(t *testing.T, dir string) { forgeManifest(t, dir, func(m *manifest) { m.Ledger[0]++ }) }, "index"},
		{"no manifest", func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "ledger.db-manifest")) }, ""},
		{"the manifest where older versions had it", func(t *testing.T, dir string) {
			path := filepath.Join(dir, "ledger.db-manifest")
			if err := os.Rename(path, filepath.Join(dir, "ledger.db-index", "manifest")); err != nil {
				t.Fatal(err)
			}
		}, ""},
		{"unchanged checkpoints", func(t *testing.T, dir string) {
			for n := range 3 {
				forgeChanges(t, dir, n, func(list []*account, _ *checkpointEnd) []*account { return list })
			}
		}, ""},
		{"a balance in the newest checkpoint", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, _ *checkpointEnd) []*account {
				list[0].cells.balance = list[0].cells.balance.Neg()
				return list
			})
		}, "index"},
		{"an account left out of the newest checkpoint", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, _ *checkpointEnd) []*account { return list[1:] })
		}, "index"},
		{"an account twice in a checkpoint", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, _ *checkpointEnd) []*account { return append(list, list[0]) })
		}, "index"},
		{"an account under another's number", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, _ *checkpointEnd) []*account { list[0].number = 100; return list })
		}, "index"},
		{"a number that no account has", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, _ *checkpointEnd) []*account { list[0].number = 1e6; return list })
		}, "index"},
		{"more accounts than there are", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, end *checkpointEnd) []*account { end.accounts++; return list })
		}, "index"},
		{"a checkpoint that says it has all", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, end *checkpointEnd) []*account { end.since = journal.Head{}; return list })
		}, "index"},
		{"a checkpoint behind one of another history", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 1, func(list []*account, end *checkpointEnd) []*account { end.start.Hash[0]++; return list })
		}, "index"},
		{"the newest checkpoint left out of the manifest", func(t *testing.T, dir string) {
			forgeManifest(t, dir, func(m *manifest) { m.Checkpoints = m.Checkpoints[1:] })
		}, "index"},
		{"a checkpoint amid others left out of the manifest", func(t *testing.T, dir string) {
			forgeManifest(t, dir, func(m *manifest) { m.Checkpoints = slices.Delete(m.Checkpoints, 1, 2) })
		}, "index"},
		{"the first checkpoint left out of the manifest", func(t *testing.T, dir string) {
			forgeManifest(t, dir, func(m *manifest) { m.Checkpoints = m.Checkpoints[:len(m.Checkpoints)-1] })
		}, "index"},
		{"checkpoints in another order", func(t *testing.T, dir string) {
			forgeManifest(t, dir, func(m *manifest) { m.Checkpoints[0], m.Checkpoints[1] = m.Checkpoints[1], m.Checkpoints[0] })
		}, "index"},
		{"a checkpoint twice", func(t *testing.T, dir string) {
			forgeManifest(t, dir, func(m *manifest) { m.Checkpoints = slices.Insert(m.Checkpoints, 0, m.Checkpoints[0]) })
		}, "index"},
		{"a checkpoint in another's place", func(t *testing.T, dir string) {
			m := theManifest(t, dir)
			b, err := os.ReadFile(filepath.Join(dir, "ledger.db-index", m.Checkpoints[1].Name))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "ledger.db-index", m.Checkpoints[0].Name), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}, "index"},
		{"a run removed", func(t *testing.T, dir string) { remove(t, inIndex(t, dir, "keys-")) }, "index"},
		{"the checkpoint removed", func(t *testing.T, dir string) { remove(t, inIndex(t, dir, "checkpoint-")) }, "index"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(origin)); err != nil {
				t.Fatal(err)
			}
			tt.forge(t, dir)
			for _, o := range []Options{{ReadOnly: true}, {CheckpointEvery: 1000}} {
				found := verifyFile(t, filepath.Join(dir, "ledger.db"), o)
				if tt.place == "" && found != "" || !strings.Contains(found, tt.place) {
					t.Errorf("read-only %v: found %q, want %q", o.ReadOnly, found, tt.place)
				}
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// verifyFile opens a ledger, verifies it, asks for a key from each end, and returns the damage that was found.
func verifyFile(t *testing.T, path string, o Options) string {
	t.Helper()
	l, err := Open(path, o)
	if err != nil {
		return err.Error()
	}
	defer l.Close()
	v, err := l.Verify(t.Context(), nil)
	if err != nil {
		t.Errorf("verify: %v", err)
	}
	var b strings.Builder
	for _, d := range v.Damage {
		fmt.Fprintf(&b, "%s: %s\n", d.Place, d.What)
	}
	for _, name := range []string{"idle", "1", "99"} {
		if has, err := l.Has(Key{'e', name}); err == nil && !has && len(v.Damage) == 0 {
			t.Errorf("a key is not found, without damage")
		}
	}
	return b.String()
}

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
	"github.com/splitledger/splitledger/ledger/internal/index"
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
		l.indexer.pause() // until a checkpoint that this began is there
		l.indexer.resume()
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
func forgeCheckpoint(t *testing.T, dir string, change func(*state, *index.End)) {
	t.Helper()
	m := theManifest(t, dir)
	x := &index.Index{Dir: filepath.Join(dir, "ledger.db-index"), Manifest: m}
	s, end, err := loadState(x)
	if err != nil {
		t.Fatal(err)
	}
	end.Since = journal.Head{}
	change(s, &end)
	o := index.Origin{Ledger: m.Ledger, First: 1, End: end.Start}
	made := writeCheckpoint(t, filepath.Join(x.Dir, m.Checkpoints[0].Name), o, s.accounts, &end)
	forgeManifest(t, dir, func(m *index.Manifest) { m.Checkpoints = []index.File{made} })
}

func theManifest(t *testing.T, dir string) index.Manifest {
	t.Helper()
	m, err := index.ReadManifest(filepath.Join(dir, "ledger.db-manifest"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func writeCheckpoint(t *testing.T, path string, o index.Origin, list []*account, end *index.End) index.File {
	t.Helper()
	w, err := index.CreateCheckpoint(path, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if err := w.Accounts(appendAccount(nil, a)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(end); err != nil {
		t.Fatal(err)
	}
	return w.File()
}

// forgeChanges writes the n-th newest checkpoint anew with its accounts changed, with its checksums right.
func forgeChanges(t *testing.T, dir string, n int, change func([]*account, *index.End) []*account) {
	t.Helper()
	path := filepath.Join(dir, "ledger.db-index", theManifest(t, dir).Checkpoints[n].Name)
	c, err := index.OpenCheckpoint(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	maker := accountMaker{symbols: len(c.End.Symbols)}
	var list []*account
	for n := range c.Frames() {
		some, err := maker.frame(c, n, make([]bool, c.End.Accounts))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, some...)
	}
	o, err := index.ReadOrigin(path)
	if err != nil {
		t.Fatal(err)
	}
	list = change(list, &c.End)
	made := writeCheckpoint(t, path, o, list, &c.End)
	forgeManifest(t, dir, func(m *index.Manifest) { m.Checkpoints[n] = made })
}

// forgeRun writes a run anew with other keys, with its checksums right.
func forgeRun(t *testing.T, dir string, change func(keys []index.KeyRef) []index.KeyRef) {
	t.Helper()
	path := inIndex(t, dir, "keys-")
	r, err := index.OpenRun(path, true)
	if err != nil {
		t.Fatal(err)
	}
	var keys []index.KeyRef
	for k, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	o := r.Origin
	r.Close()
	keys = change(keys)
	made, err := index.WriteRun(path, o, len(keys), func(yield func([]byte, error) bool) {
		for _, k := range keys {
			if !yield(k.AppendTo(nil), nil) {
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
func forgeRunOf(t *testing.T, dir string, r *index.SortedRun) {
	t.Helper()
	made := r.File()
	r.Close()
	forgeManifest(t, dir, func(m *index.Manifest) {
		m.Runs[slices.IndexFunc(m.Runs, func(f index.File) bool { return f.Name == made.Name })] = made
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
	r, err := index.OpenRun(path, true)
	if err != nil {
		t.Fatal(err)
	}
	forgeRunOf(t, dir, r)
}

// forgeManifest changes the manifest, and puts its checksum right.
func forgeManifest(t *testing.T, dir string, change func(*index.Manifest)) {
	t.Helper()
	m := theManifest(t, dir)
	change(&m)
	body, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	b := fmt.Appendf(nil, "%s\n%08x\n", body, crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
	if err := os.WriteFile(filepath.Join(dir, "ledger.db-manifest"), b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestForgedIndex changes the files of the index as somebody would who knows their format. Each change is found.
func TestForgedIndex(t *testing.T) {
	origin := makeIndexed(t)
	idle := func(s *state) *subBalance { return s.find("idle").subBalances }
	busy := func(s *state) *subBalance { return s.find("platform").subBalances }
	for _, tt := range []struct {
		name  string
		forge func(t *testing.T, dir string)
		place string
	}{
		{"unchanged", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(*state, *index.End) {})
			forgeRun(t, dir, func(k []index.KeyRef) []index.KeyRef { return k })
			forgeTail(t, dir, func([]byte) {})
			forgeManifest(t, dir, func(*index.Manifest) {})
		}, ""},
		{"balance of an idle account", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, _ *index.End) { idle(s).balance = money.NewInt(-1) })
		}, "account idle, available USDX"},
		{"balance of a busy account", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, _ *index.End) { busy(s).balance = money.NewInt(-1) })
		}, "index"},
		{"greatest time", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, _ *index.End) { idle(s).latest-- })
		}, "account idle, available USDX"},
		{"an old link", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, _ *index.End) {
				l := idle(s).skips[0]
				idle(s).skips[0] = newSkipPointer(l.position()-1, l.level(), l.bound())
			})
		}, "account idle, available USDX"},
		{"the rank of a link", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, _ *index.End) {
				l := idle(s).skips[0]
				idle(s).skips[0] = newSkipPointer(l.position(), l.level()+1, l.bound())
			})
		}, "account idle, available USDX"},
		{"the newest posting", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, _ *index.End) {
				idle(s).skips[len(idle(s).skips)-1] = newSkipPointer(codec.At(1, 9), 1, 0)
			})
		}, "account idle, available USDX"},
		{"a cell there is none of", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, _ *index.End) {
				c := s.find("idle").addSubBalance(idle(s).currency, Reserved)
				c.push(codec.At(3, 0), money.NewInt(5), 5)
			})
		}, "account idle, reserved USDX"},
		{"a currency", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *index.End) { end.Symbols[slices.Index(end.Symbols, "EUR")] = "USD" })
		}, "vocabulary"},
		{"no words at all", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *index.End) { end.Symbols = nil })
		}, "index"},
		{"fewer words than the accounts use", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *index.End) { end.Symbols = end.Symbols[:2] })
		}, "index"},
		{"the exponent of an asset", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *index.End) { end.Assets[0].Exponent++ })
		}, "vocabulary"},
		{"a holder", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *index.End) { s.find("idle").details.holder = "Otto" })
		}, "account idle"},
		{"a status", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *index.End) { s.find("idle").status = accounts.Closed })
		}, "account idle"},
		{"a kind", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *index.End) { s.find("idle").kind = accounts.KindBank })
		}, "account idle"},
		{"an account left out", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *index.End) {
				s.accounts = s.accounts[:2]
				end.Accounts = 2
			})
		}, "account"},
		{"a hash", func(t *testing.T, dir string) {
			forgeCheckpoint(t, dir, func(s *state, end *index.End) { end.Start.Hash[0]++ })
		}, "index"},
		{"a key left out", func(t *testing.T, dir string) {
			forgeRun(t, dir, func(k []index.KeyRef) []index.KeyRef { return slices.Delete(k, 3, 4) })
		}, "index keys-"},
		{"a key that leads elsewhere", func(t *testing.T, dir string) {
			forgeRun(t, dir, func(k []index.KeyRef) []index.KeyRef { k[3].Record--; return k })
		}, "index keys-"},
		{"another key", func(t *testing.T, dir string) {
			forgeRun(t, dir, func(k []index.KeyRef) []index.KeyRef { k[3].Hash++; return k })
		}, "index keys-"},
		{"a key too many", func(t *testing.T, dir string) {
			forgeRun(t, dir, func(k []index.KeyRef) []index.KeyRef {
				return slices.Insert(k, 4, index.KeyRef{Hash: k[3].Hash + 1, Record: 7})
			})
		}, "index keys-"},
		{"keys out of order", func(t *testing.T, dir string) {
			forgeRun(t, dir, func(k []index.KeyRef) []index.KeyRef { k[3], k[4] = k[4], k[3]; return k })
		}, "index keys-"},
		{"an empty filter", func(t *testing.T, dir string) { forgeTail(t, dir, func(tail []byte) { clear(tail[8+16:]) }) }, "index keys-"},
		{"a wrong fence", func(t *testing.T, dir string) { forgeTail(t, dir, func(tail []byte) { tail[7]++ }) }, "index keys-"},
		{"a run left out of the manifest", func(t *testing.T, dir string) { forgeManifest(t, dir, func(m *index.Manifest) { m.Runs = m.Runs[1:] }) }, "index"},
		{"no run in the manifest", func(t *testing.T, dir string) { forgeManifest(t, dir, func(m *index.Manifest) { m.Runs = nil }) }, "index"},
		{"no checkpoint in the manifest", func(t *testing.T, dir string) { forgeManifest(t, dir, func(m *index.Manifest) { m.Checkpoints = nil }) }, "index"},
		{"another version", func(t *testing.T, dir string) { forgeManifest(t, dir, func(m *index.Manifest) { m.Version++ }) }, "index"},
		{"another ledger", func(t *testing.T, dir string) { forgeManifest(t, dir, func(m *index.Manifest) { m.Ledger[0]++ }) }, "index"},
		{"no manifest", func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "ledger.db-manifest")) }, ""},
		{"the manifest where older versions had it", func(t *testing.T, dir string) {
			path := filepath.Join(dir, "ledger.db-manifest")
			if err := os.Rename(path, filepath.Join(dir, "ledger.db-index", "manifest")); err != nil {
				t.Fatal(err)
			}
		}, ""},
		{"unchanged checkpoints", func(t *testing.T, dir string) {
			for n := range 3 {
				forgeChanges(t, dir, n, func(list []*account, _ *index.End) []*account { return list })
			}
		}, ""},
		{"a balance in the newest checkpoint", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, _ *index.End) []*account {
				list[0].subBalances.balance = list[0].subBalances.balance.Neg()
				return list
			})
		}, "index"},
		{"an account left out of the newest checkpoint", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, _ *index.End) []*account { return list[1:] })
		}, "index"},
		{"an account twice in a checkpoint", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, _ *index.End) []*account { return append(list, list[0]) })
		}, "index"},
		{"an account under another's number", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, _ *index.End) []*account { list[0].number = 100; return list })
		}, "index"},
		{"a number that no account has", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, _ *index.End) []*account { list[0].number = 1e6; return list })
		}, "index"},
		{"more accounts than there are", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, end *index.End) []*account { end.Accounts++; return list })
		}, "index"},
		{"a checkpoint that says it has all", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 0, func(list []*account, end *index.End) []*account { end.Since = journal.Head{}; return list })
		}, "index"},
		{"a checkpoint behind one of another history", func(t *testing.T, dir string) {
			forgeChanges(t, dir, 1, func(list []*account, end *index.End) []*account { end.Start.Hash[0]++; return list })
		}, "index"},
		{"the newest checkpoint left out of the manifest", func(t *testing.T, dir string) {
			forgeManifest(t, dir, func(m *index.Manifest) { m.Checkpoints = m.Checkpoints[1:] })
		}, "index"},
		{"a checkpoint amid others left out of the manifest", func(t *testing.T, dir string) {
			forgeManifest(t, dir, func(m *index.Manifest) { m.Checkpoints = slices.Delete(m.Checkpoints, 1, 2) })
		}, "index"},
		{"the first checkpoint left out of the manifest", func(t *testing.T, dir string) {
			forgeManifest(t, dir, func(m *index.Manifest) { m.Checkpoints = m.Checkpoints[:len(m.Checkpoints)-1] })
		}, "index"},
		{"checkpoints in another order", func(t *testing.T, dir string) {
			forgeManifest(t, dir, func(m *index.Manifest) { m.Checkpoints[0], m.Checkpoints[1] = m.Checkpoints[1], m.Checkpoints[0] })
		}, "index"},
		{"a checkpoint twice", func(t *testing.T, dir string) {
			forgeManifest(t, dir, func(m *index.Manifest) { m.Checkpoints = slices.Insert(m.Checkpoints, 0, m.Checkpoints[0]) })
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

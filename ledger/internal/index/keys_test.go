package index

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/journal"
	"pgregory.net/rapid"
)

// A keyModel is what Keys have, as a list: record by record, the hashes of its keys.
type keyModel struct {
	records [][]uint64 // by number from 1
	ends    []int      // of the blocks
	durable int        // of the blocks
	sealed  uint64     // the last record that was sealed, 0 if nothing is sealed
	runs    uint64     // the last record that is in a run
	undo    [][]PutUndo
}

// newest returns the newest record up to head with a hash.
func (m *keyModel) newest(hash, head uint64) uint64 {
	for n := head; n > 0; n-- {
		for _, h := range m.records[n-1] {
			if h == hash {
				return n
			}
		}
	}
	return 0
}

func (m *keyModel) head() uint64 {
	if m.durable == 0 {
		return 0
	}
	return uint64(m.ends[m.durable-1])
}

// TestKeyTable appends records, takes the newest ones back, makes blocks durable, and seals and writes what is in memory: the writer finds
// the newest record with a hash, and a reader of any head the newest up to that, or a durable one from which the chain leads there.
func TestKeyTable(t *testing.T) {
	dir := t.TempDir()
	files := 0
	check := func(t *rapid.T) {
		table, m := NewKeys(), &keyModel{}
		defer table.Close()
		hash := rapid.Uint64Range(1, 12)
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				n := uint64(len(m.records) + 1)
				hashes := rapid.SliceOfN(hash, 1, 3).Draw(t, "hashes")
				list := make([]Answer, len(hashes))
				for i, h := range hashes {
					list[i].Hash = h
				}
				if err := table.Answer(list, nil); err != nil {
					t.Fatal(err)
				}
				var keys []codec.Key
				for _, a := range list {
					keys = append(keys, codec.Key{Hash: a.Hash, Prev: a.Record})
				}
				undo := table.Put(keys, n, nil)
				m.records, m.undo = append(m.records, hashes), append(m.undo, undo)
			},
			"take back": func(t *rapid.T) {
				least := int(m.head())
				if rapid.IntRange(0, 3).Draw(t, "of the block") > 0 && len(m.ends) > 0 {
					least = m.ends[len(m.ends)-1]
				}
				to := rapid.IntRange(least, len(m.records)).Draw(t, "to")
				for len(m.records) > to {
					table.Undo(m.undo[len(m.undo)-1])
					m.records, m.undo = m.records[:len(m.records)-1], m.undo[:len(m.undo)-1]
				}
				for len(m.ends) > m.durable && m.ends[len(m.ends)-1] > to {
					m.ends = m.ends[:len(m.ends)-1]
				}
				m.sealed = min(m.sealed, uint64(to))
			},
			"hand on": func(t *rapid.T) {
				end := len(m.records)
				if len(m.ends)-m.durable > 0 || end == int(m.head()) {
					return
				}
				m.ends = append(m.ends, end)
				if rapid.Bool().Draw(t, "seal") && (m.sealed == 0 || rapid.Bool().Draw(t, "though the one before could not be written")) {
					table.Seal()
					m.sealed = uint64(end)
				}
			},
			"land": func(t *rapid.T) {
				if len(m.ends) == m.durable {
					return
				}
				from := m.head()
				m.durable++
				var puts []PutUndo
				for _, u := range m.undo[from:m.head()] {
					puts = append(puts, u...)
				}
				table.Show(m.head(), puts)
			},
			"write": func(t *rapid.T) {
				if m.sealed <= m.runs || m.sealed > m.head() {
					return
				}
				files++
				path := filepath.Join(dir, fmt.Sprint(files))
				r, err := WriteRun(path, Origin{First: m.runs + 1, End: journal.Head{Record: m.sealed}}, table.sealed.len(), table.sealed.entries())
				if err != nil {
					t.Fatal(err)
				}
				table.flushed(r)
				m.runs, m.sealed = m.sealed, 0
			},
			"": func(t *rapid.T) {
				h := hash.Draw(t, "hash")
				if n, err := table.Newest(h, nil); err != nil || n != m.newest(h, uint64(len(m.records))) {
					t.Fatalf("newest(%d) = %d, %v, expected %d", h, n, err, m.newest(h, uint64(len(m.records))))
				}
				head := rapid.Uint64Range(0, m.head()).Draw(t, "head")
				n, err := table.AsOf(h, head, nil)
				for err == nil && n > head {
					if n > m.head() || m.newest(h, n) != n {
						t.Fatalf("asOf(%d, %d) leads to record %d, which no reader can read or which does not have it", h, head, n)
					}
					n = m.newest(h, n-1)
				}
				if err != nil || n != m.newest(h, head) {
					t.Fatalf("asOf(%d, %d) = %d, %v, expected %d", h, head, n, err, m.newest(h, head))
				}
				want := make(map[uint64]uint64)
				for h := range uint64(13) {
					if n := m.newest(h, m.head()); n > m.runs {
						want[h] = n
					}
				}
				have, covered := table.Recent()
				if fmt.Sprint(have) != fmt.Sprint(want) || covered != m.runs {
					t.Fatalf("in memory are %v, expected %v", have, want)
				}
			},
		})
	}
	for range 30 { // one in some hundred sequences comes upon the rarest cases
		rapid.Check(t, check)
	}
}

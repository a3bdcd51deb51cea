package ledger

import (
	"fmt"
	"path/filepath"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
)

// TestRoom reads records of all sizes in one room: each look-up finds what it would in memory of its own.
func TestRoom(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l, err := Open(filepath.Join(t.TempDir(), "ledger.db"), Options{})
		if err != nil {
			rt.Fatal(err)
		}
		defer l.Close()
		records := rapid.IntRange(1, 30).Draw(rt, "records")
		if err := l.Update(t.Context(), func(tx *Tx) error {
			if err := tx.Append(&Record{Keys: []Key{{'e', "open"}}, Opens: []accounts.Account{{ID: "a", Kind: accounts.KindSub}, {ID: "b", Kind: accounts.KindSub}}}); err != nil {
				return err
			}
			for i := range records {
				r := &Record{Keys: []Key{{'e', fmt.Sprint(i)}, {'g', fmt.Sprint(rapid.IntRange(0, 3).Draw(rt, "group"))}}}
				if rapid.Bool().Draw(rt, "freezes") {
					r.Statuses = []StatusChange{{"a", accounts.Frozen}}
				}
				for e := range rapid.IntRange(0, 2).Draw(rt, "entries") {
					entry := Entry{Reference: fmt.Sprint(e)}
					for range rapid.SampledFrom([]int{1, 2, maxBufferPostings}).Draw(rt, "postings") {
						entry.Postings = append(entry.Postings, Posting{Account: "a", Amount: money.New(1, "EUR"), Type: "x", Reason: fmt.Sprint("of ", i)}, Posting{Account: "b", Amount: money.New(-1, "EUR"), Type: "y"})
					}
					r.Entries = append(r.Entries, entry)
				}
				if err := tx.Append(r); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			rt.Fatal(err)
		}
		var room RecordBuffer
		for range 10 {
			k := Key{'g', fmt.Sprint(rapid.IntRange(0, 4).Draw(rt, "sought"))}
			want, err := l.Group(k)
			if err != nil {
				rt.Fatal(err)
			}
			got, err := l.GroupIn(&room, k)
			if err != nil || len(got) != len(want) {
				rt.Fatalf("%v: %d records, %v, want %d", k, len(got), err, len(want))
			}
			for i := range got {
				if g, w := plainRecord(got[i]), plainRecord(want[i]); !reflect.DeepEqual(g, w) {
					rt.Fatalf("%v: found\n%+v\nwant\n%+v", k, g, w)
				}
			}
		}
	})
}

// plainRecord returns a record with lists that are nil where they are empty, and without the list of all postings, which its entries
// have.
func plainRecord(r *Record) Record {
	p := *r
	p.postings, p.names = nil, names{}
	if len(p.Entries) == 0 {
		p.Entries = nil
	}
	if len(p.payload) == 0 {
		p.payload = nil
	}
	return p
}

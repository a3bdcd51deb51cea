package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/lsm"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// FuzzParse reads any payload as a record: it returns, and what it makes of one that it takes can be shown and applied.
func FuzzParse(f *testing.F) {
	l, err := Open(filepath.Join(makeIndexedForFuzz(f), "ledger.db"), Options{ReadOnly: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { l.Close() })
	v, err := l.newView()
	if err != nil {
		f.Fatal(err)
	}
	for n := uint64(1); n <= v.head.Record; n++ {
		r, err := v.Read(n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(r.Payload), r.Number, r.Time, r.Entries)
	}
	names := v.names()
	v.close()
	f.Fuzz(func(t *testing.T, payload []byte, number uint64, recorded int64, entries uint64) {
		var p, scratch codec.Record
		rec := journal.Record{Number: number, Time: recorded, Entry: 1, Entries: entries, Payload: payload}
		if err := p.Parse(rec); err != nil {
			return
		}
		for i, q := range p.Postings {
			var s codec.ChainedPosting
			at, err := codec.DecodePosting(rec, i, &s, &scratch)
			if err != nil || at != p.At || s.Account != q.Account || s.Currency != q.Currency || s.Type != q.Type || s.Sub != q.Sub ||
				!s.Amount.Equal(q.Amount) || !s.Balance.Equal(q.Balance) || s.Prev != q.Prev || s.Jump != q.Jump ||
				s.BackdatedBy != q.BackdatedBy || s.Bound != q.Bound {
				t.Errorf("posting %d: %+v, %v; want %+v", i, s, err, q)
			}
		}
		if _, err := codec.DecodePosting(rec, len(p.Postings), new(codec.ChainedPosting), &scratch); !errors.Is(corrupt(err), Corrupt) {
			t.Errorf("posting %d of %d: %v", len(p.Postings), len(p.Postings), err)
		}
		if r, err := newRecord(&p, names); err == nil {
			show := fmt.Sprintf("%+v", r.Entries) + fmt.Sprintf("%+v", r.Opens)
			d := r.Decoder()
			show += fmt.Sprint(d.Uint(), d.String(), d.Symbol(), d.Account(), d.Amount(), d.Int(), d.Time(), d.More(), d.Err())
			if show == "" {
				t.Error("nothing")
			}
		}
		newState().applyRecord(&p)
	})
}

// makeIndexedForFuzz makes a ledger whose records use all sections of the layout.
func makeIndexedForFuzz(f *testing.F) string {
	f.Helper()
	dir := f.TempDir()
	l, err := Open(filepath.Join(dir, "ledger.db"), Options{CheckpointEvery: 4, Assets: []money.Asset{{Code: "USDX", Exponent: 6}}})
	if err != nil {
		f.Fatal(err)
	}
	for i := range 12 {
		r := everything(i)
		if err := l.Update(f.Context(), func(tx *Tx) error { return tx.Append(r) }); err != nil {
			f.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		f.Fatal(err)
	}
	return dir
}

// everything is a record that uses all there is.
func everything(i int) *Record {
	id := accounts.ID(fmt.Sprint("seller:", i))
	large, _ := money.ParseInt("123456789012345678901234567890123456")
	post := func(a accounts.ID, s Sub, amount money.Int, kind, reference, reason string) Posting {
		return Posting{Account: a, Sub: s, Amount: money.FromInt(amount, []money.Currency{"EUR", "USDX"}[i%2]), Type: kind, Reference: reference, Reason: reason}
	}
	return &Record{
		At:   time.Date(2026, 1, 20-i, 0, 0, 0, i%3, time.UTC),
		Keys: []Key{{'e', fmt.Sprint("event", i)}, {'p', fmt.Sprint("payment", i/3)}},
		Opens: []accounts.Account{
			{ID: id, Kind: accounts.KindSub, Holder: "Anna", Metadata: map[string]string{"a": "Anna", "b": "2"}, Overdraft: []money.Amount{money.New(5, "EUR")}},
		},
		Statuses: []StatusChange{{id, accounts.Frozen}},
		Updates:  []Update{{Account: id, Holder: "Bert"}, {Account: "liable", Metadata: map[string]string{"split": "3"}, Overdraft: nil}},
		Entries: []Entry{
			{Reference: "capture-1", Postings: []Posting{
				post("liable", Pending, money.NewInt(int64(i)), "Commission", "split", "rounding: +1"), post(id, Pending, money.NewInt(-int64(i)), "", "", "")}},
			{Postings: []Posting{post(id, Reserved, large, "VAT", "split", ""), post("platform", Available, large.Neg(), "VAT", "", "")}},
		},
		Content: encoded(func(e *Encoder) {
			e.Uint(7)
			e.String("split")
			e.Symbol("adyen")
			e.Account("liable")
			e.Amount(money.New(5, "EUR"))
			e.Int(large)
			e.Time(time.Unix(1, 2))
		}),
	}
}

type encoded func(*Encoder)

func (f encoded) Encode(e *Encoder) { f(e) }

// FuzzCheckpoint reads anything as a checkpoint, and as frames of one with the right checksums.
func FuzzCheckpoint(f *testing.F) {
	found, err := filepath.Glob(filepath.Join(makeIndexedForFuzz(f), "ledger.db-index", "checkpoint-*"))
	if err != nil || len(found) == 0 {
		f.Fatal(found, err)
	}
	b, err := os.ReadFile(found[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b, []byte{})
	decode := func(b []byte) (*state, *index.End, error) {
		c, err := index.ParseCheckpoint("", bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return nil, nil, err
		}
		s, err := stateOf(index.Chain{c})
		return s, &c.End, err
	}
	s, end, err := decode(b)
	if err != nil {
		f.Fatal(err)
	}
	var all []byte
	for _, a := range s.accounts {
		all = appendAccount(all, a)
	}
	f.Add(all, end.Append(nil))
	f.Add(appendAccount(nil, s.accounts[0]), (&index.End{Accounts: 1, Symbols: []string{""}}).Append(nil))
	f.Fuzz(func(t *testing.T, a, z []byte) {
		decode(a)
		h := lsm.Header{Kind: "SLCHECK3"}
		header := h.Encode()
		framed := header[:]
		for i, b := range [][]byte{a, z} {
			body := append([]byte{"az"[i]}, b...)
			framed = binary.LittleEndian.AppendUint32(framed, uint32(len(body)))
			sum := sha256.Sum256(body)
			framed = append(append(framed, sum[:16]...), body...)
		}
		s, _, err := decode(framed)
		if err != nil {
			return
		}
		for _, a := range s.accounts { // what is taken can be shown and written again
			a.balances(s.symbols.List, presentBalance)
			appendAccount(nil, a)
		}
	})
}

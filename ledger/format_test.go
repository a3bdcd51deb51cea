package ledger_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
)

var update = flag.Bool("update", false, "write testdata/format-3.* anew; only right before the first release of a format")

// Ledgers of formats 1 and 3 that use everything that format 1 has, kept for ever: what is written today must be
// readable in ten years. They are compressed, as bbolt files are mostly air. (A file of format 2 differs in its mark.)
const (
	format1 = "testdata/format-1"
	format3 = "testdata/format-3"
)

// The identities of the two: one follows from the first block, the other was given.
var (
	format1ID = uuid.MustParse("fff033b6-b5a2-539a-9e2d-6bfb171222c8")
	format3ID = uuid.MustParse("0190a0b0-0000-7000-8000-00000000c0de")
)

var usdx = []money.Asset{{Code: "USDX", Exponent: 6}}

// goldenBatches are the records of the ledger; each batch becomes a block.
func goldenBatches() [][]*ledger.Record {
	day := func(n int, d time.Duration) time.Time {
		return time.Date(2026, 1, n, 12, 0, 0, 0, time.UTC).Add(d)
	}
	event := func(name string, payment string) []ledger.Key {
		k := []ledger.Key{{Space: 'e', Name: name}}
		if payment != "" {
			k = append(k, ledger.Key{Space: 'p', Name: payment})
		}
		return k
	}
	large, err := money.ParseMinor(strings.Repeat("123456", 6), "USDX")
	if err != nil {
		panic(err)
	}
	post := func(id accounts.ID, sub ledger.Sub, a money.Amount, words ...string) ledger.Posting {
		words = append(words, "", "", "")
		return ledger.Posting{Account: id, Sub: sub, Amount: a, Type: words[0], Reference: words[1], Reason: words[2]}
	}
	var many []ledger.Entry
	for i := range 200 {
		e := entry("liable", "platform", ledger.Available, eur(int64(i)))
		e.Reference = fmt.Sprint("route-", i)
		many = append(many, e)
	}
	return [][]*ledger.Record{
		{{Keys: event("open", ""), Opens: []accounts.Account{
			{ID: "seller:1", Kind: accounts.KindSub, Holder: "Anna Å.", Metadata: map[string]string{"city": "Zürich", "tier": "gold"}, Overdraft: []money.Amount{eur(500), money.New(0, "USDX")}},
			{ID: "provider:adyen", Kind: accounts.KindProvider}, {ID: "bank", Kind: accounts.KindBank}, {ID: "fx", Kind: accounts.KindFX}, {ID: "platform:eu", Kind: accounts.KindPlatform},
		}}},
		{{Keys: event("capture", "payment-1"), At: day(1, 0), Entries: []ledger.Entry{{Reference: "capture-1", Postings: []ledger.Posting{
			post("provider:adyen", ledger.Pending, eur(10000), "Payment"), post("seller:1", ledger.Pending, eur(-9000), "BalanceAccount", "split-1"),
			post("liable", ledger.Pending, eur(-1000), "Commission", "split-2", "fallback: unknown account BA7"),
		}}}, Content: &note{count: 1, text: "payment-1", symbol: "adyen", account: "seller:1", amount: eur(10000), at: day(1, 1)}}},
		{
			{Keys: event("late by a minute", "payment-1"), At: day(1, -time.Minute), Entries: []ledger.Entry{entry("provider:adyen", "seller:1", ledger.Pending, eur(7))}},
			{Keys: event("late by a millisecond", "payment-1"), At: day(1, -time.Millisecond), Entries: []ledger.Entry{entry("provider:adyen", "seller:1", ledger.Pending, eur(8))}},
			{Keys: event("late by a nanosecond", "payment-2"), At: day(1, -1), Entries: []ledger.Entry{entry("provider:adyen", "seller:1", ledger.Reserved, eur(9))}},
		},
		{{Keys: append(event("exchange", ""), ledger.Key{Space: 'p', Name: "payment-1"}, ledger.Key{Space: 'e', Name: "exchange"}), Entries: []ledger.Entry{{Postings: []ledger.Posting{
			post("fx", ledger.Available, large), post("seller:1", ledger.Available, large.Neg()), post("seller:1", ledger.Available, eur(100)), post("fx", ledger.Available, eur(-100)),
			post("seller:1", ledger.Available, eur(1), "", "", "rounding: +1"), post("seller:1", ledger.Available, eur(-1)),
		}}}, Content: &note{account: "no:such", amount: large, size: large.Int(), at: day(2, time.Microsecond)}}},
		{{Keys: event("freeze", ""), Statuses: []ledger.StatusChange{{Account: "seller:1", Status: accounts.Frozen}, {Account: "platform:eu", Status: accounts.Closed}}}},
		{{Keys: event("unfreeze and open", ""), Opens: []accounts.Account{{ID: "seller:2", Kind: accounts.KindSub}}, Statuses: []ledger.StatusChange{{Account: "seller:1"}, {Account: "seller:2", Status: accounts.Frozen}}}},
		{{Keys: event("many", "payment-2"), Entries: many}, {Keys: event("after many", ""), At: day(3, 0)}},
	}
}

// makeGolden books batches in a new ledger, each at the time that its turn gives.
func makeGolden(t *testing.T, path string, batches [][]*ledger.Record, at func(turn int) time.Time) *ledger.Ledger {
	t.Helper()
	turn := 0
	l := ledgertest.OpenFile(t, path, ledger.Options{Clock: func() time.Time { return at(turn) }, ID: format3ID, Assets: usdx})
	for _, batch := range batches {
		turn++
		var fs []func(*ledger.Tx) error
		for _, r := range batch {
			fs = append(fs, func(tx *ledger.Tx) error { return tx.Append(r) })
		}
		for i, err := range l.UpdateBatch(context.Background(), fs) {
			if err != nil {
				t.Fatalf("%v: %v", batch[i].Keys, err)
			}
		}
	}
	return l
}

// describe writes all that a ledger shows.
func describe(t *testing.T, l *ledger.Ledger) string {
	t.Helper()
	v := ledgertest.Verify(t, l)
	var b strings.Builder
	fmt.Fprintf(&b, "head %s\n%d blocks, %d records, %d entries, %d postings, %d keys, %d accounts\n\n", v.Head.Hash, v.Blocks, v.Records, v.Entries, v.Postings, v.Keys, v.Accounts)
	for _, a := range ledgertest.Balances(l, nil) {
		fmt.Fprintf(&b, "%s%s", show([]accounts.Account{a.Account}), show(a.Balances))
	}
	for r, err := range l.Records(context.Background(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n%s", show([]*ledger.Record{r}))
		if d := r.Decoder(); d.More() {
			n := readNote(d)
			fmt.Fprintf(&b, "  content %s\n", &n)
		}
	}
	fmt.Fprintf(&b, "\npostings of seller:1\n")
	for line, err := range l.Postings(context.Background(), "seller:1", ledger.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%+v\n", line)
	}
	for _, payment := range []string{"payment-1", "payment-2"} {
		g, err := l.Group(ledger.Key{Space: 'p', Name: payment})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\nrecords of %s:", payment)
		for _, r := range g {
			fmt.Fprintf(&b, " %d", r.Number)
		}
	}
	return b.String() + "\n"
}

// TestFormats opens the ledgers of formats 1 and 3: they show what they showed when they were made.
func TestFormats(t *testing.T) {
	if *update {
		writeFormat3(t)
	}
	for _, tt := range []struct {
		name   string
		format int
		id     uuid.UUID
	}{{format1, 1, format1ID}, {format3, 3, format3ID}} {
		want, err := os.ReadFile(tt.name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		l := ledgertest.OpenFile(t, unpack(t, tt.name), ledger.Options{Assets: usdx})
		if d := differ(describe(t, l), string(want)); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
		if l.ID() != tt.id {
			t.Errorf("%s has identity %s, want %s", tt.name, l.ID(), tt.id)
		}
		// What may be written to it today is in the same chains.
		ledgertest.Post(t, l, &ledger.Record{
			Keys:    []ledger.Key{{Space: 'p', Name: "payment-1"}},
			Entries: []ledger.Entry{entry("liable", "seller:1", ledger.Pending, eur(5))},
		})
		if g, err := l.Group(ledger.Key{Space: 'p', Name: "payment-1"}); err != nil || len(g) != 5 {
			t.Errorf("%s: payment-1 has %d records, %v", tt.name, len(g), err)
		}
		if l.Stats().Format != tt.format || l.ID() != tt.id {
			t.Errorf("%s has format %d and identity %s after that", tt.name, l.Stats().Format, l.ID())
		}
	}
}

// TestFormatsAgain books the records of these ledgers anew: the same history and identity have the same hash. Under
// another identity every hash is another.
func TestFormatsAgain(t *testing.T) {
	heads := make(map[journal.Hash]string)
	for _, tt := range []struct {
		name   string
		id     uuid.UUID
		format int
	}{{format1, uuid.Nil, 1}, {format3, format3ID, 3}} {
		old := ledgertest.OpenFile(t, unpack(t, tt.name), ledger.Options{ReadOnly: true})
		records := func(yield func(*ledger.Record, error) bool) {
			for r, err := range old.Records(context.Background(), 1) {
				if err == nil {
					if d := r.Decoder(); d.More() {
						note := readNote(d)
						r.Content = &note
					}
				}
				if !yield(r, err) {
					return
				}
			}
		}
		path := filepath.Join(t.TempDir(), "again.db")
		v, err := ledger.Rebuild(t.Context(), path, tt.id, records, func(journal.Head) error { return nil })
		if err != nil || v.Head != old.Stats().Head || v.ID != old.ID() {
			t.Errorf("%s: the same history has the hash %s and the identity %s, had %s and %s: %v", tt.name, v.Head, v.ID, old.Stats().Head, old.ID(), err)
		}
		if f := ledgertest.OpenFile(t, path, ledger.Options{}).Stats().Format; f != tt.format {
			t.Errorf("%s: made again, the file has format %d", tt.name, f)
		}
		heads[v.Head.Hash] = tt.name
		other, err := ledger.Rebuild(t.Context(), path+".other", uuid.MustParse("0190a0b0-0000-7000-8000-00000000beef"), records, func(journal.Head) error { return nil })
		if err == nil || other.Head != (journal.BlockID{}) || !strings.Contains(err.Error(), "record 1: the hash of block 1 does not fit") {
			t.Errorf("%s: under another identity: %v", tt.name, err)
		}
		if text := fmt.Sprint(err); len(regexp.MustCompile("[0-9a-f]{16}").FindString(text)) > 0 {
			t.Errorf("the refusal tells a hash: %s", text)
		}
	}
	if len(heads) != 2 {
		t.Errorf("one history under two identities has the heads %v", heads)
	}
}

func unpack(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(name + ".db.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), filepath.Base(name)+".db")
	overwrite(t, path, b)
	return path
}

func writeFormat3(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "new.db")
	l := makeGolden(t, path, goldenBatches(), func(turn int) time.Time { return time.Date(2026, 1, 2, 12, 0, turn, 0, time.UTC) })
	text := describe(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{".db.gz": packed.Bytes(), ".txt": []byte(text)} {
		if err := os.WriteFile(format3+name, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

func TestEventsSurviveJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent(t)
		line := e.AppendJSON(nil)
		again, err := Decode(line)
		if err != nil {
			t.Fatalf("%s is refused: %v", line, err)
		}
		if d := e.Differ(&again); d != nil {
			t.Fatalf("%s: %s was %s and is %s", line, d.Path, d.A, d.B)
		}
	})
}

func TestEventsSurviveTheJournal(t *testing.T) {
	l, err := ledger.Open(filepath.Join(t.TempDir(), "book.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	rapid.Check(t, func(t *rapid.T) {
		c := &Content{Event: new(Event)}
		*c.Event = anyEvent(t)
		for i := range rapid.IntRange(0, 3).Draw(t, "remarks") {
			c.Remarks = append(c.Remarks, Remark{"split_failed", "capture", i, anyName(t, "reason", 40)})
		}
		rec := &ledger.Record{At: c.Event.At, Keys: []ledger.Key{{Space: 'e', Name: c.Event.ID}}, Content: c}
		if err := l.Update(context.Background(), func(tx *ledger.Tx) error { return tx.Append(rec) }); err != nil {
			t.Fatal(err)
		}
		group, err := l.Group(rec.Keys[0])
		if err != nil {
			t.Fatal(err)
		}
		read, err := Read(group[len(group)-1])
		if err != nil {
			t.Fatal(err)
		}
		if d := c.Event.Differ(read.Event); d != nil {
			t.Fatalf("%s: %s was %s and is %s", c.Event.AppendJSON(nil), d.Path, d.A, d.B)
		}
		if !slices.Equal(c.Remarks, read.Remarks) {
			t.Fatalf("remarks were %v and are %v", c.Remarks, read.Remarks)
		}
	})
}

// TestDifferNamesTheField changes one field at a time.
func TestDifferNamesTheField(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyEvent(t)
		b, err := Decode(a.AppendJSON(nil))
		if err != nil {
			t.Fatal(err)
		}
		fields := types[a.Type].fields[stored:]
		f := fields[rapid.IntRange(0, len(fields)-1).Draw(t, "field")]
		if a.given()&f.place == 0 || notCompared(&a, &b)&f.place != 0 {
			return
		}
		changed := Event{Type: a.Type}
		for _, other := range fields {
			if other.place != f.place {
				if err := copyField(other, &changed, &b); err != nil {
					t.Fatal(err)
				}
			}
		}
		changed.ID = a.ID
		if d := a.Differ(&changed); d == nil || d.Path != f.name || d.B != "nothing" {
			t.Fatalf("without %s the difference is %v", f.name, d)
		}
	})
}

// TestDifferNamesTheValue changes one value at a time, however deep it lies in the event: a number by one, a text by a character,
// a word for another of its kind.
func TestDifferNamesTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyEvent(t)
		tree := map[string]any{}
		d := json.NewDecoder(bytes.NewReader(a.AppendJSON(nil)))
		if d.UseNumber(); d.Decode(&tree) != nil {
			t.Fatalf("%s is no JSON", a.AppendJSON(nil))
		}
		leaves := leavesOf("", tree)
		path := rapid.SampledFrom(slices.Sorted(maps.Keys(leaves))).Draw(t, "path")
		if path == "id" || path == "type" || strings.HasPrefix(path, "source") || path == "at" && a.Movement != "" || !leaves[path]() {
			return
		}
		line, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Decode(line)
		if err != nil {
			return // what it was changed to is not valid
		}
		if len(a.Overdraft) == 1 { // which may be written without the brackets of a list
			path = strings.Replace(path, "overdraft.", "overdraft[0].", 1)
		}
		if d := a.Differ(&b); d == nil || d.Path != path {
			t.Fatalf("%s was changed in %s to %s, and the difference is %v", a.AppendJSON(nil), path, line, d)
		}
	})
}

// otherWords has another word for each that the events of [anyEvent] have.
var otherWords = map[string]string{
	"sub": "provider", "provider": "bank", "bank": "sub", "available": "pending", "pending": "reserved", "reserved": "available",
	"BalanceAccount": "Commission", "Commission": "VAT", "Remainder": "Default", "PaymentFee": "AcquiringFees", "VAT": "Fee", "Fee": "SchemeFee", "SchemeFee": "VAT",
	string(DeductFromOneBalanceAccount): string(DeductAccordingToSplitRatio), string(DeductAccordingToSplitRatio): string(DeductFromLiableAccount),
}

// leavesOf lists the values in a tree of JSON by their paths, each as what changes it, if it can be changed.
func leavesOf(path string, tree any) map[string]func() bool {
	leaves := map[string]func() bool{}
	add := func(path string, value any, set func(any)) {
		switch v := value.(type) {
		case json.Number:
			n, ok := new(big.Int).SetString(v.String(), 10)
			leaves[path] = func() bool {
				if ok {
					set(json.Number(n.Add(n, big.NewInt(1)).String()))
				}
				return ok
			}
		case string:
			leaves[path] = func() bool {
				other, ok := otherWords[v]
				if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
					other = at.Add(1).Format(time.RFC3339Nano)
				} else if !ok {
					other = v + "1"
				}
				set(other)
				return true
			}
		default:
			maps.Copy(leaves, leavesOf(path, value))
		}
	}
	switch tree := tree.(type) {
	case map[string]any:
		for k, v := range tree {
			add(join(path, k), v, func(v any) { tree[k] = v })
		}
	case []any:
		for i, v := range tree {
			add(path+index(i), v, func(v any) { tree[i] = v })
		}
	}
	return leaves
}

func copyField(f field[Event], to, from *Event) error {
	if from.given()&f.place == 0 {
		return nil
	}
	line := f.write(nil, from)
	var r jsonl.Scanner
	r.Reset(string(line))
	if err := f.read(&r, to); err != nil {
		return err
	}
	return nil
}

func TestValidateRefusesFieldsOfOtherTypes(t *testing.T) {
	for _, tt := range []struct {
		event Event
		field string
	}{
		{Event{ID: "x"}, "type"},
		{Event{ID: "x", Type: "nothing"}, "type"},
		{Event{ID: "x", Type: AccountClose, Account: "a", Payment: "p"}, "payment"},
		{Event{ID: "x", Type: PaymentSettle, Payment: "p", Refund: "r"}, "refund"},
		{Event{ID: "x", Type: PaymentRefund, Payment: "p", Refund: "r", Amount: money.New(1, "EUR"), RefundPolicy: &RefundPolicy{Behavior: DeductFromLiableAccount}}, "refund"},
		{Event{ID: "x", Type: Transfer, From: "a", To: "b", Amount: money.New(-1, "EUR")}, "amount.value"},
		{Event{ID: "x", Type: Transfer, From: "a", To: "b", Amount: money.New(1, "eur")}, "amount.currency"},
		{Event{ID: "x", Type: AccountOpen, Account: "a", Kind: 99}, "kind"},
		{Event{ID: "x", Type: AccountOpen, Account: "a", Kind: accounts.KindSub, Holder: "\xff"}, "holder"},
		{Event{ID: "x", Type: AccountOpen, Account: "a", Kind: accounts.KindSub, Metadata: map[string]string{"": "x"}}, "metadata"},
		{Event{ID: "x", Type: PaymentCapture, Payment: "p", Splits: make([]Split, MaxSplits+1)}, "splits"},
		{Event{ID: "x", Type: PaymentCapture, Payment: "p", Splits: []Split{{Type: "Bonus"}}}, "splits[0].type"},
		{Event{ID: "x", Type: JournalEntry, Postings: []Leg{{Account: "a", Sub: 9, Debit: true, Amount: money.New(1, "EUR")}}}, "postings[0].sub"},
		{Event{ID: "x", Type: EntryReverse, Entry: 1 << 63}, "entry"},
	} {
		err := tt.event.validate()
		if err == nil || err.Code != ledger.Invalid || err.Field != tt.field {
			t.Errorf("%s: Validate returned %v, want invalid %s", tt.event.AppendJSON(nil), err, tt.field)
		}
	}
}

package query_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// Wherever among the events a key of metadata is made searchable, lists by metadata and searches for values answer as if
// all records had been read, and as of any record.
func TestSearchableMetadataIsFoundAsByReading(t *testing.T) {
	parent, ctx := t.TempDir(), context.Background()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(parent, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		l, err := ledger.Open(filepath.Join(dir, "book.db"), ledger.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		book, err := posting.New(l, posting.Options{})
		if err != nil {
			t.Fatal(err)
		}
		keys := []string{"table", "tabl", "room"}
		for n := range rapid.IntRange(1, 40).Draw(t, "events") {
			e := posting.Event{ID: fmt.Sprint("e", n), Metadata: map[string]string{}}
			for _, key := range keys {
				if v := rapid.IntRange(0, 3).Draw(t, key); v > 0 {
					e.Metadata[key] = fmt.Sprint(key, v)
				}
			}
			if len(e.Metadata) == 0 {
				e.Metadata = nil
			}
			payment := fmt.Sprint("p", rapid.IntRange(0, 9).Draw(t, "payment"))
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0:
				e.Type, e.Name = posting.MetadataIndex, rapid.SampledFrom(keys).Draw(t, "declared")
			case 1:
				e.Type, e.Payment = posting.PaymentSettle, payment
			default:
				e.Type, e.Payment, e.Provider, e.Amount = posting.PaymentCapture, payment, "adyen", money.New(100, "EUR")
				e.Capture = e.ID
			}
			if _, err := book.Post(ctx, e); err != nil {
				if _, refused := ledger.Refused(err); !refused {
					t.Fatal(err)
				}
			}
		}
		head := l.Stats().Records
		if head == 0 {
			return // all was refused
		}
		b := books(l).Until(rapid.Uint64Range(1, head).Draw(t, "until"))
		all := listed(t, b, query.PaymentFilter{})
		for _, key := range keys {
			for v := range 4 {
				checkMetadata(t, b, all, key, fmt.Sprint(key, v))
			}
		}
	})
}

// checkMetadata compares the answers about one value with those of reading everything.
func checkMetadata(t *rapid.T, b *query.Books, all []query.PaymentRow, key, value string) {
	wanted := map[string]string{key: value}
	want := slices.DeleteFunc(slices.Clone(all), func(p query.PaymentRow) bool { return p.Metadata[key] != value })
	if got := listed(t, b, query.PaymentFilter{Metadata: wanted}); !reflect.DeepEqual(got, want) &&
		len(got)+len(want) > 0 {
		t.Fatalf("%s=%s: listed %v, expected %v", key, value, got, want)
	}
	found, before, err := b.FindMetadata(context.Background(), value, true)
	if err != nil {
		t.Fatal(err)
	}
	read, err := b.Search(context.Background(), value)
	if err != nil {
		t.Fatal(err)
	}
	read = slices.DeleteFunc(read, func(h query.Hit) bool { return h.Kind != "metadata" })
	slices.SortFunc(read, func(a, b query.Hit) int { return int(a.Record) - int(b.Record) })
	if len(found) > 0 && !reflect.DeepEqual(found, read) {
		t.Fatalf("%s: found %v, expected %v", value, found, read)
	}
	index, _, err := b.FindMetadata(context.Background(), value, false)
	if err != nil {
		t.Fatal(err)
	}
	since, err := b.Searchable(wanted)
	if err != nil {
		t.Fatal(err)
	}
	if before > 0 && (len(found) == 0 || before+1 < since.Since) {
		t.Fatalf("%s: %d records were read, and %s=%s was searchable after %d", value, before, key, value, since.Since)
	}
	late := slices.DeleteFunc(slices.Clone(read), func(h query.Hit) bool { return since.Since == 0 || h.Record <= since.Since })
	for _, h := range late { // its newest event is in the index
		if !slices.Contains(index, h) {
			t.Fatalf("%s: the index has %v, expected %v, searchable since %d", value, index, h, since.Since)
		}
	}
	if len(index) != len(late) {
		t.Fatalf("%s: the index has %v, expected %v", value, index, late)
	}
}

// listed is a list of payments.
func listed(t *rapid.T, b *query.Books, f query.PaymentFilter) (list []query.PaymentRow) {
	for p, err := range b.Payments(context.Background(), f) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

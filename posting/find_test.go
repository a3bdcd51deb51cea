package posting

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
)

// inFull writes out all that a payment is made of, but for memory that is kept to be used again.
func inFull(p *Payment) string {
	var b strings.Builder
	write(&b, reflect.ValueOf(p))
	return b.String()
}

// inSubstance is inFull but for what only a record has: its number and time.
func inSubstance(p *Payment) string {
	var b strings.Builder
	write(&b, reflect.ValueOf(p), "Events", "first", "Record", "At", "failedAt")
	return b.String()
}

func write(b *strings.Builder, v reflect.Value, without ...string) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		write(b, v.Elem(), without...)
	case reflect.Struct:
		b.WriteString(v.Type().Name() + "{")
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if v.Type() == reflect.TypeFor[ledger.Record]() && (name == "postings" || name == "names" || name == "payload" || name == "strings") {
				continue
			}
			if name == "slab" || name == "sized" || name == "scheme" || name == "loc" || slices.Contains(without, name) {
				continue
			}
			b.WriteString(name + ": ")
			write(b, v.Field(i), without...)
			b.WriteString(", ")
		}
		b.WriteString("}")
	case reflect.Slice, reflect.Array:
		b.WriteString("[")
		for i := range v.Len() {
			write(b, v.Index(i), without...)
			b.WriteString(", ")
		}
		b.WriteString("]")
	case reflect.Map:
		var list []string
		for it := v.MapRange(); it.Next(); {
			var one strings.Builder
			write(&one, it.Key(), without...)
			one.WriteString(": ")
			write(&one, it.Value(), without...)
			list = append(list, one.String())
		}
		slices.Sort(list)
		fmt.Fprint(b, list)
	case reflect.Interface, reflect.Func:
	case reflect.String:
		b.WriteString(strconv.Quote(v.String()))
	case reflect.Bool:
		b.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Int64, reflect.Int:
		b.WriteString(strconv.FormatInt(v.Int(), 10))
	default:
		fmt.Fprint(b, v)
	}
}

// looksAgain looks for a payment with a finder that has found others before, and compares it with what a new one finds.
func looksAgain(t rapid.TB, used *Finder, b *Book, id string) {
	t.Helper()
	fresh, err := b.Payment(id)
	if err != nil {
		t.Fatal(err)
	}
	want := inFull(fresh)
	again, err := used.Payment(id)
	if err != nil {
		t.Fatal(err)
	}
	if got := inFull(again); got != want {
		t.Fatalf("a used finder finds\n%s\nwant\n%s", got, want)
	}
	if err := used.View(func() error {
		seen, err := used.Payment(id)
		if err == nil && inFull(seen) != want {
			t.Fatalf("in a view, a finder finds\n%s\nwant\n%s", inFull(seen), want)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestFinderTakesNoMemory looks for payments as a report does: their memory is used again.
func TestFinderTakesNoMemory(t *testing.T) {
	_, book := open(t, t.TempDir()+"/book.db")
	for i, s := range [][]Split{nil, {{Type: Commission, Amount: money.New(10, "USD"), Reference: "1"}, {Type: VAT, Amount: money.New(90, "USD"), Reference: "2"}}} {
		id := fmt.Sprint("p", i)
		for _, e := range []Event{
			{ID: "a" + id, Type: PaymentCapture, Payment: id, Provider: "adyen", Amount: money.New(100, "USD"), Splits: s, Reference: "r" + id},
			{ID: "f" + id, Type: PaymentFee, Payment: id, Fees: []Fee{{Type: FeeInterchange, Amount: money.New(8, "USD")}, {Type: FeeScheme, Amount: money.New(2, "USD")}}},
			{ID: "s" + id, Type: PaymentSettle, Payment: id},
		} {
			if _, err := book.Post(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	f := book.Finder()
	find := func() {
		for _, id := range []string{"p0", "p1"} {
			p, err := f.Find("adyen", "", "r"+id)
			if err != nil || p == nil || p.ID != id || len(p.Events) != 3 {
				t.Fatal(p, err)
			}
		}
	}
	find()
	err := f.View(func() error {
		const most = 24 // a text for each of the four records that are read of a payment, and what looking them up takes
		if n := testing.AllocsPerRun(100, find) / 2; n > most {
			t.Errorf("finding a payment of three events takes %v allocations, want at most %d", n, most)
		} else {
			t.Log(n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFindByReference finds payments by the provider's reference, whichever event made it known and whatever came later.
func TestFindByReference(t *testing.T) {
	_, book := open(t, t.TempDir()+"/book.db")
	f := book.Finder()
	for _, e := range []Event{
		{Type: PaymentCapture, Payment: "a", Provider: "adyen", Amount: money.New(100, "USD"), ProviderReference: "psp-a"},
		{Type: PaymentCapture, Payment: "b", Provider: "adyen", Amount: money.New(100, "USD"), Reference: "order-b"},
		{Type: PaymentReference, Payment: "b", ProviderReference: "psp-b"},
		{Type: PaymentSettle, Payment: "a"},
		{Type: PaymentCapture, Payment: "c", Provider: "adyen", Amount: money.New(100, "USD"), ProviderReference: "psp-a"}, // once more
		{Type: PaymentSettle, Payment: "b"},
	} {
		e.ID = fmt.Sprint(e.Type, e.Payment)
		if _, err := book.Post(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		for _, psp := range []string{"psp-a", "psp-b", "psp-c"} {
			found, err := f.Find("adyen", psp, "")
			if err != nil && !errors.Is(err, ErrNotFound) {
				t.Fatal(err)
			}
			want := ""
			for _, id := range []string{"a", "b", "c"} {
				if p, _ := book.Payment(id); p != nil && p.ProviderReference == psp {
					want = inFull(p)
				}
			}
			if found == nil && want != "" || found != nil && inFull(found) != want {
				t.Errorf("after %s, %s: found %v, want %s", e.ID, psp, found, want)
			}
		}
	}
}

// TestReadsOfAClosedLedger asks for everything there is to ask for when the ledger cannot be read: that is said, rather than that
// nothing is there.
func TestReadsOfAClosedLedger(t *testing.T) {
	l := ledgertest.Open(t, ledger.Options{})
	b, err := New(l, Options{})
	if err != nil {
		t.Fatal(err)
	}
	post(t, b, Event{ID: "c", Type: PaymentCapture, Payment: "p", Provider: "adyen", Amount: money.New(100, "EUR"), ProviderReference: "psp", Reference: "web"})
	f := b.Finder()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for name, ask := range map[string]func() error{
		"Payment":         func() error { _, err := b.Payment("p"); return err },
		"Find by one":     func() error { _, err := b.Finder().Find("adyen", "psp", ""); return err },
		"Find by another": func() error { _, err := b.Finder().Find("adyen", "", "web"); return err },
		"FindRefund":      func() error { _, err := f.FindRefund("adyen", "r"); return err },
		"Finder.Payout":   func() error { _, err := f.Payout("o"); return err },
		"Finder.Event":    func() error { _, err := f.Event("c"); return err },
		"View":            func() error { return f.View(func() error { return nil }) },
		"Payout":          func() error { _, err := b.Finder().Payout("o"); return err },
		"Payouts":         func() error { return firstError(b.Payouts("")) },
		"Rule":            func() error { _, err := b.Rule("r"); return err },
		"Rules":           func() error { return firstError(b.Rules("")) },
		"Notices":         func() error { return firstError(b.Finder().notices("adyen")) },
		"Waiting":         func() error { _, err := b.Waiting("adyen"); return err },
		"Reports":         func() error { return firstError(b.Reports("adyen")) },
		"Post": func() error {
			_, err := b.Post(t.Context(), Event{ID: "s", Type: PaymentSettle, Payment: "p"})
			return err
		},
		"a function of a View": func() error { return f.View(func() error { _, err := f.Payment("p"); return err }) },
	} {
		if err := ask(); !errors.Is(err, ledger.ErrClosed) {
			t.Errorf("%s of a closed ledger: %v", name, err)
		}
	}
}

// firstError returns the first error that a sequence yields.
func firstError[T any](seq iter.Seq2[T, error]) error {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestProviderReferencesAndMerchantReferencesAreKeys(t *testing.T) {
	l, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	for i, e := range []Event{
		{Payment: "p1", Provider: "adyen", Reference: "web-1", ProviderReference: "EXPSP1"},
		{Payment: "p2", Provider: "adyen", Reference: "p2"}, // the payment's own name is no further key
	} {
		e.ID, e.Type, e.Amount = fmt.Sprint("e", i), PaymentAuthorise, money.New(100, "EUR")
		if _, err := b.Post(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
	for k, want := range map[ledger.Key]bool{
		{Space: KeyPayment, Name: "p1"}: true, {Space: KeyReference, Name: "web-1"}: true,
		{Space: KeyProviderReference, Name: "adyen/EXPSP1"}: true, {Space: KeyReference, Name: "p2"}: false,
	} {
		if has, err := l.Has(k); has != want || err != nil {
			t.Errorf("Has(%c %s) = %v, %v, want %v", k.Space, k.Name, has, err, want)
		}
	}
	p, err := b.Payment("p1")
	if err != nil || p.Reference != "web-1" || p.ProviderReference != "EXPSP1" || p.State() != "authorised" {
		t.Errorf("Payment(p1) = %+v, %v", p, err)
	}
}

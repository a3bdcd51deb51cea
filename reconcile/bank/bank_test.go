package bank

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is not what is made now (-want +got); 'go test -update' writes it anew\n%s", path, diff)
	}
}

// statements writes what a reader says of a file, a line each.
func statements(r Reader) string {
	var b strings.Builder
	for {
		l, s, err := r.Next()
		switch {
		case err == io.EOF:
			return b.String()
		case isLineError(err):
			fmt.Fprintf(&b, "%v\n", err)
		case err != nil:
			fmt.Fprintf(&b, "stopped: %v\n", err)
			return b.String()
		case s != nil:
			fmt.Fprintf(&b, "statement %s of %s at line %d: %s of %s, %d lines of %s, %d unreadable, %s of %s; gap %s\n",
				s.ID, s.Account, s.Line, s.Opening.Amount, dayOf(s.Opening.Date), s.Lines, s.Sum, s.Unreadable, s.Closing.Amount, dayOf(s.Closing.Date), s.Gap())
		default:
			reversal := ""
			if l.Reversal {
				reversal = " reversal"
			}
			fmt.Fprintf(&b, "line %d: %s %s value %s%s\n    bank %q references %q party %q text %q\n", l.Number, l.Amount, dayOf(l.Booked), dayOf(l.Value), reversal, l.BankReference, l.References, l.Party, l.Text)
		}
	}
}

// TestReaders reads each statement in testdata as its golden file says.
func TestReaders(t *testing.T) {
	for _, path := range samples(t) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Open(bytes.NewReader(b), money.Table{})
		if err != nil {
			t.Fatal(path, err)
		}
		golden(t, path+".golden", []byte(r.Format()+"\n"+statements(r)))
	}
}

func samples(t testing.TB) []string {
	var all []string
	for _, pattern := range []string{"*.xml", "*.sta", "*.940"} {
		some, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	return all
}

// april is a time at which all in these tests has happened.
func april() time.Time { return time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC) }

// books returns a ledger in which providers have paid, and accounts were paid out.
func books(t testing.TB) (*ledger.Ledger, *posting.Book) {
	t.Helper()
	l := ledgertest.Open(t, ledger.Options{Clock: april})
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := func(day int) time.Time { return time.Date(2026, 3, day, 10, 0, 0, 0, time.UTC) }
	eur := func(minor int64) money.Amount { return money.New(minor, "EUR") }
	for i, e := range []posting.Event{
		{Type: posting.AccountOpen, Account: "seller:1", Kind: accounts.KindSub, At: at(1)},
		{Type: posting.ProviderPayout, Provider: "adyen", Amount: eur(100_00), Batch: "6", At: at(2)}, // before the statements
		{Type: posting.ProviderPayout, Provider: "adyen", Amount: eur(145_04), Batch: "7", At: at(11)},
		{Type: posting.ProviderPayout, Provider: "adyen", Amount: eur(200_00), Batch: "8", At: at(12)},
		{Type: posting.ProviderPayout, Provider: "antom", Amount: eur(74_55), Batch: "2026031100000000001", At: at(12)},
		{Type: posting.ProviderPayout, Provider: "xendit", Amount: eur(33_00), At: at(10)},            // never arrives
		{Type: posting.ProviderPayout, Provider: "adyen", Amount: eur(15_00), Batch: "9", At: at(14)}, // may still
		{Type: posting.Transfer, From: "liable", To: "seller:1", Amount: eur(100_00), At: at(12)},
		{Type: posting.PayoutRequest, Payout: "payout-1", Account: "seller:1", Amount: eur(40_00), At: at(12)},
		{Type: posting.PayoutPaid, Payout: "payout-1", At: at(13)},
		{Type: posting.PayoutRequest, Payout: "payout-2", Account: "seller:1", Amount: eur(30_00), At: at(12)},
	} {
		e.ID = fmt.Sprint("event-", i)
		if _, err := book.Post(t.Context(), e); err != nil {
			t.Fatalf("%s: %v", e.ID, err)
		}
	}
	return l, book
}

func input(path string) Input {
	return Input{filepath.Base(path), func() (io.ReadCloser, error) { return os.Open(path) }}
}

// TestCompare compares statements with the books as the golden files say.
func TestCompare(t *testing.T) {
	l, book := books(t)
	for _, tt := range []struct {
		name  string
		files []string
		days  int
	}{
		{"march", []string{"march.camt.xml"}, 0},
		{"second", []string{"second.camt.xml"}, 0},
		{"german", []string{"german.sta"}, 0},
		{"dutch", []string{"dutch.940"}, 0},
		{"twice", []string{"march.camt.xml", "march.camt.xml"}, 0},
		{"sameday", []string{"march.camt.xml"}, -1},
	} {
		var in []Input
		for _, f := range tt.files {
			in = append(in, input(filepath.Join("testdata", f)))
		}
		r, err := Compare(t.Context(), Options{Ledger: l, Book: book, Days: tt.days}, in...)
		if err != nil {
			t.Fatal(tt.name, err)
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(r); err != nil {
			t.Fatal(err)
		}
		golden(t, filepath.Join("testdata", tt.name+".json"), b.Bytes())
		var lines uint64
		for c, n := range r.Counts {
			if c != MissingAtBank && c != BalanceMismatch {
				lines += n
			}
		}
		var read uint64
		for _, f := range r.Files {
			read += f.Lines
		}
		if lines != read {
			t.Errorf("%s: %d lines are in a class, %d were read", tt.name, lines, read)
		}
	}
}

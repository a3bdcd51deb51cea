package bank

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// TestNamesBeforeAmounts matches lines with payouts of equal amounts: names come first, and where they disagree nothing is matched.
func TestNamesBeforeAmounts(t *testing.T) {
	type paid struct{ provider, batch string }
	same := []paid{{"adyen", "7"}, {"adyen", "8"}}
	long := []paid{{"antom", "2026031100000000001"}, {"antom", "2026031100000000002"}}
	for _, tt := range []struct {
		name  string
		books []paid   // each of 100.00, on 11 March
		lines []string // day, amount and text
		want  []string // class, payout, how
	}{
		{"in the order of the books", same, []string{"12 100,00 Adyen batch 7", "12 100,00 Adyen batch 8"}, []string{"matched 7 name", "matched 8 name"}},
		{"in the other order", same, []string{"12 100,00 Adyen batch 8", "12 100,00 Adyen batch 7"}, []string{"matched 8 name", "matched 7 name"}},
		{"one named, one not", same, []string{"12 100,00 Adyen", "12 100,00 Adyen batch 7"}, []string{"matched 8 amount", "matched 7 name"}},
		{"none named", same, []string{"12 100,00 Adyen", "12 100,00 Adyen"}, []string{"matched 7 amount", "matched 8 amount"}},
		{"a batch that the books do not have", same, []string{"12 100,00 Adyen batch 9"}, []string{"missing_in_ledger", "missing_at_bank 7", "missing_at_bank 8"}},
		{"the named one is of another amount", append(same, paid{"adyen", "10"}), []string{"12 99,00 Adyen batch 7", "12 100,00 Adyen batch 8"}, []string{"amount_mismatch 7 name", "matched 8 name", "missing_at_bank 10"}},
		{"a line of another amount than its payout, which is another's", same, []string{"12 100,00 Adyen batch 10"}, []string{"missing_in_ledger", "missing_at_bank 7", "missing_at_bank 8"}},
		{"paid twice", same, []string{"12 100,00 Adyen batch 7 a", "13 100,00 Adyen batch 7 b"}, []string{"matched 7 name", "missing_in_ledger 7", "missing_at_bank 8"}},
		{"long names", long, []string{"12 100,00 Alipay 2026031100000000002"}, []string{"matched 2026031100000000002 name", "missing_at_bank 2026031100000000001"}},
		{"another long name", long, []string{"12 100,00 Alipay 2026031200000000009"}, []string{"missing_in_ledger", "missing_at_bank 2026031100000000001", "missing_at_bank 2026031100000000002"}},
		{"a long name, and no provider", long, []string{"12 100,00 settlement 2026031100000000002"}, []string{"matched 2026031100000000002 name", "missing_at_bank 2026031100000000001"}},
		{"another long name, and no provider", long, []string{"12 100,00 settlement 2026031200000000009"}, []string{"other", "missing_at_bank 2026031100000000001", "missing_at_bank 2026031100000000002"}},
		{"a day is no name", []paid{{"antom", "20260311"}}, []string{"13 100,00 Alipay 20260312"}, []string{"matched 20260311 amount"}},
		{"a number that is no batch", same, []string{"12 100,00 Adyen 8 March"}, []string{"matched 8 amount", "missing_at_bank 7"}},
		{"another provider", same, []string{"12 100,00 Xendit batch 7"}, []string{"missing_in_ledger", "missing_at_bank 7", "missing_at_bank 8"}},
		{"zeros before the number", same, []string{"12 100,00 Adyen batch no. 008"}, []string{"matched 8 name", "missing_at_bank 7"}},
		{"the only one left, of another name", same[:1], []string{"12 90,00 Adyen batch 9"}, []string{"missing_in_ledger", "missing_at_bank 7"}},
		{"the only one left", same[:1], []string{"12 90,00 Adyen"}, []string{"amount_mismatch 7 rest"}},
	} {
		l := ledgertest.Open(t, ledger.Options{Clock: april})
		book, err := posting.New(l, posting.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range tt.books {
			e := posting.Event{ID: fmt.Sprint("event-", i), Type: posting.ProviderPayout, At: time.Date(2026, 3, 11, 9, 0, 0, 0, time.UTC),
				Provider: p.provider, Batch: p.batch, Amount: money.New(100_00, "EUR")}
			if _, err := book.Post(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		var b strings.Builder
		b.WriteString(":20:S\n:25:1\n:60F:C260301EUR0,\n")
		for i, line := range tt.lines {
			var day int
			var amount string
			fmt.Sscan(line, &day, &amount)
			text := strings.Join(strings.Fields(line)[2:], " ")
			fmt.Fprintf(&b, ":61:2603%02dC%sNTRFNONREF//X%d\n:86:%s\n", day, amount, i, text)
		}
		b.WriteString(":62F:C260331EUR0,\n")
		r, err := Compare(t.Context(), Options{Ledger: l, Book: book}, text("s", b.String()))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range 20 { // lines in their order, then what is of none
			for _, f := range r.Findings {
				if f.Line == line && f.Class != BalanceMismatch && f.Class != MissingAtBank {
					got = append(got, strings.TrimSpace(string(f.Class)+" "+f.Payout+" "+f.By))
				}
			}
		}
		if r.Counts[Other] > 0 {
			got = append(got, "other")
		}
		for _, f := range r.Findings {
			if f.Class == MissingAtBank {
				got = append(got, string(f.Class)+" "+f.Payout)
			}
		}
		for i := range got {
			if strings.HasPrefix(got[i], "missing_in_ledger") {
				got[i] = strings.TrimSpace(got[i])
			}
		}
		if got, want := strings.Join(got, "\n"), strings.Join(tt.want, "\n"); got != want {
			t.Errorf("%s: expected\n%s\nfound\n%s", tt.name, want, got)
		}
		if !r.Broken() {
			t.Errorf("%s: expected breaks (the balance is one), found none", tt.name)
		}
	}
}

func text(name, s string) Input {
	return Input{name, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }}
}

// TestPaidTwice gives two debits that name one payout of an account: the second is not matched.
func TestPaidTwice(t *testing.T) {
	l, book := books(t)
	s := ":20:S\n:25:1\n:60F:C260312EUR100,\n:61:260313D40,NTRFpayout-1//A\n:61:260314D40,NTRFpayout-1//B\n:61:260314D31,NTRFpayout-2//C\n:62F:D260314EUR11,\n"
	r, err := Compare(t.Context(), Options{Ledger: l, Book: book, File: "it's.db"}, text("s", s))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.Findings {
		if f.Line > 0 {
			got = append(got, fmt.Sprintf("%s %d %s %s %s %s", f.Class, f.Line, f.Payout, f.Difference, f.Hint, f.Remedy))
		}
	}
	want := []string{
		"matched 4 payout-1 0 EUR  ",
		"missing_in_ledger 5 payout-1 0 it names a payout that s:4 has already: the bank may have paid it twice ",
		"amount_mismatch 6 payout-2 -100 EUR the bank paid another amount than the books have ",
	}
	if got, want := strings.Join(got, "\n"), strings.Join(want, "\n"); got != want {
		t.Errorf("expected\n%s\nfound\n%s", want, got)
	}
}

// TestPages compares statements in pages: what one ends with, the next begins with, in whichever file and order they are.
func TestPages(t *testing.T) {
	page := func(number, opening, line, closing string) string {
		return ":20:S\n:25:1\n:28C:" + number + "\n:" + opening + "\n" + line + ":" + closing + "\n-\n"
	}
	first := page("12/1", "60F:C260312EUR100,", ":61:260312C1,NTRF//A\n", "62M:C260312EUR101,")
	second := page("12/2", "60M:C260312EUR101,", ":61:260312C2,NTRF//B\n", "62M:C260312EUR103,")
	last := page("12/3", "60M:C260312EUR103,", ":61:260312C3,NTRF//C\n", "62F:C260312EUR106,")
	for _, tt := range []struct {
		name  string
		files []string
		want  []string
	}{
		{"in one file", []string{first + second + last}, nil},
		{"in three files, in another order", []string{last, first, second}, nil},
		{"in camt.053", []string{document(camt08,
			stmt(bal("OPBD", "EUR", "1", "CRDT", "2026-03-12"), bal("ITBD", "EUR", "6", "CRDT", "2026-03-12"), ntry("EUR", "5", "CRDT", ""))+
				stmt(bal("ITBD", "EUR", "6", "CRDT", "2026-03-12"), bal("CLBD", "EUR", "6", "CRDT", "2026-03-12")))}, nil},
		{"the first is missing", []string{second + last}, []string{"statement 12/2: the whole of the statement could not be checked: it begins in a page that is not in these files"}},
		{"the last is missing", []string{first + second}, []string{"statement 12/2: the whole of the statement could not be checked: it goes on in a page that is not in these files"}},
		{"one between is missing", []string{first + last}, []string{"page 12/3 does not begin with what page 12/1 ends with: a page is missing between them: ask the bank for it (200 EUR)"}},
		{"of another account", []string{first, strings.ReplaceAll(second+last, ":25:1", ":25:2")}, []string{
			"statement 12/1: the whole of the statement could not be checked: it goes on in a page that is not in these files",
			"statement 12/2: the whole of the statement could not be checked: it begins in a page that is not in these files"}},
	} {
		l := ledgertest.Open(t, ledger.Options{})
		book, err := posting.New(l, posting.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var in []Input
		for i, f := range tt.files {
			in = append(in, text(fmt.Sprint("file ", i), f))
		}
		r, err := Compare(t.Context(), Options{Ledger: l, Book: book}, in...)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range r.Findings {
			s := f.Text + ": " + f.Hint
			if !f.Difference.IsZero() {
				s += " (" + f.Difference.String() + ")"
			}
			got = append(got, s)
		}
		if got, want := strings.Join(got, "\n"), strings.Join(tt.want, "\n"); got != want || r.Broken() != (len(tt.want) > 0) {
			t.Errorf("%s: expected\n%s\nfound, broken %v\n%s", tt.name, want, r.Broken(), got)
		}
	}
}

// TestEmpty compares files without any statement or line: none is clean but the statement of a day on which nothing happened.
func TestEmpty(t *testing.T) {
	l := ledgertest.Open(t, ledger.Options{})
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	quiet := stmt(bal("OPBD", "EUR", "1", "CRDT", "2026-03-12"), bal("CLBD", "EUR", "1", "CRDT", "2026-03-12"))
	for _, tt := range []struct {
		name, text string
		broken     bool
	}{
		{"a quiet day", document(camt08, quiet), false},
		{"no statement", document(camt08, ""), true},
		{"a statement of nothing", document(camt08, stmt()), true},
	} {
		r, err := Compare(t.Context(), Options{Ledger: l, Book: book}, text("s", tt.text))
		if err != nil {
			t.Fatal(err)
		}
		if r.Broken() != tt.broken {
			t.Errorf("%s: expected broken %v, found %v", tt.name, tt.broken, r.Broken())
		}
	}
	r, err := Compare(t.Context(), Options{Ledger: l, Book: book}, text("a", document(camt08, quiet)), text("b", document(camt08, "")))
	if err != nil || !r.Broken() {
		t.Errorf("expected a file without statement to be a break beside one with, found %v, %v", r, err)
	}
}

// TestToldAheadOfTime matches a payout that a provider told before it was made: the books have it on the day on which it was told.
func TestToldAheadOfTime(t *testing.T) {
	l := ledgertest.Open(t, ledger.Options{Clock: func() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) }})
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := posting.Event{ID: "e", Type: posting.ProviderPayout, At: time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC), Provider: "adyen", Amount: money.New(100_00, "EUR")}
	if _, err := book.Post(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	s := ":20:S\n:25:1\n:60F:C260320EUR0,\n:61:260320C100,NTRF\n:86:Adyen\n:62F:C260321EUR100,\n"
	r, err := Compare(t.Context(), Options{Ledger: l, Book: book}, text("s", s))
	if err != nil {
		t.Fatal(err)
	}
	if r.Counts[Matched] != 1 || r.Broken() {
		t.Errorf("expected it to match, found %v", r.Counts)
	}
}

// TestCameBack gives credits that name a payout of an account: the money came back, and the books have that or not.
func TestCameBack(t *testing.T) {
	l, book := books(t)
	post := func(e posting.Event) {
		t.Helper()
		if _, err := book.Post(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	s := ":20:S\n:25:1\n:60F:C260312EUR100,\n:61:260314RD15,NTRFpayout-1//A\n:61:260315C25,NTRFpayout-1//B\n:62F:C260315EUR140,\n"
	compare := func() string {
		t.Helper()
		r, err := Compare(t.Context(), Options{Ledger: l, Book: book}, text("s", s))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range r.Findings {
			if f.Line > 0 {
				got = append(got, fmt.Sprintf("%s %d %s %v", f.Class, f.Line, f.Payout, strings.Contains(f.Remedy, `"payout.returned"`)))
			}
		}
		return strings.Join(got, "\n")
	}
	if got, want := compare(), "missing_in_ledger 4 payout-1 true\nmissing_in_ledger 5 payout-1 true"; got != want {
		t.Errorf("expected\n%s\nfound\n%s", want, got)
	}
	post(posting.Event{ID: "r1", Type: posting.PayoutReturned, Payout: "payout-1", Amount: money.New(15_00, "EUR")})
	if got, want := compare(), "matched 4 payout-1 false\nmissing_in_ledger 5 payout-1 true"; got != want {
		t.Errorf("expected\n%s\nfound\n%s", want, got)
	}
	post(posting.Event{ID: "r2", Type: posting.PayoutReturned, Payout: "payout-1"})
	if got, want := compare(), "matched 4 payout-1 false\nmatched 5 payout-1 false"; got != want {
		t.Errorf("expected\n%s\nfound\n%s", want, got)
	}
}

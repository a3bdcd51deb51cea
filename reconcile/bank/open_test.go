package bank

import (
	"bytes"
	"compress/gzip"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/splitledger/splitledger/money"
)

// TestOpenRefuses gives files that are no statements, or not whole: none is read as something that it does not say.
func TestOpenRefuses(t *testing.T) {
	camt, err := os.ReadFile("testdata/march.camt.xml")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "expected an end-of-day bank statement (camt.053 or MT940), found nothing"},
		{"UTF-16", "\xff\xfe<\x00", "found text in UTF-16: save it as UTF-8"},
		{"some text", "Dear customer\n", `found a text that begins "Dear customer`},
		{"another XML", "<note></note>", "found XML without the element BkToCstmrStmt"},
		{"broken XML", `<Document><BkToCstmrStmt></Document>`, "expected XML, found"},
		{"another encoding", `<?xml version="1.0" encoding="KLINGON"?><Document/>`, `expected the encoding UTF-8, ISO-8859-1, ISO-8859-15 or windows-1252, found "KLINGON"`},
		{"half of it", string(camt[:len(camt)/2]), "the statement is cut short"},
		{"MT940 without balance", ":20:X\n:25:1\n-\n", "the statement is cut short"},
		{"MT940 without end", ":20:X\n:25:1\n:60F:C260312EUR1,00\n:61:260312C1,00NTRFNONREF\n", "the statement is cut short: expected its closing balance :62F: after line 4"},
		{"MT940 within another", ":20:X\n:60F:C260312EUR1,00\n:20:Y\n:60F:C260312EUR1,00\n:62F:C260312EUR1,00\n", "expected the closing balance :62F: of the statement before, found another statement"},
		{"a line before the balance", ":20:X\n:61:260312C1,00NTRFNONREF\n:62F:C260312EUR1,00\n", "expected the opening balance :60F: before the first line, found none"},
		{"a balance without a date", ":20:X\n:60F:CXX0312EUR1,00\n:62F:C260312EUR1,00\n", `expected a date YYMMDD, found "XX0312"`},
		{"a balance of neither side", ":20:X\n:60F:X260312EUR1,00\n:62F:C260312EUR1,00\n", `expected C or D, found "X"`},
		{"a currency that is none", ":20:X\n:60F:C260312DEM1,00\n:62F:C260312EUR1,00\n", "DEM"},
	} {
		r, err := Open(strings.NewReader(tt.text), money.Table{})
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = statements(r)
		}
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: expected %q, found %q", tt.name, tt.want, got)
		}
	}
}

// TestGzip reads a statement that is compressed, with line ends of two bytes, and sees where it is cut.
func TestGzip(t *testing.T) {
	text, err := os.ReadFile("testdata/german.sta")
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")))
	z.Close()
	plain, err := Open(bytes.NewReader(text), money.Table{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(bytes.NewReader(packed.Bytes()), money.Table{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := statements(r), statements(plain); got != want {
		t.Errorf("expected\n%s\nfound\n%s", want, got)
	}
	r, err = Open(bytes.NewReader(packed.Bytes()[:packed.Len()-20]), money.Table{})
	if err == nil {
		if got := statements(r); !strings.Contains(got, "stopped: ") {
			t.Errorf("expected an end that is no end of a statement, found\n%s", got)
		}
	}
}

// FuzzReaders reads anything: it ends, and no line is without currency, account line and day. What sums to its closing balance does so
// exactly.
func FuzzReaders(f *testing.F) {
	for _, path := range samples(f) {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Open(bytes.NewReader(b), money.Table{})
		if err != nil {
			return
		}
		sums := map[money.Currency]money.Amount{} // of the lines since the last statement
		lines, counted := 0, 0
		ended := false // a statement may be told for each of its currencies
		begin := func() {
			sums, lines, counted, ended = map[money.Currency]money.Amount{}, 0, 0, false
		}
		for {
			l, s, err := r.Next()
			if ended && s == nil {
				if counted != lines {
					t.Errorf("%d lines were read, the statement says %d", lines, counted)
				}
				begin()
			}
			switch {
			case isLineError(err):
				if strings.Contains(err.Error(), "cut short") { // what was read of that statement has no end
					begin()
				}
			case err != nil:
				if err.Error() == "" {
					t.Error("an error that says nothing")
				}
				return
			case l != nil:
				c := l.Amount.Currency()
				if c == "" || l.Number < 1 || l.Booked.IsZero() {
					t.Errorf("a line of nothing: %+v", l)
				}
				lines++
				sums[c] = money.Sum(c, sums[c], l.Amount)
			case s != nil:
				ended = true
				counted += s.Lines
				g := s.Gap()
				if (g.Currency() == "") != (s.Unchecked() != "") {
					t.Errorf("a gap of %s, and why it was not checked: %q", g, s.Unchecked())
				}
				if c := g.Currency(); c != "" && !money.Sum(c, s.Opening.Amount, sums[c], g).Equal(s.Closing.Amount) {
					t.Errorf("%s and %s with a gap of %s are not %s", s.Opening.Amount, sums[c], g, s.Closing.Amount)
				}
			}
		}
	})
}

// FuzzName looks for a name in a text: what is found is there.
func FuzzName(f *testing.F) {
	f.Add("TX0000000007XT batch 7, ExampleShopEUR", "7")
	f.Add("ALIPAY (EUROPE)", "alipay")
	f.Add("€", "\xff")
	f.Fuzz(func(t *testing.T, text, name string) {
		if !utf8.ValidString(text) || !utf8.ValidString(name) {
			return // capitals of what is no text are something else
		}
		w := wordsOf(&Line{Text: []string{text}})
		if w.name(name) && !strings.Contains(strings.ToUpper(text), strings.ToUpper(strings.TrimSpace(name))) {
			t.Errorf("%q was found in %q", name, text)
		}
	})
}

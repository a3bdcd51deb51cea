package tabular_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

// told reads a table and writes what it says, a line each: the cells of Reference, Currency, Amount, or the error.
func told(r io.Reader, o tabular.Options) string {
	s, err := tabular.Open(r, o)
	if err != nil {
		return "open: " + err.Error() + "\n"
	}
	var out strings.Builder
	ref, cur, amount := s.Column("Reference"), s.Column("currency"), s.Column("Gross", "Amount")
	for {
		err := s.Next()
		var bad *providers.LineError
		switch {
		case err == io.EOF:
			return out.String()
		case errors.As(err, &bad):
			fmt.Fprintln(&out, bad)
			continue
		case err != nil:
			fmt.Fprintln(&out, "stop:", err)
			return out.String()
		}
		a, given, err := s.Amount(amount, money.Currency(s.Text(cur)), 2, money.Table{})
		switch {
		case err != nil:
			fmt.Fprintln(&out, err)
		case !given:
			fmt.Fprintf(&out, "%d: %q none\n", s.Line(), s.Text(ref))
		default:
			fmt.Fprintf(&out, "%d: %q %s\n", s.Line(), s.Text(ref), a)
		}
	}
}

const whole = "Reference,Currency,Amount,Note\na-1,EUR,1234.56,x\na-2,EUR,-7.00,\na-3,EUR,,\n"

const wholeTold = "2: \"a-1\" 123456 EUR\n3: \"a-2\" -700 EUR\n4: \"a-3\" none\n"

func TestDialects(t *testing.T) {
	for name, text := range map[string]string{
		"plain":                whole,
		"byte order mark":      "\xef\xbb\xbf" + whole,
		"CRLF":                 strings.ReplaceAll(whole, "\n", "\r\n"),
		"semicolons":           strings.ReplaceAll(whole, ",", ";"),
		"semicolons, German":   strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(whole, ",", ";"), "1234.56", "1.234,56"), "-7.00", "-7,00"),
		"tabs":                 strings.ReplaceAll(whole, ",", "\t"),
		"groups":               strings.ReplaceAll(whole, "1234.56", `"1,234.56"`),
		"all quoted":           `"` + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(whole, "\n"), ",", `","`), "\n", "\"\n\"") + "\"\n",
		"no end of line":       strings.TrimSuffix(whole, "\n"),
		"empty lines at end":   whole + "\n,,,\n\n",
		"other case and space": strings.Replace(whole, "Reference", " REFER ence ", 1),
		"reordered, extra":     "Extra,Amount,Currency,Reference\n,1234.56,EUR,a-1\n,-7.00,EUR,a-2\n,,EUR,a-3\n",
		"first name wins":      "Amount,Currency,Reference,Gross\n9,EUR,a-1,1234.56\n9,EUR,a-2,-7\n9,EUR,a-3,\n",
	} {
		t.Run(name, func(t *testing.T) {
			want := wholeTold
			if got := told(strings.NewReader(text), tabular.Options{}); got != want {
				t.Errorf("expected\n%sfound\n%s", want, got)
			}
		})
	}
}

func TestGzip(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, whole)
	z.Close()
	if got := told(bytes.NewReader(b.Bytes()), tabular.Options{}); got != wholeTold {
		t.Errorf("expected\n%sfound\n%s", wholeTold, got)
	}
	for n := range b.Len() {
		if n == 0 {
			continue
		}
		got := told(bytes.NewReader(b.Bytes()[:n]), tabular.Options{})
		if !strings.Contains(got, "cut short") && !strings.HasPrefix(got, "open:") {
			t.Fatalf("after %d bytes of gzip: expected an error, found\n%s", n, got)
		}
	}
}

// TestRows tells what is wrong with rows, and that the ones after them are read.
func TestRows(t *testing.T) {
	const header = "Reference,Currency,Amount,Note\n"
	const other = "Note,Amount,Currency,Reference\n"
	for _, c := range []struct {
		name, text, end, want string
	}{
		{"a cell too few", header + "a,EUR,1\nb,EUR,2,\n", "", "line 2: expected 4 cells, found 3\n3: \"b\" 200 EUR\n"},
		{"a cell too many", header + "a,EUR,1,,\nb,EUR,2,\n", "", "line 2: expected 4 cells, found 5\n3: \"b\" 200 EUR\n"},
		{"a decimal comma that was not quoted", header + "a,EUR,1,50,\nb,EUR,2,\n", "", "line 2: expected 4 cells, found 5\n3: \"b\" 200 EUR\n"},
		{"cut short", header + "a,EUR,1,\nb,EUR", "", "2: \"a\" 100 EUR\nline 3: expected 4 cells, found 2 and no line end: the report may be cut short\n"},
		{"text of several lines", header + "a,EUR,1,\"one\ntwo, \"\"three\"\"\"\nb,EUR,2,\n", "", "2: \"a\" 100 EUR\n4: \"b\" 200 EUR\n"},
		{"a quote amid a cell", header + "a,EUR,1,5\" screen\nb,EUR,2,\n", "", "line 2: expected quotes around the whole cell and doubled within it, found a single quote\n3: \"b\" 200 EUR\n"},
		{"a quote that is not closed", header + "a,EUR,1,\"x\nb,EUR,2,\nc,EUR,3,\n", "", "line 2: expected a closing quote, found the end of the report\n3: \"b\" 200 EUR\n4: \"c\" 300 EUR\n"},
		{"two quotes that are not closed", header + "a,EUR,1,\"x\nb,EUR,2,\nc,EUR,3,\"\n", "", "line 2: expected a closing quote, found what may be further rows\n3: \"b\" 200 EUR\nline 4: expected a closing quote, found the end of the report\n"},
		{"space around cells", header + " a , EUR , 1.00 ,\n", "", "2: \"a\" 100 EUR\n"},

		{"two reports", header + "a,EUR,1,\n" + header + "b,EUR,2,\n", "", "2: \"a\" 100 EUR\n4: \"b\" 200 EUR\n"},
		{"two reports in another order", header + "a,EUR,1,\n" + other + ",2,EUR,b\n", "", "2: \"a\" 100 EUR\n4: \"b\" 200 EUR\n"},
		{"two reports, CRLF and byte order mark", "\xef\xbb\xbf" + header + "a,EUR,1,\r\n" + strings.ToUpper(header) + "b,EUR,2,\r\n", "", "2: \"a\" 100 EUR\n4: \"b\" 200 EUR\n"},
		{"another report", header + "a,EUR,1,\nReference,Currency,Gross,Note\nb,EUR,2,\n", "", "2: \"a\" 100 EUR\nstop: line 3: expected a row or the header of line 1 again, found a header without column \"Amount\"\n"},
		{"a report with more columns", header + "a,EUR,1,\nReference,Currency,Amount,Note,Fee\nb,EUR,2,,1\n", "", "2: \"a\" 100 EUR\nstop: line 3: expected a row or the header of line 1 again, found a header with another column \"Fee\"\n"},
		{"a report of other columns", header + "a,EUR,1,\nOne,Two,Three,Four\n1,2,3,4\n", "", "2: \"a\" 100 EUR\nstop: line 3: expected a row or the header of line 1 again, found a header without column \"Reference\"\n"},
		{"two reports glued", header + "a,EUR,1," + header + "b,EUR,2,\n", "", "line 2: expected 4 cells, found 7: a row and the header of another report, with no line end between them\n3: \"b\" 200 EUR\n"},
		{"two reports glued, in another order", header + "a,EUR,1,\nb,EUR,2," + other + ",3,EUR,c\n", "", "2: \"a\" 100 EUR\nstop: line 3: expected a row, found a row and another header\n"},

		{"whole", header + "a,EUR,1,\n<END>\n\n", "<END>", "2: \"a\" 100 EUR\n"},
		{"whole, as a spreadsheet has it", header + "a,EUR,1,\n<END>,,,\n", "<END>", "2: \"a\" 100 EUR\n"},
		{"without its end", header + "a,EUR,1,\n", "<END>", "2: \"a\" 100 EUR\nstop: the report is cut short: expected a last line <END>, found the end of the file\n"},
		{"cut at its end", header + "a,EUR,1,\n<EN", "<END>", "2: \"a\" 100 EUR\nline 3: expected 4 cells, found 1 and no line end: the report may be cut short\nstop: the report is cut short: expected a last line <END>, found the end of the file\n"},
		{"more after its end", header + "a,EUR,1,\n<END>\nb,EUR,2,\n", "<END>", "2: \"a\" 100 EUR\nstop: line 4: expected the end or a header after <END>, found \"b\"\n"},
		{"two whole", header + "a,EUR,1,\n<END>\n" + header + "b,EUR,2,\n<END>\n", "<END>", "2: \"a\" 100 EUR\n5: \"b\" 200 EUR\n"},
		{"a second without its end", header + "a,EUR,1,\n<END>\n" + header + "b,EUR,2,\n", "<END>", "2: \"a\" 100 EUR\n5: \"b\" 200 EUR\nstop: the report is cut short: expected a last line <END>, found the end of the file\n"},
		{"of no rows", header + "<END>\n", "<END>", ""},

		{"empty", "", "", "open: expected a header, found an empty file\n"},
		{"empty lines", "\n\r\n \n", "", "open: expected a header, found an empty file\n"},
		{"UTF-16", "\xff\xfeR\x00", "", "open: expected text in UTF-8, found UTF-16: save it as UTF-8\n"},
		{"UTF-16 without a mark", "R\x00e\x00", "", "open: expected a table in UTF-8, found binary data or UTF-16\n"},
		{"a spreadsheet's file", "PK\x03\x04....", "", "open: expected text in UTF-8, found a ZIP archive or a spreadsheet (.xlsx)\n"},
		{"a spreadsheet's first line", "sep=;\nReference;Currency;Amount;Note\na;EUR;1,50;\n", "", "3: \"a\" 150 EUR\n"},
		{"a column that comes twice", "Reference,Currency,Amount,amount\na,EUR,1,1\nb,EUR,2,\nc,EUR, 3 ,3\n", "",
			"2: \"a\" 100 EUR\nline 3, column \"amount\": expected one value in the columns 3 and 4, which have this name, found \"2\" and \"\"\n4: \"c\" 300 EUR\n"},
		{"a column that nobody reads comes twice", "Reference,Currency,Amount,Note,Note\na,EUR,1,x,y\n", "", "2: \"a\" 100 EUR\n"},
		{"a column that comes twice, and the header too", "Reference,Currency,Amount,amount\na,EUR,1,1\nReference,Currency,Amount,amount\nb,EUR,2,2\n", "", "2: \"a\" 100 EUR\n4: \"b\" 200 EUR\n"},
		{"two reports, a byte order mark each", "\xef\xbb\xbf" + header + "a,EUR,1,\n\xef\xbb\xbf\"Reference\",Currency,Amount,Note\nb,EUR,2,\n", "", "2: \"a\" 100 EUR\n4: \"b\" 200 EUR\n"},
		{"two reports, a header with figures", "Reference,Currency,Amount,30 days\na,EUR,1,2\nReference,Currency,Amount,30 days\nb,EUR,2,3\n", "", "2: \"a\" 100 EUR\n4: \"b\" 200 EUR\n"},
		{"blank lines and lines of spaces", "\r\n" + header + "\r\n  \r\na,EUR,1,\r\n\t\r\n\r\nb,EUR,2,\r\n\r\n", "", "5: \"a\" 100 EUR\n8: \"b\" 200 EUR\n"},
		{"an amount at the end, of the decimals of those above", "Reference,Currency,Amount\na,EUR,1.00\nb,EUR,23.50", "", "2: \"a\" 100 EUR\n3: \"b\" 2350 EUR\n"},
		{"an amount at the end, a decimal short", "Reference,Currency,Amount\na,EUR,1.00\nb,EUR,23.5", "",
			"2: \"a\" 100 EUR\nline 3, column \"Amount\": expected a line end after the amount, found the end of the file: digits may be missing\n"},
		{"Latin-1", header + "a\xe9,EUR,1,\n", "", "2: \"a\uFFFD\" 100 EUR\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := told(strings.NewReader(c.text), tabular.Options{End: c.end}); got != c.want {
				t.Errorf("expected\n%sfound\n%s", c.want, got)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []tabular.Options{{Dates: "ymd"}, {Decimal: "'"}} {
		if _, err := tabular.Open(strings.NewReader(whole), o); err == nil {
			t.Errorf("expected a refusal of %+v, found none", o)
		}
	}
}

// TestLong reads a row that is longer than any, a quote that is never closed, and many lines with one.
func TestLong(t *testing.T) {
	const header = "Reference,Currency,Amount,Note\n"
	long := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct{ text, want string }{
		"line":        {header + "a,EUR,1," + long + "\nb,EUR,2,\n", "stop: line 2: expected lines of at most 256 KiB, found a longer one\n"},
		"open quote":  {header + "a,EUR,1,\"" + strings.Repeat("x\n", 140_000), "line 2: expected a closing quote, found more text than a row may have\n"},
		"long header": {long + long, "open: expected lines of at most 256 KiB, found a longer one\n"},
	} {
		if got := told(strings.NewReader(c.text), tabular.Options{}); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: expected %.100sfound %.100s", name, c.want, got)
		}
	}
}

// FuzzSheet reads anything: no panic, lines in order, an end, and no row that the lines do not have.
func FuzzSheet(f *testing.F) {
	f.Add([]byte(whole), "<END>")
	f.Add([]byte("\xef\xbb\xbfReference;Currency;Amount\r\n\"a\"\"b\";EUR;\"1.234,56\"\r\n<END>\r\n"), "<END>")
	f.Add([]byte(whole+whole), "")
	f.Add([]byte("a\tb\n\"x\ny\"\tz\n\"x\n"), "")
	f.Fuzz(func(t *testing.T, text []byte, end string) {
		s, err := tabular.Open(bytes.NewReader(text), tabular.Options{End: end})
		if err != nil {
			return
		}
		cols := []tabular.Column{s.Column("Amount", "b"), s.Column("Reference"), s.Column("")}
		last := 1
		for n := 0; ; n++ {
			err := s.Next()
			if _, bad := errors.AsType[*providers.LineError](err); err != nil && !bad {
				return
			}
			if s.Line() <= last || n > len(text) {
				t.Fatalf("expected lines in order, found line %d after line %d", s.Line(), last)
			}
			last = s.Line()
			for _, c := range cols {
				s.Text(c)
				s.Amount(c, "EUR", 2, money.Table{})
				s.Time(c, cols[1])
				s.Number(c)
			}
		}
	})
}

// row has 30 columns, as a settlement report's.
const row = `ExampleCompany,ExampleShopEUR,EXPSP00000000101,shop-101,visa,2026-03-09 10:01:12,CET,Settled,EXMOD00000000101,EUR,,100.00,1,EUR,,98.65,,0.30,0.25,0.80,visadebit,capture-101,7,,,,,,,` + "\n"

const rowHeader = "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),Payment Method Variant,Modification Merchant Reference,Batch Number,Reserved4,Reserved5,Reserved6,Reserved7,Reserved8,Reserved9,Reserved10\n"

// BenchmarkRows reads rows of 30 columns: all texts that an adapter needs, six amounts and a time.
func BenchmarkRows(b *testing.B) {
	text := rowHeader + strings.Repeat(row, 10_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s, err := tabular.Open(strings.NewReader(text), tabular.Options{})
		if err != nil {
			b.Fatal(err)
		}
		texts := []tabular.Column{s.Column("Psp Reference"), s.Column("Merchant Reference"), s.Column("Type"), s.Column("Modification Reference"), s.Column("Batch Number")}
		amounts := []tabular.Column{s.Column("Gross Debit (GC)"), s.Column("Gross Credit (GC)"), s.Column("Net Credit (NC)"), s.Column("Markup (NC)"), s.Column("Scheme Fees (NC)"), s.Column("Interchange (NC)")}
		currency, at, zone := s.Column("Gross Currency"), s.Column("Creation Date"), s.Column("TimeZone")
		n := 0
		for ; s.Next() == nil; n++ {
			for _, c := range texts {
				s.Text(c)
			}
			cur := money.Currency(s.Text(currency))
			for _, c := range amounts {
				if _, _, err := s.Amount(c, cur, 2, money.Table{}); err != nil {
					b.Fatal(err)
				}
			}
			if _, err := s.Time(at, zone); err != nil {
				b.Fatal(err)
			}
		}
		if n != 10_000 {
			b.Fatalf("expected 10000 rows, found %d", n)
		}
	}
	b.ReportMetric(float64(10_000*b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkCSV splits the same rows with encoding/csv, and does no more.
func BenchmarkCSV(b *testing.B) {
	text := rowHeader + strings.Repeat(row, 10_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r := csv.NewReader(strings.NewReader(text))
		r.ReuseRecord = true
		for {
			if _, err := r.Read(); err != nil {
				break
			}
		}
	}
	b.ReportMetric(float64(10_000*b.N)/b.Elapsed().Seconds(), "rows/s")
}

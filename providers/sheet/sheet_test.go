package sheet_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/sheet"
)

// told reads a table and writes what it says, a line each: the cells of Reference, Currency, Amount, or the error.
func told(r io.Reader, o sheet.Options) string {
	s, err := sheet.Open(r, o)
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
			if got := told(strings.NewReader(text), sheet.Options{}); got != want {
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
	if got := told(bytes.NewReader(b.Bytes()), sheet.Options{}); got != wholeTold {
		t.Errorf("expected\n%sfound\n%s", wholeTold, got)
	}
	for n := range b.Len() {
		if n == 0 {
			continue
		}
		got := told(bytes.NewReader(b.Bytes()[:n]), sheet.Options{})
		if !strings.Contains(got, "cut short") && !strings.HasPrefix(got, "open:") {
			t.Fatalf("after %d bytes of gzip: expected an error, found\n%s", n, got)
		}
	}
}

package xendit

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// seed adds the files that match.
func seed(f *testing.F, patterns ...string) {
	for _, p := range patterns {
		matches, err := os.ReadDir("testdata/" + p)
		if err != nil {
			f.Fatal(err)
		}
		for _, m := range matches {
			if strings.HasSuffix(m.Name(), ".txt") {
				continue
			}
			text, err := os.ReadFile("testdata/" + p + "/" + m.Name())
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
}

// FuzzReport reads anything as either report. Every line is an outcome or an error, and an outcome adds up.
func FuzzReport(f *testing.F) {
	seed(f, "reports")
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := New().Open(bytes.NewReader(text), providers.ReportOptions{})
		if err != nil {
			return
		}
		last := 0
		for {
			o, err := r.Next()
			if bad, ok := errors.AsType[*providers.LineError](err); ok {
				if bad.Line <= last || bad.What == "" {
					t.Fatalf("expected an error of a line after %d, found %v", last, bad)
				}
				last = bad.Line
				continue
			}
			if err != nil {
				return
			}
			if o.Line <= last || o.Kind == "" {
				t.Fatalf("expected an outcome of a line after %d, found %+v", last, o)
			}
			last = o.Line
			adds(t, &o)
		}
	})
}

// adds tests that the net of an outcome is its amount and its fees, with a sign, and that rupiah are whole.
func adds(t *testing.T, o *providers.Outcome) {
	c := o.Net.Currency()
	if c == "" || o.Net.IsZero() && o.Kind == providers.PayoutFailed { // all was moved back
		return
	}
	rest := o.Net
	for _, fee := range o.Fees {
		rest = money.Sum(c, rest, fee.Amount)
	}
	if amount := money.Sum(c, o.Amount); !rest.Equal(amount) && !rest.Equal(amount.Neg()) {
		t.Fatalf("expected a net of the amount and the fees, found %+v", o)
	}
	if minor := o.Net.Minor(); c == "IDR" && minor != "0" && !strings.HasSuffix(minor, "00") {
		t.Fatalf("expected whole rupiah, found %s", minor)
	}
}

// FuzzWebhook reads anything as a webhook with the right token.
func FuzzWebhook(f *testing.F) {
	seed(f, "webhooks")
	f.Fuzz(func(t *testing.T, body []byte) {
		outcomes, err := New().Notified(signed(body), keys)
		if err != nil {
			if outcomes != nil || errors.Is(err, providers.ErrUnauthenticated) {
				t.Fatalf("expected an error alone, found %d outcomes and %v", len(outcomes), err)
			}
			return
		}
		for i := range outcomes {
			o := &outcomes[i]
			if o.Kind == "" || o.Amount.Sign() < 0 || o.Net.Currency() != "" || o.Kind == providers.Other && o.Reason == "" {
				t.Fatalf("expected an outcome with a kind and an amount without sign, found %+v", o)
			}
		}
		again, err := New().Notified(signed(body), keys)
		if err != nil || len(again) != len(outcomes) {
			t.Fatalf("expected the same again, found %d outcomes and %v", len(again), err)
		}
		if _, err := New().Notified(&providers.Notification{Body: body}, keys); !errors.Is(err, providers.ErrUnauthenticated) {
			t.Fatalf("without a token: expected %v, found %v", providers.ErrUnauthenticated, err)
		}
	})
}

// FuzzMajor reads amounts in major units: what is read is written as the same number.
func FuzzMajor(f *testing.F) {
	for _, s := range []string{"150.45", "100000", "0", "0.10", "007", "1.", ".5", "-1", "1e5", "100000.00", "123456789012345678901234567890.12"} {
		f.Add(s, "PHP")
		f.Add(s, "IDR")
	}
	f.Fuzz(func(t *testing.T, s, currency string) {
		a, err := parseMajor(s, money.Currency(currency), money.Table{})
		if err != nil {
			return
		}
		written, err := formatMajor(a, money.Table{})
		if err != nil {
			t.Fatalf("%s %s: %v", s, currency, err)
		}
		b, err := parseMajor(written, money.Currency(currency), money.Table{})
		if err != nil || !a.Equal(b) {
			t.Fatalf("%s %s: expected %s of %q, found %s and %v", s, currency, a, written, b, err)
		}
		if want, found := plainNumber(s), plainNumber(written); want != found {
			t.Fatalf("%s %s: expected the number %s, found %s", s, currency, want, found)
		}
	})
}

// plainNumber is a number without zeros that say nothing.
func plainNumber(s string) string {
	whole, fraction, _ := strings.Cut(s, ".")
	return strings.TrimLeft(whole, "0") + "." + strings.TrimRight(fraction, "0")
}

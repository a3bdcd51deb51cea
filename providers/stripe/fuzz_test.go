package stripe

import (
	"bytes"
	"errors"
	"fmt"
	"net/textproto"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// seed adds the files that match.
func seed(f *testing.F, patterns ...string) {
	for _, p := range patterns {
		files, err := filepath.Glob(p)
		if err != nil || len(files) == 0 {
			f.Fatal("no files", p, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
}

// FuzzTable reads anything as one of the tables: every row is an outcome or an error.
func FuzzTable(f *testing.F) {
	seed(f, "testdata/*.csv")
	f.Fuzz(fuzzReport)
}

// FuzzList reads anything as balance transactions.
func FuzzList(f *testing.F) {
	seed(f, "testdata/*.json")
	f.Fuzz(fuzzReport)
}

func fuzzReport(t *testing.T, text []byte) {
	r, err := New().Open(bytes.NewReader(text), providers.ReportOptions{Account: "acct_1"})
	if err != nil {
		return
	}
	last := 0
	for {
		o, err := r.Next()
		if bad, ok := errors.AsType[*providers.LineError](err); ok {
			if bad.Line < last || bad.What == "" {
				t.Fatalf("expected an error of a line after %d, found %v", last, bad)
			}
			last = bad.Line
			continue
		}
		if err != nil {
			return
		}
		if o.Line < last {
			t.Fatalf("expected an outcome of a line after %d, found %+v", last, o)
		}
		last = o.Line
		sound(t, &o)
	}
}

// sound tests that the net of an outcome in one currency is its amount and its fees, with a sign.
func sound(t *testing.T, o *providers.Outcome) {
	if o.Kind == "" || o.ID == "" || o.Account == "" || o.Amount.Sign() < 0 {
		t.Fatalf("expected a kind, an id, an account, and an amount without sign, found %+v", o)
	}
	c := o.Net.Currency()
	if c == "" || o.Amount.Currency() != c {
		return
	}
	rest := o.Net
	for _, fee := range o.Fees {
		rest = money.Sum(c, rest, fee.Amount)
	}
	kept := o.Kind == providers.Other || o.Kind == providers.Split || o.Kind == providers.Transfer
	if amount := money.Sum(c, o.Amount); !kept && !rest.Equal(amount) && !rest.Equal(amount.Neg()) {
		t.Fatalf("expected a net of the amount and the fees, found %+v", o)
	}
}

// FuzzEvent reads anything as a webhook with the right signature.
func FuzzEvent(f *testing.F) {
	seed(f, "testdata/webhooks/*.json")
	f.Fuzz(func(t *testing.T, body []byte) {
		n := providers.Notification{Body: body, Received: time.Unix(1773800000, 0), Header: textproto.MIMEHeader{
			signatureHeader: {fmt.Sprintf("t=1773800000,v1=%x", proofOf(otherSecret, "1773800000", body))}}}
		outcomes, err := New().Notified(&n, providers.Keys{Secrets: []string{otherSecret}, TestMode: true})
		if err != nil {
			if outcomes != nil || errors.Is(err, providers.ErrUnauthenticated) != (len(body) == 0) {
				t.Fatalf("expected an error alone, found %d outcomes and %v", len(outcomes), err)
			}
			return
		}
		for i := range outcomes {
			o := &outcomes[i]
			if o.Kind == "" || o.ID == "" || o.Amount.Sign() < 0 || o.Kind == providers.Other && o.Reason == "" {
				t.Fatalf("expected an outcome with a kind, an id and an amount without sign, found %+v", o)
			}
		}
	})
}

// FuzzSignature reads any header: only the signature of the body is accepted.
func FuzzSignature(f *testing.F) {
	f.Add("t=1773800000,v1=" + fmt.Sprintf("%x", proofOf(otherSecret, "1773800000", []byte("{}"))))
	f.Add("t=1,t=2,v1=00,v0=11")
	f.Add(",=,v1")
	f.Fuzz(func(t *testing.T, header string) {
		n := providers.Notification{Body: []byte("{} "), Received: time.Unix(1773800000, 0),
			Header: textproto.MIMEHeader{signatureHeader: {header}}}
		if _, err := New().Notified(&n, providers.Keys{Secrets: []string{otherSecret, "whsec_2"}}); !errors.Is(err,
			providers.ErrUnauthenticated) {
			t.Fatalf("%q: expected %v, found %v", header, providers.ErrUnauthenticated, err)
		}
	})
}

// FuzzMinor converts amounts: what is read is written as the same number.
func FuzzMinor(f *testing.F) {
	for _, c := range []string{"USD", "JPY", "ISK", "UGX", "MGA", "KWD", "HUF"} {
		f.Add(int64(500), c)
		f.Add(int64(-1), c)
	}
	f.Fuzz(func(t *testing.T, n int64, currency string) {
		a, err := fromMinor(n, money.Currency(currency), money.Table{})
		if err != nil {
			return
		}
		if again, err := toMinor(a, money.Table{}); err == nil && again != n {
			t.Fatalf("%d %s: expected the same number, found %d", n, currency, again)
		}
	})
}

package antom

import (
	"bytes"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// FuzzReport reads anything as a report. What it says of a line adds up: the net is the amount less the fees where nothing is
// converted, and a payout is what it takes.
func FuzzReport(f *testing.F) {
	for _, name := range []string{detailsFile, typesFile, summaryFile, totalFile} {
		f.Add([]byte(file(f, name)), "")
	}
	f.Add([]byte(detailsHead+"b1,m1,,t1,,r1,,PAYMENT,\"1.000,00\",USD,,,,\"1.000,00\",USD,2026-03-12T10:00:00+08:00,,\n<END>\n"), ",")
	f.Add([]byte("\xef\xbb\xbf"+strings.ReplaceAll(detailsHead, ",", ";")+"<END>\r\n"), ".")
	f.Fuzz(func(t *testing.T, text []byte, decimal string) {
		if decimal != "" && decimal != "." && decimal != "," {
			return
		}
		outcomes, _, _ := readAll(bytes.NewReader(text), providers.ReportOptions{Decimal: decimal})
		for i := range outcomes {
			o := &outcomes[i]
			if err := addsUp(o); err != nil {
				t.Errorf("%v: %s", err, tell(o))
			}
		}
	})
}

func addsUp(o *providers.Outcome) error {
	if o.Line < 2 || o.Batch == "" || o.Amount.Sign() < 0 {
		return errors.New("expected a line with a batch and an amount without sign")
	}
	net := o.Net.Abs()
	switch c := o.Net.Currency(); {
	case c == "" && o.Kind != providers.Other && o.Kind != providers.Unknown:
		return errors.New("expected a net")
	case c == "" || o.Rate != "" || o.Amount.Currency() != c && o.Kind != providers.Fee:
		return nil
	case o.Kind == providers.Other || o.Kind == providers.Unknown || o.Kind == providers.Payout:
		if !o.Amount.Equal(net) {
			return errors.New("expected an amount that is the net")
		}
	default:
		sum := o.Net
		for _, f := range o.Fees {
			sum = money.Sum(c, sum, f.Amount)
		}
		if o.Kind != providers.Fee && !sum.Abs().Equal(o.Amount) || o.Kind == providers.Fee && !sum.IsZero() {
			return fmt.Errorf("expected amount less fees, found %s", sum)
		}
	}
	return nil
}

// FuzzNotification reads anything that Antom might sign.
func FuzzNotification(f *testing.F) {
	f.Add([]byte(file(f, "testdata/notifySettlement.json")))
	f.Add([]byte(refundBody))
	f.Add([]byte(`{"notifyType":"PAYMENT_RESULT","paymentId":1,"paymentAmount":{"currency":"JPY","value":5},"result":{"resultStatus":"S"},"metadata":{}}`))
	f.Add([]byte(`{"disputeNotificationType":"RDR_RESOLVED","disputeId":"d","paymentId":"p","disputeAmount":{"currency":"USD","value":"1"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := readNotice(body, time.Unix(1773280800, 0))
		if err == nil && (o.Kind == "" || o.Amount.Sign() < 0 || o.Kind == providers.Other && o.Reason == "" || o.At.IsZero()) {
			t.Error(tell(&o))
		}
	})
}

// FuzzSignature takes anything for the headers of a notification. Only the right signature is taken.
func FuzzSignature(f *testing.F) {
	n, _ := settlement(f)
	f.Add(n.Header.Get("Signature"), n.Header.Get("Client-Id"), n.Header.Get("Request-Time"), n.Path)
	f.Add("algorithm=RSA256,keyVersion=1,signature=AAAA", "c", "1773280805000", "/")
	f.Add("signature=%", "", "", "")
	f.Fuzz(func(t *testing.T, signature, client, at, path string) {
		n, k := settlement(t)
		right := *n
		_, want, _ := strings.Cut(n.Header.Get("Signature"), "signature=")
		n.Header = textproto.MIMEHeader{"Signature": {signature}, "Client-Id": {client}, "Request-Time": {at}}
		n.Path = path
		_, err := New().Notified(n, k)
		if err != nil && err != providers.ErrUnauthenticated {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		got, ok := parseSignature(signature)
		first, _ := parseSignature("algorithm=RSA256,signature=" + want)
		if !ok || !bytes.Equal(got, first) || client != right.Header.Get("Client-Id") || at != right.Header.Get("Request-Time") || path != right.Path {
			t.Errorf("taken: %q", []string{signature, client, at, path})
		}
	})
}

// FuzzResult reads anything as an answer. What cannot be read is to be asked again.
func FuzzResult(f *testing.F) {
	f.Add([]byte(`{"result":{"resultStatus":"S","resultCode":"SUCCESS"},"settlementId":"9"}`))
	f.Add([]byte(`{"result":{"resultStatus":"F","resultCode":"ORDER_FROZEN"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := ReadResult(body)
		if err != nil && r.Next != RetrySame || r.Next == Refused && r.Remedy == "" || r.Next == "" {
			t.Error(r, err)
		}
	})
}

// BenchmarkDetails reads lines of a settlement details report.
func BenchmarkDetails(b *testing.B) {
	head, rest, _ := strings.Cut(file(b, detailsFile), "\n")
	rows := strings.TrimSuffix(rest, "<END>\n")
	const times = 2000
	text := head + "\n" + strings.Repeat(rows, times) + "<END>\n"
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	start := time.Now()
	for b.Loop() {
		report, err := New().Open(strings.NewReader(text), providers.ReportOptions{})
		for err == nil {
			_, err = report.Next()
		}
	}
	b.ReportMetric(float64(b.N*times*strings.Count(rows, "\n"))/time.Since(start).Seconds(), "lines/s")
}

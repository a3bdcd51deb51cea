package providertest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/providertest"
	"github.com/splitledger/splitledger/providers/sheet"
)

// corner is the adapter of a corner shop's provider: one table, one notification.
type corner struct{}

func (corner) Name() string { return "corner" }

func (corner) Formats() []providers.Format {
	return []providers.Format{{Name: "day", Doc: "what was sold and paid out on a day"}}
}

func (corner) Open(r io.Reader, o providers.ReportOptions) (providers.Report, error) {
	s, err := sheet.Open(r, sheet.Options{End: "<END>"})
	if err != nil {
		return nil, err
	}
	d := &day{Sheet: s, kind: s.Column("Type"), payment: s.Column("Reference"), currency: s.Column("Currency"), net: s.Column("Amount"), at: s.Column("Time")}
	if !d.kind.Found() || !d.payment.Found() || !d.currency.Found() || !d.net.Found() || !d.at.Found() {
		return nil, fmt.Errorf("expected the columns of a day, found %q", s.Header())
	}
	return d, nil
}

func (corner) Notified(n *providers.Notification, k providers.Keys) ([]providers.Outcome, error) {
	for _, secret := range k.Secrets {
		if secret != "" && hmac.Equal([]byte(n.Header.Get("Proof")), []byte(proof(secret, n.Body))) {
			return []providers.Outcome{{Kind: providers.Captured, Reference: string(n.Body), Amount: money.New(1, "EUR")}}, nil
		}
	}
	return nil, providers.ErrUnauthenticated
}

func proof(secret string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

type day struct {
	*sheet.Sheet
	kind, payment, currency, net, at sheet.Column
}

func (*day) Format() string { return "day" }

func (d *day) Next() (o providers.Outcome, err error) {
	if err := d.Sheet.Next(); err != nil {
		return o, err
	}
	o = providers.Outcome{Kind: providers.Settled, Reference: d.Text(d.payment), Line: d.Line()}
	switch text := d.Text(d.kind); text {
	case "sale":
	case "payout":
		o.Kind = providers.Payout
	default:
		return o, d.Errorf(d.kind, "expected sale or payout, found %q", text)
	}
	given := false
	if o.Net, given, err = d.Amount(d.net, money.Currency(d.Text(d.currency)), -1, money.Table{}); err != nil {
		return o, err
	}
	if !given {
		return o, d.Errorf(d.net, "expected an amount, found none")
	}
	o.Amount = o.Net.Abs()
	o.At, err = d.Time(d.at, sheet.Column{})
	return o, err
}

func TestRun(t *testing.T) {
	header := map[string][]string{"Proof": {proof("secret", []byte("order-1"))}}
	providertest.Run(t, corner{}, providertest.Tests{
		Reports: []providertest.Report{{
			Name: "a day", Format: "day", Separator: ',', End: "<END>", Errors: 1,
			Text: []byte("Type,Reference,Time,Currency,Amount\nsale,order-1,2026-03-10T09:15:21Z,EUR,12.34\nsale,order-2,2026-03-10T10:15:21Z,EUR,5.66\n" +
				"gift,order-3,2026-03-10T10:15:21Z,EUR,5.66\npayout,,2026-03-11T00:00:00Z,EUR,-18.00\n<END>\n"),
			Sums: []providertest.Sum{{Net: money.New(0, "EUR")}},
		}},
		Notifications: []providertest.Notification{{
			Name:         "captured",
			Notification: providers.Notification{Header: header, Body: []byte("order-1"), Received: time.Now()},
			Keys:         providers.Keys{Secrets: []string{"secret"}},
			Proof:        header["Proof"][0],
			Kinds:        []providers.Kind{providers.Captured},
		}},
		OtherKeys: providers.Keys{Secrets: []string{"another"}},
	})
}

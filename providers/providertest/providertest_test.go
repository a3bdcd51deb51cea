package providertest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/providertest"
	"github.com/splitledger/splitledger/providers/tabular"
)

// corner is the adapter of a corner shop's provider: one table, one notification.
type corner struct{}

func (corner) Name() string { return "corner" }

func (corner) Formats() []providers.Format {
	return []providers.Format{{Name: "day", Doc: "what was sold and paid out on a day"}}
}

func (corner) Open(r io.Reader, o providers.ReportOptions) (providers.Report, error) {
	s, err := tabular.Open(r, tabular.Options{End: "<END>"})
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
	*tabular.Sheet
	kind, payment, currency, net, at tabular.Column
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
	o.At, err = d.Time(d.at, tabular.Column{})
	return o, err
}

// fixtures are what the adapter of the corner shop is tested with.
func fixtures() providertest.Tests {
	header := map[string][]string{"Proof": {proof("secret", []byte("order-1"))}}
	return providertest.Tests{
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
	}
}

func TestRun(t *testing.T) { providertest.Run(t, corner{}, fixtures()) }

// sloppy is an adapter that breaks one promise.
type sloppy struct {
	corner
	outcome func(*providers.Outcome)
	end     error
	accept  func(*providers.Notification, providers.Keys) error
}

func (s sloppy) Open(r io.Reader, o providers.ReportOptions) (providers.Report, error) {
	report, err := s.corner.Open(r, o)
	return &sloppyReport{report, s}, err
}

func (s sloppy) Notified(n *providers.Notification, k providers.Keys) ([]providers.Outcome, error) {
	outcomes, err := s.corner.Notified(n, k)
	if err == nil || s.accept == nil {
		return outcomes, err
	}
	return nil, s.accept(n, k)
}

type sloppyReport struct {
	providers.Report
	sloppy
}

func (r *sloppyReport) Format() string { return r.Report.Format() }

func (r *sloppyReport) Next() (providers.Outcome, error) {
	o, err := r.Report.Next()
	if r.outcome != nil {
		r.outcome(&o)
	}
	if _, bad := errors.AsType[*providers.LineError](err); err != nil && !bad && r.end != nil {
		err = r.end
	}
	return o, err
}

// broken are adapters that each break a promise, and what is said of it.
var broken = map[string]struct {
	adapter sloppy
	says    string
}{
	"sign":       {sloppy{outcome: func(o *providers.Outcome) { o.Amount = o.Net }}, "expected an amount without sign"},
	"line":       {sloppy{outcome: func(o *providers.Outcome) { o.Line = 2 }}, "expected lines in order"},
	"kind":       {sloppy{outcome: func(o *providers.Outcome) { o.Kind = "sold" }}, "expected one of the kinds of outcomes"},
	"no reason":  {sloppy{outcome: func(o *providers.Outcome) { o.Kind = providers.Other }}, "expected a reason"},
	"no account": {sloppy{outcome: func(o *providers.Outcome) { o.Part, o.ID = true, "1" }}, "expected the id and the account of a part"},
	"no id":      {sloppy{outcome: func(o *providers.Outcome) { o.Part, o.Account = true, "till" }}, "expected the id and the account of a part"},
	"transfer":   {sloppy{outcome: func(o *providers.Outcome) { o.Kind = providers.Transfer }}, "expected the account and the net of a transfer"},
	"name": {sloppy{outcome: func(o *providers.Outcome) { o.Movement, o.ProviderReference = "P1", "P1" }},
		"expected a movement with a reference of its own or none"},
	"counterparty": {sloppy{outcome: func(o *providers.Outcome) { o.Common = "C1" }}, "expected a counterparty of a transfer or split only"},
	"balance":      {sloppy{outcome: func(o *providers.Outcome) { o.Kind = providers.Balance }}, "of a balance"},
	"unknown":      {sloppy{outcome: func(o *providers.Outcome) { o.Kind = providers.Unknown }}, "expected a reason of an outcome of kind unknown"},
	"unknown fee": {sloppy{outcome: func(o *providers.Outcome) {
		o.Kind, o.Reason, o.Fees = providers.Unknown, "gift", []posting.Fee{{Type: posting.FeeGeneral, Amount: o.Net}}
	}}, "expected nothing of an outcome of kind unknown that could be booked"},
	"sum":      {sloppy{outcome: func(o *providers.Outcome) { o.Net = o.Net.Abs() }}, "sums of batch, receiver and currency"},
	"currency": {sloppy{outcome: func(o *providers.Outcome) { o.Net = money.FromInt(o.Net.Int(), "XQX") }}, "expected a currency that is known"},
	"time":     {sloppy{outcome: func(o *providers.Outcome) { o.At = time.Time{} }}, "expected the time of an outcome"},
	"end":      {sloppy{end: io.EOF}, "expected an error at the end, found none"},
	"hint": {sloppy{accept: func(*providers.Notification, providers.Keys) error {
		return fmt.Errorf("%w: wrong key", providers.ErrUnauthenticated)
	}}, "tells a stranger nothing"},
	"other error": {sloppy{accept: func(*providers.Notification, providers.Keys) error { return io.ErrUnexpectedEOF }},
		"expected unauthenticated"},
	"no proof": {sloppy{accept: func(n *providers.Notification, k providers.Keys) error {
		if n.Header.Get("Proof") == "" && len(k.Secrets) > 0 && k.Secrets[0] == "" {
			return nil
		}
		return providers.ErrUnauthenticated
	}}, "no proof: expected"},
}

// TestBroken runs the tests of adapters that break promises in processes of their own, which must fail and say why.
func TestBroken(t *testing.T) {
	if name := os.Getenv("BROKEN"); name != "" {
		providertest.Run(t, broken[name].adapter, fixtures())
		return
	}
	for name, b := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := exec.Command(os.Args[0], "-test.run=^TestBroken$", "-test.short")
			c.Env = append(os.Environ(), "BROKEN="+name)
			out, err := c.CombinedOutput()
			if err == nil || !strings.Contains(string(out), b.says) {
				t.Errorf("expected a failure that says %q, found %v:\n%s", b.says, err, out)
			}
		})
	}
}

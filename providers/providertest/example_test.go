package providertest_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/textproto"
	"os"
	"path/filepath"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
	"github.com/splitledger/splitledger/reconcile"
	"github.com/splitledger/splitledger/reconcile/ingest"
)

// Souqpay is the adapter of a made-up provider. Its report is a table with a row for each movement; its webhooks are signed with
// HMAC-SHA256 over the body.
type Souqpay struct{}

// Name is the name of the provider in events.
func (Souqpay) Name() string { return "souqpay" }

const movements = "movements"

// Formats lists the reports that Open reads.
func (Souqpay) Formats() []providers.Format {
	return []providers.Format{{Name: movements, Doc: "every movement of a day (souqpay.example/docs/reports)"}}
}

// Open finds the columns by their names. A file without them is no report of Souqpay's.
func (Souqpay) Open(r io.Reader, o providers.ReportOptions) (providers.Report, error) {
	s, err := tabular.Open(r, tabular.Options{Zone: o.Zone, Dates: o.Dates, Decimal: o.Decimal})
	if err != nil {
		return nil, err
	}
	c := tabular.Columns{Sheet: s}
	report := &souqpayReport{
		Sheet: s, table: o.Table,
		movement: c.Need("movement"), kind: c.Need("type"), payment: c.Need("payment"), order: c.Need("order"), ours: c.Need("our reference"),
		currency: c.Need("currency"), amount: c.Need("amount"), fee: c.Need("fee"), net: c.Need("net"), batch: c.Need("batch"), at: c.Need("at"),
	}
	if err := c.Complete("Souqpay's " + movements); err != nil {
		return nil, err
	}
	return report, nil
}

// kinds says what the types of Souqpay's documentation are. Any other is listed, and never booked.
var kinds = map[string]providers.Kind{
	"sale": providers.Settled, "refund": providers.Refunded, "refund_failed": providers.RefundFailed,
	"dispute": providers.Chargeback, "dispute_won": providers.ChargebackReversed, "payout": providers.Payout,
}

type souqpayReport struct {
	*tabular.Sheet
	table money.Table

	movement, kind, payment, order, ours, currency, amount, fee, net, batch, at tabular.Column
}

func (*souqpayReport) Format() string { return movements }

// Next reads a row. What is wrong with one is a LineError, which Sheet's methods make; the rows after it are read.
func (r *souqpayReport) Next() (o providers.Outcome, err error) {
	if err := r.Sheet.Next(); err != nil {
		return o, err
	}
	if err := r.Uncut(r.kind, r.movement, r.payment, r.order, r.ours, r.batch); err != nil {
		return o, err
	}
	o = providers.Outcome{
		ID: r.Text(r.movement), Movement: r.Text(r.movement), Ours: r.Text(r.ours),
		ProviderReference: r.Text(r.payment), Reference: r.Text(r.order), Batch: r.Text(r.batch), Line: r.Line(),
	}
	known := false
	if o.Kind, known = kinds[r.Text(r.kind)]; !known {
		o.Kind, o.Reason = providers.Unknown, r.Text(r.kind)
	}
	if o.Kind == providers.Unknown && o.Reason == "" {
		return o, r.Errorf(r.kind, "expected a type, found none")
	}
	cur := money.Currency(r.Text(r.currency))
	decimals, ok := r.table.Exponent(cur)
	if !ok {
		return o, r.Errorf(r.currency, "expected a currency, found %q", r.Text(r.currency))
	}
	var fee money.Amount
	for _, cell := range []struct {
		column tabular.Column
		to     *money.Amount
	}{{r.amount, &o.Amount}, {r.fee, &fee}, {r.net, &o.Net}} {
		if *cell.to, ok, err = r.Amount(cell.column, cur, decimals, r.table); err != nil {
			return o, err
		}
		if !ok || cell.column != r.net && cell.to.Sign() < 0 {
			return o, r.Errorf(cell.column, "expected an amount without sign, found %q", r.Text(cell.column))
		}
	}
	if fee.Sign() > 0 && o.Kind != providers.Unknown {
		o.Fees = []posting.Fee{{Type: posting.FeeCommission, Amount: fee}}
	}
	if o.Kind == providers.Unknown {
		o.Amount = money.Amount{} // what it is of, nobody knows; Net says what it changed
	}
	if o.At, err = r.Time(r.at, tabular.Column{}); err == nil && o.At.IsZero() {
		return o, r.Errorf(r.at, "expected a time, found none")
	}
	return o, err
}

// Notified checks the signature before anything of the body is believed.
func (Souqpay) Notified(n *providers.Notification, k providers.Keys) ([]providers.Outcome, error) {
	proof, err := hex.DecodeString(n.Header.Get("X-Souqpay-Signature"))
	if err != nil || len(n.Body) == 0 || !signedWith(k, n.Body, proof) {
		return nil, providers.ErrUnauthenticated
	}
	var b struct {
		Type, Movement, Payment, Order, Currency string
		Ours                                     string    `json:"our_reference"`
		Amount                                   int64     `json:"amount_minor"`
		At                                       time.Time `json:"at"`
	}
	if err := json.Unmarshal(n.Body, &b); err != nil {
		return nil, err
	}
	kind, known := kinds[b.Type]
	if b.Type == "captured" {
		kind, known = providers.Captured, true
	}
	if !known {
		return nil, nil // nothing to book
	}
	return []providers.Outcome{{
		Kind: kind, ID: b.Movement, Movement: b.Movement, Ours: b.Ours, ProviderReference: b.Payment, Reference: b.Order,
		Amount: money.New(b.Amount, money.Currency(b.Currency)), At: b.At,
	}}, nil
}

// signedWith reports whether one of the keys made the proof, so that keys can be rotated.
func signedWith(k providers.Keys, body, proof []byte) bool {
	for _, secret := range k.Secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		if secret != "" && hmac.Equal(mac.Sum(nil), proof) {
			return true
		}
	}
	return false
}

const daily = `movement,type,payment,order,our reference,currency,amount,fee,net,batch,at
m-1,sale,sp-1,order-1,capture-1,EUR,100.00,1.50,98.50,7,2026-03-10T09:00:00Z
m-2,refund,sp-1,order-1,refund-1,EUR,25.00,0.00,-25.00,7,2026-03-10T15:00:00Z
m-3,payout,,,,EUR,73.50,0.00,-73.50,7,2026-03-10T22:00:00Z
`

const refundTold = `{"type":"refund","movement":"m-2","payment":"sp-1","order":"order-1","our_reference":"refund-1",` +
	`"currency":"EUR","amount_minor":2500,"at":"2026-03-10T15:00:00Z"}`

func sign(secret, body string) textproto.MIMEHeader {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return textproto.MIMEHeader{"X-Souqpay-Signature": {hex.EncodeToString(mac.Sum(nil))}}
}

// A provider of one's own, from its webhook and its report to the books.
func Example() {
	dir, err := os.MkdirTemp("", "souqpay-*")
	check(err)
	defer os.RemoveAll(dir)
	l, err := ledger.Open(filepath.Join(dir, "ledger.db"), ledger.Options{})
	check(err)
	defer l.Close()
	book, err := posting.New(l, posting.Options{})
	check(err)

	ctx := context.Background()
	for _, line := range []string{
		`{"id":"e-1","type":"provider.open","provider":"souqpay","scheme":"generic"}`,
		`{"id":"e-2","type":"account.open","account":"seller","kind":"sub"}`,
		`{"id":"e-3","type":"payment.capture","payment":"order-1","capture":"capture-1","provider":"souqpay","at":"2026-03-10T09:00:00Z",
		  "amount":{"value":10000,"currency":"EUR"},"splits":[{"type":"BalanceAccount","account":"seller","amount":{"value":9000}},{"type":"Commission","amount":{"value":1000}}]}`,
	} {
		e, err := posting.Decode([]byte(line))
		check(err)
		_, err = book.Post(ctx, e)
		check(err)
	}

	// The webhook reports a refund that we did not ask for: it is a fact, and booked.
	in := ingest.Intake{Adapter: Souqpay{}, Keys: providers.Keys{Secrets: []string{"s3cret"}}, Ledger: l, Book: book}
	results, err := in.Take(ctx, []providers.Notification{{Header: sign("s3cret", refundTold), Body: []byte(refundTold), Received: time.Now()}})
	check(err)
	fmt.Println("webhook:", results[0].Status)

	// The report has it too, under the same movement, besides the settlement and the payout.
	path := filepath.Join(dir, "day.csv")
	check(os.WriteFile(path, bytes.TrimSpace([]byte(daily)), 0o600))
	for range 2 {
		r, err := reconcile.Compare(ctx, reconcile.Options{Ledger: l, Book: book, Adapter: Souqpay{}, Post: true}, path)
		check(err)
		fmt.Println("report: matched", r.Counts[reconcile.Matched], "accepted", r.Posting.Accepted > 0, "broken", r.Broken())
		check(r.Close())
	}
	for _, id := range []accounts.ID{accounts.Provider("souqpay"), accounts.Bank} {
		list, err := l.AccountBalances(id)
		check(err)
		fmt.Println(id, list[0].Total())
	}
	// Output:
	// webhook: accepted
	// report: matched 2 accepted true broken false
	// report: matched 2 accepted false broken false
	// provider:souqpay 0 EUR
	// bank 7350 EUR
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

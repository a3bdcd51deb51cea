// Package stripe simulates Stripe Connect: a platform with two connected accounts, destination charges and separate
// charges with transfers, refunds with and without flags, disputes, and payouts, and what webhooks and reports tell of
// them. It is written after Stripe's documents and knows nothing of how the ledger books that.
package stripe

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/textproto"
	"strings"
	"time"

	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/internal/lab/life/books"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

const (
	platform = "platform" // the platform's own account, which reports and events do not name
	bank     = "bank"
	currency = "USD"
	secret   = "whsec_of_the_simulated_stripe"
)

// A Charge is a payment at Stripe that was captured.
type Charge struct {
	books.Payment       // known once the platform's books have the capture
	id, intent, order   string
	currency            money.Currency
	amount, fee         int64 // fee is the application fee of a destination charge
	stripeFee, refunded int64
	seller              string // of a destination charge; empty of a separate one
	taken               *books.Move
	disputed            bool
}

// A Row is a line of a report: a balance transaction.
type Row struct {
	payouts bool // it is of the payouts report
	text    string
	tells   []*books.Move
}

// A hook is a webhook.
type hook struct {
	name, body string
	tells      []*books.Move
	captures   *Charge
}

// do writes a move down.
func (l *Life) do(w *life.World, name string, p *books.Payment, changes ...books.Change) *books.Move {
	return l.Do(&books.Move{Name: name, At: w.Now, Payment: p, Changes: changes})
}

// change is what a move does to an account: the judge sums what is pending and what is not.
func change(account string, minor int64) books.Change {
	return books.Change{Cell: books.Cell{Account: account, Currency: currency}, Settled: minor}
}

// change is what a move does to an account in the currency of the charge.
func (c *Charge) change(account string, minor int64) books.Change {
	return books.Change{Cell: books.Cell{Account: account, Currency: c.currency}, Settled: minor}
}

// lower is the currency as Stripe writes it.
func (c *Charge) lower() string { return strings.ToLower(string(c.currency)) }

// row adds a balance transaction in dollars to the report of activity.
func (l *Life) row(w *life.World, id, category, source string, gross, fee int64, c *Charge, other string,
	tells ...*books.Move) {
	l.rowIn(w, currency, id, category, source, gross, fee, c, other, tells...)
}

// rowIn adds a balance transaction to the report of activity.
func (l *Life) rowIn(w *life.World, in money.Currency, id, category, source string, gross, fee int64, c *Charge, other string,
	tells ...*books.Move) {
	available := w.Now
	if category == "charge" {
		available = w.Now.Add(48 * time.Hour)
	}
	names := ",,"
	if c != nil {
		names = c.id + "," + c.intent + "," + c.order
	}
	l.rows = append(l.rows, Row{tells: tells, text: fmt.Sprintf("%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s", id,
		stamp(w.Now), stamp(available), strings.ToLower(string(in)),
		major(gross), major(fee), major(gross-fee), category, source, other, names, "")})
}

const activityHeader = "balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,reporting_category," +
	"source_id,connected_account_id,charge_id,payment_intent_id,payment_metadata[order_id],automatic_payout_id\n"

// payoutRow adds a line to the report of payouts.
func (l *Life) payoutRow(w *life.World, id, category, payout, account string, gross int64, tells ...*books.Move) {
	if account == platform {
		account = ""
	}
	l.rows = append(l.rows, Row{payouts: true, tells: tells,
		text: fmt.Sprintf("%s,%s,usd,%s,0.00,%s,%s,%s,%s,STRIPE PAYOUT",
			payout, stamp(w.Now), major(gross), major(gross), category, id, account)})
}

const payoutsHeader = "payout_id,effective_at_utc,currency,gross,fee,net,reporting_category,balance_transaction_id," +
	"connected_account,description\n"

// file writes a report of rows.
func file(w *life.World, payouts bool, rows []Row) (f books.File) {
	kind, header := "activity", activityHeader
	if payouts {
		kind, header = "payouts", payoutsHeader
	}
	f.Name = w.Name(kind+"_") + ".csv"
	text := header
	for _, r := range rows {
		if r.payouts == payouts {
			text += r.text + "\n"
			f.Rows++
			f.Tells = books.Add(f.Tells, r.tells...)
		}
	}
	f.Text = []byte(text)
	return f
}

// stamp writes a time as reports have it.
func stamp(at time.Time) string { return at.UTC().Format(time.DateTime) }

// major writes an amount as reports have it.
func major(minor int64) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return fmt.Sprintf("%s%d.%02d", sign, minor/100, minor%100)
}

// tell sends a webhook, which is signed when it comes.
func (l *Life) tell(w *life.World, kind, account, object string, c *Charge, tells ...*books.Move) {
	if account != "" && account != platform {
		account = fmt.Sprintf(`"account":%q,`, account)
	} else {
		account = ""
	}
	id := w.Name("evt_")
	l.hooks = append(l.hooks, hook{kind + " " + id, fmt.Sprintf(`{"id":%q,"object":"event",%s"type":%q,"created":%d,`+
		`"livemode":true,"data":{"object":%s}}`, id, account, kind, w.Now.Unix(), object), tells, c})
}

// notify hands the webhooks to the world. They are retried for days, and each time signed anew: the time of the
// signature is not looked at here.
func (l *Life) notify(w *life.World) {
	for _, h := range l.hooks {
		at := fmt.Sprint(w.Now.Unix())
		mac := hmac.New(sha256.New, []byte(secret))
		fmt.Fprintf(mac, "%s.%s", at, h.body)
		header := textproto.MIMEHeader{}
		header.Set("Stripe-Signature", fmt.Sprintf("t=%s,v1=%x", at, mac.Sum(nil)))
		w.Hook(&life.Hook{Say: h.name, Header: header, Path: "/stripe", Body: []byte(h.body), Told: func() {
			books.Hear(h.tells...)
			if h.captures != nil {
				h.captures.Known = true
			}
		}}, 5)
	}
	l.hooks = nil
}

// Keys are the signing secret of the endpoint.
func (*Life) Keys() providers.Keys {
	return providers.Keys{Secrets: []string{secret}, MaxAge: 365 * 24 * time.Hour}
}

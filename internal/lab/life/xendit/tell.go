package xendit

import (
	"fmt"
	"net/textproto"
	"strings"
	"time"

	"github.com/splitledger/splitledger/internal/lab/life/books"
	"github.com/splitledger/splitledger/providers"
)

// A line is one of the balance report. One without a kind is not written: nothing moved, but the balances around it
// say so.
type line struct {
	product, tx, kind, part, channel, reference, description string
	amount, balance                                          int64 // amount below 0 is a debit
	at, paid, settled                                        time.Time
	move                                                     *books.Move
}

// line writes a line into the ledger of an account. The move is in the books already, so that the balance is counted
// here.
func (b *Bank) line(account string, l line) {
	if b.lines == nil {
		b.lines = make(map[string][]line)
	}
	if all := b.lines[account]; len(all) > 0 {
		l.balance = all[len(all)-1].balance
	}
	l.balance += l.amount
	b.lines[account] = append(b.lines[account], l)
}

func (b *Bank) silent(account string, at time.Time, m *books.Move) {
	b.line(account, line{at: at, move: m})
}

// A transaction is a line of the transactions report, which changes as time goes by.
type transaction struct {
	id, kind, reference, product, capture string
	created, paid, settled                time.Time
	states                                []state
}

type state struct {
	at                 time.Time
	status, settlement string
	amount, fee, vat   int64
	moves              []*books.Move
}

func (b *Bank) transaction(account, kind, reference, product string, at time.Time) *transaction {
	if b.transactions == nil {
		b.transactions = make(map[string][]*transaction)
	}
	t := &transaction{id: b.id("txn_", 7), kind: kind, reference: reference, product: product, created: at}
	b.transactions[account] = append(b.transactions[account], t)
	return t
}

func (t *transaction) state(at time.Time, status, settlement string, amount, fee, vat int64, moves ...*books.Move) {
	t.states = append(t.states, state{at, status, settlement, amount, fee, vat, moves})
}

const balanceHeader = "Product ID,Transaction ID,Transaction Type,Line Type,Payment Channel,Reference,Currency,Amount,Balance," +
	"Debit or Credit,Created Date ISO,Time Zone,Created Date,Payment Date,Settlement Date,Completed Date,Bank Code," +
	"Account Number,Channel Reference,Name,Description,Invoice ID\n"

func iso(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02T15:04:05Z")
}

// BalanceReport is the ledger of one account in some time.
func (b *Bank) BalanceReport(account string, w books.Window) books.File {
	f := books.File{Name: fmt.Sprintf("balance_%s_%s.csv", account, w.From.Format("20060102T150405")), Account: account}
	var s strings.Builder
	s.WriteString(balanceHeader)
	var silent []*books.Move
	for _, l := range b.lines[account] {
		if !w.Has(l.at) {
			continue
		}
		if l.kind == "" { // the balance of a later line tells it
			silent = append(silent, l.move)
			continue
		}
		f.Tells = books.Add(books.Add(f.Tells, silent...), l.move)
		silent = nil
		side, amount := "CREDIT", l.amount
		if amount < 0 {
			side, amount = "DEBIT", -amount
		}
		at := iso(l.at)
		cells := []string{
			l.product, l.tx, l.kind, l.part, l.channel, l.reference, string(b.Currency), b.Major(amount),
			b.Major(l.balance), side,
			at, "+0000 UTC", at, iso(l.paid), iso(l.settled), at, "", "", "", "", l.description, "",
		}
		s.WriteString(strings.Join(cells, ",") + "\n")
		f.Rows++
	}
	f.Text = []byte(s.String())
	return f
}

const transactionsHeader = "Status,Type,Channel,Channel Name,Account Number,Currency,Amount,Total Fee,Total VAT,Net Amount," +
	"Reference,Transaction ID,Invoice ID,Batch ID,Product ID,Payment Date,Timestamp - Created,Timestamp - Updated," +
	"Estimated Settlement Time,Actual Settlement Time,Timezone,Description,Channel Reference,Settlement Status"

// TransactionsReport is what became, by the end of some time, of the transactions of an account that were made or
// changed in it. Capture ID is one of the columns that Xendit adds on request.
func (b *Bank) TransactionsReport(account string, w books.Window, captures bool) books.File {
	f := books.File{Name: fmt.Sprintf("transactions_%s_%s.csv", account, w.From.Format("20060102T150405")),
		Account: account}
	var s strings.Builder
	s.WriteString(transactionsHeader)
	if captures {
		s.WriteString(",Capture ID")
	}
	s.WriteString("\n")
	for _, t := range b.transactions[account] {
		var last *state
		for i := range t.states {
			if t.states[i].at.Before(w.To) {
				last = &t.states[i]
			}
		}
		if last == nil || last.at.Before(w.From) {
			continue
		}
		for i := range t.states {
			if t.states[i].at.Before(w.To) {
				f.Tells = books.Add(f.Tells, t.states[i].moves...)
			}
		}
		actual := ""
		if last.settlement == "Settled" && t.kind == "PAYMENT" {
			actual = iso(t.settled)
		}
		cells := []string{
			last.status, t.kind, channel(t.kind), "", "", string(b.Currency), b.Major(last.amount), b.Major(last.fee),
			b.Major(last.vat), b.Major(last.amount - last.fee - last.vat), t.reference, t.id, "", "", t.product,
			iso(t.paid), iso(t.created), iso(last.at), "", actual,
			"+0000 UTC", "", "", last.settlement,
		}
		if captures {
			cells = append(cells, t.capture)
		}
		s.WriteString(strings.Join(cells, ",") + "\n")
		f.Rows++
	}
	f.Text = []byte(s.String())
	return f
}

func channel(kind string) string {
	switch kind {
	case "TRANSFER_IN", "TRANSFER_OUT":
		return "XENPLATFORM"
	case "PAYMENT", "REFUND":
		return "VIRTUAL_ACCOUNT"
	case "CHARGEBACK":
		return "CARDS"
	}
	return "BANK"
}

// webhook sends a notification, with the token that is all of its authentication.
func (b *Bank) webhook(name string, at time.Time, body string, tells ...*books.Move) {
	header := textproto.MIMEHeader{}
	header.Set("X-Callback-Token", b.Token)
	header.Set("Content-Type", "application/json")
	note := providers.Notification{Method: "POST", Path: "/xendit", Header: header, Body: []byte(body),
		Received: at.Add(2 * time.Second)}
	b.Webhooks = append(b.Webhooks, books.Webhook{Name: name, At: at, Note: note, Tells: tells,
		Sure: strings.Contains(name, "FAILED") || strings.Contains(name, "refund.failed")})
}

func (b *Bank) tellCapture(c *Capture) {
	p := c.Payment
	body := fmt.Sprintf(`{"event":"payment.capture","created":%q,"business_id":%q,"data":{"payment_id":%q,`+
		`"payment_request_id":%q,"business_id":%q,"status":"SUCCEEDED","request_amount":%s,"currency":%q,`+
		`"reference_id":%q,"channel_code":"BNI",`+
		`"captures":[{"capture_id":%q,"capture_amount":%s,"capture_timestamp":%q}],"created":%q,"updated":%q}}`,
		iso(c.At), p.Account, p.ID, p.Request, p.Account, b.Major(p.Amount), b.Currency, p.Reference, c.ID,
		b.Major(c.Amount), iso(c.At), iso(c.At), iso(c.At))
	b.webhook("payment.capture "+c.ID, c.At, body, c.Move)
}

func (b *Bank) tellSplit(at time.Time, c *Capture, r Route, amount int64, status string, tells ...*books.Move) {
	failure := ""
	if status == "FAILED" {
		failure = `,"failure_code":"INSUFFICIENT_BALANCE"`
	}
	p := c.Payment
	body := fmt.Sprintf(`{"event":"split.payment","created":%q,"business_id":%q,"data":{"id":%q,`+
		`"split_rule_id":"splitru_%s","reference_id":%q,"payment_id":%q,"payment_reference_id":%q,`+
		`"source_account_id":%q,"destination_account_id":%q,"status":%q,"amount":%s,"currency":%q%s}}`,
		iso(at), b.Platform, b.id("split-", 8), books.UUID(9,
			len(p.Routes)), r.Reference, p.ID, p.Reference, p.Account, r.Destination, status,
		b.Major(amount), b.Currency, failure)
	b.webhook("split.payment "+status+" "+r.Reference+" "+c.ID, at, body, tells...)
}

func (b *Bank) tellRefund(at time.Time, r *Refund, event, status string, m *books.Move) {
	p, failure := r.Payment, ""
	if status != "SUCCEEDED" {
		failure = `,"failure_code":"ACCOUNT_NOT_FOUND"`
	}
	body := fmt.Sprintf(`{"event":%q,"created":%q,"business_id":%q,"data":{"id":%q,"payment_id":%q,`+
		`"payment_request_id":%q,"reference_id":%q,`+
		`"amount":%s,"currency":%q,"status":%q,"reason":"REQUESTED_BY_CUSTOMER","created":%q,"updated":%q%s}}`,
		event, iso(at), p.Account, r.ID, p.ID, p.Request, r.Reference, b.Major(r.Amount), b.Currency, status, iso(r.At),
		iso(at), failure)
	b.webhook(event+" "+r.ID, at, body, m)
}

func (b *Bank) tellDispute(at time.Time, d *Dispute, event, status string, m *books.Move) {
	p := d.Payment
	body := fmt.Sprintf(`{"event":%q,"created":%q,"business_id":%q,"id":%q,"payment_id":%q,`+
		`"reference_id":%q,"status":%q,"status_reason":"CHALLENGED",`+
		`"currency":%q,"amount":{"initial":%q,"terminal":%q},"channel_code":"CARDS","created_at":%q,"updated_at":%q}`,
		event, iso(at), p.Account, d.ID, p.ID, p.Reference, status, b.Currency, b.Major(d.Amount), b.Major(d.Amount),
		iso(d.Lost.At), iso(at))
	b.webhook(event+" "+d.ID, at, body, m)
}

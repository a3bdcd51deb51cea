package antom

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"github.com/splitledger/splitledger/internal/lab/life/books"
	"github.com/splitledger/splitledger/providers"
)

// feeColumns are the fees that the simulated rows have, by the column's name, with that of their currency.
var feeColumns = [][2]string{
	{"paymentMethodFeeAmountValue", "paymentMethodFeeCurrency"},
	{"interchangeFeeAmountValue", "interchangeFeeCurrency"},
	{"schemeFeeAmountValue", "schemeFeeCurrency"},
	{"acquirerMarkupAmountValue", "acquirerMarkupCurrency"},
	{"processingFeeAmountValue", "processingFeeCurrency"},
	{"taxFeeAmountValue", "taxFeeCurrency"},
	{"disputeHandlingFee", "disputeHandlingFeeCurrency"},
}

const detailsHeader = "settlementBatchId,merchantId,referenceMerchantId,transactionId,originalTransactionId," +
	"transactionRequestId,referenceTransactionId,originalTransactionRequestId,transactionType,paymentMethodType," +
	"transactionAmountValue,transactionCurrency," +
	"settlementAmountValue,settlementCurrency,settlementInitiatedDate"

// major writes an amount in major units, and shanghai a time by Antom's clock.
func major(minor int64) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return fmt.Sprintf("%s%d.%02d", sign, minor/100, minor%100)
}

func shanghai(at time.Time) string { return at.In(time.FixedZone("", 8*3600)).Format(time.RFC3339) }

// Rows returns how many rows a batch has.
func (b *Batch) Rows() int { return len(b.rows) }

// Details are the settlement details of a batch, those rows that are asked for: Antom splits large files in parts.
func (m *Market) Details(b *Batch, part, from, to int) books.File {
	f := books.File{Name: fmt.Sprintf("settlementItems_%s_%s_%03d.csv", m.Currency, b.ID, part)}
	var s strings.Builder
	s.WriteString(detailsHeader)
	for _, c := range feeColumns {
		s.WriteString("," + c[0] + "," + c[1])
	}
	s.WriteString("\n")
	for _, r := range b.rows[from:to] {
		amount, currency := major(r.amount), string(m.Currency)
		if r.amount == 0 && len(r.fees) == 0 {
			amount, currency = "", ""
		}
		cells := []string{
			b.ID, "2188000000000001", r.receiver, r.id, r.original, r.request, "", r.originalRequest, r.kind, "CARD",
			amount, currency,
			major(r.net), string(m.Currency), shanghai(b.At),
		}
		for _, c := range feeColumns {
			if fee := r.fees[c[0]]; fee != 0 {
				cells = append(cells, major(-fee), string(m.Currency))
			} else {
				cells = append(cells, "", "")
			}
		}
		s.WriteString(strings.Join(cells, ",") + "\n")
		f.Tells = books.Add(f.Tells, r.moves...)
		f.Rows++
	}
	s.WriteString("<END>\n")
	f.Text = []byte(s.String())
	return f
}

// Summary says what a batch comes to for each receiver.
func (m *Market) Summary(b *Batch) books.File {
	f := books.File{Name: fmt.Sprintf("settlementSummary_%s_%s_000.csv", m.Currency, b.ID), Rows: len(b.Payouts)}
	var s strings.Builder
	s.WriteString("settlementBatchId,merchantId,referenceMerchantId,settlementTime," +
		"settlementAmountValue,settlementCurrency\n")
	for _, p := range b.Payouts {
		fmt.Fprintf(&s, "%s,2188000000000001,%s,%s,%s,%s\n", b.ID, p.Receiver, shanghai(b.At), major(p.Net), m.Currency)
		if p.Done != nil {
			f.Tells = append(f.Tells, p.Done)
		}
	}
	s.WriteString("<END>\n")
	f.Text = []byte(s.String())
	return f
}

// webhook sends a signed notification.
func (m *Market) webhook(name string, at time.Time, body string, tells ...*books.Move) {
	sent := shanghai(at)
	digest := sha256.Sum256([]byte("POST " + m.Path + "\n" + m.Client + "." + sent + "." + body))
	signature, err := rsa.SignPKCS1v15(rand.Reader, m.Key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	header := textproto.MIMEHeader{}
	header.Set("Client-Id", m.Client)
	header.Set("Request-Time", sent)
	header.Set("Signature",
		"algorithm=RSA256,keyVersion=1,signature="+url.QueryEscape(base64.StdEncoding.EncodeToString(signature)))
	note := providers.Notification{Method: "POST", Path: m.Path, Header: header, Body: []byte(body),
		Received: at.Add(2 * time.Second)}
	m.Webhooks = append(m.Webhooks, books.Webhook{Name: name, At: at, Note: note, Tells: tells,
		Sure: strings.Contains(body, `"resultStatus":"F"`)})
}

const success = `"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}`

func (m *Market) amount(minor int64) string {
	return fmt.Sprintf(`{"currency":%q,"value":"%d"}`, m.Currency, minor)
}

func (m *Market) tellPayment(at time.Time, p *Payment, tells ...*books.Move) {
	method := "ALIPAY_CN"
	if p.Card {
		method = "CARD"
	}
	m.webhook("notifyPayment "+p.ID, at,
		fmt.Sprintf(`{"notifyType":"PAYMENT_RESULT",%s,"paymentRequestId":%q,"paymentId":%q,"paymentAmount":%s,`+
			`"paymentCreateTime":%q,"paymentTime":%q,"paymentMethodType":%q}`,
			success, p.Request, p.ID, m.amount(p.Amount), shanghai(at), shanghai(at), method), tells...)
}

func (m *Market) tellCapture(c *Capture) {
	p := c.Payment
	m.webhook("notifyCapture "+c.ID, c.At,
		fmt.Sprintf(`{"notifyType":"CAPTURE_RESULT",%s,"captureRequestId":%q,"paymentId":%q,"captureId":%q,`+
			`"captureAmount":%s,"captureTime":%q}`, success, c.Request, p.ID, c.ID, m.amount(c.Amount),
			shanghai(c.At)), c.Move)
}

func (m *Market) tellRefund(at time.Time, r *Refund, status string, tells ...*books.Move) {
	result := success
	if status != "SUCCESS" {
		result = `"result":{"resultCode":"USER_BALANCE_NOT_ENOUGH","resultStatus":"F",` +
			`"resultMessage":"balance not enough"}`
	}
	m.webhook("notifyRefund "+status+" "+r.ID, at,
		fmt.Sprintf(`{"notifyType":"REFUND_RESULT",%s,"refundStatus":%q,"refundRequestId":%q,"refundId":%q,`+
			`"paymentId":%q,"refundAmount":%s,"refundTime":%q}`, result, status, r.Request, r.ID,
			r.Payment.ID, m.amount(r.Amount), shanghai(at)), tells...)
}

func (m *Market) tellDispute(at time.Time, d *Dispute) {
	p := d.Payment
	m.webhook("notifyDispute "+d.ID, at,
		fmt.Sprintf(`{"disputeNotificationType":"DISPUTE_JUDGED","disputeJudgedResult":"ACCEPT_BY_MERCHANT",`+
			`"disputeId":%q,"paymentId":%q,"paymentRequestId":%q,"disputeAmount":%s,"disputeJudgedAmount":%s,`+
			`"disputeTime":%q,"disputeJudgedTime":%q}`,
			d.ID, p.ID, p.Request, m.amount(d.Amount), m.amount(d.Amount), shanghai(at), shanghai(at)), d.Lost)
}

func (m *Market) tellSettlement(at time.Time, p *Payout, ok bool, tells ...*books.Move) {
	to, receiver, result := "MARKETPLACE", "", success
	if p.Receiver != Marketplace {
		to, receiver = "SELLER", fmt.Sprintf(`"referenceMerchantId":%q,`, p.Receiver)
	}
	arrived := fmt.Sprintf(`"settlementArrivalTime":%q,`, shanghai(at))
	if !ok {
		arrived = ""
		result = `"result":{"resultCode":"ACCOUNT_INVALID","resultStatus":"F","resultMessage":"account invalid"}`
	}
	m.webhook("notifySettlement "+p.Batch.ID+" "+p.Receiver, at,
		fmt.Sprintf(`{"settlementBatchId":%q,"notifyType":"SETTLEMENT_RESULT",%s"settleTo":%q,%s`+
			`"actualSettlementAmount":%s,%s}`, p.Batch.ID, receiver, to, arrived, m.amount(p.Net), result), tells...)
}

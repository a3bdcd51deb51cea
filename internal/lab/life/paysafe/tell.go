package paysafe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/textproto"
	"strings"
	"time"

	"github.com/splitledger/splitledger/internal/lab/life/books"
	"github.com/splitledger/splitledger/providers"
)

// Key returns the key of the webhooks as the portal shows it.
func (p *Processor) Key() string { return base64.StdEncoding.EncodeToString(p.Secret) }

func iso(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05Z") }

// stateSettlement changes what a settlement is, and sends the webhook.
func (p *Processor) stateSettlement(at time.Time, s *Settlement, status string, refundable int64,
	moves ...*books.Move) {
	st := state{at, status, refundable, moves}
	s.states = append(s.states, st)
	p.webhook("SETTLEMENT_"+status, at, s.head(st), moves)
}

func (p *Processor) stateRefund(at time.Time, r *Refund, status string, moves ...*books.Move) {
	st := state{at, status, 0, moves}
	r.states = append(r.states, st)
	p.webhook("REFUND_"+status, at, r.head(st), moves)
}

// head are the members of a settlement that a webhook has as well, which has no splitpay.
func (s *Settlement) head(st state) string {
	h := fmt.Sprintf(`"id":%q,"merchantRefNum":%q,"txnTime":%q,"statusTime":%q,"status":%q,`+
		`"amount":%d,"availableToRefund":%d`,
		s.ID, s.Reference, iso(s.states[0].at), iso(st.at), st.status, s.Amount, st.refundable)
	if st.status == "FAILED" {
		h += `,"error":{"code":"0000","message":"made-up error"}`
	}
	self := link("self", "settlements/"+s.ID)
	if s.Linked {
		self += "," + link("auth", "auths/"+s.Auth.ID)
	}
	return h + `,"links":[` + self + `]`
}

func (r *Refund) head(st state) string {
	h := fmt.Sprintf(`"id":%q,"merchantRefNum":%q,"txnTime":%q,"statusTime":%q,"status":%q,"amount":%d`, r.ID,
		r.Reference, iso(r.states[0].at), iso(st.at), st.status, r.Amount)
	if st.status == "FAILED" {
		h += `,"error":{"code":"0000","message":"made-up error"}`
	}
	h += `,"links":[` + link("self", "refunds/"+r.ID) + "," + link("settlement", "settlements/"+r.Settlement.ID)
	if r.Settlement.Linked {
		h += "," + link("auth", "auths/"+r.Settlement.Auth.ID)
	}
	return h + "]"
}

func link(rel, path string) string {
	return fmt.Sprintf(`{"rel":%q,"href":"https://api.example.test/cardpayments/v1/accounts/1000000001/%s"}`, rel, path)
}

// splitpay are the shares of an object; a percent stands where it was asked for.
func splitpay(shares []Share) string {
	if len(shares) == 0 {
		return ""
	}
	var all []string
	for _, s := range shares {
		account, err := json.Marshal(s.Account)
		if err != nil {
			panic(err)
		}
		percent := ""
		if s.Percent != 0 {
			percent = fmt.Sprintf(`"percent":%d.%02d,`, s.Percent/100, s.Percent%100)
		}
		all = append(all, fmt.Sprintf(`{"linkedAccount":%s,%s"amount":%d}`, account, percent, s.Amount))
	}
	return `,"splitpay":[` + strings.Join(all, ",") + `]`
}

// tail ends an object.
func (p *Processor) tail(shares []Share) string {
	end := splitpay(shares)
	if p.Named {
		end += fmt.Sprintf(`,"currencyCode":%q`, p.Currency)
	}
	return end + "}"
}

// Document has the settlements and refunds that were made or changed in some time, as they were at its end.
func (p *Processor) Document(w books.Window) books.File {
	f := books.File{Name: "paysafe_" + w.From.UTC().Format("20060102T150405") + ".json"}
	at := func(states []state) (last state, ok bool) {
		for _, st := range states {
			if st.at.Before(w.To) {
				last, ok = st, !st.at.Before(w.From)
			}
		}
		for _, st := range states {
			if ok && st.at.Before(w.To) {
				f.Tells = books.Add(f.Tells, st.moves...)
			}
		}
		return last, ok
	}
	var settlements, refunds []string
	for _, s := range p.Settlements {
		if st, ok := at(s.states); ok {
			settlements = append(settlements, "{"+s.head(st)+p.tail(s.Shares))
		}
	}
	for _, r := range p.Refunds {
		if st, ok := at(r.states); ok {
			refunds = append(refunds, "{"+r.head(st)+p.tail(r.Shares))
		}
	}
	f.Rows = len(settlements) + len(refunds)
	f.Text = []byte("{\"settlements\":[\n" + strings.Join(settlements,
		",\n") + "\n],\"refunds\":[\n" + strings.Join(refunds, ",\n") + "\n]}\n")
	return f
}

// webhook sends a notification, signed with the key.
func (p *Processor) webhook(event string, at time.Time, head string, tells []*books.Move) {
	currency := ""
	if p.Named {
		currency = fmt.Sprintf(`,"currencyCode":%q`, p.Currency)
	}
	body := fmt.Sprintf(`{"eventName":%q,"payload":{%s%s}}`, event, head, currency)
	h := hmac.New(sha256.New, p.Secret)
	h.Write([]byte(body))
	header := textproto.MIMEHeader{}
	header.Set("Signature", base64.StdEncoding.EncodeToString(h.Sum(nil)))
	note := providers.Notification{Method: "POST", Path: "/paysafe", Header: header, Body: []byte(body),
		Received: at.Add(2 * time.Second)}
	p.Webhooks = append(p.Webhooks, books.Webhook{Name: event, At: at, Note: note, Tells: tells})
}

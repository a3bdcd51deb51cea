package adyen

import (
	"encoding/json"
	"fmt"
	"net/textproto"
	"strings"
	"time"

	"github.com/splitledger/splitledger/internal/lab/life"
)

// A transfer is one change of a balance account.
type transfer struct {
	account, id           string
	category, typ, status string
	at, value             time.Time
	minor                 int64
	currency              string // default EUR
	reference             string
	description           string // as it stands in a report
	payment               *payment
	modification, told    string
	counterparty          string
	beneficiary           string
	brand                 string
	kind                  string           // platformPaymentType
	costs                 map[string]int64 // of a fee, by what for
	oneStep               bool             // it is booked at once

	event string // the id of the booking event
}

// transaction returns the Transaction Id, which is new.
func (t *transfer) transaction(w *life.World) string {
	if t.event == "" {
		t.event = w.Name("EV")
	}
	return t.event + t.in()
}

// in is the currency.
func (t *transfer) in() string {
	if t.currency == "" {
		return currency
	}
	return t.currency
}

// row adds the rows of a transfer to the accounting report, and sends its webhook. The pieces are what the booked row
// tells, its own first.
func (m *Market) row(w *life.World, t *transfer, pieces ...*life.Piece) {
	t.account, t.counterparty = m.shown(t.account), m.shown(t.counterparty)
	t.value = t.at
	if t.typ == "capture" || t.typ == "refund" {
		t.value = t.value.Add(m.ahead)
	}
	say := fmt.Sprintf("%s %s %s/%s %s %d %s", clock(t.at), t.account, t.typ, t.status, t.transaction(w), t.minor, t.id)
	if t.payment != nil {
		say += fmt.Sprintf(" of %s, %s %q", t.payment.life.Reference, t.modification, t.told)
	}
	if t.counterparty != "" {
		say += fmt.Sprintf(" with %s, %s", t.counterparty, t.beneficiary)
	}
	if t.description != "" {
		say += " " + t.description
	}
	if m.steps && !t.oneStep {
		w.Row(&life.Row{Report: "accounting", Text: t.cells("received", t.minor, 0, 0, w.Name("ST")),
			Say: say + " (received)"})
		w.Row(&life.Row{Report: "accounting", Text: t.cells("authorised", -t.minor, t.minor, 0, w.Name("ST")),
			Say: say + " (authorised)"})
	}
	reserved := -t.minor
	if t.oneStep {
		reserved = 0
	}
	w.Row(&life.Row{Report: "accounting", Text: t.cells(t.status, 0, reserved, t.minor, t.event), Say: say,
		Pieces: pieces})
	if m.statements {
		key := pieces[0].Account + t.in()
		m.since[key] = append(m.since[key], line{t, say, pieces})
	}
	if m.transfers {
		t.hook(w, say, pieces)
	}
}

// shown is what Adyen calls an account.
func (m *Market) shown(account string) string {
	if m.aliases && account == liable {
		return liableID
	}
	return account
}

// columns are those of the accounting report, of early 2025.
var columns = strings.Split("BalancePlatform,AccountHolder,BalanceAccount,Transfer Id,Transaction Id,Category,Status,Type,Booking Date,"+
	"Booking Date TimeZone,Value Date,Value Date TimeZone,Currency,Amount,Original Currency,Original Amount,Payment Currency,"+
	"Received (PC),Reserved (PC),Balance (PC),Reference,Description,Counterparty Balance Account Id,Psp Payment Merchant Reference,"+
	"Psp Payment Psp Reference,Psp Modification Psp Reference,Psp Modification Merchant Reference,Payment Instrument Type,"+
	"Payment Instrument Id,Entrymode,Auth Code,Shopper Interaction,MCC,Counterparty Name,Counterparty Address,Counterparty City,"+
	"Counterparty Country,Counterparty iban,Counterparty bic,Counterparty Account Number,Counterparty Postal Code,"+
	"Interchange Currency,Interchange,Beneficiary Balance Account,Brand Variant,Reference for Beneficiary,"+
	"Platform Payment Interchange,Platform Payment Scheme Fee,Platform Payment Markup,Platform Payment Commission,"+
	"Platform Payment Cost Currency,Account Holder Description,Account Holder Reference,Balance Account Description,"+
	"Balance Account Reference,Reserved1,Reserved2,Reserved3,Reserved4,Reserved5,Reserved6,Reserved7,Reserved8,Reserved9,Reserved10,"+
	"Platform Payment Installments,Payment Instrument Reference,Payment Instrument Description,Issued Card Scheme Fee,"+
	"Issued Card Scheme Fee Currency,Event Id,Flight Ticket Number,Capital Reserved Amount,Store", ",")

// cells writes a row: what a step of the transfer changed in the three registers.
func (t *transfer) cells(status string, received, reserved, balance int64, event string) string {
	value := map[string]string{
		"BalancePlatform": "Market", "AccountHolder": "AH" + t.account, "BalanceAccount": t.account,
		"Transfer Id": t.id,
		"Category":    t.category, "Status": status, "Type": t.typ, "Booking Date": clock(t.at),
		"Booking Date TimeZone": "CET",
		"Currency":              t.in(), "Amount": major(t.minor), "Payment Currency": t.in(), "Received (PC)": major(received),
		"Reserved (PC)": major(reserved), "Balance (PC)": major(balance), "Reference": t.reference,
		"Description":                     t.description,
		"Counterparty Balance Account Id": t.counterparty, "Reference for Beneficiary": t.beneficiary,
		"Brand Variant": t.brand,
		"Event Id":      event,
	}
	if balance != 0 {
		value["Transaction Id"] = event + t.in()
		value["Value Date"], value["Value Date TimeZone"] = clock(t.value), "CET"
	}
	if p := t.payment; p != nil {
		value["Psp Payment Merchant Reference"], value["Psp Payment Psp Reference"] = p.life.Reference,
			p.life.ProviderReference
		value["Psp Modification Psp Reference"], value["Psp Modification Merchant Reference"] = t.modification, t.told
	}
	if t.costs != nil {
		for column, cost := range map[string]string{"Platform Payment Interchange": "Interchange",
			"Platform Payment Scheme Fee": "SchemeFee",
			"Platform Payment Markup":     "Markup", "Platform Payment Commission": "Commission"} {
			value[column] = major(t.costs[cost])
		}
		value["Platform Payment Cost Currency"] = t.in()
	}
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = value[c]
	}
	return strings.Join(cells, ",")
}

// hook sends the webhook of a transfer that is booked.
func (t *transfer) hook(w *life.World, say string, pieces []*life.Piece) {
	direction, value := "incoming", t.minor
	if t.minor < 0 {
		direction, value = "outgoing", -t.minor
	}
	events := []any{}
	step := func(status string, id string, mutation map[string]any) map[string]any {
		mutation["currency"] = t.in()
		return map[string]any{"id": id, "type": "accounting", "status": status, "bookingDate": stamp(t.at),
			"mutations": []any{mutation}}
	}
	booked := map[string]any{"balance": t.minor}
	if !t.oneStep {
		events = append(events, step("received", t.event+"r", map[string]any{"received": t.minor}),
			step("authorised", t.event+"a", map[string]any{"received": -t.minor, "reserved": t.minor}))
		booked["reserved"] = -t.minor
	}
	last := step(t.status, t.event, booked)
	last["transactionId"], last["valueDate"] = t.event+t.in(), stamp(t.at)
	data := map[string]any{
		"balancePlatform": "Market", "id": t.id, "sequenceNumber": len(events) + 1,
		"amount":    map[string]any{"currency": t.in(), "value": value},
		"direction": direction, "category": t.category, "type": t.typ, "status": t.status, "reason": "approved",
		"reference":   t.reference,
		"description": strings.Trim(t.description, `"`), "accountHolder": map[string]any{"id": "AH" + t.account},
		"balanceAccount": map[string]any{"id": t.account},
		"creationDate":   stamp(t.at), "balances": []any{map[string]any{"currency": t.in(), "balance": t.minor,
			"received": 0, "reserved": 0}},
		"events": append(events, last),
	}
	category := map[string]any{"type": t.category}
	if p := t.payment; p != nil {
		category["platformPaymentType"], category["pspPaymentReference"],
			category["paymentMerchantReference"] = t.kind, p.life.ProviderReference, p.life.Reference
		category["modificationPspReference"], category["modificationMerchantReference"] = t.modification, t.told
	}
	data["categoryData"] = category
	if t.counterparty != "" {
		data["counterparty"] = map[string]any{"balanceAccountId": t.counterparty}
	}
	if t.beneficiary != "" {
		data["referenceForBeneficiary"] = t.beneficiary
	}
	body, err := json.Marshal(map[string]any{"data": data, "environment": "live",
		"timestamp": t.at.UTC().Format("2006-01-02T15:04:05.000Z"),
		"type":      "balancePlatform.transfer.updated"})
	if err != nil {
		panic(err)
	}
	w.Hook(&life.Hook{Say: "transfer " + say, Body: body, Header: textproto.MIMEHeader{"Hmacsignature": {sign(body)}},
		Pieces: pieces}, 4)
}

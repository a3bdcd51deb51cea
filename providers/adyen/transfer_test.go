package adyen_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/adyen"
)

// booked returns a webhook of a transfer of account BA1 that a transaction booked. more are members of the transfer.
func booked(category, sort, status string, minor int, more string) providers.Notification {
	return signedBody(fmt.Appendf(nil, `{"type":"balancePlatform.transfer.updated","timestamp":"2026-03-10T08:15:23Z","data":{"id":"TR1","sequenceNumber":3,
		"category":%q,"type":%q,"status":%q,"balanceAccount":{"id":"BA1"},"amount":{"value":500,"currency":"EUR"},%s
		"events":[{"type":"accounting","status":%[3]q,"bookingDate":"2026-03-10T09:15:21+01:00","transactionId":"EVT1EUR",
		"mutations":[{"currency":"EUR","balance":%[5]d}]}]}}`, category, sort, status, more, minor))
}

// TestBookedTransfers has webhooks of transfers that are of no payment, and of rare ones that are.
func TestBookedTransfers(t *testing.T) {
	const at = " at=2026-03-10T08:15:21Z"
	const bonus = `"reference":"bonus-1","referenceForBeneficiary":"bonus1","counterparty":{"balanceAccountId":"BA2"},`
	const names = ` account="BA1" counterparty="BA2" common="bonus1" modification="TR1" ours="bonus-1" id="EVT1EUR"` + at
	const payment = `"reference":"s","categoryData":{"pspPaymentReference":"P1","paymentMerchantReference":"order-1","modificationPspReference":"M1"},`
	const of = ` account="BA1" split="s" reference="order-1" provider="P1" modification="M1" id="EVT1EUR" part` + at
	for _, tt := range []struct {
		name, category, sort, status string
		minor                        int
		more, want                   string
	}{
		{"the side that pays", "internal", "internalTransfer", "booked", -500, `"direction":"outgoing",` + bonus, "transfer amount=5.00 EUR net=-5.00 EUR" + names},
		{"the side that is paid", "internal", "internalTransfer", "booked", 500, `"direction":"incoming",` + bonus, "transfer amount=5.00 EUR net=5.00 EUR" + names},
		{"a direct debit, the side that asked", "internal", "internalDirectDebit", "booked", 500, `"direction":"outgoing",` + bonus, "transfer amount=5.00 EUR net=5.00 EUR" + names},
		{"a direct debit, the side that pays", "internal", "internalDirectDebit", "booked", -500, `"direction":"incoming",` + bonus, "transfer amount=5.00 EUR net=-5.00 EUR" + names},
		{"a payout", "bank", "bankTransfer", "booked", -500, `"reference":"payout-1",`, `payout amount=5.00 EUR net=-5.00 EUR account="BA1" modification="TR1" ours="payout-1" id="EVT1EUR"` + at},
		{"a payout that came back", "bank", "bankTransfer", "returned", 500, `"reference":"payout-1",`, `payout_failed amount=5.00 EUR net=5.00 EUR account="BA1" modification="TR1" ours="payout-1" id="EVT1EUR" reason="returned"` + at},
		{"a top-up on demand", "topUp", "capture", "captured", 500, payment, `other amount=5.00 EUR net=5.00 EUR account="BA1" reference="order-1" provider="P1" modification="M1" ours="s" id="EVT1EUR" reason="topUp capture, incoming"` + at},
		{"a scheduled top-up", "platformPayment", "capture", "captured", 500, `"reference":"sweep","counterparty":{"transferInstrumentId":"SE1"},"categoryData":{"pspPaymentReference":"P9","modificationPspReference":"M9"},`,
			`other amount=5.00 EUR net=5.00 EUR account="BA1" provider="P9" modification="M9" id="EVT1EUR" reason="top-up: platformPayment capture, incoming"` + at},
		{"a scheduled top-up that went back", "platformPayment", "chargeback", "chargeback", -500, `"counterparty":{"transferInstrumentId":"SE1"},"categoryData":{"pspPaymentReference":"P9","modificationPspReference":"M9"},`,
			`other amount=5.00 EUR net=-5.00 EUR account="BA1" provider="P9" modification="M9" id="EVT1EUR" reason="top-up: platformPayment chargeback, outgoing"` + at},
		{"a capture taken back", "platformPayment", "captureReversal", "captureReversed", -500, payment, "capture_reversed amount=5.00 EUR net=-5.00 EUR" + of},
		{"a second chargeback in the transfer of the first", "platformPayment", "chargeback", "secondChargeback", -500, payment, "second_chargeback amount=5.00 EUR net=-5.00 EUR" + of},
		{"a correction of a chargeback", "platformPayment", "chargebackCorrection", "chargeback", 500, payment, "chargeback_reversed amount=5.00 EUR net=5.00 EUR" + of},
		{"the fee of a second chargeback", "platformPayment", "secondChargeback", "secondChargeback", -500, strings.Replace(payment, `{"psp`, `{"platformPaymentType":"AdyenFees","psp`, 1), "fee DisputeFee=5.00 EUR net=-5.00 EUR" + of},
		{"a manual correction", "internal", "manualCorrection", "manuallyCorrected", 500, ``, `other amount=5.00 EUR net=5.00 EUR account="BA1" id="EVT1EUR" reason="internal manualCorrection, incoming"` + at},
		{"a type of next year", "platformPayment", "gift", "captured", 500, payment, `unknown amount=5.00 EUR net=5.00 EUR account="BA1" split="s" reference="order-1" provider="P1" modification="M1" id="EVT1EUR" reason="platformPayment gift, incoming"` + at},
	} {
		if got := tells(booked(tt.category, tt.sort, tt.status, tt.minor, tt.more), providers.Keys{TestMode: true, Secrets: []string{k1}}); got != tt.want {
			t.Errorf("%s:\nexpected %s\nfound    %s", tt.name, tt.want, got)
		}
	}
}

// TestTransferAgain reads the webhook and the line of a report of one side of a transfer: they say the same.
func TestTransferAgain(t *testing.T) {
	hook := tells(booked("internal", "internalTransfer", "booked", -500, `"reference":"bonus-1","referenceForBeneficiary":"bonus1","counterparty":{"balanceAccountId":"BA2"},`),
		providers.Keys{TestMode: true, Secrets: []string{k1}})
	line := says(t, platformHeader, platformLine(cells("Category=internal; Type=internalTransfer; Status=booked; Balance (PC)=-5.00; Reference=bonus-1; "+
		"Counterparty Balance Account Id=BA2; Reference for Beneficiary=bonus1; Booking Date=2026-03-10 09:15:21")), "")
	if hook != line {
		t.Errorf("expected the report to say what the webhook says:\n%s\nfound\n%s", hook, line)
	}
}

// TestBounds has webhooks, signed as they should be, of which something is longer or deeper than any of Adyen's.
func TestBounds(t *testing.T) {
	name, text := strings.Repeat("x", 257), strings.Repeat("x", 4097)
	standard := func(old, new string) providers.Notification {
		n := signedItem(nil, "")
		n.Body = []byte(strings.Replace(string(n.Body), old, new, 1))
		return n
	}
	for _, tt := range []struct {
		name string
		n    providers.Notification
		want string
	}{
		{"a reference", signedItem(map[string]string{"merchantReference": name}, ""), "notificationItems[0].NotificationRequestItem.merchantReference: expected at most 256 bytes, found 257"},
		{"a number", signedItem(map[string]string{"value": strings.Repeat("9", 257)}, ""), "notificationItems[0].NotificationRequestItem.amount.value: expected at most 256 bytes, found 257"},
		{"a reason", standard(`"reason":""`, `"reason":"`+text+`"`), "notificationItems[0].NotificationRequestItem.reason: expected at most 4096 bytes, found 4097"},
		{"further data", signedItem(nil, `,"more":"`+text+`"`), "notificationItems[0].NotificationRequestItem.additionalData.more: expected at most 4096 bytes, found 4097"},
		{"the name of a member", signedItem(nil, `,"`+name+`":""`), "notificationItems[0].NotificationRequestItem.additionalData: expected names of members of at most 256 bytes, found one of 257"},
		{"depth", signedItem(nil, `,"a":`+strings.Repeat("[", 60)+strings.Repeat("]", 60)),
			"notificationItems[0].NotificationRequestItem.additionalData.a" + strings.Repeat("[0]", 13) + "…: expected at most 64 levels"},
		{"members", signedItem(nil, many(`,"a%d":1`, 1000)), "notificationItems[0].NotificationRequestItem.additionalData: expected at most 1000 members, found 1001"},
		{"a transfer's reference", booked("internal", "internalTransfer", "booked", 1, `"reference":"`+name+`",`), "data.reference: expected at most 256 bytes, found 257"},
		{"a transfer's description", booked("internal", "internalTransfer", "booked", 1, `"description":"`+text+`",`), "data.description: expected at most 4096 bytes, found 4097"},
		{"a transfer's events", signedBody([]byte(`{"type":"balancePlatform.transfer.updated","data":{"events":[{}` + many(",{}", 1000) + `]}}`)), "data.events: expected at most 1000 items, found 1001"},
		{"depth of a transfer", signedBody([]byte(strings.Repeat("[", 65) + strings.Repeat("]", 65))), strings.Repeat("[0]", 33) + "[…: expected at most 64 levels"},
	} {
		if got := tells(tt.n, providers.Keys{TestMode: true, Secrets: []string{k1}}); got != tt.want {
			t.Errorf("%s:\nexpected %s\nfound    %.300s", tt.name, tt.want, got)
		}
	}
	for _, n := range []providers.Notification{
		signedItem(map[string]string{"merchantReference": name[1:]}, ""), signedItem(nil, `,"a":`+strings.Repeat("[", 59)+strings.Repeat("]", 59)),
		standard(`"reason":""`, `"reason":"`+text[1:]+`"`),
	} {
		if got := tells(n, providers.Keys{TestMode: true, Secrets: []string{k1}}); !strings.HasPrefix(got, "captured ") {
			t.Errorf("expected that it fits, found %.300s", got)
		}
	}
}

// many repeats a text, with a number in it where it has room for one.
func many(text string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Replace(text, "%d", fmt.Sprint(i), 1))
	}
	return b.String()
}

// TestCheckKeys has keys that are Adyen's, and others: what is wrong is said, the key is not.
func TestCheckKeys(t *testing.T) {
	const what = ": expected an HMAC key of Adyen's, which is 64 hexadecimal digits, found "
	var checker providers.KeyChecker = adyen.Adapter{}
	for _, tt := range []struct {
		keys []string
		want string
	}{
		{[]string{k1}, ""},
		{[]string{k1, " " + strings.ToLower(k2) + "\n"}, ""},
		{nil, "expected an HMAC key of Adyen's, found none"},
		{[]string{k1, ""}, "key 2" + what + "an empty one"},
		{[]string{k1[:62]}, "key 1" + what + "62 digits"},
		{[]string{k1[:63]}, "key 1" + what + "63 digits"},
		{[]string{k1 + "00"}, "key 1" + what + "66 digits"},
		{[]string{"é" + k1[2:]}, "key 1" + what + "something else at character 1"},
		{[]string{"sekret"}, "key 1" + what + "something else at character 1"},
		{[]string{"-----BEGIN PRIVATE KEY-----\nsekret\n-----END PRIVATE KEY-----\n"}, "key 1" + what + "a private key in PEM, which nobody but its owner needs"},
		{[]string{"-----BEGIN EC PRIVATE KEY-----\nsekret\n-----END EC PRIVATE KEY-----\n"}, "key 1" + what + "a private key in PEM, which nobody but its owner needs"},
		{[]string{"-----BEGIN PUBLIC KEY-----\nsekret\n-----END PUBLIC KEY-----\n"}, "key 1" + what + "PEM"},
	} {
		got := ""
		if err := checker.CheckKeys(providers.Keys{Secrets: tt.keys}); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%q: expected %q, found %q", tt.keys, tt.want, got)
		}
	}
}

package antom

import (
	"fmt"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers"
)

const refundBody = `{"notifyType":"REFUND_RESULT","result":{"resultStatus":"S","resultCode":"SUCCESS"},"refundStatus":"SUCCESS","refundRequestId":"refund-3001",` +
	`"refundId":"2026031000000000004","refundAmount":{"currency":"USD","value":"2500"},"refundTime":"2026-03-11T09:00:00+08:00"}`

// TestNotifications has what each kind of notification tells.
func TestNotifications(t *testing.T) {
	const (
		done     = `"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}`
		failed   = `"result":{"resultStatus":"F","resultCode":"PROCESS_FAIL","resultMessage":"no"}`
		payment  = `"paymentId":"p1","paymentRequestId":"pay-1"`
		settled  = `{"notifyType":"SETTLEMENT_RESULT","settlementBatchId":"b1",`
		paid     = `{"notifyType":"PAYMENT_RESULT",` + payment + `,"paymentAmount":{"currency":"USD","value":"10000"},"paymentTime":"2026-03-11T09:00:00+08:00",`
		captured = `{"notifyType":"CAPTURE_RESULT",` + payment + `,"captureId":"c1","captureRequestId":"capture-1","captureAmount":{"currency":"KRW","value":"26000"},`
		refunded = `{"notifyType":"REFUND_RESULT","refundId":"r1","refundRequestId":"refund-1","refundAmount":{"currency":"USD","value":"2500"},`
		disputed = `{` + payment + `,"disputeId":"d1","disputeTime":"2026-03-11T09:00:00+08:00","disputeAmount":{"currency":"USD","value":"5000"},"disputeReasonMsg":"not received",`
	)
	for _, tt := range []struct{ name, body, want string }{
		{"settled to the marketplace", settled + `"settleTo":"MARKETPLACE","actualSettlementAmount":{"currency":"JPY","value":"500"},` + done + `}`,
			"payout amount=500 JPY net=-500 JPY id=b1//JPY batch=b1 account=platform at=2026-03-12T02:00:00Z"},
		{"not settled", settled + `"settleTo":"SELLER","referenceMerchantId":"s1","actualSettlementAmount":{"currency":"USD","value":"500"},` + failed + `}`,
			`payout_failed amount=500 USD id=b1/s1/USD batch=b1 receiver=s1 account=s1 at=2026-03-12T02:00:00Z reason="PROCESS_FAIL no"`},
		{"not settled, no amount", settled + `"settleTo":"SELLER","referenceMerchantId":"s1",` + failed + `}`,
			`payout_failed id=b1/s1/ batch=b1 receiver=s1 account=s1 at=2026-03-12T02:00:00Z reason="PROCESS_FAIL no"`},
		{"numbers for strings", `{"notifyType":"SETTLEMENT_RESULT","settlementBatchId":2026031100000000001,"settleTo":"SELLER","referenceMerchantId":7,"settlementArrivalTime":1773280800000,"actualSettlementAmount":{"currency":"USD","value":7455},` + done + `}`,
			"payout amount=7455 USD net=-7455 USD id=2026031100000000001/7/USD batch=2026031100000000001 receiver=7 account=7 at=2026-03-12T02:00:00Z"},
		{"paid", paid + done + `,"paymentMethodType":"ALIPAY_CN"}`, "captured amount=10000 USD id=p1 payment=p1 reference=pay-1 at=2026-03-11T01:00:00Z"},
		{"paid by card", paid + done + `,"paymentMethodType":"CARD"}`, `other amount=10000 USD id=p1 payment=p1 reference=pay-1 at=2026-03-11T01:00:00Z reason="authorised"`},
		{"paid by a card that is shown", paid + done + `,"paymentResultInfo":{"cardNo":"****1111","creditPayPlan":{"x":[1]}}}`, `other amount=10000 USD id=p1 payment=p1 reference=pay-1 at=2026-03-11T01:00:00Z reason="authorised"`},
		{"not paid", paid + failed + `}`, `other amount=10000 USD id=p1 payment=p1 reference=pay-1 at=2026-03-11T01:00:00Z reason="payment failed: PROCESS_FAIL no"`},
		{"not paid yet", `{"notifyType":"PAYMENT_PENDING",` + payment + `,` + done + `}`, `other payment=p1 reference=pay-1 at=2026-03-12T02:00:00Z reason="PAYMENT_PENDING"`},
		{"captured", captured + `"captureTime":"2026-03-11T09:00:00+08:00",` + done + `}`, "captured amount=26000 KRW id=c1 payment=p1 reference=pay-1 movement=c1 ours=capture-1 at=2026-03-11T01:00:00Z"},
		{"not captured", captured + failed + `}`, `other amount=26000 KRW id=c1 payment=p1 reference=pay-1 movement=c1 ours=capture-1 at=2026-03-12T02:00:00Z reason="capture failed: PROCESS_FAIL no"`},
		{"refunded", refundBody, "refunded amount=2500 USD id=2026031000000000004 movement=2026031000000000004 ours=refund-3001 at=2026-03-11T01:00:00Z"},
		{"refunded, of ours", refunded + `"refundStatus":"SUCCESS","metadata":"{\"splitledger_payment\":\"order-1\"}",` + done + `}`, "refunded amount=2500 USD id=r1 reference=order-1 movement=r1 ours=refund-1 at=2026-03-12T02:00:00Z"},
		{"refunded, of others", refunded + `"refundStatus":"SUCCESS","metadata":"{\"order\":1}",` + done + `}`, "refunded amount=2500 USD id=r1 movement=r1 ours=refund-1 at=2026-03-12T02:00:00Z"},
		{"not refunded", refunded + `"refundStatus":"FAIL",` + failed + `}`, `refund_failed amount=2500 USD id=r1 movement=r1 ours=refund-1 at=2026-03-12T02:00:00Z reason="PROCESS_FAIL no"`},
		{"not refunded yet", refunded + `"refundStatus":"PROCESSING",` + done + `}`, `other amount=2500 USD id=r1 movement=r1 ours=refund-1 at=2026-03-12T02:00:00Z reason="refund processing"`},
		{"disputed", disputed + `"disputeNotificationType":"DISPUTE_CREATED"}`, `other amount=5000 USD id=d1 payment=p1 reference=pay-1 movement=d1 at=2026-03-11T01:00:00Z reason="DISPUTE_CREATED"`},
		{"dispute lost", disputed + `"disputeNotificationType":"DISPUTE_JUDGED","disputeJudgedResult":"ACCEPT_BY_MERCHANT","disputeJudgedAmount":{"currency":"USD","value":"4000"},"disputeJudgedTime":"2026-03-12T09:00:00+08:00"}`,
			`chargeback amount=4000 USD id=d1 payment=p1 reference=pay-1 movement=d1 at=2026-03-12T01:00:00Z reason="not received"`},
		{"dispute won", disputed + `"disputeNotificationType":"DISPUTE_JUDGED","disputeJudgedResult":"ACCEPT_BY_CUSTOMER"}`, `other amount=5000 USD id=d1 payment=p1 reference=pay-1 movement=d1 at=2026-03-11T01:00:00Z reason="DISPUTE_JUDGED ACCEPT_BY_CUSTOMER"`},
		{"dispute resolved at once", disputed + `"disputeNotificationType":"RDR_RESOLVED","defendable":false}`, `chargeback amount=5000 USD id=d1 payment=p1 reference=pay-1 movement=d1 at=2026-03-11T01:00:00Z reason="not received"`},
		{"something else", `{"notifyType":"VAULTING_RESULT"}`, `other at=2026-03-12T02:00:00Z reason="VAULTING_RESULT"`},

		{"no type", `{}`, "notifyType: expected one such as SETTLEMENT_RESULT, found none"},
		{"no object", `[]`, "expected a JSON object"},
		{"two objects", `{"notifyType":"X"}{}`, "expected a JSON object"},
		{"no result", settled + `"settleTo":"MARKETPLACE"}`, "result: expected one, found none"},
		{"no status", settled + `"settleTo":"MARKETPLACE","result":{}}`, `result.resultStatus: expected S or F, found ""`},
		{"no batch", `{"notifyType":"SETTLEMENT_RESULT","settleTo":"MARKETPLACE",` + done + `}`, "settlementBatchId: expected one, found none"},
		{"nobody", settled + `"settleTo":"COURIER",` + done + `}`, `settleTo: expected SELLER or MARKETPLACE, found "COURIER"`},
		{"no seller", settled + `"settleTo":"SELLER",` + done + `}`, "referenceMerchantId: expected the seller"},
		{"no amount", settled + `"settleTo":"MARKETPLACE",` + done + `}`, "actualSettlementAmount: expected an amount, found none"},
		{"half a cent", settled + `"settleTo":"MARKETPLACE","actualSettlementAmount":{"currency":"USD","value":"74.55"},` + done + `}`, "actualSettlementAmount: "},
		{"a power", settled + `"settleTo":"MARKETPLACE","actualSettlementAmount":{"currency":"USD","value":1e3},` + done + `}`, "actualSettlementAmount: "},
		{"below zero", settled + `"settleTo":"MARKETPLACE","actualSettlementAmount":{"currency":"USD","value":"-5"},` + done + `}`, "expected an amount above zero"},
		{"too many digits", settled + `"settleTo":"MARKETPLACE","actualSettlementAmount":{"currency":"USD","value":"12345678901234567"},` + done + `}`, "at most 16 digits"},
		{"no such currency", settled + `"settleTo":"MARKETPLACE","actualSettlementAmount":{"currency":"XYZ","value":"5"},` + done + `}`, "expected a currency of ISO 4217, found XYZ"},
		{"an object for a string", `{"notifyType":{"a":1}}`, "expected a string"},
		{"no time", settled + `"settleTo":"MARKETPLACE","settlementArrivalTime":"tomorrow","actualSettlementAmount":{"currency":"USD","value":"5"},` + done + `}`, "settlementArrivalTime: expected a time"},
		{"no payment", `{"notifyType":"PAYMENT_RESULT",` + done + `}`, "paymentId: expected one, found none"},
		{"no refund", `{"notifyType":"REFUND_RESULT",` + done + `}`, "refundId: expected one, found none"},
		{"refunded and not", refunded + `"refundStatus":"SUCCESS",` + failed + `}`, "refundStatus: expected FAIL"},
		{"refunded somehow", refunded + `"refundStatus":"MAYBE",` + done + `}`, "refundStatus: expected SUCCESS or FAIL"},
		{"no dispute", `{` + payment + `,"disputeNotificationType":"DISPUTE_CREATED"}`, "disputeId: expected one"},
		{"judged how", disputed + `"disputeNotificationType":"DISPUTE_JUDGED"}`, "disputeJudgedResult: expected one"},
	} {
		n, k := received(t, testKeys()[0], tt.body)
		outcomes, err := New().Notified(n, k)
		if err != nil {
			if !strings.Contains(err.Error(), tt.want) || err == providers.ErrUnauthenticated {
				t.Errorf("%s: expected %s, found the error %v", tt.name, tt.want, err)
			}
			continue
		}
		if len(outcomes) != 1 || fmt.Sprint("0 ", tt.want) != tell(&outcomes[0]) {
			t.Errorf("%s: expected\n0 %s\nfound %d:\n%s", tt.name, tt.want, len(outcomes), tell(&outcomes[0]))
		}
	}
}

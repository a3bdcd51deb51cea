package antom

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/bounds"
)

// Notified reads a notification. It tells one outcome; of no money where it only says how far something has come.
func (adapter) Notified(n *providers.Notification, k providers.Keys) ([]providers.Outcome, error) {
	sent, ok := authenticate(n, k)
	if !ok {
		return nil, providers.ErrUnauthenticated
	}
	o, err := readNotice(n.Body, sent)
	if err != nil {
		return nil, fmt.Errorf("notification of Antom: %w", err)
	}
	return []providers.Outcome{o}, nil
}

// readNotice reads the body of a notification that was sent at a time. Its bounds are looked at before it is parsed,
// and each of its names before any of them gets into an outcome.
func readNotice(body []byte, sent time.Time) (providers.Outcome, error) {
	if err := bounds.JSON(body); err != nil {
		return providers.Outcome{}, err
	}
	var t notice
	if err := json.Unmarshal(body, &t); err != nil {
		return providers.Outcome{}, fmt.Errorf("expected a JSON object, found %w", err)
	}
	if err := t.check(); err != nil {
		return providers.Outcome{}, err
	}
	return t.outcome(sent)
}

// Acknowledgement is the answer to a notification that has been dealt with. Without it Antom sends it again, up
// to eight times within a day. Source: docs.antom.com, ref, notification.
const Acknowledgement = `{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}`

// A notice is any of the notifications: the members of all of them in one, as each has a few, and no two mean different
// things by one name. Times are of ISO 8601 with an offset.
type notice struct {
	Type   scalar `json:"notifyType"`
	Result *struct {
		Status  scalar `json:"resultStatus"`
		Code    scalar `json:"resultCode"`
		Message scalar `json:"resultMessage"`
	} `json:"result"`

	Batch         scalar          `json:"settlementBatchId"`
	SettleTo      scalar          `json:"settleTo"`
	Receiver      scalar          `json:"referenceMerchantId"`
	ArrivalTime   scalar          `json:"settlementArrivalTime"`
	Settled       *reportedAmount `json:"actualSettlementAmount"`
	Payment       scalar          `json:"paymentId"`
	Reference     scalar          `json:"paymentRequestId"`
	PaymentAmount *reportedAmount `json:"paymentAmount"`
	PaymentTime   scalar          `json:"paymentTime"`
	Method        scalar          `json:"paymentMethodType"`
	PaymentResult struct {
		Card  scalar `json:"cardNo"`
		Brand scalar `json:"cardBrand"`
	} `json:"paymentResultInfo"`
	Capture        scalar          `json:"captureId"`
	CaptureRequest scalar          `json:"captureRequestId"`
	CaptureAmount  *reportedAmount `json:"captureAmount"`
	CaptureTime    scalar          `json:"captureTime"`
	Refund         scalar          `json:"refundId"`
	RefundRequest  scalar          `json:"refundRequestId"`
	RefundStatus   scalar          `json:"refundStatus"`
	RefundAmount   *reportedAmount `json:"refundAmount"`
	RefundTime     scalar          `json:"refundTime"`
	Metadata       json.RawMessage `json:"metadata"`
	Dispute        scalar          `json:"disputeId"`
	DisputeStep    scalar          `json:"disputeNotificationType"`
	DisputeAmount  *reportedAmount `json:"disputeAmount"`
	DisputeTime    scalar          `json:"disputeTime"`
	DisputeReason  scalar          `json:"disputeReasonMsg"`
	Judged         scalar          `json:"disputeJudgedResult"`
	JudgedAmount   *reportedAmount `json:"disputeJudgedAmount"`
	JudgedTime     scalar          `json:"disputeJudgedTime"`
}

// check refuses names and texts that are longer than any is.
func (t *notice) check() error {
	err := bounds.Names("notifyType", string(t.Type),
		"settlementBatchId", string(t.Batch), "settleTo", string(t.SettleTo),
		"referenceMerchantId", string(t.Receiver),
		"paymentId", string(t.Payment), "paymentRequestId", string(t.Reference),
		"captureId", string(t.Capture), "captureRequestId", string(t.CaptureRequest), "refundId", string(t.Refund),
		"refundRequestId", string(t.RefundRequest),
		"refundStatus", string(t.RefundStatus), "disputeId", string(t.Dispute),
		"disputeNotificationType", string(t.DisputeStep), "disputeJudgedResult", string(t.Judged))
	if err == nil && t.Result != nil {
		err = bounds.Names("result.resultStatus", string(t.Result.Status), "result.resultCode", string(t.Result.Code))
	}
	if err == nil && t.Result != nil {
		err = bounds.Texts("result.resultMessage", string(t.Result.Message))
	}
	if err == nil {
		err = bounds.Texts("disputeReasonMsg", string(t.DisputeReason), "metadata", string(t.Metadata))
	}
	return err
}

// outcome says what the notification tells, by its type. Those of disputes have none, but a step.
func (t *notice) outcome(sent time.Time) (o providers.Outcome, err error) {
	o.At = sent
	switch {
	case t.Type == "SETTLEMENT_RESULT":
		err = t.settlement(&o)
	case t.Type == "PAYMENT_RESULT":
		err = t.payment(&o)
	case t.Type == "CAPTURE_RESULT":
		err = t.capture(&o)
	case t.Type == "REFUND_RESULT":
		err = t.refund(&o)
	case t.Type == "" && t.DisputeStep != "":
		err = t.dispute(&o)
	case t.Type != "":
		t.ofPayment(&o)
		o.Kind, o.Reason = providers.Other, string(t.Type)
	default:
		err = fmt.Errorf("notifyType: expected one such as SETTLEMENT_RESULT, found none")
	}
	return o, err
}

// status returns whether what the notification is about went well, and why not. A notification tells an end, so any
// other status than S and F is an error: nobody could say whether to book it.
func (t *notice) status() (ok bool, why string, err error) {
	if t.Result == nil {
		return false, "", fmt.Errorf("result: expected one, found none")
	}
	why = strings.TrimSpace(string(t.Result.Code + " " + t.Result.Message))
	switch t.Result.Status {
	case "S":
		return true, why, nil
	case "F":
		return false, why, nil
	}
	return false, "", fmt.Errorf("result.resultStatus: expected S or F, found %q", string(t.Result.Status))
}

// ofPayment sets the names of the payment.
func (t *notice) ofPayment(o *providers.Outcome) {
	o.ProviderReference, o.Reference = string(t.Payment), string(t.Reference)
}

// settlement is of a batch and a receiver: a payout. Source: docs.antom.com, marketplace, notify_settlement.
func (t *notice) settlement(o *providers.Outcome) error {
	ok, why, err := t.status()
	if err != nil {
		return err
	}
	if t.Batch == "" {
		return fmt.Errorf("settlementBatchId: expected one, found none")
	}
	o.Batch = string(t.Batch)
	switch Destination(t.SettleTo) {
	case Seller:
		if t.Receiver == "" {
			return fmt.Errorf("referenceMerchantId: expected the seller that is settled to, found none")
		}
		o.Receiver = string(t.Receiver)
	case Marketplace:
	default:
		return fmt.Errorf("settleTo: expected %s or %s, found %q", Seller, Marketplace, string(t.SettleTo))
	}
	o.Account = accountOf(o.Receiver)
	// A payout that failed need not say of how much it was: the books find it by batch and receiver.
	if !ok && t.Settled == nil {
		o.Kind, o.Reason, o.ID = providers.PayoutFailed, why, payoutID(o.Batch, o.Receiver, "")
		return nil
	}
	if o.Amount, err = t.Settled.read("actualSettlementAmount"); err != nil {
		return err
	}
	o.ID = payoutID(o.Batch, o.Receiver, o.Amount.Currency())
	if !ok { // no money left: Net stays open
		o.Kind, o.Reason = providers.PayoutFailed, why
		return nil
	}
	o.Kind, o.Net = providers.Payout, o.Amount.Neg()
	return when(o, "settlementArrivalTime", t.ArrivalTime)
}

// aboutPayment reads how it went, and of which payment it is. One that names no payment is an error, as its money could
// be booked nowhere.
func (t *notice) aboutPayment(o *providers.Outcome) (ok bool, why string, err error) {
	if ok, why, err = t.status(); err != nil {
		return ok, why, err
	}
	t.ofPayment(o)
	return ok, why, needPayment(o)
}

// payment is of a payment that went through. With cards that is the authorisation: notifyCapture tells the
// capture, whether Antom or the merchant asked for it (docs.antom.com, cashierpay/capture; that a card is known
// by these fields is inferred).
func (t *notice) payment(o *providers.Outcome) error {
	ok, why, err := t.aboutPayment(o)
	if err != nil {
		return err
	}
	if o.Amount, err = t.PaymentAmount.read("paymentAmount"); err != nil {
		return err
	}
	o.ID = string(t.Payment)
	switch {
	case !ok:
		o.Kind, o.Reason = providers.Other, "payment failed: "+why
	case t.Method == "CARD" || t.PaymentResult.Card != "" || t.PaymentResult.Brand != "":
		o.Kind, o.Reason = providers.Other, "authorised"
	default:
		o.Kind = providers.Captured
	}
	return when(o, "paymentTime", t.PaymentTime)
}

// capture is of one capture of a payment. Source: docs.antom.com, ams/notify_capture.
func (t *notice) capture(o *providers.Outcome) error {
	ok, why, err := t.aboutPayment(o)
	if err != nil {
		return err
	}
	if o.Amount, err = t.CaptureAmount.read("captureAmount"); err != nil {
		return err
	}
	o.ID, o.Movement, o.Ours = string(t.Capture), string(t.Capture), string(t.CaptureRequest)
	ownNames(o)
	o.Kind = providers.Captured
	if !ok {
		o.Kind, o.Reason = providers.Other, "capture failed: "+why
	}
	return when(o, "captureTime", t.CaptureTime)
}

// refund is of one refund. It does not say of which payment, unless its request was made by [NewRefund].
// Source: docs.antom.com, ams/notify_refund.
func (t *notice) refund(o *providers.Outcome) error {
	ok, why, err := t.status()
	if err != nil {
		return err
	}
	if t.Refund == "" && t.RefundRequest == "" {
		return fmt.Errorf("refundId: expected one, found none")
	}
	t.ofPayment(o)
	if !o.OfPayment() {
		o.Reference = readMetadata(t.Metadata)
	}
	o.ID, o.Movement, o.Ours = string(t.Refund), string(t.Refund), string(t.RefundRequest)
	ownNames(o)
	switch t.RefundStatus {
	case "SUCCESS":
		if o.Kind = providers.Refunded; !ok {
			return fmt.Errorf("refundStatus: expected FAIL with resultStatus F, found SUCCESS")
		}
	case "FAIL", "CANCELLED":
		if o.Kind, o.Reason = providers.RefundFailed, why; o.Reason == "" {
			o.Reason = string(t.RefundStatus)
		}
	case "PROCESSING", "PENDING":
		o.Kind, o.Reason = providers.Other, "refund "+strings.ToLower(string(t.RefundStatus))
	default:
		return fmt.Errorf("refundStatus: expected SUCCESS or FAIL, found %q", string(t.RefundStatus))
	}
	if o.Amount, err = t.RefundAmount.read("refundAmount"); err != nil {
		return err
	}
	return when(o, "refundTime", t.RefundTime)
}

// dispute is of one dispute. While it goes on Antom holds the money; it takes it when the merchant is found to
// owe it, or where a scheme has decided at once. Source: docs.antom.com, ams/notify_dispute:
// "ACCEPT_BY_CUSTOMER … unfreezes the captured funds". What the settlement details then say of it is what
// counts (inferred).
func (t *notice) dispute(o *providers.Outcome) (err error) {
	t.ofPayment(o)
	if err := needPayment(o); err != nil {
		return err
	}
	if t.Dispute == "" {
		return fmt.Errorf("disputeId: expected one, found none")
	}
	o.ID, o.Movement = string(t.Dispute), string(t.Dispute)
	amount, field, time, timeField := t.DisputeAmount, "disputeAmount", t.DisputeTime, "disputeTime"
	// Which steps take money: a dispute that the merchant has lost or accepted, and one that the scheme resolved at
	// once under Visa's rapid dispute resolution. In all others the money is only held, or the amount is for people.
	// What was judged takes the place of what was disputed.
	if t.JudgedAmount != nil {
		amount, field = t.JudgedAmount, "disputeJudgedAmount"
	}
	if t.JudgedTime != "" {
		time, timeField = t.JudgedTime, "disputeJudgedTime"
	}
	switch {
	case t.DisputeStep == "RDR_RESOLVED", t.DisputeStep == "DISPUTE_JUDGED" && t.Judged == "ACCEPT_BY_MERCHANT":
		o.Kind, o.Reason = providers.Chargeback, string(t.DisputeReason)
		if o.Amount, err = amount.read(field); err != nil {
			return err
		}
	case t.DisputeStep == "DISPUTE_JUDGED" && t.Judged == "":
		return fmt.Errorf("disputeJudgedResult: expected one such as ACCEPT_BY_MERCHANT, found none")
	default:
		o.Kind, o.Reason = providers.Other, strings.TrimSpace(string(t.DisputeStep+" "+t.Judged))
		if a, err := amount.read(field); err == nil {
			o.Amount = a
		} else {
			o.Amount = money.Amount{}
		}
	}
	return when(o, timeField, time)
}

// needPayment refuses a notification that names no payment.
func needPayment(o *providers.Outcome) error {
	if !o.OfPayment() {
		return fmt.Errorf("paymentId: expected one, found none")
	}
	return nil
}

// when sets when an outcome happened, if the notification says so; else it is when it was sent.
func when(o *providers.Outcome, field string, text scalar) error {
	if text == "" {
		return nil
	}
	t, ok := parseTime(string(text))
	if !ok {
		return fmt.Errorf("%s: expected a time of ISO 8601, found %q", field, string(text))
	}
	o.At = t
	return nil
}

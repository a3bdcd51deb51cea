package antom

import (
	"encoding/json"
	"fmt"

	"github.com/splitledger/splitledger/providers/bounds"
)

// Next is what to do after an answer.
type Next string

// What there is to do.
const (
	Done      Next = "done"       // it is taken in; notifySettlement or notifyRefund tells the end
	RetrySame Next = "retry same" // nobody knows: send the same request with the same id again
	Refused   Next = "refused"    // it is not done, and the same id will get the same answer for ever
)

// A Result is Antom's answer to a request.
type Result struct {
	Next    Next
	Remedy  string // what helps, where it was refused
	Code    string // SUCCESS, UNKNOWN_EXCEPTION, ORDER_FROZEN, …
	Message string // Antom's
	ID      string // Antom's name of the settlement or refund, where it was given
}

// remedies say what helps against a refusal. Source: docs.antom.com, marketplace, settle_api, result codes.
var remedies = map[string]string{
	"INVALID_SETTLEMENT_TIME": "wait until the payment's earliestSettlementTime, " +
		"which notifyPayment and inquiryPayment tell, and settle it with a new id",
	"ORDER_FROZEN": "ask Antom's support why the payment is frozen; " +
		"settle it with a new id when it no longer is",
	"SETTLEMENT_AMOUNT_EXCEEDS_LIMIT": "settle no more than the payment has left after all that was settled before, " +
		"with a new id",
}

// ReadResult reads the answer to a settle or refund request, whose [Signer.CheckAnswer] should have been asked
// before. An answer that cannot be read leaves open what became of the request, as does one that never comes:
// send the same again.
func ReadResult(body []byte) (Result, error) {
	var a struct {
		Result *struct {
			Status  scalar `json:"resultStatus"`
			Code    scalar `json:"resultCode"`
			Message scalar `json:"resultMessage"`
		} `json:"result"`
		Settlement scalar `json:"settlementId"`
		Refund     scalar `json:"refundId"`
	}
	if err := bounds.JSON(body); err != nil {
		return Result{Next: RetrySame}, fmt.Errorf("answer of Antom: %w", err)
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return Result{Next: RetrySame}, fmt.Errorf("answer of Antom: expected a JSON object, found %w", err)
	}
	if a.Result == nil {
		return Result{Next: RetrySame}, fmt.Errorf("answer of Antom: expected a result, found none")
	}
	r := Result{Code: string(a.Result.Code), Message: string(a.Result.Message), ID: string(a.Settlement + a.Refund)}
	switch a.Result.Status {
	case "S":
		r.Next = Done
	case "U":
		r.Next = RetrySame
	case "F":
		r.Next, r.Remedy = Refused, remedies[r.Code]
		if r.Remedy == "" {
			r.Remedy = "look the code up at docs.antom.com, put right what it says, and ask again with a new id"
		}
	default:
		r.Next = RetrySame
		return r, fmt.Errorf("answer of Antom: expected a resultStatus of S, F or U, found %q", string(a.Result.Status))
	}
	return r, nil
}

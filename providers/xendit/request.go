package xendit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/scheme"
)

// A Writer writes requests. The zero value is ready to use.
type Writer struct {
	// ID returns which business at Xendit has the balance of an account of the books, "" if none has. By
	// default an account has the name of its business, and platform and liable have none: a route without
	// destination goes to the platform, and a transfer needs their business.
	ID func(accounts.ID) (string, error)

	Table money.Table // exponents of currencies
}

// A SplitRule is the body of POST /split_rules (docs.xendit.co create-split-rule). The answer has the id,
// splitru_…, that payments name in their header with-split-rule.
type SplitRule struct {
	Name        string       `json:"name"`
	Description string       `json:"description,omitempty"`
	Routes      []SplitRoute `json:"routes"`
}

// A SplitRoute is one destination of a [SplitRule], with either a flat amount in major units or a percent of
// the gross amount.
type SplitRoute struct {
	Flat        json.Number    `json:"flat_amount,omitempty"`
	Percent     json.Number    `json:"percent_amount,omitempty"`
	Currency    money.Currency `json:"currency"`
	Destination string         `json:"destination_account_id,omitempty"`
	Reference   string         `json:"reference_id"`
}

// percentDecimals is how many decimals percent_amount has at most.
const percentDecimals = 2

// ruleCurrencies are those that a split rule may have, as rule.create holds rules of the books to them.
var ruleCurrencies = func() []money.Currency {
	for _, s := range scheme.All() {
		if s.Provider == Name {
			return s.StoredRules.Currencies
		}
	}
	return nil
}()

// SplitRule writes a stored rule of the books as a split rule of Xendit's. The error is a [*ledger.Error] with
// the path of the field.
func (w Writer) SplitRule(rule *posting.Rule) (*SplitRule, error) {
	switch {
	case rule.Name == "":
		return nil, refuse("name", "expected a name, found none")
	case len(rule.Routes) == 0:
		return nil, refuse("routes", "expected at least one route, found none")
	case !slices.Contains(ruleCurrencies, rule.Currency):
		return nil, refuse("currency", "expected one of %s, found %q", scheme.Join(ruleCurrencies), string(rule.Currency))
	case rule.Rest != "" && rule.Rest != posting.PaymentAccount:
		return nil, refuse("rest", "expected none: the payment's account keeps what no route takes, found %s", rule.Rest)
	case len(rule.FeeSplits) > 0:
		return nil, refuse("splits", "expected none: fees of Xendit's are the payment's account's, found %s",
			rule.FeeSplits[0].Type)
	}
	s := &SplitRule{Name: rule.Name, Routes: make([]SplitRoute, len(rule.Routes))}
	seen := make(map[string]int, len(rule.Routes))
	for i := range rule.Routes {
		r := &rule.Routes[i]
		at := fmt.Sprintf("routes[%d].", i)
		if first, taken := seen[r.Reference]; taken {
			return nil, refuse(at+"reference", "expected a reference of its own, found %q as at routes[%d]",
				r.Reference, first)
		}
		seen[r.Reference] = i
		var err error
		if s.Routes[i], err = w.route(r, rule.Currency, at); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// route writes one route of a split, of which the error names the field.
func (w Writer) route(r *posting.Route, c money.Currency, at string) (s SplitRoute, err error) {
	s.Currency, s.Reference = c, r.Reference
	if r.Reference == "" {
		return s, refuse(at+"reference", "expected a reference, found none")
	}
	if r.Account == posting.PaymentAccount {
		return s, refuse(at+"account", "expected an account, found $account: the payment's keeps what no route takes")
	}
	if s.Destination, err = w.business(r.Account, at+"account"); err != nil {
		return s, err
	}
	if s.Destination == "" && r.Account != "" && r.Account != accounts.Platform {
		return s, nowhere(r.Account, at+"account")
	}
	if !r.Min.IsZero() || !r.Max.IsZero() {
		return s, refuse(at+"min", "expected neither min nor max, as Xendit's routes have no limits, found one")
	}
	switch flat, percent := !r.Flat.IsZero(), !r.Percent.IsZero(); {
	case flat == percent:
		return s, refuse(at+"flat", "expected either flat or percent, found %s",
			map[bool]string{true: "both", false: "neither"}[flat])
	case flat:
		s.Flat, err = w.amount(money.FromInt(r.Flat, c), at+"flat")
	case r.Percent.Decimals() > percentDecimals:
		err = refuse(at+"percent", "expected at most %d decimals, found %s", percentDecimals, r.Percent)
	case r.Percent.Cmp(money.Hundred()) > 0:
		err = refuse(at+"percent", "expected at most 100, found %s", r.Percent)
	default:
		s.Percent = json.Number(r.Percent.String())
	}
	return s, err
}

// A Refund is the body of POST /refunds (docs.xendit.co refund-payment-request). Xendit takes it from the
// account that took the payment and gives no split back; the header for-user-id names that account.
type Refund struct {
	PaymentRequest string         `json:"payment_request_id"`
	Reference      string         `json:"reference_id,omitempty"`
	Currency       money.Currency `json:"currency"`
	Amount         json.Number    `json:"amount"`
	Reason         RefundReason   `json:"reason"`
}

// A RefundReason is one of those that Xendit knows.
type RefundReason string

// The reasons of refunds.
const (
	Fraudulent          RefundReason = "FRAUDULENT"
	Duplicate           RefundReason = "DUPLICATE"
	RequestedByCustomer RefundReason = "REQUESTED_BY_CUSTOMER"
	Cancellation        RefundReason = "CANCELLATION"
	Others              RefundReason = "OTHERS"
)

// maxReference is how many characters a reference has at most.
const maxReference = 255

// Refund writes a refund of the books, an event of type payment.refund, as a request. Xendit wants the id of
// the payment request, pr-…, which is not the payment's. The reference is the refund's name, else the event's
// id.
func (w Writer) Refund(e *posting.Event, paymentRequest string, why RefundReason) (*Refund, error) {
	r := &Refund{PaymentRequest: paymentRequest, Reference: e.Refund, Currency: e.Amount.Currency(), Reason: why}
	if r.Reference == "" {
		r.Reference = e.ID
	}
	switch {
	case e.Type != posting.PaymentRefund:
		return nil, refuse("type", "expected %s, found %s", posting.PaymentRefund, e.Type)
	case len(e.Splits) > 0:
		return nil, refuse("splits", "expected no splits, as a refund gives none back at Xendit, found %d",
			len(e.Splits))
	case !strings.HasPrefix(paymentRequest, "pr-"):
		return nil, refuse("payment_request_id", "expected the id of a payment request, pr-…, found %q",
			paymentRequest)
	case !slices.Contains([]RefundReason{Fraudulent, Duplicate, RequestedByCustomer, Cancellation, Others}, why):
		return nil, refuse("reason",
			"expected FRAUDULENT, DUPLICATE, REQUESTED_BY_CUSTOMER, CANCELLATION or OTHERS, found %q", string(why))
	case len([]rune(r.Reference)) > maxReference:
		return nil, refuse("refund", "expected at most %d characters, found %d", maxReference, len([]rune(r.Reference)))
	}
	var err error
	r.Amount, err = w.amount(e.Amount, "amount")
	return r, err
}

// A Transfer is the body of POST /transfers (docs.xendit.co create-transfers). Its reference is the idempotency
// key: sent again with the same content it transfers nothing more. The currency is the accounts'.
type Transfer struct {
	Reference   string      `json:"reference"`
	Amount      json.Number `json:"amount"`
	Source      string      `json:"source_user_id"`
	Destination string      `json:"destination_user_id"`
}

// Transfer writes a transfer of the books, an event of type transfer, as a request; so a failed split is
// mended. The reference is the event's id, which is unique in the books.
func (w Writer) Transfer(e *posting.Event) (*Transfer, error) {
	if e.Type != posting.Transfer {
		return nil, refuse("type", "expected %s, found %s", posting.Transfer, e.Type)
	}
	r := &Transfer{Reference: e.ID}
	var err error
	if r.Source, err = w.business(e.From, "from"); err != nil {
		return nil, err
	}
	if r.Destination, err = w.business(e.To, "to"); err != nil {
		return nil, err
	}
	switch {
	case r.Source == "":
		return nil, nowhere(e.From, "from")
	case r.Destination == "":
		return nil, nowhere(e.To, "to")
	case r.Reference == "":
		return nil, refuse("id", "expected an id, found none")
	case r.Source == r.Destination:
		return nil, refuse("to", "expected another business than %q, found the same", r.Source)
	}
	r.Amount, err = w.amount(e.Amount, "amount")
	return r, err
}

// business returns the business of an account, "" where it has none; no account is the platform. An error of the
// caller's ID is one of the field, so that a person sees which account has no business.
func (w Writer) business(account accounts.ID, field string) (string, error) {
	if account == "" {
		account = accounts.Platform
	}
	if w.ID == nil {
		if account == accounts.Platform || account == accounts.Liable {
			return "", nil
		}
		return string(account), nil
	}
	id, err := w.ID(account)
	if err != nil {
		return "", refuse(field, "%s", err)
	}
	return id, nil
}

// nowhere refuses an account that no business has.
func nowhere(account accounts.ID, field string) error {
	return refuse(field, "expected an account whose business at Xendit is known, found %q", string(account))
}

// amount writes an amount above zero in major units, as a number of JSON with all of its digits.
func (w Writer) amount(a money.Amount, field string) (json.Number, error) {
	if a.Sign() <= 0 {
		return "", refuse(field, "expected an amount above 0, found %s", a)
	}
	s, err := formatMajor(a, w.Table)
	if err != nil {
		return "", refuse(field, "%s", err)
	}
	return json.Number(s), nil
}

// refuse says which field of the event cannot be asked of Xendit, and why.
func refuse(field, format string, args ...any) error {
	e := ledger.Errorf(ledger.Invalid, format, args...)
	e.Field = field
	return e
}

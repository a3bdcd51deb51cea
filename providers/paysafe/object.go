package paysafe

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/bounds"
)

// maxAmount is the largest amount that an object has. Source: developer.paysafe.com, Card Payments API.
const maxAmount = 99999999999

// maxPercent is how many bytes a percent has at most: Paysafe takes two decimals.
const maxPercent = 16

// A kind says what an object is.
type kind string

const (
	unsaid     kind = "settlement or refund" // the document does not say
	settlement kind = "settlement"
	refund     kind = "refund"
)

// listOf says which members of a document are lists of what.
var listOf = map[string]kind{"": unsaid, "settlements": settlement, "refunds": refund}

// An object is a settlement or a refund, as far as it matters here. Source: developer.paysafe.com, Card
// Payments API and Payments API.
type object struct {
	kind   kind
	notice bool // a notification tells it, and not a report

	ID         string         `json:"id"`
	Reference  string         `json:"merchantRefNum"`
	Amount     jsontext.Value `json:"amount"`
	Currency   string         `json:"currencyCode"` // Payments API
	Refundable jsontext.Value `json:"availableToRefund"`
	At         string         `json:"txnTime"`
	Status     string         `json:"status"`
	Splits     []entry        `json:"splitpay"`
	Links      []struct {
		Rel  string `json:"rel"`
		Href string `json:"href"`
	} `json:"links"`
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// An entry of splitpay in an answer: amount is always there, in minor units, percent where it was asked for.
type entry struct {
	Account string         `json:"linkedAccount"`
	Percent jsontext.Value `json:"percent"`
	Amount  jsontext.Value `json:"amount"`
}

// A fieldError says what is wrong with a member of an object. A report names the field as a column of its line, a
// notification as a path behind payload.
type fieldError struct{ field, what string }

// Error says what is wrong; the field stands beside it.
func (e *fieldError) Error() string { return e.what }

// wrong makes an error of a member.
func wrong(field, format string, args ...any) error {
	return &fieldError{field, fmt.Sprintf(format, args...)}
}

// fieldOf returns the member that an error is about, "" if it is about all of the object.
func fieldOf(err error) string {
	if f, ok := errors.AsType[*fieldError](err); ok {
		return f.field
	}
	return ""
}

// read reads an object. k is what it is, if that is known already.
func read(value jsontext.Value, k kind) (*object, error) {
	o := &object{kind: k}
	if err := bounds.JSON(value); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(value, o); err != nil {
		if s, ok := errors.AsType[*json.SemanticError](err); ok {
			field := strings.TrimPrefix(strings.ReplaceAll(string(s.JSONPointer), "/", "."), ".")
			return nil, wrong(field, "expected %s, found JSON of another type: %s", typeName(s), s.JSONKind)
		}
		return nil, fmt.Errorf("expected a %s: %w", k, err)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if k == unsaid {
		return o, o.identify()
	}
	return o, nil
}

// check refuses names and texts that are longer than any is.
func (o *object) check() error {
	err := bounds.Names("id", o.ID, "merchantRefNum", o.Reference,
		"currencyCode", o.Currency, "txnTime", o.At, "status", o.Status, "error.code", o.Error.Code)
	if err == nil {
		err = bounds.Texts("error.message", o.Error.Message)
	}
	for i := range o.Splits {
		if err == nil {
			err = bounds.Names(fmt.Sprintf("splitpay[%d].linkedAccount", i), o.Splits[i].Account)
		}
	}
	if err == nil {
		return nil
	}
	field, what, _ := strings.Cut(err.Error(), ": ")
	return wrong(field, "%s", what)
}

// typeName says for people which type of JSON was expected.
func typeName(s *json.SemanticError) string {
	if s.GoType == nil {
		return "something else"
	}
	return map[string]string{"string": "text", "slice": "a list", "struct": "an object"}[s.GoType.Kind().String()]
}

// identify finds out what an object is that stands alone: by its link to itself, or as only settlements have
// availableToRefund. Anything else is an error, as a refund taken for a settlement would turn the money round.
func (o *object) identify() error {
	for _, l := range o.Links {
		if l.Rel != "self" {
			continue
		}
		switch {
		case strings.Contains(l.Href, "/refunds/"):
			o.kind = refund
		case strings.Contains(l.Href, "/settlements/"):
			o.kind = settlement
		}
	}
	switch {
	case o.kind == unsaid && o.Refundable != nil:
		o.kind = settlement
	case o.kind == unsaid:
		return errors.New("expected a settlement or a refund, found nothing that tells which: " +
			"neither availableToRefund nor a link to itself, and no list around it")
	}
	return nil
}

// outcomes says what an object tells: first the whole, and of a settlement each share of splitpay as a split. Shares of
// a refund stay with it, as it is one movement that several accounts pay for.
func (o *object) outcomes(t money.Table) ([]providers.Outcome, error) {
	whole, err := o.whole(t)
	if err != nil {
		return nil, err
	}
	splits, rest, err := o.splits(whole.Amount)
	if err != nil {
		return nil, err
	}
	all := []providers.Outcome{whole}
	switch whole.Kind {
	case providers.Refunded, providers.RefundFailed:
		if all[0].Shares = splits; !o.notice && !rest.IsZero() { // a notification does not say who gave what
			all[0].Shares = append(splits, posting.Split{Type: posting.Remainder})
		}
	case providers.Settled:
		for i := range splits {
			all = append(all, providers.Outcome{
				Kind: providers.Split, ID: o.ID + "/" + strconv.Itoa(i+1), Part: true,
				Account: string(splits[i].Account), Amount: splits[i].Amount,
				Reference: whole.Reference, ProviderReference: whole.ProviderReference,
				Movement: whole.Movement, At: whole.At,
			})
		}
	}
	return all, nil
}

// whole says what an object tells, but for its parts. The error is a [fieldError] of what is missing or cannot be: each
// object has an id, the merchant's reference, a status, an amount and a time.
func (o *object) whole(t money.Table) (w providers.Outcome, err error) {
	switch {
	case o.ID == "":
		return w, wrong("id", "expected the id of the %s, found none", o.kind)
	case o.Reference == "":
		return w, wrong("merchantRefNum", "expected the merchant's reference, found none")
	}
	w = providers.Outcome{ID: o.ID, Reference: o.Reference, Movement: o.ID, ProviderReference: o.payment()}
	if o.kind == refund || w.ProviderReference != "" {
		w.Ours = o.Reference
	}
	if w.Kind, w.Reason, err = o.meaning(); err != nil {
		return w, err
	}
	if w.Amount, err = o.amount("amount", o.Amount, t); err != nil {
		return w, err
	}
	if w.At, err = time.Parse(time.RFC3339, o.At); err != nil {
		return w, wrong("txnTime", "expected a time such as 2026-03-10T09:15:21Z, found %.40q", o.At)
	}
	return w, nil
}

// meaning returns what a status means, and why where it is no success. Source: the statuses of
// paysafegroup/paysafe_sdk_java and the Payments API; which of them are final is inferred. A settlement that
// did not come about was not settled before: it is cancelled while it is pending, and refunded after that.
func (o *object) meaning() (providers.Kind, string, error) {
	reason := o.Status
	if o.Error.Code != "" || o.Error.Message != "" {
		reason = strings.TrimSpace(reason + ": " + o.Error.Code + " " + o.Error.Message)
	}
	switch o.Status {
	case "":
		return "", "", wrong("status", "expected a status, found none")
	case "COMPLETED":
		if o.kind == refund {
			return providers.Refunded, "", nil
		}
		return providers.Settled, "", nil
	case "CANCELLED", "FAILED", "EXPIRED":
		if o.kind == refund {
			return providers.RefundFailed, reason, nil
		}
		return providers.SettlementFailed, reason, nil
	case "RECEIVED", "INITIATED", "PENDING", "PROCESSING":
		if o.kind == settlement {
			return providers.Captured, "", nil
		}
		return providers.Other, string(o.kind) + " " + reason, nil
	}
	return providers.Unknown, string(o.kind) + " " + reason, nil
}

// payment returns the provider's reference of the payment, as far as links name it.
func (o *object) payment() (id string) {
	for _, l := range o.Links {
		// the last is the nearest to the payment
		for _, of := range []string{"/settlements/", "/payments/", "/auths/"} {
			_, rest, ok := strings.Cut(l.Href, of)
			if rest, _, _ = strings.Cut(rest, "/"); !ok || rest == "" || len(rest) > 36 || rest == o.ID {
				continue
			}
			if l.Rel != "self" || of != "/settlements/" {
				id = rest
			}
		}
	}
	return id
}

// amount reads minor units. The error names the field: it is no whole number, is more than Paysafe has, or has a
// currency of no table. An object of the Card Payments API has no currency; it is the payment's then.
func (o *object) amount(field string, v jsontext.Value, t money.Table) (a money.Amount, err error) {
	digits := string(v)
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return a, wrong(field, "expected a whole number of minor units, found %.40s", cmp.Or(digits, "none"))
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > maxAmount {
		return a, wrong(field, "expected at most %d, found %.40s", maxAmount, digits)
	}
	if _, ok := t.Exponent(money.Currency(o.Currency)); !ok && o.Currency != "" {
		return a, wrong("currencyCode", "expected a currency of ISO 4217, found %.40q", o.Currency)
	}
	return money.New(n, money.Currency(o.Currency)), nil
}

// splits reads splitpay, whose amounts together must not exceed the whole; left is what they leave of it, for the
// merchant.
func (o *object) splits(whole money.Amount) (splits []posting.Split, left money.Amount, err error) {
	left = whole
	for i, e := range o.Splits {
		field := fmt.Sprintf("splitpay[%d]", i)
		if e.Account == "" {
			return nil, left, wrong(field+".linkedAccount", "expected an account, found none")
		}
		s := posting.Split{Type: posting.BalanceAccount, Account: accounts.ID(e.Account)}
		if s.Amount, err = o.amount(field+".amount", e.Amount, money.Table{}); err != nil {
			return nil, left, err
		}
		if err := fits(field, e.Percent, s.Amount, whole); err != nil {
			return nil, left, err
		}
		if left, err = left.Sub(s.Amount); err != nil || left.Sign() < 0 {
			return nil, left, wrong("splitpay", "expected at most %s in all, found more", whole)
		}
		splits = append(splits, s)
	}
	return splits, left, nil
}

// fits tests a percent against the amount that it came to: Paysafe's rounding is not known, so within a unit. An amount
// further off is not of this percent, and one of the two was read wrong.
func fits(field string, percent jsontext.Value, amount, whole money.Amount) error {
	if percent == nil || string(percent) == "null" {
		return nil
	}
	if len(percent) > maxPercent {
		return wrong(field+".percent", "expected at most %d digits, found %.40s", maxPercent, percent)
	}
	p, err := money.ParsePercent(string(percent))
	if err != nil {
		return wrong(field+".percent", "%v", err)
	}
	want := p.Of(whole, money.NewInt(1))
	if d := want.Int().Sub(amount.Int()).Abs(); d.Cmp(money.NewInt(1)) > 0 {
		return wrong(field+".amount", "expected %s, which is %s %% of %s, found %s", want, p, whole, amount)
	}
	return nil
}

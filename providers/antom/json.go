package antom

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/splitledger/splitledger/money"
)

// A scalar is a field that Antom documents as a string, and may send as a number or a boolean: its libraries
// declare some so. It is read as it is written.
type scalar string

// UnmarshalJSON takes a string, a number or a boolean as it is written.
func (s *scalar) UnmarshalJSON(b []byte) error {
	switch b = bytes.TrimSpace(b); {
	case bytes.Equal(b, []byte("null")):
		return nil
	case b[0] == '"':
		return json.Unmarshal(b, (*string)(s))
	case b[0] == '{' || b[0] == '[':
		return fmt.Errorf("expected a string, found %.20q", b)
	}
	*s = scalar(b)
	return nil
}

// An Amount is money as Antom writes it: the currency, and digits of its minor units by ISO 4217.
// Source: docs.antom.com, ams/amount.
type Amount struct {
	Currency string `json:"currency"`
	Value    string `json:"value"`
}

const (
	maxValue    = 16 // digits of a value
	maxCurrency = 8  // characters of a currency, with some to spare
)

// amountOf writes an amount above zero.
func amountOf(a money.Amount) Amount { return Amount{string(a.Currency()), a.Minor()} }

// check refuses an amount that no request can have, before anything is sent.
func (a *Amount) check(field string) error {
	if len(a.Currency) > maxCurrency || len(a.Value) > 2*maxValue {
		return fmt.Errorf("%s: expected an amount of at most %d digits in a currency of ISO 4217, found %.40q %.40q",
			field, maxValue, a.Value, a.Currency)
	}
	if _, err := money.ParseCurrency(a.Currency); err != nil {
		return fmt.Errorf("%s: %w", field, err)
	}
	v, err := money.ParseMinor(a.Value, money.Currency(a.Currency))
	if err != nil {
		return fmt.Errorf("%s: %w", field, err)
	}
	if v.Sign() <= 0 || len(a.Value) > maxValue {
		return fmt.Errorf("%s: expected an amount above zero of at most %d digits, found %.40s",
			field, maxValue, a.Value)
	}
	return nil
}

// A reportedAmount is an amount in what Antom sends, as it is written there: an [Amount] that nobody has checked yet.
type reportedAmount struct {
	Currency scalar `json:"currency"`
	Value    scalar `json:"value"`
}

// read returns the amount of a field, which is above zero. The error begins with the name of the field; a missing
// amount is one too, so that t may be nil.
func (t *reportedAmount) read(field string) (money.Amount, error) {
	if t == nil {
		return money.Amount{}, fmt.Errorf("%s: expected an amount, found none", field)
	}
	a := Amount{string(t.Currency), string(t.Value)}
	if err := a.check(field); err != nil {
		return money.Amount{}, err
	}
	if _, ok := (money.Table{}).Exponent(money.Currency(a.Currency)); !ok {
		return money.Amount{}, fmt.Errorf("%s: expected a currency of ISO 4217, found %.40s", field, a.Currency)
	}
	return money.ParseMinor(a.Value, money.Currency(a.Currency))
}

// metadata is what a refund carries of ours.
type metadata struct {
	Payment string `json:"splitledger_payment"`
}

// writeMetadata puts the name of the payment into a request for a refund, so that its notification says of which
// payment it is.
func writeMetadata(payment string) (string, error) {
	b, err := json.Marshal(metadata{payment})
	return string(b), err
}

// readMetadata returns the payment that metadata names, if it is ours: JSON as text, or as it is.
func readMetadata(b json.RawMessage) string {
	var text string
	if json.Unmarshal(b, &text) == nil {
		b = []byte(text)
	}
	var m metadata
	if json.Unmarshal(b, &m) != nil {
		return "" // somebody else's
	}
	return m.Payment
}

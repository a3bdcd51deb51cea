package reconcile

import (
	"encoding/json"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// A Break is one thing on which the provider and the books do not agree, or a line that is of no payment.
type Break struct {
	Class     Class          `json:"class"`
	File      string         `json:"file,omitempty"`
	Line      int            `json:"line,omitempty"` // 0 where it is of no line
	Kind      providers.Kind `json:"kind,omitempty"`
	Reference string         `json:"reference,omitempty"`
	Payment   string         `json:"payment,omitempty"` // in the books
	Batch     string         `json:"batch,omitempty"`
	At        time.Time      `json:"at,omitzero"`

	Expected   Side         `json:"expected"` // what the books have
	Found      Side         `json:"found"`    // what the provider says
	Difference money.Amount `json:"-"`

	Hint   string `json:"hint,omitempty"`
	Remedy string `json:"remedy,omitempty"`
}

// amountJSON is an amount as JSON: minor units as a number of any size.
type amountJSON struct {
	Value    json.Number    `json:"value"`
	Currency money.Currency `json:"currency"`
}

func toJSON(a money.Amount) *amountJSON {
	if a.Currency() == "" {
		return nil
	}
	return &amountJSON{json.Number(a.Minor()), a.Currency()}
}

func (a *amountJSON) amount() (money.Amount, error) {
	if a == nil {
		return money.Amount{}, nil
	}
	return money.ParseMinor(string(a.Value), a.Currency)
}

// sideJSON is a [Side] as JSON; null if nothing is said.
type sideJSON struct {
	Value    json.Number    `json:"value,omitempty"`
	Currency money.Currency `json:"currency,omitempty"`
	State    string         `json:"state,omitempty"`
}

// MarshalJSON writes {"value":1000,"currency":"EUR","state":"settled in batch 7"}, what there is of it, or null.
func (s Side) MarshalJSON() ([]byte, error) {
	if s.IsZero() {
		return []byte("null"), nil
	}
	j := sideJSON{State: s.State}
	if s.Amount.Currency() != "" {
		j.Value, j.Currency = json.Number(s.Amount.Minor()), s.Amount.Currency()
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Side) UnmarshalJSON(b []byte) error {
	var j sideJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*s = Side{State: j.State}
	var err error
	if j.Currency != "" {
		s.Amount, err = money.ParseMinor(string(j.Value), j.Currency)
	}
	return err
}

type plainBreak Break

type breakJSON struct {
	*plainBreak
	Difference *amountJSON `json:"difference"`
}

// MarshalJSON writes the break with its difference, null where there is none.
func (b Break) MarshalJSON() ([]byte, error) {
	return json.Marshal(breakJSON{(*plainBreak)(&b), toJSON(b.Difference)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (b *Break) UnmarshalJSON(text []byte) error {
	j := breakJSON{plainBreak: (*plainBreak)(b)}
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	var err error
	b.Difference, err = j.Difference.amount()
	return err
}

// weight is what a break is worth: the difference, or else the amount that only one side has.
func (b *Break) weight() money.Amount {
	for _, a := range []money.Amount{b.Difference, b.Found.Amount, b.Expected.Amount} {
		if !a.IsZero() {
			return a.Abs()
		}
	}
	return money.Amount{}
}

// newBreak makes the break of a line.
func newBreak(file string, o *providers.Outcome, r *Resolution) Break {
	b := Break{Class: r.Class, File: file, Line: o.Line, Kind: o.Kind, Reference: nameOf(o), Batch: o.Batch, At: o.At.UTC(),
		Payment: r.Payment, Expected: r.Expected, Found: r.Found, Difference: r.Difference, Hint: r.Hint, Remedy: r.Remedy}
	return b
}

// nameOf is what people know an outcome by.
func nameOf(o *providers.Outcome) string {
	for _, name := range []string{o.Reference, o.ProviderReference, o.Ours, o.Movement, o.ID, o.Batch} {
		if name != "" {
			return name
		}
	}
	return ""
}

package reconcile

import (
	"encoding/json"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// A break as it is listed, printed and written as JSON, and how it is made from a resolved line.

// A Break is one thing on which the provider and the books do not agree, or a line that belongs to no payment.
// The tag col says how the command line prints a field, as in package query.
type Break struct {
	Class     Class          `json:"class"`
	File      string         `json:"file,omitempty"`
	Line      int            `json:"line,omitempty" col:",blank"` // 0 where it is of no line
	Kind      providers.Kind `json:"kind,omitempty"`
	Reference string         `json:"reference,omitempty" col:"reference"`
	Movement  string         `json:"movement,omitempty"` // the provider's reference of what it did
	Ours      string         `json:"ours,omitempty"`     // the platform's reference of the same
	Account   string         `json:"account,omitempty"`  // the provider's name of the account
	Payment   string         `json:"payment,omitempty"`  // in the books
	Entries   []uint64       `json:"entries,omitempty"`  // of the payment in the books, the newest ten
	Batch     string         `json:"batch,omitempty"`
	At        time.Time      `json:"at,omitzero"`     // the provider's own time
	Booked    time.Time      `json:"booked,omitzero"` // when the provider booked it, where that is another
	Since     time.Time      `json:"since"`           // since when it is open

	Expected   Side         `json:"expected"` // what the books have
	Found      Side         `json:"found"`    // what the provider says
	Difference money.Amount `json:"-"`        // found less expected
	Net        Side         `json:"net"`      // by how much the line changed what the provider owes
	Fees       []Charge     `json:"fees,omitempty"`

	Timing bool   `json:"timing"` // it may be a matter of time; otherwise it needs a decision, while it is open
	Open   bool   `json:"open"`   // something is left to be done
	Posted bool   `json:"posted"` // this run has booked what it proves
	Hint   string `json:"hint,omitempty" col:"likely cause,below"`
	Remedy string `json:"remedy,omitempty"`

	order uint64 // among all lines
}

// A Charge is a fee that a line reports.
type Charge struct {
	Type   string `json:"type"`
	Amount Side   `json:"amount"`
}

// amountJSON is an amount as JSON: minor units as a number of any size.
type amountJSON struct {
	Value    json.Number    `json:"value"`
	Currency money.Currency `json:"currency"`
}

// amount is the reverse: nil is no amount.
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

// plainBreak is Break without its methods, so that encoding it does not call itself.
type plainBreak Break

// breakJSON is a break as it is written, with the difference as an amount.
type breakJSON struct {
	*plainBreak
	Difference *amountJSON `json:"difference"`
}

// MarshalJSON writes the break with its difference, null where there is none.
func (b Break) MarshalJSON() ([]byte, error) {
	j := breakJSON{plainBreak: (*plainBreak)(&b)}
	if c := b.Difference.Currency(); c != "" {
		j.Difference = &amountJSON{json.Number(b.Difference.Minor()), c}
	}
	return json.Marshal(j)
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

// newBreak makes the break of a line. Where the run posts, what it proves is booked.
func newBreak(file string, l *Line, post bool) Break {
	o, r := &l.Outcome, &l.Resolution
	b := Break{Class: r.Class, File: file, Line: o.Line, Kind: o.Kind, Reference: nameOf(o),
		Movement: r.Movement, Ours: o.Ours, Account: o.Account, Batch: o.Batch,
		At: o.At.UTC(), Payment: r.Payment, Entries: r.entries, Expected: r.Expected,
		Found: r.Found, Difference: r.Difference, Net: Side{Amount: o.Net},
		Timing: r.Timing, Since: r.Since, Hint: r.Hint, Remedy: r.Remedy}
	if !o.Booked.IsZero() {
		b.Booked = o.Booked.UTC()
	}
	for _, f := range o.Fees {
		b.Fees = append(b.Fees, Charge{string(f.Type), Side{Amount: f.Amount}})
	}
	b.Open = r.Class.Break() && r.Class != Duplicate
	if post {
		b.Open, b.Posted = r.Left(), !r.Waiting && r.proves()
	}
	return b
}

// nameOf is what people know an outcome by.
func nameOf(o *providers.Outcome) string {
	for _, name := range []string{o.Reference, o.ProviderReference, o.Ours, o.Movement, o.ID, o.Batch, o.Account} {
		if name != "" {
			return name
		}
	}
	return ""
}

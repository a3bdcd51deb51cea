package bank

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/splitledger/splitledger/money"
)

// The JSON of a result. Its names never change: programs read them. Amounts are minor units, as in events.

// marshal is json.Marshal, and leaves <, > and & as they are: no browser reads this as a page.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// said is nil where no amount is.
// An amount of zero is said; one without a currency is not.
func said(a money.Amount) *money.Amount {
	if a.Currency() == "" {
		return nil
	}
	return &a
}

// dayOf is a day as text, empty where there is none.
func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// MarshalJSON returns a finding without what is empty: its date as a day, its amounts as events have them.
// Fields are left out and not null, so that a program can ask whether one is there. The fields stand in the
// order in which a person reads a finding: what it is, where it is, what differs, what to do.
func (f Finding) MarshalJSON() ([]byte, error) {
	return marshal(struct {
		Class      Class         `json:"class,omitempty"`
		File       string        `json:"file,omitempty"`
		Line       int           `json:"line,omitempty"`
		Account    string        `json:"account,omitempty"`
		Date       string        `json:"date,omitempty"`
		Provider   string        `json:"provider,omitempty"`
		Payout     string        `json:"payout,omitempty"`
		Expected   *money.Amount `json:"expected,omitempty"`
		Found      *money.Amount `json:"found,omitempty"`
		Difference *money.Amount `json:"difference,omitempty"`
		By         string        `json:"by,omitempty"`
		Unchecked  string        `json:"unchecked,omitempty"`
		Text       string        `json:"text,omitempty"`
		Hint       string        `json:"hint,omitempty"`
		Remedy     string        `json:"remedy,omitempty"`
	}{
		f.Class, f.File, f.Line, f.Account, f.Day(), f.Provider, f.Payout, said(f.Expected), said(f.Found),
		said(f.Difference), f.By, f.Unchecked, f.Text, f.Hint, f.Remedy,
	})
}

// balanceJSON is a [Balance] as JSON; its value and currency stand beside its day.
type balanceJSON struct {
	Value        json.Number    `json:"value"`
	Currency     money.Currency `json:"currency"`
	Date         string         `json:"date"`
	Intermediate bool           `json:"intermediate,omitempty"`
}

// json returns the balance for JSON, nil where there is none.
func (b *Balance) json() *balanceJSON {
	if b.Amount.Currency() == "" {
		return nil
	}
	return &balanceJSON{json.Number(b.Amount.Minor()), b.Amount.Currency(), dayOf(b.Date), b.Intermediate}
}

// MarshalJSON returns a statement with its balances, and what is wrong with them.
func (s Statement) MarshalJSON() ([]byte, error) {
	return marshal(struct {
		File       string        `json:"file"`
		Account    string        `json:"account"`
		ID         string        `json:"id"`
		Opening    *balanceJSON  `json:"opening,omitempty"`
		Closing    *balanceJSON  `json:"closing,omitempty"`
		Lines      int           `json:"lines"`
		Unreadable int           `json:"unreadable,omitempty"`
		Pending    int           `json:"pending,omitempty"`
		Gap        *money.Amount `json:"gap,omitempty"`
		Unchecked  string        `json:"unchecked,omitempty"`
	}{
		s.File, s.Account, s.ID, s.Opening.json(), s.Closing.json(), s.Lines, s.Unreadable, s.PendingLines,
		said(s.Gap()), s.Unchecked(),
	})
}

// MarshalJSON returns a sum in whole minor units.
func (s Sum) MarshalJSON() ([]byte, error) {
	return marshal(struct {
		Currency money.Currency `json:"currency"`
		Lines    uint64         `json:"lines"`
		In       json.Number    `json:"in"`
		Out      json.Number    `json:"out"`
	}{s.Currency, s.Lines, json.Number(s.In.Minor()), json.Number(s.Out.Minor())})
}

// MarshalJSON returns a result as one object. Findings that need nobody's attention stand apart.
// Lists are [] and never null, as programs loop over them without asking.
func (r *Result) MarshalJSON() ([]byte, error) {
	out := struct {
		Summary    map[Class]uint64 `json:"summary"`
		Files      []File           `json:"files"`
		Statements []Statement      `json:"statements"`
		Breaks     []Finding        `json:"breaks"`
		Matched    []Finding        `json:"matched"`
		Underway   []Finding        `json:"underway"`
		Others     []Sum            `json:"others"`
		Unlisted   uint64           `json:"unlisted,omitempty"`
	}{r.Counts, list(r.Files), list(r.Statements), []Finding{},
		[]Finding{}, list(r.Underway), list(r.Others), r.Unlisted}
	for _, f := range r.Findings {
		if f.Class.Break() {
			out.Breaks = append(out.Breaks, f)
		} else {
			out.Matched = append(out.Matched, f)
		}
	}
	return marshal(out)
}

// list is a list that JSON has as [] where it is empty.
func list[T any](some []T) []T {
	if some == nil {
		return []T{}
	}
	return some
}

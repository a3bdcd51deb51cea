package bank

import (
	"encoding/json"
	"io"
	"time"

	"github.com/splitledger/splitledger/money"
)

type amountJSON struct {
	Value    json.Number    `json:"value"`
	Currency money.Currency `json:"currency"`
}

// amountOf is nil where nothing is said.
func amountOf(a money.Amount) *amountJSON {
	if a.Currency() == "" {
		return nil
	}
	return &amountJSON{json.Number(a.Minor()), a.Currency()}
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

type findingJSON struct {
	Class      Class       `json:"class,omitempty"`
	File       string      `json:"file,omitempty"`
	Line       int         `json:"line,omitempty"`
	Account    string      `json:"account,omitempty"`
	Date       string      `json:"date,omitempty"`
	Provider   string      `json:"provider,omitempty"`
	Payout     string      `json:"payout,omitempty"`
	Expected   *amountJSON `json:"expected,omitempty"`
	Found      *amountJSON `json:"found,omitempty"`
	Difference *amountJSON `json:"difference,omitempty"`
	By         string      `json:"by,omitempty"`
	Unchecked  string      `json:"unchecked,omitempty"`
	Text       string      `json:"text,omitempty"`
	Hint       string      `json:"hint,omitempty"`
	Remedy     string      `json:"remedy,omitempty"`
}

func (f *Finding) json() findingJSON {
	return findingJSON{
		Class: f.Class, File: f.File, Line: f.Line, Account: f.Account, Date: dayOf(f.Date),
		Provider: f.Provider, Payout: f.Payout,
		Expected: amountOf(f.Expected), Found: amountOf(f.Found), Difference: amountOf(f.Difference),
		By: f.By, Unchecked: f.Unchecked, Text: f.Text, Hint: f.Hint, Remedy: f.Remedy,
	}
}

type balanceJSON struct {
	*amountJSON
	Date         string `json:"date"`
	Intermediate bool   `json:"intermediate,omitempty"`
}

func balanceOf(b Balance) *balanceJSON {
	if b.Amount.Currency() == "" {
		return nil
	}
	return &balanceJSON{amountOf(b.Amount), dayOf(b.Date), b.Intermediate}
}

type statementJSON struct {
	File       string       `json:"file"`
	Account    string       `json:"account"`
	ID         string       `json:"id"`
	Opening    *balanceJSON `json:"opening,omitempty"`
	Closing    *balanceJSON `json:"closing,omitempty"`
	Lines      int          `json:"lines"`
	Unreadable int          `json:"unreadable,omitempty"`
	Pending    int          `json:"pending,omitempty"`
	Gap        *amountJSON  `json:"gap,omitempty"`
	Unchecked  string       `json:"unchecked,omitempty"`
}

type sumJSON struct {
	Currency money.Currency `json:"currency"`
	Lines    uint64         `json:"lines"`
	In       json.Number    `json:"in"`
	Out      json.Number    `json:"out"`
}

type fileJSON struct {
	Name       string `json:"file"`
	Format     string `json:"format"`
	Statements int    `json:"statements"`
	Lines      uint64 `json:"lines"`
}

// WriteJSON writes a result as one JSON object. Amounts are in whole minor units.
func (r *Result) WriteJSON(w io.Writer) error {
	out := struct {
		Summary    map[Class]uint64 `json:"summary"`
		Files      []fileJSON       `json:"files"`
		Statements []statementJSON  `json:"statements"`
		Breaks     []findingJSON    `json:"breaks"`
		Matched    []findingJSON    `json:"matched"`
		Underway   []findingJSON    `json:"underway"`
		Others     []sumJSON        `json:"others"`
		Unlisted   uint64           `json:"unlisted,omitempty"`
	}{
		r.Counts, []fileJSON{}, []statementJSON{}, []findingJSON{}, []findingJSON{}, []findingJSON{}, []sumJSON{},
		r.Unlisted,
	}
	for _, f := range r.Files {
		out.Files = append(out.Files, fileJSON{f.Name, f.Format, f.Statements, f.Lines})
	}
	for i := range r.Statements {
		s := &r.Statements[i]
		out.Statements = append(out.Statements, statementJSON{
			s.File, s.Account, s.ID, balanceOf(s.Opening), balanceOf(s.Closing), s.Lines, s.Unreadable, s.PendingLines,
			amountOf(s.Gap()), s.Unchecked(),
		})
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Class.Break() {
			out.Breaks = append(out.Breaks, f.json())
		} else {
			out.Matched = append(out.Matched, f.json())
		}
	}
	for i := range r.Underway {
		out.Underway = append(out.Underway, r.Underway[i].json())
	}
	for _, s := range r.Others {
		out.Others = append(out.Others, sumJSON{s.Currency, s.Lines, json.Number(s.In.Minor()), json.Number(s.Out.Minor())})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

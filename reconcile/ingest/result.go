package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile"
)

// What became of notifications, as values and as JSON.

// A Status says what became of a notification, or of one thing that it reports.
type Status string

// The statuses, those that matter most first.
const (
	Refused   Status = "refused"
	Waiting   Status = "waiting"
	Accepted  Status = "accepted"
	Duplicate Status = "duplicate"
	Ignored   Status = "ignored"
)

// Statuses returns all statuses in the order in which they are printed.
func Statuses() []Status { return []Status{Accepted, Duplicate, Waiting, Ignored, Refused} }

// A Result says what became of a notification, or of a notice that waited.
type Result struct {
	File   string `json:"file,omitempty"` // where it was read, if whoever read it says so
	Line   int    `json:"line,omitempty"`
	Notice string `json:"notice,omitempty"` // that waited; see [OutcomeResult.Result]
	Status Status `json:"status"`
	// in the order of the notification; none if it is refused as a whole
	Outcomes []OutcomeResult `json:"outcomes,omitempty"`
	Err      *ledger.Error   `json:"error,omitempty"` // why it is refused as a whole
}

// An OutcomeResult is one thing that a notification reports, and what became of it.
type OutcomeResult struct {
	Outcome providers.Outcome `json:"-"`
	Status  Status            `json:"status"`
	Class   reconcile.Class   `json:"class"`
	Payment string            `json:"payment,omitempty"` // the payment's name in the books; empty if they know none
	Notice  string            `json:"notice,omitempty"`  // the event that keeps it, or kept it, while it waits
	Events  []string          `json:"events,omitempty"`  // ids of the events that book it, booked now or before
	Entries []uint64          `json:"entries"`           // numbers of the entries that they made
	Err     *ledger.Error     `json:"error,omitempty"`
}

// Result returns what became of a notice that waited.
func (t *OutcomeResult) Result() Result {
	return Result{Notice: t.Notice, Status: t.Status, Outcomes: []OutcomeResult{*t}}
}

// MarshalJSON returns what the outcome reports, in a few fields, and what became of it.
func (t OutcomeResult) MarshalJSON() ([]byte, error) {
	type became OutcomeResult // without this method
	o := &t.Outcome
	if t.Entries == nil {
		t.Entries = []uint64{}
	}
	summary := struct {
		Kind              providers.Kind `json:"kind"`
		Reference         string         `json:"reference,omitempty"`
		ProviderReference string         `json:"providerReference,omitempty"`
		Amount            *money.Amount  `json:"amount,omitempty"`
		At                time.Time      `json:"at"`
		became
	}{o.Kind, o.Reference, o.ProviderReference, nil, o.At.UTC(), became(t)}
	if o.Amount.Currency() != "" {
		summary.Amount = &o.Amount
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(summary)
	return out.Bytes(), err
}

// A Tally counts what became of notifications, and of what waited when they came.
type Tally struct {
	Came    Counts // notifications
	TakenUp Counts // notices that waited, and do no more
	Waiting int    // notices that wait on
}

// Counts are how many have a status.
type Counts map[Status]int

// String returns "accepted 1, duplicate 0", and so on.
func (c Counts) String() string {
	var words []string
	for _, s := range Statuses() {
		words = append(words, fmt.Sprintf("%s %d", s, c[s]))
	}
	return strings.Join(words, ", ")
}

// Total returns how many there are.
func (c Counts) Total() (n int) {
	for _, of := range c {
		n += of
	}
	return n
}

// Add counts a notification.
func (t *Tally) Add(r *Result) {
	if t.Came == nil {
		t.Came = Counts{}
	}
	t.Came[r.Status]++
}

// Retried counts what [Intake.Retry] returned.
// What waits is set and not added up: each retry looks at all that waits.
func (t *Tally) Retried(outcomes []OutcomeResult) {
	if t.TakenUp == nil {
		t.TakenUp = Counts{}
	}
	t.Waiting = 0
	for i := range outcomes {
		if s := outcomes[i].Status; s == Waiting {
			t.Waiting++
		} else {
			t.TakenUp[s]++
		}
	}
}

// Refused reports whether anything was refused.
func (t *Tally) Refused() bool { return t.Came[Refused]+t.TakenUp[Refused] > 0 }

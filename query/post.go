package query

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// A PostStatus says what became of an event that was posted.
type PostStatus string

// What becomes of events.
const (
	PostAccepted  PostStatus = "accepted"
	PostDuplicate PostStatus = "duplicate"
	PostRefused   PostStatus = "refused"
)

// A PostResult says what became of one line of a file of events. Programs match it with their
// events by id or line.
type PostResult struct {
	File   string     `json:"file,omitempty"` // where lines are of several files
	Line   int        `json:"line"`           // from 1
	ID     string     `json:"id"`             // of the event
	Status PostStatus `json:"status"`
	Record uint64     `json:"record,omitempty"` // number of its record in the journal; of a duplicate that of the first
	// the numbers of those booked, possibly none; nil where it was refused
	Entries []uint64 `json:"entries,omitzero"`
	// why liable has money of it in place of an account that is closed or was never opened
	Fallback string        `json:"fallback,omitempty"`
	Error    *ledger.Error `json:"error,omitempty"` // why it was refused
	// DidYouMean is the account, payment or rule that was probably meant by the name that nothing has.
	DidYouMean string `json:"didYouMean,omitempty"`

	DryRun   bool      `json:"dryRun,omitempty"`   // it was only tried: nothing is booked
	Postings []Posting `json:"postings,omitempty"` // that it would have; of a dry run, in place of entries
}

// TriedResult returns the result of an event that was only tried.
func TriedResult(line int, id string, tried *posting.Tried) PostResult {
	r := ResultOf(line, id, tried.Result)
	r.DryRun = true
	if r.Status == PostAccepted {
		r.Entries = nil
	}
	for i := range tried.Entries {
		r.Postings = append(r.Postings, entry(&tried.Entries[i]).Postings...)
	}
	return r
}

// ResultOf returns the result of a line, from what became of its event. An event that was booked
// before has the entries of the first time, so that a program which never got its answer gets the
// same.
func ResultOf(line int, id string, result posting.Result) PostResult {
	r := PostResult{Line: line, ID: id, Status: PostAccepted, Record: result.Receipt.Record,
		Entries: result.Receipt.Entries, Fallback: result.Receipt.Fallback}
	switch {
	case result.Err != nil:
		r.Status, r.Record, r.Entries, r.Fallback, r.Error = PostRefused, 0, nil, "", Refusal(result.Err)
		return r
	case result.Receipt.Status == posting.Duplicate:
		r.Status = PostDuplicate
	}
	if r.Entries == nil {
		r.Entries = []uint64{}
	}
	return r
}

// AppendJSON appends the result as JSON, as [json.Encoder] does without HTML escapes. It avoids the cost of
// reflection, which whoever posts many lines would wait for.
func (r *PostResult) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	if r.File != "" {
		b = append(b, `"file":`...)
		b = appendString(b, r.File)
		b = append(b, ',')
	}
	b = append(b, `"line":`...)
	b = strconv.AppendInt(b, int64(r.Line), 10)
	b = append(b, ',')
	return r.appendRest(b)
}

// AppendEvent appends the result of a single event as JSON, which has no line.
func (r *PostResult) AppendEvent(b []byte) []byte { return r.appendRest(append(b, '{')) }

// appendRest appends all but where the line was.
func (r *PostResult) appendRest(b []byte) []byte {
	b = append(b, `"id":`...)
	b = appendString(b, r.ID)
	b = append(b, `,"status":"`...)
	b = append(b, r.Status...)
	b = append(b, '"')
	if r.Record != 0 {
		b = append(b, `,"record":`...)
		b = strconv.AppendUint(b, r.Record, 10)
	}
	if r.Entries != nil {
		b = append(b, `,"entries":[`...)
		for i, n := range r.Entries {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendUint(b, n, 10)
		}
		b = append(b, ']')
	}
	if r.Fallback != "" {
		b = append(b, `,"fallback":`...)
		b = appendString(b, r.Fallback)
	}
	if r.Error != nil {
		b = append(b, `,"error":`...)
		b = appendValue(b, r.Error)
	}
	if r.DidYouMean != "" {
		b = append(b, `,"didYouMean":`...)
		b = appendString(b, r.DidYouMean)
	}
	if r.DryRun {
		b = append(b, `,"dryRun":true`...)
	}
	if len(r.Postings) > 0 {
		b = append(b, `,"postings":`...)
		b = appendValue(b, r.Postings)
	}
	return append(b, '}')
}

// Suggestion is what a refusal ends with in a line for people: "; did you mean seller:1?", or nothing.
func (r *PostResult) Suggestion() string { return suggest(r.DidYouMean) }

// appendString appends a text as JSON. Nearly all are of letters that stand for themselves.
func appendString(b []byte, s string) []byte {
	if strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' }) {
		return appendValue(b, s)
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendValue appends a value as JSON. Only one that JSON has no form for could fail, and none here is.
func appendValue(b []byte, v any) []byte {
	out := bytes.NewBuffer(b)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte{'\n'})
}

// Refusal gives the error of an event that was refused the form that it has in JSON: its code,
// field and message. An error without a code is a line that is no event, and invalid.
func Refusal(err error) *ledger.Error {
	if e, ok := errors.AsType[*ledger.Error](err); ok {
		return e
	}
	return &ledger.Error{Code: ledger.Invalid, Message: err.Error()}
}

// Meant returns the account, payment or rule that an event was probably to name, where it was refused as nothing has the
// name that it gave; "" of other refusals, and where nothing has nearly that name.
func (b *Books) Meant(e *ledger.Error) (string, error) {
	switch {
	case e == nil || e.Unknown == "":
		return "", nil
	case e.Code == ledger.UnknownAccount:
		return nearAccount(b.Ledger, accounts.ID(e.Unknown)), nil
	case e.Code == posting.UnknownPayment && e.Field == "payment":
		return b.nearPayment(e.Unknown)
	case e.Field == "rule":
		ids, err := b.ruleIDs()
		return nearRule(e.Unknown, ids), err
	}
	return "", nil
}

// A PostSummary counts what became of the events that were posted. The first three add up to the lines that were
// answered.
type PostSummary struct {
	Accepted  uint64 `json:"accepted"`
	Duplicate uint64 `json:"duplicate"`
	Refused   uint64 `json:"refused"`
	// how many of those that were accepted gave liable what an account was to get that is closed or was never opened
	Fallback uint64 `json:"fallback,omitempty"`
}

// Count counts one more result.
func (s *PostSummary) Count(r *PostResult) {
	switch r.Status {
	case PostRefused:
		s.Refused++
	case PostDuplicate:
		s.Duplicate++
	default:
		if s.Accepted++; r.Fallback != "" {
			s.Fallback++
		}
	}
}

// Events is how many results were counted.
func (s *PostSummary) Events() uint64 { return s.Accepted + s.Duplicate + s.Refused }

// String returns "accepted 2, duplicate 1, refused 0", and "fell back to liable 1" behind it where any did.
func (s *PostSummary) String() string {
	text := fmt.Sprintf("accepted %d, duplicate %d, refused %d", s.Accepted, s.Duplicate, s.Refused)
	if s.Fallback > 0 {
		text += fmt.Sprintf(", fell back to liable %d", s.Fallback)
	}
	return text
}

package ledger

import (
	"errors"
	"fmt"
)

// A Code names a kind of refusal or failure; codes are stable, messages are not. A Code is itself an
// error, so that callers can branch with errors.Is(err, ledger.Locked).
type Code string

// Error returns the code's text.
func (c Code) Error() string { return string(c) }

// What the ledger itself refuses or fails with. Package posting adds the refusals of events.
const (
	Invalid        Code = "invalid"         // a record that is not well formed
	Unbalanced     Code = "unbalanced"      // an entry that does not sum to zero in every currency
	UnknownAccount Code = "unknown_account" // a posting to an account that was never opened
	Locked         Code = "ledger_locked"   // another process has the ledger open, or another Open of this one
	Corrupt        Code = "ledger_corrupt"  // the file is not a whole ledger: see Detail for the place
	DiskFull       Code = "disk_full"       // no room for what should be written
	NotLeader      Code = "not_leader"      // another writer has the journal: nothing was booked; send it again
	OutcomeUnknown Code = "outcome_unknown" // a journal elsewhere may have kept this: send it again under the same id
)

// An Error says what was expected and what was found.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Field   string `json:"field,omitempty"`  // path of the event's field: "splits[1].amount.value"
	Detail  string `json:"detail,omitempty"` // more for a machine or a maintainer: a place, a number
	// Unknown is the name that nothing has, which the message has too, for whoever looks for one that was meant.
	Unknown string `json:"-"`
}

// Error returns the code and the message.
func (e *Error) Error() string {
	s := string(e.Code) + ": "
	if e.Field != "" {
		s += e.Field + ": "
	}
	s += e.Message
	if e.Detail != "" {
		s += " (" + e.Detail + ")"
	}
	return s
}

// Unwrap returns the code, for errors.Is.
func (e *Error) Unwrap() error { return e.Code }

// Refused returns the refusal that err is or wraps: what was asked for is not allowed, nothing of it was
// booked, and the ledger goes on. Any other error means that the ledger could not do its work: its code is
// Locked, Corrupt, DiskFull, NotLeader or OutcomeUnknown, or the ledger is closed or open for reading only, or
// the context is done.
func Refused(err error) (*Error, bool) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return nil, false
	}
	switch e.Code {
	case Locked, Corrupt, DiskFull, NotLeader, OutcomeUnknown:
		return nil, false
	}
	return e, true
}

// Failed reports whether err means that the ledger could not do its work: it is an error, and not a refusal as
// of [Refused].
func Failed(err error) bool {
	_, refused := Refused(err)
	return err != nil && !refused
}

// Errorf makes an [Error] without field or detail.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

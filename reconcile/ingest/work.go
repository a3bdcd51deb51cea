package ingest

import (
	"context"
	"slices"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/reconcile"
)

// Booking outcomes: comparing them with the books, posting what they prove, and keeping or closing their notices.
//
// Example: a refund comes before its capture. It waits, and is kept as a notice. When the capture is booked,
// the notice is resolved once more, the refund is booked, and the notice is closed.

// A task is one outcome to be booked.
type task struct {
	result *OutcomeResult  // to be filled in; its outcome is what was notified
	line   *reconcile.Line // the same as the resolver takes it
	closed bool            // it waited, and its notice is closed
}

// most is how many outcomes are booked together at most: it bounds memory, and how long others wait for their turn.
const most = 2048

// work books outcomes. Outcomes of one payment are compared with the books together, and booked in the order in
// which they were resolved.
func (in *Intake) work(ctx context.Context, tasks []*task) error {
	for len(tasks) > 0 {
		n := min(most, len(tasks))
		if err := in.book(ctx, tasks[:n]); err != nil {
			return err
		}
		tasks = tasks[n:]
	}
	return nil
}

// book books outcomes: first the events that they prove, all in one batch; then, once it is known which of these were
// refused, the closing of their notices, or a notice of what was refused.
// A notice is closed only when its events are in the ledger: if the program is killed in between, it is still
// there and is taken up again, and its events are duplicates then.
func (in *Intake) book(ctx context.Context, tasks []*task) error {
	of := make(map[*reconcile.Line]*task, len(tasks))
	lines := make([]*reconcile.Line, len(tasks))
	for i, t := range tasks {
		lines[i], of[t.line] = t.line, t
	}
	order, err := in.resolver().ResolveAll(lines)
	if err != nil {
		return err
	}
	var events []posting.Event
	for _, l := range order {
		events = append(events, in.events(of[l])...)
	}
	results := in.Book.PostBatch(ctx, events)
	// once the events of an outcome are booked: its notice is closed; or one that was refused is kept
	var later []posting.Event
	var closing []*task
	for _, l := range order {
		t := of[l]
		n := len(in.events(t))
		if err := t.conclude(events[:n], results[:n]); err != nil {
			return err
		}
		events, results = events[n:], results[n:]
		switch refused := t.result.Status == Refused; {
		case l.Notice != nil && !l.Waiting && !refused:
			later, closing = append(later, reconcile.Closes(in.Adapter.Name(), l)), append(closing, t)
		case l.Notice == nil && refused:
			l.Why = t.result.Err.Message
			e := reconcile.Notice(in.Adapter.Name(), l)
			later, closing, t.result.Notice = append(later, e), append(closing, nil), e.ID
		}
	}
	for i, r := range in.Book.PostBatch(ctx, later) {
		if ledger.Failed(r.Err) {
			return r.Err
		}
		if closing[i] != nil {
			closing[i].closed = true
		}
	}
	return nil
}

// events are those that book an outcome, or keep it.
// They are the same each time for one outcome, so it may be asked twice: before posting and after.
func (in *Intake) events(t *task) []posting.Event {
	l := t.line
	switch {
	case !l.Waiting:
		return l.Events
	case l.Notice != nil:
		return l.Events // it is kept already
	}
	e := reconcile.Notice(in.Adapter.Name(), l)
	t.result.Notice = e.ID
	return append(l.Events, e)
}

// conclude says what became of an outcome. The error is the ledger's failure.
// events and results are those of the outcome, in one order. The first refusal is the reason that is reported.
func (t *task) conclude(events []posting.Event, results []posting.Result) error {
	result, l := t.result, t.line
	result.Class, result.Payment = l.Class, l.Payment
	if l.Resolution.Payment != "" {
		result.Payment = l.Resolution.Payment
	}
	accepted := false
	for i, r := range results {
		if ledger.Failed(r.Err) {
			return r.Err
		}
		if !l.Waiting {
			result.Events = append(result.Events, events[i].ID)
		}
		refused, ok := ledger.Refused(r.Err)
		switch {
		case ok && refused.Code == posting.IdempotencyConflict: // made from the same, but for what does not count
		case ok && result.Err == nil:
			result.Err = refused
		case !ok:
			accepted = accepted || r.Receipt.Status == posting.Accepted && !noted(&events[i])
			result.Entries = append(result.Entries, r.Receipt.Entries...)
		}
	}
	switch {
	case result.Err != nil:
		result.Status = Refused
	case l.Waiting:
		result.Status = Waiting
	case accepted:
		result.Status = Accepted
	case len(results) > 0, l.Class == reconcile.Matched, l.Class == reconcile.Duplicate:
		result.Status = Duplicate
	case l.Class == reconcile.UnmatchedOther, l.Class == reconcile.UnknownKind:
		result.Status = Ignored
	default:
		result.Status, result.Err = Refused, contradiction(&l.Resolution)
	}
	return nil
}

// noted reports whether an event only notes what was reported: the books had it already.
func noted(e *posting.Event) bool {
	return slices.Contains([]posting.Type{posting.PaymentConfirm, posting.PaymentReference}, e.Type)
}

// contradiction says how an outcome contradicts the books.
// No provider sends anything else because of it, so code and detail are for a person, who decides which side is wrong.
func contradiction(res *reconcile.Resolution) *ledger.Error {
	code := ledger.Invalid
	switch res.Class {
	case reconcile.CurrencyMismatch:
		code = posting.CurrencyMismatch
	case reconcile.StatusMismatch:
		code = posting.InvalidState
	}
	e := ledger.Errorf(code, "%s: expected %s, as the books have it, found %s",
		res.Class, sideText(res.Expected), sideText(res.Found))
	e.Detail = res.Hint
	return e
}

// sideText is a side as a message says it: a state, an amount, or both.
func sideText(s reconcile.Side) string {
	switch {
	case s.IsZero():
		return "nothing"
	case s.State == "":
		return s.Amount.String()
	case s.Amount.Currency() == "":
		return s.State
	}
	return s.State + " " + s.Amount.String()
}

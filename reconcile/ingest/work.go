package ingest

import (
	"context"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile"
)

// A task is one outcome to be booked.
type task struct {
	told   *Told
	notice *posting.Notice // that keeps it; nil of what a notification tells now

	res    *reconcile.Resolution
	events []posting.Event
	close  *posting.Event // closes the notice, once the events are booked
	closed bool
}

// most is how many outcomes are booked together at most.
const most = 2048

// work books outcomes, in their order where they are of one payment. In each turn it takes one outcome of as many payments as there
// are, so that what waits for the disk is many payments and not one.
func (in *Intake) work(ctx context.Context, tasks []*task) error {
	for len(tasks) > 0 {
		var now, later []*task
		busy := map[string]bool{}
		for i, t := range tasks {
			if len(now) == most {
				later = append(later, tasks[i:]...)
				break
			}
			if busyWith(busy, &t.told.Outcome, "") {
				later = append(later, t)
				continue
			}
			if err := in.resolve(t); err != nil {
				return err
			}
			if p := t.res.Payment; p != "" && busyWith(busy, &t.told.Outcome, p) {
				later = append(later, t)
				continue
			}
			now = append(now, t)
		}
		if err := in.book(ctx, now); err != nil {
			return err
		}
		tasks = later
	}
	return nil
}

// busyWith reports whether an outcome may be of a payment that another one before it is of, and makes its own payment one.
func busyWith(busy map[string]bool, o *providers.Outcome, payment string) bool {
	names := []string{"payment " + payment}
	if payment == "" {
		names = []string{"ours " + o.Reference, "theirs " + o.ProviderReference}
	}
	known := false
	for _, name := range names {
		if name != "ours " && name != "theirs " {
			known = known || busy[name]
			busy[name] = true
		}
	}
	return known
}

// resolve says which events book an outcome.
func (in *Intake) resolve(t *task) (err error) {
	r := in.resolver()
	if t.notice != nil {
		if t.res, err = r.Due(t.notice); err != nil {
			return err
		}
		if t.res == nil { // it waits on
			t.res = &reconcile.Resolution{Class: reconcile.MissingInLedger, Waiting: true}
			return nil
		}
		last := len(t.res.Events) - 1
		t.events, t.close = t.res.Events[:last], &t.res.Events[last]
		return nil
	}
	if t.res, err = r.Resolve(&t.told.Outcome); err != nil {
		return err
	}
	t.events = t.res.Events
	if t.res.Waiting {
		t.events = []posting.Event{r.Notice(&t.told.Outcome)}
		t.told.Notice = t.events[0].ID
	}
	return nil
}

// book books the events of outcomes, and then closes the notices that kept them.
func (in *Intake) book(ctx context.Context, tasks []*task) error {
	var events []posting.Event
	for _, t := range tasks {
		events = append(events, t.events...)
	}
	results := in.Book.PostBatch(ctx, events)
	var closing []posting.Event
	var closed []*task
	for _, t := range tasks {
		if err := t.conclude(results[:len(t.events)]); err != nil {
			return err
		}
		results = results[len(t.events):]
		if t.close != nil && (t.told.Err == nil || len(t.events) == 0) { // not where an event was refused: it may be booked later
			closing, closed = append(closing, *t.close), append(closed, t)
		}
	}
	for i, r := range in.Book.PostBatch(ctx, closing) {
		if ledger.Failed(r.Err) {
			return r.Err
		}
		closed[i].closed = true
	}
	return nil
}

// conclude says what became of an outcome. The error is the ledger's failure.
func (t *task) conclude(results []posting.Result) error {
	told, res := t.told, t.res
	told.Class, told.Payment = res.Class, res.Payment
	accepted := false
	for i, r := range results {
		if ledger.Failed(r.Err) {
			return r.Err
		}
		if !res.Waiting {
			told.Events = append(told.Events, t.events[i].ID)
		}
		refused, ok := ledger.Refused(r.Err)
		switch {
		case ok && refused.Code == posting.IdempotencyConflict: // made from the same, but for what does not count
		case ok && told.Err == nil:
			told.Err = refused
		case !ok:
			accepted = accepted || r.Receipt.Status == posting.Accepted
			told.Entries = append(told.Entries, r.Receipt.Entries...)
		}
	}
	switch {
	case told.Err != nil:
		told.Status = Refused
	case res.Waiting && (accepted || t.notice != nil):
		told.Status = Waiting
	case accepted:
		told.Status = Accepted
	case len(results) > 0, res.Class == reconcile.Matched, res.Class == reconcile.Duplicate:
		told.Status = Duplicate
	case res.Class == reconcile.UnmatchedOther:
		told.Status = Ignored
	default:
		told.Status, told.Err = Refused, contradiction(res)
	}
	return nil
}

// contradiction says how an outcome contradicts the books.
func contradiction(res *reconcile.Resolution) *ledger.Error {
	code := ledger.Invalid
	switch res.Class {
	case reconcile.CurrencyMismatch:
		code = posting.CurrencyMismatch
	case reconcile.StatusMismatch:
		code = posting.InvalidState
	}
	e := ledger.Errorf(code, "%s: expected %s, as the books have it, found %s", res.Class, sideText(res.Expected), sideText(res.Found))
	e.Detail = res.Hint
	return e
}

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

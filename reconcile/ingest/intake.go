package ingest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile"
)

// Taking notifications in, and trying again what waits.

// An Intake takes notifications of one provider. It may be used by several goroutines at once.
type Intake struct {
	Adapter providers.Adapter
	Keys    providers.Keys // with which notifications are authenticated
	Ledger  *ledger.Ledger
	Book    *posting.Book
}

// resolver returns a resolver of the provider. It costs nothing to make.
func (in *Intake) resolver() *reconcile.Resolver {
	return &reconcile.Resolver{Ledger: in.Ledger, Book: in.Book, Provider: in.Adapter.Name()}
}

// Take books what notifications report, in the order in which things happened. It returns when all of it is
// durable; the results are in the order of the notifications.
// One that is refused does not keep the others from being booked; the error is of the ledger alone. An outcome
// without a time happened when its notification came in.
func (in *Intake) Take(ctx context.Context, notifications []providers.Notification) ([]Result, error) {
	results := make([]Result, len(notifications))
	var tasks []*task
	for i := range notifications {
		outcomes, err := in.Adapter.Notified(&notifications[i], in.Keys)
		if err != nil {
			results[i] = Result{Status: Refused, Err: refusal(err)}
			continue
		}
		results[i].Outcomes = make([]OutcomeResult, len(outcomes))
		for j := range outcomes {
			if outcomes[j].At.IsZero() {
				outcomes[j].At = notifications[i].Received
			}
			results[i].Outcomes[j].Outcome = outcomes[j]
			source := posting.FactSource{Format: reconcile.Webhook, SHA256: sum(notifications[i].Body)}
			tasks = append(tasks, &task{result: &results[i].Outcomes[j],
				line: &reconcile.Line{Outcome: outcomes[j], Source: source}})
		}
	}
	sortByTime(tasks)
	if err := in.work(ctx, tasks); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(tasks, func(t *task) bool { return t.result.Status == Accepted }) {
		booked, err := in.retry(ctx, about(tasks))
		if err != nil {
			return nil, err
		}
		takeUp(tasks, booked)
	}
	for i := range results {
		if results[i].Err == nil {
			results[i].Status = worst(results[i].Outcomes)
		}
	}
	return results, nil
}

// Keep keeps the trace of a notification that is authentic and that the adapter could not read, as a notice, for a person
// to look at. It returns when that is durable. The same again is kept once.
func (in *Intake) Keep(ctx context.Context, n *providers.Notification, unread error) (Result, error) {
	e := reconcile.UnreadableNotice(in.Adapter.Name(), sum(n.Body), unread.Error(), in.Ledger.Now())
	_, err := in.Book.Post(ctx, e)
	// Kept before, at another time, or with another message of an older program.
	if refused, ok := ledger.Refused(err); err != nil && (!ok || refused.Code != posting.IdempotencyConflict) {
		return Result{}, err
	}
	return Result{Notice: e.ID, Status: Refused, Err: refusal(unread)}, nil
}

// takeUp says of what waited for what was booked beside it what became of it then.
func takeUp(tasks []*task, later []OutcomeResult) {
	of := map[string]OutcomeResult{}
	for _, t := range later {
		of[t.Notice] = t
	}
	for _, t := range tasks {
		if now, ok := of[t.result.Notice]; ok && t.result.Status == Waiting {
			now.Outcome = t.result.Outcome
			*t.result = now
		}
	}
}

// sum is the SHA-256 of a body in hexadecimal: the trace that an event keeps of its notification.
func sum(body []byte) string {
	h := sha256.Sum256(body)
	return hex.EncodeToString(h[:])
}

// about returns whether a notice may be about what was booked now.
// Only notices of the same payments are tried again at once: all of them, at each webhook, would take too long.
func about(tasks []*task) func(*posting.Notice) bool {
	names := map[string]bool{}
	for _, t := range tasks {
		o := &t.result.Outcome
		for _, name := range []string{o.Reference, o.ProviderReference, t.result.Payment} {
			names[name] = name != ""
		}
	}
	return func(n *posting.Notice) bool { return names[n.Reference] || names[n.ProviderReference] }
}

// refusal makes a refusal of what an adapter says is wrong with a notification.
func refusal(err error) *ledger.Error {
	if e, ok := errors.AsType[*ledger.Error](err); ok {
		return e
	}
	return ledger.Errorf(ledger.Invalid, "%s", err)
}

// sortByTime puts what happened first first; at one time, in the order of a payment's life.
func sortByTime(tasks []*task) {
	rank := make(map[providers.Kind]int)
	for i, k := range providers.Kinds() {
		rank[k] = i
	}
	slices.SortStableFunc(tasks, func(a, b *task) int {
		x, y := &a.result.Outcome, &b.result.Outcome
		return cmp.Or(x.At.Compare(y.At), rank[x.Kind]-rank[y.Kind])
	})
}

// worst returns the status that matters most.
func worst(outcomes []OutcomeResult) Status {
	for _, s := range []Status{Refused, Waiting, Accepted, Duplicate} {
		if slices.ContainsFunc(outcomes, func(t OutcomeResult) bool { return t.Status == s }) {
			return s
		}
	}
	return Ignored
}

// Retry resolves the waiting notices again, now that the books may know more. It returns the result of each:
// first of those that were booked, then of those that still wait.
func (in *Intake) Retry(ctx context.Context) ([]OutcomeResult, error) {
	return in.retry(ctx, func(*posting.Notice) bool { return true })
}

// retry takes up the notices that are wanted.
// It goes on while a round books some and leaves some: what was booked may be what the rest waits for.
func (in *Intake) retry(ctx context.Context, wanted func(*posting.Notice) bool) ([]OutcomeResult, error) {
	var done []OutcomeResult
	for {
		notices, err := in.Book.Waiting(in.Adapter.Name())
		if err != nil {
			return nil, err
		}
		var tasks []*task
		for _, n := range notices {
			if !wanted(n) {
				continue
			}
			l, err := reconcile.NoticeLine(n)
			if err != nil {
				return nil, err
			}
			tasks = append(tasks, &task{line: l, result: &OutcomeResult{Notice: n.ID, Outcome: l.Outcome}})
		}
		sortByTime(tasks)
		if err := in.work(ctx, tasks); err != nil {
			return nil, err
		}
		var open []OutcomeResult
		for _, t := range tasks {
			if t.closed {
				done = append(done, *t.result)
			} else {
				open = append(open, *t.result)
			}
		}
		if len(open) == 0 || len(open) == len(tasks) { // else what was booked may be what others wait for
			return slices.Concat(done, open), nil
		}
	}
}

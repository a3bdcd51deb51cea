package reconcile

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/shell"
)

// Rows of shares that were read before their capture, or before the refund that they are of. A row that names no payment
// is booked as a transfer by itself where no payment has such a split: the money has moved. The capture then gives the
// same share once more. So when the lines of a run are booked, such transfers of the last weeks are looked at again, as
// if their rows came now. One that turns out to be a share confirms that share, and is taken back.

// lateWithin is how long before the lines of a run a row of a share may have been booked.
const lateWithin = 30 * 24 * time.Hour

// lateShares looks again at the transfers that only rows have told.
func (r *run) lateShares(ctx context.Context) (err error) {
	finder := r.Book.Finder()
	list, err := r.toldTransfers(finder)
	if len(list) == 0 || err != nil {
		return err
	}
	if r.Post {
		r.poster = r.newPoster(ctx)
	}
	memory, before := newMemory(), r.Counts[StatusMismatch]
	for _, t := range list {
		var l *Line
		if l, err = r.lateShare(finder, memory, t); err == nil && l != nil {
			err = r.takeInLate(l, t)
		}
		if err = cmp.Or(err, ctx.Err()); err != nil {
			break
		}
	}
	if !r.Post {
		return err
	}
	if err = errors.Join(err, r.poster.end()); err == nil && r.Counts[StatusMismatch] > before {
		err = r.retry(ctx) // the other row of one may wait
	}
	return err
}

// toldTransfers lists the transfers that only rows have told and of which something is left, oldest first.
func (r *run) toldTransfers(finder *posting.Finder) (list []*posting.TransferState, err error) {
	for rec, err := range finder.ToldTransfers(r.Provider) {
		if err != nil {
			return nil, err
		}
		if rec.Recorded.Before(r.Oldest.Add(-lateWithin)) {
			break
		}
		e, err := posting.EventOf(rec)
		if err != nil {
			return nil, err
		}
		t, err := maybe(finder.Transfer(cmp.Or(e.Transfer, e.ID)))
		if err != nil {
			return nil, err
		}
		if t != nil && e.Source != nil && !t.Left().IsZero() {
			list = append(list, t)
		}
	}
	slices.Reverse(list)
	return list, nil
}

// lateShare resolves the row that has told a transfer once more. It returns nil where it is a transfer still.
func (r *run) lateShare(finder *posting.Finder, memory *memory, t *posting.TransferState) (*Line, error) {
	e, err := posting.EventOf(t.Record)
	if err != nil {
		return nil, err
	}
	side, id, _ := strings.Cut(e.Part, "/")
	row := transferRow{from: t.From, to: t.To, amount: t.Amount, debited: side == transferRow{debited: true}.side()}
	l := &Line{Source: *e.Source, Outcome: providers.Outcome{Kind: providers.Split, ID: id, Part: true, At: t.At,
		Amount: t.Amount, Net: t.Amount, Split: t.Movement, Common: t.Movement, Movement: t.Movement}}
	mine, other := t.To, t.From
	if row.debited {
		l.Outcome.Net, mine, other = t.Amount.Neg(), t.From, t.To
	}
	for _, of := range []struct {
		id   accounts.ID
		name *string
	}{{mine, &l.Outcome.Account}, {other, &l.Outcome.Counterparty}} {
		if *of.name, err = nameAt(finder, r.Provider, of.id); err != nil {
			return nil, err
		}
	}
	g := &group{Resolver: r.resolver, finder: finder, lines: []*Line{l}, memory: memory}
	g.outcome, l.Resolution = l.Outcome, Resolution{Class: Matched}
	g.match = match{group: g, Resolution: &l.Resolution, line: l, o: &g.outcome, byAmount: true}
	m := &g.match
	m.setNames()
	found, err := m.inRoute(mine)
	if err != nil || !found || l.Waiting {
		return nil, err
	}
	for i := range l.Events { // the row's own id and part are those of the transfer
		if e := &l.Events[i]; e.ID == m.rowEvent() {
			e.ID, e.Part = derivedID(r.Provider, "late row", e.ID), clip(side+"/late/"+id)
		}
	}
	m.add(posting.Event{ID: derivedID(r.Provider, "late share", t.ID), Type: posting.TransferReverse, Transfer: t.ID,
		Amount: t.Left(), Fact: true})
	return l, nil
}

// nameAt is what a provider calls an account: its newest id there, or else the name that it has in the books.
func nameAt(finder *posting.Finder, provider string, id accounts.ID) (string, error) {
	names, err := finder.ProviderIDs(id)
	if err != nil || len(names[provider]) == 0 {
		return string(id), err
	}
	return names[provider][0], nil
}

// takeInLate books that a transfer is a share, and lists it.
func (r *run) takeInLate(l *Line, t *posting.TransferState) error {
	for _, k := range l.claims {
		if err := r.seen.Put(k, 1); err != nil {
			return err
		}
	}
	if r.Post {
		if err := r.poster.events(l.Events...); err != nil {
			return err
		}
	}
	r.Counts[StatusMismatch]++
	return r.add(Break{Class: StatusMismatch, Kind: providers.Split, Reference: cmp.Or(l.Payment, t.Movement),
		Movement: t.Movement, Account: l.Outcome.Account, Payment: l.Payment, At: t.At.UTC(),
		Expected: Side{Amount: t.Amount, State: "transfer by itself"}, Found: Side{Amount: t.Amount, State: "split"},
		Open: !r.Post, Posted: r.Post, order: 1<<61 + t.Record.Number,
		Hint:   "late: its row was read before that of its payment, and it counts twice until that is posted",
		Remedy: "splitledger payment " + shell.Quote(l.Payment)})
}

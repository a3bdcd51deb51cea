package query

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// The two worlds of a run.
const (
	was   = iota // events as they were
	would        // events with the rule
	worlds
)

// A world is a ledger that is made for a simulation, and removed with its directory afterwards.
type world struct {
	ledger *ledger.Ledger
	book   *posting.Book
	batch  []posting.Event
	setup  int // numbers the events that make it
}

// open makes a world with what there was before the events: nothing, unless the simulation has a
// ledger to take it from.
func (s *Simulation) open(ctx context.Context, path string) (*world, error) {
	assets := s.Assets
	if s.Ledger != nil {
		assets = s.Ledger.Table().Assets()
	}
	l, err := ledger.Open(path, ledger.Options{Assets: assets})
	if err != nil {
		return nil, err
	}
	w := &world{ledger: l}
	if w.book, err = posting.New(l, s.Options); err == nil && s.Ledger != nil {
		err = w.furnish(ctx, s.Ledger)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return w, nil
}

// furnish opens the providers and accounts and makes the rules of a ledger, and says whose money
// disputes take there. Balances are not taken over: the simulation shows what the events come to,
// so an account may be below zero that has money from before.
func (w *world) furnish(ctx context.Context, from *ledger.Ledger) error {
	b, err := posting.New(from, posting.Options{})
	if err != nil {
		return err
	}
	if err := w.declare(ctx, b, from); err != nil {
		return err
	}
	var statuses []posting.Event // when all is there: what is closed may be in the default
	for a := range from.Accounts() {
		switch a.Kind {
		case accounts.KindPlatform, accounts.KindLiable, accounts.KindFX:
			continue // are there, or come when they are used
		}
		e := posting.Event{Type: posting.AccountOpen, Account: a.ID, Kind: a.Kind,
			Holder: a.Holder, Metadata: a.Metadata, Overdraft: a.Overdraft}
		if err := w.must(ctx, e); err != nil {
			return err
		}
		if status := map[accounts.Status]posting.Type{accounts.Frozen: posting.AccountFreeze,
			accounts.Closed: posting.AccountClose}[a.Status]; status != "" {
			statuses = append(statuses, posting.Event{Type: status, Account: a.ID})
		}
	}
	policy, err := b.ChargebackPolicy(nil)
	if err == nil {
		err = w.must(ctx, posting.Event{Type: posting.ChargebackDefault, ChargebackPolicy: &policy})
	}
	if err != nil {
		return err
	}
	for rule, err := range b.Rules("") {
		if err != nil {
			return err
		}
		if err := w.create(ctx, rule); err != nil {
			return err
		}
	}
	for _, e := range statuses {
		if err := w.must(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// declare opens the providers of a ledger: those that were opened there, and, for ledgers from before
// provider.open, those that have an account.
func (w *world) declare(ctx context.Context, b *posting.Book, from *ledger.Ledger) error {
	opened, err := b.Openings()
	if err != nil {
		return err
	}
	for a := range from.Accounts() {
		if name, is := a.ID.ProviderName(); is && a.Kind == accounts.KindProvider {
			opened = append(opened, posting.Event{Type: posting.ProviderOpen, Provider: name, Scheme: "generic"})
		}
	}
	for _, e := range opened {
		e.At = time.Time{}
		if err := w.must(ctx, e); err != nil && !errors.Is(err, posting.DuplicateReference) &&
			!errors.Is(err, ledger.Invalid) {
			return err // but for what is known already, and schemes that this program does not have
		}
	}
	return nil
}

// create makes a version of a rule, if it is not there yet: the rule to be tried may be one of the ledger's.
func (w *world) create(ctx context.Context, r *posting.Rule) error {
	versions, err := w.book.RuleVersions(r.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(versions, func(v *posting.Rule) bool { return v.Version == cmp.Or(r.Version, "1") }) {
		return nil
	}
	return w.must(ctx, r.Event())
}

// must books an event that makes the world. It was accepted in the ledger that it is from, so a
// refusal ends the simulation.
func (w *world) must(ctx context.Context, e posting.Event) error {
	w.setup++
	e.ID = fmt.Sprintf("⟨simulation, event %d⟩", w.setup) // which no other event is likely to be called
	_, err := w.book.Post(ctx, e)
	return err
}

// negatives returns who is below zero in the world. Days do not matter here.
func (w *world) negatives(ctx context.Context) ([]Negative, error) {
	b := Books{Ledger: w.ledger, Rules: w.book}
	return b.Negatives(ctx, AccountFilter{}, time.Time{})
}

package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A Simulation asks what would have become of payments if they had followed a stored rule.
type Simulation struct {
	Rule   *posting.Rule
	Events iter.Seq2[posting.Event, error] // what happened, in its order; ranged over once
	// Ledger, if set, gives the accounts and rules that were there before the events.
	Ledger *ledger.Ledger
	Assets []money.Asset // currencies of one's own, where there is no Ledger
}

// An Outcome is what a [Simulation] comes to.
type Outcome struct {
	Payments  int // that followed the rule
	Untouched int // that were left as they were: of another currency, or of a provider whose payments are split after the capture
	Parties   []Party
	Failures  []Failure // of events that the rule makes fail, the first of each payment; at most MaxFailures
	Failed    int       // how many there are
	Negatives []Negative
}

// MaxFailures is how many failures an outcome holds.
const MaxFailures = 1000

// A Party is an account that the rule, or its absence, gives or takes money, in the rule's currency.
type Party struct {
	Account accounts.ID
	Splits  int          // that the rule gives it
	Given   money.Amount // by these splits, before fees and refunds
	Lost    money.Amount // by splits that failed
	Was     money.Amount // its balance after the events as they were
	Would   money.Amount // its balance after the events with the rule
}

// A Failure is an event that was accepted as it was and is refused with the rule.
type Failure struct {
	Payment string // empty for events of no payment
	Event   string
	Type    posting.Type
	Err     error
}

// Run books the events twice, as they were and with the rule in place of the splits that payments of its currency name, in
// two ledgers of their own that are removed again. Fee splits and splits of refunds, which name parts that there are not any
// more, are left out. The simulated ledgers need as much room in the directory for temporary files as the events did.
func (s Simulation) Run(ctx context.Context) (_ *Outcome, err error) {
	dir, err := os.MkdirTemp("", "splitledger-simulate-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	r := run{simulation: s, failed: map[string]bool{}, out: &Outcome{}}
	for i, name := range []string{"was.db", "would.db"} {
		w, err := s.open(ctx, filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, w.ledger.Close()) }()
		r.worlds[i] = w
	}
	if err := r.worlds[would].create(ctx, s.Rule); err != nil {
		return nil, err
	}
	if err := r.replay(ctx); err != nil {
		return nil, err
	}
	if err := r.conclude(ctx); err != nil {
		return nil, err
	}
	return r.out, nil
}

// The two worlds of a run.
const (
	was   = iota // events as they were
	would        // events with the rule
	worlds
)

// A world is a ledger that is made for a simulation.
type world struct {
	ledger *ledger.Ledger
	book   *posting.Book
	batch  []posting.Event
	setup  int // numbers the events that make it
}

// open makes a world with the accounts and rules that there were.
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
	if w.book, err = posting.New(l, posting.Options{}); err == nil && s.Ledger != nil {
		err = w.furnish(ctx, s.Ledger)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return w, nil
}

// furnish opens the accounts and makes the rules of a ledger.
func (w *world) furnish(ctx context.Context, from *ledger.Ledger) error {
	for a := range from.Accounts() {
		switch a.Kind {
		case accounts.KindPlatform, accounts.KindLiable, accounts.KindFX:
			continue // are there, or come when they are used
		}
		e := posting.Event{Type: posting.AccountOpen, Account: a.ID, Kind: a.Kind, Holder: a.Holder, Metadata: a.Metadata, Overdraft: a.Overdraft}
		if err := w.must(ctx, e); err != nil {
			return err
		}
		status := map[accounts.Status]posting.Type{accounts.Frozen: posting.AccountFreeze, accounts.Closed: posting.AccountClose}[a.Status]
		if status == "" {
			continue
		}
		if err := w.must(ctx, posting.Event{Type: status, Account: a.ID}); err != nil {
			return err
		}
	}
	b, err := posting.New(from, posting.Options{})
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
	return nil
}

// create makes a rule, if it is not there yet.
func (w *world) create(ctx context.Context, r *posting.Rule) error {
	if _, err := w.book.Rule(r.ID); err == nil {
		return nil
	}
	return w.must(ctx, posting.Event{Type: posting.RuleCreate, Rule: r.ID, Name: r.Name, Currency: r.Currency, Routes: r.Routes})
}

// must books an event that makes the world.
func (w *world) must(ctx context.Context, e posting.Event) error {
	w.setup++
	e.ID = fmt.Sprintf("⟨simulation, event %d⟩", w.setup) // which no other event is likely to be called
	_, err := w.book.Post(ctx, e)
	return err
}

// A run is a simulation under way.
type run struct {
	simulation Simulation
	worlds     [worlds]*world
	failed     map[string]bool // payments of which something failed already
	out        *Outcome
}

// batchSize is how many events are booked at once.
const batchSize = 2048

// replay books all events in both worlds.
func (r *run) replay(ctx context.Context) error {
	for e, err := range r.simulation.Events {
		if err != nil {
			return err
		}
		changed, err := r.changed(ctx, e)
		if err != nil {
			return err
		}
		r.worlds[was].batch = append(r.worlds[was].batch, e)
		r.worlds[would].batch = append(r.worlds[would].batch, changed)
		if len(r.worlds[was].batch) >= batchSize {
			if err := r.flush(ctx); err != nil {
				return err
			}
		}
	}
	return r.flush(ctx)
}

// changed returns an event as it would have been with the rule.
func (r *run) changed(ctx context.Context, e posting.Event) (posting.Event, error) {
	rule := r.simulation.Rule
	switch e.Type {
	case posting.PaymentAuthorise:
		if follows(&e, rule) {
			e.Splits, e.Rule = nil, rule.ID
		}
	case posting.PaymentCapture:
		if e.Provider == "" && (len(e.Splits) > 0 || e.Rule != "") { // in place of what the authorisation said
			if ok, err := r.touched(ctx, e.Payment); err != nil || !ok {
				return e, err
			}
			e.Splits, e.Rule = nil, rule.ID
		} else if follows(&e, rule) {
			e.Splits, e.Rule = nil, rule.ID
		}
	case posting.PaymentRefund:
		if len(e.Splits) > 0 {
			if ok, err := r.touched(ctx, e.Payment); err != nil || !ok {
				return e, err
			}
			e.Splits = nil
		}
	}
	return e, nil
}

// follows reports whether the payment that an event makes is one that follows the rule.
func follows(e *posting.Event, rule *posting.Rule) bool {
	return e.Provider != "" && e.Amount.Currency() == rule.Currency && !splitLater(e.Provider)
}

// splitLater reports whether a provider's payments are split after the capture, by events of their own.
func splitLater(provider string) bool {
	return slices.ContainsFunc(posting.Schemes(), func(s posting.Scheme) bool {
		return s.Provider == provider && s.Splits == posting.Afterwards
	})
}

// touched reports whether a payment follows the rule, or was to and failed.
func (r *run) touched(ctx context.Context, payment string) (bool, error) {
	if err := r.flush(ctx); err != nil {
		return false, err
	}
	if r.failed[payment] {
		return true, nil
	}
	p, err := r.worlds[would].book.Payment(payment)
	if errors.Is(err, posting.UnknownPayment) {
		return false, nil
	}
	return err == nil && p.Currency == r.simulation.Rule.Currency && !splitLater(p.Provider), err
}

// flush books what is waiting, and compares what becomes of it.
func (r *run) flush(ctx context.Context) error {
	var results [worlds][]posting.Result
	for i, w := range r.worlds {
		results[i] = w.book.PostBatch(ctx, w.batch)
	}
	for i := range results[was] {
		e := &r.worlds[would].batch[i]
		before, after := results[was][i].Err, results[would][i].Err
		for _, err := range []error{before, after} {
			if _, refused := errors.AsType[*ledger.Error](err); err != nil && !refused {
				return err
			}
		}
		again := e.Type == posting.RuleCreate && e.Rule == r.simulation.Rule.ID // that the rule was there from the beginning
		if before == nil && after != nil && !again {
			r.fail(e, after)
		}
	}
	for _, w := range r.worlds {
		clear(w.batch)
		w.batch = w.batch[:0]
	}
	return ctx.Err()
}

// fail notes a failure, unless it follows from another of the same payment.
func (r *run) fail(e *posting.Event, err error) {
	if e.Payment != "" {
		if r.failed[e.Payment] {
			return
		}
		r.failed[e.Payment] = true
	}
	r.out.Failed++
	if len(r.out.Failures) < MaxFailures {
		r.out.Failures = append(r.out.Failures, Failure{e.Payment, e.ID, e.Type, err})
	}
}

// conclude sums up what the rule gives, and who has what in both worlds.
func (r *run) conclude(ctx context.Context) error {
	c := r.simulation.Rule.Currency
	parties := map[accounts.ID]*Party{}
	party := func(id accounts.ID) *Party {
		p := parties[id]
		if p == nil {
			none := money.New(0, c)
			p = &Party{id, 0, none, none, none, none}
			parties[id] = p
		}
		return p
	}
	w := r.worlds[would]
	for p, err := range payments(ctx, w.ledger, w.book, "") {
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(p.Events, func(e posting.PaymentEvent) bool { return e.Event.Rule == r.simulation.Rule.ID }) {
			r.out.Untouched++
			continue
		}
		r.out.Payments++
		for _, s := range splitsOf(p) {
			to := party(s.Destination)
			if s.Status == posting.PartFailed {
				to.Lost = money.Sum(c, to.Lost, s.Amount)
				continue
			}
			to.Splits++
			to.Given = money.Sum(c, to.Given, s.Amount)
		}
	}
	for i, w := range r.worlds {
		for _, a := range w.ledger.Balances(nil) {
			for _, b := range a.Balances {
				switch {
				case b.Currency != c:
				case i == was:
					party(a.Account.ID).Was = b.Total()
				default:
					party(a.Account.ID).Would = b.Total()
				}
			}
		}
	}
	for _, p := range parties {
		if p.Splits > 0 || !p.Lost.IsZero() || !p.Was.Int().Equal(p.Would.Int()) {
			r.out.Parties = append(r.out.Parties, *p)
		}
	}
	slices.SortFunc(r.out.Parties, func(a, b Party) int { return cmp.Compare(a.Account, b.Account) })
	return r.findNegatives()
}

// findNegatives finds who is below zero with the rule and was not.
func (r *run) findNegatives() error {
	before, err := Negatives(r.worlds[was].ledger)
	if err != nil {
		return err
	}
	after, err := Negatives(r.worlds[would].ledger)
	if err != nil {
		return err
	}
	for _, n := range after {
		had := slices.ContainsFunc(before, func(b Negative) bool {
			return b.Account.ID == n.Account.ID && b.Balance.Currency == n.Balance.Currency
		})
		if !had {
			r.out.Negatives = append(r.out.Negatives, n)
		}
	}
	return nil
}

// EventsOf yields the events that made a ledger's records, in their order. Records of rules of the caller's own are left out.
func EventsOf(ctx context.Context, l *ledger.Ledger) iter.Seq2[posting.Event, error] {
	return func(yield func(posting.Event, error) bool) {
		for rec, err := range l.Records(ctx, 1) {
			if err != nil {
				yield(posting.Event{}, err)
				return
			}
			if eventOf(rec) == "" {
				continue
			}
			e, err := posting.EventOf(rec)
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

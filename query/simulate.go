package query

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/scheme"
)

// A Simulation asks what would have become of payments if they had followed a stored rule. It runs
// the real rules on real ledgers, and so answers for fees, refunds and disputes too, which a
// calculation with percents would miss.
type Simulation struct {
	Versions []*posting.Rule // of the rule, oldest first
	// Currency is of the payments that are tried; empty: that of the rule, which has to have one then.
	Currency money.Currency
	Events   iter.Seq2[posting.Event, error] // what happened, in its order; [Simulation.Run] ranges over them once
	// Ledger, if set, gives the accounts, rules and default of chargebacks that were there before the events.
	Ledger  *ledger.Ledger
	Assets  []money.Asset   // currencies of one's own, where there is no Ledger
	Options posting.Options // of the book that the events were posted to
}

// An Outcome is what a [Simulation] comes to. Amounts are in the rule's currency.
type Outcome struct {
	Rule     string         `json:"rule"`
	Name     string         `json:"-"` // of the rule
	Currency money.Currency `json:"currency"`
	Payments int            `json:"payments"` // that followed the rule
	Failed   int            `json:"failed"`   // events that the rule makes fail, the first of each payment and payout
	// Untouched payments were left as they were: they are of another currency, do not meet the rule's conditions, or
	// are of a provider whose payments are split after the capture.
	Untouched int       `json:"untouched"`
	Parties   []Party   `json:"parties"`
	Failures  []Failure `json:"failures"` // the first MaxFailures of those that failed
	Negatives []Debtor  `json:"negatives"`
}

// Unlisted is how many events failed that are not among the failures.
func (o *Outcome) Unlisted() int { return o.Failed - len(o.Failures) }

// MaxFailures is how many failures an outcome holds: enough to see why, where a rule fits none of a
// million payments.
const MaxFailures = 1000

// A Party is an account that the rule, or its absence, gives or takes money, in the rule's currency.
type Party struct {
	Account    accounts.ID `json:"account" col:"ACCOUNT"`
	Splits     int         `json:"splits" col:"SPLITS"`   // that the rule gives it
	Given      Minor       `json:"given" col:"GIVEN"`     // by these splits, before fees and refunds
	Lost       Minor       `json:"lost" col:"LOST"`       // by splits that failed
	Was        Minor       `json:"was" col:"BALANCE WAS"` // its balance after the events as they were
	Would      Minor       `json:"would" col:"WOULD BE"`  // its balance after the events with the rule
	Difference Minor       `json:"-" col:"DIFFERENCE"`    // would less was
}

// A Failure is an event that was accepted as it was and is refused with the rule.
type Failure struct {
	Payment string        `json:"payment,omitempty" col:"PAYMENT"` // empty for events of no payment
	Event   string        `json:"event" col:"EVENT"`
	Type    posting.Type  `json:"type" col:"TYPE"`
	Error   *ledger.Error `json:"error" col:"WHY,below"`
}

// A Debtor is an account that would be below zero with the rule and was not.
type Debtor struct {
	Account accounts.ID `json:"account" col:"ACCOUNT"`
	Holdings
	Since time.Time `json:"since" col:"SINCE"` // as of a [Negative]
	Event string    `json:"event" col:"EVENT"`
}

// Run books the events twice, in two temporary ledgers: once as they were, and once with the rule in place of
// the splits of payments in its currency. Fee splits and splits of refunds are left out, as they name parts
// that no longer exist. The ledgers need as much room for temporary files as the events took.
func (s Simulation) Run(ctx context.Context) (_ *Outcome, err error) {
	dir, err := os.MkdirTemp("", "splitledger-simulate-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	r := run{simulation: s, failed: map[string]bool{}, failedPayouts: map[string]bool{}, begun: map[string]begun{}}
	rule := s.Versions[len(s.Versions)-1]
	r.out = &Outcome{
		Rule: rule.ID, Name: rule.Name, Currency: cmp.Or(s.Currency, rule.Currency),
		Parties: []Party{}, Failures: []Failure{}, Negatives: []Debtor{},
	}
	if r.out.Currency == "" {
		return nil, ledger.Errorf(ledger.Invalid, "expected the currency of the payments, as the rule %s is for any", rule.ID)
	}
	for i, name := range []string{"was.db", "would.db"} {
		w, err := s.open(ctx, filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, w.ledger.Close()) }()
		r.worlds[i] = w
	}
	for _, version := range s.Versions {
		if err := r.worlds[would].create(ctx, version); err != nil {
			return nil, err
		}
	}
	if err := r.replay(ctx); err != nil {
		return nil, err
	}
	if err := r.conclude(ctx); err != nil {
		return nil, err
	}
	return r.out, nil
}

// A run is a simulation under way. Events are booked in batches, so what a batch has begun is not
// in the books yet when the next event is looked at.
type run struct {
	simulation    Simulation
	worlds        [worlds]*world
	failed        map[string]bool // payments of which something failed already
	failedPayouts map[string]bool
	begun         map[string]begun // payments that begin in the batch under way
	out           *Outcome
}

// A begun payment is of a provider, and follows the rule or not.
type begun struct {
	provider string
	follows  bool
}

// batchSize is how many events are booked at once: each batch is synced to the disk in both worlds.
const batchSize = 2048

// replay books all events in both worlds. A reversal names the number of an entry, which may be
// another with the rule.
func (r *run) replay(ctx context.Context) error {
	for e, err := range r.simulation.Events {
		if err != nil {
			return err
		}
		changed, err := r.changed(e)
		if err == nil && e.Type == posting.EntryReverse {
			changed.Entry, err = r.counterpart(ctx, e.Entry)
		}
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

// changed returns an event as it would have been with the rule. The splits that it names give way
// to the rule; a refund takes from parts as its scheme does without splits, because the parts have
// other references.
func (r *run) changed(e posting.Event) (posting.Event, error) {
	first, err := r.first(&e)
	follow := false
	switch {
	case err != nil:
	case first:
		follow = r.has(e.Amount.Currency(), e.Provider) && r.fits(&e)
		r.begun[e.Payment] = begun{e.Provider, follow}
	// A capture as authorised has the rule already, by its authorisation.
	case len(e.Splits) == 0 && e.Rule == "": // a capture as authorised, or anything else that has no splits
	case e.Type == posting.PaymentCapture, e.Type == posting.PaymentRefund:
		follow, err = r.follows(e.Payment)
	}
	if !follow || err != nil {
		return e, err
	}
	e.Splits = nil
	if e.Type != posting.PaymentRefund {
		e.Rule = r.out.Rule
	}
	return e, nil
}

// first reports whether an event begins a payment: a capture does only where there was no authorisation, or where what
// there was is another provider's, and cancelled. That is asked of the world with the rule, and of the batch that is not
// booked yet.
func (r *run) first(e *posting.Event) (bool, error) {
	if e.Type != posting.PaymentCapture || e.Provider == "" {
		return e.Type == posting.PaymentAuthorise, nil
	}
	if b, known := r.begun[e.Payment]; known {
		return b.provider != e.Provider, nil
	}
	if r.failed[e.Payment] {
		return false, nil
	}
	p, err := r.worlds[would].book.Payment(e.Payment)
	if errors.Is(err, posting.UnknownPayment) {
		return true, nil
	}
	return err == nil && p.Provider != e.Provider, err
}

// has reports whether payments of a currency and a provider follow the rule. Those that are split after the capture,
// by events of their own, do not.
func (r *run) has(c money.Currency, provider string) bool {
	return c == r.out.Currency && r.worlds[would].book.Scheme(provider).Splits != scheme.Afterwards
}

// fits reports whether a payment that an event begins meets the conditions of a version of the rule.
func (r *run) fits(e *posting.Event) bool {
	o := posting.Occasion{Provider: e.Provider, Amount: e.Amount}
	if e.Attributes != nil {
		o.Attributes = *e.Attributes
	}
	_, err := posting.ChooseRule(r.simulation.Versions, o)
	return err == nil
}

// follows reports whether a payment follows the rule, or was to and failed: its later events must
// not be booked with the splits of the old rule.
func (r *run) follows(payment string) (bool, error) {
	if b, known := r.begun[payment]; known || r.failed[payment] {
		return b.follows || !known, nil
	}
	p, err := r.worlds[would].book.Payment(payment)
	if errors.Is(err, posting.UnknownPayment) {
		return false, nil
	}
	return err == nil && r.has(p.Currency, p.Provider) && r.fits(&p.Events[0].Event), err
}

// none is the number of no entry: so a reversal of an entry that is not there is refused, and not
// booked for another.
const none = math.MaxInt64

// counterpart returns the number that an entry has in the world with the rule, or none. Both worlds
// have the same events, so the entry is found by its event and its place in it.
func (r *run) counterpart(ctx context.Context, number uint64) (uint64, error) {
	if err := r.flush(ctx); err != nil {
		return 0, err
	}
	rec, err := r.worlds[was].ledger.EntryRecord(number)
	if errors.Is(err, journal.ErrNotFound) {
		return none, nil
	}
	if err != nil {
		return 0, err
	}
	same, err := r.worlds[would].ledger.Group(rec.Keys[0])
	if err != nil || len(same) == 0 {
		return none, err
	}
	at := number - rec.Entries[0].Number
	if at >= uint64(len(same[0].Entries)) {
		return none, nil
	}
	return same[0].Entries[at].Number, nil
}

// flush books what is waiting, and compares what becomes of it. Only an event that was accepted as
// it was and is refused with the rule says something about the rule.
func (r *run) flush(ctx context.Context) error {
	var results [worlds][]posting.Result
	for i, w := range r.worlds {
		results[i] = w.book.PostBatch(ctx, w.batch)
	}
	for i := range results[was] {
		e := &r.worlds[would].batch[i]
		before, after := results[was][i].Err, results[would][i].Err
		for _, err := range []error{before, after} {
			if ledger.Failed(err) {
				return err
			}
		}
		// A refused rule.create (the rule is there already) and a refused reversal of what failed do not count as
		// failures.
		known := e.Type == posting.RuleCreate && e.Rule == r.out.Rule ||
			e.Type == posting.EntryReverse && e.Entry == none
		if before == nil && after != nil && !known {
			r.fail(e, after)
		}
	}
	for _, w := range r.worlds {
		clear(w.batch)
		w.batch = w.batch[:0]
	}
	clear(r.begun)
	return ctx.Err()
}

// fail notes a failure, unless it follows from another of the same payment or payout.
func (r *run) fail(e *posting.Event, err error) {
	failed, name := r.failed, e.Payment
	if e.Payout != "" {
		failed, name = r.failedPayouts, e.Payout
	}
	if name != "" {
		if failed[name] {
			return
		}
		failed[name] = true
	}
	r.out.Failed++
	if len(r.out.Failures) < MaxFailures {
		r.out.Failures = append(r.out.Failures, Failure{e.Payment, e.ID, e.Type, Refusal(err)})
	}
}

// conclude sums up what the rule gives, and who has what in both worlds.
func (r *run) conclude(ctx context.Context) error {
	parties := parties{r.out.Currency, map[accounts.ID]*Party{}}
	if err := r.countPayments(ctx, &parties); err != nil {
		return err
	}
	for i, w := range r.worlds {
		all, err := w.ledger.BalancesAt(ledger.AsOf{}, nil)
		if err != nil {
			return err
		}
		for _, a := range all {
			for _, b := range a.Balances {
				switch {
				case b.Currency != r.out.Currency:
				case i == was:
					parties.of(a.Account.ID).Was = Minor{b.Total()}
				default:
					parties.of(a.Account.ID).Would = Minor{b.Total()}
				}
			}
		}
	}
	r.out.Parties = append(r.out.Parties, parties.changed()...)
	return r.findNegatives(ctx)
}

// countPayments counts the payments that followed the rule, and what the rule gave in them. What
// was given is counted from the books and not from the rule's percents, so rounding and failed
// splits are in it.
func (r *run) countPayments(ctx context.Context, parties *parties) error {
	w := r.worlds[would]
	for p, err := range (&Books{Ledger: w.ledger, Rules: w.book}).payments(ctx, "") {
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(p.Events, func(e posting.PaymentEvent) bool { return e.Event.Rule == r.out.Rule }) {
			r.out.Untouched++
			continue
		}
		r.out.Payments++
		for _, s := range splitsOf(p) {
			to := parties.of(s.Destination)
			if s.Status == posting.PartFailed || s.Status == FellBack {
				to.Lost.add(s.Amount)
				continue
			}
			to.Splits++
			to.Given.add(s.Amount)
		}
	}
	return nil
}

// parties are those of an outcome, by account.
type parties struct {
	currency money.Currency
	all      map[accounts.ID]*Party
}

// of returns a party, which has nothing in the rule's currency at first.
func (p *parties) of(id accounts.ID) *Party {
	of := p.all[id]
	if of == nil {
		none := Minor{money.New(0, p.currency)}
		of = &Party{Account: id, Given: none, Lost: none, Was: none, Would: none}
		p.all[id] = of
	}
	return of
}

// changed returns the parties to whom the rule makes a difference, by account.
func (p *parties) changed() (list []Party) {
	for _, of := range p.all {
		of.Difference = Minor{money.FromInt(of.Would.Int().Sub(of.Was.Int()), p.currency)}
		if of.Splits > 0 || !of.Lost.IsZero() || !of.Difference.IsZero() {
			list = append(list, *of)
		}
	}
	slices.SortFunc(list, func(a, b Party) int { return cmp.Compare(a.Account, b.Account) })
	return list
}

// findNegatives finds who is below zero with the rule and was not. Who was below zero anyhow is not
// the rule's fault, and is left out.
func (r *run) findNegatives(ctx context.Context) error {
	before, err := r.worlds[was].negatives(ctx)
	if err != nil {
		return err
	}
	after, err := r.worlds[would].negatives(ctx)
	if err != nil {
		return err
	}
	for _, n := range after {
		had := slices.ContainsFunc(before, func(b Negative) bool {
			return b.Account == n.Account && b.Currency == n.Currency
		})
		if !had {
			r.out.Negatives = append(r.out.Negatives, Debtor{n.Account, n.Holdings, n.Since, n.Event})
		}
	}
	return nil
}

// EventsOf yields the events that made a ledger's records, in order, each with its time in the books. Records
// of the caller's own rules are left out. For a provider used before there was provider.open, such an event is
// put before its first use.
func EventsOf(ctx context.Context, l *ledger.Ledger) iter.Seq2[posting.Event, error] {
	return func(yield func(posting.Event, error) bool) {
		opened := map[string]bool{}
		for _, name := range scheme.BuiltIn() {
			opened[name] = true
		}
		for rec, err := range l.Records(ctx, 1) {
			if err != nil {
				yield(posting.Event{}, err)
				return
			}
			if eventOf(rec) == "" {
				continue
			}
			e, err := posting.EventOf(rec)
			e.At = rec.At
			for _, name := range providersOf(&e) {
				if opened[name] {
					continue
				}
				opened[name] = true
				open := posting.Event{
					ID: "⟨provider " + name + "⟩", Type: posting.ProviderOpen,
					At: rec.At, Provider: name, Scheme: "generic",
				}
				if e.Type != posting.ProviderOpen && !yield(open, nil) {
					return
				}
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// providersOf returns the names of the providers that an event needs to be known: its own, and
// those whose accounts it names.
func providersOf(e *posting.Event) (names []string) {
	if e.Provider != "" {
		names = append(names, e.Provider)
	}
	if name, is := e.Account.ProviderName(); is && e.Type == posting.AccountOpen {
		names = append(names, name)
	}
	for i := range e.Postings {
		if name, is := e.Postings[i].Account.ProviderName(); is {
			names = append(names, name)
		}
	}
	return names
}

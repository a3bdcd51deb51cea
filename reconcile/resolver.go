package reconcile

import (
	"cmp"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/providers"
)

// A Resolver compares outcomes of one provider with the books. It may be used by several goroutines at once, each with
// a finder of its own: what it remembers between lines is in the group of a call.
type Resolver struct {
	Ledger   *ledger.Ledger
	Book     *posting.Book
	Provider string

	// Nobody books what lines come to. So events are made only where a line after it depends on them; the rest of the
	// time goes into comparing.
	unbooked bool
}

// Resolve compares lines of one payment, or of none that the books know, and sets their resolutions. Lines with
// names that the books know come first, then those found by amount; within each, the order is that of the
// events. What a line would book is pretended for the lines after it. Nothing is booked.
func (r *Resolver) Resolve(f *posting.Finder, lines []*Line) ([]*Line, error) {
	g := &group{Resolver: r, finder: f, lines: lines}
	err := g.resolve()
	return g.order, err
}

// A group is lines of one payment while they are resolved.
type group struct {
	*Resolver
	finder  *posting.Finder  // of one goroutine
	lines   []*Line          // as they came
	order   []*Line          // as they were resolved
	rest    int              // how many lines are still to be resolved
	payment *posting.Payment // nil while the books have none
	rows    rowSums          // what the rows among the lines say of each account

	// Events of the payment that lines before lead to. They are applied to the payment in memory before the next line
	// is compared, so that it meets the payment as it will be.
	ahead []posting.Event

	memory *memory // shared by all lines of no payment; nil of most groups of a payment

	match   match             // of the line that is being resolved; here to save an allocation for each line
	outcome providers.Outcome // the line's, as far as it is filled in
}

// A memory keeps what lines of no payment were about and what is not in the books yet,
// for the lines after them.
type memory struct {
	transfers   map[string]*posting.TransferState // by name, with what rows have said since
	rows        map[string]string                 // the event of a row of a transfer, by transfer and side
	rowReported map[routedKey]bool                // sides of splits that rows of this run have reported
	oneSided    map[string]oneSidedRow            // rows that wait for the other side, by what both rows have
	payouts     map[string]*posting.Payout        // by name or movement, as lines before have left them
	matched     map[string]bool                   // payouts and receipts that a line was matched to by its amount
	seen        map[string]*posting.FactSource    // events that lines before lead to, by id
	routes      map[accounts.ID]*routes           // the splits of an account's payments, read once
	refunds     map[string]*routed                // whose refund a row was found to be, by movement
	splits      map[string]*routed                // whose split a row was found to be, by movement
	waiting     map[string]string                 // payments of refunds that wait as notices, by movement
	ahead       map[string][]posting.Event        // of lines that were found to be of a payment, by its name
}

// earlier returns the group's memory, and makes it on first use: most groups need none.
func (g *group) earlier() *memory {
	if g.memory == nil {
		g.memory = newMemory()
	}
	return g.memory
}

func newMemory() *memory {
	return &memory{
		transfers:   map[string]*posting.TransferState{},
		rows:        map[string]string{},
		rowReported: map[routedKey]bool{},
		oneSided:    map[string]oneSidedRow{},
		payouts:     map[string]*posting.Payout{},
		matched:     map[string]bool{},
		seen:        map[string]*posting.FactSource{},
		routes:      map[accounts.ID]*routes{},
		refunds:     map[string]*routed{},
		splits:      map[string]*routed{},
		ahead:       map[string][]posting.Event{},
	}
}

// resolve compares all lines of the group, those with known names before those that are matched by amount, and sets
// their resolutions. Errors are of the books.
func (g *group) resolve() error {
	if g.lines[0].ambiguousPayment {
		return g.shareAmongPayments()
	}
	if err := g.findPayment(); err != nil {
		return err
	}
	order := slices.Clone(g.lines)
	slices.SortStableFunc(order, func(a, b *Line) int {
		x, y := &a.Outcome, &b.Outcome
		return cmp.Or(x.At.Compare(y.At), g.rank(x.Kind)-g.rank(y.Kind))
	})
	// Providers may know two payments under one merchant's reference. The lines of the other one are compared as a
	// group of their own, at the end.
	others := g.otherPayments(order)
	g.rows.count(g, order)
	g.rest = len(order)
	var unnamed []*Line
	for _, l := range order {
		if slices.Contains(others, l) {
			continue
		}
		resolved, err := g.resolveLine(l, false)
		if err != nil {
			return err
		}
		if !resolved {
			unnamed = append(unnamed, l)
		}
	}
	// Failed refunds and reversed captures come last. They are matched by amount only to what no other line matched;
	// and the line of a capture may first give it the reference that its reversal has.
	failures := func(l *Line) bool {
		return l.Outcome.Kind == providers.RefundFailed || l.Outcome.Kind == providers.CaptureReversed
	}
	for _, last := range []bool{false, true} {
		for _, l := range unnamed {
			if failures(l) != last {
				continue
			}
			if _, err := g.resolveLine(l, true); err != nil {
				return err
			}
		}
	}
	for _, same := range byTheirs(others) {
		if err := g.resolveOther(same, ""); err != nil {
			return err
		}
	}
	return nil
}

// findPayment finds the payment of the lines.
// There is none if no line has a name that the books know, or if the payment is of another provider: the
// merchant's references of two providers may be alike by chance. A payment that a line before makes is not
// in the books yet.
func (g *group) findPayment() error {
	id := ""
	for _, l := range g.lines {
		id = cmp.Or(id, l.Payment)
	}
	if id == "" {
		g.finder.Forget()
		return nil
	}
	p, err := g.finder.Payment(id)
	if refused, ok := ledger.Refused(err); ok && refused.Code == posting.UnknownPayment && len(g.ahead) > 0 {
		g.finder.Forget()
		return nil // a line before makes it
	}
	if err != nil {
		return err
	}
	if p.Provider == g.Provider {
		g.payment = p
	} else {
		g.finder.Forget()
	}
	return nil
}

// otherPayments returns the lines of another payment at the provider under the same merchant reference. A line is of
// another one if its provider reference differs from the payment's. Where the payment has none yet: if the line was
// settled to another account, or if its provider reference is not the likeliest one.
func (g *group) otherPayments(order []*Line) (others []*Line) {
	if g.payment == nil {
		return nil
	}
	// Which of the provider's references is the payment's: the one that the books have, else the likeliest.
	theirs := g.payment.ProviderReference
	if theirs == "" && g.payment.Account != "" && g.Book.Scheme(g.Provider).Merchant == scheme.AccountMerchant {
		elsewhere := map[string]bool{}
		for _, l := range order {
			elsewhere[l.Outcome.ProviderReference] = elsewhere[l.Outcome.ProviderReference] || g.elsewhere(&l.Outcome)
		}
		var here []*Line
		for _, l := range order {
			if elsewhere[l.Outcome.ProviderReference] {
				others = append(others, l)
			} else {
				here = append(here, l)
			}
		}
		order = here
	}
	if theirs == "" && len(order) <= 1 {
		return others
	}
	if theirs == "" {
		theirs = g.likeliest(order)
	}
	for _, l := range order {
		if r := l.Outcome.ProviderReference; r != "" && theirs != "" && r != theirs && !g.knows(r) {
			others = append(others, l)
		}
	}
	return others
}

// elsewhere reports whether a line reports a settlement on another account than the payment's. It must give the
// provider's reference, and the payment must have none yet.
func (g *group) elsewhere(o *providers.Outcome) bool {
	settled := o.Kind == providers.Settled || o.Kind == providers.Captured || o.Kind == providers.Fee
	if !settled || o.Part || o.ProviderReference == "" || g.knows(o.ProviderReference) ||
		g.knows(o.Movement) || g.knows(o.Ours) {
		return false
	}
	id, known, err := g.account(o.Account)
	return err == nil && known && id != g.payment.Account
}

// likeliest returns which of the provider's references in the lines is the payment's, if the payment has none
// yet: the first with a line that names something in the books, else the first with a line of the amount of a
// capture, else the first.
func (g *group) likeliest(order []*Line) string {
	for _, fits := range []func(o *providers.Outcome) bool{
		func(o *providers.Outcome) bool { return g.knows(o.Movement) || g.knows(o.Ours) },
		func(o *providers.Outcome) bool {
			return slices.ContainsFunc(g.payment.Captures, func(c *posting.Capture) bool {
				return c.Amount.Equal(o.Amount)
			})
		},
		func(o *providers.Outcome) bool { return true },
	} {
		for _, l := range order {
			if o := &l.Outcome; o.ProviderReference != "" && fits(o) {
				return o.ProviderReference
			}
		}
	}
	return ""
}

// knows reports whether something of the payment has a name.
// The payment's own names do not count, as some providers name a capture after its payment.
func (g *group) knows(name string) bool {
	p := g.payment
	return name != "" && !g.ofPayment(name) &&
		(slices.ContainsFunc(p.Captures, func(c *posting.Capture) bool { return c.ID == name || c.Movement == name }) ||
			slices.ContainsFunc(p.Refunds, func(r posting.Refund) bool { return r.ID == name || r.Movement == name }) ||
			slices.ContainsFunc(p.Chargebacks, func(c *posting.Chargeback) bool {
				return c.ID == name || c.Movement == name
			}))
}

// ofPayment reports whether a name is the payment's own, and so none of a movement.
func (g *group) ofPayment(name string) bool {
	p := g.payment
	return p != nil && (name == p.ID || name == p.Reference || name == p.ProviderReference)
}

// byTheirs parts lines by the provider's reference, those first that came first.
func byTheirs(lines []*Line) (parts [][]*Line) {
	place := map[string]int{}
	for _, l := range lines {
		i, known := place[l.Outcome.ProviderReference]
		if !known {
			i = len(parts)
			place[l.Outcome.ProviderReference], parts = i, append(parts, nil)
		}
		parts[i] = append(parts[i], l)
	}
	return parts
}

// resolveOther resolves lines of another payment: of a name, or of one that only the provider has.
func (g *group) resolveOther(lines []*Line, payment string) error {
	for _, l := range lines {
		l.Payment, l.ambiguousPayment = payment, false
	}
	other := &group{Resolver: g.Resolver, finder: g.finder, lines: lines, memory: g.memory}
	if err := other.resolve(); err != nil {
		return err
	}
	g.order = append(g.order, other.order...)
	for _, l := range lines {
		if payment == "" && l.Class == MissingInLedger && l.Outcome.Reference != "" {
			l.Hint = "the books have one payment of " + l.Outcome.Reference +
				", the provider two: the buyer may have been charged twice"
		}
	}
	return nil
}

// resolveLine resolves a line. It reports false if the line has no name that the books know and byAmount does
// not allow another way.
func (g *group) resolveLine(l *Line, byAmount bool) (resolved bool, err error) {
	if err := g.applyPending(); err != nil {
		return false, err
	}
	l.Resolution = Resolution{Class: Matched, Found: Side{Amount: l.Outcome.Amount}}
	g.outcome = l.Outcome
	g.match = match{group: g, Resolution: &l.Resolution, line: l, p: g.payment, o: &g.outcome, byAmount: byAmount}
	m, outcome := &g.match, &g.outcome
	m.setNames()
	if m.p == nil {
		resolved, err = true, m.unknownPayment()
	} else {
		m.Payment = m.p.ID
		if outcome.Amount.Currency() == "" && !outcome.Amount.IsZero() {
			outcome.Amount = money.FromInt(outcome.Amount.Int(), m.p.Currency)
		}
		resolved, err = m.compare()
	}
	if err != nil || !resolved {
		return resolved, err
	}
	m.claimReported()
	m.reference()
	m.advise()
	g.rest--
	g.order = append(g.order, l)
	if g.payment != nil {
		l.Resolution.Payment = g.payment.ID
	}
	return true, nil
}

// applyPending applies what the lines before would book, so that the next line meets the payment as it will be.
// An event that the books would refuse changes nothing here either; the poster reports the refusal
// when it is posted.
func (g *group) applyPending() error {
	events := g.ahead
	g.ahead = nil
	for i := range events {
		p, err := g.finder.Pretend(events[i])
		if _, refused := ledger.Refused(err); err != nil && !refused {
			return err
		}
		if err == nil && g.payment == nil {
			g.payment = p
		}
	}
	return nil
}

// account returns the account of the books that the provider calls so.
func (g *group) account(name string) (accounts.ID, bool, error) {
	if name == "" {
		return "", false, nil
	}
	id, err := maybe(g.finder.AccountAt(g.Provider, name))
	return id, id != "", err
}

// ranks are the places of kinds in a payment's life.
var ranks = func() map[providers.Kind]int {
	of := map[providers.Kind]int{}
	for i, k := range providers.Kinds() {
		of[k] = i
	}
	return of
}()

// rank is the place of a kind in the life of a payment. If splits are booked at settlement, they share what
// fees leave; so fees come first.
func (g *group) rank(k providers.Kind) int {
	if k == providers.Fee && g.Book.Scheme(g.Provider).Splits == scheme.AtSettlement {
		k = providers.Cancelled
	}
	return ranks[k]
}

package reconcile

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/reconcile/internal/ondisk"
)

// shareAmongPayments distributes lines of one merchant's reference among several payments in the books that all have
// it. It is for lines whose provider's references the books do not know. All lines with one provider's reference belong
// to one payment: the one that fits them best. Without any fit they get the newest payment that is left; if none is
// left, they are of a payment that the books do not have.
func (g *group) shareAmongPayments() error {
	lines := slices.Clone(g.lines)
	slices.SortStableFunc(lines, func(a, b *Line) int { return a.Outcome.At.Compare(b.Outcome.At) })
	names, err := g.finder.Unclaimed(g.Provider, lines[0].Outcome.Reference)
	if err != nil {
		return err
	}
	// Every part, which is the lines of one provider's reference, is rated with every payment: as well as its
	// best line fits.
	parts := byTheirs(lines)
	var pairs []fitting
	of := make([]accounts.ID, len(names))
	for i, name := range names {
		p, err := g.finder.Payment(name)
		if err != nil {
			return err
		}
		of[i] = p.Account
		for j, part := range parts {
			f := fitting{payment: i, part: j}
			for _, l := range part {
				f.best = max(f.best, g.likeness(g.finder, p, &l.Outcome))
			}
			pairs = append(pairs, f)
		}
	}
	g.finder.Forget()
	slices.SortStableFunc(pairs, func(a, b fitting) int {
		newest := 0
		if a.best == 0 {
			newest = b.payment - a.payment
		}
		return cmp.Or(b.best-a.best, a.part-b.part, newest, a.payment-b.payment)
	})
	// The best pairs choose first. Among payments that do not fit at all the newest is first.
	chosen := make([]string, len(parts))
	alike := make([]bool, len(parts)) // with another payment that is left, of another account
	taken := make([]bool, len(names))
	for _, f := range pairs {
		if chosen[f.part] == "" && !taken[f.payment] {
			alike[f.part] = slices.ContainsFunc(pairs, func(x fitting) bool {
				return x.part == f.part && x.best == f.best && !taken[x.payment] && of[x.payment] != of[f.payment]
			})
			chosen[f.part], taken[f.payment] = names[f.payment], true
		}
	}
	for j, part := range parts {
		if alike[j] && !slices.ContainsFunc(part, func(l *Line) bool { return l.Source.Report != "" }) {
			g.undecided(part)
			continue
		}
		if err := g.resolveOther(part, chosen[j]); err != nil {
			return err
		}
	}
	return nil
}

// undecided keeps notifications that may be of several payments. A report will report the
// account, and so the payment.
func (g *group) undecided(lines []*Line) {
	for _, l := range lines {
		l.ambiguousPayment = false
		l.Resolution = Resolution{}
		m := &match{group: g, Resolution: &l.Resolution, line: l, o: &l.Outcome}
		m.differ(MissingInLedger, Side{}, Side{Amount: l.Outcome.Amount})
		m.park(MissingInLedger, "the books have several payments of "+
			l.Outcome.Reference+", and it does not say which it is")
		g.order = append(g.order, l)
	}
}

// A fitting says how well the lines of one of the provider's references fit a payment.
type fitting struct {
	payment, part int
	best          int // as likeness says
}

// owners are, for each merchant's reference that the books do not know, the provider's reference that came
// first with it. Only that payment can be made under the merchant's reference; the others need another name.
type owners struct{ ondisk.Map }

// sharesReference reports whether an earlier line has the same merchant's reference and is of another payment.
func (w *owners) sharesReference(l *Line) (bool, error) {
	o := &l.Outcome
	if l.Payment != "" || o.Reference == "" || o.ProviderReference == "" || withoutPayment(l) {
		return false, nil
	}
	merchant, theirs := keyOf(o.Reference), keyOf(o.ProviderReference)
	owner := binary.LittleEndian.Uint64(theirs[:])
	first, known, err := w.Get(merchant)
	if err == nil && !known {
		return false, w.Put(merchant, owner)
	}
	return first != owner, err
}

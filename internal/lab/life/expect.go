package life

import (
	"maps"
	"slices"
)

// An Expectation is what the books have to have after what was told so far, in one currency.
type Expectation struct {
	Currency string
	Total    int64 // of the provider's account: pending, available and reserved

	// Less is by how much the total may be less, besides nothing: where names are missing the books may take a thing
	// that the platform has posted for one that the provider tells.
	Less []int64

	// Vague says that no total can be named: a whole was taken back, of which the books know a part.
	Vague bool

	Accounts []Balance // those of which the balance is sure
	Unsure   []string  // accounts that a thing may be booked on of which only the whole was told
}

// A Balance is what a group of accounts has to have.
type Balance struct {
	Group *Group
	Minor int64
}

// Expect returns what the books have to be after what was told so far.
func (w *World) Expect() []Expectation {
	currencies := map[string]bool{}
	for _, t := range w.things {
		currencies[t.Current] = true
	}
	var list []Expectation
	for _, c := range slices.Sorted(maps.Keys(currencies)) {
		list = append(list, w.expect(c))
	}
	return list
}

func (w *World) expect(currency string) Expectation {
	e := Expectation{Currency: currency}
	sums, unsure := map[string]int64{}, map[string]bool{}
	ours, theirs := map[string]int64{}, map[string][]int64{}
	less := map[int64]bool{0: true}
	touched, loose := map[string]map[string]bool{}, map[string][]*Thing{}
	for _, t := range w.things {
		if t.Current != currency {
			continue
		}
		if !w.RowsMakePayments && t.Payment != nil && !t.Payment.Known {
			continue // it waits
		}
		if w.blocked(t) {
			continue
		}
		sum, by, sure := t.booked()
		e.Total += sum
		for a, n := range by {
			if to, closed := w.closed[a]; closed {
				a = to
			}
			sums[a] += n
		}
		if !sure {
			for _, a := range t.Touches {
				unsure[a] = true
			}
		}
		if u := t.undoes; u != nil && t.heard && !t.any() {
			switch {
			case !u.known():
				theirs[u.Class] = append(theirs[u.Class], u.Whole)
			case !u.whole() && !u.Complete():
				e.Vague = true
			}
		}
		if n := t.announced(); n > 0 {
			less = pairwise(less, map[int64]bool{0: true, n: true})
			for _, a := range t.Touches {
				unsure[a] = true
			}
		}
		if t.loose() {
			loose[t.Class] = append(loose[t.Class], t)
		}
		// What the provider did and took back may have been taken for what the platform asked for, of which nothing is told.
		if t.Class == "" || !t.known() || t.own && t.undone() {
			continue
		}
		if touched[t.Class] == nil {
			touched[t.Class] = map[string]bool{}
		}
		for _, a := range t.Touches {
			touched[t.Class][a] = true
		}
		switch {
		case t.own && !t.any() && !t.heard:
			ours[t.Class] += sum
		case !t.own && (t.heard || !t.named):
			theirs[t.Class] = append(theirs[t.Class], sum)
		}
	}
	for _, list := range loose {
		if len(list) > 1 {
			for _, a := range list[0].Touches {
				unsure[a] = true
			}
		}
	}
	for _, class := range slices.Sorted(maps.Keys(ours)) {
		if len(theirs[class]) == 0 {
			continue
		}
		maps.Copy(unsure, touched[class])
		less = pairwise(less, within(theirs[class], ours[class]))
	}
	delete(less, 0)
	e.Less = slices.Sorted(maps.Keys(less))
	for _, g := range w.groups {
		if unsure[g.Account] {
			e.Unsure = append(e.Unsure, g.Account)
		} else {
			e.Accounts = append(e.Accounts, Balance{g, sums[g.Account]})
		}
	}
	return e
}

// blocked reports whether nothing of a thing can be booked, as the ledger does not know its accounts.
func (w *World) blocked(t *Thing) bool {
	return slices.ContainsFunc(t.Blocked, func(a string) bool { return !w.opened[a] })
}

// Stuck is a thing that was told and cannot be booked. As long as there is one no run is clean.
func (w *World) Stuck() *Thing {
	for _, t := range w.things {
		if t.any() && w.blocked(t) {
			return t
		}
	}
	return nil
}

// Close says that the ledger has closed an account of the provider, with nothing in it. What it should get goes to
// another.
func (w *World) Close(account, to string) { w.closed[account] = to }

// IsClosed reports whether the ledger has closed an account.
func (w *World) IsClosed(account string) bool { return w.closed[account] != "" }

// Closed are the accounts whose money goes to another.
func (w *World) Closed(to string) map[string]bool {
	list := map[string]bool{}
	for account, other := range w.closed {
		if other == to {
			list[account] = true
		}
	}
	return list
}

// Opened says that the ledger knows an account of the provider from now on.
func (w *World) Opened(account string) { w.opened[account] = true }

// within returns the sums of any of these numbers, all of one sign, that do not go beyond a limit.
func within(numbers []int64, limit int64) map[int64]bool {
	all := map[int64]bool{0: true}
	for _, n := range numbers {
		for s := range maps.Clone(all) {
			if sum := s + n; sum >= min(0, limit) && sum <= max(0, limit) {
				all[sum] = true
			}
		}
	}
	return all
}

// pairwise returns the sums of a number of each.
func pairwise(a, b map[int64]bool) map[int64]bool {
	all := map[int64]bool{}
	for x := range a {
		for y := range b {
			all[x+y] = true
		}
	}
	return all
}

// MayWait reports whether something of a payment may wait for ever: the books were never told of it.
func (w *World) MayWait(reference, providerReference string) bool {
	for _, p := range w.payments {
		if p.ProviderReference == providerReference || providerReference == "" && p.Reference == reference {
			return !p.Known
		}
	}
	return false
}

// Pay makes a payment at the provider.
func (w *World) Pay(p *Payment) *Payment {
	w.payments = append(w.payments, p)
	return p
}

// Payments are all payments so far.
func (w *World) Payments() []*Payment { return w.payments }

package life

import "fmt"

// A Thing is one movement at the provider, or an attempt at one: a capture, a refund, a round of a dispute, a fee, a
// transfer, a payout. The books may know it as a whole (from the platform's own event, or a webhook) and by its
// pieces.
type Thing struct {
	Name    string // in the story
	Whole   int64  // by how much it changes what the provider owes, once the books know it as a whole
	Current string // the currency

	// Class is what this thing has in common with those that the books may take it for where names are missing: the
	// payment, the kind and the amount. Things of the empty class are never mistaken.
	Class string

	// Payment is what the books have to know before they can book a whole; nil if nothing.
	Payment *Payment

	// Loose says that nothing but amount and time ties the two rows of a transfer: they may be taken for rows of
	// others.
	Loose bool

	// Together says that files are not split between lines of this thing: all that tells what they are of is their sum.
	Together bool

	// Touches are the provider's accounts that a whole may be booked on.
	Touches []string

	// Blocked are accounts that the ledger does not know. Nothing of the thing can be booked as long as it does not.
	Blocked []string

	Pieces []*Piece

	named bool   // the provider's lines give our name of it
	own   bool   // the platform's own event was accepted
	heard bool   // a webhook told it as a whole
	said  bool   // a webhook said that it is to come
	void  bool   // the books know that it was cancelled
	by    *Thing // what takes it back

	// undoes is the thing that this one takes back: a refund that fails. Told as a whole it has no effect as long as
	// the books do not have that.
	undoes *Thing
}

// A Payment is a payment at the provider. The books know it from the platform's own event or, where rows name accounts,
// from any row.
type Payment struct {
	Reference         string // the merchant's
	ProviderReference string
	Known             bool // to the books
}

// A Piece is what one line tells: a part of a thing on one account. A thing that is told in one line has one piece.
type Piece struct {
	Thing   *Thing
	ID      string
	Account string
	Minor   int64
	told    bool
	line    bool // by a line of its own
}

// Do makes a thing that has happened, or was tried.
func (w *World) Do(t *Thing) *Thing {
	w.things = append(w.things, t)
	return t
}

// Things are all things so far.
func (w *World) Things() []*Thing { return w.things }

// Book changes a balance at the provider, and returns the piece of the thing that tells it.
func (w *World) Book(t *Thing, id, account string, minor int64) *Piece {
	p := &Piece{Thing: t, ID: id, Account: account, Minor: minor}
	t.Pieces = append(t.Pieces, p)
	w.held[Holding{account, t.Current}] += minor
	return p
}

// Held is what the provider's own books have on an account.
func (w *World) Held(account, currency string) int64 { return w.held[Holding{account, currency}] }

// Undo says that a thing takes back another.
func (t *Thing) Undo(other *Thing) { t.undoes, other.by = other, t }

// Posted reports whether the platform's own event of the thing was accepted.
func (t *Thing) Posted() bool { return t.own }

// IsNamed reports whether lines of the thing give the platform's name of it.
func (t *Thing) IsNamed() bool { return t.named }

// Named says that lines of the thing give the platform's name of it.
func (t *Thing) Named() *Thing { t.named = true; return t }

// Announce says that a webhook told of the thing without saying whether money was booked for it: a capture that failed may never have
// been, or be tried again, or what was booked is taken back. The books may have it, or wait for the rows that tell it.
func (t *Thing) Announce() { t.said = true }

// announced is what the books may have taken back already, of a thing that rows have not told whole.
func (t *Thing) announced() int64 {
	if !t.said || t.heard || t.Complete() || t.undoes == nil || !t.undoes.known() {
		return 0
	}
	of, _, _ := t.undoes.booked()
	back, _, _ := t.booked()
	return max(0, of+back)
}

// booked is what the books have to have of a thing after what was told so far: in sum, and by account. Where sure is
// false the accounts of the sum are the books' matter.
func (t *Thing) booked() (sum int64, by map[string]int64, sure bool) {
	by, sure = map[string]int64{}, true
	for _, p := range t.Pieces {
		if p.told {
			sum += p.Minor
			by[p.Account] += p.Minor
		}
	}
	switch {
	case t.Complete() || !t.whole():
		return sum, by, true
	case t.undoes != nil && !t.any() && !t.undoes.known():
		return 0, by, true
	}
	return t.Whole, by, false
}

// Complete reports whether pieces have told all of a thing.
func (t *Thing) Complete() bool {
	var sum int64
	for _, p := range t.Pieces {
		if !p.told {
			return false
		}
		sum += p.Minor
	}
	return len(t.Pieces) > 0 && sum == t.Whole
}

// loose reports whether rows of a transfer may be taken for those of another.
func (t *Thing) loose() bool {
	if !t.Loose {
		return false
	}
	var lines int
	for _, p := range t.Pieces {
		if p.line {
			lines++
		}
	}
	return lines == 1
}

// undone reports whether the books know that what the thing did was taken back.
func (t *Thing) undone() bool { return t.by != nil && t.by.known() }

// known reports whether the books know anything of the thing.
func (t *Thing) known() bool { return t.whole() || t.any() }

// whole reports whether the books know the thing as a whole.
func (t *Thing) whole() bool {
	if t.void || t.Payment != nil && !t.Payment.Known {
		return false
	}
	return t.own || t.heard
}

// any reports whether any piece was told.
func (t *Thing) any() bool {
	for _, p := range t.Pieces {
		if p.told {
			return true
		}
	}
	return false
}

func (t *Thing) String() string { return fmt.Sprintf("%s (%s %d)", t.Name, t.Current, t.Whole) }

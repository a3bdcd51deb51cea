// Reversals of transfers: money that was moved between accounts goes back, in one piece or in several. Marketplaces use
// them to take a seller's share back after a refund.

package posting

import (
	"fmt"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// bookTransferReverse gives a transfer back, in whole or in part, at most what is left of it. As for the transfer
// itself, a second row of the provider's confirms the first. An instruction may take no more than is left and than the
// receiver has; a fact of the provider takes more.
func bookTransferReverse(k *booking) error {
	e := k.event
	t, err := k.book.transfer(k.books, e.Transfer)
	if err != nil {
		return err
	}
	if t == nil {
		return noTransfer.refusal(e.Transfer)
	}
	p, c, err := k.ofReversed(t)
	if err != nil {
		return err
	}
	provider := e.Provider
	if provider == "" {
		provider = t.Provider
	}
	if provider == "" && p != nil {
		provider = p.Provider
	}
	if provider == "" && e.Movement != "" {
		return in("provider", expected("the provider whose movement it is", "nothing"))
	}
	if err := k.newMovement(MovementTransfer, provider, e.Movement); err != nil {
		return err
	}
	// Before the name is checked: the second row of one reversal carries the same name.
	if again, err := k.otherRow(provider); again || err != nil {
		return err
	}
	if again, err := k.reversalNamed(t); again || err != nil {
		return err
	}
	// Without an amount all that is left goes back.
	a := e.Amount
	if a.Currency() == "" {
		a = t.Left()
	}
	switch {
	case a.Currency() != t.Amount.Currency():
		return refusal(CurrencyMismatch, "amount.currency", "expected the currency of the transfer, %s, found %s",
			t.Amount.Currency(), a.Currency())
	// The provider has moved the money, even if the books think that nothing is left.
	case e.Fact:
	case t.Left().IsZero():
		return refusal(InvalidState, "transfer",
			"expected a transfer of which something is left, found %s, which was given back in whole", quote(t.ID))
	case a.Int().Cmp(t.Left().Int()) > 0:
		return refusal(InsufficientFunds, "amount", "expected at most what is left of the transfer %s, %s, found %s",
			quote(t.ID), t.Left(), a)
	}
	k.key(KeyTransfer, t.ID)
	// Nothing is left, and the provider named no amount: the record alone says what was reported.
	if a.IsZero() {
		return nil
	}
	return k.transfers(p, c, t.To, t.From, a, t.Reference)
}

// reversalNamed reports whether the event is what the provider reports of a reversal that is in the books. Else its name
// has to be new.
func (k *booking) reversalNamed(t *TransferState) (again bool, err error) {
	e := k.event
	if e.Reversal == "" {
		return false, nil
	}
	known, err := k.book.reversal(k.books, e.Reversal)
	if err != nil {
		return false, err
	}
	if known != nil && e.Fact && e.Movement != "" && known.Movement == "" && known.Transfer == t.ID &&
		known.Amount.Equal(e.Amount) {
		k.key(KeyTransfer, t.ID)
		k.key(KeyTransferReversal, e.Reversal)
		k.remark(wire.Remark{Kind: confirms, Reason: known.event})
		return true, nil
	}
	return false, k.newName(KeyTransferReversal, "reversal", e.Reversal)
}

// A ReversalState is what the journal says of one reversal of a transfer.
type ReversalState struct {
	ID       string // the caller's name of it, or else the id of its event
	Transfer string
	Amount   money.Amount
	Movement string // the provider's reference of it, reported with it or when the provider confirmed it

	event string // its id
}

// Reversal returns the state of a reversal, by the caller's name of it or the id of its event. The error is
// [ErrNotFound] where there is none.
func (f *Finder) Reversal(name string) (*ReversalState, error) {
	r, err := f.book.reversal(f.books, name)
	return found(r, err, noTransfer, name)
}

// reversal puts together the state of a reversal, nil if there is none: its own record, and the one that confirms it.
func (b *Book) reversal(books *ledger.Reader, name string) (r *ReversalState, err error) {
	for _, space := range []byte{KeyEvent, KeyTransferReversal} {
		records, err := books.Group(ledger.Key{Space: space, Name: name})
		if err != nil {
			return nil, err
		}
		for _, rec := range records {
			content, err := wire.Read(rec)
			if err != nil {
				return nil, err
			}
			switch e := content.Event; {
			case e.Type != TransferReverse:
			case content.Has(confirms):
				if r != nil && space == KeyTransferReversal {
					r.Movement = e.Movement
				}
			case space == KeyTransferReversal || e.Reversal == "":
				r = &ReversalState{ID: name, Transfer: e.Transfer, Amount: movedBy(rec), Movement: e.Movement, event: e.ID}
			}
		}
	}
	return r, nil
}

// movedBy returns what the record of a transfer or of a reversal moved.
func movedBy(rec *ledger.Record) (a money.Amount) {
	for i := range rec.Entries {
		for _, post := range rec.Entries[i].Postings {
			if post.Amount.Sign() > 0 {
				a = money.Sum(post.Amount.Currency(), a, post.Amount)
			}
		}
	}
	return a
}

// ofReversed returns the payment and the capture of a transfer that is given back, nil where it has none. The record is
// one of that payment.
func (k *booking) ofReversed(t *TransferState) (*Payment, *Capture, error) {
	if t.Payment == "" {
		return nil, nil, nil
	}
	p, err := k.findNamed(t.Payment)
	if err != nil {
		return nil, nil, err
	}
	if p == nil {
		return nil, nil, wire.Damaged(t.Record,
			fmt.Errorf("a transfer of the payment %q, which is not there", t.Payment))
	}
	k.key(KeyPayment, p.ID)
	if t.Capture == "" {
		return p, nil, nil
	}
	return p, p.capture(t.Capture), nil
}

// newName makes the record one that is found by a name that is new in the ledger, or refuses the name. The error is
// [DuplicateReference].
func (k *booking) newName(space byte, field, name string) error {
	records, err := k.books.Group(ledger.Key{Space: space, Name: name})
	if err != nil {
		return err
	}
	if len(records) > 0 {
		return refusal(DuplicateReference, field, "expected a new name, found %s, of event %s", quote(name),
			quote(records[0].Keys[0].Name))
	}
	k.key(space, name)
	return nil
}

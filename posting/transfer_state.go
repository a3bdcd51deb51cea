// The state of a transfer, put together from the records that carry its name: the transfer, the provider's other row of
// it, its reversals, and an entry.reverse of it.

package posting

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// A TransferState is what the journal says of one transfer.
type TransferState struct {
	ID        string // the caller's name of it, or else the id of its event
	From, To  accounts.ID
	Amount    money.Amount
	Reversed  money.Amount // how much of it was given back; by facts it may be more than all
	Reference string
	Provider  string // whose movement it is; empty: nobody said
	Payment   string // empty: it is of no payment
	Capture   string // empty: it moved what was available
	Movement  string // the provider's reference of it, reported with it or when the provider confirmed it
	Fact      bool   // the provider reported it
	At        time.Time
	Record    *ledger.Record // that it was booked with

	event string // its id
}

// Left returns how much of the transfer may still be given back.
func (t *TransferState) Left() money.Amount {
	return money.FromInt(atLeastZero(t.Amount.Int().Sub(t.Reversed.Int())), t.Amount.Currency())
}

// Transfer returns the state of a transfer, by the caller's name of it or the id of its event. The error is
// [ErrNotFound] where there is none.
func (f *Finder) Transfer(name string) (*TransferState, error) {
	t, err := f.book.transfer(f.books, name)
	return found(t, err, noTransfer, name)
}

// ToldTransfers yields the records of the transfers of no payment that a provider has reported under its own name alone,
// newest first. It ends with an error, if there is one.
func (f *Finder) ToldTransfers(provider string) iter.Seq2[*ledger.Record, error] {
	return newest(f.books, ledger.Key{Space: KeyToldTransfer, Name: provider})
}

// transfer puts together the state of a transfer, nil if there is none. Its own record has the key of its name, or is
// found by the id of its event. A transfer without a name of its own is found by the id of its event. A name that is
// the id of another event is no trouble, because a name that was given counts first.
func (b *Book) transfer(books *ledger.Reader, name string) (*TransferState, error) {
	records, err := books.Group(ledger.Key{Space: KeyTransfer, Name: name})
	if err != nil {
		return nil, err
	}
	named := false
	if len(records) > 0 {
		content, err := wire.Read(records[0])
		if err != nil {
			return nil, err
		}
		named = content.Event.Transfer == name && content.Event.Type == Transfer && !content.Has(confirms)
	}
	if !named {
		first, err := books.Group(ledger.Key{Space: KeyEvent, Name: name})
		if err != nil || len(first) == 0 {
			return nil, err
		}
		if t, err := TypeOf(first[0]); err != nil || t != Transfer {
			return nil, err
		}
		records = slices.Concat(first[:1], records)
	}
	var t *TransferState
	for _, rec := range records {
		content, err := wire.Read(rec)
		if err != nil {
			return nil, err
		}
		if t == nil {
			// it is no transfer of its own, or has another name
			if content.Has(confirms) || !named && content.Event.Transfer != "" {
				return nil, nil
			}
			t = newTransfer(rec, content.Event)
			continue
		}
		if err := t.fold(rec, content); err != nil {
			return nil, err
		}
	}
	return t, t.undone(books)
}

// newTransfer is the state of a transfer after its first event.
func newTransfer(rec *ledger.Record, e *Event) *TransferState {
	return &TransferState{ID: transferName(e), From: e.From, To: e.To, Amount: e.Amount,
		Reversed:  money.New(0, e.Amount.Currency()),
		Reference: e.Reference, Provider: e.Provider, Payment: e.Payment, Capture: e.Capture, Movement: e.Movement,
		Fact: e.Fact, At: rec.At, Record: rec, event: e.ID}
}

// fold takes a later event of the transfer: its other row, or a reversal.
func (t *TransferState) fold(rec *ledger.Record, content *wire.Content) error {
	e := content.Event
	switch {
	case content.Has(confirms):
		if t.Movement == "" && e.Type == Transfer {
			t.Movement, t.Provider = e.Movement, e.Provider
		}
	case e.Type == TransferReverse:
		// Without an amount the reversal took all that was left by then.
		a := e.Amount
		if a.Currency() == "" {
			a = t.Left()
		}
		t.Reversed = money.FromInt(t.Reversed.Int().Add(a.Int()), t.Amount.Currency())
	default:
		return wire.Damaged(rec, fmt.Errorf("a %s of the transfer %q", e.Type, t.ID))
	}
	return nil
}

// undone counts as given back what an entry.reverse took back that was not reversed itself.
func (t *TransferState) undone(books *ledger.Reader) error {
	if t == nil {
		return nil
	}
	for i := range t.Record.Entries {
		// An entry.reverse may be reversed itself, and so on: an odd number of times means that the transfer is undone.
		number, times := t.Record.Entries[i].Number, 0
		for {
			rec, err := books.Last(ledger.Key{Space: KeyReversal, Name: strconv.FormatUint(number, 10)})
			if err != nil {
				return err
			}
			if rec == nil || len(rec.Entries) == 0 {
				break
			}
			number = rec.Entries[0].Number
			times++
		}
		if times%2 == 1 {
			t.Reversed = money.FromInt(t.Reversed.Int().Add(t.Amount.Int()), t.Amount.Currency())
		}
	}
	return nil
}

// transferName is the name of the transfer that an event makes: its id, where it gives none.
func transferName(e *Event) string {
	if e.Transfer != "" {
		return e.Transfer
	}
	return e.ID
}

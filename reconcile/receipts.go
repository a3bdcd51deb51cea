package reconcile

import (
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A receipt is a payout to the platform's bank that the platform has noted itself (provider.payout). When the
// provider reports it too, there is nothing to book; a notice that is closed at once notes that it was reported.
//
// Example: the platform sees 900.00 EUR on its bank account on Monday and posts provider.payout. The
// provider's report comes on Wednesday and has the same payout. Booking that as well would double the money
// at the bank.

// receiptReportedID is the id of the event that notes that the provider has reported a receipt.
// The word "told" is part of ids in ledgers, so it stays.
func receiptReportedID(provider, receipt string) string {
	return derivedID(provider, "receipt told", receipt)
}

// receiptKnown resolves an outcome that is a receipt, which was reported before or is reported now.
// It reports false if the payout is news, and then has changed nothing. texts are the payout's identity.
func (m *match) receiptKnown(amount money.Amount, texts []string) (bool, error) {
	note := m.onceID("receipt", "", texts...)
	// The provider's own payout is in the books, or comes with an earlier line of this
	// run: that is no receipt.
	booked, err := maybe(m.finder.Event(m.onceID("payout", "", texts...)))
	if err != nil || booked != nil || m.earlier().seen[m.onceID("payout", "", texts...)] != nil {
		return false, err
	}
	if reported, err := m.alreadyBooked(note, "receipt"); err != nil || reported {
		if m.Class == UnmatchedOther { // the same line again
			m.Class = Matched
		}
		return reported, err
	}
	ours, err := m.receipt(amount)
	if err == nil && ours != nil {
		m.confirmReceipt(note, ours)
	}
	return ours != nil, err
}

// receipt finds the receipt that the outcome is about: by movement or batch, else the oldest of the amount
// without either, from a week before the outcome on.
// It is nil if there is none. The records of the bank account are read from the newest on, so the last one
// that fits by its amount is the oldest; a name ends the search at once.
func (m *match) receipt(amount money.Amount) (found *posting.Event, err error) {
	n := 0
	for rec, err := range m.Ledger.Touching(accounts.Bank, ledger.Available) {
		if err != nil {
			return nil, err
		}
		if n++; n > searched || rec.At.Before(m.o.At.Add(-searchedBefore)) {
			break
		}
		kind, err := posting.TypeOf(rec)
		if err != nil {
			return nil, err
		}
		if kind != posting.ProviderPayout {
			continue
		}
		e, err := posting.EventOf(rec)
		if err != nil {
			return nil, err
		}
		fits, named, err := m.isReceipt(&e, amount)
		if err != nil {
			return nil, err
		}
		if fits {
			if found, m.ByAmount = &e, !named; named {
				break
			}
		}
	}
	if found != nil {
		m.earlier().matched[receiptReportedID(m.Provider, found.ID)] = true
	}
	return found, nil
}

// searchedBefore is how far back something of the platform's is looked for by its amount alone.
const searchedBefore = 7 * 24 * time.Hour

// isReceipt reports whether the outcome may be a receipt, and whether a name says so.
// Names of one kind that both sides have and that differ make it another payout, whatever the amount.
func (m *match) isReceipt(e *posting.Event, amount money.Amount) (fits, named bool, err error) {
	reported := receiptReportedID(m.Provider, e.ID)
	if e.Provider != m.Provider || sourceOf(m.Provider, e) != nil || !e.Amount.Equal(amount) ||
		m.earlier().matched[reported] {
		return false, false, nil
	}
	for _, names := range [][2]string{{e.Movement, m.movement}, {e.Batch, clip(m.o.Batch)}} {
		if names[0] == "" || names[1] == "" {
			continue
		}
		if names[0] != names[1] {
			return false, false, nil
		}
		named = true
	}
	rec, err := maybe(m.finder.Event(reported))
	return rec == nil, named, err
}

// confirmReceipt notes that the provider has reported a receipt.
// It makes two events, the notice and its closing. The second one's id is the receipt's, so a
// receipt is confirmed once.
func (m *match) confirmReceipt(note string, e *posting.Event) {
	m.claims = append(m.claims, keyOf("", ofPayout, e.ID))
	m.Class, m.Expected = Matched, Side{Amount: e.Amount}
	reported := Notice(m.Provider, m.line)
	reported.ID, reported.Reason = note, "the books have it: "+clip(e.ID)
	m.add(reported)
	m.Events = append(m.Events, posting.Event{ID: receiptReportedID(m.Provider, e.ID),
		Type: posting.ProviderNoticeClosed, Provider: m.Provider, Notice: note, Reason: "booked"})
}

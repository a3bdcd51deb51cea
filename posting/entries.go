// Journal entries that the caller makes up, and the reversal of an entry. They are for what no other event covers, such
// as opening balances and corrections, and keep to double entry like all others.

package posting

import (
	"errors"
	"strconv"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// bookEntry books a journal entry of the caller's own. It may post to any account that is open, also of providers and
// the bank. Each currency has to balance by itself: only an exchange relates two currencies.
func bookEntry(k *booking) error {
	legs := k.event.Postings
	postings := make([]ledger.Posting, len(legs))
	// The ledger would refuse an unbalanced entry, too. Here the message can say by how much, in which currency.
	var sums ordered[money.Currency, money.Int]
	for i := range legs {
		l := &legs[i]
		field := "postings" + index(i)
		if err := k.known(field+".amount", l.Amount.Currency()); err != nil {
			return err
		}
		account, why := l.Account, ""
		// As a fact it is booked even if an account is closed or frozen: liable takes its place.
		if a, ok := k.books.Account(l.Account); ok && k.event.Fact && holdsMoney(a.Kind) {
			account, why = k.receivable(l.Account)
		} else if err := k.postable(field+".account", l.Account, l.Debit); err != nil {
			return err
		}
		// Minor units: debits above zero, credits below.
		p := debit(account, l.Sub, l.Amount.Int(), l.Amount.Currency(), PostingEntry)
		p.Reason = why
		if l.Credit {
			p.Amount = p.Amount.Neg()
		}
		p.Reference = l.Reference
		postings[i] = p
		sum, _ := sums.add(p.Amount.Currency())
		*sum = sum.Add(p.Amount.Int())
	}
	for i, c := range sums.keys {
		if s := *sums.values[i]; !s.IsZero() {
			more := "debits"
			if s.Sign() < 0 {
				more = "credits"
			}
			return refusal(ledger.Unbalanced, "postings",
				"expected debits and credits of the same sum in %s, found %s more %s", c, money.FromInt(s.Abs(),
					c), more)
		}
	}
	k.entry("", postings)
	return nil
}

// postable refuses an account that a journal entry cannot post to. Accounts of providers, the bank and fx are opened.
// The error is [AccountClosed], [AccountFrozen] where a frozen account would pay, [UnknownProvider] or
// [ledger.UnknownAccount].
func (k *booking) postable(field string, id accounts.ID, debited bool) error {
	a, ok := k.books.Account(id)
	switch {
	case ok && a.Status == accounts.Closed:
		return refusal(AccountClosed, field, "expected an open account, found %s, which is closed", id)
	// A liability pays by a debit, an asset by a credit. Frozen accounts may still receive.
	case ok && a.Status == accounts.Frozen && debited != a.Kind.DebitNormal():
		return refusal(AccountFrozen, field,
			"expected an open account to take from, found %s, which is frozen and pays nothing out", id)
	case ok:
		return nil
	}
	if name, is := id.ProviderName(); is && wire.ValidProvider(name) {
		if err := k.provider(field, name); err != nil {
			return err
		}
		k.open(id, accounts.KindProvider)
		return nil
	}
	if id == accounts.Bank {
		k.open(id, accounts.KindBank)
		return nil
	}
	if id == accounts.FX("") {
		k.open(id, accounts.KindFX)
		return nil
	}
	return neverOpened(field, id)
}

// bookReverse books an entry the other way round, once. It is for entries that nothing else follows from. Payments,
// payouts and reserves have a state, which a reversed entry would contradict.
func bookReverse(k *booking) error {
	number := k.event.Entry
	rec, err := k.books.EntryRecord(number)
	if errors.Is(err, journal.ErrNotFound) {
		return refusal(ledger.Invalid, "entry", "expected the number of an entry in the books, found %d", number)
	}
	if err != nil {
		return err
	}
	made, err := wire.Read(rec)
	if err != nil {
		return err
	}
	// Only events whose whole effect is their entries. A reversed capture would leave a payment that claims to be
	// captured.
	switch made.Event.Type {
	case Transfer, JournalEntry, EntryReverse, Exchange, ProviderPayout:
	default:
		return refusal(InvalidState, "entry",
			"expected an entry of a transfer, exchange, provider.payout, entry or entry.reverse, found entry %d of "+
				"the %s %s: what belongs to a payment, payout or reserve is put right by its own events",
			number, made.Event.Type, quote(made.Event.ID))
	}
	name := strconv.FormatUint(number, 10)
	// The reversal is an entry itself and may be reversed, but the same entry is never reversed twice.
	reversals, err := k.books.Group(ledger.Key{Space: KeyReversal, Name: name})
	if err != nil {
		return err
	}
	if len(reversals) > 0 {
		return refusal(InvalidState, "entry",
			"expected an entry that is not reversed yet, found entry %d, which entry %d reversed", number,
			reversals[0].Entries[0].Number)
	}
	if err := k.reversible(made.Event, number); err != nil {
		return err
	}
	for i := range rec.Entries {
		if rec.Entries[i].Number == number {
			if err := k.opposite(rec.Entries[i].Postings); err != nil {
				return err
			}
		}
	}
	k.key(KeyReversal, name)
	return nil
}

// reversible refuses to reverse the entry of a transfer that is of a payment, or of which something was given back:
// that would be given back twice.
func (k *booking) reversible(made *Event, entry uint64) error {
	if made.Type != Transfer {
		return nil
	}
	t, err := k.book.transfer(k.books, transferName(made))
	switch {
	case err != nil:
		return err
	case t == nil, made.Payment == "" && t.Reversed.IsZero():
		return nil
	}
	if made.Payment != "" {
		return refusal(InvalidState, "entry",
			"expected a transfer of no payment, found entry %d of the transfer %s, of the payment %s: a "+
				"transfer.reverse gives it back",
			entry, quote(t.ID), quote(made.Payment))
	}
	return refusal(InvalidState, "entry",
		"expected a transfer of which nothing was given back, found entry %d of the transfer %s, of which %s was",
		entry, quote(t.ID), t.Reversed)
}

// opposite books postings the other way round.
func (k *booking) opposite(of []ledger.Posting) error {
	postings := make([]ledger.Posting, len(of))
	for i, p := range of {
		if err := k.postable("entry", p.Account, p.Amount.Sign() < 0); err != nil {
			return err
		}
		p.Amount, p.Type, p.Reason = p.Amount.Neg(), PostingReversal, ""
		postings[i] = p
	}
	k.entry("", postings)
	return nil
}

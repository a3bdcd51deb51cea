package posting

import (
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// bookHold sets aside what an account has available. That is no payment out, so a frozen account may be held from.
func bookHold(k *booking) error {
	e := k.event
	if err := k.reservable(); err != nil {
		return err
	}
	if err := k.above("amount", e.Account, e.Amount); err != nil {
		return err
	}
	k.move(ledger.Available, ledger.Reserved, PostingReserve)
	return nil
}

// bookRelease makes available what is reserved, but for what payouts under way wait for.
func bookRelease(k *booking) error {
	e := k.event
	if err := k.reservable(); err != nil {
		return err
	}
	c := e.Amount.Currency()
	sums, err := k.book.underWay(k.books, e.Account)
	if err != nil {
		return err
	}
	var waiting money.Int
	if sum := sums.find(c); sum != nil {
		waiting = *sum
	}
	reserved := withCurrency(k.books.Balance(e.Account, c).Reserved, c)
	free := money.FromInt(reserved.Int().Sub(waiting), c)
	switch {
	case e.Amount.Int().Cmp(free.Int()) <= 0:
	case waiting.IsZero():
		return refusal(InsufficientFunds, "amount", "expected at most what %s has reserved, %s, found %s", e.Account, reserved, e.Amount)
	default:
		return refusal(InsufficientFunds, "amount", "expected at most what %s has reserved, %s, less %s for payouts under way, found %s",
			e.Account, reserved, money.FromInt(waiting, c), e.Amount)
	}
	k.move(ledger.Reserved, ledger.Available, PostingReserve)
	return nil
}

// reservable refuses accounts that have nothing to reserve.
func (k *booking) reservable() error {
	if err := k.known("amount", k.event.Amount.Currency()); err != nil {
		return err
	}
	if err := k.receives("account", k.event.Account); err != nil {
		return err
	}
	return nil
}

// move books the event's amount from one sub-balance of its account to another.
func (k *booking) move(from, to ledger.Sub, kind string) {
	e := k.event
	minor, c := e.Amount.Int(), e.Amount.Currency()
	postings := []ledger.Posting{debit(e.Account, from, minor, c, kind), credit(e.Account, to, minor, c, kind)}
	for i := range postings {
		postings[i].Reference, postings[i].Reason = e.Payout, e.Reason
	}
	k.entry("", postings)
}

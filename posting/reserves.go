// Reserves: money of an account that is set aside and released again, such as a rolling reserve against chargebacks.
// The same sub-balance holds what payouts under way wait for, and those may not be released by hand.

package posting

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// bookHold sets aside what an account has available. That is no payment out, so a frozen account may be held from. The
// error is [InsufficientFunds] where less is available; a fact may leave the account below zero.
func bookHold(k *booking) error {
	e := k.event
	account, why, err := k.reservable()
	if err != nil {
		return err
	}
	if !e.Fact {
		if err := k.above("amount", e.Account, e.Amount); err != nil {
			return err
		}
	}
	if err := k.laterThanNow("until"); err != nil {
		return err
	}
	k.move(account, ledger.Available, ledger.Reserved, PostingReserve, why)
	if e.Due.IsZero() {
		return nil
	}
	return k.wait(e.ID, e.Due)
}

// bookRelease makes available what is reserved, but for what payouts under way wait for.
func bookRelease(k *booking) error {
	e := k.event
	account, why, err := k.reservable()
	if err != nil {
		return err
	}
	if e.Hold != "" {
		if err := k.releasesHold(); err != nil {
			return err
		}
	}
	if e.Fact {
		k.move(account, ledger.Reserved, ledger.Available, PostingReserve, why)
		return nil
	}
	reserved, waiting, err := k.reserved(e.Account, e.Amount.Currency())
	if err != nil {
		return err
	}
	// What may be released: reserved less the payouts that wait.
	free := money.FromInt(reserved.Int().Sub(waiting), e.Amount.Currency())
	switch {
	case e.Hold != "":
		k.releaseUpTo(account, free, why)
		return nil
	case e.Amount.Int().Cmp(free.Int()) <= 0:
	case waiting.IsZero():
		return refusal(InsufficientFunds, "amount", "expected at most what %s has reserved, %s, found %s", e.Account,
			reserved, e.Amount)
	default:
		return refusal(InsufficientFunds, "amount",
			"expected at most what %s has reserved, %s, less %s for payouts under way, found %s",
			e.Account, reserved, money.FromInt(waiting, e.Amount.Currency()), e.Amount)
	}
	k.move(account, ledger.Reserved, ledger.Available, PostingReserve, why)
	return nil
}

// reserved returns what an account, which is there, has reserved, and how much of it payouts under way wait for. If
// that were released, it could be spent twice.
func (k *booking) reserved(id accounts.ID, c money.Currency) (has money.Amount, waiting money.Int, err error) {
	sums, err := k.book.underWay(k.books, id)
	if err != nil {
		return has, waiting, err
	}
	if sum := sums.find(c); sum != nil {
		waiting = *sum
	}
	balance, err := k.books.Balance(id, c)
	return balance.Reserved, waiting, err
}

// reservable returns the account whose money is reserved or released, or refuses one that has nothing to reserve. A
// fact of a closed account is liable's, with the reason.
func (k *booking) reservable() (accounts.ID, string, error) {
	if err := k.known("amount", k.event.Amount.Currency()); err != nil {
		return "", "", err
	}
	return k.party("account", k.event.Account)
}

// move books the event's amount from one sub-balance of an account to another. Debits take from a user's account, and
// credits give to it, because it is a liability. The reason is why a fallback was needed, else the caller's own words.
func (k *booking) move(account accounts.ID, from, to ledger.Sub, kind, why string) {
	k.moveAmount(account, k.event.Amount, from, to, kind, why)
}

// moveAmount is move of another amount than the event's.
func (k *booking) moveAmount(account accounts.ID, a money.Amount, from, to ledger.Sub, kind, why string) {
	e := k.event
	minor, c := a.Int(), a.Currency()
	postings := []ledger.Posting{debit(account, from, minor, c, kind), credit(account, to, minor, c, kind)}
	if why == "" {
		why = e.Reason
	}
	for i := range postings {
		postings[i].Reference, postings[i].Reason = e.Payout, why
	}
	k.entry("", postings)
}

// underWay returns how much of what an account has reserved payouts wait for whose outcome is not known yet, by
// currency. The newest event of the account's payouts has it. The sum is kept by each event of a payout, so that a
// release need not read all payouts that the account ever had.
func (b *Book) underWay(books *ledger.Reader, id accounts.ID) (sums ordered[money.Currency, money.Int], err error) {
	rec, err := books.Last(ledger.Key{Space: KeyPayouts, Name: string(id)})
	if err != nil || rec == nil {
		return sums, err
	}
	content, err := wire.Read(rec)
	if err != nil {
		return sums, err
	}
	for _, o := range content.Remarks {
		if o.Kind != payoutsWait {
			continue
		}
		minor, err := money.ParseInt(o.Reason)
		if err != nil {
			return sums, wire.Damaged(rec, err)
		}
		sum, _ := sums.add(money.Currency(o.Capture))
		*sum = minor
	}
	return sums, nil
}

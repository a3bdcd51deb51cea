package posting

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

func bookTransfer(k *booking) error {
	e := k.event
	if err := k.known("amount", e.Amount.Currency()); err != nil {
		return err
	}
	if e.From == e.To {
		return refusal(ledger.Invalid, "to", "expected another account than from, found %s twice", e.To)
	}
	if err := k.receives("from", e.From); err != nil {
		return err
	}
	if err := k.receives("to", e.To); err != nil {
		return err
	}
	if err := k.funds("from", "amount", e.From, e.Amount); err != nil {
		return err
	}
	minor, c := e.Amount.Int(), e.Amount.Currency()
	out, into := debit(e.From, ledger.Available, minor, c, PostingTransfer), credit(e.To, ledger.Available, minor, c, PostingTransfer)
	out.Reference, into.Reference = e.Reference, e.Reference
	k.entry("", []ledger.Posting{out, into})
	return nil
}

// funds refuses to take an amount, which stands in the field sum, from what an account has available where the account is
// frozen or that would leave it below its floor.
func (k *booking) funds(field, sum string, id accounts.ID, a money.Amount) *ledger.Error {
	from, ok := k.books.Account(id)
	if !ok {
		return refusal(ledger.UnknownAccount, field, "expected an account that was opened, found %s", id)
	}
	if from.Status == accounts.Frozen {
		return refusal(AccountFrozen, field, "expected an open account, found %s, which is frozen and pays nothing out", id)
	}
	return k.above(sum, id, a)
}

// above refuses to take an amount from what an account has available where that would leave it below its floor.
func (k *booking) above(field string, id accounts.ID, a money.Amount) *ledger.Error {
	from, _ := k.books.Account(id)
	floor, limited := from.Floor(a.Currency())
	has := k.books.Balance(id, a.Currency()).Available
	if !limited || has.Int().Sub(a.Int()).Cmp(floor.Int()) >= 0 {
		return nil
	}
	if floor.IsZero() {
		return refusal(InsufficientFunds, field, "expected at most what %s has available, %s, found %s", id, withCurrency(has, a.Currency()), a)
	}
	return refusal(InsufficientFunds, field, "expected at most what %s has available, %s, and its overdraft of %s, found %s",
		id, withCurrency(has, a.Currency()), floor.Neg(), a)
}

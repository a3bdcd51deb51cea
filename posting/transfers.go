// Transfers between accounts, and the checks that all instructions share: whether an account may pay, and whether it
// has enough.

package posting

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// bookTransfer moves money between two accounts, of a payment's capture or of none. A provider may report one
// transfer by two rows, one for each account. The second row confirms the first and books nothing, and so does the
// provider's report of a transfer that the platform asked for.
func bookTransfer(k *booking) error {
	e := k.event
	if err := k.known("amount", e.Amount.Currency()); err != nil {
		return err
	}
	if e.From == e.To {
		return refusal(ledger.Invalid, "to", "expected another account than from, found %s twice", e.To)
	}
	p, c, err := k.ofTransfer()
	if err != nil {
		return err
	}
	provider := e.Provider
	// A payment has one provider, and a movement of its transfers is that provider's.
	if p != nil {
		if provider != "" && provider != p.Provider {
			return refusal(ledger.Invalid, "provider", "expected the provider of the payment, %s, found %s",
				p.Provider, provider)
		}
		provider = p.Provider
	}
	if err := k.newMovement(MovementTransfer, provider, e.Movement); err != nil {
		return err
	}
	if again, err := k.otherRow(provider); again || err != nil {
		return err
	}
	if e.Transfer != "" {
		known, err := k.book.transfer(k.books, e.Transfer)
		if err != nil {
			return err
		}
		if known != nil && k.confirmsTransfer(known) {
			k.key(KeyTransfer, known.ID)
			k.remark(wire.Remark{Kind: confirms, Reason: known.event})
			return nil
		}
		if known != nil {
			return refusal(DuplicateReference, "transfer",
				"expected the name of a new transfer, found %s, of %s from %s to %s",
				quote(e.Transfer), known.Amount, known.From, known.To)
		}
		k.key(KeyTransfer, e.Transfer)
		if e.Movement == "" {
			k.namedMovement(MovementTransfer, provider, e.Transfer)
		}
	}
	if e.Fact && p == nil && e.Movement != "" && e.Reference == e.Movement &&
		k.book.Scheme(provider).Splits != scheme.AtSettlement {
		k.key(KeyToldTransfer, provider) // it may be a share of a capture that is not in the books yet
	}
	return k.transfers(p, c, e.From, e.To, e.Amount, e.Reference)
}

// ofTransfer returns the payment and the capture that a transfer names, nil where it names none. The amount has to be
// in the currency of the payment only where a capture gives it.
func (k *booking) ofTransfer() (*Payment, *Capture, error) {
	e := k.event
	if e.Payment == "" {
		return nil, nil, nil
	}
	p, err := k.existing()
	if err != nil || e.Capture == "" {
		return p, nil, err
	}
	c := p.capture(e.Capture)
	if c == nil {
		return nil, nil, p.unknownCapture(e.Capture)
	}
	if e.Amount.Currency() != p.Currency {
		return nil, nil, refusal(CurrencyMismatch, "amount.currency",
			"expected the currency of the payment, %s, found %s", p.Currency, e.Amount.Currency())
	}
	return p, c, nil
}

// otherRow reports whether the event is the other row of a transfer that is booked: a provider reports one on each
// side. It books nothing then, and the record is one of that transfer.
func (k *booking) otherRow(provider string) (bool, error) {
	e := k.event
	if e.Movement == "" {
		return false, nil
	}
	records, err := k.books.Group(ledger.Key{Space: KeyMovement,
		Name: movementName(provider, MovementTransfer, e.Movement)})
	if err != nil {
		return false, err
	}
	for _, rec := range records {
		content, err := wire.Read(rec)
		if err != nil {
			return false, err
		}
		first := content.Event
		if first.Movement == "" || first.Type != e.Type || e.Type == TransferReverse && first.Transfer != e.Transfer ||
			first.From != e.From || first.To != e.To || !first.Amount.Equal(e.Amount) {
			continue
		}
		name := transferName(first)
		if e.Transfer != "" && e.Transfer != name {
			return false, refusal(DuplicateReference, "transfer",
				"expected the name of the transfer whose other row this is, %s of event %s, found %s",
				quote(name), quote(first.ID), quote(e.Transfer))
		}
		k.key(KeyTransfer, name)
		k.remark(wire.Remark{Kind: confirms, Reason: first.ID})
		return true, nil
	}
	return false, nil
}

// confirmsTransfer reports whether the event is what the provider reports of a transfer that is in the books: the same,
// with the movement that nobody knew yet.
func (k *booking) confirmsTransfer(t *TransferState) bool {
	e := k.event
	return e.Fact && e.Movement != "" && (t.Movement == "" || t.Movement == e.Movement) &&
		t.From == e.From && t.To == e.To && t.Amount.Equal(e.Amount)
}

// transfers moves an amount: what the account has available, or what it has of the capture. A fact is booked whatever
// there is, and with liable in place of a closed account.
func (k *booking) transfers(p *Payment, c *Capture, from, to accounts.ID, a money.Amount, reference string) error {
	payer, fromWhy, err := k.party("from", from)
	if err != nil {
		return err
	}
	payee, toWhy, err := k.party("to", to)
	if err != nil {
		return err
	}
	pending, available := money.Int{}, a.Int()
	given := k.event.Type == TransferReverse && p != nil && p.scheme.Clawbacks == scheme.FromAvailable
	if c != nil && !given {
		if pending, available, err = k.ofCapture(p, c, from, a); err != nil {
			return err
		}
	}
	if !k.event.Fact {
		if err := k.funds("from", "amount", from, money.FromInt(available, a.Currency())); err != nil {
			return err
		}
	}
	// Both accounts are closed, so liable would pay itself.
	if payer == payee {
		return nil
	}
	var postings []ledger.Posting
	move := func(sub ledger.Sub, minor money.Int) {
		if minor.IsZero() {
			return
		}
		out, into := debit(payer, sub, minor, a.Currency(), PostingTransfer), credit(payee, sub, minor, a.Currency(),
			PostingTransfer)
		out.Reference, into.Reference = reference, reference
		out.Reason, into.Reason = fromWhy, toWhy
		postings = append(postings, out, into)
	}
	move(ledger.Pending, pending)
	move(ledger.Available, available)
	of := ""
	if c != nil {
		of = c.ID
	}
	k.entry(of, postings)
	return nil
}

// party returns the account that a transfer is booked on. A fact of a closed account is booked on liable, with the
// reason.
func (k *booking) party(field string, id accounts.ID) (accounts.ID, string, error) {
	if !k.event.Fact {
		if err := k.receives(field, id); err != nil {
			return "", "", err
		}
		return id, "", nil
	}
	return k.actual(field, id)
}

// actual returns the account that a fact is booked on: in place of a closed one liable, with the reason. An account
// that nobody opened is refused.
func (k *booking) actual(field string, id accounts.ID) (accounts.ID, string, error) {
	why, code := k.missing(id)
	switch {
	case why == "":
		return id, "", nil
	case code == AccountClosed:
		return accounts.Liable, fallback + why, nil
	}
	e := refusal(code, field, "expected an account of kind sub, platform or liable, found %s", why)
	if code == ledger.UnknownAccount {
		e.Unknown = string(id)
	}
	return "", "", e
}

// funds refuses to take an amount, which stands in the field sum, from what an account has available where the account
// is frozen or that would leave it below its floor. Frozen accounts fail with [AccountFrozen], and lack of money with
// [InsufficientFunds].
func (k *booking) funds(field, sum string, id accounts.ID, a money.Amount) *ledger.Error {
	from, ok := k.books.Account(id)
	if !ok {
		return neverOpened(field, id)
	}
	if from.Status == accounts.Frozen {
		return refusal(AccountFrozen, field,
			"expected an open account, found %s, which is frozen and pays nothing out", id)
	}
	return k.above(sum, id, a)
}

// above refuses to take an amount from what an account has available where that would leave it below its floor.
func (k *booking) above(field string, id accounts.ID, a money.Amount) *ledger.Error {
	if a.IsZero() {
		return nil
	}
	from, _ := k.books.Account(id)
	// The floor is zero, or below it by the overdraft of that currency. Liable has none, because it answers for
	// everybody.
	floor, limited := from.Floor(a.Currency())
	balance, _ := k.books.Balance(id, a.Currency()) // the account is there
	has := balance.Available
	if !limited || has.Int().Sub(a.Int()).Cmp(floor.Int()) >= 0 {
		return nil
	}
	if floor.IsZero() {
		return refusal(InsufficientFunds, field, "expected at most what %s has available, %s, found %s", id,
			money.FromInt(has.Int(), a.Currency()), a)
	}
	return refusal(InsufficientFunds, field,
		"expected at most what %s has available, %s, and its overdraft of %s, found %s",
		id, money.FromInt(has.Int(), a.Currency()), floor.Neg(), a)
}

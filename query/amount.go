package query

import (
	"encoding/json"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// Minor is an amount whose currency stands beside it in the same row. JSON has it as a whole number
// of minor units, of any size: a list then says its currency once, and no reader can take cents for
// euros, as there is no decimal point.
type Minor struct{ money.Amount }

// MarshalJSON returns the minor units.
func (m Minor) MarshalJSON() ([]byte, error) { return m.Int().AppendDecimal(nil), nil }

// UnmarshalJSON reads minor units. It cannot know the currency, which is left empty; programs that
// compare answers put it in from the field beside.
func (m *Minor) UnmarshalJSON(text []byte) error {
	var n json.Number
	if err := json.Unmarshal(text, &n); err != nil {
		return err
	}
	i, err := money.ParseInt(n.String())
	m.Amount = money.FromInt(i, "")
	return err
}

// add adds an amount of the same currency.
func (m *Minor) add(n Minor) { m.Amount = money.Sum(n.Currency(), m.Amount, n.Amount) }

// Holdings are what an account has in one currency, in its three sub-balances and in total,
// positive on the account's normal side: debits for providers and the bank, credits for all others.
type Holdings struct {
	Currency  money.Currency `json:"currency" col:"CURRENCY"`
	Pending   Minor          `json:"pending" col:"PENDING"`     // captured, not yet settled by the provider
	Available Minor          `json:"available" col:"AVAILABLE"` // settled to the account
	Reserved  Minor          `json:"reserved" col:"RESERVED"`   // set aside
	Balance   Minor          `json:"balance" col:"BALANCE"`     // the sum of the three
}

// holdings gives a balance of the ledger the form it has in answers.
func holdings(b ledger.Balance) Holdings {
	return Holdings{b.Currency, Minor{b.Pending}, Minor{b.Available}, Minor{b.Reserved}, Minor{b.Total()}}
}

// Zero reports that there is nothing in any sub-balance. A balance of zero may have pending and
// reserved amounts that cancel out, and is not zero then.
func (h *Holdings) Zero() bool {
	return h.Pending.IsZero() && h.Available.IsZero() && h.Reserved.IsZero()
}

// Debt returns by how much the balance, or what is available, is below zero: the larger of both.
// Money that is pending does not make up for what is missing in available, since it cannot be paid
// out yet.
func (h *Holdings) Debt() money.Amount {
	total, available := h.Balance.Int().Neg(), h.Available.Int().Neg()
	if available.Cmp(total) > 0 {
		total = available
	}
	return money.FromInt(total, h.Currency)
}

// add adds holdings of the same currency.
func (h *Holdings) add(b *Holdings) {
	h.Currency = b.Currency
	h.Pending.add(b.Pending)
	h.Available.add(b.Available)
	h.Reserved.add(b.Reserved)
	h.Balance.add(b.Balance)
}

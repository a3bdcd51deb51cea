package query

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A ListedPayout is a payout in a list.
type ListedPayout struct {
	Payout   string         `json:"payout" col:"PAYOUT"`
	Account  accounts.ID    `json:"account" col:"ACCOUNT"`
	State    posting.State  `json:"state" col:"STATE"`
	Asked    time.Time      `json:"asked" col:"ASKED"`
	Currency money.Currency `json:"currency" col:"CURRENCY"`
	Amount   Minor          `json:"amount" col:"AMOUNT"`
	Returned Minor          `json:"returned" col:"RETURNED,optional,blank"` // what came back of it
	Done     time.Time      `json:"done,omitzero" col:"DONE,optional"`      // when it was paid or failed
	Reason   string         `json:"reason,omitempty" col:"REASON,below"`
	Provider string         `json:"provider,omitempty" col:"PROVIDER,optional"` // whose account it leaves from; none: the bank
	Movement string         `json:"movement,omitempty" col:"MOVEMENT,optional"` // the provider's reference of it

	place int // among all of the account, or of the ledger
}

// key is the place in the order in which payouts were asked for, which never changes.
func (p ListedPayout) key() string { return keyOf(p.place) }

// PayoutStates are the states that a payout may be in.
var PayoutStates = []posting.State{posting.PayoutIsRequested, posting.PayoutIsPaid, posting.PayoutHasFailed,
	posting.PayoutPartiallyReturned, posting.PayoutIsReturned}

// A PayoutFilter says which payouts are wanted. The zero value wants all.
type PayoutFilter struct {
	Account string          // an id, or a pattern in which * stands for any characters
	States  []posting.State // any of them; none is any
	Within  Period          // by when they were asked for
}

// Payouts yields the payouts that the filter wants, in the order in which they were asked for. It holds the records of
// all payouts of the account, or of the ledger, in memory.
func (b *Books) Payouts(ctx context.Context, f PayoutFilter) iter.Seq2[ListedPayout, error] {
	return func(yield func(ListedPayout, error) bool) {
		if err := b.checkAccount(f.Account); err != nil {
			yield(ListedPayout{}, err)
			return
		}
		account := accounts.ID("")
		if id, err := accounts.Parse(f.Account); err == nil {
			account = id
		}
		place := 0
		for p, err := range b.finder().Payouts(account) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(ListedPayout{}, err)
				return
			}
			place++
			if f.Account != "" && !accounts.Matches(f.Account, string(p.Account)) || !f.Within.Has(p.Asked) ||
				len(f.States) > 0 && !slices.Contains(f.States, p.State) {
				continue
			}
			if !yield(ListedPayout{p.ID, p.Account, p.State, p.Asked.UTC(), p.Amount.Currency(), Minor{p.Amount},
				Minor{p.Returned}, inUTC(p.Done), p.Reason, p.Provider, p.Movement, place}, nil) {
				return
			}
		}
	}
}

package ledger_test

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// holds is what an account has in a currency, nothing where there is no such account.
func holds(r interface {
	Balance(accounts.ID, money.Currency) (ledger.Balance, error)
}, id accounts.ID, c money.Currency) ledger.Balance {
	b, _ := r.Balance(id, c)
	return b
}

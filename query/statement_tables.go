package query

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// A StatementRow is a row of the table for people: a posting, the opening balance before the first or the closing
// balance after the last. Balances have no amount, not one of zero, so that they are not taken for postings.
type StatementRow struct {
	StatementLine
	Amount *Minor `json:"amount,omitempty" col:"AMOUNT"` // nil in the rows of opening and closing balances
}

// StatementTables sorts a statement into a table for each currency and sub-balance, in this order. Each begins with
// its opening balance and ends with its closing one; in between every balance is the one above it plus the amount.
//
// A sub-balance that is not zero has its table even where nothing moved, so that the closing balances of all tables are
// those of the account. Where nothing moved and all are zero, each currency has a table that says so. There are no
// tables only of an account that never had a posting.
func (b *Books) StatementTables(ctx context.Context, id accounts.ID, f StatementFilter) ([][]StatementRow, error) {
	if _, ok := b.Ledger.Account(id); !ok {
		return nil, NoAccount(b.Ledger, id)
	}
	var end ledger.AsOf
	if !f.Within.To.IsZero() {
		end.At = f.Within.To.Add(-1)
	}
	// Before the postings: what is booked in between is among them then, in a table that has it.
	holds, err := b.Ledger.BalanceAt(id, b.asOf(end))
	if err != nil {
		return nil, err
	}
	tables := map[subBalance][]StatementRow{}
	for line, err := range b.Statement(ctx, id, f) {
		if err != nil {
			return nil, err
		}
		of := subBalance{line.Currency, line.Sub}
		if tables[of] == nil {
			before := line.Balance.Int().Sub(line.Amount.Int())
			tables[of] = []StatementRow{balanceRow("opening balance", of, before)}
		}
		tables[of] = append(tables[of], StatementRow{line, &line.Amount})
	}
	for of, table := range tables {
		tables[of] = append(table, balanceRow("closing balance", of, table[len(table)-1].Balance.Int()))
	}
	// Without a row in the table a sub-balance is at the beginning what it is at the end.
	quiet := func(of subBalance, has money.Int) {
		if tables[of] == nil {
			tables[of] = []StatementRow{
				balanceRow("opening balance", of, has), balanceRow("closing balance", of, has)}
		}
	}
	for _, has := range holds {
		for _, sub := range subBalances {
			if amount := has.Of(sub); !amount.IsZero() {
				quiet(subBalance{has.Currency, sub}, amount.Int())
			}
		}
	}
	if len(tables) == 0 {
		for _, has := range holds {
			quiet(subBalance{has.Currency, ledger.Available}, money.Int{})
		}
	}
	order := slices.SortedFunc(maps.Keys(tables), func(a, b subBalance) int {
		return cmp.Or(cmp.Compare(a.currency, b.currency), cmp.Compare(
			slices.Index(subBalances, a.sub), slices.Index(subBalances, b.sub)))
	})
	return each(order, func(of *subBalance) []StatementRow { return tables[*of] }), nil
}

// balanceRow is a row that says what a sub-balance was, and is no posting.
func balanceRow(what string, of subBalance, has money.Int) StatementRow {
	return StatementRow{StatementLine: StatementLine{
		Type: what, Sub: of.sub, Currency: of.currency, Balance: Minor{money.FromInt(has, of.currency)}}}
}

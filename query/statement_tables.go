package query

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
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
	// Before the postings: what is booked in between is among them then, in a table that has it.
	holds, err := b.holds(id, f.Within)
	if err != nil {
		return nil, err
	}
	tables, err := postingTables(b.Statement(ctx, id, f))
	if err != nil {
		return nil, err
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
	return inOrder(tables), nil
}

// PageTables sorts a page of a statement into tables as [Books.StatementTables]. They begin with the balances before the
// page, and end with those after it.
func PageTables(page []StatementLine) [][]StatementRow {
	tables, _ := postingTables(Each(page)) // without an error among the lines there is none
	return inOrder(tables)
}

// postingTables sorts postings by currency and sub-balance, each between an opening and a closing balance.
func postingTables(lines iter.Seq2[StatementLine, error]) (map[subBalance][]StatementRow, error) {
	tables := map[subBalance][]StatementRow{}
	for line, err := range lines {
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
	return tables, nil
}

// inOrder lists tables by currency and sub-balance.
func inOrder(tables map[subBalance][]StatementRow) [][]StatementRow {
	order := slices.SortedFunc(maps.Keys(tables), func(a, b subBalance) int {
		return cmp.Or(cmp.Compare(a.currency, b.currency), cmp.Compare(
			slices.Index(subBalances, a.sub), slices.Index(subBalances, b.sub)))
	})
	return each(order, func(of *subBalance) []StatementRow { return tables[*of] })
}

// holds returns what an account has at the end of a period.
func (b *Books) holds(id accounts.ID, within Period) ([]ledger.Balance, error) {
	if _, ok := b.Ledger.Account(id); !ok {
		return nil, NoAccount(b.Ledger, id)
	}
	var end ledger.AsOf
	if !within.To.IsZero() {
		end.At = within.To.Add(-1)
	}
	return b.Ledger.BalanceAt(id, b.asOf(end))
}

// balanceRow is a row that says what a sub-balance was, and is no posting.
func balanceRow(what string, of subBalance, has money.Int) StatementRow {
	return StatementRow{StatementLine: StatementLine{
		Type: what, Sub: of.sub, Currency: of.currency, Balance: Minor{money.FromInt(has, of.currency)}}}
}

// An EntryRow is a row of the table of entries for people: an entry, with what it changed, or the opening balance before
// the first or the closing balance after the last, with what is in each sub-balance. What an entry leaves as it is, is nil.
type EntryRow struct {
	StatementEntry
	Pending   *Minor `json:"pending,omitempty" col:"PENDING,optional"`
	Available *Minor `json:"available,omitempty" col:"AVAILABLE,optional"`
	Reserved  *Minor `json:"reserved,omitempty" col:"RESERVED,optional"`
}

// EntryTables sorts a statement of entries into a table for each currency. Each begins with its opening balances and ends
// with its closing ones: the columns of the sub-balances add up from the one to the other, and every balance is the one
// above it plus what the entry changed. A currency in which the account ever had anything has its table, also where
// nothing moved. A sub-balance that has nothing from beginning to end is nil in all rows.
func (b *Books) EntryTables(ctx context.Context, id accounts.ID, f StatementFilter) ([][]EntryRow, error) {
	// Before the entries, as in StatementTables.
	holds, err := b.holds(id, f.Within)
	if err != nil {
		return nil, err
	}
	entries := map[money.Currency][]StatementEntry{}
	for e, err := range b.StatementEntries(ctx, id, f) {
		if err != nil {
			return nil, err
		}
		entries[e.Currency] = append(entries[e.Currency], e)
	}
	for _, has := range holds {
		if entries[has.Currency] == nil {
			entries[has.Currency] = []StatementEntry{}
		}
	}
	return entryTables(entries, holds), nil
}

// EntryPageTables sorts a page of a statement of entries into tables as [Books.EntryTables]. They begin with the balances
// before the page, and end with those after it.
func EntryPageTables(page []StatementEntry) [][]EntryRow {
	entries := map[money.Currency][]StatementEntry{}
	for _, e := range page {
		entries[e.Currency] = append(entries[e.Currency], e)
	}
	return entryTables(entries, nil)
}

// entryTables makes a table of the entries of each currency, or of what the account holds where there are none.
func entryTables(entries map[money.Currency][]StatementEntry, holds []ledger.Balance) (tables [][]EntryRow) {
	for _, c := range slices.Sorted(maps.Keys(entries)) {
		opening, closing := ends(entries[c], holds, c)
		tables = append(tables, entryTable(opening, closing, entries[c]))
	}
	return tables
}

// ends returns the balances before and after some entries. Without any they are what the account holds.
func ends(list []StatementEntry, holds []ledger.Balance, c money.Currency) (opening, closing Holdings) {
	if len(list) == 0 {
		i := slices.IndexFunc(holds, func(has ledger.Balance) bool { return has.Currency == c })
		return holdings(holds[i]), holdings(holds[i])
	}
	first, last := &list[0], &list[len(list)-1]
	before := func(after, change Minor) Minor { return Minor{money.FromInt(after.Int().Sub(change.Int()), c)} }
	opening = Holdings{c, before(first.PendingBalance, first.Pending), before(first.AvailableBalance, first.Available),
		before(first.ReservedBalance, first.Reserved), before(first.Balance, first.Amount)}
	return opening, Holdings{c, last.PendingBalance, last.AvailableBalance, last.ReservedBalance, last.Balance}
}

// entryTable puts the opening and the closing balances around entries.
func entryTable(opening, closing Holdings, list []StatementEntry) []EntryRow {
	balance := func(what posting.Type, h Holdings) EntryRow {
		return EntryRow{StatementEntry{Type: what, Currency: h.Currency, Balance: h.Balance}, &h.Pending, &h.Available,
			&h.Reserved}
	}
	changed := func(m Minor) *Minor {
		if m.IsZero() {
			return nil
		}
		return &m
	}
	rows := []EntryRow{balance("opening balance", opening)}
	for _, e := range list {
		if e.Payment != "" {
			e.Reference = "" // of a part, which says less than the payment
		}
		rows = append(rows, EntryRow{e, changed(e.Pending), changed(e.Available), changed(e.Reserved)})
	}
	rows = append(rows, balance("closing balance", closing))
	for _, of := range []func(*EntryRow) **Minor{
		func(r *EntryRow) **Minor { return &r.Pending },
		func(r *EntryRow) **Minor { return &r.Reserved },
	} {
		moved := slices.ContainsFunc(rows, func(r EntryRow) bool { m := *of(&r); return m != nil && !m.IsZero() })
		for i := range rows {
			if !moved {
				*of(&rows[i]) = nil
			}
		}
	}
	return rows
}

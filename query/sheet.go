package query

import (
	"cmp"
	"maps"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// A Sheet is what accounts have in one currency, each on the side on which it stands, the largest
// first. Debits are credits, in sum. It is a balance sheet for a screen; [Books.TrialBalance] is
// the complete one.
type Sheet struct {
	Currency   money.Currency `json:"currency"`
	Rows       []SheetRow     `json:"rows"` // the largest first; accounts that have nothing are left out
	More       int            `json:"more"` // accounts that are not among the rows
	Rest       SheetRow       `json:"rest"` // what these have, net
	Total      SheetRow       `json:"total"`
	Difference Minor          `json:"difference"` // debits less credits
}

// A SheetRow is what an account has in one currency. The side on which it does not stand is nil.
type SheetRow struct {
	Currency money.Currency `json:"currency" col:" "` // a table of 80 columns has no room for more
	Account  accounts.ID    `json:"account,omitempty" col:"ACCOUNT"`
	Holder   string         `json:"holder,omitempty" col:"HOLDER"`
	Debit    *Minor         `json:"debit,omitempty" col:"DEBIT"`
	Credit   *Minor         `json:"credit,omitempty" col:"CREDIT"`
	Pending  Minor          `json:"pending" col:"PENDING,blank"` // of it, on whatever side
}

// Sheets returns what accounts have now, by currency: at most so many rows of each, and one for the
// rest, so that the columns still add up. Of the books it needs only the ledger.
func (b *Books) Sheets(most int) (sheets []Sheet, err error) {
	all, err := b.Ledger.BalancesAt(ledger.AsOf{}, nil)
	if err != nil {
		return nil, err
	}
	lines := map[money.Currency][]sheetLine{}
	for _, a := range all {
		for _, has := range a.Balances {
			// What an account has had and no longer has would only make the sheet longer.
			if l := sheetLineOf(a.Account, has); !l.total.IsZero() {
				lines[has.Currency] = append(lines[has.Currency], l)
			}
		}
	}
	for _, c := range slices.Sorted(maps.Keys(lines)) {
		sheets = append(sheets, sheetOf(c, lines[c], most))
	}
	return sheets, nil
}

// A sheetLine is a row whose amounts are positive for a debit and negative for a credit.
type sheetLine struct {
	account        accounts.Account
	total, pending money.Amount
}

// sheetLineOf turns a balance, which is positive on the account's normal side, into one of debits
// and credits.
func sheetLineOf(a accounts.Account, b ledger.Balance) sheetLine {
	if a.Kind.DebitNormal() {
		return sheetLine{a, b.Total(), b.Pending}
	}
	return sheetLine{a, b.Total().Neg(), b.Pending.Neg()}
}

// row puts the balance on its side. What is pending is a part of it, and is shown without a side.
func (l *sheetLine) row(c money.Currency) SheetRow {
	r := SheetRow{Currency: c, Account: l.account.ID, Holder: l.account.Holder, Pending: Minor{l.pending.Abs()}}
	if l.total.Sign() > 0 {
		r.Debit = &Minor{l.total}
	} else {
		r.Credit = &Minor{l.total.Neg()}
	}
	return r
}

// sheetOf makes the sheet of one currency from all its lines.
func sheetOf(c money.Currency, lines []sheetLine, most int) Sheet {
	slices.SortFunc(lines, func(a, b sheetLine) int {
		return cmp.Or(b.total.Abs().Int().Cmp(a.total.Abs().Int()), cmp.Compare(a.account.ID, b.account.ID))
	})
	none := money.New(0, c)
	s := Sheet{Currency: c, More: max(len(lines)-most, 0)}
	debits, credits := Minor{none}, Minor{none}
	// The rest is net: its debits and credits would be as large as the whole table.
	rest := sheetLine{total: none, pending: none}
	for i := range lines {
		l := &lines[i]
		if l.total.Sign() > 0 {
			debits.add(Minor{l.total})
		} else {
			credits.add(Minor{l.total.Neg()})
		}
		if i < most {
			s.Rows = append(s.Rows, l.row(c))
			continue
		}
		rest.total, rest.pending = money.Sum(c, rest.total, l.total), money.Sum(c, rest.pending, l.pending)
	}
	s.Rest = rest.row(c)
	s.Total = SheetRow{Currency: c, Debit: &debits, Credit: &credits, Pending: Minor{none}}
	s.Difference = Minor{money.Sum(c, debits.Amount, credits.Neg())}
	return s
}

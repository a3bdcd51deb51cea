package query

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/chart"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// A Section is a part of a balance sheet, in which amounts are positive on its own side: debits in assets, credits in
// all others. In each currency assets are what the others come to.
type Section string

// The sections of a balance sheet, as the platform sees them.
const (
	Assets      Section = "assets"      // what providers and banks hold for it, and what sub-accounts owe it
	Liabilities Section = "liabilities" // what it owes to sub-accounts, and to providers and banks
	Equity      Section = "equity"      // its own: liable and its other accounts
	Converted   Section = "conversions" // on fx: nothing once accounts and providers have converted the same
)

// sections are in the order in which they are shown.
var sections = []Section{Assets, Liabilities, Equity, Converted}

// A SheetItem is a line of a balance sheet: an account, all sub-accounts that stand on one side, or an account of a
// chart.
type SheetItem struct {
	Section Section `json:"section" col:"SECTION"`
	// Account is none of a sum of many.
	Account accounts.ID `json:"account,omitempty"`
	Code    string      `json:"code,omitempty" col:"CODE,optional"` // of a chart
	Item    string      `json:"item" col:"ITEM"`                    // the account, its name in a chart, or what is summed
	Holdings
}

// A SheetTotal has the sums of the sections in one currency: assets are what the others come to.
type SheetTotal struct {
	Currency    money.Currency `json:"currency"`
	Assets      Minor          `json:"assets"`
	Liabilities Minor          `json:"liabilities"`
	Equity      Minor          `json:"equity"`
	Conversions Minor          `json:"conversions"`
}

// A BalanceSheet is what the platform has and owes at one moment. It is never returned where it does not balance.
type BalanceSheet struct {
	At       time.Time    `json:"at,omitzero"`       // what had happened by then
	Recorded time.Time    `json:"recorded,omitzero"` // what the books knew by then
	Rows     []SheetItem  `json:"rows"`              // by currency and section, without rows of nothing
	Totals   []SheetTotal `json:"totals"`
}

// A SheetFilter says which balance sheet is wanted. The zero value is all currencies, as they are now.
type SheetFilter struct {
	AsOf      ledger.AsOf
	Currency  money.Currency // "" is any
	ByAccount bool           // each sub-account has a line of its own
	Chart     *chart.Chart   // lines are of its accounts, each in the section that it says
}

// BalanceSheet returns what the platform had and owed. What an account has in a currency stands on one side as a whole:
// a sub-account below zero owes the platform, so it is an asset and not taken off what is owed to others; a provider or
// bank below zero is a liability. It asks for the balance of every account and reads no journal. A sheet that does not
// balance is [ErrUnbalanced].
//
// With a chart it is the [Books.TrialBalance] of its accounts: what is of income and expenses is the result to date,
// and equity.
func (b *Books) BalanceSheet(ctx context.Context, f SheetFilter) (*BalanceSheet, error) {
	if f.Chart != nil {
		return b.chartSheet(ctx, f)
	}
	all, err := b.Ledger.BalancesAt(b.asOf(f.AsOf), nil)
	if err != nil {
		return nil, err
	}
	s := sheet{filter: f, items: map[sheetKey]*SheetItem{}}
	for _, a := range all {
		for _, has := range a.Balances {
			h := holdings(has)
			if h.Zero() || f.Currency != "" && h.Currency != f.Currency {
				continue
			}
			s.add(a.Account, &h)
		}
	}
	return s.result()
}

// A sheet is a balance sheet that is being summed.
type sheet struct {
	filter SheetFilter
	items  map[sheetKey]*SheetItem
}

// A sheetKey is what balances are summed by.
type sheetKey struct {
	currency money.Currency
	section  Section
	account  accounts.ID // none of all sub-accounts in one line
	code     string      // of a chart
}

// add counts what an account has in one currency, in the section in which it stands.
func (s *sheet) add(a accounts.Account, h *Holdings) {
	section := sectionOf(a.Kind)
	if below := h.Balance.Sign() < 0; below && section == Assets {
		section = Liabilities
	} else if below && section == Liabilities {
		section = Assets
	}
	if section != sectionOf(a.Kind) {
		h.turn()
	}
	k, item := sheetKey{h.Currency, section, a.ID, ""}, string(a.ID)
	if a.Kind == accounts.KindSub && !s.filter.ByAccount {
		k.account, item = "", "sub-accounts"
		if section == Assets {
			item = "sub-accounts below zero"
		}
	}
	if s.items[k] == nil {
		s.items[k] = &SheetItem{Section: section, Account: k.account, Item: item}
	}
	s.items[k].add(h)
}

// sectionOf is where accounts of a kind stand that are not below zero.
func sectionOf(kind accounts.Kind) Section {
	return map[Side]Section{Held: Assets, Owed: Liabilities, Own: Equity, OpenConversions: Converted}[sideOf(kind)]
}

// turn puts holdings on the other side.
func (h *Holdings) turn() {
	for _, m := range []*Minor{&h.Pending, &h.Available, &h.Reserved, &h.Balance} {
		m.Amount = m.Neg()
	}
}

// result returns the sheet in its order, with totals that were checked to balance.
func (s *sheet) result() (*BalanceSheet, error) {
	sheet := &BalanceSheet{At: s.filter.AsOf.At, Recorded: s.filter.AsOf.Recorded, Rows: []SheetItem{},
		Totals: []SheetTotal{}}
	currencies := map[money.Currency]bool{}
	for _, item := range s.items {
		sheet.Rows = append(sheet.Rows, *item)
		currencies[item.Currency] = true
	}
	slices.SortFunc(sheet.Rows, func(a, b SheetItem) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency),
			cmp.Compare(slices.Index(sections, a.Section), slices.Index(sections, b.Section)),
			compareCodes(a.Code, b.Code), cmp.Compare(a.Account, b.Account))
	})
	for _, c := range slices.Sorted(maps.Keys(currencies)) {
		sum := func(of Section) Minor { return sheet.Sum(c, of).Balance }
		t := SheetTotal{c, sum(Assets), sum(Liabilities), sum(Equity), sum(Converted)}
		if !t.Assets.Int().Equal(t.Against().Int()) {
			return nil, fmt.Errorf("%w in %s: assets are %s, liabilities, equity and conversions %s",
				ErrUnbalanced, c, t.Assets, t.Against())
		}
		sheet.Totals = append(sheet.Totals, t)
	}
	return sheet, nil
}

// compareCodes orders codes of a chart, and what has none after them.
func compareCodes(a, b string) int {
	if a == "" || b == "" {
		return -cmp.Compare(a, b)
	}
	return cmp.Compare(a, b)
}

// Against returns what stands against the assets: liabilities, equity and conversions.
func (t *SheetTotal) Against() Minor {
	return Minor{money.Sum(t.Currency, t.Liabilities.Amount, t.Equity.Amount, t.Conversions.Amount)}
}

// Sum returns what the rows of some sections have in a currency, in each sub-balance.
func (s *BalanceSheet) Sum(c money.Currency, of ...Section) Holdings {
	none := Minor{money.New(0, c)}
	sum := Holdings{c, none, none, none, none}
	for i := range s.Rows {
		if r := &s.Rows[i]; r.Currency == c && slices.Contains(of, r.Section) {
			sum.add(&r.Holdings)
		}
	}
	return sum
}

// chartSheet returns the balance sheet of a chart.
func (b *Books) chartSheet(ctx context.Context, f SheetFilter) (*BalanceSheet, error) {
	all := TrialFilter{Recorded: f.AsOf.Recorded, Currency: f.Currency, Chart: f.Chart, By: By{sub: true}}
	if !f.AsOf.At.IsZero() {
		all.Within.To = f.AsOf.At.Add(1)
	}
	trial, err := b.TrialBalance(ctx, all)
	if err != nil {
		return nil, err
	}
	s := sheet{filter: f, items: map[sheetKey]*SheetItem{}}
	for _, r := range trial.Rows {
		section := map[chart.Group]Section{chart.Asset: Assets, chart.Liability: Liabilities}[r.Group]
		item := &SheetItem{Section: cmp.Or(section, Equity), Code: r.Code, Item: r.Name}
		if r.Group.InResult() {
			item.Code, item.Item = "", "result to date"
		}
		if r.Closing.IsZero() {
			continue
		}
		k := sheetKey{r.Currency, item.Section, "", item.Code}
		if s.items[k] == nil {
			s.items[k] = item
		}
		h := holdingIn(r.sub, r.Closing)
		if item.Section != Assets {
			h.turn()
		}
		s.items[k].add(&h)
	}
	return s.result()
}

// holdingIn is an amount in one sub-balance.
func holdingIn(sub ledger.Sub, m Minor) Holdings {
	none := Minor{money.New(0, m.Currency())}
	h := Holdings{m.Currency(), none, none, none, m}
	switch sub {
	case ledger.Pending:
		h.Pending = m
	case ledger.Available:
		h.Available = m
	case ledger.Reserved:
		h.Reserved = m
	}
	return h
}

// Package chart maps accounts of a ledger to those of a chart of accounts, as accounting packages have them.
//
// A chart is a list of lines, from a file that an accountant writes ([Read]). Each says which postings it is of, by
// account, kind of account, sub-balance and type of posting, and where they go: a code, a name and a group. The first
// line that fits a posting counts.
package chart

import (
	"fmt"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

// A Group says in which statement an account of a chart is, and on which side it normally stands.
type Group string

// The groups. The first three are of the balance sheet, the others of the income statement.
const (
	Asset     Group = "asset"
	Liability Group = "liability"
	Equity    Group = "equity"
	Income    Group = "income"
	Expense   Group = "expense"
)

// Groups are all groups, in the order of reports.
func Groups() []Group { return []Group{Asset, Liability, Equity, Income, Expense} }

// DebitNormal reports whether amounts of the group are positive when debited.
func (g Group) DebitNormal() bool { return g == Asset || g == Expense }

// InResult reports whether the group is of the income statement.
func (g Group) InResult() bool { return g == Income || g == Expense }

// An Account is one of the chart.
type Account struct {
	Code  string `json:"code"`  // letters, digits, and . - _ /
	Name  string `json:"name"`  // for people
	Group Group  `json:"group"` // where it stands
}

// A Line says which postings go to an account of the chart. What is empty fits all.
type Line struct {
	Of   string        `json:"account,omitempty"` // an account of the ledger; * is any characters, as in seller:*
	Kind accounts.Kind `json:"kind,omitempty"`    // of that account
	Sub  string        `json:"sub,omitempty"`     // pending, available or reserved
	Type string        `json:"type,omitempty"`    // of posting, such as a split type or fee type; * as in Of
	Account
}

// fits reports whether the line is of a posting.
func (l *Line) fits(p Posting) bool {
	return (l.Of == "" || accounts.Matches(l.Of, string(p.Account))) && (l.Kind == 0 || l.Kind == p.Kind) &&
		(l.Sub == "" || l.Sub == p.Sub.String()) && (l.Type == "" || accounts.Matches(l.Type, p.Type))
}

// A Chart is a list of lines, of which the first that fits counts. It never changes.
type Chart struct{ lines []Line }

// A Posting is what a chart looks at.
type Posting struct {
	Account accounts.ID
	Kind    accounts.Kind
	Sub     ledger.Sub
	Type    string
}

// A Mapper maps postings and notes those that the chart has no account for. It is for one report or export, and for
// one goroutine: what it has found it remembers.
type Mapper struct {
	chart *Chart
	kinds func(accounts.ID) accounts.Kind
	known map[Posting]*Account // nil: no line fits
}

// Mapper returns a mapper for the accounts of a ledger, of which kinds says the kind.
func (c *Chart) Mapper(kinds func(accounts.ID) accounts.Kind) *Mapper {
	return &Mapper{c, kinds, map[Posting]*Account{}}
}

// Account returns where a posting goes, nil where no line of the chart fits it.
func (m *Mapper) Account(p *ledger.Posting) *Account {
	k := Posting{Account: p.Account, Sub: p.Sub, Type: p.Type}
	a, known := m.known[k]
	if known {
		return a
	}
	// The text may be of a record that does not live as long.
	k.Type = strings.Clone(k.Type)
	at := k
	at.Kind = m.kinds(k.Account)
	if i := slices.IndexFunc(m.chart.lines, func(l Line) bool { return l.fits(at) }); i >= 0 {
		a = &m.chart.lines[i].Account
	}
	m.known[k] = a
	return a
}

// Err returns an [*Unmapped] if a posting was met that no line fits.
func (m *Mapper) Err() error {
	var list []Posting
	for p, a := range m.known {
		if a == nil {
			p.Kind = m.kinds(p.Account)
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(a, b Posting) int { return strings.Compare(a.String(), b.String()) })
	return &Unmapped{list}
}

// String says what is posted where: "seller:1 (sub), available, Transfer".
func (p Posting) String() string {
	return fmt.Sprintf("%s (%s), %s, %s", p.Account, p.Kind, p.Sub, p.Type)
}

// Unmapped is the error for accounts that were posted to and that no line of a chart is of.
type Unmapped struct {
	Postings []Posting // by account, each sub-balance and type once
}

// most is how many accounts the message lists.
const most = 50

// Error lists what no line fits, one a line.
func (u *Unmapped) Error() string {
	var b strings.Builder
	b.WriteString("expected a line of the chart for each of these, found none:")
	for i, p := range u.Postings {
		if i == most {
			fmt.Fprintf(&b, "\n  and %d more", len(u.Postings)-most)
			break
		}
		b.WriteString("\n  " + p.String())
	}
	return b.String()
}

package commands

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

//go:embed statement.html
var statementPage string

// A sheetPage is a page for a seller: an account's statement of a period, or what a payout is made of. All its texts
// are escaped by html/template.
type sheetPage struct {
	Title  string
	Facts  []sheetFact
	Sheets []*sheet // by currency
}

// A sheetFact is a line above the tables.
type sheetFact struct{ Name, Text string }

// A sheet is a table of the rows of one currency. Rows are in groups, one for each payment; opening, sums and closing
// have the same columns, so that a reader can add each column up.
type sheet struct {
	Currency money.Currency
	Columns  []string
	Opening  sheetBalance
	Groups   []*sheetGroup
	Closing  []sheetBalance

	table  display
	groups map[string]*sheetGroup // by payment
}

// A sheetBalance is a row that is no entry.
type sheetBalance struct {
	Name    string
	Amounts []string
}

// A sheetGroup has the rows of a payment, or of none.
type sheetGroup struct {
	Name, Order string
	Rows        []sheetRow
	Sum         []string

	sums []money.Int
}

// A sheetRow is one entry or posting.
type sheetRow struct {
	At, What, Note string
	Amounts        []string
}

// ofNoPayment is the name of the group of what is of no payment.
const ofNoPayment = "Payouts, transfers and other"

// newSheet starts a table.
func newSheet(c money.Currency, t display, columns ...string) *sheet {
	return &sheet{Currency: c, Columns: columns, table: t, groups: map[string]*sheetGroup{}}
}

// Width is how many columns the table has.
func (s *sheet) Width() int { return 2 + len(s.Columns) }

// texts writes amounts in major units.
func (s *sheet) texts(amounts []money.Int) []string {
	return query.Rows(amounts, func(i money.Int) string { return s.table.Format(money.FromInt(i, s.Currency)) })
}

// add adds a row to the group of its payment. Groups are in the order of their first rows.
func (s *sheet) add(of query.Origin, row sheetRow, amounts ...money.Int) {
	g := s.groups[of.Payment]
	if g == nil {
		g = &sheetGroup{Name: "Payment " + of.Payment, Order: of.Order, sums: make([]money.Int, len(amounts))}
		if of.Payment == "" {
			g.Name = ofNoPayment
		}
		s.groups[of.Payment] = g
		s.Groups = append(s.Groups, g)
	}
	for i, a := range amounts {
		g.sums[i] = g.sums[i].Add(a)
	}
	row.Amounts = s.texts(amounts)
	g.Rows = append(g.Rows, row)
	g.Sum = s.texts(g.sums)
}

// close ends the table: what is of no payment comes last.
func (s *sheet) close(rows ...sheetBalance) {
	s.Closing = rows
	if i := slices.Index(s.Groups, s.groups[""]); i >= 0 {
		s.Groups = append(slices.Delete(s.Groups, i, i+1), s.groups[""])
	}
}

// note joins what is said of a row below it.
func note(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// writePage writes a page that needs nothing else, neither a script nor the network, so that it can be sent and kept.
func writePage(w io.Writer, p *sheetPage) error {
	page, err := template.New("statement").Parse(statementPage)
	if err != nil {
		return err
	}
	return page.Execute(w, p)
}

// accountPage makes the page of an account's statement.
func accountPage(a accounts.Account, tables [][]query.EntryRow, within query.Period, t display) *sheetPage {
	p := &sheetPage{Title: "Statement of " + string(a.ID), Facts: []sheetFact{{"Account", string(a.ID)}}}
	if a.Holder != "" {
		p.Facts = append(p.Facts, sheetFact{"Holder", a.Holder})
	}
	p.Facts = append(p.Facts, sheetFact{"Period", within.String()})
	for _, table := range tables {
		s := newSheet(table[0].Currency, t, "pending", "available", "reserved", "total")
		for i := range table {
			switch row := &table[i]; i {
			case 0:
				s.Opening = sheetBalance{"Opening balance", s.texts(heldBy(row))}
			case len(table) - 1:
				s.close(sheetBalance{"Closing balance", s.texts(heldBy(row))})
			default:
				s.add(row.Origin, entrySheetRow(&row.StatementEntry), row.StatementEntry.Pending.Int(),
					row.StatementEntry.Available.Int(), row.StatementEntry.Reserved.Int(), row.Amount.Int())
			}
		}
		p.Sheets = append(p.Sheets, s)
	}
	return p
}

// heldBy returns what a row of an opening or closing balance says of each sub-balance, and of all. One that is always
// empty is nil.
func heldBy(row *query.EntryRow) (amounts []money.Int) {
	for _, m := range []*query.Minor{row.Pending, row.Available, row.Reserved, &row.Balance} {
		amount := money.Int{}
		if m != nil {
			amount = m.Int()
		}
		amounts = append(amounts, amount)
	}
	return amounts
}

// entrySheetRow says when and what an entry was.
func entrySheetRow(e *query.StatementEntry) sheetRow {
	happened := ""
	if !e.Happened.IsZero() {
		happened = "happened " + onPage(e.Happened)
	}
	return sheetRow{At: onPage(e.At), What: e.Part, Note: note(e.Description, e.Reference, e.Reason, happened)}
}

// onPage writes a moment for a reader: to the second.
func onPage(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") + " UTC" }

// payoutPage makes the page of what a payout is made of.
func payoutPage(p *query.PayoutStatement, holder string, t display) *sheetPage {
	major := func(m money.Amount) string { return t.Format(m) + " " + string(p.Currency) }
	page := &sheetPage{Title: fmt.Sprintf("Payout %s of %s", p.Payout, major(p.Amount.Amount)),
		Facts: []sheetFact{{"Account", string(p.Account)}, {"Holder", holder}, {"Asked for", onPage(p.Asked)},
			{"State", string(p.State)}}}
	done, taken := "Paid", "Paid out"
	if p.State == posting.PayoutHasFailed {
		done, taken = "Failed", "Taken by the payout until it failed"
	}
	if !p.Done.IsZero() {
		page.Facts = append(page.Facts, sheetFact{done, onPage(p.Done)})
	}
	if p.Reason != "" {
		page.Facts = append(page.Facts, sheetFact{"Reason", p.Reason})
	}
	for _, m := range []struct {
		name   string
		amount *query.Minor
	}{{"Came back", p.Returned}, {"Fee of the provider", p.Fee}} {
		if m.amount != nil {
			page.Facts = append(page.Facts, sheetFact{m.name, major(m.amount.Amount)})
		}
	}
	page.Facts = slices.DeleteFunc(page.Facts, func(f sheetFact) bool { return f.Text == "" })
	s := newSheet(p.Currency, t, "amount")
	left := "Left over before the first payout"
	if p.Since != "" {
		left = "Left over by payout " + p.Since
	}
	one := func(name string, m query.Minor) sheetBalance {
		return sheetBalance{name, s.texts([]money.Int{m.Int()})}
	}
	s.Opening = one(left, p.Opening)
	for _, r := range p.Rows {
		s.add(query.Origin{Payment: r.Payment, Order: r.Order},
			sheetRow{At: onPage(r.At), What: string(r.Part), Note: note(r.Reference, r.Reason)}, r.Amount.Int())
	}
	available := query.Minor{Amount: money.FromInt(p.Amount.Int().Add(p.Left.Int()), p.Currency)}
	s.close(one("Available", available), one(taken, query.Minor{Amount: p.Amount.Neg()}),
		one("Left over for the next payout", p.Left))
	page.Sheets = []*sheet{s}
	return page
}

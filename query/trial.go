package query

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/chart"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A Period is from one moment until just before another, by when events happened. A zero time does
// not limit. So that periods can be put side by side without a gap, the end is not included.
type Period struct{ From, To time.Time }

// String says in words which period it is, with the moment that is not included; "all time" if nothing limits it.
func (p Period) String() string {
	var words []string
	if !p.From.IsZero() {
		words = append(words, "from "+p.From.UTC().Format(time.RFC3339Nano))
	}
	if !p.To.IsZero() {
		words = append(words, "until, not including, "+p.To.UTC().Format(time.RFC3339Nano))
	}
	return cmp.Or(strings.Join(words, " "), "all time")
}

// Has reports whether something that happened at t is within the period.
func (p Period) Has(t time.Time) bool {
	return !t.Before(p.From) && (p.To.IsZero() || t.Before(p.To))
}

// By says what a trial balance is broken down by, besides currency. Currencies are never mixed, as
// no sum over them means anything.
type By struct {
	Account bool // and with it the account's kind
	Kind    bool // of account
	Class   bool // of posting: see [Classify]
	Type    bool // of posting: split type, fee type, what else the postings say they are
	sub     bool // for balance sheets
}

// Breakdowns are the names of what a trial balance can be broken down by, in the order in which they are shown. They
// are those of the fields in JSON.
var Breakdowns = []string{"account", "kind", "part", "type"}

// ParseBy reads names of [Breakdowns] with commas between them, in any order.
func ParseBy(text string) (by By, err error) {
	for name := range strings.SplitSeq(text, ",") {
		switch strings.TrimSpace(name) {
		case "account":
			by.Account, by.Kind = true, true // an account has one kind
		case "kind":
			by.Kind = true
		case "part":
			by.Class = true
		case "type":
			by.Type = true
		default:
			return By{}, fmt.Errorf("expected some of account, kind, part and type, with commas between, found %q",
				name)
		}
	}
	return by, nil
}

// Names are the [Breakdowns] that were asked for.
func (by By) Names() (names []string) {
	for i, wanted := range []bool{by.Account, by.Kind, by.Class, by.Type} {
		if wanted {
			names = append(names, Breakdowns[i])
		}
	}
	return names
}

// A Row is a line of a trial balance. Fields that it is not broken down by are zero. Opening and
// Closing are positive for a debit balance and negative for a credit balance, whatever the account:
// sums over accounts of both sides come to zero then.
type Row struct {
	Currency money.Currency `json:"currency" col:"CURRENCY"`
	Account  accounts.ID    `json:"account,omitempty" col:"ACCOUNT"`
	Kind     accounts.Kind  `json:"kind,omitempty" col:"KIND,wide"`
	Class    Class          `json:"part,omitempty" col:"PART"`
	Type     string         `json:"type,omitempty" col:"TYPE"`
	// Code, Name and Group are of the account of the chart, where there is one.
	Code     string      `json:"code,omitempty" col:"CODE"`
	Name     string      `json:"name,omitempty" col:"NAME"`
	Group    chart.Group `json:"group,omitempty" col:"GROUP"`
	Postings int         `json:"postings" col:"POSTINGS,wide"` // in the period
	Opening  Minor       `json:"opening" col:"OPENING,side"`   // of what happened before the period
	Debits   Minor       `json:"debits" col:"DEBITS"`          // in the period; not negative
	Credits  Minor       `json:"credits" col:"CREDITS"`        // in the period; not negative
	Closing  Minor       `json:"closing" col:"CLOSING,side"`   // opening and debits less credits

	// Both balances on the side on which they stand; nil on the other side. A total has the sums of all sides.
	OpeningDebit  *Minor `json:"-" col:"OPENING DEBIT"`
	OpeningCredit *Minor `json:"-" col:"OPENING CREDIT"`
	ClosingDebit  *Minor `json:"-" col:"CLOSING DEBIT"`
	ClosingCredit *Minor `json:"-" col:"CLOSING CREDIT"`

	sub ledger.Sub
}

// A Trial is a trial balance: debits and credits of a period with the balances before and after it.
// It is never returned where they do not agree.
type Trial struct {
	Rows   []Row `json:"rows"`   // by currency, kind, account, class and type, without rows of nothing
	Totals []Row `json:"totals"` // of each currency: its opening and closing are zero, its debits are its credits
}

// A TrialFilter says which period a trial balance is of, and in what detail. The zero value is all time, by currency
// alone.
type TrialFilter struct {
	Within   Period
	Recorded time.Time // what the books knew by then, as in [ledger.AsOf]; the zero time does not limit
	By       By
	Currency money.Currency // "" is any
	// Chart has rows for its accounts, besides what they are broken down by. An account of the ledger that it does not
	// map is [*chart.Unmapped].
	Chart *chart.Chart
}

// ErrUnbalanced says that debits and credits differ in sum: the ledger is damaged, as every entry
// balances when it is booked. Verifying it tells where.
var ErrUnbalanced = errors.New("debits and credits differ")

// TrialBalance sums all postings up to the end of a period. Whole days by UTC come from the daily totals that are kept
// beside the ledger; see [ledger.Ledger.PeriodTotals]. What the books knew at an earlier time is read from the
// journal, once and in any case to its end, because what is booked late may be of any time. It holds no more than the
// rows. Debits that are not credits are [ErrUnbalanced].
func (b *Books) TrialBalance(ctx context.Context, f TrialFilter) (*Trial, error) {
	t := trial{filter: f, kinds: map[accounts.ID]accounts.Kind{}, rows: map[rowKey]*movement{}}
	if f.Chart != nil {
		t.chart = f.Chart.Mapper(func(id accounts.ID) accounts.Kind { return t.kinds[id] })
	}
	if !f.Recorded.IsZero() {
		if err := t.walk(ctx, b); err != nil {
			return nil, err
		}
		return t.result()
	}
	mapped := f.Chart != nil
	totals, err := b.Ledger.PeriodTotals(ctx, ledger.PeriodFilter{From: f.Within.From, To: f.Within.To,
		Account: f.By.Account || mapped, Kind: f.By.Kind, Sub: f.By.sub || mapped,
		Type: f.By.Class || f.By.Type || mapped, Labelled: f.By.Class, Until: b.until})
	if err != nil {
		return nil, err
	}
	for i := range totals {
		t.join(&totals[i])
	}
	return t.result()
}

// walk adds up the records of the journal.
func (t *trial) walk(ctx context.Context, b *Books) error {
	f := &t.filter
	for a := range b.Ledger.Accounts() {
		t.kinds[a.ID] = a.Kind
	}
	for rec, err := range b.upTo(ctx, b.until) {
		if err != nil {
			return err
		}
		if !f.Within.To.IsZero() && !rec.At.Before(f.Within.To) ||
			!f.Recorded.IsZero() && rec.Recorded.After(f.Recorded) {
			continue
		}
		// Only a breakdown by class asks for the event, which takes a look at the content.
		opening, event := rec.At.Before(f.Within.From), posting.Type("")
		if f.By.Class && len(rec.Entries) > 0 {
			event = eventOf(rec)
		}
		for i := range rec.Entries {
			for j := range rec.Entries[i].Postings {
				t.add(event, &rec.Entries[i].Postings[j], opening)
			}
		}
	}
	return nil
}

// join adds what the ledger has added up.
func (t *trial) join(p *ledger.PeriodTotal) {
	t.kinds[p.Account] = p.Kind
	var class Class
	if t.filter.By.Class {
		class = Classify(eventLabelled(&p.Label), p.Type)
	}
	like := ledger.Posting{Account: p.Account, Sub: p.Sub, Type: p.Type, Amount: money.New(0, p.Currency)}
	m := t.row(t.key(&like, p.Kind, class))
	m.opening = m.opening.Add(p.Before)
	m.debits, m.credits = m.debits.Add(p.Debits), m.credits.Add(p.Credits)
	m.count += p.Postings
}

// A trial is a trial balance that is being summed. Accounts have one kind for ever, so kinds are
// read once, where records are read.
type trial struct {
	filter TrialFilter
	kinds  map[accounts.ID]accounts.Kind
	rows   map[rowKey]*movement
	chart  *chart.Mapper // nil: none is asked for
}

// A rowKey is what postings are summed by; what is not asked for is the same in all.
type rowKey struct {
	currency money.Currency
	account  accounts.ID
	kind     accounts.Kind
	class    Class
	typ      string
	in       chart.Account // of the chart
	sub      ledger.Sub
}

// A movement is what the postings of a row come to, all in one currency.
type movement struct {
	opening, debits, credits money.Int
	count                    int
}

// add counts a posting in its row. The event is known only where a breakdown by class asks for it.
func (t *trial) add(event posting.Type, p *ledger.Posting, opening bool) {
	var class Class
	if t.filter.By.Class {
		class = Classify(event, p.Type)
	}
	t.row(t.key(p, t.kinds[p.Account], class)).add(p.Amount, opening)
}

// key is the row that postings like one belong to.
func (t *trial) key(p *ledger.Posting, kind accounts.Kind, class Class) rowKey {
	k := rowKey{currency: p.Amount.Currency(), class: class}
	by := &t.filter.By
	if by.Account {
		k.account = p.Account
	}
	if by.Kind {
		k.kind = kind
	}
	if by.Type {
		k.typ = p.Type
	}
	if by.sub {
		k.sub = p.Sub
	}
	if t.chart != nil {
		if in := t.chart.Account(p); in != nil { // else the report ends with an error
			k.in = *in
		}
	}
	return k
}

// row returns the row of a key, which is made where there is none.
func (t *trial) row(k rowKey) *movement {
	m := t.rows[k]
	if m == nil {
		// A row lives longer than the record that the text is of.
		k.typ = strings.Clone(k.typ)
		m = &movement{}
		t.rows[k] = m
	}
	return m
}

// add counts an amount, which is positive for a debit.
func (m *movement) add(a money.Amount, opening bool) {
	if opening {
		m.opening = m.opening.Add(a.Int())
		return
	}
	m.count++
	if a.Sign() >= 0 {
		m.debits = m.debits.Add(a.Int())
	} else {
		m.credits = m.credits.Sub(a.Int())
	}
}

// row gives what was summed the form it has in answers, with what follows from it.
func (m *movement) row(k rowKey) Row {
	of := func(i money.Int) Minor { return Minor{money.FromInt(i, k.currency)} }
	return Row{
		Account: k.account, Kind: k.kind, Currency: k.currency, Class: k.class, Type: k.typ,
		Code: k.in.Code, Name: k.in.Name, Group: k.in.Group, Postings: m.count,
		Opening: of(m.opening), Debits: of(m.debits), Credits: of(m.credits),
		Closing: of(m.opening.Add(m.debits).Sub(m.credits)), sub: k.sub,
	}
}

// addSides adds the balances of a row to those sides of r on which they stand.
func (r *Row) addSides(of *Row) {
	add := func(debit, credit **Minor, balance Minor) {
		side := debit
		switch balance.Sign() {
		case 0:
			return
		case -1:
			side, balance = credit, Minor{balance.Neg()}
		}
		if *side == nil {
			*side = &Minor{money.New(0, r.Currency)}
		}
		(*side).add(balance)
	}
	add(&r.OpeningDebit, &r.OpeningCredit, of.Opening)
	add(&r.ClosingDebit, &r.ClosingCredit, of.Closing)
}

// result returns the rows that are wanted in their order, with totals that were checked to balance.
// The check is of all currencies, also of those that are not wanted: a damaged ledger gives no
// answer.
func (t *trial) result() (*Trial, error) {
	if t.chart != nil {
		if err := t.chart.Err(); err != nil {
			return nil, err
		}
	}
	totals := map[money.Currency]*movement{}
	rows := []Row{}
	for k, m := range t.rows {
		sum := totals[k.currency]
		if sum == nil {
			sum = &movement{}
			totals[k.currency] = sum
		}
		sum.opening = sum.opening.Add(m.opening)
		sum.debits, sum.credits = sum.debits.Add(m.debits), sum.credits.Add(m.credits)
		sum.count += m.count
		if t.wanted(k.currency) && (m.count > 0 || !m.opening.IsZero()) {
			r := m.row(k)
			r.addSides(&r)
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, compareRows)
	for c, m := range totals {
		if !m.opening.IsZero() || !m.debits.Equal(m.credits) {
			return nil, fmt.Errorf("%w in %s: opening balances sum to %s, debits to %s, credits to %s",
				ErrUnbalanced, c, m.opening, m.debits, m.credits)
		}
	}
	return &Trial{rows, t.totals(totals, rows)}, nil
}

// totals returns a row for each currency that is wanted, with the sums of both sides of its rows.
func (t *trial) totals(sums map[money.Currency]*movement, rows []Row) []Row {
	list := []Row{}
	for _, c := range slices.Sorted(maps.Keys(sums)) {
		if !t.wanted(c) {
			continue
		}
		// A total has both sides, also where one of them is zero.
		none := func() *Minor { return &Minor{money.New(0, c)} }
		total := sums[c].row(rowKey{currency: c})
		total.OpeningDebit, total.OpeningCredit = none(), none()
		total.ClosingDebit, total.ClosingCredit = none(), none()
		for i := range rows {
			if rows[i].Currency == c {
				total.addSides(&rows[i])
			}
		}
		list = append(list, total)
	}
	return list
}

// wanted reports whether the filter asks for a currency.
func (t *trial) wanted(c money.Currency) bool {
	return t.filter.Currency == "" || c == t.filter.Currency
}

// compareRows is the order of rows: that of accounts in all lists, and within an account that of
// the classes.
func compareRows(a, b Row) int {
	return cmp.Or(
		cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Code, b.Code),
		cmp.Compare(kindOrder(a.Kind), kindOrder(b.Kind)),
		cmp.Compare(a.Account, b.Account), cmp.Compare(classOrder(a.Class), classOrder(b.Class)),
		cmp.Compare(a.Type, b.Type))
}

// kindOrder orders kinds as a person looks for them: those that hold money first.
func kindOrder(k accounts.Kind) int {
	return slices.Index([]accounts.Kind{
		accounts.KindProvider, accounts.KindBank, accounts.KindPlatform, accounts.KindLiable,
		accounts.KindSub, accounts.KindFX,
	}, k)
}

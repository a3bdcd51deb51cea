package ledger_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
)

// A model is what a ledger has to show: the records that it accepted, in order, and nothing else. All questions are
// answered by adding up postings one after another.
type model struct {
	records  []*ledger.Record
	accounts []accounts.Account // in order of opening, as they are now
}

func newModel() *model {
	return &model{accounts: []accounts.Account{
		{ID: accounts.Platform, Kind: accounts.KindPlatform},
		{ID: accounts.Liable, Kind: accounts.KindLiable},
	}}
}

// fork returns a model that can be added to and thrown away.
func (m *model) fork() *model {
	return &model{slices.Clip(m.records), slices.Clone(m.accounts)}
}

func (m *model) account(id accounts.ID) *accounts.Account {
	for i := range m.accounts {
		if m.accounts[i].ID == id {
			return &m.accounts[i]
		}
	}
	return nil
}

// accept adds a record.
func (m *model) accept(r *ledger.Record) {
	m.records = append(m.records, r)
	m.accounts = append(m.accounts, r.Opens...)
	for _, s := range r.Statuses {
		m.account(s.Account).Status = s.Status
	}
	for _, u := range r.Updates {
		a := m.account(u.Account)
		a.Holder, a.Metadata, a.Overdraft = u.Holder, u.Metadata, u.Overdraft
	}
}

// lines returns the statement of an account.
func (m *model) lines(id accounts.ID) (list []ledger.Line) {
	type cell struct {
		sub      ledger.Sub
		currency money.Currency
	}
	sums := make(map[cell]money.Amount)
	for _, r := range m.records {
		for _, e := range r.Entries {
			for _, p := range e.Postings {
				if p.Account != id {
					continue
				}
				c := cell{p.Sub, p.Amount.Currency()}
				sums[c] = money.Sum(c.currency, sums[c], p.Amount)
				list = append(list, ledger.Line{
					Posting: p, Record: r.Number, Entry: e.Number, Event: r.Keys[0], At: r.At, Recorded: r.Recorded,
					Balance: m.normal(id, sums[c]),
				})
			}
		}
	}
	return list
}

// normal turns debits positive into positive on the account's normal side.
func (m *model) normal(id accounts.ID, a money.Amount) money.Amount {
	if m.account(id).Kind.DebitNormal() {
		return a
	}
	return a.Neg()
}

// statement returns the lines of a range.
func (m *model) statement(id accounts.ID, within ledger.Range) (list []ledger.Line) {
	all := m.lines(id)
	if within.Newest {
		slices.Reverse(all)
	}
	for _, l := range all {
		if (within.From.IsZero() || !l.At.Before(within.From)) && (within.To.IsZero() || l.At.Before(within.To)) {
			list = append(list, l)
		}
	}
	if within.Limit > 0 {
		list = list[:min(len(list), within.Limit)]
	}
	return list
}

// balances adds up the account's postings as of some moment, for every currency it ever had.
func (m *model) balances(id accounts.ID, when ledger.AsOf) (list []ledger.Balance) {
	sums := make(map[money.Currency]ledger.Balance)
	for _, l := range m.lines(id) {
		c := l.Amount.Currency()
		b, ok := sums[c]
		if !ok {
			zero := money.New(0, c)
			b = ledger.Balance{Currency: c, Pending: zero, Available: zero, Reserved: zero}
		}
		if (when.At.IsZero() || !l.At.After(when.At)) && (when.Recorded.IsZero() || !l.Recorded.After(when.Recorded)) {
			a := map[ledger.Sub]*money.Amount{ledger.Pending: &b.Pending, ledger.Available: &b.Available, ledger.Reserved: &b.Reserved}[l.Sub]
			*a = money.Sum(c, *a, m.normal(id, l.Amount))
		}
		sums[c] = b
	}
	for _, c := range slices.Sorted(maps.Keys(sums)) {
		list = append(list, sums[c])
	}
	return list
}

// group returns the records that carry a key.
func (m *model) group(k ledger.Key) (list []*ledger.Record) {
	for _, r := range m.records {
		if slices.Contains(r.Keys, k) {
			list = append(list, r)
		}
	}
	return list
}

// show writes a list of balances, lines, accounts or records, one a line.
func show[T any](list []T) string {
	var b strings.Builder
	for _, x := range list {
		switch x := any(x).(type) {
		case *ledger.Record:
			fmt.Fprintf(&b, "record %d recorded %s at %s keys %v opens %s statuses %v\n", x.Number,
				x.Recorded.Format(time.RFC3339Nano), x.At.Format(time.RFC3339Nano), x.Keys, show(x.Opens), x.Statuses)
			for _, u := range x.Updates {
				fmt.Fprintf(&b, "  update %s %q %v %v\n", u.Account, u.Holder, u.Metadata, u.Overdraft)
			}
			for _, e := range x.Entries {
				fmt.Fprintf(&b, "  entry %d %q %+v\n", e.Number, e.Reference, e.Postings)
			}
		case accounts.Account:
			fmt.Fprintf(&b, "%s %s %s %q %v %v\n", x.ID, x.Kind, x.Status, x.Holder, x.Metadata, x.Overdraft)
		default:
			fmt.Fprintf(&b, "%+v\n", x)
		}
	}
	return b.String()
}

// differ says how two texts differ, "" if they do not.
func differ(got, want string) string {
	if got == want {
		return ""
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d of %d is\n\t%s\nwant, of %d,\n\t%s", i+1, len(g)-1, g[i], len(w)-1, w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d:\n%s\nwant\n%s", len(g)-1, len(w)-1, got, want)
}

// compare holds all that a ledger shows against the model.
func (m *model) compare(t fataler, l *ledger.Ledger) {
	t.Helper()
	if d := differ(show(slices.Collect(l.Accounts())), show(m.accounts)); d != "" {
		t.Fatalf("accounts: %s", d)
	}
	m.compareBalances(t, l)
	for _, a := range m.accounts {
		m.comparePostings(t, l, a.ID, ledger.Range{})
		m.comparePostings(t, l, a.ID, ledger.Range{Newest: true})
	}
	keys := make(map[ledger.Key]bool)
	for _, r := range m.records {
		for _, k := range r.Keys {
			keys[k] = true
		}
	}
	for k := range keys {
		m.compareGroup(t, l, k)
	}
	m.compareRecords(t, l)
	v, err := l.Verify(context.Background(), nil)
	if err != nil || len(v.Damage) > 0 {
		t.Fatalf("verify: %v %+v", err, v.Damage)
	}
	if v.Records != uint64(len(m.records)) || v.Accounts != uint64(len(m.accounts)) {
		t.Fatalf("verify counts %+v, want %d records, %d accounts", v, len(m.records), len(m.accounts))
	}
}

// compareBalances checks every balance, and that each currency sums to zero.
func (m *model) compareBalances(t fataler, l *ledger.Ledger) {
	t.Helper()
	list := ledgertest.Balances(l, nil)
	var want []ledger.AccountBalance
	for _, a := range m.accounts {
		want = append(want, ledger.AccountBalance{Account: a, Balances: m.balances(a.ID, ledger.AsOf{})})
	}
	if d := differ(show(list), show(want)); d != "" {
		t.Fatalf("balances: %s", d)
	}
	if s := unbalanced(list); s != "" {
		t.Fatal(s)
	}
	for _, a := range m.accounts {
		for _, b := range m.balances(a.ID, ledger.AsOf{}) {
			if got := ledgertest.Holds(l, a.ID, b.Currency); show([]ledger.Balance{got}) != show([]ledger.Balance{b}) {
				t.Fatalf("balance of %s is %v, want %v", a.ID, got, b)
			}
		}
	}
}

// unbalanced says which currency does not sum to zero over all accounts, "" if all do.
func unbalanced(list []ledger.AccountBalance) string {
	sums := make(map[money.Currency]money.Amount)
	for _, a := range list {
		for _, b := range a.Balances {
			total := b.Total()
			if !a.Account.Kind.DebitNormal() {
				total = total.Neg()
			}
			sums[b.Currency] = money.Sum(b.Currency, sums[b.Currency], total)
		}
	}
	for c, sum := range sums {
		if !sum.IsZero() {
			return fmt.Sprintf("all accounts in %s sum to %s, want 0", c, sum)
		}
	}
	return ""
}

func (m *model) comparePostings(t fataler, l *ledger.Ledger, id accounts.ID, within ledger.Range) {
	t.Helper()
	var got []ledger.Line
	for line, err := range l.Postings(context.Background(), id, within) {
		if err != nil {
			t.Fatalf("postings of %s %+v: %v", id, within, err)
		}
		got = append(got, line)
	}
	if d := differ(show(got), show(m.statement(id, within))); d != "" {
		t.Fatalf("postings of %s %+v: %s", id, within, d)
	}
}

func (m *model) compareAsOf(t fataler, l *ledger.Ledger, id accounts.ID, when ledger.AsOf) {
	t.Helper()
	got, err := l.BalanceAt(id, when)
	if err != nil {
		t.Fatalf("balance of %s as of %+v: %v", id, when, err)
	}
	if d := differ(show(got), show(m.balances(id, when))); d != "" {
		t.Fatalf("balance of %s as of %+v: %s", id, when, d)
	}
}

// alike is what the postings of a total have in common, where that was asked for.
type alike struct {
	account  accounts.ID
	kind     accounts.Kind
	currency money.Currency
	sub      ledger.Sub
	typ      string
}

// totals adds up postings one after another, as PeriodTotals does, but for labels.
func (m *model) totals(f ledger.PeriodFilter) []string {
	sums := make(map[alike]*ledger.PeriodTotal)
	for _, r := range m.records {
		for _, e := range r.Entries {
			for _, p := range e.Postings {
				if !f.To.IsZero() && !r.At.Before(f.To) {
					continue
				}
				t := ledger.PeriodTotal{Account: p.Account, Kind: m.account(p.Account).Kind, Currency: p.Amount.Currency(), Sub: p.Sub, Type: p.Type}
				addTotal(sums, f, t, func(s *ledger.PeriodTotal) {
					amount := p.Amount.Int()
					if r.At.Before(f.From) {
						s.Before = s.Before.Add(amount)
						return
					}
					s.Postings++
					if amount.Sign() > 0 {
						s.Debits = s.Debits.Add(amount)
					} else {
						s.Credits = s.Credits.Sub(amount)
					}
				})
			}
		}
	}
	return showTotals(sums)
}

// addTotal adds to the total of what a filter asks of another.
func addTotal(sums map[alike]*ledger.PeriodTotal, f ledger.PeriodFilter, of ledger.PeriodTotal, add func(*ledger.PeriodTotal)) {
	k := alike{currency: of.Currency}
	if f.Account {
		k.account = of.Account
	}
	if f.Account || f.Kind {
		k.kind = of.Kind
	}
	if f.Sub {
		k.sub = of.Sub
	}
	if f.Type {
		k.typ = of.Type
	}
	if sums[k] == nil {
		sums[k] = &ledger.PeriodTotal{}
	}
	add(sums[k])
}

func showTotals(sums map[alike]*ledger.PeriodTotal) (list []string) {
	for k, s := range sums {
		list = append(list, fmt.Sprintf("%s %v %s %s %q: %s before, %s debits, %s credits, %d postings",
			k.account, k.kind, k.currency, k.sub, k.typ, s.Before, s.Debits, s.Credits, s.Postings))
	}
	slices.Sort(list)
	return list
}

// compareTotals checks the totals of a period. With labels they are told apart further, and come to the same.
func (m *model) compareTotals(t fataler, l *ledger.Ledger, f ledger.PeriodFilter) {
	t.Helper()
	got, err := l.PeriodTotals(context.Background(), f)
	if err != nil {
		t.Fatalf("totals %+v: %v", f, err)
	}
	sums := make(map[alike]*ledger.PeriodTotal)
	for _, g := range got {
		addTotal(sums, f, g, func(s *ledger.PeriodTotal) {
			s.Before, s.Debits, s.Credits = s.Before.Add(g.Before), s.Debits.Add(g.Debits), s.Credits.Add(g.Credits)
			s.Postings += g.Postings
		})
	}
	if d := differ(show(showTotals(sums)), show(m.totals(f))); d != "" {
		t.Fatalf("totals %+v: %s", f, d)
	}
}

// A grouper is a Ledger or a Tx.
type grouper interface {
	Has(ledger.Key) (bool, error)
	Group(ledger.Key) ([]*ledger.Record, error)
	Last(ledger.Key) (*ledger.Record, error)
}

func (m *model) compareGroup(t fataler, l grouper, k ledger.Key) {
	t.Helper()
	want := m.group(k)
	got, err := l.Group(k)
	if err != nil {
		t.Fatalf("group %v: %v", k, err)
	}
	if d := differ(show(got), show(want)); d != "" {
		t.Fatalf("group %v: %s", k, d)
	}
	for i, r := range got {
		want[i].Content.(*note).compare(t, r)
	}
	if has, err := l.Has(k); err != nil || has != (len(want) > 0) {
		t.Fatalf("has %v: %v, %v; want %v", k, has, err, len(want) > 0)
	}
	last, err := l.Last(k)
	if err != nil || (last == nil) != (len(want) == 0) || last != nil && last.Number != want[len(want)-1].Number {
		t.Fatalf("last %v: %v, %v; want the last of %d", k, last, err, len(want))
	}
}

func (m *model) compareRecords(t fataler, l *ledger.Ledger) {
	t.Helper()
	var got []*ledger.Record
	for r, err := range l.Records(context.Background(), 1) {
		if err != nil {
			t.Fatalf("records: %v", err)
		}
		got = append(got, r)
	}
	if d := differ(show(got), show(m.records)); d != "" {
		t.Fatalf("records: %s", d)
	}
	for _, r := range got {
		for _, e := range r.Entries {
			if found, err := l.EntryRecord(e.Number); err != nil || found.Number != r.Number {
				t.Fatalf("entry %d is found in %+v, %v; want record %d", e.Number, found, err, r.Number)
			}
		}
	}
}

// A fataler is a testing.T or a rapid.T.
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// A note is the content of a record: one value of each kind that an Encoder writes.
type note struct {
	count   uint64
	text    string // the name of one of the record's keys, or not
	symbol  string
	account accounts.ID // of an account that exists, or not
	amount  money.Amount
	size    money.Int
	at      time.Time
}

func (n *note) Encode(e *ledger.Encoder) {
	e.Uint(n.count)
	e.String(n.text)
	e.Symbol(n.symbol)
	e.Account(n.account)
	e.Amount(n.amount)
	e.Int(n.size)
	e.Time(n.at)
}

func (n *note) String() string {
	return fmt.Sprintf("%d %q %q %q %v %v %s", n.count, n.text, n.symbol, n.account, n.amount, n.size, n.at.UTC().Format(time.RFC3339Nano))
}

func readNote(d *ledger.Decoder) note {
	return note{d.Uint(), d.String(), d.Symbol(), d.Account(), d.Amount(), d.Int(), d.Time()}
}

// compare reads the note back from the record that it is the content of.
func (n *note) compare(t fataler, r *ledger.Record) {
	t.Helper()
	d := r.Decoder()
	got := readNote(d)
	if d.Err() != nil || d.More() {
		t.Fatalf("content of record %d: %v, more %v", r.Number, d.Err(), d.More())
	}
	if g, w := got.String(), n.String(); g != w {
		t.Fatalf("content of record %d is %s, want %s", r.Number, g, w)
	}
}

package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
)

// TestModel books random records, good and bad, in all ways there are, and holds the ledger to the model after each.
func TestModel(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		m := &machine{
			path: filepath.Join(dir, "ledger.db"), model: newModel(), now: ledgertest.Start,
			every: rapid.SampledFrom([]int{1, 3, 10, 40}).Draw(t, "checkpoint every"),
		}
		m.open(t, false)
		defer func() { m.ledger.Close() }()
		t.Repeat(map[string]func(*rapid.T){
			"":                   m.check,
			"Update":             m.update,
			"UpdateBatch":        m.batch,
			"Concurrently":       m.concurrently,
			"Refused":            m.refused,
			"ClockMoves":         m.clockMoves,
			"Reopen":             m.reopen,
			"ReopenWithoutIndex": m.reopenWithoutIndex,
			"ReopenReadOnly":     m.reopenReadOnly,
		})
		m.model.compare(t, m.ledger)
		m.reopen(t)
		m.model.compare(t, m.ledger)
	})
}

// A machine is a ledger beside the model of it.
type machine struct {
	path   string
	every  int
	ledger *ledger.Ledger
	model  *model
	events int // names of events used so far

	mu  sync.Mutex
	now time.Time
}

func (m *machine) clock() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

func (m *machine) clockMoves(t *rapid.T) {
	by := rapid.OneOf(rapid.Int64Range(0, 5_000_000), rapid.Int64Range(-3_000_000, 0)).Draw(t, "clock moves by µs")
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(time.Duration(by) * time.Microsecond)
}

func (m *machine) open(t *rapid.T, readOnly bool) {
	l, err := ledger.Open(m.path, ledger.Options{Clock: m.clock, CheckpointEvery: m.every, ReadOnly: readOnly})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	m.ledger = l
}

func (m *machine) close(t *rapid.T) {
	if err := m.ledger.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func (m *machine) reopen(t *rapid.T) {
	m.close(t)
	m.open(t, false)
}

func (m *machine) reopenWithoutIndex(t *rapid.T) {
	m.close(t)
	if err := os.RemoveAll(m.path + "-index"); err != nil {
		t.Fatal(err)
	}
	m.open(t, false)
}

func (m *machine) reopenReadOnly(t *rapid.T) {
	m.close(t)
	m.open(t, true)
	m.model.compare(t, m.ledger)
	if err := m.ledger.Update(context.Background(), func(*ledger.Tx) error { return nil }); err == nil {
		t.Fatal("Update of a ledger opened for reading succeeded")
	}
	m.reopen(t)
}

// check asks a little of everything.
func (m *machine) check(t *rapid.T) {
	m.model.compareBalances(t, m.ledger)
	id := rapid.SampledFrom(m.model.accounts).Draw(t, "account").ID
	m.model.comparePostings(t, m.ledger, id, ledger.Range{
		From: m.moment(t, "from"), To: m.moment(t, "to"), Newest: rapid.Bool().Draw(t, "newest"), Limit: rapid.IntRange(0, 4).Draw(t, "limit"),
	})
	m.model.compareAsOf(t, m.ledger, id, ledger.AsOf{At: m.moment(t, "as of at"), Recorded: m.moment(t, "as of recorded")})
	m.model.compareTotals(t, m.ledger, m.totalsFilter(t))
	m.model.compareGroup(t, m.ledger, m.sharedKey(t))
	if n := len(m.model.records); n > 0 {
		r := m.model.records[rapid.IntRange(0, n-1).Draw(t, "record")]
		m.model.compareGroup(t, m.ledger, r.Keys[0])
	}
}

// totalsFilter draws a period, often of whole days, and what its totals are told apart by.
func (m *machine) totalsFilter(t *rapid.T) ledger.PeriodFilter {
	bound := func(label string) time.Time {
		at := m.moment(t, label)
		if rapid.Bool().Draw(t, "whole days") && !at.IsZero() {
			at = at.UTC().Truncate(24 * time.Hour)
		}
		return at
	}
	f := ledger.PeriodFilter{From: bound("totals from"), To: bound("totals to")}
	if !f.To.IsZero() && f.To.Before(f.From) {
		f.From, f.To = f.To, f.From
	}
	for _, told := range []*bool{&f.Account, &f.Kind, &f.Sub, &f.Type, &f.Labelled} {
		*told = rapid.Bool().Draw(t, "told apart")
	}
	return f
}

// moment draws a time limit, often zero, often exactly the time of some record.
func (m *machine) moment(t *rapid.T, label string) time.Time {
	pick := rapid.IntRange(0, 7).Draw(t, label)
	switch n := len(m.model.records); {
	case pick == 0:
		return ledgertest.Start.Add(time.Duration(rapid.Int64Range(-1e12, 1e12).Draw(t, label)))
	case pick <= 2 || n == 0:
		return time.Time{}
	default:
		r := m.model.records[rapid.IntRange(0, n-1).Draw(t, label)]
		by := time.Duration(rapid.IntRange(-1, 1).Draw(t, label)) * time.Microsecond
		if pick%2 == 0 {
			return r.At.Add(by)
		}
		return r.Recorded.Add(by)
	}
}

func (m *machine) sharedKey(t *rapid.T) ledger.Key {
	return ledger.Key{Space: 'p', Name: fmt.Sprint("payment", rapid.IntRange(1, 5).Draw(t, "payment"))}
}

// A plan is what one function given to Update does, and what should become of it.
type plan struct {
	steps []step
	end   string // "ok", "error", "panic"
	seen  func(*ledger.Tx, int)
}

// A step is one Append.
type step struct {
	record  *ledger.Record
	refused ledger.Code // "" if it is to be accepted
	ignored bool        // the function goes on although it was refused
}

var errUnwilling = errors.New("the function does not want to")

// run is the function given to Update.
func (p *plan) run(tx *ledger.Tx) error {
	for i, s := range p.steps {
		err := tx.Append(s.record)
		switch {
		case !matches(err, s.refused):
			return fmt.Errorf("step %d: Append answered %w, want code %q", i, err, s.refused)
		case err != nil && !s.ignored:
			return err
		case err == nil && !s.record.Recorded.Equal(tx.Now()):
			return fmt.Errorf("step %d is recorded at %s, now is %s", i, s.record.Recorded, tx.Now())
		}
		if p.seen != nil {
			p.seen(tx, i)
		}
	}
	switch p.end {
	case "error":
		return errUnwilling
	case "panic":
		panic(errUnwilling)
	}
	return nil
}

func matches(err error, code ledger.Code) bool {
	if code == "" {
		return err == nil
	}
	return errors.Is(err, code)
}

// expected returns the code that the plan fails with, and whether it fails.
func (p *plan) expected() (want error, fails bool) {
	for _, s := range p.steps {
		if s.refused != "" && !s.ignored {
			return s.refused, true
		}
	}
	if p.end != "ok" {
		return errUnwilling, true
	}
	return nil, false
}

// records returns what is accepted if the plan is.
func (p *plan) records() (list []*ledger.Record) {
	for _, s := range p.steps {
		if s.refused == "" {
			list = append(list, s.record)
		}
	}
	return list
}

// drawPlan draws a plan that will be run on the given model, which is then as the plan leaves it.
func (m *machine) drawPlan(t *rapid.T, on *model, ends ...string) *plan {
	after := on.fork()
	p := &plan{end: rapid.SampledFrom(ends).Draw(t, "end")}
	for range rapid.IntRange(0, 3).Draw(t, "appends") {
		s := m.drawStep(t, after)
		p.steps = append(p.steps, s)
		if s.refused == "" {
			after.accept(s.record)
		} else if !s.ignored {
			break
		}
	}
	if _, fails := p.expected(); !fails {
		*on = *after
	}
	return p
}

func (m *machine) drawStep(t *rapid.T, on *model) step {
	s := step{record: m.drawRecord(t, on)}
	if rapid.IntRange(0, 4).Draw(t, "spoil") == 0 {
		f := faults[rapid.IntRange(0, len(faults)-1).Draw(t, "fault")]
		f.spoil(s.record)
		s.refused = f.code
		s.ignored = rapid.Bool().Draw(t, "ignored")
	}
	return s
}

// faults are ways to spoil a good record.
var faults = []struct {
	name  string
	code  ledger.Code
	spoil func(*ledger.Record)
}{
	{"one posting", ledger.Unbalanced, func(r *ledger.Record) {
		r.Entries = append(r.Entries, ledger.Entry{Postings: []ledger.Posting{{Account: "platform", Amount: eur(1)}}})
	}},
	{"two currencies", ledger.Unbalanced, func(r *ledger.Record) {
		r.Entries = append(r.Entries, ledger.Entry{Postings: []ledger.Posting{{Account: "platform", Amount: eur(1)}, {Account: "liable", Amount: money.New(-1, "USD")}}})
	}},
	{"the second of two currencies", ledger.Unbalanced, func(r *ledger.Record) {
		e := entry("liable", "platform", ledger.Available, eur(5))
		e.Postings = append(e.Postings, ledger.Posting{Account: "platform", Amount: money.New(1, "USD")})
		r.Entries = append(r.Entries, e)
	}},
	{"empty entry", ledger.Unbalanced, func(r *ledger.Record) { r.Entries = append(r.Entries, ledger.Entry{}) }},
	{"unknown account, after new types and currencies", ledger.UnknownAccount, func(r *ledger.Record) {
		e := entry("liable", "nobody", ledger.Available, money.New(5, "THB"))
		e.Postings[0].Type = "Unheard" + r.Keys[0].Name
		r.Entries = append(r.Entries, e)
	}},
	{"unknown currency", ledger.Invalid, func(r *ledger.Record) {
		r.Entries = append(r.Entries, entry("liable", "platform", ledger.Available, money.New(5, "QQQ")))
	}},
	{"no currency", ledger.Invalid, func(r *ledger.Record) {
		r.Entries = append(r.Entries, entry("liable", "platform", ledger.Available, money.Amount{}))
	}},
	{"fourth sub-balance", ledger.Invalid, func(r *ledger.Record) {
		r.Entries = append(r.Entries, entry("liable", "platform", 3, eur(5)))
	}},
	{"no key", ledger.Invalid, func(r *ledger.Record) { r.Keys = nil }},
	{"256 keys", ledger.Invalid, func(r *ledger.Record) { r.Keys = make([]ledger.Key, 256) }},
	{"opens platform again", ledger.Invalid, func(r *ledger.Record) {
		r.Opens = append(r.Opens, accounts.Account{ID: "new:" + accounts.ID(r.Keys[0].Name), Kind: accounts.KindSub}, accounts.Account{ID: "platform", Kind: accounts.KindPlatform})
	}},
	{"ill-formed id", ledger.Invalid, func(r *ledger.Record) {
		r.Opens = append(r.Opens, accounts.Account{ID: "seller 1", Kind: accounts.KindSub})
	}},
	{"opens a frozen account", ledger.Invalid, func(r *ledger.Record) {
		r.Opens = append(r.Opens, accounts.Account{ID: "cold", Kind: accounts.KindSub, Status: accounts.Frozen})
	}},
	{"status of nobody", ledger.UnknownAccount, func(r *ledger.Record) {
		r.Statuses = append(r.Statuses, ledger.StatusChange{Account: "platform", Status: accounts.Frozen}, ledger.StatusChange{Account: "nobody"})
	}},
	{"fourth status", ledger.Invalid, func(r *ledger.Record) {
		r.Statuses = append(r.Statuses, ledger.StatusChange{Account: "platform", Status: 3})
	}},
	{"update of nobody", ledger.UnknownAccount, func(r *ledger.Record) {
		r.Updates = append(r.Updates, ledger.Update{Account: "platform", Holder: "we"}, ledger.Update{Account: "nobody"})
	}},
	{"update with a long holder", ledger.Invalid, func(r *ledger.Record) {
		r.Updates = append(r.Updates, ledger.Update{Account: "platform", Holder: strings.Repeat("x", 257)})
	}},
	{"before 1970", ledger.Invalid, func(r *ledger.Record) { r.At = time.Unix(-1, 0) }},
	{"before 1970 by UTC", ledger.Invalid, func(r *ledger.Record) {
		r.At = time.Date(1970, 1, 1, 0, 30, 0, 0, time.FixedZone("", 3600))
	}},
	{"after 2199", ledger.Invalid, func(r *ledger.Record) { r.At = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }},
	{"content too large", ledger.Invalid, func(r *ledger.Record) {
		n := *r.Content.(*note)
		n.text = strings.Repeat("x", 64<<20)
		r.Content = &n
	}},
}

var (
	currencies = []money.Currency{"EUR", "USD", "IDR", "JPY", "KWD", "CLF", "XOF", "MXN"}
	types      = []string{"", "Commission", "BalanceAccount", "VAT", "Remainder", "Tip"}
)

// drawRecord draws a record that the model would accept.
func (m *machine) drawRecord(t *rapid.T, on *model) *ledger.Record {
	m.events++
	r := &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: fmt.Sprint("event", m.events)}}}
	for range rapid.IntRange(0, 3).Draw(t, "more keys") {
		r.Keys = append(r.Keys, m.sharedKey(t)) // the same one twice, too
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "opens") {
		r.Opens = append(r.Opens, m.drawAccount(t, len(on.accounts)+len(r.Opens)))
	}
	ids := make([]accounts.ID, 0, len(on.accounts)+2)
	for _, a := range slices.Concat(on.accounts, r.Opens) {
		ids = append(ids, a.ID)
	}
	id := rapid.SampledFrom(ids)
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "statuses") {
		r.Statuses = append(r.Statuses, ledger.StatusChange{Account: id.Draw(t, "whose"), Status: accounts.Status(rapid.IntRange(0, 2).Draw(t, "status"))})
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "updates") {
		a := m.drawAccount(t, 0)
		r.Updates = append(r.Updates, ledger.Update{Account: id.Draw(t, "changed"), Holder: a.Holder, Metadata: a.Metadata, Overdraft: a.Overdraft})
	}
	for range rapid.SampledFrom([]int{0, 1, 1, 1, 2, 4}).Draw(t, "entries") {
		r.Entries = append(r.Entries, drawEntry(t, id))
	}
	switch rapid.IntRange(0, 5).Draw(t, "at") {
	case 0: // very late, or in the future
		r.At = time.Unix(0, rapid.Int64Range(0, math.MaxInt64/10*7).Draw(t, "any time")).UTC()
	case 1, 2:
		r.At = m.clock().Add(-time.Duration(rapid.IntRange(0, 10_000).Draw(t, "late by ms")) * time.Millisecond)
	case 3:
		r.At = m.clock()
	}
	r.Content = &note{
		count: rapid.Uint64().Draw(t, "count"), text: rapid.SampledFrom([]string{"", r.Keys[0].Name, "text of its own"}).Draw(t, "text"),
		symbol: rapid.SampledFrom(types).Draw(t, "symbol"), account: rapid.SampledFrom(append(ids, "no:such")).Draw(t, "noted account"),
		amount: money.FromInt(drawInt(t), rapid.SampledFrom(append(currencies, "")).Draw(t, "noted currency")),
		size:   drawInt(t), at: time.Unix(0, rapid.Int64().Draw(t, "noted time")).UTC(),
	}
	return r
}

func (m *machine) drawAccount(t *rapid.T, n int) accounts.Account {
	a := accounts.Account{ID: accounts.ID(fmt.Sprintf("seller:%d.%d", n, m.events)), Kind: accounts.KindSub}
	switch rapid.IntRange(0, 3).Draw(t, "account kind") {
	case 0:
		a.ID, a.Kind = "provider:"+a.ID, accounts.KindProvider
	case 1:
		a.Holder, a.Metadata = "Anna", map[string]string{"city": "Zürich", "tier": "Anna"}
	case 2:
		a.Overdraft = []money.Amount{eur(500), money.New(0, "ZAR")}
	}
	return a
}

// drawInt draws numbers of all sizes up to 36 digits.
func drawInt(t *rapid.T) money.Int {
	digits := rapid.OneOf(rapid.StringMatching(`-?[1-9][0-9]{0,4}`), rapid.StringMatching(`-?[1-9][0-9]{14,35}`), rapid.Just("0")).Draw(t, "int")
	i, err := money.ParseInt(digits)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// drawEntry draws an entry that balances in one or two currencies.
func drawEntry(t *rapid.T, id *rapid.Generator[accounts.ID]) (e ledger.Entry) {
	e.Reference = rapid.SampledFrom([]string{"", "capture-1"}).Draw(t, "entry reference")
	for range rapid.SampledFrom([]int{1, 1, 2}).Draw(t, "currencies") {
		c := rapid.SampledFrom(currencies).Draw(t, "currency")
		sum := money.New(0, c)
		post := func(a money.Amount) {
			e.Postings = append(e.Postings, ledger.Posting{
				Account: id.Draw(t, "posted to"), Sub: ledger.Sub(rapid.IntRange(0, 2).Draw(t, "sub")), Amount: a,
				Type:      rapid.SampledFrom(types).Draw(t, "type"),
				Reference: rapid.SampledFrom([]string{"", "", "split-1", "capture-1"}).Draw(t, "reference"),
				Reason:    rapid.SampledFrom([]string{"", "", "rounding: +1"}).Draw(t, "reason"),
			})
			sum = money.Sum(c, sum, a)
		}
		for range rapid.IntRange(0, 4).Draw(t, "postings") {
			post(money.FromInt(drawInt(t), c))
		}
		post(sum.Neg())
	}
	return e
}

// update runs one plan, and looks at the books from within the function.
func (m *machine) update(t *rapid.T) {
	before := m.model.fork()
	after := m.model.fork()
	p := m.drawPlan(t, after, "ok", "ok", "ok", "error")
	p.seen = func(tx *ledger.Tx, i int) {
		now := before.fork()
		for _, s := range p.steps[:i+1] {
			if s.refused == "" {
				now.accept(s.record)
			}
		}
		m.compareTx(t, tx, now, p.steps[i].record)
	}
	m.settle(t, p, m.ledger.Update(context.Background(), p.run))
	m.model = after
}

// compareTx holds what a function sees after a step against the model.
func (m *machine) compareTx(t *rapid.T, tx *ledger.Tx, now *model, r *ledger.Record) {
	for _, k := range r.Keys {
		now.compareGroup(t, tx, k)
	}
	for _, a := range now.accounts {
		if got, ok := tx.Account(a.ID); !ok || show([]accounts.Account{got}) != show([]accounts.Account{a}) {
			t.Fatalf("within the function, account %s is %+v, want %+v", a.ID, got, a)
		}
		got, err := tx.AccountBalances(a.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := now.balances(a.ID, ledger.AsOf{})
		if d := differ(show(got), show(want)); d != "" {
			t.Fatalf("within the function, balances of %s: %s", a.ID, d)
		}
		for _, b := range want {
			if got := ledgertest.Holds(tx, a.ID, b.Currency); fmt.Sprint(got) != fmt.Sprint(b) {
				t.Fatalf("within the function, balance of %s is %v, want %v", a.ID, got, b)
			}
		}
	}
	for _, e := range r.Entries {
		if found, err := tx.EntryRecord(e.Number); err == nil && found.Number != r.Number {
			t.Fatalf("within the function, entry %d is in record %d, want %d", e.Number, found.Number, r.Number)
		}
	}
}

// settle checks the answer to a plan.
func (m *machine) settle(t *rapid.T, p *plan, err error) {
	if want, fails := p.expected(); fails && !errors.Is(err, want) || !fails && err != nil {
		t.Fatalf("a function that ends with %q after %d steps: %v, want %v", p.end, len(p.steps), err, want)
	}
}

func (m *machine) batch(t *rapid.T) {
	var plans []*plan
	var fs []func(*ledger.Tx) error
	for range rapid.IntRange(1, 6).Draw(t, "functions") {
		p := m.drawPlan(t, m.model, "ok", "ok", "error")
		plans, fs = append(plans, p), append(fs, p.run)
	}
	for i, err := range m.ledger.UpdateBatch(context.Background(), fs) {
		m.settle(t, plans[i], err)
	}
}

// concurrently runs plans from several goroutines, none of which uses an account that another opens.
func (m *machine) concurrently(t *rapid.T) {
	var all []*plan
	answers := make(map[*plan]error)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range rapid.IntRange(2, 4).Draw(t, "goroutines") {
		own := m.model.fork()
		var plans []*plan
		var fs []func(*ledger.Tx) error
		for range rapid.IntRange(1, 3).Draw(t, "functions") {
			p := m.drawPlan(t, own, "ok", "ok", "error")
			plans, fs = append(plans, p), append(fs, p.run)
		}
		all = append(all, plans...)
		wg.Go(func() {
			errs := m.ledger.UpdateBatch(context.Background(), fs)
			mu.Lock()
			defer mu.Unlock()
			for i, p := range plans {
				answers[p] = errs[i]
			}
		})
	}
	wg.Wait()
	var accepted []*ledger.Record
	for _, p := range all {
		m.settle(t, p, answers[p])
		if _, fails := p.expected(); !fails {
			accepted = append(accepted, p.records()...)
		}
	}
	slices.SortFunc(accepted, func(a, b *ledger.Record) int { return int(a.Number) - int(b.Number) })
	for _, r := range accepted {
		m.model.accept(r)
	}
}

// refused runs plans that all fail, one of them with a panic, and checks that the journal did not move.
func (m *machine) refused(t *rapid.T) {
	before, err := m.ledger.Verify(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	p := m.drawPlan(t, m.model.fork(), "error", "panic")
	defer func() {
		after, err := m.ledger.Verify(context.Background(), nil)
		if err != nil || after.Head != before.Head || after.Records != before.Records || len(after.Damage) > 0 {
			t.Fatalf("a function that was refused moved the head from %+v to %+v, %v", before, after, err)
		}
	}()
	want, _ := p.expected()
	defer func() {
		if thrown := recover(); thrown != nil && (p.end != "panic" || want != errUnwilling || thrown != any(errUnwilling)) {
			panic(thrown)
		} else if thrown == nil && p.end == "panic" && want == errUnwilling {
			t.Fatal("a panic did not reach the caller of Update")
		}
	}()
	m.settle(t, p, m.ledger.Update(context.Background(), p.run))
}

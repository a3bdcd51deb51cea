package ledger

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/internal/daily"
	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A PeriodFilter says which period totals are of, by when events happened, and what they are told apart by besides
// currency.
type PeriodFilter struct {
	From, To                           time.Time // the moment To is not included; a zero time does not limit
	Account, Kind, Sub, Type, Labelled bool      // Kind is of account
	Until                              uint64    // what was known when this record was the newest; 0 does not limit
}

// A PeriodTotal is what postings that are alike in what was asked for come to. What was not asked for is zero.
type PeriodTotal struct {
	Account  accounts.ID
	Kind     accounts.Kind
	Currency money.Currency
	Sub      Sub
	Type     string
	Label    Label
	Before   money.Int // the sum of what happened before the period, debits positive
	Debits   money.Int // in the period; not negative
	Credits  money.Int // likewise
	Postings int       // in the period
}

// A Label is what totals know of the records that postings are of: enough to tell what those were for, and little
// enough that many records have the same. Word and Given are how the content of a record begins, if it begins with a
// number, a symbol and another number, as that of events does; of other content they mean nothing.
type Label struct {
	Word  string
	Given uint64
	Kinds KindSet // of the record's accounts
}

// A KindSet is kinds of accounts. Only the account with the reserved id "bank" counts as a bank's: another that holds
// money of a bank counts as one of a sub-account.
type KindSet uint8

// Has reports whether a kind is in the set.
func (s KindSet) Has(k accounts.Kind) bool { return s&(1<<k) != 0 }

// PeriodTotals returns the totals of a period, in no order, of all that is durable at the call. Writers do not wait
// meanwhile.
//
// Whole days by UTC are read from daily totals that are kept beside the ledger. Of a day of which the period has a part,
// and of what was booked since daily totals were kept last, the records are read: some hundred thousand at most, or the
// whole journal where there are no daily totals yet.
func (l *Ledger) PeriodTotals(ctx context.Context, f PeriodFilter) ([]PeriodTotal, error) {
	ctx, done, err := l.reading(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	t := newTotaling(l, &f)
	var left []stretchOfRecords
	kept := func(files []*index.TotalsFile, end journal.Head) error {
		l.mu.RLock()
		t.names, t.head = l.shown.names, l.shown.head
		l.mu.RUnlock()
		if t.last = t.head.Record; f.Until > 0 {
			t.last = min(t.last, f.Until)
		}
		// Those of blocks that were not shown yet when this began, or come too late, are of no use to it.
		for len(files) > 0 && files[0].End.Record > t.last {
			files = files[1:]
		}
		left, err = t.files(ctx, files)
		return err
	}
	if err := l.index.Totals.Read(kept); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		l.index.Totals.Distrust()
		l.noteDamage("index daily totals", err.Error()+"; they are made again from the journal")
		t = newTotaling(l, &f)
		if err := l.index.Totals.Read(kept); err != nil { // of none
			return nil, err
		}
	}
	if err := t.walk(ctx, left); err != nil {
		return nil, err
	}
	return t.result()
}

// A totaling is an answer of [Ledger.PeriodTotals] that is being added up.
type totaling struct {
	ledger   *Ledger
	filter   *PeriodFilter
	names    names
	head     journal.Head
	last     uint64 // record that counts
	from, to int64  // nanoseconds; to is not included, unless it is the last there is

	headings daily.Headings // of what is told apart
	table    daily.Table[periodSum]
}

// A periodSum is what comes before a period, and what is in it.
type periodSum struct {
	before money.Int
	daily.Sum
}

// A stretchOfRecords is records of which the postings are to be read: all of them, or those of some days.
type stretchOfRecords struct {
	from, to uint64 // both are included
	days     []int32
}

// newTotaling begins an answer.
func newTotaling(l *Ledger, f *PeriodFilter) *totaling {
	t := &totaling{ledger: l, filter: f, from: math.MinInt64, to: math.MaxInt64}
	if !f.From.IsZero() {
		t.from = nanos(f.From)
	}
	if !f.To.IsZero() {
		t.to = nanos(f.To)
	}
	return t
}

// files adds up the whole days that files have, and returns what is left to be read of the journal.
func (t *totaling) files(ctx context.Context, files []*index.TotalsFile) (left []stretchOfRecords, err error) {
	// Days before the one of the beginning are whole, and so are those before the one of the end.
	before, first, end := int32(daily.Earliest), int32(daily.Earliest), int32(daily.Latest)
	var parts []int32
	if t.from != math.MinInt64 {
		before = daily.DayOf(t.from)
		if first = before; t.from%daily.Day != 0 {
			first++
			parts = append(parts, before)
		}
	}
	if t.to != math.MaxInt64 {
		if end = daily.DayOf(t.to); t.to%daily.Day != 0 && !slices.Contains(parts, end) {
			parts = append(parts, end)
		}
	}
	for _, f := range files {
		err := f.Blocks(daily.Earliest, before, func(p daily.Period, b *daily.Block) error {
			t.block(b, true)
			return ctx.Err()
		})
		if err == nil && first < end {
			err = f.Blocks(first, end, func(p daily.Period, b *daily.Block) error {
				t.block(b, false)
				return ctx.Err()
			})
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Place(), err)
		}
		for _, s := range f.Stretches(parts) {
			left = append(left, stretchOfRecords{max(s[0], f.First), min(s[1], f.End.Record), parts})
		}
	}
	covered := uint64(0)
	if len(files) > 0 {
		covered = files[0].End.Record
	}
	return append(left, stretchOfRecords{covered + 1, t.last, nil}), nil
}

// block adds the rows of a block.
func (t *totaling) block(b *daily.Block, before bool) {
	numbers := make([]uint64, len(b.Headings))
	for i, h := range b.Headings {
		numbers[i] = t.number(h)
	}
	for b.Next() {
		s := t.table.At(t.key(b.Account) | numbers[b.Heading])
		if before {
			s.before = s.before.Add(b.Sum.Debits).Sub(b.Sum.Credits)
		} else {
			s.Join(&b.Sum)
		}
	}
}

// number returns the number of what is asked of a heading.
func (t *totaling) number(h daily.Heading) uint64 {
	asked := daily.Heading{Currency: h.Currency}
	if t.filter.Sub {
		asked.Sub = h.Sub
	}
	if t.filter.Type {
		asked.Type = h.Type
	}
	if t.filter.Labelled {
		asked.Label, asked.Kinds = h.Label, h.Kinds
	}
	return uint64(t.headings.Number(asked))
}

// key is what an account is told apart by, in the high half: its number, its kind or nothing.
func (t *totaling) key(account uint64) uint64 {
	switch {
	case t.filter.Account:
		return account << 32
	case t.filter.Kind && account < uint64(len(t.names.accounts)):
		return uint64(t.names.accounts[account].kind) << 32
	}
	return 0
}

// walk adds up what is to be read of the journal.
func (t *totaling) walk(ctx context.Context, left []stretchOfRecords) error {
	total, done := uint64(0), uint64(0)
	for _, s := range left {
		total += s.to + 1 - s.from // none where it ends before it begins
	}
	w := t.ledger.newBookedReader(t.names, t.head, nil)
	for _, s := range left {
		err := w.read(ctx, s.from, s.to, func(n uint64, r *codec.Booked, kinds uint8) {
			if done++; done%reportEvery == 0 {
				t.ledger.report("reading", done, total)
			}
			if s.days == nil || slices.Contains(s.days, daily.DayOf(r.At)) {
				t.record(r, kinds)
			}
		})
		if err != nil {
			return err
		}
	}
	if total >= reportEvery {
		t.ledger.report("reading", total, total)
	}
	return nil
}

// record adds the postings of a record.
func (t *totaling) record(r *codec.Booked, kinds uint8) {
	if r.At >= t.to && t.to != math.MaxInt64 {
		return
	}
	for i := range r.Moved {
		m := &r.Moved[i]
		h := daily.Heading{Currency: m.Currency, Type: m.Type, Label: r.Label, Sub: m.Sub, Kinds: kinds}
		s := t.table.At(t.key(m.Account) | t.number(h))
		if r.At < t.from {
			s.before = s.before.Add(m.Amount)
		} else {
			s.Add(m.Amount)
		}
	}
}

// result gives what was added up its names back.
func (t *totaling) result() (list []PeriodTotal, err error) {
	symbol := func(n uint64) string {
		s, wrong := codec.Symbol(t.names.symbols, n)
		err = cmp.Or(err, wrong)
		return s
	}
	t.table.Each(func(key uint64, s *periodSum) {
		h := t.headings.List[uint32(key)]
		total := PeriodTotal{
			Currency: money.Currency(symbol(h.Currency)), Sub: Sub(h.Sub), Type: symbol(h.Type),
			Before: s.before, Debits: s.Debits, Credits: s.Credits, Postings: int(s.Postings),
		}
		total.Label = Label{Given: h.Label.Given, Kinds: KindSet(h.Kinds)}
		if h.Label.Kind < uint64(len(t.names.symbols)) { // of content that begins otherwise it means nothing
			total.Label.Word = t.names.symbols[h.Label.Kind]
		}
		switch {
		case t.filter.Account:
			a, wrong := t.names.account(key >> 32)
			if err = cmp.Or(err, wrong); wrong == nil {
				total.Account, total.Kind = a.id, a.kind
			}
		case t.filter.Kind:
			total.Kind = accounts.Kind(key >> 32)
		}
		list = append(list, total)
	})
	if err != nil {
		return nil, &Error{Code: Corrupt, Message: "the daily totals: " + err.Error(), Detail: "see verify"}
	}
	return list, nil
}

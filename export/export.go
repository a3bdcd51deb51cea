// Package export writes the journal of a ledger for other programs, and makes a ledger of what it wrote.
//
// [JSONL] is all of the journal, one record a line, and [Import] makes an identical ledger of it: the same
// numbers, times, balances and hashes. [Hledger] and [Beancount] are journals for the plain-text accounting
// programs of these names; they end with the balances of all accounts as assertions, so that hledger check and
// bean-check prove that those programs come to the same. [CSV] is one posting a line, for spreadsheets;
// [CSVWriter] writes other tables for them. [JournalCSV] is one posting a line as accounting packages import journals,
// under the accounts of a chart.
//
// An export is of one moment, though writers go on: of the last event that was durable when it began.
package export

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/chart"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// A Format is a way to write a journal. Only [JSONL] can be imported again. It is also the word for it on the command
// line.
type Format string

// The formats.
const (
	JSONL      Format = "jsonl"
	CSV        Format = "csv"
	Hledger    Format = "hledger"
	Beancount  Format = "beancount"
	JournalCSV Format = "journal-csv"
)

// Formats returns all formats.
func Formats() []Format { return []Format{JSONL, CSV, Hledger, Beancount, JournalCSV} }

// Options say what is exported, and how. The zero value of all but the format is all of the journal, under the ledger's
// own accounts.
type Options struct {
	Format Format
	// From and To are a period by when events happened: From counts, To does not; a zero time does not limit. Hledger
	// and Beancount begin with the balances before it and end with those after it; CSV and JournalCSV have what
	// happened in it. JSONL is always all of the journal, and takes none.
	From, To time.Time
	Zone     *time.Location // of the dates of Hledger, Beancount and JournalCSV; nil is UTC
	// Chart names the accounts of Hledger and Beancount, and those of JournalCSV, which needs one. An account that it
	// does not map is [*chart.Unmapped], before anything is written.
	Chart *chart.Chart
}

// check refuses what a format does not have.
func (o *Options) check() error {
	switch {
	case !slices.Contains(Formats(), o.Format):
		return ledger.Errorf(ledger.Invalid, "expected one of the formats %v, found %q", Formats(), o.Format)
	case o.Format == JSONL && (!o.From.IsZero() || !o.To.IsZero()):
		return ledger.Errorf(ledger.Invalid, "expected no period with the format %s, which is all of the journal", JSONL)
	case o.Chart != nil && (o.Format == JSONL || o.Format == CSV):
		return ledger.Errorf(ledger.Invalid, "expected no chart with the format %s, which has the ledger's own accounts",
			o.Format)
	case o.Chart == nil && o.Format == JournalCSV:
		return ledger.Errorf(ledger.Invalid, "expected a chart with the format %s, whose accounts are those of a chart",
			JournalCSV)
	}
	return nil
}

// Write writes the journal of l as it is at the call. It fails with Invalid for options that do not go together, and
// with the cause of ctx once that is done; what was written so far is then no whole export, which its missing end shows. The
// ledger may be in use: nothing waits for the export.
func Write(ctx context.Context, w io.Writer, l *ledger.Ledger, o Options) error {
	if err := o.check(); err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<16)
	j := &journal{options: o, ledger: l, end: l.Stats(), table: l.Table(), sums: map[holding]money.Int{}}
	now := l.Stats() // after the moment of the export: its format is never less than the records need
	j.id, j.format, j.identified = l.ID(), now.Format, now.Identified
	if o.Chart != nil {
		j.chart, j.coded = o.Chart.Mapper(j.kind), map[string]*chart.Account{}
	}
	if err := j.look(ctx); err != nil {
		return err
	}
	write := map[Format]func(context.Context, *bufio.Writer) error{JSONL: j.writeJSONL, CSV: j.writeCSV,
		Hledger: j.writeHledger, Beancount: j.writeBeancount, JournalCSV: j.writeJournalCSV}[o.Format]
	if err := write(ctx, out); err != nil {
		return err
	}
	return out.Flush()
}

// A journal is what is being exported: a ledger as of one record.
type journal struct {
	options    Options
	ledger     *ledger.Ledger
	end        ledger.Stats // as of the moment of the export
	format     int          // of the ledger's file
	identified bool         // the identity is written down in the file
	id         uuid.UUID    // of the ledger
	table      money.Table
	chart      *chart.Mapper             // nil: the accounts are the ledger's
	coded      map[string]*chart.Account // accounts of the chart that were met, by code
	// sums is what the plain-text formats end with as assertions: of all postings before the period and those yielded
	// so far, debits positive.
	sums map[holding]money.Int
}

// A holding is one sub-balance of one account in one currency, or of an account of a chart. Balances are asserted at
// this level, as users have money in three sub-balances.
type holding struct {
	account  accounts.ID
	sub      ledger.Sub
	code     string // of a chart: then there is no account of the ledger
	currency money.Currency
}

// holding returns where a posting goes.
func (j *journal) holding(p *ledger.Posting) holding {
	if j.chart == nil {
		return holding{p.Account, p.Sub, "", p.Amount.Currency()}
	}
	h := holding{currency: p.Amount.Currency()}
	// Without an account there is no export: look has met all.
	if a := j.chart.Account(p); a != nil {
		h.code, j.coded[a.Code] = a.Code, a
	}
	return h
}

// look reads the journal before it is written, where that must be known first: the balances before a period, and
// whether the chart has all accounts.
func (j *journal) look(ctx context.Context) error {
	opens := !j.options.From.IsZero() && (j.options.Format == Hledger || j.options.Format == Beancount)
	if j.chart == nil && !opens {
		return nil
	}
	for r, err := range j.records(ctx) {
		if err != nil {
			return err
		}
		if j.after(r) {
			continue
		}
		for i := range r.Entries {
			for k := range r.Entries[i].Postings {
				p := &r.Entries[i].Postings[k]
				if h := j.holding(p); opens && r.At.Before(j.options.From) {
					j.sums[h] = j.sums[h].Add(p.Amount.Int())
				}
			}
		}
	}
	maps.DeleteFunc(j.sums, func(_ holding, sum money.Int) bool { return sum.IsZero() })
	if j.chart == nil {
		return nil
	}
	return j.chart.Err()
}

// after reports that a record is of a time after the period.
func (j *journal) after(r *ledger.Record) bool {
	return !j.options.To.IsZero() && !r.At.Before(j.options.To)
}

// date is the day of a time.
func (j *journal) date(t time.Time) string {
	if j.options.Zone != nil {
		t = t.In(j.options.Zone)
	}
	return t.Format(day)
}

// records yields the records up to the moment of the export. Records that are booked while it runs are after the
// moment, and left out.
func (j *journal) records(ctx context.Context) iter.Seq2[*ledger.Record, error] {
	return func(yield func(*ledger.Record, error) bool) {
		if j.end.Records == 0 {
			return
		}
		for r, err := range j.ledger.Records(ctx, 1) {
			if !yield(r, err) || err != nil || r.Number == j.end.Records {
				return
			}
		}
	}
}

// A booked is an entry with the event that it came of. The event's id and type are what a bookkeeper looks an entry up
// by.
type booked struct {
	*ledger.Entry
	record *ledger.Record
	id     string // of the event; empty for a record of the ledger's own
	typ    string // of the event
	of     string // the payment, payout or transfer that it is of
	// what the caller said of the event besides: words, and metadata as JSON
	description, metadata string
}

// entries yields the entries of the period up to the moment of the export. Records without entries, such as an account
// that is opened, do not appear.
func (j *journal) entries(ctx context.Context) iter.Seq2[booked, error] {
	return func(yield func(booked, error) bool) {
		for r, err := range j.records(ctx) {
			b := booked{record: r}
			if err == nil {
				if j.after(r) || r.At.Before(j.options.From) {
					continue
				}
				j.count(r)
				err = b.read()
			}
			if err != nil {
				yield(b, err)
				return
			}
			for i := range r.Entries {
				if b.Entry = &r.Entries[i]; !yield(b, nil) {
					return
				}
			}
		}
	}
}

// read fills in what the record says of its event; nothing for a record of the ledger's own. The plain-text formats and
// CSV name the event of each entry by it.
func (b *booked) read() error {
	e, _, err := wire.ContentOf(b.record)
	if err != nil || e == nil {
		return err
	}
	b.id, b.typ, b.description = e.ID, string(e.Type), e.Description
	b.of = cmp.Or(e.Payment, e.Payout, e.Transfer)
	if len(e.Metadata) > 0 {
		text, err := json.Marshal(e.Metadata) // by key
		b.metadata = string(text)
		return err
	}
	return nil
}

// count adds a record to the sums. Minor units, as they are exact whatever the number of decimals.
func (j *journal) count(r *ledger.Record) {
	for i := range r.Entries {
		for k := range r.Entries[i].Postings {
			p := &r.Entries[i].Postings[k]
			h := j.holding(p)
			j.sums[h] = j.sums[h].Add(p.Amount.Int())
		}
	}
}

// holdings returns what was posted to, in a fixed order. Fixed, so that two exports of one moment are the same to the
// byte.
func (j *journal) holdings() []holding {
	return slices.SortedFunc(maps.Keys(j.sums), func(a, b holding) int {
		switch {
		case a.account != b.account:
			return compare(a.account, b.account)
		case a.code != b.code:
			return compare(a.code, b.code)
		case a.currency != b.currency:
			return compare(a.currency, b.currency)
		}
		return int(a.sub) - int(b.sub)
	})
}

// compare orders two texts that are not equal.
func compare[T ~string](a, b T) int {
	if a < b {
		return -1
	}
	return 1
}

// amount returns minor units as major ones, as people and other programs write them. It needs the ledger's table of
// decimals, for currencies of the ledger's own.
func (j *journal) amount(minor money.Int, c money.Currency) string {
	return j.table.Format(money.FromInt(minor, c))
}

// kind is the kind of an account. One that was posted to exists.
func (j *journal) kind(id accounts.ID) accounts.Kind {
	a, _ := j.ledger.Account(id)
	return a.Kind
}

// group returns the kind of account that a bookkeeping program sorts an account under. What users have is owed to them,
// so their accounts are liabilities.
func (j *journal) group(id accounts.ID) string {
	switch j.kind(id) {
	case accounts.KindProvider, accounts.KindBank:
		return "assets"
	case accounts.KindPlatform, accounts.KindLiable:
		return "income" // what the platform has earned, and what it answers for
	case accounts.KindFX:
		return "equity"
	}
	return "liabilities"
}

// groups are the groups of a chart in the words of bookkeeping programs.
var groups = map[chart.Group]string{chart.Asset: "assets", chart.Liability: "liabilities", chart.Equity: "equity",
	chart.Income: "income", chart.Expense: "expenses"}

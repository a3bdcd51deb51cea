// Package export writes the journal of a ledger for other programs, and makes a ledger of what it wrote.
//
// [JSONL] is all of the journal, one record a line, and [Import] makes an identical ledger of it: the same
// numbers, times, balances and hashes. [Hledger] and [Beancount] are journals for the plain-text accounting
// programs of these names; they end with the balances of all accounts as assertions, so that hledger check and
// bean-check prove that those programs come to the same. [CSV] is one posting a line, for spreadsheets;
// [CSVWriter] writes other tables for them.
//
// An export is of one moment, though writers go on: of the last event that was durable when it began.
package export

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"iter"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// A Format is a way to write a journal. Only [JSONL] can be imported again. It is also the word for it on the command
// line.
type Format string

// The formats.
const (
	JSONL     Format = "jsonl"
	CSV       Format = "csv"
	Hledger   Format = "hledger"
	Beancount Format = "beancount"
)

// Formats returns all formats.
func Formats() []Format { return []Format{JSONL, CSV, Hledger, Beancount} }

// Write writes the journal of l as it is at the call. It fails with Invalid for a format that does not exist, and with
// the cause of ctx once that is done; what was written so far is then no whole export, which its missing end shows. The
// ledger may be in use: nothing waits for the export.
func Write(ctx context.Context, w io.Writer, l *ledger.Ledger, f Format) error {
	out := bufio.NewWriterSize(w, 1<<16)
	j := &journal{ledger: l, end: l.Stats(), table: l.Table()}
	j.id, j.format = l.ID(), l.Stats().Format // after the moment of the export: never less than its records need
	var err error
	switch f {
	case JSONL:
		err = j.writeJSONL(ctx, out)
	case CSV:
		err = j.writeCSV(ctx, out)
	case Hledger:
		err = j.writeHledger(ctx, out)
	case Beancount:
		err = j.writeBeancount(ctx, out)
	default:
		return ledger.Errorf(ledger.Invalid, "expected one of the formats %v, found %q", Formats(), f)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// A journal is what is being exported: a ledger as of one record.
type journal struct {
	ledger *ledger.Ledger
	end    ledger.Stats // as of the moment of the export
	format int          // of the ledger's file
	id     uuid.UUID    // of the ledger
	table  money.Table
	// sums is what the plain-text formats end with as assertions.
	sums map[holding]money.Int // of all postings yielded so far, debits positive
}

// A holding is one sub-balance of one account in one currency. Balances are asserted at this level, as users have money
// in three sub-balances.
type holding struct {
	account  accounts.ID
	sub      ledger.Sub
	currency money.Currency
}

// records yields the records up to the moment of the export. Records that are booked while it runs are after the
// moment, and left out.
func (j *journal) records(ctx context.Context) iter.Seq2[*ledger.Record, error] {
	return func(yield func(*ledger.Record, error) bool) {
		if j.end.Records == 0 {
			return
		}
		j.sums = make(map[holding]money.Int)
		for r, err := range j.ledger.Records(ctx, 1) {
			if err == nil {
				j.count(r)
			}
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
	// what the caller said of the event besides: words, and metadata as JSON
	description, metadata string
}

// entries yields the entries up to the moment of the export. Records without entries, such as an account that is
// opened, do not appear.
func (j *journal) entries(ctx context.Context) iter.Seq2[booked, error] {
	return func(yield func(booked, error) bool) {
		for r, err := range j.records(ctx) {
			b := booked{record: r}
			if err == nil {
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
		for _, p := range r.Entries[i].Postings {
			h := holding{p.Account, p.Sub, p.Amount.Currency()}
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

// group returns the kind of account that a bookkeeping program sorts an account under. What users have is owed to them,
// so their accounts are liabilities.
func (j *journal) group(id accounts.ID) string {
	// An account that was posted to exists.
	a, _ := j.ledger.Account(id)
	switch a.Kind {
	case accounts.KindProvider, accounts.KindBank:
		return "assets"
	case accounts.KindPlatform, accounts.KindLiable:
		return "income" // what the platform has earned, and what it answers for
	case accounts.KindFX:
		return "equity"
	}
	return "liabilities"
}

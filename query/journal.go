package query

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/nearest"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
)

// A JournalFilter says which records a feed has. The zero value is all.
type JournalFilter struct {
	// Types of events, with * for any characters: "payment.*". A record of the ledger's own is of none.
	Types []string
	// Accounts that a record posts to, opens or changes, or that its event is of, with * for any characters:
	// "seller:*".
	Accounts []string
}

// Check refuses types that no event has, with [ledger.Invalid]: a feed of none would wait for ever. Accounts may be
// opened later.
func (f *JournalFilter) Check() error {
	types := wire.Describe()
	for _, pattern := range f.Types {
		fits := func(t wire.Description) bool { return accounts.Matches(pattern, string(t.Type)) }
		if !slices.ContainsFunc(types, fits) {
			near := nearest.Name(pattern, max(len(pattern)/4, 1), func(yield func(string) bool) {
				for _, t := range types {
					if !yield(string(t.Type)) {
						return
					}
				}
			})
			return &ledger.Error{Code: ledger.Invalid, Field: "types",
				Message: fmt.Sprintf("expected a type of events, or a pattern of some such as payment.*, found %s%s",
					plain(pattern), suggest(near))}
		}
	}
	if slices.Contains(f.Accounts, "") {
		return &ledger.Error{Code: ledger.Invalid, Field: "account",
			Message: "expected an account, or a pattern such as seller:*, found nothing"}
	}
	return nil
}

// has reports whether the feed has a record. It reads no more of the record than the filter asks for.
func (f *JournalFilter) has(rec *ledger.Record) (bool, error) {
	if len(f.Types) > 0 {
		if !rec.Decoder().More() {
			return false, nil
		}
		t, err := posting.TypeOf(rec)
		if err != nil || !matches(f.Types, string(t)) {
			return false, err
		}
	}
	return len(f.Accounts) == 0 || f.concerns(rec), nil
}

// concerns reports whether a record is about one of the accounts.
func (f *JournalFilter) concerns(rec *ledger.Record) bool {
	for i := range rec.Entries {
		for j := range rec.Entries[i].Postings {
			if matches(f.Accounts, string(rec.Entries[i].Postings[j].Account)) {
				return true
			}
		}
	}
	is := func(id accounts.ID) bool { return matches(f.Accounts, string(id)) }
	if slices.ContainsFunc(rec.Opens, func(a accounts.Account) bool { return is(a.ID) }) ||
		slices.ContainsFunc(rec.Statuses, func(s ledger.StatusChange) bool { return is(s.Account) }) ||
		slices.ContainsFunc(rec.Updates, func(u ledger.Update) bool { return is(u.Account) }) {
		return true
	}
	if !rec.Decoder().More() {
		return false
	}
	e, err := posting.EventOf(rec) // one that cannot be read is told of when the record is read
	return err != nil || e.Account != "" && is(e.Account)
}

// matches reports whether a text is as any of some patterns says.
func matches(patterns []string, text string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return accounts.Matches(p, text) })
}

// A JournalRequest says which page of the journal is wanted.
type JournalRequest struct {
	JournalFilter
	After uint64 // the record that the page comes after; 0 is the beginning, or the end if it goes backwards
	Limit int    // records at most, 1 or more
	Desc  bool   // backwards: the newest first, and After is the record that the page comes before
}

// A JournalPage is a part of the journal, oldest record first unless it goes backwards.
type JournalPage struct {
	Data []*Record `json:"data"`
	// Next is the After of the next page: how far the journal was looked through. Where nothing follows yet it stays
	// the same, so that a reader may ask again and again.
	Next   uint64 `json:"next"`
	Record uint64 `json:"-"` // the newest when the page was made
}

// mostLookedAt is how many records are looked at for one page. A filter may fit few or none of many millions, and
// nobody should wait for those: the page ends there, and its Next goes on.
const mostLookedAt = 100_000

// longestStretch is how many records are read together to go backwards, if the page is not longer.
const longestStretch = 4096

// Journal returns a page of the journal. There are no pages to lose: records never change, and a page begins after any
// record. A page may have fewer records than its limit, or none, though others follow: the last is the one whose Next
// is the newest record (1 or 0 backwards). It fails with [ledger.Invalid] for a limit below 1 and by
// [JournalFilter.Check].
func (b *Books) Journal(ctx context.Context, r JournalRequest) (*JournalPage, error) {
	if r.Limit < 1 {
		return nil, &ledger.Error{Code: ledger.Invalid, Field: "limit",
			Message: fmt.Sprintf("expected 1 or more, found %d", r.Limit)}
	}
	if err := r.Check(); err != nil {
		return nil, err
	}
	p := &JournalPage{Data: []*Record{}, Next: r.After, Record: b.head()}
	if r.Desc {
		return p, b.backwards(ctx, &r, p)
	}
	to := min(p.Record, r.After+mostLookedAt)
	return p, b.stretch(ctx, &r, p, r.After+1, to, r.Limit)
}

// stretch adds the records of a stretch to a page, up to so many.
func (b *Books) stretch(ctx context.Context, r *JournalRequest, p *JournalPage, from, to uint64, limit int) error {
	for rec, err := range b.Ledger.Scan(ctx, ledger.Scan{From: from, To: to}) {
		if err != nil {
			return err
		}
		p.Next = rec.Number
		if is, err := r.has(rec); err != nil || !is {
			if err != nil {
				return err
			}
			continue
		}
		record, err := b.record(rec)
		if err != nil {
			return err
		}
		if p.Data = append(p.Data, record); len(p.Data) == limit {
			return nil
		}
	}
	return nil
}

// backwards fills a page that goes backwards. Journals are read forwards: it reads stretches, each before the one
// before it, and longer while few are found.
func (b *Books) backwards(ctx context.Context, r *JournalRequest, p *JournalPage) error {
	before := p.Record + 1
	if r.After > 0 {
		before = min(r.After, before)
	}
	end := before - min(before, mostLookedAt)
	for long := uint64(r.Limit); before > max(end, 1) && len(p.Data) < r.Limit; {
		from := max(before-min(before, long), end, 1)
		var part JournalPage
		if err := b.stretch(ctx, r, &part, from, before-1, 0); err != nil {
			return err
		}
		slices.Reverse(part.Data)
		p.Data, before = append(p.Data, part.Data...), from
		long = max(long, min(2*long, longestStretch))
	}
	p.Next = before
	if len(p.Data) > r.Limit {
		p.Data = p.Data[:r.Limit]
		p.Next = p.Data[r.Limit-1].Record
	}
	return nil
}

// A JournalStep is what a feed says next: a record, or how far it has come.
type JournalStep struct {
	Record  *Record // nil: one that the filter leaves out, or none at all
	Reached uint64  // up to this record all were looked at
	Head    bool    // Reached is the newest record: the next step comes when there is another
}

// Follow yields the records after one, as they become durable, and waits for more: a step for each record, which has it
// if the filter does. The first step is without a record and says where the feed begins. Whoever resumes after Reached
// of the last step that he dealt with gets every record of the filter once, whatever the filter leaves out.
//
// It ends with an error: that of [ledger.Ledger.Follow], of the filter, or of a record that cannot be read.
func (b *Books) Follow(ctx context.Context, after uint64, f JournalFilter) iter.Seq2[JournalStep, error] {
	return func(yield func(JournalStep, error) bool) {
		head := b.head()
		if err := f.Check(); err != nil {
			yield(JournalStep{}, err)
			return
		}
		if !yield(JournalStep{Reached: after, Head: after >= head}, nil) {
			return
		}
		for rec, err := range b.Ledger.Follow(ctx, after) {
			var step JournalStep
			if err == nil {
				if rec.Number >= head {
					head = b.head()
				}
				step, err = b.step(rec, &f)
				step.Head = step.Reached >= head
			}
			if !yield(step, err) || err != nil {
				return
			}
		}
	}
}

// step is what a feed says of a record.
func (b *Books) step(rec *ledger.Record, f *JournalFilter) (s JournalStep, err error) {
	s.Reached = rec.Number
	is, err := f.has(rec)
	if is && err == nil {
		s.Record, err = b.record(rec)
	}
	return s, err
}

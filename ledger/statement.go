package ledger

import (
	"context"
	"iter"
	"slices"
	"sort"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/money"
)

// A Range says which postings of an account to read. The zero value is all of them, oldest first.
type Range struct {
	From, To time.Time // by the time of the event: From counts, To does not; a zero time does not limit
	Limit    int       // at most so many; 0 does not limit
	Newest   bool      // newest first
	Until    uint64    // of records up to this one; 0 does not limit
}

// Postings yields the postings of an account in the order in which they were booked, as of the last durable block.
// An account that does not exist is unknown_account. Oldest first takes 8 bytes of memory for each posting in
// the range; newest first takes none. Both read what is newer than the range, and is left out. It stops with ctx, soon after it is done.
func (l *Ledger) Postings(ctx context.Context, id accounts.ID, r Range) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		a, err := l.known(id)
		if err == nil {
			s := &statement{ledger: l, account: a, within: r}
			err = s.lines(ctx, yield)
		}
		if err != nil {
			yield(Line{}, err)
		}
	}
}

// has reports whether something that happened at a time is in the range.
func (r *Range) has(at time.Time) bool {
	return !at.Before(r.From) && (r.To.IsZero() || at.Before(r.To))
}

// A statement walks the chains of an account's sub-balances together, so that postings come in the order in which they
// were booked.
type statement struct {
	ledger  *Ledger
	account *account
	within  Range
	parsed  codec.Record
}

// stretch is how many postings are read in one view. A view keeps old pages from reuse, so a slow reader must
// not hold one for long.
const stretch = 1000

// lines yields the postings within the range, in the order that it asks for.
func (s *statement) lines(ctx context.Context, yield func(Line, error) bool) error {
	if s.within.Newest {
		n := 0
		return s.walk(ctx, func(v *view, p codec.Position) (bool, error) {
			line, ok, err := s.line(v, p)
			if err != nil || !ok {
				return true, err
			}
			n++
			return yield(line, nil) && (s.within.Limit == 0 || n < s.within.Limit), nil
		})
	}
	// Chains are linked backwards. Oldest first, the places are collected on the way back, and the postings are
	// read on the way forward.
	var places []codec.Position
	err := s.walk(ctx, func(_ *view, p codec.Position) (bool, error) {
		if s.within.has(time.Unix(0, s.parsed.At)) {
			places = append(places, p)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	slices.Reverse(places)
	n := 0
	// A view is not held while the caller handles a line, which may take any time.
	for part := range slices.Chunk(places, stretch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		lines, err := s.read(part)
		if err != nil {
			return err
		}
		for _, line := range lines {
			if !yield(line, nil) {
				return nil
			}
			if n++; n == s.within.Limit {
				return nil
			}
		}
	}
	return nil
}

// read reads the postings at some places, in one view. Those out of the range are left out.
func (s *statement) read(places []codec.Position) (lines []Line, err error) {
	v, err := s.ledger.newView()
	if err != nil {
		return nil, err
	}
	defer v.close()
	s.parsed.Number = 0 // what it was parsed from is not valid any more
	for _, p := range places {
		line, ok, err := s.line(v, p)
		if err != nil {
			return nil, err
		}
		if ok {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// walk visits where the account's postings stand, newest first, at least all those within the range. It ends where
// every posting before is of an earlier time than the range begins, or where visit returns false.
func (s *statement) walk(ctx context.Context, visit func(*view, codec.Position) (bool, error)) error {
	var chains []codec.Position
	for _, h := range s.ledger.heads(s.account) {
		chains = append(chains, h.head)
	}
	from := int64(0)
	if !s.within.From.IsZero() {
		from = nanos(s.within.From)
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		v, err := s.ledger.newView()
		if err != nil {
			return err
		}
		s.parsed.Number = 0
		more, err := s.walkStretch(v, chains, from, visit)
		v.close()
		if err != nil || !more {
			return err
		}
	}
}

// walkStretch is walk for as many postings as one view may be held for. It reports whether there are more.
func (s *statement) walkStretch(v *view, chains []codec.Position, from int64,
	visit func(*view, codec.Position) (bool, error)) (bool, error) {
	for range stretch {
		// The chains are few, one for each sub-balance: the newest of their ends is the next posting.
		newest := -1
		for i := range chains {
			if chains[i] != 0 && (newest < 0 || chains[i] > chains[newest]) {
				newest = i
			}
		}
		if newest < 0 {
			return false, nil
		}
		here := chains[newest]
		p, err := v.posting(&s.parsed, here)
		if err != nil {
			return false, err
		}
		if s.parsed.At+int64(p.BackdatedBy) < from { // the greatest time so far: so is everything before
			chains[newest] = 0
			continue
		}
		chains[newest] = p.Prev
		if ok, err := visit(v, here); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// posting reads the posting at a place, into the record it stands in unless that has been read: the postings of one
// event often follow one another in an account.
func (v *view) posting(into *codec.Record, place codec.Position) (*codec.ChainedPosting, error) {
	if n := place.Record(); into.Number != n {
		if err := load(v, n, into); err != nil {
			return nil, err
		}
	}
	return posting(into, place)
}

// line makes a line of the posting at a place; ok is false where it lies out of range.
func (s *statement) line(v *view, place codec.Position) (line Line, ok bool, err error) {
	p, err := v.posting(&s.parsed, place)
	if err != nil {
		return line, false, err
	}
	at := time.Unix(0, s.parsed.At).UTC()
	if s.within.Until > 0 && place.Record() > s.within.Until {
		return line, false, nil
	}
	if !s.within.has(at) {
		return line, false, nil
	}
	line.Posting, err = v.symbols.posting(&p.Posting)
	if err != nil {
		return line, false, damaged(place.Record(), err.Error())
	}
	line.Reference, line.Reason = s.parsed.String(p.Reference), s.parsed.String(p.Reason)
	entries := s.parsed.Entries
	entry := sort.Search(len(entries), func(i int) bool { return entries[i].To > place.Index() })
	line.Record, line.Entry = place.Record(), s.parsed.FirstEntry+uint64(entry)
	line.At, line.Recorded = at, fromMicros(s.parsed.Recorded)
	line.Balance = money.FromInt(s.account.normal(p.Balance), line.Amount.Currency())
	if len(s.parsed.Keys) > 0 {
		k := &s.parsed.Keys[0]
		line.Event = Key{k.Space, s.parsed.String(k.Name)}
	}
	return line, true, nil
}

package query

import (
	"cmp"
	"container/heap"
	"context"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// A StatementPage is a part of an account's statement, one row a posting, with what the statement is of.
type StatementPage struct {
	Account accounts.ID      `json:"account"`
	Kind    accounts.Kind    `json:"kind"`
	From    time.Time        `json:"from,omitzero"`
	To      time.Time        `json:"to,omitzero"` // not included
	Zone    string           `json:"zone"`        // of the days and months that were asked for
	Order   string           `json:"order"`       // effective or recorded
	Totals  []StatementTotal `json:"totals,omitempty"`
	Data    []StatementLine  `json:"data"`
	Next    string           `json:"next,omitempty"` // the cursor of the next page; "" on the last
	Record  uint64           `json:"-"`              // that all pages are as of
}

// A StatementTotal leads from what an account had in one currency before the period to what it had after it: Opening and
// the rows of the period, Credits less Debits or the other way round by the account's normal side, come to Closing.
type StatementTotal struct {
	Currency money.Currency `json:"currency"`
	Opening  Standing       `json:"opening"`
	Debits   Minor          `json:"debits"`  // of all sub-balances; not negative
	Credits  Minor          `json:"credits"` // likewise
	Closing  Standing       `json:"closing"`
}

// A Standing is what an account has in a currency that stands beside it.
type Standing struct {
	Pending   Minor `json:"pending"`
	Available Minor `json:"available"`
	Reserved  Minor `json:"reserved"`
	Balance   Minor `json:"balance"`
}

// StatementPage returns a page of what [Books.Statement] yields, with the totals of the whole period on the first one.
// It reads the account's postings of the period once, and holds no more than the page, however many there are. The
// filter has no limit: the page has. Its errors are those of [Books.Statement] and [PageOf].
func (b *Books) StatementPage(ctx context.Context, id accounts.ID, f StatementFilter, r PageRequest) (*StatementPage, error) {
	a, ok := b.Ledger.Account(id)
	if !ok {
		return nil, NoAccount(b.Ledger, id)
	}
	p := &StatementPage{Account: a.ID, Kind: a.Kind, From: inUTC(f.Within.From), To: inUTC(f.Within.To), Order: "effective",
		Record: b.head(), Data: []StatementLine{}}
	if f.Recorded {
		p.Order = "recorded"
	}
	s := statementPage{filter: f, kind: a.Kind, most: r.Limit + 1}
	if r.After != "" {
		var key string
		var err error
		if p.Record, key, err = r.last(p.Record); err == nil {
			s.after, err = r.lineKey(key)
		}
		if err != nil {
			return nil, err
		}
	}
	if p.Record > 0 {
		b = b.Until(p.Record)
	}
	if err := s.read(ctx, b, a, r.After == ""); err != nil {
		return nil, err
	}
	p.Totals = s.totals()
	return p, s.fill(b, p, &r)
}

// A lineKey is the key of a row, which orders rows: its time, or 0 in the order of booking, its entry, and its place.
type lineKey [3]uint64

// lineKey reads the key of a cursor.
func (r *PageRequest) lineKey(key string) (k lineKey, err error) {
	if len(key) != 8*len(k) {
		return k, r.wrong()
	}
	for i := range k {
		k[i] = binary.BigEndian.Uint64([]byte(key[8*i:]))
	}
	return k, nil
}

// A keyedLine is a row of a page that is being found.
type keyedLine struct {
	key  lineKey
	line ledger.Line
}

// A statementPage finds the first rows after a key while all are read in the order of booking: a heap, whose top is the
// last of the rows that are wanted so far.
type statementPage struct {
	filter StatementFilter
	kind   accounts.Kind
	after  lineKey
	most   int // rows that are held: one more than the page has, which says that there is another page
	rows   []keyedLine

	running runningBalances // before the first row of the page

	// Of all of the period, nil where the totals are not wanted: what it had before, and what it got and gave.
	opening         runningBalances
	moved           runningBalances
	debits, credits map[money.Currency]money.Int
}

func (s *statementPage) Len() int { return len(s.rows) }
func (s *statementPage) Less(i, j int) bool {
	return slices.Compare(s.rows[i].key[:], s.rows[j].key[:]) > 0
}
func (s *statementPage) Swap(i, j int) { s.rows[i], s.rows[j] = s.rows[j], s.rows[i] }
func (s *statementPage) Push(x any)    { s.rows = append(s.rows, x.(keyedLine)) }
func (s *statementPage) Pop() any {
	last := s.rows[len(s.rows)-1]
	s.rows = s.rows[:len(s.rows)-1]
	return last
}

// read reads the postings of the period.
func (s *statementPage) read(ctx context.Context, b *Books, a accounts.Account, totals bool) (err error) {
	if s.running, err = b.opening(a, s.filter.Within.From); err != nil {
		return err
	}
	if totals {
		s.opening, s.moved = maps.Clone(s.running), runningBalances{}
		s.debits, s.credits = map[money.Currency]money.Int{}, map[money.Currency]money.Int{}
	}
	entry, place := uint64(0), 0
	within := s.filter.Within
	for line, err := range b.Ledger.Postings(ctx, a.ID, ledger.Range{From: within.From, To: within.To, Until: b.until}) {
		if err != nil {
			return err
		}
		if place++; line.Entry != entry {
			entry, place = line.Entry, 0
		}
		if c := s.filter.Currency; c != "" && line.Amount.Currency() != c {
			continue
		}
		if totals {
			s.count(&line)
		}
		k := lineKey{0, line.Entry, uint64(place)}
		if !s.filter.Recorded {
			k[0] = uint64(line.At.UnixNano()) ^ 1<<63
		}
		if s.add(keyedLine{k, line}) && s.filter.Recorded && !totals {
			return nil // all others come later
		}
	}
	return nil
}

// count adds a posting to the totals.
func (s *statementPage) count(l *ledger.Line) {
	of, c := *l, l.Amount.Currency()
	s.moved.add(&of, s.kind)
	if l.Amount.Sign() > 0 {
		s.debits[c] = s.debits[c].Add(l.Amount.Int())
	} else {
		s.credits[c] = s.credits[c].Sub(l.Amount.Int())
	}
}

// add takes a row if it is one of the first so far. It reports whether there are as many as are wanted.
func (s *statementPage) add(row keyedLine) (full bool) {
	switch {
	case slices.Compare(row.key[:], s.after[:]) <= 0:
		s.running.add(&row.line, s.kind)
	case len(s.rows) < s.most:
		heap.Push(s, row)
	case slices.Compare(row.key[:], s.rows[0].key[:]) < 0:
		s.rows[0] = row
		heap.Fix(s, 0)
	}
	return len(s.rows) == s.most
}

// fill puts the rows into the page, each with its balance and what it is of.
func (s *statementPage) fill(b *Books, p *StatementPage, r *PageRequest) error {
	slices.SortFunc(s.rows, func(a, b keyedLine) int { return slices.Compare(a.key[:], b.key[:]) })
	origins := origins{books: b}
	for i := range s.rows {
		row := &s.rows[i]
		if i == r.Limit {
			last := s.rows[i-1].key
			p.Next = r.cursor(p.Record, keyOf(last[0], last[1], last[2]))
			break
		}
		s.running.add(&row.line, s.kind)
		line := statementLine(&row.line, s.kind)
		var err error
		if line.Origin, line.Happened, err = origins.of(&row.line); err != nil {
			return err
		}
		p.Data = append(p.Data, line)
	}
	return nil
}

// totals are those of all currencies that the account had, or got in the period.
func (s *statementPage) totals() (list []StatementTotal) {
	currencies := map[money.Currency]bool{}
	for _, of := range []runningBalances{s.opening, s.moved} {
		for k := range of {
			currencies[k.currency] = s.filter.Currency == "" || s.filter.Currency == k.currency
		}
	}
	closing := maps.Clone(s.opening)
	for k, v := range s.moved {
		closing[k] = closing[k].Add(v)
	}
	for c, wanted := range currencies {
		if wanted {
			list = append(list, StatementTotal{c, s.opening.standing(c), Minor{money.FromInt(s.debits[c], c)},
				Minor{money.FromInt(s.credits[c], c)}, closing.standing(c)})
		}
	}
	slices.SortFunc(list, func(a, b StatementTotal) int { return cmp.Compare(a.Currency, b.Currency) })
	return list
}

// standing is what there is in one currency.
func (r runningBalances) standing(c money.Currency) Standing {
	of := func(sub ledger.Sub) Minor { return Minor{money.FromInt(r[subBalance{c, sub}], c)} }
	s := Standing{Pending: of(ledger.Pending), Available: of(ledger.Available), Reserved: of(ledger.Reserved)}
	s.Balance = Minor{money.Sum(c, s.Pending.Amount, s.Available.Amount, s.Reserved.Amount)}
	return s
}

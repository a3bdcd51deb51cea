package query

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A ChangedFigure is a balance at the end of what was reported that is another than it was then: that of an account's
// sub-balance in one currency, positive on the account's normal side.
type ChangedFigure struct {
	Account  accounts.ID    `json:"account" col:"ACCOUNT"`
	Kind     accounts.Kind  `json:"kind" col:"KIND,wide"`
	Sub      ledger.Sub     `json:"sub" col:"SUB"`
	Currency money.Currency `json:"currency" col:"CURRENCY"`
	Was      Minor          `json:"was" col:"WAS"`              // as it was recorded
	Change   Minor          `json:"change" col:"CHANGE,signed"` // what came late, in sum
	Is       Minor          `json:"is" col:"IS"`                // was and change
	Entries  []uint64       `json:"entries"`                    // that moved it, in the order of booking
	Some     string         `json:"-" col:"ENTRIES" csv:"-"`    // the first of them, for people
}

// A LatePosting was booked after a report that it is of: it moved a figure of it or, as the period was closed, would
// have.
type LatePosting struct {
	Entry    uint64       `json:"entry" col:"ENTRY,blank"`
	Event    string       `json:"event" col:"EVENT,wide"`
	Type     posting.Type `json:"type,omitempty" col:"TYPE"`
	At       time.Time    `json:"at" col:"AT"`
	Happened time.Time    `json:"happened,omitzero" col:"HAPPENED,optional"` // see [posting.HappenedOf]
	Recorded time.Time    `json:"recorded" col:"RECORDED,wide"`
	// Moved: it counts in the report. Else it was booked at a later time, because its own was closed.
	Moved    bool           `json:"moved"`
	Counts   string         `json:"-" col:"COUNTS" csv:"-"` // for people: in the report, or later
	Account  accounts.ID    `json:"account" col:"ACCOUNT"`
	Sub      ledger.Sub     `json:"sub" col:"SUB"`
	Currency money.Currency `json:"currency" col:"CURRENCY"`
	Amount   Minor          `json:"amount" col:"AMOUNT"` // positive on the account's normal side
}

// Changes are what became of a report after it was made.
type Changes struct {
	Since    time.Time       `json:"since"`             // what the report knew
	At       time.Time       `json:"at"`                // the end of what it was of
	Recorded time.Time       `json:"recorded,omitzero"` // up to when changes are counted
	Figures  []ChangedFigure `json:"figures"`           // in the order of a trial balance
	Postings []LatePosting   `json:"postings"`          // in the order of booking
}

// A ChangesFilter says of which report changes are wanted.
type ChangesFilter struct {
	Since    time.Time      // what was recorded by then, the report knew
	At       time.Time      // what had happened by then, it was of; the zero time is Since
	Recorded time.Time      // what the books knew by then is compared with it; the zero time does not limit
	Currency money.Currency // "" is any
}

// Changes returns what was booked after a report was made and is of the time that it reports, or would be but for a
// closed period; and the balances at the end of that time which are others now. It reads what was recorded since, and
// holds its late postings, some 300 bytes each.
func (b *Books) Changes(ctx context.Context, f ChangesFilter) (*Changes, error) {
	if f.At.IsZero() {
		f.At = f.Since
	}
	first, err := b.firstAfter(f.Since)
	if err != nil {
		return nil, err
	}
	c := changes{filter: f, kinds: map[accounts.ID]accounts.Kind{}, figures: map[figureKey]*ChangedFigure{},
		Changes: &Changes{f.Since.UTC(), f.At.UTC(), f.Recorded, []ChangedFigure{}, []LatePosting{}}}
	for a := range b.Ledger.Accounts() {
		c.kinds[a.ID] = a.Kind
	}
	for rec, err := range b.Ledger.Records(ctx, first) {
		if err != nil {
			return nil, err
		}
		if !f.Recorded.IsZero() && rec.Recorded.After(f.Recorded) || b.until > 0 && rec.Number > b.until {
			break
		}
		if err := c.add(rec); err != nil {
			return nil, err
		}
	}
	return c.result(b.Ledger)
}

// firstAfter returns the number of the first record that was booked after a time, or the one that the next will have:
// recorded times never go back.
func (b *Books) firstAfter(t time.Time) (uint64, error) {
	var failed error
	n := sort.Search(int(b.Ledger.Stats().Records), func(i int) bool {
		rec, err := b.Ledger.Record(uint64(i + 1))
		failed = cmp.Or(failed, err)
		return err == nil && rec.Recorded.After(t)
	})
	return uint64(n) + 1, failed
}

// changes are being summed.
type changes struct {
	*Changes
	filter  ChangesFilter
	kinds   map[accounts.ID]accounts.Kind
	figures map[figureKey]*ChangedFigure
}

type figureKey struct {
	account  accounts.ID
	sub      ledger.Sub
	currency money.Currency
}

// add counts the postings of a record that is of the reported time, and lists those of one that would be.
func (c *changes) add(rec *ledger.Record) error {
	if len(rec.Entries) == 0 {
		return nil
	}
	moved := !rec.At.After(c.At)
	happened, err := posting.HappenedOf(rec)
	if err != nil || !moved && (happened.IsZero() || happened.After(c.At)) {
		return err
	}
	event, err := posting.TypeOf(rec)
	if err != nil {
		event = "" // of rules of the caller's own
	}
	line := LatePosting{Event: strings.Clone(rec.Keys[0].Name), Type: posting.Type(strings.Clone(string(event))),
		At: rec.At.UTC(), Recorded: rec.Recorded.UTC(), Moved: moved, Counts: "in the report"}
	if !moved {
		line.Counts = "later"
	}
	if !happened.IsZero() {
		line.Happened = happened.UTC()
	}
	for i := range rec.Entries {
		line.Entry = rec.Entries[i].Number
		for _, p := range rec.Entries[i].Postings {
			line.Account, line.Sub, line.Currency = p.Account, p.Sub, p.Amount.Currency()
			if c.filter.Currency != "" && line.Currency != c.filter.Currency {
				continue
			}
			line.Amount = Minor{onNormalSide(p.Amount, c.kinds[p.Account])}
			c.Postings = append(c.Postings, line)
			if moved {
				c.move(&line)
			}
		}
	}
	return nil
}

// move counts a posting in its figure.
func (c *changes) move(p *LatePosting) {
	k := figureKey{p.Account, p.Sub, p.Currency}
	f := c.figures[k]
	if f == nil {
		none := Minor{money.New(0, p.Currency)}
		f = &ChangedFigure{p.Account, c.kinds[p.Account], p.Sub, p.Currency, none, none, none, nil, ""}
		c.figures[k] = f
	}
	f.Change.add(p.Amount)
	if n := len(f.Entries); n == 0 || f.Entries[n-1] != p.Entry {
		f.Entries = append(f.Entries, p.Entry)
	}
}

// result returns the changes with what the figures were, without those that came back to what they were.
func (c *changes) result(l *ledger.Ledger) (*Changes, error) {
	touched := map[accounts.ID]bool{}
	for k := range c.figures {
		touched[k.account] = true
	}
	all, err := l.BalancesAt(ledger.AsOf{At: c.At, Recorded: c.Since},
		func(a accounts.Account) bool { return touched[a.ID] })
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		for _, has := range a.Balances {
			for _, sub := range subBalances {
				if f := c.figures[figureKey{a.Account.ID, sub, has.Currency}]; f != nil {
					f.Was = Minor{has.Of(sub)}
				}
			}
		}
	}
	for _, f := range c.figures {
		if f.Change.IsZero() {
			continue
		}
		f.Is = Minor{money.Sum(f.Currency, f.Was.Amount, f.Change.Amount)}
		f.Some = firstNumbers(f.Entries, 3)
		c.Figures = append(c.Figures, *f)
	}
	slices.SortFunc(c.Figures, func(a, b ChangedFigure) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(kindOrder(a.Kind), kindOrder(b.Kind)),
			cmp.Compare(a.Account, b.Account), cmp.Compare(a.Sub, b.Sub))
	})
	return c.Changes, nil
}

// firstNumbers writes the first of some numbers, and how many more there are.
func firstNumbers(list []uint64, most int) string {
	var b strings.Builder
	for i, n := range list {
		if i == most {
			return fmt.Sprintf("%s and %d more", b.String(), len(list)-most)
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprint(&b, n)
	}
	return b.String()
}

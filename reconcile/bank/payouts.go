package bank

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// The payouts in the books: what lines are matched to. A payout to the platform is a posting of a bank account whose
// entry has a posting of a provider's account; one of a sub-account is found by its name alone.

// A payout is money that moved between a provider and a bank account in the books.
type payout struct {
	provider string
	account  accounts.ID // at the bank
	batch    string      // may be empty
	movement string      // the provider's reference; may be empty
	event    string      // the id of the event
	amount   money.Amount
	at       time.Time
	line     *candidate // the line that has it; nil so far
}

// name is what a finding calls the payout.
func (p *payout) name() string {
	if p.batch != "" {
		return p.batch
	}
	return p.event
}

// names are the texts by which a line may name it.
func (p *payout) names() []string { return []string{p.batch, p.movement, p.event} }

// day is the day of the payout in UTC: statements have days and no times.
func (p *payout) day() time.Time { return p.at.UTC().Truncate(24 * time.Hour) }

// lookBack is for how many days before a line payouts that it names are looked for. A name is certain, so it may be
// much older than what an amount alone can find.
const lookBack = 92

// An amountKey is an amount, to find payouts by.
type amountKey struct {
	currency money.Currency
	minor    string
}

// keyOf returns the key of an amount. Amounts hold integers of any size, which are no keys.
func keyOf(a money.Amount) amountKey { return amountKey{a.Currency(), a.Minor()} }

// A payoutIndex finds payouts in the books by amount and by name. It reads the books only as far back as the
// lines need.
type payoutIndex struct {
	ledger   *ledger.Ledger
	from     time.Time // those before are not read; zero: none is
	all      []*payout // in the order of time
	byAmount map[amountKey][]*payout
	byName   map[string][]*payout // in capitals, long ones only
}

// newPayoutIndex returns an index that has read nothing yet: see reach.
func newPayoutIndex(l *ledger.Ledger) *payoutIndex {
	return &payoutIndex{ledger: l, byAmount: map[amountKey][]*payout{}, byName: map[string][]*payout{}}
}

// reach reads payouts as far back as lines of a day need them.
// It reads further back than the line needs, since statements may have their newest line first, and each step
// back goes through all bank accounts once more. The error is of the books.
func (x *payoutIndex) reach(ctx context.Context, day time.Time, days int) error {
	from := day.AddDate(0, 0, -lookBack-days)
	if !x.from.IsZero() && !from.Before(x.from) {
		return nil
	}
	from = from.AddDate(0, 0, -lookBack) // lines may come newest first
	some, err := payouts(ctx, x.ledger, ledger.Range{From: from, To: x.from, Newest: true})
	if err != nil {
		return err
	}
	x.from = from
	x.all = append(some, x.all...)
	for _, p := range some {
		k := keyOf(p.amount)
		x.byAmount[k] = append(x.byAmount[k], p)
		for _, n := range p.names() {
			if len(n) >= longName {
				n = strings.ToUpper(n)
				x.byName[n] = append(x.byName[n], p)
			}
		}
	}
	return nil
}

// mayBe reports whether a line without a provider may still be a payout's: by its amount, or by a name that
// stands by itself.
func (x *payoutIndex) mayBe(k *candidate, days int) bool {
	for _, p := range x.byAmount[keyOf(k.line.Amount)] {
		if near(p, k, days) {
			return true
		}
	}
	return len(x.named(k)) > 0
}

// named returns the payouts that stand in a line by a long name of theirs.
func (x *payoutIndex) named(k *candidate) (some []*payout) {
	for _, t := range tokens(k.line) {
		if len(t) >= longName {
			some = append(some, x.byName[strings.ToUpper(t)]...)
		}
	}
	return some
}

// payouts returns what moved between providers and bank accounts in the books, in the order of time.
func payouts(ctx context.Context, l *ledger.Ledger, r ledger.Range) ([]*payout, error) {
	var all []*payout
	for a := range l.Accounts() {
		if a.Kind != accounts.KindBank {
			continue
		}
		for line, err := range l.Postings(ctx, a.ID, r) {
			if err != nil {
				return nil, err
			}
			p, err := payoutOf(l, a.ID, &line)
			if err != nil {
				return nil, err
			}
			if p != nil {
				all = append(all, p)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *payout) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.event, b.event))
	})
	return all, nil
}

// payoutOf returns the payout that a posting of a bank account is of. The provider is the one whose account stands in
// the same entry; batch and reference are those of the event, or of the posting in entries by hand. It is nil if the
// posting is of something else.
func payoutOf(l *ledger.Ledger, bank accounts.ID, line *ledger.Line) (*payout, error) {
	if line.Type != posting.PostingReceipt && line.Type != posting.PostingEntry {
		return nil, nil
	}
	rec, err := l.EntryRecord(line.Entry)
	if err != nil {
		return nil, err
	}
	p := &payout{account: bank, event: line.Event.Name, amount: line.Amount, at: line.At}
	for i := range rec.Entries {
		if rec.Entries[i].Number != line.Entry {
			continue
		}
		for _, other := range rec.Entries[i].Postings {
			if a, ok := l.Account(other.Account); ok && a.Kind == accounts.KindProvider {
				p.provider = string(a.ID[len(accounts.Provider("")):])
			}
		}
	}
	if p.provider == "" {
		return nil, nil
	}
	e, err := posting.EventOf(rec)
	if err != nil {
		return nil, err
	}
	if !e.At.IsZero() { // what the provider announced is booked earlier than it happened
		p.at = e.At
	}
	p.movement = e.Movement
	if p.batch = e.Batch; p.batch == "" {
		p.batch = line.Reference
	}
	return p, nil
}

// paidOut finds the payout of an account that a line that took money names, nil if it names none.
// Whole words are looked up as names of payouts: the platform gives its payout's name to its
// bank as a reference.
func paidOut(l *ledger.Ledger, book *posting.Book, line *Line) (*posting.Payout, error) {
	for _, t := range tokens(line) {
		if t == "" || len(t) > posting.MaxName {
			continue
		}
		known, err := l.Has(ledger.Key{Space: posting.KeyPayout, Name: t})
		if err != nil {
			return nil, err
		}
		if known {
			return book.Finder().Payout(t)
		}
	}
	return nil, nil
}

package ledger

import (
	"fmt"
	"math"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/money"
)

// A recordEncoder makes the payload of a record. What it collects here is written last, because only the turn knows
// the positions in the chains; it is memory that is used again for each record.
type recordEncoder struct {
	codec.RecordEncoder
	state    *state
	keys     []codec.Key
	entries  []codec.Entry
	postings []encodedPosting

	sums []currencySum
}

// An encodedPosting is a posting in numbers, with the sub-balance that it moves.
type encodedPosting struct {
	codec.Posting
	account    *account
	subBalance *subBalance
}

// reset empties c, but for its memory.
func (c *recordEncoder) reset(s *state) {
	clear(c.postings)
	c.state, c.keys, c.entries, c.postings = s, c.keys[:0], c.entries[:0], c.postings[:0]
	c.Reset(&s.symbols, &s.table, s)
}

// lines turns the entries and their postings into numbers: of accounts, and of symbols for currencies and types. It
// fails with UnknownAccount where a posting is to an account that was never opened.
func (c *recordEncoder) lines(r *Record) error {
	var currency, kind uint64 // symbols of the posting before: it is likely to have the same
	var lastCurrency money.Currency
	var lastType string
	for i := range r.Entries {
		entry := &r.Entries[i]
		reference := c.Str(entry.Reference)
		for j := range entry.Postings {
			p := &entry.Postings[j]
			a := c.state.account(p.Account)
			if a == nil {
				return unknownAccount(p.Account)
			}
			if code := p.Amount.Currency(); code != lastCurrency {
				currency, lastCurrency = c.Number(string(code)), code
			}
			if p.Type != lastType {
				kind, lastType = c.Number(p.Type), p.Type
			}
			c.postings = append(c.postings, encodedPosting{account: a, Posting: codec.Posting{
				Account: uint64(a.number), Amount: p.Amount.Int(), Currency: currency, Type: kind, Sub: uint8(p.Sub),
				Reference: c.Str(p.Reference), Reason: c.Str(p.Reason),
			}})
		}
		to := len(c.postings)
		c.entries = append(c.entries, codec.Entry{Reference: reference, From: to - len(entry.Postings), To: to})
	}
	// Programs that know only format 1 take so many postings for damage: they are to refuse the file instead.
	if len(c.postings) > codec.PostingsOfFormat1 {
		c.Needs(2)
	}
	return nil
}

// check refuses a record that is not well formed by itself; table is of the currencies there are. The error is Invalid
// with the field, or Unbalanced. It changes nothing, so that nothing has to be taken back.
func (c *recordEncoder) check(r *Record, table money.Table) error {
	if len(r.Keys) == 0 || len(r.Keys) > math.MaxUint8 {
		return Errorf(Invalid, "a record needs between 1 and %d keys, found %d", math.MaxUint8, len(r.Keys))
	}
	postings := 0
	for i := range r.Entries {
		postings += len(r.Entries[i].Postings)
		if err := c.balanced(r.Entries[i].Postings, table); err != nil {
			return err
		}
	}
	if postings > codec.MaxPostings {
		return Errorf(Invalid, "one event may make at most %d postings, this one makes %d", codec.MaxPostings, postings)
	}
	for _, a := range r.Opens {
		if err := a.Validate(); err != nil {
			return &Error{Code: Invalid, Message: err.Error(), Field: "account"}
		}
		if a.Status != accounts.Open {
			return &Error{Code: Invalid, Field: "status",
				Message: fmt.Sprintf("a new account is open; %s was to be %s", a.ID, a.Status)}
		}
	}
	for _, s := range r.Statuses {
		if !s.Status.Valid() {
			return &Error{Code: Invalid, Field: "status",
				Message: fmt.Sprintf("%d, for account %s, is no status", s.Status, s.Account)}
		}
	}
	for _, u := range r.Updates {
		if a := (accounts.Account{Holder: u.Holder, Metadata: u.Metadata,
			Overdraft: u.Overdraft}); a.ValidateDetails() != nil {
			return &Error{Code: Invalid, Message: a.ValidateDetails().Error(), Field: "account"}
		}
	}
	// No time at all stands for the time of recording.
	if year := r.At.UTC().Year(); !r.At.IsZero() && (year < minYear || year > maxYear) {
		return &Error{Code: Invalid, Field: "at", Message: fmt.Sprintf("a time between %d and %d is expected, found %s",
			minYear, maxYear, r.At.Format(time.RFC3339))}
	}
	return nil
}

// maxDigits leaves room above the amounts of events, of [money.MaxDigits], for what is made of them, and below what
// package money can encode for the sum of all postings there can ever be.
const maxDigits = 60

// Times of events lie in these years, so that they fit into nanoseconds since 1970.
const (
	minYear = 1970
	maxYear = 2199
)

// balanced refuses postings that do not sum to zero in every currency: debits are positive, credits negative. This is
// the one place that an entry passes on its way into the journal. Most entries have one currency, so the sums are a
// short list and no map.
func (c *recordEncoder) balanced(postings []Posting, table money.Table) error {
	if len(postings) == 0 {
		return Errorf(Unbalanced, "an entry has at least one posting, found none")
	}
	c.sums = c.sums[:0]
next:
	for i := range postings {
		a := postings[i].Amount
		if postings[i].Sub >= codec.Subs {
			return Errorf(Invalid, "sub-balance %d does not exist", postings[i].Sub)
		}
		if _, small := a.Int().Int64(); !small && a.Int().Digits() > maxDigits {
			return &Error{Code: Invalid, Field: "amount",
				Message: fmt.Sprintf("a posting has at most %d digits, this one has %d", maxDigits, a.Int().Digits())}
		}
		for j := range c.sums {
			if c.sums[j].currency == a.Currency() {
				c.sums[j].sum = c.sums[j].sum.Add(a.Int())
				continue next
			}
		}
		if _, ok := table.Exponent(a.Currency()); !ok {
			return Errorf(Invalid, "currency %q is neither in ISO 4217 nor an asset of this ledger", a.Currency())
		}
		c.sums = append(c.sums, currencySum{a.Currency(), a.Int()})
	}
	for _, s := range c.sums {
		if !s.sum.IsZero() {
			return Errorf(Unbalanced, "debits less credits are %s %s (minor units), expected 0", s.sum, s.currency)
		}
	}
	return nil
}

// A currencySum adds up what the postings of an entry have in one currency.
type currencySum struct {
	currency money.Currency
	sum      money.Int
}

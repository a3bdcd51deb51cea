package reconcile

import (
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// Not every report includes transfers and payouts, and some report only those of one account. What a report does not
// report is not missing from it. Its format says what it reports, and its lines say until when.
//
// Example: a settlement report of the platform's account has lines until the 20th and no payouts of
// sellers. A seller's payout of the 15th is not missing from it; the accounts report, which lists them, may
// still be to come.

// A span is from when until when the lines of a report are, in one currency.
type span struct{ oldest, newest time.Time }

// reach returns of which accounts the report includes everything of a kind.
func (f *file) reach(k providers.Kind) providers.Reach {
	if k == providers.Transfer {
		return f.format.Transfers
	}
	return f.format.Payouts
}

// covers notes until when a report includes transfers and payouts. Each currency has its own time, as some
// providers write a report for each.
// at is when the provider booked the line.
func (f *file) covers(o *providers.Outcome, at time.Time) {
	if f.format.Transfers == providers.OfNone && f.format.Payouts == providers.OfNone {
		return
	}
	c := o.Net.Currency()
	for _, a := range []money.Amount{o.Amount, o.After} {
		if c == "" {
			c = a.Currency()
		}
	}
	s := f.spans[c]
	if s == nil {
		if f.spans == nil {
			f.spans = map[money.Currency]*span{}
		}
		s = new(span)
		f.spans[c] = s
	}
	if at.After(s.newest) {
		s.newest = at
	}
	if s.oldest.IsZero() || at.Before(s.oldest) && !at.IsZero() {
		s.oldest = at
	}
	if f.of == "" {
		f.of = o.Account
	}
}

// oldest returns when the oldest line happened of the reports that include a kind; the zero time if none does.
func (r *run) oldest(k providers.Kind) (at time.Time) {
	for _, f := range r.files {
		if f.reach(k) == providers.OfNone {
			continue
		}
		for _, s := range f.spans {
			if at.IsZero() || !s.oldest.IsZero() && s.oldest.Before(at) {
				at = s.oldest
			}
		}
	}
	return at
}

// until returns the time up to which the reports would have reported a transfer or payout: that of the newest line
// of a report of its kind and account.
// The zero time means that none of the reports would have listed it, so it cannot be missing.
func (r *run) until(finder *posting.Finder, m *move) (newest time.Time, err error) {
	for _, f := range r.files {
		s := f.spans[m.Amount.Currency()]
		if s == nil || !s.newest.After(newest) {
			continue
		}
		would := false
		// Would this report have listed it? One of all accounts would; others only if the account is theirs.
		switch f.reach(m.Kind) {
		case providers.OfAll:
			would = true
		case providers.OfPlatform:
			would = slices.ContainsFunc(m.Accounts, ofPlatform)
		case providers.OfReported:
			of, err := maybe(finder.AccountAt(r.Provider, f.of))
			if err != nil {
				return newest, err
			}
			would = of != "" && slices.ContainsFunc(m.Accounts, func(id accounts.ID) bool {
				return id == of || ofPlatform(id) && ofPlatform(of) && m.Bank
			})
		}
		if would {
			newest = s.newest
		}
	}
	return newest, nil
}

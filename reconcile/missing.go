package reconcile

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/ondisk"
	"github.com/splitledger/splitledger/reconcile/internal/shell"
)

// What the provider does not have: captures, refunds, transfers and payouts in the books that no line was
// about, neither of these reports nor of an earlier posted one. Only what happened before the newest line of
// the reports counts; the rest may come in the next report.
//
// The journal is not read from its beginning, but from the oldest record that may still be open at the
// provider. The newest posted report has kept that number. Everything before it has been reported, was
// cancelled or has failed, and stays so. If no report was posted yet, all of the journal is read.
//
// History is not missing: refunds, transfers, payouts, and captures that somebody settled in the books, from
// before the oldest line of these and all posted reports. They were in reports that the books have never seen.
// Pending captures and payouts under way are no history, however old they are: by the books the provider still
// has to act. For transfers and payouts, only reports that include them count; until there
// was one, none is missing.
//
// A run that posts looks as far as the newest of all posted reports, even if the one it posts is older or of
// another account. What one report did not have then stays missing. Otherwise such a run would look clean while
// the books have more than the provider.

// A horizon is how far back a report is to be compared with the books.
type horizon struct {
	// The oldest record that may hold what no report had. Records before it need not be read again.
	record uint64

	// When the oldest line of all reports happened; what was over before is history. Transfers and payouts have times
	// of their own, since not every report lists them. A zero time: there was no such report, or it is not known.
	since     time.Time
	transfers time.Time
	payouts   time.Time

	// When the newest line of all reports that were posted happened.
	until time.Time
}

// times are the times of a horizon by the keys that reports in the books keep them under.
func (h *horizon) times() map[string]*time.Time {
	return map[string]*time.Time{metaSince: &h.since, metaTransfers: &h.transfers,
		metaPayouts: &h.payouts, metaUntil: &h.until}
}

// An openItem is a capture, refund, transfer or payout that no report has had.
type openItem struct {
	Payment *posting.Payment // nil of a transfer or payout
	Capture *posting.Capture // one of these
	Refund  *posting.Refund
	Split   *posting.Part // of the capture
	Move    *move
	Record  uint64
	At      time.Time
	Settled time.Time // when somebody else than a report settled the capture; zero if nobody did
	seen    bool      // a report has the capture, but not its settlement
}

// history reports whether it was over at a time.
func (i *openItem) history(since horizon) bool {
	switch {
	case i.Move != nil:
		begin := since.payouts
		if i.Move.Kind == providers.Transfer {
			begin = since.transfers
		}
		return !i.Move.Over.IsZero() && i.Move.Over.Before(begin)
	case i.Split != nil:
		return false // a report has included the settlement
	case i.Capture != nil:
		return i.Capture.Settled && i.Settled.Before(since.since)
	}
	return i.At.Before(since.since)
}

// missing adds the breaks of what the provider does not have. It returns how far back the next report has to be
// compared with the books.
func (r *run) missing(ctx context.Context) (left horizon, err error) {
	left.record = min(r.partlySettled.first(), r.Ledger.Stats().Records+1)
	s := &openScan{ledger: r.Ledger, book: r.Book, provider: r.Provider,
		dir: r.Dir, memory: r.Memory, minStretch: leastStretch, skip: r.reportedCaptures,
		splits: r.Post && r.Book.Scheme(r.Provider).Splits == scheme.AtSettlement,
		claimed: func(k ondisk.Key) (bool, error) {
			_, ok, err := r.seen.Get(k)
			return ok, err
		}}
	// What was posted before says from which record on to look, and since when there are reports. A report that is
	// older than all of those, or the first of its kind, opens all of the journal again.
	from, err := s.from()
	if err != nil {
		return left, err
	}
	switch {
	case from.record == 0, from.since.IsZero(): // no report was posted
		from.since = r.Oldest
	case !r.Oldest.IsZero() && r.Oldest.Before(from.since):
		from.record, from.since = 0, r.Oldest
	}
	for kind, since := range map[providers.Kind]*time.Time{providers.Transfer: &from.transfers,
		providers.Payout: &from.payouts} {
		if oldest := r.oldest(kind); !oldest.IsZero() && (since.IsZero() || oldest.Before(*since)) {
			*since, from.record = oldest, 0
		}
	}
	left.since, left.transfers, left.payouts = from.since, from.transfers, from.payouts
	if r.Post {
		left.until = from.until
	}
	if r.Newest.After(left.until) {
		left.until = r.Newest
	}
	finder := r.Book.Finder()
	err = s.scan(ctx, from, func(item *openItem, reported bool) error {
		left.record = min(left.record, item.Record)
		newest := left.until
		if item.Move != nil && !reported {
			if newest, err = r.until(finder, item.Move); err != nil {
				return err
			}
		}
		// No report will ever have what the provider has said that it could not settle.
		ended := item.Capture != nil && item.Capture.Failure != ""
		if reported || item.seen || ended || item.Split == nil && !item.At.Before(newest) {
			return nil
		}
		r.Counts[MissingAtProvider]++
		return r.add(item.missing(newest, r.Provider))
	})
	return left, err
}

// missing makes the break of an item that the provider does not have.
func (i *openItem) missing(newest time.Time, provider string) Break {
	switch {
	case i.Move != nil:
		return i.missingMove(newest, provider)
	case i.Split != nil:
		return i.missingSplit()
	}
	p := i.Payment
	part := i.Capture != nil && !i.Capture.Settled && i.Capture.Unsettled().Int().Cmp(i.Capture.Amount.Int()) < 0
	b := Break{Class: MissingAtProvider, Payment: p.ID, Entries: entriesOf(p), At: i.At.UTC(), Kind: providers.Captured,
		Open: true, order: 1<<61 + i.Record, Remedy: "splitledger payment " + shell.Quote(p.ID)}
	b.Reference = cmp.Or(p.Reference, p.ID)
	if i.Capture != nil {
		b.Expected = Side{Amount: i.Capture.Amount, State: "captured " + i.At.UTC().Format(time.DateOnly)}
		if i.Capture.Settled {
			b.Expected.State = "settled in the books"
		} else if part {
			b.Expected.Amount = i.Capture.Unsettled()
			b.Expected.State = "the rest, captured " + i.At.UTC().Format(time.DateOnly)
		}
	} else {
		b.Kind = providers.Refunded
		b.Expected = Side{Amount: i.Refund.Amount, State: "refunded " + i.At.UTC().Format(time.DateOnly)}
	}
	switch age := newest.Sub(i.At); {
	case i.Capture != nil && i.Capture.Settled:
		b.Hint = "settled in the books, in no report of the provider"
	case age < soon:
		b.Timing = true
		b.Hint = "timing: " + old(age, newest) + ", may be in the next report"
		if part {
			b.Hint = "timing: a part of it is settled, the rest is still to come"
		}
	case i.Refund != nil:
		b.Hint = "missing refund: " + old(age, newest) + "; ask the provider what became of it"
	case part:
		b.Hint = old(age, newest) + ", a part of it is settled; ask " + provider + " what becomes of the rest"
	default:
		b.Hint = old(age, newest) + "; ask " + provider + " why it is not settled, and cancel it if it never will be"
	}
	return b
}

// soon is how old something may be and still come in a later report.
const soon = 4 * 24 * time.Hour

// old says how old something is, and as of what: the newest line of the reports, which may be long ago.
func old(age time.Duration, newest time.Time) string {
	days := "less than a day"
	switch n := int(age / (24 * time.Hour)); n {
	case 0:
	case 1:
		days = "1 day"
	default:
		days = strconv.Itoa(n) + " days"
	}
	return days + " old as of the newest line, " + newest.UTC().Format(time.DateOnly)
}

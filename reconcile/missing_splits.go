package reconcile

import (
	"context"
	"slices"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/shell"
)

// Where the books make splits once the provider settles, the settlement alone does not prove that the provider made them too. Each is to
// be told, by a row or by a notification.

// sharedOut notes the payment of a line that settles a capture, if that makes splits.
func (r *run) sharedOut(l *Line) error {
	if r.Book.Scheme(r.Provider).Splits != posting.AtSettlement ||
		!slices.ContainsFunc(l.Events, func(e posting.Event) bool { return e.Type == posting.PaymentSettle }) {
		return nil
	}
	return r.shared.Add([]byte(l.Resolution.Payment))
}

// missingSplits adds the splits that the books have made at settlements of this run, and of which the provider has told nothing.
func (r *run) missingSplits(ctx context.Context) error {
	finder := r.Book.Finder()
	last := ""
	for name, err := range r.shared.All() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if string(name) == last {
			continue
		}
		last = string(name)
		p, err := finder.Payment(last)
		if err != nil {
			return err
		}
		for _, part := range p.Parts {
			for _, c := range p.Captures {
				if err := r.missingSplit(p, part, c); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (r *run) missingSplit(p *posting.Payment, part *posting.Part, c *posting.Capture) error {
	amount, status, ok := c.PartOf(part)
	if !ok || part.Reference == "" || part.Type == posting.PostingMerchant || status != posting.PartCompleted || amount.Sign() <= 0 ||
		!c.Settled || splitTold(p, c, part) {
		return nil
	}
	r.Counts[MissingAtProvider]++
	r.open++
	b := Break{Class: MissingAtProvider, Kind: providers.Split, Reference: nameOfPayment(p), Payment: p.ID, Account: string(part.Account), At: routableAt(p, c).UTC(),
		Expected: Side{Amount: amount, State: "split " + part.Reference}, Timing: true, Open: true, order: 1<<61 + c.Record,
		Hint:   "timing: the provider has not told yet that it made the split; it may be in the next report, or in that of another account",
		Remedy: "splitledger payment " + shell.Quote(p.ID)}
	return r.add(b)
}

package reconcile

import (
	"cmp"
	"slices"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/shell"
)

// If the books make splits when the provider settles, the settlement alone does not prove that the provider
// made them too. A row or a notification has to report each split.

// decideSplits calls found for each split that was booked because a report included the settlement, and that the
// provider itself has not reported.
func (s *openScan) decideSplits(p *posting.Payment, settled *posting.PaymentEvent,
	found func(*openItem, bool) error) error {
	if settled.Event.Source == nil { // an older version did not note what was reported of splits
		return nil
	}
	for _, c := range p.Captures {
		if !c.Settled || settled.Event.Capture != "" && settled.Event.Capture != c.ID || settledAgain(p, c, settled) {
			continue
		}
		for _, part := range p.Parts {
			amount, status, ok := c.PartOf(part)
			if !ok || part.Reference == "" || part.Type == posting.PostingMerchant ||
				status != posting.PartCompleted || amount.Sign() <= 0 || splitReported(p, c, part) {
				continue
			}
			item := &openItem{Payment: p, Capture: c, Split: part, Record: settled.Record.Number, At: routableAt(p, c)}
			if err := found(item, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// settledAgain reports whether a later event settled more of a capture.
func settledAgain(p *posting.Payment, c *posting.Capture, settled *posting.PaymentEvent) bool {
	return slices.ContainsFunc(p.Events, func(e posting.PaymentEvent) bool {
		return e.Event.Type == posting.PaymentSettle && (e.Event.Capture == "" || e.Event.Capture == c.ID) &&
			e.Record.Number > settled.Record.Number
	})
}

// missingSplit makes the break of a split that the provider has not reported.
func (i *openItem) missingSplit() Break {
	p := i.Payment
	return Break{Class: MissingAtProvider, Kind: providers.Split, Reference: cmp.Or(p.Reference, p.ID),
		Payment: p.ID, Entries: entriesOf(p), Account: string(i.Split.Account), At: i.At.UTC(),
		Expected: Side{Amount: i.splitAmount(), State: "split " + i.Split.Reference},
		Timing:   true, Open: true, order: 1<<61 + i.Record,
		Hint: "timing: the provider has not reported yet that it made the split; " +
			"it may be in the next report, or in that of another account",
		Remedy: "splitledger payment " + shell.Quote(p.ID)}
}

// splitAmount is what the account of a split got of the capture.
func (i *openItem) splitAmount() money.Amount {
	amount, _, _ := i.Capture.PartOf(i.Split)
	return amount
}

package posting

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/posting/scheme"
)

// A census counts the events of payments that were booked: what they were, and by which scheme.
type census map[string]map[string]int

// add counts an event, by its type and by each way in which it may be told.
func (c census) add(e *Event, p *Payment) {
	kinds := []string{string(e.Type)}
	tell := func(how string, is bool) {
		if is {
			kinds = append(kinds, string(e.Type)+" "+how)
		}
	}
	switch e.Type {
	case PaymentCapture, PaymentRefund, PaymentCancel, PaymentRelease, PaymentAdjust, Transfer:
		tell("(fact)", e.Fact)
	}
	given := e.Amount.Currency() != ""
	switch e.Type {
	case PaymentSettle, PaymentRefundFailed, PaymentChargebackReversed, PaymentCaptureReversed:
		tell("(in part)", given)
		tell("(row)", e.Account != "")
		tell("(movement)", e.Movement != "")
		tell("(part)", e.Part != "")
	case PaymentCapture, PaymentRefund, PaymentChargeback:
		tell("(row)", rowed(e))
		tell("(movement)", e.Movement != "")
		tell("(part)", e.Part != "")
		tell("(second)", e.Second)
	case PaymentFee:
		tell("(given back)", slices.ContainsFunc(e.Fees, func(f Fee) bool { return f.Amount.Sign() < 0 }))
		tell("(row)", e.Account != "")
		tell("(movement)", e.Movement != "")
	}
	for _, kind := range kinds {
		if c[kind] == nil {
			c[kind] = map[string]int{}
		}
		c[kind][p.Provider]++
	}
}

// String is the table of what was counted.
func (c census) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-40s", "")
	for _, provider := range worldProviders {
		fmt.Fprintf(&b, "%8s", provider)
	}
	for _, kind := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprintf(&b, "\n%-40s", kind)
		for _, provider := range worldProviders {
			fmt.Fprintf(&b, "%8d", c[kind][provider])
		}
	}
	return b.String()
}

// missing lists what was rare: each type of event is wanted often enough in each scheme that has it, and each way of telling it now and then.
func (c census) missing() (rare []string) {
	schemes := map[string]scheme.Scheme{}
	for _, s := range scheme.All() {
		schemes[s.Provider] = s
	}
	for _, provider := range worldProviders {
		afterwards := schemes[provider].Splits == scheme.Afterwards
		for _, on := range slices.Concat(paymentLife.events, []Type{PaymentReference}) {
			if has := on != PaymentSplit && on != PaymentResplit || (on == PaymentSplit) == afterwards; has && c[string(on)][provider] < 10 {
				rare = append(rare, fmt.Sprintf("%s of %s payments was booked %d times", on, provider, c[string(on)][provider]))
			}
		}
		for kind, counts := range c {
			if counts[provider] < 1 && !(strings.HasPrefix(kind, string(PaymentSplit)) && !strings.HasPrefix(kind, string(PaymentSplitFailed))) && kind != string(PaymentResplit) {
				rare = append(rare, fmt.Sprintf("%s of %s payments was booked %d times", kind, provider, counts[provider]))
			}
		}
	}
	return rare
}

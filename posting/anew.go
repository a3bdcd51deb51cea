// Names of payments that are used again: a payment that was made by mistake, such as under a wrong provider, and was
// cancelled whole, leaves its name to a new one.

package posting

import (
	"fmt"
	"slices"
)

// anewBy reports whether a capture makes a new payment of the name of one that was cancelled. A fact of the same
// provider does not: the provider has captured after all.
func (p *Payment) anewBy(e *Event) bool {
	return e.Provider != "" && e.Amount.Currency() != "" && (!e.Fact || e.Provider != p.Provider) && p.kept() == ""
}

// kept says why the payment keeps its name; it is empty where all of it was cancelled, and nothing else was booked of
// it. What the provider told of it shows that it is no mistake.
func (p *Payment) kept() string {
	if live := slices.IndexFunc(p.Captures, func(c *Capture) bool { return !c.Cancelled }); live >= 0 {
		c := p.Captures[live]
		return fmt.Sprintf("its capture %s is %s", quote(c.ID), c.State())
	}
	for i := range p.Events {
		e := &p.Events[i].Event
		switch e.Type {
		case PaymentAuthorise, PaymentCapture, PaymentSplit, PaymentResplit, PaymentCancel, PaymentRelease,
			PaymentAdjust, PaymentReference:
		default:
			return fmt.Sprintf("event %s booked a %s of it", quote(e.ID), e.Type)
		}
		if e.Source != nil || e.Movement != "" {
			return fmt.Sprintf("%s told of it, by event %s", p.Provider, quote(e.ID))
		}
	}
	if !p.over() {
		return "it is " + string(p.State())
	}
	return ""
}

// beginAnew empties the payment for another one of its name.
func (p *Payment) beginAnew() {
	earlier := append(slices.Clip(p.Earlier), p.Provider)
	p.empty()
	p.Earlier = earlier
}

package adyen

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/posting"
)

// refund gives some of a payment back, or tries to.
func (tr *trade) refund(w *life.World, p *payment) {
	r := &refund{payment: p, reference: modification(w), minor: 500, at: w.Now}
	left := p.captured - p.refunded
	if left >= 1000 && w.Once(3, "1000") {
		r.minor = 1000
	}
	if w.Once(6, "all") {
		r.minor = left
	}
	ours := w.Name("ref-")
	r.told = naming(w, ours)
	own := p.ours && p.late == 0 && !w.Once(4, "we never asked for it")
	var splits []posting.Split
	switch {
	case w.Once(3, "from one account"):
		r.parts = []part{{life.Pick(w, "whose", append([]string{liable}, sellers...)), -r.minor}}
	default:
		r.parts = negative(parts(p.shape, r.minor))
		splits = tr.splits(p, parts(p.shape, r.minor))
	}
	r.thing = p.thing(w, "refund "+r.reference, fmt.Sprint("refund ", r.minor), -r.minor)
	r.thing.Together = splits == nil
	if r.told == ours {
		r.thing.Named()
	}
	w.Tell("%s of %s: refund of %d %v, asked for: %v, told as %q", r.reference, p.life.Reference, r.minor, r.parts,
		own, r.told)
	if own {
		w.Own(r.thing, posting.Event{ID: ours + ".event", Type: posting.PaymentRefund, At: w.Now, Payment: p.id,
			Refund: ours, Amount: p.money(r.minor), Splits: splits})
	}
	if w.Once(4, "the refund fails") {
		tr.refundFails(w, r)
		return
	}
	p.refunded += r.minor
	p.refunds = append(p.refunds, r)
	if tr.hooks {
		standard(w, item{event: "REFUND", payment: p, reference: r.reference, minor: r.minor, at: w.Now}, 5, r.thing)
	}
	tr.desk.book(w, &booking{typ: "refund", payment: p, thing: r.thing, reference: r.reference, told: r.told,
		at: w.Now, minor: -r.minor, parts: r.parts})
}

// refundFails tells of a refund that no report has: an attempt.
func (tr *trade) refundFails(w *life.World, r *refund) {
	w.Tell("  it fails")
	if !tr.hooks {
		return
	}
	p := r.payment
	failure := p.thing(w, "failure of "+r.reference, "refund_failed", r.minor)
	failure.Undo(r.thing)
	it := item{event: "REFUND", payment: p, reference: r.reference, minor: r.minor, at: w.Now, failed: true,
		reason: "Refused"}
	if w.Once(2, "only after it was said to be done") {
		it.failed = false
		standard(w, it, 1, r.thing)
		it.event, it.at = "REFUND_FAILED", it.at.Add(time.Hour)
	}
	standard(w, it, 5, failure)
}

// refundBack brings a refund back that was done.
func (tr *trade) refundBack(w *life.World, r *refund) {
	p := r.payment
	r.back = true
	p.refunded -= r.minor
	failure := p.thing(w, "return of "+r.reference, fmt.Sprint("refund_failed ", r.minor), r.minor)
	failure.Undo(r.thing)
	failure.Together = r.thing.Together
	w.Tell("%s of %s: the refund of %d comes back", r.reference, p.life.Reference, r.minor)
	if tr.hooks {
		standard(w, item{event: life.Pick(w, "code", []string{"REFUNDED_REVERSED", "REFUND_FAILED"}), payment: p,
			reference: r.reference, minor: r.minor, at: w.Now}, 5, failure)
	}
	tr.desk.book(w, &booking{typ: "refundReversal", payment: p, thing: failure, reference: r.reference, told: r.told,
		at: w.Now, minor: r.minor, parts: negative(r.parts)})
}

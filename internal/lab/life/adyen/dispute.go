package adyen

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/internal/lab/life"
)

// disputeFee is what a dispute costs.
const disputeFee = 750

// dispute opens a dispute: money is taken.
func (tr *trade) dispute(w *life.World, p *payment) {
	d := &dispute{payment: p, reference: modification(w), own: w.Once(2, "a reference for each round"), taken: 1000}
	if w.Once(3, "500") {
		d.taken = 500
	}
	switch w.Draw("taken from", 0, 2) {
	case 0:
		d.parts = []part{{liable, 1}}
	case 1:
		d.parts = parts(p.shape, 10)
	case 2:
		d.parts = []part{{"BA0001", 1}}
	}
	if w.Once(2, "with a fee") {
		d.fee = disputeFee
	}
	p.disputes = append(p.disputes, d)
	d.next(w, tr, "chargeback", -d.taken)
}

// round goes on with a dispute: it is won, wholly or in part, or lost again.
func (tr *trade) round(w *life.World, d *dispute) {
	if d.round%2 == 1 {
		won := d.taken
		if d.own && won > 500 && w.Once(3, "won in part") {
			won = 500
		}
		d.next(w, tr, "chargebackReversal", won)
		d.taken = won
		return
	}
	d.next(w, tr, "secondChargeback", -d.taken)
}

// next is a round of a dispute.
func (d *dispute) next(w *life.World, tr *trade, typ string, minor int64) {
	p := d.payment
	if d.round > 0 && d.own {
		d.reference = modification(w)
	}
	d.round++
	at := w.Now
	for !at.After(d.at) {
		at = at.Add(time.Second)
	}
	d.at = at
	t := p.thing(w, fmt.Sprintf("round %d of %s: %s", d.round, d.reference, typ), "", minor)
	t.Class = ""
	if typ == "chargebackReversal" {
		t.Undo(d.last)
	}
	d.last = t
	var list []part
	for _, s := range d.parts {
		weight := int64(0)
		for _, x := range d.parts {
			weight += x.minor
		}
		list = append(list, part{s.account, minor / weight * s.minor})
	}
	w.Tell("%s of %s: %s of %d %v, round %d", d.reference, p.life.Reference, typ, minor, list, d.round)
	if tr.hooks {
		code := map[string]string{"chargeback": "CHARGEBACK", "chargebackReversal": "CHARGEBACK_REVERSED",
			"secondChargeback": "SECOND_CHARGEBACK"}[typ]
		told := at
		if d.own && w.Once(4, "the webhook's time is another") {
			told = at.Add(-20 * time.Minute)
		}
		standard(w, item{event: code, payment: p, reference: d.reference, minor: max(minor, -minor), at: told}, 5, t)
	}
	b := &booking{typ: typ, payment: p, thing: t, reference: d.reference, at: at, minor: minor, parts: list}
	switch {
	case d.fee == 0:
	case typ == "chargeback":
		b.fees = []fee{{liable, "Commission", -d.fee}}
	case typ == "chargebackReversal" && w.Once(3, "the fee is given back"):
		b.fees = []fee{{liable, "Commission", d.fee}}
		d.fee = 0
	case typ == "secondChargeback" && w.Once(3, "another fee"):
		b.fees = []fee{{liable, "Commission", -d.fee}}
	}
	tr.desk.book(w, b)
}

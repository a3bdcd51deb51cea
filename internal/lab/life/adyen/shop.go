package adyen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/internal/lab/life"
)

// A Shop has one or two merchant accounts, each of which is settled in batches and paid out. Its settlement details
// report tells no accounts but the merchant account: what the provider owes is judged, not what the sellers have.
type Shop struct {
	company
	trade
	batches map[string]int   // the open batch of each merchant account
	sums    map[string]int64 // what it comes to so far
	ended   bool
}

// NewShop returns a shop.
func NewShop() *Shop { return &Shop{batches: map[string]int{}, sums: map[string]int64{}} }

// Begin opens the sellers' accounts.
func (s *Shop) Begin(w *life.World) {
	s.trade = trade{desk: s, hooks: !w.Once(4, "no webhooks"), shops: []string{"ShopA"}}
	if w.Once(3, "two merchant accounts") {
		s.shops = append(s.shops, "ShopB")
	}
	for _, name := range s.shops {
		s.batches[name] = 7
	}
	s.open(w)
}

// Act does something.
func (s *Shop) Act(w *life.World) {
	do := s.deeds(w)
	do = append(do, func() { s.close(w, life.Pick(w, "of", s.shops)) }, func() { s.close(w, s.shops[0]) },
		func() { s.fee(w) })
	life.Pick(w, "what", do)()
}

// deeds are what can happen to payments now.
func (tr *trade) deeds(w *life.World) []func() {
	do := []func(){func() { tr.pay(w) }}
	for _, p := range tr.payments {
		if p.life.Known && p.begun && p.withPSP && p.late == 0 && !p.twin && p.authorised > 0 {
			do = append(do, func() { tr.again(w, p) })
		}
		if p.captured < p.authorised {
			do = append(do, func() { tr.capture(w, p) })
		}
		if p.captured-p.refunded >= 500 {
			do = append(do, func() { tr.refund(w, p) })
		}
		for _, r := range p.refunds {
			if !r.back {
				do = append(do, func() { tr.refundBack(w, r) })
			}
		}
		if p.captured > 0 && len(p.disputes) < 2 {
			do = append(do, func() { tr.dispute(w, p) })
		}
		for _, d := range p.disputes {
			if d.round < 4 {
				do = append(do, func() { tr.round(w, d) })
			}
		}
	}
	return do
}

// fee is a cost of the account.
func (s *Shop) fee(w *life.World) {
	shop := life.Pick(w, "of", s.shops)
	minor := life.Pick(w, "fee", []int64{-320, -320, 50})
	typ := life.Pick(w, "as", []string{"Fee", "InvoiceDeduction", "PaymentCost"})
	t := w.Do(&life.Thing{Name: w.Name("fee of the account "), Whole: minor, Current: currency})
	s.line(w, shop, typ, nil, "Transaction Fees March", "", minor, nil, t)
}

// End settles what is not settled, and closes all batches.
func (s *Shop) End(w *life.World) {
	for len(s.queue) > 0 {
		for _, shop := range s.shops {
			s.close(w, shop)
		}
	}
	s.ended = true
	for _, shop := range s.shops {
		s.close(w, shop)
	}
}

// book adds a line to the open batch.
func (s *Shop) book(w *life.World, b *booking) {
	typ := map[string]string{
		"capture": "Settled", "refund": "Refunded", "refundReversal": "RefundedReversed", "chargeback": "Chargeback",
		"chargebackReversal": "ChargebackReversed", "secondChargeback": "SecondChargeback",
	}[b.typ]
	s.line(w, b.payment.shop, typ, b, b.reference, b.told, b.minor, b.fees, b.thing)
}

// close settles captures, and pays the batch out. What is below nothing is carried to the next.
func (s *Shop) close(w *life.World, shop string) {
	for _, c := range append([]*capture(nil), s.queue...) {
		if c.payment.shop != shop || c.merged || len(s.queue) > 1 && w.Once(4, "settled in a later batch") {
			continue
		}
		if other := s.partner(c); other != nil && w.Once(2, "one line for two captures") {
			s.merge(w, c, other)
			continue
		}
		s.settle(w, c)
	}
	report := s.report(shop)
	if !w.Open(report) {
		return
	}
	sum, batch := s.sums[shop], s.batches[shop]
	s.sums[shop] = 0
	if sum > 0 {
		t := w.Do(&life.Thing{Name: fmt.Sprintf("payout of batch %d of %s", batch, shop), Whole: -sum,
			Current: currency})
		s.line(w, shop, "MerchantPayout", nil, fmt.Sprintf("\"TX%010dXT batch %d, %s\"", batch, batch, shop), "",
			-sum, nil, t)
	} else if sum < 0 {
		s.line(w, shop, "BalanceTransfer", nil, "Balancetransfer to the next batch", "", -sum, nil)
	}
	s.sums[shop] = 0
	w.Publish(report, true)
	s.batches[shop]++
	if sum < 0 && !s.ended {
		s.line(w, shop, "BalanceTransfer", nil, "Balancetransfer from the last batch", "", sum, nil)
	}
}

// partner is the other capture of a payment, where nothing but one line for both can tell them.
func (s *Shop) partner(c *capture) *capture {
	p := c.payment
	if s.hooks || len(p.captures) != 2 || p.captures[0] != c {
		return nil
	}
	other := p.captures[1]
	for _, x := range p.captures {
		if !x.thing.Posted() || x.failed || len(x.thing.Pieces) > 0 || len(x.due) > 0 {
			return nil
		}
	}
	return other
}

// merge settles two captures in one line, which names neither.
func (s *Shop) merge(w *life.World, a, b *capture) {
	b.merged = true
	a.payment.captured = a.payment.authorised // another capture might be taken for both
	s.line(w, a.payment.shop, "Settled", &booking{payment: a.payment, at: w.Now}, modification(w), life.Pick(w,
		"named", []string{"", "<auto>"}),
		a.minor+b.minor, nil, a.thing, b.thing)
	s.queue = slices.DeleteFunc(s.queue, func(q *capture) bool { return q == a || q == b })
}

func (s *Shop) report(shop string) string {
	return fmt.Sprintf("settlement/%s/%d", shop, s.batches[shop])
}

// line adds a line to the open batch of a merchant account. Only a thing changes what Adyen owes.
func (s *Shop) line(w *life.World, shop, typ string, b *booking, reference, told string, minor int64, fees []fee,
	things ...*life.Thing) {
	row := &life.Row{Report: s.report(shop)}
	net, id := minor, w.Name("line ")
	for i, t := range things {
		of := minor
		if len(things) > 1 {
			of = t.Whole
		}
		row.Pieces = append(row.Pieces, w.Book(t, fmt.Sprint(id, ".", i), shop, of))
	}
	columns := map[string]int64{}
	for _, f := range fees {
		columns[f.column] -= f.minor
		net += f.minor
		ft := w.Do(&life.Thing{Name: "fee of " + things[0].Name, Whole: f.minor, Current: currency,
			Payment: things[0].Payment})
		row.Pieces = append(row.Pieces, w.Book(ft, id+" "+f.column, shop, f.minor))
	}
	s.sums[shop] += net
	side := func(n int64) []string {
		if n < 0 {
			return []string{major(-n), ""}
		}
		return []string{"", major(n)}
	}
	cost := func(column string) string {
		if columns[column] == 0 {
			return ""
		}
		return major(columns[column])
	}
	at, psp, ours, method := w.Now, "", "", ""
	gross := []string{"", "", "", ""}
	if b != nil {
		at, psp, ours, method = b.at, b.payment.life.ProviderReference, b.payment.life.Reference, "visa"
		gross = append(append([]string{currency}, side(minor)...), "1")
	}
	cells := []string{"Company", shop, psp, ours, method, clock(at), "CET", typ, reference}
	cells = append(append(cells, gross...), currency)
	cells = append(cells, side(net)...)
	cells = append(cells, cost("Commission"), cost("Markup"), cost("SchemeFee"), cost("Interchange"), "visaclassic",
		told, fmt.Sprint(s.batches[shop]))
	row.Text = strings.Join(append(cells, "", "", "", "", "", "", ""), ",")
	row.Say = strings.TrimSpace(fmt.Sprintf("%s %s %s %s %q gross %d net %d %v batch %d of %s", clock(at), typ, ours,
		reference, told, minor, net, fees, s.batches[shop], shop))
	w.Row(row)
}

const settlementHeader = "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type," +
	"Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC)," +
	"Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),Payment Method Variant,Modification Merchant Reference,Batch Number," +
	"Reserved4,Reserved5,Reserved6,Reserved7,Reserved8,Reserved9,Reserved10\n"

// File writes a settlement details report.
func (*Shop) File(_ string, rows []*life.Row) []byte { return file(settlementHeader, rows) }

func file(header string, rows []*life.Row) []byte {
	b := []byte(header)
	for _, r := range rows {
		b = append(append(b, r.Text...), '\n')
	}
	return b
}

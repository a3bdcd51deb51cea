// Package adyen simulates Adyen as its settlement details report and its standard webhooks tell it ([Shop]).
package adyen

import (
	"fmt"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	adapter "github.com/splitledger/splitledger/providers/adyen"
	"github.com/splitledger/splitledger/reconcile/internal/life"
)

// key signs the webhooks.
const key = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00"

const shop = "ShopEUR"

// A Shop is a merchant account that is settled in batches.
type Shop struct {
	batch    int
	captures []*capture
}

type capture struct {
	payment   *life.Payment
	thing     *life.Thing
	reference string
	name      string
	minor     int64
	settled   bool
}

// NewShop returns a shop.
func NewShop() *Shop { return &Shop{batch: 1} }

// Adapter returns Adyen's.
func (*Shop) Adapter() providers.Adapter { return adapter.New() }

// Keys are the key of the webhooks.
func (*Shop) Keys() providers.Keys { return providers.Keys{Secrets: []string{key}} }

// Options are none.
func (*Shop) Options() providers.ReportOptions { return providers.ReportOptions{} }

// Begin opens the sellers' accounts.
func (*Shop) Begin(w *life.World) {
	w.Setup(
		posting.Event{ID: "open-1", Type: posting.AccountOpen, Account: "seller:1", Kind: accounts.KindSub},
		posting.Event{ID: "open-2", Type: posting.AccountOpen, Account: "seller:2", Kind: accounts.KindSub})
}

// Act pays, or closes a batch.
func (s *Shop) Act(w *life.World) {
	if w.Once(2, "batch") {
		s.close(w)
		return
	}
	s.pay(w)
}

// End closes the last batch.
func (s *Shop) End(w *life.World) { s.close(w) }

func (s *Shop) pay(w *life.World) {
	c := &capture{reference: w.Name("order-"), name: w.Name("cap-"), minor: life.Pick(w, "amount", []int64{1000, 2000})}
	c.payment = w.Pay(&life.Payment{Reference: c.reference, ProviderReference: w.Name("PSP")})
	c.thing = w.Do(&life.Thing{Name: c.name, Whole: c.minor, Current: "EUR", Class: c.reference + " capture", Payment: c.payment}).Named()
	c.payment.Known = w.Own(c.thing, posting.Event{
		ID: c.name, Type: posting.PaymentCapture, At: w.Now, Payment: c.reference, Capture: c.name, Provider: "adyen",
		ProviderReference: c.payment.ProviderReference, Amount: money.New(c.minor, "EUR"),
		Splits: []posting.Split{{Type: posting.BalanceAccount, Account: "seller:1", Amount: money.New(c.minor, "EUR"), Reference: "s"}},
	})
	s.captures = append(s.captures, c)
}

func (s *Shop) close(w *life.World) {
	report := fmt.Sprintf("settlement/%s/%d", shop, s.batch)
	var sum int64
	for _, c := range s.captures {
		if c.settled {
			continue
		}
		c.settled, sum = true, sum+c.minor
		p := w.Book(c.thing, "Settled:"+c.name, shop, c.minor)
		w.Row(&life.Row{Report: report, Pieces: []*life.Piece{p}, Say: fmt.Sprintf("Settled %s %d", c.name, c.minor),
			Text: s.line(w, c.payment, "Settled", c.name, c.minor)})
	}
	if sum == 0 {
		return
	}
	payout := w.Do(&life.Thing{Name: fmt.Sprintf("payout of batch %d", s.batch), Whole: -sum, Current: "EUR"})
	w.Row(&life.Row{Report: report, Pieces: []*life.Piece{w.Book(payout, payout.Name, shop, -sum)}, Say: fmt.Sprintf("MerchantPayout %d", -sum),
		Text: s.line(w, &life.Payment{}, "MerchantPayout", payout.Name, -sum)})
	w.Publish(report, true)
	s.batch++
}

func (s *Shop) line(w *life.World, p *life.Payment, typ, name string, minor int64) string {
	debit, credit := "", fmt.Sprintf("%d.%02d", minor/100, minor%100)
	if minor < 0 {
		debit, credit = fmt.Sprintf("%d.%02d", -minor/100, -minor%100), ""
	}
	gross := []string{"EUR", debit, credit, "1"}
	if p.Reference == "" {
		gross = []string{"", "", "", ""}
	}
	cells := []string{"Company", shop, p.ProviderReference, p.Reference, "visa", w.Now.Format("2006-01-02 15:04:05"), "UTC", typ, name}
	cells = append(cells, gross...)
	cells = append(cells, "EUR", debit, credit, "", "", "", "", "", name, fmt.Sprint(s.batch))
	return strings.Join(cells, ",")
}

const header = "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type," +
	"Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC)," +
	"Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),Payment Method Variant,Modification Merchant Reference,Batch Number\n"

// File writes a settlement details report.
func (s *Shop) File(_ string, rows []*life.Row) []byte {
	b := []byte(header)
	for _, r := range rows {
		b = append(append(b, r.Text...), '\n')
	}
	return b
}

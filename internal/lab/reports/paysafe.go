package reports

import (
	"bytes"
	"fmt"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/lab/dice"
	"github.com/splitledger/splitledger/posting"
)

// paysafeHouse is Paysafe with the API's own objects, since no report of Paysafe's is documented: settlements and refunds, a
// document of each a day, an object a line (developer.paysafe.com, card payments; that objects serve as a report is
// this project's choice).
var paysafeHouse = house{
	shows: needCurrencies,
	hidden: map[Class]string{
		FeeMismatch:     "Paysafe's settlements and refunds have no fees",
		UnmatchedOther:  "Paysafe's settlements and refunds are all of payments",
		BalanceMismatch: "Paysafe's settlements and refunds have no batches and no payouts",
	},
	home:        paysafeUSD,
	tenders:     []*tender{paysafeUSD, {"CAD", 2, 2, 1300, 1, "", 1, 1}},
	shares:      []int64{1, 0}, // an account is of one currency
	pends:       true,
	sellersOwn:  true,
	splitsEarly: true,
	fees:        func(*dice.Dice, int64) []fee { return nil },
	splits:      paysafeSplits,
	layout:      func(g *maker) layout { return &paysafeLayout{g: g} },
}

var paysafeUSD = &tender{"USD", 2, 2, 1000, 1, "", 1, 1}

// paysafeShare is what a linked account gets of one payment in four; the rest stays with the merchant.
func paysafeShare(p *payment, amount int64) int64 {
	if p.number%4 != 0 || p.plain {
		return 0
	}
	return min(p.tender.portion(amount, 500+int64(p.number%8)*100), amount)
}

func paysafeSplits(g *maker, p *payment, amount int64) []posting.Split {
	share := paysafeShare(p, amount)
	if share == 0 {
		return nil
	}
	return []posting.Split{{Type: posting.BalanceAccount, Account: g.linked(p), Amount: p.tender.of(share), Reference: "share"}}
}

// linked returns the account that shares in a payment.
func (g *maker) linked(p *payment) accounts.ID { return g.sellerID((p.seller + 1) % sellers) }

// paysafeLayout writes a document of settlements and one of refunds for each day.
type paysafeLayout struct {
	g                    *maker
	settlements, refunds *file
}

func (s *paysafeLayout) batch(b batch) string { return "" }

func (s *paysafeLayout) name(of naming, n int) string {
	return fmt.Sprintf("%08x-000%d-4000-8000-%012d", uint32(s.g.o.Seed), of, n)
}

func (s *paysafeLayout) open(b batch) error {
	day := time.Unix(b.from, 0).UTC().Format("20060102")
	var err error
	if s.settlements, err = s.g.report("paysafe_settlements_" + day + ".json"); err != nil {
		return err
	}
	if s.refunds, err = s.g.report("paysafe_refunds_" + day + ".json"); err != nil {
		return err
	}
	s.settlements.writeLine([]byte("{\"settlements\": [\n"))
	s.refunds.writeLine([]byte("{\"refunds\": [\n"))
	return nil
}

// An object is a settlement or a refund of Paysafe's.
type object struct {
	ID         string  `json:"id"`
	Reference  string  `json:"merchantRefNum"`
	At         string  `json:"txnTime"`
	Status     string  `json:"status"`
	Amount     int64   `json:"amount"`
	Refundable *int64  `json:"availableToRefund,omitempty"`
	Currency   string  `json:"currencyCode"`
	Splits     []share `json:"splitpay,omitempty"`
}

type share struct {
	Account string `json:"linkedAccount"`
	Amount  int64  `json:"amount"`
}

func (s *paysafeLayout) line(m *movement) place {
	p := m.payment
	o := object{At: time.Unix(m.at, 0).UTC().Format(time.RFC3339), Status: "COMPLETED", Amount: m.amount, Currency: string(m.tender.currency)}
	out := s.settlements
	if m.kind == refunded {
		out, o.ID, o.Reference = s.refunds, m.id, m.name
	} else {
		o.ID, o.Reference, o.Refundable = p.providerReference, p.reference, &m.amount
		if cut := paysafeShare(p, p.captures[0].amount); cut > 0 {
			o.Splits = []share{{string(s.g.linked(p)), cut}}
		}
	}
	if m.kind == pending {
		o.Status = "PENDING"
	}
	if out.line > 1 {
		out.out.WriteString(",\n")
	}
	out.line++
	out.out.Write(spoiltObject(encode(o), m.garble))
	return place{out.name, out.line}
}

// spoiltObject spoils an object so that it cannot be read, and the objects after it can.
func spoiltObject(b []byte, garble int) []byte {
	switch {
	case garble == 0:
		return b
	case garble%3 == 1: // an amount that is none
		return bytes.Replace(b, []byte(`"amount":`), []byte(`"amount":0.`), 1)
	case garble%3 == 2: // no amount
		return bytes.Replace(b, []byte(`"amount":`), []byte(`"sum":`), 1)
	default: // a status that is none
		return bytes.Replace(b, []byte(`"status":"COMPLETED"`), []byte(`"status":7`), 1)
	}
}

func (s *paysafeLayout) close(batch) error {
	for _, out := range []*file{s.settlements, s.refunds} {
		out.writeLine([]byte("\n]}\n"))
		if err := out.close(); err != nil {
			return err
		}
	}
	return nil
}

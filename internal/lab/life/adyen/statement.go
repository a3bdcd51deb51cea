package adyen

import (
	"strings"

	"github.com/splitledger/splitledger/internal/lab/life"
)

// A line is what a payout report tells again.
type line struct {
	transfer *transfer
	say      string
	pieces   []*life.Piece
}

const payoutHeader = "BalancePlatform,AccountHolder,BalanceAccount,AccountHolder Reference,AccountHolder Description,BalanceAccount Reference," +
	"BalanceAccount Description,Transfer Id,Transaction Id,Booking date,Booking date TimeZone,Value date,Value date TimeZone,Category,Type,Status," +
	"Currency,Balance (PC),Rolling Balance,Reference,Description,Counterparty Balance Account Id,Psp Payment Merchant Reference," +
	"Psp Payment Psp Reference,Payout Date\n"

// statement publishes the payout report of an account: all that was booked since its last payout, and the payout. The
// accounting report has these rows too, with the references of movements.
func (m *Market) statement(w *life.World, account, shown, date string) {
	report, key := "payout/"+account, account+currency
	date = strings.Replace(date[:19], "T", " ", 1)
	for _, l := range m.since[key] {
		t := l.transfer
		m.rolling[key] += t.minor
		payment, psp := "", ""
		if t.payment != nil {
			payment, psp = t.payment.life.Reference, t.payment.life.ProviderReference
		}
		text := strings.Join([]string{"Market", "AH" + shown, shown, "", "", "", "", t.id, t.event + t.in(),
			clock(t.at), "CET", clock(t.value), "CET",
			t.category, t.typ, t.status, t.in(), major(t.minor), major(m.rolling[key]), t.reference, t.description,
			t.counterparty, payment, psp, date}, ",")
		w.Row(&life.Row{Report: report, Text: text, Say: l.say, Pieces: l.pieces})
	}
	delete(m.since, key)
	w.Follow(report)
}

// File writes an accounting report, or a payout report.
func (*Market) File(kind string, rows []*life.Row) []byte {
	if kind == "payout" {
		return file(payoutHeader, rows)
	}
	return file(strings.Join(columns, ",")+"\n", rows)
}

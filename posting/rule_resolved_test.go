package posting

import (
	"errors"
	"fmt"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
)

// eventOf reads an event.
func eventOf(t *testing.T, text string) Event {
	t.Helper()
	e, err := Decode([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return e
}

// holds is what an account has, as watched.has takes it.
func (w *watched) holds(id accounts.ID) string {
	b := ledgertest.Holds(w.ledger, id, "EUR")
	return b.Pending.Minor() + "/" + b.Available.Minor() + "/" + b.Reserved.Minor()
}

// What a request says by splits is what the books take by the rule: an authorisation or capture by splits that Resolved
// returns is booked to the unit as the one that names the rule, with every provider that is asked by events.
func TestResolved(t *testing.T) {
	for _, provider := range []string{"adyen", "stripe", "paysafe", "xendit"} {
		t.Run(provider, func(t *testing.T) {
			// The rule, 10 % and 30 for us and the rest for the seller or the payment's account; of large payments another.
			books := func() *watched {
				w := openWatched(t)
				for _, id := range []accounts.ID{"S", "M"} {
					w.post(Event{ID: "open " + string(id), Type: AccountOpen, Account: id, Kind: accounts.KindSub})
				}
				w.post(eventOf(t, `{"id":"u1","type":"rule.create","rule":"r","name":"R","currency":"EUR","version":"1",`+
					`"routes":[{"account":"S","percent":"87.5","reference":"sale"},{"account":"platform","flat":30,"reference":"ours"}]}`))
				w.post(eventOf(t, `{"id":"u2","type":"rule.create","rule":"r","name":"R","currency":"EUR","version":"2",`+
					`"when":{"minAmount":100000},"routes":[{"account":"S","percent":"90","reference":"sale"}]}`))
				return w
			}
			ruled, split := books(), books()
			merchant := ""
			if provider == "paysafe" || provider == "xendit" {
				merchant = `"account":"M",`
			}
			for i, form := range []string{
				`"type":"payment.capture","payment":"p1",%s"provider":%q,"amount":{"value":1999,"currency":"EUR"},"rule":"r"`,
				`"type":"payment.capture","payment":"p2",%s"provider":%q,"amount":{"value":199900,"currency":"EUR"},"rule":"r"`,
				`"type":"payment.authorise","payment":"p3",%s"provider":%q,"amount":{"value":5001,"currency":"EUR"},"rule":"r"`,
				`"type":"payment.capture","payment":"p3","capture":"c3"`,
			} {
				text := form
				if i < 3 {
					text = fmt.Sprintf(form, merchant, provider)
				}
				e := eventOf(t, fmt.Sprintf(`{"id":"e%d",%s}`, i, text))
				before, err := ruled.book.Finder().Resolved(&e)
				if err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				ruled.post(e)
				after, err := ruled.book.Finder().Resolved(&e)
				if err != nil || before.Differ(after) != nil || before.Rule != "" || e.Rule != "" && len(before.Splits) == 0 {
					t.Errorf("%s: before it was booked %+v, and after %+v, %v", text, before, after, err)
				}
				split.post(*before)
			}
			for _, id := range []accounts.ID{"S", "M", accounts.Platform, accounts.Liable} {
				split.has(id, ruled.holds(id))
			}
		})
	}
	w := openWatched(t)
	_, err := w.book.Finder().Resolved(&Event{ID: "x", Type: PaymentCapture, Payment: "p", Provider: "adyen", Amount: eur(1), Rule: "none"})
	if e, ok := errors.AsType[*ledger.Error](err); !ok || e.Field != "rule" || e.Unknown != "none" {
		t.Errorf("an unknown rule: %v", err)
	}
}

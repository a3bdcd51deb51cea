package posting

import (
	"fmt"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
)

// The new payment is found by its provider's reference although its only record is not the first of the name; by that of
// the wrong provider nothing is.
func TestBegunAnewIsFound(t *testing.T) {
	_, b := open(t, filepath.Join(t.TempDir(), "l"))
	eur := money.New(100, "EUR")
	for _, e := range []Event{
		{ID: "a1", Type: PaymentAuthorise, Payment: "p", Provider: "xendit", ProviderReference: "psp", Amount: eur},
		{ID: "k1", Type: PaymentCancel, Payment: "p"},
		{ID: "a2", Type: PaymentAuthorise, Payment: "p", Provider: "adyen", ProviderReference: "psp", Amount: eur},
	} {
		if got := b.PostBatch(t.Context(), []Event{e}); got[0].Err != nil {
			t.Fatal(got[0].Err)
		}
	}
	p, err := b.Finder().Find("adyen", "psp", "")
	if err != nil || p.Provider != "adyen" || p.State() != Authorised || len(p.Earlier) != 1 || p.Earlier[0].Provider != "xendit" {
		t.Errorf("by the right provider's reference: %+v, %v", p, err)
	}
	p, err = b.Finder().Find("xendit", "psp", "")
	if refused, ok := ledger.Refused(err); !ok || refused.Code != UnknownPayment {
		t.Errorf("by the wrong provider's reference: %+v, %v", p, err)
	}
}

// An ofName is what a payment of a name should come to, by rules that are simpler than those of the books.
type ofName struct {
	provider   string
	authorised int64
	captures   map[string]int64 // what each is worth; 0 where it is cancelled
	over, told bool             // cancelled as a whole; the provider told of it
	events     int
}

// live is what is captured and not cancelled.
func (l *ofName) live() (sum int64) {
	for _, c := range l.captures {
		sum += c
	}
	return sum
}

// TestLivesOfAName makes payments of two names, cancels some of them and makes others of their names, in any order. Each
// is what its own events come to; accounts have the sum of all; and the ledger says the same when it is read anew.
func TestLivesOfAName(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		path := filepath.Join(inMemory(t), "l")
		l, err := ledger.Open(path, ledger.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		defer l.Close()
		b, err := New(l, Options{})
		if err != nil {
			rt.Fatal(err)
		}
		names, providers := []string{"p", "q"}, []string{"adyen", "xendit", "antom"}
		lives, n := map[string][]*ofName{}, 0
		draw := func(label string, most int64) int64 { return rapid.Int64Range(1, most).Draw(rt, label) }
		for range rapid.IntRange(1, 40).Draw(rt, "events") {
			n++
			name := rapid.SampledFrom(names).Draw(rt, "name")
			e := Event{ID: fmt.Sprint("e", n), Payment: name}
			var at *ofName
			if all := lives[name]; len(all) > 0 {
				at = all[len(all)-1]
			}
			free := at == nil || at.over && !at.told && at.live() == 0
			begins := func(provider string, minor int64) {
				at = &ofName{provider: provider, authorised: minor, captures: map[string]int64{}}
				lives[name] = append(lives[name], at)
			}
			want := true
			switch what := rapid.SampledFrom([]string{"authorise", "capture", "cancel", "make", "fact", "cancel", "authorise"}).Draw(rt, "what"); what {
			case "authorise":
				e.Type, e.Provider = PaymentAuthorise, rapid.SampledFrom(providers).Draw(rt, "provider")
				e.Amount = money.New(draw("authorised", 100), "EUR")
				if want = free; want {
					v, _ := e.Amount.Int().Int64()
					begins(e.Provider, v)
				}
			case "make": // a capture without an authorisation
				e.Type, e.Provider = PaymentCapture, rapid.SampledFrom(providers).Draw(rt, "provider")
				v := draw("made", 100)
				e.Amount = money.New(v, "EUR")
				switch {
				case free && (at == nil || at.provider != e.Provider):
					begins(e.Provider, v)
					at.captures[e.ID] = v
				case at.provider == e.Provider && !at.over && v <= at.authorised-at.live(): // the same said again
					at.captures[e.ID] = v
				default:
					want = false
				}
			case "capture":
				e.Type = PaymentCapture
				v := draw("captured", 40)
				e.Amount = money.New(v, "EUR")
				if want = at != nil && !at.over && v <= at.authorised-at.live(); want {
					at.captures[e.ID] = v
				}
			case "cancel":
				e.Type = PaymentCancel
				if want = at != nil && !at.over; want {
					at.over = true
					clear(at.captures)
				}
			case "fact": // the provider has told of it, so it was no mistake
				e.Type, e.Fact = PaymentCancel, true
				if want = at != nil; want {
					at.over, at.told = true, true
					clear(at.captures)
				}
			}
			_, err := b.Post(t.Context(), e)
			if (err == nil) != want {
				rt.Fatalf("%s: %v; want it booked: %v", e.AppendJSON(nil), err, want)
			}
			if want {
				at.events++
			}
		}
		look := func(b *Book) {
			held := map[string]int64{}
			for _, name := range names {
				all := lives[name]
				if len(all) == 0 {
					continue
				}
				p, err := b.Payment(name)
				if err != nil {
					rt.Fatal(err)
				}
				now := all[len(all)-1]
				if p.Provider != now.provider || !p.Captured.Equal(money.New(now.live(), "EUR")) ||
					len(p.Events) != now.events || len(p.Earlier) != len(all)-1 {
					rt.Fatalf("%s is of %s, captured %s, of %d events after %d payments; want %+v", name, p.Provider,
						p.Captured, len(p.Events), len(p.Earlier), now)
				}
				for i, was := range p.Earlier {
					if was.Provider != all[i].provider || len(was.Events) != all[i].events || all[i].live() != 0 {
						rt.Fatalf("payment %d of the name %s was %+v, want %+v", i+1, name, was, all[i])
					}
				}
				for _, one := range all {
					held[one.provider] += one.live()
				}
			}
			for _, provider := range providers {
				has := ledgertest.Holds(b.ledger, accounts.Provider(provider), "EUR").Pending
				if has.Minor() != fmt.Sprint(held[provider]) {
					rt.Fatalf("%s has %s pending, want %d", provider, has, held[provider])
				}
			}
		}
		look(b)
		if err := l.Close(); err != nil {
			rt.Fatal(err)
		}
		_, again := open(t, path)
		look(again)
	})
}

// What is only tried leaves the payment before behind as well: nothing of it is in the new one.
func TestAnewIsPretended(t *testing.T) {
	_, b := open(t, filepath.Join(t.TempDir(), "l"))
	eur := money.New(100, "EUR")
	for _, e := range []Event{
		{ID: "c1", Type: PaymentCapture, Payment: "p", Provider: "xendit", Amount: eur},
		{ID: "k1", Type: PaymentCancel, Payment: "p"},
	} {
		if _, err := b.Post(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	f := b.Finder()
	if _, err := f.Payment("p"); err != nil {
		t.Fatal(err)
	}
	p, err := f.Pretend(Event{ID: "c2", Type: PaymentCapture, Payment: "p", Provider: "adyen", Amount: money.New(70, "EUR")})
	if err != nil || p.Provider != "adyen" || p.Captured.String() != "70 EUR" || len(p.Captures) != 1 || len(p.Events) != 1 ||
		len(p.Earlier) != 1 || len(p.Earlier[0].Events) != 2 || p.Cancelled {
		t.Errorf("pretended: %+v, %v", p, err)
	}
	if p, err = f.Payment("p"); err != nil || p.Provider != "xendit" || len(p.Earlier) != 0 {
		t.Errorf("in the books: %+v, %v", p, err)
	}
}

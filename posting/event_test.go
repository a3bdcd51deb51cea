package posting

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

func TestEventsSurviveJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent(t)
		line := e.AppendJSON(nil)
		again, err := Decode(line)
		if err != nil {
			t.Fatalf("%s is refused: %v", line, err)
		}
		if d := differ(&e, &again); d != nil {
			t.Fatalf("%s: %s was %s and is %s", line, d.path, d.a, d.b)
		}
	})
}

func TestEventsSurviveTheJournal(t *testing.T) {
	l, _ := open(t, filepath.Join(t.TempDir(), "book.db"))
	rapid.Check(t, func(t *rapid.T) {
		c := &content{event: new(Event)}
		*c.event = anyEvent(t)
		for i := range rapid.IntRange(0, 3).Draw(t, "outcomes") {
			c.outcomes = append(c.outcomes, outcome{splitFailed, "capture", i, anyName(t, "reason", 40)})
		}
		rec := &ledger.Record{At: c.event.At, Keys: []ledger.Key{{Space: KeyEvent, Name: c.event.ID}}, Content: c}
		if err := l.Update(context.Background(), func(tx *ledger.Tx) error { return tx.Append(rec) }); err != nil {
			t.Fatal(err)
		}
		group, err := l.Group(rec.Keys[0])
		if err != nil {
			t.Fatal(err)
		}
		read, err := readContent(group[len(group)-1])
		if err != nil {
			t.Fatal(err)
		}
		if d := differ(c.event, read.event); d != nil {
			t.Fatalf("%s: %s was %s and is %s", c.event.AppendJSON(nil), d.path, d.a, d.b)
		}
		if !slices.Equal(c.outcomes, read.outcomes) {
			t.Fatalf("outcomes were %v and are %v", c.outcomes, read.outcomes)
		}
	})
}

// TestDifferNamesTheField changes one field at a time.
func TestDifferNamesTheField(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyEvent(t)
		b, err := Decode(a.AppendJSON(nil))
		if err != nil {
			t.Fatal(err)
		}
		fields := types[a.Type].fields[stored:]
		f := fields[rapid.IntRange(0, len(fields)-1).Draw(t, "field")]
		if a.given()&f.place == 0 {
			return
		}
		changed := Event{Type: a.Type}
		for _, other := range fields {
			if other.place != f.place {
				if err := copyField(other, &changed, &b); err != nil {
					t.Fatal(err)
				}
			}
		}
		changed.ID = a.ID
		if d := differ(&a, &changed); d == nil || d.path != f.name || d.b != "nothing" {
			t.Fatalf("without %s the difference is %v", f.name, d)
		}
	})
}

func copyField(f field[Event], to, from *Event) error {
	if from.given()&f.place == 0 {
		return nil
	}
	line := f.write(nil, from)
	if err := f.read(&scanner{text: string(line)}, to); err != nil {
		return err
	}
	return nil
}

func TestValidateRefusesFieldsOfOtherTypes(t *testing.T) {
	for _, tt := range []struct {
		event Event
		field string
	}{
		{Event{ID: "x"}, "type"},
		{Event{ID: "x", Type: "nothing"}, "type"},
		{Event{ID: "x", Type: AccountClose, Account: "a", Payment: "p"}, "payment"},
		{Event{ID: "x", Type: PaymentSettle, Payment: "p", Refund: "r"}, "refund"},
		{Event{ID: "x", Type: PaymentRefund, Payment: "p", Refund: "r", Amount: money.New(1, "EUR"), RefundPolicy: &RefundPolicy{Behavior: DeductFromLiableAccount}}, "refund"},
		{Event{ID: "x", Type: Transfer, From: "a", To: "b", Amount: money.New(-1, "EUR")}, "amount.value"},
		{Event{ID: "x", Type: Transfer, From: "a", To: "b", Amount: money.New(1, "eur")}, "amount.currency"},
		{Event{ID: "x", Type: AccountOpen, Account: "a", Kind: 99}, "kind"},
		{Event{ID: "x", Type: AccountOpen, Account: "a", Kind: accounts.KindSub, Holder: "\xff"}, "holder"},
		{Event{ID: "x", Type: AccountOpen, Account: "a", Kind: accounts.KindSub, Metadata: map[string]string{"": "x"}}, "metadata"},
		{Event{ID: "x", Type: PaymentCapture, Payment: "p", Splits: make([]Split, MaxSplits+1)}, "splits"},
		{Event{ID: "x", Type: PaymentCapture, Payment: "p", Splits: []Split{{Type: "Bonus"}}}, "splits[0].type"},
		{Event{ID: "x", Type: JournalEntry, Postings: []Leg{{Account: "a", Sub: 9, Debit: true, Amount: money.New(1, "EUR")}}}, "postings[0].sub"},
		{Event{ID: "x", Type: EntryReverse, Entry: 1 << 63}, "entry"},
	} {
		err := tt.event.validate()
		if err == nil || err.Code != ledger.Invalid || err.Field != tt.field {
			t.Errorf("%s: Validate returned %v, want invalid %s", tt.event.AppendJSON(nil), err, tt.field)
		}
	}
}

func TestProviderReferencesAndMerchantReferencesAreKeys(t *testing.T) {
	l, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	for i, e := range []Event{
		{Payment: "p1", Provider: "adyen", Reference: "web-1", ProviderReference: "EXPSP1"},
		{Payment: "p2", Provider: "adyen", Reference: "p2"}, // the payment's own name is no further key
	} {
		e.ID, e.Type, e.Amount = fmt.Sprint("e", i), PaymentAuthorise, money.New(100, "EUR")
		if _, err := b.Post(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
	for k, want := range map[ledger.Key]bool{
		{Space: KeyPayment, Name: "p1"}: true, {Space: KeyReference, Name: "web-1"}: true,
		{Space: KeyProviderReference, Name: "adyen/EXPSP1"}: true, {Space: KeyReference, Name: "p2"}: false,
	} {
		if has, err := l.Has(k); has != want || err != nil {
			t.Errorf("Has(%c %s) = %v, %v, want %v", k.Space, k.Name, has, err, want)
		}
	}
	p, err := b.Payment("p1")
	if err != nil || p.Reference != "web-1" || p.ProviderReference != "EXPSP1" || p.State() != "authorised" {
		t.Errorf("Payment(p1) = %+v, %v", p, err)
	}
}

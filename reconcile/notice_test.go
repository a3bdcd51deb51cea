package reconcile

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// noted books the notice of an outcome, and reads it back.
func noted(t *testing.T, source posting.FactSource, o *providers.Outcome) *Line {
	t.Helper()
	b, err := posting.New(ledgertest.Open(t, ledger.Options{}), posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Post(t.Context(), Notice("adyen", &Line{Outcome: *o, Source: source})); err != nil {
		t.Fatal(err)
	}
	waiting, err := b.Waiting("adyen")
	if err != nil || len(waiting) != 1 {
		t.Fatalf("%d notices, %v", len(waiting), err)
	}
	l, err := NoticeLine(waiting[0])
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A notice keeps all that an outcome says.
func TestNoticeKeepsAll(t *testing.T) {
	shares := make([]posting.Split, 49)
	for i := range shares {
		shares[i] = posting.Split{Type: posting.BalanceAccount, Account: accounts.ID(fmt.Sprint("BA ", i)), Amount: money.New(-int64(i), ""), Reference: "goods", Description: "why"}
	}
	at := time.Date(2026, 3, 12, 6, 0, 0, 5, time.UTC)
	o := providers.Outcome{Kind: providers.Refunded, ID: "i", Reference: "order-1", ProviderReference: "PSP1", Movement: "m", Ours: "r",
		Account: "BA1", Split: "goods", Part: true, Counterparty: "BA2", Common: "c", Amount: euros(100), Group: "x", Shares: shares,
		Fees: []posting.Fee{{Type: posting.FeeVAT, Amount: euros(3), Of: posting.FeeMarkup}, {Type: posting.FeeGeneral, Amount: money.New(-2, "USD")}},
		Net:  money.New(-100, "USD"), Rate: "1.1", Batch: "7", Receiver: "seller", Held: true, After: money.New(-5, "USD"), Before: money.New(95, "USD"),
		At: at, Booked: at.Add(-time.Hour), Reason: "why", Line: 12}
	v := reflect.ValueOf(o)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("%s is not tried", v.Type().Field(i).Name)
		}
	}
	for _, source := range []posting.FactSource{{Report: "r", Line: 12}, {Format: Webhook, SHA256: "00"}} {
		got := noted(t, source, &o)
		if got.Source != source || !reflect.DeepEqual(got.Outcome, o) {
			t.Errorf("got %+v\nwant %+v", got, o)
		}
	}
}

// Nothing that an adapter may tell keeps an outcome from being noted: texts of any length and of any bytes, a currency that the
// ledger does not know, a time that nobody lives to see.
func TestNoticeOfAnything(t *testing.T) {
	long := strings.Repeat("ä", 5000)
	for _, o := range []providers.Outcome{
		{Kind: providers.Other, ID: long, Reference: long, ProviderReference: long, Movement: long, Ours: long, Account: long, Split: long,
			Counterparty: long, Common: long, Group: long, Rate: long, Batch: long, Receiver: long, Reason: long},
		{Kind: providers.Refunded, Reference: "a\x00b", Reason: "\xff\n", Shares: []posting.Split{{Type: posting.VAT, Account: "a\tb", Description: long}}},
		{Kind: providers.Captured, Amount: money.New(5, "ZZZ"), Net: money.New(0, "ZZZ")},
		{Kind: providers.Captured, Amount: money.New(5, "")},
		{Kind: providers.Captured, At: time.Date(1812, 1, 1, 0, 0, 0, 0, time.UTC), Booked: time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)},
		{Kind: providers.Settled, At: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		got := noted(t, posting.FactSource{Format: Webhook}, &o).Outcome
		if got.Kind != o.Kind || !got.Amount.Equal(o.Amount) || len(got.Shares) != len(o.Shares) {
			t.Errorf("%+v came back as %+v", o, got)
		}
	}
}

// TestOlderNotices reads a notice of an older version, which kept texts.
func TestOlderNotices(t *testing.T) {
	n := &posting.Notice{Name: "refunded", Reference: "order-1", ProviderReference: "PSP1", Amount: euros(100), Batch: "7", Reason: "why",
		Metadata: map[string]string{"id": "i", "modification": "m", "modificationReference": "r", "account": "BA1", "split": "goods", "rate": "1.1",
			"movement": "x", "receiver": "seller", "part": "true", "held": "true", "told": "true", "net": "-100 USD", "fee1": "VAT 3 EUR",
			"fee2": "Fee -2 USD", "share1": "BalanceAccount seller:1 60 EUR goods", "share2": "Commission  40 EUR "}}
	want := providers.Outcome{Kind: providers.Refunded, ID: "i", Reference: "order-1", ProviderReference: "PSP1", Movement: "m", Ours: "r",
		Account: "BA1", Split: "goods", Part: true, Amount: euros(100), Net: money.New(-100, "USD"), Rate: "1.1", Group: "x", Batch: "7", Receiver: "seller",
		Held: true, Reason: "why",
		Fees:   []posting.Fee{{Type: posting.FeeVAT, Amount: euros(3)}, {Type: posting.FeeGeneral, Amount: money.New(-2, "USD")}},
		Shares: []posting.Split{{Type: posting.BalanceAccount, Account: "seller:1", Amount: euros(60), Reference: "goods"}, {Type: posting.Commission, Amount: euros(40)}}}
	l, err := NoticeLine(n)
	if err != nil || l.Source.Format != Webhook || !reflect.DeepEqual(l.Outcome, want) {
		t.Errorf("got %+v, %v\nwant %+v", l, err, want)
	}
	n.Metadata = map[string]string{"amount": "17"}
	if l, err := NoticeLine(n); err != nil || l.Outcome.Amount.Minor() != "17" || l.Source.Format != "" {
		t.Errorf("got %+v, %v", l, err)
	}
	for key, text := range map[string]string{"net": "x", "amount": "x", "fee1": "VAT x", "share1": "a b c"} {
		n.Metadata = map[string]string{key: text}
		if _, err := NoticeLine(n); err == nil {
			t.Errorf("%s of %q was read", key, text)
		}
	}
}

func euros(v int64) money.Amount { return money.New(v, "EUR") }

package posting

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// TestPaymentsKeepTheirScheme begins payments under a scheme of the user's own, and goes on without it, with another one of the
// name, and with one in place of generic, which is none of stripe's. What is under way ends as it began; new payments follow the scheme of the day.
func TestPaymentsKeepTheirScheme(t *testing.T) {
	l, _ := open(t, filepath.Join(t.TempDir(), "book.db"))
	own := scheme.Scheme{Provider: "stripe", Splits: scheme.AtSettlement, Completed: scheme.AtSettlement, Inherit: scheme.Always, Merchant: scheme.AccountMerchant, Sum: scheme.EachFit, Missing: scheme.FailPart, Decimals: 1, Refunds: scheme.NoSplits, Units: []scheme.Unit{{Currency: "JPY", Minor: 10}}}
	other := scheme.Scheme{Provider: "stripe", Merchant: scheme.AccountMerchant, Sum: scheme.AtMost, Missing: scheme.Refuse}
	everybody := own
	everybody.Provider = scheme.Generic
	half, _ := money.ParsePercent("50.5")
	for i, schemes := range [][]scheme.Scheme{{own}, nil, {other}, {everybody}, {own, everybody}} {
		b, err := New(l, Options{Schemes: schemes})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			post(t, b, Event{ID: "c", Type: PaymentCapture, Payment: "old", Provider: "stripe", Amount: money.New(1001, "JPY"), Splits: []Split{{Type: Commission, Percent: half, Reference: "fee"}}})
			post(t, b, Event{ID: "o", Type: ProviderOpen, Provider: "unheard-of", Scheme: scheme.Generic})
			post(t, b, Event{ID: "g", Type: PaymentCapture, Payment: "theirs", Provider: "unheard-of", Amount: money.New(1001, "JPY")})
		}
		p, err := b.Payment("old")
		if err != nil || p.scheme.Code() != own.Code() || p.Parts[1].Status != PartPending {
			t.Errorf("%d: the payment has %+v, %v", i, p.scheme, err)
		}
		if p, err := b.Payment("theirs"); err != nil || p.scheme.Merchant != scheme.LiableMerchant {
			t.Errorf("%d: the payment without a scheme has %+v, %v", i, p.scheme, err)
		}
		if err := schemeOfNew(b, "stripe"); (i == 2 || i == 3) && !strings.Contains(err.Error(), "no percents") || (i == 0 || i == 4) && strings.Contains(err.Error(), "no percents") {
			t.Errorf("%d: a new payment: %v", i, err)
		}
	}
	b, _ := New(l, Options{})
	post(t, b, Event{ID: "s", Type: PaymentSettle, Payment: "old"})
	p, err := b.Payment("old")
	if err != nil || p.Parts[1].Status != PartCompleted || p.Parts[1].Amount.Minor() != "510" {
		t.Errorf("after settlement without the scheme: %+v, %v", p.Parts[1], err)
	}
}

// schemeOfNew returns what a percent of an unknown account is refused with, or why there was no such refusal.
func schemeOfNew(b *Book, provider string) error {
	one, _ := money.ParsePercent("1")
	_, err := b.Post(context.Background(), Event{ID: "new", Type: PaymentAuthorise, Payment: "new", Provider: provider, Amount: money.New(100, "EUR"),
		Splits: []Split{{Type: Commission, Percent: one}, {Type: PaymentFeeSplit, Account: "nobody"}}})
	if err == nil {
		err = errors.New("accepted")
	}
	return err
}

func post(t *testing.T, b *Book, e Event) {
	t.Helper()
	if _, err := b.Post(context.Background(), e); err != nil {
		t.Fatal(err)
	}
}

// TestDamagedSchemes reads payments whose scheme makes no sense.
func TestDamagedSchemes(t *testing.T) {
	l, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	for _, code := range []string{"0", "0 0 0 9 0 0 0 0 0 0", "0 0 0 0 0 0 0 0 0 x", "0 0 0 0 0 0 0 0 0 0 IDR", "0 0 0 0 0 0 0 0 0 0 IDR=0", "1 0 0 0 0 0 0 0 0 0", "300 0 0 0 0 0 0 0 0 0"} {
		c := &wire.Content{Event: &Event{ID: code, Type: PaymentAuthorise, Payment: code, Provider: "x", Amount: money.New(1, "EUR")}, Remarks: []wire.Remark{{Kind: ofScheme, Reason: code}}}
		rec := &ledger.Record{Keys: []ledger.Key{{Space: KeyEvent, Name: code}, {Space: KeyPayment, Name: code}}, Content: c}
		if err := l.Update(context.Background(), func(tx *ledger.Tx) error { return tx.Append(rec) }); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Payment(code); !errors.Is(err, ledger.Corrupt) {
			t.Errorf("%q: %v", code, err)
		}
	}
}

// TestPaymentsOfBefore reads payments of stripe that were made before stripe had a scheme, and so without a code: they go
// on under generic. New ones have their code.
func TestPaymentsOfBefore(t *testing.T) {
	l, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	before, err := b.recorded(nil, &wire.Content{Event: &Event{Provider: "stripe"}})
	if err != nil || before.scheme.Provider != scheme.Generic {
		t.Errorf("expected the scheme generic, found %+v, %v", before.scheme, err)
	}
	post(t, b, Event{ID: "c", Type: PaymentCapture, Payment: "p", Provider: "stripe", Amount: money.New(100, "USD")})
	rec, err := l.Last(ledger.Key{Space: KeyPayment, Name: "p"})
	if err != nil {
		t.Fatal(err)
	}
	came, err := wire.Read(rec)
	if err != nil {
		t.Fatal(err)
	}
	stripe := b.Scheme("stripe")
	if now, err := b.recorded(rec, came); err != nil || now.scheme.Code() != stripe.Code() || !came.Has(ofScheme) {
		t.Errorf("expected the scheme %s by its code, found %+v, %v", stripe.Code(), now.scheme, err)
	}
}

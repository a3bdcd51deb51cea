package posting

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// TestPayoutLife sends every event of a payout to a payout in every state: the table says what becomes of it.
func TestPayoutLife(t *testing.T) {
	_, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	n := 0
	const part Type = "part" // of a payout that comes back
	send := func(on Type, payout string) error {
		n++
		e := Event{ID: fmt.Sprint("e", n), Type: on, Payout: payout}
		if on == PayoutRequest {
			e.Account, e.Amount = accounts.Liable, money.New(100, "EUR")
		}
		if on == part {
			e.Type, e.Amount = PayoutReturned, money.New(40, "EUR")
		}
		_, err := b.Post(context.Background(), e)
		return err
	}
	ways := map[State][]Type{PayoutIsRequested: {PayoutRequest}, PayoutIsPaid: {PayoutRequest, PayoutPaid}, PayoutHasFailed: {PayoutRequest, PayoutFailed},
		PayoutPartiallyReturned: {PayoutRequest, PayoutPaid, part}, PayoutIsReturned: {PayoutRequest, PayoutPaid, PayoutReturned}}
	for _, s := range payoutMachine.states {
		for _, on := range payoutMachine.events {
			payout := fmt.Sprintf("%s, then %s", s.State, on)
			for _, way := range ways[s.State] {
				if err := send(way, payout); err != nil {
					t.Fatal(err)
				}
			}
			want, code := s.State, InvalidState
			if m := payoutMachine.transition(s.State, on); m != nil && len(m.to) > 0 {
				want, code = m.to[len(m.to)-1], "" // the last is of the whole
			} else if m != nil && m.code != "" {
				code = m.code
			}
			err := send(on, payout)
			if code == "" && err != nil || code != "" && !errors.Is(err, code) {
				t.Errorf("%s: %v, want %q", payout, err, code)
			}
			if code == InvalidState && !strings.Contains(err.Error(), "which is "+string(s.State)) {
				t.Errorf("%s: the message does not say the state: %v", payout, err)
			}
			if p, err := b.Finder().Payout(payout); err != nil || p.State != want || (p.State == PayoutIsRequested) != p.Done.IsZero() {
				t.Errorf("%s: %+v, %v, want %s", payout, p, err, want)
			}
		}
	}
	for _, on := range []Type{PayoutPaid, PayoutFailed} {
		if err := send(on, "never asked for"); !errors.Is(err, ledger.Invalid) {
			t.Errorf("%s of a payout that was never asked for: %v", on, err)
		}
	}
	if _, err := b.Finder().Payout("never asked for"); !errors.Is(err, ledger.Invalid) {
		t.Errorf("a payout that was never asked for: %v", err)
	}
	if _, err := b.Rule("never stored"); !errors.Is(err, ledger.Invalid) {
		t.Errorf("a rule that was never stored: %v", err)
	}
	var names []string
	for p, err := range b.Payouts(accounts.Liable) {
		if err != nil {
			t.Fatal(err)
		}
		if names = append(names, p.ID); len(names) == 2 {
			break
		}
	}
	if want := []string{"requested, then payout", "requested, then payout.paid"}; !slices.Equal(names, want) {
		t.Errorf("the first payouts are %q, want %q", names, want)
	}
}

// TestDamagedGroups reads records that this package did not write under the keys of rules, payouts, payments and notices.
func TestDamagedGroups(t *testing.T) {
	l, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	for i, tt := range []struct {
		event Event
		keys  []ledger.Key
	}{
		{Event{Type: AccountFreeze, Account: "a"}, []ledger.Key{{Space: KeyRule, Name: "r"}, everyRule}},
		{Event{Type: PayoutPaid, Payout: "p"}, []ledger.Key{{Space: KeyPayout, Name: "p"}, {Space: KeyPayouts}, {Space: KeyPayouts, Name: "liable"}}},
		{Event{Type: AccountFreeze, Account: "a"}, []ledger.Key{{Space: KeyPayment, Name: "f"}}},
		{Event{Type: AccountFreeze, Account: "a"}, []ledger.Key{{Space: KeyNotices, Name: "adyen"}}},
		{Event{Type: PaymentCapture, Payment: "c", Provider: "adyen", Amount: money.New(1, "EUR"), Rule: "none"}, []ledger.Key{{Space: KeyPayment, Name: "c"}}},
	} {
		tt.event.ID = fmt.Sprint("e", i)
		rec := &ledger.Record{Keys: append([]ledger.Key{{Space: KeyEvent, Name: tt.event.ID}}, tt.keys...), Content: &wire.Content{Event: &tt.event, Remarks: []wire.Remark{{Kind: payoutsWait, Capture: "EUR", Reason: "some"}}}}
		if err := l.Update(context.Background(), func(tx *ledger.Tx) error { return tx.Append(rec) }); err != nil {
			t.Fatal(err)
		}
	}
	_, rule := b.Rule("r")
	_, payout := b.Finder().Payout("p")
	_, payment := b.Payment("c")
	_, foreign := b.Payment("f")
	notices := firstError(b.Finder().notices("adyen"))
	_, capture := b.Post(context.Background(), Event{ID: "1", Type: PaymentCapture, Payment: "d", Provider: "adyen", Amount: money.New(1, "EUR"), Rule: "r"})
	_, release := b.Post(context.Background(), Event{ID: "2", Type: ReserveRelease, Account: accounts.Liable, Amount: money.New(1, "EUR")})
	_, paid := b.Post(context.Background(), Event{ID: "3", Type: PayoutPaid, Payout: "p"})
	for _, err := range []error{rule, payout, payment, foreign, notices, capture, release, paid} {
		if !errors.Is(err, ledger.Corrupt) {
			t.Errorf("%v, want ledger_corrupt", err)
		}
	}
	for _, err := range b.Rules("") {
		if !errors.Is(err, ledger.Corrupt) {
			t.Errorf("all rules: %v", err)
		}
	}
	for _, err := range b.Payouts("") {
		if !errors.Is(err, ledger.Corrupt) {
			t.Errorf("all payouts: %v", err)
		}
	}
}

package posting

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/ledger"
)

// TestLookUpsThatFindNothing looks for what is not there: each look-up says so in the same way, and as a refusal.
func TestLookUpsThatFindNothing(t *testing.T) {
	_, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	f := b.Finder()
	for name, look := range map[string]func() error{
		"Payment":        func() error { _, err := b.Payment("x"); return err },
		"Payout":         func() error { _, err := b.Finder().Payout("x"); return err },
		"Transfer":       func() error { _, err := b.Finder().Transfer("x"); return err },
		"Rule":           func() error { _, err := b.Rule("x"); return err },
		"Find":           func() error { _, err := b.Finder().Find("adyen", "x", "y"); return err },
		"AccountAt":      func() error { _, err := b.Finder().AccountAt("adyen", "x"); return err },
		"IDAt":           func() error { _, err := b.IDAt("adyen", "x"); return err },
		"Finder.Payment": func() error { _, err := f.Payment("x"); return err },
		"Finder.Payout":  func() error { _, err := f.Payout("x"); return err },
		"Transfer again": func() error { _, err := f.Transfer("x"); return err },
		"Event":          func() error { _, err := f.Event("x"); return err },
		"FindRefund":     func() error { _, err := f.FindRefund("adyen", "x"); return err },
		"FindMovement":   func() error { _, err := f.FindMovement("adyen", MovementCapture, "x"); return err },
		"Locate":         func() error { _, _, err := f.Locate("adyen", "x", "y", nil); return err },
	} {
		err := look()
		if _, refused := ledger.Refused(err); !refused || !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.Payment("x"); !errors.Is(err, UnknownPayment) {
		t.Errorf("Payment: %v", err)
	}
}

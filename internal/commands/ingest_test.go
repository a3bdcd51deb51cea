package commands

import (
	"errors"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers"
)

// A checker is an adapter that knows its keys.
type checker struct{ providers.Adapter }

func (checker) CheckKeys(k providers.Keys) error {
	for _, s := range k.Secrets {
		if s != "good" {
			return errors.New("expected a good key, found another")
		}
	}
	return nil
}

// TestKeysAreChecked gives keys that cannot be the provider's: they are refused before anything is read, and not shown.
func TestKeysAreChecked(t *testing.T) {
	for _, tt := range []struct{ keys, want string }{
		{"good\n", ""},
		{"good\n# the old one\nbad\n", "$SPLITLEDGER_NORTHPAY_KEYS: expected a good key, found another"},
		{"#\n", "expected keys in $SPLITLEDGER_NORTHPAY_KEYS, one a line, found none"},
	} {
		c := &cli{getenv: func(name string) string {
			if name == "SPLITLEDGER_NORTHPAY_KEYS" {
				return tt.keys
			}
			return ""
		}}
		_, err := c.keys(&ingestFlags{provider: "northpay"}, checker{})
		got := ""
		if err != nil {
			got = err.Error()
			if f, ok := errors.AsType[*failure](err); !ok || f.code != exitUsage {
				t.Errorf("%q: expected exit %d, found %v", tt.keys, exitUsage, err)
			}
		}
		if got != tt.want || strings.Contains(got, "bad") {
			t.Errorf("%q: expected %q, found %q", tt.keys, tt.want, got)
		}
	}
}

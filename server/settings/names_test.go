package settings_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server/settings"
)

// TestLedgers looks which files of a directory are ledgers.
func TestLedgers(t *testing.T) {
	t.Parallel()
	b := open(t) // whose own files are none
	for _, name := range []string{"shop.db", "market.db", "a-1.db", "Shop.db", "-a.db", "a_b.db", "shop.db-manifest",
		"shop.db.bak", ".db", "shop.jsonl"} {
		must(t, os.WriteFile(b.path(name), nil, 0o600))
	}
	must(t, os.Mkdir(b.path("dir.db"), 0o700))
	got, err := settings.Ledgers(b.dir)
	must(t, err)
	if want := []string{"a-1", "market", "shop"}; !slices.Equal(got, want) {
		t.Errorf("expected %q, found %q", want, got)
	}
	if _, err := settings.Ledgers(b.path("nowhere")); err == nil {
		t.Error("no error of a directory that is not there")
	}
}

// TestCheckLedger shows what is a ledger's name.
func TestCheckLedger(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a", "0", "market", "eu-1", strings.Repeat("a", 63)} {
		must(t, settings.CheckLedger(good))
	}
	for _, bad := range []string{"", "-a", "_server", "A", "a.b", "a/b", "..", "é", "a\n", strings.Repeat("a", 64)} {
		refusal(t, settings.CheckLedger(bad), ledger.Invalid, "ledger")
	}
}

// TestMatches shows what patterns match.
func TestMatches(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		patterns, text string
		want           bool
	}{
		{"", "seller:1", true}, {"seller:1", "seller:1", true}, {"seller:1", "seller:11", false},
		{"seller:*", "seller:1", true}, {"seller:*", "seller:", true}, {"seller:*", "seller", false}, {"*", "", true},
		{"payment.* transfer", "transfer", true}, {"payment.* transfer", "payments", false},
	} {
		if got := settings.Matches(strings.Fields(tt.patterns), tt.text); got != tt.want {
			t.Errorf("%q of %q: expected %t", tt.text, tt.patterns, tt.want)
		}
	}
}

package money_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/splitledger/splitledger/money"
	"golang.org/x/text/currency"
)

// The Unicode project's data, in x/text, are the second opinion on our list: every currency that is
// legal tender there is here, and the decimals differ just where the decision record says so.
func TestISO4217AgainstUnicode(t *testing.T) {
	const decision = "../docs/decisions/0001-iso-4217-exponents.md"
	text, err := os.ReadFile(decision)
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```text\n")
	block, _, _ = strings.Cut(block, "```")
	documented := slices.Sorted(strings.FieldsSeq(block))

	different := make(map[string]bool)
	for it := currency.Query(currency.Date(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))); it.Next(); {
		code := it.Unit().String()
		ours, ok := iso.Exponent(money.Currency(code))
		if !ok {
			t.Errorf("%s is legal tender in %v, and missing here", code, it.Region())
		}
		if theirs, _ := currency.Standard.Rounding(it.Unit()); theirs != ours {
			different[fmt.Sprintf("%s:%d≠%d", code, ours, theirs)] = true
		}
	}
	if diff := cmp.Diff(documented, slices.Sorted(maps.Keys(different))); diff != "" {
		t.Errorf("other decimals than x/text (-documented in %s, +found):\n%s", decision, diff)
	}
}

func TestISO4217ByDecimals(t *testing.T) {
	count := make(map[int]int)
	for _, c := range iso.Currencies() {
		e, _ := iso.Exponent(c)
		count[e]++
		if len(c) != 3 {
			t.Errorf("%s is not a code of ISO 4217", c)
		}
	}
	want := map[int]int{0: 17, 2: 148, 3: 7, 4: 2}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("currencies by decimals (-want +got):\n%s", diff)
	}
	for _, c := range strings.Fields("XAG XAU XPD XPT XBA XBB XBC XBD XDR XSU XUA XTS XXX") {
		if e, ok := iso.Exponent(money.Currency(c)); ok {
			t.Errorf("%s has %d decimals, where ISO 4217 has none to give", c, e)
		}
	}
}

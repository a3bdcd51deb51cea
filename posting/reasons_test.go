package posting

import (
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// What a reason says of rounding can be read out of it again.
func TestRounding(t *testing.T) {
	var table money.Table
	percent := func(p string, amount, unit int64, c money.Currency) ledger.Posting {
		of := money.New(amount, c)
		pc, err := money.ParsePercent(p)
		if err != nil {
			t.Fatal(err)
		}
		minor := pc.Of(of, money.NewInt(unit))
		return ledger.Posting{Amount: minor.Neg(), Reason: percentReason(pc, of, minor.Int(), table)}
	}
	for _, tt := range []struct {
		name string
		post ledger.Posting
		want string
	}{
		{"5.31 % of 50.00 is 2.655, and 2.66 is credited", percent("5.31", 5000, 1, "EUR"), "-1 EUR"},
		{"5.30 % of 50.00 is 2.65", percent("5.3", 5000, 1, "EUR"), "0 EUR"},
		{"1.11 % of 1.00 is 0.0111, and 0.01 is credited", percent("1.11", 100, 1, "EUR"), "0 EUR"},
		{"12.5 % of IDR 2,500.00 is 312.50, and whole rupiah are 313.00", percent("12.5", 250000, 100, "IDR"), "-50 IDR"},
		{"12.51 % of IDR 2,499.00 is 312.6249, and 313.00 are credited", percent("12.51", 249900, 100, "IDR"), "-38 IDR"},
		{"12.49 % of IDR 2,499.00 is 312.1251, and 312.00 are credited", percent("12.49", 249900, 100, "IDR"), "12 IDR"},
		{"0.5 % of JPY 300 is 1.5, and 2 is credited", percent("0.5", 300, 1, "JPY"), "-1 JPY"},
		{"a share by ratio, debited", ledger.Posting{Amount: money.New(334, "USD"), Reason: "rounding: +1"}, "1 USD"},
		{"another reason", ledger.Posting{Amount: money.New(334, "USD"), Reason: "remainder: no split takes it"}, "0 USD"},
		{"a reason that only looks alike", ledger.Posting{Amount: money.New(334, "USD"), Reason: "rounding: some"}, "0 USD"},
		{"what somebody says of a reserve", ledger.Posting{Amount: money.New(334, "USD"), Type: PostingReserve, Reason: "rounding: +1"}, "0 USD"},
		{"what somebody says of a payout", ledger.Posting{Amount: money.New(334, "USD"), Type: PostingPayout, Reason: "rounding: +1"}, "0 USD"},
	} {
		if got := Rounding(&tt.post, table); got.String() != tt.want {
			t.Errorf("%s: %q gives %s, expected %s", tt.name, tt.post.Reason, got, tt.want)
		}
	}
}

// Whatever a reason says, reading it ends, and what it says of rounding is in the posting's currency.
func FuzzRounding(f *testing.F) {
	for _, seed := range []string{"", "rounding: +1", "5.31 % of 50.00 EUR = 2.655, rounded half up to 2.66", "= , rounded half up to ", "rounding: -9223372036854775809", "1. = 1.., rounded half up to 1.1.1"} {
		f.Add(seed, int64(-5))
	}
	f.Fuzz(func(t *testing.T, reason string, minor int64) {
		for _, c := range []money.Currency{"EUR", "JPY", "IDR", "USDC"} {
			p := ledger.Posting{Amount: money.New(minor, c), Reason: reason}
			if got := Rounding(&p, money.Table{}); got.Currency() != c {
				t.Errorf("%q gives %s", reason, got)
			}
		}
	})
}

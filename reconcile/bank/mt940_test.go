package bank

import (
	"fmt"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
)

// one wraps lines into a statement that sums up.
func one(lines, closing string) string {
	return ":20:S\n:25:NL00BANK0123456789\n:28C:1\n:60F:C260301EUR100,00\n" + lines + ":62F:" + closing + "\n-\n"
}

// short writes lines and statements without what the tests of lines do not look at.
func short(r Reader) (all []string) {
	for {
		l, s, err := r.Next()
		switch {
		case isLineError(err):
			all = append(all, err.Error())
		case err != nil:
			if err.Error() != "EOF" {
				all = append(all, "stopped: "+err.Error())
			}
			return all
		case s != nil && s.Unchecked() != "":
			all = append(all, "unchecked: "+s.Unchecked())
		case s != nil:
			all = append(all, "gap "+s.Gap().String())
		default:
			all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s/%s %s", l.Amount, dayOf(l.Booked), dayOf(l.Value), strings.Join(l.Text, "|"))))
		}
	}
}

// TestVariants reads lines and balances in the habits of banks. Amounts are right to the unit, or the line is refused.
func TestVariants(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"amounts", one(
			":61:2603020302C500NTRFREF1//X\n:61:2603020302C500,NTRF\n:61:2603020302C500.00NTRF\n:61:2603020302D0500,5NTRF\n:61:2603020302CR,50NTRF\n",
			"C260302EUR1099,50"), []string{
			"50000 EUR 2026-03-02/2026-03-02", "50000 EUR 2026-03-02/2026-03-02", "50000 EUR 2026-03-02/2026-03-02", "-50050 EUR 2026-03-02/2026-03-02",
			`line 9, column ":61:": expected an amount with a decimal comma such as 14504,00, found ",50NTRF"`,
			"unchecked: a line of the statement could not be read"}},
		{"thousands", one(":61:2603020302C1.000NTRF\n:61:2603020302C1,000NTRF\n:61:2603020302C1.234,56NTRF\n:61:2603020302C1,234.56NTRF\n:61:2603020302C-5,00NTRF\n", "C260302EUR100,00"), []string{
			`line 5, column ":61:": expected an amount with at most 2 decimals such as 14504,00, found "1.000", which may be thousands`,
			`line 6, column ":61:": expected an amount with at most 2 decimals such as 14504,00, found "1,000", which may be thousands`,
			`line 7, column ":61:": expected an amount with a decimal comma such as 14504,00 and without groups of thousands, found "1.234,56NTRF"`,
			`line 8, column ":61:": expected an amount with a decimal comma such as 14504,00 and without groups of thousands, found "1,234.56NTRF"`,
			`line 9, column ":61:": expected an amount with a decimal comma such as 14504,00, found "-5,00NTRF"`,
			"unchecked: 5 lines of the statement could not be read"}},
		{"decimals of the currency", ":20:S\n:60F:C260301JPY100\n:61:2603020302C500,NTRF\n:61:2603020302C500,00NTRF\n:61:2603020302C500,5NTRF\n:62F:C260302JPY1100,\n" +
			":20:S\n:60F:C260301BHD1,000\n:61:2603020302C1,234NTRF\n:62F:C260302BHD2.234\n", []string{
			"500 JPY 2026-03-02/2026-03-02", "500 JPY 2026-03-02/2026-03-02",
			`line 5, column ":61:": amount "500.5": expected at most 0 decimals for JPY, found 1 decimal`, "unchecked: a line of the statement could not be read",
			"1234 BHD 2026-03-02/2026-03-02", "gap 0 BHD"}},
		{"blank and missing entry dates", one(":61:260302    DD212,39NMSCNONREF//\n:61:260302    C12,39NMSCNONREF//\n:61:260302C200,NMSC\n:61:2603020000C1,NMSC\n:61:2603021399D1,NMSC\n", "C260302EUR100,00"), []string{
			"-21239 EUR 2026-03-02/2026-03-02", "1239 EUR 2026-03-02/2026-03-02", "20000 EUR 2026-03-02/2026-03-02", "100 EUR 2026-03-02/2026-03-02",
			"-100 EUR 2026-03-02/2026-03-02", "gap 0 EUR"}},
		{"days that the month does not have", one(":61:2602300301C6,00N024\n:61:2602280230C6,00N024\n:61:2604310431C6,00N024\n:61:2602320301C6,00N024\n:61:2600300301C6,00N024\n:61:2613010301C6,00N024\n:61:      0301C6,00N024\n", "C260302EUR118,00"), []string{
			"600 EUR 2026-03-01/2026-02-28", "600 EUR 2026-02-28/2026-02-28", "600 EUR 2026-04-30/2026-04-30",
			`line 8, column ":61:": expected a date YYMMDD, found "260232"`, `line 9, column ":61:": expected a date YYMMDD, found "260030"`,
			`line 10, column ":61:": expected a date YYMMDD, found "261301"`, `line 11, column ":61:": expected a date YYMMDD, found "0301C6"`,
			"unchecked: 4 lines of the statement could not be read"}},
		{"30 February in a leap year, as a balance", ":20:S\n:60F:C240201EUR1,\n:62F:C240230EUR1,\n", []string{"gap 0 EUR"}},
		{"the turn of the year", one(":61:2512310102C1,NTRF\n:61:2601021231D1,NTRF\n", "C260102EUR100,00"), []string{
			"100 EUR 2026-01-02/2025-12-31", "-100 EUR 2025-12-31/2026-01-02", "gap 0 EUR"}},
		{"sides and funds codes", one(":61:260302RC1,NTRF\n:61:260302RDR1,NTRF\n:61:260302CR 5,NTRF\n:61:260302CM5,NTRF\n:61:260302E1,NTRF\n:61:260302CR\n30,00N062NONREF\n", "C260302EUR140,00"), []string{
			"-100 EUR 2026-03-02/2026-03-02", "100 EUR 2026-03-02/2026-03-02", "500 EUR 2026-03-02/2026-03-02", "500 EUR 2026-03-02/2026-03-02",
			`line 9, column ":61:": expected C, D, RC or RD, found "E1,NTRF"`, "3000 EUR 2026-03-02/2026-03-02",
			"unchecked: a line of the statement could not be read"}},
		{"subfields in another order", one(":61:260302C1,NTRF\n:86:166?32Adyen?21batch 7?20SVWZ+payout ?00CREDIT?33 N.V.\n", "C260302EUR101,00"), []string{
			"100 EUR 2026-03-02/2026-03-02 CREDIT|SVWZ+payout batch 7", "gap 0 EUR"}},
		{"texts of no line", ":20:S\n:86:of the statement\n:25:1\n:60F:C260301EUR1,\n:86:of nothing\n:61:260302C1,NTRF\n:61:260302C1,NTRF\n:86:second\n:62F:C260302EUR3,\n:86:the end\n-\n:86:after it\n", []string{
			"100 EUR 2026-03-02/2026-03-02", "100 EUR 2026-03-02/2026-03-02 second", "gap 0 EUR"}},
		{"a time broken between lines", one(":61:260302C1,NTRF\n:86:PL 12-09-2014T16\n:20:37 shop\n:62F: is none of it\n", "C260302EUR101,00"), []string{
			"100 EUR 2026-03-02/2026-03-02 PL 12-09-2014T16|:20:37 shop",
			`line 8, column ":62F:": expected a date YYMMDD, found "s none"`, "unchecked: the closing balance could not be read",
			"unchecked: the statement has no opening balance"}},
		{"fields in another order, none of :20:", ":28C:1/1\n:25:1\n:20:S\n:60F:C260301EUR1,\n:62F:C260302EUR1,\n-\n:25:2\n:28:2/1\n:60F:C260302EUR1,\n:62F:C260303EUR1,\n-\n", []string{"gap 0 EUR", "gap 0 EUR"}},
		{"a header on the line of the first field", "{1:F01X}{2:I940BANKX}{4::20:S\r\n:60F:C260301EUR1,\r\n:62F:C260302EUR1,\r\n-}{5:}\r\n", []string{"gap 0 EUR"}},
		{"a bank's own header", "BANKNL2A\n940\nBANKNL2A\n:20:S\n:60F:C260301EUR1,\n:62F:C260302EUR1,\n-\n", []string{"gap 0 EUR"}},
		{"a dash within a statement", ":20:S\n:60M:C140106EUR1,00\n-\n:61:1401060106CR1,00N062NONREF\n:62F:C140106EUR2,00\n-", []string{
			"100 EUR 2014-01-06/2014-01-06", "gap 0 EUR"}},
		{"a closing balance without currency", one(":61:260302C1,NTRF\n", "C260302101,00"), []string{"100 EUR 2026-03-02/2026-03-02", "gap 0 EUR"}},
		{"closing in another currency", one("", "C260302USD100,00"), []string{"unchecked: the opening balance is in EUR, the closing balance in USD"}},
		{"a gap", one(":61:260302C1,NTRF\n", "C260302EUR100,00"), []string{"100 EUR 2026-03-02/2026-03-02", "gap -100 EUR"}},
		{"no opening balance", ":20:S\n:25:1\n:62F:C260302EUR1,\n", []string{"unchecked: the statement has no opening balance"}},
		{"two opening balances", ":20:S\n:60F:C260301EUR1,\n:60F:C260302EUR1,\n:62F:C260303EUR1,\n", []string{
			`line 3, column ":60F:": expected the closing balance :62F: of the statement before, found another statement: that one is cut short`, "gap 0 EUR"}},
	} {
		for _, end := range []string{"\n", "\r\n"} {
			text := strings.ReplaceAll(tt.text, "\n", end)
			r, err := Open(strings.NewReader(text), money.Table{})
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			if got, want := strings.Join(short(r), "\n"), strings.Join(tt.want, "\n"); got != want {
				t.Errorf("%s, lines end with %q: expected\n%s\nfound\n%s", tt.name, end, want, got)
			}
		}
	}
}

package bank

import (
	"fmt"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
)

// document wraps statements into a message, of a version in a namespace.
func document(namespace, statements string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="` + namespace + `"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr>` + statements + `</BkToCstmrStmt></Document>`
}

const camt08 = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"

func stmt(parts ...string) string {
	return "<Stmt><Id>S</Id><Acct><Id><IBAN>CH0000000000000000000</IBAN></Id></Acct>" + strings.Join(parts, "") + "</Stmt>"
}

func bal(code, currency, amount, side, day string) string {
	return fmt.Sprintf(`<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy="%s">%s</Amt><CdtDbtInd>%s</CdtDbtInd><Dt><Dt>%s</Dt></Dt></Bal>`, code, currency, amount, side, day)
}

func ntry(currency, amount, side, more string) string {
	if !strings.Contains(more, "<Sts>") {
		more = "<Sts><Cd>BOOK</Cd></Sts>" + more
	}
	return fmt.Sprintf(`<Ntry><Amt Ccy="%s">%s</Amt><CdtDbtInd>%s</CdtDbtInd><BookgDt><Dt>2026-03-02</Dt></BookgDt>%s</Ntry>`, currency, amount, side, more)
}

// TestBalances reads statements of camt.053 whose balances agree, differ, or cannot be checked, which each says.
func TestBalances(t *testing.T) {
	opening, closing := bal("OPBD", "CHF", "1000.00", "CRDT", "2026-03-01"), bal("CLBD", "CHF", "1050.00", "CRDT", "2026-03-02")
	in := ntry("CHF", "50.00", "CRDT", "")
	for _, tt := range []struct {
		name, text string
		want       []string // without the lines
	}{
		{"agrees", stmt(opening, closing, in), []string{"gap 0 CHF"}},
		{"balances behind the entries", stmt(in, opening, closing), []string{"gap 0 CHF"}},
		{"differs", stmt(opening, bal("CLBD", "CHF", "9999.00", "CRDT", "2026-03-02"), in), []string{"gap 894900 CHF"}},
		{"overdrawn", stmt(bal("OPBD", "CHF", "20.00", "DBIT", "2026-03-01"), bal("CLBD", "CHF", "30.00", "CRDT", "2026-03-02"), in), []string{"gap 0 CHF"}},
		{"an entry in another currency", stmt(opening, closing, in, ntry("EUR", "20.00", "DBIT", "")), []string{"unchecked: the balances are in CHF, and a line is in EUR"}},
		{"entries in another currency only", stmt(opening, closing, ntry("EUR", "20.00", "DBIT", "")), []string{"unchecked: the balances are in CHF, and a line is in EUR"}},
		{"two currencies, with balances of both", stmt(opening, bal("OPBD", "EUR", "1.00", "CRDT", "2026-03-01"), closing, bal("CLBD", "EUR", "2.00", "CRDT", "2026-03-02"), in, ntry("EUR", "20.00", "CRDT", "")),
			[]string{"gap 0 CHF", "gap -1900 EUR"}},
		{"no opening balance", stmt(closing, in), []string{"unchecked: the statement has no opening balance"}},
		{"no closing balance", stmt(opening, bal("CLAV", "CHF", "1050.00", "CRDT", "2026-03-02"), in), []string{"unchecked: the statement has no closing balance"}},
		{"no balance", stmt(in), []string{"unchecked: the statement has no opening and no closing balance"}},
		{"no balance and no entry", stmt(), []string{"unchecked: the statement has no opening and no closing balance"}},
		{"opening and closing of two currencies", stmt(opening, bal("CLBD", "EUR", "2.00", "CRDT", "2026-03-02")),
			[]string{"unchecked: the statement has no closing balance", "unchecked: the statement has no opening balance"}},
		{"a balance that is none", stmt(opening, bal("CLBD", "CHF", "1,050.00", "CRDT", "2026-03-02"), in),
			[]string{`unchecked: the closing balance could not be read: line 1, column "Amt": amount "1,050.00": expected decimal digits and a '.', found "," at position 2`}},
		{"a balance of no side", stmt(opening, bal("CLBD", "CHF", "1050.00", "", "2026-03-02"), in),
			[]string{`unchecked: the closing balance could not be read: line 1, column "CdtDbtInd": expected CRDT or DBIT, found ""`}},
		{"previous closing balance", stmt(bal("PRCD", "CHF", "1000.00", "CRDT", "2026-02-28"), closing, in), []string{"gap 0 CHF"}},
		{"both, and available ones", stmt(bal("PRCD", "CHF", "7.00", "CRDT", "2026-02-28"), opening, bal("OPAV", "CHF", "1.00", "CRDT", "2026-03-01"), closing, bal("FWAV", "CHF", "1.00", "CRDT", "2026-03-09"), in), []string{"gap 0 CHF"}},
		{"the first page", stmt(opening, bal("ITBD", "CHF", "1050.00", "CRDT", "2026-03-02"), in), []string{"gap 0 CHF"}},
		{"the last page", stmt(bal("ITBD", "CHF", "1000.00", "CRDT", "2026-03-01"), closing, in), []string{"gap 0 CHF"}},
		{"a page between", stmt(bal("ITBD", "CHF", "1000.00", "CRDT", "2026-03-01"), bal("ITBD", "CHF", "1050.00", "CRDT", "2026-03-02"), in), []string{"gap 0 CHF"}},
		{"an interim balance beside both", stmt(opening, bal("ITBD", "CHF", "7.00", "CRDT", "2026-03-02"), closing, in), []string{"gap 0 CHF"}},
		{"not booked yet", stmt(opening, closing, in, ntry("CHF", "5.00", "CRDT", "<Sts><Cd>PDNG</Cd></Sts>"), ntry("CHF", "5.00", "CRDT", "<Sts>INFO</Sts>")), []string{"gap 0 CHF"}},
		{"a refused line", stmt(opening, closing, in, ntry("CHF", "5.00", "SIDE", "")), []string{
			`line 1, column "CdtDbtInd": expected CRDT or DBIT, found "SIDE"`, "unchecked: a line of the statement could not be read"}},
		{"two statements", stmt(opening, closing, in) + stmt(opening, bal("CLBD", "CHF", "1000.00", "CRDT", "2026-03-02")), []string{"gap 0 CHF", "gap 0 CHF"}},
	} {
		r, err := Open(strings.NewReader(document(camt08, tt.text)), money.Table{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var got []string
		for _, l := range short(r) {
			if !strings.Contains(l, "2026-03-02/2026-03-02") {
				got = append(got, l)
			}
		}
		if got, want := strings.Join(got, "\n"), strings.Join(tt.want, "\n"); got != want {
			t.Errorf("%s: expected\n%s\nfound\n%s", tt.name, want, got)
		}
	}
}

// TestEntries reads entries of camt.053: their sign is that of CdtDbtInd, reversals included, and batches are cut
// into their transactions.
func TestEntries(t *testing.T) {
	tx := func(inner string) string { return "<TxDtls>" + inner + "</TxDtls>" }
	amt := func(a string) string { return `<Amt Ccy="EUR">` + a + `</Amt>` }
	text := func(s string) string { return "<RmtInf><Ustrd>" + s + "</Ustrd></RmtInf>" }
	details := func(inner ...string) string { return "<NtryDtls>" + strings.Join(inner, "") + "</NtryDtls>" }
	for _, tt := range []struct {
		name, entry string
		want        []string
	}{
		{"credit", ntry("EUR", "5.00", "CRDT", ""), []string{"500"}},
		{"debit", ntry("EUR", "5", "DBIT", ""), []string{"-500"}},
		{"a debit taken back", ntry("EUR", "5.00", "CRDT", "<RvslInd>true</RvslInd>"), []string{"500 reversal"}},
		{"a credit taken back", ntry("EUR", "5.00", "DBIT", "<RvslInd>1</RvslInd>"), []string{"-500 reversal"}},
		{"no reversal", ntry("EUR", "5.00", "DBIT", "<RvslInd>false</RvslInd>"), []string{"-500"}},
		{"status of version 2", ntry("EUR", "5.00", "CRDT", "<Sts>BOOK</Sts>"), []string{"500"}},
		{"decimals of XML", ntry("EUR", "5.00000", "CRDT", ""), []string{"500"}},
		{"a batch", ntry("EUR", "9.00", "DBIT", details("<Btch><PmtInfId>B</PmtInfId></Btch>", tx(amt("4.00")+text("a")), tx(amt("5.00")+text("b")))), []string{"-400 B a", "-500 B b"}},
		{"a batch with a return in it", ntry("EUR", "1.00", "DBIT", details(tx(amt("4.00")+"<CdtDbtInd>CRDT</CdtDbtInd>"+text("a")), tx(amt("5.00")+"<CdtDbtInd>DBIT</CdtDbtInd>"+text("b")))), []string{"400 a", "-500 b"}},
		{"a batch of version 2", ntry("EUR", "9.00", "CRDT", details(tx("<AmtDtls><TxAmt>"+amt("4.00")+"</TxAmt></AmtDtls>"+text("a")), tx("<AmtDtls><TxAmt>"+amt("5.00")+"</TxAmt></AmtDtls>"+text("b")))), []string{"400 a", "500 b"}},
		{"two details", ntry("EUR", "9.00", "CRDT", details(tx(amt("4.00")+text("a")))+details(tx(amt("5.00")+text("b")))), []string{"400 a", "500 b"}},
		{"a batch that does not sum up", ntry("EUR", "9.00", "CRDT", details(tx(amt("4.00")+text("a")), tx(amt("4.00")+text("b")))), []string{"900 a b"}},
		{"a batch without amounts", ntry("EUR", "9.00", "CRDT", details(tx(text("a")), tx(text("b")))), []string{"900 a b"}},
		{"a transaction in another currency", ntry("EUR", "9.00", "CRDT", details(tx(`<Amt Ccy="USD">10.00</Amt>`+text("a")))), []string{"900 a"}},
		{"no day", `<Ntry><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts></Ntry>`, []string{`line 1, column "BookgDt": expected the day on which the entry was booked, found none`}},
		{"an impossible day", `<Ntry><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><ValDt><Dt>2026-02-30</Dt></ValDt></Ntry>`, []string{`line 1, column "ValDt": expected a date such as 2026-03-12, found "2026-02-30"`}},
		{"a sign", ntry("EUR", "-5.00", "CRDT", ""), []string{`line 1, column "Amt": expected an amount without sign, found "-5.00"`}},
		{"a comment within", ntry("EUR", "5<!-- -->0.00", "CRDT", ""), []string{"5000"}},
		{"what is called alike elsewhere", ntry("EUR", "5.00", "CRDT", "<SplmtryData><Envlp><Ntry><Amt Ccy=\"EUR\">7.00</Amt></Ntry></Envlp></SplmtryData>"), []string{"500"}},
	} {
		for _, namespace := range []string{"urn:iso:std:iso:20022:tech:xsd:camt.053.001.01", "urn:iso:std:iso:20022:tech:xsd:camt.053.001.13", ""} {
			r, err := Open(strings.NewReader(document(namespace, stmt(tt.entry))), money.Table{})
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			var got []string
			for {
				l, s, err := r.Next()
				if s != nil {
					break
				}
				if l == nil {
					got = append(got, err.Error())
					if !isLineError(err) {
						break
					}
					continue
				}
				words := []string{l.Amount.Minor()}
				if l.Reversal {
					words = append(words, "reversal")
				}
				got = append(got, strings.Join(append(append(words, l.References...), l.Text...), " "))
			}
			if got, want := strings.Join(got, "\n"), strings.Join(tt.want, "\n"); got != want {
				t.Errorf("%s in %q: expected\n%s\nfound\n%s", tt.name, namespace, want, got)
			}
		}
	}
}

// TestPrefixes reads a message whose elements have a prefix, in an envelope of the bank's.
func TestPrefixes(t *testing.T) {
	text := document(camt08, stmt(bal("OPBD", "EUR", "1", "CRDT", "2026-03-01"), bal("CLBD", "EUR", "6", "CRDT", "2026-03-02"), ntry("EUR", "5.00", "CRDT", "")))
	text = strings.ReplaceAll(strings.ReplaceAll(text, "</", "</n:"), "<", "<n:")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "<n:/n:", "</n:"), "<n:?", "<?")
	text = strings.Replace(text, "xmlns=", "xmlns:n=", 1)
	before, after, _ := strings.Cut(text, "?>")
	r, err := Open(strings.NewReader(before+`?><env><AppHdr><BizMsgIdr>1</BizMsgIdr></AppHdr>`+after+`</env>`), money.Table{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(short(r), "\n"), "500 EUR 2026-03-02/2026-03-02\ngap 0 EUR"; got != want {
		t.Errorf("expected\n%s\nfound\n%s", want, got)
	}
}

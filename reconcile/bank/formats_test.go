package bank

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
)

// TestOtherFormats gives files of other formats that banks write: each is refused by its name.
func TestOtherFormats(t *testing.T) {
	iso := func(element string) string {
		return `<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:x"><` + element + `><GrpHdr/></` + element + `></Document>`
	}
	interim := ":20:REF\n:25:10020030/1234567\n:28C:5/1\n:34F:EURD20,50\n:34F:EURC155,34\n:13D:2603021130+0100\n:61:2603020302C155,34NTRFNONREF\n:90D:1EUR20,50\n-\n"
	for _, tt := range []struct{ text, want string }{
		{interim, "an interim report (MT942)"},
		{"{1:F01BANKBEBBAXXX0000000000}{2:O9421130260302BANKBEBBAXXX00000000002603021130N}{4:\n" + interim, "an interim report (MT942)"},
		{"{1:F01BANKBEBBAXXX0000000000}{2:I942BANKBEBBXXXXN}{4:\n:20:REF\n-}", "an interim report (MT942)"},
		{"{1:F01X}{2:O9411130260302BANKBEBBAXXX00000000002603021130N}{4:\n:20:REF\n:25:1\n:28:1\n:60F:C260302EUR1,\n:62F:C260302EUR1,\n-}", "a balance report (MT941)"},
		{"{1:F01X}{2:O1031130260302BANKBEBBAXXX00000000002603021130N}{4:\n:20:REF\n:25:1\n-}", "another message of SWIFT (MT103)"},
		{iso("BkToCstmrAcctRpt"), "an interim report (camt.052)"},
		{iso("BkToCstmrDbtCdtNtfctn"), "a notification of debits and credits (camt.054)"},
		{iso("CstmrPmtStsRpt"), "a status report of payments (pain.002)"},
		{iso("CstmrCdtTrfInitn"), "an order of payments (pain)"},
		{iso("BkToCstmrNews"), "BkToCstmrNews, another message of ISO 20022"},
		{"OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\n\n<OFX>\n<BANKMSGSRSV1>", "an OFX file (Open Financial Exchange)"},
		{"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?OFX OFXHEADER=\"200\" VERSION=\"202\"?>\n<OFX></OFX>", "an OFX file"},
		{"<OFX><SIGNONMSGSRSV1>", "an OFX file"},
		{"01,122099999,123456789,040621,0200,1,65,,2/\n02,031001234,122099999,1,040620,2359,,2/\n", "a BAI2 file (Cash Management Balance Reporting)"},
		{"!Type:Bank\nD03/02/2026\nT500.00\n^\n", "a QIF file (Quicken Interchange Format)"},
		{"!Account\nNChecking\n^\n", "a QIF file"},
		{"Date;Amount;Text\n2026-03-02;500,00;A\n", "a table (CSV)"},
		{"date,amount\n2026-03-12,1.00\n", "a table (CSV)"},
		{"\"Booked\"\t\"Amount\"\n", "a table (CSV)"},
		{"0000018011972505        00412694  KBC\n", "a CODA file"},
		{"{\"id\":\"e1\",\"type\":\"transfer\"}\n", "JSON"},
		{"[1]", "JSON"},
		{"<!DOCTYPE html><html><body>Please log in</body></html>", "a web page"},
		{"%PDF-1.7", "a PDF"},
		{"PK\x03\x04\x14\x00", "a ZIP archive"},
		{"  \r\n", "nothing"},
	} {
		want := "expected an end-of-day bank statement (camt.053 or MT940), found " + tt.want
		r, err := Open(strings.NewReader(tt.text), money.Table{})
		for err == nil {
			_, _, err = r.Next()
		}
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: expected %q, found %v", tt.text, want, err)
		}
	}
}

// TestInterimAfterStatement gives a file in which an interim report follows a statement: the statement is read, what follows is told.
func TestInterimAfterStatement(t *testing.T) {
	r, err := Open(strings.NewReader(":20:A\n:25:1\n:60F:C260302EUR1,\n:62F:C260302EUR1,\n-\n:20:B\n:34F:EURD0,\n:61:260302C1,\n-\n"), money.Table{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := statements(r), "expected another end-of-day statement (MT940), found an interim report (MT942)"; !strings.Contains(got, want) {
		t.Errorf("expected %s, found\n%s", want, got)
	}
	if _, _, err := r.Next(); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("expected an error to the end, found %v", err)
	}
}

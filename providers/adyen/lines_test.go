package adyen_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/adyen"
)

// says reads a report of one line and returns what it says without what is the same in all of them.
func says(t *testing.T, header, cells, same string) string {
	t.Helper()
	r, err := adyen.New().Open(strings.NewReader(header+"\n"+cells+"\n"), providers.ReportOptions{})
	if err != nil {
		return err.Error()
	}
	o, err := r.Next()
	if err != nil {
		return err.Error()
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("%s: expected one line, found more: %v", cells, err)
	}
	return strings.TrimPrefix(strings.Replace(line(&o), same, "", 1), "2 ")
}

// TestOwnID reads a line of no payment as Adyen writes it, and as a spreadsheet saves it: it has to be booked once.
func TestOwnID(t *testing.T) {
	read := func(created, zoneColumn string) string {
		text := "Creation Date," + zoneColumn + ",Merchant Account,Batch Number,Psp Reference,Modification Reference,Type,Gross Currency,Gross Debit (GC),Gross Credit (GC),Net Currency,Net Debit (NC),Net Credit (NC),Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC)\n" +
			created + ",CET,M,7,,Transaction Fees,Fee,,,,EUR,3.20,,,,,\n"
		r, err := adyen.New().Open(strings.NewReader(text), providers.ReportOptions{Dates: "dmy"})
		if err != nil {
			t.Fatal(err)
		}
		o, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		return o.ID
	}
	want := read("2026-03-09 10:01:12", "TimeZone")
	for _, c := range [][2]string{{"9/3/26 10:01", "TimeZone"}, {"2026-03-09 10:01:12", "no zone"}} {
		if id := read(c[0], c[1]); id != want || id == "" {
			t.Errorf("%s, %s: expected %q, found %q", c[0], c[1], want, id)
		}
	}
	if id := read("2026-03-09 10:02:12", "TimeZone"); id == want {
		t.Errorf("expected another fee, found %q again", id)
	}
}

// TestSettlementLines has a line of each type of the settlement details report, and such as do not add up.
func TestSettlementLines(t *testing.T) {
	const header = "Creation Date,TimeZone,Merchant Account,Batch Number,Psp Reference,Modification Reference,Type,Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC)"
	const same = ` batch="7" receiver="M"`
	const at = " at=2026-03-09T08:00:00Z"
	payment := "2026-03-09 09:00:00,CET,M,7,EXPSP1,EXMOD1,"
	other := "2026-03-09 09:00:00,CET,M,7,,text,"
	names := func(t string) string { return ` provider="EXPSP1" modification="EXMOD1" id="` + t + `:EXMOD1"` }
	own := func(t, net string) string { return ` id="` + t + `:M/7:text:` + net + ` EUR:2026-03-09T09:00"` }
	for _, tt := range []struct{ cells, want string }{
		{payment + "Settled,EUR,,10.00,1,EUR,,9.70,0.10,,0.15,0.05", "settled amount=10.00 EUR Commission=0.10 EUR SchemeFee=0.15 EUR Interchange=0.05 EUR net=9.70 EUR" + names("Settled") + at},
		{payment + "Settled,EUR,,0.10,1,EUR,0.15,,0.25,,,", "settled amount=0.10 EUR Commission=0.25 EUR net=-0.15 EUR" + names("Settled") + at},
		{payment + "Settled,EUR,0.00,10.00,,EUR,0.00,10.00,,,,", "settled amount=10.00 EUR net=10.00 EUR" + names("Settled") + at},
		{payment + "settled,GBP,,20.00,1.16,EUR,,22.90,0.30,,,", `settled amount=20.00 GBP Commission=0.30 EUR net=22.90 EUR rate="1.16"` + names("settled") + at},
		{payment + "Settled,GBP,,20.00,1.16,EUR,,22.91,0.30,,,", `settled amount=20.00 GBP Commission=0.30 EUR net=22.91 EUR rate="1.16"` + names("Settled") + at},
		{payment + "Settled,GBP,,20.00,1.16,EUR,,22.92,0.30,,,", `line 2, column "Net Debit (NC)": expected a net of 20.00 GBP × 1.16 − fees of 0.30, found 22.92 EUR`},
		{payment + "Settled,JPY,,5000,0.00618812,EUR,,30.64,0.30,,,", `settled amount=5000 JPY Commission=0.30 EUR net=30.64 EUR rate="0.00618812"` + names("Settled") + at},
		{payment + "Settled,EUR,,10.00,161.5,JPY,,1615,,,,", `settled amount=10.00 EUR net=1615 JPY rate="161.5"` + names("Settled") + at},
		{payment + "Settled,IDR,,150000.00,0.00006,EUR,,9.00,,,,", `settled amount=150000.00 IDR net=9.00 EUR rate="0.00006"` + names("Settled") + at},
		{payment + "Settled,CLP,,1500.00,1,CLP,,1500.00,,,,", "settled amount=1500 CLP net=1500 CLP" + names("Settled") + at},
		{payment + "Settled,CLP,,1500.50,1,CLP,,1500.50,,,,", `line 2, column "Net Credit (NC)": expected at most 0 decimals of CLP, found "1500.50"`},
		{payment + "Settled,EUR,,10.00,1,EUR,,9.99,,,,", `line 2, column "Net Debit (NC)": expected a net of 10.00 EUR − fees of 0.00, found 9.99 EUR`},
		{payment + "Settled,EUR,,10.00,1.1,EUR,,10.00,,,,", `line 2, column "Net Debit (NC)": expected a net of 10.00 EUR × 1.1 − fees of 0.00, found 10.00 EUR`},
		{payment + "Settled,GBP,,20.00,,EUR,,22.90,0.30,,,", `line 2, column "Exchange Rate": expected a rate from GBP to EUR, found none`},
		{payment + "Settled,GBP,,20.00,0,EUR,,0.00,,,,", `line 2, column "Net Debit (NC)": expected a rate above 0, found "0"`},
		{payment + "Settled,GBP,,20.00,-1.16,EUR,,23.20,,,,", `line 2, column "Net Debit (NC)": expected a rate above 0, found "-1.16"`},
		{payment + "Settled,GBP,,20.00,1.1600000000000000000000001,EUR,,23.20,,,,",
			`line 2, column "Net Debit (NC)": expected a rate above 0 of at most 24 digits, found "1.1600000000000000000000001"`},
		{payment + "Settled,GBP,,20.00,NaN,EUR,,23.20,,,,", `line 2, column "Exchange Rate": expected an amount such as -1234.56, found "NaN"`},
		{payment + "Settled,GBP,,20.00,1.16E0,EUR,,23.20,,,,",
			`line 2, column "Exchange Rate": expected digits, not a number shortened by a spreadsheet, found "1.16E0"`},
		{payment + "Settled,EUR,,10.00,1.0,EUR,,10.00,,,,", "settled amount=10.00 EUR net=10.00 EUR" + names("Settled") + at},
		{payment + "Settled,EUR,10.00,,1,EUR,10.00,,,,,", `line 2, column "Gross Debit (GC)": expected a gross credit of what was Settled, found a debit of "10.00" and a credit of ""`},
		{payment + "Settled,EUR,10.00,10.00,1,EUR,,10.00,,,,", `line 2, column "Gross Debit (GC)": expected a debit or a credit above 0, found "10.00" and "10.00"`},
		{payment + "Settled,EUR,,-10.00,1,EUR,,10.00,,,,", `line 2, column "Gross Debit (GC)": expected a debit or a credit above 0, found "" and "-10.00"`},
		{payment + "Settled,EUR,,10.00,1,EUR,,,,,,", `line 2, column "Net Debit (NC)": expected a net debit or credit, found neither`},
		{payment + "Settled,EUR,,10.00,1,XYZ,,10.00,,,,", `line 2, column "Net Credit (NC)": expected a currency of ISO 4217, found "XYZ"`},
		{other + "Settled,EUR,,10.00,1,EUR,,10.00,,,,", `line 2, column "Psp Reference": expected the payment that was Settled, found nothing`},
		{payment + "Refunded,EUR,10.00,,1,EUR,10.10,,0.10,,,", "refunded amount=10.00 EUR Commission=0.10 EUR net=-10.10 EUR" + names("Refunded") + at},
		{payment + "Refunded,EUR,10.00,,1,EUR,9.95,,,,,-0.05", "refunded amount=10.00 EUR Interchange=-0.05 EUR net=-9.95 EUR" + names("Refunded") + at},
		{payment + "RefundedReversed,EUR,,10.00,1,EUR,,10.00,,,,", "refund_failed amount=10.00 EUR net=10.00 EUR" + names("RefundedReversed") + at},
		{payment + "Chargeback,EUR,60.00,,1,EUR,67.50,,7.50,,,", "chargeback amount=60.00 EUR DisputeFee=7.50 EUR net=-67.50 EUR" + names("Chargeback") + at},
		{payment + "SecondChargeback,EUR,60.00,,1,EUR,62.00,,1.50,0.50,,", "second_chargeback amount=60.00 EUR DisputeFee=2.00 EUR net=-62.00 EUR" + names("SecondChargeback") + at},
		{payment + "ChargebackReversed,EUR,,60.00,1,EUR,,60.00,,,,", "chargeback_reversed amount=60.00 EUR net=60.00 EUR" + names("ChargebackReversed") + at},
		{other + "Fee,,,,,EUR,3.20,,,,,", `fee Fee=3.20 EUR net=-3.20 EUR modification="text"` + own("Fee", "-3.20") + at},
		{other + "Fee,,,,,EUR,,1.00,,,,", `fee Fee=-1.00 EUR net=1.00 EUR modification="text"` + own("Fee", "1.00") + at},
		{payment + "Fee,,,,,EUR,0.50,,,,0.50,", "fee SchemeFee=0.50 EUR net=-0.50 EUR" + names("Fee") + at},
		{other + "InvoiceDeduction,,,,,EUR,12.00,,,,,", `fee Fee=12.00 EUR net=-12.00 EUR modification="text"` + own("InvoiceDeduction", "-12.00") + at},
		{other + "PaymentCost,,,,,EUR,0.30,,,,,", `fee Fee=0.30 EUR net=-0.30 EUR modification="text"` + own("PaymentCost", "-0.30") + at},
		{other + "DepositCorrection,,,,,EUR,500.00,,,,,", `other amount=500.00 EUR net=-500.00 EUR modification="text"` + own("DepositCorrection", "-500.00") + ` reason="DepositCorrection" held` + at},
		{other + "Balancetransfer,,,,,EUR,,40.00,,,,", `other amount=40.00 EUR net=40.00 EUR modification="text"` + own("Balancetransfer", "40.00") + ` reason="Balancetransfer" held` + at},
		{other + "MerchantPayout,,,,,EUR,145.04,,,,,", `payout amount=145.04 EUR net=-145.04 EUR modification="text" id="MerchantPayout:M/7:text"` + at},
		{other + "MerchantPayout,,,,,EUR,,145.04,,,,", `payout_failed amount=145.04 EUR net=145.04 EUR modification="text" id="MerchantPayout:M/7:text" reason="the payout came back"` + at},
		{payment + "PaidOut,EUR,25.00,,1,EUR,25.00,,,,,", "payout amount=25.00 EUR net=-25.00 EUR" + names("PaidOut") + at},
		{payment + "PaidOutReversed,EUR,,25.00,1,EUR,,25.00,,,,", "payout_failed amount=25.00 EUR net=25.00 EUR" + names("PaidOutReversed") + at},
		{payment + "PaidOutReversed,EUR,25.00,,1,EUR,25.00,,,,,", `line 2, column "Net Debit (NC)": expected a net credit of a payout that came back, found a debit`},
		{other + "BulkSettlement,,,,,EUR,,9.00,,,,", `other amount=9.00 EUR net=9.00 EUR modification="text"` + own("BulkSettlement", "9.00") + ` reason="BulkSettlement"` + at},
		{payment + "SettledInstallment,EUR,,9.00,1,EUR,,9.00,,,,", "other amount=9.00 EUR net=9.00 EUR" + names("SettledInstallment") + ` reason="SettledInstallment"` + at},
		{payment + "SettledOnMars,EUR,,10.00,1,EUR,,9.00,0.10,,,", "unknown amount=9.00 EUR net=9.00 EUR" + names("SettledOnMars") + ` reason="SettledOnMars"` + at},
		{other + "Bonus,,,,,EUR,,9.00,,,,", `unknown amount=9.00 EUR net=9.00 EUR modification="text"` + own("Bonus", "9.00") + ` reason="Bonus"` + at},
		{payment + ",EUR,,10.00,1,EUR,,10.00,,,,", `line 2, column "Type": expected what the line is, such as Settled, found nothing`},
		{strings.Replace(payment, ",7,", ",,", 1) + "Settled,EUR,,10.00,1,EUR,,10.00,,,,", `line 2, column "Batch Number": expected a batch number, found nothing`},
		{strings.Replace(payment, "2026-03-09 09:00:00", "", 1) + "Settled,EUR,,10.00,1,EUR,,10.00,,,,", `line 2, column "Creation Date": expected a time, found nothing`},
		{payment + "Settled,EUR,,10.00,1,EUR,,1.234,,,,", `line 2, column "Net Credit (NC)": expected a decimal sign without doubt (one may be set), found "1.234"`},
	} {
		if got := says(t, header, tt.cells, same); got != tt.want {
			t.Errorf("%s:\nexpected %s\nfound    %s", tt.cells, tt.want, got)
		}
	}
}

// TestPlatformLines has a line of each category and type of the balance platform accounting report.
func TestPlatformLines(t *testing.T) {
	const header = "BalanceAccount,Transaction Id,Booking Date,Booking Date TimeZone,Value Date,Value Date TimeZone,Currency,Payment Currency,Reference,Psp Payment Psp Reference,Category,Type,Status,Amount,Balance (PC),Description,Original Currency,Original Amount,Platform Payment Interchange,Platform Payment Scheme Fee,Platform Payment Markup,Platform Payment Commission,Platform Payment Cost Currency"
	const common = `BA1,EVT1EUR,2026-03-10 09:00:00,CET,2026-03-12 06:00:00,CET,EUR,EUR,ref,`
	const booked, valued = " at=2026-03-10T08:00:00Z", " at=2026-03-12T05:00:00Z booked=2026-03-10T08:00:00Z"
	const part = ` account="BA1" split="ref" provider="P" id="EVT1EUR"`
	const own = ` account="BA1" ours="ref" id="EVT1EUR"`
	for _, tt := range []struct{ cells, want string }{
		{"P,platformPayment,capture,captured,10.00,10.00,,,,,,,,", "settled amount=10.00 EUR net=10.00 EUR" + part + " part" + valued},
		{"P,platformPayment,capture,captured,10.00,10.00,PaymentFee,,,,,,,", "settled amount=10.00 EUR net=10.00 EUR" + part + " part" + valued},
		{"P,platformPayment,capture,captured,4.46,4.46,,GBP,4.00,,,,,", "settled amount=4.00 GBP net=4.46 EUR" + part + " part" + valued},
		{"P,platformPayment,capture,captured,-0.50,-0.50,PaymentFee,,,,,,,", "fee Fee=0.50 EUR net=-0.50 EUR" + part + " part" + booked},
		{"P,platformPayment,capture,captured,-0.50,-0.50,SchemeFee,,,,,,,", "fee SchemeFee=0.50 EUR net=-0.50 EUR" + part + " part" + booked},
		{"P,platformPayment,capture,captured,-0.50,-0.50,AcquiringFees,,,-0.30,-0.20,0.00,0.00,EUR", "fee Interchange=0.30 EUR SchemeFee=0.20 EUR net=-0.50 EUR" + part + " part" + booked},
		{"P,platformPayment,capture,captured,-0.50,-0.50,AcquiringFees,,,-0.30,-0.20,0.00,0.00,USD", "fee Fee=0.50 EUR net=-0.50 EUR" + part + " part" + booked},
		{"P,platformPayment,capture,captured,-0.50,-0.50,AcquiringFees,,,-0.30,-0.21,0.00,0.00,EUR", `line 2, column "Balance (PC)": expected the parts of the fee to sum to 0.50, found 0.51`},
		{"P,platformPayment,captureReversal,captureReversed,-10.00,-10.00,,,,,,,,", "capture_reversed amount=10.00 EUR net=-10.00 EUR" + part + " part" + booked},
		{"P,platformPayment,refund,refunded,-10.00,-10.00,,,,,,,,", "refunded amount=10.00 EUR net=-10.00 EUR" + part + " part" + booked},
		{"P,platformPayment,refund,refunded,-0.01,-0.01,Remainder Fee for order-1,,,,,,,", "refunded amount=0.01 EUR net=-0.01 EUR" + part + " part" + booked},
		{"P,platformPayment,refund,refunded,0.30,0.30,Interchange,,,,,,,", "fee Interchange=-0.30 EUR net=0.30 EUR" + part + " part" + booked},
		{"P,platformPayment,refund,refunded,10.00,10.00,,,,,,,,", "other amount=10.00 EUR net=10.00 EUR" + part + ` reason="platformPayment refund, incoming" part` + booked},
		{"P,platformPayment,refundReversal,refundReversed,10.00,10.00,,,,,,,,", "refund_failed amount=10.00 EUR net=10.00 EUR" + part + " part" + booked},
		{"P,platformPayment,chargeback,chargeback,-10.00,-10.00,,,,,,,,", "chargeback amount=10.00 EUR net=-10.00 EUR" + part + " part" + booked},
		{"P,platformPayment,chargeback,chargeback,-7.50,-7.50,Chargeback Fee for order-1,,,,,,,", "fee DisputeFee=7.50 EUR net=-7.50 EUR" + part + " part" + booked},
		{"P,platformPayment,chargebackReversal,chargebackReversed,10.00,10.00,,,,,,,,", "chargeback_reversed amount=10.00 EUR net=10.00 EUR" + part + " part" + booked},
		{"P,platformPayment,chargebackReversal,chargebackReversed,7.50,7.50,ChargebackReversal Fee for order-1,,,,,,,", "fee DisputeFee=-7.50 EUR net=7.50 EUR" + part + " part" + booked},
		{"P,platformPayment,secondChargeback,secondChargeback,-10.00,-10.00,,,,,,,,", "second_chargeback amount=10.00 EUR net=-10.00 EUR" + part + " part" + booked},
		{",internal,internalTransfer,booked,-10.00,-10.00,,,,,,,,", "transfer amount=10.00 EUR net=-10.00 EUR" + own + booked},
		{",internal,fee,fee,-3.20,-3.20,,,,,,,,", "fee Fee=3.20 EUR net=-3.20 EUR" + own + booked},
		{",internal,invoiceDeduction,invoiceDeduction,-9.00,-9.00,,,,,,,,", "fee Fee=9.00 EUR net=-9.00 EUR" + own + booked},
		{",internal,manualCorrection,manuallyCorrected,9.00,9.00,,,,,,,,", "other amount=9.00 EUR net=9.00 EUR" + own + ` reason="internal manualCorrection, incoming"` + booked},
		{",bank,bankTransfer,booked,-68.00,-68.00,,,,,,,,", "payout amount=68.00 EUR net=-68.00 EUR" + own + booked},
		{",bank,bankTransfer,returned,68.00,68.00,,,,,,,,", "payout_failed amount=68.00 EUR net=68.00 EUR" + own + ` reason="returned"` + booked},
		{",bank,bankTransfer,booked,68.00,68.00,,,,,,,,", "other amount=68.00 EUR net=68.00 EUR" + own + ` reason="bank bankTransfer, incoming"` + booked},
		{",topUp,capture,captured,50.00,50.00,,,,,,,,", "other amount=50.00 EUR net=50.00 EUR" + own + ` reason="topUp capture, incoming"` + booked},
		{"P,platformPayment,capture,captured,10.00,9.00,,,,,,,,", `line 2, column "Amount": expected what is booked, 9.00, found 10.00`},
		{"P,platformPayment,capture,captured,0.00,0.00,,,,,,,,", "other" + part + ` reason="nothing: platformPayment capture captured"` + booked},
	} {
		if got := says(t, header, common+tt.cells, ""); got != tt.want {
			t.Errorf("%s:\nexpected %s\nfound    %s", tt.cells, tt.want, got)
		}
	}
	for cells, want := range map[string]string{
		strings.Replace(common, "EVT1EUR", "", 1) + "P,platformPayment,capture,captured,10.00,10.00,,,,,,,,":            `line 2, column "Transaction Id": expected a transaction where the balance changes by 10.00, found none`,
		strings.Replace(common, "BA1", "", 1) + "P,platformPayment,capture,captured,10.00,10.00,,,,,,,,":                `line 2, column "BalanceAccount": expected a balance account, found nothing`,
		strings.Replace(common, "2026-03-10 09:00:00", "", 1) + "P,platformPayment,refund,refunded,-1.00,-1.00,,,,,,,,": `line 2, column "Booking Date": expected a time, found nothing`,
	} {
		if got := says(t, header, cells, ""); got != want {
			t.Errorf("%s:\nexpected %s\nfound    %s", cells, want, got)
		}
	}
}

// TestColumns has headers of which something is missing.
func TestColumns(t *testing.T) {
	for header, want := range map[string]string{
		"Type,Net Currency": "expected the columns Psp Reference, Modification Reference or Modification Psp Reference, Merchant Account, Batch Number, Gross Currency, Gross Debit (GC), Gross Credit (GC), " +
			"Net Debit (NC), Net Credit (NC), Creation Date or Booking Date, Commission (NC), Markup (NC), Scheme Fees (NC) and Interchange (NC) of Adyen's settlement details report, found Type, Net Currency",
		"Record Type":              "expected the columns Psp Reference, Booking Date, Payment Currency, Captured (PC), Settlement Currency, Payable (SC), Commission (SC), Markup (SC), Scheme Fees (SC) and Interchange (SC) of Adyen's payments accounting report, found Record Type",
		"Balance (PC),Payout Date": "expected the columns BalanceAccount, Transaction Id, Category, Status, Type, Description, Booking Date, Currency, Psp Payment Psp Reference of Adyen's payout report, found Balance (PC), Payout Date",
		"a,b":                      "expected a report of Adyen's: settlement details (with a column Net Currency), payments accounting (Record Type), balance platform accounting or payout (Balance (PC)), balance (Closing Balance Amount), found the columns a, b",
	} {
		if got := says(t, header, "", ""); got != want {
			t.Errorf("%s:\nexpected %s\nfound    %s", header, want, got)
		}
	}
}

// TestColumnsOfOld reads reports with the older columns, which end at Reserved10, and with the 27 that are documented alone. They say
// the same, but for the names of the events that are not booked, and of the parts of fees.
func TestColumnsOfOld(t *testing.T) {
	for _, name := range []string{"10", "11"} {
		whole := file(t, "adyen_balanceplatform_accounting_report_2026_03_"+name+".csv")
		for _, from := range []string{"Platform Payment Installments", "Payment Instrument Type"} {
			want, got := strings.Split(told(t, whole), "\n"), strings.Split(told(t, cutColumns(whole, from)), "\n")
			for i := range want {
				if strings.Contains(want[i], "not booked") {
					before, after, _ := strings.Cut(want[i], ` id="`)
					_, after, _ = strings.Cut(after, `"`)
					want[i] = before + after
				}
				if from == "Payment Instrument Type" && strings.Contains(want[i], "Interchange") {
					want[i] = strings.Replace(want[i], "Interchange=0.80 EUR SchemeFee=0.25 EUR Markup=0.30 EUR", "Fee=1.35 EUR", 1)
					want[i] = strings.Replace(want[i], "fees Interchange EUR: 0.80", "fees Fee EUR: 1.35", 1)
				}
			}
			for i := range got {
				if i >= len(want) || got[i] != want[i] {
					t.Errorf("%s without %s, line %d: expected\n%s\nfound\n%s", name, from, i+1, want[min(i, len(want)-1)], got[i])
					break
				}
				if strings.HasPrefix(got[i], "fees") {
					break
				}
			}
		}
	}
}

// TestEmptyPayoutReport reads the payout report of a day without payouts.
func TestEmptyPayoutReport(t *testing.T) {
	text := file(t, "adyen_balanceplatform_payout_report_2026_03_12.csv")
	if got := told(t, text[:bytes.IndexByte(text, '\n')+1]); got != "payout report\n" {
		t.Errorf("expected no outcomes, found %s", got)
	}
}

func FuzzReport(f *testing.F) {
	for _, name := range []string{"settlement_detail_report_batch_7", "payments_accounting_report_2026_03_10", "balanceplatform_accounting_report_2026_03_10", "balanceplatform_payout_report_2026_03_12", "balanceplatform_balance_report_2026_03_12"} {
		f.Add(file(f, "adyen_"+name+".csv"))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := adyen.New().Open(bytes.NewReader(text), providers.ReportOptions{})
		if err != nil {
			return
		}
		last := 0
		for {
			o, err := r.Next()
			if bad, ok := err.(*providers.LineError); ok {
				o.Line = bad.Line
			} else if err != nil {
				return
			} else if o.Kind == "" || o.Amount.Sign() < 0 || (o.Kind == providers.Other || o.Kind == providers.Unknown) && o.Reason == "" {
				t.Errorf("expected an outcome, found %+v", o)
			}
			if o.Line <= last {
				t.Errorf("expected a line after %d, found %d", last, o.Line)
			}
			last = o.Line
		}
	})
}

// BenchmarkSettlement reads the settlement details report, a line at a time.
func BenchmarkSettlement(b *testing.B) { benchmark(b, "settlement_detail_report_batch_7") }

// BenchmarkAccounting reads the balance platform accounting report, a line at a time.
func BenchmarkAccounting(b *testing.B) { benchmark(b, "balanceplatform_accounting_report_2026_03_10") }

func benchmark(b *testing.B, name string) {
	text := file(b, "adyen_"+name+".csv")
	head := bytes.IndexByte(text, '\n') + 1
	lines := bytes.Repeat(text[head:], 1+b.N/bytes.Count(text[head:], []byte{'\n'}))
	r, err := adyen.New().Open(io.MultiReader(bytes.NewReader(text[:head]), bytes.NewReader(lines)), providers.ReportOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if _, err := r.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

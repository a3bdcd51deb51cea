package adyen_test

import (
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers"
)

// platformHeader has the columns of the balance platform accounting report that say something here.
const platformHeader = "BalanceAccount,Transfer Id,Transaction Id,Category,Type,Status,Booking Date,Booking Date TimeZone,Value Date,Value Date TimeZone," +
	"Currency,Amount,Payment Currency,Balance (PC),Reference,Description,Counterparty Balance Account Id,Reference for Beneficiary," +
	"Psp Payment Merchant Reference,Psp Payment Psp Reference,Psp Modification Psp Reference,Psp Modification Merchant Reference," +
	"Platform Payment Interchange,Platform Payment Scheme Fee,Platform Payment Markup,Platform Payment Commission,Platform Payment Cost Currency"

// platformLine returns a line of account BA1, from cells by name.
func platformLine(cells map[string]string) string {
	all := map[string]string{
		"BalanceAccount": "BA1", "Transfer Id": "TR1", "Transaction Id": "EVT1EUR", "Currency": "EUR", "Payment Currency": "EUR",
		"Booking Date": "2026-03-10 09:00:00", "Booking Date TimeZone": "CET", "Value Date": "2026-03-12 06:00:00", "Value Date TimeZone": "CET",
	}
	for name, text := range cells {
		all[name] = text
	}
	var line []string
	for name := range strings.SplitSeq(platformHeader, ",") {
		line = append(line, all[name])
	}
	return strings.Join(line, ",")
}

// cells reads "Name=text; Name=text".
func cells(text string) map[string]string {
	m := map[string]string{}
	for c := range strings.SplitSeq(text, "; ") {
		name, value, _ := strings.Cut(c, "=")
		m[name] = value
	}
	return m
}

// TestPlatformNames has lines of the balance platform accounting report by what they are called.
func TestPlatformNames(t *testing.T) {
	const booked, valued = " at=2026-03-10T08:00:00Z", " at=2026-03-12T05:00:00Z booked=2026-03-10T08:00:00Z"
	const capture = "Category=platformPayment; Type=capture; Status=captured; Balance (PC)=10.00; "
	const payment = "Psp Payment Merchant Reference=order-1; Psp Payment Psp Reference=P1; "
	const of = ` account="BA1" split="s" reference="order-1" provider="P1"`
	const transfer = "Category=internal; Status=booked; Reference=bonus-1; Counterparty Balance Account Id=BA2; Reference for Beneficiary=bonus1; "
	for _, tt := range []struct{ name, cells, want string }{
		{"a capture by two references", capture + payment + "Reference=s; Psp Modification Psp Reference=M1; Psp Modification Merchant Reference=c1",
			`settled amount=10.00 EUR net=10.00 EUR` + of + ` modification="M1" ours="c1" id="EVT1EUR" part` + valued},
		{"the references of the payment", capture + payment + "Reference=s; Psp Modification Psp Reference=P1; Psp Modification Merchant Reference=order-1",
			`settled amount=10.00 EUR net=10.00 EUR` + of + ` id="EVT1EUR" part` + valued},
		{"an automatic capture", capture + payment + "Reference=Split reference not provided; Psp Modification Psp Reference=M1; Psp Modification Merchant Reference=<auto>",
			`settled amount=10.00 EUR net=10.00 EUR account="BA1" reference="order-1" provider="P1" modification="M1" id="EVT1EUR" part` + valued},
		{"the fee of a refund", "Category=platformPayment; Type=refund; Status=refunded; Balance (PC)=-0.30; Description=PaymentFee; Reference=s; Psp Modification Psp Reference=M2; " + payment,
			`fee Fee=0.30 EUR net=-0.30 EUR` + of + ` modification="M2" id="EVT1EUR" part` + booked},

		{"a transfer, the side that pays", transfer + "Type=internalTransfer; Balance (PC)=-5.00",
			`transfer amount=5.00 EUR net=-5.00 EUR account="BA1" counterparty="BA2" common="bonus1" modification="TR1" ours="bonus-1" id="EVT1EUR"` + booked},
		{"a transfer, the side that is paid", transfer + "Type=internalTransfer; Balance (PC)=5.00",
			`transfer amount=5.00 EUR net=5.00 EUR account="BA1" counterparty="BA2" common="bonus1" modification="TR1" ours="bonus-1" id="EVT1EUR"` + booked},
		{"a direct debit", transfer + "Type=internalDirectDebit; Balance (PC)=-5.00",
			`transfer amount=5.00 EUR net=-5.00 EUR account="BA1" counterparty="BA2" common="bonus1" modification="TR1" ours="bonus-1" id="EVT1EUR"` + booked},
		{"a transfer that came back", transfer + "Type=internalTransfer; Status=returned; Balance (PC)=5.00",
			`transfer amount=5.00 EUR net=5.00 EUR account="BA1" counterparty="BA2" common="bonus1" modification="TR1" ours="bonus-1" id="EVT1EUR" reason="returned"` + booked},
		{"a payout", "Category=bank; Type=bankTransfer; Status=booked; Balance (PC)=-68.00; Reference=payout-1; Counterparty Balance Account Id=BA2",
			`payout amount=68.00 EUR net=-68.00 EUR account="BA1" modification="TR1" ours="payout-1" id="EVT1EUR"` + booked},
		{"a payout that came back", "Category=bank; Type=bankTransfer; Status=returned; Balance (PC)=68.00; Reference=payout-1",
			`payout_failed amount=68.00 EUR net=68.00 EUR account="BA1" modification="TR1" ours="payout-1" id="EVT1EUR" reason="returned"` + booked},

		{"a top-up on demand", "Category=topUp; Type=capture; Status=captured; Balance (PC)=50.00; Reference=top-1; Psp Modification Psp Reference=M9; " + payment,
			`other amount=50.00 EUR net=50.00 EUR account="BA1" reference="order-1" provider="P1" modification="M9" ours="top-1" id="EVT1EUR" reason="topUp capture, incoming"` + booked},
		{"a scheduled top-up", capture + "Psp Payment Psp Reference=P9; Psp Modification Psp Reference=M9",
			`other amount=10.00 EUR net=10.00 EUR account="BA1" provider="P9" modification="M9" id="EVT1EUR" reason="top-up: platformPayment capture, incoming"` + booked},
		{"a scheduled top-up with nothing of a payment", capture + "Reference=top-2",
			`other amount=10.00 EUR net=10.00 EUR account="BA1" id="EVT1EUR" reason="top-up: platformPayment capture, incoming"` + booked},
		{"a split of a payment that has Adyen's reference alone", capture + "Reference=s; Psp Payment Psp Reference=P1",
			`settled amount=10.00 EUR net=10.00 EUR account="BA1" split="s" provider="P1" id="EVT1EUR" part` + valued},
	} {
		if got := says(t, platformHeader, platformLine(cells(tt.cells)), ""); got != tt.want {
			t.Errorf("%s:\nexpected %s\nfound    %s", tt.name, tt.want, got)
		}
	}
}

// TestPlatformKinds has lines of the rarer kinds, and of such as do not exist.
func TestPlatformKinds(t *testing.T) {
	const booked = ` account="BA1" provider="P" id="EVT1EUR" part at=2026-03-10T08:00:00Z`
	for _, tt := range []struct{ category, sort, status, net, want string }{
		{"platformPayment", "chargebackCorrection", "chargeback", "-1.00", "chargeback amount=1.00 EUR net=-1.00 EUR" + booked},
		{"platformPayment", "chargebackCorrection", "chargeback", "1.00", "chargeback_reversed amount=1.00 EUR net=1.00 EUR" + booked},
		{"platformPayment", "chargebackReversalCorrection", "chargebackReversed", "1.00", "chargeback_reversed amount=1.00 EUR net=1.00 EUR" + booked},
		{"platformPayment", "chargebackReversalCorrection", "chargebackReversed", "-1.00", "chargeback amount=1.00 EUR net=-1.00 EUR" + booked},
		{"platformPayment", "secondChargebackCorrection", "secondChargeback", "-1.00", "second_chargeback amount=1.00 EUR net=-1.00 EUR" + booked},
		{"platformPayment", "secondChargebackCorrection", "secondChargeback", "1.00", "chargeback_reversed amount=1.00 EUR net=1.00 EUR" + booked},
		{"platformPayment", "captureReversal", "captureReversed", "-1.00", "capture_reversed amount=1.00 EUR net=-1.00 EUR" + booked},
	} {
		line := platformLine(map[string]string{"Category": tt.category, "Type": tt.sort, "Status": tt.status, "Balance (PC)": tt.net, "Psp Payment Psp Reference": "P"})
		if got := says(t, platformHeader, line, ""); got != tt.want {
			t.Errorf("%s of %s:\nexpected %s\nfound    %s", tt.sort, tt.net, tt.want, got)
		}
	}
	for _, tt := range []struct{ kind, pairs string }{
		{"other", "internal/manualCorrection internal/reserveAdjustment internal/depositCorrection internal/miscCost internal/paymentCost internal/leftover " +
			"internal/balanceAdjustment internal/balanceRollover internal/balanceMigration bank/bankDirectDebit card/cardTransfer issuedCard/payment topUp/refund grants/grant platformPayment/manualCorrection"},
		{"unknown", "platformPayment/gift gift/capture internal/gift internal/capture bank/refund capture/platformPayment /"},
	} {
		for pair := range strings.FieldsSeq(tt.pairs) {
			category, sort, _ := strings.Cut(pair, "/")
			for _, net := range []string{"-2.00", "2.00"} {
				line := platformLine(map[string]string{"Category": category, "Type": sort, "Status": "new", "Balance (PC)": net})
				got := says(t, platformHeader, line, "")
				if !strings.HasPrefix(got, tt.kind+" amount=2.00 EUR net="+net+` EUR account="BA1" id="EVT1EUR" reason="`) {
					t.Errorf("%s of %s: expected %s, found %s", pair, net, tt.kind, got)
				}
			}
			step := platformLine(map[string]string{"Category": category, "Type": sort, "Status": "received", "Balance (PC)": "0.00", "Transaction Id": ""})
			if got := says(t, platformHeader, step, ""); !strings.HasPrefix(got, tt.kind+` account="BA1" reason="not booked: `) {
				t.Errorf("%s that is not booked: expected %s, found %s", pair, tt.kind, got)
			}
		}
	}
}

// TestPlatformFees has lines of fees of which the parts are told in full, in part or too many, and fees of disputes.
func TestPlatformFees(t *testing.T) {
	for _, tt := range []struct{ sort, about, net, parts, want string }{
		{"capture", "AcquiringFees", "-1.00", "-0.60;-0.40;;", "Interchange=0.60 EUR SchemeFee=0.40 EUR"},
		{"capture", "PaymentFee", "-1.00", "-0.60;;;", "Interchange=0.60 EUR Fee=0.40 EUR"},
		{"capture", "Interchange", "-1.00", "-0.60;;;", "Interchange=1.00 EUR"},
		{"capture", "PaymentFee", "-1.00", ";;;", "Fee=1.00 EUR"},
		{"capture", "AdyenMarkup", "-1.00", ";;;", "Markup=1.00 EUR"},
		{"captureReversal", "PaymentFee", "1.00", "0.60;;;", "Interchange=-0.60 EUR Fee=-0.40 EUR"},
		{"chargeback", "Chargeback Fee for order-1", "-7.50", ";;;", "DisputeFee=7.50 EUR"},
		{"chargeback", "AdyenFees", "-7.50", "-5.00;-1.00;;-1.50", "DisputeFee=7.50 EUR"},
		{"secondChargeback", "PaymentFee", "-7.50", "-5.00;;;", "DisputeFee=7.50 EUR"},
		{"chargebackReversal", "ChargebackReversal Fee for order-1", "7.50", ";;;", "DisputeFee=-7.50 EUR"},
	} {
		parts := strings.Split(tt.parts, ";")
		line := platformLine(map[string]string{
			"Category": "platformPayment", "Type": tt.sort, "Status": "x", "Balance (PC)": tt.net, "Description": tt.about, "Reference": "s",
			"Psp Payment Merchant Reference": "order-1", "Psp Payment Psp Reference": "P1", "Psp Modification Psp Reference": "M1",
			"Platform Payment Interchange": parts[0], "Platform Payment Scheme Fee": parts[1], "Platform Payment Markup": parts[2],
			"Platform Payment Commission": parts[3], "Platform Payment Cost Currency": "EUR",
		})
		want := "fee " + tt.want + " net=" + tt.net + ` EUR account="BA1" split="s" reference="order-1" provider="P1" modification="M1" id="EVT1EUR" part at=2026-03-10T08:00:00Z`
		if got := says(t, platformHeader, line, ""); got != want {
			t.Errorf("%s %s %s:\nexpected %s\nfound    %s", tt.sort, tt.about, tt.parts, want, got)
		}
	}
}

// TestSettlementNames has lines of the settlement details report by what they are called: the id is made of what stands there, even where that
// is no name of a capture.
func TestSettlementNames(t *testing.T) {
	const header = "Creation Date,TimeZone,Merchant Account,Batch Number,Psp Reference,Merchant Reference,Modification Reference,Modification Merchant Reference,Type,Gross Currency,Gross Debit (GC),Gross Credit (GC),Net Currency,Net Debit (NC),Net Credit (NC),Commission (NC)"
	const same = `settled amount=10.00 EUR net=10.00 EUR batch="7" receiver="M" reference="order-1" provider="P1"`
	for _, tt := range []struct{ modification, ours, want string }{
		{"M1", "c1", ` modification="M1" ours="c1" id="Settled:M1"`},
		{"P1", "order-1", ` id="Settled:P1"`},
		{"M1", "<auto>", ` modification="M1" id="Settled:M1"`},
		{"", "c1", ` ours="c1"`},
	} {
		line := "2026-03-09 09:00:00,CET,M,7,P1,order-1," + tt.modification + "," + tt.ours + ",Settled,EUR,,10.00,EUR,,10.00,"
		if got, want := says(t, header, line, ""), same+tt.want+" at=2026-03-09T08:00:00Z"; got != want {
			t.Errorf("%s, %s:\nexpected %s\nfound    %s", tt.modification, tt.ours, want, got)
		}
	}
}

// TestRecordTypes has records of the payments accounting report whose type says what they are, or nothing that is known.
func TestRecordTypes(t *testing.T) {
	const header = "Psp Reference,Merchant Reference,Booking Date,TimeZone,Record Type,Modification Psp Reference,Main Currency,Main Amount,Payment Currency,Captured (PC),Settlement Currency,Payable (SC),Commission (SC)"
	for sort, want := range map[string]providers.Kind{
		"SentForSettle": providers.Captured, "Settled": providers.Settled, "SecondChargeback": providers.SecondChargeback, "AuthorisedPending": providers.Other,
		"Error": providers.Other, "SettledExternally": providers.Other, "SentForRefund": providers.Other, "SettledInInstallments": providers.Other,
		"Forgiven": providers.Unknown,
	} {
		payable := "9.00"
		if want == providers.SecondChargeback {
			payable = "-9.00"
		}
		got := says(t, header, "P1,order-1,2026-03-09 09:00:00,CET,"+sort+",P1,EUR,9.00,EUR,,EUR,"+payable+",", "")
		if !strings.HasPrefix(got, string(want)+" ") || !strings.Contains(got, ` provider="P1" id="`+sort+`:P1"`) {
			t.Errorf("%s: expected %s without a modification, found %s", sort, want, got)
		}
	}
}

// TestBalances has lines of the balance report, with the headings that Adyen documents and those of samples.
func TestBalances(t *testing.T) {
	const header = "Balance Platform,Account Holder,Balance Account,Opening Balance Currency,Opening Balance Amount,Opening Date,Opening Time,Closing Balance Currency,Closing Balance Amount,Closing Date,Closing Time"
	const begin = "ExampleMarket,AH1,"
	for _, tt := range []struct{ cells, want string }{
		{"BA1,EUR,68.00,2026-06-08 00:00:00,CEST,EUR,-1.50,2026-06-09 00:00:00,CEST", `balance before=68.00 EUR after=-1.50 EUR account="BA1" id="balance:BA1:EUR:2026-06-08T22:00:00Z:-1.50" reason="balance" at=2026-06-08T22:00:00Z`},
		{"BA1,IDR,0.00,2026-06-08 00:00:00,CEST,IDR,15000,2026-06-09 00:00:00,CEST", `balance before=0.00 IDR after=15000.00 IDR account="BA1" id="balance:BA1:IDR:2026-06-08T22:00:00Z:15000.00" reason="balance" at=2026-06-08T22:00:00Z`},
		{",EUR,68.00,2026-06-08 00:00:00,CEST,EUR,1.50,2026-06-09 00:00:00,CEST", `line 2, column "Balance Account": expected a balance account, found nothing`},
		{"BA1,EUR,,2026-06-08 00:00:00,CEST,EUR,1.50,2026-06-09 00:00:00,CEST", `line 2, column "Opening Balance Amount": expected the opening balance, found nothing`},
		{"BA1,EUR,68.00,2026-06-08 00:00:00,CEST,EUR,,2026-06-09 00:00:00,CEST", `line 2, column "Closing Balance Amount": expected the closing balance, found nothing`},
		{"BA1,EUR,68.00,2026-06-08 00:00:00,CEST,USD,1.50,2026-06-09 00:00:00,CEST", `line 2, column "Closing Balance Currency": expected the currency of the opening balance, EUR, found USD`},
		{"BA1,EUR,68.00,2026-06-08 00:00:00,CEST,EUR,1.50,,CEST", `line 2, column "Closing Date": expected a time, found nothing`},
		{"BA1,EUR,68.00,2026-06-08 00:00:00,CEST,EUR,1.50,2026-06-09 00:00:00,", `line 2, column "Closing Time": expected a time zone such as CET, found nothing`},
	} {
		for _, h := range []string{header, strings.ReplaceAll(header, "ing Time", "ing TimeZone")} {
			if got := strings.Replace(says(t, h, begin+tt.cells, ""), "TimeZone", "Time", 1); got != tt.want {
				t.Errorf("%s:\nexpected %s\nfound    %s", tt.cells, tt.want, got)
			}
		}
	}
	if got, want := says(t, "Closing Balance Amount,Balance Account", "1,BA1", ""), "expected the columns Opening Balance Currency, Opening Balance Amount, "+
		"Closing Balance Currency, Closing Date of Adyen's balance report, found Closing Balance Amount, Balance Account"; got != want {
		t.Errorf("expected %s\nfound %s", want, got)
	}
}

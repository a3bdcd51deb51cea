package adyen_test

import (
	"bytes"
	"fmt"
	"net/textproto"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/adyen"
	"github.com/splitledger/splitledger/providers/providertest"
)

// k1 is the key that Adyen's libraries publish their signatures for.
const k1 = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00"

// k2 is that of the signature of REPORT_AVAILABLE.
const k2 = "9064450A8892A093D9E97EFCC9639DE31B74F3A7803135555A3C96F5A57915D6"

func file(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// received is shortly after the webhooks of testdata were sent.
var received = time.Date(2026, 3, 10, 8, 15, 30, 0, time.UTC)

func standardWebhook(t testing.TB) providers.Notification {
	return providers.Notification{Body: file(t, "adyen_webhook_standard.json"), Received: received}
}

func transferWebhook(t testing.TB) providers.Notification {
	return providers.Notification{
		Header:   textproto.MIMEHeader{"Hmacsignature": {"QsR/eIw5j+kL9TNvKQAx7/plhlX9OvuHdgoL3Ct1DUU="}},
		Body:     file(t, "adyen_webhook_transfer.json"),
		Received: received,
	}
}

func TestContract(t *testing.T) {
	table := func(name, format string, sums ...providertest.Sum) providertest.Report {
		return providertest.Report{Name: name, Text: file(t, "adyen_"+name+".csv"), Format: format, Separator: ',', Sums: sums}
	}
	none := func(minor int64) providertest.Sum { return providertest.Sum{Net: money.New(minor, "EUR")} }
	keys := providers.Keys{TestMode: true, Secrets: []string{k1}, MaxAge: 24 * time.Hour}
	var notifications []providertest.Notification
	for i, proof := range []string{"Elh8a1F0LWKWcx28foJhUCxowTDZuW8My4ewKNRKMYs=", "BaZQeYv2O5GFlzE/MCyKhkrjOmd4OAenP2YNB1bn3gk=", "K0ZtCVo0FPNLjBsSj2TpDQ7IAnND0toRcSHZW+yvIGI="} {
		notifications = append(notifications, providertest.Notification{
			Name: "item " + string(rune('1'+i)), Notification: standardWebhook(t), Keys: keys, Proof: proof,
			Signed: []string{"EXMOD00000001001", "EXPSP00000001001", "ExampleShopEUR", "order-1001", "10000", "EUR\"", "CAPTURE", "true", "order-1002", "6000"},
			Kinds:  []providers.Kind{providers.Captured, providers.Refunded, providers.Chargeback},
		})
	}
	notifications = append(notifications, providertest.Notification{
		Name: "transfer", Notification: transferWebhook(t), Keys: keys, Proof: "QsR/eIw5j+kL9TNvKQAx7/plhlX9OvuHdgoL3Ct1DUU=", Timed: true,
		Kinds: []providers.Kind{providers.Settled},
	})
	// Of the longest report the older columns and four lines are enough here: TestColumnsOfOld has them all.
	accounting := table("balanceplatform_accounting_report_2026_03_10", "balance platform accounting report", none(9865))
	lines := bytes.SplitAfter(cutColumns(accounting.Text, "Platform Payment Installments"), []byte("\n"))
	accounting.Text = slices.Concat(lines[0], lines[3], lines[6], lines[8], lines[9])
	providertest.Run(t, adyen.New(), providertest.Tests{
		Reports: []providertest.Report{
			table("settlement_detail_report_batch_7", "settlement details report",
				providertest.Sum{Batch: "7", Receiver: "ExampleShopEUR", Net: money.New(0, "EUR")}),
			table("payments_accounting_report_2026_03_10", "payments accounting report", none(11969)),
			accounting,
			table("balanceplatform_payout_report_2026_03_12", "payout report",
				providertest.Sum{Batch: "2026-03-12 07:02:34", Receiver: "BA0000000000000000SELLER1", Net: money.New(0, "EUR")},
				providertest.Sum{Batch: "2026-03-12 07:03:19", Receiver: "BA0000000000000000SELLER2", Net: money.New(0, "EUR")}),
			table("balanceplatform_balance_report_2026_03_12", "balance report"),
			{Name: "rarer kinds", Text: rarerKinds(), Format: "balance platform accounting report", Separator: ',', Sums: []providertest.Sum{none(-1890)}},
		},
		Notifications: notifications,
		OtherKeys:     providers.Keys{TestMode: true, Secrets: []string{k2}, MaxAge: 24 * time.Hour},
	})
}

// rarerKinds is an accounting report with lines of the kinds that are not in those of testdata.
func rarerKinds() []byte {
	const of = "; Psp Payment Merchant Reference=order-1; Psp Payment Psp Reference=P1; Psp Modification Psp Reference=M1; Reference=s"
	const payment = "Category=platformPayment; Type="
	const bonus = "; Reference=bonus-1; Reference for Beneficiary=bonus1; Counterparty Balance Account Id="
	var b strings.Builder
	b.WriteString(platformHeader + ",Store\n")
	for i, line := range []string{
		"Category=internal; Type=internalTransfer; Status=booked; Balance (PC)=-5.00" + bonus + "BA2",
		"Category=internal; Type=internalTransfer; Status=booked; Balance (PC)=5.00; BalanceAccount=BA2" + bonus + "BA1",
		"Category=bank; Type=bankTransfer; Status=booked; Balance (PC)=-20.00; Reference=payout-1",
		"Category=bank; Type=bankTransfer; Status=returned; Balance (PC)=20.00; Reference=payout-1",
		"Category=topUp; Type=capture; Status=captured; Balance (PC)=3.00; Reference=top-1",
		payment + "capture; Status=captured; Balance (PC)=2.00; Psp Payment Psp Reference=P9; Psp Modification Psp Reference=P9",
		payment + "capture; Status=captured; Balance (PC)=10.00; Psp Modification Merchant Reference=order-1" + strings.Replace(of, "M1", "P1", 1),
		payment + "capture; Status=captured; Balance (PC)=-1.00; Description=PaymentFee; Platform Payment Interchange=-0.60; Platform Payment Cost Currency=EUR" + of,
		payment + "captureReversal; Status=captureReversed; Balance (PC)=-10.00" + of,
		payment + "secondChargeback; Status=secondChargeback; Balance (PC)=-10.00" + of,
		payment + "chargebackCorrection; Status=chargeback; Balance (PC)=0.10" + of,
		payment + "chargeback; Status=chargeback; Balance (PC)=-7.50; Description=AdyenFees" + of,
		payment + "gift; Status=given; Balance (PC)=1.00" + of,
		"Category=internal; Type=manualCorrection; Status=manuallyCorrected; Balance (PC)=-6.50",
	} {
		c := cells(line)
		c["Transfer Id"], c["Transaction Id"] = fmt.Sprintf("TR%03d", i), fmt.Sprintf("EVT%03dEUR", i)
		b.WriteString(platformLine(c) + ",\n")
	}
	return []byte(b.String())
}

// cutColumns returns a table without a column and all that come after it. Cells before it have no separators in them, but for one
// in quotes.
func cutColumns(text []byte, from string) []byte {
	lines := strings.SplitAfter(string(text), "\n")
	n := strings.Count(lines[0][:strings.Index(lines[0], from)], ",")
	var b strings.Builder
	for _, l := range lines {
		if l = strings.TrimSuffix(l, "\n"); l == "" {
			continue
		}
		quoted, left := false, n
		end := strings.IndexFunc(l, func(r rune) bool {
			quoted = quoted != (r == '"')
			if r == ',' && !quoted {
				left--
			}
			return left == 0
		})
		b.WriteString(l[:end] + "\n")
	}
	return []byte(b.String())
}

package adyen_test

import (
	"bytes"
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
	keys := providers.Keys{Secrets: []string{k1}, MaxAge: 24 * time.Hour}
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
		},
		Notifications: notifications,
		OtherKeys:     providers.Keys{Secrets: []string{k2}, MaxAge: 24 * time.Hour},
	})
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

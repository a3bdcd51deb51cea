package xendit

import (
	"os"
	"testing"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/providertest"
)

func TestContract(t *testing.T) {
	text := func(file string) []byte {
		b, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	report := func(file, format string, errors int, sums ...providertest.Sum) providertest.Report {
		return providertest.Report{
			Name: file, Text: text("reports/" + file), Options: providers.ReportOptions{Account: "seller-1"},
			Format: format, Errors: errors, Sums: sums, Separator: ',',
		}
	}
	webhook := func(file string, kinds ...providers.Kind) providertest.Notification {
		return providertest.Notification{
			Name: file, Notification: *signed(text("webhooks/" + file)), Keys: providers.Keys{Secrets: []string{token}},
			Proof: token, Signed: []string{}, Kinds: kinds,
		}
	}
	left := providertest.Sum{Net: money.New(430000, "IDR")}
	providertest.Run(t, New(), providertest.Tests{
		Reports: []providertest.Report{
			report("balance.csv", balanceReport, 0, left),
			report("transactions_v2.csv", transactionsReport, 0, left),
			report("transactions_v0.csv", transactionsReport, 1,
				providertest.Sum{Net: money.New(9930000, "IDR")}, providertest.Sum{Net: money.New(191446, "PHP")}),
		},
		Notifications: []providertest.Notification{
			webhook("split_completed.json", providers.Split),
			webhook("split_failed.json", providers.SplitFailed),
			webhook("payment_captures.json", providers.Captured, providers.Captured),
			webhook("refund_failed_nested.json", providers.RefundFailed),
			webhook("dispute_lost.json", providers.Chargeback),
			webhook("report.json", providers.Other),
		},
		OtherKeys: providers.Keys{Secrets: []string{"e0a4d6f18b534c12a9e7b3c5d2f10988"}},
	})
}

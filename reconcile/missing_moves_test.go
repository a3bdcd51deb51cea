package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers"
)

// Two sellers with money at the provider, and ids there.
const movers = `
{"id":"o1","type":"account.open","account":"seller:1","kind":"sub","providerIds":{"adyen":["BA-1"]}}
{"id":"o2","type":"account.open","account":"seller:2","kind":"sub","providerIds":{"adyen":["BA-2"]}}
{"id":"c1","at":"2026-03-02T10:00:00Z","type":"payment.capture","payment":"A","capture":"M1","provider":"adyen","amount":{"value":90000,"currency":"EUR"},"splits":[{"type":"BalanceAccount","account":"seller:1","amount":{"value":80000},"reference":"a"},{"type":"Commission","amount":{"value":10000},"reference":"c"}]}
{"id":"s1","at":"2026-03-03T10:00:00Z","type":"payment.settle","payment":"A"}
`

// told is a report that tells the settlement, and is read until the 20th.
const told = "settled A 900.00 EUR mod=M1 net=900.00 id=l1 at=03T10:00\n" + until20
const until20 = "fee - - EUR acct=BA-1 net=-1.00 Fee=1.00 id=until20 at=20T06:00\n"

func TestMissingTransfersAndPayouts(t *testing.T) {
	t.Parallel()
	const (
		payout     = `{"id":"po","at":"2026-03-10T10:00:00Z","type":"payout","payout":"po-1","account":"seller:1","provider":"adyen","amount":{"value":5000,"currency":"EUR"}}`
		paid       = `{"id":"pd","at":"2026-03-11T10:00:00Z","type":"payout.paid","payout":"po-1"}`
		transfer   = `{"id":"tr","at":"2026-03-10T10:00:00Z","type":"transfer","transfer":"tr-1","from":"seller:1","to":"seller:2","amount":{"value":5000,"currency":"EUR"}}`
		receipt    = `{"id":"pp","at":"2026-03-10T10:00:00Z","type":"provider.payout","provider":"adyen","amount":{"value":5000,"currency":"EUR"}}`
		isPayout   = "payout po-1 5000 EUR"
		isTransfer = "transfer tr-1 5000 EUR"
		isReceipt  = "payout pp 5000 EUR"

		payoutLine    = "payout - - EUR acct=BA-1 net=-50.00 mod=TX1 id=l2 at=12T10:00\n"
		transferLines = "transfer - - EUR acct=BA-1 to=BA-2 net=-50.00 mod=T1 common=x id=l3 at=10T11:00\ntransfer - - EUR acct=BA-2 to=BA-1 net=50.00 mod=T2 common=x id=l4 at=10T11:00\n"
		receiptLine   = "payout - 50.00 EUR net=-50.00 batch=7 mod=TX2 id=l5 at=09T10:00\n"
	)
	for _, tt := range []struct {
		name   string
		events string
		runs   []string // each is posted
		want   []string // what is missing after the last
	}{
		{"a payout in no report", payout, []string{told}, []string{isPayout}},
		{"a payout in no report since", payout, []string{told, "format settlement\n" + until20, until20}, []string{isPayout}},
		{"a payout that is told", payout, []string{told + payoutLine}, nil},
		{"a payout that an earlier report told", payout, []string{told + payoutLine, strings.ReplaceAll(until20, "20", "28")}, nil},
		{"a payout newer than the newest line", strings.ReplaceAll(payout, "03-10", "03-21"), []string{told}, nil},
		{"a payout newer than the newest line in its currency", payout, []string{strings.ReplaceAll(told, "20T06", "09T06") + "fee - - USD net=-1.00 Fee=1.00 id=usd at=20T06:00\n"}, nil},
		{"a payout, and reports that tell none", payout, []string{"format rows\n" + told}, nil},
		{"a payout, and a report of another account", payout, []string{"format account\n" + strings.ReplaceAll(until20, "BA-1", "BA-2")}, nil},
		{"a payout, and a report of the account", payout, []string{"format account\n" + until20}, []string{isPayout}},
		{"a payout, and reports of the platform's alone", payout, []string{"format settlement\n" + told}, nil},
		{"a payout at another provider", strings.ReplaceAll(payout, "adyen", "xendit"), []string{told}, nil},
		{"a payout from our bank", strings.ReplaceAll(payout, `"provider":"adyen",`, ""), []string{told}, nil},
		{"a payout that failed", payout + "\n" + `{"id":"pf","type":"payout.failed","payout":"po-1"}`, []string{told}, nil},
		{"a payout with the provider's name of it", strings.ReplaceAll(payout, `"provider"`, `"movement":"TX1","provider"`), []string{told}, nil},
		{"a payout that only we say was paid", payout + "\n" + paid, []string{told}, []string{isPayout}},
		{"a payout that we say was paid, and the provider too", payout + "\n" + paid, []string{told + payoutLine, strings.ReplaceAll(until20, "20", "28")}, nil},
		{"a payout that we name, paid, and the provider names it so", payout + "\n" + paid, []string{told + "payout - - EUR acct=BA-1 net=-50.00 ours=po-1 id=l2 at=12T10:00\n", strings.ReplaceAll(until20, "20", "28")}, nil},
		{"a payout that was paid before there were reports", payout + "\n" + paid, []string{until20}, nil},
		{"a payout that is under way since before there were reports", payout, []string{until20}, []string{isPayout}},
		{"a payout of another amount waits", payout, []string{told + "payout - - EUR acct=BA-1 net=-49.00 mod=TX1 ours=po-1 id=l2 at=12T10:00\n", strings.ReplaceAll(until20, "20", "28")}, nil},

		{"a transfer in no report", transfer, []string{told}, []string{isTransfer}},
		{"a transfer that is told", transfer, []string{told + transferLines}, nil},
		{"a transfer that an earlier report told", transfer, []string{told + transferLines, strings.ReplaceAll(until20, "20", "28")}, nil},
		{"a transfer newer than the newest line", strings.ReplaceAll(transfer, "03-10", "03-21"), []string{told}, nil},
		{"a transfer, and reports that tell none", transfer, []string{"format settlement\n" + told}, nil},
		{"a transfer, and a report of another account", transfer, []string{"format account\n" + strings.ReplaceAll(until20, "BA-1", "liable")}, nil},
		{"a transfer, and a report of the account that gets it", transfer, []string{"format account\nfee - - EUR acct=BA-2 net=-1.00 Fee=1.00 id=old at=03T06:00\n" + strings.ReplaceAll(until20, "BA-1", "BA-2")}, []string{isTransfer}},
		{"a transfer before there were reports", transfer, []string{until20}, nil},
		{"a transfer with the provider's name of it", strings.ReplaceAll(transfer, `"from"`, `"provider":"adyen","movement":"T1","from"`), []string{told}, nil},
		{"a transfer that was given back", transfer + "\n" + `{"id":"tb","type":"transfer.reverse","transfer":"tr-1"}`, []string{told}, nil},
		{"a transfer to an account that is not at the provider", `{"id":"o3","type":"account.open","account":"seller:3","kind":"sub"}` + "\n" + strings.ReplaceAll(transfer, "seller:2", "seller:3"), []string{told}, nil},
		{"a transfer to an account that is not at the provider, which says that it made it", `{"id":"o3","type":"account.open","account":"seller:3","kind":"sub"}` + "\n" +
			strings.ReplaceAll(transfer, `"seller:2"`, `"seller:3","provider":"adyen"`), []string{told}, []string{isTransfer}},
		{"a transfer to the platform", strings.ReplaceAll(transfer, "seller:2", "liable"), []string{told}, []string{isTransfer}},
		{"a transfer between accounts without ids, of the only provider", `{"id":"o3","type":"account.open","account":"seller:3","kind":"sub"}` + "\n" +
			`{"id":"o4","type":"account.update","account":"seller:1","providerIds":{"adyen":[]}}` + "\n" + strings.ReplaceAll(transfer, "seller:2", "seller:3"), []string{strings.ReplaceAll(told, "BA-1", "seller:1")}, []string{isTransfer}},

		{"a receipt in no report", receipt, []string{"format settlement\n" + told}, []string{isReceipt}},
		{"a receipt that is told", receipt, []string{"format settlement\n" + told + receiptLine}, nil},
		{"a receipt that an earlier report told", receipt, []string{"format settlement\n" + told + receiptLine, "format settlement\n" + until20}, nil},
		{"a receipt of another batch", strings.ReplaceAll(receipt, `"amount"`, `"batch":"8","amount"`), []string{told + receiptLine}, []string{isReceipt}},
		{"a receipt of the batch", strings.ReplaceAll(receipt, `"amount"`, `"batch":"7","amount"`), []string{told + receiptLine, until20}, nil},
		{"a payout of liable that was asked for", strings.ReplaceAll(payout, "seller:1", "liable"), []string{"format settlement\n" + told}, []string{isPayout}},
		{"a payout of liable that was asked for and is told", strings.ReplaceAll(payout, "seller:1", "liable"), []string{"format settlement\n" + told + receiptLine, until20}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := open(t, movers, tt.events)
			for i, report := range tt.runs {
				for _, post := range []bool{false, true, true} {
					r := b.compare(Options{Post: post}, report)
					if r.Posting != nil && r.Posting.Refused > 0 {
						t.Errorf("refused: %q", r.Posting.Why)
					}
					if i < len(tt.runs)-1 {
						continue
					}
					var got []string
					for x, err := range r.Breaks() {
						if err != nil {
							t.Fatal(err)
						}
						if x.Class == MissingAtProvider && (x.Kind == providers.Transfer || x.Kind == providers.Payout) {
							got = append(got, fmt.Sprint(x.Kind, " ", x.Reference, " ", x.Expected.Amount))
							if !x.Open || len(x.Entries) != 1 || !strings.HasPrefix(x.Remedy, "splitledger statement ") || x.Hint == "" {
								t.Errorf("break %+v", x)
							}
						}
					}
					if !slices.Equal(got, tt.want) {
						t.Errorf("posted %v: missing %q, want %q\n%s", post, got, tt.want, text(t, r))
					}
				}
			}
		})
	}
}

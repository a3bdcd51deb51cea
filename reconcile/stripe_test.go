package reconcile_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/stripe"
	"github.com/splitledger/splitledger/reconcile"
	"github.com/splitledger/splitledger/reconcile/ingest"
)

// stripeDays is what a platform books itself on the days of providers/stripe/testdata: accounts and payments, of which
// one is in euro, and one a direct charge of which Stripe's reports of the platform have the fee alone.
const stripeDays = `
{"id":"a1","type":"account.open","account":"S1","kind":"sub","providerIds":{"stripe":["acct_EXSELLER1"]},"at":"2026-03-01T00:00:00Z"}
{"id":"a2","type":"account.open","account":"S2","kind":"sub","providerIds":{"stripe":["acct_EXSELLER2"]},"at":"2026-03-01T00:00:00Z"}
{"id":"p1","type":"payment.authorise","payment":"order-3001","provider":"stripe","amount":{"value":10000,"currency":"USD"},"splits":[{"type":"BalanceAccount","account":"S1","amount":{"value":8800},"reference":"tr_EX3001"},{"type":"Commission","account":"platform","amount":{"value":1200},"reference":"fee_EX3001"}],"at":"2026-03-10T09:15:18Z"}
{"id":"p2","type":"payment.authorise","payment":"order-3002","provider":"stripe","amount":{"value":25000,"currency":"USD"},"at":"2026-03-10T10:02:38Z"}
{"id":"p3","type":"payment.authorise","payment":"order-3003","provider":"stripe","amount":{"value":5000,"currency":"EUR"},"at":"2026-03-11T11:59:58Z"}
{"id":"p4","type":"payment.authorise","payment":"order-3004","provider":"stripe","amount":{"value":4000,"currency":"USD"},"at":"2026-03-16T11:11:10Z"}
`

// stripeTransfers are the transfers of a separate charge, as the platform asks for them once the charge is captured.
const stripeTransfers = `
{"id":"c2","type":"payment.capture","payment":"order-3002","capture":"ch_EX3002","at":"2026-03-10T10:02:40Z"}
{"id":"t1","type":"transfer","transfer":"tr_EX3002A","from":"platform","to":"S1","amount":{"value":8000,"currency":"USD"},"payment":"order-3002","capture":"ch_EX3002","reference":"tr_EX3002A","at":"2026-03-10T10:05:00Z"}
{"id":"t2","type":"transfer","transfer":"tr_EX3002B","from":"platform","to":"S2","amount":{"value":12000,"currency":"USD"},"payment":"order-3002","capture":"ch_EX3002","reference":"tr_EX3002B","at":"2026-03-10T10:05:01Z"}
`

// stripeRefund is a refund with both flags, as the platform asks for it.
const stripeRefund = `
{"id":"c1","type":"payment.capture","payment":"order-3001","capture":"ch_EX3001","at":"2026-03-10T09:15:21Z"}
{"id":"r1","type":"payment.refund","payment":"order-3001","refund":"re_EX3001","amount":{"value":2500,"currency":"USD"},"splits":[{"type":"BalanceAccount","account":"S1","amount":{"value":2200},"reference":"tr_EX3001"},{"type":"Commission","account":"platform","amount":{"value":300},"reference":"fee_EX3001"}],"at":"2026-03-11T08:29:59Z"}
`

// TestStripeDays reads what Stripe tells of some days, in several ways: the books end with what Stripe says that the
// platform and its connected accounts have, though the platform did not ask for all of it itself.
func TestStripeDays(t *testing.T) {
	dir := filepath.Join("..", "providers", "stripe", "testdata")
	day, list := filepath.Join(dir, "stripe_balance_change_from_activity_itemized.csv"), filepath.Join(dir, "stripe_balance_transactions.json")
	paid, sellers := filepath.Join(dir, "stripe_payouts_itemized.csv"), filepath.Join(dir, "stripe_connected_account_payouts_itemized.csv")
	batch := filepath.Join(dir, "stripe_payout_reconciliation_itemized.csv")
	for _, tt := range []struct {
		name, own string
		hooks     string
		reports   []string
	}{
		{"the platform asked for nothing", "", "", []string{day, paid, sellers}},
		{"it asked for transfers", stripeTransfers, "", []string{day, paid, sellers}},
		{"it asked for transfers and a refund", stripeTransfers + stripeRefund, "", []string{day, paid, sellers}},
		{"webhooks before", stripeTransfers, "together", []string{day, paid, sellers}},
		{"webhooks, and balance transactions with their sources", stripeTransfers, "together", []string{withSources(t, list, day), sellers}},
		{"webhooks one by one", stripeTransfers + stripeRefund, "one by one", []string{day, paid, sellers}},
		{"webhooks from the last to the first", stripeTransfers, "backwards", []string{day, paid, sellers}},
		{"webhooks alone, of nothing that it asked for", "", "backwards", []string{day, paid, sellers}},
		{"webhooks after", "", "after", []string{day, paid, sellers}},
		{"payouts before, and reconciliation too", stripeTransfers, "", []string{sellers, paid, batch, day}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := ledger.Open(filepath.Join(t.TempDir(), "l.db"), ledger.Options{Clock: func() time.Time {
				return time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			b, err := posting.New(l, posting.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(strings.TrimSpace(stripeDays + tt.own)) {
				if line = strings.TrimSpace(line); line == "" {
					continue
				}
				e, err := posting.Decode([]byte(line))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := b.Post(context.Background(), e); err != nil {
					t.Fatal(err)
				}
			}
			if tt.hooks != "" && tt.hooks != "after" {
				stripeHooks(t, l, b, dir, tt.hooks)
			}
			for n := range 2 {
				for _, file := range tt.reports {
					r, err := reconcile.Compare(context.Background(), reconcile.Options{Ledger: l, Book: b, Adapter: stripe.New(), Post: true}, file)
					if err != nil {
						t.Fatal(err)
					}
					if testing.Verbose() {
						t.Log(file, r.Counts, r.Posting)
						for x, err := range r.Breaks() {
							t.Log(x.Class, x.Line, x.Movement, x.Expected, x.Found, x.Hint, err)
						}
					}
					if n == 1 && r.Posting.Accepted > 0 {
						t.Errorf("%s: expected nothing that is posted twice, found %+v", file, r.Posting)
					}
					r.Close()
				}
			}
			if tt.hooks == "after" {
				before := l.Stats().Entries
				if stripeHooks(t, l, b, dir, "one by one"); l.Stats().Entries != before {
					t.Errorf("expected webhooks that tell what reports told, found %d new entries", l.Stats().Entries-before)
				}
			}
			if waiting, err := b.Waiting("stripe"); err != nil || len(waiting) > 0 {
				t.Errorf("expected nothing that waits, found %d, %v", len(waiting), err)
				for _, n := range waiting {
					t.Log(n.Outcome.Kind, n.Outcome.Movement, n.Reason)
				}
			}
			if diff := cmp.Diff(map[accounts.ID]string{"platform": "7292 USD", "S1": "0 USD", "S2": "11500 USD", "liable": "0 USD",
				"provider:stripe": "15854 USD", "bank": "8338 USD"}, stripeTotals(t, l)); diff != "" {
				t.Errorf("- expected, + found:\n%s", diff)
			}
			if v, err := l.Verify(context.Background(), nil); err != nil || len(v.Damage) > 0 {
				t.Errorf("verify: %v %v", v.Damage, err)
			}
		})
	}
}

// stripeTotals are the dollars that accounts have, whichever of their sub-balances they are in.
func stripeTotals(t *testing.T, l *ledger.Ledger) map[accounts.ID]string {
	all := map[accounts.ID]string{}
	for _, id := range []accounts.ID{"platform", "S1", "S2", "liable", "provider:stripe", "bank"} {
		if b, err := l.Balance(id, "USD"); err == nil {
			all[id] = b.Total().String()
		} else {
			all[id] = "0 USD"
		}
	}
	return all
}

// stripeHooks takes the webhooks of the days, those of another platform's payout of sellers left out.
func stripeHooks(t *testing.T, l *ledger.Ledger, b *posting.Book, dir, how string) {
	text, err := os.ReadFile(filepath.Join(dir, "webhooks", "stripe_signatures.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []providers.Notification
	for _, r := range rows[1:] {
		if strings.Contains(r[0], "thin") || strings.Contains(r[0], "direct") {
			continue
		}
		body, err := os.ReadFile(filepath.Join(dir, "webhooks", r[0]))
		if err != nil {
			t.Fatal(err)
		}
		seconds, err := strconv.ParseInt(r[3], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, providers.Notification{Body: body, Received: time.Unix(seconds, 0),
			Header: textproto.MIMEHeader{"Stripe-Signature": {r[4]}}})
	}
	in := &ingest.Intake{Adapter: stripe.New(), Ledger: l, Book: b,
		Keys: providers.Keys{Secrets: []string{"whsec_example_platform_1", "whsec_example_connect_2"}, TestMode: true}}
	batches := [][]providers.Notification{all}
	if how != "together" {
		batches = nil
		for i := range all {
			batches = append(batches, all[i:i+1])
		}
	}
	if how == "backwards" {
		slices.Reverse(batches)
	}
	var results []ingest.Result
	for _, batch := range batches {
		more, err := in.Take(context.Background(), batch)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, more...)
	}
	for i, r := range results {
		if r.Err != nil {
			t.Errorf("webhook %d: %v", i, r.Err)
		}
		if testing.Verbose() {
			for _, told := range r.Outcomes {
				t.Log("webhook", r.Status, told.Status, fmt.Sprint(told.Err), told.Outcome.Kind, told.Outcome.Movement)
			}
		}
	}
}

// withSources writes balance transactions whose sources are told, as expand[]=data.source does.
func withSources(t *testing.T, list, table string) string {
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(table)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	for _, r := range rows[1:] {
		id := r[at["source_id"]]
		object := map[string]string{"ch": "charge", "re": "refund", "du": "dispute", "tr": "transfer", "fee": "application_fee"}[strings.Split(id, "_")[0]]
		if object == "" {
			continue
		}
		source := fmt.Sprintf(`{"id":%q,"object":%q,"payment_intent":%q`, id, object, r[at["payment_intent_id"]])
		if amount := r[at["customer_facing_amount"]]; amount != "" {
			source += fmt.Sprintf(`,"amount":%s,"currency":%q,"metadata":{"order_id":%q}`,
				strings.ReplaceAll(strings.TrimPrefix(amount, "-"), ".", ""), r[at["customer_facing_currency"]], r[at["payment_metadata[order_id]"]])
		}
		switch other := r[at["connected_account_id"]]; object {
		case "transfer":
			source += fmt.Sprintf(`,"destination":%q`, other)
		case "application_fee":
			source += fmt.Sprintf(`,"account":%q`, other)
		}
		text = bytes.ReplaceAll(text, []byte(`"source":"`+id+`"`), []byte(`"source":`+source+"}"))
	}
	name := filepath.Join(t.TempDir(), "list.json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

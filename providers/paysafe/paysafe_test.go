package paysafe_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/paysafe"
	"github.com/splitledger/splitledger/providers/providertest"
)

var update = flag.Bool("update", false, "write the golden files")

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// told reads a report and writes what it says, a line each.
func told(text string) string { return readAll(strings.NewReader(text)) }

func readAll(from io.Reader) string {
	r, err := paysafe.New().Open(from, providers.ReportOptions{})
	if err != nil {
		return "open: " + err.Error() + "\n"
	}
	var out strings.Builder
	for {
		o, err := r.Next()
		switch _, bad := errors.AsType[*providers.LineError](err); {
		case err == io.EOF:
			return out.String()
		case bad:
			fmt.Fprintln(&out, err)
		case err != nil:
			fmt.Fprintln(&out, "stop:", err)
			return out.String()
		default:
			write(&out, &o)
		}
	}
}

func write(out io.Writer, o *providers.Outcome) {
	fmt.Fprintf(out, "line %d: %s %s of %q", o.Line, o.Kind, strings.TrimSpace(o.Amount.String()), o.Reference)
	if o.Part != (o.Account != "") {
		fmt.Fprint(out, ", a part of no account")
	}
	for _, f := range []struct{ name, value string }{
		{"payment", o.ProviderReference}, {"id", o.ID}, {"movement", o.Movement}, {"ours", o.Ours},
		{"account", o.Account}, {"reason", o.Reason},
	} {
		if f.value != "" {
			fmt.Fprintf(out, ", %s %s", f.name, f.value)
		}
	}
	for _, s := range o.Shares {
		if s.Type == posting.Remainder {
			fmt.Fprint(out, ", the rest from the merchant")
			continue
		}
		fmt.Fprintf(out, ", %s from %s", s.Amount, s.Account)
	}
	if !o.At.IsZero() {
		fmt.Fprintf(out, ", %s", o.At.Format(time.RFC3339))
	}
	fmt.Fprintln(out)
}

// TestFixture holds the fixture to the golden file, which was checked by hand: settled 20500, of which 664 and 500 reached linked
// accounts and 11336 of 12500 stayed with the merchant; refunded 2500, 133 of it from a linked account.
func TestFixture(t *testing.T) {
	const golden = "testdata/settlements_and_refunds.txt"
	got := told(string(file(t, "paysafe_settlements_and_refunds.json")))
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("- expected, + found:\n%s", diff)
	}
}

const (
	one   = `{"id":"s-1","merchantRefNum":"order-1","txnTime":"2026-03-10T09:15:21Z","status":"COMPLETED","amount":5000,"availableToRefund":5000,"currencyCode":"USD"}`
	split = `{"id":"s-2","merchantRefNum":"order-2","txnTime":"2026-03-10T09:15:21Z","status":"COMPLETED","amount":5000,"availableToRefund":0,"splitpay":[{"linkedAccount":"123124124","percent":5.31,"amount":266},{"linkedAccount":"767862873","amount":500}]}`
	back  = `{"id":"r-1","merchantRefNum":"refund-1","txnTime":"2026-03-11T09:00:00Z","status":"COMPLETED","amount":100,"links":[{"rel":"settlement","href":"https://api.example.test/cardpayments/v1/accounts/1/settlements/s-1"},{"rel":"self","href":"https://api.example.test/cardpayments/v1/accounts/1/refunds/r-1"}]}`

	oneTold   = `line %d: settled 5000 USD of "order-1", id s-1, movement s-1, 2026-03-10T09:15:21Z` + "\n"
	splitTold = `line %[1]d: settled 5000 of "order-2", id s-2, movement s-2, 2026-03-10T09:15:21Z
line %[1]d: split 266 of "order-2", id s-2/1, movement s-2, account 123124124, 2026-03-10T09:15:21Z
line %[1]d: split 500 of "order-2", id s-2/2, movement s-2, account 767862873, 2026-03-10T09:15:21Z
`
	backTold = `line %d: refunded 100 of "refund-1", payment s-1, id r-1, movement r-1, ours refund-1, the rest from the merchant, 2026-03-11T09:00:00Z` + "\n"
)

func TestForms(t *testing.T) {
	at := func(line int, told string) string { return fmt.Sprintf(told, line) }
	for _, c := range []struct{ name, text, want string }{
		{"one object", one, at(1, oneTold)},
		{"one object on several lines", strings.ReplaceAll(one, ",", ",\n"), at(1, oneTold)},
		{"an array", "[" + one + ",\n" + split + ",\n" + back + "]", at(1, oneTold) + at(2, splitTold) + at(3, backTold)},
		{"one a line", one + "\n" + split + "\n\n" + back + "\n", at(1, oneTold) + at(2, splitTold) + at(4, backTold)},
		{"one after another", one + split + back, at(1, oneTold) + at(1, splitTold) + at(1, backTold)},
		{"both lists", "{\"links\":[{}],\"settlements\":[\n" + one + "\n],\"refunds\":[\n" + back + "\n],\"meta\":{\"n\":2}}", at(2, oneTold) + at(4, backTold)},
		{"a list a line", `{"settlements":[` + one + "]}\n" + `{"refunds":[` + back + "]}\n", at(1, oneTold) + at(2, backTold)},
		{"empty lists", `{"settlements":[],"refunds":[]}`, ""},
		{"two documents", "{\"settlements\":[\n" + one + "\n]}\n{\"refunds\":[\n" + back + "\n]}\n", at(2, oneTold) + at(5, backTold)},
		{"a line that is no JSON", one + "\n{\"id\":}\n" + split + "\n", at(1, oneTold) + "line 2: expected JSON: invalid character '}' at start of value\n" + at(3, splitTold)},
		{"cut short", "[" + one + ",\n" + split[:40], at(1, oneTold) + "stop: line 2: the report is cut short: expected more JSON, found the end of the file\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, told(c.text)); diff != "" {
				t.Errorf("- expected, + found:\n%s", diff)
			}
		})
	}
}

// TestRefused changes one thing in an object, which is refused then, and the next is read.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{`"amount":5000`, `"amount":50.00`, `column "amount": expected a whole number of minor units, found 50.00`},
		{`"amount":5000`, `"amount":"5000"`, `column "amount": expected a whole number of minor units, found "5000"`},
		{`"amount":5000`, `"amount":5e3`, `column "amount": expected a whole number of minor units, found 5e3`},
		{`"amount":5000`, `"amount":-1`, `column "amount": expected a whole number of minor units, found -1`},
		{`"amount":5000`, `"amount":100000000000`, `column "amount": expected at most 99999999999, found 100000000000`},
		{`"amount":5000,`, ``, `column "amount": expected a whole number of minor units, found none`},
		{`"status":"COMPLETED"`, `"status":7`, `column "status": expected text, found JSON of another type: number`},
		{`"status":"COMPLETED"`, `"status":""`, `column "status": expected a status, found none`},
		{`"status":"COMPLETED",`, `"status":"COMPLETED","STATUS":"FAILED","id":"s-3",`, ``},
		{`"id":"s-2"`, `"id":""`, `column "id": expected the id of the settlement, found none`},
		{`"merchantRefNum":"order-2",`, ``, `column "merchantRefNum": expected the merchant's reference, found none`},
		{`2026-03-10T09:15:21Z`, `10/3/26`, `column "txnTime": expected a time such as 2026-03-10T09:15:21Z, found "10/3/26"`},
		{`"amount":266`, `"amount":268`, `column "splitpay[0].amount": expected 266, which is 5.31 % of 5000, found 268`},
		{`"amount":500}`, `"amount":4735}`, `column "splitpay": expected at most 5000 in all, found more`},
		{`,"amount":500}`, `}`, `column "splitpay[1].amount": expected a whole number of minor units, found none`},
		{`"linkedAccount":"767862873",`, ``, `column "splitpay[1].linkedAccount": expected an account, found none`},
		{`"percent":5.31`, `"percent":105`, `column "splitpay[0].percent": percent "105": expected 0 to 100, found more than 100`},
		{`"availableToRefund":0,`, ``, `expected a settlement or a refund, found nothing that tells which: neither availableToRefund nor a link to itself, and no list around it`},
		{`{"id":"s-2"`, `{"currencyCode":"XQX","id":"s-2"`, `column "currencyCode": expected a currency of ISO 4217, found "XQX"`},
	} {
		t.Run(c.to, func(t *testing.T) {
			text := strings.Replace(split, c.from, c.to, 1)
			if text == split {
				t.Fatalf("expected %s in the object, found none", c.from)
			}
			got := told("[" + text + ",\n" + one + "]")
			if c.want == "" {
				if !strings.Contains(got, "stop: line 1: expected JSON: duplicate object member name") {
					t.Errorf("expected an end at a member that comes twice, found\n%s", got)
				}
				return
			}
			first, rest, _ := strings.Cut(got, "\n")
			if !strings.HasPrefix(first, "line 1") || !strings.HasSuffix(first, c.want) {
				t.Errorf("expected line 1 … %s\nfound %s", c.want, first)
			}
			if want := fmt.Sprintf(oneTold, 2); rest != want {
				t.Errorf("expected after it\n%sfound\n%s", want, rest)
			}
		})
	}
}

// TestStatuses goes through all statuses there are.
func TestStatuses(t *testing.T) {
	for _, c := range []struct {
		status             string
		settlement, refund providers.Kind
	}{
		{"RECEIVED", providers.Captured, providers.Other},
		{"INITIATED", providers.Captured, providers.Other},
		{"PENDING", providers.Captured, providers.Other},
		{"PROCESSING", providers.Captured, providers.Other},
		{"COMPLETED", providers.Settled, providers.Refunded},
		{"CANCELLED", providers.SettlementFailed, providers.RefundFailed},
		{"FAILED", providers.SettlementFailed, providers.RefundFailed},
		{"EXPIRED", providers.SettlementFailed, providers.RefundFailed},
		{"ERRORED", providers.Unknown, providers.Unknown},
	} {
		for list, want := range map[string]providers.Kind{"settlements": c.settlement, "refunds": c.refund} {
			got := told(`{"` + list + `":[` + strings.Replace(one, "COMPLETED", c.status, 1) + `]}`)
			if !strings.HasPrefix(got, "line 1: "+string(want)+" 5000 USD of") || (want == providers.Other || want == providers.Unknown) && !strings.Contains(got, "reason "+strings.TrimSuffix(list, "s")+" "+c.status) {
				t.Errorf("%s in %s: expected %s, found %s", c.status, list, want, got)
			}
		}
	}
}

const (
	key       = "CwsLCwsLCwsLCwsLCwsLCwsLCws=" // of RFC 4231, test case 1
	signature = "K90v1HsoKf61dfGEyywx6Oy8v9VpL6L6uLjkmu/AZrU="
	received  = "2026-03-10T09:15:30Z"
)

// signed returns a notification signed with a key.
func signed(body, key string) *providers.Notification {
	secret, _ := base64.StdEncoding.DecodeString(key)
	h := hmac.New(sha256.New, secret)
	io.WriteString(h, body)
	at, _ := time.Parse(time.RFC3339, received)
	n := &providers.Notification{Header: map[string][]string{}, Body: []byte(body), Received: at}
	n.Header.Set("signature", base64.StdEncoding.EncodeToString(h.Sum(nil)))
	return n
}

func TestNotifications(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"completed", string(file(t, "paysafe_webhook_settlement_completed.json")), `line 0: settled 12500 of "order-4001", id 00000000-0000-4000-8000-000000004001, movement 00000000-0000-4000-8000-000000004001, 2026-03-10T09:15:21Z`},
		{"little said", `{"eventName":"SETTLEMENT_COMPLETED","payload":{"id":"s-1","merchantRefNum":"order-1"}}`, `line 0: other 0 of "order-1", id s-1, movement s-1, reason SETTLEMENT_COMPLETED without an amount: read the settlement itself, 2026-03-10T09:15:30Z`},
		{"the other spelling", `{"EventName":"SETTLEMENT_FAILED","payload":{"id":"s-1","merchantRefNum":"order-1","amount":5000,"currencyCode":"CAD"}}`, `line 0: settlement_failed 5000 CAD of "order-1", id s-1, movement s-1, reason FAILED, 2026-03-10T09:15:30Z`},
		{"refund", `{"eventName":"REFUND_COMPLETED","payload":{"id":"r-1","merchantRefNum":"refund-1","amount":100}}`, `line 0: refunded 100 of "refund-1", id r-1, movement r-1, ours refund-1, 2026-03-10T09:15:30Z`},
		{"another end", `{"eventName":"SETTLEMENT_ERRORED","payload":{"id":"s-1","merchantRefNum":"order-1","amount":5000}}`, `line 0: other 5000 of "order-1", id s-1, movement s-1, reason settlement ERRORED, 2026-03-10T09:15:30Z`},
		{"a payment", `{"eventName":"PAYMENT_COMPLETED","payload":{"id":"p-1","merchantRefNum":"order-1"}}`, ``},
		{"a credit", `{"eventName":"SA_CREDIT_ERRORED","payload":{}}`, ``},
		{"another name", `{"eventName":"X"}`, ``},
		{"contradiction", `{"eventName":"SETTLEMENT_COMPLETED","payload":{"id":"s-1","merchantRefNum":"order-1","status":"PENDING","amount":1}}`, `error: payload.status: expected COMPLETED as in SETTLEMENT_COMPLETED, found "PENDING"`},
		{"no name", `{"payload":{}}`, `error: expected a notification with eventName, found none`},
		{"no payload", `{"eventName":"SETTLEMENT_COMPLETED"}`, `error: expected a payload, found none`},
		{"no id", `{"eventName":"SETTLEMENT_COMPLETED","payload":{"merchantRefNum":"order-1","amount":1}}`, `error: payload.id: expected the id of the settlement, found none`},
	} {
		t.Run(c.name, func(t *testing.T) {
			outcomes, err := paysafe.New().Notified(signed(c.body, key), providers.Keys{Secrets: []string{key}})
			var out strings.Builder
			if err != nil {
				fmt.Fprintln(&out, "error:", err)
			}
			for i := range outcomes {
				write(&out, &outcomes[i])
			}
			if got := strings.TrimSpace(out.String()); got != c.want {
				t.Errorf("expected\n%s\nfound\n%s", c.want, got)
			}
		})
	}
}

// TestVector is the signature of the fixture, computed by hand with another program.
func TestVector(t *testing.T) {
	body := string(file(t, "paysafe_webhook_settlement_completed.json"))
	n := signed(body, key)
	if got := n.Header.Get("Signature"); got != signature {
		t.Errorf("expected the signature %s, found %s", signature, got)
	}
	n.Header.Set("Signature", "5vXANNW22x/tHMeZJJxDBZdj+qoJz21IVxgNX9iOSaU=") // by the text of the key
	if _, err := paysafe.New().Notified(n, providers.Keys{Secrets: []string{key}}); !errors.Is(err, providers.ErrUnauthenticated) {
		t.Errorf("signed with the key's text: expected %v, found %v", providers.ErrUnauthenticated, err)
	}
}

func TestContract(t *testing.T) {
	body := file(t, "paysafe_webhook_settlement_completed.json")
	lines := []byte(one + "\n" + split + "\n" + back + "\n")
	format := paysafe.New().Formats()[0].Name
	providertest.Run(t, paysafe.New(), providertest.Tests{
		Reports: []providertest.Report{
			{Name: "both lists", Text: file(t, "paysafe_settlements_and_refunds.json"), Format: format, Sums: []providertest.Sum{}},
			{Name: "one a line", Text: lines, Format: format},
			{Name: "unreadable", Text: []byte("[" + one + ",\n{},\n7,\n" + split + "]"), Format: format, Errors: 2},
		},
		Notifications: []providertest.Notification{{
			Name: "completed", Notification: *signed(string(body), key), Keys: providers.Keys{Secrets: []string{key}}, Proof: signature,
			Kinds: []providers.Kind{providers.Settled},
		}},
		OtherKeys: providers.Keys{Secrets: []string{"DAwMDAwMDAwMDAwMDAwMDAwMDAw="}},
	})
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(one + "\n" + back))
	f.Add([]byte(`{"settlements":[` + split + `],"refunds":[` + back + `]}`))
	f.Add([]byte(`{"settlements":[{"settlements":[]}],"settlements":[[[`))
	f.Fuzz(func(t *testing.T, text []byte) {
		last := 0
		r, err := paysafe.New().Open(strings.NewReader(string(text)), providers.ReportOptions{})
		for n := 0; err == nil; n++ {
			var o providers.Outcome
			o, err = r.Next()
			line := o.Line
			if bad, ok := errors.AsType[*providers.LineError](err); ok {
				line, err = bad.Line, nil
			}
			if err == nil && (line < last || line < 1 || o.Amount.Sign() < 0) {
				t.Fatalf("expected lines in order and amounts without sign, found line %d after %d, %s", line, last, o.Amount)
			}
			if n > len(text) {
				t.Fatal("expected an end, found more outcomes than bytes")
			}
			last = max(last, line)
		}
	})
}

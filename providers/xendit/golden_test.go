package xendit

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

var update = flag.Bool("update", false, "write the golden files in testdata")

// TestReports reads testdata/reports/*.csv. Beside each is what its lines say, and what they sum to.
func TestReports(t *testing.T) {
	for _, file := range files(t, "testdata/reports/*.csv") {
		golden(t, file, readReport(t, file, providers.ReportOptions{Account: "seller-1"}))
	}
}

// TestWebhooks reads testdata/webhooks/*.json. Beside each is what it says.
func TestWebhooks(t *testing.T) {
	for _, file := range files(t, "testdata/webhooks/*.json") {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		outcomes, err := New().Notified(signed(body), keys)
		var b strings.Builder
		for i := range outcomes {
			describe(&b, &outcomes[i])
		}
		if err != nil {
			fmt.Fprintln(&b, err)
		}
		golden(t, file, b.String())
	}
}

// keys has a token that is not used any more, and the one of today.
var keys = providers.Keys{Secrets: []string{"token-of-last-year", token}}

const token = "b7b2f1d0c6a94f2c8f6c2f0d5e1a7c39"

func signed(body []byte) *providers.Notification {
	return &providers.Notification{
		Header: textproto.MIMEHeader{tokenHeader: {token}}, Body: body,
		Received: time.Date(2026, 3, 11, 2, 0, 9, 0, time.UTC),
	}
}

func readReport(t *testing.T, file string, o providers.ReportOptions) string {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := New().Open(f, o)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintln(&b, r.Format())
	sums := map[money.Currency]money.Amount{}
	var order []money.Currency
	for {
		o, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			if _, ok := errors.AsType[*providers.LineError](err); !ok {
				t.Fatal(err)
			}
			fmt.Fprintln(&b, err)
			continue
		}
		describe(&b, &o)
		if c := o.Net.Currency(); c != "" {
			if _, ok := sums[c]; !ok {
				order = append(order, c)
			}
			sums[c] = money.Sum(c, sums[c], o.Net)
		}
	}
	for _, c := range order {
		fmt.Fprintf(&b, "net %s %s\n", money.Table{}.Format(sums[c]), c)
	}
	return b.String()
}

// describe writes an outcome as one line, of what it has.
func describe(b *strings.Builder, o *providers.Outcome) {
	amount := func(a money.Amount) string { return money.Table{}.Format(a) + " " + string(a.Currency()) }
	if o.Line > 0 {
		fmt.Fprintf(b, "line %d: ", o.Line)
	}
	fmt.Fprint(b, o.Kind)
	if o.Amount.Currency() != "" {
		fmt.Fprintf(b, " %s", amount(o.Amount))
	}
	for _, f := range o.Fees {
		fmt.Fprintf(b, ", %s %s", f.Type, amount(f.Amount))
		if f.Of != "" {
			fmt.Fprintf(b, " on %s", f.Of)
		}
	}
	if o.Net.Currency() != "" {
		fmt.Fprintf(b, ", net %s", amount(o.Net))
	}
	if o.After.Currency() != "" {
		fmt.Fprintf(b, ", after it %s", amount(o.After))
	}
	if o.Held {
		fmt.Fprint(b, ", held")
	}
	if o.Part {
		fmt.Fprint(b, ", a part")
	}
	fmt.Fprintf(b, ", %s", o.At.UTC().Format(time.RFC3339))
	for _, v := range []struct{ name, value string }{
		{"id", o.ID}, {"reference", o.Reference}, {"provider", o.ProviderReference}, {"movement", o.Movement},
		{"ours", o.Ours}, {"common", o.Common}, {"account", o.Account}, {"counterparty", o.Counterparty}, {"split", o.Split}, {"batch", o.Batch},
		{"receiver", o.Receiver}, {"rate", o.Rate}, {"reason", o.Reason},
	} {
		if v.value != "" {
			fmt.Fprintf(b, ", %s %q", v.name, v.value)
		}
	}
	fmt.Fprintln(b)
}

func files(t *testing.T, pattern string) []string {
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatal("no files", pattern, err)
	}
	return names
}

// golden compares what a file says with the .txt beside it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	name := strings.TrimSuffix(file, filepath.Ext(file)) + ".txt"
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))), got); diff != "" {
		t.Errorf("%s (- expected, + found):\n%s", file, diff)
	}
}

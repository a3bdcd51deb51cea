package xendit

import (
	"bytes"
	"flag"
	"fmt"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/providertest"
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
			providertest.Describe(&b, &outcomes[i])
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
	return providertest.DescribeReport(r)
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

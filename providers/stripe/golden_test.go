package stripe

import (
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
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
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/providertest"
)

var update = flag.Bool("update", false, "write the golden files in testdata")

// TestReports reads testdata/*.csv and *.json, and those in testdata/refused, which are no reports. Beside each is what its lines say, and what they sum to.
func TestReports(t *testing.T) {
	tables, _ := filepath.Glob("testdata/*.csv")
	lists, _ := filepath.Glob("testdata/*.json")
	refused, _ := filepath.Glob("testdata/refused/*")
	refused = slices.DeleteFunc(refused, func(f string) bool { return strings.HasSuffix(f, ".txt") })
	if len(tables) < 5 || len(lists) < 3 || len(refused) < 1 {
		t.Fatal("files are missing in testdata")
	}
	for _, file := range slices.Concat(tables, lists, refused) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		o := providers.ReportOptions{}
		if strings.Contains(file, "connected_list") || strings.Contains(file, "of_account") {
			o.Account = "acct_EXSELLER2"
		}
		golden(t, file, readReport(text, o))
	}
}

// TestWebhooks reads testdata/webhooks/*.json, with the signatures that are beside them. Beside each is what it says.
func TestWebhooks(t *testing.T) {
	for _, h := range hooks(t) {
		var b strings.Builder
		outcomes, err := New().Notified(&h.Notification, h.keys)
		for i := range outcomes {
			providertest.Describe(&b, &outcomes[i])
		}
		if err != nil {
			fmt.Fprintln(&b, err)
		}
		golden(t, "testdata/webhooks/"+h.file, b.String())
		for n := range h.Body {
			changed := h.Notification
			changed.Body = slices.Insert(slices.Clone(h.Body), n, ' ')
			if _, err := New().Notified(&changed, h.keys); !errors.Is(err, providers.ErrUnauthenticated) {
				t.Fatalf("%s with one byte more at %d: expected %v, found %v", h.file, n, providers.ErrUnauthenticated, err)
			}
		}
	}
}

// A hook is a webhook with its signature.
type hook struct {
	providers.Notification
	file string
	keys providers.Keys
}

// hooks are the webhooks in testdata that are signed there, and those that the test signs.
func hooks(t testing.TB) (list []hook) {
	text, err := os.ReadFile("testdata/webhooks/stripe_signatures.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, r := range rows[1:] {
		known[r[0]] = true
		list = append(list, hookOf(t, r[0], r[2], r[3], r[4]))
	}
	others, err := filepath.Glob("testdata/webhooks/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range others {
		if file = filepath.Base(file); !known[file] {
			list = append(list, hookOf(t, file, otherSecret, "1773800000", ""))
		}
	}
	return list
}

const otherSecret = "whsec_example_other_3"

// hookOf reads a webhook, and signs it where it has no signature.
func hookOf(t testing.TB, file, secret, stamp, signature string) hook {
	body, err := os.ReadFile("testdata/webhooks/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if signature == "" {
		signature = fmt.Sprintf("t=%s,v1=%x", stamp, proofOf(secret, stamp, body))
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return hook{providers.Notification{
		Header: textproto.MIMEHeader{signatureHeader: {signature}}, Body: body, Received: time.Unix(seconds+2, 0),
	}, file, providers.Keys{Secrets: []string{"whsec_of_another_endpoint", secret}, TestMode: true}}
}

func readReport(text []byte, o providers.ReportOptions) string {
	r, err := New().Open(bytes.NewReader(text), o)
	if err != nil {
		return err.Error() + "\n"
	}
	return providertest.DescribeReport(r)
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

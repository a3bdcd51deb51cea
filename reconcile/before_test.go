package reconcile_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/reconcile"
	"github.com/splitledger/splitledger/reconcile/ingest"
)

// testdata/before has a ledger in which the version of commit 0e795f8, before movements had names in the books, posted the reports and took
// the notifications beside it. The reports are samples of that version ('sample --provider', with a break of each class), the notifications tell
// captures, refunds and disputes that agree, are new, fail, are won, and of which one waits.

// openBefore opens a copy of the ledger.
func openBefore(t *testing.T) (*ledger.Ledger, *posting.Book) {
	packed, err := os.ReadFile("testdata/before/ledger.db.gz")
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "before.db")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if v, err := l.Verify(context.Background(), nil); err != nil || len(v.Damage) > 0 {
			t.Errorf("verify: %v %v", v.Damage, err)
		}
		l.Close()
	})
	b, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return l, b
}

// What an older version has posted of reports and notifications is not posted again.
func TestPostedBefore(t *testing.T) {
	for _, order := range [][]string{{"reports", "notifications", "reports"}, {"notifications", "reports", "notifications"}, {"reports one by one", "notifications"}} {
		t.Run(strings.Join(order, ", "), func(t *testing.T) {
			l, b := openBefore(t)
			before := l.Stats().Entries
			check := func(what string) {
				t.Helper()
				if now := l.Stats().Entries; now != before {
					t.Errorf("%s: %d entries became %d:%s", what, before, now, entriesSince(t, l, before))
					before = now
				}
			}
			for _, what := range order {
				for _, name := range []string{"adyen", "antom", "paysafe", "xendit"} { // that version had no others
					a, err := all.Registry().ByName(name)
					if err != nil {
						t.Fatal(err)
					}
					switch what {
					case "notifications":
						notifiedBefore(t, l, b, a)
					case "reports":
						reportedBefore(t, l, b, a, reportsBefore(t, a.Name())...)
					default:
						for _, path := range reportsBefore(t, a.Name()) {
							reportedBefore(t, l, b, a, path)
						}
					}
					check(what + " of " + a.Name())
				}
			}
			waitedBefore(t, l, b)
		})
	}
}

// waitedBefore takes up what an older version kept: it is booked once its payment is there.
func waitedBefore(t *testing.T, l *ledger.Ledger, b *posting.Book) {
	t.Helper()
	list, err := b.Waiting("adyen")
	if err != nil || len(list) != 2 || list[1].Reference != "w-adyen-9" || list[1].Source == nil || list[1].Source.Report != "" {
		for _, n := range list {
			t.Errorf("%+v", n)
		}
		t.Fatalf("waiting: %+v, %v", list, err)
	}
	_, err = b.Post(context.Background(), posting.Event{ID: "late", Type: posting.PaymentCapture, Payment: "w-adyen-9", Provider: "adyen",
		ProviderReference: "WPSPA9", Amount: money.New(1000, "EUR")})
	if err != nil {
		t.Fatal(err)
	}
	a, err := all.Registry().ByName("adyen")
	if err != nil {
		t.Fatal(err)
	}
	told, err := (&ingest.Intake{Adapter: a, Ledger: l, Book: b}).Retry(context.Background())
	if err != nil || len(told) != 2 || told[0].Status != ingest.Accepted {
		t.Fatalf("retried: %+v, %v", told, err)
	}
	p, err := b.Payment("w-adyen-9")
	if err != nil || p.Refunded.Minor() != "700" || p.Refunds[0].Movement != "WREF9" {
		t.Errorf("the payment has %s refunded, %v, %v", p.Refunded, p.Refunds, err)
	}
}

func reportsBefore(t *testing.T, provider string) []string {
	paths, err := filepath.Glob("testdata/before/" + provider + "/*")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	return paths
}

func reportedBefore(t *testing.T, l *ledger.Ledger, b *posting.Book, a providers.Adapter, paths ...string) {
	t.Helper()
	r, err := reconcile.Compare(context.Background(), reconcile.Options{Ledger: l, Book: b, Adapter: a, Post: true}, paths...)
	if err != nil {
		t.Fatal(a.Name(), err)
	}
	defer r.Close()
	if r.Posting.Refused > 0 {
		t.Errorf("%s: %d refused: %q", a.Name(), r.Posting.Refused, r.Posting.Why)
	}
}

func notifiedBefore(t *testing.T, l *ledger.Ledger, b *posting.Book, a providers.Adapter) {
	t.Helper()
	file, err := os.Open("testdata/before/" + a.Name() + ".jsonl")
	if err != nil {
		return // only of some
	}
	defer file.Close()
	key, err := os.ReadFile("testdata/before/" + a.Name() + ".key")
	if err != nil {
		t.Fatal(err)
	}
	keys := providers.Keys{TestMode: a.Name() == "adyen", Secrets: strings.Fields(string(key)), MaxAge: 100 * 365 * 24 * time.Hour}
	in := &ingest.Intake{Adapter: a, Keys: keys, Ledger: l, Book: b}
	var list []providers.Notification
	for r := ingest.NewReader(file, ingest.ReadOptions{}); ; {
		n, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil || n.Err != nil {
			t.Fatal(err, n.Err)
		}
		list = append(list, n.Notification)
	}
	results, err := in.Take(context.Background(), list)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if r.Status == ingest.Accepted || r.Status == ingest.Refused {
			t.Errorf("%s is %s: %v %+v", list[i].Body, r.Status, r.Err, r.Outcomes)
		}
	}
}

// entriesSince lists the events that made entries after so many.
func entriesSince(t *testing.T, l *ledger.Ledger, before uint64) string {
	var s strings.Builder
	n := uint64(0)
	for rec, err := range l.Records(context.Background(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		if n += uint64(len(rec.Entries)); n > before && len(rec.Entries) > 0 {
			e, err := posting.EventOf(rec)
			if err != nil {
				t.Fatal(err)
			}
			s.WriteString("\n  " + string(e.AppendJSON(nil)))
		}
	}
	return s.String()
}

package reconcile

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

var update = flag.Bool("update", false, "write the golden files anew")

// plain is the adapter of a provider whose reports people can read:
//
//	settled order-1 100.00 EUR net=98.80 Interchange=1.20 batch=7 mod=cap-1 at=12T06:00
//	payout - 98.80 EUR net=-98.80 batch=7
//
// kind, reference, amount, currency, and what else there is. Days are of March 2026. A line with ? cannot be read.
type plain struct{}

func (plain) Name() string                { return "adyen" }
func (plain) Formats() []providers.Format { return []providers.Format{{Name: "plain report"}} }
func (plain) Notified(*providers.Notification, providers.Keys) ([]providers.Outcome, error) {
	return nil, providers.ErrUnauthenticated
}
func (plain) Open(r io.Reader, o providers.ReportOptions) (providers.Report, error) {
	return &plainReport{lines: bufio.NewScanner(r), table: o.Table}, nil
}

type plainReport struct {
	lines *bufio.Scanner
	table money.Table
	n     int
}

func (*plainReport) Format() string { return "plain report" }

func (r *plainReport) Next() (o providers.Outcome, err error) {
	for r.lines.Scan() {
		r.n++
		words := strings.Fields(r.lines.Text())
		switch {
		case len(words) == 0:
			continue
		case words[0] == "?":
			return o, &providers.LineError{Line: r.n, Column: "amount", What: "expected an amount, found " + strings.Join(words[1:], " ")}
		case words[0] == "<cut>":
			return o, fmt.Errorf("expected the end of the report, found line %d cut short", r.n)
		}
		return r.outcome(words)
	}
	return o, io.EOF
}

func (r *plainReport) outcome(words []string) (o providers.Outcome, err error) {
	currency := money.Currency(words[3])
	amount := func(s string, c money.Currency) money.Amount {
		if digits, other, ok := strings.Cut(s, ":"); ok {
			s, c = digits, money.Currency(other)
		}
		a, bad := r.table.ParseMajor(s, c)
		if bad != nil {
			err = bad
		}
		return a
	}
	o = providers.Outcome{Kind: providers.Kind(words[0]), Line: r.n, At: time.Date(2026, 3, 12, 6, 0, 0, 0, time.UTC)}
	if words[1] != "-" {
		o.Reference = words[1]
	}
	if words[2] != "-" {
		o.Amount = amount(words[2], currency)
	}
	for _, w := range words[4:] {
		key, value, _ := strings.Cut(w, "=")
		switch key {
		case "net":
			o.Net = amount(value, currency)
		case "after":
			o.After = amount(value, currency)
		case "batch":
			o.Batch = value
		case "mod":
			o.Movement = value
		case "psp":
			o.ProviderReference = value
		case "move":
			o.Group = value
		case "id":
			o.ID = value
		case "part":
			o.Part, o.Split = true, value
			if o.Account == "" {
				o.Account = map[string]string{"goods": "seller:1", "commission": "liable"}[value]
			}
		case "acct":
			o.Account = value
		case "to":
			o.Counterparty = value
		case "common":
			o.Common = value
		case "ours":
			o.Ours = value
		case "held":
			o.Held = true
		case "why":
			o.Reason = value
		case "booked":
			if o.Booked, err = time.Parse("2006-01-02T15:04", "2026-03-"+value); err != nil {
				return o, err
			}
		case "at":
			if o.At, err = time.Parse("2006-01-02T15:04", "2026-03-"+value); err != nil {
				return o, err
			}
		default:
			o.Fees = append(o.Fees, posting.Fee{Type: posting.FeeType(key), Amount: amount(value, currency)})
		}
	}
	return o, err
}

// compare runs a comparison over texts of reports.
func (b *books) compare(o Options, reports ...string) *Result {
	b.Helper()
	var paths []string
	for i, text := range reports {
		path := filepath.Join(b.TempDir(), fmt.Sprintf("report-%d", i+1))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
		paths = append(paths, path)
	}
	o.Ledger, o.Book, o.Adapter = b.ledger, b.book, plain{}
	r, err := Compare(context.Background(), o, paths...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { r.Close() })
	return r
}

// text puts a result into lines, but for classes to leave out.
func text(t testing.TB, r *Result, without ...Class) string {
	t.Helper()
	var s strings.Builder
	for _, c := range Classes() {
		if r.Counts[c] > 0 && !slices.Contains(without, c) {
			fmt.Fprintf(&s, "%-20s %d\n", c, r.Counts[c])
		}
	}
	for b, err := range r.Breaks() {
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(without, b.Class) {
			continue
		}
		fmt.Fprintf(&s, "\n%s", b.Class)
		if b.Line > 0 {
			fmt.Fprintf(&s, " line %d", b.Line)
		}
		fmt.Fprintf(&s, " %s: books %s, provider %s", b.Reference, sideOf(b.Expected), sideOf(b.Found))
		if !b.Difference.IsZero() {
			fmt.Fprintf(&s, ", difference %s", b.Difference)
		}
		fmt.Fprintf(&s, "\n  %s\n", b.Hint)
	}
	for i := range r.Batches {
		b := &r.Batches[i]
		fmt.Fprintf(&s, "\nbatch %s: %d lines, %s, paid %s: %s\n", b.Batch, b.Lines, b.Net, b.Paid, b.State())
	}
	return s.String()
}

// postedText is what was posted, and what has changed since before.
func postedText(t testing.TB, r *Result, before string) string {
	t.Helper()
	var s strings.Builder
	if now := text(t, r); now != before {
		s.WriteString(now + "\n")
	}
	if p := r.Posting; p != nil {
		fmt.Fprintf(&s, "posted %d, duplicate %d, refused %d, taken up %d; open %d, waiting %d\n", p.Accepted, p.Duplicate, p.Refused, p.Waiting, r.Open(), r.Waiting)
		for _, why := range p.Why {
			fmt.Fprintf(&s, "  %s\n", why)
		}
	}
	return s.String()
}

func sideOf(x Side) string {
	if x.IsZero() {
		return "nothing"
	}
	parts := []string{}
	if x.Amount.Currency() != "" {
		parts = append(parts, x.Amount.String())
	}
	if x.State != "" {
		parts = append(parts, x.State)
	}
	return strings.Join(parts, " ")
}

// Each file in testdata has events, a report, and what comes of comparing it, of posting it, of posting it again, and what
// accounts have then.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			given := map[string]string{}
			var reports []string
			kept := []txtar.File{}
			for _, f := range a.Files {
				given[f.Name] = string(f.Data)
				if strings.HasPrefix(f.Name, "report") {
					reports = append(reports, string(f.Data))
				}
				if f.Name == "events" || f.Name == "later" || strings.HasPrefix(f.Name, "report") {
					kept = append(kept, f)
				}
			}
			b := open(t, given["events"])
			got := func(name, s string) { kept = append(kept, txtar.File{Name: name, Data: []byte(s)}) }
			compared := text(t, b.compare(Options{}, reports...))
			got("compared", compared)
			got("posted", postedText(t, b.compare(Options{Post: true}, reports...), compared))
			b.post(given["later"])
			got("posted again", postedText(t, b.compare(Options{Post: true}, reports...), compared))
			got("balances", b.balances())
			a.Files = kept
			if *update {
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			for _, f := range kept {
				if given[f.Name] != string(f.Data) {
					t.Errorf("%s: got\n%s\nwant\n%s", f.Name, f.Data, given[f.Name])
				}
			}
		})
	}
}

// balances lists what accounts have.
func (b *books) balances() string {
	var s strings.Builder
	for _, a := range b.ledger.Balances(nil) {
		for _, h := range a.Balances {
			if !h.Pending.IsZero() || !h.Available.IsZero() || !h.Reserved.IsZero() {
				fmt.Fprintf(&s, "%-16s %s %s\n", a.Account.ID, h.Currency, b.held(string(a.Account.ID), h.Currency))
			}
		}
	}
	return s.String()
}

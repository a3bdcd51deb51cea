package adyen_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/adyen"
)

var update = flag.Bool("update", false, "write what happens into testdata instead of comparing")

// TestReports reads testdata/*.csv and compares what they say with testdata/golden: a line for each outcome, with what the
// outcome has in it, and at the end the sums of Net by batch, receiver, account and currency, and those of fees.
func TestReports(t *testing.T) {
	files, err := filepath.Glob("testdata/*.csv")
	if err != nil || len(files) == 0 {
		t.Fatal("no reports", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, told(t, text))
		})
	}
}

// golden compares what happens with a file in testdata/golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("what %s says (-) and what happens (+):\n%s", file, d)
	}
}

// told reads a report and says what it tells.
func told(t *testing.T, text []byte) string {
	t.Helper()
	r, err := adyen.New().Open(bytes.NewReader(text), providers.ReportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintln(&b, r.Format())
	var s sums
	for {
		o, err := r.Next()
		var bad *providers.LineError
		switch {
		case err == io.EOF:
			s.write(&b)
			return b.String()
		case errors.As(err, &bad):
			fmt.Fprintln(&b, err)
		case err != nil:
			t.Fatal(err)
		default:
			fmt.Fprintln(&b, line(&o))
			s.add(&o)
		}
	}
}

// line writes an outcome on one line.
func line(o *providers.Outcome) string {
	var b strings.Builder
	if o.Line > 0 {
		fmt.Fprintf(&b, "%d ", o.Line)
	}
	b.WriteString(string(o.Kind))
	amount := func(name string, a money.Amount) {
		if a.Currency() != "" {
			fmt.Fprintf(&b, " %s=%s %s", name, money.Table{}.Format(a), a.Currency())
		}
	}
	amount("amount", o.Amount)
	for _, f := range o.Fees {
		amount(string(f.Type), f.Amount)
	}
	amount("net", o.Net)
	amount("before", o.Before)
	amount("after", o.After)
	for _, f := range []struct{ name, text string }{
		{"rate", o.Rate}, {"batch", o.Batch}, {"receiver", o.Receiver}, {"account", o.Account}, {"counterparty", o.Counterparty}, {"common", o.Common}, {"split", o.Split}, {"reference", o.Reference},
		{"provider", o.ProviderReference}, {"modification", o.Movement}, {"ours", o.Ours}, {"id", o.ID}, {"reason", o.Reason},
	} {
		if f.text != "" {
			fmt.Fprintf(&b, " %s=%q", f.name, f.text)
		}
	}
	if o.Part {
		b.WriteString(" part")
	}
	if o.Held {
		b.WriteString(" held")
	}
	if !o.At.IsZero() {
		b.WriteString(" at=" + o.At.UTC().Format("2006-01-02T15:04:05Z"))
	}
	if !o.Booked.IsZero() {
		b.WriteString(" booked=" + o.Booked.UTC().Format("2006-01-02T15:04:05Z"))
	}
	return b.String()
}

// sums adds up what lines moved.
type sums struct {
	order []string
	sum   map[string]money.Amount
}

func (s *sums) add(o *providers.Outcome) {
	s.to(fmt.Sprintf("sum of batch %q, receiver %q", o.Batch, o.Receiver), o.Net)
	if o.Account != "" {
		s.to("sum of account "+o.Account, o.Net)
	}
	for _, f := range o.Fees {
		s.to("fees "+string(f.Type), f.Amount)
	}
}

func (s *sums) to(name string, a money.Amount) {
	if a.Currency() == "" {
		return
	}
	name += " " + string(a.Currency())
	if s.sum == nil {
		s.sum = map[string]money.Amount{}
	}
	if _, ok := s.sum[name]; !ok {
		s.order = append(s.order, name)
	}
	s.sum[name] = money.Sum(a.Currency(), s.sum[name], a)
}

func (s *sums) write(b *strings.Builder) {
	for _, name := range s.order {
		fmt.Fprintf(b, "%s: %s\n", name, money.Table{}.Format(s.sum[name]))
	}
}

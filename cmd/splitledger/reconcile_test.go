package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/splitledger/splitledger/internal/lab/reports"
	"github.com/splitledger/splitledger/ledger"
)

// A sampled is a made-up report with its events in a ledger.
type sampled struct {
	dir     string
	ledger  string
	files   []string
	summary reports.Summary
}

// sampleBooks makes up events and reports that differ from them in known places, and posts the events.
func sampleBooks(t testing.TB, o reports.Options) *sampled {
	t.Helper()
	s := &sampled{dir: t.TempDir()}
	o.Create = func(name string) (io.WriteCloser, error) { return os.Create(filepath.Join(s.dir, name)) }
	var err error
	if s.summary, err = reports.Write(o); err != nil {
		t.Fatal(err)
	}
	for _, name := range s.summary.Reports {
		s.files = append(s.files, filepath.Join(s.dir, name))
	}
	s.ledger = filepath.Join(s.dir, "ledger.db")
	if code, _, stderr := runHere(context.Background(), "", "--ledger", s.ledger, "post", filepath.Join(s.dir, reports.EventsFile)); code != 0 {
		t.Fatalf("post: %d\n%s", code, stderr)
	}
	return s
}

// reconciliation is what reconcile --json prints.
type reconciliation struct {
	Summary map[string]int
	Batches []struct{ Batch, State string }
	Breaks  []found
	Others  []found
	Posted  *struct{ Accepted, Duplicate, Refused int }
}

type found struct {
	Class, File, Reference, Payment, Batch string
	Line                                   int
	Open                                   bool
}

func (s *sampled) reconcile(t testing.TB, provider string, more ...string) (int, reconciliation) {
	t.Helper()
	args := append([]string{"--ledger", s.ledger, "reconcile", "--provider", provider, "--json"}, more...)
	code, stdout, stderr := runHere(context.Background(), "", append(args, s.files...)...)
	var r reconciliation
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("exit status %d, %v\n%s%s", code, err, stdout, stderr)
	}
	return code, r
}

// signature is what a break has to have in common with the one that was made: class, place, and payment or batch.
func signature(class, file string, line int, payment, batch string) string {
	if line > 0 {
		return fmt.Sprintf("%s %s:%d", class, file, line)
	}
	if payment != "" {
		return class + " payment " + payment
	}
	return class + " batch " + batch
}

// known reads the breaks that were made.
func (s *sampled) known(t testing.TB) (list []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, reports.BreaksFile))
	if err != nil {
		t.Fatal(err)
	}
	var made struct{ Breaks []reports.Break }
	if err := json.Unmarshal(text, &made); err != nil {
		t.Fatal(err)
	}
	for _, b := range made.Breaks {
		line := b.Line
		if b.Class == reports.BalanceMismatch {
			line = 0
		}
		if len(s.files) == 1 {
			b.File = ""
		}
		list = append(list, signature(string(b.Class), b.File, line, b.Payment, b.Batch))
	}
	slices.Sort(list)
	return list
}

func (r *reconciliation) found() (list []string) {
	for _, b := range append(slices.Clone(r.Breaks), r.Others...) {
		list = append(list, signature(b.Class, b.File, b.Line, b.Payment, b.Batch))
	}
	slices.Sort(list)
	return list
}

// Reconcile finds every difference that was made, and no other; each line is in one class.
func TestReconcileFindsWhatWasMade(t *testing.T) {
	payments := 600
	if testing.Short() {
		payments = 150
	}
	for _, provider := range reports.Providers() {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			s := sampleBooks(t, reports.Options{Provider: provider, Payments: payments, Breaks: 4, Seed: 7})
			code, r := s.reconcile(t, provider)
			if code != 1 {
				t.Errorf("exit status %d, expected 1", code)
			}
			made, got := s.known(t), r.found()
			for _, m := range made {
				if !slices.Contains(got, m) {
					t.Errorf("not found: %s", m)
				}
			}
			for _, g := range got {
				if !slices.Contains(made, g) {
					t.Errorf("found, and not made: %s", g)
				}
			}
			if sum := lines(r.Summary); sum != s.summary.Lines {
				t.Errorf("%d lines in a class, %d were written", sum, s.summary.Lines)
			}
		})
	}
}

// lines sums the classes of lines.
func lines(summary map[string]int) (sum int) {
	for class, n := range summary {
		if class != "missing_at_provider" && class != "balance_mismatch" {
			sum += n
		}
	}
	return sum
}

// Without differences there is nothing to find, and once it is posted the provider owes what the report says: nothing after the payout.
func TestReconcileAgrees(t *testing.T) {
	for _, provider := range reports.Providers() {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			s := sampleBooks(t, reports.Options{Provider: provider, Payments: 100, Seed: 3})
			code, r := s.reconcile(t, provider, "--post")
			if code != 0 || slices.ContainsFunc(r.Breaks, func(b found) bool { return b.Open }) {
				t.Errorf("exit status %d, %v", code, r.Breaks)
			}
			again, r := s.reconcile(t, provider, "--post")
			if again != 0 || len(r.Breaks) > 0 || r.Posted.Accepted != 0 {
				t.Errorf("again: exit status %d, %v, posted %+v", again, r.Breaks, r.Posted)
			}
			if code, out, _ := runHere(context.Background(), "", "--ledger", s.ledger, "verify"); code != 0 {
				t.Errorf("verify: %s", out)
			}
		})
	}
}

// books is all that matters of a ledger: what every account has, and how many records there are.
func (s *sampled) books(t testing.TB) string {
	t.Helper()
	code, out, stderr := runHere(context.Background(), "", "--ledger", s.ledger, "balance", "--json")
	if code != 0 {
		t.Fatal(stderr)
	}
	l, err := ledger.Open(s.ledger, ledger.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprintf("%d records\n%s", l.Stats().Records, out)
}

// Posting twice is posting once, and what posting mended is matched then. Killed in the middle, any number of times, and run again, the
// books are the same, and so is what the last run says.
func TestReconcilePostsOnce(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "splitledger") // by this name, the test is the program
	if err := os.Symlink(self, program); err != nil {
		t.Skip(err)
	}
	for _, provider := range reports.Providers() {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			o := reports.Options{Provider: provider, Payments: 400, Breaks: 3, Seed: 11}
			once := sampleBooks(t, o)
			begun := time.Now()
			_, want := once.reconcile(t, provider, "--post")
			took := time.Since(begun)
			after := once.books(t)
			if want.Posted.Refused != 0 {
				t.Errorf("refused %d events", want.Posted.Refused)
			}
			_, mended := once.reconcile(t, provider, "--post")
			_, again := once.reconcile(t, provider, "--post")
			if mended.Posted.Accepted+again.Posted.Accepted != 0 || !maps.Equal(again.Summary, mended.Summary) {
				t.Errorf("again: %+v %v, want %v", again.Posted, again.Summary, mended.Summary)
			}
			if got := once.books(t); got != after {
				t.Errorf("posted twice:\n%s\nonce:\n%s", got, after)
			}

			killed := sampleBooks(t, o)
			for i := range 8 {
				cmd := exec.Command(program, append([]string{"--ledger", killed.ledger, "reconcile", "--provider", provider, "--post"}, killed.files...)...)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(10*time.Millisecond + took*time.Duration(i)/6)
				cmd.Process.Kill()
				cmd.Wait()
			}
			killed.reconcile(t, provider, "--post")
			_, last := killed.reconcile(t, provider, "--post")
			if !maps.Equal(last.Summary, mended.Summary) {
				t.Errorf("killed: %v, want %v", last.Summary, mended.Summary)
			}
			if got := killed.books(t); got != after {
				t.Errorf("killed and run again:\n%s\nonce:\n%s", got, after)
			}
		})
	}
}

// There are breaks, whether or not anybody reads them to the end.
func TestReconcileHalfRead(t *testing.T) {
	report, err := filepath.Abs("../../examples/reconcile/settlement_detail_report_batch_7.csv")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if code, _, errs := runHere(t.Context(), `{"id":"e","type":"account.open","account":"a","kind":"sub"}`, "post"); code != exitDone {
		t.Fatal(errs)
	}
	for _, form := range []string{"--json=false", "--json", "--csv", "--html"} {
		var errs strings.Builder
		code := run(t.Context(), []string{"reconcile", "--provider", "adyen", form, report}, strings.NewReader(""), failing{syscall.EPIPE}, &errs, noEnv)
		if code != exitRefused || errs.Len() > 0 {
			t.Errorf("%s: exit status %d, %s; expected %d and not a word", form, code, &errs, exitRefused)
		}
	}
}

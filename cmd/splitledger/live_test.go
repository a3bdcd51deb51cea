package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server"
)

// hold opens a ledger as a program that embeds it does, with a socket beside it, until the test or stop ends it.
func hold(t *testing.T, path string) (stop func()) {
	t.Helper()
	l, err := ledger.Open(path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	end, err := server.Socket(l)
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		if err := end(); err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// A told is what a run said.
type told struct {
	code      int
	out, errs string
	files     map[string]string // that it made
}

// tell runs a command in a directory of its own, and takes what it makes there.
func tell(t *testing.T, stdin string, args ...string) told {
	t.Helper()
	dir := t.TempDir()
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "DIR", dir)
	}
	code, out, errs := runHere(t.Context(), stdin, args...)
	said := told{code, strings.ReplaceAll(out, dir, "DIR"), strings.ReplaceAll(errs, dir, "DIR"), map[string]string{}}
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			b, _ := os.ReadFile(path)
			said.files[strings.TrimPrefix(path, dir)] = string(b)
		}
		return err
	})
	return said
}

// Each command that asks something says the same through a program that has the ledger open as it does on the file: what it
// prints, to the byte, its files and its exit code. Commands that are added must be named in examplesOf.
func TestReadThroughSocket(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "demo.db")
	if code, _, errs := runHere(t.Context(), "", "demo", "--ledger", path); code != 0 {
		t.Fatal(errs)
	}
	chart := filepath.Join(dir, "chart.json")
	if err := os.WriteFile(chart, []byte(`{}`), 0o600); err != nil {
		t.Fatal(err)
	}
	rule := `{"id":"r-1","type":"rule.create","at":"2026-03-01T00:00:00Z","rule":"half","name":"Half","currency":"EUR",` +
		`"routes":[{"account":"a","percent":"50","reference":"a"}]}` + "\n"
	events := filepath.Join(dir, "rule.jsonl")
	if err := os.WriteFile(events, []byte(rule), 0o600); err != nil {
		t.Fatal(err)
	}
	var commands [][]string
	for _, args := range examplesOf(t) {
		if !slices.Contains([]string{"post", "backup", "keys", "ledgers", "version"}, args[0]) && !slices.Contains(args, "--help") {
			commands = append(commands, args, append(args[:len(args):len(args)], "--json"), append(args[:len(args):len(args)], "--csv"))
		}
	}
	for _, line := range []string{
		"statement seller:0001 --last 3", "statement seller:* --out DIR/st --html", "statement nobody", "statement seller:0001 --limit 2 --json",
		"statement seller:0001 --from 2026-03-10 --to 2026-03-10 --postings --zone Asia/Jakarta", "statement --payout none",
		"statement seller:0001 --html", "balance --at 2026-03-09", "balance --recorded 2020", "balance --kind nonsense", "balance --nonsense",
		"balance nobody", "payment nope", "event nope", "payments --limit 3", "accounts --limit 2 --csv", "export", "export --format hledger",
		"export --format csv --from 2026-03-10", "export --out DIR/e.jsonl", "export --out " + path, "export --out DIR/no/e.jsonl",
		"export --format journal-csv --chart " + chart, "report trial-balance --chart " + chart, "report trial-balance --chart " + dir + "/none",
		"rules test half --amount 10.00EUR --provider adyen --account x --events " + events, "rules simulate half --events " + events,
		"rules test half --amount 10.00EUR --provider adyen --account x --events -", "recover", "verify --contains 1:00",
		"reconcile --provider adyen " + events, "rules export-adyen platform-5-courier-flat", "rules import-adyen " + events, "find adyen", "find zzz",
		"due", "backup --check " + path, "backup " + path, "nosuch", "version", "balance --asset XYZ=3",
	} {
		commands = append(commands, strings.Fields(line))
	}
	const stdin = `{"id":"r-1","type":"rule.create","rule":"half","name":"Half","currency":"EUR","routes":[{"account":"a","percent":"50","reference":"a"}]}` + "\n"
	want := make([]told, len(commands))
	for i, args := range commands {
		want[i] = tell(t, stdin, append(slices.Clone(args), "--ledger", path)...)
	}
	hold(t, path)
	for i, args := range commands {
		got := tell(t, stdin, append(slices.Clone(args), "--ledger", path)...)
		compareTold(t, args, got, want[i])
	}
}

func compareTold(t *testing.T, args []string, got, want told) {
	t.Helper()
	now := regexp.MustCompile(`"at": "20[0-9T:.-]+Z",\n  "rows"|"postedFirst":"20[0-9T:.-]+Z"`) // of report ageing and reconcile
	got.out, want.out = now.ReplaceAllString(got.out, ""), now.ReplaceAllString(want.out, "")
	if got.code != want.code || got.out != want.out || got.errs != want.errs {
		t.Errorf("%v: through the socket exit %d\n%.600s%.600s\non the file exit %d\n%.600s%.600s", args, got.code, got.out, got.errs,
			want.code, want.out, want.errs)
	}
	if len(got.files) != len(want.files) {
		t.Errorf("%v: %d files through the socket, %d on the file", args, len(got.files), len(want.files))
	}
	for name, text := range want.files {
		if got.files[name] != text {
			t.Errorf("%v: %s is not the same", args, name)
		}
	}
}

// Commands that book say the same through a program that has the ledger open, and the books are the same after them.
func TestWriteThroughSocket(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	here, there := filepath.Join(dir, "here.db"), filepath.Join(dir, "there.db")
	for _, path := range []string{here, there} {
		if code, _, errs := runHere(t.Context(), openLine(1), "post", "--ledger", path); code != 0 {
			t.Fatal(errs)
		}
	}
	hold(t, there)
	shop, report := examples+"/reconcile/shop.jsonl", examples+"/reconcile/settlement_detail_report_batch_7.csv"
	line := openLine(2) + "{}\n" + `{"id":"t","type":"transfer","from":"nobody","to":"platform","amount":{"value":1,"currency":"EUR"}}` + "\n"
	for _, step := range []struct{ stdin, args string }{
		{line, "post --dry-run"}, {line, "post"}, {line, "post --json"}, {line, "post - " + shop + " --csv"}, {line, "post --max-errors 1"},
		{"", "post " + shop + " none.jsonl"}, {"", "post " + report}, {"PK\x03\x04", "post"}, {"", "due --post"}, {"", "recover --post"},
		{"", "reconcile --provider adyen " + report}, {"", "reconcile --provider adyen --post --dry-run " + report},
		{"", "reconcile --provider adyen --post " + report}, {"", "reconcile --provider adyen --json " + report},
		{"id\n", "reconcile --provider adyen -"}, {"", "reconcile --provider adyen --status --csv"}, {"", "ingest --provider xendit x"},
		{"{}", "ingest --provider xendit --key-file " + shop}, {"", "ingest --waiting"}, {"", "ingest --close x --reason y"}, {"", "balance"},
		{"", "journal"}, {"", "verify --accept-loss 1"},
	} {
		args := strings.Fields(step.args)
		want := tell(t, step.stdin, append(slices.Clone(args), "--ledger", here)...)
		got := tell(t, step.stdin, append(slices.Clone(args), "--ledger", there)...)
		got.out, got.errs = strings.ReplaceAll(got.out, there, here), strings.ReplaceAll(got.errs, there, here)
		if step.args == "verify --accept-loss 1" {
			if got.code != exitUsage {
				t.Errorf("%s: %+v", step.args, got)
			}
			continue
		}
		compareTold(t, args, got, want)
	}
	// What is booked through the socket says who did it.
	if _, out, _ := runHere(t.Context(), "", "export", "--ledger", there); !strings.Contains(out, "socket") {
		t.Error("nothing says who posted")
	}
}

// A backup is made by the program that has the ledger, and is whole; nothing is left where it cannot be made.
func TestBackupThroughSocket(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "demo.db")
	if code, _, errs := runHere(t.Context(), "", "demo", "--ledger", path); code != 0 {
		t.Fatal(errs)
	}
	hold(t, path)
	to := filepath.Join(dir, "demo.backup")
	code, written, errs := runHere(t.Context(), "", "backup", to, "--ledger", path)
	if code != 0 {
		t.Fatal(errs)
	}
	code, whole, errs := runHere(t.Context(), "", "backup", "--check", to)
	if code != 0 || strings.Replace(whole, "whole", "written", 1) != written {
		t.Errorf("%d %s: written\n%s\nread\n%s", code, errs, written, whole)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm()&0o277 != 0 {
		t.Errorf("%v %v: expected a file that only its owner may read", info.Mode(), err)
	}
	if code, _, errs := runHere(t.Context(), "", "backup", to, "--ledger", path); code != exitUsage || !strings.Contains(errs, "there is a file at") {
		t.Errorf("%d %s", code, errs)
	}
	if left, _ := filepath.Glob(to + ".*"); len(left) > 0 {
		t.Errorf("%v were left", left)
	}
}

// Nothing that whoever gave a command does, or does not do, keeps others from posting: one that reads nothing of a large
// answer, and one that sends nothing of what it was to post.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "demo.db")
	if code, _, errs := runHere(t.Context(), "", "demo", "--ledger", path); code != 0 {
		t.Fatal(errs)
	}
	stop := hold(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var running sync.WaitGroup
	for range 4 {
		for _, args := range []string{"export", "statement liable --json", "post"} {
			running.Go(func() {
				in, _ := io.Pipe() // nobody writes to it
				run(ctx, append(strings.Fields(args), "--ledger", path), in, stuck{ctx}, io.Discard, noEnv)
			})
		}
	}
	time.Sleep(300 * time.Millisecond)
	began := time.Now()
	for i := range 20 {
		if code, _, errs := runHere(t.Context(), openLine(1000+i), "post", "--ledger", path); code != 0 {
			t.Fatal(errs)
		}
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("20 events took %v beside readers that do not read", took)
	}
	cancel()
	running.Wait()
	stop()
}

// stuck is a terminal that shows nothing until ctx is done.
type stuck struct{ ctx context.Context }

func (s stuck) Write(b []byte) (int, error) {
	<-s.ctx.Done()
	return len(b), nil
}

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/splitledger/splitledger/internal/lab/marketplace"
)

func noEnv(string) string { return "" }

// What the sample says will be accepted, repeated and refused is what the ledger answers, code by code.
func TestSampleIsBookedAsItSays(t *testing.T) {
	t.Parallel()
	payments := 2500
	if testing.Short() {
		payments = 1000
	}
	for _, seed := range []uint64{1, 2, 3} {
		var events bytes.Buffer
		s, err := marketplace.Write(&events, marketplace.Options{Seed: seed, Payments: payments})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "sample.db")
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"post", "--json", "--ledger", path}, &events, &out, &errs, noEnv); code != 1 {
			t.Errorf("seed %d: exit %d", seed, code)
		}
		want := regexp.MustCompile(fmt.Sprintf("^accepted %d, duplicate %d, refused %d, fell back to liable [1-9]\nmade a new ledger at %s\n$",
			s.Accepted, s.Duplicates, s.Refusals(), regexp.QuoteMeta(path)))
		if !want.MatchString(errs.String()) {
			t.Errorf("seed %d: %s, the sample says %s", seed, &errs, want)
		}
		refused := map[string]int{}
		for line := range strings.Lines(out.String()) {
			var r struct{ Error struct{ Code string } }
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			if r.Error.Code != "" {
				refused[r.Error.Code]++
			}
		}
		if !maps.Equal(refused, s.Refused) {
			t.Errorf("seed %d: refused %v, the sample says %v", seed, refused, s.Refused)
		}
		if code, out, errs := runHere(t.Context(), "", "verify", "--ledger", path); code != 0 {
			t.Errorf("seed %d: verify: exit %d\n%s%s", seed, code, out, errs)
		}
	}
}

// Lines are decoded several at a time, and answered in their order all the same.
func TestAnswersComeInOrder(t *testing.T) {
	const lines = 2560
	var in strings.Builder
	for n := 1; n <= lines; n++ {
		switch {
		case n%97 == 0:
			in.WriteString("{\"id\":\"e-" + fmt.Sprint(n) + "\",\"type\":\"none\"}\n")
		case n%501 == 0:
			in.WriteString(strings.Repeat(" ", n*64) + openLine(n))
		default:
			in.WriteString(openLine(n))
		}
	}
	path := filepath.Join(t.TempDir(), "order.db")
	code, out, _ := runHere(t.Context(), in.String(), "post", "--json", "--ledger", path)
	if code != exitRefused {
		t.Errorf("exit %d", code)
	}
	n := 0
	for line := range strings.Lines(out) {
		n++
		status := "accepted"
		if n%97 == 0 {
			status = "refused"
		}
		if want := fmt.Sprintf(`{"line":%d,"id":"e-%d","status":"%s"`, n, n, status); !strings.HasPrefix(line, want) {
			t.Fatalf("expected %s, found %s", want, line)
		}
	}
	if n != lines {
		t.Errorf("%d answers", n)
	}
}

func openLine(n int) string {
	return fmt.Sprintf(`{"id":"e-%d","type":"account.open","account":"seller:%d","kind":"sub"}`+"\n", n, n)
}

// A producer that waits for each answer before it sends the next event gets it.
func TestPostAnswersWhatTricklesIn(t *testing.T) {
	in, send := io.Pipe()
	receive, out := io.Pipe()
	done := make(chan int, 1)
	path := filepath.Join(t.TempDir(), "trickle.db")
	go func() {
		done <- run(context.Background(), []string{"post", "--json", "--ledger", path}, in, out, io.Discard, noEnv)
		out.Close()
	}()
	answers := bufio.NewScanner(receive)
	for n := range 20 {
		io.WriteString(send, openLine(n))
		if !answers.Scan() || !strings.Contains(answers.Text(), fmt.Sprintf(`"id":"e-%d","status":"accepted"`, n)) {
			t.Fatalf("event %d was answered by %q", n, answers.Text())
		}
	}
	send.Close()
	if code := <-done; code != 0 {
		t.Errorf("exit %d", code)
	}
}

// Ctrl-C keeps what was answered, says where it stopped, and exits with 130.
func TestPostStopsCleanly(t *testing.T) {
	ctx, interrupt := context.WithCancel(context.Background())
	in, send := io.Pipe()
	receive, out := io.Pipe()
	path := filepath.Join(t.TempDir(), "stopped.db")
	done := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		done <- run(ctx, []string{"post", "--json", "--ledger", path}, in, out, &errs, noEnv)
		out.Close()
	}()
	io.WriteString(send, openLine(1)+openLine(2))
	answers := bufio.NewScanner(receive)
	for range 2 {
		answers.Scan()
	}
	interrupt()
	select {
	case code := <-done:
		if code != exitInterrupted {
			t.Errorf("exit %d", code)
		}
	case <-time.After(time.Minute):
		t.Fatal("still running")
	}
	want := "accepted 2, duplicate 0, refused 0\ninterrupted after stdin:2, the last line answered; everything up to there is kept\n" +
		"made a new ledger at " + path + "\n"
	if errs.String() != want {
		t.Errorf("printed %q, expected %q", &errs, want)
	}
	if code, out, _ := runHere(t.Context(), openLine(1)+openLine(2)+openLine(3), "post", "--ledger", path); code != 0 || out != "accepted 1, duplicate 2, refused 0\n" {
		t.Errorf("going on: exit %d, %s", code, out)
	}
}

// A reader that has seen enough ends the program without a word.
func TestBrokenPipeIsQuiet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.db")
	for _, tt := range []struct {
		args []string
		code int
	}{
		{[]string{"post", "--json"}, exitRefused}, // the rest is not booked
		{[]string{"balance"}, exitDone},
		{[]string{"accounts", "--json"}, exitDone},
	} {
		var errs bytes.Buffer
		args := append(tt.args, "--ledger", path)
		code := run(t.Context(), args, strings.NewReader(openLine(1)), brokenPipe{}, &errs, noEnv)
		if code != tt.code {
			t.Errorf("%v: exit %d, expected %d", tt.args, code, tt.code)
		}
		if text := errs.String(); strings.Contains(text, "EPIPE") || strings.Contains(text, "broken pipe") {
			t.Errorf("%v: printed %q", tt.args, text)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

// An input that fails in the middle is reported with its place; what came before is booked.
func TestPostReportsInputThatBreaksOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "broken.db")
	in := io.MultiReader(strings.NewReader(openLine(1)), iotest.ErrReader(io.ErrUnexpectedEOF))
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"post", "--ledger", path}, in, &out, &errs, noEnv)
	if code != 1 || out.String() != "accepted 1, duplicate 0, refused 0\n" || errs.String() != "made a new ledger at "+path+"\nsplitledger: stdin: after line 1: unexpected EOF\n" {
		t.Errorf("exit %d, %s%s", code, &out, &errs)
	}
}

// While one process posts, another is told so at once.
func TestLedgerInUse(t *testing.T) {
	in, send := io.Pipe()
	receive, out := io.Pipe()
	path := filepath.Join(t.TempDir(), "used.db")
	done := make(chan int, 1)
	go func() {
		done <- run(context.Background(), []string{"post", "--json", "--ledger", path}, in, out, io.Discard, noEnv)
	}()
	io.WriteString(send, openLine(1))
	bufio.NewScanner(receive).Scan()
	for _, args := range [][]string{{"post"}, {"balance"}, {"verify"}} {
		code, _, errs := runHere(t.Context(), openLine(2), append(args, "--ledger", path)...)
		if code != exitUsage || !strings.Contains(errs, "ledger_locked") {
			t.Errorf("%v: exit %d, %s", args, code, errs)
		}
	}
	send.Close()
	if code := <-done; code != exitDone {
		t.Errorf("exit %d", code)
	}
}

// A summary that could not be written is a failure, though everything is booked. One that nobody reads is none.
func TestPostUntold(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, tt := range []struct {
		fails error
		code  int
	}{{syscall.ENOSPC, exitRefused}, {syscall.EPIPE, exitDone}} {
		var errs strings.Builder
		in := strings.NewReader(`{"id":"e","type":"account.open","account":"a","kind":"sub"}`)
		if code := run(t.Context(), []string{"post"}, in, failing{tt.fails}, &errs, noEnv); code != tt.code {
			t.Errorf("%v: exit status %d, %s; expected %d", tt.fails, code, &errs, tt.code)
		}
	}
}

// A failing writer takes nothing.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

package main

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/splitledger/splitledger/internal/lab/marketplace"
	"github.com/splitledger/splitledger/posting"
)

// Exit codes, which scripts depend on.
const (
	exitDone        = 0
	exitRefused     = 1
	exitUsage       = 2
	exitInterrupted = 130
	exitTerminated  = 143
)

// TestMain lets scripts run the program as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"splitledger": main})
}

// The scripts in testdata/script are sessions at a shell: commands, what they print, how they exit.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TZ", "Asia/Jakarta") // nothing printed may depend on it
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":   status,
			"longline": longLine,
			"badbytes": badBytes,
			"flip":     flip,
			"field":    field,
			"now":      now,
			"sample":   sample,
		},
	})
}

// status runs the program and checks its exit code: "status 2 balance --kind nonsense".
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: status CODE ARGUMENT...")
	}
	err := ts.Exec("splitledger", args[1:]...)
	code := "0"
	if err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("splitledger %s: exit status %s, expected %s", strings.Join(args[1:], " "), code, args[0])
	}
}

// longLine writes a file with an event line of more bytes than allowed between two good ones.
func longLine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: longline FILE")
	}
	open := func(id, holder string) string {
		return `{"id":"` + id + `","type":"account.open","account":"` + id + `","kind":"sub","holder":"` + holder + `"}` + "\n"
	}
	text := open("first", "Ada") + open("long", strings.Repeat("a", posting.MaxLine)) + open("last", "Bima")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

// badBytes writes a file of three lines that are not UTF-8, each in its own way, and a good one.
func badBytes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: badbytes FILE")
	}
	text := `{"id":"u-1","type":"account.open","account":"u:1","kind":"sub","holder":"Caf` + "\xe9" + `"}` + "\n" +
		`{"id":"u-2","type":"account.open","account":"u:2","kind":"sub","hol` + "\xff" + `der":"Ada"}` + "\n" +
		"\x80\x81\n" +
		`{"id":"u-4","type":"account.open","account":"u:4","kind":"sub","holder":"Café"}` + "\n"
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

// field sets a variable to a word of what was printed that begins with head and BLOCK:HASH: "field NAME stdout 2" to the second of the
// words from head on.
func field(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: field NAME stdout|stderr WORD")
	}
	_, text, ok := strings.Cut("\n"+ts.ReadFile(args[1]), "\nhead ")
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	words := append([]string{"head"}, strings.Fields(text)...)
	if !ok || n < 1 || n > len(words) {
		ts.Fatalf("there is no word %d from head on in %s", n, args[1])
	}
	ts.Setenv(args[0], words[n-1])
}

// now sets a variable to the time it is: "now NAME". What is booked later is recorded later.
func now(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: now NAME")
	}
	ts.Setenv(args[0], time.Now().UTC().Format(time.RFC3339Nano))
	time.Sleep(time.Millisecond) // recorded times are whole microseconds
}

// sample writes the events of a made-up marketplace of so many payments: "sample FILE PAYMENTS".
func sample(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sample FILE PAYMENTS")
	}
	payments, err := strconv.Atoi(args[1])
	ts.Check(err)
	var events bytes.Buffer
	_, err = marketplace.Write(&events, marketplace.Options{Payments: payments, Sellers: 20})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), events.Bytes(), 0o644))
}

// flip changes one byte in each place of a file where a text stands: "flip FILE TEXT".
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip FILE TEXT")
	}
	path, text := ts.MkAbs(args[0]), []byte(args[1])
	b, err := os.ReadFile(path)
	ts.Check(err)
	if !bytes.Contains(b, text) {
		ts.Fatalf("%s does not contain %q", args[0], text)
	}
	other := bytes.Clone(text)
	other[0] ^= 1
	ts.Check(os.Chmod(path, 0o644)) // of a backup, which only root may write to
	ts.Check(os.WriteFile(path, bytes.ReplaceAll(b, text, other), 0o644))
}

// runHere runs the program in this process.
func runHere(ctx context.Context, stdin string, args ...string) (code int, stdout, stderr string) {
	var out, errs strings.Builder
	code = run(ctx, args, strings.NewReader(stdin), &out, &errs, func(string) string { return "" })
	return code, out.String(), errs.String()
}

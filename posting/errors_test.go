package posting

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// A fault is one code of the catalogue in docs/errors.md.
type fault struct {
	code   ledger.Code
	cause  string
	remedy string
	// What provokes it: event lines of a story on a new ledger, of which the last is refused; or a function that returns the
	// error, and whether this machine can provoke it.
	stories []string
	provoke func(t *testing.T) (possible bool, err error)
}

// TestErrors provokes every error of the catalogue, and holds docs/errors.md to what was said; -update writes it.
func TestErrors(t *testing.T) {
	path := filepath.Join("..", "docs", "errors.md")
	have, err := os.ReadFile(path)
	if err != nil && !*update {
		t.Fatal(err)
	}
	page := errorsPage(t, string(have))
	if *update {
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(strings.Split(string(have), "\n"), strings.Split(page, "\n")); d != "" {
		t.Errorf("%s is not what the tables say (go test ./posting -run TestErrors -update writes it):\n%s", path, d)
	}
}

// The stories of refusals are in testdata too: other packages tell them over their own interfaces.
func TestRefusalsForOthers(t *testing.T) {
	type told struct {
		Code   ledger.Code `json:"code"`
		Events string      `json:"events"` // lines; the last one is refused
	}
	var all []told
	for _, f := range refusals {
		for _, story := range f.stories {
			all = append(all, told{f.code, story})
		}
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "refusals.json")
	if *update {
		if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(path); err != nil || string(have) != string(text)+"\n" {
		t.Errorf("%s is not what the catalogue says; -update writes it", path)
	}
}

// TestEveryCodeIsInTheCatalogue compares the catalogue with the codes there are, and with what the table of events says they are
// refused with.
func TestEveryCodeIsInTheCatalogue(t *testing.T) {
	listed := map[ledger.Code]bool{}
	for _, f := range slices.Concat(refusals, failures) {
		if listed[f.code] {
			t.Errorf("%s is listed twice", f.code)
		}
		listed[f.code] = true
		if f.cause == "" || f.remedy == "" || len(f.stories) == 0 && f.provoke == nil {
			t.Errorf("%s has no cause, remedy or example", f.code)
		}
	}
	declared := regexp.MustCompile(`Code *= "([a-z_]+)"`)
	for _, file := range []string{"wire/codes.go", "../ledger/errors.go", "../providers/errors.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range declared.FindAllSubmatch(text, -1) {
			if !listed[ledger.Code(c[1])] {
				t.Errorf("%s of %s is not listed", c[1], file)
			}
		}
	}
	for of, r := range rules {
		for _, c := range r.refuses {
			if !listed[c] {
				t.Errorf("%s, which refuses %s, is not listed", c, of)
			}
		}
	}
}

const errorsIntro = `# Errors

<!-- Made from the catalogue of package posting by: go test ./posting -run TestErrors -update -->

An error is ` + "`{code, message, field?, detail?}`" + `. Codes are stable, and what programs decide by: ` + "`errors.Is(err, posting.InsufficientFunds)`" + ` in Go,
` + "`error.code`" + ` in JSON. Messages are for people and say what was expected and what was found; they may change. ` + "`field`" + ` is the path of the event's field,
such as ` + "`splits[1].amount.value`" + `; ` + "`detail`" + ` is more for who maintains the ledger, such as the place of a damage.

The messages below are what a test of this package provoked.
`

func errorsPage(t *testing.T, have string) string {
	var b bytes.Buffer
	b.WriteString(errorsIntro)
	b.WriteString("\n## Refused events\n\nA refused event leaves no trace. Its `id` is free: it may be sent again, as it is or put right.\n")
	for _, f := range refusals {
		f.print(t, &b, have)
	}
	b.WriteString("\n## Failures of the ledger\n\nHere it is not the event that is at fault. Where an event was under way, it may or may not have been booked: send it again with its `id`,\nonce the ledger is well, and the answer says which.\n")
	for _, f := range failures {
		f.print(t, &b, have)
	}
	b.WriteString("\n## Failures without a code\n\n| message | when, and what to do |\n|---|---|\n")
	for _, f := range uncoded {
		ok, err := f.provoke(t)
		if !ok || err == nil {
			t.Errorf("%s: not provoked", f.cause)
			continue
		}
		fmt.Fprintf(&b, "| `%s` | %s. %s |\n", steady(err.Error()), f.cause, f.remedy)
	}
	// The rest is what a server says besides, which package server provokes and writes.
	_, rest, _ := strings.Cut(have, "\n"+serverErrors)
	return b.String() + "\n" + serverErrors + rest
}

// serverErrors begins the part of the page that a test of package server writes.
const serverErrors = "## Problems of the server\n"

func (f *fault) print(t *testing.T, b *bytes.Buffer, have string) {
	fmt.Fprintf(b, "\n### %s\n\n%s\n\n**What to do.** %s\n", f.code, f.cause, f.remedy)
	if types := refusedWith(f.code); types != "" {
		fmt.Fprintf(b, "\nRefuses: %s.\n", types)
	}
	if len(f.stories) == 0 && f.provoke == nil {
		return
	}
	b.WriteString("\n```text\n")
	for _, story := range f.stories {
		err := tell(t, story)
		if !errors.Is(err, f.code) {
			t.Errorf("%s: the story ends with %v", f.code, err)
		}
		fmt.Fprintf(b, "%v\n", err)
	}
	if f.provoke != nil {
		ok, err := f.provoke(t)
		switch {
		case !ok: // the page keeps what another machine said
			t.Logf("%s cannot be provoked here: %v", f.code, err)
			_, rest, _ := strings.Cut(have, "\n### "+string(f.code)+"\n")
			_, rest, _ = strings.Cut(rest, "```text\n")
			said, _, _ := strings.Cut(rest, "```")
			b.WriteString(said)
		case !errors.Is(err, f.code) && !strings.HasPrefix(err.Error(), string(f.code)+": "):
			t.Errorf("%s: what was to provoke it ended with %v", f.code, err)
		default:
			fmt.Fprintf(b, "%s\n", steady(err.Error()))
		}
	}
	b.WriteString("```\n")
}

// refusedWith lists the types of events that are refused with a code.
func refusedWith(c ledger.Code) string {
	if c == ledger.Invalid || c == IdempotencyConflict {
		return "every type of event"
	}
	var names []string
	for _, of := range wire.Describe() {
		if slices.Contains(rules[of.Type].refuses, c) {
			names = append(names, "`"+string(of.Type)+"`")
		}
	}
	return strings.Join(names, ", ")
}

// tell posts the events of a story and returns what the last is refused with; the others are not refused.
func tell(t *testing.T, story string) error {
	_, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	lines := strings.Split(strings.TrimSpace(story), "\n")
	for i, line := range lines {
		e, err := Decode([]byte(strings.TrimSpace(line)))
		if err == nil {
			_, err = b.Post(context.Background(), e)
		}
		if i == len(lines)-1 {
			return err
		}
		if err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	return nil
}

var (
	directory  = regexp.MustCompile(`/[^ ]*/`)
	lockHolder = regexp.MustCompile(`in use by .*`)
	block      = regexp.MustCompile(`block [0-9]+ was not`)
)

// steady replaces what is another in every run, or on another system.
func steady(message string) string {
	message = directory.ReplaceAllString(message, "/var/lib/")
	message = lockHolder.ReplaceAllString(message, "in use by process 4711")
	return block.ReplaceAllString(message, "block 4711 was not")
}

// damagedLedger opens a ledger in which one byte is another than was written.
func damagedLedger(t *testing.T) (possible bool, err error) {
	path := filepath.Join(t.TempDir(), "market.db")
	clock := func() time.Time { return time.Date(2026, 3, 10, 9, 15, 21, 0, time.UTC) }
	l, err := ledger.Open(path, ledger.Options{Clock: clock})
	if err != nil {
		return true, err
	}
	b, err := New(l, Options{})
	if err != nil {
		return true, err
	}
	post(t, b, Event{ID: "open", Type: AccountOpen, Account: "seller:42", Kind: 1, Holder: "Ana's Lamps"})
	if err := l.Close(); err != nil {
		return true, err
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return true, err
	}
	at := bytes.Index(file, []byte("Ana's Lamps"))
	if at < 0 {
		return true, errors.New("the holder is not in the file")
	}
	file[at] = 'E'
	if err := os.WriteFile(path, file, 0o644); err != nil {
		return true, err
	}
	os.RemoveAll(path + "-index")
	l, err = ledger.Open(path, ledger.Options{Clock: clock})
	if err == nil {
		l.Close()
	}
	return true, err
}

// damagedLedgers opens a ledger in which a byte is another, and one that is older than its index.
func damagedLedgers(t *testing.T) (possible bool, err error) {
	_, damaged := damagedLedger(t)
	_, older := olderLedger(t)
	return true, errors.Join(damaged, older)
}

// olderLedger opens an older copy of a ledger that was put in its place.
func olderLedger(t *testing.T) (possible bool, err error) {
	path := filepath.Join(t.TempDir(), "market.db")
	now := time.Date(2026, 3, 10, 9, 15, 21, 0, time.UTC)
	var older []byte
	for _, account := range []string{"seller:42", "seller:43"} {
		l, err := ledger.Open(path, ledger.Options{Clock: func() time.Time { return now }, CheckpointEvery: 1})
		if err != nil {
			return true, err
		}
		b, err := New(l, Options{})
		if err != nil {
			return true, err
		}
		post(t, b, Event{ID: account, Type: AccountOpen, Account: accounts.ID(account), Kind: 1})
		if err := l.Close(); err != nil {
			return true, err
		}
		if older == nil {
			if older, err = os.ReadFile(path); err != nil {
				return true, err
			}
		}
		now = now.Add(time.Hour)
	}
	if err := os.WriteFile(path, older, 0o644); err != nil {
		return true, err
	}
	l, err := ledger.Open(path, ledger.Options{})
	if err == nil {
		l.Close()
	}
	return true, err
}

// lockedLedger opens a ledger a second time.
func lockedLedger(t *testing.T) (possible bool, err error) {
	path := filepath.Join(t.TempDir(), "market.db")
	l, err := ledger.Open(path, ledger.Options{})
	if err != nil {
		return true, err
	}
	defer l.Close()
	_, err = ledger.Open(path, ledger.Options{})
	return true, err
}

func closedLedger(t *testing.T) (possible bool, err error) {
	l, err := ledger.Open(filepath.Join(t.TempDir(), "market.db"), ledger.Options{})
	if err != nil {
		return true, err
	}
	b, err := New(l, Options{})
	if err != nil {
		return true, err
	}
	shut(t, l)
	_, err = b.Post(context.Background(), Event{ID: "1", Type: AccountFreeze, Account: "a"})
	return true, err
}

func readOnlyLedger(t *testing.T) (possible bool, err error) {
	path := filepath.Join(t.TempDir(), "market.db")
	l, err := ledger.Open(path, ledger.Options{})
	if err != nil {
		return true, err
	}
	if err := l.Close(); err != nil {
		return true, err
	}
	if l, err = ledger.Open(path, ledger.Options{ReadOnly: true}); err != nil {
		return true, err
	}
	defer l.Close()
	b, err := New(l, Options{})
	if err != nil {
		return true, err
	}
	_, err = b.Post(context.Background(), Event{ID: "1", Type: AccountFreeze, Account: "a"})
	return true, err
}

func cancelled(t *testing.T) (possible bool, err error) {
	_, b := open(t, filepath.Join(t.TempDir(), "market.db"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = b.Post(ctx, Event{ID: "1", Type: AccountFreeze, Account: "a"})
	return true, err
}

func notALedger(t *testing.T) (possible bool, err error) {
	path := filepath.Join(t.TempDir(), "market.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("Dear diary. "), 3000), 0o644); err != nil {
		return true, err
	}
	_, err = ledger.Open(path, ledger.Options{})
	return true, err
}

func noLedger(t *testing.T) (possible bool, err error) {
	_, err = ledger.Open(filepath.Join(t.TempDir(), "market.db"), ledger.Options{ReadOnly: true})
	return true, err
}

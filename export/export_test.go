package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/examples"
	"github.com/splitledger/splitledger/export"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

var update = flag.Bool("update", false, "write the golden files anew")

// id is the identity of the ledgers here.
var id = uuid.MustParse("0190a0b0-0000-7000-8000-00000000c0de")

// books posts the events of example files to a new ledger, which has an asset of its own.
func books(t testing.TB, files ...string) *ledger.Ledger {
	t.Helper()
	l := ledgertest.OpenFile(t, filepath.Join(t.TempDir(), "books.db"), ledger.Options{
		Assets: []money.Asset{{Code: "USDC", Exponent: 6}}, ID: id,
		Clock: func() time.Time { return ledgertest.Start },
	})
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(examples.Files, file)
		if err != nil {
			t.Fatal(err)
		}
		var events []posting.Event
		for line := range bytes.Lines(text) {
			if e, err := posting.Decode(bytes.TrimSpace(line)); err == nil {
				events = append(events, e)
			}
		}
		for from := 0; from < len(events); from += 7 { // blocks of one record and of several
			book.PostBatch(context.Background(), events[from:min(from+7, len(events))])
		}
	}
	return l
}

func write(t testing.TB, l *ledger.Ledger, f export.Format) []byte {
	t.Helper()
	o := export.Options{Format: f}
	if f == export.JournalCSV {
		o.Chart = marketplaceChart(t)
	}
	return writeAs(t, l, o)
}

func writeAs(t testing.TB, l *ledger.Ledger, o export.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := export.Write(context.Background(), &b, l, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestGolden writes the payments of one example in every format.
func TestGolden(t *testing.T) {
	l := books(t, "1-adyen.jsonl")
	for _, f := range export.Formats() {
		path := filepath.Join("testdata", "adyen."+string(f))
		got := write(t, l, f)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s (-want +got):\n%s", path, d)
		}
	}
}

// TestImport makes a ledger of an export: it is the same to the last hash, shows the same, and exports the same.
func TestImport(t *testing.T) {
	l := books(t, exampleFiles(t)...)
	b, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{ // what is kept with accounts changes, too
		`{"id":"x1","type":"account.update","account":"seller:new","holder":"Nora","overdraft":{"value":500,"currency":"EUR"},"providerIds":{"adyen":["BA1"],"souqpay":["5f"]}}`,
		`{"id":"x2","type":"account.update","account":"liable","metadata":{"vat":"NL1"},"providerIds":{"adyen":["BAL"]}}`,
		`{"id":"x3","type":"account.update","account":"seller:new","overdraft":[],"providerIds":{"adyen":[]}}`,
		`{"id":"x4","type":"account.reopen","account":"seller:closed"}`,
	} {
		e, err := posting.Decode([]byte(line))
		if err == nil {
			_, err = b.Post(context.Background(), e)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	text := write(t, l, export.JSONL)
	if !bytes.HasPrefix(text, []byte(`{"splitledger":"journal","version":3,"id":"`+id.String()+`"}`)) {
		t.Errorf("the export begins with %.60q", text)
	}
	path := filepath.Join(t.TempDir(), "again.db")
	v, err := export.Import(context.Background(), bytes.NewReader(text), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.Head != l.Stats().Head {
		t.Errorf("the head is %x, was %x", v.Head, l.Stats().Head)
	}
	again := ledgertest.OpenFile(t, path, ledger.Options{})
	if again.Stats().Format != 3 || again.ID() != id || v.ID != id {
		t.Errorf("format %d, identities %s and %s, want 3 and %s", again.Stats().Format, again.ID(), v.ID, id)
	}
	if a, _ := again.Account("seller:new"); a.Holder != "Nora" || len(a.Overdraft) != 0 {
		t.Errorf("imported: %+v", a)
	}
	if d := cmp.Diff(fmt.Sprint(ledgertest.Balances(l, nil)), fmt.Sprint(ledgertest.Balances(again, nil))); d != "" {
		t.Errorf("balances: %s", d)
	}
	if !bytes.Equal(write(t, again, export.JSONL), text) {
		t.Error("the export of what was imported differs")
	}
	if _, err := export.Import(context.Background(), bytes.NewReader(text), path, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a ledger: %v", err)
	}
}

// TestImportDoesNotAskTheClock makes a ledger of an export which has facts of times to come: a settlement that waits, and a fee that
// was booked at once.
func TestImportDoesNotAskTheClock(t *testing.T) {
	l := books(t)
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	eur, later := money.New(100, "EUR"), ledgertest.Start.AddDate(0, 0, 3)
	for _, e := range []posting.Event{
		{ID: "c", Type: posting.PaymentCapture, Payment: "p", Provider: "adyen", Amount: eur},
		{ID: "s", Type: posting.PaymentSettle, Payment: "p", At: later},
		{ID: "f", Type: posting.PaymentFee, Payment: "p", Fees: []posting.Fee{{Type: posting.FeeVAT, Amount: eur}}, At: later},
	} {
		if _, err := book.Post(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
	text := write(t, l, export.JSONL)
	path := filepath.Join(t.TempDir(), "again.db")
	if v, err := export.Import(context.Background(), bytes.NewReader(text), path, nil); err != nil || v.Head != l.Stats().Head {
		t.Fatalf("the head is %x, was %x: %v", v.Head, l.Stats().Head, err)
	}
	again, err := posting.New(ledgertest.OpenFile(t, path, ledger.Options{Clock: func() time.Time { return later.AddDate(1, 0, 0) }}), posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := again.Payment("p")
	if err != nil || !p.Captures[0].Due.Equal(later) {
		t.Fatalf("%+v, %v", p, err)
	}
	if err != nil || !p.Events[2].Event.At.Equal(later) || !p.Events[2].Record.At.Equal(ledgertest.Start) {
		t.Errorf("%+v, %v", p.Events, err)
	}
	if n, err := again.PostDue(context.Background(), later); n != 1 || err != nil {
		t.Errorf("%d were booked, %v", n, err)
	}
}

func exampleFiles(t testing.TB) []string {
	t.Helper()
	files, err := fs.Glob(examples.Files, "*.jsonl")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	return files
}

// TestImportOfAnEmptyLedger and of one that has accounts only.
func TestImportOfAnEmptyLedger(t *testing.T) {
	l := ledgertest.OpenFile(t, filepath.Join(t.TempDir(), "empty.db"), ledger.Options{})
	path := filepath.Join(t.TempDir(), "again.db")
	if _, err := export.Import(context.Background(), bytes.NewReader(write(t, l, export.JSONL)), path, nil); err != nil {
		t.Fatal(err)
	}
	for _, f := range export.Formats() {
		if len(write(t, l, f)) == 0 {
			t.Errorf("%s of an empty ledger is empty", f)
		}
	}
}

// anyHash finds what may be a hash.
var anyHash = regexp.MustCompile("[0-9a-f]{64}")

// lineHash returns the hash on a line of an export.
func lineHash(line string) string { return anyHash.FindString(line) }

// TestImportOfBefore makes ledgers of an export that a program of before wrote, and of one that has what needed format 2: the files
// have the format that they had, and the exports are the same again.
func TestImportOfBefore(t *testing.T) {
	old, err := os.ReadFile("testdata/adyen-1.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "old.db")
	v, err := export.Import(context.Background(), bytes.NewReader(old), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := ledgertest.OpenFile(t, path, ledger.Options{})
	if l.Stats().Format != 1 || !bytes.Contains(old, []byte(v.Head.Hash.String())) || l.ID().Version() != 5 || v.ID != l.ID() {
		t.Errorf("format %d, head %s, identities %s and %s", l.Stats().Format, v.Head, v.ID, l.ID())
	}
	if !bytes.Equal(write(t, l, export.JSONL), old) {
		t.Error("its export is another")
	}
	b, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	eur := money.New(5, "EUR")
	for _, step := range []struct {
		format int
		events []posting.Event
	}{
		{2, []posting.Event{{ID: "new", Type: posting.AccountUpdate, Account: "BA00000000000000000000001", Holder: "Nora"}}},
		{4, []posting.Event{
			{ID: "a1", Type: posting.PaymentAuthorise, Payment: "again", Provider: "xendit", Amount: eur},
			{ID: "k1", Type: posting.PaymentCancel, Payment: "again"},
			{ID: "a2", Type: posting.PaymentAuthorise, Payment: "again", Provider: "adyen", Amount: eur},
		}},
	} {
		for _, e := range step.events {
			if _, err := b.Post(context.Background(), e); err != nil {
				t.Fatal(err)
			}
		}
		text := write(t, l, export.JSONL)
		if !bytes.HasPrefix(text, fmt.Appendf(nil, `{"splitledger":"journal","version":%d}`, step.format)) ||
			bytes.Contains(text, []byte(`"hash":`)) {
			t.Errorf("the export begins with %.300q", text)
		}
		path = filepath.Join(t.TempDir(), "again.db")
		if _, err := export.Import(context.Background(), bytes.NewReader(text), path, nil); err != nil {
			t.Fatal(err)
		}
		again := ledgertest.OpenFile(t, path, ledger.Options{})
		if again.Stats().Format != step.format || again.ID() != l.ID() || !bytes.Equal(write(t, again, export.JSONL), text) {
			t.Errorf("imported: format %d, identity %s, was %s", again.Stats().Format, again.ID(), l.ID())
		}
	}
}

// TestImportOfDamage changes an export: it is refused, with the line, and nothing is left behind; or the change was of no
// meaning, and the ledger is the same.
func TestImportOfDamage(t *testing.T) {
	l := books(t, "1-adyen.jsonl", "2-xendit.jsonl", "4-antom.jsonl")
	text, head := write(t, l, export.JSONL), l.Stats().Head
	lines := strings.SplitAfter(string(text), "\n")
	join := func(parts ...[]string) string {
		var b strings.Builder
		for _, p := range parts {
			b.WriteString(strings.Join(p, ""))
		}
		return b.String()
	}
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "found nothing"},
		{"another file", "{\"id\":\"e-1\"}\n", "line 1: expected {\"splitledger\""},
		{"a newer version", strings.Replace(string(text), `"version":3`, `"version":5`, 1), "version 5, which a newer program wrote"},
		{"no identity", strings.Replace(string(text), `,"id":"`+id.String()+`"`, "", 1), "line 1: expected the identity of a ledger"},
		{"an identity too early", strings.Replace(string(text), `"version":3`, `"version":2`, 1), "line 1: expected the identity of a ledger"},
		{"another identity", strings.Replace(string(text), id.String(), uuid.Max.String(), 1), "line 2: invalid: record 1: the hash of block 1 does not fit"},
		{"another hash", strings.Replace(string(text), lineHash(lines[8]), strings.Repeat("0", 63)+"1", 1), "the hash of block 2 does not fit its records 2 to 8"},
		{"another head", strings.Replace(string(text), `"head":"`, `"head":"f`, 1), "the head does not fit"},
		{"no end", join(lines[:len(lines)-2]), "cut short"},
		{"a line in two", string(text[:len(text)/2]), "expected a record"},
		{"a line missing", join(lines[:9], lines[10:]), "line 10: invalid: record 9 is expected, found record 10"},
		{"a line twice", join(lines[:9], lines[8:]), "line 10: invalid: record 9 is expected, found record 8"},
		{"two lines changed about", join(lines[:8], lines[9:10], lines[8:9], lines[10:]), "line 9: invalid: record 8 is expected, found record 9"},
		{"two exports", string(text) + string(text), "expected nothing after the end"},
		{"one side of an entry", strings.ReplaceAll(string(text), "40000", "40001"), "line 9: record 6: unbalanced: debits less credits are 1 USD"},
		{"an event", strings.Replace(string(text), `"value":39600`, `"value":39601`, 1), "line 9: invalid: record 8: the hash of block 2 does not fit its records 2 to 8 and"},
		{"a reference", strings.Replace(string(text), `"reference":"`, `"reference":"x`, 1), "line 9: invalid: record 8: the hash of block 2 does not fit its records 2 to 8 and"},
		{"a long line", strings.Replace(string(text), `"reference":"`, `"reference":"`+strings.Repeat("x", 64<<20), 1), "expected a record"},
		{"an unknown field", strings.Replace(string(text), `"block":`, `"blok":`, 1), "the unknown field \"blok\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := export.Import(context.Background(), strings.NewReader(tt.text), filepath.Join(dir, "again.db"), nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("found the error %v, expected %q", err, tt.want)
			}
			if hash := anyHash.FindString(fmt.Sprint(err)); hash != "" && !strings.Contains(tt.text, hash) {
				t.Errorf("the refusal tells a forger what to write: %v", err)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
	random := rand.New(rand.NewPCG(5, 5))
	n := 200
	if testing.Short() {
		n = 20
	}
	for range n {
		changed := bytes.Clone(text)
		i := random.IntN(len(changed))
		changed[i] ^= 1 << random.IntN(8)
		v, err := export.Import(context.Background(), bytes.NewReader(changed), filepath.Join(t.TempDir(), "again.db"), nil)
		if err == nil && v.Head != head {
			t.Errorf("byte %d changed to %q (%.40q): imported with another head", i, changed[i], changed[max(0, i-20):])
		}
	}
}

// TestCSV has a line for every posting, and the amounts of each entry sum to zero.
func TestCSV(t *testing.T) {
	l := books(t, "5-marketplace.jsonl")
	rows, err := csv.NewReader(bytes.NewReader(write(t, l, export.CSV))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if v := ledgertest.Verify(t, l); uint64(len(rows)-1) != v.Postings {
		t.Errorf("%d lines for %d postings", len(rows)-1, v.Postings)
	}
	sums := make(map[string]money.Int)
	for _, row := range rows[1:] {
		a, err := money.ParseMinor(row[10], money.Currency(row[8]))
		if err != nil {
			t.Fatal(err)
		}
		key := row[1] + row[8]
		sums[key] = sums[key].Add(a.Int())
	}
	for key, sum := range sums {
		if !sum.IsZero() {
			t.Errorf("entry and currency %s: %s", key, sum)
		}
	}
}

// TestCSVWriter writes what others named, which a spreadsheet must not run, and numbers, which it must read.
func TestCSVWriter(t *testing.T) {
	var b strings.Builder
	w := export.NewCSVWriter(&b)
	for _, row := range [][]string{
		{"=HYPERLINK(\"http://x\",\"y\")", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "-"},
		{"-1", "-12.50", "-12.50 EUR", "12.50", "0", "a=b", ""},
	} {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := `"'=HYPERLINK(""http://x"",""y"")",'+1,'-2+3,'@SUM(A1),'` + "\t=1,\"'\r=1\",'-\n-1,-12.50,-12.50 EUR,12.50,0,a=b,\n"
	if b.String() != want {
		t.Errorf("got %q, expected %q", b.String(), want)
	}
}

// TestOtherPrograms has hledger and bean-check read a day of a marketplace. The exports assert all balances, so that these
// programs find any that they come to differently: as they do of one that is changed.
func TestOtherPrograms(t *testing.T) {
	l := books(t, exampleFiles(t)...)
	for _, format := range []export.Format{export.Hledger, export.Beancount} {
		t.Run(string(format), func(t *testing.T) {
			text := write(t, l, format)
			if out, err := otherProgram(t, format, text); err != nil {
				t.Errorf("%v:\n%.2000s", err, out)
			}
			at := bytes.LastIndex(text, []byte(".00 "))
			text[at-1] ^= 1 // a balance, by one
			if out, err := otherProgram(t, format, text); err == nil {
				t.Errorf("accepted with a balance that is not so: %s", out)
			}
		})
	}
}

// otherProgram has the program of a format check an export. It skips the test where that is not installed.
func otherProgram(t *testing.T, format export.Format, text []byte) (string, error) {
	t.Helper()
	check := map[export.Format][]string{
		export.Hledger: {"hledger", "check", "--strict", "-f"}, export.Beancount: {"bean-check"}}[format]
	if _, err := exec.LookPath(check[0]); err != nil {
		t.Skipf("%s is not installed (Debian: hledger, beancount): its reading of the export is not tested here", check[0])
	}
	path := filepath.Join(t.TempDir(), "books."+string(format))
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(check[0], append(check[1:], path)...).CombinedOutput()
	return string(out), err
}

// FuzzImport reads anything as an export: it is refused, or the ledger is whole.
func FuzzImport(f *testing.F) {
	for _, l := range []*ledger.Ledger{books(f, "4-antom.jsonl"), books(f)} {
		f.Add(write(f, l, export.JSONL))
	}
	f.Add([]byte(`{"splitledger":"journal","version":1}` + "\n" + `{"end":{"blocks":0,"records":0,"entries":0,"head":""}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "fuzzed.db")
		if _, err := export.Import(context.Background(), bytes.NewReader(text), path, nil); err == nil {
			ledgertest.OpenFile(t, path, ledger.Options{})
		}
	})
}

package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/splitledger/splitledger/chart"
	"github.com/splitledger/splitledger/export"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// marketplaceChart is a chart as a marketplace may have it.
func marketplaceChart(t testing.TB) *chart.Chart {
	t.Helper()
	c, err := chart.Read(strings.NewReader(`account,kind,sub,type,code,name,group
,provider,pending,,1100,Providers: not settled,asset
,provider,,,1110,Providers: settled,asset
bank,,,,1200,Bank,asset
,sub,pending,,2100,"Sellers, pending",liability
,sub,,,2110,Sellers  available; or reserved,liability
,fx,,,2900,Conversions,equity
,liable,,Commission,4000,Commission,income
,liable,,*Fee,6100,Fees,expense
,liable,,,3100,Liable,equity
,platform,,,3000,Owner,equity
`))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// cuts are times between which and before and after which things happened.
func cuts(l *ledger.Ledger) (list []time.Time) {
	for r, err := range l.Records(context.Background(), 1) {
		if err == nil && len(r.Entries) > 0 {
			list = append(list, r.At.Truncate(24*time.Hour))
		}
	}
	slices.SortFunc(list, time.Time.Compare)
	list = slices.CompactFunc(list, time.Time.Equal)
	return []time.Time{{}, list[1], list[len(list)-1].Add(11 * time.Hour)}
}

// TestPeriodsOfOtherPrograms has hledger and bean-check read periods, under the ledger's accounts and those of a chart. A
// period ends with the balances that the next one begins with.
func TestPeriodsOfOtherPrograms(t *testing.T) {
	l := books(t, "1-adyen.jsonl", "5-marketplace.jsonl")
	at := append(cuts(l), time.Time{})
	for _, format := range []export.Format{export.Hledger, export.Beancount} {
		for _, c := range []*chart.Chart{nil, marketplaceChart(t)} {
			t.Run(fmt.Sprintf("%s, chart: %v", format, c != nil), func(t *testing.T) {
				ended := ""
				for i := range at[1:] {
					text := writeAs(t, l, export.Options{Format: format, From: at[i], To: at[i+1], Chart: c})
					if testing.Short() && i != 1 { // they take a second each
						_, ended = balances(string(text), format)
						continue
					}
					if out, err := otherProgram(t, format, text); err != nil {
						t.Fatalf("%v to %v: %v:\n%.2000s", at[i], at[i+1], err, out)
					}
					begun, end := balances(string(text), format)
					if i > 0 && begun != ended {
						t.Errorf("what ends before %v is another than what begins then:\n%s", at[i], cmp.Diff(ended, begun))
					}
					ended = end
				}
				// The whole is what the last period ends with.
				if _, end := balances(string(writeAs(t, l, export.Options{Format: format, Chart: c})), format); end != ended {
					t.Errorf("all and the last period end with others:\n%s", cmp.Diff(end, ended))
				}
			})
		}
	}
}

// balances are the opening balances of an export, and those that it asserts at its end, but for zeros.
func balances(text string, format export.Format) (begun, ended string) {
	opening, closing := "opening balances", " balances\n"
	if format == export.Beancount {
		opening, closing = `"opening balances"`, " balance "
	}
	read := func(from string, until string) string {
		var list []string
		for line := range strings.Lines(from) {
			if line[0] != ' ' && until != "" {
				break
			}
			words := strings.Fields(line)
			if at := slices.Index(words, "="); at > 0 { // of hledger: "account  0.00 EUR = 1.00 EUR"
				words = append(words[:at-2], words[at+1:]...)
			}
			if len(words) > 2 && words[1] == "balance" { // of Beancount: a day before
				words = words[2:]
			}
			if n := len(words); n > 2 && strings.Trim(words[n-2], "-0.") != "" {
				list = append(list, strings.Join(words, " "))
			}
		}
		slices.Sort(list)
		return strings.Join(list, "\n")
	}
	if _, after, ok := strings.Cut(text, opening+"\n"); ok {
		begun = read(after, "\n")
	}
	at := strings.LastIndex(text, closing)
	if format == export.Beancount {
		at = strings.LastIndex(text, "\n\n")
	}
	return begun, read(text[at+1:], "")
}

// TestJournalLines has debits that are credits in every entry, and comes to the trial balance of the chart.
func TestJournalLines(t *testing.T) {
	l := books(t, exampleFiles(t)...)
	b, err := query.Of(l)
	if err != nil {
		t.Fatal(err)
	}
	c := marketplaceChart(t)
	at := append(cuts(l), time.Time{})
	for i := range at[1:] {
		rows, err := csv.NewReader(bytes.NewReader(writeAs(t, l,
			export.Options{Format: export.JournalCSV, From: at[i], To: at[i+1], Chart: c}))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		entries, sums := map[string]money.Int{}, map[string]money.Int{}
		for _, row := range rows[1:] {
			debit, credit := major(t, l, row[4], row[6]), major(t, l, row[5], row[6])
			if (row[4] == "") == (row[5] == "") || debit.Sign() < 0 || credit.Sign() < 0 {
				t.Fatalf("debit %q and credit %q in one line", row[4], row[5])
			}
			entry := row[1] + " " + row[6]
			entries[entry] = entries[entry].Add(debit).Sub(credit)
			code := row[6] + " " + row[2]
			sums[code+" debits"] = sums[code+" debits"].Add(debit)
			sums[code+" credits"] = sums[code+" credits"].Add(credit)
		}
		for entry, sum := range entries {
			if !sum.IsZero() {
				t.Errorf("entry and currency %s: %s", entry, sum)
			}
		}
		trial, err := b.TrialBalance(t.Context(), query.TrialFilter{Within: query.Period{From: at[i], To: at[i+1]}, Chart: c})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range trial.Rows {
			code := string(r.Currency) + " " + r.Code
			if !sums[code+" debits"].Equal(r.Debits.Int()) || !sums[code+" credits"].Equal(r.Credits.Int()) {
				t.Errorf("%s: debits %s and credits %s, the trial balance has %s and %s", code, sums[code+" debits"],
					sums[code+" credits"], r.Debits, r.Credits)
			}
			delete(sums, code+" debits")
			delete(sums, code+" credits")
		}
		if len(sums) > 0 {
			t.Errorf("the trial balance has no %v", sums)
		}
	}
}

// major reads an amount in major units; nothing is zero.
func major(t *testing.T, l *ledger.Ledger, text, currency string) money.Int {
	t.Helper()
	if text == "" {
		return money.Int{}
	}
	a, err := l.Table().ParseMajor(text, money.Currency(currency))
	if err != nil {
		t.Fatal(err)
	}
	return a.Int()
}

// A chart without a line for an account ends the export before anything is written.
func TestUnmapped(t *testing.T) {
	l := books(t, "1-adyen.jsonl")
	c, err := chart.Read(strings.NewReader("kind,code,name,group\nprovider,1,Providers,asset\nliable,2,Liable,equity\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []export.Format{export.Hledger, export.Beancount, export.JournalCSV} {
		var out bytes.Buffer
		err := export.Write(t.Context(), &out, l, export.Options{Format: f, Chart: c})
		missing, ok := errors.AsType[*chart.Unmapped](err)
		if !ok || len(missing.Postings) == 0 || out.Len() > 0 {
			t.Errorf("%s: %v, after %d bytes", f, err, out.Len())
		}
	}
}

// Options that do not go together are refused.
func TestOptions(t *testing.T) {
	l := books(t)
	for _, o := range []export.Options{
		{}, {Format: "xml"}, {Format: export.JSONL, From: time.Now()}, {Format: export.JSONL, Chart: marketplaceChart(t)},
		{Format: export.CSV, Chart: marketplaceChart(t)}, {Format: export.JournalCSV},
	} {
		if err := export.Write(t.Context(), new(bytes.Buffer), l, o); !errors.Is(err, ledger.Invalid) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// Dates are of a zone: an evening in London is the next day in Jakarta.
func TestDatesOfAZone(t *testing.T) {
	l := books(t)
	b, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := posting.Event{ID: "late", Type: posting.Transfer, At: time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC),
		From: "liable", To: "platform", Amount: money.New(100, "EUR"), Description: "moved; aside"}
	if _, err := b.Post(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	jakarta, err := time.LoadLocation("Asia/Jakarta")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []export.Format{export.Hledger, export.Beancount, export.JournalCSV} {
		for zone, want := range map[*time.Location]string{nil: "2026-03-31", jakarta: "2026-04-01"} {
			text := writeAs(t, l, export.Options{Format: f, Zone: zone, Chart: marketplaceChart(t)})
			if !bytes.Contains(text, []byte("\n"+want)) || !bytes.Contains(text, []byte("aside")) {
				t.Errorf("%s has no entry of %s, with its description:\n%s", f, want, text)
			}
		}
	}
	text := writeAs(t, l, export.Options{Format: export.JournalCSV, Chart: marketplaceChart(t)})
	want := "2026-03-31,1,3000,Owner,,1.00,EUR,\"moved; aside (transfer), Transfer\",late\n"
	if !strings.Contains(string(text), want) {
		t.Errorf("expected the line %s in\n%s", want, text)
	}
}

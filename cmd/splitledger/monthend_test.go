package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/internal/lab/marketplace"
)

// A figure is what an account has of a currency, or got in a period.
type figure struct{ account, currency string }

// A monthEnd is an accountant at the end of March 2026, with the books of a marketplace and no other program than ours.
// What the reports say is compared with the lines of the journal, which the accountant adds up without it.
type monthEnd struct {
	*testing.T
	ledger string
	lines  []journalLine // of the last export
}

// A journalLine is a posting in the CSV of the journal: a debit is positive.
type journalLine struct {
	figure
	recorded, at time.Time
	minor        int64
}

// do runs a command that must succeed, and returns what it prints.
func (m *monthEnd) do(args ...string) string {
	m.Helper()
	code, out, errs := runHere(m.Context(), "", append(args, "--ledger", m.ledger)...)
	if code != exitDone {
		m.Fatalf("%v: exit %d\n%s%s", args, code, out, errs)
	}
	return out
}

// ask runs a command and reads its JSON.
func ask[T any](m *monthEnd, args ...string) (answer T) {
	m.Helper()
	if err := json.Unmarshal([]byte(m.do(append(args, "--json")...)), &answer); err != nil {
		m.Fatalf("%v: %v", args, err)
	}
	return answer
}

// post books events, and returns the refusals by the id of their event.
func (m *monthEnd) post(events ...string) (refused map[string]string) {
	m.Helper()
	refused = map[string]string{}
	_, out, errs := runHere(m.Context(), strings.Join(events, "\n"), "post", "--json", "--ledger", m.ledger)
	for line := range strings.Lines(out) {
		var r struct {
			ID, Status string
			Error      struct{ Code string }
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			m.Fatalf("%v in %s%s", err, line, errs)
		}
		if r.Status == "refused" {
			refused[r.ID] = r.Error.Code
		}
	}
	return refused
}

// export reads the journal anew.
func (m *monthEnd) export() {
	m.Helper()
	path := filepath.Join(m.TempDir(), "journal.csv")
	m.do("export", "--format", "csv", "--out", path)
	f, err := os.Open(path)
	if err != nil {
		m.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	head, err := r.Read()
	column := map[string]int{}
	for i, name := range head {
		column[name] = i
	}
	m.lines = nil
	for err == nil {
		var row []string
		if row, err = r.Read(); err == io.EOF {
			return
		}
		if err != nil {
			break
		}
		var l journalLine
		l.figure = figure{row[column["account"]], row[column["currency"]]}
		l.at, _ = time.Parse(time.RFC3339Nano, row[column["at"]])
		l.recorded, _ = time.Parse(time.RFC3339Nano, row[column["recorded"]])
		l.minor, err = strconv.ParseInt(row[column["amount_minor"]], 10, 64)
		m.lines = append(m.lines, l)
	}
	m.Fatal(err)
}

// sum adds the lines up whose time is before the end, and which were recorded by then; a zero time does not limit.
func (m *monthEnd) sum(from, end, recorded time.Time) map[figure]int64 {
	all := map[figure]int64{}
	for _, l := range m.lines {
		if l.at.Before(end) && !l.at.Before(from) && (recorded.IsZero() || !l.recorded.After(recorded)) {
			all[l.figure] += l.minor
		}
	}
	return all
}

// same compares figures, of which those that are zero may be missing.
func (m *monthEnd) same(what string, want, found map[figure]int64) {
	m.Helper()
	wrong := 0
	for _, pair := range [][2]map[figure]int64{{want, found}, {found, want}} {
		for f := range pair[0] {
			if want[f] != found[f] && wrong < 5 {
				m.Errorf("%s: %s in %s: expected %d, found %d", what, f.account, f.currency, want[f], found[f])
				wrong++
			}
		}
	}
	if len(found) == 0 {
		m.Errorf("%s: nothing found", what)
	}
}

var (
	march = time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	april = time.Date(2026, time.April, 1, 0, 0, 0, 0, time.UTC)
)

// TestMonthEnd plays a month's end through: half of the payments are of the last day of March and half of the first of
// April, some are refunded, disputed and paid out on the other side of midnight, and facts come late.
func TestMonthEnd(t *testing.T) {
	t.Parallel()
	payments, sellers := 4_000, 40
	if testing.Short() {
		payments, sellers = 500, 12
	}
	m := &monthEnd{T: t, ledger: filepath.Join(t.TempDir(), "books.db")}
	var events bytes.Buffer
	if _, err := marketplace.Write(&events, marketplace.Options{Seed: 11, Payments: payments, Sellers: sellers,
		Start: april.Add(-12 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	code, out, errs := runHere(t.Context(), events.String(), "post", "--ledger", m.ledger)
	if code != exitRefused { // the sample has events that must be refused
		t.Fatalf("exit %d, %s%s", code, out, errs)
	}
	if refused := m.post(aroundMidnight...); len(refused) > 0 {
		t.Fatalf("refused: %v", refused)
	}

	// The month is closed, and all that is reported of it agrees with the journal and with each other.
	if refused := m.post(`{"id":"close","type":"period.close","through":"2026-03-31","reason":"March"}`); len(refused) > 0 {
		t.Fatalf("refused: %v", refused)
	}
	m.export()
	m.agree("closed", time.Time{})
	printed := time.Now().UTC()
	report := []string{"report", "trial-balance", "--from", "2026-03", "--to", "2026-03",
		"--recorded", printed.Format(time.RFC3339Nano)}
	reported := m.do(report...)

	// Facts come late: they are booked in April. Instructions into March are refused.
	refused := m.post(late...)
	if len(refused) != 1 || refused["late-transfer"] != "period_closed" {
		t.Errorf("expected late-transfer to be refused with period_closed, found %v", refused)
	}
	m.export()
	m.agree(lateFacts, time.Time{})
	if now := m.do("report", "trial-balance", "--from", "2026-03", "--to", "2026-03", "--json"); now !=
		m.do(append(report, "--json")...) {
		t.Error("late facts changed the closed month")
	}

	// March is opened again, corrected, and closed again.
	if refused := m.post(`{"id":"reopen","type":"period.reopen","through":"2026-03-31","reason":"an invoice"}`,
		`{"id":"correction","type":"entry","at":"2026-03-31T12:00:00Z","postings":[`+
			`{"account":"liable","sub":"available","debit":true,"amount":{"value":1250,"currency":"EUR"}},`+
			`{"account":"platform","sub":"available","credit":true,"amount":{"value":1250,"currency":"EUR"}}]}`,
		`{"id":"close-2","type":"period.close","through":"2026-03-31","reason":"March, corrected"}`); len(refused) > 0 {
		t.Fatalf("refused: %v", refused)
	}
	m.export()
	m.agree("corrected", time.Time{})
	m.agree("as it was printed", printed)
	if again := m.do(report...); again != reported {
		t.Errorf("March cannot be printed again: first\n%.2000s\nthen\n%.2000s", reported, again)
	}
	m.changed(printed)
	m.do("verify")
}

// lateFacts is when the statements are left alone, as the balances and the trial balance say that nothing moved.
const lateFacts = "facts came late"

// agree compares what is reported of March with the journal: balances, the trial balance, the balance sheet, and the
// statements of all accounts. recorded, if set, limits what the reports know.
func (m *monthEnd) agree(when string, recorded time.Time) {
	m.Helper()
	var asOf []string
	if !recorded.IsZero() {
		asOf = []string{"--recorded", recorded.Format(time.RFC3339Nano)}
	}
	closing, moved := m.sum(time.Time{}, april, recorded), m.sum(march, april, recorded)

	type balance struct {
		Account, Kind, Currency, Section string
		Balance                          int64
	}
	found := map[figure]int64{}
	for _, b := range ask[[]balance](m, append(asOf, "balance", "--at", "2026-03-31")...) {
		found[figure{b.Account, b.Currency}] = side(b.Kind) * b.Balance
	}
	m.same(when+", balances", closing, found)

	type row struct {
		Account, Currency        string
		Debits, Credits, Closing int64
	}
	type trial struct{ Rows, Totals []row }
	found, net := map[figure]int64{}, map[figure]int64{}
	of := ask[trial](m, append(asOf, "report", "trial-balance", "--from", "2026-03", "--to", "2026-03")...)
	for _, r := range of.Rows {
		found[figure{r.Account, r.Currency}] = r.Closing
		net[figure{r.Account, r.Currency}] = r.Debits - r.Credits
	}
	m.same(when+", closing of the trial balance", closing, found)
	m.same(when+", movements of the trial balance", moved, net)
	for _, total := range of.Totals {
		if total.Closing != 0 || total.Debits != total.Credits {
			m.Errorf("%s: the trial balance does not balance in %s", when, total.Currency)
		}
	}

	type sheet struct{ Rows []balance }
	assets, others := map[string]int64{}, map[string]int64{}
	for _, b := range ask[sheet](m, append(asOf, "report", "balance-sheet", "--at", "2026-03")...).Rows {
		if b.Section == "assets" {
			assets[b.Currency] += b.Balance
		} else {
			others[b.Currency] += b.Balance
		}
	}
	// What providers and banks hold, and what sellers owe: nothing is set off against what others are owed.
	held, kinds := map[string]int64{}, m.kinds()
	for f, minor := range closing {
		if k := kinds[f.account]; minor > 0 && (k == "provider" || k == "bank" || k == "sub") {
			held[f.currency] += minor
		}
	}
	for currency, minor := range held {
		if assets[currency] != minor || others[currency] != minor {
			m.Errorf("%s: the balance sheet has %d of assets and %d of others in %s, the journal %d",
				when, assets[currency], others[currency], currency, minor)
		}
	}
	if recorded.IsZero() && when != lateFacts {
		m.statements(when, closing, moved)
	}
}

// statements compares what the statements of all accounts of March come to: their closing balances, and their sums.
// Nothing was booked before March, so that an account without a posting in it has nothing.
func (m *monthEnd) statements(when string, closing, moved map[figure]int64) {
	m.Helper()
	dir := filepath.Join(m.TempDir(), "statements")
	m.do("statement", "*", "--from", "2026-03", "--to", "2026-03", "--postings", "--json", "--out", dir)
	sums, ends := map[figure]int64{}, map[figure]int64{}
	for account, kind := range m.kinds() {
		text, err := os.ReadFile(filepath.Join(dir, strings.ReplaceAll(account, ":", "=")+".json"))
		if err != nil {
			m.Fatal(err)
		}
		var lines []struct {
			Sub, Currency   string
			Amount, Balance int64
		}
		if err := json.Unmarshal(text, &lines); err != nil {
			m.Fatal(err)
		}
		last := map[[2]string]int64{}
		for _, l := range lines {
			last[[2]string{l.Currency, l.Sub}] = l.Balance
			sums[figure{account, l.Currency}] += side(kind) * l.Amount
		}
		for sub, balance := range last {
			ends[figure{account, sub[0]}] += side(kind) * balance
		}
	}
	m.same(when+", closing of the statements", closing, ends)
	m.same(when+", sums of the statements", moved, sums)
}

// kinds are those of all accounts.
func (m *monthEnd) kinds() map[string]string {
	m.Helper()
	kinds := map[string]string{}
	for _, a := range ask[[]struct{ Account, Kind string }](m, "accounts") {
		kinds[a.Account] = a.Kind
	}
	return kinds
}

// side is 1 where a balance is positive on the debit side.
func side(kind string) int64 {
	if kind == "provider" || kind == "bank" {
		return 1
	}
	return -1
}

// changed compares what came late with what was booked late: figures of March that were reported, and moved.
func (m *monthEnd) changed(printed time.Time) {
	m.Helper()
	before, now := m.sum(time.Time{}, april, printed), m.sum(time.Time{}, april, time.Time{})
	want := map[figure]int64{}
	for f := range now {
		if now[f] != before[f] {
			want[f] = now[f] - before[f]
		}
	}
	type figureRow struct {
		Account, Kind, Currency string
		Was, Change, Is         int64
	}
	type changes struct{ Figures []figureRow }
	found := map[figure]int64{}
	for _, f := range ask[changes](m, "report", "changes", "--since", printed.Format(time.RFC3339Nano), "--at", "2026-03").Figures {
		found[figure{f.Account, f.Currency}] += side(f.Kind) * f.Change
		if f.Was+f.Change != f.Is {
			m.Errorf("%s: %d and %d are not %d", f.Account, f.Was, f.Change, f.Is)
		}
	}
	m.same("what changed", want, found)
	if len(want) != 2 {
		m.Errorf("expected the correction alone, found %v", want)
	}
}

// aroundMidnight is what an accountant asks after by name: a payment of March that is refunded in April, one that is
// disputed, and a payout of March that comes back in April.
var aroundMidnight = []string{
	`{"id":"m1","type":"account.open","account":"shop","kind":"sub","at":"2026-03-30T08:00:00Z"}`,
	payment("m2", "refunded", 10000), payment("m3", "disputed", 8000), payment("m4", "kept", 20000),
	settled("m5", "refunded"), settled("m6", "disputed"), settled("m7", "kept"),
	`{"id":"m8","type":"payout","payout":"back","account":"shop","amount":{"value":15000,"currency":"EUR"},"provider":"adyen","at":"2026-03-31T20:00:00Z"}`,
	`{"id":"m9","type":"payout.paid","payout":"back","at":"2026-03-31T21:00:00Z"}`,
	`{"id":"m10","type":"payment.refund","payment":"refunded","refund":"r","amount":{"value":4000,"currency":"EUR"},"at":"2026-04-01T00:00:00Z"}`,
	`{"id":"m11","type":"payment.chargeback","payment":"disputed","chargeback":"d","amount":{"value":8000,"currency":"EUR"},"at":"2026-04-02T09:00:00Z"}`,
	`{"id":"m12","type":"payout.returned","payout":"back","at":"2026-04-02T10:00:00Z"}`,
}

// late is told after March was closed: two facts of March, which April gets, one of April, and a decision, which is
// refused.
var late = []string{
	`{"id":"late-fee","type":"payment.fee","payment":"kept","fees":[{"type":"Interchange","amount":{"value":35,"currency":"EUR"}}],"at":"2026-03-31T22:00:00Z"}`,
	`{"id":"late-dispute","type":"payment.chargeback","payment":"kept","chargeback":"k","amount":{"value":500,"currency":"EUR"},"at":"2026-03-31T23:59:59Z"}`,
	`{"id":"won","type":"payment.chargeback_reversed","payment":"disputed","chargeback":"d","at":"2026-04-20T09:00:00Z"}`,
	`{"id":"late-transfer","type":"transfer","from":"shop","to":"platform","amount":{"value":1,"currency":"EUR"},"at":"2026-03-31T22:00:00Z"}`,
}

func payment(id, name string, minor int) string {
	return fmt.Sprintf(`{"id":%q,"type":"payment.capture","payment":%q,"provider":"adyen","at":"2026-03-30T10:00:00Z",`+
		`"amount":{"value":%d,"currency":"EUR"},"splits":[`+
		`{"type":"BalanceAccount","account":"shop","amount":{"value":%d,"currency":"EUR"},"reference":"sale"},`+
		`{"type":"Commission","amount":{"value":%d,"currency":"EUR"},"reference":"fee"}]}`, id, name, minor, minor-minor/10, minor/10)
}

func settled(id, name string) string {
	return fmt.Sprintf(`{"id":%q,"type":"payment.settle","payment":%q,"at":"2026-03-31T06:00:00Z"}`, id, name)
}

package antom

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

var update = flag.Bool("update", false, "write what happens into testdata instead of comparing")

const (
	detailsFile = "testdata/settlementItems_USD_2026031100000000001_000.csv"
	typesFile   = "testdata/settlementItems_types.csv"
	summaryFile = "testdata/settlementSummary_USD_2026031100000000001_000.csv"
	totalFile   = "testdata/settlementSummary_by_type.csv"
)

// readAll reads a report to its end: outcomes and line errors, and what ended it.
func readAll(r io.Reader, o providers.ReportOptions) (outcomes []providers.Outcome, bad []*providers.LineError, err error) {
	report, err := New().Open(r, o)
	if err != nil {
		return nil, nil, err
	}
	for {
		o, err := report.Next()
		if e, ok := errors.AsType[*providers.LineError](err); ok {
			bad = append(bad, e)
			continue
		}
		if err == io.EOF {
			return outcomes, bad, nil
		}
		if err != nil {
			return outcomes, bad, err
		}
		outcomes = append(outcomes, o)
	}
}

// tell writes an outcome as a line of a golden file.
func tell(o *providers.Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s", o.Line, o.Kind)
	field := func(name string, value any) {
		if s := fmt.Sprint(value); s != "" && s != "0" {
			fmt.Fprintf(&b, " %s=%s", name, s)
		}
	}
	field("amount", o.Amount)
	for _, f := range o.Fees {
		field(string(f.Type), f.Amount)
	}
	field("net", o.Net)
	field("rate", o.Rate)
	if o.Held {
		field("held", o.Held)
	}
	field("id", o.ID)
	field("payment", o.ProviderReference)
	field("reference", o.Reference)
	field("movement", o.Movement)
	field("ours", o.Ours)
	field("batch", o.Batch)
	field("receiver", o.Receiver)
	field("account", o.Account)
	if o.Part {
		field("part", o.Part)
	}
	if !o.At.IsZero() {
		field("at", o.At.UTC().Format(time.RFC3339))
	}
	if o.Reason != "" {
		field("reason", fmt.Sprintf("%q", o.Reason))
	}
	return b.String()
}

// TestReports compares what the reports say with testdata/*.golden.
func TestReports(t *testing.T) {
	for _, file := range []string{detailsFile, typesFile, summaryFile, totalFile} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		outcomes, bad, err := readAll(bytes.NewReader(text), providers.ReportOptions{})
		if err != nil {
			t.Fatal(file, err)
		}
		var got strings.Builder
		for i := range outcomes {
			fmt.Fprintln(&got, tell(&outcomes[i]))
		}
		for _, e := range bad {
			fmt.Fprintln(&got, "unreadable:", e)
		}
		golden(t, file+".golden", got.String())
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
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

// TestBatch puts details and summary together: what each receiver's lines come to is what it is paid.
func TestBatch(t *testing.T) {
	lines := make(map[string]money.Amount)
	payouts := make(map[string]money.Amount)
	for _, file := range []string{detailsFile, summaryFile} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		outcomes, _, err := readAll(bytes.NewReader(text), providers.ReportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range outcomes {
			into := lines
			if o.Kind == providers.Payout {
				into = payouts
			}
			into[o.Receiver] = money.Sum("USD", into[o.Receiver], o.Net)
		}
	}
	for receiver, want := range map[string]money.Amount{"seller-1": money.New(7455, "USD"), "seller-2": money.New(4000, "USD")} {
		if !lines[receiver].Equal(want) || !payouts[receiver].Equal(want.Neg()) {
			t.Errorf("%s: lines %s, payouts %s, want %s", receiver, lines[receiver], payouts[receiver], want)
		}
	}
}

// detailsHead is the header of the lines that tests make up.
const detailsHead = "settlementBatchId,merchantId,referenceMerchantId,transactionId,originalTransactionId,transactionRequestId,originalTransactionRequestId," +
	"transactionType,transactionAmountValue,transactionCurrency,quoteCurrencyPair,quotePrice,convertedTransactionAmountValue,settlementAmountValue,settlementCurrency," +
	"settlementInitiatedDate,paymentMethodFeeAmountValue,paymentMethodFeeCurrency\n"

// TestRefusedLines has lines that say two things, each with the reason for which it is refused.
func TestRefusedLines(t *testing.T) {
	const start, date = "b1,m1,s1,t1,,r1,,", ",2026-03-12T10:00:00+08:00,"
	for _, tt := range []struct{ name, line, want string }{
		{"a cent is missing", start + "PAYMENT,100.00,USD,,,,97.09,USD" + date + "-2.90,USD", "expected the gross 100.00 less fees of 2.90, which is 97.10 USD, found 97.09"},
		{"converted, three cents off", start + "PAYMENT,26000,KRW,USD/KRW,1300,20.00,19.43,USD" + date + "-0.60,USD", "which is 19.40 USD, found 19.43"},
		{"converted by another rate", start + "PAYMENT,26000,KRW,USD/KRW,1300,20.03,20.03,USD" + date + ",", "expected 20.00 USD at the quote 1300, found 20.03"},
		{"no quote", start + "PAYMENT,26000,KRW,,,,19.40,USD" + date + "-0.60,USD", "expected a quote of KRW and USD, found none"},
		{"a quote of other currencies", start + "PAYMENT,26000,KRW,EUR/KRW,1300,20.00,19.40,USD" + date + "-0.60,USD", `found "EUR/KRW"`},
		{"a price of nothing", start + "PAYMENT,26000,KRW,USD/KRW,0,20.00,19.40,USD" + date + "-0.60,USD", "expected a price above zero"},
		{"a price below zero", start + "PAYMENT,26000,KRW,USD/KRW,-1300,20.00,19.40,USD" + date + "-0.60,USD", "expected a price"},
		{"a price of too many digits", start + "PAYMENT,26000,KRW,USD/KRW,1300.000000000000000000001,20.00,19.40,USD" + date + "-0.60,USD",
			`expected a price above zero of at most 24 digits, found "1300.000000000000000000001"`},
		{"a price that is no number", start + "PAYMENT,26000,KRW,USD/KRW,NaN,20.00,19.40,USD" + date + "-0.60,USD", `found "NaN"`},
		{"a price with an exponent", start + "PAYMENT,26000,KRW,USD/KRW,1.3E3,20.00,19.40,USD" + date + "-0.60,USD", `found "1.3E3"`},
		{"a price without the pair", start + "PAYMENT,26000,KRW,,1300,20.00,19.40,USD" + date + "-0.60,USD", `found ""`},
		{"a payment below zero", start + "PAYMENT,-100.00,USD,,,,-100.00,USD" + date + ",", "expected an amount above zero for PAYMENT, found -100.00"},
		{"a refund above zero", start + "REFUND,25.00,USD,,,,25.00,USD" + date + ",", "expected an amount below zero for REFUND, found 25.00"},
		{"money held that is given", start + "RESERVE,,,,,,25.00,USD" + date + ",", "expected an amount below zero for RESERVE, found 25.00"},
		{"money held with a fee", start + "RESERVE,-25.00,USD,,,,-26.00,USD" + date + "-1.00,USD", "expected no fees of money that is set aside by RESERVE, found 1.00"},
		{"a payment of no amount", start + "PAYMENT,,,,,,97.10,USD" + date + ",", "expected the gross 0.00 less fees of 0.00, which is 0.00 USD, found 97.10"},
		{"a fee in another currency", start + "PAYMENT,100.00,USD,,,,97.10,USD" + date + "-2.90,EUR", "expected a fee in the currency of the settlement, USD, found EUR"},
		{"half a cent", start + "PAYMENT,100.005,USD,,,,100.005,USD" + date + ",", "100.005"},
		{"half a won", start + "PAYMENT,100.5,KRW,,,,100.5,KRW" + date + ",", "100.5"},
		{"a thousand, or one", start + "PAYMENT,\"1,234\",USD,,,,\"1,234\",USD" + date + ",", "1,234"},
		{"no settlement", start + "PAYMENT,100.00,USD,,,,,USD" + date + ",", "expected an amount, found none"},
		{"no currency", start + "PAYMENT,100.00,USD,,,,100.00," + date + ",", "expected the code of a currency"},
		{"no such currency", start + "PAYMENT,100.00,XYZ,,,,100.00,USD" + date + ",", `expected the code of a currency, found "XYZ"`},
		{"no type", start + ",100.00,USD,,,,100.00,USD" + date + ",", "expected a type of transaction"},
		{"no batch", ",m1,s1,t1,,r1,,PAYMENT,100.00,USD,,,,100.00,USD" + date + ",", "expected the id of a batch"},
		{"no transaction", "b1,m1,s1,,,,,PAYMENT,100.00,USD,,,,100.00,USD" + date + ",", "expected the id of a transaction"},
		{"no such day", start + "PAYMENT,100.00,USD,,,,100.00,USD,2026-02-30T10:00:00+08:00,,", "2026-02-30"},
		{"fees of an authorisation", start + "AUTHORIZATION,100.00,USD,,,,99.95,USD" + date + "-0.05,USD", "which is -0.05 USD, found 99.95"},
	} {
		outcomes, bad, err := readAll(strings.NewReader(detailsHead+tt.line+"\n<END>\n"), providers.ReportOptions{})
		if err != nil || len(outcomes) > 0 || len(bad) != 1 {
			t.Errorf("%s: expected one line error, found %d, outcomes %v, error %v", tt.name, len(bad), outcomes, err)
			continue
		}
		if bad[0].Line != 2 || !strings.Contains(bad[0].What, tt.want) {
			t.Errorf("%s: expected an error of line 2 with %q, found %v", tt.name, tt.want, bad[0])
		}
	}
}

// TestRefusedReports has reports that cannot be read on.
func TestRefusedReports(t *testing.T) {
	details, summary, totals := file(t, detailsFile), file(t, summaryFile), file(t, totalFile)
	for _, tt := range []struct{ name, text, want string }{
		{"no end", strings.TrimSuffix(details, "<END>\n"), "the report is cut short: expected a last line <END>"},
		{"no total", strings.Replace(totals, "TOTAL", "VOID", 1), "expected a line TOTAL of batch 2026031100000000001 of 2188000000000001 in USD, found the end"},
		{"a summary behind details", details + summary, "found a header"},
		{"transaction details", "merchantId,transactionId,transactionRequestId,transactionType,paymentMethodType,transactionAmountValue,transactionCurrency,settlementAmountValue,settlementCurrency,status\n<END>\n", `the column "status", which only its transaction details have`},
		{"details without a currency", strings.Replace(details, "settlementCurrency", "other", 1), `expected a column "settlementCurrency"`},
		{"a summary without receivers", strings.Replace(summary, "referenceMerchantId", "other", 1), `expected a column "referenceMerchantId"`},
		{"something else", "a,b,c\n1,2,3\n<END>\n", "found a, b, c"},
	} {
		if _, _, err := readAll(strings.NewReader(tt.text), providers.ReportOptions{}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: expected an error with %q, found %v", tt.name, tt.want, err)
		}
	}
}

func file(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestTotal alters one line of a summary by type: its TOTAL is refused, and nothing else.
func TestTotal(t *testing.T) {
	text := strings.Replace(file(t, totalFile), ",3,165.55,", ",3,165.45,", 1)
	outcomes, bad, err := readAll(strings.NewReader(text), providers.ReportOptions{})
	if err != nil || len(outcomes) != 4 || len(bad) != 1 {
		t.Fatal(outcomes, bad, err)
	}
	if want := `line 6, column "settlementAmountValue": expected the sum of the lines of the batch before, 74.45 USD, found 74.55`; bad[0].Error() != want {
		t.Errorf("expected %q, found %q", want, bad[0])
	}
}

// TestNewFee reads a fee that is newer than this package: its name and the sum of its line say what it is.
func TestNewFee(t *testing.T) {
	text := strings.Replace(detailsHead, "paymentMethodFee", "lunchFee", 2) + "b1,m1,s1,t1,,r1,,PAYMENT,100.00,USD,,,,97.10,USD,2026-03-12T10:00:00+08:00,-2.90,USD\n<END>\n"
	text = strings.Replace(text, "lunchFeeAmountValue", "lunchServiceFeeAmountValue", 1)
	const want = "2 settled amount=10000 USD Fee=290 USD net=9710 USD id=t1 payment=t1 reference=r1 batch=b1 receiver=s1 account=s1 part=true at=2026-03-12T02:00:00Z"
	outcomes, bad, err := readAll(strings.NewReader(text), providers.ReportOptions{})
	if err != nil || len(bad) > 0 || len(outcomes) != 1 || tell(&outcomes[0]) != want {
		t.Error(outcomes, bad, err)
	}
}

// TestConvert tells another amount than the quote comes to, and reads in the refusal what it comes to.
func TestConvert(t *testing.T) {
	for _, tt := range []struct{ kind, amount, pair, price, to, want string }{
		{"PAYMENT", "26000,KRW", "USD/KRW", "1300", "USD", "20.00"},
		{"REFUND", "-26000,KRW", "USD/KRW", "1300", "USD", "-20.00"},
		{"PAYMENT", "1.00,USD", "USD/SGD", "1.345", "SGD", "1.34"}, // 134.5, to the even one
		{"PAYMENT", "3.00,USD", "USD/SGD", "1.345", "SGD", "4.04"}, // 403.5
		{"REFUND", "-3.00,USD", "USD/SGD", "1.345", "SGD", "-4.04"},
		{"PAYMENT", "0.01,USD", "USD/KRW", "1300", "KRW", "13"},
		{"PAYMENT", "1.000,KWD", "KWD/USD", "3.25", "USD", "3.25"},
		{"PAYMENT", "3.25,USD", "KWD/USD", "3.25", "KWD", "1.000"},
		{"PAYMENT", "0.05,USD", "EUR/USD", "2", "EUR", "0.02"}, // 2.5
		{"PAYMENT", "1.00,USD", "USD/EUR", strings.Repeat("9", 24), "EUR", strings.Repeat("9", 24) + ".00"},
	} {
		line := "b1,m1,s1,t1,,r1,," + tt.kind + "," + tt.amount + "," + tt.pair + "," + tt.price +
			",7000000,7," + tt.to + ",2026-03-12T10:00:00+08:00,,\n<END>\n"
		_, bad, err := readAll(strings.NewReader(detailsHead+line), providers.ReportOptions{})
		want := "expected " + tt.want + " " + tt.to + " at the quote " + tt.price + ", found 7000000"
		if err != nil || len(bad) != 1 || !strings.Contains(bad[0].What, want) {
			t.Errorf("%s at %s %s: %v, %v, want %q", tt.amount, tt.price, tt.pair, bad, err, want)
		}
	}
}

// TestDecimals: amounts have the decimals of ISO 4217 (docs.antom.com, ref/cc), in notifications too.
func TestDecimals(t *testing.T) {
	for code, want := range map[money.Currency]int{"USD": 2, "IDR": 2, "CLP": 0, "JPY": 0, "KRW": 0, "VND": 0} {
		if got, ok := (money.Table{}).Exponent(code); !ok || got != want {
			t.Errorf("%s: %d decimals, want %d", code, got, want)
		}
	}
}

// TestSpreadsheet reads what a German spreadsheet makes of the report, with what the options say it means.
func TestSpreadsheet(t *testing.T) {
	text := strings.NewReplacer(";", ",", ",", ";", "2026-03-12T10:00:00+08:00", "12/3/26 10:00", "100.00", "1.100,00", "97.10", "1.097,10", ".", ",").Replace(file(t, detailsFile))
	o := providers.ReportOptions{Dates: "dmy", Decimal: ",", Zone: time.FixedZone("", 8*3600)}
	got, bad, err := readAll(strings.NewReader(text), o)
	if err != nil || len(bad) > 0 || len(got) != 7 {
		t.Fatal(got, bad, err)
	}
	want, _, _ := readAll(strings.NewReader(file(t, detailsFile)), providers.ReportOptions{})
	want[0].Amount, want[0].Net = money.New(110000, "USD"), money.New(109710, "USD")
	for i := range want {
		if tell(&got[i]) != tell(&want[i]) {
			t.Errorf("expected\n%s\nfound\n%s", tell(&want[i]), tell(&got[i]))
		}
	}
	if _, bad, err := readAll(strings.NewReader(text), providers.ReportOptions{}); err != nil || len(bad) != 7 {
		t.Errorf("without options: expected 7 lines of doubt, found %v, error %v", bad, err)
	}
}

// TestMarketplace: the marketplace is the receiver without a name, and its line of a payment is not the seller's told again.
func TestMarketplace(t *testing.T) {
	const rest = ",t1,,r1,,PAYMENT,%s,USD,,,,%s,USD,2026-03-12T10:00:00+08:00,,\n"
	text := detailsHead + fmt.Sprintf("b1,m1,s1"+rest, "80.00", "80.00") + fmt.Sprintf("b1,m0,"+rest, "20.00", "20.00") + "<END>\n"
	outcomes, bad, err := readAll(strings.NewReader(text), providers.ReportOptions{})
	if err != nil || len(bad) > 0 || len(outcomes) != 2 {
		t.Fatal(outcomes, bad, err)
	}
	if a, b := outcomes[0], outcomes[1]; a.ID != "t1" || b.ID != "MARKETPLACE/t1" || a.ProviderReference != b.ProviderReference || b.Receiver != "" {
		t.Error(tell(&a), tell(&b))
	}
}

// TestNothingPaid: a batch of nothing, or below zero, is no payout.
func TestNothingPaid(t *testing.T) {
	head, _, _ := strings.Cut(file(t, summaryFile), "\n")
	text := head + "\nb1,m1,s1,2026-03-12T10:00:00+08:00,0.00,USD\nb1,m2,s2,2026-03-12T10:00:00+08:00,-25.00,USD\n<END>\n"
	outcomes, bad, err := readAll(strings.NewReader(text), providers.ReportOptions{})
	if err != nil || len(bad) > 0 || len(outcomes) != 2 {
		t.Fatal(outcomes, bad, err)
	}
	for i, want := range []string{
		`2 other id=b1/s1/USD batch=b1 receiver=s1 account=s1 at=2026-03-12T02:00:00Z reason="nothing to settle"`,
		`3 other amount=2500 USD id=b1/s2/USD batch=b1 receiver=s2 account=s2 at=2026-03-12T02:00:00Z reason="settlement below zero: not paid out"`,
	} {
		if got := tell(&outcomes[i]); got != want {
			t.Errorf("expected\n%s\nfound\n%s", want, got)
		}
	}
}

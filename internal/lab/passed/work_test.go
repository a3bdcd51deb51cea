package passed

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/internal/eventlines"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/reconcile"
)

// begin ends a test that should only prepare.
func begin(t *testing.T) {
	if os.Getenv(prepareOnly) != "" {
		t.SkipNow()
	}
}

// books opens a new ledger with events of JSON lines in it. It is not closed again: that would count as passed.
func books(t *testing.T, lines []byte) (*ledger.Ledger, *posting.Book) {
	t.Helper()
	l, err := ledger.Open(filepath.Join(t.TempDir(), "books.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	source := eventlines.Source{Name: "lines", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(lines)), nil
	}}
	if err := eventlines.Post(context.Background(), book, []eventlines.Source{source}, accepted{t}, 0); err != nil {
		t.Fatal(err)
	}
	return l, book
}

// accepted holds every event to be accepted.
type accepted struct{ *testing.T }

func (a accepted) Line(in eventlines.Line, r posting.Result) error {
	if r.Err != nil || r.Receipt.Status != posting.Accepted {
		a.Errorf("line %d: %s, %v", in.Number, r.Receipt.Status, r.Err)
	}
	return nil
}

func (accepted) Flush() error { return nil }

// A program that has the ledger open books one capture: 400.00 USD, of which a seller and the platform get parts.
func TestCapture(t *testing.T) {
	l, book := books(t, []byte(`{"id":"open","type":"account.open","account":"seller:ada","kind":"sub"}`))
	begin(t)
	_, err := book.Post(context.Background(), posting.Event{
		ID: "capture", Type: posting.PaymentCapture, Payment: "P-1", Provider: "adyen",
		Amount: money.New(40000, "USD"),
		Splits: []posting.Split{
			{Type: posting.BalanceAccount, Account: "seller:ada", Amount: money.New(39600, "USD"), Reference: "sale-1"},
			{Type: posting.Commission, Amount: money.New(400, "USD"), Reference: "commission-1"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := l.Balance("seller:ada", "USD"); err != nil || got.Pending.Minor() != "39600" {
		t.Errorf("the seller has %s, %v, expected 396.00", got.Pending, err)
	}
}

// The six lines of the README's report are compared with its shop's books.
func TestReport(t *testing.T) { compare(t, false) }

// The same lines are compared, and what they prove is booked.
func TestReportBooked(t *testing.T) { compare(t, true) }

func compare(t *testing.T, post bool) {
	const examples = "../../../examples/reconcile"
	shop, err := os.ReadFile(filepath.Join(examples, "shop.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	l, book := books(t, shop)
	adapter, err := all.Registry().ByName("adyen")
	if err != nil {
		t.Fatal(err)
	}
	o := reconcile.Options{Ledger: l, Book: book, Adapter: adapter, Post: post, Dir: t.TempDir()}
	report := filepath.Join(examples, "settlement_detail_report_batch_7.csv")
	begin(t)
	r, err := reconcile.Compare(context.Background(), o, report)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Lines != 6 || (r.Posting != nil) != post {
		t.Errorf("%d lines were compared, posted: %v", r.Lines, r.Posting)
	}
}

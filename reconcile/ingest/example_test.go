package ingest_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/xendit"
	"github.com/splitledger/splitledger/reconcile/ingest"
)

// A handler takes Xendit's webhooks. It answers 200 only when what the webhook says is durable: booked, known
// already, or parked until its payment is known. Xendit sends again what was answered otherwise.
func Example_handler() {
	dir, _ := os.MkdirTemp("", "ingest")
	defer os.RemoveAll(dir)
	l, err := ledger.Open(filepath.Join(dir, "market.db"), ledger.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		log.Fatal(err)
	}
	intake := &ingest.Intake{
		Adapter: xendit.New(), Keys: providers.Keys{Secrets: []string{"the token of the dashboard"}}, Ledger: l, Book: book,
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, ingest.MaxBody))
		if err != nil {
			http.Error(w, "the body is too long or was cut", http.StatusBadRequest)
			return
		}
		results, err := intake.Take(r.Context(), []providers.Notification{{
			Received: time.Now(), Path: r.URL.RequestURI(), Header: textproto.MIMEHeader(r.Header), Body: body,
		}})
		switch {
		case err != nil: // the books failed: Xendit is to send it again
			http.Error(w, "try again", http.StatusServiceUnavailable)
		case results[0].Status == ingest.Refused:
			http.Error(w, "refused", http.StatusUnauthorized)
		default:
			fmt.Fprintln(w, results[0].Status)
		}
	})

	ctx := context.Background()
	_, err = book.Post(ctx, posting.AuthorisePayment{
		ID: "auth-1", Payment: "order-1", Provider: "xendit", ProviderReference: "py-1", Amount: money.New(10000000, "IDR"),
	})
	if err != nil {
		log.Fatal(err)
	}
	body := `{"event":"payment.capture","data":{"payment_id":"py-1","status":"SUCCEEDED","request_amount":100000,` +
		`"currency":"IDR","reference_id":"order-1","updated":"2026-03-10T02:00:00Z"}}`
	for _, token := range []string{"the token of the dashboard", "the token of the dashboard", "a forger's"} {
		r := httptest.NewRequest(http.MethodPost, "/hooks/xendit", strings.NewReader(body))
		r.Header.Set("X-Callback-Token", token)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(w.Code, strings.TrimSpace(w.Body.String()))
	}
	p, err := book.Payment("order-1")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.State(), p.Captured)
	// Output:
	// 200 accepted
	// 200 duplicate
	// 401 refused
	// captured 10000000 IDR
}

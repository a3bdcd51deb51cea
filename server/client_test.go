package server_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// oapiCodegen makes a client of OpenAPI 3.0. It is pinned, so that a new one does not break this test.
const oapiCodegen = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2"

// clientProgram posts a payment by the generated client, and asks what the seller has of it.
const clientProgram = `package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"client/ledger"
)

func main() {
	c, err := ledger.NewClientWithResponses(os.Args[1], ledger.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer key")
		return nil
	}))
	check(err)
	ctx := context.Background()
	holder := "Seller 42 Ltd"
	var open, capture ledger.Event
	check(open.FromAccountOpenEvent(ledger.AccountOpenEvent{Id: "a", Type: ledger.AccountOpen, Account: "seller:42", Kind: ledger.AccountOpenEventKindSub, Holder: &holder}))
	value, provider := ledger.PartAmount{Value: 39600}, "adyen"
	seller, reference := "seller:42", "s1"
	check(capture.FromPaymentCaptureEvent(ledger.PaymentCaptureEvent{
		Id: "c", Type: ledger.PaymentCapture, Payment: "order-1", Provider: &provider, Amount: &ledger.Amount{Value: 39600, Currency: "USD"},
		Splits: &[]ledger.Split{{Type: ledger.SplitTypeBalanceAccount, Account: &seller, Amount: &value, Reference: &reference}},
	}))
	for _, e := range []ledger.Event{open, capture} {
		a, err := c.PostEventsWithResponse(ctx, "market", nil, e)
		check(err)
		if a.JSON201 == nil {
			panic(a.Status() + " " + string(a.Body))
		}
		fmt.Println(a.JSON201.Id, a.JSON201.Status, *a.JSON201.Record)
	}
	account := []string{"seller:*"}
	b, err := c.ListBalancesWithResponse(ctx, "market", &ledger.ListBalancesParams{Account: &account})
	check(err)
	for _, row := range b.JSON200.Data {
		fmt.Println(row.Account, row.Pending, row.Currency)
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
`

// A client that is generated from the document compiles, posts a payment to a real server, and reads balances.
func TestGeneratedClient(t *testing.T) {
	if testing.Short() {
		t.Skip("generates and compiles a client: not in -short")
	}
	t.Parallel()
	url := exampleServer(t)
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
		var out, problems bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &problems
		err := cmd.Run()
		return out.String() + problems.String(), err
	}
	write("go.mod", "module client\n\ngo 1.26\n")
	write("openapi.json", send(t, "GET", url+"/openapi-3.0.json", "").body)
	write("ledger/doc.go", "// Package ledger is generated.\npackage ledger\n")
	write("main.go", clientProgram)
	if out, err := run("run", oapiCodegen, "-generate", "types,client,skip-prune", "-package", "ledger", "-o", "ledger/ledger.go", "openapi.json"); err != nil {
		if strings.Contains(out, "dial tcp") || strings.Contains(out, "lookup") {
			t.Skip("oapi-codegen cannot be had here: " + out)
		}
		t.Fatal(out)
	}
	if out, err := run("get", "github.com/oapi-codegen/runtime@v1.9.0"); err != nil {
		t.Skip("what the client needs cannot be had here: " + out)
	}
	out, err := run("run", ".", url)
	if want := "a accepted 1\nc accepted 2\nseller:42 39600 USD\n"; err != nil || out != want {
		t.Errorf("expected\n%s\nfound\n%s", want, out)
	}
}

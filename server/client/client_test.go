package client_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server"
	"github.com/splitledger/splitledger/server/client"
)

// TestMain lets a test run a server as a process of its own, which can be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("CLIENT_TEST_SERVE"); dir != "" {
		l, err := ledger.Open(filepath.Join(dir, "market.db"), ledger.Options{})
		if err == nil {
			_, err = server.Socket(l)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		select {}
	}
	os.Exit(m.Run())
}

// start starts the server of a directory, and returns when it answers.
func start(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "CLIENT_TEST_SERVE="+dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	for range 500 {
		if conn, err := net.Dial("unix", filepath.Join(dir, "market.db.sock")); err == nil {
			conn.Close()
			return cmd
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the server does not answer")
	return nil
}

// opening is an event that opens an account.
func opening(n int) string {
	return fmt.Sprintf(`{"id":"e-%d","type":"account.open","account":"seller:%d","kind":"sub"}`, n, n)
}

// While a server is killed again and again, a stream of events is booked once each and in order, and a feed has each record
// once and in order.
func TestKilledServer(t *testing.T) {
	dir := t.TempDir()
	running := start(t, dir)
	c := client.Socket(filepath.Join(dir, "market.db.sock"))
	defer c.Close()
	events, kills := 3000, 5
	if testing.Short() {
		events, kills = 900, 2
	}
	answered, killed := 0, make(chan *exec.Cmd)
	go func() { // what is killed is started again
		for range kills {
			cmd := <-killed
			cmd.Process.Kill()
			cmd.Wait()
			time.Sleep(20 * time.Millisecond)
			killed <- start(t, dir)
		}
	}()
	fed := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() {
		want := uint64(0)
		for r, err := range c.Follow(ctx, "local", 0, nil) {
			if want++; err != nil || r.Record != want {
				fed <- fmt.Errorf("expected record %d, found %+v, %v", want, r, err)
				return
			}
			if want == uint64(events) {
				break
			}
		}
		fed <- nil
	}()
	all := func(yield func([]byte, error) bool) {
		for n := range events {
			if !yield([]byte(opening(n)), nil) {
				return
			}
			if n%50 == 0 {
				time.Sleep(5 * time.Millisecond)
			}
		}
	}
	again := 0
	err := c.PostStream(ctx, "local", all, func(r client.Result) error {
		if r.ID != fmt.Sprintf("e-%d", answered) || r.Line != answered+1 || r.Record != uint64(answered+1) {
			return fmt.Errorf("expected the answer to e-%d, found %+v", answered, r)
		}
		if r.Status == client.Duplicate {
			again++
		} else if r.Status != client.Accepted {
			return fmt.Errorf("%+v", r)
		}
		answered++
		if answered%(events/(kills+1)) == 0 && answered < events {
			killed <- running
			running = <-killed
		}
		return nil
	})
	if err != nil || answered != events {
		t.Fatal(answered, err)
	}
	if err := <-fed; err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d events were sent again that had been booked", again, events)
}

// A refusal is an answer, and not an error of the stream; one event's refusal is an error with its code. An error of the
// events, or of who is told, ends the stream.
func TestAnswers(t *testing.T) {
	dir := t.TempDir()
	start(t, dir)
	c := client.Socket(filepath.Join(dir, "market.db.sock"))
	defer c.Close()
	ctx := t.Context()
	transfer := map[string]any{"id": "t-1", "type": "transfer", "from": "seller:1", "to": "platform",
		"amount": map[string]any{"value": 1, "currency": "EUR"}}
	_, err := c.Post(ctx, "local", transfer)
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Refusal.Code != "unknown_account" || e.Refusal.Field != "from" || e.Status != 422 {
		t.Errorf("%v", err)
	}
	var told []client.Result
	take := func(r client.Result) error {
		told = append(told, r)
		return nil
	}
	lines := func(texts ...string) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			for _, text := range texts {
				if text == "!" {
					yield(nil, errors.New("no more"))
					return
				}
				if !yield([]byte(text), nil) {
					return
				}
			}
		}
	}
	err = c.PostStream(ctx, "local", lines(opening(1), "{}", opening(1)), take)
	if err != nil || len(told) != 3 || told[1].Error == nil || told[1].Error.Code != "invalid" || told[2].Status != client.Duplicate {
		t.Errorf("%v %+v", err, told)
	}
	if err := c.PostStream(ctx, "local", lines(opening(2), "!"), take); err == nil || err.Error() != "no more" {
		t.Errorf("%v", err)
	}
	stop := errors.New("stop")
	if err := c.PostStream(ctx, "local", lines(opening(3), opening(4)), func(client.Result) error { return stop }); err != stop {
		t.Errorf("%v", err)
	}
	if err := c.PostStream(ctx, "nosuch", lines(opening(3)), take); err == nil {
		t.Error("expected no ledger of that name")
	}
	if err := c.PostStream(ctx, "local", lines("{\n}"), take); err == nil {
		t.Error("expected one line")
	}
	accounts, err := client.List[struct{ Account string }](ctx, c, "local", "accounts", nil)
	if err != nil || len(accounts) < 3 || accounts[2].Account != "seller:1" {
		t.Errorf("%+v %v", accounts, err)
	}
	balances, err := c.Balances(ctx, "local", nil)
	if err != nil || len(balances) != 0 {
		t.Errorf("%+v %v", balances, err)
	}
	var one struct{ Kind string }
	if err := c.Ask(ctx, "local", "accounts/seller:1", nil, &one); err != nil || one.Kind != "sub" {
		t.Errorf("%+v %v", one, err)
	}
}

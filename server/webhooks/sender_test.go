package webhooks_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/settings"
	"github.com/splitledger/splitledger/server/webhooks"
)

// A request is one that a receiver got.
type request struct {
	header http.Header
	body   string
}

// record is the number in a request's webhook-id, behind the ledger's.
func (r *request) record() string {
	id := r.header.Get("webhook-id")
	return id[strings.LastIndexByte(id, '-')+1:]
}

// at is the time of the try.
func (r *request) at() int64 {
	at, _ := strconv.ParseInt(r.header.Get("webhook-timestamp"), 10, 64)
	return at
}

// A receiver is a real one, on this machine. It answers as it is told to, and checks every signature.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	got     []request
	secrets []string // any of them may have signed
	busy    int
	closes  bool                                                // connections, as a clock that is made up stands still while one is open
	answer  func(w http.ResponseWriter, r *http.Request, n int) // n requests came before; nil is 204
}

func newReceiver(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, n int)) *receiver {
	v := unstarted(t, answer)
	v.Start()
	return v
}

// newSecureReceiver makes one with TLS, whose issuer those know who are told by trusts.
func newSecureReceiver(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, n int)) *receiver {
	v := unstarted(t, answer)
	v.StartTLS()
	return v
}

// trusts has a sender know the issuer of a receiver's certificate.
func trusts(v *receiver) func(*webhooks.Options) {
	return func(o *webhooks.Options) {
		o.Roots = x509.NewCertPool()
		o.Roots.AddCert(v.Certificate())
	}
}

// ended waits until the receiver has noticed that whoever sent to it is gone.
func (v *receiver) ended() {
	for {
		v.mu.Lock()
		busy := v.busy
		v.mu.Unlock()
		if busy == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func unstarted(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, n int)) *receiver {
	v := &receiver{answer: answer}
	v.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		v.mu.Lock()
		n, secrets, answer := len(v.got), v.secrets, v.answer
		v.got = append(v.got, request{r.Header.Clone(), string(body)})
		if v.busy++; v.busy > 1 {
			t.Error("two requests at once")
		}
		v.mu.Unlock()
		defer func() { // also where it ends without an answer
			v.mu.Lock()
			v.busy--
			v.mu.Unlock()
		}()
		if err != nil || r.Method != "POST" {
			t.Errorf("%s: %v", r.Method, err)
		}
		for _, secret := range secrets {
			hook, err := standardwebhooks.NewWebhook(secret)
			if err == nil {
				err = hook.VerifyIgnoringTimestamp(body, r.Header) // of a clock that may be made up
			}
			if err != nil {
				t.Errorf("record %s is not signed: %v", r.Header.Get("webhook-id"), err)
			}
		}
		if v.closes {
			w.Header().Set("Connection", "close")
		}
		if answer != nil {
			answer(w, r, n)
		} else {
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	t.Cleanup(v.Close)
	return v
}

// answers tells the receiver how to answer from now on.
func (v *receiver) answers(answer func(w http.ResponseWriter, r *http.Request, n int)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.answer = answer
}

// requests are those that came until now.
func (v *receiver) requests() []request {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.got)
}

// records are the numbers of those.
func (v *receiver) records() (list []string) {
	for _, r := range v.requests() {
		list = append(list, r.record())
	}
	return list
}

// A bench is a ledger with settings, and what delivers from one by the other.
type bench struct {
	t        *testing.T
	dir      string
	books    *query.Books
	settings *settings.Store
	sender   *webhooks.Sender
	stop     func() // and wait
}

// newBench makes a ledger, and settings in a directory of their own.
func newBench(t *testing.T) *bench {
	b := &bench{t: t, dir: t.TempDir()}
	l, err := ledger.Open(filepath.Join(b.dir, "market.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rules, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b.books = &query.Books{Ledger: l, Rules: rules, Name: "market"}
	b.open(b.dir)
	return b
}

// open opens the settings in a directory and begins to deliver.
func (b *bench) open(dir string, change ...func(*webhooks.Options)) {
	b.t.Helper()
	guard, err := webhooks.ParseGuard([]string{"127.0.0.1"})
	if err != nil {
		b.t.Fatal(err)
	}
	if b.settings, err = settings.Open(dir, settings.Options{CheckURL: func(u *url.URL) error { return nil }}); err != nil {
		b.t.Fatal(err)
	}
	o := webhooks.Options{Settings: b.settings, Guard: guard, Version: "1.2.3", Jitter: func() float64 { return 0.5 },
		Log: slog.New(slog.DiscardHandler), Books: func(name string) *query.Books {
			if name != "market" {
				return nil
			}
			return b.books
		}}
	for _, c := range change {
		c(&o)
	}
	b.sender = webhooks.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { b.sender.Run(ctx) })
	b.stop = func() {
		cancel()
		work.Wait()
		if err := b.settings.Close(); err != nil {
			b.t.Error(err)
		}
	}
}

// close ends all.
func (b *bench) close() {
	b.stop()
	if err := b.books.Ledger.Close(); err != nil {
		b.t.Error(err)
	}
}

// endpoint makes an endpoint of a receiver.
func (b *bench) endpoint(v *receiver, change ...func(*settings.NewEndpoint)) string {
	b.t.Helper()
	n := settings.NewEndpoint{Name: v.URL, URL: v.URL + "/hooks", Ledger: "market"}
	for _, c := range change {
		c(&n)
	}
	e, secret, err := b.settings.CreateEndpoint(settings.Actor{By: "test"}, n)
	if err != nil {
		b.t.Fatal(err)
	}
	v.mu.Lock()
	v.secrets = append(v.secrets, secret)
	v.mu.Unlock()
	return e.ID
}

// madeUp runs a test under a clock that is made up, with a receiver outside of it. Channels that the ledger keeps in pools
// belong to one such clock, so pools are emptied.
func madeUp(t *testing.T, v *receiver, test func(*testing.T)) {
	v.closes = true
	for range 2 {
		runtime.GC()
	}
	synctest.Test(t, test)
	for range 2 {
		runtime.GC()
	}
}

// at is before the ledger's clock, whether that is made up or not.
const at = "1999-03-12T10:00:00Z"

// post books accounts, or what the lines say.
func (b *bench) post(lines ...string) {
	b.t.Helper()
	for _, line := range lines {
		e, err := posting.Decode([]byte(strings.TrimSpace(line)))
		if err == nil {
			_, err = b.books.Rules.As("key_7f3a9c21").Post(context.Background(), e)
		}
		if err != nil {
			b.t.Fatalf("%v in %s", err, line)
		}
	}
}

// opened are lines that open so many accounts.
func opened(from, to int) (lines []string) {
	for i := from; i <= to; i++ {
		lines = append(lines, fmt.Sprintf(`{"id":"acc-%d","type":"account.open","at":"%s","account":"seller:%d","kind":"sub"}`, i, at, i))
	}
	return lines
}

// until waits until something is so.
func (b *bench) until(what string, is func() bool) {
	b.t.Helper()
	for range 2000 {
		if is() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	b.t.Fatalf("%s is not so", what)
}

// reached waits until an endpoint's cursor is at a record.
func (b *bench) reached(id string, record uint64) {
	b.t.Helper()
	b.until(fmt.Sprintf("the cursor at %d", record), func() bool {
		e, _ := b.settings.Endpoint(id)
		return e.Record == record
	})
}

// numbers are those from a to b as text.
func numbers(a, b int) (list []string) {
	for i := a; i <= b; i++ {
		list = append(list, strconv.Itoa(i))
	}
	return list
}

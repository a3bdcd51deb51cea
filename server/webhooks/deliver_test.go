package webhooks_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/settings"
	"github.com/splitledger/splitledger/server/webhooks"
)

// Each record arrives in order, signed so that the standard's own library takes it, with the time of the try.
func TestDelivers(t *testing.T) {
	v := newReceiver(t, nil)
	b := newBench(t)
	defer b.close()
	b.post(opened(1, 3)...)
	id := b.endpoint(v, func(n *settings.NewEndpoint) { n.Record = 1 })
	b.post(opened(4, 20)...)
	b.reached(id, 20)
	if got, want := v.records(), numbers(2, 20); !slices.Equal(got, want) {
		t.Fatalf("got %s, want %s", got, want)
	}
	for i, r := range v.requests() {
		hook, err := standardwebhooks.NewWebhook(v.secrets[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := hook.Verify([]byte(r.body), r.header); err != nil { // its time too
			t.Errorf("record %s: %v", r.record(), err)
		}
		if got, want := r.header.Get("webhook-id"), fmt.Sprintf("%s-%d", b.books.Ledger.ID(), i+2); got != want {
			t.Errorf("webhook-id %s, want %s", got, want)
		}
		if got := r.header.Get("Content-Type") + " " + r.header.Get("User-Agent"); got != "application/json splitledger/1.2.3" {
			t.Error(got)
		}
		rec, err := b.books.Event(fmt.Sprintf("acc-%d", i+2))
		if err != nil {
			t.Fatal(err)
		}
		if want := `{"type":"account.open","timestamp":"` + at + `","data":` + string(rec.AppendJSON(nil)) + `}`; r.body != want {
			t.Errorf("got\n%s, want\n%s", r.body, want)
		}
	}
	if records, oldest, err := b.sender.Behind(id); records != 0 || !oldest.IsZero() || err != nil {
		t.Errorf("%d records of %v behind (%v)", records, oldest, err)
	}
	list := b.settings.Deliveries(id)
	if d := list[0]; len(list) != 19 || d.Record != 20 || d.Attempt != 1 || d.Status != 204 || d.Error != "" {
		t.Errorf("%d deliveries, the last is %+v", len(list), d)
	}
}

// An endpoint gets what its filter says, in its format, and its cursor moves over all else.
func TestFiltersAndFormats(t *testing.T) {
	v, w := newReceiver(t, nil), newReceiver(t, nil)
	b := newBench(t)
	defer b.close()
	some := b.endpoint(v, func(n *settings.NewEndpoint) { n.Types, n.Accounts = []string{"account.*"}, []string{"seller:1*"} })
	events := b.endpoint(w, func(n *settings.NewEndpoint) { n.Format = settings.CloudEvents })
	b.post(opened(1, 12)...)
	b.post(`{"id":"frz","type":"account.freeze","at":"` + at + `","account":"seller:2"}`)
	b.reached(some, 13)
	b.reached(events, 13)
	if got, want := v.records(), []string{"1", "10", "11", "12"}; !slices.Equal(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	last := w.requests()[12]
	var e map[string]any
	if err := json.Unmarshal([]byte(last.body), &e); err != nil {
		t.Fatal(err)
	}
	if e["type"] != "splitledger.account.freeze" || e["subject"] != "seller:2" || e["sequence"] != "00000000000000000013" ||
		last.header.Get("Content-Type") != "application/cloudevents+json" {
		t.Errorf("%s: %s", last.header, last.body)
	}
}

// Another URL, another filter or a pause counts from the next request on, and nothing is sent twice or left out.
func TestEndpointChanges(t *testing.T) {
	v, w := newReceiver(t, nil), newReceiver(t, nil)
	b := newBench(t)
	defer b.close()
	id := b.endpoint(v)
	w.secrets = v.secrets
	b.post(opened(1, 5)...)
	b.reached(id, 5)
	actor := settings.Actor{By: "test"}
	if _, err := b.settings.ChangeEndpoint(actor, id, settings.EndpointChange{URL: &w.URL}); err != nil {
		t.Fatal(err)
	}
	b.post(opened(6, 10)...)
	b.reached(id, 10)
	if _, err := b.settings.SetState(actor, id, settings.Paused, "by hand"); err != nil {
		t.Fatal(err)
	}
	b.post(opened(11, 12)...)
	time.Sleep(20 * time.Millisecond)
	if e, _ := b.settings.Endpoint(id); e.Record != 10 {
		t.Errorf("paused at %d", e.Record)
	}
	if records, oldest, err := b.sender.Behind(id); records != 2 || oldest.IsZero() || err != nil {
		t.Errorf("%d records of %v behind (%v)", records, oldest, err)
	}
	if _, err := b.settings.SetState(actor, id, settings.Active, ""); err != nil {
		t.Fatal(err)
	}
	b.reached(id, 12)
	if got := v.records(); !slices.Equal(got, numbers(1, 5)) {
		t.Errorf("before: %s", got)
	}
	if got := w.records(); !slices.Equal(got, numbers(6, 12)) {
		t.Errorf("after: %s", got)
	}
	// A new secret signs beside the old one.
	_, secret, err := b.settings.Rotate(actor, id, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	w.secrets = append(slices.Clone(v.secrets), secret) // both are checked
	w.mu.Unlock()
	b.post(opened(13, 13)...)
	b.reached(id, 13)
	if n := strings.Count(w.requests()[7].header.Get("webhook-signature"), "v1,"); n != 2 {
		t.Errorf("%d signatures", n)
	}
	if err := b.settings.DeleteEndpoint(actor, id); err != nil {
		t.Fatal(err)
	}
	b.post(opened(14, 14)...)
	time.Sleep(20 * time.Millisecond)
	if n := len(w.requests()); n != 8 {
		t.Errorf("%d requests after it was deleted", n)
	}
}

// A receiver that is down for an hour is tried again ever more seldom, and then gets everything in order. Only what it
// did not answer comes twice.
func TestReceiverDownForAnHour(t *testing.T) {
	var down atomic.Bool
	v := newReceiver(t, func(w http.ResponseWriter, r *http.Request, n int) {
		switch {
		case !down.Load():
		case n%2 == 0:
			http.Error(w, "out of order", http.StatusServiceUnavailable)
		default: // without an answer
			panic(http.ErrAbortHandler)
		}
	})
	madeUp(t, v, func(t *testing.T) {
		b := newBench(t)
		defer b.close()
		id := b.endpoint(v)
		b.post(opened(1, 2)...)
		b.reached(id, 2)
		down.Store(true)
		began := time.Now().Unix()
		b.post(opened(3, 30)...)
		time.Sleep(time.Hour)
		e, _ := b.settings.Endpoint(id)
		if e.Record != 2 || e.Failing.Unix() != began || e.State != settings.Active {
			t.Errorf("after an hour: %+v", e)
		}
		down.Store(false)
		time.Sleep(16 * time.Minute)
		b.reached(id, 30)
		checkHour(t, v, began)
		if e, _ = b.settings.Endpoint(id); !e.Failing.IsZero() {
			t.Errorf("still failing since %v", e.Failing)
		}
	})
}

// The server is killed while a receiver, which has TLS, is down for an hour. It hears everything once it is back, in order.
func TestKilledWhileReceiverIsDown(t *testing.T) {
	var down atomic.Bool
	v := newSecureReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		if down.Load() {
			http.Error(w, "out of order", http.StatusServiceUnavailable)
		}
	})
	madeUp(t, v, func(t *testing.T) {
		b := newBench(t)
		defer b.close()
		b.stop()
		b.open(b.dir, trusts(v))
		id := b.endpoint(v)
		b.post(opened(1, 2)...)
		b.reached(id, 2)
		down.Store(true)
		b.post(opened(3, 20)...)
		time.Sleep(30 * time.Minute)
		left := copied(t, b.dir)
		b.stop()
		b.open(left, trusts(v))
		b.post(opened(21, 30)...)
		time.Sleep(30 * time.Minute)
		if e, _ := b.settings.Endpoint(id); e.Record != 2 || e.State != settings.Active {
			t.Errorf("after an hour: %+v", e)
		}
		down.Store(false)
		time.Sleep(16 * time.Minute)
		b.reached(id, 30)
		got := v.records()
		tries := len(got) - 30 // of the third record, which none answered
		if want := slices.Concat(numbers(1, 2), slices.Repeat(numbers(3, 3), tries+1), numbers(4, 30)); tries < 12 || !slices.Equal(got, want) {
			t.Errorf("got %s", got)
		}
	})
}

// Whatever a receiver answers, and however often, each record comes in order, and again only until it was taken.
func TestReceiverThatFailsAtRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var taken []string // by the receiver's own account
	v := newReceiver(t, nil)
	v.answer = func(w http.ResponseWriter, _ *http.Request, n int) {
		switch random.IntN(5) { // one request at a time
		case 0:
			w.WriteHeader([]int{302, 400, 404, 429, 500, 503}[random.IntN(6)])
		case 1:
			panic(http.ErrAbortHandler)
		default:
			taken = append(taken, v.requests()[n].record())
		}
	}
	madeUp(t, v, func(t *testing.T) {
		b := newBench(t)
		defer b.close()
		id := b.endpoint(v)
		b.post(opened(1, 60)...)
		time.Sleep(4 * time.Hour)
		b.reached(id, 60)
	})
	if !slices.Equal(taken, numbers(1, 60)) {
		t.Errorf("taken %s", taken)
	}
	if got := slices.Compact(v.records()); !slices.Equal(got, numbers(1, 60)) || len(v.requests()) < 70 {
		t.Errorf("%d requests, of %s", len(v.requests()), got)
	}
}

// checkHour checks what a receiver got that was down for an hour from its third record on.
func checkHour(t *testing.T, v *receiver, began int64) {
	t.Helper()
	var tries []int64
	for _, r := range v.requests() {
		if r.record() == "3" {
			tries = append(tries, r.at()-began)
		}
	}
	if want := []int64{0, 5, 15, 35, 75, 155, 315, 635, 1275, 2175, 3075, 3975}; !slices.Equal(tries, want) {
		t.Errorf("tried after %d seconds, want %d", tries, want)
	}
	if got, want := slices.Compact(v.records()), numbers(1, 30); !slices.Equal(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := len(v.requests()), 30+11; got != want {
		t.Errorf("%d requests, want %d", got, want)
	}
}

// After three days the endpoint is paused, and skips nothing when it is resumed. A server that is started again in
// between does not begin to count anew.
func TestPausedAfterThreeDays(t *testing.T) {
	v := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(500) })
	madeUp(t, v, func(t *testing.T) {
		b := newBench(t)
		defer b.close()
		id := b.endpoint(v)
		b.post(opened(1, 3)...)
		time.Sleep(time.Hour)
		e, _ := b.settings.Endpoint(id)
		// As if it had failed for 70 hours. The ledger's own clockwork takes seconds to run through them.
		if err := b.settings.SetProgress(id, settings.Progress{Failing: e.Failing.Add(-69 * time.Hour)}); err != nil {
			t.Fatal(err)
		}
		b.stop()
		time.Sleep(time.Hour)
		b.open(b.dir)
		time.Sleep(time.Hour - time.Second)
		if e, _ := b.settings.Endpoint(id); e.State != settings.Active {
			t.Errorf("a second before: %+v", e)
		}
		time.Sleep(2 * time.Second)
		e, _ = b.settings.Endpoint(id)
		if e.State != settings.Paused || e.Reason != "record 1 was not taken for 72h0m0s" || e.Record != 0 {
			t.Errorf("after three days: %+v", e)
		}
		v.answers(nil)
		n := len(v.requests())
		time.Sleep(time.Hour)
		if len(v.requests()) != n {
			t.Error("tried while it is paused")
		}
		if _, err := b.settings.SetState(settings.Actor{By: "test"}, id, settings.Active, ""); err != nil {
			t.Fatal(err)
		}
		b.reached(id, 3)
		if got := slices.Compact(v.records()); !slices.Equal(got, numbers(1, 3)) {
			t.Errorf("got %s", got)
		}
	})
}

// What a receiver asks for by Retry-After is kept, up to an hour, if it is more than would be waited.
func TestRetryAfter(t *testing.T) {
	asked := []string{"120", "1", "86400", "Sat, 01 Jan 2000 02:00:00 GMT", "soon", "-5"}
	v := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n < len(asked) {
			w.Header().Set("Retry-After", asked[n])
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	madeUp(t, v, func(t *testing.T) { // which begins in 2000
		b := newBench(t)
		defer b.close()
		id := b.endpoint(v)
		b.post(opened(1, 1)...)
		time.Sleep(5 * time.Hour)
		b.reached(id, 1)
		var waits []int64
		r := v.requests()
		for i := range r[1:] {
			waits = append(waits, r[i+1].at()-r[i].at())
		}
		// 2 minutes; 10 seconds; an hour; until 2 o'clock, from 01:02:10 on; then 80 and 160 seconds.
		if want := []int64{120, 10, 3600, 3470, 80, 160}; !slices.Equal(waits, want) {
			t.Errorf("waited %d, want %d", waits, want)
		}
	})
}

// A receiver that is gone, or leads elsewhere, gets nothing more; whom it leads to gets nothing at all.
func TestGoneAndRedirected(t *testing.T) {
	other := newReceiver(t, nil)
	v := newReceiver(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 0 {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
			return
		}
		w.WriteHeader(http.StatusGone)
	})
	madeUp(t, v, func(t *testing.T) {
		b := newBench(t)
		defer b.close()
		id := b.endpoint(v)
		b.post(opened(1, 2)...)
		time.Sleep(time.Minute)
		e, _ := b.settings.Endpoint(id)
		if e.State != settings.Paused || e.Record != 0 || e.Reason != "the receiver answered 410, so it wants nothing any more" {
			t.Errorf("%+v", e)
		}
		d := b.settings.Deliveries(id)
		if len(d) != 2 || d[1].Status != 307 || d[0].Status != 410 || d[0].Attempt != 2 {
			t.Errorf("deliveries %+v", d)
		}
		if n := len(other.requests()); n != 0 {
			t.Errorf("the redirect was followed %d times", n)
		}
	})
}

// A receiver that answers too slowly has failed, and so has one whose name or address must not be reached. Whoever looks
// at deliveries reads why.
func TestWhatIsNoDelivery(t *testing.T) {
	v := newReceiver(t, func(w http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() })
	answers := newReceiver(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, strings.Repeat("short and stout ", 1000))
	})
	b := newBench(t)
	b.stop()
	b.open(b.dir, func(o *webhooks.Options) { o.Timeout = 50 * time.Millisecond })
	defer b.close()
	b.post(opened(1, 1)...)
	_, port, err := net.SplitHostPort(v.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for url, want := range map[string]string{
		v.URL:                                "no answer within 50ms",
		answers.URL:                          "",
		"http://" + closed.Addr().String():   "connection refused",
		"http://127.0.0.2:" + port:           "found 127.0.0.2, which is loopback",
		"https://localhost:" + port:          "found ::1, which is loopback|found 127.0.0.1, which is loopback|http: server gave HTTP response to HTTPS client",
		"https://[::ffff:127.0.0.2]:" + port: "found 127.0.0.2, which is loopback",
		"https://169.254.169.254/latest":     "which is link-local",
	} {
		n := settings.NewEndpoint{Name: url, URL: url, Ledger: "market"}
		e, _, err := b.settings.CreateEndpoint(settings.Actor{By: "test"}, n)
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		b.until("a delivery to "+url, func() bool { return len(b.settings.Deliveries(e.ID)) > 0 })
		d := b.settings.Deliveries(e.ID)[0]
		if !slices.ContainsFunc(strings.Split(want, "|"), func(w string) bool { return strings.Contains(d.Error, w) }) {
			t.Errorf("%s: %q, want %q", url, d.Error, want)
		}
		if url == answers.URL && (d.Status != http.StatusTeapot || len(d.Body) != 4096 || d.Error != "") {
			t.Errorf("%d, %d bytes, %q", d.Status, len(d.Body), d.Error)
		}
		if strings.Contains(d.Error, url) {
			t.Errorf("the error has the URL: %s", d.Error)
		}
	}
	if n := len(v.requests()); n != 1 {
		t.Errorf("%d requests arrived, want 1", n)
	}
}

// A server that is killed forgets the newest of what it delivered. It is delivered again: nothing is missing, and the order
// is kept.
func TestKilledInBetween(t *testing.T) {
	v := newReceiver(t, nil)
	b := newBench(t)
	defer b.close()
	id := b.endpoint(v)
	b.post(opened(1, 10)...)
	b.reached(id, 10)
	b.stop()
	before := copied(t, b.dir) // settings as they were synced last
	b.open(b.dir)
	hang := make(chan struct{})
	v.answers(func(_ http.ResponseWriter, r *http.Request, n int) {
		if n == 17 { // the 18th is lost with the server
			close(hang)
			<-r.Context().Done()
		}
	})
	b.post(opened(11, 25)...)
	<-hang
	b.stop()
	v.ended()
	v.answers(nil)
	b.open(before)
	b.reached(id, 25)
	want := slices.Concat(numbers(1, 10), numbers(11, 18), numbers(11, 25))
	if got := v.records(); !slices.Equal(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// copied are the settings of a directory as a server that is killed now leaves them.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	for _, name := range []string{settings.File, settings.KeyFile} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// Large records go without their entries, and larger ones with nothing of the event but what it is.
func TestTruncated(t *testing.T) {
	v := newReceiver(t, nil)
	b := newBench(t)
	defer b.close()
	id := b.endpoint(v)
	for i, pairs := range []int{100, 600, 1200} {
		line := fmt.Sprintf(`{"id":"e%d","type":"entry","at":"%s","postings":[`, i, at)
		line += strings.Repeat(`{"account":"liable","debit":true,"amount":{"value":123456789,"currency":"EUR"},"reference":"rent of the warehouse in March"},`+
			`{"account":"platform","credit":true,"amount":{"value":123456789,"currency":"EUR"},"reference":"rent of the warehouse in March"},`, pairs)
		b.post(strings.TrimSuffix(line, ",") + "]}")
	}
	b.reached(id, 3)
	for i, r := range v.requests() {
		var body struct {
			Data struct {
				Event     map[string]any
				Entries   []any
				Truncated bool
				Record    int
			}
		}
		if err := json.Unmarshal([]byte(r.body), &body); err != nil {
			t.Fatal(err)
		}
		d := body.Data
		if len(r.body) > 256<<10 || d.Record != i+1 || d.Truncated != (i > 0) || (d.Entries == nil) != (i > 0) ||
			(d.Event["postings"] == nil) != (i > 1) || d.Event["id"] != fmt.Sprintf("e%d", i) {
			t.Errorf("record %d: %d bytes, truncated %v, entries %v, postings of the event %v", d.Record, len(r.body), d.Truncated,
				d.Entries != nil, d.Event["postings"] != nil)
		}
	}
}

// An endpoint that is paused and active again before the sender has looked which there are goes on.
func TestPausedForAMoment(t *testing.T) {
	v := newReceiver(t, nil)
	b := newBench(t)
	defer b.close()
	b.stop()
	var slow atomic.Bool
	looks, look := make(chan struct{}), make(chan struct{})
	b.open(b.dir, func(o *webhooks.Options) {
		books := o.Books
		o.Books = func(name string) *query.Books {
			if slow.CompareAndSwap(true, false) {
				close(looks)
				<-look
			}
			return books(name)
		}
	})
	id := b.endpoint(v)
	b.post(opened(1, 1)...)
	b.reached(id, 1)
	slow.Store(true)
	b.sender.Wake()
	<-looks
	turn := func(to settings.State) {
		if _, err := b.settings.SetState(settings.Actor{By: "test"}, id, to, "by hand"); err != nil {
			t.Error(err)
		}
	}
	turn(settings.Paused)
	b.post(opened(2, 2)...)
	time.Sleep(50 * time.Millisecond) // the runner sees that it is paused
	turn(settings.Active)
	close(look)
	b.reached(id, 2)
}

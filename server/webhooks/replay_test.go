package webhooks_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/server/settings"
)

// A replay sends a range again beside the cursor, marked, and is as stubborn as the first time.
func TestReplay(t *testing.T) {
	v := newReceiver(t, nil)
	madeUp(t, v, func(t *testing.T) {
		b := newBench(t)
		defer b.close()
		id := b.endpoint(v)
		b.post(opened(1, 10)...)
		b.reached(id, 10)
		v.answers(func(w http.ResponseWriter, r *http.Request, n int) {
			if r.Header.Get("webhook-replay") == "1" && n == 11 {
				w.WriteHeader(http.StatusBadGateway)
			}
		})
		if err := b.sender.Replay(id, 3, 6); err != nil {
			t.Fatal(err)
		}
		if err := b.sender.Replay(id, 1, 2); !errors.Is(err, posting.InvalidState) {
			t.Errorf("a second replay: %v", err)
		}
		time.Sleep(time.Minute)
		b.post(opened(11, 11)...)
		b.reached(id, 11)
		var again, first []string
		for _, r := range v.requests() {
			if r.header.Get("webhook-replay") == "1" {
				again = append(again, r.record())
			} else {
				first = append(first, r.record())
			}
		}
		if want := []string{"3", "4", "4", "5", "6"}; !slices.Equal(again, want) || !slices.Equal(first, numbers(1, 11)) {
			t.Errorf("again %s, want %s; first %s", again, want, first)
		}
		if err := b.sender.Replay(id, 10, 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if got := v.records(); !slices.Equal(got[len(got)-2:], []string{"10", "11"}) {
			t.Errorf("from the tenth on: %s", got)
		}
	})
}

// What cannot be replayed is refused, and says why.
func TestReplayRefuses(t *testing.T) {
	v := newReceiver(t, nil)
	b := newBench(t)
	defer b.close()
	id := b.endpoint(v)
	b.post(opened(1, 3)...)
	b.reached(id, 3)
	for _, tt := range []struct {
		id       string
		from, to uint64
		want     string
	}{
		{id, 0, 2, "invalid: from: expected a record from 1 to 3, found 0"},
		{id, 4, 0, "invalid: from: expected a record from 1 to 3, found 4"},
		{id, 2, 4, "invalid: to: expected a record from 2 to 3, found 4"},
		{id, 3, 2, "invalid: to: expected a record from 3 to 3, found 2"},
		{"nobody", 1, 2, `not_found: no endpoint "nobody"`},
	} {
		if err := b.sender.Replay(tt.id, tt.from, tt.to); err == nil || err.Error() != tt.want {
			t.Errorf("%d to %d: %v, want %s", tt.from, tt.to, err, tt.want)
		}
	}
	if _, err := b.settings.SetState(settings.Actor{By: "test"}, id, settings.Paused, ""); err != nil {
		t.Fatal(err)
	}
	if err := b.sender.Replay(id, 1, 2); !errors.Is(err, posting.InvalidState) {
		t.Errorf("of a paused endpoint: %v", err)
	}
	if _, err := b.sender.Test(t.Context(), "nobody"); !errors.Is(err, settings.NotFound) {
		t.Errorf("a test of nobody: %v", err)
	}
}

// A test is answered at once, also of an endpoint that is paused, and is no record.
func TestTest(t *testing.T) {
	v := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.WriteHeader(202)
		_, _ = w.Write([]byte("thanks"))
	})
	b := newBench(t)
	defer b.close()
	id := b.endpoint(v, func(n *settings.NewEndpoint) { n.Format = settings.Standard })
	if _, err := b.settings.SetState(settings.Actor{By: "test"}, id, settings.Paused, ""); err != nil {
		t.Fatal(err)
	}
	d, err := b.sender.Test(t.Context(), id)
	if err != nil || d.Status != 202 || d.Body != "thanks" || d.Record != 0 {
		t.Errorf("%+v, %v", d, err)
	}
	r := v.requests()[0]
	if !strings.HasPrefix(r.body, `{"type":"webhook.test","timestamp":"`) ||
		!strings.HasSuffix(r.body, `","data":{"ledger":"market","endpoint":"`+id+`"}}`) {
		t.Error(r.body)
	}
	if strings.Contains(r.header.Get("webhook-id"), ".") {
		t.Errorf("webhook-id %s", r.header.Get("webhook-id"))
	}
	cloud := b.endpoint(newReceiver(t, nil), func(n *settings.NewEndpoint) { n.Format = settings.CloudEvents })
	if d, err := b.sender.Test(t.Context(), cloud); err != nil || d.Status != 204 {
		t.Errorf("%+v, %v", d, err)
	}
}

// An endpoint that is ahead of its ledger is paused: records would be skipped that nobody knows.
func TestLedgerRestored(t *testing.T) {
	v := newReceiver(t, nil)
	b := newBench(t)
	defer b.close()
	b.post(opened(1, 2)...)
	id := b.endpoint(v, func(n *settings.NewEndpoint) { n.Record = 3 })
	b.until("paused", func() bool { e, _ := b.settings.Endpoint(id); return e.State == settings.Paused })
	e, _ := b.settings.Endpoint(id)
	if !strings.HasPrefix(e.Reason, "the endpoint has record 3, and the ledger ends with 2: it may be restored from a backup") {
		t.Error(e.Reason)
	}
	if _, is := ledger.Refused(errors.New(e.Reason)); is || len(v.requests()) != 0 {
		t.Errorf("%d requests", len(v.requests()))
	}
}

package settings_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server/settings"
)

// audit returns what a filter wants, at most n.
func audit(t testing.TB, s *settings.Store, f settings.AuditFilter, n int) (list []settings.AuditEntry) {
	t.Helper()
	for e, err := range s.Audit(t.Context(), f) {
		must(t, err)
		if list = append(list, e); len(list) == n {
			break
		}
	}
	return list
}

// said returns entries as text, one a line.
func said(list []settings.AuditEntry) string {
	var text []string
	for _, e := range list {
		text = append(text, strings.TrimSpace(fmt.Sprintln(e.At.Format("15:04"), e.By, e.Action,
			strings.TrimRight(e.Target, "0123456789abcdef"), e.Status, e.Count)))
	}
	return strings.Join(text, "\n")
}

// TestAudit reads who did what in a morning, by each filter and in pages.
func TestAudit(t *testing.T) {
	t.Parallel()
	b := open(t)
	later := func() { b.set(b.now.Add(time.Minute)) }
	bob := settings.Actor{By: "user_bob"}
	later()
	k, _, err := b.CreateKey(ann, key("a"))
	must(t, err)
	later()
	must(t, b.Note(settings.AuditEntry{By: "user_bob", Action: "session.begin", Address: "203.0.113.9", Status: 204}))
	later()
	e, _, err := b.CreateEndpoint(bob, endpoint("a"))
	must(t, err)
	must(t, b.SetProgress(e.ID, settings.Progress{Record: 9})) // is no entry
	later()
	must(t, b.RevokeKey(bob, k.ID))
	later()
	must(t, b.Note(settings.AuditEntry{By: "user_ann", Action: "export", Target: "market", Status: 200}))
	later()
	b.Refused(settings.AuditEntry{Action: "access.refuse", Address: "198.51.100.4", Target: "GET /v1/keys", Status: 401})
	all := strings.TrimSpace(`
09:06  access.refuse GET /v1/keys 401 0
09:05 user_ann export market 200 0
09:04 user_bob key.revoke key_ 0 0
09:03 user_bob webhook.create webhook_ 0 0
09:02 user_bob session.begin  204 0
09:01 user_ann key.create key_ 201 0
09:00 engine encryption.begin  0 0`)
	lines := strings.Split(all, "\n")
	at := func(minute int) time.Time { return start.Add(time.Duration(minute) * time.Minute) }
	for range 2 {
		for _, tt := range []struct {
			name string
			f    settings.AuditFilter
			want []string
		}{
			{"all", settings.AuditFilter{}, lines},
			{"by", settings.AuditFilter{By: "user_bob"}, lines[2:5]},
			{"action", settings.AuditFilter{Action: "key.revoke"}, lines[2:3]},
			{"actions", settings.AuditFilter{Action: "key.*"}, []string{lines[2], lines[5]}},
			{"from", settings.AuditFilter{From: at(4)}, lines[:3]},
			{"to", settings.AuditFilter{To: at(4)}, lines[3:]},
			{"between", settings.AuditFilter{From: at(2), To: at(4)}, lines[3:5]},
			{"both", settings.AuditFilter{By: "user_bob", From: at(4)}, lines[2:3]},
			{"none", settings.AuditFilter{From: at(7)}, nil},
			{"nobody", settings.AuditFilter{By: "user_eve"}, nil},
		} {
			if got := said(audit(t, b.Store, tt.f, 100)); got != strings.Join(tt.want, "\n") {
				t.Errorf("%s: found\n%s", tt.name, got)
			}
		}
		var pages []settings.AuditEntry
		for page := audit(t, b.Store, settings.AuditFilter{}, 2); len(page) > 0; {
			pages = append(pages, page...)
			page = audit(t, b.Store, settings.AuditFilter{Before: page[len(page)-1].Record}, 2)
		}
		if got := said(pages); got != all {
			t.Errorf("pages have\n%s", got)
		}
		b.again(t)
	}
	text, err := json.Marshal(audit(t, b.Store, settings.AuditFilter{By: "user_ann", Action: "key.*"}, 1)[0])
	must(t, err)
	want := `{"at":"2026-03-10T09:01:00Z","by":"user_ann","address":"203.0.113.7","action":"key.create","target":"key_` +
		k.ID + `","requestId":"r-1","status":201}`
	if string(text) != want {
		t.Errorf("expected %s\nfound    %s", want, text)
	}
	refusal(t, b.Note(settings.AuditEntry{Action: "no action"}), ledger.Invalid, "action")
}

// TestAuditIsLong reads more entries than are read at once, and what comes from outside is cut.
func TestAuditIsLong(t *testing.T) {
	t.Parallel()
	b := open(t)
	var done []func()
	for i := range 1100 {
		ch := make(chan error, 1)
		go func() {
			ch <- b.Note(settings.AuditEntry{Action: "export", By: fmt.Sprint("user_", i),
				Target: strings.Repeat("x", 1000)})
		}()
		done = append(done, func() { must(t, <-ch) })
	}
	for _, wait := range done {
		wait()
	}
	list := audit(t, b.Store, settings.AuditFilter{Action: "export"}, 2000)
	if len(list) != 1100 || len(list[0].Target) != 256 {
		t.Errorf("found %d entries", len(list))
	}
	if !slices.IsSortedFunc(list, func(a, b settings.AuditEntry) int { return int(b.Record) - int(a.Record) }) {
		t.Error("not the newest first")
	}
}

// TestRefusals looks how much an attacker can write at once, from one address and from many. All is counted.
func TestRefusals(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.Refused(settings.AuditEntry{Action: "access.refuse", Address: "address 0", Target: "GET /v1/keys", Status: 401})
	b.set(b.now.Add(time.Second))
	for i := range 10_000 {
		b.Refused(settings.AuditEntry{Action: "access.refuse", Address: fmt.Sprint("address ", i%100), Target: "GET /v1/me"})
	}
	before := b.Ledger().Stats().Records
	b.again(t) // closing writes the rest
	list := audit(t, b.Store, settings.AuditFilter{Action: "access.*"}, 100)
	if n := b.Ledger().Stats().Records - before; n != 17 || len(list) != 17 {
		t.Fatalf("expected 16 addresses and all others, found %d", n)
	}
	first, others := list[16], list[0]
	if first.Address != "address 0" || first.Count != 101 || first.Target != "GET /v1/keys" || first.Status != 401 ||
		!first.At.Equal(start) {
		t.Errorf("found %+v", first)
	}
	if others.Address != "others" || others.Count != 8400 || others.Target != "" {
		t.Errorf("found %+v", others)
	}
}

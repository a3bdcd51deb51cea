package settings_test

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
	"github.com/splitledger/splitledger/server/settings"
)

// endpoint is an endpoint of the ledger market, of a name.
func endpoint(name string) settings.NewEndpoint {
	return settings.NewEndpoint{Name: name, URL: "https://example.com/hooks", Ledger: "market",
		Types: []string{"payment.*", "transfer"}, Accounts: []string{"seller:*"}, Record: 7}
}

// TestEndpoint follows one endpoint through its life, over closing and opening.
func TestEndpoint(t *testing.T) {
	t.Parallel()
	b := open(t)
	e, secret, err := b.CreateEndpoint(ann, endpoint("erp"))
	must(t, err)
	if !strings.HasPrefix(secret, "whsec_") || len(secret) != 6+44 {
		t.Errorf("found the secret %s", secret)
	}
	want := settings.Endpoint{ID: e.ID, Name: "erp", URL: "https://example.com/hooks", Ledger: "market",
		Types: []string{"payment.*", "transfer"}, Accounts: []string{"seller:*"}, Format: settings.Standard,
		State: settings.Active, Record: 7, SecretIDs: e.SecretIDs, Created: start}
	same := func() {
		t.Helper()
		for range 2 {
			if got := b.Endpoints(); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
				t.Errorf("expected %+v\nfound    %+v", want, got)
			}
			b.again(t)
		}
	}
	if len(e.SecretIDs) != 1 || !reflect.DeepEqual(e, want) {
		t.Errorf("found %+v", e)
	}
	same()

	name, format, types := "warehouse", settings.CloudEvents, []string{}
	b.set(b.now.Add(time.Hour))
	_, err = b.ChangeEndpoint(ann, e.ID, settings.EndpointChange{Name: &name, Format: &format, Types: &types})
	must(t, err)
	want.Name, want.Format, want.Types = name, format, nil // an empty list is none
	same()

	_, err = b.SetState(engine, e.ID, settings.Paused, "no answer for 72 hours")
	must(t, err)
	want.State, want.Reason = settings.Paused, "no answer for 72 hours"
	same()
	records := b.Ledger().Stats().Records
	_, err = b.SetState(engine, e.ID, settings.Paused, "again")
	must(t, err)
	if n := b.Ledger().Stats().Records; n != records {
		t.Error("pausing what is paused leaves a record")
	}
	must(t, b.SetProgress(e.ID, settings.Progress{Record: 9, Failing: start}))
	want.Record, want.Failing = 9, start
	same()
	_, err = b.SetState(ann, e.ID, settings.Active, "")
	must(t, err)
	want.State, want.Reason, want.Failing = settings.Active, "", time.Time{}
	same()

	must(t, b.NoteDelivery(e.ID, settings.Delivery{Record: 10}))
	must(t, b.DeleteEndpoint(ann, e.ID))
	for range 2 {
		if len(b.Endpoints()) != 0 || b.SigningSecrets(e.ID, b.now) != nil || len(b.Deliveries(e.ID)) != 0 {
			t.Error("something is left of a deleted endpoint")
		}
		refusal(t, b.DeleteEndpoint(ann, e.ID), settings.NotFound, "id")
		refusal(t, b.SetProgress(e.ID, settings.Progress{}), settings.NotFound, "id")
		_, err = b.ChangeEndpoint(ann, e.ID, settings.EndpointChange{})
		refusal(t, err, settings.NotFound, "id")
		_, _, err = b.Rotate(ann, e.ID, 0)
		refusal(t, err, settings.NotFound, "id")
		_, err = b.SetState(ann, e.ID, settings.Paused, "")
		refusal(t, err, settings.NotFound, "id")
		b.again(t)
	}
}

// TestEndpointRefused shows what endpoint is refused, and by which field; changing one refuses the same.
func TestEndpointRefused(t *testing.T) {
	t.Parallel()
	b := open(t)
	_, _, err := b.CreateEndpoint(ann, endpoint("taken"))
	must(t, err)
	other, _, err := b.CreateEndpoint(ann, endpoint("other"))
	must(t, err)
	for _, tt := range []struct {
		name  string
		spoil func(*settings.NewEndpoint)
		code  ledger.Code
		field string
	}{
		{"no name", func(e *settings.NewEndpoint) { e.Name = "" }, ledger.Invalid, "name"},
		{"a name that is taken", func(e *settings.NewEndpoint) { e.Name = "taken" }, wire.DuplicateReference, "name"},
		{"no address", func(e *settings.NewEndpoint) { e.URL = "" }, ledger.Invalid, "url"},
		{"no host", func(e *settings.NewEndpoint) { e.URL = "https:///x" }, ledger.Invalid, "url"},
		{"http", func(e *settings.NewEndpoint) { e.URL = "http://example.com/" }, ledger.Invalid, "url"},
		{"a file", func(e *settings.NewEndpoint) { e.URL = "file:///etc/passwd" }, ledger.Invalid, "url"},
		{"opaque", func(e *settings.NewEndpoint) { e.URL = "https:example.com" }, ledger.Invalid, "url"},
		{"a password", func(e *settings.NewEndpoint) { e.URL = "https://a:b@example.com/" }, ledger.Invalid, "url"},
		{"a fragment", func(e *settings.NewEndpoint) { e.URL = "https://example.com/#a" }, ledger.Invalid, "url"},
		{"a line end", func(e *settings.NewEndpoint) { e.URL = "https://example.com/\r\na: b" }, ledger.Invalid, "url"},
		{"a long one", func(e *settings.NewEndpoint) { e.URL = "https://a/" + strings.Repeat("a", 2048) }, ledger.Invalid,
			"url"},
		{"no type", func(e *settings.NewEndpoint) { e.Types = []string{"payment.*", "Payment"} }, ledger.Invalid, "types[1]"},
		{"half a type", func(e *settings.NewEndpoint) { e.Types = []string{"pay*"} }, ledger.Invalid, "types[0]"},
		{"a type twice", func(e *settings.NewEndpoint) { e.Types = []string{"*", "*"} }, ledger.Invalid, "types[1]"},
		{"no account", func(e *settings.NewEndpoint) { e.Accounts = []string{""} }, ledger.Invalid, "accounts[0]"},
		{"no format", func(e *settings.NewEndpoint) { e.Format = "xml" }, ledger.Invalid, "format"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := endpoint("new")
			tt.spoil(&n)
			_, _, err := b.CreateEndpoint(ann, n)
			refusal(t, err, tt.code, tt.field)
			c := settings.EndpointChange{Name: &n.Name, URL: &n.URL, Types: &n.Types, Accounts: &n.Accounts}
			if n.Format != "" {
				c.Format = &n.Format
			}
			_, err = b.ChangeEndpoint(ann, other.ID, c)
			refusal(t, err, tt.code, tt.field)
		})
	}
	n := endpoint("of the server")
	n.Ledger = "_server"
	_, _, err = b.CreateEndpoint(ann, n)
	refusal(t, err, ledger.Invalid, "ledger")
	_, err = b.SetState(ann, other.ID, "sleeping", "")
	refusal(t, err, ledger.Invalid, "state")
	if got, _ := b.Endpoint(other.ID); !reflect.DeepEqual(got, other) {
		t.Errorf("a refusal changed the endpoint: %+v", got)
	}
}

// TestCheckURL lets the server decide what addresses it wants.
func TestCheckURL(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.o.CheckURL = func(u *url.URL) error {
		if u.Hostname() == "localhost" {
			return nil
		}
		return errors.New("expected localhost")
	}
	b.again(t)
	n := endpoint("a")
	_, _, err := b.CreateEndpoint(ann, n)
	refusal(t, err, ledger.Invalid, "url")
	n.URL = "http://localhost:8080/hooks"
	_, _, err = b.CreateEndpoint(ann, n)
	must(t, err)
}

// TestRotate looks which secrets sign at which time.
func TestRotate(t *testing.T) {
	t.Parallel()
	b := open(t)
	e, _, err := b.CreateEndpoint(ann, endpoint("erp"))
	must(t, err)
	first := b.SigningSecrets(e.ID, b.now)[0]
	signs := func(after time.Duration, want ...[]byte) {
		t.Helper()
		if got := b.SigningSecrets(e.ID, start.Add(after)); !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("after %s: expected %d secrets, found %d, or others", after, len(want), len(got))
		}
	}
	r, text, err := b.Rotate(ann, e.ID, 24*time.Hour)
	must(t, err)
	second := b.SigningSecrets(e.ID, b.now)[0]
	if len(r.SecretIDs) != 2 || r.SecretIDs[1] != e.SecretIDs[0] || !strings.HasPrefix(text, "whsec_") {
		t.Errorf("found %+v", r)
	}
	for range 2 {
		signs(0, second, first)
		signs(24*time.Hour-1, second, first)
		signs(24*time.Hour, second)
		b.again(t)
	}
	b.set(start.Add(time.Hour))
	_, _, err = b.Rotate(ann, e.ID, 48*time.Hour)
	must(t, err)
	third := b.SigningSecrets(e.ID, b.now)[0]
	for range 2 {
		signs(2*time.Hour, third, second, first)
		signs(24*time.Hour, third, second) // a later end does not make an old secret live longer
		signs(49*time.Hour, third)
		b.again(t)
	}
	_, _, err = b.Rotate(ann, e.ID, 0)
	must(t, err)
	if n := len(b.SigningSecrets(e.ID, b.now)); n != 1 {
		t.Errorf("expected one secret without overlap, found %d", n)
	}
	_, _, err = b.Rotate(ann, e.ID, -1)
	refusal(t, err, ledger.Invalid, "overlapHours")
	for range 9 {
		_, _, err = b.Rotate(ann, e.ID, time.Hour)
		must(t, err)
	}
	_, _, err = b.Rotate(ann, e.ID, time.Hour)
	refusal(t, err, ledger.Invalid, "")
	b.set(b.now.Add(time.Hour))
	_, _, err = b.Rotate(ann, e.ID, time.Hour)
	must(t, err)
}

// TestProgress looks whether progress is durable soon, in one record for all, and never goes back.
func TestProgress(t *testing.T) {
	t.Parallel()
	b := open(t)
	e, _, err := b.CreateEndpoint(ann, endpoint("a"))
	must(t, err)
	f, _, err := b.CreateEndpoint(ann, endpoint("b"))
	must(t, err)
	before := b.Ledger().Stats().Records
	for i := range uint64(1000) {
		must(t, b.SetProgress(e.ID, settings.Progress{Record: 8 + i}))
		must(t, b.SetProgress(f.ID, settings.Progress{Record: 8 + 2*i, Failing: start}))
	}
	must(t, b.SetProgress(e.ID, settings.Progress{Record: 5}))
	expect := func(record, other uint64) {
		t.Helper()
		for id, want := range map[string]uint64{e.ID: record, f.ID: other} {
			got, _ := b.Endpoint(id)
			if got.Record != want || got.Failing.Equal(start) != (id == f.ID) {
				t.Errorf("expected %d, found %+v", want, got)
			}
		}
	}
	expect(1007, 2006)
	for end := time.Now().Add(10 * time.Second); b.Ledger().Stats().Records == before && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if n := b.Ledger().Stats().Records - before; n != 1 {
		t.Errorf("expected one record soon, found %d", n)
	}
	b.again(t)
	if n := b.Ledger().Stats().Records - before; n != 1 {
		t.Error("closing leaves a record where all was written")
	}
	must(t, b.SetProgress(e.ID, settings.Progress{Record: 1008}))
	expect(1008, 2006)
	b.again(t) // closing writes the rest
	expect(1008, 2006)
	must(t, b.DeleteEndpoint(ann, e.ID))
	must(t, b.SetProgress(f.ID, settings.Progress{Record: 2007, Failing: start}))
	b.again(t)
	if got, _ := b.Endpoint(f.ID); got.Record != 2007 {
		t.Errorf("found %+v", got)
	}
	if n := b.Ledger().Stats().Records - before; n != 4 {
		t.Errorf("expected three records of progress and one of the deletion, found %d", n)
	}
	b.again(t)
	must(t, b.SetProgress(f.ID, settings.Progress{Record: 1, Failing: start})) // which is nothing new
	b.again(t)
	if n := b.Ledger().Stats().Records - before; n != 4 {
		t.Error("progress that is none leaves a record")
	}
}

// TestDeliveries looks whether the last hundred are kept, with the beginning of the answer.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	b := open(t)
	e, _, err := b.CreateEndpoint(ann, endpoint("a"))
	must(t, err)
	for i := range 150 {
		must(t, b.NoteDelivery(e.ID, settings.Delivery{Record: uint64(i), Attempt: 1, Status: 500,
			Body: fmt.Sprint(i, strings.Repeat("é", 5000))}))
	}
	list := b.Deliveries(e.ID)
	if len(list) != 100 || list[0].Record != 149 || list[99].Record != 50 {
		t.Fatalf("found %d", len(list))
	}
	if n := len(list[0].Body); n > 4096 || n < 4090 || strings.Contains(list[0].Body, "\ufffd") {
		t.Errorf("found %d bytes of the answer", n)
	}
	refusal(t, b.NoteDelivery("00000000", settings.Delivery{}), settings.NotFound, "id")
}

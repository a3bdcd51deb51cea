package query_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/query"
)

// TestNotices lists what two providers told and nobody could book, and closes one of it.
func TestNotices(t *testing.T) {
	l, b := open(t)
	post(t, b, `{"id":"n-1","type":"provider.notice","provider":"xendit","name":"captured","reference":"order-1",`+
		`"reason":"the books do not have the payment","at":"2026-03-01T08:00:00Z","amount":{"value":500,"currency":"IDR"},`+
		`"source":{"format":"webhook","sha256":"00"}}`)
	post(t, b, `{"id":"n-2","type":"provider.notice","provider":"adyen","name":"refunded","reference":"order-2",`+
		`"at":"2026-03-01T07:00:00Z"}`)
	q := books(l)
	now := ledgertest.Start.Add(72 * time.Hour)
	list, err := q.Notices("", now)
	if err != nil || len(list) != 2 || list[0].Notice != "n-1" || list[1].Amount != nil {
		t.Fatalf("expected n-1, and n-2 of no amount, found %+v, %v", list, err)
	}
	list[0].Since, list[0].Age = time.Time{}, list[0].Age/3600
	text, err := json.Marshal(list[0])
	want := `{"notice":"n-1","provider":"xendit","kind":"captured","reference":"order-1",` +
		`"amount":{"value":500,"currency":"IDR"},` +
		`"reason":"the books do not have the payment","source":{"format":"webhook","sha256":"00"},` +
		`"at":"2026-03-01T08:00:00Z","since":"0001-01-01T00:00:00Z","ageSeconds":71}`
	if err != nil || string(text) != want {
		t.Errorf("expected %s, found %s, %v", want, text, err)
	}
	for _, tt := range []struct{ provider, id, want string }{
		{"", "n-3", "no notice n-3 is waiting in this ledger"},
		{"xendit", "n-2", "no notice n-2 is waiting in this ledger"},
		{"", "n-2", ""},
		{"", "n-2", "no notice n-2 is waiting in this ledger"},
	} {
		err := q.CloseNotice(t.Context(), tt.provider, tt.id, "a test")
		if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, query.ErrNoNotice) || err.Error() != tt.want) {
			t.Errorf("close %s of %q: expected %q, found %v", tt.id, tt.provider, tt.want, err)
		}
	}
	if list, err = q.Notices("xendit", now); err != nil || len(list) != 1 {
		t.Errorf("expected one notice of xendit, found %+v, %v", list, err)
	}
	if list, err = q.Notices("adyen", now); err != nil || len(list) != 0 {
		t.Errorf("expected no notice of adyen any more, found %+v, %v", list, err)
	}
}

// TestAge writes ages in the unit that people would.
func TestAge(t *testing.T) {
	for age, want := range map[query.Age]string{
		0: "0 minutes", 7199: "119 minutes", 7200: "2 hours", 48*3600 - 1: "47 hours", 48 * 3600: "2 days",
	} {
		if got := age.String(); got != want {
			t.Errorf("%d: expected %s, found %s", age, want, got)
		}
	}
}

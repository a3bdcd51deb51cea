package ingest_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile"
	"github.com/splitledger/splitledger/reconcile/ingest"
)

// TestResultJSON writes results as those who wait for them read them.
func TestResultJSON(t *testing.T) {
	at := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name   string
		result ingest.Result
		want   string
	}{
		{
			"refused as a whole",
			ingest.Result{Line: 3, Status: ingest.Refused, Err: ledger.Errorf(ledger.Invalid, "no body")},
			`{"line":3,"status":"refused","error":{"code":"invalid","message":"no body"}}`,
		},
		{
			"booked",
			ingest.Result{File: "a.jsonl", Line: 1, Status: ingest.Accepted, Outcomes: []ingest.OutcomeResult{{
				Outcome: providers.Outcome{Kind: providers.Captured, Reference: "r", At: at, Amount: money.New(0, "EUR")},
				Status:  ingest.Accepted, Class: reconcile.MissingInLedger, Payment: "p",
				Events: []string{"e"}, Entries: []uint64{7},
			}}},
			`{"file":"a.jsonl","line":1,"status":"accepted","outcomes":[{"kind":"captured","reference":"r",` +
				`"amount":{"value":0,"currency":"EUR"},"at":"2026-03-10T09:00:00Z","status":"accepted",` +
				`"class":"missing_in_ledger","payment":"p","events":["e"],"entries":[7]}]}`,
		},
		{
			"a notice that waited, of no amount",
			(&ingest.OutcomeResult{
				Outcome: providers.Outcome{Kind: providers.Captured, At: at}, Status: ingest.Ignored, Notice: "n",
			}).Result(),
			`{"notice":"n","status":"ignored","outcomes":[{"kind":"captured","at":"2026-03-10T09:00:00Z",` +
				`"status":"ignored","class":"","notice":"n","entries":[]}]}`,
		},
	} {
		got, err := json.Marshal(tt.result)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: expected %s, found %s, %v", tt.name, tt.want, got, err)
		}
	}
}

// TestTally counts what came, and what was taken up.
func TestTally(t *testing.T) {
	var tally ingest.Tally
	tally.Add(&ingest.Result{Status: ingest.Waiting})
	tally.Add(&ingest.Result{Status: ingest.Accepted})
	if tally.Refused() {
		t.Error("expected nothing refused")
	}
	tally.Retried([]ingest.OutcomeResult{{Status: ingest.Waiting}, {Status: ingest.Refused}, {Status: ingest.Accepted}})
	tally.Retried([]ingest.OutcomeResult{{Status: ingest.Waiting}, {Status: ingest.Waiting}})
	if got, want := tally.Came.String(), "accepted 1, duplicate 0, waiting 1, ignored 0, refused 0"; got != want {
		t.Errorf("expected %s, found %s", want, got)
	}
	if tally.TakenUp.Total() != 2 || tally.Waiting != 2 || !tally.Refused() {
		t.Errorf("expected 2 taken up, one of them refused, and 2 that wait, found %+v", tally)
	}
}

package query_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// The appended form of a result is that of its tags, whatever its texts are.
func TestPostResultAppendsItsJSON(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		result := posting.Result{Receipt: posting.Receipt{Entries: rapid.SliceOf(rapid.Uint64()).Draw(rt, "entries")}}
		switch rapid.IntRange(0, 3).Draw(rt, "outcome") {
		case 0:
			result.Receipt.Status = posting.Duplicate
		case 1:
			result.Err = ledger.Errorf(ledger.Invalid, "%s", rapid.String().Draw(rt, "message"))
		case 2:
			result.Err = errors.New(rapid.String().Draw(rt, "message"))
		}
		result.Receipt.Fallback = rapid.SampledFrom([]string{"", `unknown "account"`}).Draw(rt, "fallback")
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]*`))
		r := query.ResultOf(rapid.IntRange(1, 1<<40).Draw(rt, "line"), text.Draw(rt, "id"), result)
		r.File = text.Draw(rt, "file")
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(r); err != nil {
			rt.Fatal(err)
		}
		if got := r.AppendJSON([]byte("before ")); string(got) != "before "+string(bytes.TrimSpace(want.Bytes())) {
			rt.Fatalf("got %s, expected %s", got, &want)
		}
	})
}

func TestPostSummary(t *testing.T) {
	var s query.PostSummary
	for _, status := range []query.PostStatus{
		query.PostAccepted, query.PostRefused, query.PostDuplicate, query.PostAccepted,
	} {
		s.Count(&query.PostResult{Status: status})
	}
	if got := s.String(); got != "accepted 2, duplicate 1, refused 1" || s.Events() != 4 {
		t.Errorf("got %s, %d events", got, s.Events())
	}
	// One that is sent again fell back the first time, and is not counted twice.
	s.Count(&query.PostResult{Status: query.PostDuplicate, Fallback: "unknown account seller:9"})
	s.Count(&query.PostResult{Status: query.PostAccepted, Fallback: "unknown account seller:9"})
	if got := s.String(); got != "accepted 3, duplicate 2, refused 1, fell back to liable 1" || s.Events() != 6 {
		t.Errorf("got %s, %d events", got, s.Events())
	}
}

func BenchmarkPostResult(b *testing.B) {
	r := query.ResultOf(123456, "e-123456", posting.Result{Receipt: posting.Receipt{Entries: []uint64{123456}}})
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		buf = r.AppendJSON(buf[:0])
	}
}

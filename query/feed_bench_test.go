package query_test

import (
	"testing"

	"github.com/splitledger/splitledger/query"
)

// One record as JSON, and one read from the journal, decoded and written.
func BenchmarkRecordAsJSON(b *testing.B) {
	books := feedOf(b, at("2026-03-12T10:00:01Z"))
	p, err := books.Journal(b.Context(), query.JournalRequest{Limit: 9})
	if err != nil {
		b.Fatal(err)
	}
	var buf []byte
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buf = p.Data[1].AppendJSON(buf[:0])
		}
		b.SetBytes(int64(len(buf)))
	})
	b.Run("page of 5", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p, err := books.Journal(b.Context(), query.JournalRequest{Limit: 9})
			if err != nil {
				b.Fatal(err)
			}
			for _, r := range p.Data {
				buf = r.AppendJSON(buf[:0])
			}
		}
	})
}

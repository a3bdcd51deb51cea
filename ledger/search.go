package ledger

import (
	"context"
	"iter"
	"sort"
	"time"
)

// Until returns a reader of the books as they were when a record was the newest: no key leads to a later one. Accounts
// and balances are those of now all the same; [Ledger.BalancesAt] knows those of before. 0 stands for now.
func (l *Ledger) Until(record uint64) *Reader { return &Reader{live: l, until: record} }

// RecordedBy returns the number of the newest durable record that was booked at a time or before; 0 where there is
// none. Recorded times never go back, so what the books knew at a time is the records up to that one.
func (l *Ledger) RecordedBy(t time.Time) (record uint64, err error) {
	var failed error
	last := l.Stats().Records
	n := sort.Search(int(last), func(i int) bool {
		rec, err := l.Record(uint64(i) + 1)
		if err != nil {
			failed = err
			return true
		}
		return rec.Recorded.After(t)
	})
	return uint64(n), failed
}

// Mentioning yields the records up to one of them that have a text somewhere in what they keep: in a key, a reference,
// a reason or the content. It is for names that are no keys. It looks through the whole journal, as fast as that can be
// read, takes apart only what has the text, and tells [Options.Progress] how far it is. A record may have the text as
// part of another, or by chance: who asks looks again. 0 stands for the last record.
func (l *Ledger) Mentioning(ctx context.Context, text string, until uint64) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		total := l.Stats().Records
		if until == 0 || until > total {
			until = total
		}
		defer l.report("searching", until, until)
		// Skip is asked about each record, wanted or not.
		tell := func(n uint64) bool {
			if n%reportEvery == 0 {
				l.report("searching", n, until)
			}
			return false
		}
		for rec, err := range l.records(ctx, Scan{From: 1, To: until, Skip: tell, text: []byte(text)}, newRecord) {
			if !yield(rec, err) {
				return
			}
		}
	}
}

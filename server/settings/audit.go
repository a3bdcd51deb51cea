package settings

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/splitledger/splitledger/ledger"
)

// An AuditEntry says who did what, or was refused it.
type AuditEntry struct {
	Record uint64 `json:"-"` // in the store's ledger; newer ones have higher numbers
	// At is when it happened; of entries that stand for several, when the first did. If zero, it is now.
	At        time.Time `json:"at"`
	By        string    `json:"by,omitempty"`
	Address   string    `json:"address,omitempty"`
	Action    string    `json:"action"` // "key.create", "session.begin", "export", "access.refuse"
	Target    string    `json:"target,omitempty"`
	RequestID string    `json:"requestId,omitempty"`
	Status    int       `json:"status,omitempty"`
	Count     int       `json:"count,omitempty"` // how many alike it stands for, where more than one
}

// An AuditFilter says which entries are wanted; all that is set must hold.
type AuditFilter struct {
	By     string
	Action string // one, or what it begins with and *: "key.*"
	// From and To are times: From is in, To is not.
	From, To time.Time
	// Before is the record of the last entry of the page before: entries before it are wanted. 0 is the newest.
	Before uint64
}

// maxAddresses bounds the entries of refusals that are written at once. Those of more addresses are one entry.
const maxAddresses = 16

// manyAddresses is the address of the entry that stands for refusals of more addresses than have one of their own.
const manyAddresses = "others"

// A refusalBook counts refusals by address until they are written.
type refusalBook struct {
	pacer
	mu      sync.Mutex
	pending []AuditEntry // the oldest first, one for each address
}

// moment is now, as precise as the ledger's recorded times are, so that nothing happens after it is recorded.
func (s *Store) moment() time.Time { return s.o.Clock().UTC().Truncate(time.Microsecond) }

// Note writes an entry of the audit, such as a session that began or an export, and returns when it is durable. Changes
// of settings are in the audit without it.
func (s *Store) Note(e AuditEntry) error {
	if !typePattern.MatchString(e.Action) {
		return refuse(ledger.Invalid, "action", "expected words of a–z and _ with dots between them, found %.80q", e.Action)
	}
	if e.At.IsZero() {
		e.At = s.moment()
	}
	rec, err := s.record(auditSpace, e.event(), e.At)
	if err != nil {
		return err
	}
	return s.ledger.Update(context.Background(), func(tx *ledger.Tx) error { return tx.Append(rec) })
}

// event returns the entry as a record has it.
func (e *AuditEntry) event() *event {
	return &event{Type: cut(e.Action, maxName), Target: cut(e.Target, maxNote), Count: e.Count,
		Actor: Actor{By: e.By, Address: e.Address, RequestID: e.RequestID, Status: e.Status}.bounded()}
}

// Refused notes that access was refused. It returns at once: refusals are counted by address, and one entry of each
// address is written a second later, ever more seldom while they go on. It has what the first one was.
func (s *Store) Refused(e AuditEntry) {
	e.Count = 1
	b := &s.refusals
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.At.IsZero() {
		e.At = s.moment()
	}
	b.pending = counted(b.pending, e)
	b.tell()
}

// counted adds a refusal to a list of the oldest first. Past the most addresses there is one entry for all others.
func counted(list []AuditEntry, e AuditEntry) []AuditEntry {
	for i := range list {
		if list[i].Address == e.Address || i == maxAddresses {
			list[i].Count += e.Count
			return list
		}
	}
	if len(list) == maxAddresses {
		e = AuditEntry{At: e.At, Action: e.Action, Address: manyAddresses, Count: e.Count}
	}
	return append(list, e)
}

// writeRefusals writes the refusals that were counted.
func (s *Store) writeRefusals() error {
	b := &s.refusals
	b.mu.Lock()
	pending := b.pending
	b.pending = nil
	b.mu.Unlock()
	if len(pending) == 0 {
		return nil
	}
	if err := s.appendRefusals(pending); err != nil {
		b.mu.Lock()
		for _, later := range b.pending {
			pending = counted(pending, later)
		}
		b.pending = pending
		b.mu.Unlock()
		return err
	}
	return nil
}

// appendRefusals makes entries durable, all together.
func (s *Store) appendRefusals(list []AuditEntry) error {
	records := make([]*ledger.Record, len(list))
	for i, e := range list {
		if e.Count == 1 {
			e.Count = 0
		}
		var err error
		if records[i], err = s.record(auditSpace, e.event(), e.At); err != nil {
			return err
		}
	}
	return s.ledger.Update(context.Background(), func(tx *ledger.Tx) error {
		for _, rec := range records {
			if err := tx.Append(rec); err != nil {
				return err
			}
		}
		return nil
	})
}

// stretch is how many records are read at once, backwards.
const stretch = 512

// Audit yields the entries that a filter wants, the newest first: changes of settings and what was noted. What was
// refused until now is in it. A page ends where the caller stops; the next has the last entry's record as Before.
func (s *Store) Audit(ctx context.Context, f AuditFilter) iter.Seq2[AuditEntry, error] {
	return func(yield func(AuditEntry, error) bool) {
		if err := s.writeRefusals(); err != nil {
			yield(AuditEntry{}, err)
			return
		}
		first, last, err := s.auditRange(f)
		if err != nil {
			yield(AuditEntry{}, err)
			return
		}
		for last >= first {
			from := max(first, last-min(last-1, stretch-1))
			list, err := s.auditStretch(ctx, f, from, last)
			if err != nil {
				yield(AuditEntry{}, err)
				return
			}
			for i := len(list) - 1; i >= 0; i-- {
				if !yield(list[i], nil) {
					return
				}
			}
			last = from - 1
		}
	}
}

// auditRange returns the numbers of the records between which there may be entries that a filter wants. Nothing happens
// after it is recorded, so that none before the first can be of a time that is wanted.
func (s *Store) auditRange(f AuditFilter) (first, last uint64, err error) {
	first = 1
	if !f.From.IsZero() {
		before, err := s.ledger.RecordedBy(f.From.Add(-time.Microsecond))
		if err != nil {
			return 0, 0, err
		}
		first = before + 1
	}
	last = s.ledger.Stats().Records
	if f.Before > 0 {
		last = min(last, f.Before-1)
	}
	return first, last, nil
}

// auditStretch returns the entries in a stretch of the journal that a filter wants, the oldest first.
func (s *Store) auditStretch(ctx context.Context, f AuditFilter, from, to uint64) (list []AuditEntry, err error) {
	for rec, err := range s.ledger.Scan(ctx, ledger.Scan{From: from, To: to}) {
		if err != nil {
			return nil, err
		}
		if rec.Keys[0].Space == progressSpace {
			continue
		}
		ev, err := decodeEvent(rec)
		if err != nil {
			return nil, err
		}
		e := AuditEntry{Record: rec.Number, At: rec.At, By: ev.By, Address: ev.Address, Action: ev.Type,
			Target: ev.Target, RequestID: ev.RequestID, Status: ev.Status, Count: ev.Count}
		if f.wants(&e) {
			list = append(list, e)
		}
	}
	return list, nil
}

// wants reports whether all that is set holds.
func (f *AuditFilter) wants(e *AuditEntry) bool {
	return (f.By == "" || f.By == e.By) && (f.Action == "" || Matches([]string{f.Action}, e.Action)) &&
		!e.At.Before(f.From) && (f.To.IsZero() || e.At.Before(f.To))
}

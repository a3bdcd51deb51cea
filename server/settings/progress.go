package settings

import (
	"slices"
	"sync"
	"time"

	"github.com/splitledger/splitledger/ledger"
)

// Progress says how far an endpoint is.
type Progress struct {
	Record uint64 `json:"record"` // the last that was delivered, or passed over
	// Failing is since when the next record has been tried in vain; zero while nothing failed.
	Failing time.Time `json:"failing,omitzero"`
}

// Limits of what is kept of deliveries, in memory.
const (
	maxDeliveries = 100  // of an endpoint
	maxAnswer     = 4096 // bytes of an answer
)

// A Delivery is one try to deliver a record.
type Delivery struct {
	Record  uint64    `json:"record"`
	Attempt int       `json:"attempt"` // of this record, from 1
	At      time.Time `json:"at"`
	Status  int       `json:"status,omitempty"` // of the answer; 0 without one
	TookMs  int64     `json:"tookMs"`
	Error   string    `json:"error,omitempty"`
	Body    string    `json:"body,omitempty"` // of the answer, 4 KiB at most
}

// progressKey finds the records of progress, of which the newest counts: each has all endpoints.
var progressKey = ledger.Key{Space: chainSpace, Name: "progress"}

// A progressBook keeps how far endpoints are, and their latest deliveries.
type progressBook struct {
	pacer
	mu         sync.Mutex
	at         map[string]Progress // by endpoint
	dirty      bool                // at has more than was written
	deliveries map[string][]Delivery
}

// of returns how far an endpoint is.
func (b *progressBook) of(p *endpoint) Progress {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := b.at[p.ID]
	at.Record = max(at.Record, p.Record)
	return at
}

// forget drops what there is of an endpoint that was deleted.
func (b *progressBook) forget(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.at, id)
	delete(b.deliveries, id)
}

// SetProgress says how far an endpoint is; it never goes back. It returns at once, and what it was told becomes durable
// a second later, or up to five while there goes on being more. It fails with [NotFound] if there is no such endpoint.
func (s *Store) SetProgress(id string, p Progress) error {
	e, ok := s.now.Load().endpoints[id]
	if !ok {
		return noEndpoint(id)
	}
	b := &s.progress
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.at[id]
	p.Record = max(p.Record, before.Record, e.Record)
	p.Failing = p.Failing.UTC()
	if p != before {
		b.at[id], b.dirty = p, true
		b.tell()
	}
	return nil
}

// NoteDelivery keeps a try to deliver, for those who look at [Store.Deliveries].
func (s *Store) NoteDelivery(id string, d Delivery) error {
	if _, ok := s.now.Load().endpoints[id]; !ok {
		return noEndpoint(id)
	}
	d.Error, d.Body = cut(d.Error, maxNote), cut(d.Body, maxAnswer)
	b := &s.progress
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.deliveries[id]
	if len(list) == maxDeliveries {
		list = slices.Delete(list, 0, 1)
	}
	b.deliveries[id] = append(list, d)
	return nil
}

// Deliveries returns the last tries to deliver to an endpoint, 100 at most and none of before the store was opened, the
// newest first.
func (s *Store) Deliveries(id string) []Delivery {
	b := &s.progress
	b.mu.Lock()
	defer b.mu.Unlock()
	list := slices.Clone(b.deliveries[id])
	slices.Reverse(list)
	return list
}

// replayProgress takes up where endpoints were.
func (s *Store) replayProgress(v *view) error {
	b := &s.progress
	b.at, b.deliveries = map[string]Progress{}, map[string][]Delivery{}
	rec, err := s.ledger.Last(progressKey)
	if rec == nil || err != nil {
		return err
	}
	e, err := decodeEvent(rec)
	if err != nil {
		return err
	}
	for id, at := range e.Progress {
		if _, ok := v.endpoints[id]; ok {
			b.at[id] = at
		}
	}
	return nil
}

// writeProgress makes durable how far all endpoints are, if that is more than was written.
func (s *Store) writeProgress() error {
	b := &s.progress
	b.mu.Lock()
	if !b.dirty {
		b.mu.Unlock()
		return nil
	}
	e := &event{Type: "webhook.progress", Progress: map[string]Progress{}}
	for id, at := range b.at {
		if _, ok := s.now.Load().endpoints[id]; ok { // else it was deleted just now
			e.Progress[id] = at
		}
	}
	b.dirty = false
	b.mu.Unlock()
	err := s.append(progressSpace, e, s.moment())
	if err != nil {
		b.mu.Lock()
		b.dirty = true
		b.mu.Unlock()
	}
	return err
}

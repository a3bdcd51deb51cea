package settings

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/providers"
)

// File and KeyFile are the names of a store's files in the data directory. Neither can be a ledger's, as both begin
// with an underscore.
const (
	File    = "_server.db"
	KeyFile = "_server.key"
)

// NotFound is the code of refusals where there is no such key, secret or endpoint, or no longer.
const NotFound ledger.Code = "not_found"

// Options say how a store is opened. The zero value keeps keys and endpoints, but knows no provider.
type Options struct {
	Clock  func() time.Time // time.Now if nil
	Random io.Reader        // of secrets and ids; crypto/rand's if nil
	// Key encrypts secrets. If nil, it is in the file _server.key of the data directory, which is made with the store.
	Key *EncryptionKey
	// Providers says whose secrets there may be, and of what form they are.
	Providers providers.Registry
	// CheckURL refuses addresses of endpoints that are well formed but not wanted; if nil, all but https.
	CheckURL func(*url.URL) error
	// Failed is told of progress and refusals that could not be written and will be tried again; it may be nil.
	Failed func(error)
}

// An Actor is who asks for a change, as the record of the change has it.
type Actor struct {
	By        string `json:"by,omitempty"`        // "key_7f3a9c21", "user_…", "socket_1000", "engine"
	Address   string `json:"address,omitempty"`   // that the request came from
	RequestID string `json:"requestId,omitempty"` // of the request
	Status    int    `json:"status,omitempty"`    // that a request is answered with where the change succeeds
}

// A Store has the settings of one server. Its methods may be called at the same time.
type Store struct {
	o      Options
	dir    string
	ledger *ledger.Ledger

	rekeying sync.Mutex                    // held by Rekey, which changes the file of the key too
	changing sync.Mutex                    // held by whoever changes settings
	now      atomic.Pointer[view]          // the settings; a change replaces all of it
	changed  atomic.Pointer[chan struct{}] // closed by the next change

	progress progressBook
	refusals refusalBook
	closing  chan struct{}
	pacers   sync.WaitGroup
}

// Open opens the store in a data directory, and makes an empty one if there is none. It fails as [ledger.Open] does,
// and with [ErrKey] where secrets cannot be read with the key that is given or found.
func Open(dir string, o Options) (*Store, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	o.Random = &oneAtATime{r: o.Random}
	l, err := ledger.Open(filepath.Join(dir, File), ledger.Options{Clock: o.Clock})
	if err != nil {
		return nil, err
	}
	s := &Store{o: o, dir: dir, ledger: l, closing: make(chan struct{})}
	next := make(chan struct{})
	s.changed.Store(&next)
	if err := s.replay(); err != nil {
		if closing := l.Close(); closing != nil {
			err = fmt.Errorf("%w; %w", err, closing)
		}
		return nil, err
	}
	s.startPacers()
	return s, nil
}

// replay takes the settings from the journal into memory. It looks at the records of changes alone, which are chained
// by a key, and so takes no longer where much was audited.
func (s *Store) replay() error {
	changes, err := s.ledger.Group(changesKey)
	if err != nil {
		return err
	}
	v := newView()
	for _, rec := range changes {
		e, err := decodeEvent(rec)
		if err == nil {
			err = v.apply(e, rec.At)
		}
		if err != nil {
			return fmt.Errorf("%s: record %d: %w", s.ledger.Path(), rec.Number, err)
		}
	}
	if err := s.startSealing(v); err != nil {
		return err
	}
	v.index()
	s.now.Store(v)
	return s.replayProgress(v)
}

// Close writes what has not been written yet, of progress and refusals, and closes the store.
func (s *Store) Close() error {
	s.changing.Lock()
	select {
	case <-s.closing:
		s.changing.Unlock()
		return ledger.ErrClosed
	default:
	}
	close(s.closing)
	s.changing.Unlock()
	s.pacers.Wait()
	err := s.writeProgress()
	if refusals := s.writeRefusals(); err == nil {
		err = refusals
	}
	if closing := s.ledger.Close(); err == nil {
		err = closing
	}
	return err
}

// Ledger returns the ledger that settings are kept in, for backups and verification. Nobody else appends to it.
func (s *Store) Ledger() *ledger.Ledger { return s.ledger }

// Changed returns a channel that is closed by the next change of keys, secrets or endpoints. Who acts on settings asks
// for it before reading them.
func (s *Store) Changed() <-chan struct{} { return *s.changed.Load() }

// change makes one change: decide looks at the settings as they are and returns the event, or a refusal. The event
// is tried on a copy of the settings, made durable, and only then shown.
func (s *Store) change(by Actor, decide func(v *view, at time.Time) (*event, error)) error {
	if by.By == "" || len(by.By) > maxBy {
		return refuse(ledger.Invalid, "by", "expected who makes the change, 1 to %d bytes, found %d", maxBy, len(by.By))
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	at := s.moment()
	v := s.now.Load().clone()
	e, err := decide(v, at)
	if err != nil {
		return err
	}
	e.Actor = by.bounded()
	if err := v.apply(e, at); err != nil {
		return err
	}
	if err := v.unseal(); err != nil {
		return err
	}
	if err := s.append(changeSpace, e, at); err != nil {
		return err
	}
	v.index()
	s.now.Store(v)
	next := make(chan struct{})
	close(*s.changed.Swap(&next))
	return nil
}

// append writes an event, and returns when it is durable. It does not take a context: a caller that goes away must not
// leave open whether a key was revoked.
func (s *Store) append(space byte, e *event, at time.Time) error {
	rec, err := s.record(space, e, at)
	if err != nil {
		return err
	}
	return s.ledger.Update(context.Background(), func(tx *ledger.Tx) error { return tx.Append(rec) })
}

// newID returns eight hexadecimal digits that no setting ever had in this store: what the journal says of one must not
// be taken for another's.
func (s *Store) newID(kind string) (string, error) {
	for range 100 {
		id, err := randomHex(s.o.Random)
		if err != nil {
			return "", err
		}
		if used, err := s.ledger.Has(targetKey(kind + id)); !used || err != nil {
			return id, err
		}
	}
	return "", fmt.Errorf("settings: the source of randomness repeats itself")
}

// oneAtATime lets several goroutines read from a reader that may not be made for that.
type oneAtATime struct {
	mu sync.Mutex
	r  io.Reader
}

// Read implements [io.Reader].
func (o *oneAtATime) Read(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.r.Read(p)
}

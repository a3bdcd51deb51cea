// Package runs keeps reconciliations: uploaded reports, how they compare with the books, and what was posted of them.
//
// A run is its files, its provider and how they are read; the same again is the same run. It is kept in a directory
// beside the ledger's file, NAME.db-runs/ID: the files, a small state in JSON, and the breaks of the last comparison, the
// largest first. A run that was not finished when the program ended goes on when it is started again: comparing and
// posting may be done again at any time, as posting a report twice books nothing twice.
package runs

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/reconcile"
)

// ErrNone says that there is no run of an id.
var ErrNone = errors.New("no reconciliation has that id")

// Settings of a store.
type Settings struct {
	Registry providers.Registry
	Clock    func() time.Time // time.Now if nil
	Log      *slog.Logger     // slog.Default if nil
	// Compared, if set, is told how many lines of a provider were in each class, whenever a run was compared.
	Compared func(provider string, counts map[reconcile.Class]uint64)
}

// A Store has the runs of one ledger.
type Store struct {
	dir    string
	books  *query.Books
	o      Settings
	ctx    context.Context // done when the store is being closed
	cancel context.CancelFunc
	work   sync.WaitGroup
	turn   chan struct{} // one run is compared at a time: each uses all processors

	mu   sync.Mutex
	runs map[string]*run
	used int // how often it is open
}

// A run is one in memory.
type run struct {
	kept
	stop    context.CancelCauseFunc // of what is being done; nil if nothing is
	changed chan struct{}           // closed at the next change
}

// stores are those that are open, by directory: a ledger may have several servers in one program.
var stores = struct {
	sync.Mutex
	open map[string]*Store
}{open: map[string]*Store{}}

// Dir is where the runs of a ledger's file are.
func Dir(file string) string { return file + "-runs" }

// OpenStore opens the runs of a ledger, and goes on with those that were not finished. The same ledger has one store,
// however often it is opened; it is closed as often, before the ledger is.
func OpenStore(l *ledger.Ledger, books *query.Books, o Settings) (*Store, error) {
	dir, err := filepath.Abs(Dir(l.Path()))
	if err != nil {
		return nil, err
	}
	stores.Lock()
	defer stores.Unlock()
	if s := stores.open[dir]; s != nil {
		s.used++
		return s, nil
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Store{dir: dir, books: books, o: o, runs: map[string]*run{}, turn: make(chan struct{}, 1), used: 1}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if err := s.load(); err != nil {
		return nil, err
	}
	stores.open[dir] = s
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.runs {
		if r.Run.State.works() {
			s.start(r)
		}
	}
	return s, nil
}

// Close ends what is being done; it goes on when the store is opened again.
func (s *Store) Close() error {
	stores.Lock()
	defer stores.Unlock()
	if s.used--; s.used > 0 {
		return nil
	}
	delete(stores.open, s.dir)
	s.cancel()
	s.work.Wait()
	return nil
}

// Get returns a run, its tag, which changes with every comparison, and what is closed at its next change.
func (s *Store) Get(id string) (r Run, tag int, changed <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.runs[id]
	if k == nil {
		return r, 0, nil, ErrNone
	}
	return k.Run, k.Compared, k.changed, nil
}

// Wait waits until nothing is done with a run, or the context is done, and returns it.
func (s *Store) Wait(ctx context.Context, id string) (Run, int, error) {
	for {
		r, tag, changed, err := s.Get(id)
		if err != nil || !r.State.works() {
			return r, tag, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return r, tag, nil
		case <-s.ctx.Done():
			return r, tag, nil
		}
	}
}

// Compare compares a run again, with the books as they are now. One that is being worked on is left to that.
func (s *Store) Compare(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[id]
	if r == nil {
		return ErrNone
	}
	if r.Run.State.works() {
		return nil
	}
	return s.begin(r, Reading, "")
}

// Post books what the reports of a run prove, as by. It reports whether there is anything to do: a run that is posted
// books nothing again before it is compared again. A tag other than 0 is what was looked at: it is refused where the run
// was compared since.
func (s *Store) Post(id, by string, tag int) (begun bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[id]
	switch {
	case r == nil:
		return false, ErrNone
	case tag != 0 && tag != r.Compared:
		return false, ErrChanged
	case r.Run.State == Posting:
		return true, nil
	case r.Run.State == Posted:
		return false, nil
	case r.Run.State != Done:
		return false, ledger.Errorf(posting.InvalidState, "expected a reconciliation that is done, found one that is %s", r.Run.State)
	}
	return true, s.begin(r, Posting, by)
}

// ErrChanged says that a run was compared since somebody looked at it.
var ErrChanged = errors.New("the reconciliation was compared again since")

// Cancel gives a comparison up. Posting is not given up half-way.
func (s *Store) Cancel(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[id]
	if r == nil {
		return ErrNone
	}
	if r.Run.State != Reading && r.Run.State != Matching {
		return ledger.Errorf(posting.InvalidState, "expected a reconciliation that is being compared, found one that is %s", r.Run.State)
	}
	if err := s.change(r, func(k *kept) { k.Run.State, k.Run.Ended = Cancelled, s.now() }); err != nil {
		return err
	}
	if r.stop != nil {
		r.stop(context.Canceled)
	}
	return nil
}

func (s *Store) now() time.Time { return s.o.Clock().UTC() }

// change changes what is kept of a run, with the lock.
func (s *Store) change(r *run, f func(*kept)) error {
	next := r.kept
	f(&next)
	if err := s.save(&next); err != nil {
		return err
	}
	r.set(next)
	return nil
}

// set changes what is known of a run, and tells who waits for that.
func (r *run) set(k kept) {
	r.kept = k
	close(r.changed)
	r.changed = make(chan struct{})
}

package runs

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/reconcile"
)

// begin begins to compare or to post a run, with the lock. It is kept first, so that a program that ends goes on with it.
func (s *Store) begin(r *run, state State, by string) error {
	err := s.change(r, func(k *kept) {
		k.Run.State, k.By = state, by
		k.Run.Ended, k.Run.Error, k.Run.Progress.Done = time.Time{}, nil, 0
		if state == Reading {
			k.Run.Posted = nil
		}
	})
	if err == nil {
		s.start(r)
	}
	return err
}

// start does what the state of a run says, in the background, with the lock.
func (s *Store) start(r *run) {
	ctx, cancel := context.WithCancelCause(s.ctx)
	r.stop = cancel
	k := r.kept
	s.work.Go(func() {
		defer cancel(nil)
		select {
		case s.turn <- struct{}{}:
			defer func() { <-s.turn }()
		case <-ctx.Done():
			return
		}
		s.finish(r, &k, s.compare(ctx, r, &k))
	})
}

// An outcome of a comparison, or why there is none.
type outcome struct {
	result *query.Reconciliation
	err    error
}

// compare compares the files of a run with the books, posts what they prove where the state says so, and keeps the breaks.
func (s *Store) compare(ctx context.Context, r *run, k *kept) outcome {
	adapter, err := s.o.Registry.ByName(k.Options.Provider)
	if err != nil {
		return outcome{err: err}
	}
	options, err := k.Options.report()
	if err != nil {
		return outcome{err: err}
	}
	dir, err := os.MkdirTemp(s.dir, ".work-")
	if err != nil {
		return outcome{err: err}
	}
	defer os.RemoveAll(dir)
	book := s.books.Rules
	if k.By != "" {
		book = book.As(k.By)
	}
	result, err := reconcile.Compare(ctx, reconcile.Options{Ledger: s.books.Ledger, Book: book, Adapter: adapter, Report: options,
		Post: k.Run.State == Posting, Through: k.Options.Through, Dir: dir,
		Progress: func(lines uint64) { s.progress(r, k.Run.State, lines) }}, s.paths(k)...)
	if err != nil {
		return outcome{err: err}
	}
	defer result.Close()
	if err := s.writeBreaks(k, result, dir); err != nil {
		return outcome{err: err}
	}
	if s.o.Compared != nil {
		s.o.Compared(k.Run.Provider, result.Counts)
	}
	return outcome{result: query.ReconciliationOf(result)}
}

// progress notes how far a run is, in memory alone.
func (s *Store) progress(r *run, state State, lines uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !r.Run.State.works() {
		return
	}
	next := r.kept
	if state == Reading {
		next.Run.State = Matching
	}
	next.Run.Progress.Done = lines
	next.Run.Progress.Total = max(next.Run.Progress.Total, lines)
	r.set(next)
}

// finish keeps what came of a run. Where the program ends it is left as it is, to go on with.
func (s *Store) finish(r *run, k *kept, o outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.stop = nil
	if o.err != nil && s.ctx.Err() != nil || r.Run.State == Cancelled {
		return
	}
	err := s.change(r, func(now *kept) {
		now.Run.Ended = s.now()
		if o.err != nil {
			now.Run.State, now.Run.Error = Failed, failure(o.err)
			return
		}
		posted := k.Run.State == Posting
		now.Compared++
		now.take(o.result, posted)
	})
	if err == nil && o.err == nil {
		os.Remove(s.breaksPath(k.Run.ID, k.Compared)) // those of the comparison before
	}
	if err != nil { // the disk is full, perhaps: what is in memory says so
		next := r.kept
		next.Run.State, next.Run.Error = Failed, failure(err)
		r.set(next)
	}
	if o.err != nil || err != nil {
		s.o.Log.Error("reconciliation", "id", k.Run.ID, "error", errors.Join(o.err, err))
	}
}

// take takes over what a comparison came to.
func (k *kept) take(a *query.Reconciliation, posted bool) {
	k.Run.State = Done
	if posted {
		k.Run.State, k.Run.Posted = Posted, a.Posted
	}
	k.Run.Record, k.Run.Summary, k.Run.Batches, k.Run.Clean = a.Head, a.Summary, a.Batches, !a.Broken
	k.Run.Progress = Progress{a.Lines, a.Lines}
	k.OpenOf = a.OpenOf
	files := make([]File, len(k.Run.Files))
	for i, f := range k.Run.Files {
		files[i] = File{f.Name, f.SHA256, a.Files[i].Lines, a.Files[i].Format}
	}
	k.Run.Files = files
}

// failure is why a run failed, as a client should see it.
func failure(err error) *ledger.Error {
	if e, ok := errors.AsType[*ledger.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*reconcile.FormatError](err); ok {
		return &ledger.Error{Code: ledger.Invalid, Field: "file", Message: e.Error()}
	}
	return ledger.Errorf("internal", "something went wrong here; the server's log has it")
}

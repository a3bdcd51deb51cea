package reconcile

import (
	"cmp"
	"context"
	"errors"
	"sync"
)

// inOrder spreads work over several goroutines and keeps its order. One goroutine runs produce, which sends pieces of
// work, and ends early when send reports false. So many workers, each with a function of its own from worker, do the
// work. take gets the pieces in the order in which they were sent, each once a worker is done with it.
//
// It returns when all goroutines have ended: with the first error of the work or of take, with that of produce,
// or with the context's.
func inOrder[T any](ctx context.Context, workers int, produce func(send func(T) bool) error,
	worker func() func(T) error, take func(T) error) error {
	type job struct {
		of    T
		err   error
		ready chan struct{} // closed when a worker is done with it
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	todo, done := make(chan *job, workers), make(chan *job, 2*workers)
	var all sync.WaitGroup
	var failed error
	all.Go(func() {
		defer close(done)
		defer close(todo)
		failed = produce(func(of T) bool {
			j := &job{of: of, ready: make(chan struct{})}
			// A job goes to take's queue first, and then to the workers. So take gets all jobs in order, and waits for
			// each to be ready. One that no worker will get is closed here, or take would wait for ever.
			for _, to := range []chan *job{done, todo} {
				select {
				case to <- j:
				case <-working.Done():
					close(j.ready)
					return false
				}
			}
			return true
		})
	})
	for range workers {
		all.Go(func() {
			work := worker()
			for j := range todo {
				j.err = work(j.of)
				close(j.ready)
			}
		})
	}
	var err error
	for j := range done {
		<-j.ready
		if err != nil { // the others come to their end
			continue
		}
		if err = cmp.Or(ctx.Err(), j.err); err == nil {
			err = take(j.of)
		}
		if err != nil {
			stop()
		}
	}
	all.Wait()
	return errors.Join(cmp.Or(err, ctx.Err()), failed)
}

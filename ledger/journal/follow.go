package journal

import (
	"context"
	"iter"
	"sync"
)

// A Signal tells those who wait for a journal to grow that it has, or that it was closed. The zero value is ready to
// use.
type Signal struct {
	mu     sync.Mutex
	next   chan struct{} // closed by the next Send; nil while nobody waits
	closed bool
}

// Send tells all who have asked by next that the journal has grown.
func (s *Signal) Send() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next != nil {
		close(s.next)
		s.next = nil
	}
}

// Close tells all, now and later, that the journal is closed.
func (s *Signal) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.Send()
}

// Wait returns a channel that is closed when the journal has grown, or was closed.
func (s *Signal) Wait() (grown <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if s.next == nil {
		s.next = make(chan struct{})
	}
	return s.next, nil
}

// ended returns why following ends after a failed read. A read fails when the journal is closed under it or ctx
// is done; these are then the reasons, and not the failure.
func (s *Signal) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if _, closed := s.Wait(); closed != nil {
		return closed
	}
	return err
}

// Follow implements [Journal.Follow] for a journal that has Blocks, and sends grown after each block.
func Follow(
	ctx context.Context, from uint64, blocks func(context.Context, uint64) iter.Seq2[*Block, error], grown *Signal,
) iter.Seq2[*Block, error] {
	return func(yield func(*Block, error) bool) {
		from := max(from, 1)
		for {
			more, err := grown.Wait() // before reading, so that no block comes between
			if err != nil {
				yield(nil, err)
				return
			}
			// A block that comes while these are read is not missed, as more was asked for before.
			for b, err := range blocks(ctx, from) {
				if err != nil {
					yield(nil, grown.ended(ctx, err))
					return
				}
				if !yield(b, nil) {
					return
				}
				from = b.Number + 1
			}
			select {
			case <-more:
			case <-ctx.Done():
				yield(nil, context.Cause(ctx))
				return
			}
		}
	}
}

// Follow implements [Journal].
func (j *Bolt) Follow(ctx context.Context, from uint64) iter.Seq2[*Block, error] {
	return Follow(ctx, from, j.Blocks, &j.grown)
}

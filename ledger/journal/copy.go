package journal

import (
	"bytes"
	"context"
	"errors"
	"io"

	"go.etcd.io/bbolt"
)

// A Copy is the journal as it was when [Bolt.Copy] was called, to be written elsewhere. It must be closed.
// Until then the file keeps the pages that the copy needs, so it may grow with every append.
type Copy struct {
	tx   *bbolt.Tx
	file io.ReaderAt // that of tx
	head Head
}

// Copy begins a copy of the file. Blocks may be appended meanwhile.
func (j *Bolt) Copy() (c *Copy, err error) {
	err = guard(func() error {
		tx, err := j.begin()
		if err != nil {
			return err
		}
		defer func() {
			if c == nil { // also where bbolt panicked: Close would wait for the transaction for ever
				tx.Rollback()
			}
		}()
		head, err := lastHead(tx.Bucket(journalBucket), j.empty)
		if err == nil {
			c = &Copy{tx, j.file, head}
		}
		return err
	})
	return c, err
}

// Head returns the end of the journal that is copied.
func (c *Copy) Head() Head { return c.head }

// Size returns how many bytes WriteTo writes.
func (c *Copy) Size() int64 { return c.tx.Size() }

// Write writes a file that [OpenBolt] opens, with all blocks up to the head. Free pages are written as zeros,
// because writers may be filling them with later blocks that the copy must not have.
func (c *Copy) Write(ctx context.Context, w io.Writer) error {
	return guard(func() error {
		_, err := c.tx.WriteTo(&blanker{ctx: ctx, file: c.file, w: &stopper{ctx, w}})
		if err != nil && context.Cause(ctx) != nil {
			err = context.Cause(ctx)
		}
		return err
	})
}

// Close lets go of the pages.
func (c *Copy) Close() error { return c.tx.Rollback() }

// A blanker passes on a file as bbolt writes it, with zeros in place of free pages.
type blanker struct {
	ctx  context.Context
	file io.ReaderAt // where the pages lie that say which are free
	w    io.Writer

	size  int64  // of a page; 0 before the first
	free  []byte // by page, what a checker knows of it
	at    int64  // how much was passed on
	blank []byte // reused
}

// Write implements [io.Writer]. The first call has the first page, which is a meta.
func (w *blanker) Write(b []byte) (int, error) {
	if w.size == 0 {
		m, ok := readMeta(bytes.NewReader(b), 0)
		if !ok {
			return 0, errors.New("journal: a copy does not begin with a meta page")
		}
		// The meta comes first, and leads to the list of pages that are free in what is copied.
		c := newChecker(w.ctx, w.file, m)
		if err := c.freelist(); err != nil {
			return 0, err
		}
		w.size, w.free = m.pageSize, c.used
	}
	out := b
	for from := int64(0); from < int64(len(b)); {
		page := (w.at + from) / w.size
		to := min((page+1)*w.size-w.at, int64(len(b)))
		if page < int64(len(w.free)) && w.free[page] == free {
			if &out[0] == &b[0] { // which is not ours to change
				w.blank = append(w.blank[:0], b...)
				out = w.blank
			}
			clear(out[from:to])
		}
		from = to
	}
	n, err := w.w.Write(out)
	w.at += int64(n)
	return n, err
}

// A stopper writes until its context is done.
type stopper struct {
	ctx context.Context
	w   io.Writer
}

// Write implements [io.Writer]. It fails with the cause of the context once that is done.
func (s *stopper) Write(b []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	return s.w.Write(b)
}

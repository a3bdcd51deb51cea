package journal

import (
	"context"
	"errors"
	"io"

	"go.etcd.io/bbolt"
)

// A Copy is the journal as it was when [Bolt.Copy] was called, to be written elsewhere. It must be closed; until then the file
// keeps the pages that the copy needs, and may grow by what is appended meanwhile.
type Copy struct {
	tx   *bbolt.Tx
	head Head
}

// Copy begins a copy of the file. Blocks may be appended meanwhile.
func (j *Bolt) Copy() (c *Copy, err error) {
	err = guard(func() error {
		tx, err := j.db.Begin(false)
		if err != nil {
			return err
		}
		head, err := lastHead(tx.Bucket(journalBucket), j.empty)
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
		c = &Copy{tx, head}
		return nil
	})
	return c, err
}

// Head returns the end of the journal that is copied.
func (c *Copy) Head() Head { return c.head }

// Size returns how many bytes WriteTo writes.
func (c *Copy) Size() int64 { return c.tx.Size() }

// Write writes a file that [OpenBolt] opens and that has all blocks up to the head.
func (c *Copy) Write(ctx context.Context, w io.Writer) error {
	return guard(func() error {
		_, err := c.tx.WriteTo(&stopper{ctx, w})
		if err != nil && context.Cause(ctx) != nil {
			err = context.Cause(ctx)
		}
		return err
	})
}

// Close lets go of the pages.
func (c *Copy) Close() error { return c.tx.Rollback() }

// A stopper writes until its context is done.
type stopper struct {
	ctx context.Context
	w   io.Writer
}

func (s *stopper) Write(b []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	return s.w.Write(b)
}

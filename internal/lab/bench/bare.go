package bench

import (
	"context"
	"encoding/binary"
	"errors"

	"go.etcd.io/bbolt"
)

// bare is a bbolt file that appends records of one size under growing keys and does nothing else. Calls that come
// while a commit is being synced go into the next one together, as a ledger's do.
type bare struct {
	db    *bbolt.DB
	value []byte
	next  uint64
	calls chan *bareCall
	ended chan struct{}
}

type bareCall struct {
	records int
	done    chan error
}

var bucket = []byte("records")

func openBare(path string, size int) (*bare, error) {
	db, err := bbolt.Open(path, 0o644, &bbolt.Options{FreelistType: bbolt.FreelistMapType, InitialMmapSize: 16 << 30})
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucket)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	b := &bare{db: db, value: make([]byte, size), calls: make(chan *bareCall, 1024), ended: make(chan struct{})}
	for i := range b.value {
		b.value[i] = byte(mix(uint64(i)))
	}
	go b.run()
	return b, nil
}

// run commits the calls that are there, again and again.
func (b *bare) run() {
	defer close(b.ended)
	for call := range b.calls {
		group := []*bareCall{call}
		for more := true; more; {
			select {
			case c, ok := <-b.calls:
				if more = ok; ok {
					group = append(group, c)
				}
			default:
				more = false
			}
		}
		err := b.db.Update(func(tx *bbolt.Tx) error {
			bk := tx.Bucket(bucket)
			bk.FillPercent = 1
			var key [8]byte
			for _, c := range group {
				for range c.records {
					b.next++
					binary.BigEndian.PutUint64(key[:], b.next)
					if err := bk.Put(key[:], b.value); err != nil {
						return err
					}
				}
			}
			return nil
		})
		for _, c := range group {
			c.done <- err
		}
	}
}

func (b *bare) prepare(n int) func(context.Context) error {
	c := &bareCall{records: n, done: make(chan error, 1)}
	return func(context.Context) error {
		b.calls <- c
		return <-c.done
	}
}

func (b *bare) close() error {
	close(b.calls)
	<-b.ended
	return b.db.Close()
}

var _ side = (*bare)(nil)

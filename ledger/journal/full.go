package journal

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"go.etcd.io/bbolt"
)

// What bbolt says before the errors of making its file larger, of which it keeps only the words.
const resizeFailed = "file resize error: "

// asErrno wraps err with its error number where bbolt kept only the message text: no space, or no address space
// to map the file.
func asErrno(err error) error {
	for _, number := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.ENOMEM} {
		if !errors.Is(err, number) && strings.Contains(err.Error(), number.Error()) {
			return fmt.Errorf("%w: %s", number, err)
		}
	}
	return err
}

// refused reports whether bbolt failed to commit only for lack of room: before it asked for a sync, or after
// one that succeeded.
//
// Then nothing is lost, and the next commit may be tried. bbolt first writes pages that neither meta leads to,
// syncs, and writes a meta last. Pages written so far mean nothing, no failed sync leaves the disk in doubt,
// and bbolt goes back to the free pages of the newest meta. Only if the meta itself was written, which
// [Bolt.undisturbed] checks, can nobody tell whether the block was kept.
func refused(err error) bool {
	if e, ok := errors.AsType[*os.PathError](err); ok && e.Op == "write" {
		return errors.Is(e, syscall.ENOSPC) || errors.Is(e, syscall.EDQUOT)
	}
	e := asErrno(err)
	return strings.HasPrefix(err.Error(), resizeFailed) &&
		(errors.Is(e, syscall.ENOSPC) || errors.Is(e, syscall.EDQUOT))
}

// undisturbed reports whether the newest meta still leads to the head.
func (j *Bolt) undisturbed() bool {
	found := false
	err := guard(func() error {
		return j.db.View(func(tx *bbolt.Tx) error {
			head, err := lastHead(tx.Bucket(journalBucket), j.empty)
			found = err == nil && head == j.Head()
			return err
		})
	})
	return err == nil && found
}

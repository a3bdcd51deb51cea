package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A BackupInfo says what a backup holds.
type BackupInfo struct {
	Version  int          `json:"version"` // of the format of backups: 1
	ID       uuid.UUID    `json:"id"`      // of the ledger; zero in backups of before there was one
	Bytes    int64        `json:"bytes"`   // the size of the ledger's file in it
	Blocks   uint64       `json:"blocks"`
	Records  uint64       `json:"records"`
	Entries  uint64       `json:"entries"`
	Accounts int          `json:"accounts"`
	Recorded time.Time    `json:"recorded"` // when the newest block was; the zero time for an empty ledger
	Made     time.Time    `json:"made"`     // by the ledger's clock
	Head     journal.Hash `json:"head"`     // of the newest block: it stands for all of history
	Totals   []Total      `json:"totals"`   // by currency
}

// HeadID returns the number and the hash of the newest block.
func (i *BackupInfo) HeadID() journal.BlockID { return journal.BlockID{Number: i.Blocks, Hash: i.Head} }

// A Total is a line of a trial balance: what all accounts of one side hold in a currency, in minor units. The
// two sides agree.
type Total struct {
	Currency money.Currency `json:"currency"`
	Debit    string         `json:"debit"`  // provider and bank accounts
	Credit   string         `json:"credit"` // all others
}

// A backup is a copy of the ledger's file with what says whether it is whole behind it. As bbolt looks at
// nothing behind its last page, a backup opens as a ledger, best for reading only: once it has been written to,
// it is no backup any more.
//
//	backup  = file summary length sum magic
//	file    = a ledger's file, of summary.bytes bytes
//	summary = BackupInfo as JSON
//	length  = of summary, [8] big-endian
//	sum     = SHA-256 of file, summary and length, [32]
//	magic   = "SLBACK01"
const (
	backupMagic   = "SLBACK01"
	backupEnd     = 8 + sha256.Size + len(backupMagic)
	backupVersion = 1
	maxSummary    = 1 << 20
)

// Backup writes a copy of the ledger as it is at the call, with a checksum over all of it, its head and its
// trial balance, which [Restore] and [ReadBackup] check. Writers and readers go on meanwhile. The index is not
// part of it. Nothing says that w is durable: see [Ledger.BackupFile].
//
// As the copy keeps old pages from reuse, each commit adds some 20 KB to the file until it is done. They are
// used again later, but commits are slower while there are many: let w be something fast, such as a file on a
// disk of this machine.
func (l *Ledger) Backup(ctx context.Context, w io.Writer) (BackupInfo, error) {
	ctx, done, err := l.reading(ctx)
	if err != nil {
		return BackupInfo{}, err
	}
	defer done()
	c, info, err := l.beginCopy(ctx)
	if err != nil {
		return BackupInfo{}, err
	}
	out := &summing{w: w, sum: sha256.New()}
	err = errors.Join(corrupt(c.Write(ctx, out)), c.Close())
	if err == nil && out.n != info.Bytes {
		err = fmt.Errorf("ledger: backup: %d bytes were written, expected %d", out.n, info.Bytes)
	}
	if err == nil {
		err = out.end(info)
	}
	if out.failed != nil { // bbolt keeps only its words
		err = out.failed
	}
	if err != nil {
		return BackupInfo{}, failedCopy("backup", err)
	}
	return info, nil
}

// beginCopy opens a copy of the journal and says what it holds: the totals are those of its very head.
func (l *Ledger) beginCopy(ctx context.Context) (c *journal.Copy, info BackupInfo, err error) {
	bolt, ok := l.journal.(interface {
		Copy() (*journal.Copy, error)
	})
	if !ok {
		return nil, info, errors.New("ledger: backup: this ledger's journal is not a file")
	}
	for {
		if c, info, err = l.copyShown(bolt.Copy); c != nil || err != nil {
			return c, info, err
		}
		select { // a block is durable and about to be shown
		case <-ctx.Done():
			return nil, info, context.Cause(ctx)
		case <-time.After(time.Millisecond):
		}
	}
}

// copyShown opens a copy of the journal. It returns nil if the copy's head is not the block that readers are
// shown: then the totals would not fit.
func (l *Ledger) copyShown(begin func() (*journal.Copy, error)) (*journal.Copy, BackupInfo, error) {
	// No block is shown meanwhile, so the copy, the head and the totals are of one moment.
	l.showing.Lock()
	defer l.showing.Unlock()
	c, err := begin()
	if err != nil {
		return nil, BackupInfo{}, corrupt(err)
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	head := l.shown.head
	if c.Head() != head {
		return nil, BackupInfo{}, c.Close()
	}
	info := BackupInfo{
		Version: backupVersion, ID: l.ID(), Bytes: c.Size(), Blocks: head.Block,
		Records: head.Record, Entries: head.Entry, Head: head.Hash,
		Accounts: len(l.shown.names.accounts), Made: l.options.Clock().UTC(), Totals: l.totals(),
	}
	if head.Block > 0 {
		info.Recorded = fromMicros(head.Time)
	}
	return c, info, nil
}

// totals sums up what readers are shown, in order of the vocabulary. The caller holds l.mu.
func (l *Ledger) totals() (list []Total) {
	type sides struct {
		debit, credit money.Int
		used          bool
	}
	sums := make([]sides, len(l.shown.names.symbols))
	for _, a := range l.shown.names.accounts {
		for c := a.subBalances; c != nil; c = c.next {
			if c.shownHead == 0 {
				continue
			}
			s := &sums[c.currency]
			s.used = true
			if a.kind.DebitNormal() {
				s.debit = s.debit.Add(c.shownBalance)
			} else {
				s.credit = s.credit.Sub(c.shownBalance)
			}
		}
	}
	for word, s := range sums {
		if s.used {
			list = append(list, Total{money.Currency(l.shown.names.symbols[word]), s.debit.String(), s.credit.String()})
		}
	}
	return list
}

// BackupFile is [Ledger.Backup] into a new file, which appears under its name only when it is whole and
// durable, and may be read but not written. It fails with os.ErrExist if there is a file of that name.
func (l *Ledger) BackupFile(ctx context.Context, path string) (info BackupInfo, err error) {
	if _, err := os.Lstat(path); err == nil {
		return info, fmt.Errorf("ledger: backup: %s: %w", path, os.ErrExist)
	}
	err = writeNew(path, l.copyMode(), func(f *os.File) error {
		info, err = l.Backup(ctx, f)
		return err
	})
	return info, failedCopy("backup", err)
}

// copyMode is the mode of a copy that is not to be written: nobody may read it who may not read the ledger.
func (l *Ledger) copyMode() os.FileMode {
	info, err := os.Stat(l.journal.Info().Path)
	if err != nil {
		return 0o400
	}
	return info.Mode().Perm() & 0o444
}

// privateMode is the mode of a ledger's file, less the umask.
const privateMode = 0o600

// writeNew makes a file with write. The file gets its name only when it is whole and synced, and only if
// nothing has that name. Until then, and always if mode is privateMode, only its owner may read it.
func writeNew(path string, mode os.FileMode, write func(*os.File) error) (err error) {
	tmp, err := journal.CreateBeside(path)
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	err = write(tmp)
	if err == nil && mode != privateMode {
		err = tmp.Chmod(mode)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return journal.Place(tmp.Name(), path)
}

// failedCopy says that nothing was made, with the code of a full disk.
func failedCopy(what string, err error) error {
	if _, coded := errors.AsType[*Error](err); err == nil || coded {
		return err
	}
	if noSpace(err) {
		return &Error{Code: DiskFull, Message: "the disk is full: no " + what + " was made; nothing else was changed",
			Detail: err.Error()}
	}
	return err
}

// A summing writer counts and sums what it writes.
type summing struct {
	w      io.Writer
	sum    hash.Hash
	n      int64
	failed error
}

// Write implements [io.Writer]. It keeps the first error, as bbolt passes on only its words.
func (s *summing) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	s.sum.Write(b[:n])
	s.n += int64(n)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil && s.failed == nil {
		s.failed = fmt.Errorf("ledger: backup: %w", err)
	}
	return n, err
}

// end writes what stands behind the file.
func (s *summing) end(info BackupInfo) error {
	summary, err := json.Marshal(info)
	if err != nil {
		return err
	}
	s.Write(summary)
	s.Write(binary.BigEndian.AppendUint64(nil, uint64(len(summary))))
	s.Write(append(s.sum.Sum(nil), backupMagic...))
	return s.failed
}

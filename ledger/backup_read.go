package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/ledger/journal"
)

// ReadBackup reads the backup in a file from end to end and says what it holds. It fails with Corrupt if any
// byte is not as it was written, or the file is something else.
func ReadBackup(ctx context.Context, path string) (BackupInfo, error) {
	return readBackup(ctx, path, io.Discard)
}

// Restore makes a ledger in the file at path from the backup in the file at backup. The ledger appears under
// its name only after every byte of the backup has been compared with its checksum, and the copy has been
// synced, opened and verified as [Ledger.Verify] does. Its head and trial balance must be those that the backup
// names.
//
// It fails with os.ErrExist if there is a file at path. An index left there by an earlier ledger is removed.
func Restore(ctx context.Context, backup, path string) (BackupInfo, error) {
	if _, err := os.Lstat(path); err == nil {
		return BackupInfo{}, fmt.Errorf("ledger: restore: %s: %w", path, os.ErrExist)
	}
	var info BackupInfo
	err := writeNew(path, privateMode, func(f *os.File) (err error) {
		if info, err = readBackup(ctx, backup, f); err != nil {
			return err
		}
		// A write that fails late shows here, before the copy is taken for whole.
		if err := f.Sync(); err != nil {
			return err
		}
		if err := checkRestored(ctx, f.Name(), info); err != nil {
			return err
		}
		return removeIndex(index.DirOf(path))
	})
	if err != nil {
		return BackupInfo{}, failedCopy("ledger", err)
	}
	return info, nil
}

// removeIndex removes the files of an index, durably. If it stayed, the restored ledger would be older than the
// index beside it, and opening it would report that its newest events are lost.
func removeIndex(dir string) error {
	if err := (&index.Index{Dir: dir}).Sweep(); errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("ledger: the index directory: %w", err)
	}
	return journal.SyncDir(dir)
}

// checkRestored verifies a copy, and compares it with what the backup says of it: a checksum proves that the file is
// what was written, and not that what was written was whole. Both differences are Corrupt.
func checkRestored(ctx context.Context, path string, want BackupInfo) error {
	l, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		return err
	}
	v, err := l.Verify(ctx, nil)
	l.mu.RLock()
	totals := l.totals()
	l.mu.RUnlock()
	found := BackupInfo{
		Version: want.Version, ID: v.ID, Bytes: want.Bytes, Blocks: v.Blocks, Records: v.Records,
		Entries: v.Entries, Accounts: int(v.Accounts), Head: v.Head.Hash,
		Recorded: want.Recorded, Made: want.Made, Totals: totals,
	}
	if err := errors.Join(err, l.Close()); err != nil {
		return err
	}
	if len(v.Damage) > 0 {
		return &Error{Code: Corrupt, Message: fmt.Sprintf("the backup holds a ledger that is damaged: %s: %s",
			v.Damage[0].Place, v.Damage[0].What)}
	}
	if field := found.differs(&want); field != "" {
		return &Error{Code: Corrupt, Message: "the backup holds another ledger than it says: its " +
			field + " does not fit"}
	}
	return nil
}

// differs names the first thing in which a ledger is not as its backup says, or nothing.
func (i *BackupInfo) differs(want *BackupInfo) string {
	switch {
	case i.ID != want.ID && want.ID != uuid.Nil:
		return "identity"
	case i.Blocks != want.Blocks, i.Records != want.Records:
		return "number of records"
	case i.Entries != want.Entries:
		return "number of entries"
	case i.Accounts != want.Accounts:
		return "number of accounts"
	case i.Head != want.Head:
		return "head"
	case !slices.Equal(i.Totals, want.Totals):
		return "trial balance"
	}
	return ""
}

// readBackup checks the backup in a file, and writes the ledger's file in it to w. The summary stands at the end, since
// a backup is written in one go, and has its own length before the checksum. What w has got is good only if there is no
// error.
func readBackup(ctx context.Context, path string, w io.Writer) (info BackupInfo, err error) {
	stat, err := os.Stat(path)
	if err != nil {
		return info, err
	}
	if !stat.Mode().IsRegular() { // opening a pipe would wait for whoever writes it
		return info, fmt.Errorf("ledger: the backup %s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return info, err
	}
	defer f.Close()
	damage := func(format string, args ...any) error {
		return &Error{Code: Corrupt, Message: "the backup " + path + " " + fmt.Sprintf(format, args...)}
	}
	if stat, err = f.Stat(); err != nil {
		return info, err
	}
	end := make([]byte, backupEnd)
	if stat.Size() >= int64(backupEnd) {
		if _, err := f.ReadAt(end, stat.Size()-int64(backupEnd)); err != nil {
			return info, err
		}
	}
	if string(end[backupEnd-len(backupMagic):]) != backupMagic {
		return info, damage("does not end as a backup does: " +
			"it was cut short, altered or added to, or is something else")
	}
	length := binary.BigEndian.Uint64(end)
	if most := uint64(stat.Size()) - uint64(backupEnd); length > min(most, maxSummary) {
		return info, damage("was altered: it says that its summary has %d bytes", length)
	}
	bytesOfFile := stat.Size() - int64(backupEnd) - int64(length)
	sum := sha256.New()
	in := &stoppable{ctx, f}
	if _, err := io.CopyN(io.MultiWriter(w, sum), in, bytesOfFile); err != nil {
		return info, err
	}
	summary := make([]byte, length)
	if _, err := io.ReadFull(in, summary); err != nil {
		return info, err
	}
	sum.Write(summary)
	sum.Write(end[:8])
	if !bytes.Equal(sum.Sum(nil), end[8:8+sha256.Size]) {
		return info, damage("was altered: its checksum does not fit")
	}
	if err := json.Unmarshal(summary, &info); err != nil {
		return info, damage("has a summary that cannot be read: %v", err)
	}
	if info.Version != backupVersion {
		return info, fmt.Errorf("ledger: %s is a backup of version %d; this program knows version %d",
			path, info.Version, backupVersion)
	}
	if info.Bytes != bytesOfFile {
		return info, damage("holds a file of %d bytes, expected %d", bytesOfFile, info.Bytes)
	}
	return info, nil
}

// A stoppable reader reads until its context is done.
type stoppable struct {
	ctx context.Context
	r   io.Reader
}

// Read implements [io.Reader]. It fails with the cause of the context once that is done.
func (s *stoppable) Read(b []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	return s.r.Read(b)
}

package runs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/reconcile"
)

// Limits of uploads.
const (
	MaxBytes = 4 << 30 // of all files of a run together
	MaxFiles = 100
	maxName  = 150 // bytes of a file's name
)

// ErrTooLarge says that a run's files are too many or too large.
var ErrTooLarge = fmt.Errorf("expected at most %d files of %d bytes together", MaxFiles, int64(MaxBytes))

// An Upload takes the files of a run in. It is closed in any case; what was not begun then is not kept.
type Upload struct {
	store *Store
	dir   string
	files []File
	lines uint64
	bytes int64
}

// Upload begins one.
func (s *Store) Upload() (*Upload, error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(s.dir, ".upload-")
	return &Upload{store: s, dir: dir}, err
}

// Close removes what is not of a run.
func (u *Upload) Close() error { return os.RemoveAll(u.dir) }

// Add takes a file in, to its end. Its name is for people, and some providers say the batch in it; a path is none.
func (u *Upload) Add(name string, r io.Reader) error {
	if len(u.files) == MaxFiles {
		return ErrTooLarge
	}
	name = fileName(name)
	dir := filepath.Join(u.dir, fmt.Sprint(len(u.files)))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	sum, lines := sha256.New(), lineCounter(0)
	n, err := io.Copy(io.MultiWriter(f, sum, &lines), io.LimitReader(r, MaxBytes-u.bytes+1))
	if u.bytes += n; err == nil && u.bytes > MaxBytes {
		err = ErrTooLarge
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = SyncDir(dir)
	}
	u.files = append(u.files, File{Name: name, SHA256: hex.EncodeToString(sum.Sum(nil))})
	u.lines += uint64(lines)
	return err
}

// Sum is the SHA-256 of the file that was added last.
func (u *Upload) Sum() string { return u.files[len(u.files)-1].SHA256 }

// lineCounter counts the ends of lines.
type lineCounter uint64

func (n *lineCounter) Write(b []byte) (int, error) {
	*n += lineCounter(bytes.Count(b, []byte{'\n'}))
	return len(b), nil
}

// fileName is the last element of a name, whatever system it is from, without what no name has.
func fileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar || r == ':' {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	if len(name) > maxName { // the end has the kind of file
		name = strings.ToValidUTF8(name[len(name)-maxName:], "")
	}
	if name = strings.Trim(name, " "); strings.Trim(name, ".") == "" {
		return "report"
	}
	return name
}

// ID is the id of a run: of its files, in any order, its provider and how they are read.
func ID(sums []string, o Options) string {
	text, _ := json.Marshal([]any{"reconciliation", slices.Sorted(slices.Values(sums)), o})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// Begin makes a run of the files that were added, and begins to compare it. Where there is one of the same files it is
// that one, as it is.
func (u *Upload) Begin(o Options) (id string, known bool, err error) {
	s := u.store
	if len(u.files) == 0 {
		return "", false, &ledger.Error{Code: ledger.Invalid, Message: "expected a report, found none"}
	}
	var sums []string
	for _, f := range u.files {
		sums = append(sums, f.SHA256)
	}
	id = ID(sums, o)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs[id] != nil {
		return id, true, nil
	}
	if err := u.check(o); err != nil {
		return "", false, err
	}
	k := kept{Options: o, Run: Run{ID: id, State: Reading, Provider: o.Provider, Files: u.files, Started: s.now(),
		Progress: Progress{Total: u.lines}}}
	text, err := json.Marshal(&k)
	if err == nil {
		err = WriteFile(filepath.Join(u.dir, stateFile), text)
	}
	if err == nil {
		err = os.Rename(u.dir, s.path(id))
	}
	if err == nil {
		err = SyncDir(s.dir)
	}
	if err != nil {
		return "", false, err
	}
	r := &run{kept: k, changed: make(chan struct{})}
	s.runs[id] = r
	s.start(r)
	return id, false, nil
}

// check refuses files that are no reports of the provider, with what was expected and found.
func (u *Upload) check(o Options) error {
	adapter, err := u.store.o.Registry.ByName(o.Provider)
	if err != nil {
		return err
	}
	options, err := o.report()
	if err != nil {
		return err
	}
	options.Table = u.store.books.Ledger.Table()
	for i, f := range u.files {
		in, err := os.Open(filepath.Join(u.dir, fmt.Sprint(i), f.Name))
		if err != nil {
			return err
		}
		_, err = adapter.Open(in, options)
		in.Close()
		if err != nil {
			return failure(&reconcile.FormatError{File: f.Name, Err: err})
		}
	}
	return nil
}

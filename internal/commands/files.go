package commands

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/splitledger/splitledger/ledger/journal"
)

// A filesystem has the files that a command reads and makes: those of this machine, or those of whoever had the command
// run, elsewhere. Commands have no other way to a file, so that one which a server runs cannot touch the server's. A
// test holds that.
type filesystem interface {
	// stat says what a file is.
	stat(name string) (fileKind, error)
	// open opens a file to be read from its beginning; - is standard input.
	open(name string) (io.ReadCloser, error)
	// moved says that a file which can be read but once is now in another.
	moved(name, to string)
	// keep says what was in a file that can be read but once.
	keep(name string, text []byte)
	// plan says before the ledger is opened that a file or a directory will be made.
	plan(name string)
	// make makes a file with write, or a directory without.
	make(name string, how fileKind, write func(io.Writer) error) error
}

// A fileKind is what a file is, or how it is made.
type fileKind string

// The kinds.
const (
	regular   fileKind = "regular"   // can be read several times
	stream    fileKind = "stream"    // standard input or a pipe, which can be read but once
	directory fileKind = "directory" // with those that it is in

	newFile     fileKind = "new"     // must not be there; may be read by who may read the ledger
	newCopy     fileKind = "copy"    // the same, and nobody may write it
	replacement fileKind = "replace" // may be there; may be read by its owner alone
)

// localFiles are those of this machine.
type localFiles struct {
	*cli
	known   map[string]string // files that the command has looked at, and where they are now
	kept    map[string][]byte // what was in those that can be read but once
	planned []string          // files and directories that it will make
}

func (f *localFiles) stat(name string) (fileKind, error) {
	f.note(name)
	if name == "-" {
		return stream, nil
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return "", err
	case info.IsDir():
		return directory, nil
	case info.Mode().IsRegular():
		return regular, nil
	}
	return stream, nil
}

// note remembers a file that the command has looked at.
func (f *localFiles) note(name string) {
	if f.known[name] == "" {
		f.known[name] = name
	}
}

func (f *localFiles) open(name string) (io.ReadCloser, error) {
	f.note(name)
	if text, ok := f.kept[name]; ok {
		return io.NopCloser(bytes.NewReader(text)), nil
	}
	if name = f.known[name]; name == "-" {
		return io.NopCloser(f.stdin), nil
	}
	return os.Open(name)
}

func (f *localFiles) moved(name, to string) { f.known[name] = to }

func (f *localFiles) keep(name string, text []byte) { f.kept[name] = text }

func (f *localFiles) plan(name string) { f.planned = append(f.planned, name) }

// mayMake reports whether the command said that it would make a file, or files in its directory.
func (f *localFiles) mayMake(name string) bool {
	return slices.Contains(f.planned, name) || slices.Contains(f.planned, filepath.Dir(name)) && filepath.Base(name) != ".."
}

// make makes a file under another name first, so that it is there as a whole or not at all.
func (f *localFiles) make(name string, how fileKind, write func(io.Writer) error) (err error) {
	if how == directory {
		return os.MkdirAll(name, 0o700)
	}
	if _, err := os.Lstat(name); err == nil && how != replacement {
		return fmt.Errorf("%s: %w", name, fs.ErrExist)
	}
	tmp, err := journal.CreateBeside(name) // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	out := bufio.NewWriterSize(tmp, 64<<10)
	if err = write(out); err == nil {
		err = out.Flush()
	}
	if mode := f.mode(how); err == nil && mode != 0o600 {
		err = tmp.Chmod(mode)
	}
	if err == nil && how != replacement {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if how == replacement {
		return os.Rename(tmp.Name(), name)
	}
	return journal.Place(tmp.Name(), name)
}

// mode is what a new file may be used for: only who may read the ledger may read what was made of it. Without a ledger
// to follow, only its owner may.
func (f *localFiles) mode(how fileKind) fs.FileMode {
	mode := fs.FileMode(0o600)
	if info, err := os.Stat(f.ledger); err == nil && how != replacement {
		mode = info.Mode().Perm()&0o666 | 0o200
	}
	if how == newCopy {
		mode &= 0o444
	}
	return mode
}

// text reads a small file, which a flag names.
func (c *cli) text(name string) (string, error) {
	f, err := c.files.open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	return string(b), err
}

// temporary makes a directory for what is needed while a command runs, also one that a server runs.
func temporary() (string, error) { return os.MkdirTemp("", "splitledger-*") }

// removeTemporary removes it, with all that is in it.
func removeTemporary(dir string) { os.RemoveAll(dir) }

// writeTemporary writes a file in such a directory.
func writeTemporary(path string, in io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, in)
	return errors.Join(err, f.Close())
}

package ondisk

import (
	"errors"
	"os"
)

// Temporary files, which should leave nothing behind even where the process is killed.

// create makes a temporary file. Where the system lets an open file lose its name, it has none, so that nothing is left
// behind if the process is killed.
func create(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "splitledger-*.tmp")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name()) // fails where the system does not allow it: then remove does it
	return f, nil
}

// remove closes a temporary file and removes its name where that is still there.
func remove(f *os.File) error { return errors.Join(f.Close(), unname(f)) }

// unname makes sure that the name of a temporary file is gone.
func unname(f *os.File) error {
	if err := os.Remove(f.Name()); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

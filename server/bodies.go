package server

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
)

// BodiesDir is the directory beside a ledger's file with the bodies of notifications that were authentic and that nobody
// could read, by their SHA-256. Their notices name it as their source. A body is in no event, as it may be larger.
func BodiesDir(file string) string { return file + "-intake" }

// keepBody keeps a body, durably. The same again is kept once.
func keepBody(file string, body []byte) error {
	sum := sha256.Sum256(body)
	dir := BodiesDir(file)
	path := filepath.Join(dir, hex.EncodeToString(sum[:]))
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return writeDurably(path, body)
}

// writeDurably writes a file whole or not at all, and returns when it is on the disk.
func writeDurably(path string, text []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".new-") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails where it was renamed
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncDir(dir)
	}
	return err
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

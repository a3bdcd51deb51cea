package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/runs"
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
	return runs.WriteFile(path, body)
}

// keptBody is the body that a notice names as its source, nil where none is kept.
func keptBody(file string, source *query.Source) ([]byte, error) {
	if source == nil {
		return nil, nil
	}
	if sum, err := hex.DecodeString(source.SHA256); err != nil || len(sum) != sha256.Size { // an event may have any text there
		return nil, nil
	}
	body, err := os.ReadFile(filepath.Join(BodiesDir(file), source.SHA256))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return body, err
}

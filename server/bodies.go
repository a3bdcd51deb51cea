package server

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"

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

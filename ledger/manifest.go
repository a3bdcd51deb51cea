package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/ledger/journal"
)

// A manifest names the files of the index that count.
type manifest struct {
	Version     int      `json:"version"`
	Checkpoint  string   `json:"checkpoint,omitempty"` // of version 1: the only one
	Checkpoints []string `json:"checkpoints"`          // newest first
	Runs        []string `json:"runs"`                 // newest first
}

const manifestVersion = 2

func (m *manifest) names() []string { return slices.Concat(m.Checkpoints, m.Runs) }

// readManifest returns the manifest, and an error that is os.ErrNotExist where there is none.
func readManifest(dir string) (m manifest, err error) {
	b, err := os.ReadFile(filepath.Join(dir, "manifest"))
	if err != nil {
		return m, err
	}
	body, sum, _ := strings.Cut(string(b), "\n")
	if sum != fmt.Sprintf("%08x\n", crc32.Checksum([]byte(body), castagnoli)) {
		return m, errors.New("manifest: its checksum does not fit")
	}
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return m, fmt.Errorf("manifest: %w", err)
	}
	switch m.Version {
	case 1:
		m.Checkpoints, m.Checkpoint = []string{m.Checkpoint}, ""
	case manifestVersion:
	default:
		return m, fmt.Errorf("manifest: version %d, this program knows version %d", m.Version, manifestVersion)
	}
	if len(m.Checkpoints) == 0 {
		return m, errors.New("manifest: it names no checkpoint")
	}
	return m, nil
}

// publish writes a manifest that names the given files, and then removes those that no longer count. If it fails, the manifest
// is the one before.
func (k *keeper) publish(checkpoints, runs []string) error {
	m := manifest{Version: manifestVersion, Checkpoints: checkpoints, Runs: runs}
	if err := journal.SyncDir(k.dir); err != nil { // the names of what it names
		return err
	}
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	name := filepath.Join(k.dir, "manifest")
	f, err := os.Create(name + ".new")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s\n%08x\n", body, crc32.Checksum(body, castagnoli))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	before := k.manifest.names()
	k.manifest = m
	if journal.SyncDir(k.dir) != nil {
		return nil // the manifest before may come back, and needs its files
	}
	for _, name := range before {
		if !slices.Contains(m.names(), name) {
			os.Remove(filepath.Join(k.dir, name)) // else when the ledger is opened
		}
	}
	return nil
}

// sweep removes the files of ours that the manifest does not name, all of them if there is none: remains of work that was cut off.
func (k *keeper) sweep() error {
	if err := journal.SyncDir(k.dir); err != nil { // the manifest that was read may have got its name just before
		return err
	}
	keep := k.manifest.names()
	if len(keep) > 0 {
		keep = append(keep, "manifest")
	}
	list, err := os.ReadDir(k.dir)
	for _, e := range list {
		ours := strings.HasPrefix(e.Name(), "checkpoint-") || strings.HasPrefix(e.Name(), "keys-") || strings.HasPrefix(e.Name(), "manifest")
		if ours && !slices.Contains(keep, e.Name()) {
			err = errors.Join(err, os.Remove(filepath.Join(k.dir, e.Name())))
		}
	}
	return err
}

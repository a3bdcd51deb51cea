package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger/journal"
)

// A Manifest names the files of the index that count, each with the sum that its content must come to. It lies beside
// the ledger and not in the index directory: who can write there can change the ledger as well, so what the sums
// prove is as trustworthy as the journal.
type Manifest struct {
	Version int          `json:"version"`
	Ledger  uuid.UUID    `json:"ledger"`
	Head    journal.Head `json:"head"` // the journal's when the manifest was written
	// Both lists are newest first: of an account or a key the newest that is found counts.
	Checkpoints []File `json:"checkpoints"` // newest first
	Runs        []File `json:"runs"`        // newest first
	// Totals are newest first too. A program of before passes them over, and names none: they are made again.
	Totals []File `json:"totals,omitempty"`
	Losses []Loss `json:"losses,omitempty"`
}

// A File is a file of the index with the SHA-256 that stands for its content.
type File struct {
	Name string       `json:"name"`
	Sum  journal.Hash `json:"sum"`
}

// A Loss is that the journal ended before a block that the index knew, which somebody accepted. It stays in every later
// manifest, so that an audit finds it.
type Loss struct {
	Head     uint64    `json:"head"` // block with which the journal ended
	Known    uint64    `json:"known"`
	Accepted time.Time `json:"accepted"`
}

// manifestVersion is the one version that is read: an index of another is made again.
const manifestVersion = 3

// castagnoli is for the checksum of a manifest, which finds accidents. Against intent it needs none: who can write
// beside the ledger can change the ledger.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrNone is that there is no index.
var ErrNone = errors.New("there is no index")

// fits checks that a file with the given sum is the one that the manifest names. The error says in plain words what may
// have happened, as it is read by whoever has to decide.
func (f *File) fits(sum journal.Hash) error {
	if sum != f.Sum {
		return fmt.Errorf("%s is not the file that the manifest names: "+
			"it was changed, or is an older one, or of another ledger", f.Name)
	}
	return nil
}

// names returns the names of all files that count. Any other of the index is the remains of something.
func (m *Manifest) names() (names []string) {
	for _, f := range slices.Concat(m.Checkpoints, m.Runs, m.Totals) {
		names = append(names, f.Name)
	}
	return names
}

// ReadManifest returns the manifest. The error is ErrNone where there is none. One that was cut off, altered or written
// by another version is any other error: the index is made again then, from the journal.
func ReadManifest(path string) (m Manifest, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return m, ErrNone
	}
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
	if m.Version != manifestVersion {
		return m, fmt.Errorf("manifest: version %d, this program knows version %d", m.Version, manifestVersion)
	}
	if len(m.Checkpoints) == 0 {
		return m, errors.New("manifest: it names no checkpoint")
	}
	return m, nil
}

// publish writes a manifest that names the given files, and then removes those that no longer count. If it fails, the
// manifest is the one before.
func (x *Index) publish(checkpoints, runs, totals []File) error {
	m := Manifest{
		Version: manifestVersion, Ledger: x.Journal.ID(), Head: x.Known(),
		Checkpoints: checkpoints, Runs: runs, Totals: totals, Losses: x.Manifest.Losses,
	}
	if err := journal.SyncDir(x.Dir); err != nil { // the names of what it names
		return err
	}
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	name := ManifestPath(x.Dir)
	f, err := createFile(name + ".new")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s\n%08x\n", body, crc32.Checksum(body, castagnoli))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	// The new manifest takes the place of the old one in one step: at any moment there is one that is whole.
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	// From here on the new manifest counts, whatever fails.
	before := x.Manifest.names()
	x.Manifest = m
	if journal.SyncDir(filepath.Dir(name)) != nil {
		return nil // the manifest before may come back, and needs its files
	}
	for _, name := range before {
		if !slices.Contains(m.names(), name) {
			os.Remove(filepath.Join(x.Dir, name)) // else when the ledger is opened
		}
	}
	return nil
}

// Sweep removes the files of ours that the manifest does not name, all of them if there is none: remains of work that
// was cut off.
func (x *Index) Sweep() error {
	path := ManifestPath(x.Dir)
	// The manifest that was read may have got its name just before.
	if err := journal.SyncDir(filepath.Dir(path)); err != nil {
		return err
	}
	keep := x.Manifest.names()
	err := ignoreMissing(os.Remove(path + ".new"))
	if len(keep) == 0 {
		err = errors.Join(err, ignoreMissing(os.Remove(path)))
	}
	names, listed := x.files()
	err = errors.Join(err, listed)
	for _, name := range names {
		if !slices.Contains(keep, name) {
			err = errors.Join(err, os.Remove(filepath.Join(x.Dir, name)))
		}
	}
	return err
}

// files returns the names of the files of ours in the index directory. Whatever else somebody has put there is left
// alone.
func (x *Index) files() (names []string, err error) {
	// A directory that is not there has no files, and is the caller's error.
	list, err := os.ReadDir(x.Dir)
	for _, e := range list {
		for _, prefix := range []string{"checkpoint-", "keys-", "totals-", "manifest"} { // the last is of older versions
			if strings.HasPrefix(e.Name(), prefix) {
				names = append(names, e.Name())
			}
		}
	}
	return names, err
}

// ignoreMissing passes over the error that a file to be removed is not there: somebody removed it, or a removal was cut
// off.
func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

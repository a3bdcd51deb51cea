package runs

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/reconcile"
)

// A State says how far a run is.
type State string

// The states. A run goes from reading to done, and from posting to posted, by itself.
const (
	Reading   State = "reading"
	Matching  State = "matching"
	Done      State = "done"
	Posting   State = "posting"
	Posted    State = "posted"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// works reports whether something is being done.
func (s State) works() bool { return s == Reading || s == Matching || s == Posting }

// A Run is a comparison of some files with the books.
type Run struct {
	ID       string            `json:"id"`
	State    State             `json:"state" enum:"reading,matching,done,posting,posted,failed,cancelled"`
	Provider string            `json:"provider"`
	Files    []File            `json:"files"`
	Record   uint64            `json:"record" doc:"of the books that it was compared with; 0 before it was"`
	Started  time.Time         `json:"started"`
	Ended    time.Time         `json:"ended,omitzero"`
	Progress Progress          `json:"progress"`
	Summary  query.ClassCounts `json:"summary,omitempty" doc:"how many are in each class, all classes"`
	Batches  []query.BatchSum  `json:"batches,omitempty"`
	Clean    bool              `json:"clean" doc:"nothing is left to be done"`
	Posted   *query.Posted     `json:"posted,omitempty" doc:"what was booked, of a run that was posted"`
	Error    *ledger.Error     `json:"error,omitempty" doc:"of a run that failed"`
}

// A File is a report of a run.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Lines  uint64 `json:"lines" doc:"0 before it was compared"`
	Format string `json:"format,omitempty"`
}

// Progress is how far a run is. The total is an estimate until the end.
type Progress struct {
	Done  uint64 `json:"done" doc:"lines that were compared"`
	Total uint64 `json:"total"`
}

// Options say how the files of a run are read: with the files they are what it is.
type Options struct {
	Provider string    `json:"provider"`
	Account  string    `json:"account,omitempty"`
	Zone     string    `json:"zone,omitempty"`
	Dates    string    `json:"dates,omitempty"`
	Decimal  string    `json:"decimal,omitempty"`
	TestMode bool      `json:"testMode,omitempty"`
	Through  time.Time `json:"through,omitzero"` // what happened from then on is left for later
}

// report are the options as adapters have them.
func (o *Options) report() (r providers.ReportOptions, err error) {
	r = providers.ReportOptions{Account: o.Account, Dates: o.Dates, Decimal: o.Decimal, TestMode: o.TestMode}
	if o.Zone != "" {
		r.Zone, err = time.LoadLocation(o.Zone)
	}
	return r, err
}

// A kept run is what is on disk of it, beside its files.
type kept struct {
	Run      Run                        `json:"run"`
	Options  Options                    `json:"options"`
	By       string                     `json:"by"`               // who is posting
	Compared int                        `json:"compared"`         // how often it was compared: the ETag changes with it
	OpenOf   map[reconcile.Class]uint64 `json:"openOf,omitempty"` // breaks that are open
}

const stateFile = "state.json"

// path is where something of a run is.
func (s *Store) path(id string, names ...string) string {
	return filepath.Join(append([]string{s.dir, id}, names...)...)
}

// paths are the files of a run. Each has its own directory, as two may have one name.
func (s *Store) paths(k *kept) (paths []string) {
	for i, f := range k.Run.Files {
		paths = append(paths, s.path(k.Run.ID, fmt.Sprint(i), f.Name))
	}
	return paths
}

// save keeps what a run is now, durably.
func (s *Store) save(k *kept) error {
	text, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return WriteFile(s.path(k.Run.ID, stateFile), text)
}

// load reads what runs there are, and removes what uploads left behind that were cut off.
func (s *Store) load() error {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			if err := os.RemoveAll(s.path(e.Name())); err != nil {
				return err
			}
			continue
		}
		text, err := os.ReadFile(s.path(e.Name(), stateFile))
		var k kept
		if err == nil {
			err = json.Unmarshal(text, &k)
		}
		if err != nil {
			return fmt.Errorf("reconciliation %s: %w", e.Name(), err)
		}
		s.runs[k.Run.ID] = &run{kept: k, changed: make(chan struct{})}
	}
	return nil
}

// WriteFile writes a file whole or not at all, and returns when it is on the disk.
func WriteFile(path string, text []byte) error {
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
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = SyncDir(dir)
	}
	return err
}

// SyncDir makes the names in a directory durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// List returns the runs, the newest first.
func (s *Store) List() []Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Run, 0, len(s.runs))
	for _, r := range s.runs {
		list = append(list, r.Run)
	}
	slices.SortFunc(list, func(a, b Run) int {
		if c := b.Started.Compare(a.Started); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}

// Open returns how many breaks are open by provider and class, as each provider's newest run has them.
func (s *Store) Open() map[string]map[reconcile.Class]uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	open, newest := map[string]map[reconcile.Class]uint64{}, map[string]time.Time{}
	for _, r := range s.runs {
		p := r.Run.Provider
		if r.Compared > 0 && (open[p] == nil || r.Run.Ended.After(newest[p])) {
			open[p], newest[p] = r.OpenOf, r.Run.Ended
		}
	}
	return open
}

package ledger

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/splitledger/splitledger/internal/lsm"
	"github.com/splitledger/splitledger/ledger/journal"
)

// A keeper keeps what is derived from the journal in files beside it, in the directory <ledger>-index:
// checkpoints of the state, and sorted runs of keys. The file <ledger>-manifest names those that count; all others are
// remains of work that was cut off. Both may be deleted while the ledger is closed: they are made again.
type keeper struct {
	ledger       *Ledger
	dir          string
	manifestPath string

	jobs chan *job     // to the keeper's goroutine
	wake chan *job     // to the executor: begin to walk
	done chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex
	landed  *sync.Cond // head has moved, or stop is set, or busy or merging is not any more
	head    journal.Head
	last    uint64 // record with which the newest checkpoint starts, even if it failed or is being made
	covered uint64 // record up to which the runs have the keys
	busy    bool   // a checkpoint is being made
	next    *job   // begins once the block that is its start is durable; nil if there is none
	merging bool   // files are being merged; a checkpoint may be made amid that
	stop    bool
	turns   int        // how many times blocks were taken back
	failed  error      // why the newest checkpoint could not be written
	again   []*account // those that a checkpoint which failed would have had

	manifest manifest     // the goroutine's, or who opens and closes the ledger; so is start
	start    journal.Head // of the newest checkpoint that counts
}

// A job is one checkpoint with one run.
type job struct {
	start    journal.Head
	keys     *keyMap
	after    uint64 // record before the first one the keys are of
	frames   chan frameOfAccounts
	accounts []*account // set by the executor when it begins to walk; to be read once frames is closed
	turn     int        // of the keeper when it began
}

func indexDir(path string) string { return path + "-index" }

// manifestPath returns the name of the manifest of an index directory.
func manifestPath(dir string) string { return strings.TrimSuffix(dir, "-index") + "-manifest" }

func newKeeper(l *Ledger, dir string) *keeper {
	k := &keeper{
		ledger: l, dir: dir, manifestPath: manifestPath(dir),
		jobs: make(chan *job, 1), wake: make(chan *job, 1), done: make(chan struct{}),
	}
	k.landed = sync.NewCond(&k.mu)
	return k
}

// handed is told by the executor of each block that is handed to the committer. Where a checkpoint is due, the keys up to that
// block are sealed, and the checkpoint begins once the block is durable.
func (k *keeper) handed(block *journal.Block) {
	k.mu.Lock()
	defer k.mu.Unlock()
	head := block.Head()
	if k.busy || k.stop || block.Len() == 0 || head.Record-k.last < uint64(k.ledger.options.CheckpointEvery) {
		return
	}
	k.busy, k.last = true, head.Record
	k.next = &job{start: head, turn: k.turns, after: k.covered, keys: k.ledger.keys.seal(), frames: make(chan frameOfAccounts, 1)}
}

// durable is told by the committer of each new head.
func (k *keeper) durable(head journal.Head) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.head = head
	k.landed.Broadcast()
	if j := k.next; j != nil {
		j.start, k.next = head, nil
		k.jobs <- j
		k.wake <- j
	}
}

// known returns the newest head that is durable.
func (k *keeper) known() journal.Head {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.head
}

// drop gives up a checkpoint that has not begun, as its block did not become durable.
func (k *keeper) drop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.next != nil {
		k.next, k.busy = nil, false
		k.landed.Broadcast()
	}
}

// due returns the accounts that a checkpoint must have which begins now: those that have changed since the newest one that counts
// began. Whoever changes the state calls it.
func (k *keeper) due(s *state) []*account {
	k.mu.Lock()
	again := k.again
	k.again = nil
	k.mu.Unlock()
	for _, a := range again {
		s.change(a)
	}
	return s.takeChanged()
}

// retract is told by the executor that blocks were taken back. A checkpoint that may have something of them does not count.
func (k *keeper) retract() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.turns++
	k.landed.Broadcast()
}

// await waits until the block is durable that a job, which began at the given turn, may have something of.
func (k *keeper) await(block uint64, turn int) (journal.Head, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.head.Block < block || k.turns != turn {
		if k.stop || k.turns != turn || k.ledger.failure() != nil {
			return k.head, errAbandoned
		}
		k.landed.Wait()
	}
	return k.head, nil
}

var errAbandoned = errors.New("the checkpoint was abandoned")

// checkpoint makes a checkpoint at once. Nothing else may use the ledger meanwhile.
func (k *keeper) checkpoint() (err error) {
	l, head := k.ledger, k.ledger.shown.head // nobody changes it now
	if head.Record == k.start.Record {
		return nil
	}
	due := k.due(l.state)
	defer func() {
		if err != nil {
			k.again = due
		}
	}()
	k.last = head.Record
	if head.Record > k.covered {
		if err := k.spill(head); err != nil {
			return err
		}
	}
	w, err := k.newCheckpoint(k.start.Record+1, head)
	if err != nil {
		return err
	}
	for _, a := range due {
		if err := w.account(a); err != nil {
			return errors.Join(err, w.abandon())
		}
	}
	end := checkpointEnd{start: head, end: head, words: l.state.symbols.List, assets: l.state.table.Assets(), accounts: len(l.state.accounts), since: k.start}
	if err := w.finish(&end); err != nil {
		return errors.Join(err, w.abandon())
	}
	if err := k.publish(append([]indexFile{w.made()}, k.manifest.Checkpoints...), k.runFiles()); err != nil {
		return errors.Join(err, w.abandon())
	}
	k.start = head
	return errors.Join(k.mergeCheckpoints(0), k.mergeRuns())
}

// spill writes the keys in memory, which are of the records up to those of the given block, as a run that no
// manifest names yet.
func (k *keeper) spill(end journal.Head) error {
	table := k.ledger.keys.seal()
	r, err := k.newRun(k.covered+1, end, table.len(), sortedKeyeds(table))
	if err == nil {
		k.ledger.keys.flushed(r)
		k.covered = end.Record
	}
	return err
}

// newRun writes a run of keys, at most the given number, of the records from first to the end of a block.
func (k *keeper) newRun(first uint64, end journal.Head, atMost int, keys iter.Seq2[[]byte, error]) (*run, error) {
	path := filepath.Join(k.dir, fmt.Sprintf("keys-%016d-%016d", first, end.Record))
	r, err := writeRun(path, origin{k.ledger.identity(), first, end}, atMost, keys)
	if err != nil {
		return nil, err
	}
	r.noted = k.ledger.noteDamage
	return r, nil
}

// newCheckpoint begins a checkpoint of what changed in the records from first to the end of a block.
func (k *keeper) newCheckpoint(first uint64, end journal.Head) (*checkpointWriter, error) {
	path := filepath.Join(k.dir, fmt.Sprintf("checkpoint-%016d-%016d", first, end.Record))
	return createCheckpoint(path, origin{k.ledger.identity(), first, end})
}

func (k *keeper) runFiles() (list []indexFile) {
	for _, r := range k.ledger.keys.snapshot() {
		list = append(list, r.file())
	}
	return list
}

// worthwhile is how many records behind the newest checkpoint make it worth while to make one when the ledger is
// closed: as many are replayed in some ten milliseconds.
const worthwhile = 10_000

// close ends the goroutine, and leaves a checkpoint if opening would take longer without it.
func (k *keeper) close() {
	k.mu.Lock()
	k.stop = true
	k.landed.Broadcast()
	k.mu.Unlock()
	close(k.jobs)
	<-k.done
	head := k.ledger.shown.head
	if k.ledger.failure() == nil && head.Record-k.start.Record >= min(worthwhile, uint64(k.ledger.options.CheckpointEvery)) {
		// Without it, opening takes longer; nothing is lost.
		k.failed = k.checkpoint()
	}
}

// pause waits until no checkpoint or merge is being made, and lets none begin until resume.
func (k *keeper) pause() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.busy || k.merging {
		k.landed.Wait()
	}
	k.busy = true
}

func (k *keeper) resume() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.busy = false
	k.landed.Broadcast()
}

// coverage returns the record up to which the runs have the keys.
func (k *keeper) coverage() uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.covered
}

// run is the keeper's goroutine.
func (k *keeper) run() {
	defer close(k.done)
	for j := range k.jobs {
		if k.keep(j) != nil {
			continue
		}
		err := errors.Join(k.mergeCheckpoints(mergeShare), k.mergeRuns())
		k.mu.Lock()
		k.merging = false
		if err != nil {
			k.failed = err
		}
		k.landed.Broadcast()
		k.mu.Unlock()
	}
}

// between makes the checkpoint that has become due amid a merge, which may take long.
func (k *keeper) between() {
	select {
	case j, ok := <-k.jobs:
		if ok {
			k.keep(j)
		}
	default:
	}
}

// keep does a job. If that fails, the keys stay in memory, and the accounts go into the next checkpoint. Otherwise merging may begin.
func (k *keeper) keep(j *job) error {
	r, err := k.write(j)
	if err == nil {
		k.ledger.keys.flushed(r)
	}
	for range j.frames { // let the executor's walk come to its end
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.busy = false
	if err == nil {
		k.covered, k.merging = j.start.Record, true
	} else {
		k.again = append(k.again, j.accounts...) // which has what was there before, if the walk began
	}
	if !errors.Is(err, errAbandoned) {
		k.failed = err
	}
	k.landed.Broadcast()
	return err
}

// write writes the checkpoint and the run of a job.
func (k *keeper) write(j *job) (*run, error) {
	w, err := k.newCheckpoint(k.start.Record+1, j.start)
	if err != nil {
		return nil, err
	}
	if err := k.receive(w, j); err != nil {
		return nil, errors.Join(err, w.abandon())
	}
	r, err := k.newRun(j.after+1, j.start, j.keys.len(), sortedKeyeds(j.keys))
	if err != nil {
		return nil, errors.Join(err, w.abandon())
	}
	checkpoints := append([]indexFile{w.made()}, k.manifest.Checkpoints...)
	if err := k.publish(checkpoints, append([]indexFile{r.file()}, k.runFiles()...)); err != nil {
		return nil, errors.Join(err, w.abandon(), r.Close(), os.Remove(r.path))
	}
	k.start = j.start
	return r, nil
}

// receive writes the accounts that the executor sends, and finishes the checkpoint.
func (k *keeper) receive(w *checkpointWriter, j *job) error {
	for f := range j.frames {
		if len(f.bytes) > 0 {
			if err := w.frame('a', f.bytes); err != nil {
				return err
			}
		}
		if !f.last {
			continue
		}
		end := checkpointEnd{start: j.start, accounts: f.accounts, since: k.start}
		var err error
		if end.end, err = k.await(f.block, j.turn); err != nil {
			return err
		}
		end.words, end.assets = k.ledger.vocabulary()
		return w.finish(&end)
	}
	return errAbandoned
}

// mergeShare is what part of the oldest checkpoint, which has all accounts, those after it may be as large as: so opening reads each
// account about once, and an account that changes is written about three times.
const mergeShare = 0.5

// mergeCheckpoints makes one checkpoint of all, once those after the oldest are such a part of its size.
func (k *keeper) mergeCheckpoints(share float64) error {
	old := k.manifest.Checkpoints // newest first
	var paths []string
	var later, oldest int64
	for _, f := range old {
		paths = append(paths, filepath.Join(k.dir, f.Name))
		info, err := os.Stat(paths[len(paths)-1])
		if err != nil {
			return err
		}
		later, oldest = later+oldest, info.Size()
	}
	if len(old) == 1 || float64(later) < share*float64(oldest) {
		return nil
	}
	w, err := k.newCheckpoint(1, k.start)
	if err != nil {
		return err
	}
	end, err := mergeCheckpoints(w, paths, k.between)
	if err == nil {
		err = w.finish(&end)
	}
	if err != nil {
		return errors.Join(err, w.abandon())
	}
	made := k.manifest.Checkpoints[:len(k.manifest.Checkpoints)-len(old)] // meanwhile
	if err := k.publish(append(slices.Clone(made), w.made()), k.runFiles()); err != nil {
		return errors.Join(err, w.abandon())
	}
	return nil
}

// mergeWidth is how many neighbouring runs of about one size become one.
const mergeWidth = 4

// mergeRuns merges runs until no mergeWidth neighbours are of one size class.
func (k *keeper) mergeRuns() error {
	for {
		old := mergeable(k.ledger.keys.snapshot())
		if old == nil {
			return nil
		}
		total := 0
		for _, r := range old {
			total += r.Len()
		}
		write := func() (*run, error) {
			return k.newRun(old[len(old)-1].first, old[0].end, total, mergeRuns(old, k.between))
		}
		merged, err := write()
		if _, ok := errors.AsType[*lsm.PageError](err); ok {
			if err = k.repair(old); err == nil {
				merged, err = write()
			}
		}
		if err != nil {
			return err
		}
		k.ledger.keys.replace(old, merged)
		err = k.publish(k.manifest.Checkpoints, k.runFiles())
		for _, r := range old {
			err = errors.Join(err, r.Close())
		}
		if err != nil {
			return err
		}
	}
}

// repair makes the damaged pages of runs again.
func (k *keeper) repair(runs []*run) error {
	s := &snapshotReader{journal: k.ledger.journal}
	defer s.close()
	for _, r := range runs {
		if err := r.repair(s); err != nil {
			return err
		}
	}
	return nil
}

// A snapshotReader reads the records of a journal one after another, so many with each snapshot: storage is kept from
// reuse while one is open.
type snapshotReader struct {
	journal  journal.Journal
	snapshot journal.Snapshot
	left     int
}

func (s *snapshotReader) Read(n uint64) (journal.Record, error) {
	if s.left == 0 {
		s.close()
		var err error
		if s.snapshot, err = s.journal.Snapshot(); err != nil {
			return journal.Record{}, err
		}
		s.left = 4096
	}
	s.left--
	return s.snapshot.Record(n)
}

func (s *snapshotReader) close() {
	if s.snapshot != nil {
		s.snapshot.Close()
		s.snapshot, s.left = nil, 0
	}
}

// mergeable returns the newest mergeWidth neighbours of one size class, nil if there are none.
func mergeable(runs []*run) []*run {
	class := func(r *run) (c int) {
		for n := r.Len(); n >= mergeWidth; n /= mergeWidth {
			c++
		}
		return c
	}
	for i := 0; i+mergeWidth <= len(runs); i++ {
		same := runs[i : i+mergeWidth]
		one := true
		for _, r := range same {
			one = one && class(r) <= class(same[mergeWidth-1])
		}
		if one {
			return same
		}
	}
	return nil
}

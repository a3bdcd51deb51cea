package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/splitledger/splitledger/ledger/journal"
)

// A keeper keeps what is derived from the journal in files beside it, in the directory <ledger>-index: one
// checkpoint of the state, and the sorted runs of keys. The file "manifest" names those that count; all others are
// remains of work that was cut off. The directory may be deleted while the ledger is closed: it is made again.
type keeper struct {
	ledger *Ledger
	dir    string

	jobs chan *job     // to the keeper's goroutine
	wake chan *job     // to the executor: begin to walk
	done chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex
	landed  *sync.Cond // head has moved, or stop is set
	head    journal.Head
	last    uint64 // record with which the newest checkpoint starts, even if it failed or is being made
	covered uint64 // record up to which the runs have the keys
	busy    bool
	stop    bool
	turns   int   // how many times blocks were taken back
	failed  error // why the newest checkpoint could not be written

	manifest manifest // the goroutine's, or who opens and closes the ledger
}

// A job is one checkpoint with one run.
type job struct {
	start  journal.Head
	keys   *keyMap
	after  uint64 // record before the first one the keys are of
	frames chan frameOfAccounts
	turn   int // of the keeper when it began
}

// frameOfAccounts is a part of a walk over all accounts.
type frameOfAccounts struct {
	bytes    []byte
	last     bool
	accounts int    // with last: how many there are
	block    uint64 // with last: the block that must be durable before the checkpoint counts
}

type manifest struct {
	Version    int      `json:"version"`
	Checkpoint string   `json:"checkpoint"`
	Runs       []string `json:"runs"` // newest first
}

const manifestVersion = 1

func indexDir(path string) string { return path + "-index" }

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
	if m.Version != manifestVersion {
		return m, fmt.Errorf("manifest: version %d, this program knows version %d", m.Version, manifestVersion)
	}
	return m, nil
}

// publish writes the manifest, and then removes the files that no longer count.
func (k *keeper) publish(m manifest) error {
	if err := journal.SyncDir(k.dir); err != nil { // the names of what it names
		return err
	}
	m.Version = manifestVersion
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
	if err := errors.Join(os.Rename(name+".new", name), journal.SyncDir(k.dir)); err != nil {
		return err
	}
	k.manifest = m
	return k.sweep()
}

// sweep removes the files of ours that the manifest does not name, all of them if there is none.
func (k *keeper) sweep() error {
	keep := map[string]bool{"manifest": k.manifest.Checkpoint != "", k.manifest.Checkpoint: true}
	for _, r := range k.manifest.Runs {
		keep[r] = true
	}
	list, err := os.ReadDir(k.dir)
	for _, e := range list {
		ours := strings.HasPrefix(e.Name(), "checkpoint-") || strings.HasPrefix(e.Name(), "keys-") || strings.HasPrefix(e.Name(), "manifest")
		if ours && !keep[e.Name()] {
			err = errors.Join(err, os.Remove(filepath.Join(k.dir, e.Name())))
		}
	}
	return err
}

func newKeeper(l *Ledger, dir string) *keeper {
	k := &keeper{ledger: l, dir: dir, jobs: make(chan *job, 1), wake: make(chan *job, 1), done: make(chan struct{})}
	k.landed = sync.NewCond(&k.mu)
	return k
}

// interval is how many records the journal grows by between checkpoints. With many accounts a checkpoint is
// large, and worth making less often.
func (k *keeper) interval() uint64 {
	return max(uint64(k.ledger.options.CheckpointEvery), uint64(k.ledger.accountCount()/2))
}

// durable is told by the committer of each new head, once its keys are in the table. It begins a checkpoint
// when one is due.
func (k *keeper) durable(head journal.Head) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.head = head
	k.landed.Broadcast()
	if k.busy || k.stop || head.Record-k.last < k.interval() {
		return
	}
	j := &job{start: head, turn: k.turns, after: k.covered, keys: k.ledger.keys.freeze(), frames: make(chan frameOfAccounts, 1)}
	k.busy, k.last = true, head.Record
	k.jobs <- j
	k.wake <- j
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
func (k *keeper) checkpoint() error {
	l, head := k.ledger, k.ledger.journal.Head()
	if head.Record == k.covered {
		return nil
	}
	if err := k.spill(head.Record); err != nil {
		return err
	}
	name := fmt.Sprintf("checkpoint-%016d", head.Record)
	w, err := createCheckpoint(filepath.Join(k.dir, name))
	if err != nil {
		return err
	}
	var b []byte
	for i, a := range l.state.accounts {
		b = appendAccount(b, a)
		if len(b) >= frameTarget || i == len(l.state.accounts)-1 {
			if err := w.frame('a', b); err != nil {
				w.abandon()
				return err
			}
			b = b[:0]
		}
	}
	end := checkpointEnd{start: head, end: head, words: l.state.words.list, assets: l.state.table.Assets(), accounts: len(l.state.accounts)}
	if err := w.finish(&end); err != nil {
		w.abandon()
		return err
	}
	k.last = head.Record
	if err := k.publish(manifest{Checkpoint: name, Runs: k.runNames()}); err != nil {
		return err
	}
	return k.merge()
}

// spill writes the keys in memory, which are of the records up to the given one, as a run that no manifest names yet.
func (k *keeper) spill(last uint64) error {
	table := k.ledger.keys.freeze()
	r, err := writeRun(k.runPath(k.covered+1, last), k.covered+1, last, table.len(), sortedKeyeds(table))
	k.ledger.keys.thaw(r)
	if err == nil {
		k.covered = last
	}
	return err
}

func (k *keeper) runNames() (names []string) {
	for _, r := range k.ledger.keys.snapshot() {
		names = append(names, filepath.Base(r.path))
	}
	return names
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
	head := k.ledger.journal.Head()
	if k.ledger.failure() == nil && head.Record-k.covered >= min(worthwhile, uint64(k.ledger.options.CheckpointEvery)) {
		// Without it, opening takes longer; nothing is lost.
		k.failed = k.checkpoint()
	}
}

// pause waits until no checkpoint or merge is being made, and lets none begin until resume.
func (k *keeper) pause() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.busy {
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
		err := k.keep(j)
		if err == nil {
			err = k.merge()
		}
		k.mu.Lock()
		k.busy = false
		if !errors.Is(err, errAbandoned) {
			k.failed = err
		}
		k.landed.Broadcast()
		k.mu.Unlock()
	}
}

// keep writes the checkpoint and the run of a job. If it fails, the keys stay in memory.
func (k *keeper) keep(j *job) (err error) {
	var made *run
	defer func() {
		k.ledger.keys.thaw(made)
		for range j.frames { // let the executor's walk come to its end
		}
	}()
	name := fmt.Sprintf("checkpoint-%016d", j.start.Record)
	w, err := createCheckpoint(filepath.Join(k.dir, name))
	if err != nil {
		return err
	}
	whole := false
	defer func() {
		if !whole {
			w.abandon()
		}
	}()
	end := checkpointEnd{start: j.start}
	for f := range j.frames {
		if len(f.bytes) > 0 {
			if err := w.frame('a', f.bytes); err != nil {
				return err
			}
		}
		if f.last {
			end.accounts = f.accounts
			if end.end, err = k.await(f.block, j.turn); err != nil {
				return err
			}
			whole = true
		}
	}
	if !whole {
		return errAbandoned
	}
	whole = false
	end.words, end.assets = k.ledger.vocabulary()
	if err := w.finish(&end); err != nil {
		return err
	}
	r, err := writeRun(k.runPath(j.after+1, j.start.Record), j.after+1, j.start.Record, j.keys.len(), sortedKeyeds(j.keys))
	if err != nil {
		return err
	}
	if err := k.publish(manifest{Checkpoint: name, Runs: append([]string{filepath.Base(r.path)}, k.runNames()...)}); err != nil {
		return errors.Join(err, r.close())
	}
	k.mu.Lock()
	k.covered = j.start.Record
	k.mu.Unlock()
	whole, made = true, r
	return nil
}

func (k *keeper) runPath(first, last uint64) string {
	return filepath.Join(k.dir, fmt.Sprintf("keys-%016d-%016d", first, last))
}

// mergeWidth is how many neighbouring runs of about one size become one.
const mergeWidth = 4

// merge merges runs until no mergeWidth neighbours are of one size class.
func (k *keeper) merge() error {
	for {
		runs := k.ledger.keys.snapshot()
		old := mergeable(runs)
		if old == nil {
			return nil
		}
		total := 0
		for _, r := range old {
			total += int(r.keys)
		}
		first, last := old[len(old)-1].first, old[0].last
		merged, err := writeRun(k.runPath(first, last), first, last, total, mergeRuns(old))
		if err != nil {
			return err
		}
		if err := k.ledger.keys.replace(old, merged); err != nil {
			return err
		}
		if err := k.publish(manifest{Checkpoint: k.manifest.Checkpoint, Runs: k.runNames()}); err != nil {
			return err
		}
	}
}

// mergeable returns the newest mergeWidth neighbours of one size class, nil if there are none.
func mergeable(runs []*run) []*run {
	class := func(r *run) (c int) {
		for n := r.keys; n >= mergeWidth; n /= mergeWidth {
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

// A walker writes all accounts for a checkpoint, a few between blocks. It belongs to the executor.
type walker struct {
	job   *job
	next  int // account
	ready frameOfAccounts
	some  bool // ready holds something to send
}

// out returns the channel to send ready on, nil while there is nothing to send.
func (w *walker) out() chan<- frameOfAccounts {
	if !w.some {
		return nil
	}
	return w.job.frames
}

// begin starts a walk.
func (w *walker) begin(j *job, x *executor) {
	*w = walker{job: j}
	w.fill(x, frameTarget)
}

// step goes on with a walk, if there is one, after a block of some records was handed on: far enough that it is
// over well before the next checkpoint is due.
func (w *walker) step(x *executor, records int) {
	if w.job == nil {
		return
	}
	if w.some {
		select {
		case w.job.frames <- w.ready:
			w.sent(x)
		default:
			return
		}
	}
	if w.job != nil {
		share := uint64(len(x.state.accounts)) * uint64(records) * 4 / x.ledger.keeper.interval()
		w.fill(x, int(share)*64+1024)
	}
}

// sent notes that ready was taken.
func (w *walker) sent(x *executor) {
	last := w.ready.last
	w.ready, w.some = frameOfAccounts{}, false
	if last {
		close(w.job.frames)
		w.job = nil
	}
}

// fill adds accounts to the frame, at most about the given number of bytes.
func (w *walker) fill(x *executor, atMost int) {
	if w.some {
		return
	}
	goal := min(len(w.ready.bytes)+atMost, frameTarget)
	for w.next < len(x.state.accounts) && len(w.ready.bytes) < goal {
		w.ready.bytes = appendAccount(w.ready.bytes, x.state.accounts[w.next])
		w.next++
	}
	if w.next == len(x.state.accounts) {
		w.ready.last, w.ready.accounts = true, w.next
		if w.ready.block = x.block.Number; x.block.Len() == 0 {
			w.ready.block--
		}
	}
	w.some = w.ready.last || len(w.ready.bytes) >= frameTarget
}

// forget ends the walk under way, whose accounts have something that was taken back. The keeper then abandons the checkpoint.
func (w *walker) forget() {
	if w.job != nil {
		close(w.job.frames)
	}
	*w = walker{}
}

// abandon ends a walk that will not be finished, or one that was not begun.
func (w *walker) abandon(k *keeper) {
	w.forget()
	select {
	case j := <-k.wake:
		close(j.frames)
	default:
	}
}

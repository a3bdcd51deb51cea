package ledger

import (
	"errors"
	"sync"

	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/ledger/journal"
)

// A keeper says when a checkpoint is made, and has its accounts written while the executor goes on: see package index for
// the files.
type keeper struct {
	ledger *Ledger
	index  *index.Index // the goroutine's, or who opens and closes the ledger; but for its keys

	jobs chan *job     // to the keeper's goroutine
	wake chan *job     // to the executor: begin to walk
	done chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex
	landed  *sync.Cond // head has moved, or stop is set, or busy or merging is not any more
	head    journal.Head
	last    uint64 // record with which the newest checkpoint starts, even if it failed or is being made
	busy    bool   // a checkpoint is being made
	next    *job   // begins once the block that is its start is durable; nil if there is none
	merging bool   // files are being merged; a checkpoint may be made amid that
	stop    bool
	turns   int        // how many times blocks were taken back
	failed  error      // why the newest checkpoint could not be written
	again   []*account // those that a checkpoint which failed would have had
}

// A job is one checkpoint with one run.
type job struct {
	start    journal.Head
	frames   chan frameOfAccounts
	accounts []*account // set by the executor when it begins to walk; to be read once frames is closed
	turn     int        // of the keeper when it began
}

func newKeeper(l *Ledger) *keeper {
	k := &keeper{
		ledger: l, index: l.index,
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
	k.index.Seal()
	k.next = &job{start: head, turn: k.turns, frames: make(chan frameOfAccounts, 1)}
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
func (k *keeper) checkpoint() error {
	l, head := k.ledger, k.ledger.shown.head // nobody changes it now
	if head.Record == k.index.Start.Record {
		return nil
	}
	due := k.due(l.state)
	k.last = head.Record
	k.index.Seal()
	if err := k.writeAll(due, head); err != nil {
		k.again = due
		return err
	}
	return corrupt(k.index.Merge(true, func() {}))
}

// writeAll writes a checkpoint of accounts that do not change meanwhile.
func (k *keeper) writeAll(due []*account, head journal.Head) error {
	w, err := k.index.Begin(head)
	if err != nil {
		return err
	}
	var b []byte
	for _, a := range due {
		if !a.gone {
			b = appendAccount(b[:0], a)
			if err := w.Accounts(b); err != nil {
				return errors.Join(err, w.Abandon())
			}
		}
	}
	s := k.ledger.state
	end := index.End{
		Start: head, End: head, Symbols: s.symbols.List, Assets: s.table.Assets(), Accounts: len(s.accounts), Since: k.index.Start,
	}
	if err := w.Finish(&end); err != nil {
		return errors.Join(err, w.Abandon())
	}
	return k.index.Add(w)
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
	if k.ledger.failure() == nil && head.Record-k.index.Start.Record >= min(worthwhile, uint64(k.ledger.options.CheckpointEvery)) {
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

// run is the keeper's goroutine.
func (k *keeper) run() {
	defer close(k.done)
	for j := range k.jobs {
		if k.keep(j) != nil {
			continue
		}
		err := corrupt(k.index.Merge(false, k.between))
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
	err := k.write(j)
	for range j.frames { // let the executor's walk come to its end
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.busy = false
	if err == nil {
		k.merging = true
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
func (k *keeper) write(j *job) error {
	w, err := k.index.Begin(j.start)
	if err != nil {
		return err
	}
	if err := k.receive(w, j); err != nil {
		return errors.Join(err, w.Abandon())
	}
	return k.index.Add(w)
}

// receive writes the accounts that the executor sends, and finishes the checkpoint.
func (k *keeper) receive(w *index.CheckpointWriter, j *job) error {
	for f := range j.frames {
		if err := w.Accounts(f.bytes); err != nil {
			return err
		}
		if !f.last {
			continue
		}
		end := index.End{Start: j.start, Accounts: f.accounts, Since: k.index.Start}
		var err error
		if end.End, err = k.await(f.block, j.turn); err != nil {
			return err
		}
		end.Symbols, end.Assets = k.ledger.vocabulary()
		return w.Finish(&end)
	}
	return errAbandoned
}

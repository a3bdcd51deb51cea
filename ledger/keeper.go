package ledger

import (
	"errors"
	"sync"

	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/ledger/journal"
)

// A keeper decides when a checkpoint is made. It has the accounts written in small parts, so that the executor
// goes on meanwhile. Package index describes the files.
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

// handed is called by the executor for each block it hands to the committer. If a checkpoint is due, the keys
// up to that block are sealed; the checkpoint begins when the block is durable.
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

// due returns the accounts that a checkpoint beginning now must have: those that have changed since the newest
// valid checkpoint began. Only whoever changes the state may call it.
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

// retract is called by the executor when blocks were taken back. A checkpoint under way may contain something
// of them, and becomes invalid.
func (k *keeper) retract() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.turns++
	k.landed.Broadcast()
}

// await waits until a block is durable whose changes the accounts of a job may contain. turn is the count of
// retractions when the job began: after another one the job is abandoned.
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
	s, head := k.ledger.state, k.ledger.shown.head // nobody changes them now
	if head.Record == k.index.Start.Record {
		return nil
	}
	k.last = head.Record
	k.index.Seal()
	j := &job{start: head, turn: k.turns, frames: make(chan frameOfAccounts, 1), accounts: k.due(s)}
	go func() {
		defer close(j.frames)
		f := frameOfAccounts{accounts: len(s.accounts), block: head.Block}
		for left := j.accounts; !f.last; f.bytes = nil {
			left = f.fill(left, index.FrameTarget)
			f.last = len(left) == 0
			j.frames <- f
		}
	}()
	err := k.write(j)
	for range j.frames {
	}
	if err != nil {
		k.again = j.accounts
		return err
	}
	return corrupt(k.index.Merge(true, func() {}))
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
	if k.ledger.failure() == nil &&
		head.Record-k.index.Start.Record >= min(worthwhile, uint64(k.ledger.options.CheckpointEvery)) {
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

// between is called during a long merge, and writes a checkpoint if one has become due.
func (k *keeper) between() {
	select {
	case j, ok := <-k.jobs:
		if ok {
			k.keep(j)
		}
	default:
	}
}

// keep does a job. If it fails, the keys stay in memory and the accounts go into the next checkpoint. If it
// succeeds, merging may begin.
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

// frameOfAccounts is a part of a walk over the accounts of a checkpoint.
type frameOfAccounts struct {
	bytes    []byte
	last     bool
	accounts int    // with last: how many the ledger had when the walk began
	block    uint64 // with last: the block that must be durable before the checkpoint counts
}

// fill adds accounts of a list until the frame has so many bytes, and returns those that are left.
func (f *frameOfAccounts) fill(list []*account, bytes int) []*account {
	for len(list) > 0 && len(f.bytes) < bytes {
		if a := list[0]; !a.gone {
			f.bytes = appendAccount(f.bytes, a)
		}
		list = list[1:]
	}
	return list
}

// A walker writes the accounts of a checkpoint, a few between blocks. It belongs to the executor.
type walker struct {
	job   *job
	left  []*account // to be written
	count int        // accounts that the ledger had when the walk began
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
	j.accounts = x.ledger.keeper.due(x.state)
	*w = walker{job: j, left: j.accounts, count: len(x.state.accounts)}
	w.fill(x, index.FrameTarget)
}

// step continues a walk, if there is one, after a block of some records was handed on. It writes enough
// accounts for each record that the walk ends well before the next checkpoint is due.
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
		share := len(w.job.accounts) * records * 4 / x.ledger.options.CheckpointEvery
		w.fill(x, share*64+1024)
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
	w.left = w.ready.fill(w.left, min(len(w.ready.bytes)+atMost, index.FrameTarget))
	if len(w.left) == 0 {
		w.ready.last, w.ready.accounts = true, w.count
		if w.ready.block = x.block.Number; x.block.Len() == 0 {
			w.ready.block--
		}
	}
	w.some = w.ready.last || len(w.ready.bytes) >= index.FrameTarget
}

// forget ends the walk under way because its accounts contain something that was taken back. The keeper then
// abandons the checkpoint.
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

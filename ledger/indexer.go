package ledger

import (
	"errors"
	"sync"
	"time"

	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/ledger/journal"
)

// An indexer decides when a checkpoint is made, and has it written. The accounts come from the executor in small
// parts, between its blocks, so that callers do not wait. Package index describes the files.
//
// The order is: the executor hands over the block with which a checkpoint starts, and the keys up to it are sealed;
// the block becomes durable; executor and indexer begin a job together, the one to send accounts and the other to
// write them; once the journal durably has all that the accounts may contain, the files count.
type indexer struct {
	ledger *Ledger
	index  *index.Index // the goroutine's, or who opens and closes the ledger; but for its keys

	jobs chan *job     // to the indexer's goroutine
	wake chan *job     // to the executor: begin to walk
	done chan struct{} // closed when the goroutine has ended

	mu        sync.Mutex
	moved     *sync.Cond // head has moved, or stop is set, or busy or merging is not any more
	head      journal.Head
	last      uint64 // record with which the newest checkpoint starts, even if it failed or is being made
	busy      bool   // a checkpoint is being made
	next      *job   // begins once the block that is its start is durable; nil if there is none
	merging   bool   // files are being merged; a checkpoint may be made amid that
	stop      bool
	rollBacks int        // how many times blocks were taken back
	failed    error      // why the newest checkpoint could not be written
	again     []*account // those that a checkpoint which failed would have had

	kinds []uint8 // of accounts, for daily totals; the goroutine's
}

// A job is one checkpoint with one run.
type job struct {
	// start is the end of the block from which a replay begins, when the checkpoint is loaded.
	start journal.Head
	// chunks is closed by the executor, after the last one or when the walk was abandoned.
	chunks   chan checkpointChunk
	accounts []*account // set by the executor when it begins to walk; to be read once chunks is closed
	turn     int        // rollBacks of the indexer when it began
}

// newIndexer makes an indexer, whose goroutine [indexer.run] is yet to be started.
func newIndexer(l *Ledger) *indexer {
	x := &indexer{
		ledger: l, index: l.index,
		jobs: make(chan *job, 1), wake: make(chan *job, 1), done: make(chan struct{}),
	}
	x.moved = sync.NewCond(&x.mu)
	x.stop = l.options.DryRun // no checkpoint is ever made: keys stay in memory
	return x
}

// handed is called by the executor for each block it hands to the committer. If a checkpoint is due, the keys
// up to that block are sealed; the checkpoint begins when the block is durable.
func (x *indexer) handed(block *journal.Block) {
	x.mu.Lock()
	defer x.mu.Unlock()
	head := block.Head()
	if x.busy || x.stop || block.Len() == 0 || head.Record-x.last < uint64(x.ledger.options.CheckpointEvery) {
		return
	}
	x.busy, x.last = true, head.Record
	x.index.Seal()
	x.next = &job{start: head, turn: x.rollBacks, chunks: make(chan checkpointChunk, 1)}
}

// durable is told by the committer of each new head.
func (x *indexer) durable(head journal.Head) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.head = head
	x.moved.Broadcast()
	if j := x.next; j != nil {
		j.start, x.next = head, nil
		x.jobs <- j
		x.wake <- j
	}
}

// known returns the newest head that is durable.
func (x *indexer) known() journal.Head {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.head
}

// drop gives up a checkpoint that has not begun, as its block did not become durable.
func (x *indexer) drop() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.next != nil {
		x.next, x.busy = nil, false
		x.moved.Broadcast()
	}
}

// due returns the accounts that a checkpoint beginning now must have: those that have changed since the newest
// valid checkpoint began. Only whoever changes the state may call it.
func (x *indexer) due(s *state) []*account {
	x.mu.Lock()
	again := x.again
	x.again = nil
	x.mu.Unlock()
	for _, a := range again {
		s.change(a)
	}
	return s.takeChanged()
}

// rolledBack is called by the executor when blocks were taken back. A checkpoint under way may contain something
// of them, and becomes invalid.
func (x *indexer) rolledBack() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.rollBacks++
	x.moved.Broadcast()
}

// await waits until a block is durable whose changes the accounts of a job may contain. turn is the count of
// roll-backs when the job began: after another one the job is abandoned.
func (x *indexer) await(block uint64, turn int) (journal.Head, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for x.head.Block < block || x.rollBacks != turn {
		if x.stop || x.rollBacks != turn || x.ledger.failure() != nil {
			return x.head, errAbandoned
		}
		x.moved.Wait()
	}
	return x.head, nil
}

// errAbandoned ends a checkpoint that would contain what did not become durable, or that nobody waits for any more. It
// is no failure.
var errAbandoned = errors.New("the checkpoint was abandoned")

// checkpoint makes a checkpoint at once. Nothing else may use the ledger meanwhile.
func (x *indexer) checkpoint() error {
	s, head := x.ledger.state, x.ledger.shown.head // nobody changes them now
	// The newest checkpoint has all there is.
	if head.Record == x.index.Start.Record {
		return nil
	}
	x.last = head.Record
	x.index.Seal()
	j := &job{start: head, turn: x.rollBacks, chunks: make(chan checkpointChunk, 1), accounts: x.due(s)}
	go func() {
		defer close(j.chunks)
		f := checkpointChunk{accounts: len(s.accounts), block: head.Block}
		for left := j.accounts; !f.last; f.bytes = nil {
			left = f.fill(left, index.FrameTarget)
			f.last = len(left) == 0
			j.chunks <- f
		}
	}()
	err := x.write(j)
	for range j.chunks {
	}
	if err != nil {
		x.again = j.accounts
		return err
	}
	return corrupt(x.index.Merge(true, func() {}))
}

// worthwhile is how many records behind the newest checkpoint make it worth while to make one when the ledger is
// closed: as many are replayed in some ten milliseconds.
const worthwhile = 10_000

// close ends the goroutine, and leaves a checkpoint if opening would take longer without it.
func (x *indexer) close() {
	x.mu.Lock()
	x.stop = true
	x.moved.Broadcast()
	x.mu.Unlock()
	close(x.jobs)
	<-x.done
	if x.ledger.options.DryRun {
		return
	}
	head := x.ledger.shown.head
	if x.ledger.failure() == nil &&
		head.Record-x.index.Start.Record >= min(worthwhile, uint64(x.ledger.options.CheckpointEvery)) {
		// Without it, opening takes longer; nothing is lost.
		x.failed = x.checkpoint()
	}
	if x.ledger.failure() == nil {
		if err := x.foldTotals(0, func() {}); err != nil {
			x.failed = corrupt(err)
		}
	}
}

// pause waits until no checkpoint or merge is being made, and lets none begin until resume.
func (x *indexer) pause() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for x.busy || x.merging {
		x.moved.Wait()
	}
	x.busy = true
}

// resume lets checkpoints and merges go on after pause.
func (x *indexer) resume() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.busy = false
	x.moved.Broadcast()
}

// run is the indexer's goroutine.
func (x *indexer) run() {
	defer close(x.done)
	quiet := time.NewTicker(quietEvery)
	defer quiet.Stop()
	var seen uint64
	for {
		select {
		case j, ok := <-x.jobs:
			if !ok {
				return
			}
			// What could not be written will not be merged either.
			if x.keep(j) != nil {
				continue
			}
			x.tend(func() error {
				return errors.Join(x.foldTotals(totalsWait, x.between), x.index.Merge(false, x.between))
			})
		case <-quiet.C:
			if n := x.known().Record; n != seen {
				seen = n
			} else if x.totalsDue(0) && x.rest() {
				x.tend(func() error {
					return errors.Join(x.foldTotals(0, x.between), x.index.Merge(false, x.between))
				})
			}
		}
	}
}

// rest reports whether nobody has the index: then files may be merged.
func (x *indexer) rest() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.busy || x.stop {
		return false
	}
	x.merging = true
	return true
}

// tend does what is to be done with the files when there is time: merging is set, and is not any more in the end.
func (x *indexer) tend(work func() error) {
	err := corrupt(work())
	x.mu.Lock()
	defer x.mu.Unlock()
	x.merging = false
	if err != nil {
		x.failed = err
	}
	x.moved.Broadcast()
}

// between is called during a long merge, and writes a checkpoint if one has become due.
func (x *indexer) between() {
	select {
	case j, ok := <-x.jobs:
		if ok {
			x.keep(j)
		}
	default:
	}
}

// keep does a job. If it fails, the keys stay in memory and the accounts go into the next checkpoint. If it
// succeeds, merging may begin.
func (x *indexer) keep(j *job) error {
	err := x.write(j)
	for range j.chunks { // let the executor's walk come to its end
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.busy = false
	if err == nil {
		x.merging = true
	} else {
		x.again = append(x.again, j.accounts...) // which has what was there before, if the walk began
	}
	if !errors.Is(err, errAbandoned) {
		x.failed = err
	}
	x.moved.Broadcast()
	return err
}

// write writes the checkpoint and the run of a job.
func (x *indexer) write(j *job) error {
	w, err := x.index.Begin(j.start)
	if err != nil {
		return err
	}
	if err := x.receive(w, j); err != nil {
		return errors.Join(err, w.Abandon())
	}
	return x.index.Add(w)
}

// receive writes the accounts that the executor sends, and finishes the checkpoint.
func (x *indexer) receive(w *index.CheckpointWriter, j *job) error {
	for f := range j.chunks {
		if err := w.Accounts(f.bytes); err != nil {
			return err
		}
		if !f.last {
			continue
		}
		end := index.End{Start: j.start, Accounts: f.accounts, Since: x.index.Start}
		var err error
		if end.End, err = x.await(f.block, j.turn); err != nil {
			return err
		}
		end.Symbols, end.Assets = x.ledger.vocabulary()
		return w.Finish(&end)
	}
	return errAbandoned
}

// checkpointChunk is a part of a walk over the accounts of a checkpoint.
type checkpointChunk struct {
	bytes    []byte
	last     bool
	accounts int    // with last: how many the ledger had when the walk began
	block    uint64 // with last: the block that must be durable before the checkpoint counts
}

// fill adds accounts of a list until the frame has so many bytes, and returns those that are left.
func (f *checkpointChunk) fill(list []*account, bytes int) []*account {
	for len(list) > 0 && len(f.bytes) < bytes {
		// An account whose opening was taken back is still in the list of what changed.
		if a := list[0]; !a.gone {
			f.bytes = appendAccount(f.bytes, a)
		}
		list = list[1:]
	}
	return list
}

// A checkpointWalk writes the accounts of a checkpoint, a few between blocks. It belongs to the executor.
type checkpointWalk struct {
	job   *job
	left  []*account // to be written
	count int        // accounts that the ledger had when the walk began
	ready checkpointChunk
	some  bool // ready holds something to send
}

// out returns the channel to send ready on, nil while there is nothing to send.
func (w *checkpointWalk) out() chan<- checkpointChunk {
	if !w.some {
		return nil
	}
	return w.job.chunks
}

// begin starts a walk.
func (w *checkpointWalk) begin(j *job, x *executor) {
	j.accounts = x.ledger.indexer.due(x.state)
	*w = checkpointWalk{job: j, left: j.accounts, count: len(x.state.accounts)}
	w.fill(x, index.FrameTarget)
}

// step continues a walk, if there is one, after a block of some records was handed on. It writes enough
// accounts for each record that the walk ends well before the next checkpoint is due.
func (w *checkpointWalk) step(x *executor, records int) {
	if w.job == nil {
		return
	}
	if w.some {
		select {
		case w.job.chunks <- w.ready:
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
func (w *checkpointWalk) sent(x *executor) {
	last := w.ready.last
	w.ready, w.some = checkpointChunk{}, false
	if last {
		close(w.job.chunks)
		w.job = nil
	}
}

// fill adds accounts to the frame, at most about the given number of bytes.
func (w *checkpointWalk) fill(x *executor, atMost int) {
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

// forget ends the walk under way because its accounts contain something that was taken back. The indexer then
// abandons the checkpoint.
func (w *checkpointWalk) forget() {
	if w.job != nil {
		close(w.job.chunks)
	}
	*w = checkpointWalk{}
}

// abandon ends a walk that will not be finished, or one that was not begun.
func (w *checkpointWalk) abandon(x *indexer) {
	w.forget()
	select {
	case j := <-x.wake:
		close(j.chunks)
	default:
	}
}

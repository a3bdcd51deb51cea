package ledger

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/ledger/journal"
)

// Update runs f, and makes what it appended durable: all of it, or none where f fails, whose error Update then
// returns. It returns when the file has been synced.
//
// Functions run one after another, each on the books as the ones before left them, and become durable together:
// while one group of them is being synced, the next forms. f must have no effects but through tx, as it may be
// run more than once, and must not call the ledger's own methods: they show older books, and another Update
// would wait for this one for ever. If f panics, what it did is undone, and Update panics with the same value.
// If ctx is done before f's turn, f is not run and ctx's error is returned; once f has run, Update waits for
// the sync.
//
// Where there is no room for what f appended, Update fails with DiskFull, and nothing is booked; there may be
// room again for a later one. After any other failed write or sync, what f appended may or may not be found
// when the ledger is opened again; until then every Update fails. Functions that ran after f, on books that had
// what it appended, fail with the same error, whatever they returned.
func (l *Ledger) Update(ctx context.Context, f func(*Tx) error) error {
	r := requestPool.Get().(*request)
	r.one, r.errs = f, r.oneErr[:]
	if l.send(ctx, r) {
		l.wait(r)
	}
	err, thrown := r.errs[0], r.thrown
	r.release()
	if thrown != nil {
		panic(thrown)
	}
	return err
}

// UpdateBatch is Update for many functions at once. Each is accepted or fails by itself, in order, and the call
// waits once for all. The i-th error is that of the i-th function. If a function panics, UpdateBatch does too,
// after all others have been answered.
func (l *Ledger) UpdateBatch(ctx context.Context, fs []func(*Tx) error) []error {
	return l.StartBatch(ctx, len(fs), func(tx *Tx, i int) error { return fs[i](tx) }).Wait()
}

// A Batch is a call of [Ledger.StartBatch].
type Batch struct {
	ledger  *Ledger
	request *request
	sent    bool
}

// StartBatch is UpdateBatch of run for 0 to n-1, except that it does not wait; [Batch.Wait] does. The caller
// can prepare more meanwhile. The functions of batches that one goroutine starts run in the order of the calls.
func (l *Ledger) StartBatch(ctx context.Context, n int, run func(tx *Tx, i int) error) Batch {
	if n == 0 {
		return Batch{}
	}
	r := requestPool.Get().(*request)
	r.run, r.errs = run, make([]error, n)
	return Batch{l, r, l.send(ctx, r)}
}

// Wait returns what UpdateBatch does. It must be called once.
func (b Batch) Wait() []error {
	r := b.request
	if r == nil {
		return nil
	}
	if b.sent {
		b.ledger.wait(r)
	}
	errs, thrown := r.errs, r.thrown
	r.release()
	if thrown != nil {
		panic(thrown)
	}
	return errs
}

// A request is a call of Update or UpdateBatch.
type request struct {
	ctx    context.Context
	run    func(tx *Tx, i int) error // nil where there is one function
	one    func(*Tx) error
	errs   []error // of each function
	next   int     // index of the next function to run
	thrown any     // what a function panicked with
	whole  bool    // its functions are one block, however many
	done   chan struct{}

	oneErr [1]error
}

// requestPool keeps requests for reuse: each has a channel, which is what makes a new one expensive.
var requestPool = sync.Pool{New: func() any { return &request{done: make(chan struct{}, 1)} }}

// release gives the request up for reuse. Nobody may look at it after that.
func (r *request) release() {
	*r = request{done: r.done}
	requestPool.Put(r)
}

// send hands a request to the executor. Where it cannot, the request is answered.
func (l *Ledger) send(ctx context.Context, r *request) bool {
	r.ctx = ctx
	if l.options.ReadOnly {
		r.fail(errReadOnly)
		return false
	}
	select { // which takes less than asking for all three at once
	case l.requests <- r:
		return true
	default:
	}
	select {
	case l.requests <- r:
		return true
	case <-ctx.Done():
		r.fail(ctx.Err())
	case <-l.closing:
		r.fail(ErrClosed)
	case <-l.closed: // a function has ended the executor's goroutine
		r.fail(ErrClosed)
	}
	return false
}

// wait waits for the answer to a request that was sent.
func (l *Ledger) wait(r *request) {
	select {
	case <-r.done:
	case <-l.closed:
		select {
		case <-r.done: // answered before the ledger closed
		default:
			for i := range r.errs { // even what has been run, as it was not made durable
				r.errs[i] = ErrClosed
			}
		}
	}
}

// fail answers all functions that have not been run.
func (r *request) fail(err error) {
	for ; r.next < len(r.errs); r.next++ {
		r.errs[r.next] = err
	}
}

// ErrClosed is what a ledger answers once it is closed.
var ErrClosed = errors.New("ledger: closed")

// errReadOnly is what every Update of a ledger gets that was opened for reading.
var errReadOnly = errors.New("ledger: opened for reading only")

// An executor runs the functions of callers one after another on the state, and hands blocks to the committer.
// It is one goroutine; only it changes the state.
type executor struct {
	ledger     *Ledger
	state      *state
	block      *blockInFlight // being formed
	committing *blockInFlight // being made durable; nil if none is
	spare      *blockInFlight // for the block after
	failed     error          // a block was not written: nothing more is accepted

	// answers to the latest questions of a function for the newest record of a hash: the same ones come again
	asked []index.Answer
	turn  int // which answer gives way next, once there are maxAsked

	found  []*account // by [Tx.Warm]
	warmth uint64     // sum of what it read: else nothing would need it

	looked int // how many records the block had when the committer was looked for last

	rollBacks int   // how many times blocks were taken back
	full      error // why, the last time

	current *request // unfinished: its next functions go into the next block
	// payload, undo, encoder and scratch are memory that is used again for each function.
	payload  []byte
	undo     undoLog
	encoder  recordEncoder
	scratch  codec.Record
	snapshot journal.Snapshot // open while functions run, if one had to read
	walk     checkpointWalk   // of a checkpoint in progress
}

// newBlockInFlight makes a block without content; [blockInFlight.reset] begins it.
func newBlockInFlight() *blockInFlight {
	return &blockInFlight{Block: new(journal.Block)}
}

// newExecutor makes an executor that goes on from what is durable.
func newExecutor(l *Ledger, s *state) *executor {
	x := &executor{ledger: l, state: s, block: newBlockInFlight(), spare: newBlockInFlight()}
	x.begin(l.shown.head)
	return x
}

// begin makes the block being formed the empty one after head.
func (x *executor) begin(head journal.Head) {
	x.block.reset(head, max(x.ledger.now(), head.Time))
	x.block.before = x.state.table
	x.looked = 0
	x.undo = undoLog{subBalances: x.undo.subBalances[:0], keys: x.undo.keys[:0], statuses: x.undo.statuses[:0],
		details: x.undo.details[:0], symbols: x.undo.symbols[:0]}
}

// committingBlock returns the block that is being made durable, nil if there is none.
func (x *executor) committingBlock() *journal.Block {
	if x.committing == nil {
		return nil
	}
	return x.committing.Block
}

// run is the executor's goroutine. It ends when the ledger is closing and all is answered.
func (x *executor) run() {
	l, closing := x.ledger, x.ledger.closing
	for {
		x.gather()
		if x.committing == nil && !x.block.idle() {
			x.linger()
		}
		x.release()
		switch {
		case x.committing == nil && !x.block.idle():
			records := x.block.Len()
			x.handOver()
			x.walk.step(x, records)
			continue
		case x.committing == nil && closing == nil:
			return
		}
		// Wait for the committer, for a request, or to go on with a checkpoint.
		if x.walk.job != nil {
			x.walk.fill(x, index.FrameTarget)
		}
		// A nil channel is never ready: no request is taken while one is unfinished, or while the block has no room.
		requests := l.requests
		if x.current != nil || x.block.full() {
			requests = nil
		}
		select {
		case p := <-l.committed:
			x.takeBack(p)
		case x.current = <-requests:
			x.execute()
		case j := <-l.indexer.wake:
			x.walk.begin(j, x)
		case x.walk.out() <- x.walk.ready:
			x.walk.sent(x)
		case <-closing:
			closing = nil // what is in requests by now is still answered
		}
	}
}

// linger yields the processor to goroutines that are ready to run, such as callers that have just been
// answered, as long as that brings more requests. A block written at once would often hold half of them, and
// the other half would wait for two syncs.
func (x *executor) linger() {
	// As long as a turn of the scheduler brings callers, more may come; one that brings none says that all who were
	// ready have been.
	for n := -1; n < len(x.block.callers) && !x.block.full(); {
		n = len(x.block.callers)
		runtime.Gosched()
		x.gather()
	}
}

// gather executes the requests that are there, without waiting, until the block is full.
func (x *executor) gather() {
	for !x.block.full() && !x.eager() {
		if x.current == nil {
			select {
			case x.current = <-x.ledger.requests:
			default:
				return
			}
		}
		x.execute()
	}
}

// execute runs functions of the current request until they are done or the block is full.
func (x *executor) execute() {
	r := x.current
	// The recorded time is when the first function of the block runs, not when the block before was handed over: there
	// may be hours between.
	if x.block.idle() && x.block.Len() == 0 {
		x.block.Time = max(x.ledger.now(), x.block.Time)
	}
	from, before := r.next, x.rollBacks
	// A request that is partly booked goes on to its end, so that a batch is not cut by its context.
	if err := r.ctx.Err(); err != nil && from == 0 {
		r.fail(err)
	}
	for r.next < len(r.errs) && !x.ends(r) {
		err := x.failed
		if err == nil {
			err = x.attempt(r)
		}
		r.errs[r.next] = err
		r.next++
	}
	last := r.next == len(r.errs)
	w := caller{r, last, from, r.next}
	if x.rollBacks > before { // all of them, while the loop looked for the committer
		w.fail(x.full)
	}
	x.block.callers = append(x.block.callers, w)
	if last {
		x.current = nil
	}
}

// togetherFuncs is how many functions of a request at most are made durable together: all of them or none.
const togetherFuncs = 64

// ends reports whether the rest of a request is for the next block.
func (x *executor) ends(r *request) bool {
	if r.next > 0 && len(r.errs) <= togetherFuncs && x.block.Size() < 4*maxBlockBytes {
		return false
	}
	return x.block.full() || x.eager()
}

// A block of this many records is handed on as soon as the committer is free, though more functions of a batch
// wait: so one is synced while the next forms. It is looked for now and then.
const (
	eagerRecords = 1024
	eagerLook    = 64
)

// eager reports whether the block should be handed on now.
func (x *executor) eager() bool {
	n := x.block.Len()
	if n < eagerRecords || x.current != nil && x.current.whole {
		return false
	}
	if x.committing != nil && n-x.looked >= eagerLook {
		x.looked = n
		select {
		case p := <-x.ledger.committed:
			x.takeBack(p) // the snapshot does not have it: nothing more is run before another is opened
		default:
		}
	}
	return x.committing == nil
}

// attempt runs one function, and takes back what it did if it fails.
func (x *executor) attempt(r *request) (err error) {
	before, tx := x.save(), &Tx{Reader{turn: x}}
	// Answers were kept for the function before: this one sees what that one has appended.
	x.asked, x.state.asked = x.asked[:0], x.state.asked[:0]
	defer func() {
		tx.turn = nil
		if p := recover(); p != nil {
			r.thrown, err = p, fmt.Errorf("ledger: the function given to Update panicked: %v", p)
		}
		if err != nil {
			x.rollBack(before)
		}
	}()
	if r.run == nil {
		return r.one(tx)
	}
	return r.run(tx, r.next)
}

// release gives up the snapshot of the journal, which must not be held while waiting.
func (x *executor) release() {
	if x.snapshot != nil {
		x.snapshot.Close()
		x.snapshot = nil
	}
}

// handOver hands the block to the committer and begins the next.
func (x *executor) handOver() {
	head := x.block.Head()
	if x.block.Len() == 0 {
		head.Block-- // nothing will be written under this number
	}
	x.block.seal(x.state)
	// The log goes with the block, as it may still have to be taken back; the spare block's log is empty memory.
	x.block.undo, x.undo = x.undo, x.spare.undo
	x.ledger.indexer.handed(x.block.Block)
	x.committing, x.block, x.spare = x.block, x.spare, nil
	x.begin(head)
	x.ledger.blocks <- x.committing
}

// takeBack takes a block back from the committer.
func (x *executor) takeBack(p *blockInFlight) {
	x.committing, x.spare = nil, p
	if err := x.ledger.failure(); err != nil && x.failed == nil {
		x.ledger.indexer.drop()
		x.fail(err)
	}
	if p.refused != nil && x.failed == nil {
		x.rollBackBlocks(p)
	}
}

// rollBackBlocks takes back a block that was not written, and the block that was formed on top of it meanwhile;
// callers of both get the same error. Afterwards the books are as the journal has them, and later requests are
// tried anew.
func (x *executor) rollBackBlocks(p *blockInFlight) {
	x.full = p.refused
	x.rollBacks++
	for _, w := range x.block.callers {
		w.fail(x.full)
	}
	for _, c := range x.block.subBalances {
		c.touched = false
	}
	// Newest first: the block being formed stands on the one that was refused.
	x.ledger.index.RollBack(func() {
		x.revert(&x.undo, savepoint{table: x.block.before})
		x.revert(&p.undo, savepoint{table: p.before})
	})
	x.walk.forget()
	x.ledger.indexer.drop()
	x.ledger.indexer.rolledBack()
	// The journal has blocks of another writer instead. The state takes them in before any function runs again.
	if errors.Is(p.refused, NotLeader) {
		if err := x.catchUp(); err != nil {
			x.ledger.fail(err)
			x.fail(err)
		}
	}
	// The callers of the block being formed are answered with it, though it is empty: those with functions still to
	// come go on in it.
	waiting := slices.Clone(x.block.callers)
	x.begin(x.ledger.shown.head)
	x.block.callers = append(x.block.callers, waiting...)
	p.answer(p.refused)
}

// catchUp applies what another writer has appended to the journal. Nothing of the state is ahead of the journal.
func (x *executor) catchUp() error {
	l := x.ledger
	x.release()
	for b, err := range l.journal.Blocks(context.Background(), l.shown.head.Block+1) {
		if err == nil {
			err = l.apply(b)
		}
		if err != nil {
			return corrupt(err)
		}
		l.indexer.durable(b.Head())
	}
	return nil
}

// fail refuses everything in the block being formed and all later requests, because the state in memory is
// ahead of the file.
func (x *executor) fail(err error) {
	x.failed = err
	for _, w := range x.block.callers {
		w.fail(err)
	}
	x.block.Truncate(0, x.block.Head().Entry+1-x.block.FirstEntry)
}

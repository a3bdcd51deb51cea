package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A blockInFlight is a block that is being formed, or being made durable, with what is to be shown of it once it is
// durable. There are at most two: while the committer has one, the executor forms the next. They are used again in
// turn, with their memory.
type blockInFlight struct {
	*journal.Block
	// subBalances, opened, changed and updated list what the functions of the block did to accounts: what has to be
	// shown with it.
	subBalances []*subBalance // posted to
	opened      []*account
	changed     []*account
	updated     []*details
	// callers are the requests that have functions in the block, to be answered once it is durable.
	callers []caller
	undo    undoLog     // of all functions in the block, from when it is handed on
	before  money.Table // the state had this when the block began
	refused error       // the block was not written: it is taken back

	// Taken when the block is sealed.
	// The rest is copied from the state when the block is sealed, because the state moves on with the next block
	// before this one is durable.
	shown    []chainEnd
	statuses []statusUndo
	names    names
	table    money.Table
}

// A caller is a request with some of its functions in the block, those numbered from, to before to. A request may have
// functions in several blocks; it is answered with the last.
type caller struct {
	request *request
	last    bool // no later block has any more of them
	from    int
	to      int
}

// fail sets err on every function in the block, also on those that were refused: the refusal may have depended
// on another function of this block or the one before, whose effects are now taken back.
func (w *caller) fail(err error) {
	for i := w.from; i < w.to; i++ {
		w.request.errs[i] = err
	}
}

// A block is closed when it has this many records or bytes.
const (
	// A block is synced as a whole and read as a whole: these bound how long callers wait for it, and how much memory
	// a reader takes.
	maxBlockRecords = 16 << 10
	maxBlockBytes   = 4 << 20
)

// full reports whether no more is to be added, and idle whether nobody waits for the block.
func (p *blockInFlight) full() bool { return p.Len() >= maxBlockRecords || p.Size() >= maxBlockBytes }
func (p *blockInFlight) idle() bool { return len(p.callers) == 0 }

// reset makes p the empty block after head, and keeps its memory. Pointers are cleared, as what they point to may be
// long gone otherwise.
func (p *blockInFlight) reset(head journal.Head, time int64) {
	p.Block.Reset(head, time)
	clear(p.callers)
	clear(p.subBalances)
	clear(p.shown)
	clear(p.opened)
	clear(p.changed)
	clear(p.updated)
	p.updated = p.updated[:0]
	p.subBalances, p.opened, p.changed = p.subBalances[:0], p.opened[:0], p.changed[:0]
	p.callers, p.shown, p.statuses = p.callers[:0], p.shown[:0], p.statuses[:0]
	p.refused = nil
}

// seal takes what readers are to see once the block is durable, before the state moves on.
func (p *blockInFlight) seal(s *state) {
	for _, c := range p.subBalances {
		p.shown = append(p.shown, c.end())
		c.touched = false
	}
	for _, a := range p.changed {
		p.statuses = append(p.statuses, statusUndo{a, a.status})
	}
	p.names, p.table = s.names(), s.table
}

// commit is the committer's goroutine: it makes blocks durable, shows them, and answers.
func (l *Ledger) commit() {
	defer close(l.committed)
	// last is the hash that the next block follows. It is only known here, after the block before was sealed.
	last := l.shown.head.Hash
	for p := range l.blocks {
		if p.Prev != (journal.Hash{}) { // it follows blocks of another writer, or is the first
			last = p.Prev
		}
		// After a failed write nothing more is written: the block would follow one that may not be there.
		err := l.failure()
		if err == nil && p.Len() > 0 {
			p.Seal(last)
			began := time.Now() // not the ledger's clock: it is a duration
			err = l.append(p)
			switch {
			// A block that was surely not written is refused: the executor takes it back and goes on.
			case errors.Is(err, journal.ErrFull):
				err = &Error{Code: DiskFull, Detail: err.Error(),
					Message: "the disk is full: nothing of this was booked; make room and send it again"}
				p.refused = err
			case errors.Is(err, journal.ErrConflict):
				err = &Error{Code: NotLeader, Detail: err.Error(),
					Message: "another writer has the journal: " +
						"nothing of this was booked; send it again, perhaps to that one"}
				p.refused = err
			// The block may or may not be in the journal. Memory could contradict the file, so nothing more is
			// accepted.
			case errors.Is(err, journal.ErrOutcomeUnknown):
				err = outcomeUnknown(err)
				l.fail(err)
			case err != nil:
				err = failedWrite(err)
				l.fail(err)
			default:
				last = p.Hash
				l.appended.Add(int64(p.Size()))
				l.show(p)
				if l.options.Committed != nil {
					l.options.Committed(p.Len(), time.Since(began))
				}
			}
		}
		if p.refused == nil { // else once it is taken back: what is sent after the answer must not meet it
			p.answer(err)
		}
		l.committed <- p
	}
}

// How long callers wait for the outcome of a block that nobody can tell, and how long the journal is left alone
// between two questions at most.
const (
	defaultPatience = 2 * time.Second
	outcomePause    = 250 * time.Millisecond
)

// append appends a block to the journal. If the journal cannot tell whether it was kept, the same block is
// appended again until it can, or the ledger closes. Callers that have waited long are told that the outcome is
// unknown.
func (l *Ledger) append(p *blockInFlight) error {
	var waited time.Duration
	for pause := time.Millisecond; ; pause = min(2*pause, outcomePause) {
		err := l.journal.Append(context.Background(), p.Block)
		if !errors.Is(err, journal.ErrOutcomeUnknown) {
			return err
		}
		// Callers should not wait for ever; the block itself is still tried.
		if waited >= l.options.patience {
			p.answer(outcomeUnknown(err))
			p.callers = p.callers[:0]
		}
		select {
		case <-time.After(pause):
			waited += pause
		case <-l.closing:
			return err
		}
	}
}

// outcomeUnknown is what callers are told where the journal, one elsewhere, cannot say whether it kept their block.
func outcomeUnknown(err error) error {
	return &Error{Code: OutcomeUnknown,
		Message: "nobody can tell yet whether this was booked; send it again under the same id", Detail: err.Error()}
}

// answer answers those whose functions are in the block.
func (p *blockInFlight) answer(err error) {
	for _, w := range p.callers {
		if err != nil {
			w.fail(err)
		}
		// The channel has room for one answer, and a request is answered once: so this never waits.
		if w.last {
			w.request.done <- struct{}{}
		}
	}
}

// show makes a durable block visible to readers, all of it at once.
func (l *Ledger) show(p *blockInFlight) {
	l.showing.Lock()
	defer l.showing.Unlock()
	// before the rest: a view finds all keys up to its head, and passes over later ones
	l.index.Show(p.Head().Record, p.undo.keys)
	l.mu.Lock()
	for i := range p.shown {
		s := &p.shown[i]
		s.subBalance.shownBalance, s.subBalance.shownHead = s.balance, s.head
	}
	for _, a := range p.opened {
		a.shown, a.shownStatus = true, accounts.Open
	}
	for _, s := range p.statuses {
		s.account.shownStatus = s.status
	}
	for _, d := range p.updated {
		d.hidden, d.before = false, nil
	}
	l.showBlock(p.Head(), p.names, p.table)
	l.mu.Unlock()
	l.indexer.durable(p.Head())
}

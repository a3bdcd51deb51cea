package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/ledger/journal/memjournal"
	"github.com/splitledger/splitledger/money"
)

// Options say how a ledger is opened. The zero value is ready to use.
type Options struct {
	// ReadOnly opens an existing ledger for reading; several processes may read at once, but none while one
	// writes. Every Update fails then, and Assets are not looked at.
	ReadOnly bool
	// DryRun opens a ledger to try what would become of events: they are booked on the books as they are, in memory,
	// and are gone with Close. No file is written, and none is made where there is no ledger: it is empty then. The
	// file is open for reading meanwhile. An event takes some 500 bytes.
	DryRun bool
	// Clock gives the recorded time; time.Now if nil. It may go back: recorded times do not.
	Clock func() time.Time
	// Assets declares currencies of the ledger's own, beside those of ISO 4217. They are kept in the ledger; an
	// exponent other than it has is refused.
	Assets []money.Asset
	// CheckpointEvery is the least number of records between two checkpoints, and so about what is replayed after a
	// crash; 65,536 if 0.
	CheckpointEvery int
	// AcceptLoss opens a ledger whose journal has lost its newest blocks: the index knows later ones, and
	// opening is refused otherwise. It is the number of the block that the journal now ends with; all later
	// blocks are given up. The index is made again, and its manifest remembers the loss.
	AcceptLoss uint64
	// ID is the identity of a new ledger, for callers that must know it before; if zero, a new UUID of version
	// 7. An existing ledger keeps its own.
	ID uuid.UUID
	// Journal is where the ledger keeps its blocks; if nil, the file at path, which is a bbolt file. The ledger
	// closes it, also when it cannot be opened.
	Journal journal.Journal
	// IndexDir is the directory of what is derived from the journal; path-index if empty.
	IndexDir string
	// Progress, if set, is called now and then while a journal is replayed, or read by [Ledger.Records]; with
	// Done as Total when that is over.
	Progress func(Progress)
	// Committed, if set, is called after each block that was synced, with how many records it has and how long that took.
	// The next block waits for it.
	Committed func(records int, took time.Duration)

	patience time.Duration // with a journal that does not tell the outcome; defaultPatience if 0
	unsynced bool          // nothing is durable until Close
	format1  bool          // a file that is made has format 1
}

// Progress says how far a long piece of work has come.
type Progress struct {
	Phase string // "replaying", "totals", "reading", "verifying"
	Done  uint64 // records
	Total uint64
}

// report calls Options.Progress, if it is set.
func (l *Ledger) report(phase string, done, total uint64) {
	if l.options.Progress != nil {
		l.options.Progress(Progress{phase, done, total})
	}
}

// defaultCheckpointEvery bounds what is replayed after a crash to a fraction of a second.
const defaultCheckpointEvery = 64 << 10

// A Ledger is one platform's books. Its methods may be called at the same time.
type Ledger struct {
	Reader // of what is durable

	path    string
	options Options
	journal journal.Journal
	index   *index.Index
	indexer *indexer
	// state is changed by the executor alone, or by the follower of a ledger that only reads. Others read of it only
	// the fields that are named shown, and the lists of accounts and sub-balances, under mu.
	state *state // the executor's; read by others only as the comments there say

	noting sync.Mutex // guards damage
	damage []Damage   // of the index, found and mended

	// requests go from callers to the executor. The buffer lets many queue while it is busy, so that it finds them all
	// at once and puts them into one block.
	requests  chan *request
	blocks    chan *blockInFlight // from the executor to the committer
	committed chan *blockInFlight // and back
	closing   chan struct{}       // closed when Close begins
	closed    chan struct{}       // closed when all is answered
	closeOnce sync.Once
	closeErr  error

	// broken is the first write that failed. Memory may be ahead of the file then, so nothing is accepted after it
	// until the ledger is opened again.
	broken   atomic.Pointer[error] // the write that failed
	appended atomic.Int64          // bytes of records since the ledger was opened

	// Close must not pull the files away under a reader. Every read enters by the gate; once that is shut nobody
	// enters any more, and Close waits for those who are inside.
	gate    sync.Mutex     // guards shut
	shut    bool           // nobody may begin to read any more
	readers sync.WaitGroup // who reads files

	// showing makes a block visible in one piece to those who copy all that is shown, as Verify and Backup do. It is
	// separate from mu, which readers would otherwise wait for while the keys are shown.
	showing sync.Mutex // held while a block is being shown, and while all that is shown is copied

	mu    sync.RWMutex // guards state.accounts and state.index, the lists of cells, and all fields named shown
	shown shown

	// decoded and applying are memory that [Ledger.apply] uses again, as millions of records pass through it.
	decoded  codec.Record   // memory of apply
	applying []index.KeyRef // likewise
	grown    journal.Signal // tells who follows of new blocks

	history historyCache // of chains that were followed
}

// shown is what readers see: the books as of the last durable block.
type shown struct {
	head    journal.Head
	names   names
	symbols codec.Symbols // by name; replaced as a whole when it grows
	table   money.Table
}

// Open opens the ledger in the file at path, and makes an empty one if there is none.
//
// It fails with Locked at once if another process has the file open for writing, or has it open at all and this
// one wants to write; the message names the process where that can be known. It fails with Corrupt if the file
// is damaged or was cut short, and with [journal.ErrNotJournal] if it is not a ledger or has a newer format.
// With ReadOnly and no file the error is [os.ErrNotExist]. If Open fails, nothing is written.
//
// The directory path-index and the file path-manifest are derived from the journal. If they are missing,
// damaged, forged or of another ledger, they are made again.
//
// With a journal in the options, path is its name in messages, and names the index directory where the options
// do not.
func Open(path string, o Options) (*Ledger, error) {
	if o.Journal != nil {
		return open(path, o.Journal, o)
	}
	bolt, err := journal.OpenBolt(path, journal.BoltOptions{ReadOnly: o.ReadOnly || o.DryRun,
		Unsynced: o.unsynced, ID: o.ID, Format1: o.format1})
	if o.DryRun && errors.Is(err, os.ErrNotExist) {
		return open(path, memjournal.New(uuid.New()).Open(), o)
	}
	if err != nil {
		return nil, openError(err)
	}
	if o.DryRun {
		return open(path, memjournal.Over(bolt), o)
	}
	return open(path, bolt, o)
}

// readsFiles reports whether no file is written: neither the journal nor what is derived from it.
func (o *Options) readsFiles() bool { return o.ReadOnly || o.DryRun }

// open opens a ledger on a journal, which it closes where it fails.
func open(path string, j journal.Journal, o Options) (*Ledger, error) {
	if o.IndexDir == "" && path == "" {
		return nil, errors.Join(Errorf(Invalid, "a ledger needs a path, or a journal and an index directory"),
			j.Close())
	}
	l := &Ledger{
		path: path, options: o.withDefaults(path), journal: j,
		requests: make(chan *request, 1024), blocks: make(chan *blockInFlight), committed: make(chan *blockInFlight, 1),
		closing: make(chan struct{}), closed: make(chan struct{}),
	}
	// The methods of Reader that a ledger has are those of a reader that asks the ledger itself.
	l.live = l
	l.index = &index.Index{Keys: index.NewKeys(), Dir: l.options.IndexDir, Journal: j, Noted: l.noteDamage}
	l.indexer = newIndexer(l)
	l.index.Known = l.indexer.known
	if err := l.restore(); err != nil {
		return nil, errors.Join(err, l.index.Close(), j.Close())
	}
	if o.ReadOnly {
		l.startFollower()
		// A reader cannot declare assets, but it would be wrong to go on with an exponent that the ledger does not
		// have.
		if _, err := l.shown.table.With(o.Assets...); err != nil {
			return nil, errors.Join(assetError(err), l.Close())
		}
		return l, nil
	}
	l.startWriter()
	if err := l.declare(o.Assets); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// withDefaults fills in what the caller left zero.
func (o Options) withDefaults(path string) Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.patience == 0 {
		o.patience = defaultPatience
	}
	if o.CheckpointEvery <= 0 {
		o.CheckpointEvery = defaultCheckpointEvery
	}
	if o.IndexDir == "" {
		o.IndexDir = index.DirOf(path)
	}
	return o
}

// startFollower starts the one goroutine of a ledger that only reads: it applies the blocks of whoever writes the
// journal. Close waits for it, as for any reader.
func (l *Ledger) startFollower() {
	close(l.closed)                                 // there is no executor to wait for
	ctx, done, _ := l.reading(context.Background()) // nobody has closed it yet
	go func() {
		defer done()
		if err := l.follow(ctx); !errors.Is(err, ErrClosed) {
			l.fail(fmt.Errorf("ledger: the journal went on with what cannot be read: %w", corrupt(err)))
		}
	}()
}

// startWriter starts the goroutines of a ledger that writes: the executor, which runs the functions of callers, the
// committer, which makes their blocks durable, and the indexer. When the executor ends, the committer does, and closed
// is closed.
func (l *Ledger) startWriter() {
	x := newExecutor(l, l.state)
	go l.commit()
	go l.indexer.run()
	go func() {
		done := false
		defer func() { // deferred, as a function given to Update may end its goroutine, like testing.T.Fatal does
			x.release()
			close(l.blocks)
			for range l.committed { // until the committer has ended
			}
			if !done { // the state is ahead of the journal
				l.fail(errors.New("ledger: a function given to Update ended its goroutine"))
			}
			x.walk.abandon(l.indexer)
			close(l.closed)
		}()
		x.run()
		done = true
	}()
}

// declare records the assets that the ledger does not know yet.
func (l *Ledger) declare(assets []money.Asset) error {
	for _, a := range assets {
		err := l.Update(context.Background(), func(tx *Tx) error {
			table, err := tx.Table().With(a)
			if err != nil {
				return assetError(err)
			}
			if table.Len() == tx.Table().Len() {
				return nil
			}
			return tx.Append(&Record{Keys: []Key{{ownSpace, "asset " + string(a.Code)}}, Assets: []money.Asset{a}})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// assetError gives what is wrong with an asset its code and field.
func assetError(err error) error { return &Error{Code: Invalid, Field: "asset", Message: err.Error()} }

// ownSpace is the space of the keys under which the ledger itself records something.
const ownSpace = 0

// Close waits until all Updates under way are answered and all reads have ended, and closes the ledger. Later
// calls fail with ErrClosed; only balances can still be asked for, as they were last.
func (l *Ledger) Close() error {
	l.closeOnce.Do(func() {
		l.gate.Lock()
		l.shut = true
		l.gate.Unlock()
		close(l.closing)
		if !l.options.ReadOnly {
			<-l.closed
		}
		l.readers.Wait()
		if !l.options.ReadOnly {
			l.indexer.close()
		}
		l.closeErr = errors.Join(l.index.Close(), l.journal.Close())
	})
	return l.closeErr
}

// Discard closes a ledger that has no record, and removes its files. One that has a record is only closed. It is for
// programs that made a ledger and then had nothing to put into it. A ledger whose journal is elsewhere is closed too.
func (l *Ledger) Discard() error {
	if l.options.Journal != nil || l.options.ReadOnly || l.Stats().Records > 0 {
		return l.Close()
	}
	// Under the lock: what another process makes under these names meanwhile is not touched.
	err := errors.Join(os.RemoveAll(l.options.IndexDir), os.Remove(l.path))
	return errors.Join(err, l.Close())
}

// enter registers a reader of the files: they stay open until it calls l.readers.Done. It never waits, so one
// caller may read several things at a time.
func (l *Ledger) enter() error {
	l.gate.Lock()
	defer l.gate.Unlock()
	if l.shut {
		return ErrClosed
	}
	// A reader whose follower has failed shows books that grow old without a sign of it: so it fails.
	if l.options.ReadOnly {
		if err := l.failure(); err != nil {
			return err
		}
	}
	l.readers.Add(1)
	return nil
}

// reading begins a long read of the files. The returned context ends with ErrClosed when the ledger is closing,
// so that Close need not wait for the whole read. done must be called.
func (l *Ledger) reading(ctx context.Context) (_ context.Context, done func(), err error) {
	if err := l.enter(); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-l.closing:
			cancel(ErrClosed)
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel(nil)
		l.readers.Done()
	}, nil
}

// Path returns the name of the ledger's file.
func (l *Ledger) Path() string { return l.path }

// now is the recorded time for a block that begins now.
func (l *Ledger) now() int64 { return l.options.Clock().UnixMicro() }

// fail notes that a write has failed. The first failure stays.
func (l *Ledger) fail(err error) {
	// Only the first failure says what went wrong; later ones follow from it.
	l.broken.CompareAndSwap(nil, &err)
	// The indexer may wait for a block that will not become durable any more.
	l.indexer.mu.Lock()
	l.indexer.moved.Broadcast()
	l.indexer.mu.Unlock()
	l.grown.Send() // nothing may follow
}

// noteDamage notes what Verify will name.
func (l *Ledger) noteDamage(place, what string) {
	l.noting.Lock()
	defer l.noting.Unlock()
	l.damage = append(l.damage, Damage{place, what})
}

// damages returns what was noted so far.
func (l *Ledger) damages() []Damage {
	l.noting.Lock()
	defer l.noting.Unlock()
	return slices.Clone(l.damage)
}

// failure returns the write that failed, if one did.
func (l *Ledger) failure() error {
	if p := l.broken.Load(); p != nil {
		return *p
	}
	return nil
}

// vocabulary returns the words and assets as of the last durable block.
func (l *Ledger) vocabulary() ([]string, []money.Asset) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.shown.names.symbols, l.shown.table.Assets()
}

// openError puts the journal's errors into the words of a ledger.
func openError(err error) error {
	switch {
	case errors.Is(err, journal.ErrLocked):
		return &Error{Code: Locked, Message: strings.TrimPrefix(err.Error(), journal.ErrLocked.Error()+": ")}
	case noSpace(err):
		return &Error{Code: DiskFull, Message: "the disk is full: the ledger was not opened", Detail: err.Error()}
	case errors.Is(err, journal.ErrNotJournal):
		return fmt.Errorf("ledger: %w", err)
	}
	return corrupt(err)
}

// corrupt gives damage its code, and leaves other errors alone.
func corrupt(err error) error {
	if err == nil {
		return nil
	}
	if d, ok := errors.AsType[*journal.DamageError](err); ok {
		return &Error{Code: Corrupt, Message: d.Error(), Detail: "see verify"}
	}
	if d, ok := errors.AsType[*index.RepairError](err); ok {
		return &Error{Code: Corrupt, Message: d.Error(), Detail: fmt.Sprintf("%s, page %d", d.Path, d.Page)}
	}
	return err
}

// noSpace reports whether an error says that the disk, or what one may use of it, is full.
func noSpace(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// failedWrite gives a full disk its code.
func failedWrite(err error) error {
	if noSpace(err) {
		return &Error{Code: DiskFull, Detail: err.Error(),
			Message: "the disk is full: nothing more is accepted until the ledger is opened again"}
	}
	return fmt.Errorf("ledger: a write failed; nothing more is accepted until the ledger is opened again: %w",
		corrupt(err))
}

// ID returns the ledger's identity, which its backups and exports share and which its chain of hashes begins
// with. Of a file that was made with format 1 it follows from the first block, and is zero while there is none.
func (l *Ledger) ID() uuid.UUID { return l.journal.ID() }

package ledger

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/money"
)

// A savepoint is how long the undo log was at some moment, and how much the block held: what was added later can be
// taken back. A function that fails is taken back to the one before it; a block that was not written, to its
// beginning.
type savepoint struct {
	records     int
	entries     uint64
	subBalances int
	keys        int
	statuses    int
	details     int
	updated     int
	format      int
	symbols     int
	opened      int
	table       money.Table
}

// An undoLog has what is needed to take back all that the functions of a block did. A log costs a few words for each
// change; a copy of the state would cost all of it.
type undoLog struct {
	subBalances []pushUndo
	keys        []index.PutUndo
	statuses    []statusUndo
	details     []detailsUndo
	symbols     []int // length of the vocabulary before each record
	opened      int   // accounts
}

// A statusUndo has the status of an account before it was changed. In a block, it is the one after it.
type statusUndo struct {
	account *account
	status  accounts.Status
}

// A detailsUndo has the details of an account before they were replaced.
type detailsUndo struct {
	account *account
	details *details
}

// save returns the present moment, to be given to [executor.rollBack].
func (x *executor) save() savepoint {
	u := &x.undo
	return savepoint{
		records: x.block.Len(), entries: x.block.LastEntry(), subBalances: len(u.subBalances), keys: len(u.keys),
		statuses: len(u.statuses), details: len(u.details), updated: len(x.block.updated),
		format: x.block.Format, symbols: len(u.symbols), opened: u.opened, table: x.state.table,
	}
}

// rollBack takes back all that was done since the savepoint.
func (x *executor) rollBack(to savepoint) {
	u := &x.undo
	// The answers kept may name records that are taken back.
	x.asked = x.asked[:0]
	x.block.opened, x.block.updated = x.block.opened[:to.opened], x.block.updated[:to.updated]
	x.revert(u, to)
	x.block.Truncate(to.records, x.block.LastEntry()-to.entries)
	x.block.Format = to.format
}

// revert makes the state what it was at a savepoint of the log, newest change first.
func (x *executor) revert(u *undoLog, to savepoint) {
	// Newest first: a later change of the same account may depend on an earlier one.
	for _, c := range slices.Backward(u.subBalances[to.subBalances:]) {
		c.undo()
	}
	x.ledger.index.Undo(u.keys[to.keys:])
	for _, s := range slices.Backward(u.statuses[to.statuses:]) {
		s.account.status = s.status
	}
	// Readers look at details and at the list of accounts under this lock.
	x.ledger.mu.Lock()
	for _, d := range slices.Backward(u.details[to.details:]) {
		d.account.details = d.details
	}
	for u.opened > to.opened {
		x.state.unopen()
		u.opened--
	}
	x.ledger.mu.Unlock()
	if len(u.symbols) > to.symbols {
		x.state.symbols.Truncate(u.symbols[to.symbols])
	}
	x.state.table = to.table
	u.details = u.details[:to.details]
	u.subBalances, u.keys = u.subBalances[:to.subBalances], u.keys[:to.keys]
	u.statuses, u.symbols = u.statuses[:to.statuses], u.symbols[:to.symbols]
}

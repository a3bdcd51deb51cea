package ledger

import "github.com/splitledger/splitledger/ledger/internal/index"

// frameOfAccounts is a part of a walk over the accounts of a checkpoint.
type frameOfAccounts struct {
	bytes    []byte
	last     bool
	accounts int    // with last: how many the ledger had when the walk began
	block    uint64 // with last: the block that must be durable before the checkpoint counts
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
	goal := min(len(w.ready.bytes)+atMost, index.FrameTarget)
	for len(w.left) > 0 && len(w.ready.bytes) < goal {
		if a := w.left[0]; !a.gone {
			w.ready.bytes = appendAccount(w.ready.bytes, a)
		}
		w.left = w.left[1:]
	}
	if len(w.left) == 0 {
		w.ready.last, w.ready.accounts = true, w.count
		if w.ready.block = x.block.Number; x.block.Len() == 0 {
			w.ready.block--
		}
	}
	w.some = w.ready.last || len(w.ready.bytes) >= index.FrameTarget
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

package ledger

import (
	"cmp"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/internal/index"
)

// appendAccount writes an account as it is now, for a checkpoint.
func appendAccount(b []byte, a *account) []byte {
	n := 0
	for c := a.subBalances; c != nil; c = c.next {
		n++
	}
	public := a.public(a.status, a.details)
	b = index.AppendAccount(b, a.number, &public, n)
	for c := a.subBalances; c != nil; c = c.next {
		s := index.SubBalance{Currency: uint64(c.currency), Sub: uint8(c.sub), Balance: c.balance, Latest: c.latest}
		b = index.AppendSubBalance(b, s, c.skips)
	}
	return b
}

// loadState makes a state of the checkpoints that count. end is that of the newest.
func loadState(x *index.Index) (s *state, end index.End, err error) {
	chain, err := x.Checkpoints()
	if err != nil {
		return nil, end, err
	}
	defer chain.Close()
	s, err = stateOf(chain)
	return s, chain[0].End, err
}

// stateOf makes a state of checkpoints, newest first, that together have all accounts. The error names the checkpoint
// that is wrong.
func stateOf(chain index.Chain) (s *state, err error) {
	if err := chain.Check(); err != nil {
		return nil, err
	}
	newest := chain[0]
	end := &newest.End
	s = &state{symbols: codec.NewSymbols(end.Symbols), generation: 1, accounts: make([]*account, end.Accounts)}
	// The table of ids gets its size at once: it would otherwise be made again with each doubling.
	s.index.reserve(end.Accounts)
	if s.table, err = s.table.With(end.Assets...); err != nil {
		return nil, newest.Wrong(err)
	}
	for _, c := range chain {
		if err := s.load(c); err != nil {
			return nil, c.Wrong(err)
		}
	}
	if s.index.used < len(s.accounts) {
		return nil, newest.Wrong(fmt.Errorf("with those before it, it has %d accounts of %d",
			s.index.used, len(s.accounts)))
	}
	return s, nil
}

// load takes the accounts of a checkpoint that no newer one had. Frames are read by several goroutines.
func (s *state) load(c *index.Checkpoint) error {
	// What a newer checkpoint had is newer: of each account only the first that is met counts.
	have := make([]bool, len(s.accounts))
	for i, a := range s.accounts {
		have[i] = a != nil
	}
	var makers sync.WaitGroup
	var next atomic.Int64 // frame
	var mu sync.Mutex     // guards s and failed
	var failed error
	// Frames do not depend on one another, and to make accounts of them takes longer than to read them.
	for range min(c.Frames(), runtime.GOMAXPROCS(0)) {
		makers.Go(func() {
			m := accountMaker{symbols: len(s.symbols.List)}
			for n := int(next.Add(1)); n <= c.Frames(); n = int(next.Add(1)) {
				list, err := m.frame(c, n-1, have)
				mu.Lock()
				if err == nil {
					err = s.take(list)
				}
				failed = cmp.Or(failed, err)
				mu.Unlock()
			}
		})
	}
	makers.Wait()
	return failed
}

// take takes accounts that were made. An account that stands twice in a checkpoint is an error: one of the two would be
// lost.
func (s *state) take(list []*account) error {
	for _, a := range list {
		if s.accounts[a.number] != nil {
			return fmt.Errorf("account number %d stands in it twice", a.number)
		}
		s.accounts[a.number] = a
		if !s.index.add(s.accounts, a) {
			return fmt.Errorf("account %s stands in it twice", a.id)
		}
	}
	return nil
}

// An accountMaker makes accounts of a checkpoint, many for each piece of memory.
type accountMaker struct {
	symbols     int    // how many there are
	bytes       []byte // of a frame
	read        index.Account
	accounts    []account // memory for those to come; so are cells and links
	subBalances []subBalance
	skips       []skipPointer
	ids         []byte // of the accounts of a frame
	ends        []int  // of each id in ids
}

// carve takes n elements off a piece of memory, or off a new one. One allocation for some hundred accounts costs
// less than one for each, and a large ledger has millions.
func carve[T any](memory *[]T, n int) []T {
	if len(*memory) < n {
		*memory = make([]T, max(n, 512))
	}
	part := (*memory)[:n:n]
	*memory = (*memory)[n:]
	return part
}

// frame makes the accounts of a frame, except those marked in have, which a newer checkpoint has.
//
// The ids of all accounts are parts of one string: that is one allocation for a frame instead of one each.
func (m *accountMaker) frame(c *index.Checkpoint, n int, have []bool) ([]*account, error) {
	r, err := c.Frame(n, &m.bytes)
	if err != nil {
		return nil, err
	}
	m.ids, m.ends = m.ids[:0], m.ends[:0]
	var list []*account
	for {
		more, err := m.read.Next(&r, have)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		a, err := m.account()
		if err != nil {
			return nil, err
		}
		m.ids = append(m.ids, m.read.ID...)
		m.ends = append(m.ends, len(m.ids))
		list = append(list, a)
	}
	ids, from := string(m.ids), 0
	for i, a := range list {
		a.id = accounts.ID(ids[from:m.ends[i]])
		from = m.ends[i]
	}
	return list, nil
}

// account makes an account of what was read, but for its id. What a checkpoint has is durable, so readers may see it.
func (m *accountMaker) account() (*account, error) {
	p := &m.read
	a := &carve(&m.accounts, 1)[0]
	public := p.Public()
	*a = account{number: uint32(p.Number), kind: public.Kind, status: public.Status}
	a.shown, a.shownStatus = true, a.status
	a.details = newDetails(&public)
	skips, end := p.Skips, &a.subBalances
	for i := range p.SubBalances {
		q, c := &p.SubBalances[i], &a.first
		if i > 0 {
			c = &carve(&m.subBalances, 1)[0]
		}
		// A sub-balance whose first posting was not durable may name a symbol that the checkpoint does not have. It
		// has no postings then, and is kept; with postings it is damage.
		if q.Currency >= uint64(m.symbols) && (q.Skips > 0 || q.Currency >= codec.MaxSymbols) {
			return nil, fmt.Errorf("account %s has currency %d of %d", p.ID, q.Currency, m.symbols)
		}
		c.owner, c.currency, c.sub, c.balance, c.latest = a, uint16(q.Currency), Sub(q.Sub), q.Balance, q.Latest
		if q.Skips > 0 {
			c.skips = carve(&m.skips, q.Skips)
			for i := range c.skips {
				c.skips[i] = skipPointer(skips[i])
			}
			skips = skips[q.Skips:]
		}
		c.show()
		*end, end = c, &c.next
	}
	return a, nil
}

package ledger

import (
	"bytes"
	"context"
	"iter"
	"math"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/journal"
)

// follow reads record n, which has a key with the same hash as k, and returns the newest record before it that
// has one too. carries is false if n has another key of that hash, and not k.
func follow(s source, k Key, n uint64) (prev uint64, carries bool, err error) {
	p := s.memory()
	if err := load(s, n, p); err != nil {
		return 0, false, err
	}
	known := false
	for _, q := range p.Keys {
		if q.Space == k.Space && string(p.Bytes(q.Name)) == k.Name {
			prev, known, carries = q.Prev, true, true
			break
		}
	}
	// The index knows hashes alone. The chain of a hash is followed through records with another key of the same hash,
	// which are passed over.
	for i := 0; i < len(p.Keys) && !known; i++ { // another key of the same hash
		q := &p.Keys[i]
		if p.HashKey(q) == codec.HashKey(k.Space, k.Name) {
			prev, known = q.Prev, true
		}
	}
	switch {
	case !known:
		return 0, false, damaged(n, "the key index leads here, but the record has no such key")
	case prev >= n:
		return 0, false, damaged(n, "a key points to itself")
	}
	return prev, carries, nil
}

// recordsByKey iterates over the records that have a key, newest first.
type recordsByKey struct {
	source
	key  Key
	next uint64 // the newest of them, or of another key of the same hash; 0 if there is none
}

// more goes to the next record, which is then in the source's memory, and reports whether there is one.
func (c *recordsByKey) more() (bool, error) {
	for c.next != 0 {
		prev, carries, err := follow(c.source, c.key, c.next)
		if err != nil {
			return false, err
		}
		if c.next = prev; carries {
			return true, nil
		}
	}
	return false, nil
}

// entryRecord returns the record that holds the entry numbered n. The error is [journal.ErrNotFound] where there is no
// such entry yet.
func entryRecord(n uint64, s source) (*Record, error) {
	if n == 0 || n > s.last().Entry {
		return nil, journal.ErrNotFound
	}
	next, err := s.search(func(r journal.Chunk) bool { return r.Entry <= n })
	if err != nil {
		return nil, err
	}
	// The search finds the first chunk after the entry; the records before it are looked at one by one, newest first.
	for next--; ; next-- {
		r, err := s.Read(next)
		if err != nil {
			return nil, err
		}
		if r.Entry+r.Entries > n && r.Entry <= n {
			if r.Number > s.last().Record { // of a reader of before
				return nil, journal.ErrNotFound
			}
			var p codec.Record
			if err := p.Parse(r); err != nil {
				return nil, corrupt(err)
			}
			return newRecord(&p, s.names())
		}
	}
}

// Records yields the records from the one numbered from to the last durable one at the call.
func (l *Ledger) Records(ctx context.Context, from uint64) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		total := l.Stats().Records
		defer l.report("reading", total, total)
		for rec, err := range l.records(ctx, Scan{From: from, To: math.MaxUint64}, newRecord) {
			if err == nil && rec.Number%reportEvery == 0 {
				l.report("reading", rec.Number, total)
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

// reportEvery is how many records are read before it is told how far reading has come.
const reportEvery = 1024

// A Scan says which records [Ledger.Scan] is to read. The zero value reads none, as To is 0.
type Scan struct {
	From, To uint64            // the numbers of the first and the last
	Skip     func(uint64) bool // reports that a record is not wanted; nil: all are
	text     []byte            // that records must have somewhere; empty: any
}

// Scan yields the records of a stretch of the journal, up to the last durable one at the call. Each reuses the memory
// of the one before: it is valid only until the next.
func (l *Ledger) Scan(ctx context.Context, s Scan) iter.Seq2[*Record, error] {
	var rec Record
	return l.records(ctx, s, func(p *codec.Record, n names) (*Record, error) { return &rec, rec.fill(p, n) })
}

// records yields records of a stretch as record makes them. Names are those of the view at the beginning, which has
// all that these records use.
func (l *Ledger) records(ctx context.Context, s Scan,
	record func(*codec.Record, names) (*Record, error)) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		v, err := l.newView()
		if err != nil {
			yield(nil, err)
			return
		}
		from, to := max(s.From, 1), min(s.To, v.head.Record)
		block, err := v.block(from)
		v.close()
		if err != nil || from > to {
			if err != nil {
				yield(nil, err)
			}
			return
		}
		var p codec.Record
		for b, err := range l.journal.Blocks(ctx, block) {
			if err != nil {
				if l.enter() != nil { // closed between two of its blocks
					err = ErrClosed
				} else {
					l.readers.Done()
				}
				yield(nil, corrupt(err))
				return
			}
			for i := range b.Len() {
				r := b.Record(i)
				if r.Number < from || r.Number > to || s.Skip != nil && s.Skip(r.Number) ||
					!bytes.Contains(r.Payload, s.text) {
					continue
				}
				var rec *Record
				err := corrupt(p.Parse(r))
				if err == nil {
					rec, err = record(&p, v.symbols)
				}
				if err == nil {
					rec.Block, rec.BlockHash = b.Number, journal.Hash{}
					if i == b.Len()-1 {
						rec.BlockHash = b.Hash
					}
				}
				if !yield(rec, err) || err != nil {
					return
				}
			}
			if b.Head().Record >= to {
				return
			}
		}
	}
}

// block returns the number of the block that holds a record. Only chunks have it, so it is the greatest among those
// that a search for the record comes by.
func (v *view) block(record uint64) (block uint64, err error) {
	_, err = v.search(func(c journal.Chunk) bool {
		if c.Record <= record {
			block = max(block, c.Block)
			return true
		}
		return false
	})
	return block, err
}

// Contains reports whether the journal still has a block that somebody noted: if so, these are the same books,
// and nothing up to that block was lost or changed. It reads only that block; [Ledger.Verify] proves that all
// others belong to it. Block 0 stands for the beginning; its hash comes from the identity.
func (l *Ledger) Contains(ctx context.Context, noted journal.BlockID) (bool, error) {
	ctx, done, err := l.reading(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	if noted.Number == 0 {
		return noted.Hash == journal.Genesis(l.journal.ID()), nil
	}
	b, err := l.block(ctx, noted.Number)
	return err == nil && b != nil && b.ID() == noted, corrupt(err)
}

// Accounts yields all accounts in the order in which they were opened.
func (l *Ledger) Accounts() iter.Seq[accounts.Account] {
	return func(yield func(accounts.Account) bool) {
		l.mu.RLock()
		list := l.shown.names.accounts
		l.mu.RUnlock()
		for _, a := range list {
			l.mu.RLock()
			p := a.seen()
			l.mu.RUnlock()
			if !yield(p) {
				return
			}
		}
	}
}

// known finds an account that readers may see: one whose opening is durable. Any other is UnknownAccount.
func (l *Ledger) known(id accounts.ID) (*account, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if a := l.state.find(id); a != nil && a.shown {
		return a, nil
	}
	return nil, unknownAccount(id)
}

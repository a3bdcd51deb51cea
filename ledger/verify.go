package ledger

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A Verification is what [Ledger.Verify] has looked at and found.
type Verification struct {
	ID                                                 uuid.UUID // of the ledger
	Blocks, Records, Entries, Postings, Keys, Accounts uint64
	// Head is the last block. Its hash stands for all of history.
	Head   journal.BlockID
	Damage []Damage // empty where all is well
}

// Damage is one place where the files differ from what the journal says, or that cannot be read.
type Damage struct {
	Place string `json:"place"` // "journal record 812 (block 40)", "account seller:7, available EUR", "index keys-…"
	What  string `json:"what"`
}

// Verify derives everything anew from the journal and compares it with what is kept. It checks the pages of the
// file, checksums, numbers, the chain of hashes, and that every entry sums to zero; each account's chain and
// the balance kept with each posting; the balances that readers are shown, the newest checkpoint, the daily totals,
// and the key index.
//
// Differences are named in the result's Damage; the error only says that the verification could not be done. It
// covers all that was durable when it began. Writers may go on meanwhile.
func (l *Ledger) Verify(ctx context.Context, progress func(Progress)) (Verification, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	ctx, done, err := l.reading(ctx)
	if err != nil {
		return Verification{}, err
	}
	defer done()
	// Files must stay while they are read, and the checkpoint that is compared should be the newest.
	l.indexer.pause()
	defer l.indexer.resume()
	v := &verifier{ledger: l, state: newState()}
	v.look()
	v.found.Damage = append(v.found.Damage, l.damages()...)
	if err := l.journal.Check(ctx); ctx.Err() == nil {
		v.note("pages of the file", err)
	}
	v.loadCheckpoint()
	v.lookAtTotals()
	if v.replay(ctx, progress) {
		v.balances()
		v.missing()
		if err := errors.Join(v.keys(ctx), v.dailyTotals(ctx)); err != nil && ctx.Err() == nil {
			return v.found, err
		}
	}
	v.found.ID, v.found.Head = l.ID(), journal.BlockID{Number: v.shown.head.Block, Hash: v.shown.head.Hash}
	v.found.Accounts = uint64(len(v.state.accounts))
	return v.found, context.Cause(ctx)
}

// A verifier is one verification. It derives a state of its own from the journal and compares with it what the ledger
// holds besides: what readers are shown, the checkpoints and the keys. It goes on after a difference where it can,
// so that one run names as many as there are.
type verifier struct {
	ledger *Ledger
	state  *state // derived anew
	ranges []index.KeyRange
	hashes []uint64 // of the record being counted
	found  Verification

	// What the ledger holds besides the journal, as of one durable block.
	shown    shown
	accounts []accountEnd
	recent   map[uint64]uint64 // keys in memory
	covered  uint64            // record up to which the runs have the keys

	totals  []totalsCheck // of files whose stretch is not read yet, newest first
	counted []totalsCheck // of those that are
	booked  *bookedReader

	checkpoint *state // that the checkpoints make; nil if there is none, or none that can be read
	name       string // of the newest checkpoint
}

// look copies what readers are shown. No block is shown meanwhile, so that all of it is as of one block.
func (v *verifier) look() {
	l := v.ledger
	l.showing.Lock()
	defer l.showing.Unlock()
	l.mu.RLock()
	defer l.mu.RUnlock()
	v.shown, v.accounts = l.shown, endsOf(l.shown.names.accounts)
	v.recent, v.covered = l.index.Recent()
}

// note adds a difference to those found; no error is none. An error of the journal names its own place, which is more
// exact than the one given.
func (v *verifier) note(place string, err error) {
	if err == nil {
		return
	}
	if d, ok := errors.AsType[*journal.DamageError](err); ok {
		if d.Record != 0 {
			place = fmt.Sprintf("journal record %d", d.Record)
		} else if d.Block != 0 {
			place = fmt.Sprintf("journal block %d", d.Block)
		}
		err = errors.New(d.What)
	}
	v.found.Damage = append(v.found.Damage, Damage{place, err.Error()})
}

// replay derives the state anew, and the sums by which the key index is compared. It reports whether it came to
// the end.
func (v *verifier) replay(ctx context.Context, progress func(Progress)) bool {
	l, end := v.ledger, v.shown.head
	v.ranges = l.index.Ranges(v.covered)
	var p codec.Record
	for b, err := range l.journal.Blocks(ctx, 1) {
		if err != nil {
			if ctx.Err() == nil {
				v.note("journal", err)
			}
			return false
		}
		// Blocks that were appended since the verification began are not part of it.
		if b.Number > end.Block {
			break
		}
		records := v.found.Records
		err = v.state.apply(b, &p, func(p *codec.Record) {
			v.count(p)
			v.countTotals(p)
			v.compare(p)
		})
		// Nothing is shown of this state, so the list of what changed is only kept from growing.
		v.state.applied = v.state.applied[:0]
		if err != nil {
			place := fmt.Sprintf("journal record %d", b.First+v.found.Records-records)
			if e, ok := errors.AsType[*Error](err); ok {
				err = errors.New(e.Message)
			}
			v.note(place, err)
			return false
		}
		v.found.Blocks++
		progress(Progress{"verifying", v.found.Records, end.Record})
		if b.Number == end.Block {
			if b.Head() != end {
				v.note("journal", fmt.Errorf("its last block ends with record %d and entry %d; "+
					"expected %d and %d, and the hash that readers were shown",
					b.Head().Record, b.Head().Entry, end.Record, end.Entry))
			}
			break
		}
	}
	if v.found.Records != end.Record {
		v.note("journal", fmt.Errorf("it has %d records, expected %d", v.found.Records, end.Record))
		return false
	}
	return true
}

// count counts what a record has, and notes its keys in the range of the index that should hold them.
func (v *verifier) count(p *codec.Record) {
	v.found.Records++
	v.found.Entries += uint64(len(p.Entries))
	v.found.Postings += uint64(len(p.Postings))
	v.hashes = v.hashes[:0]
	for i := range p.Keys {
		k := &p.Keys[i]
		v.found.Keys++
		hash := p.HashKey(k)
		if slices.Contains(v.hashes, hash) {
			continue // a key given twice stands once in the index
		}
		v.hashes = append(v.hashes, hash)
		for i := range v.ranges {
			v.ranges[i].Take(hash, p.Number, k.Prev)
		}
	}
}

// balances compares what readers are shown with the state derived anew: the accounts, the symbols and assets, and each
// sub-balance.
func (v *verifier) balances() {
	if len(v.state.accounts) != len(v.accounts) {
		v.note("accounts", fmt.Errorf("the journal opens %d accounts, the ledger has %d",
			len(v.state.accounts), len(v.accounts)))
		return
	}
	symbols, assets := v.shown.names.symbols, v.shown.table.Assets()
	if !slices.Equal(v.state.symbols.List, symbols) || !slices.Equal(v.state.table.Assets(), assets) {
		v.note("vocabulary", fmt.Errorf("the journal has the words %q and the assets %v, the ledger has %q and %v",
			v.state.symbols.List, v.state.table.Assets(), symbols, assets))
	}
	// Entries sum to zero, so all accounts do; a state for which that is not so was derived wrongly.
	sums := make(map[uint16]money.Int)
	for i, want := range v.state.accounts {
		public, have := want.public(want.status, want.details), &v.accounts[i]
		if !sameAccount(public, have.public) {
			v.note("account "+string(public.ID),
				fmt.Errorf("the journal says %+v, the ledger has %+v", public, have.public))
		}
		v.subBalances(want, have.heads)
		for c := want.subBalances; c != nil; c = c.next {
			sums[c.currency] = sums[c.currency].Add(c.balance)
		}
	}
	for word, sum := range sums {
		if !sum.IsZero() {
			v.note("all accounts in "+v.state.symbols.List[word], fmt.Errorf("they sum to %s, expected 0", sum))
		}
	}
}

// subBalances compares what readers are shown of an account's cells with those derived anew.
func (v *verifier) subBalances(want *account, have []chainEnd) {
	for c := want.subBalances; c != nil; c = c.next {
		place := fmt.Sprintf("account %s, %s %s", want.id, c.sub, v.state.symbols.List[c.currency])
		var shown chainEnd
		if i := slices.IndexFunc(have,
			func(s chainEnd) bool { return s.subBalance.currency == c.currency && s.subBalance.sub == c.sub }); i >= 0 {
			shown = have[i]
		}
		if !shown.balance.Equal(c.balance) {
			v.note(place, fmt.Errorf("the balance is %s by the journal, %s is kept (minor units, debits positive)",
				c.balance, shown.balance))
		}
		if shown.head != c.head() {
			v.note(place, fmt.Errorf("the newest posting is in record %d by the journal, record %d is kept",
				c.head().Record(), shown.head.Record()))
		}
	}
	for _, s := range have {
		if want.subBalance(s.subBalance.currency, s.subBalance.sub) == nil {
			v.note("account "+string(want.id),
				fmt.Errorf("a balance of %s is kept that the journal does not have", s.balance))
		}
	}
}

// sameAccount compares all that is kept with two accounts but for their balances; amounts by value, as two equal ones
// may differ in form.
func sameAccount(a, b accounts.Account) bool {
	if a.ID != b.ID || a.Kind != b.Kind || a.Status != b.Status || a.Holder != b.Holder ||
		!maps.Equal(a.Metadata, b.Metadata) || len(a.Overdraft) != len(b.Overdraft) {
		return false
	}
	for i := range a.Overdraft {
		if !a.Overdraft[i].Equal(b.Overdraft[i]) {
			return false
		}
	}
	return true
}

// keys compares the runs and the keys in memory with the sums taken from the journal. The error says that it could not
// be done; a range that does not fit is a difference.
func (v *verifier) keys(ctx context.Context) error {
	for i := range v.ranges {
		r := &v.ranges[i]
		fits, err := r.Fits(v.recent)
		if err != nil {
			v.note(r.Place(), err)
		} else if !fits {
			if err := v.locate(ctx, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// locate names the first record that a range of keys does not have as it should.
func (v *verifier) locate(ctx context.Context, r *index.KeyRange) error {
	// The sums only say that the range is wrong. To name a record, its part of the journal is read once more,
	// and the newest record of each key is compared with what the range has.
	want := make(map[uint64]uint64)
	names := make(map[uint64]string)
	var p codec.Record
	for b, err := range v.ledger.journal.Blocks(ctx, 1) {
		if err != nil {
			return corrupt(err)
		}
		for i := range b.Len() {
			rec := b.Record(i)
			if rec.Number < r.First || rec.Number > min(r.Last, v.shown.head.Record) {
				continue
			}
			if err := p.Parse(rec); err != nil {
				return corrupt(err)
			}
			for i := range p.Keys {
				k := &p.Keys[i]
				hash := p.HashKey(k)
				if before := want[hash]; before != rec.Number &&
					before != k.Prev && (before != 0 || k.Prev >= r.First) {
					v.note(fmt.Sprintf("journal record %d", rec.Number),
						fmt.Errorf("its key %q points back to record %d, expected record %d",
							p.String(k.Name), k.Prev, before))
					return nil
				}
				want[hash], names[hash] = rec.Number, p.String(k.Name)
			}
		}
	}
	for hash, record := range want {
		have, err := r.Get(hash, v.recent)
		if err != nil {
			return err
		}
		if have != record {
			v.note(r.Place(), fmt.Errorf("key %q leads to record %d, expected record %d", names[hash], have, record))
			return nil
		}
	}
	v.note(r.Place(), fmt.Errorf("it has keys that the journal's records %d to %d do not have, "+
		"or keys that point to other records than the journal's order says", r.First, r.Last))
	return nil
}

// loadCheckpoint makes the state that the checkpoints have, to be compared with the replayed state record by record.
func (v *verifier) loadCheckpoint() {
	x := v.ledger.index // the indexer pauses
	if len(x.Manifest.Checkpoints) == 0 {
		return
	}
	s, end, err := loadState(x)
	if err != nil {
		v.note("index checkpoint", err)
		return
	}
	v.name = x.Manifest.Checkpoints[0].Name
	if err := v.ledger.anchored(end.End); err != nil {
		v.note("index "+v.name, err)
		return
	}
	v.checkpoint = s
}

// compare compares the sub-balances that the checkpoint has as they are after a record. A checkpoint has each account
// as it was at a moment of its own, so each sub-balance is compared when the replay comes to the newest posting that
// the checkpoint has of it.
func (v *verifier) compare(p *codec.Record) {
	if v.checkpoint == nil {
		return
	}
	for i := range p.Postings {
		q := &p.Postings[i]
		if q.Account >= uint64(len(v.checkpoint.accounts)) {
			continue
		}
		kept := v.checkpoint.accounts[q.Account].subBalance(uint16(q.Currency), Sub(q.Sub))
		if kept == nil || kept.head() != codec.At(p.Number, i) {
			continue
		}
		// The mark says that the journal came by the newest posting that the checkpoint has of it; see missing.
		kept.touched = true
		want := v.state.accounts[q.Account].subBalance(kept.currency, kept.sub)
		switch {
		case !kept.balance.Equal(want.balance):
			v.note(v.keptPlace(kept),
				fmt.Errorf("its balance is %s by the journal, the checkpoint says %s (minor units, debits positive)",
					want.balance, kept.balance))
		case kept.latest != want.latest || !slices.Equal(kept.skips, want.skips):
			v.note(v.keptPlace(kept), errors.New("the pointers to its history are not those that the journal makes"))
		}
	}
}

// missing notes the sub-balances of the checkpoint that the journal never came by: their newest posting is said to
// stand where there is another, or none.
func (v *verifier) missing() {
	if v.checkpoint == nil {
		return
	}
	for _, a := range v.checkpoint.accounts {
		for c := a.subBalances; c != nil; c = c.next {
			if c.head() != 0 && !c.touched {
				v.note(v.keptPlace(c),
					fmt.Errorf("its newest posting is said to be in record %d, which has another there",
						c.head().Record()))
			}
		}
	}
}

// keptPlace names a sub-balance of the newest checkpoint for people.
func (v *verifier) keptPlace(c *subBalance) string {
	return fmt.Sprintf("index %s, account %s, %s %s", v.name, c.owner.id, c.sub, v.checkpoint.symbols.List[c.currency])
}

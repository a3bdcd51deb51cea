package ledger

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A Verification is what [Ledger.Verify] has looked at and found.
type Verification struct {
	ID                                                 uuid.UUID // of the ledger
	Blocks, Records, Entries, Postings, Keys, Accounts uint64
	HeadBlock                                          uint64       // number of the last block
	Head                                               journal.Hash // of the last block: it stands for all of history
	Damage                                             []Damage     // empty where all is well
}

// HeadID returns the number and the hash of the last block.
func (v *Verification) HeadID() journal.BlockID {
	return journal.BlockID{Number: v.HeadBlock, Hash: v.Head}
}

// Damage is one difference between what is kept and what the journal says, or one place that cannot be read.
type Damage struct {
	Place string `json:"place"` // "journal record 812 (block 40)", "account seller:7, available EUR", "index keys-…"
	What  string `json:"what"`
}

// Verify derives everything anew from the journal and compares: the pages of the file, checksums, numbers and the
// chain of hashes, that every entry sums to zero, each account's chain and the balance kept with each posting, the balances
// that readers are shown, the newest checkpoint, and the key index. What differs is named in the result's Damage; the error
// says only that the verification could not be done. It covers all that was durable when it began; writers may go on.
func (l *Ledger) Verify(ctx context.Context, progress func(Progress)) (Verification, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	ctx, done, err := l.reading(ctx)
	if err != nil {
		return Verification{}, err
	}
	defer done()
	l.keeper.pause()
	defer l.keeper.resume()
	v := &verifier{ledger: l, state: newState(), facts: l.facts()}
	v.found.Damage = append(v.found.Damage, l.damages()...)
	if err := l.journal.Check(ctx); ctx.Err() == nil {
		v.note("pages of the file", err)
	}
	v.loadCheckpoint()
	if v.replay(ctx, progress) {
		v.balances()
		v.checkpoint.missing(v)
		if err := v.keys(ctx); err != nil && ctx.Err() == nil {
			return v.found, err
		}
	}
	v.found.ID, v.found.HeadBlock, v.found.Head = l.ID(), v.facts.head.Block, v.facts.head.Hash
	v.found.Accounts = uint64(len(v.state.accounts))
	return v.found, context.Cause(ctx)
}

// A verifier is one verification.
type verifier struct {
	ledger *Ledger
	state  *state // derived anew
	facts  facts
	ranges []keyRange
	hashes []uint64 // of the record being counted
	found  Verification

	checkpoint *keptState // nil if there is none, or none that can be read
}

// facts is what the ledger holds besides the journal, as of one durable block.
type facts struct {
	head     journal.Head
	accounts []accounts.Account
	cells    [][]shownCell // by account
	words    []string
	assets   []money.Asset
	recent   map[uint64]uint64 // keys in memory
	covered  uint64            // record up to which the runs have the keys
}

// facts copies what readers are shown. No block is shown meanwhile.
func (l *Ledger) facts() facts {
	l.showing.Lock()
	defer l.showing.Unlock()
	l.mu.RLock()
	defer l.mu.RUnlock()
	f := facts{head: l.shown.head, words: l.shown.names.symbols, assets: l.shown.table.Assets(), recent: make(map[uint64]uint64), covered: l.keeper.coverage()}
	for _, a := range l.shown.names.accounts {
		var cells []shownCell
		for c := a.cells; c != nil; c = c.next {
			cells = append(cells, shownCell{c, c.shownBalance, c.shownHead})
		}
		f.accounts, f.cells = append(f.accounts, a.seen()), append(f.cells, cells)
	}
	l.keys.mu.Lock()
	defer l.keys.mu.Unlock()
	for k := range l.keys.recent() {
		if k.record > f.covered {
			f.recent[k.hash] = k.record
		}
	}
	return f
}

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

// replay derives the state anew, and the sums by which the key index is compared. It reports whether it came to the end.
func (v *verifier) replay(ctx context.Context, progress func(Progress)) bool {
	l, end := v.ledger, v.facts.head
	v.ranges = l.keyRanges(v.facts.covered)
	var p codec.Record
	for b, err := range l.journal.Blocks(ctx, 1) {
		if err != nil {
			if ctx.Err() == nil {
				v.note("journal", err)
			}
			return false
		}
		if b.Number > end.Block {
			break
		}
		records := v.found.Records
		err = v.state.apply(b, &p, func(p *codec.Record) {
			v.count(p)
			v.checkpoint.compare(v, p)
		})
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
				v.note("journal", fmt.Errorf("its last block ends with record %d and entry %d; expected %d and %d, and the hash that readers were shown",
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
			v.ranges[i].take(hash, p.Number, k.Prev)
		}
	}
}

// balances compares what readers are shown with the state derived anew.
func (v *verifier) balances() {
	if len(v.state.accounts) != len(v.facts.accounts) {
		v.note("accounts", fmt.Errorf("the journal opens %d accounts, the ledger has %d", len(v.state.accounts), len(v.facts.accounts)))
		return
	}
	if !slices.Equal(v.state.symbols.List, v.facts.words) || !slices.Equal(v.state.table.Assets(), v.facts.assets) {
		v.note("vocabulary", fmt.Errorf("the journal has the words %q and the assets %v, the ledger has %q and %v", v.state.symbols.List, v.state.table.Assets(), v.facts.words, v.facts.assets))
	}
	sums := make(map[uint16]money.Int)
	for i, want := range v.state.accounts {
		public := want.public(want.status, want.details)
		if !sameAccount(public, v.facts.accounts[i]) {
			v.note("account "+string(public.ID), fmt.Errorf("the journal says %+v, the ledger has %+v", public, v.facts.accounts[i]))
		}
		v.cells(want, v.facts.cells[i])
		for c := want.cells; c != nil; c = c.next {
			sums[c.currency] = sums[c.currency].Add(c.balance)
		}
	}
	for word, sum := range sums {
		if !sum.IsZero() {
			v.note("all accounts in "+v.state.symbols.List[word], fmt.Errorf("they sum to %s, expected 0", sum))
		}
	}
}

// cells compares what readers are shown of an account's cells with those derived anew.
func (v *verifier) cells(want *account, have []shownCell) {
	for c := want.cells; c != nil; c = c.next {
		place := fmt.Sprintf("account %s, %s %s", want.id, c.sub, v.state.symbols.List[c.currency])
		var shown shownCell
		if i := slices.IndexFunc(have, func(s shownCell) bool { return s.cell.currency == c.currency && s.cell.sub == c.sub }); i >= 0 {
			shown = have[i]
		}
		if !shown.balance.Equal(c.balance) {
			v.note(place, fmt.Errorf("the balance is %s by the journal, %s is kept (minor units, debits positive)", c.balance, shown.balance))
		}
		if shown.head != c.head() {
			v.note(place, fmt.Errorf("the newest posting is in record %d by the journal, record %d is kept", c.head().Record(), shown.head.Record()))
		}
	}
	for _, s := range have {
		if s.head != 0 && want.cell(s.cell.currency, s.cell.sub) == nil {
			v.note("account "+string(want.id), fmt.Errorf("a balance of %s is kept that the journal does not have", s.balance))
		}
	}
}

func sameAccount(a, b accounts.Account) bool {
	if a.ID != b.ID || a.Kind != b.Kind || a.Status != b.Status || a.Holder != b.Holder || !maps.Equal(a.Metadata, b.Metadata) || len(a.Overdraft) != len(b.Overdraft) {
		return false
	}
	for i := range a.Overdraft {
		if !a.Overdraft[i].Equal(b.Overdraft[i]) {
			return false
		}
	}
	return true
}

// A keyRange is a run, or the keys in memory, with a sum over what it should hold: for each hash of the records
// it covers, the newest record that has it. An older occurrence is known by the newer one's pointer to it.
type keyRange struct {
	run         *run // nil for the keys in memory
	first, last uint64
	sum         fingerprint
}

// A fingerprint is a sum of mixed pairs of hash and record, in any order.
type fingerprint struct {
	mixed uint64
	count int64
}

func (f *fingerprint) add(hash, record uint64) {
	f.mixed += mix(hash, record)
	f.count++
}

func mix(hash, record uint64) uint64 {
	x := hash ^ record*0x9E3779B97F4A7C15
	x = (x ^ x>>31) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

func (r *keyRange) take(hash, record, prev uint64) {
	if record < r.first || record > r.last {
		return
	}
	r.sum.add(hash, record)
	if prev >= r.first {
		r.sum.mixed -= mix(hash, prev)
		r.sum.count--
	}
}

// keyRanges returns the runs there are and what lies behind them.
func (l *Ledger) keyRanges(covered uint64) (list []keyRange) {
	for _, r := range l.keys.snapshot() {
		list = append(list, keyRange{run: r, first: r.first, last: r.end.Record})
	}
	return append(list, keyRange{first: covered + 1, last: ^uint64(0)})
}

// keys compares the runs and the keys in memory with the sums taken from the journal.
func (v *verifier) keys(ctx context.Context) error {
	for _, r := range v.ranges {
		place, held := "keys in memory", fingerprint{}
		if r.run == nil {
			for hash, record := range v.facts.recent {
				held.add(hash, record)
			}
		} else {
			place = "index " + filepath.Base(r.run.path)
			last, some, broken := uint64(0), false, false
			for e, err := range r.run.All() {
				if err != nil {
					v.note(place, err)
					broken = true
					break
				}
				k := keyedOf(e)
				if some && k.hash <= last {
					v.note(place, errors.New("its keys are not in order"))
					broken = true
					break
				}
				if !r.run.MayHave(e) {
					v.note(place, fmt.Errorf("its filter hides the key that leads to record %d", k.record))
					broken = true
					break
				}
				some, last = true, k.hash
				held.add(k.hash, k.record)
			}
			if broken {
				continue
			}
		}
		if held == r.sum {
			continue
		}
		if err := v.locate(ctx, place, r); err != nil {
			return err
		}
	}
	return nil
}

// locate names the first record that a range of keys does not have as it should.
func (v *verifier) locate(ctx context.Context, place string, r keyRange) error {
	want := make(map[uint64]uint64)
	names := make(map[uint64]string)
	var p codec.Record
	for b, err := range v.ledger.journal.Blocks(ctx, 1) {
		if err != nil {
			return corrupt(err)
		}
		for i := range b.Len() {
			rec := b.Record(i)
			if rec.Number < r.first || rec.Number > min(r.last, v.facts.head.Record) {
				continue
			}
			if err := p.Parse(rec); err != nil {
				return corrupt(err)
			}
			for i := range p.Keys {
				k := &p.Keys[i]
				hash := p.HashKey(k)
				if before := want[hash]; before != rec.Number && before != k.Prev && (before != 0 || k.Prev >= r.first) {
					v.note(fmt.Sprintf("journal record %d", rec.Number), fmt.Errorf("its key %q points back to record %d, expected record %d", p.String(k.Name), k.Prev, before))
					return nil
				}
				want[hash], names[hash] = rec.Number, p.String(k.Name)
			}
		}
	}
	for hash, record := range want {
		have, err := v.facts.recent[hash], error(nil)
		if r.run != nil {
			have, err = r.run.get(hash)
		}
		if err != nil {
			return err
		}
		if have != record {
			v.note(place, fmt.Errorf("key %q leads to record %d, expected record %d", names[hash], have, record))
			return nil
		}
	}
	v.note(place, fmt.Errorf("it has keys that the journal's records %d to %d do not have, or keys that point to other records than the journal's order says", r.first, r.last))
	return nil
}

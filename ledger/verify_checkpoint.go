package ledger

import (
	"errors"
	"fmt"
	"slices"

	"github.com/splitledger/splitledger/ledger/internal/codec"
)

// A keptState is the newest checkpoint with those before it, to be compared with the state that is derived anew while that passes by.
type keptState struct {
	*state
	name string
}

// loadCheckpoint reads the newest checkpoint.
func (v *verifier) loadCheckpoint() {
	m := v.ledger.keeper.manifest // the keeper pauses
	if len(m.Checkpoints) == 0 {
		return
	}
	s, end, err := readCheckpoints(v.ledger.keeper.dir, m)
	if err != nil {
		v.note("index checkpoint", err)
		return
	}
	if err := v.ledger.anchored(end.end); err != nil {
		v.note("index "+m.Checkpoints[0].Name, err)
		return
	}
	v.checkpoint = &keptState{s, m.Checkpoints[0].Name}
}

// cell returns the checkpoint's cell for a posting, nil if it has none.
func (k *keptState) cell(p *codec.Posting) *subBalance {
	if k == nil || p.Account >= uint64(len(k.accounts)) {
		return nil
	}
	return k.accounts[p.Account].cell(uint16(p.Currency), Sub(p.Sub))
}

// compare compares the cells that the checkpoint has as they are after a record.
func (k *keptState) compare(v *verifier, p *codec.Record) {
	for i := range p.Postings {
		kept := k.cell(&p.Postings[i].Posting)
		if kept == nil || kept.head() != codec.At(p.Number, i) {
			continue
		}
		kept.touched = true
		want := v.state.accounts[kept.owner.number].cell(kept.currency, kept.sub)
		switch {
		case !kept.balance.Equal(want.balance):
			v.note(k.place(kept), fmt.Errorf("its balance is %s by the journal, the checkpoint says %s (minor units, debits positive)", want.balance, kept.balance))
		case kept.latest != want.latest || !slices.Equal(kept.skips, want.skips):
			v.note(k.place(kept), errors.New("the pointers to its history are not those that the journal makes"))
		}
	}
}

// missing notes the cells that the journal never came by.
func (k *keptState) missing(v *verifier) {
	if k == nil {
		return
	}
	for _, a := range k.accounts {
		for c := a.cells; c != nil; c = c.next {
			if c.head() != 0 && !c.touched {
				v.note(k.place(c), fmt.Errorf("its newest posting is said to be in record %d, which has another there", c.head().Record()))
			}
		}
	}
}

func (k *keptState) place(c *subBalance) string {
	return fmt.Sprintf("index %s, account %s, %s %s", k.name, c.owner.id, c.sub, k.symbols.List[c.currency])
}

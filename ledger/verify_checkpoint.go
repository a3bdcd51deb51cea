package ledger

import (
	"errors"
	"fmt"
	"slices"

	"github.com/splitledger/splitledger/ledger/internal/codec"
)

// A checkpointState is the state that the checkpoints make. Verify compares it with the replayed state record by record.
type checkpointState struct {
	*state
	name string
}

// loadCheckpoint reads the newest checkpoint.
func (v *verifier) loadCheckpoint() {
	x := v.ledger.index // the keeper pauses
	if len(x.Manifest.Checkpoints) == 0 {
		return
	}
	s, end, err := loadState(x)
	if err != nil {
		v.note("index checkpoint", err)
		return
	}
	name := x.Manifest.Checkpoints[0].Name
	if err := v.ledger.anchored(end.End); err != nil {
		v.note("index "+name, err)
		return
	}
	v.checkpoint = &checkpointState{s, name}
}

// cell returns the checkpoint's cell for a posting, nil if it has none.
func (k *checkpointState) cell(p *codec.Posting) *subBalance {
	if k == nil || p.Account >= uint64(len(k.accounts)) {
		return nil
	}
	return k.accounts[p.Account].cell(uint16(p.Currency), Sub(p.Sub))
}

// compare compares the cells that the checkpoint has as they are after a record.
func (k *checkpointState) compare(v *verifier, p *codec.Record) {
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
func (k *checkpointState) missing(v *verifier) {
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

func (k *checkpointState) place(c *subBalance) string {
	return fmt.Sprintf("index %s, account %s, %s %s", k.name, c.owner.id, c.sub, k.symbols.List[c.currency])
}

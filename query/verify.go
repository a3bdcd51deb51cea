package query

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal"
)

// A Verification is what was looked at and found when a ledger was verified. Without damage,
// everything derived is as the journal says.
type Verification struct {
	OK       bool            `json:"ok"` // there is no damage
	ID       uuid.UUID       `json:"id"` // of the ledger
	Blocks   uint64          `json:"blocks"`
	Records  uint64          `json:"records"`
	Entries  uint64          `json:"entries"`
	Postings uint64          `json:"postings"`
	Keys     uint64          `json:"keys"`
	Accounts uint64          `json:"accounts"`
	Head     journal.Hash    `json:"head"`   // of the last block: it stands for all of history
	HeadID   string          `json:"headId"` // of the last block, as [journal.ParseBlockID] reads it
	Damage   []ledger.Damage `json:"damage"` // every place that is not as it should be
}

// Verified gives what verifying a ledger has found the form that it has in answers.
func Verified(v ledger.Verification) Verification {
	return Verification{
		OK: len(v.Damage) == 0, ID: v.ID, Blocks: v.Blocks,
		Records: v.Records, Entries: v.Entries, Postings: v.Postings,
		Keys: v.Keys, Accounts: v.Accounts, Head: v.Head.Hash, HeadID: v.Head.String(),
		Damage: append([]ledger.Damage{}, v.Damage...),
	}
}

// Unopened reports whether a ledger could not be opened because it is damaged, and gives that
// damage as a verification: whoever asks for one must get an answer, above all then. Other errors,
// such as a ledger in use, are no damage.
func Unopened(path string, err error) (Verification, bool) {
	damage, coded := errors.AsType[*ledger.Error](err)
	if !coded || damage.Code != ledger.Corrupt {
		return Verification{}, false
	}
	return Verified(ledger.Verification{Damage: []ledger.Damage{{Place: path, What: damage.Message}}}), true
}

// Verify derives everything anew from the journal and compares, as [ledger.Ledger.Verify] does, and
// looks whether the journal still has the blocks that were noted: somebody who knows how to write a
// ledger's file could make a journal that agrees with itself, but not one that has a hash noted
// elsewhere. Of the books it needs only the ledger: the rules may not be readable in one that is
// damaged. progress may be nil.
func (b *Books) Verify(
	ctx context.Context, noted []journal.BlockID, progress func(ledger.Progress),
) (Verification, error) {
	v, err := b.Ledger.Verify(ctx, progress)
	if err != nil {
		return Verification{}, err
	}
	for _, id := range noted {
		has, err := b.Ledger.Contains(ctx, id)
		if _, coded := errors.AsType[*ledger.Error](err); err != nil && !coded {
			return Verification{}, err
		}
		if has {
			continue
		}
		what := "is not the one that was noted: it, or something before it, is another"
		if id.Number > v.Head.Number {
			what = fmt.Sprintf("was noted, but the journal ends with block %d: the newest events are missing",
				v.Head.Number)
		}
		v.Damage = append(v.Damage, ledger.Damage{Place: fmt.Sprintf("journal block %d", id.Number), What: what})
	}
	return Verified(v), nil
}

package memjournal_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/ledger/journal/journaltest"
	"github.com/splitledger/splitledger/ledger/journal/memjournal"
)

var id = uuid.MustParse("0190a0b0-0000-7000-8000-00000000c0de")

func TestMemory(t *testing.T) {
	logs := make(map[string]*memjournal.Log)
	journaltest.Run(t, func(t *testing.T, dir string) journal.Journal {
		if logs[dir] == nil {
			logs[dir] = memjournal.New(id)
		}
		return logs[dir].Open()
	})
}

// next is a block of one record after the head of j.
func next(j journal.Journal, text string) *journal.Block {
	head := j.Head()
	b := journal.NewBlock(head, head.Time+1)
	b.Add([]byte(text), 1)
	b.Seal(head.Hash)
	return b
}

// TestOtherWriter has two journals append to one log: who comes second is told the new head, and goes on from there.
func TestOtherWriter(t *testing.T) {
	log := memjournal.New(id)
	one, other := log.Open(), log.Open()
	mine, theirs := next(one, "mine"), next(other, "theirs")
	if err := other.Append(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}
	conflict, ok := errors.AsType[*journal.ConflictError](one.Append(t.Context(), mine))
	if !ok || conflict.Head != theirs.Head() || conflict.Block != 1 {
		t.Fatalf("got %+v, want a conflict with %+v", conflict, theirs.Head())
	}
	for b, err := range one.Follow(t.Context(), 1) {
		if err != nil || b.Hash != theirs.Hash {
			t.Fatalf("read %+v, %v", b, err)
		}
		break
	}
	if err := one.Append(t.Context(), next(one, "mine")); err != nil {
		t.Error(err)
	}
	if one.Head() != other.Head() || one.Head().Block != 2 {
		t.Errorf("heads %+v and %+v", one.Head(), other.Head())
	}
}

// TestFaults meets every fault, and appends the same block again, as the contract has it.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault memjournal.Fault
		err   error
		kept  uint64 // blocks
	}{
		{"none", memjournal.Fault{}, nil, 1},
		{"full", memjournal.Fault{Full: true}, journal.ErrFull, 0},
		{"lost and kept", memjournal.Fault{Lost: true, Kept: true}, journal.ErrOutcomeUnknown, 1},
		{"lost and not kept", memjournal.Fault{Lost: true}, journal.ErrOutcomeUnknown, 0},
		{"slow", memjournal.Fault{Delay: time.Millisecond}, nil, 1},
	} {
		log := memjournal.New(id)
		j, reader := log.Open(), log.Open()
		b := next(j, tt.name)
		j.Meet(tt.fault)
		if err := j.Append(t.Context(), b); !errors.Is(err, tt.err) || reader.Head().Block != tt.kept {
			t.Errorf("%s: %v and %d blocks, want %v and %d", tt.name, err, reader.Head().Block, tt.err, tt.kept)
		}
		if err := j.Append(t.Context(), b); err != nil || reader.Head() != b.Head() {
			t.Errorf("%s: again: %v, the head is %+v", tt.name, err, reader.Head())
		}
	}

	log := memjournal.New(id)
	j := log.Open()
	mine := next(j, "mine")
	j.Meet(memjournal.Fault{Lost: true})
	if err := j.Append(t.Context(), mine); !errors.Is(err, journal.ErrOutcomeUnknown) {
		t.Fatal(err)
	}
	if err := log.Open().Append(t.Context(), next(j, "theirs")); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(t.Context(), mine); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("not kept, and another has its place: %v", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	j.Meet(memjournal.Fault{Delay: time.Hour})
	if err := j.Append(ctx, next(j, "late")); !errors.Is(err, journal.ErrOutcomeUnknown) || !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(t.Context(), next(j, "closed")); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

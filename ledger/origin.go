package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/splitledger/splitledger/internal/lsm"
	"github.com/splitledger/splitledger/ledger/journal"
)

// An origin says what a file of the index was made of: which ledger, and which stretch of its journal. It stands in
// the header of each file: ledger[16] first[8] block[8] record[8] entry[8] time[8] hash[32].
type origin struct {
	ledger [16]byte
	first  uint64       // record
	end    journal.Head // of the last block of the stretch
}

func (o *origin) owner() (w lsm.Owner) {
	b := append(w[:0], o.ledger[:]...)
	for _, v := range []uint64{o.first, o.end.Block, o.end.Record, o.end.Entry, uint64(o.end.Time)} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	copy(w[len(b):], o.end.Hash[:])
	return w
}

func originOf(w lsm.Owner) (o origin) {
	at := copy(o.ledger[:], w[:])
	var numbers [5]uint64
	for i := range numbers {
		numbers[i] = binary.LittleEndian.Uint64(w[at:])
		at += 8
	}
	o.first = numbers[0]
	o.end = journal.Head{Block: numbers[1], Record: numbers[2], Entry: numbers[3], Time: int64(numbers[4])}
	o.end.Hash = journal.Hash(w[at:])
	return o
}

// identity returns which ledger this is, or zeros where that is not known: a file of before, with no block.
func (l *Ledger) identity() [16]byte { return l.journal.ID() }

// sameLedger reports whether a file is of the ledger with the given identity, as far as that is known.
func sameLedger(of, identity [16]byte) bool { return of == identity || identity == [16]byte{} }

// createIndexFile makes a file of the index for its owner alone. What stands under the name is the remains of work
// that was cut off.
func createIndexFile(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

// readOrigin returns the origin that the header of a file says.
func readOrigin(path string) (o origin, err error) {
	f, err := os.Open(path)
	if err != nil {
		return o, err
	}
	defer f.Close()
	var b [lsm.HeaderSize]byte
	if _, err := f.ReadAt(b[:], 0); err != nil {
		return o, err
	}
	for _, kind := range []string{checkpointKind, runKind} {
		if h, err := lsm.DecodeHeader(b[:], kind); err == nil {
			return originOf(h.Owner), nil
		}
	}
	return o, fmt.Errorf("%s has no header of an index file", path)
}

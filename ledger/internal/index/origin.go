package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/splitledger/splitledger/internal/lsm"
	"github.com/splitledger/splitledger/ledger/internal/daily"
	"github.com/splitledger/splitledger/ledger/journal"
)

// An Origin says what a file of the index was made of: which ledger, and which stretch of its journal. It stands in
// the header of each file: ledger[16] first[8] block[8] record[8] entry[8] time[8] hash[32].
type Origin struct {
	Ledger [16]byte
	First  uint64       // record
	End    journal.Head // of the last block of the stretch
}

// owner makes what the header of a file holds. By it a file that was put in the place of another is found out.
func (o *Origin) owner() (w lsm.Owner) {
	b := append(w[:0], o.Ledger[:]...)
	for _, v := range []uint64{o.First, o.End.Block, o.End.Record, o.End.Entry, uint64(o.End.Time)} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	copy(w[len(b):], o.End.Hash[:])
	return w
}

// originOf reads what owner made. Whether the ledger and the hash are those of this journal is for the caller to say.
func originOf(w lsm.Owner) (o Origin) {
	at := copy(o.Ledger[:], w[:])
	var numbers [5]uint64
	for i := range numbers {
		numbers[i] = binary.LittleEndian.Uint64(w[at:])
		at += 8
	}
	o.First = numbers[0]
	o.End = journal.Head{Block: numbers[1], Record: numbers[2], Entry: numbers[3], Time: int64(numbers[4])}
	o.End.Hash = journal.Hash(w[at:])
	return o
}

// isOf reports whether a file is of the ledger with the given identity, as far as that is known: it is zero for a file
// of before, with no block.
func (o *Origin) isOf(identity [16]byte) bool { return o.Ledger == identity || identity == [16]byte{} }

// createFile makes a file of the index for its owner alone. What stands under the name is the remains of work that was
// cut off.
func createFile(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

// ReadOrigin returns the origin that the header of a file of the index says. It believes the header: what
// is derived from it is compared with the journal.
func ReadOrigin(path string) (o Origin, err error) {
	f, err := os.Open(path)
	if err != nil {
		return o, err
	}
	defer f.Close()
	var b [lsm.HeaderSize]byte
	if _, err := f.ReadAt(b[:], 0); err != nil {
		return o, err
	}
	for _, kind := range []string{checkpointKind, runKind, daily.Kind} {
		if h, err := lsm.DecodeHeader(b[:], kind); err == nil {
			return originOf(h.Owner), nil
		}
	}
	return o, fmt.Errorf("%s has no header of an index file", path)
}

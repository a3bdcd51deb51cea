package journal

import (
	"crypto/sha256"
	"fmt"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"
)

// genesisPrefix keeps the hash of an identity apart from every other use of SHA-256 here.
const genesisPrefix = "splitledger journal "

// Genesis returns the hash that block 1 of a journal with this identity follows, so that the chain of hashes begins
// with the identity. It is zero for uuid.Nil: block 1 of files that were made with format 1 follows nothing.
func Genesis(id uuid.UUID) Hash {
	if id == uuid.Nil {
		return Hash{}
	}
	return sha256.Sum256(append([]byte(genesisPrefix), id[:]...))
}

// derivedNamespace is where the identities of files are that were made with format 1.
var derivedNamespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/splitledger/splitledger/ledger"))

// derivedID returns the identity of a file that was made with format 1: it has none written down, but its first block is its own.
func derivedID(first Hash) uuid.UUID { return uuid.NewSHA1(derivedNamespace, first[:]) }

// storedID reads the identity of the file at path.
func storedID(path string, meta *bbolt.Bucket) (id uuid.UUID, err error) {
	v := meta.Get(idKey)
	if len(v) != len(id) || uuid.UUID(v) == uuid.Nil {
		return id, &DamageError{What: fmt.Sprintf("%s: the identity of the ledger is damaged: it is %x", path, v)}
	}
	return uuid.UUID(v), nil
}

// firstHash returns the hash of block 1, and false if there is none.
func firstHash(blocks *bbolt.Bucket) (Hash, bool, error) {
	cursor := blocks.Cursor()
	for key, value := cursor.First(); key != nil; key, value = cursor.Next() {
		c, err := decodeChunk(key, value)
		if err != nil {
			return Hash{}, false, err
		}
		if c.Block != 1 {
			return Hash{}, false, &DamageError{
				Block: 1, What: fmt.Sprintf("is missing or cut short; block %d stands in its place", c.Block),
			}
		}
		if c.flags&blockEnds != 0 {
			return c.hash, true, nil
		}
	}
	return Hash{}, false, nil
}

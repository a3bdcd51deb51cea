package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/splitledger/splitledger/money"
)

// A forged chunk is a value of the journal bucket taken apart, so that it can be changed with all its checksums put
// right, as one would who knows the format. It is written from the description of the format, not with the ledger's code.
type forgedChunk struct {
	first, block, time, entry uint64
	begins, ends              bool
	last                      uint64 // entry, if it ends a block
	hash                      []byte
	records                   []forgedRecord
}

type forgedRecord struct {
	entries uint64
	sum     uint32
	payload []byte
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func uvarint(b []byte) (uint64, []byte) {
	v, n := binary.Uvarint(b)
	return v, b[n:]
}

func takeApart(key, value []byte) (c forgedChunk) {
	c.first, c.begins, c.ends = binary.BigEndian.Uint64(key), value[0]&1 != 0, value[0]&2 != 0
	rest := value[1:]
	c.block, rest = uvarint(rest)
	c.time, rest = uvarint(rest)
	c.entry, rest = uvarint(rest)
	if c.ends {
		c.last, rest = uvarint(rest)
		c.hash, rest = bytes.Clone(rest[:32]), rest[32:]
	}
	for len(rest) > 0 {
		var r forgedRecord
		var size uint64
		size, rest = uvarint(rest)
		r.entries, rest = uvarint(rest)
		r.sum, r.payload, rest = binary.LittleEndian.Uint32(rest), bytes.Clone(rest[4:4+size]), rest[4+size:]
		c.records = append(c.records, r)
	}
	return c
}

func (c *forgedChunk) frames() (b []byte) {
	for _, r := range c.records {
		b = binary.AppendUvarint(b, uint64(len(r.payload)))
		b = binary.AppendUvarint(b, r.entries)
		b = binary.LittleEndian.AppendUint32(b, r.sum)
		b = append(b, r.payload...)
	}
	return b
}

func (c *forgedChunk) value() []byte {
	b := []byte{0}
	if c.begins {
		b[0] |= 1
	}
	if c.ends {
		b[0] |= 2
	}
	for _, v := range []uint64{c.block, c.time, c.entry} {
		b = binary.AppendUvarint(b, v)
	}
	if c.ends {
		b = binary.AppendUvarint(b, c.last)
		b = append(b, c.hash...)
	}
	return append(b, c.frames()...)
}

// A forgery is the whole journal in memory.
type forgery struct {
	id     []byte // of the ledger
	chunks []forgedChunk
}

// record returns the record of a number.
func (f *forgery) record(n uint64) *forgedRecord {
	for i := range f.chunks {
		if c := &f.chunks[i]; n >= c.first && n < c.first+uint64(len(c.records)) {
			return &c.records[n-c.first]
		}
	}
	panic(n)
}

// sums puts right the checksums of all records.
func (f *forgery) sums() {
	for _, c := range f.chunks {
		for i := range c.records {
			r := &c.records[i]
			var place [24]byte
			binary.LittleEndian.PutUint64(place[:], c.first+uint64(i))
			binary.LittleEndian.PutUint64(place[8:], c.time)
			binary.LittleEndian.PutUint64(place[16:], r.entries)
			r.sum = crc32.Update(crc32.Checksum(place[:], castagnoli), castagnoli, r.payload)
		}
	}
}

// hashes puts right the chain of hashes.
func (f *forgery) hashes() {
	genesis := sha256.Sum256(append([]byte("splitledger journal "), f.id...))
	prev := genesis[:]
	var frames []byte
	var first, firstEntry uint64
	for i := range f.chunks {
		c := &f.chunks[i]
		if c.begins {
			first, firstEntry, frames = c.first, c.entry, nil
		}
		frames = append(frames, c.frames()...)
		if !c.ends {
			continue
		}
		h := sha256.New()
		h.Write(prev)
		for _, v := range []uint64{c.block, c.time, first, firstEntry, c.last + 1 - firstEntry} {
			h.Write(binary.LittleEndian.AppendUint64(nil, v))
		}
		h.Write(frames)
		prev = h.Sum(nil)
		c.hash = prev
	}
}

// editJournal writes the specimen with its journal changed through bbolt, and returns the path.
func (s *specimen) editJournal(t *testing.T, edit func(*bbolt.Bucket) error) string {
	t.Helper()
	path, err := s.write(filepath.Join(t.TempDir(), "l"), nil)
	if err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o644, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { return edit(tx.Bucket([]byte("journal"))) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	backdate(t, path)
	return path
}

// backdate makes the newest of a file's metas say that it is of the transaction before, as the other one did, and that one likewise: a
// ledger's file has one transaction for each block.
func backdate(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	metas := [2][]byte{b[pageHeader:][:64], b[pageSize+pageHeader:][:64]}
	newest, other := metas[0], metas[1]
	if le.Uint64(newest[48:]) < le.Uint64(other[48:]) {
		newest, other = other, newest
	}
	copy(other, newest)
	for i, m := range [][]byte{newest, other} {
		le.PutUint64(m[48:], le.Uint64(m[48:])-uint64(1+i))
		sum := fnv.New64a()
		sum.Write(m[:56])
		le.PutUint64(m[56:], sum.Sum64())
	}
	overwrite(t, path, b)
}

// forge writes the specimen with its records changed and returns the path.
func (s *specimen) forge(t *testing.T, change func(*forgery)) string {
	t.Helper()
	return s.editJournal(t, func(b *bbolt.Bucket) error {
		f := forgery{id: bytes.Clone(b.Tx().Bucket([]byte("meta")).Get([]byte("id")))}
		err := b.ForEach(func(k, v []byte) error {
			f.chunks = append(f.chunks, takeApart(k, v))
			return nil
		})
		if err != nil {
			return err
		}
		change(&f)
		for i := range f.chunks {
			c := &f.chunks[i]
			if err := b.Put(binary.BigEndian.AppendUint64(nil, c.first), c.value()); err != nil {
				return err
			}
		}
		return nil
	})
}

// replaceOnce puts one text in the place of another that occurs once.
func replaceOnce(t *testing.T, b, old, new []byte) []byte {
	t.Helper()
	if bytes.Count(b, old) != 1 {
		t.Fatalf("%x occurs %d times in %x", old, bytes.Count(b, old), b)
	}
	return bytes.Replace(b, old, new, 1)
}

// alterAmount changes the two sides of a record's only entry from amount to 7 more.
func alterAmount(t *testing.T, f *forgery, n uint64, amount int64) {
	r := f.record(n)
	for _, sign := range []int64{1, -1} {
		old, new := money.NewInt(sign*amount).AppendBinary(nil), money.NewInt(sign*(amount+7)).AppendBinary(nil)
		r.payload = replaceOnce(t, r.payload, old, new)
	}
}

// TestForgedJournal changes the journal as somebody would who knows the format. Each change is found, and the place is named.
func TestForgedJournal(t *testing.T) {
	s := aSpecimen(t)
	const victim = 102 // a record amid others that has event 100, which moves 10000
	for _, tt := range []struct {
		name  string
		path  func(t *testing.T) string
		place string
	}{
		{"unchanged, which shows that the forger knows the format", func(t *testing.T) string {
			return s.forge(t, func(f *forgery) { f.sums(); f.hashes() })
		}, ""},
		{"the identity", func(t *testing.T) string {
			return s.editJournal(t, func(b *bbolt.Bucket) error {
				return b.Tx().Bucket([]byte("meta")).Put([]byte("id"), []byte("another identity"))
			})
		}, "its hash does not fit its content and the identity of the ledger"},
		{"a chunk deleted", func(t *testing.T) string {
			return s.editJournal(t, func(b *bbolt.Bucket) error { return b.Delete(binary.BigEndian.AppendUint64(nil, victim)) })
		}, "journal record 102"},
		{"the first chunk deleted", func(t *testing.T) string {
			return s.editJournal(t, func(b *bbolt.Bucket) error { return b.Delete(binary.BigEndian.AppendUint64(nil, 1)) })
		}, "journal record 1"},
		// Blocks taken from the end are missed where the index knows of them. To miss those that came after the newest
		// checkpoint takes the number of records or the hash that Verify gave, noted elsewhere.
		{"the last ten chunks deleted", func(t *testing.T) string {
			return s.editJournal(t, func(b *bbolt.Bucket) error {
				for range 10 {
					k, _ := b.Cursor().Last()
					if err := b.Delete(bytes.Clone(k)); err != nil {
						return err
					}
				}
				return nil
			})
		}, "is missing: 132 blocks were written"},
		{"the last chunk of a block deleted, and all behind it", func(t *testing.T) string {
			return s.editJournal(t, func(b *bbolt.Bucket) error {
				c := b.Cursor()
				for k, v := c.Last(); ; k, v = c.Last() {
					begins := v[0]&1 != 0
					if err := b.Delete(bytes.Clone(k)); err != nil || !begins {
						return err
					}
				}
			})
		}, "its last chunk is missing"},
		{"two chunks swapped", func(t *testing.T) string {
			return s.editJournal(t, func(b *bbolt.Bucket) error {
				one, two := binary.BigEndian.AppendUint64(nil, victim), binary.BigEndian.AppendUint64(nil, victim+1)
				v, w := bytes.Clone(b.Get(one)), bytes.Clone(b.Get(two))
				return errors.Join(b.Put(one, w), b.Put(two, v))
			})
		}, "journal record 102"},
		{"two records swapped", func(t *testing.T) string {
			return s.forge(t, func(f *forgery) {
				a, b := f.record(200), f.record(201)
				*a, *b = *b, *a
			})
		}, "journal record 200"},
		{"two records swapped, checksums put right", func(t *testing.T) string {
			return s.forge(t, func(f *forgery) {
				a, b := f.record(200), f.record(201)
				*a, *b = *b, *a
				f.sums()
			})
		}, "journal block "},
		{"two records swapped, everything put right", func(t *testing.T) string {
			return s.forge(t, func(f *forgery) {
				a, b := f.record(200), f.record(201)
				*a, *b = *b, *a
				f.sums()
				f.hashes()
			})
		}, "journal record 200"},
		{"a record deleted amid a block, everything put right", func(t *testing.T) string {
			return s.forge(t, func(f *forgery) {
				for i := range f.chunks {
					if c := &f.chunks[i]; len(c.records) > 3 {
						c.records = slices.Delete(c.records, 2, 3)
						break
					}
				}
				f.sums()
				f.hashes()
			})
		}, "journal record "},
		{"an amount", func(t *testing.T) string {
			return s.forge(t, func(f *forgery) { alterAmount(t, f, victim, 10000) })
		}, "journal record 102"},
		{"an amount, checksum put right", func(t *testing.T) string {
			return s.forge(t, func(f *forgery) { alterAmount(t, f, victim, 10000); f.sums() })
		}, "journal block 102"},
		{"an amount, everything put right", func(t *testing.T) string {
			return s.forge(t, func(f *forgery) { alterAmount(t, f, victim, 10000); f.sums(); f.hashes() })
		}, "journal record 102"},
		{"one side of an entry, everything put right", func(t *testing.T) string {
			return s.forge(t, func(f *forgery) {
				r := f.record(victim)
				r.payload = replaceOnce(t, r.payload, money.NewInt(10000).AppendBinary(nil), money.NewInt(10001).AppendBinary(nil))
				f.sums()
				f.hashes()
			})
		}, "journal record 102"},
		{"one side of an entry and the balance after it, everything put right", func(t *testing.T) string {
			return s.forge(t, func(f *forgery) {
				r := f.record(152)
				r.payload = bytes.ReplaceAll(r.payload, money.NewInt(123_457).AppendBinary(nil), money.NewInt(123_458).AppendBinary(nil))
				f.sums()
				f.hashes()
			})
		}, "debits less credits are 1"},
		{"a key, everything put right", func(t *testing.T) string {
			return s.forge(t, func(f *forgery) {
				r := f.record(victim)
				r.payload = replaceOnce(t, r.payload, []byte("event100"), []byte("event999"))
				f.sums()
				f.hashes()
			})
		}, "index"},
		{"the chain of keys, everything put right", func(t *testing.T) string {
			return s.forge(t, func(f *forgery) {
				// 'p', the fourth string, 40 records back
				r := f.record(victim)
				r.payload = replaceOnce(t, r.payload, []byte{'p', 3, 40}, []byte{'p', 3, 41})
				f.sums()
				f.hashes()
			})
		}, "journal record 102"},
		{"the recorded time of a block, everything put right", func(t *testing.T) string {
			return s.forge(t, func(f *forgery) {
				for i := range f.chunks {
					if f.chunks[i].block == 50 {
						f.chunks[i].time += 1e9
					}
				}
				f.sums()
				f.hashes()
			})
		}, "journal record 53"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := tt.path(t)
			for _, readOnly := range []bool{true, false} {
				s.expect(t, path, readOnly, tt.place)
			}
		})
	}
}

// expect examines a ledger: there must be damage at the place, or none if that is "".
func (s *specimen) expect(t *testing.T, path string, readOnly bool, place string) {
	t.Helper()
	f, err := s.examine(path, readOnly)
	if err != nil {
		t.Errorf("read-only %v: %v", readOnly, err)
	}
	if place == "" && f.found() {
		t.Errorf("read-only %v: %v; want no damage", readOnly, f.String())
	}
	if place != "" && !strings.Contains(f.String(), place) {
		t.Errorf("read-only %v: found %s, want %s", readOnly, f.String(), place)
	}
}

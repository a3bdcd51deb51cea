// Package journaltest holds every [journal.Journal] to the promises of its interface.
package journaltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger/journal"
)

// Run tests a journal. Open must open the journal kept under dir, which is empty at first and has an identity,
// and open it again with all that was appended after it was closed.
func Run(t *testing.T, open func(t *testing.T, dir string) journal.Journal) {
	for _, tt := range []struct {
		name string
		test func(t *testing.T, dir string, open func() journal.Journal)
	}{
		{"empty", testEmpty},
		{"append and read", testAppendAndRead},
		{"conflict", testConflict},
		{"large block", testLargeBlock},
		{"read while appending", testReadWhileAppending},
		{"identity", testIdentity},
		{"follow", testFollow},
		{"marshal", testMarshal},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			tt.test(t, dir, func() journal.Journal { return open(t, dir) })
		})
	}
}

// Fill appends blocks of the given numbers of records to j. Record n has the payload that [Payload] gives it, one
// entry if n is odd, none if it is even; block b has the time 1000·b.
func Fill(t *testing.T, j journal.Journal, records ...int) {
	t.Helper()
	for _, n := range records {
		head := j.Head()
		b := journal.NewBlock(head, int64(head.Block+1)*1000)
		for i := range n {
			number := head.Record + 1 + uint64(i)
			b.Add(Payload(number), number%2)
		}
		b.Seal(head.Hash)
		if err := j.Append(context.Background(), b); err != nil {
			t.Fatalf("append block %d: %v", b.Number, err)
		}
		if got := j.Head(); got != b.Head() {
			t.Fatalf("head after block %d is %+v, want %+v", b.Number, got, b.Head())
		}
	}
}

// Payload is what [Fill] writes as record n: between 1 and 600 bytes.
func Payload(n uint64) []byte {
	return bytes.Repeat([]byte(fmt.Sprintf("record %d.", n)), 1+int(n*7%40))
}

func check(t *testing.T, j journal.Journal, from uint64) {
	t.Helper()
	end, next := j.Head(), from
	var last *journal.Block
	for b, err := range j.Blocks(context.Background(), from) {
		if err != nil {
			t.Fatalf("reading from block %d: %v", from, err)
		}
		if b.Number != next {
			t.Fatalf("read block %d, want %d", b.Number, next)
		}
		for i := range b.Len() {
			r := b.Record(i)
			if !bytes.Equal(r.Payload, Payload(r.Number)) || r.Time != int64(b.Number)*1000 {
				t.Fatalf("block %d: record %d is %q at %d", b.Number, r.Number, r.Payload, r.Time)
			}
		}
		next, last = next+1, b
	}
	if next != end.Block+1 {
		t.Fatalf("read from %d to before %d, want to %d", from, next, end.Block)
	}
	if last != nil && last.Head() != end {
		t.Fatalf("last block's head is %+v, want %+v", last.Head(), end)
	}
	s, err := j.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for n := uint64(1); n <= end.Record; n += 1 + n/50 {
		r, err := s.Record(n)
		if err != nil || !bytes.Equal(r.Payload, Payload(n)) || r.Number != n || r.Entry != n/2+1 || r.Entries != n%2 {
			t.Fatalf("record %d: %+v, %v", n, r, err)
		}
	}
	for _, n := range []uint64{0, end.Record + 1} {
		if _, err := s.Record(n); !errors.Is(err, journal.ErrNotFound) {
			t.Fatalf("record %d of %d: %v, want not found", n, end.Record, err)
		}
	}
	for block := uint64(1); block <= end.Block; block += 1 + block/10 {
		n, err := s.Search(func(c journal.Chunk) bool { return c.Block <= block })
		if err != nil {
			t.Fatal(err)
		}
		if r, err := s.Record(n - 1); err != nil || r.Time != int64(block)*1000 {
			t.Fatalf("the record before %d, the end of block %d, has time %d: %v", n, block, r.Time, err)
		}
	}
}

func testEmpty(t *testing.T, _ string, open func() journal.Journal) {
	for range 2 {
		j := open()
		if j.Head() != (journal.Head{Hash: journal.Genesis(j.ID())}) {
			t.Errorf("head of an empty journal: %+v", j.Head())
		}
		check(t, j, 1)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func testAppendAndRead(t *testing.T, _ string, open func() journal.Journal) {
	j := open()
	Fill(t, j, 1, 1, 5, 100, 1, 1000, 2, 2, 2)
	head := j.Head()
	if head.Block != 9 || head.Record != 1114 || head.Entry != 557 || head.Time != 9000 {
		t.Errorf("head: %+v", head)
	}
	check(t, j, 1)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open()
	defer j.Close()
	if j.Head() != head {
		t.Fatalf("head after reopening: %+v, want %+v", j.Head(), head)
	}
	Fill(t, j, 3, 700)
	for from := range uint64(13) {
		if from > 0 {
			check(t, j, from)
		}
	}
}

func testConflict(t *testing.T, _ string, open func() journal.Journal) {
	j := open()
	defer j.Close()
	Fill(t, j, 2, 3)
	head := j.Head()
	at := int64(5000)
	block := func(change func(*journal.Head)) *journal.Block {
		h := head
		change(&h)
		b := journal.NewBlock(h, at)
		b.Add(Payload(h.Record+1), 0)
		b.Seal(h.Hash)
		return b
	}
	for name, b := range map[string]*journal.Block{
		"a block again":        block(func(h *journal.Head) { h.Block-- }),
		"a block too far":      block(func(h *journal.Head) { h.Block++ }),
		"a record too far":     block(func(h *journal.Head) { h.Record++ }),
		"an entry too far":     block(func(h *journal.Head) { h.Entry++ }),
		"another history":      block(func(h *journal.Head) { h.Hash[0]++ }),
		"a block of no record": journal.NewBlock(head, 5000),
		"time going backwards": block(func(*journal.Head) { at = 1 }),
	} {
		err := j.Append(context.Background(), b)
		if conflict, ok := errors.AsType[*journal.ConflictError](err); !ok ||
			!errors.Is(err, journal.ErrConflict) || conflict.Head != head {
			t.Errorf("%s: %v, want a conflict with the head", name, err)
		}
	}
	for b, err := range j.Blocks(context.Background(), head.Block) {
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Append(context.Background(), b); err != nil { // it may have been kept, for all its caller knows
			t.Errorf("the newest block, appended again: %v", err)
		}
	}
	if j.Head() != head {
		t.Errorf("a refused block moved the head to %+v", j.Head())
	}
	Fill(t, j, 1)
	check(t, j, 1)
}

func testLargeBlock(t *testing.T, _ string, open func() journal.Journal) {
	j := open()
	Fill(t, j, 1, 20_000, 1, 20_000, 3)
	check(t, j, 1)
	check(t, j, 4)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open()
	defer j.Close()
	check(t, j, 2)
}

func testReadWhileAppending(t *testing.T, _ string, open func() journal.Journal) {
	j := open()
	defer j.Close()
	Fill(t, j, 10, 10)
	n := 0
	for b, err := range j.Blocks(context.Background(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		Fill(t, j, 10)
		n += b.Len()
	}
	if n != 20 {
		t.Errorf("read %d records, want the 20 that there were at the call", n)
	}
	check(t, j, 1)
}

func testIdentity(t *testing.T, _ string, open func() journal.Journal) {
	j := open()
	id := j.ID()
	if id == (uuid.UUID{}) {
		t.Error("a new journal has no identity")
	}
	Fill(t, j, 1, 2)
	for b, err := range j.Blocks(context.Background(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		if b.Number == 1 && b.Prev != journal.Genesis(id) {
			t.Errorf("block 1 follows %s, not the identity", b.Prev)
		}
	}
	if info := j.Info(); info.Format < 3 || !info.Identified || info.Bytes <= 0 {
		t.Errorf("info: %+v", info)
	}
	if err := j.Check(context.Background()); err != nil {
		t.Errorf("check: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open()
	defer j.Close()
	if j.ID() != id {
		t.Errorf("opened again, the identity is %s, was %s", j.ID(), id)
	}
}

// testFollow follows from a block that is not there yet: each block is seen once, in order, as soon as it is durable.
func testFollow(t *testing.T, _ string, open func() journal.Journal) {
	j := open()
	Fill(t, j, 1, 3)
	enough := errors.New("enough")
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	type answer struct {
		number uint64
		err    error
	}
	follow := func(ctx context.Context, from uint64) <-chan answer {
		c := make(chan answer)
		go func() {
			defer close(c)
			for b, err := range j.Follow(ctx, from) {
				if err != nil {
					c <- answer{0, err}
					continue
				}
				c <- answer{b.Number, nil}
			}
		}()
		return c
	}
	first, late, closed := follow(ctx, 0), follow(ctx, 4), follow(context.Background(), 5)
	next := func(c <-chan answer, want uint64) {
		t.Helper()
		select {
		case got := <-c:
			if got.err != nil || got.number != want {
				t.Fatalf("got block %d, %v; want %d", got.number, got.err, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("block %d does not come", want)
		}
	}
	next(first, 1)
	next(first, 2)
	select {
	case got := <-late:
		t.Fatalf("there are 2 blocks; got %+v", got)
	case <-time.After(10 * time.Millisecond):
	}
	for n := uint64(3); n <= 40; n++ {
		Fill(t, j, 1)
		if n%3 == 0 { // else one reader is behind by some blocks
			for m := max(3, n-2); m <= n; m++ {
				next(first, m)
			}
		}
		if n >= 4 {
			next(late, n)
		}
		if n >= 5 {
			next(closed, n)
		}
	}
	next(first, 40)
	stop(enough)
	for _, c := range []<-chan answer{first, late} {
		if got := <-c; !errors.Is(got.err, enough) {
			t.Errorf("stopped: %+v", got)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if got := <-closed; !errors.Is(got.err, journal.ErrClosed) {
		t.Errorf("closed: %+v", got)
	}
	for _, err := range j.Follow(context.Background(), 1) {
		if !errors.Is(err, journal.ErrClosed) {
			t.Errorf("after it was closed: %v", err)
		}
	}
}

// testMarshal copies a journal by its marshalled blocks.
func testMarshal(t *testing.T, _ string, open func() journal.Journal) {
	j := open()
	defer j.Close()
	Fill(t, j, 1, 300, 2)
	head := journal.Head{Hash: journal.Genesis(j.ID())}
	for b, err := range j.Blocks(context.Background(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		data, err := b.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var again journal.Block
		if err := again.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
		if again.Head() != b.Head() || again.Len() != b.Len() || again.Follows(head) != nil {
			t.Errorf("block %d comes back as %+v after %+v", b.Number, again.Head(), head)
		}
		for i := range b.Len() {
			if r := again.Record(i); !bytes.Equal(r.Payload, Payload(r.Number)) {
				t.Errorf("record %d comes back as %q", r.Number, r.Payload)
			}
		}
		head = again.Head()
	}
	if head != j.Head() {
		t.Errorf("the copy ends with %+v, want %+v", head, j.Head())
	}
}

package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/ledger/ledgertest"
)

// TestLostWrites loses or alters single writes that were synced, as a disk or its controller may that does not keep what it promises. The
// ledger is refused, or Verify names the place; what it shows is never wrong; and to book on does no harm to what can still be read.
//
// One loss cannot be told from the file: that of the newest meta, which leaves the ledger as it was one block before. A checkpoint
// or a backup that knows the block shows it.
func TestLostWrites(t *testing.T) {
	damagesPages(t)
	t.Parallel()
	p := newPowerTest(t)
	p.record("book", "", "90")
	var writes []*change // of the ledger's file, in the order in which they became safe
	type moment struct {
		writes, acknowledged int
		index                map[string][]byte
	}
	var moments []moment
	random := seeded(t)
	p.play(t, func(path string, c *change) *change {
		if strings.HasPrefix(filepath.Base(path), "ledger.db") {
			writes = append(writes, c)
		}
		return c
	}, func(d *disk, acknowledged int, what string) {
		if what == "synced ledger.db" {
			files := d.crash(random, 0)
			delete(files, "ledger.db")
			moments = append(moments, moment{len(writes), acknowledged, files})
		}
	})
	trials := *outagesFlag / 2
	if testing.Short() {
		trials = min(trials, 40)
	}
	results := make(map[string]int)
	for range trials {
		m := moments[random.IntN(len(moments))]
		victim := m.writes - 1 - random.IntN(min(m.writes, 6)) // of the newest block
		if random.IntN(3) == 0 {
			victim = random.IntN(m.writes)
		}
		lie, what := lied(random, writes[victim])
		var file []byte
		for i, c := range writes[:m.writes] {
			if i == victim {
				c = lie
			}
			file = c.apply(file, func(int) bool { return true })
		}
		files := maps.Clone(m.index)
		files["ledger.db"] = file
		result, err := p.distrust(files, m.acknowledged, writes[victim].offset < 2*pageSize)
		if err != nil {
			t.Errorf("write %d of %d, %s at %d, with %d acknowledged: %v", victim, m.writes, what, writes[victim].offset, m.acknowledged, err)
		}
		results[result]++
	}
	t.Logf("%d disks lied: %v", trials, results)
}

// lied returns what the disk has instead of a change: nothing, all but a sector, a sector of something else, or a bit of it.
func lied(r *rand.Rand, c *change) (*change, string) {
	if c.data == nil {
		return c, "kept"
	}
	sector := r.IntN(max(len(c.data)/sectorSize, 1)) * sectorSize
	switch r.IntN(4) {
	case 0:
		return &change{offset: c.offset, data: []byte{}}, "lost"
	case 1:
		return &change{offset: c.offset, data: c.data[:sector]}, "cut short"
	case 2:
		data := slices.Clone(c.data)
		for i := sector; i < min(sector+sectorSize, len(data)); i++ {
			data[i] = byte(r.Uint32())
		}
		return &change{offset: c.offset, data: data}, "with a sector of noise"
	}
	data := slices.Clone(c.data)
	data[r.IntN(len(data))] ^= 1 << r.IntN(8)
	return &change{offset: c.offset, data: data}, "with a bit flipped"
}

// distrust opens a ledger on a disk that lied.
func (p *powerTest) distrust(files map[string][]byte, least int, meta bool) (finding string, err error) {
	s := &specimen{files: files}
	path, err := s.write(p.t.TempDir(), nil)
	if err != nil {
		return "", err
	}
	o := ledger.Options{Clock: ledgertest.Clock(), CheckpointEvery: 1 << 20}
	l, err := ledger.Open(path, o)
	if err != nil {
		if !errors.Is(err, ledger.Corrupt) && !errors.Is(err, journal.ErrNotJournal) { // the latter where what says that it is a ledger is gone
			err = fmt.Errorf("another error than damage: %w", err)
			return "", err
		}
		return "refused", nil
	}
	count := int(l.Stats().Records / 2)
	if b := ledgertest.Holds(l, "platform", "EUR").Pending; !b.Equal(eur(int64(40 * count))) {
		return "", errors.Join(fmt.Errorf("a wrong balance: the platform has %v of %d functions", b, count), l.Close())
	}
	before := readable(l, least)
	for n := range 5 { // where the ledger is not whole, this may fail
		l.Update(context.Background(), bookTwo(fmt.Sprint("more", n)))
	}
	if err := l.Close(); err != nil {
		return "", err
	}
	l, err = ledger.Open(path, o)
	if err != nil {
		return "", fmt.Errorf("opened once, but not again: %w", err)
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	for n, r := range readable(l, least) {
		if before[n] && !r {
			return "", fmt.Errorf("function %d could be read before something was booked, and cannot be now", n)
		}
	}
	v, err := l.Verify(context.Background(), nil)
	switch {
	case err != nil:
		return "", err
	case len(v.Damage) > 0:
		return "damage that was named", nil
	case count >= least:
		return "no harm", nil
	case meta && count > 0:
		return "older by a block", nil
	}
	return "", fmt.Errorf("%d functions, %d were acknowledged, and nothing is said of it", count, least)
}

// readable says which of the first functions can be read.
func readable(l *ledger.Ledger, count int) []bool {
	list := make([]bool, count)
	for n := range list {
		g, err := l.Group(ledger.Key{Space: 'e', Name: fmt.Sprint(n, "'")})
		list[n] = err == nil && len(g) == 1
	}
	return list
}

package settings

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestPacer looks how often is written: a second after something came, seldom while more comes, as soon again after a
// rest, and again what failed.
func TestPacer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(time.Second, 64*time.Second)
		closing := make(chan struct{})
		var wrote atomic.Int32
		var failing atomic.Bool
		go p.run(closing, func() error {
			wrote.Add(1)
			if failing.Load() {
				return errors.New("no room")
			}
			return nil
		})
		expect := func(when string, least, most int32) {
			t.Helper()
			synctest.Wait()
			if n := wrote.Swap(0); n < least || n > most {
				t.Errorf("%s: expected %d to %d times, found %d", when, least, most, n)
			}
		}
		busy := func(d time.Duration) {
			for range d / (10 * time.Millisecond) {
				p.tell()
				time.Sleep(10 * time.Millisecond)
			}
		}
		time.Sleep(time.Hour)
		expect("nothing came", 0, 0)
		p.tell()
		time.Sleep(990 * time.Millisecond)
		expect("one came, within a second", 0, 0)
		time.Sleep(20 * time.Millisecond)
		expect("one came, after a second", 1, 1)
		time.Sleep(time.Minute)
		busy(time.Hour)
		expect("an hour of work", 56, 64)
		time.Sleep(3 * time.Minute)
		expect("the rest of it", 1, 1)
		p.tell()
		time.Sleep(1010 * time.Millisecond)
		expect("one after a rest", 1, 1)
		time.Sleep(time.Minute)
		failing.Store(true)
		p.tell()
		time.Sleep(10 * time.Minute)
		expect("ten minutes of failures", 5, 20)
		failing.Store(false)
		time.Sleep(3 * time.Minute)
		expect("when it works again", 1, 1)
		time.Sleep(time.Hour)
		expect("and after that", 0, 0)
		close(closing)
	})
}

// TestCounted puts what could not be written together with what came meanwhile: nothing is counted less, and the list
// does not grow.
func TestCounted(t *testing.T) {
	t.Parallel()
	var before, after []AuditEntry
	total := 0
	for i := range 3 * maxAddresses {
		n := i + 1
		total += 2 * n
		before = counted(before, AuditEntry{Address: string(rune('A' + i)), Count: n})
		after = counted(after, AuditEntry{Address: string(rune('K' + i)), Count: n})
	}
	for _, e := range after {
		before = counted(before, e)
	}
	for _, e := range before {
		total -= e.Count
	}
	if total != 0 || len(before) != maxAddresses+1 || before[maxAddresses].Address != manyAddresses {
		t.Errorf("%d are not counted, in %d entries", total, len(before))
	}
}

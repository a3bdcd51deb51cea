package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/journal/memjournal"
	"github.com/splitledger/splitledger/money"
)

var logID = uuid.MustParse("0190a0b0-0000-7000-8000-00000000beef")

// openElsewhere opens a ledger whose journal is a log in memory, which others append to.
func openElsewhere(t interface {
	Helper()
	Fatal(...any)
}, log *memjournal.Log, dir string, o Options) (*Ledger, *memjournal.Journal) {
	t.Helper()
	j := log.Open()
	o.Journal, o.IndexDir = j, dir
	l, err := Open("", o)
	if err != nil {
		t.Fatal(err)
	}
	return l, j
}

// once books one cent from liable to platform under a name, unless that was booked before.
func once(name string) func(*Tx) error {
	return func(tx *Tx) error {
		if has, err := tx.Has(Key{'e', name}); has || err != nil {
			return err
		}
		return pay(name, 1)(tx)
	}
}

func platformHas(l *Ledger) string { return holds(l, accounts.Platform, "EUR").Available.Minor() }

// TestOtherWriter lets two ledgers append to one log: who is behind is told not_leader, has booked nothing, knows then what the other
// booked, and may go on.
func TestOtherWriter(t *testing.T) {
	log := memjournal.New(logID)
	one, _ := openElsewhere(t, log, t.TempDir(), Options{CheckpointEvery: 3})
	two, _ := openElsewhere(t, log, t.TempDir(), Options{CheckpointEvery: 3})
	for i, step := range []struct {
		by    *Ledger
		id    string
		code  error
		after string // what the platform has, as the ledger sees it
	}{
		{one, "a", nil, "1"},
		{one, "b", nil, "2"},
		{two, "c", NotLeader, "2"},
		{two, "c", nil, "3"},
		{two, "a", nil, "3"}, // which the other has booked
		{one, "d", NotLeader, "3"},
		{one, "d", nil, "4"},
		{one, "c", nil, "4"},
	} {
		err := step.by.Update(t.Context(), once(step.id))
		if !errors.Is(err, step.code) || step.code == nil && err != nil {
			t.Fatalf("%d, %s: %v, want %v", i, step.id, err, step.code)
		}
		if _, refused := Refused(err); refused {
			t.Errorf("%d: %v counts as a refusal", i, err)
		}
		if got := platformHas(step.by); got != step.after {
			t.Fatalf("%d, %s: the platform has %s, want %s", i, step.id, got, step.after)
		}
	}
	for _, l := range []*Ledger{one, two} {
		v, err := l.Verify(t.Context(), nil)
		if err != nil || len(v.Damage) > 0 {
			t.Error(v.Damage, err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestOpensOfOtherWriter lets another writer open accounts, change them, and make symbols and assets, under numbers that this one had given too.
func TestOpensOfOtherWriter(t *testing.T) {
	log := memjournal.New(logID)
	one, _ := openElsewhere(t, log, t.TempDir(), Options{})
	two, _ := openElsewhere(t, log, t.TempDir(), Options{})
	opens := func(id accounts.ID, kind string) func(*Tx) error {
		return func(tx *Tx) error {
			r := &Record{Keys: []Key{{'e', string(id)}}, Entries: []Entry{{Postings: []Posting{
				{Account: accounts.Liable, Amount: money.New(5, "CHF"), Type: kind}, {Account: id, Amount: money.New(-5, "CHF"), Type: kind}}}}}
			if _, ok := tx.Account(id); !ok {
				r.Opens = []accounts.Account{{ID: id, Kind: accounts.KindSub, Holder: "of " + string(id)}}
			}
			return tx.Append(r)
		}
	}
	if err := one.Update(t.Context(), opens("seller:1", "first")); err != nil {
		t.Fatal(err)
	}
	if err := one.Update(t.Context(), func(tx *Tx) error {
		return tx.Append(&Record{Keys: []Key{{'e', "freeze"}}, Statuses: []StatusChange{{"seller:1", accounts.Frozen}}})
	}); err != nil {
		t.Fatal(err)
	}
	if err := two.Update(t.Context(), opens("seller:2", "second")); !errors.Is(err, NotLeader) {
		t.Fatal(err)
	}
	if a, ok := two.Account("seller:1"); !ok || a.Status != accounts.Frozen || a.Holder != "of seller:1" {
		t.Errorf("the other's account: %+v, %v", a, ok)
	}
	if a, ok := two.Account("seller:2"); ok {
		t.Errorf("an account of what was not booked: %+v", a)
	}
	if two.HasSymbol("second") || !two.HasSymbol("first") {
		t.Error("the symbols are not the other's")
	}
	if err := two.Update(t.Context(), opens("seller:2", "second")); err != nil {
		t.Fatal(err)
	}
	if err := one.Update(t.Context(), once("x")); !errors.Is(err, NotLeader) {
		t.Fatal(err)
	}
	if got := holds(one, "seller:2", "CHF").Available.Minor(); got != "5" {
		t.Errorf("seller:2 has %s", got)
	}
	for _, l := range []*Ledger{one, two} {
		if v, err := l.Verify(t.Context(), nil); err != nil || len(v.Damage) > 0 {
			t.Error(v.Damage, err)
		}
		l.Close()
	}
}

// TestLostAnswers loses answers of the log: the block is appended again until the log says what became of it, and callers learn that.
func TestLostAnswers(t *testing.T) {
	lost, kept := memjournal.Fault{Lost: true}, memjournal.Fault{Lost: true, Kept: true}
	for _, tt := range []struct {
		name   string
		faults []memjournal.Fault
	}{
		{"not kept", []memjournal.Fault{lost, lost}},
		{"kept", []memjournal.Fault{kept, lost}},
		{"kept in the end", []memjournal.Fault{lost, kept, lost, lost}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log := memjournal.New(logID)
			l, j := openElsewhere(t, log, t.TempDir(), Options{})
			j.Meet(tt.faults...)
			if err := l.Update(t.Context(), once("a")); err != nil {
				t.Fatal(err)
			}
			if err := l.Update(t.Context(), once("a")); err != nil || platformHas(l) != "1" {
				t.Errorf("%v, the platform has %s", err, platformHas(l))
			}
			l.Close()
		})
	}
}

// TestOutcomeUnknown keeps losing answers until the caller is told that nobody knows; once the log answers, the ledger goes on, and the same
// event sent again is booked once.
func TestOutcomeUnknown(t *testing.T) {
	for _, kept := range []bool{false, true} {
		log := memjournal.New(logID)
		l, j := openElsewhere(t, log, t.TempDir(), Options{patience: 5 * time.Millisecond})
		faults := []memjournal.Fault{{Lost: true, Kept: kept}}
		for range 7 {
			faults = append(faults, memjournal.Fault{Lost: true})
		}
		j.Meet(faults...)
		err := l.Update(t.Context(), once("a"))
		if _, refused := Refused(err); !errors.Is(err, OutcomeUnknown) || refused {
			t.Fatalf("kept %v: %v", kept, err)
		}
		for _, id := range []string{"a", "b"} {
			if err := l.Update(t.Context(), once(id)); err != nil {
				t.Fatalf("kept %v: %v", kept, err)
			}
		}
		if platformHas(l) != "2" {
			t.Errorf("kept %v: the platform has %s", kept, platformHas(l))
		}
		l.Close()
	}
}

// TestClosedAmidUnknown closes a ledger while nobody can tell the outcome.
func TestClosedAmidUnknown(t *testing.T) {
	log := memjournal.New(logID)
	l, j := openElsewhere(t, log, t.TempDir(), Options{patience: time.Hour})
	for range 10_000 {
		j.Meet(memjournal.Fault{Lost: true})
	}
	answer := make(chan error, 1)
	go func() { answer <- l.Update(context.Background(), once("a")) }()
	time.Sleep(20 * time.Millisecond)
	l.Close()
	if err := <-answer; !errors.Is(err, OutcomeUnknown) {
		t.Error(err)
	}
}

// TestFollower lets a ledger that only reads, and a program, follow another's.
func TestFollower(t *testing.T) {
	log := memjournal.New(logID)
	writer, _ := openElsewhere(t, log, t.TempDir(), Options{})
	if err := writer.Update(t.Context(), once("before")); err != nil {
		t.Fatal(err)
	}
	reader, _ := openElsewhere(t, log, t.TempDir(), Options{ReadOnly: true})
	var heard []string
	var follows sync.WaitGroup
	ctx, stop := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	follows.Go(func() {
		for rec, err := range reader.Follow(ctx, 0) {
			if err != nil {
				if !errors.Is(err, enough) {
					t.Error(err)
				}
				return
			}
			heard = append(heard, rec.Keys[0].Name)
			if has, err := reader.Has(rec.Keys[0]); !has || err != nil { // what it tells, it knows
				t.Error(rec.Keys[0], has, err)
			}
			if len(heard) == 21 {
				stop(enough)
			}
		}
	})
	want := []string{"before"}
	for i := range 20 {
		want = append(want, fmt.Sprint(i))
		if err := writer.Update(t.Context(), once(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	follows.Wait()
	if fmt.Sprint(heard) != fmt.Sprint(want) || platformHas(reader) != "21" {
		t.Errorf("heard %v, the platform has %s", heard, platformHas(reader))
	}
	if v, err := reader.Verify(t.Context(), nil); err != nil || len(v.Damage) > 0 {
		t.Error(v.Damage, err)
	}
	closed := make(chan error, 1)
	go func() {
		for _, err := range reader.Follow(context.Background(), 21) {
			closed <- err
		}
	}()
	time.Sleep(time.Millisecond)
	if err := errors.Join(reader.Close(), writer.Close()); err != nil {
		t.Error(err)
	}
	if err := <-closed; !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// TestWriters lets several writers with lost answers and full logs book the same events, each of them again until it is booked: in the end
// each is booked once, and all know the same.
func TestWriters(t *testing.T) {
	dir := t.TempDir()
	files := 0
	rapid.Check(t, func(t *rapid.T) {
		log := memjournal.New(logID)
		type writer struct {
			*Ledger
			journal *memjournal.Journal
		}
		var writers []writer
		for range 3 {
			files++
			l, j := openElsewhere(t, log, fmt.Sprint(dir, "/", files), Options{CheckpointEvery: 4, patience: time.Millisecond})
			defer l.Close()
			writers = append(writers, writer{l, j})
		}
		want := make(map[string]bool)
		for i := range rapid.IntRange(1, 30).Draw(t, "events") {
			w := rapid.SampledFrom(writers).Draw(t, "writer")
			f := memjournal.Fault{Full: rapid.IntRange(0, 5).Draw(t, "full") == 0, Lost: rapid.IntRange(0, 2).Draw(t, "lost") == 0}
			f.Kept = f.Lost && rapid.Bool().Draw(t, "kept")
			w.journal.Meet(f)
			name := fmt.Sprint(rapid.IntRange(0, i).Draw(t, "event"))
			var fs []func(*Tx) error
			for k := range rapid.IntRange(1, 3).Draw(t, "batch") {
				want[fmt.Sprint(name, "+", k)] = true
				fs = append(fs, once(fmt.Sprint(name, "+", k)))
			}
			for try := 0; ; try++ {
				err := errors.Join(w.UpdateBatch(context.Background(), fs)...)
				if err == nil {
					break
				}
				if try == 10 || !errors.Is(err, NotLeader) && !errors.Is(err, OutcomeUnknown) && !errors.Is(err, DiskFull) {
					t.Fatal(err)
				}
			}
		}
		for _, w := range writers {
			for try := 0; platformHas(w.Ledger) != fmt.Sprint(len(want)); try++ {
				if try == 100 { // faults may be left that no block has met
					t.Fatalf("the platform has %s, want %d", platformHas(w.Ledger), len(want))
				}
				w.Update(context.Background(), func(tx *Tx) error { // only to learn what the others did
					return tx.Append(&Record{Keys: []Key{{'x', "learn"}}})
				})
			}
			if v, err := w.Verify(context.Background(), nil); err != nil || len(v.Damage) > 0 {
				t.Fatal(v.Damage, err)
			}
		}
	})
}

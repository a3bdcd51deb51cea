package reconcile_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile"
	"github.com/splitledger/splitledger/reconcile/ingest"
	"github.com/splitledger/splitledger/reconcile/internal/plain"
)

// A stage is the books that a scene is played in.
type stage struct {
	*testing.T
	scene  *scene
	ledger *ledger.Ledger
	book   *posting.Book
	intake *ingest.Intake
	dir    string
	files  int
	memory int
	strict bool // what is said of a step must hold
}

func newStage(t *testing.T, s *scene) *stage {
	g := &stage{T: t, scene: s, dir: t.TempDir()}
	var err error
	if g.ledger, err = ledger.Open(filepath.Join(g.dir, "l.db"), ledger.Options{}); err != nil {
		t.Fatal(err)
	}
	if g.book, err = posting.New(g.ledger, posting.Options{}); err != nil {
		t.Fatal(err)
	}
	var a providers.Adapter = plain.Adapter{Provider: s.provider}
	if s.adapter != nil {
		a = s.adapter
	}
	g.intake = &ingest.Intake{Adapter: a, Ledger: g.ledger, Book: g.book}
	return g
}

// end verifies and closes the books.
func (g *stage) end() {
	g.Helper()
	if v, err := g.ledger.Verify(context.Background(), nil); err != nil || len(v.Damage) > 0 {
		g.Errorf("verify: %v %v", v.Damage, err)
	}
	g.ledger.Close()
}

// play plays steps.
func (g *stage) play(steps []step) {
	g.Helper()
	for i := range steps {
		g.step(&steps[i])
	}
}

func (g *stage) step(x *step) {
	g.Helper()
	switch x.kind {
	case "post", "refused":
		_, err := g.book.Post(context.Background(), x.event)
		refused, _ := errors.AsType[*ledger.Error](err)
		switch {
		case x.kind == "post" && err != nil:
			g.Fatalf("line %d: %v", x.line, err)
		case x.kind == "refused" && (refused == nil || string(refused.Code) != x.want[0]):
			g.Errorf("line %d: got %v, want it refused as %s", x.line, err, x.want[0])
		}
	case "run":
		r, err := g.compare(context.Background(), true, x.files...)
		if err != nil {
			g.Fatalf("line %d: %v", x.line, err)
		}
		defer r.Close()
		if got := said(r, x.want); g.strict && !slices.Equal(got, x.want) {
			g.Errorf("line %d: the run said %s, want %s\n%s", x.line, got, x.want, breaksOf(g.T, r))
		}
		if r.Posting.Refused > 0 && (g.strict || !g.scene.anyOrder) { // else it waits
			g.Errorf("line %d: refused: %q", x.line, r.Posting.Why)
		}
	case "hook":
		var list []providers.Notification
		for line := range strings.Lines(x.files[0]) {
			list = append(list, providers.Notification{Body: []byte(strings.TrimSpace(line)), Received: time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)})
		}
		results, err := g.intake.Take(context.Background(), list)
		if err != nil {
			g.Fatalf("line %d: %v", x.line, err)
		}
		for i, r := range results {
			if kept := !g.strict && r.Err == nil && len(r.Outcomes) == 1 && r.Outcomes[0].Notice != ""; r.Status == ingest.Refused && !kept {
				g.Errorf("line %d: %s is refused: %v %+v", x.line, list[i].Body, r.Err, r.Outcomes)
			}
			if g.strict && len(x.want) > 0 && string(r.Status) != x.want[min(i, len(x.want)-1)] {
				g.Errorf("line %d: %s is %s, want %s", x.line, list[i].Body, r.Status, x.want)
			}
		}
	case "waiting":
		if n := fmt.Sprint(len(g.waiting())); g.strict && n != x.want[0] {
			g.Errorf("line %d: %s outcomes wait, want %s", x.line, n, x.want[0])
		}
	}
}

// said is what a run says of the words that are wanted; all its classes and how many were matched by amount, where none are.
func said(r *reconcile.Result, want []string) (list []string) {
	if len(want) == 0 {
		return want
	}
	words := map[string]uint64{"by_amount": r.ByAmount, "waiting": r.Waiting, "open": r.Open()}
	if r.Posting != nil {
		words["booked"] = r.Posting.Accepted
	}
	for _, c := range reconcile.Classes() {
		words[string(c)] = r.Counts[c]
	}
	for i := 0; i+1 < len(want); i += 2 {
		n, known := words[want[i]]
		if !known {
			return []string{"nothing called " + want[i]}
		}
		list = append(list, want[i], fmt.Sprint(n))
	}
	return list
}

func breaksOf(t *testing.T, r *reconcile.Result) string {
	var s strings.Builder
	for _, c := range reconcile.Classes() {
		if n := r.Counts[c]; n > 0 {
			fmt.Fprintf(&s, "%s %d, ", c, n)
		}
	}
	fmt.Fprintf(&s, "%d by amount, %d open, %d wait\n", r.ByAmount, r.Open(), r.Waiting)
	for b, err := range r.Breaks() {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&s, "  %s %s line %d: %s %s: expected %v, found %v; %s\n", b.Class, b.File, b.Line, b.Kind, b.Reference, b.Expected, b.Found, b.Hint)
	}
	return s.String()
}

func (g *stage) compare(ctx context.Context, post bool, texts ...string) (*reconcile.Result, error) {
	var paths []string
	for _, text := range texts {
		g.files++
		path := filepath.Join(g.dir, fmt.Sprintf("report-%d", g.files))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			g.Fatal(err)
		}
		paths = append(paths, path)
	}
	return reconcile.Compare(ctx, reconcile.Options{Ledger: g.ledger, Book: g.book, Adapter: g.intake.Adapter, Post: post, Dir: g.dir, Memory: g.memory}, paths...)
}

func (g *stage) waiting() []*posting.Notice {
	list, err := g.book.Waiting(g.scene.provider)
	if err != nil {
		g.Fatal(err)
	}
	return list
}

// balances lists what accounts have.
func (g *stage) balances() string {
	var list []string
	for _, a := range ledgertest.Balances(g.ledger, nil) {
		for _, h := range a.Balances {
			if h.Pending.IsZero() && h.Available.IsZero() && h.Reserved.IsZero() {
				continue
			}
			text := fmt.Sprintf("%s %s/%s/%s", a.Account.ID, h.Pending.Minor(), h.Available.Minor(), h.Reserved.Minor())
			if h.Currency != "EUR" {
				text += " " + string(h.Currency)
			}
			list = append(list, text)
		}
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

// right says what is wrong with the balances.
func (g *stage) right(how string) {
	g.Helper()
	want := strings.Split(strings.TrimSpace(g.scene.balances), "\n")
	slices.Sort(want)
	if got := g.balances(); got != strings.Join(want, "\n") {
		g.Errorf("%s, accounts have\n%s\nwant\n%s\n%s", how, got, strings.Join(want, "\n"), g.history())
	}
	if n := len(g.waiting()); n > 0 && !g.scene.waits {
		g.Errorf("%s, %d outcomes wait: %s %s", how, n, g.waiting()[0].Name, g.waiting()[0].Reason)
	}
}

// history lists the events of the books.
func (g *stage) history() string {
	var s strings.Builder
	for _, e := range g.events() {
		fmt.Fprintf(&s, "  %s\n", e.AppendJSON(nil))
	}
	return s.String()
}

func (g *stage) events() (list []posting.Event) {
	for rec, err := range g.ledger.Records(context.Background(), 1) {
		if err != nil {
			g.Fatal(err)
		}
		e, err := posting.EventOf(rec)
		if err != nil {
			g.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

var (
	scenesLater = flag.Bool("scenes.later", false, "play the scenes that do not hold yet, too")
	scenesDeep  = flag.Bool("scenes.within", false, "kill runs within what one line makes, too")
)

// TestScenes plays what each scene says.
func TestScenes(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.scenes")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".scenes"), func(t *testing.T) {
			for _, s := range readScenes(t, path) {
				t.Run(s.title, func(t *testing.T) {
					t.Parallel()
					if s.later != "" && !*scenesLater {
						t.Skip(s.later)
					}
					asTold(t, s)
					if t.Failed() {
						return
					}
					shuffled(t, s)
					killed(t, s)
				})
			}
		})
	}
}

// asTold plays a scene as it stands, and tells all of it again.
func asTold(t *testing.T, s *scene) {
	g := newStage(t, s)
	g.strict = true
	defer g.end()
	g.play(s.steps)
	g.right("as told")
	g.again("told again")
}

// again tells all that was told again: nothing is booked.
func (g *stage) again(how string) {
	g.Helper()
	g.strict = false
	before := g.ledger.Stats()
	balances := g.balances()
	for i := range g.scene.steps {
		if x := &g.scene.steps[i]; x.kind == "run" || x.kind == "hook" {
			g.step(x)
		}
	}
	if after := g.ledger.Stats(); after.Entries != before.Entries || g.balances() != balances {
		g.Errorf("%s, entries %d became %d, balances\n%s\nbecame\n%s\n%s", how, before.Entries, after.Entries, balances, g.balances(), g.history())
	}
}

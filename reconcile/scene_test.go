package reconcile_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile"
	"github.com/splitledger/splitledger/reconcile/ingest"
	"github.com/splitledger/splitledger/reconcile/internal/plain"
)

// A scene of testdata/*.scenes is what the platform posts and a provider tells, and the balances that come of it. They are worked out by
// hand. A scene begins with "=== TITLE", its lines are
//
//	open seller:1 BA-1          an account, and what the provider calls it
//	capture A 100.00 seller:1=90.00 liable=10.00 c=k1 psp=PA
//	authorise, settle, refund, chargeback, cancel, payout, transfer, close
//	{"type":…}                  any other event; id and time are made up where it has none
//	refused CODE …              an event that is refused
//	file [FORMAT]               a report; its lines are indented
//	run CLASS N …               posts the files so far; what comes of it
//	hook STATUS …               notifications that are taken together; their lines are indented
//	waiting N                   so many outcomes wait now; none at the end, if that is not said
//	balances                    what accounts have, indented: all of them that have something
//	later WHY                   the scene does not hold yet; -scenes.later plays it all the same
//	any order                   the steps may come in any order, each line in a run of its own
//
// Each scene is played as it stands, and then in other ways that must come to the same.
type scene struct {
	title    string
	provider string
	steps    []step
	balances string
	anyOrder bool
	waits    bool // something waits at the end
	later    string
}

type step struct {
	kind  string // post, refused, run, hook, waiting
	event posting.Event
	files []string
	want  []string
	line  int
}

// readScenes reads a file of scenes.
func readScenes(t *testing.T, path string) (list []*scene) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var s *scene
	var files []string
	var block *string // that indented lines belong to
	var balances string
	n := 0
	for i, line := range strings.Split(string(text)+"\n=== end", "\n") {
		fail := func(err error) { t.Fatalf("%s:%d: %s: %v", path, i+1, line, err) }
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || strings.HasPrefix(line, "#"):
			continue
		case line[0] == '\t':
			*block += strings.TrimSpace(line) + "\n"
			continue
		case words[0] == "===":
			if s != nil {
				s.balances = balances
				list = append(list, s)
			}
			s, n, files, balances = &scene{title: strings.TrimPrefix(line, "=== "), provider: "adyen"}, 0, nil, ""
			continue
		}
		switch words[0] {
		case "provider":
			s.provider = words[1]
		case "file":
			head := ""
			if len(words) > 1 {
				head = "format " + words[1] + "\n"
			}
			files = append(files, head)
			block = &files[len(files)-1]
		case "run":
			s.steps = append(s.steps, step{kind: "run", files: files, want: words[1:], line: i + 1})
			files = nil
		case "hook":
			s.steps = append(s.steps, step{kind: "hook", files: []string{""}, want: words[1:], line: i + 1})
			block = &s.steps[len(s.steps)-1].files[0]
		case "waiting":
			s.steps = append(s.steps, step{kind: "waiting", want: words[1:], line: i + 1})
			s.waits = words[1] != "0"
		case "later":
			s.later = strings.Join(words[1:], " ")
		case "any":
			s.anyOrder = true
		case "balances":
			block = &balances
		default:
			x := step{kind: "post", line: i + 1}
			if words[0] == "refused" {
				x.kind, x.want, words = "refused", words[1:2], words[2:]
			}
			n++
			if x.event, err = sceneEvent(words, n, s.provider); err != nil {
				fail(err)
			}
			s.steps = append(s.steps, x)
		}
	}
	return list
}

// sceneEvent makes the n-th event of a scene.
func sceneEvent(words []string, n int, provider string) (posting.Event, error) {
	text := strings.Join(words, " ")
	if text[0] != '{' {
		text = shorthand(words, provider)
	}
	if !strings.Contains(text, `"id"`) {
		text = fmt.Sprintf(`{"id":"e%d",%s`, n, text[1:])
	}
	if !strings.Contains(text, `"at"`) {
		text = fmt.Sprintf(`{"at":"2026-03-10T10:00:%02dZ",%s`, n, text[1:])
	}
	return posting.Decode([]byte(text))
}

func shorthand(words []string, provider string) string {
	amount := func(s string) string {
		c := "EUR"
		if digits, other, ok := strings.Cut(s, ":"); ok && len(other) == 3 {
			s, c = digits, other
		}
		return fmt.Sprintf(`{"value":%s,"currency":"%s"}`, strings.TrimLeft(strings.Replace(s, ".", "", 1), "0"), c)
	}
	kind, name := words[0], words[1]
	var fields, splits []string
	field := func(key, value string) { fields = append(fields, fmt.Sprintf("%q:%q", key, value)) }
	rest := words[2:]
	switch kind {
	case "open":
		field("type", "account.open")
		field("account", name)
		field("kind", "sub")
		if len(rest) > 0 {
			fields = append(fields, fmt.Sprintf(`"providerIds":{%q:[%q]}`, provider, rest[0]))
		}
		return "{" + strings.Join(fields, ",") + "}"
	case "close":
		return fmt.Sprintf(`{"type":"account.close","account":%q}`, name)
	case "payout":
		field("type", kind)
		field("payout", name)
		field("provider", provider)
	case "transfer":
		field("type", kind)
		field("transfer", name)
	default:
		field("type", "payment."+kind)
		field("payment", name)
		if kind == "capture" || kind == "authorise" {
			field("provider", provider)
		}
	}
	keys := map[string]string{"psp": "providerReference", "ref": "reference", "c": "capture", "r": "refund", "d": "chargeback", "acct": "account",
		"from": "from", "to": "to", "batch": "batch", "at": "at"}
	for _, w := range rest {
		key, value, pair := strings.Cut(w, "=")
		switch {
		case !pair:
			fields = append(fields, `"amount":`+amount(w))
		case key == "cb":
			fields = append(fields, `"chargeback":`+map[string]string{"ratio": `{"behavior":"deductAccordingToSplitRatio"}`,
				"ratio+cost": `{"behavior":"deductAccordingToSplitRatio","costAllocationAccount":"seller:1"}`}[value])
		case key == "at":
			field("at", "2026-03-"+value+":00Z")
		case keys[key] != "":
			field(keys[key], value)
		case key == "liable":
			splits = append(splits, fmt.Sprintf(`{"type":"Commission","amount":%s,"reference":"commission"}`, amount(value)))
		default:
			splits = append(splits, fmt.Sprintf(`{"type":"BalanceAccount","account":%q,"amount":%s,"reference":"part of %[1]s"}`, key, amount(value)))
		}
	}
	if len(splits) > 0 {
		fields = append(fields, `"splits":[`+strings.Join(splits, ",")+`]`)
	}
	return "{" + strings.Join(fields, ",") + "}"
}

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
	g.intake = &ingest.Intake{Adapter: plain.Adapter{Provider: s.provider}, Ledger: g.ledger, Book: g.book}
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
			if kept := !g.strict && r.Err == nil && len(r.Told) == 1 && r.Told[0].Notice != ""; r.Status == ingest.Refused && !kept {
				g.Errorf("line %d: %s is refused: %v %+v", x.line, list[i].Body, r.Err, r.Told)
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
	for _, a := range g.ledger.Balances(nil) {
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

// shuffled plays a scene with the lines of its runs in other orders and other files, each file twice, and where that is said in other
// orders of its steps.
func shuffled(t *testing.T, s *scene) {
	seeds := 6
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(uint64(seed), 9))
		g := newStage(t, s)
		g.memory = []int{1, 0}[seed%2]
		var setting, told []step
		for _, x := range s.steps {
			switch {
			case x.kind == "run":
				x.files = dealt(r, x.files, seed)
				fallthrough
			case x.kind == "hook":
				told = append(told, x)
			default:
				if !s.anyOrder {
					told = append(told, x)
				} else if x.kind == "post" {
					setting = append(setting, x)
				}
			}
		}
		if s.anyOrder {
			told = scattered(told, seed)
			r.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
		}
		g.play(setting)
		g.play(told)
		g.right(fmt.Sprintf("shuffled (%d) as %s", seed, order(told)))
		if t.Failed() {
			g.end()
			return
		}
		g.again(fmt.Sprintf("shuffled (%d) and told again", seed))
		g.end()
	}
}

// dealt puts the lines of some files into an order and into other files of the same format.
func dealt(r *rand.Rand, files []string, seed int) (list []string) {
	lines := map[string][]string{}
	for _, f := range files {
		head := ""
		for line := range strings.Lines(f) {
			if strings.HasPrefix(line, "format ") {
				head = line
				continue
			}
			lines[head] = append(lines[head], line)
		}
	}
	for _, head := range slices.Sorted(maps.Keys(lines)) {
		of := lines[head]
		r.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
		switch seed % 3 {
		case 0: // one file
			list = append(list, head+strings.Join(of, ""))
		case 1: // a file a line
			for _, line := range of {
				list = append(list, head+line)
			}
		case 2: // one file twice, under two names
			whole := head + strings.Join(of, "")
			list = append(list, whole, whole)
		}
	}
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// scattered makes a step of each line, and some of them twice.
func scattered(steps []step, seed int) (list []step) {
	for _, x := range steps {
		if x.kind == "hook" {
			for line := range strings.Lines(x.files[0]) {
				list = append(list, step{kind: "hook", files: []string{line}, line: x.line})
			}
			continue
		}
		if seed%3 == 0 {
			list = append(list, x)
			continue
		}
		for _, f := range x.files {
			head := ""
			for line := range strings.Lines(f) {
				if strings.HasPrefix(line, "format ") {
					head = line
					continue
				}
				list = append(list, step{kind: "run", files: []string{head + line}, line: x.line})
			}
		}
	}
	return append(list, list[:len(list)/3]...)
}

func order(steps []step) string {
	var s strings.Builder
	for _, x := range steps {
		fmt.Fprintf(&s, "\n  %s %s", x.kind, strings.Join(x.files, " | "))
	}
	return s.String()
}

// killed plays a scene where one run was killed after so many events, or its context ended, and is run again.
func killed(t *testing.T, s *scene) {
	whole := newStage(t, s)
	whole.play(s.steps)
	events := whole.events()
	whole.end()
	step := 1
	if testing.Short() {
		step = 3
	}
	for n := 1; n < len(events); n += step {
		if x, next := events[n-1].Source, events[n].Source; !*scenesDeep && x != nil && next != nil && *x == *next {
			continue // events of one line are booked together
		}
		g := newStage(t, s)
		if !g.from(events[:n]) {
			g.ledger.Close()
			continue
		}
		for i := range s.steps {
			if x := &s.steps[i]; x.kind != "post" {
				g.step(x)
			} else if _, err := g.book.Post(context.Background(), x.event); err != nil {
				t.Fatal(err)
			}
		}
		g.right(fmt.Sprintf("killed after %d events", n))
		g.end()
		if t.Failed() {
			return
		}
	}
	for n := 0; n < 400; n = n*3/2 + 1 {
		g := newStage(t, s)
		for i := range s.steps {
			if x := &s.steps[i]; x.kind == "run" {
				ctx := &countdown{Context: context.Background(), done: make(chan struct{})}
				ctx.left.Store(int64(n))
				if r, err := g.compare(ctx, true, x.files...); err == nil {
					r.Close()
				}
			}
			g.step(&s.steps[i])
		}
		g.right(fmt.Sprintf("interrupted (%d)", n))
		g.end()
		if t.Failed() {
			return
		}
	}
}

// from posts events of other books. It reports false where the last is of the platform: nothing was killed then.
func (g *stage) from(events []posting.Event) bool {
	if events[len(events)-1].Source == nil {
		return false
	}
	for i, r := range g.book.PostBatch(context.Background(), events) {
		if r.Err != nil {
			g.Fatalf("%s: %v", events[i].AppendJSON(nil), r.Err)
		}
	}
	return true
}

// A countdown is a context that ends once it was asked so many times whether it has ended.
type countdown struct {
	context.Context
	left  atomic.Int64
	ended atomic.Bool
	done  chan struct{}
}

func (c *countdown) count() {
	if c.left.Add(-1) < 0 && c.ended.CompareAndSwap(false, true) {
		close(c.done)
	}
}

func (c *countdown) Done() <-chan struct{} {
	c.count()
	return c.done
}

func (c *countdown) Err() error {
	c.count()
	if c.ended.Load() {
		return context.Canceled
	}
	return nil
}

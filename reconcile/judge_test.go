package reconcile_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger/ledgertest"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile"
	"github.com/splitledger/splitledger/reconcile/ingest"
)

var (
	lifeChecks = flag.Int("life.checks", 0, "draw so many lives of each simulated provider with rapid, which makes the first that ends badly short; default: the first 150 by number, or 10 in short tests")
	lifeTurns  = flag.Int("life.turns", 14, "how many things happen in the longest life")
	lifeSeed   = flag.Int64("life.seed", 0, "live the one life of this number, in place of many that rapid draws")
	lifeSurvey = flag.Int64("life.survey", 0, "live so many lives by number, and only say what went wrong in which")
	lifeKeep   = flag.String("life.keep", "",
		"a directory to keep the files, webhooks and story of the last life in, by provider")
)

// lives lets a provider live, again and again, and judges the books after each of its reports.
func lives(t *testing.T, newProvider func() life.Provider) {
	t.Helper()
	switch {
	case *lifeSeed != 0:
		if wrong := live(t, *lifeSeed, newProvider()); wrong != nil {
			t.Fatal(wrong.story)
		}
	case *lifeSurvey != 0:
		survey(t, newProvider)
	case *lifeChecks != 0:
		checkLives(t, newProvider)
	default:
		firstLives(t, newProvider)
	}
}

// firstLives lives the first lives by number: all end well.
func firstLives(t *testing.T, newProvider func() life.Provider) {
	t.Helper()
	n := int64(150)
	if testing.Short() {
		n = 10
	}
	for seed := int64(1); seed <= n; seed++ {
		if w := live(t, seed, newProvider()); w != nil {
			t.Errorf("life %d ends badly: %s; see it with -life.seed %d", seed, w.what, seed)
		}
	}
}

// checkLives draws lives with rapid, which makes the first that fails as short as it can.
func checkLives(t *testing.T, newProvider func() life.Provider) {
	t.Helper()
	checks := *lifeChecks
	old := flag.Lookup("rapid.checks").Value.String()
	flag.Set("rapid.checks", strconv.Itoa(checks))
	defer flag.Set("rapid.checks", old)
	flag.Set("rapid.nofailfile", "true") // the seed does
	var clean, runs, n int
	rapid.Check(t, func(rt *rapid.T) {
		j := newJudge(t, newProvider(), rt.Fatal, life.Even(func() bool { return rapid.Bool().Draw(rt, "bit") }))
		defer j.close()
		j.live()
		clean, runs, n = clean+j.clean, runs+j.runs, n+1
	})
	t.Logf("%d lives, %d runs of reports, %d of them clean", n, runs, clean)
}

// A wrong is how a life ended badly.
type wrong struct{ what, story string }

// live lives the life of a number.
func live(t *testing.T, seed int64, p life.Provider) (bad *wrong) {
	dice := rand.New(rand.NewSource(seed))
	j := newJudge(t, p, func(args ...any) { panic(&wrong{story: fmt.Sprint(args...)}) },
		func(_ string, low, high int) int { return low + dice.Intn(high-low+1) })
	defer j.close()
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *wrong:
			e.what, bad = j.world.Story[len(j.world.Story)-1], e
		default:
			bad = &wrong{what: fmt.Sprintf("panic: %v", e), story: fmt.Sprintf("%s\npanic: %v\n%s", j.world, e,
				debug.Stack())}
		}
	}()
	j.live()
	return nil
}

// survey lists which lives went wrong, and how; each is shown by -life.seed.
func survey(t *testing.T, newProvider func() life.Provider) {
	bad := 0
	for seed := int64(1); seed <= *lifeSurvey; seed++ {
		if w := live(t, seed, newProvider()); w != nil {
			bad++
			t.Logf("life %d (%d lines): %s", seed, strings.Count(w.story, "\n"), w.what)
			if *lifeKeep != "" {
				name := filepath.Join(*lifeKeep, fmt.Sprintf("%s_%d.txt", strings.ReplaceAll(t.Name(), "/", "_"), seed))
				if err := os.WriteFile(name, []byte(w.story), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if bad > 0 {
		t.Errorf("%d of %d lives went wrong", bad, *lifeSurvey)
	}
}

// A judge plays a life on a ledger, and compares the ledger with what the provider has told so far.
type judge struct {
	fatal    func(...any)
	dir      string
	keep     bool
	provider life.Provider
	adapter  providers.Adapter
	world    *life.World
	ledger   *ledger.Ledger
	book     *posting.Book
	intake   *ingest.Intake
	webhooks int
	runs     int
	clean    int
}

func newJudge(t *testing.T, p life.Provider, fatal func(...any), draw life.Source) *judge {
	j := &judge{fatal: fatal, provider: p, adapter: p.Adapter()}
	var err error
	if *lifeKeep != "" {
		j.keep = true
		j.dir = filepath.Join(*lifeKeep, strings.ReplaceAll(t.Name(), "/", "_"))
		if err = os.RemoveAll(j.dir); err == nil {
			err = os.MkdirAll(j.dir, 0o777)
		}
	} else {
		j.dir, err = os.MkdirTemp("", "life")
	}
	if err != nil {
		t.Fatal(err)
	}
	j.world = life.New(p, j, draw)
	// The ledger's clock is ahead of the world's: nothing that happens is later than it.
	clock := func() time.Time { return j.world.Now.Add(time.Hour) }
	if j.ledger, err = ledger.Open(filepath.Join(j.dir, "l.db"), ledger.Options{Clock: clock}); err != nil {
		t.Fatal(err)
	}
	if j.book, err = posting.New(j.ledger, posting.Options{}); err != nil {
		t.Fatal(err)
	}
	j.intake = &ingest.Intake{Adapter: j.adapter, Keys: p.Keys(), Ledger: j.ledger, Book: j.book}
	return j
}

func (j *judge) live() {
	j.world.Live(j.world.Draw("turns", 1, *lifeTurns))
	j.end()
}

func (j *judge) close() {
	j.ledger.Close()
	if j.keep {
		j.write("story.txt", []byte(j.world.String()+"\n"))
	} else {
		os.RemoveAll(j.dir)
	}
}

func (j *judge) write(name string, text []byte) string {
	path := filepath.Join(j.dir, name)
	if err := os.WriteFile(path, text, 0o666); err != nil {
		j.fatal(err)
	}
	return path
}

// fail ends a life, and tells it.
func (j *judge) fail(format string, args ...any) {
	j.world.Tell("WRONG: "+format, args...)
	j.fatal("\n" + j.world.String() + "\n")
}

// Post posts an event of the platform.
func (j *judge) Post(e posting.Event) error {
	if j.keep {
		j.append("events.jsonl", e.AppendJSON(nil))
	}
	_, err := j.book.Post(context.Background(), e)
	if err != nil && ledger.Failed(err) {
		j.fail("the ledger: %v", err)
	}
	return err
}

// append adds a line to a file that is kept.
func (j *judge) append(name string, line []byte) {
	f, err := os.OpenFile(filepath.Join(j.dir, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		j.fatal(err)
	}
	if _, err = f.Write(append(line, '\n')); err == nil {
		err = f.Close()
	}
	if err != nil {
		j.fatal(err)
	}
}

// Notify takes webhooks, together.
func (j *judge) Notify(hooks []*life.Hook) {
	for i, r := range j.take(hooks) {
		status := string(r.Status)
		for _, told := range r.Outcomes {
			if told.Err != nil {
				status += ": " + told.Err.Error()
			}
		}
		if r.Err != nil {
			j.fail("webhook %s is refused: %v", hooks[i].Say, r.Err)
		}
		j.world.Tell("    %s: %s", hooks[i].Say, status)
	}
	if _, err := j.intake.Retry(context.Background()); err != nil {
		j.fail("retry: %v", err)
	}
}

func (j *judge) take(hooks []*life.Hook) []ingest.Result {
	notifications := make([]providers.Notification, len(hooks))
	for i, h := range hooks {
		notifications[i] = providers.Notification{Method: "POST", Header: h.Header, Path: h.Path, Body: h.Body,
			Received: j.world.Now}
		if j.keep {
			j.webhooks++
			j.write(fmt.Sprintf("webhook_%03d.json", j.webhooks), h.Body)
		}
	}
	results, err := j.intake.Take(context.Background(), notifications)
	if err != nil {
		j.fail("webhooks: %v", err)
	}
	return results
}

// Run reconciles files and books what they prove. Where it says that all is well, the books have to be what was told
// so far.
func (j *judge) Run(files []*life.File) {
	j.runs++
	res := j.compare(files)
	defer res.Close()
	clean := !res.Broken() && len(j.waiting()) == 0
	var said []string
	for _, c := range reconcile.Classes() {
		if n := res.Counts[c]; n > 0 {
			said = append(said, fmt.Sprintf("%s %d", c, n))
		}
	}
	if p := res.Posting; p != nil {
		said = append(said, fmt.Sprintf("accepted %d, duplicate %d, refused %d %s", p.Accepted, p.Duplicate,
			p.Refused, p.Why))
	}
	if n := len(j.waiting()); n > 0 {
		said = append(said, fmt.Sprintf("%d wait", n))
	}
	said = append(said, map[bool]string{true: "CLEAN", false: "breaks"}[clean])
	j.world.Tell("    %s", strings.Join(said, ", "))
	for b, err := range res.Breaks() {
		if err != nil {
			j.fail("breaks: %v", err)
		}
		j.world.Tell("      %s %s line %d: %s %s: expected %v, found %v; %s", b.Class, b.File, b.Line, b.Kind,
			b.Reference, b.Expected, b.Found, b.Hint)
		if b.Class == reconcile.Unreadable {
			j.fail("a line of the simulated provider is unreadable")
		}
	}
	if clean {
		j.clean++
		if t := j.world.Stuck(); t != nil {
			j.fail("the run is clean, but %s was told, on an account that the ledger does not know", t)
		}
		if wrong := j.differences(); wrong != "" {
			j.fail("the run is clean, but the books differ from what was told so far:\n%s", wrong)
		}
	}
}

func (j *judge) compare(files []*life.File) *reconcile.Result {
	var paths []string
	for _, f := range files {
		paths = append(paths, j.write(f.Name, f.Text))
	}
	report := j.provider.Options()
	report.Account = files[0].Account
	res, err := reconcile.Compare(context.Background(), reconcile.Options{
		Ledger: j.ledger, Book: j.book, Adapter: j.adapter, Report: report, Post: true, Workers: 1, Dir: j.dir,
	}, paths...)
	if err != nil {
		j.fail("compare: %v", err)
	}
	return res
}

func (j *judge) waiting() []*posting.Notice {
	list, err := j.book.Waiting(j.adapter.Name())
	if err != nil {
		j.fail("waiting: %v", err)
	}
	return list
}

// differences says how the books differ from what was told so far; nothing, if they do not.
func (j *judge) differences() string {
	if b, ok := j.provider.(life.Bookkeeper); ok {
		return b.Wrong(func(account, currency string) int64 { return j.balance(accounts.ID(account), currency) })
	}
	var wrong []string
	for _, e := range j.world.Expect() {
		have := j.balance(accounts.Provider(j.adapter.Name()), e.Currency)
		if less := e.Total - have; less != 0 && !e.Vague && !slices.Contains(e.Less, less) {
			text := fmt.Sprintf("  provider:%s %s: expected %d, found %d", j.adapter.Name(), e.Currency, e.Total, have)
			if len(e.Less) > 0 {
				text += fmt.Sprintf(" (or less by one of %v)", e.Less)
			}
			wrong = append(wrong, text)
		}
		for _, a := range e.Accounts {
			have = 0
			for _, id := range a.Group.Ledger {
				have += j.balance(accounts.ID(id), e.Currency)
			}
			for _, id := range a.Group.Minus {
				have -= j.balance(accounts.ID(id), e.Currency)
			}
			if have != a.Minor {
				wrong = append(wrong, fmt.Sprintf("  %s (%s at the provider) %s: expected %d, found %d",
					strings.Join(a.Group.Ledger, "+"), a.Group.Account, e.Currency, a.Minor, have))
			}
		}
	}
	return strings.Join(wrong, "\n")
}

// since lists the events after a record.
func (j *judge) since(record uint64) string {
	var b strings.Builder
	for rec, err := range j.ledger.Records(context.Background(), record+1) {
		if err != nil {
			j.fail("records: %v", err)
		}
		e, _, err := wire.ContentOf(rec)
		if err != nil {
			j.fail("record %d: %v", rec.Number, err)
		}
		fmt.Fprintf(&b, "\n  %s", e.AppendJSON(nil))
	}
	return b.String()
}

func (j *judge) mayWait(reference, providerReference string) bool {
	if b, ok := j.provider.(life.Bookkeeper); ok {
		return b.MayWait(reference, providerReference)
	}
	return j.world.MayWait(reference, providerReference)
}

// balance is all that an account has: pending, available and reserved.
func (j *judge) balance(id accounts.ID, currency string) int64 {
	n, err := strconv.ParseInt(ledgertest.Holds(j.ledger, id, money.Currency(currency)).Total().Minor(), 10, 64)
	if err != nil {
		j.fail("%v", err)
	}
	return n
}

// end judges the books when all is told.
func (j *judge) end() {
	for _, n := range j.waiting() {
		if n.Reference == "" && n.ProviderReference == "" && j.world.Stuck() != nil {
			continue
		}
		// A failure of what the books do not have moves nothing, and may be kept as a notice.
		if n.Name != "refund_failed" && n.Name != "settlement_failed" && !j.mayWait(n.Reference, n.ProviderReference) {
			j.fail("all is told, but %s %s of payment %s %s waits: %s", n.Name, n.Amount, n.Reference,
				n.ProviderReference, n.Reason)
		}
	}
	if wrong := j.differences(); wrong != "" {
		j.fail("all is told, but the books differ from the provider's:\n%s", wrong)
	}
	j.world.Tell("ALL FILES AGAIN, all webhooks again")
	before := j.ledger.Stats().Records
	for _, files := range life.ByAccount(j.world.Files) {
		res := j.compare(files)
		accepted := res.Posting.Accepted
		res.Close()
		if accepted != 0 {
			j.fail("a second run of all files booked %d events:%s", accepted, j.since(before))
		}
	}
	for i, r := range j.take(j.world.Hooks) {
		if r.Status == ingest.Accepted {
			j.fail("webhook %s, taken again, booked something:%s", j.world.Hooks[i].Say, j.since(before))
		}
	}
	if wrong := j.differences(); wrong != "" {
		j.fail("told again, the books differ from the provider's:\n%s", wrong)
	}
	v, err := j.ledger.Verify(context.Background(), nil)
	if err != nil || len(v.Damage) > 0 {
		j.fail("verify: %v %v", v.Damage, err)
	}
}

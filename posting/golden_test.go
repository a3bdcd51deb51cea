package posting

import (
	"bytes"
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

	"github.com/google/go-cmp/cmp"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

var update = flag.Bool("update", false, "write what happens into testdata instead of comparing")

// TestExamples plays testdata/examples/*.txt. A file is a story of one ledger: a line that begins with # is
// for the reader, all that begins with > is what the line before it came to, and the others are
//
//	open NAME…         account.open for each, of kind sub
//	{…}                an event; it may go on over lines that begin with a space
//	at PROVIDER ID     which account a provider means by an id
//	balances [NAME…]   pending/available/reserved of these accounts, or of all that were ever posted to
//	postings           of the last event that was booked
//	payment NAME       what the books say of a payment
//	rules [TEXT]       the stored rules, or those with the text
//	payouts [ACCOUNT]  the payouts of an account, or all
//	transfer NAME      what the books say of a transfer
//	movement PROVIDER KIND REFERENCE
//	                   the events that told a movement
//	due                what waits for its time
//	find PROVIDER ?|REFERENCE [REFERENCE]
//	                   which payment that is, by the provider's reference and the merchant's
//	notices PROVIDER   what the provider told of payments that were not there, newest first
//	waiting PROVIDER   what of that waits, oldest first
//	reports PROVIDER   its reports that were booked, newest first
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("testdata/examples/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(text))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(strings.Split(string(text), "\n"), strings.Split(got, "\n")); d != "" {
				t.Errorf("what %s says (-) and what happens (+):\n%s", file, d)
			}
		})
	}
}

// play plays a story and returns it with what happens.
func play(t *testing.T, story string) string {
	s := &stage{T: t}
	s.ledger, s.book = open(t, filepath.Join(t.TempDir(), "book.db"))
	lines := strings.Split(story, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if strings.HasPrefix(line, ">") {
			continue
		}
		fmt.Fprintln(&s.out, line)
		if strings.HasPrefix(line, "{") {
			for i+1 < len(lines) && strings.HasPrefix(lines[i+1], " ") {
				i++
				fmt.Fprintln(&s.out, lines[i])
				line += lines[i]
			}
		}
		s.line(line)
	}
	return strings.TrimRight(s.out.String(), "\n") + "\n"
}

type stage struct {
	*testing.T
	ledger *ledger.Ledger
	book   *Book
	out    bytes.Buffer
	last   uint64 // record
	opened int
}

func (s *stage) say(format string, args ...any) { fmt.Fprintf(&s.out, "> "+format+"\n", args...) }

func (s *stage) line(line string) {
	words := strings.Fields(line)
	switch {
	case len(words) == 0 || strings.HasPrefix(line, "#"):
	case strings.HasPrefix(line, "{"):
		s.post([]byte(line))
	case words[0] == "open":
		for _, w := range words[1:] {
			s.opened++
			s.must(Event{ID: fmt.Sprint("open-", s.opened), Type: AccountOpen, Account: accounts.ID(w), Kind: accounts.KindSub})
		}
	case words[0] == "balances":
		s.balances(words[1:])
	case words[0] == "at":
		id, err := s.book.Finder().AccountAt(words[1], words[2])
		if errors.Is(err, ErrNotFound) {
			id = "(none)"
		} else if err != nil {
			s.Fatal(err)
		}
		s.say("%s", id)
	case words[0] == "postings":
		s.postings()
	case words[0] == "payment":
		s.payment(words[1])
	case words[0] == "rules":
		s.rules(strings.Join(words[1:], " "))
	case words[0] == "payouts":
		s.payouts(strings.Join(words[1:], " "))
	case words[0] == "transfer":
		s.transfer(words[1])
	case words[0] == "movement":
		s.movement(words[1], MovementKind(words[2]), words[3])
	case words[0] == "due":
		s.due()
	case words[0] == "find":
		s.find(append(words[1:], ""))
	case words[0] == "notices", words[0] == "waiting":
		s.notices(words[0], words[1])
	case words[0] == "reports":
		s.reports(words[1])
	default:
		s.Fatalf("unknown line %q", line)
	}
}

func (s *stage) must(e Event) {
	if _, err := s.book.Post(context.Background(), e); err != nil {
		s.Fatal(err)
	}
}

func (s *stage) post(line []byte) {
	e, err := Decode(line)
	var r Receipt
	if err == nil {
		r, err = s.book.Post(context.Background(), e)
	}
	if refused, ok := errors.AsType[*ledger.Error](err); ok {
		s.say("refused: %s", refused)
		return
	}
	if err != nil {
		s.Fatal(err)
	}
	s.last = r.Record
	if len(r.Entries) == 0 {
		s.say("%s", r.Status)
	} else {
		s.say("%s, entries %v", r.Status, r.Entries)
	}
}

func (s *stage) balances(names []string) {
	for a := range s.ledger.Accounts() {
		if len(names) > 0 && !slices.Contains(names, string(a.ID)) {
			continue
		}
		list, err := s.ledger.AccountBalances(a.ID)
		if err != nil {
			s.Fatal(err)
		}
		for _, b := range list {
			s.say("%-16s %22s %s", a.ID, b.Pending.Minor()+"/"+b.Available.Minor()+"/"+b.Reserved.Minor(), b.Currency)
		}
	}
}

func (s *stage) postings() {
	for rec, err := range s.ledger.Records(context.Background(), s.last) {
		if err != nil {
			s.Fatal(err)
		}
		for _, e := range rec.Entries {
			s.say("entry %d %s", e.Number, e.Reference)
			for _, p := range e.Postings {
				side := "debit "
				if p.Amount.Sign() < 0 {
					side = "credit"
				}
				s.say("%s", strings.TrimRight(fmt.Sprintf("  %-16s %-9s %s %10s %s  %-14s %s  %s", p.Account, p.Sub, side, p.Amount.Abs().Minor(), p.Amount.Currency(), p.Type, p.Reference, p.Reason), " "))
			}
		}
		return
	}
}

func (s *stage) payment(id string) {
	p, err := s.book.Payment(id)
	if err != nil {
		s.say("refused: %s", err)
		return
	}
	s.say("%s: %s, authorised %s, captured %s, refunded %s, refundable %s", p.Provider, p.State(), p.Authorised.Minor(), p.Captured, p.Refunded.Minor(), p.Refundable().Minor())
	for _, c := range p.Captures {
		flags := ""
		switch c.State() {
		case CaptureFailed:
			flags += ", settlement failed: " + c.Failure
		case CaptureSettled, CaptureCancelled, CaptureReversed:
			flags += ", " + string(c.State())
		}
		if c.Batch != "" {
			flags += " in " + c.Batch
		}
		if c.Rule != "" {
			flags += ", by rule " + c.Rule
			if c.Version != firstVersion {
				flags += " version " + c.Version
			}
		}
		if c.Fallback {
			flags += ", fallback: " + c.Reason
		}
		if c.Fact {
			flags += ", a fact"
		}
		if !c.Due.IsZero() {
			flags += ", due " + c.Due.Format(time.RFC3339)
		}
		s.say("capture %s %s%s%s", c.ID, c.Amount.Minor(), flags, confirmed(c.Confirmed))
	}
	for _, part := range p.Parts {
		s.say("%s", strings.TrimRight(fmt.Sprintf("part %-16s %-14s %-12s amount %s refunded %s left %s  %s  %s", part.Account, part.Type, part.Reference, part.Amount.Minor(), part.Refunded.Minor(), part.Left().Minor(), part.Status, part.Reason), " "))
	}
	for _, f := range p.Fees {
		s.say("fee %s %s on %s%s", f.Type, f.Amount.Minor(), f.Account, strings.TrimRight("  "+f.Reason, " "))
	}
	for _, r := range p.Refunds {
		flags := ""
		if r.Failed {
			flags = ", failed"
		}
		if r.Fact {
			flags += ", a fact"
		}
		s.say("refund %s %s%s%s", r.ID, r.Amount.Minor(), flags, confirmed(r.Confirmed))
	}
	for _, c := range p.Chargebacks {
		s.say("chargeback %s %s, %s, reversed %s, left %s%s", c.ID, c.Amount, c.State(), c.Reversed.Minor(), c.Left().Minor(), confirmed(c.Confirmed))
		for _, by := range c.Paid {
			s.say("%s", strings.TrimRight(fmt.Sprintf("  paid by %-16s %-14s %-12s %s, reversed %s  %s", by.Account, by.Type, by.Reference, by.Amount.Minor(), by.Reversed.Minor(), by.Reason), " "))
		}
	}
}

func confirmed(c *Confirmation) string {
	switch {
	case c == nil:
		return ""
	case c.Batch == "":
		return ", confirmed"
	}
	return ", confirmed in " + c.Batch
}

func (s *stage) find(words []string) {
	p, err := s.book.Finder().Find(words[0], strings.Trim(words[1], "?"), words[2])
	switch {
	case errors.Is(err, ErrNotFound):
		s.say("none")
	case err != nil:
		s.Fatal(err)
	default:
		s.say("%s", p.ID)
	}
}

func (s *stage) notices(which, provider string) {
	say := func(n *Notice) {
		state := "waits"
		if !n.closed.IsZero() {
			state = "closed: " + n.why
		}
		s.say("%s %s: %s of %q, %q, %s, batch %q, reason %q, %v, %s", n.ID, n.At.Format(time.RFC3339), n.Name, n.ProviderReference, n.Reference, n.Amount, n.Batch, n.Reason, n.Metadata, state)
	}
	if which == "waiting" {
		list, err := s.book.Waiting(provider)
		if err != nil {
			s.Fatal(err)
		}
		for _, n := range list {
			say(n)
		}
		return
	}
	for n, err := range s.book.Finder().notices(provider) {
		if err != nil {
			s.Fatal(err)
		}
		say(n)
	}
}

func (s *stage) reports(provider string) {
	for r, err := range s.book.Reports(provider) {
		if err != nil {
			s.Fatal(err)
		}
		s.say("%s %s: %s %s, batch %q, %v", r.ID, r.At.Format(time.RFC3339), r.Name, r.Reference, r.Batch, r.Metadata)
	}
}

func (s *stage) rules(text string) {
	for r, err := range s.book.Rules(text) {
		if err != nil {
			s.Fatal(err)
		}
		s.say("rule %s %q in %s", r.ID, r.Name, r.Currency)
		if r.Version != firstVersion {
			s.say("  version %s", r.Version)
		}
		for i := range r.Routes {
			to := &r.Routes[i]
			size := to.Percent.String() + " %"
			switch {
			case to.Percent.IsZero():
				size = to.Flat.String()
			case !to.Flat.IsZero():
				size = to.Flat.String() + " + " + size
			}
			holder := to.Account
			if holder == "" {
				holder = accounts.Platform
			}
			s.say("  %-12s %12s to %s", to.Reference, size, holder)
		}
	}
}

func (s *stage) payouts(account string) {
	for p, err := range s.book.Payouts(accounts.ID(account)) {
		if err != nil {
			s.Fatal(err)
		}
		source, _ := p.source()
		more := ""
		if !p.Returned.IsZero() {
			more += ", returned " + p.Returned.String()
		}
		if p.Fee.Currency() != "" {
			more += ", fee " + p.Fee.String()
		}
		if p.Movement != "" {
			more += ", movement " + p.Movement
		}
		if p.Fact {
			more += ", a fact"
		}
		s.say("%s", strings.TrimRight(fmt.Sprintf("payout %-8s of %s for %s from %s: %s%s  %s", p.ID, p.Amount, p.Account, source, p.State, more, p.Reason), " "))
	}
}

func (s *stage) transfer(name string) {
	t, err := s.book.Finder().Transfer(name)
	if err != nil {
		s.say("refused: %s", err)
		return
	}
	more := ""
	for _, of := range [][2]string{{"payment", t.Payment}, {"capture", t.Capture}, {"reference", t.Reference}, {"provider", t.Provider}, {"movement", t.Movement}} {
		if of[1] != "" {
			more += ", " + of[0] + " " + of[1]
		}
	}
	if t.Fact {
		more += ", a fact"
	}
	s.say("transfer %s: %s from %s to %s, given back %s, left %s%s", t.ID, t.Amount, t.From, t.To, t.Reversed.Minor(), t.Left().Minor(), more)
}

func (s *stage) movement(provider string, kind MovementKind, movement string) {
	records, err := s.book.Finder().Movement(provider, kind, movement)
	if err != nil {
		s.Fatal(err)
	}
	for _, rec := range records {
		e, remarks, err := wire.ContentOf(rec)
		if err != nil {
			s.Fatal(err)
		}
		s.say("%s %s, part %q, entries %d, %v", e.ID, e.Type, e.Part, len(rec.Entries), remarks)
	}
}

func (s *stage) due() {
	list, err := dueOf(s.book)
	if err != nil {
		s.Fatal(err)
	}
	for _, d := range list {
		s.say("%s of %s at %s", d.With, d.Event.Type, d.Event.At.Format(time.RFC3339))
	}
}

func small(a money.Amount) int64 {
	v, _ := a.Int().Int64()
	return v
}

// open opens a ledger that is verified when the test ends.
func open(t testing.TB, path string) (*ledger.Ledger, *Book) {
	l, err := ledger.Open(path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, l) })
	b, err := New(l, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return l, b
}

// shut verifies and closes a ledger.
func shut(t testing.TB, l *ledger.Ledger) {
	ledgertest.Verify(t, l)
	if err := l.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

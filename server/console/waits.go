package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/reconcile"
	"github.com/splitledger/splitledger/server/runs"
)

// A wait is something that needs somebody.
type wait struct {
	what, href, why string
	count           int
	since           time.Time
	sums            map[money.Currency]money.Amount
}

// add counts one, and what it is about.
func (w *wait) add(since time.Time, amount money.Amount) {
	w.count++
	if w.since.IsZero() || since.Before(w.since) {
		w.since = since
	}
	if c := amount.Currency(); c != "" {
		if w.sums == nil {
			w.sums = map[money.Currency]money.Amount{}
		}
		w.sums[c] = money.Sum(c, w.sums[c], amount)
	}
}

// waits lists what needs somebody.
func (v *view) waits() (*table, error) {
	negative, notices := &wait{what: "Accounts below zero", href: v.href("/negative")},
		&wait{what: "Reported, and not booked", href: v.href("/notices")}
	refused := &wait{what: "Due, and refused", href: v.href("/due")}
	list, err := v.books.Negatives(v.r.Context(), query.AccountFilter{}, v.now())
	if err != nil {
		return nil, err
	}
	for i := range list {
		negative.add(list[i].Since, list[i].Debt())
		negative.why = "deepest since " + v.time(negative.since).Text
	}
	told, err := v.books.Notices("", v.now())
	if err != nil {
		return nil, err
	}
	for i := range told {
		notices.add(told[i].Since, moneyOf(told[i].Amount))
		notices.why = "oldest: " + told[0].Provider + ", " + told[0].Kind
	}
	for d, err := range v.books.Due(query.DueFilter{By: v.now()}, v.now()) {
		if err != nil {
			return nil, err
		}
		if d.State == query.DueRefused {
			refused.add(d.Due, d.Amount.Amount)
			refused.why = d.Reason
		}
	}
	scan := v.badSplits()
	more := bit{Text: "the ledger is long; the list of splits reads all of it"}
	if scan == nil {
		scan, more.Text = new(splitScan), "they are being looked at; this takes some seconds"
	}
	fell, failed := scan.fell, scan.failed
	fell.what, fell.href = "Money that fell back to liable", v.href("/splits", "status", string(query.FellBack))
	failed.what, failed.href = "Splits that failed", v.href("/splits", "status", "failed")
	t := &table{Wrap: true, Columns: []column{{Head: "What"}, {"Amount", "n"}, {"Count", "n p2"}, {"Since", "n p2"}},
		Empty: "Nothing needs you: no account is below zero, no break is open, no notice waits, nothing that was due is refused, no split failed or fell back to liable."}
	for _, w := range v.openBreaks() {
		t.row(v.waitRow(w)...)
	}
	for _, w := range []*wait{negative, refused, notices, &failed, &fell} {
		if w.count > 0 {
			t.row(v.waitRow(w)...)
		}
	}
	if !scan.whole {
		t.row(rowLink("Splits were not all looked at", v.href("/splits", "status", "failed"), more), cell{}, cell{},
			cell{})
	}
	return t, nil
}

// openBreaks are, for each provider, what its newest comparison left to people, and whether that was posted.
func (v *view) openBreaks() (list []*wait) {
	store := v.runs()
	if store == nil {
		return nil
	}
	open, seen := store.Open(), map[string]bool{}
	for _, r := range store.List() { // the newest first
		if seen[r.Provider] || r.Ended.IsZero() {
			continue
		}
		seen[r.Provider] = true
		w := &wait{what: "Breaks in reports of " + r.Provider, since: r.Ended, href: v.pageIf("/runs",
			"/runs/"+escape(r.ID))}
		for _, class := range sortedKeys(open[r.Provider]) {
			n := open[r.Provider][class]
			w.count += int(n)
			w.why = strings.TrimPrefix(fmt.Sprintf("%s, %s %s", w.why, v.grouped(n), strings.ReplaceAll(string(class),
				"_", " ")), ", ")
		}
		if r.State == runs.Done && r.Summary[reconcile.Matched] > 0 {
			w.why = strings.TrimSuffix("compared, not posted: "+w.why, ": ")
		}
		if w.count > 0 || strings.HasPrefix(w.why, "compared") {
			list = append(list, w)
		}
	}
	return list
}

// pageIf is a path of the ledger, "" where there is no page of that pattern.
func (v *view) pageIf(pattern, path string) string {
	if !slices.ContainsFunc(pages, func(p pageOf) bool { return p.path == pattern }) {
		return ""
	}
	return v.href(path)
}

// A splitScan is what a look at all splits of a ledger found.
type splitScan struct {
	fell, failed wait
	whole        bool
	record       uint64
	at           time.Time
	took         time.Duration
}

// fresh reports whether a look need not be taken again: nothing was booked since, or it took so long that pages which
// are looked at all the time would keep a processor busy.
func (s *splitScan) fresh(record uint64, now time.Time) bool {
	return s != nil && (s.record == record || now.Sub(s.at) < 20*s.took)
}

// A scans keeps the newest look of each ledger, and those that are under way.
type scans struct {
	mu      sync.Mutex
	all     map[string]*splitScan
	running map[string]chan struct{}
}

const (
	// patience is how long a page waits for a look; then it shows the one before, and the new one when it is asked for again.
	patience = 300 * time.Millisecond
	// scanTime bounds a look: splits that failed are found by reading all of the journal.
	scanTime = time.Minute
)

// badSplits are those that did not go where they should, as the newest look has them; nil where the first is under way.
func (v *view) badSplits() *splitScan {
	kept := &v.console.scans
	kept.mu.Lock()
	defer kept.mu.Unlock()
	if s := kept.all[v.ledger]; s.fresh(v.books.Ledger.Stats().Records, v.now()) {
		return s
	}
	done := kept.running[v.ledger]
	if done == nil {
		done = make(chan struct{})
		kept.running[v.ledger] = done
		go v.console.scan(v.ledger, v.books, done)
	}
	kept.mu.Unlock()
	select {
	case <-done:
	case <-time.After(patience):
	case <-v.r.Context().Done():
	}
	kept.mu.Lock()
	return kept.all[v.ledger]
}

// scan takes a look at all splits of a ledger, and keeps it.
func (c *Console) scan(name string, books *query.Books, done chan struct{}) {
	now := c.options.Clock
	s := &splitScan{whole: true, record: books.Ledger.Stats().Records, at: now()}
	ctx, cancel := context.WithTimeout(c.stopping, scanTime)
	defer cancel()
	for p, err := range books.Splits(ctx, query.SplitFilter{Statuses: []posting.State{query.FellBack, "failed"}}) {
		if err != nil {
			s.whole = false
			if ctx.Err() == nil && !errors.Is(err, ledger.ErrClosed) {
				c.options.Log.Error("looking at splits", "ledger", name, "error", err)
			}
			break
		}
		w := &s.fell
		if p.Status == "failed" {
			w = &s.failed
		}
		if w.count == 0 {
			w.why = "oldest: " + p.Payment
		}
		w.add(p.At, p.Amount.Amount)
	}
	s.took = now().Sub(s.at)
	c.scans.mu.Lock()
	defer c.scans.mu.Unlock()
	c.scans.all[name] = s
	delete(c.scans.running, name)
	close(done)
}

// waitRow is a row of what needs somebody.
func (v *view) waitRow(w *wait) []cell {
	var bits []bit
	for _, c := range sortedKeys(w.sums) {
		a := w.sums[c]
		bits = append(bits, bit{Text: v.figureOf(a) + " " + string(c), Class: "nb"})
	}
	return []cell{rowLink(w.what, w.href, bit{Text: w.why}), {Bits: bits, Class: "lines"}, v.count(uint64(w.count)),
		text(v.age(w.since))}
}

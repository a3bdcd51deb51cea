package reconcile

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/ondisk"
)

// A run from beginning to end: the options, the files, the order of the steps, and taking in what became of each line.

// Options say how reports are compared. Ledger, Book and Adapter are needed.
type Options struct {
	Ledger  *ledger.Ledger
	Book    *posting.Book
	Adapter providers.Adapter
	Report  providers.ReportOptions // its Table is the ledger's, whatever it says

	// Post books what the reports prove. It may be done again, and after it was interrupted, with the same result.
	Post bool

	// Through leaves what happened at or after that time for later; the zero time leaves nothing.
	Through time.Time

	Top     int    // how many breaks of each class and currency [Total.Largest] has; default 10
	Workers int    // how many lines are compared at a time; default as many as there are processors
	Memory  int    // how many lines are remembered in memory before they go to disk; default a million
	Dir     string // for temporary files; default the system's

	// Progress, if set, is called now and then with how many lines are done.
	Progress func(lines uint64)
}

// Compare compares reports of one provider with the books and with each other; what two reports include is a
// duplicate. If a file becomes unreadable somewhere, it is read up to there. Files are read once, and kept in
// temporary files until they are compared.
//
// The error means that the files could not be opened, or that the books or the disk failed. If it is a
// [*FormatError], a file is no report of the provider. The result must be closed.
func Compare(ctx context.Context, o Options, files ...string) (*Result, error) {
	if o.Top == 0 {
		o.Top = 10
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	o.Report.Table = o.Ledger.Table()
	r := &run{Options: o, Result: &Result{
		Provider: o.Adapter.Name(), Counts: map[Class]uint64{},
		OpenOf: map[Class]uint64{}, totals: map[totalKey]*Total{},
		top: o.Top, Head: o.Ledger.Stats().Records,
	}}
	for _, list := range []*ordered{&r.breaks, &r.others} {
		list.log.Dir, list.sort.Dir, list.sort.Limit = o.Dir, o.Dir, o.Memory
	}
	r.seen = ondisk.Map{Dir: o.Dir, Limit: o.Memory}
	r.lines = spool{log: ondisk.Log{Dir: o.Dir}, first: ondisk.Sorter{Dir: o.Dir, Limit: o.Memory},
		second:         ondisk.Sorter{Dir: o.Dir, Limit: o.Memory},
		withoutPayment: ondisk.Sorter{Dir: o.Dir, Limit: o.Memory},
		owners:         owners{ondisk.Map{Dir: o.Dir, Limit: o.Memory}}}
	r.batches.byKey, r.balances.byKey = map[batchKey]*Batch{}, map[runningKey]*running{}
	r.finder, r.found = o.Book.Finder(), o.Ledger.Now().Truncate(time.Second)
	r.resolver = &Resolver{Ledger: o.Ledger, Book: o.Book, Provider: r.Provider, unbooked: !o.Post}
	err := r.run(ctx, files)
	err = errors.Join(err, r.seen.Close(), r.lines.close())
	if err != nil {
		return nil, errors.Join(err, r.Result.Close())
	}
	return r.Result, nil
}

// A run is one call of [Compare]. It reads all files first, and then compares their lines payment by payment.
// So everything with a name is matched before anything is matched by amount. Lines of no payment come last.
type run struct {
	Options
	*Result
	resolver *Resolver       // has no state, so all workers share it
	finder   *posting.Finder // of the goroutine that takes in what became of the lines
	found    time.Time       // when the run began: breaks without a time of their own are open since then
	files    []*file
	lines    spool
	poster   *poster // nil unless something is posted

	// Notices that wait are taken up with the lines, as if they were lines of one more file. So a line and the
	// webhook of the same outcome meet, whichever came first.
	notices []*posting.Notice
	waiting map[string]string // the payments of refunds that wait, by movement

	// Some rows come to several outcomes. Such a row has an entry here, by lineID, with the class it counts in, empty
	// until its first outcome is taken in.
	several map[uint64]Class

	// What lines were about is not missing at the provider. Most lines are about a capture with one record, which
	// takes a bit in reportedCaptures; everything else takes a key in seen. A capture that is settled only in part is
	// in partlySettled too: the next report has to look at it again.
	seen             ondisk.Map
	reportedCaptures marks
	partlySettled    marks

	batches  batches
	balances balances  // running balances
	closings []closing // closing balances, compared when all lines are taken in
	done     uint64    // lines that were taken in
	shown    uint64    // how many of them there were when Progress was called last
}

// A file is a report while it is compared.
type file struct {
	File
	n    int // its place among the files of the run
	path string
	sum  string // SHA-256 in hexadecimal; empty if nothing asks whether it was posted before
	id   string // of the event that notes the report; lines are known by it and their number

	again bool // another file of this run has the same content

	at int // the line that was read last

	// Which accounts' transfers and payouts the report lists is a matter of its format. Up to which day it lists them
	// is the span of its lines, in each currency; of names the account that its first lines name.
	format providers.Format
	of     string
	spans  map[money.Currency]*span
}

// run takes all steps. They are listed in the documentation of the package.
func (r *run) run(ctx context.Context, paths []string) error {
	// All files are checked before anything is booked: a wrong file among them must not leave half
	// of the reports booked.
	for i, path := range paths {
		f, err := r.prepare(i, path)
		if err != nil {
			return err
		}
		r.files = append(r.files, f)
	}
	if r.Post {
		if err := r.begin(ctx); err != nil {
			return err
		}
	}
	for _, f := range r.files {
		if err := r.readFile(ctx, f); err != nil {
			return err
		}
		r.Files = append(r.Files, f.File)
	}
	err := r.compareAll(ctx)
	if r.poster != nil {
		err = errors.Join(err, r.poster.end())
	}
	// Notices may be about what was booked just now.
	if err == nil && r.Post {
		err = r.retry(ctx)
	}
	if err == nil {
		err = r.lateShares(ctx)
	}
	if err != nil {
		return err
	}
	// From here on the books have what the reports prove: balances are compared with that, and only then is it
	// known what is missing.
	if err := r.compareBalances(); err != nil {
		return err
	}
	left, err := r.missing(ctx)
	if err != nil {
		return err
	}
	if err := r.conclude(); err != nil {
		return err
	}
	if r.Post {
		return r.finish(ctx, left)
	}
	return nil
}

// prepare looks at a report before any is compared. A file that is none is refused.
// Its hash is made only if something asks for it, that is if the run posts or the books have a report of the
// provider: reading a large file once more takes time. A report is known by the hash, whatever its name.
func (r *run) prepare(n int, path string) (*file, error) {
	f := &file{n: n, path: path, File: File{Name: filepath.Base(path)}}
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	report, err := r.Adapter.Open(in, r.Report)
	if err != nil {
		return nil, &FormatError{File: f.Name, Err: err}
	}
	f.Format = report.Format()
	for _, format := range r.Adapter.Formats() {
		if format.Name == f.Format { // one that the adapter does not list reports no transfers and payouts
			f.format = format
		}
	}
	known, err := r.Ledger.Has(ledger.Key{Space: posting.KeyReports, Name: r.Provider})
	if err != nil {
		return nil, err
	}
	f.id = "file " + strconv.Itoa(n)
	if !known && !r.Post {
		return f, nil
	}
	if f.sum, err = hash(in); err != nil {
		return nil, err
	}
	f.id = derivedID(r.Provider, "report", f.sum)
	for _, other := range r.files {
		if other.sum == f.sum { // the same report twice: each line of it is reported before
			f.id, f.again = f.id+" again", true
			return f, nil
		}
	}
	for _, id := range []string{f.id, legacyID(r.Provider, "report", appendTexts(nil, f.sum, stateBegun, "report"))} {
		first, err := r.Ledger.Last(ledger.Key{Space: posting.KeyEvent, Name: id})
		if err != nil {
			return nil, err
		}
		if first != nil {
			f.Before = first.Recorded
		}
	}
	return f, nil
}

// A FormatError says that a file is no report of the provider.
type FormatError struct {
	File string
	Err  error
}

func (e *FormatError) Error() string { return e.File + ": " + e.Err.Error() }

// Unwrap returns what was expected and found.
func (e *FormatError) Unwrap() error { return e.Err }

// covers notes from when until when the reports include what the provider has booked.
// The time that counts is when the provider booked a line: some lines are of days long past or, for a
// value date, to come.
func (r *run) covers(f *file, o *providers.Outcome) {
	at := o.At
	if !o.Booked.IsZero() {
		at = o.Booked
	}
	if at.After(r.Newest) {
		r.Newest = at
	}
	if r.Oldest.IsZero() || at.Before(r.Oldest) && !at.IsZero() {
		r.Oldest = at
	}
	f.covers(o, at)
}

// takeIn takes in what became of a line of the reports.
// It is called in one goroutine and in the order of the groups, so what it sums up needs no lock.
func (r *run) takeIn(l *Line) error {
	res := &l.Resolution
	if r.done++; r.Progress != nil && r.done >= r.shown+4096 {
		r.shown = r.done
		r.Progress(r.done)
	}
	// Claims count also for a notice: what it is about is not missing at the provider.
	for _, k := range res.claims {
		if err := r.seen.Put(k, 1); err != nil {
			return err
		}
	}
	if l.Notice != nil {
		return r.noticed(l)
	}
	f := r.files[l.file]
	o := &l.Outcome
	if r.countsIn(f, l) {
		r.batches.add(o)
	}
	// The parts of the result are independent of each other: batches and conversions are sums over lines, marks and
	// claims are for missing, the poster gets the events, and the class is counted. Only conversions that are booked by
	// this line are summed, so that a report read again does not count twice.
	if res.from.Currency() != "" && !res.from.IsZero() && res.proves() {
		r.convert(res.from, res.to)
	}
	if res.reportedRecord != 0 {
		r.reportedCaptures.set(res.reportedRecord, true)
		r.partlySettled.set(res.reportedRecord, !res.settledWhole)
	}
	if o.Kind == providers.Balance {
		r.closings = append(r.closings, closing{f, *o})
	}
	if l.Waiting { // an earlier run or a notification may have kept it
		rec, err := maybe(r.finder.Event(noticeID(r.Provider, o)))
		if err != nil {
			return err
		}
		if rec != nil && rec.Number <= r.Head {
			l.Since = rec.Recorded
		}
	}
	if r.poster != nil {
		if err := r.poster.add(l); err != nil {
			return err
		}
	}
	r.class(lineID(f.n, o.Line), res.Class)
	if res.Class == Duplicate && res.again != nil {
		res.Expected, res.Hint = Side{State: "reported in " + r.where(res.again)},
			"duplicate: it was reported before, and is booked once"
	}
	return r.list(f, l)
}

// add keeps a break. An outcome that was kept before is open since then. Otherwise it is open since the
// provider's time of the line, or the time of our entry, or, without either, since now.
func (r *run) add(b Break) error {
	for _, at := range []time.Time{b.Booked, b.At, r.found} {
		if b.Since.IsZero() {
			b.Since = at
		}
	}
	b.Since = b.Since.UTC()
	return r.Result.add(b)
}

// countsIn reports whether a line counts in the sum of its batch. If two of these reports include it, the provider
// has done it once.
func (r *run) countsIn(f *file, l *Line) bool {
	if l.Class != Duplicate || l.again == nil {
		return true
	}
	for _, other := range r.files {
		if other.id == l.again.Report && (other != f || l.again.Line != uint64(l.Outcome.Line)) {
			return false
		}
	}
	return true
}

// where says where a line was reported before.
func (r *run) where(s *posting.FactSource) string {
	line := ""
	if s.Line != 0 {
		line = "line " + strconv.FormatUint(s.Line, 10)
	}
	for _, f := range r.files {
		if f.id == s.Report && len(r.files) > 1 {
			return f.Name + " " + line
		} else if f.id == s.Report {
			return line
		}
	}
	return cmp.Or(s.Format, "an earlier report")
}

// lineID is the place of a line among all lines, which is the order of breaks. Files have fewer than 2^40 lines.
func lineID(file, line int) uint64 { return uint64(file)<<40 | uint64(line) }

// class counts a line in its class. A line that reports several things counts once: in the class of the first
// that is a break.
func (r *run) class(id uint64, c Class) {
	before, several := r.several[id]
	switch {
	case !several:
		r.Counts[c]++
	case before == "":
		r.several[id] = c
		r.Counts[c]++
	case c.Break() && !before.Break():
		r.Counts[before]--
		r.Counts[c]++
		r.several[id] = c
	}
}

// list keeps what is a break or of no payment.
func (r *run) list(f *file, l *Line) error {
	if l.ByAmount && l.Class == Matched {
		r.ByAmount++
	}
	if l.Class == Matched {
		return nil
	}
	b := newBreak(r.label(f), l, r.Post)
	b.order = lineID(f.n, l.Outcome.Line)
	if l.Class == UnmatchedOther && b.Found.Amount.IsZero() {
		return nil // counted; it moved nothing
	}
	return r.add(b)
}

// label is how a file is called in breaks: by name where there are several, and not at all where there is one.
func (r *run) label(f *file) string {
	if len(r.files) == 1 {
		return ""
	}
	return f.Name
}

// unreadable adds the break of a line that could not be read.
// It stays open after posting: nobody knows what the line would have said.
func (r *run) unreadable(f *file, fault *providers.LineError) error {
	r.class(lineID(f.n, fault.Line), Unreadable)
	b := Break{Class: Unreadable, File: r.label(f), Line: fault.Line, Since: f.Before,
		Hint: fault.What, Open: true, order: lineID(f.n, fault.Line)}
	if fault.Column != "" {
		b.Reference = "column " + fault.Column
	}
	return r.add(b)
}

// conclude checks the batches and puts the result in order.
func (r *run) conclude() error {
	r.Batches = r.batches.list()
	for i := range r.Batches {
		if b := &r.Batches[i]; b.State() == "mismatch" {
			if err := r.unbalanced(b.mismatch()); err != nil {
				return err
			}
		}
	}
	order := Classes()
	r.Totals = make([]Total, 0, len(r.totals))
	for _, t := range r.totals {
		r.Totals = append(r.Totals, *t)
	}
	slices.SortFunc(r.Totals, func(a, b Total) int {
		return cmp.Or(slices.Index(order, a.Class)-slices.Index(order, b.Class),
			strings.Compare(string(a.Kind), string(b.Kind)),
			strings.Compare(string(a.Currency), string(b.Currency)))
	})
	slices.SortFunc(r.Conversions, func(a, b Conversion) int {
		return cmp.Or(strings.Compare(string(a.From.Currency()), string(b.From.Currency())),
			strings.Compare(string(a.To.Currency()), string(b.To.Currency())))
	})
	return nil
}

// unbalanced adds the break of a balance or a sum. It comes after the breaks of lines, unless it is of a line.
func (r *run) unbalanced(b Break) error {
	r.Counts[BalanceMismatch]++
	b.Open = true
	if b.order == 0 {
		b.order = 1 << 62
	}
	return r.add(b)
}

// offBalance adds the break of a running balance.
// want is what the balance before the line and its net amount come to.
func (r *run) offBalance(f *file, o *providers.Outcome, want money.Amount) error {
	b := Break{File: r.label(f), Line: o.Line, Kind: o.Kind, Reference: nameOf(o),
		Batch: o.Batch, At: o.At.UTC(), order: lineID(f.n, o.Line),
		Hint: "running balance: a line is missing before this one, or of another amount"}
	var res Resolution
	res.differ(BalanceMismatch, Side{Amount: want, State: "balance before and net"},
		Side{Amount: o.After, State: "balance after"})
	b.Class, b.Expected, b.Found, b.Difference = BalanceMismatch, res.Expected, res.Found, res.Difference
	return r.unbalanced(b)
}

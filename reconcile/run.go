package reconcile

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/spill"
)

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

// Compare reads reports of one provider and compares them with the books, and with each other: what two of them tell is a duplicate. A file
// that cannot be read on from somewhere is read until there.
//
// The error says that the files could not be opened, or that the books or the disk failed. The result is to be closed.
func Compare(ctx context.Context, o Options, files ...string) (*Result, error) {
	if o.Top == 0 {
		o.Top = 10
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	o.Report.Table = o.Ledger.Table()
	r := &run{Options: o, Result: &Result{Provider: o.Adapter.Name(), Counts: map[Class]uint64{}, totals: map[totalKey]*Total{}, top: o.Top}}
	r.breaks.Dir, r.others.Dir = o.Dir, o.Dir
	r.seen.Dir, r.seen.Limit = o.Dir, o.Memory
	r.batches.byKey, r.balances.byKey = map[batchKey]*Batch{}, map[runningKey]*running{}
	err := r.run(ctx, files)
	err = errors.Join(err, r.seen.Close())
	if err != nil {
		return nil, errors.Join(err, r.Result.Close())
	}
	return r.Result, nil
}

// A run is one call of [Compare].
type run struct {
	Options
	*Result
	files    []*file
	seen     spill.Map // what lines were about, and which line that was
	agreed   marks     // records of captures that a line agreed with
	batches  batches
	balances balances
	poster   *poster // nil unless something is posted
	told     uint64  // lines when the progress was told last
}

// A file is a report while it is compared.
type file struct {
	File
	path     string
	sum      string // SHA-256, in hexadecimal; empty where nobody asks for it
	resolver *Resolver

	at    int // the line that was taken in last
	class Class
}

func (r *run) run(ctx context.Context, paths []string) error {
	for _, path := range paths {
		f, err := r.prepare(path)
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
	err := r.readAll(ctx)
	if r.poster != nil {
		err = errors.Join(err, r.poster.end())
	}
	for more := r.Post && err == nil; more && err == nil; { // some of what waited may be about what was booked now
		more, err = r.takeUp(ctx)
	}
	if err != nil {
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

// prepare looks at a report before any is compared.
func (r *run) prepare(path string) (*file, error) {
	f := &file{path: path, File: File{Name: filepath.Base(path)}}
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	f.resolver = &Resolver{Ledger: r.Ledger, Book: r.Book, Provider: r.Provider, Dry: !r.Post}
	if report, err := r.Adapter.Open(in, r.Report); err == nil {
		f.Format = report.Format()
	}
	known, err := r.Ledger.Has(ledger.Key{Space: posting.KeyReports, Name: r.Provider})
	if err != nil || !known && !r.Post {
		return f, err
	}
	if f.sum, err = hash(in); err != nil {
		return nil, err
	}
	first, err := r.Ledger.Last(ledger.Key{Space: posting.KeyEvent, Name: f.begunID(r.Provider)})
	if err != nil || first == nil {
		return f, err
	}
	f.Before, f.resolver.Begun = first.Recorded, first.Number
	return f, nil
}

// readAll compares all lines of all files.
func (r *run) readAll(ctx context.Context) error {
	for i, f := range r.files {
		if err := r.readFile(ctx, i, f); err != nil {
			return err
		}
		r.Files = append(r.Files, f.File)
	}
	return nil
}

// line takes in one line, in order.
func (r *run) line(n int, f *file, it *item) error {
	if it.fault != nil {
		r.batches.unreadable()
		r.balances.forget()
		f.at = it.fault.Line
		return r.class(f, Unreadable, r.unreadable(f, it.fault))
	}
	o := &it.o
	res := &it.res
	print := spill.Key(res.Print)
	here := place(n, o.Line, print)
	value, told, err := r.seen.Get(spill.Key(res.Same))
	if err != nil {
		return err
	}
	before := placed(value)
	told = told && before.counted()
	elsewhere := false
	if told {
		if before, elsewhere, err = r.elsewhere(before, f, spill.Key(res.Same), here); err != nil {
			return err
		}
	}
	if !told || elsewhere || !before.like(print) { // what the file tells twice, the provider has done once
		r.batches.add(o)
		if want, ok := r.balances.check(n, o); !ok {
			if err := r.offBalance(f, o, want); err != nil {
				return err
			}
		}
	}
	if !r.Through.IsZero() && !o.At.Before(r.Through) {
		r.Later++
		return nil
	}
	r.covers(o)
	if elsewhere {
		res.toldElsewhere()
	} else if told {
		res.repeated(before, r.files)
	} else if err := errors.Join(r.remember(res, here), r.movement(n, o, res)); err != nil {
		return err
	}
	if !told && !res.from.IsZero() {
		r.convert(res.from, res.to)
	}
	if r.poster != nil {
		if err := r.poster.add(o, res); err != nil {
			return err
		}
	}
	of := func() Break { return newBreak(r.label(f), o, res) }
	if o.Line != 0 && o.Line == f.at {
		return r.more(f, res.Class, of)
	}
	f.at = o.Line
	return r.class(f, res.Class, of)
}

// covers notes from when until when the reports tell what the provider has booked.
func (r *run) covers(o *providers.Outcome) {
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
}

// elsewhere reports whether a line that was told before was told by another kind of report, and not by one of this kind as well, where that
// one is returned. Providers tell of the same payments in several kinds of reports: each is right to, and the books need it once.
func (r *run) elsewhere(before placed, f *file, same spill.Key, here placed) (placed, bool, error) {
	n := before.file()
	if n >= len(r.files) || r.files[n].Format == f.Format {
		return before, false, nil
	}
	key := spill.Key(keyOf(f.Format, string(same[:])))
	if value, told, err := r.seen.Get(key); told || err != nil {
		return placed(value), false, err
	}
	return before, true, r.seen.Put(key, uint64(here))
}

// remember notes what a line was about.
func (r *run) remember(res *Resolution, here placed) error {
	if res.Claim != (Key{}) && res.Claim != res.Same {
		if _, had, err := r.seen.Get(spill.Key(res.Claim)); err != nil || !had {
			err = errors.Join(err, r.seen.Put(spill.Key(res.Claim), uint64(here.uncounted())))
			if err != nil {
				return err
			}
		}
	}
	if res.Same == res.Claim {
		r.agreed.add(res.record)
	}
	return r.seen.Put(spill.Key(res.Same), uint64(here))
}

// class counts a line in its class, and keeps it where it is a break or of no payment.
func (r *run) class(f *file, c Class, of func() Break) error {
	r.Lines++
	f.Lines++
	f.class = c
	r.Counts[c]++
	if r.Progress != nil && r.Lines >= r.told+4096 {
		r.told = r.Lines
		r.Progress(r.Lines)
	}
	return r.list(c, of)
}

// more takes in what else a line tells: with its parts, a payment may be on one line. The line is in the class of the first
// of these that is a break.
func (r *run) more(f *file, c Class, of func() Break) error {
	if c.Break() && f.class == Matched {
		r.Counts[f.class]--
		r.Counts[c]++
		f.class = c
	}
	return r.list(c, of)
}

// list keeps what is a break or of no payment.
func (r *run) list(c Class, of func() Break) error {
	if c == Matched {
		return nil
	}
	b := of()
	if c == UnmatchedOther && b.Found.Amount.IsZero() {
		return nil // counted; it moved nothing
	}
	return r.add(b)
}

// label is how a file is called in breaks: by name where there are several.
func (r *run) label(f *file) string {
	if len(r.files) == 1 {
		return ""
	}
	return f.Name
}

// unreadable makes the break of a line that could not be read.
func (r *run) unreadable(f *file, fault *providers.LineError) func() Break {
	return func() Break {
		b := Break{Class: Unreadable, File: r.label(f), Line: fault.Line, Hint: fault.What}
		if fault.Column != "" {
			b.Reference = "column " + fault.Column
		}
		return b
	}
}

// offBalance adds the break of a running balance.
func (r *run) offBalance(f *file, o *providers.Outcome, want money.Amount) error {
	b := Break{Class: BatchMismatch, File: r.label(f), Line: o.Line, Kind: o.Kind, Reference: nameOf(o), Batch: o.Batch, At: o.At.UTC(),
		Hint: "running balance: a line is missing before this one, or of another amount"}
	var res Resolution
	res.differ(BatchMismatch, Side{Amount: want, State: "balance before and net"}, Side{Amount: o.After, State: "balance after"})
	b.Expected, b.Found, b.Difference = res.Expected, res.Found, res.Difference
	r.Counts[BatchMismatch]++
	return r.add(b)
}

// conclude checks the batches and puts the result in order.
func (r *run) conclude() error {
	r.Batches = r.batches.list()
	for i := range r.Batches {
		if b := &r.Batches[i]; b.State() == "mismatch" {
			r.Counts[BatchMismatch]++
			if err := r.add(b.mismatch()); err != nil {
				return err
			}
		}
	}
	r.Result.conclude()
	return nil
}

// forget starts the running balances anew, where a line in between is not known.
func (s *balances) forget() { clear(s.byKey) }

// open opens the report of a file.
func (r *run) open(f *file) (providers.Report, io.Closer, error) {
	in, err := os.Open(f.path)
	if err != nil {
		return nil, nil, err
	}
	report, err := r.Adapter.Open(in, r.Report)
	return report, in, err
}

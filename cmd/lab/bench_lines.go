package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/splitledger/splitledger/internal/eventlines"
	"github.com/splitledger/splitledger/internal/lab/bench"
	"github.com/splitledger/splitledger/internal/lab/marketplace"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// A linesSource makes up JSON lines for a ledger that is ready for them.
type linesSource struct {
	what string
	open func(path string, sellers int) (*bench.Books, error)
	make func(w io.Writer, b *bench.Books, events int) error
}

var linesSources = []linesSource{
	{"captures, three splits", func(path string, sellers int) (*bench.Books, error) {
		return bench.OpenBooks(path, sellers, ledger.Options{})
	}, func(w io.Writer, b *bench.Books, events int) error { return b.WriteLines(w, events) }},
	{"a marketplace", func(path string, _ int) (*bench.Books, error) {
		return bench.OpenBooks(path, 0, ledger.Options{}) // it opens its sellers itself
	}, func(w io.Writer, _ *bench.Books, events int) error {
		const perPayment = 4 // about
		_, err := marketplace.Write(w, marketplace.Options{Payments: max(events/perPayment, 1)})
		return err
	}},
}

// jsonLines measures what post does with files of JSON lines.
func (s *session) jsonLines(ctx context.Context) error {
	s.say.row("JSON lines of", "lines", "bytes a line", "only read/s", "posted/s", "refused")
	for i, source := range linesSources {
		m, err := s.linesOf(ctx, source, filepath.Join(s.dir, fmt.Sprintf("lines-%d", i)))
		if err != nil {
			return err
		}
		s.out.Lines = append(s.out.Lines, m)
		s.say.row(m.What, number(m.Events), fmt.Sprintf("%.0f", m.Bytes),
			rate(m.Read), rate(m.Posted), number(m.Refused))
	}
	return nil
}

// linesOf measures one source: first only reading, then posting.
func (s *session) linesOf(ctx context.Context, source linesSource, path string) (m benchLinesJSON, err error) {
	books, err := source.open(path+".db", s.sellers)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	file := path + ".jsonl"
	size, err := makeFile(file, func(w io.Writer) error { return source.make(w, books, s.lines) })
	if err != nil {
		return m, err
	}
	sources := []eventlines.Source{{Name: file, Open: func() (io.ReadCloser, error) { return os.Open(file) }}}
	start := time.Now()
	events, err := eventlines.Count(ctx, sources)
	if err != nil {
		return m, err
	}
	reading := time.Since(start)
	var answers counter
	start = time.Now()
	if err := errors.Join(eventlines.Post(ctx, books.Book, sources, &answers, 0), ctx.Err()); err != nil {
		return m, err
	}
	posting := time.Since(start)
	return benchLinesJSON{
		What: source.what, Events: uint64(events), Bytes: float64(size) / float64(events), Refused: answers.refused,
		Read: float64(events) / reading.Seconds(), Posted: float64(events) / posting.Seconds(),
	}, nil
}

// A counter counts refusals.
type counter struct{ refused uint64 }

func (c *counter) Line(_ eventlines.Line, r posting.Result) error {
	if r.Err != nil {
		c.refused++
	}
	return nil
}

func (c *counter) Flush() error { return nil }

// makeFile makes a file and returns how many bytes it has.
func makeFile(path string, write func(io.Writer) error) (size int64, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	if err = write(w); err == nil {
		err = w.Flush()
	}
	info, statErr := f.Stat()
	if err := errors.Join(err, statErr, f.Close()); err != nil {
		return 0, err
	}
	return info.Size(), nil
}

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

	"github.com/splitledger/splitledger/cmd/splitledger/internal/bench"
	"github.com/splitledger/splitledger/cmd/splitledger/internal/marketplace"
	"github.com/splitledger/splitledger/ledger"
)

// benchLinesJSON is what posting events from JSON lines takes, rates in events a second.
type benchLinesJSON struct {
	What    string  `json:"what"`
	Events  uint64  `json:"events"`
	Bytes   float64 `json:"bytes_per_line"`
	Read    float64 `json:"read_per_second"`   // decoded, and nothing else
	Posted  float64 `json:"posted_per_second"` // decoded, booked or refused, and synced
	Refused uint64  `json:"refused"`
}

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

// benchLines measures what post does with files of JSON lines.
func (c *cli) benchLines(ctx context.Context, o benchOptions, dir string, out *benchJSON, say func(string, ...string)) error {
	say("JSON lines of", "lines", "bytes a line", "only read/s", "posted/s", "refused")
	for i, source := range linesSources {
		m, err := c.measureLines(ctx, source, filepath.Join(dir, fmt.Sprintf("lines-%d", i)), o)
		if err != nil {
			return err
		}
		out.Lines = append(out.Lines, m)
		say(m.What, thousands(m.Events), fmt.Sprintf("%.0f", m.Bytes), rate(m.Read), rate(m.Posted), thousands(m.Refused))
	}
	return nil
}

func (c *cli) measureLines(ctx context.Context, source linesSource, path string, o benchOptions) (m benchLinesJSON, err error) {
	books, err := source.open(path+".db", o.sellers)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	file := path + ".jsonl"
	size, err := makeFile(file, func(w io.Writer) error { return source.make(w, books, o.lines) })
	if err != nil {
		return m, err
	}
	quiet := &cli{stdin: c.stdin, stdout: io.Discard, stderr: io.Discard}
	start, read := time.Now(), 0
	for lines := range quiet.readEvents(ctx, []string{file}) {
		lines.wait()
		read += len(lines.inputs)
		lines.release()
	}
	reading := time.Since(start)
	start = time.Now()
	report, err := quiet.postFiles(ctx, books.Ledger, []string{file}, false)
	if err != nil {
		return m, err
	}
	took, events := time.Since(start), report.summary.Events()
	if err := ctx.Err(); err != nil {
		return m, err
	}
	return benchLinesJSON{
		What: source.what, Events: events, Bytes: float64(size) / float64(events), Refused: report.summary.Refused,
		Read: float64(read) / reading.Seconds(), Posted: float64(events) / took.Seconds(),
	}, nil
}

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

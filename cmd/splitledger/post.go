package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

const postHelp = `Reads events, one JSON object a line, and books each of them, or refuses it and goes on.
Without a file, or for the file -, it reads standard input. A ledger that does not exist
yet is made.

Every event is booked whole or not at all. Sending an event again is safe: the same id
with the same content is a duplicate, answered as the first time and booked once. A
refused event leaves no trace; mend it and send it again under the same id.

Refusals go to standard error as FILE:LINE: id: code: field: message, the summary to
standard output. With --json there is one result a line on standard output, in the
order of the input, and the summary goes to standard error:

  {"line":1,"id":"e-1","status":"accepted","entries":[1]}
  {"line":2,"id":"e-2","status":"refused","error":{"code":"invalid","message":"…"}}

A result also has "file" where several files were given. Events are at most 1 MiB long;
blank lines are skipped.

Ctrl-C stops after the events in flight. The summary then names the last line that was
answered; everything answered is in the books, and posting the same input again goes on
where it stopped.`

func (c *cli) postCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "post [FILE...]",
		Short: "Book events",
		Long:  postHelp,
		Example: `  splitledger post monday.jsonl tuesday.jsonl
  producer | splitledger post --json | consumer`,
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one result a line")
	cmd.RunE = runs(func(cmd *cobra.Command, files []string) error {
		if len(files) == 0 {
			files = []string{"-"}
		}
		return c.post(cmd.Context(), files, asJSON)
	})
	return cmd
}

// post books the events of the files.
func (c *cli) post(ctx context.Context, files []string, asJSON bool) error {
	if err := c.openable(files); err != nil {
		return err
	}
	l, err := c.openToWrite()
	if err != nil {
		return err
	}
	report, err := c.postFiles(ctx, l, files, asJSON)
	if closing := l.Close(); err == nil {
		err = closing
	}
	switch {
	case err != nil:
		return &failure{exitRefused, err} // even if only nobody reads the results: the rest is not booked
	case ctx.Err() != nil:
		return &failure{exitInterrupted, nil}
	case report.summary.Refused > 0:
		return &failure{exitRefused, nil}
	}
	return nil
}

// postFiles books the events of the files into an open ledger, and reports what became of them.
func (c *cli) postFiles(ctx context.Context, l *ledger.Ledger, files []string, asJSON bool) (*postReport, error) {
	p, err := c.newPoster(l, asJSON, len(files) > 1)
	if err != nil {
		return nil, err
	}
	if err := c.postDue(ctx, p.book); err != nil {
		return nil, err
	}
	reading, enough := context.WithCancel(ctx)
	defer enough()
	err = p.post(ctx, c.readEvents(reading, files))
	if told := p.report.summarize(ctx); err == nil && !errors.Is(told, syscall.EPIPE) {
		err = told
	}
	return p.report, err
}

// A poster books events in the order in which they come in.
type poster struct {
	book   *posting.Book
	report *postReport
}

func (c *cli) newPoster(l *ledger.Ledger, json, files bool) (*poster, error) {
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		return nil, err
	}
	return &poster{book: book, report: newReport(c, json, files)}, nil
}

// A flight is lines on their way into the books.
type flight struct {
	lines *chunk
	batch posting.Batch
}

// maxFlights is how many chunks are on their way into the books at most, besides the one that is reported.
const maxFlights = 16

// post books what comes in until there is no more, the context is canceled, or the ledger or the output
// fails. What was begun is finished: after a failure, what the ledger has not begun is not booked.
func (p *poster) post(ctx context.Context, in <-chan *chunk) error {
	booking, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	receiving, enough := context.WithCancel(ctx)
	defer enough()
	flights := make(chan flight, maxFlights)
	go func() {
		defer close(flights)
		for {
			lines, ok := receive(receiving, in)
			if !ok {
				return
			}
			flights <- flight{lines, p.book.StartBatch(booking, lines.events)}
		}
	}()
	var failed error
	for f := range flights {
		results := f.batch.Wait()
		if failed != nil {
			continue
		}
		failed = p.tell(f.lines, results)
		if failed == nil && len(flights) == 0 { // whoever reads the results may be waiting for these
			failed = p.report.flush()
		}
		if failed != nil {
			enough()
			stop()
		}
		f.lines.release()
	}
	return failed
}

// receive waits for lines. There are none any more once the context is canceled.
func receive(ctx context.Context, in <-chan *chunk) (*chunk, bool) {
	if ctx.Err() != nil {
		return nil, false
	}
	select {
	case lines, ok := <-in:
		if ok {
			lines.wait()
		}
		return lines, ok
	case <-ctx.Done():
		return nil, false
	}
}

// tell reports each line of a chunk that was booked.
func (p *poster) tell(lines *chunk, results []posting.Result) error {
	for _, in := range lines.inputs {
		result := posting.Result{Err: in.err}
		if in.err == nil {
			result, results = results[0], results[1:]
		}
		if ledger.Failed(result.Err) {
			return fmt.Errorf("%s:%d: not booked, nor is what comes after: %w", in.file, in.number, result.Err)
		}
		if err := p.report.line(in, result); err != nil {
			return err
		}
	}
	return lines.fatal
}

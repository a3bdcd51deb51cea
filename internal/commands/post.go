package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/internal/eventlines"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
)

// postHelp is the contract with programs that write events: what is booked, what is answered, and
// what happens on the second attempt.
const postHelp = `Reads events, one JSON object a line, and books each of them, or refuses it and goes on.
Without a file, or for the file -, it reads standard input. A ledger that does not exist
yet is made.

Every event is booked whole or not at all. Sending an event again is safe: the same id
with the same content is a duplicate, answered as the first time and booked once. A
refused event leaves no trace; mend it and send it again under the same id.

Refusals go to standard error as FILE:LINE: id: code: field: message, the summary to
standard output. With --json there is one result a line on standard output, in the
order of the input, and the summary goes to standard error. "didYouMean" is the account,
payment or rule that has nearly the name that nothing has, of the first twenty such refusals:

  {"line":1,"id":"e-1","status":"accepted","record":1,"entries":[1]}
  {"line":2,"id":"e-2","status":"refused","error":{"code":"invalid","message":"…"}}

A result also has "file" where several files were given, and "fallback", with the reason, where
money went to liable (or, with some schemes, the payment's merchant) because an account that a
split names is closed or was never opened. Such events are accepted, named on standard error and
counted in the summary; 'splits --status fallback' lists the splits that were not made.
Events are at most 1 MiB long; blank lines are skipped.

--max-errors N stops after N refusals: no line after the last of them is booked, and how many
that were is said. --dry-run says what would be booked and refused, on the books as they are and
event upon event, and books nothing: no file is made or changed. It holds what would be booked
in memory, some 500 bytes an event.

Ctrl-C stops after the events in flight. The summary then names the last line that was
answered; everything answered is in the books, and posting the same input again goes on
where it stopped.`

// postCommand makes 'splitledger post'. It goes on after a refusal, because events come from
// programs: one wrong event must not hold up the others of the day.
func (c *cli) postCommand() *cobra.Command {
	most := 0 // how many lines may be refused; 0 is any number
	cmd := &cobra.Command{
		Use:   "post [FILE...]",
		Short: "Book events",
		Long:  postHelp,
		Example: `  splitledger post monday.jsonl tuesday.jsonl
  splitledger post --dry-run --max-errors 10 monday.jsonl
  producer | splitledger post --json | consumer`,
	}
	cmd.Flags().IntVar(&most, "max-errors", 0, "stop after so many `refusals`; 0 goes on to the end")
	c.dryRunFlag(cmd)
	cmd.RunE = runs(func(cmd *cobra.Command, files []string) error {
		if len(files) == 0 {
			files = []string{"-"}
		}
		if most < 0 {
			return unusable("expected --max-errors of 0 or more, found %d", most)
		}
		return c.post(cmd.Context(), files, most)
	})
	return cmd
}

// post books the events of the files, and returns the verdict once the ledger is closed.
func (c *cli) post(ctx context.Context, files []string, most int) error {
	if err := cmp.Or(c.openable(files), c.mistaken(files, files, notEvents)); err != nil {
		return err
	}
	l, err := c.openToWrite(ScopeWrite)
	if err != nil {
		return err
	}
	report, err := c.postFiles(ctx, l, files, most)
	if closing := c.close(l); err == nil {
		err = closing
	}
	switch {
	// An error of the output counts as well, even if only nobody reads the results: the rest is not
	// booked.
	case err != nil:
		if wrong, ok := errors.AsType[*failure](err); ok { // such as a stream that is none of events
			return wrong
		}
		return &failure{exitRefused, err}
	case ctx.Err() != nil:
		return &failure{exitInterrupted, nil}
	case report.summary.Refused > 0:
		return &failure{exitRefused, nil}
	}
	return nil
}

// postFiles books the events of the files into an open ledger, and reports what became of them.
// Lines are read ahead and booked in groups that share a sync, but answered in the order of the
// input. An error is one of reading, of the ledger or of the output; a refused event is none.
func (c *cli) postFiles(ctx context.Context, l *ledger.Ledger, files []string, most int) (*postReport, error) {
	book, err := c.rulesOf(l)
	if err != nil {
		return nil, err
	}
	// What has come due since the last command is booked first: the events of the files may rest on it.
	if err := c.postDue(ctx, l, book); err != nil {
		return nil, err
	}
	// Results name their file only where there are several.
	report := newReport(c, &query.Books{Ledger: l, Rules: book}, len(files) > 1)
	err = eventlines.Post(ctx, book, c.eventSources(files), report, most)
	// Where nobody reads the summary any more, the events are booked all the same.
	if told := report.summarize(ctx); err == nil && !errors.Is(told, syscall.EPIPE) {
		err = told
	}
	if errors.Is(err, eventlines.ErrEnough) {
		err = c.enough(ctx, files, report)
	}
	return report, err
}

// enough says where a run of so many refusals stopped, and how much was not read. A stream is left alone: it may go on
// for ever.
func (c *cli) enough(ctx context.Context, files []string, report *postReport) error {
	after := "what comes after it was not booked"
	if !slices.ContainsFunc(files, c.stream) {
		n, err := eventlines.After(ctx, c.eventSources(files), report.last)
		if err != nil {
			return err
		}
		after = plural(uint64(n), "line") + " after it were not read"
		if n == 1 {
			after = "one line after it was not read"
		}
	}
	return c.note(fmt.Sprintf("stopped after %s, at %s:%d; %s", plural(report.summary.Refused, "refusal"),
		report.last.File, report.last.Number, after))
}

// stream reports whether a file is standard input or a pipe, which can be read but once.
func (c *cli) stream(name string) bool {
	kind, err := c.files.stat(name)
	return err == nil && kind != regular
}

// eventSources are the files, of which - is standard input. Each is opened when the one before is
// done, so that a pipe that has no writer yet holds up only what comes after it.
func (c *cli) eventSources(files []string) []eventlines.Source {
	sources := make([]eventlines.Source, len(files))
	for i, name := range files {
		sources[i] = eventlines.Source{Name: name, Open: func() (io.ReadCloser, error) { return c.files.open(name) }}
		if name == "-" {
			sources[i] = eventlines.Source{Name: "stdin", Open: func() (io.ReadCloser, error) {
				// A terminal shows nothing while the program waits for somebody to type.
				if isTerminal(c.stdin) {
					c.note("reading events from the terminal, one a line; Ctrl-D ends them")
				}
				in, err := eventsFrom(c.stdin)
				return io.NopCloser(in), err
			}}
		}
	}
	return sources
}

// openable reports the first of the files that cannot be read, before anything is booked: half of a
// day's files in the books would be harder to explain than none. Pipes are left alone, as they can
// be opened only once.
func (c *cli) openable(files []string) error {
	for _, name := range files {
		kind, err := c.files.stat(name)
		if err == nil && kind == directory {
			return unusable("%s is a directory", name)
		}
		if err == nil && kind == stream {
			continue // a pipe can be opened but once
		}
		f, err := c.files.open(name)
		if err != nil {
			return &failure{exitUsage, err}
		}
		f.Close()
	}
	return nil
}

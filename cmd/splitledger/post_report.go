package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// A postReport tells what became of each line of the input, and counts.
type postReport struct {
	cli      *cli
	json     bool
	files    bool // name the file in JSON
	out      *bufio.Writer
	progress *progress
	buf      []byte

	accepted, duplicate, refused uint64
	last                         input // the last line answered
}

func newReport(c *cli, json, files bool) *postReport {
	return &postReport{cli: c, json: json, files: files, out: bufio.NewWriterSize(c.stdout, 1<<16), progress: newProgress(c.stderr)}
}

// line reports one line of the input. The error is the output's.
func (r *postReport) line(in input, result posting.Result) error {
	r.last = input{file: in.file, number: in.number}
	switch {
	case result.Err != nil:
		r.refused++
	case result.Receipt.Status == posting.Duplicate:
		r.duplicate++
	default:
		r.accepted++
	}
	r.progress.tell(r.accepted+r.duplicate+r.refused, "events", r.refusals())
	if r.json {
		r.buf = r.appendJSON(r.buf[:0], in, result)
		_, err := r.out.Write(r.buf)
		return err
	}
	if result.Err != nil {
		r.progress.done()
		_, err := fmt.Fprintf(r.cli.stderr, "%s:%d: %s%s\n", printable(in.file), in.number, idPrefix(in.id), printable(result.Err.Error()))
		return err
	}
	return nil
}

func (r *postReport) refusals() string {
	if r.refused == 0 {
		return ""
	}
	return ", " + thousands(r.refused) + " refused"
}

func idPrefix(id string) string {
	if id == "" {
		return ""
	}
	return printable(id) + ": "
}

// appendJSON appends the result of one line as JSON.
func (r *postReport) appendJSON(b []byte, in input, result posting.Result) []byte {
	b = append(b, '{')
	if r.files {
		b = append(b, `"file":`...)
		b = appendJSON(b, in.file)
		b = append(b, ',')
	}
	b = append(b, `"line":`...)
	b = strconv.AppendInt(b, int64(in.number), 10)
	b = append(b, `,"id":`...)
	b = appendJSON(b, in.id)
	if result.Err != nil {
		b = append(b, `,"status":"refused","error":`...)
		b = appendJSON(b, query.Refusal(result.Err))
		return append(b, '}', '\n')
	}
	b = append(b, `,"status":"accepted","entries":[`...)
	if result.Receipt.Status == posting.Duplicate {
		b = append(b[:len(b)-len(`accepted","entries":[`)], `duplicate","entries":[`...)
	}
	for i, n := range result.Receipt.Entries {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, n, 10)
	}
	return append(b, ']', '}', '\n')
}

func (r *postReport) flush() error { return r.out.Flush() }

// summarize prints the counts, and where the input was left if the context was canceled. The error is the output's.
func (r *postReport) summarize(ctx context.Context) error {
	r.progress.done()
	r.out.Flush() // an error of the output is known by now
	w := r.cli.stdout
	if r.json {
		w = r.cli.stderr
	}
	err := r.summary(w)
	switch {
	case ctx.Err() == nil:
	case r.last.number == 0:
		fmt.Fprintln(r.cli.stderr, "interrupted before the first line was answered; nothing was booked")
	default:
		fmt.Fprintf(r.cli.stderr, "interrupted after %s:%d, the last line answered; everything up to there is kept\n", r.last.file, r.last.number)
	}
	return err
}

func (r *postReport) summary(w io.Writer) error {
	_, err := fmt.Fprintf(w, "accepted %d, duplicate %d, refused %d\n", r.accepted, r.duplicate, r.refused)
	return err
}

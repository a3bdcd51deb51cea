package commands

import (
	"bufio"
	"context"
	"fmt"

	"github.com/splitledger/splitledger/internal/eventlines"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// A postReport prints what became of each line of the input, and counts. For people these are the
// refusals alone, on standard error, while a line of progress may be on the screen.
type postReport struct {
	cli   *cli
	books *query.Books
	// for programs: a line for each event; nil unless it is CSV
	csv   *columns.CSV[query.PostResult]
	files bool // name the file in JSON
	// standard output, written out whenever no more input has come yet
	out *bufio.Writer
	// on standard error, and gone before a refusal is written there
	progress *progress
	// reused for every line
	buf []byte

	// counts all lines that were answered, of all files
	summary query.PostSummary
	meant   int             // names that were looked for, as nothing has those that refused events gave
	last    eventlines.Line // the last line answered
}

// newReport begins a report. With files, results name the file besides the line, as several files
// have a line 1.
func newReport(c *cli, b *query.Books, files bool) *postReport {
	r := &postReport{
		cli: c, books: b, files: files, out: bufio.NewWriterSize(c.stdout, 1<<16), progress: newProgress(c.stderr),
	}
	if c.form == asCSV {
		r.csv = columns.NewCSV[query.PostResult](r.out, columns.Style{})
	}
	return r
}

// Line reports one line of the input, in the order of the input. The error is the output's: nobody
// would learn what became of the rest, and it is not booked.
func (r *postReport) Line(in eventlines.Line, result posting.Result) error {
	// Without the line's text, which is reused.
	r.last = eventlines.Line{File: in.File, Number: in.Number}
	told := query.ResultOf(in.Number, in.ID, result)
	r.summary.Count(&told)
	if err := r.suggest(&told); err != nil {
		return err
	}
	r.progress.tell(r.summary.Events(), "events", r.refusals())
	if r.cli.form != asTable {
		if r.files {
			told.File = in.File
		}
		if r.csv != nil {
			return r.csv.Add(told)
		}
		r.buf = append(told.AppendJSON(r.buf[:0]), '\n')
		_, err := r.out.Write(r.buf)
		return err
	}
	if result.Err != nil {
		r.progress.done()
		_, err := fmt.Fprintf(r.cli.stderr, "%s:%d: %s%s%s\n",
			printable(in.File), in.Number, idPrefix(in.ID), printable(result.Err.Error()), told.Suggestion())
		return err
	}
	// Money that is on another account than the caller said is no refusal, and not what was meant either.
	if told.Fallback != "" && told.Status == query.PostAccepted {
		r.progress.done()
		_, err := fmt.Fprintf(r.cli.stderr, "%s:%d: %sfell back to liable: %s\n",
			printable(in.File), in.Number, idPrefix(in.ID), printable(told.Fallback))
		return err
	}
	return nil
}

// mostMeant is how many refusals of a run say what was probably meant. To look for it goes through all accounts: a file
// of which every line is wrong is not to take longer than one that is right.
const mostMeant = 20

// suggest adds what was probably meant to a refusal for a name that nothing has.
func (r *postReport) suggest(told *query.PostResult) (err error) {
	if told.Error == nil || told.Error.Unknown == "" || r.meant == mostMeant {
		return nil
	}
	r.meant++
	told.DidYouMean, err = r.books.Meant(told.Error)
	return err
}

// refusals is what the line of progress ends with: who sees them come may stop the run.
func (r *postReport) refusals() string {
	if r.summary.Refused == 0 {
		return ""
	}
	return ", " + thousands(r.summary.Refused) + " refused"
}

// idPrefix names the event before its error. A line that could not be read has no id.
func idPrefix(id string) string {
	if id == "" {
		return ""
	}
	return printable(id) + ": "
}

// Flush lets whoever reads the results have those that there are, whenever no more input has come
// yet.
func (r *postReport) Flush() error {
	if r.csv != nil {
		if err := r.csv.Flush(); err != nil {
			return err
		}
	}
	return r.out.Flush()
}

// summarize prints the counts, and where the input was left if the context was canceled: from there
// the same input can be posted again. The error is the output's.
func (r *postReport) summarize(ctx context.Context) error {
	r.progress.done()
	r.Flush() // an error of the output is known by now
	w := r.cli.stdout
	if r.cli.form != asTable {
		w = r.cli.stderr
	}
	_, err := fmt.Fprintln(w, &r.summary)
	r.cli.noteDryRun()
	switch {
	case ctx.Err() == nil || r.cli.dryRun:
	// Whoever stopped the run wants to know whether it may be given again: it may, in each case.
	case r.last.Number == 0:
		fmt.Fprintln(r.cli.stderr, "interrupted before the first line was answered; nothing was booked")
	default:
		fmt.Fprintf(r.cli.stderr, "interrupted after %s:%d, the last line answered; everything up to there is kept\n",
			r.last.File, r.last.Number)
	}
	return err
}

package main

import (
	"bufio"
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/ingest"
)

// An ingestReport prints what became of notifications, and counts. People are shown what needs
// them: what was refused, and what is pending. Programs get a line for each notification.
type ingestReport struct {
	cli *cli
	// for programs: a line for each notification
	json  bool
	files bool // several: results name theirs
	table money.Table
	// standard output, written out after each batch
	out *bufio.Writer
	// reused for every line
	buf []byte

	// counts what came, what was taken up and what is waiting, also where nothing is printed of it
	tally ingest.Tally
}

// newIngestReport begins a report. The table of currencies says how amounts are written.
func newIngestReport(c *cli, f *ingestFlags, files bool, t money.Table) *ingestReport {
	return &ingestReport{cli: c, json: f.json, files: files, table: t, out: bufio.NewWriter(c.stdout)}
}

// notification prints the result of one notification. It may report several things, of which each
// is booked, parked or refused by itself. One that could not be authenticated or read has an error
// as a whole.
func (r *ingestReport) notification(file string, line int, result *ingest.Result) error {
	r.tally.Add(result)
	if r.json {
		result.Line = line
		if r.files {
			result.File = file
		}
		return r.writeJSON(result)
	}
	// As compilers do, so that editors find the line.
	place := file + ":" + strconv.Itoa(line)
	if result.Err != nil {
		return r.say("%s: %s", place, result.Err)
	}
	for i := range result.Outcomes {
		if err := r.person(place, &result.Outcomes[i]); err != nil {
			return err
		}
	}
	return nil
}

// person tells a person what was refused, and what is pending and until when.
func (r *ingestReport) person(place string, t *ingest.OutcomeResult) error {
	switch t.Status {
	case ingest.Refused:
		return r.say("%s: %s: %s", place, r.what(&t.Outcome), t.Err)
	case ingest.Waiting:
		// What would have to be booked first.
		why := "the books do not know the payment"
		if t.Payment != "" {
			why = "the books do not have yet what it is about"
		}
		return r.say("%s: %s: pending until it can be booked: %s", place, r.what(&t.Outcome), why)
	}
	return nil
}

// what says in a few words what an outcome is, "refunded 20.00 EUR of order-1", so that it is
// recognised without the file.
func (r *ingestReport) what(o *providers.Outcome) string {
	words := []string{string(o.Kind)}
	if amount := moneyText(o.Amount, r.table); amount != "" {
		words = append(words, amount)
	}
	if name := cmp.Or(o.Reference, o.ProviderReference); name != "" {
		words = append(words, "of", name)
	}
	return strings.Join(words, " ")
}

// retried prints what became of what was waiting. What is still waiting is counted, and shown by
// --waiting alone: otherwise the same lines would come back with every run.
func (r *ingestReport) retried(told []ingest.OutcomeResult) error {
	r.tally.Retried(told)
	for i := range told {
		t := &told[i]
		var err error
		switch {
		case t.Status == ingest.Waiting:
		case r.json:
			err = r.writeJSON(t.Result())
		default:
			err = r.person("notice "+t.Notice, t)
		}
		if err != nil {
			return err
		}
	}
	return r.flush()
}

// writeJSON writes a line into the buffer, which flush empties after each batch.
func (r *ingestReport) writeJSON(v any) error {
	r.buf = append(appendJSON(r.buf[:0], v), '\n')
	_, err := r.out.Write(r.buf)
	return err
}

// say writes a line to standard error. It may have texts of a provider in it.
func (r *ingestReport) say(format string, args ...any) error {
	return r.cli.note(printable(fmt.Sprintf(format, args...)))
}

// flush writes out what there is, so that whoever reads the results has those of a batch before the
// next one is waited for.
func (r *ingestReport) flush() error { return r.out.Flush() }

// summarize prints the counts: of what came, of what was taken up, and of what is waiting now. With
// --json they go to standard error, so that every line of standard output is a result. The error is
// that of the output.
func (r *ingestReport) summarize() error {
	r.out.Flush() // an error of the output is known by now
	w := r.cli.stdout
	if r.json {
		w = r.cli.stderr
	}
	_, err := fmt.Fprintln(w, r.tally.Came)
	if taken := r.tally.TakenUp; taken.Total() > 0 {
		fmt.Fprintf(w, "of what was waiting: booked %d, duplicate %d, refused %d\n",
			taken[ingest.Accepted], taken[ingest.Duplicate]+taken[ingest.Ignored], taken[ingest.Refused])
	}
	if n := r.tally.Waiting; n > 0 {
		fmt.Fprintf(w, "waiting in all: %d ('splitledger ingest --waiting' lists them)\n", n)
	}
	return err
}

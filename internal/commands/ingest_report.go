package commands

import (
	"bufio"
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/query/columns"
	"github.com/splitledger/splitledger/reconcile"
	"github.com/splitledger/splitledger/reconcile/ingest"
)

// An ingestReport prints what became of notifications, and counts. People are shown what needs
// them: what was refused, and what is pending. Programs get a line for each notification.
type ingestReport struct {
	cli *cli
	// for programs: a line for each thing that was reported; nil unless it is CSV
	csv   *columns.CSV[ingestRecord]
	files bool // several: results name theirs
	table display
	// standard output, written out after each batch
	out *bufio.Writer
	// reused for every line
	buf []byte

	// counts what came, what was taken up and what is waiting, also where nothing is printed of it
	tally ingest.Tally
}

// newIngestReport begins a report. The table of currencies says how amounts are written.
func newIngestReport(c *cli, files bool, t display) *ingestReport {
	r := &ingestReport{cli: c, files: files, table: t, out: bufio.NewWriter(c.stdout)}
	if c.form == asCSV {
		r.csv = columns.NewCSV[ingestRecord](r.out, t.Style)
	}
	return r
}

// notification prints the result of one notification. It may report several things, of which each
// is booked, parked or refused by itself. One that could not be authenticated or read has an error
// as a whole.
func (r *ingestReport) notification(file string, line int, result *ingest.Result) error {
	r.tally.Add(result)
	if r.cli.form != asTable {
		result.Line = line
		if r.files {
			result.File = file
		}
		return r.write(result)
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
	if amount := r.table.Money(o.Amount); amount != "" {
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
		case r.cli.form != asTable:
			result := t.Result()
			err = r.write(&result)
		default:
			err = r.person("notice "+t.Notice, t)
		}
		if err != nil {
			return err
		}
	}
	return r.flush()
}

// write writes a result as JSON or CSV into the buffer, which flush empties after each batch.
func (r *ingestReport) write(result *ingest.Result) error {
	if r.csv == nil {
		r.buf = append(appendJSON(r.buf[:0], result), '\n')
		_, err := r.out.Write(r.buf)
		return err
	}
	record := ingestRecord{File: result.File, Line: result.Line, Notice: result.Notice, Status: result.Status,
		Error: result.Err}
	if len(result.Outcomes) == 0 {
		return r.csv.Add(record)
	}
	for i := range result.Outcomes {
		t := &result.Outcomes[i]
		record.Status, record.Class, record.Payment, record.Notice = t.Status, t.Class, t.Payment, t.Notice
		record.Kind, record.Reference, record.ProviderReference = t.Outcome.Kind, t.Outcome.Reference, t.Outcome.ProviderReference
		record.Amount, record.Events, record.Entries, record.Error = t.Outcome.Amount, t.Events, t.Entries, t.Err
		if err := r.csv.Add(record); err != nil {
			return err
		}
	}
	return nil
}

// An ingestRecord is one thing that a notification reports, as a row of CSV.
type ingestRecord struct {
	File              string          `csv:"file"`
	Line              int             `csv:"line"`
	Status            ingest.Status   `csv:"status"`
	Class             reconcile.Class `csv:"class"`
	Kind              providers.Kind  `csv:"kind"`
	Reference         string          `csv:"reference"`
	ProviderReference string          `csv:"provider_reference"`
	Payment           string          `csv:"payment"`
	Amount            money.Amount    `csv:"amount"`
	Notice            string          `csv:"notice"`
	Events            []string        `csv:"events"`
	Entries           []uint64        `csv:"entries"`
	Error             *ledger.Error   `csv:"error"`
}

// say writes a line to standard error. It may have texts of a provider in it.
func (r *ingestReport) say(format string, args ...any) error {
	return r.cli.note(printable(fmt.Sprintf(format, args...)))
}

// flush writes out what there is, so that whoever reads the results has those of a batch before the
// next one is waited for.
func (r *ingestReport) flush() error {
	if r.csv != nil {
		if err := r.csv.Flush(); err != nil {
			return err
		}
	}
	return r.out.Flush()
}

// summarize prints the counts: of what came, of what was taken up, and of what is waiting now. With
// --json they go to standard error, so that every line of standard output is a result. The error is
// that of the output.
func (r *ingestReport) summarize() error {
	r.flush() // an error of the output is known by now
	w := r.cli.stdout
	if r.cli.form != asTable {
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

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

// An ingestReport prints what became of notifications, and counts.
type ingestReport struct {
	cli   *cli
	json  bool
	files bool // several: results name theirs
	table money.Table
	out   *bufio.Writer
	buf   []byte

	tally ingest.Tally
}

func newIngestReport(c *cli, f *ingestFlags, files bool, t money.Table) *ingestReport {
	return &ingestReport{cli: c, json: f.json, files: files, table: t, out: bufio.NewWriter(c.stdout)}
}

// notification prints the result of one notification.
func (r *ingestReport) notification(file string, line int, result *ingest.Result) error {
	r.tally.Add(result)
	if r.json {
		result.Line = line
		if r.files {
			result.File = file
		}
		return r.writeJSON(result)
	}
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

// person tells a person what was refused or waits.
func (r *ingestReport) person(place string, t *ingest.OutcomeResult) error {
	switch t.Status {
	case ingest.Refused:
		return r.say("%s: %s: %s", place, r.what(&t.Outcome), t.Err)
	case ingest.Waiting:
		why := "the books do not know the payment"
		if t.Payment != "" {
			why = "the books do not have yet what it is about"
		}
		return r.say("%s: %s: waits: %s", place, r.what(&t.Outcome), why)
	}
	return nil
}

// what says what an outcome tells, in a few words.
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

// retried prints what became of what waited. What waits on is counted, and told by --waiting.
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

func (r *ingestReport) writeJSON(v any) error {
	r.buf = append(appendJSON(r.buf[:0], v), '\n')
	_, err := r.out.Write(r.buf)
	return err
}

func (r *ingestReport) say(format string, args ...any) error {
	return r.cli.note(printable(fmt.Sprintf(format, args...)))
}

func (r *ingestReport) flush() error { return r.out.Flush() }

// summarize prints the counts.
func (r *ingestReport) summarize() error {
	r.out.Flush() // an error of the output is known by now
	w := r.cli.stdout
	if r.json {
		w = r.cli.stderr
	}
	_, err := fmt.Fprintln(w, r.tally.Came)
	if taken := r.tally.TakenUp; taken.Total() > 0 {
		fmt.Fprintf(w, "of what waited: booked %d, duplicate %d, refused %d\n",
			taken[ingest.Accepted], taken[ingest.Duplicate]+taken[ingest.Ignored], taken[ingest.Refused])
	}
	if n := r.tally.Waiting; n > 0 {
		fmt.Fprintf(w, "waiting in all: %d ('splitledger ingest --waiting' lists them)\n", n)
	}
	return err
}

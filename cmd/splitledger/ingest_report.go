package main

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile"
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

	counts map[ingest.Status]int
	taken  map[ingest.Status]int // of what waited
	still  int                   // waits on
	waits  bool                  // something waits that this run read
}

func newIngestReport(c *cli, f *ingestFlags, files bool, t money.Table) *ingestReport {
	return &ingestReport{cli: c, json: f.json, files: files, table: t, out: bufio.NewWriter(c.stdout), counts: map[ingest.Status]int{}, taken: map[ingest.Status]int{}}
}

// notificationJSON is what became of a notification, or of a notice that waited.
type notificationJSON struct {
	File     string        `json:"file,omitempty"`
	Line     int           `json:"line,omitempty"`
	Notice   string        `json:"notice,omitempty"`
	Status   ingest.Status `json:"status"`
	Outcomes []toldJSON    `json:"outcomes,omitempty"`
	Error    *ledger.Error `json:"error,omitempty"`
}

type toldJSON struct {
	Kind              providers.Kind  `json:"kind"`
	Reference         string          `json:"reference,omitempty"`
	ProviderReference string          `json:"providerReference,omitempty"`
	Amount            *amountJSON     `json:"amount,omitempty"`
	At                string          `json:"at"`
	Status            ingest.Status   `json:"status"`
	Class             reconcile.Class `json:"class"`
	Payment           string          `json:"payment,omitempty"`
	Notice            string          `json:"notice,omitempty"`
	Events            []string        `json:"events,omitempty"`
	Entries           []uint64        `json:"entries"`
	Error             *ledger.Error   `json:"error,omitempty"`
}

func toldAsJSON(t *ingest.Told) toldJSON {
	o := &t.Outcome
	j := toldJSON{Kind: o.Kind, Reference: o.Reference, ProviderReference: o.ProviderReference, At: stamp(o.At), Status: t.Status, Class: t.Class,
		Payment: t.Payment, Notice: t.Notice, Events: t.Events, Entries: t.Entries, Error: t.Err}
	if o.Amount.Currency() != "" {
		a := asAmount(o.Amount)
		j.Amount = &a
	}
	if j.Entries == nil {
		j.Entries = []uint64{}
	}
	return j
}

// notification prints the result of one notification.
func (r *ingestReport) notification(file string, line int, result *ingest.Result) error {
	r.counts[result.Status]++
	r.waits = r.waits || result.Status == ingest.Waiting
	if r.json {
		j := notificationJSON{Line: line, Status: result.Status, Error: result.Err}
		if r.files {
			j.File = file
		}
		for i := range result.Told {
			j.Outcomes = append(j.Outcomes, toldAsJSON(&result.Told[i]))
		}
		return r.writeJSON(j)
	}
	place := file + ":" + strconv.Itoa(line)
	if result.Err != nil {
		return r.say("%s: %s", place, result.Err)
	}
	for i := range result.Told {
		if err := r.person(place, &result.Told[i]); err != nil {
			return err
		}
	}
	return nil
}

// person tells a person what was refused or waits.
func (r *ingestReport) person(place string, t *ingest.Told) error {
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
	if o.Amount.Currency() != "" {
		words = append(words, r.table.Format(o.Amount)+" "+string(o.Amount.Currency()))
	}
	if name := referenceOf(o.Reference, o.ProviderReference); name != "" {
		words = append(words, "of", name)
	}
	return strings.Join(words, " ")
}

func referenceOf(reference, providerReference string) string {
	if reference == "" {
		return providerReference
	}
	return reference
}

// retried prints what became of what waited. What waits on is counted, and told by --waiting.
func (r *ingestReport) retried(told []ingest.Told) error {
	r.still = 0
	for i := range told {
		t := &told[i]
		if t.Status == ingest.Waiting {
			r.still++
			continue
		}
		r.taken[t.Status]++
		if r.json {
			if err := r.writeJSON(notificationJSON{Notice: t.Notice, Status: t.Status, Outcomes: []toldJSON{toldAsJSON(t)}}); err != nil {
				return err
			}
			continue
		}
		if err := r.person("notice "+t.Notice, t); err != nil {
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

func (r *ingestReport) refused() bool { return r.counts[ingest.Refused]+r.taken[ingest.Refused] > 0 }

// summarize prints the counts.
func (r *ingestReport) summarize() error {
	r.out.Flush() // an error of the output is known by now
	w := r.cli.stdout
	if r.json {
		w = r.cli.stderr
	}
	_, err := fmt.Fprintln(w, countsText(r.counts))
	taken := 0
	for _, n := range r.taken {
		taken += n
	}
	if taken > 0 {
		fmt.Fprintf(w, "of what waited: booked %d, duplicate %d, refused %d\n", r.taken[ingest.Accepted], r.taken[ingest.Duplicate]+r.taken[ingest.Ignored], r.taken[ingest.Refused])
	}
	if r.still > 0 {
		fmt.Fprintf(w, "waiting in all: %d ('splitledger ingest --waiting' lists them)\n", r.still)
	}
	return err
}

func countsText(counts map[ingest.Status]int) string {
	var words []string
	for _, s := range ingest.Statuses() {
		words = append(words, fmt.Sprintf("%s %d", s, counts[s]))
	}
	return strings.Join(words, ", ")
}

// ageText says how long ago something was, in days, hours or minutes.
func ageText(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()))
}

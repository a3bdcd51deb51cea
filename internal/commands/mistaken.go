package commands

import (
	"bytes"
	"io"

	"github.com/splitledger/splitledger/internal/eventlines"
)

// headBytes is how much of a file is looked at to see what it is.
const headBytes = 64 << 10

// notEvents says what to do with files that are given in place of events.
var notEvents = map[eventlines.Kind]string{
	eventlines.Export: "this is an export of a ledger: 'splitledger import' makes a ledger of it",
	eventlines.Gzip:   "this looks like gzip: unpack it, as with 'gunzip -c FILE | splitledger post'",
	eventlines.Zip: "this looks like an Excel file or a ZIP archive, not like events: 'splitledger reconcile' reads a " +
		"provider's report once it is saved as CSV",
	eventlines.UTF16: "this looks like UTF-16: save it as UTF-8",
	eventlines.XML: "this looks like XML, not like events: 'splitledger reconcile --bank' reads the statement of " +
		"a bank",
	eventlines.CSV: "this looks like CSV, not like events, which are one JSON object a line: 'splitledger reconcile' " +
		"compares a provider's report with the books",
	eventlines.Pretty: "this looks like one JSON object over several lines: write each event on one line, as " +
		"jq -c . FILE does",
	eventlines.Array: "this looks like a JSON array: write each event on one line, as jq -c '.[]' FILE does",
}

// notReports says what to do with files that are given in place of reports. What else is none, the adapters
// say; packed reports are unpacked.
var notReports = map[eventlines.Kind]string{
	eventlines.Events: "this is a file of events, not a report: 'splitledger post' books it",
	eventlines.Export: "this is an export of a ledger, not a report: 'splitledger import' makes a ledger of it",
}

// mistaken refuses the first of the files that looks like something else than is wanted, before anything is booked.
// Streams are left alone. The names are those that were given.
func (c *cli) mistaken(files, given []string, advice map[eventlines.Kind]string) error {
	for i, name := range files {
		if kind, err := c.files.stat(name); err != nil || kind != regular {
			continue
		}
		f, err := c.files.open(name)
		if err != nil {
			return &failure{exitUsage, err}
		}
		head, err := io.ReadAll(io.LimitReader(f, headBytes))
		f.Close()
		if err != nil {
			return &failure{exitUsage, err}
		}
		if what := advice[eventlines.KindOf(head)]; what != "" {
			return unusable("%s: %s", given[i], what)
		}
	}
	return nil
}

// eventsFrom lets a stream through unless what comes first shows that it is none of events. It waits for no more than
// that: a producer may send one event and wait for the answer.
func eventsFrom(stream io.Reader) (io.Reader, error) {
	head := make([]byte, headBytes)
	n, err := stream.Read(head)
	if what := notEvents[eventlines.KindOf(head[:n])]; what != "" {
		return nil, unusable("stdin: %s", what)
	}
	begin := bytes.NewReader(head[:n])
	if err != nil {
		return io.MultiReader(begin, ended{err}), nil
	}
	return io.MultiReader(begin, stream), nil
}

// ended is a reader at its end, or of an error.
type ended struct{ err error }

// Read returns the error.
func (f ended) Read([]byte) (int, error) { return 0, f.err }

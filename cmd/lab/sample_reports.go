package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/splitledger/splitledger/internal/lab/reports"
)

// sampleReports writes a provider's reports, the events that they are about and where the two differ.
func (l *lab) sampleReports(o sampleOptions) error {
	if err := os.MkdirAll(o.dir, 0o777); err != nil {
		return err
	}
	o.reports.Seed, o.reports.Start = o.marketplace.Seed, o.marketplace.Start
	o.reports.Create = func(name string) (io.WriteCloser, error) { return os.Create(filepath.Join(o.dir, name)) }
	s, err := reports.Write(o.reports)
	if err != nil {
		return err
	}
	for _, name := range append([]string{reports.EventsFile, reports.BreaksFile}, s.Reports...) {
		fmt.Fprintln(l.stdout, filepath.Join(o.dir, name))
	}
	if o.summary {
		l.printReports(s)
	}
	return nil
}

// printReports says what was written, and which differences there are.
func (l *lab) printReports(s reports.Summary) {
	fmt.Fprintf(l.stderr, "events %d, lines of reports %d\n", s.Events, s.Lines)
	for _, class := range reports.Classes() {
		if why := s.NotShown[class]; why != "" {
			fmt.Fprintf(l.stderr, "  %s 0: %s\n", class, why)
			continue
		}
		fmt.Fprintf(l.stderr, "  %s %d\n", class, s.Breaks[class])
	}
}

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/splitledger/splitledger/internal/lab/reports"
)

// sampleReports writes a provider's reports, the events that they are about and where the two differ.
func (c *cli) sampleReports(flags *pflag.FlagSet, dir string, o reports.Options, summary bool) error {
	if flags.Changed("sellers") || flags.Changed("events-out") {
		return unusable("expected no --sellers and no --events-out with --provider: the events go to %s in --out", reports.EventsFile)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return &failure{exitUsage, err}
	}
	o.Create = func(name string) (io.WriteCloser, error) { return os.Create(filepath.Join(dir, name)) }
	s, err := reports.Write(o)
	if err != nil {
		return &failure{exitUsage, err}
	}
	for _, name := range append([]string{reports.EventsFile, reports.BreaksFile}, s.Reports...) {
		fmt.Fprintln(c.stdout, filepath.Join(dir, name))
	}
	if summary {
		c.printReports(s)
	}
	return nil
}

// printReports says what was written, and which differences there are.
func (c *cli) printReports(s reports.Summary) {
	fmt.Fprintf(c.stderr, "events %d, lines of reports %d\n", s.Events, s.Lines)
	for _, class := range reports.Classes() {
		if why := s.NotShown[class]; why != "" {
			fmt.Fprintf(c.stderr, "  %s 0: %s\n", class, why)
			continue
		}
		fmt.Fprintf(c.stderr, "  %s %d\n", class, s.Breaks[class])
	}
}

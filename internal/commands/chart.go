package commands

import (
	"errors"

	"github.com/splitledger/splitledger/chart"
)

// chartUsage is the help of --chart.
const chartUsage = "a `file` that maps accounts to a chart of accounts, JSON or CSV; see docs/reports.md"

// A chartFlag names the file of a chart of accounts. It is read when it is used, so that its errors are reported as
// those of other files.
type chartFlag struct {
	path  string
	chart *chart.Chart
}

// Set notes the file.
func (f *chartFlag) Set(path string) error {
	if path == "" {
		return errors.New("expected a file, found nothing")
	}
	f.path = path
	return nil
}

// String returns the file.
func (f *chartFlag) String() string { return f.path }

// Type names the flag's value in help texts.
func (f *chartFlag) Type() string { return "file" }

// given reports whether there is one.
func (f *chartFlag) given() bool { return f.path != "" }

// read reads the chart, if one is given.
func (f *chartFlag) read(c *cli) error {
	if !f.given() {
		return nil
	}
	file, err := c.files.open(f.path)
	if err != nil {
		return unusable("--chart: %w", err)
	}
	defer file.Close()
	if f.chart, err = chart.Read(file); err != nil {
		return unusable("--chart %s: %w", f.path, err)
	}
	return nil
}

// charted makes of accounts that a chart does not map what the user can mend: wrong usage.
func charted(err error) error {
	if missing, ok := errors.AsType[*chart.Unmapped](err); ok {
		return unusable("--chart: %w", missing)
	}
	return err
}

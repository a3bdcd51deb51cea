package main

import (
	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/internal/lab/passed"
)

const passedHelp = `Counts the functions that a piece of work passes, in the repository in the current
directory: how much somebody has to read who follows it from beginning to end.

Without arguments, the work is one capture that a program books (TestCapture), and the
six lines of the README's report, compared with the books (TestReport), and with what
they prove booked (TestReportBooked): tests of the package internal/lab/passed. What
they pass to prepare their books does not count. Tests of other packages may be named;
they count from their beginning.

A function counts if it has a statement that ran, once however often it ran; what the
ledger does meanwhile in goroutines of its own counts too. The lab and test helpers do
not. The counts may differ by a few from run to run.`

func (l *lab) passedCommand() *cobra.Command {
	var pkg string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "passed [TEST...]",
		Short: "Count the functions that a piece of work passes",
		Long:  passedHelp,
		Example: `  lab passed
  lab passed --package ./posting Example`,
	}
	cmd.Flags().StringVar(&pkg, "package", passed.Here, "the `package` of the tests")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, tests []string) error {
		if len(tests) == 0 {
			tests = []string{"TestCapture", "TestReport", "TestReportBooked"}
		}
		counts := map[string]passed.Count{}
		say := columns{l.stdout, 30, 11}
		for i, test := range tests {
			c, err := passed.Run(cmd.Context(), ".", pkg, test)
			if err != nil {
				return err
			}
			counts[test] = c
			if asJSON {
				continue
			}
			if i > 0 {
				say.text("")
			}
			say.row(test, "functions", "files")
			for _, p := range c.Packages {
				say.row("  "+p.Dir, number(p.Functions), number(p.Files))
			}
			say.row("  in all", number(c.Functions), number(c.Files))
		}
		if asJSON {
			return writeJSON(l.stdout, counts)
		}
		return nil
	}
	return cmd
}

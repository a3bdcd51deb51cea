package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/internal/lab/measure"
)

const measureHelp = `Measures how the Go module in the current directory reads: by package, and in all.

  code, comments     lines; one that has both is code. The share of comments is that of
                     lines that are not blank
  wide               lines of more than 120 columns, a tab being 4
  exported           types, functions, and methods of exported types
  arrows             from each file of a package to each other file that declares a name
                     which it uses; how many run back up in the best order of the files
                     that was found; and how many are between files that lead to each other

Then come functions of more than 60 lines, files of more than 500, and runs of 12 lines
or more that two files have alike, but for blanks and comments.

What the programs are built from is the product, files for other systems included. The
lab (cmd/lab and internal/lab), packages that no program is built from, which help
tests, and tests are only counted.`

func (l *lab) measureCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "measure",
		Short: "Measure how the code reads",
		Long:  measureHelp,
		Args:  cobra.NoArgs,
		Example: `  lab measure
  lab measure --json > before.json`,
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		r, err := measure.Measure(cmd.Context(), ".")
		if err != nil {
			return err
		}
		if asJSON {
			return writeJSON(l.stdout, r)
		}
		l.printMeasures(r)
		return nil
	}
	return cmd
}

func (l *lab) printMeasures(r *measure.Report) {
	say := columns{l.stdout, 24, 9}
	say.row("package", "files", "code", "comments", "share", "wide", "share", "exported", "types", "funcs", "methods",
		"arrows", "back up", "cycles")
	for _, p := range r.Packages {
		l.printPackage(say, p.Dir, p)
	}
	say.text("")
	l.printPackage(say, "the product", r.Product)
	for _, other := range []struct {
		name  string
		lines measure.Lines
	}{{"the lab", r.Lab}, {"test helpers", r.Helpers}, {"tests", r.Tests}} {
		say.row(other.name, number(other.lines.Files), number(other.lines.Code), number(other.lines.Comments))
	}
	say.text("\nthe lab: %s", strings.Join(r.LabDirs, " "))
	say.text("test helpers: %s", strings.Join(r.Dirs, " "))
	l.printPlaces(say, r)
}

func (l *lab) printPackage(say columns, name string, p measure.Package) {
	percent := func(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }
	say.row(name, number(p.Files), number(p.Code), number(p.Comments), percent(p.CommentShare()),
		number(p.Wide), percent(p.WideShare()),
		number(p.Exported.All()), number(p.Exported.Types), number(p.Exported.Functions), number(p.Exported.Methods),
		number(p.Arrows.All), number(p.Arrows.Up), number(p.Arrows.Cycle))
}

// printPlaces prints where something is too long, or there twice.
func (l *lab) printPlaces(say columns, r *measure.Report) {
	say.text("\n%d functions of more than 60 lines", len(r.LongFuncs))
	for _, p := range r.LongFuncs {
		say.text("  %s:%d %s, %d lines", p.File, p.Line, p.Name, p.Lines)
	}
	say.text("\n%d files of more than 500 lines", len(r.LongFiles))
	for _, p := range r.LongFiles {
		say.text("  %s, %d lines", p.File, p.Lines)
	}
	say.text("\n%d runs of 12 lines or more that two files have alike", len(r.Twins))
	for _, t := range r.Twins {
		say.text("  %d lines: %s:%d and %s:%d", t.Lines, t.One.File, t.One.Line, t.Other.File, t.Other.Line)
	}
}

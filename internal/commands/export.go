package commands

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/export"
	"github.com/splitledger/splitledger/ledger"
)

// exportHelp says which format is for what: only one of them can be imported again.
const exportHelp = `Writes the journal for other programs, to standard output or to the file of --out.

--format jsonl is all of the journal, one record a line: 'splitledger import' makes an
identical ledger of it, with the same identity. hledger and beancount are journals for
those bookkeeping programs, one transaction an entry, and end with the balance of every
account as an assertion, so that 'hledger check' and 'bean-check' prove that they come to
the same. csv is one posting a line. journal-csv is that as accounting packages import journals:
  date,entry,account_code,account_name,debit,credit,currency,description,reference
with the accounts of a --chart, which it needs, and the id of the event as reference. hledger
and beancount take a chart, too; docs/reports.md says what it looks like. An account that the
chart does not map is an error, and nothing is written.

--from and --to export a period, by when things happened. hledger and beancount begin with the
balances before it as one transaction, and assert those at its end; csv and journal-csv have
what happened in it and no opening balances. Dates are of --zone. jsonl is always all.

Debits are positive, credits negative. An export is a consistent snapshot.`

// exportCommand makes 'splitledger export'. Package export has the formats and is streamed: a
// journal does not fit into memory.
func (c *cli) exportCommand() *cobra.Command {
	var format, out string
	var period periodFlags
	var chart chartFlag
	cmd := &cobra.Command{
		Use:         "export",
		Short:       "Write the journal for other programs",
		Long:        exportHelp,
		Annotations: map[string]string{onlyTable: "an export is of one --format, such as jsonl or csv"},
		Example: `  splitledger export --format jsonl --out journal.jsonl
  splitledger export --format hledger | hledger -f - balance
  splitledger export --format journal-csv --chart chart.csv --from 2026-03 --to 2026-03`,
	}
	formats := export.Formats()
	var names []string
	for _, f := range formats {
		names = append(names, string(f))
	}
	cmd.Flags().StringVar(&format, "format", string(export.JSONL), "`jsonl`, csv, hledger, beancount or journal-csv")
	period.register(cmd.Flags(), "what happened", "; before it are opening balances")
	cmd.Flags().Var(&chart, "chart", chartUsage)
	cmd.Flags().StringVar(&out, "out", "", "the `file` to write, which must not exist; default standard output")
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		if !slices.Contains(names, format) {
			return unusable("expected --format jsonl, csv, hledger, beancount or journal-csv, found %s", format)
		}
		within, err := period.period(c.zone.Location)
		if err := cmp.Or(err, chart.read(c)); err != nil {
			return err
		}
		o := export.Options{Format: export.Format(format), From: within.From, To: within.To,
			Zone: c.zone.Location, Chart: chart.chart}
		// A progress line would run through the export on the screen.
		c.streams = out == ""
		if out != "" {
			c.files.plan(out)
		}
		l, err := c.openToRead()
		if err != nil {
			return err
		}
		defer c.close(l)
		write := func(w io.Writer) error { return exported(export.Write(cmd.Context(), w, l, o)) }
		if out == "" {
			return write(c.stdout)
		}
		if err := c.writeNew(out, write); err != nil {
			return err
		}
		// Whoever keeps the file can compare this head with that of a ledger, or of another export.
		end := l.Stats()
		return c.note(fmt.Sprintf("head %s of ledger %s", end.Head, end.ID))
	})
	return cmd
}

// exported makes of options that do not go together what the user can mend: wrong usage.
func exported(err error) error {
	if refused, ok := ledger.Refused(err); ok {
		return unusable("%s", refused.Message)
	}
	return charted(err)
}

// madeNew says in this program's words that a file could not be made at path. An existing file is
// never overwritten: it may be the only copy of other books.
func madeNew(path string, err error) error {
	if errors.Is(err, fs.ErrExist) {
		return unusable("there is a file at %s already", path)
	}
	// A folder that is not there, or may not be written, is the user's to mend; a full disk is not
	// wrong usage.
	if e, ok := errors.AsType[*fs.PathError](err); ok && (e.Op == "open" || e.Op == "create") {
		return &failure{exitUsage, err}
	}
	return err
}

// writeNew makes a file from what is in the ledger, and returns once it is synced to the disk.
func (c *cli) writeNew(path string, write func(io.Writer) error) error {
	return madeNew(path, c.files.make(path, newFile, write))
}

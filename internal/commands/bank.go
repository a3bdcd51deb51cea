package commands

import (
	"context"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/splitledger/splitledger/reconcile/bank"
)

// bankHelp is the second half of the help of reconcile: the classes are other ones than those of a
// provider's report.
const bankHelp = `
--bank compares statements of bank accounts, camt.053 or MT940, with the payouts of
providers in the books (provider.payout), and with payouts of accounts that left from
the bank, where a line names them. A payout is found by its batch, else by amount,
currency and date. Each line is in one of these classes:

  matched              a payout in the books, of the same amount
  missing_in_ledger    of a provider by its text, and the books have no such payout
  amount_mismatch      a payout in the books, of another amount
  duplicate            the same line again
  unreadable           the line could not be read
  other                of no provider

and these are of no line: missing_at_bank, a payout that should have arrived by now, and
balance_mismatch, a statement whose lines do not come to its closing balance, or of which
that could not be checked, and why. A difference is what the bank has less what the books
have.

Exit status 0 where all agrees and all was checked; 1 where there are breaks, or a file has
no statement in it; 2 where a file is no statement. MT942, camt.052, camt.054, OFX, BAI2,
QIF and CSV are none that is read.`

// bankFlags are the flags of reconcile for statements of a bank.
type bankFlags struct {
	bank bool
	days int
	// each PROVIDER=TEXT: banks shorten and misspell the names of providers, and only the user
	// knows how
	named []string // PROVIDER=TEXT
}

// register adds the flags to the command reconcile.
func (f *bankFlags) register(flags *pflag.FlagSet) {
	flags.BoolVar(&f.bank, "bank", false, "the files are statements of a bank: find providers' payouts in them")
	flags.IntVar(&f.days, "days", bank.DefaultDays, "with --bank: how many `days` a payout has to arrive")
	flags.StringArrayVar(&f.named, "named", nil,
		"with --bank: a text that names a provider in the bank's lines, `PROVIDER=TEXT`; may be repeated")
}

// options returns what the flags say. In the options 0 days stand for the default, so the same day
// is -1 there.
func (f *bankFlags) options() (o bank.Options, err error) {
	if f.days < 0 {
		return o, unusable("expected --days of 0 or more, found %d", f.days)
	}
	// 0 in the options stands for the default.
	if o.Days = f.days; o.Days == 0 {
		o.Days = -1 // the same day
	}
	o.Names = map[string][]string{}
	for _, n := range f.named {
		provider, text, ok := strings.Cut(n, "=")
		if !ok || provider == "" || strings.TrimSpace(text) == "" {
			return o, unusable("expected PROVIDER=TEXT with --named, found %q", n)
		}
		o.Names[provider] = append(o.Names[provider], text)
	}
	return o, nil
}

// reconcileBank compares statements with the books. It never books anything: what is missing at the
// bank needs a person to ask, and the lines of a bank are no facts about payments. It fails where
// something is open or could not be checked.
func (c *cli) reconcileBank(ctx context.Context, f reconcileFlags, files []string) error {
	switch {
	// A statement is of no provider, and nothing of it can be posted.
	case f.provider != "" || f.post || f.status || f.through != "" || f.asHTML ||
		f.account != "" || f.zone != "" || f.dates != "" || f.decimals != "" || f.testMode:
		return unusable("expected nothing but --json, --csv, --days, --named and --top with --bank")
	case len(files) == 0:
		return unusable("expected a file of statements, or - for standard input")
	}
	o, err := f.options()
	if err != nil {
		return err
	}
	if err := c.openable(files); err != nil {
		return err
	}
	if o.Ledger, err = c.openToRead(); err != nil {
		return err
	}
	defer c.close(o.Ledger)
	// The remedies of the bank are made in its package, and name the ledger only where it is
	// another.
	if c.ledger != c.usualLedger() {
		o.File = c.ledger
	}
	if o.Book, err = c.rulesOf(o.Ledger); err != nil {
		return err
	}
	r, err := bank.Compare(ctx, o, c.inputs(files)...)
	if err != nil {
		return &failure{exitUsage, err}
	}
	// Their rows are of findings, and a file without a statement has none.
	if c.form != asTable {
		c.noteEmpty(r)
	}
	switch c.form {
	case asJSON:
		err = writeJSON(c.stdout, r)
	case asCSV:
		err = bankCSV(c.stdout, r, c.display(o.Ledger))
	default:
		err = bankTable(c.stdout, r, c.display(o.Ledger), f.top)
	}
	return despite(err, breaks(r.Broken()))
}

// noteEmpty names files without any statement where the results have no row for that. To the reader
// of a file of findings, an empty bank statement would look like one in which all is well.
func (c *cli) noteEmpty(r *bank.Result) {
	for i := range r.Files {
		if r.Files[i].Empty() {
			c.note(printable(r.Files[i].Name) + ": " + emptyText)
		}
	}
}

// emptyText is what is said of a file without any statement, in the table and beside the other
// forms.
const emptyText = "there is no statement in it"

// inputs opens files when they are read, one after the other; - is standard input. Results name the
// file and not its folder, as references in a table have to be short.
func (c *cli) inputs(files []string) []bank.Input {
	var all []bank.Input
	for _, path := range files {
		if path == "-" {
			all = append(all, bank.Input{Name: "-", Open: func() (io.ReadCloser, error) {
				return c.files.open("-")
			}})
			continue
		}
		all = append(all, bank.Input{Name: filepath.Base(path), Open: func() (io.ReadCloser, error) {
			return c.files.open(path)
		}})
	}
	return all
}

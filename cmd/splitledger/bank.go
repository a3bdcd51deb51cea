package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/reconcile/bank"
)

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
	bank  bool
	days  int
	named []string // PROVIDER=TEXT
}

func (f *bankFlags) register(flags *pflag.FlagSet) {
	flags.BoolVar(&f.bank, "bank", false, "the files are statements of a bank: find providers' payouts in them")
	flags.IntVar(&f.days, "days", bank.DefaultDays, "with --bank: how many `days` a payout has to arrive")
	flags.StringArrayVar(&f.named, "named", nil, "with --bank: a text that names a provider in the bank's lines, `PROVIDER=TEXT`; may be repeated")
}

// options returns what the flags say.
func (f *bankFlags) options() (o bank.Options, err error) {
	if f.days < 0 {
		return o, unusable("expected --days of 0 or more, found %d", f.days)
	}
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

// reconcileBank compares statements with the books.
func (c *cli) reconcileBank(ctx context.Context, f reconcileFlags, files []string) error {
	switch {
	case f.provider != "" || f.post || f.status || f.through != "" || f.asHTML || f.account != "" || f.zone != "" || f.dates != "" || f.decimals != "":
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
	defer o.Ledger.Close()
	if c.ledger != c.usualLedger() {
		o.File = c.ledger
	}
	if o.Book, err = posting.New(o.Ledger, posting.Options{}); err != nil {
		return err
	}
	r, err := bank.Compare(ctx, o, c.inputs(files)...)
	if err != nil {
		return &failure{exitUsage, err}
	}
	if f.asJSON || f.asCSV {
		c.noteEmpty(r)
	}
	switch {
	case f.asJSON:
		err = r.WriteJSON(c.stdout)
	case f.asCSV:
		err = bankCSV(c.stdout, r, o.Ledger.Table())
	default:
		err = bankTable(c.stdout, r, o.Ledger.Table(), f.top)
	}
	return despite(err, breaks(r.Broken()))
}

// noteEmpty tells of files without any statement, where the results have no row for that.
func (c *cli) noteEmpty(r *bank.Result) {
	for i := range r.Files {
		if r.Files[i].Empty() {
			c.note(printable(r.Files[i].Name) + ": " + emptyText)
		}
	}
}

const emptyText = "there is no statement in it"

// inputs opens files when they are read; - is standard input.
func (c *cli) inputs(files []string) []bank.Input {
	var all []bank.Input
	for _, path := range files {
		if path == "-" {
			all = append(all, bank.Input{Name: "-", Open: func() (io.ReadCloser, error) { return io.NopCloser(c.stdin), nil }})
			continue
		}
		all = append(all, bank.Input{Name: filepath.Base(path), Open: func() (io.ReadCloser, error) { return os.Open(path) }})
	}
	return all
}

// bankTable writes what came of a comparison for people.
func bankTable(w io.Writer, r *bank.Result, t money.Table, top int) error {
	for _, f := range r.Files {
		line := fmt.Sprintf("%s: %s, ", printable(f.Name), f.Format)
		if f.Empty() {
			line += emptyText
		} else {
			line += plural(uint64(f.Statements), "statement") + ", " + plural(f.Lines, "line")
		}
		if err := writeLines(w, "", line); err != nil {
			return err
		}
	}
	if err := bankClasses(r, t).writeTo(w, "  "); err != nil {
		return err
	}
	if n := unnamed(r); n > 0 {
		text := "of those matched, " + plural(n, "line") + " by amount alone, which no name confirms"
		if err := writeLines(w, "  ", text); err != nil {
			return err
		}
	}
	for _, class := range append(bank.Classes()[1:], bank.Matched) {
		var some []bank.Finding
		for i := range r.Findings {
			if r.Findings[i].Class == class {
				some = append(some, r.Findings[i])
			}
		}
		if err := bankFindings(w, string(class), some, t, top); err != nil {
			return err
		}
	}
	if err := bankFindings(w, "under way", r.Underway, t, top); err != nil || r.Unlisted == 0 {
		return err
	}
	more := plural(r.Unlisted, "more finding") + ", counted and not listed: there are very many of a class"
	return writeLines(w, "", "", more)
}

// unnamed counts the lines that were matched by their amount.
func unnamed(r *bank.Result) (n uint64) {
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Class == bank.Matched && f.By == "amount" {
			n++
		}
	}
	return n
}

// bankClasses is how many lines there are of each class, and how much in each currency.
func bankClasses(r *bank.Result, t money.Table) *grid {
	g := newGrid("class", ">count", ">amount", ">difference", "currency")
	for _, class := range bank.Classes() {
		if r.Counts[class] == 0 {
			continue
		}
		name, count := string(class), thousands(r.Counts[class])
		row := func(amount, difference, currency string) {
			g.add(name, count, amount, difference, currency)
			name, count = "", ""
		}
		if class == bank.Other {
			for _, s := range r.Others {
				row(t.Format(money.Sum(s.Currency, s.In, s.Out)), "", string(s.Currency))
			}
			continue
		}
		amounts, differences := map[money.Currency]money.Amount{}, map[money.Currency]money.Amount{}
		for i := range r.Findings {
			if f := &r.Findings[i]; f.Class == class {
				a := amountOf(f)
				c := a.Currency()
				amounts[c] = money.Sum(c, amounts[c], a)
				if f.Difference.Currency() == c {
					differences[c] = money.Sum(c, differences[c], f.Difference)
				}
			}
		}
		for _, c := range slices.Sorted(maps.Keys(amounts)) {
			amount, difference := "", ""
			if c != "" {
				amount = t.Format(amounts[c])
			}
			if d := differences[c]; !d.IsZero() {
				difference = plus(d, t)
			}
			row(amount, difference, string(c))
		}
	}
	return g
}

// amountOf is what the bank has, or else the books.
func amountOf(f *bank.Finding) money.Amount {
	if f.Found.Currency() != "" {
		return f.Found
	}
	return f.Expected
}

// bankFindings writes the largest findings of a class, and below them what may be the cause and which commands
// mend it.
func bankFindings(w io.Writer, title string, some []bank.Finding, t money.Table, top int) error {
	if len(some) == 0 {
		return nil
	}
	slices.SortStableFunc(some, func(a, b bank.Finding) int { return weight(&b).Int().Cmp(weight(&a).Int()) })
	g := newGrid("line", "date", "payout", ">books", ">bank", ">difference", "text")
	hints, remedies := []string{}, []string{}
	for i := range min(top, len(some)) {
		f := &some[i]
		difference := ""
		if !f.Difference.IsZero() {
			difference = plus(f.Difference, t)
		}
		text := f.Text
		if f.Class != bank.Unreadable { // where it says why
			text = shorten(text, 60)
		}
		payout := strings.TrimSpace(f.Provider + " " + f.Payout)
		g.add(bankPlace(f), bankDay(f), payout, moneyText(f.Expected, t), moneyText(f.Found, t), difference, text)
		if f.Hint != "" && !slices.Contains(hints, f.Hint) {
			hints = append(hints, f.Hint)
		}
		if f.Remedy != "" && len(remedies) < maxRemedies && !slices.Contains(remedies, f.Remedy) {
			remedies = append(remedies, f.Remedy)
		}
	}
	if err := writeLines(w, "", "", title); err != nil {
		return err
	}
	if err := g.writeTo(w, "  "); err != nil {
		return err
	}
	var lines []string
	if more := len(some) - top; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more; --json and --csv have all", more))
	}
	for _, h := range append(hints, remedies...) {
		lines = append(lines, "→ "+printable(h))
	}
	return writeLines(w, "  ", lines...)
}

// weight is what a finding is worth: the difference, or else the amount.
func weight(f *bank.Finding) money.Amount {
	if !f.Difference.IsZero() {
		return f.Difference.Abs()
	}
	return amountOf(f).Abs()
}

func bankPlace(f *bank.Finding) string {
	switch {
	case f.File == "":
		return ""
	case f.Line == 0:
		return f.File
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

func bankDay(f *bank.Finding) string {
	if f.Date.IsZero() {
		return ""
	}
	return f.Date.UTC().Format("2006-01-02")
}

// shorten cuts a text to so many characters.
func shorten(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}

package commands

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/reconcile"
	"github.com/splitledger/splitledger/reconcile/bank"
)

// reconcileHelp has the one list of classes that users read; [reconcile.Classes] has their order.
const reconcileHelp = `Compares a provider's reports with the books. Every line of a report is in one class:

  matched              found, and amount, currency, account and state agree
  missing_in_ledger    the books do not know it
  amount_mismatch      found, of another amount
  currency_mismatch    found, in another currency
  account_mismatch     found, on another account, or on one that no account has as an id
  fee_mismatch         the books have other fees
  status_mismatch      the books say it was cancelled, failed, or settled in another batch
  duplicate            the same again, in this file or an earlier one
  unknown_kind         a row of a kind that is not known: listed, never booked
  unreadable           the line could not be read
  unmatched_other      of no payment (fees, payouts, transfers): batch fees, corrections,
                       payouts to our bank; listed with its kind, and no discrepancy

and these are of no line, or of a line that only reports a balance:

  missing_at_provider  a capture, refund, transfer or payout in the books, older than the
                       newest line, in no report; not what was refunded or settled before
                       the oldest line of all reports
  balance_mismatch     a balance in a report is not that of the books, the lines of a
                       batch do not sum to its payout, or a running balance jumps

Lines are matched by the provider's reference, else by ours; by amount only where neither side
has a reference. The output says how many were matched by amount.

Which report a file is, is recognised by its content. Several files are compared together; -
is standard input. What is printed says for each class how many lines and how much, the
largest differences first, the provider's figure less that of the books, what the cause may
be, and a command that mends it; --json, --csv and --html have all of them.

With --post, what the reports prove is booked: settlements, fees, batch fees, transfers,
payouts, and captures, refunds and disputes that the books do not have. What cannot be booked
yet is kept, and booked by a later run once it can be; 'splitledger ingest --waiting' lists
it. Posting the same report again, or after it was interrupted, books nothing twice.

--post --dry-run says what --post would, on the books as they are, and books nothing.

--status needs no file: it shows what no report has confirmed yet, by age, what is parked until
it can be booked, and the reports that were posted; with --recorded TIME as it was then. It has
--top of the oldest of each kind. --status --limit N lists all that is open, N a page, by what it
is and the oldest first; --after goes on from the cursor on standard error, in the same state.

Exit status: 0 if nothing is left to be done; 1 if a break is open, something is waiting to
be booked or was refused, or the reports have no lines; 2 if a file is no report of the provider.`

// reconcileFlags are the flags of reconcile: whose reports, how ambiguous values are to be read,
// what to do with the result, and how to print it. The zone, the order of dates and the decimal
// sign are asked for only where a report does not say.
type reconcileFlags struct {
	// whose reports they are; an adapter has this name
	provider string
	// at most one; a table without any
	asHTML bool
	// to book what is proved; to show what is open without any report; to read what is of test mode
	post, status, testMode bool
	// --status as the books were then
	then  recordedFlag
	pages pageFlags // of all that is open, with --status
	// the last day or time that counts, "" for all: a month is closed with it before the next has
	// all its reports
	through string
	// how to read what a report leaves open; see providers.ReportOptions
	account, zone, dates, decimals string
	// how many breaks of a class and currency the table shows
	top int
	bankFlags
}

// reconcileCommand makes 'splitledger reconcile', which compares with a provider or, with --bank,
// with a bank. It looks and does nothing else unless --post is given.
func (c *cli) reconcileCommand() *cobra.Command {
	var f reconcileFlags
	cmd := &cobra.Command{
		Use:   "reconcile --provider NAME | --bank FILE...",
		Short: "Compare a provider's reports, or a bank's statements, with the books",
		Long:  reconcileHelp + "\n" + bankHelp,
		Example: `  splitledger reconcile --provider adyen settlement_detail_report_batch_7.csv
  splitledger reconcile --provider adyen --post settlement_detail_report_batch_7.csv
  splitledger reconcile --provider xendit --html balance.csv > breaks.html
  splitledger reconcile --provider xendit --status
  splitledger reconcile --bank statement.camt053.xml`,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.provider, "provider", "", "whose reports: "+strings.Join(all.Registry().Names(), ", "))
	flags.BoolVar(&f.asHTML, "html", false, "print a page for a browser, all in one file")
	flags.BoolVar(&f.post, "post", false, "book what the reports prove")
	flags.BoolVar(&f.status, "status", false, "show what is open, instead of comparing reports")
	flags.StringVar(&f.through, "through", "", "leave what happened after that `day`, or time, for later")
	flags.StringVar(&f.account, "account", "",
		"the `account` at the provider that the reports are of, where they do not say")
	flags.StringVar(&f.zone, "zone", "", "time `zone` of times that have none, such as Europe/Amsterdam")
	flags.StringVar(&f.dates, "dates", "", "order of dates such as 2/11/25: dmy or mdy; without it they are not read")
	flags.StringVar(&f.decimals, "decimal", "",
		"decimal `sign` of amounts, . or ,; needed only where both could be meant")
	flags.BoolVar(&f.testMode, "test-mode", false, testModeUse)
	f.then.register(cmd)
	f.pages.register(cmd, "open items, with --status,")
	flags.IntVar(&f.top, "top", 10, "how many breaks of each class and currency the table shows")
	f.register(flags)
	c.dryRunFlag(cmd)
	cmd.RegisterFlagCompletionFunc("provider", cobra.FixedCompletions(all.Registry().Names(),
		cobra.ShellCompDirectiveNoFileComp))
	cmd.RegisterFlagCompletionFunc("dates", cobra.FixedCompletions([]string{"dmy", "mdy"},
		cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = runs(func(cmd *cobra.Command, files []string) error {
		if f.then.recorded.given() && !f.status {
			return unusable("--recorded needs --status")
		}
		if cmd.Flags().Changed("limit") && !f.status {
			return unusable("--limit needs --status")
		}
		if err := f.pages.check(cmd); err != nil {
			return err
		}
		if err := atMostOne(cmd, "html", "json", "csv", "format"); err != nil {
			return err
		}
		if c.dryRun && !f.post {
			return unusable("expected --post with --dry-run: without it nothing is booked anyway")
		}
		if f.bank {
			return c.reconcileBank(cmd.Context(), f, files)
		}
		return c.reconcile(cmd.Context(), f, files)
	})
	return cmd
}

// check refuses flags that make no sense, and returns how the reports are to be read and until when
// they count. A --through that is a day means all of it, in the zone of the reports; a time is
// included itself. So the moment that is returned is the first that is left for later.
func (f *reconcileFlags) check(files []string) (o providers.ReportOptions, through time.Time, err error) {
	switch {
	case len(f.named) > 0 || f.days != bank.DefaultDays:
		return o, through, unusable("expected --bank with --days and --named")
	case f.provider == "":
		return o, through, unusable("expected --provider, one of %s, or --bank",
			strings.Join(all.Registry().Names(), ", "))
	case f.status && (len(files) > 0 || f.post || f.through != "" || f.asHTML):
		return o, through, unusable("expected nothing but --format with --status")
	case !f.status && len(files) == 0:
		return o, through, unusable("expected a report's file, or - for standard input")
	case f.dates != "" && f.dates != "dmy" && f.dates != "mdy":
		return o, through, unusable("expected --dates dmy or mdy, found %q", f.dates)
	case f.decimals != "" && f.decimals != "." && f.decimals != ",":
		return o, through, unusable("expected --decimal . or ,, found %q", f.decimals)
	case f.top < 0:
		return o, through, unusable("expected --top of 0 or more, found %d", f.top)
	}
	o = providers.ReportOptions{Account: f.account, Dates: f.dates, Decimal: f.decimals,
		TestMode: f.testMode}
	zone := time.UTC
	if f.zone != "" {
		if o.Zone, err = time.LoadLocation(f.zone); err != nil {
			return o, through, unusable("expected a time zone such as Asia/Jakarta with --zone, found %q", f.zone)
		}
		zone = o.Zone
	}
	if f.through == "" {
		return o, through, nil
	}
	// The day ends where the next one begins, also on days of 23 or 25 hours.
	if day, err := time.ParseInLocation(time.DateOnly, f.through, zone); err == nil {
		return o, day.AddDate(0, 0, 1), nil
	}
	at, err := time.Parse(time.RFC3339Nano, f.through)
	if err != nil {
		return o, through,
			unusable("expected a day such as 2026-03-10 or a time such as 2026-03-10T14:00:00Z "+
				"with --through, found %q", f.through)
	}
	// Times have nanoseconds: the next is the first that does not count.
	return o, at.Add(1), nil
}

// reconcile compares reports with the books, posts what they prove if that is asked for, and prints
// what came of it. It fails where something is left to be done, so that a script can stop there.
func (c *cli) reconcile(ctx context.Context, f reconcileFlags, files []string) error {
	options, through, err := f.check(files)
	if err != nil {
		return err
	}
	adapter, err := all.Registry().ByName(f.provider)
	// What is open may be of a provider that has no adapter.
	if err != nil && !f.status {
		return &failure{exitUsage, err}
	}
	if err := tellsMode(adapter, f.testMode); err != nil {
		return err
	}
	if err := c.openable(files); err != nil {
		return err
	}
	// Remedies name the files as they were given, and not their copies.
	given := files
	files, remove, err := c.spooled(ctx, files) // before the ledger is opened, which others may wait for
	defer remove()
	if err != nil {
		return err
	}
	if f.status {
		return c.reconcileStatus(ctx, &f)
	}
	if err := c.mistaken(files, given, notReports); err != nil {
		return err
	}
	b, err := c.booksOf(c.openToReconcile(f.post))
	if err != nil {
		return err
	}
	l := b.Ledger
	defer c.close(l)
	// Settlements that are due are booked before the reports, which may confirm them.
	if f.post {
		if err := c.postDue(ctx, l, b.Rules); err != nil {
			return err
		}
	}
	result, err := c.compare(ctx, files, reconcile.Options{
		Ledger: l, Book: b.Rules, Adapter: adapter, Report: options, Post: f.post, Through: through, Top: f.top,
	})
	if err != nil {
		return err
	}
	defer result.Close()
	r := c.newComparison(result, &f, given, c.display(l))
	// The verdict comes before an error of closing: of the two it is the one that a script acts on.
	if err := despite(c.reconciled(r, f), breaks(result.Broken())); err != nil {
		c.noteDryRun()
		return err
	}
	c.noteDryRun()
	return c.close(l)
}

// openToReconcile opens the ledger, for writing only where something is to be booked.
func (c *cli) openToReconcile(post bool) (*ledger.Ledger, error) {
	switch {
	case !post:
		return c.openToRead()
	case c.dryRun:
		return c.openToWrite(ScopeRead)
	}
	return c.openToWrite(ScopeRead, ScopeReconcile)
}

// compare compares files with the books, and shows how far it is. A file that is no report of the
// provider is wrong usage: there is nothing to compare.
func (c *cli) compare(ctx context.Context, files []string, o reconcile.Options) (*reconcile.Result, error) {
	if c.host == nil { // a server has other work
		defer collectLate()()
	}
	p := newProgress(c.stderr)
	defer p.done()
	o.Progress = func(lines uint64) { p.tell(lines, "lines", "") }
	result, err := reconcile.Compare(ctx, o, files...)
	if _, ok := errors.AsType[*reconcile.FormatError](err); ok {
		return nil, &failure{exitUsage, err}
	}
	return result, err
}

// breaks is the verdict of a comparison: exit status 1 where something is left to be done. What
// that is has been printed.
func breaks(found bool) error {
	if found {
		return &failure{exitRefused, nil}
	}
	return nil
}

// collectLate makes the garbage collector run less often. Each line leaves much garbage and keeps
// little, and what is kept of a report is bounded, so the extra memory is bounded too. The returned
// function undoes it, for the other runs of a test.
func collectLate() (undo func()) {
	// in percent of what is kept, and in bytes
	const percent, bound = 400, 256 << 20
	before, limit := debug.SetGCPercent(percent), debug.SetMemoryLimit(bound)
	return func() {
		debug.SetGCPercent(before)
		debug.SetMemoryLimit(limit)
	}
}

// spooled puts standard input, and pipes, into files of the same names, as reports may be read
// twice: once to know what they are, and once to compare them. remove deletes these files, also
// where an error is returned. The names matter: they are printed beside the lines, and some
// providers put the batch into them.
func (c *cli) spooled(ctx context.Context, files []string) (paths []string, remove func(), err error) {
	dir := ""
	remove = func() {
		if dir != "" {
			removeTemporary(dir)
		}
	}
	for i, name := range files {
		if kind, err := c.files.stat(name); err == nil && kind == regular {
			paths = append(paths, name)
			continue
		}
		// Its second reading would be empty, or wait for ever.
		if slices.Contains(files[:i], name) {
			return nil, remove, unusable("expected %s once, found it twice", name)
		}
		if dir == "" {
			if dir, err = temporary(); err != nil {
				return nil, remove, err
			}
		}
		// Two pipes may have the same name in different folders.
		to := filepath.Join(dir, strconv.Itoa(i), filepath.Base(name))
		if name == "-" {
			to = filepath.Join(dir, strconv.Itoa(i), "stdin")
		}
		if err := c.spool(ctx, name, to); err != nil {
			return nil, remove, err
		}
		paths = append(paths, to)
	}
	return paths, remove, nil
}

// spool copies what can be read only once, such as a pipe, into a file. It ends with the context,
// even if nobody ever writes to the pipe; then the goroutine is left behind, as nothing can
// interrupt it.
func (c *cli) spool(ctx context.Context, name, to string) error {
	// With room for the result, so that a goroutine that is left behind can end.
	copied := make(chan error, 1)
	go func() {
		in, err := c.files.open(name)
		if err == nil {
			err = writeTemporary(to, in)
			in.Close()
		}
		copied <- err
	}()
	select {
	case err := <-copied:
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		c.files.moved(name, to)
		return nil
	case <-ctx.Done():
		return &failure{exitInterrupted, nil}
	}
}

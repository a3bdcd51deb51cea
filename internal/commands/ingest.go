package commands

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/reconcile/ingest"
)

// ingestHelp says how notifications are stored, where keys come from and what is parked. The forms
// of input are recognised by package ingest.
const ingestHelp = `Reads notifications (webhooks) that a payment provider sent, makes sure that it did, and
books what they report. Without a file, or for the file -, it reads standard input.

A file has one of these forms, which is recognised by its beginning:

  lines of JSON     one notification a line, the body as text or, in bodyBase64, as Base64:
                    {"received":"2026-03-10T09:15:21Z","path":"/hooks",
                     "headers":{"X-Callback-Token":"…"},"body":"{…}"}
  an HTTP request   its first line, its headers, an empty line, and the body
  any other         the body of one notification, byte for byte; --header-file and --path
                    say what came with it

A notification is authenticated with the keys that the provider shows: HMAC keys (adyen,
paysafe), signing secrets of endpoints (stripe), callback tokens (xendit) or the provider's
public key (antom). They come from --key-file, one a line (PEM over several), or from the
environment, for adyen from SPLITLEDGER_ADYEN_KEYS. A signature made with any of them is
accepted, so that keys can be rotated. Keys that cannot be the provider's are refused before
anything is read. No secret is an argument, which others on the machine may see; so the
headers of a body, of which one may be a token, come from --header-file or
SPLITLEDGER_HEADERS, one a line.

Notifications may come in any order and repeatedly: the books end the same. A notification
about a payment, refund, capture or dispute that is not in the ledger yet is parked: kept
whole, without postings, and booked later. One that is authentic and was refused is kept
too. Every run, and 'splitledger reconcile --post', tries what is parked again. --waiting
lists it, with what reports say that cannot be booked yet: each with what it is, and what it
is waiting for. --close dismisses one, with a reason.

The summary counts notifications: accepted, something was booked; duplicate, the books had
it already; waiting; ignored, there is nothing to book; refused, it is not
authentic, cannot be read, or contradicts the books (the last is kept, too, and has a
notice). With --json there is one result a line on standard output, those of what was
parked first, and the summary goes to standard error.

--dry-run says what would become of them, on the books as they are, and books nothing.

Exit status: 1 if anything was refused.`

// ingestFlags are the flags of the command, which does one of three things: it books notifications,
// lists what is waiting, or closes one of these. No flag takes a secret, which others on the
// machine could see among its processes.
type ingestFlags struct {
	// whose notifications they are, what they are authenticated with, and what came with a bare
	// body
	provider, keyFile, path, headerFile string
	// 0 is the provider's own limit: an old notification may be one that somebody recorded and
	// sends again
	maxAge time.Duration
	// to list what is waiting, and to take what is of test mode
	waiting, testMode bool
	// the id of a notice to close, and why
	closing, reason string
}

// ingestCommand makes 'splitledger ingest'. It reads what a web server has stored: the program
// itself listens to no port, so that whoever runs it decides who may reach it.
func (c *cli) ingestCommand() *cobra.Command {
	var f ingestFlags
	cmd := &cobra.Command{
		Use:   "ingest --provider NAME [FILE...]",
		Short: "Book what providers' notifications report",
		Long:  ingestHelp,
		Example: `  splitledger ingest --provider xendit --key-file tokens.txt webhooks.jsonl
  splitledger ingest --provider paysafe --header-file headers.txt body.json
  splitledger ingest --waiting
  splitledger ingest --close 6130d1fc-07c1-5831-9c1b-c3be0807fff4 --reason "a test payment"`,
	}
	names := all.Registry().Names()
	flags := cmd.Flags()
	flags.StringVar(&f.provider, "provider", "", "whose notifications they are: `NAME`, one of "+
		strings.Join(names, ", "))
	flags.StringVar(&f.keyFile, "key-file", "", "a `file` of keys, one a line; default $SPLITLEDGER_<PROVIDER>_KEYS")
	flags.StringVar(&f.headerFile, "header-file", "",
		"a `file` of the headers of the notification whose body the file is, one a line; default $"+headersEnv)
	flags.StringVar(&f.path, "path", "", "the `path` that the provider called, where its signature covers that")
	flags.DurationVar(&f.maxAge, "max-age", 0,
		"the greatest age of a notification whose time is signed; default 24h, "+
			"for adyen 31 days, as long as it sends one again")
	flags.BoolVar(&f.testMode, "test-mode", false, testModeUse)
	flags.BoolVar(&f.waiting, "waiting", false, "list what is parked until it can be booked, of all providers or one")
	flags.StringVar(&f.closing, "close", "", "close the `notice` of that id, which nobody will book; needs --reason")
	flags.StringVar(&f.reason, "reason", "", "why --close closes it: `text`, kept in the books")
	c.dryRunFlag(cmd)
	cmd.RegisterFlagCompletionFunc("provider", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = runs(func(cmd *cobra.Command, files []string) error {
		if err := atMostOne(cmd, "waiting", "close"); err != nil {
			return err
		}
		switch {
		case f.waiting:
			return c.listWaiting(&f, files)
		// A --reason without --close, or an empty --close, is wrong usage, which closeNotice
		// reports.
		case f.closing != "" || cmd.Flags().Changed("close") || cmd.Flags().Changed("reason"):
			return c.closeNotice(cmd.Context(), &f, files)
		}
		return c.ingest(cmd.Context(), &f, files)
	})
	return cmd
}

// headersEnv is where headers of a notification come from if not from a file.
const headersEnv = "SPLITLEDGER_HEADERS"

// adapter returns the adapter of the provider that the flags name. It must be named: a notification
// that only looks like one of a provider must not choose the keys by which it is believed.
func (f *ingestFlags) adapter() (providers.Adapter, error) {
	if f.provider == "" {
		return nil, unusable("expected --provider, one of %s", strings.Join(all.Registry().Names(), ", "))
	}
	a, err := all.Registry().ByName(f.provider)
	if err != nil {
		return nil, unusable("--provider: %w", err)
	}
	return a, nil
}

// keys reads the keys that notifications are authenticated with, from the file or else from the
// environment. Keys that cannot be the provider's, such as a token in place of a public key, are
// refused before anything is read. Otherwise every notification would be refused, as if somebody
// had forged it.
func (c *cli) keys(f *ingestFlags, a providers.Adapter) (providers.Keys, error) {
	env := "SPLITLEDGER_" + strings.ToUpper(f.provider) + "_KEYS"
	text, from := c.getenv(env), "$"+env
	if f.keyFile != "" {
		var err error
		if text, err = c.text(f.keyFile); err != nil {
			return providers.Keys{}, unusable("--key-file: %w", err)
		}
		from = f.keyFile
	}
	// All keys are tried, so that a new one can be added before the provider changes to it.
	k := providers.Keys{Secrets: splitKeys(text), MaxAge: f.maxAge, TestMode: f.testMode}
	if err := tellsMode(a, f.testMode); err != nil {
		return k, err
	}
	switch {
	case f.maxAge < 0:
		return k, unusable("--max-age: expected a duration such as 24h, found %s", f.maxAge)
	case len(k.Secrets) == 0 && text == "":
		return k, unusable("expected the keys of %s in --key-file or $%s", f.provider, env)
	case len(k.Secrets) == 0:
		return k, unusable("expected keys in %s, one a line, found none", from)
	}
	// Not every provider's keys have a form by which a bad one is known.
	if checker, ok := a.(providers.KeyChecker); ok {
		if err := checker.CheckKeys(k); err != nil {
			return k, unusable("%s: %w", from, err)
		}
	}
	return k, nil
}

// tellsMode refuses --test-mode where nothing of the provider's says which mode it is of.
func tellsMode(a providers.Adapter, test bool) error {
	if _, tells := a.(providers.ModeTeller); test && !tells {
		return unusable("expected --test-mode with adyen or stripe, whose notifications say their mode, and with no other " +
			"provider")
	}
	return nil
}

// testModeUse says what --test-mode is for.
const testModeUse = "the ledger is for the provider's test mode: take what is of that, and refuse what is live; " +
	"without it, stripe's is refused (adyen, stripe)"

// splitKeys returns the keys in a text, one a line. All lines of a PEM block are one key. Empty
// lines and lines that begin with # are ignored, and so is the byte-order mark that some editors
// put first.
func splitKeys(text string) (keys []string) {
	var block strings.Builder
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		line = strings.TrimSpace(line)
		switch {
		// The lines of a block are one key, with their line ends as PEM has them.
		case strings.HasPrefix(line, "-----BEGIN "), block.Len() > 0:
			block.WriteString(line + "\n")
			if strings.HasPrefix(line, "-----END ") {
				keys = append(keys, block.String())
				block.Reset()
			}
		case line != "" && line[0] != '#':
			keys = append(keys, line)
		}
	}
	// A block without its end is a key as well, so that it is refused and not silently ignored.
	if block.Len() > 0 {
		keys = append(keys, block.String())
	}
	return keys
}

// readOptions says what came with the one notification whose body a file is: its headers, of which
// one may be a signature, and the path that the provider called. Lines of JSON and HTTP requests
// have their own. The time of receipt is now, against which the age of a signed notification is
// measured.
func (c *cli) readOptions(f *ingestFlags, now time.Time) (o ingest.ReadOptions, err error) {
	o = ingest.ReadOptions{Path: f.path, Received: now}
	text, from := c.getenv(headersEnv), "$"+headersEnv
	if f.headerFile != "" {
		if text, err = c.text(f.headerFile); err != nil {
			return o, unusable("--header-file: %w", err)
		}
		from = f.headerFile
	}
	o.Header, err = parseHeaders(text, from)
	return o, err
}

// parseHeaders reads headers, one a line. What a line says is not shown in the error, only its
// number: it may be a secret.
func parseHeaders(text, from string) (h textproto.MIMEHeader, err error) {
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || name == "" || strings.ContainsAny(name, " \t") {
			return nil, unusable("%s: line %d: expected a header 'Name: value', found something else", from, n)
		}
		if h == nil {
			h = textproto.MIMEHeader{}
		}
		h.Add(name, strings.TrimSpace(value))
	}
	return h, nil
}

// ingest books the notifications of the files. All that can be wrong with flags, keys and files is
// found before the ledger is opened, and the ledger is closed before the exit code is decided, as
// closing may fail too.
func (c *cli) ingest(ctx context.Context, f *ingestFlags, files []string) error {
	// In the order in which a user would mend them: provider, keys, headers, files.
	a, err := f.adapter()
	if err != nil {
		return err
	}
	k, err := c.keys(f, a)
	if err != nil {
		return err
	}
	o, err := c.readOptions(f, time.Now())
	if err != nil {
		return err
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	if err := c.openable(files); err != nil {
		return err
	}
	l, err := c.openToWrite(ScopeIntake)
	if err != nil {
		return err
	}
	book, err := c.rulesOf(l)
	r := newIngestReport(c, len(files) > 1, c.display(l))
	if err == nil {
		err = c.postDue(ctx, l, book)
	}
	if err == nil {
		in := &ingester{cli: c, report: r, Intake: ingest.Intake{Adapter: a, Keys: k, Ledger: l, Book: book}}
		err = in.run(ctx, files, o)
		// Nobody has to read the summary: what is booked is booked.
		if told := r.summarize(); err == nil && !errors.Is(told, syscall.EPIPE) {
			err = told
		}
		c.noteDryRun()
	}
	if closing := c.close(l); err == nil {
		err = closing
	}
	switch {
	case err != nil:
		return &failure{exitRefused, err}
	case ctx.Err() != nil:
		return &failure{exitInterrupted, nil}
	case r.tally.Refused():
		return &failure{exitRefused, nil}
	}
	return nil
}

// An ingester books notifications as they come in, and reports each. What is booked, in which order
// and how often, is decided by [ingest.Intake].
type ingester struct {
	*cli
	ingest.Intake
	report *ingestReport
}

// run takes up what is waiting, books the files, and takes up again what is waiting if there is
// more of it now: a file may have the capture after the refund.
func (in *ingester) run(ctx context.Context, files []string, o ingest.ReadOptions) error {
	if err := in.retry(ctx); err != nil {
		return err
	}
	for _, file := range files {
		r, err := in.files.open(file)
		if err != nil {
			return err
		}
		err = in.file(ctx, file, ingest.NewReader(r, o))
		if err := r.Close(); err != nil {
			return err
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	// What has just been parked may be waiting for what came after it.
	if in.report.tally.Came[ingest.Waiting] == 0 {
		return nil
	}
	return in.retry(ctx)
}

// retry takes up what is waiting. Ctrl-C does not interrupt it: it is short, and what is half done
// is done again.
func (in *ingester) retry(ctx context.Context) error {
	told, err := in.Retry(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	return in.report.retried(told)
}

// file books the notifications of one file, and reports each.
func (in *ingester) file(ctx context.Context, file string, r *ingest.Reader) error {
	return in.Read(ctx, r, func(line int, result *ingest.Result) error {
		return in.report.notification(file, line, result)
	}, in.report.flush)
}

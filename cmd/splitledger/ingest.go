package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/reconcile/ingest"
)

const ingestHelp = `Reads notifications (webhooks) that a payment provider sent, makes sure that it did, and
books what they tell. Without a file, or for the file -, it reads standard input.

A file has one of these forms, which is told from its beginning:

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
whole, without postings, and booked later. So is one that is authentic and was refused. Every
run, and 'splitledger reconcile --post', tries what is parked again. --waiting lists it, also
what reports told, with why it waits and what it says. --close dismisses one, with a reason.

The summary counts notifications: accepted, something was booked; duplicate, the books had
it already; waiting; ignored, there is nothing to book; refused, it is not
authentic, cannot be read, or contradicts the books (the last is kept, too, and has a
notice). With --json there is one result a line on standard output, those of what waited
first, and the summary goes to standard error.

Exit status: 1 if anything was refused.`

// ingestFlags are the flags of the command.
type ingestFlags struct {
	provider, keyFile, path, headerFile string
	maxAge                              time.Duration
	waiting, json                       bool
	closing, reason                     string
}

func (c *cli) ingestCommand() *cobra.Command {
	var f ingestFlags
	cmd := &cobra.Command{
		Use:   "ingest --provider NAME [FILE...]",
		Short: "Book what providers' notifications tell",
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
	flags.BoolVar(&f.waiting, "waiting", false, "list what waits, of all providers or one")
	flags.StringVar(&f.closing, "close", "", "close the `notice` of that id, which nobody will book; needs --reason")
	flags.StringVar(&f.reason, "reason", "", "why --close closes it: `text`, kept in the books")
	flags.BoolVar(&f.json, "json", false, "print one result a line")
	cmd.RegisterFlagCompletionFunc("provider", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = runs(func(cmd *cobra.Command, files []string) error {
		if err := atMostOne(cmd, "waiting", "close"); err != nil {
			return err
		}
		switch {
		case f.waiting:
			return c.listWaiting(&f, files)
		case f.closing != "" || cmd.Flags().Changed("close") || cmd.Flags().Changed("reason"):
			return c.closeNotice(cmd.Context(), &f, files)
		}
		return c.ingest(cmd.Context(), &f, files)
	})
	return cmd
}

// headersEnv is where headers of a notification come from if not from a file.
const headersEnv = "SPLITLEDGER_HEADERS"

// adapter returns the adapter of the provider that the flags name.
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

// keys reads the keys that notifications are authenticated with. Those that cannot be the provider's are refused.
func (c *cli) keys(f *ingestFlags, a providers.Adapter) (providers.Keys, error) {
	env := "SPLITLEDGER_" + strings.ToUpper(f.provider) + "_KEYS"
	text, from := c.getenv(env), "$"+env
	if f.keyFile != "" {
		b, err := os.ReadFile(f.keyFile)
		if err != nil {
			return providers.Keys{}, unusable("--key-file: %w", err)
		}
		text, from = string(b), f.keyFile
	}
	k := providers.Keys{Secrets: splitKeys(text), MaxAge: f.maxAge}
	switch {
	case f.maxAge < 0:
		return k, unusable("--max-age: expected a duration such as 24h, found %s", f.maxAge)
	case len(k.Secrets) == 0 && text == "":
		return k, unusable("expected the keys of %s in --key-file or $%s", f.provider, env)
	case len(k.Secrets) == 0:
		return k, unusable("expected keys in %s, one a line, found none", from)
	}
	if checker, ok := a.(providers.KeyChecker); ok {
		if err := checker.CheckKeys(k); err != nil {
			return k, unusable("%s: %w", from, err)
		}
	}
	return k, nil
}

// splitKeys returns the keys in a text, one a line. All lines of a PEM block are one key. Empty lines and lines
// that begin with # are ignored.
func splitKeys(text string) (keys []string) {
	var block strings.Builder
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		line = strings.TrimSpace(line)
		switch {
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
	if block.Len() > 0 {
		keys = append(keys, block.String())
	}
	return keys
}

// readOptions says what came with the one notification whose body a file is.
func (c *cli) readOptions(f *ingestFlags, now time.Time) (o ingest.ReadOptions, err error) {
	o = ingest.ReadOptions{Path: f.path, Received: now}
	text, from := c.getenv(headersEnv), "$"+headersEnv
	if f.headerFile != "" {
		b, err := os.ReadFile(f.headerFile)
		if err != nil {
			return o, unusable("--header-file: %w", err)
		}
		text, from = string(b), f.headerFile
	}
	o.Header, err = parseHeaders(text, from)
	return o, err
}

// parseHeaders reads headers, one a line. What a line says is not shown: it may be a secret.
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

// ingest books the notifications of the files.
func (c *cli) ingest(ctx context.Context, f *ingestFlags, files []string) error {
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
	l, err := c.openToWrite()
	if err != nil {
		return err
	}
	book, err := posting.New(l, posting.Options{})
	r := newIngestReport(c, f, len(files) > 1, l.Table())
	if err == nil {
		err = c.postDue(ctx, book)
	}
	if err == nil {
		in := &ingester{cli: c, report: r, Intake: ingest.Intake{Adapter: a, Keys: k, Ledger: l, Book: book}}
		err = in.run(ctx, files, o)
		if told := r.summarize(); err == nil && !errors.Is(told, syscall.EPIPE) {
			err = told
		}
	}
	if closing := l.Close(); err == nil {
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

// An ingester books notifications as they come in.
type ingester struct {
	*cli
	ingest.Intake
	report *ingestReport
}

// batchNotifications limits how many notifications are booked together, in the order of their events. A batch
// is smaller if no more have come in yet.
const batchNotifications = 5000

// run takes up what waits, books the files, and takes up again what waited for them.
func (in *ingester) run(ctx context.Context, files []string, o ingest.ReadOptions) error {
	if err := in.retry(ctx); err != nil {
		return err
	}
	for _, file := range files {
		r, closing, err := in.openFile(file)
		if err != nil {
			return err
		}
		err = in.file(ctx, file, ingest.NewReader(r, o))
		if err := closing(); err != nil {
			return err
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	if in.report.tally.Came[ingest.Waiting] == 0 {
		return nil
	}
	return in.retry(ctx)
}

func (c *cli) openFile(file string) (io.Reader, func() error, error) {
	if file == "-" {
		return c.stdin, func() error { return nil }, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	return f, f.Close, nil
}

// retry takes up what waits.
func (in *ingester) retry(ctx context.Context) error {
	told, err := in.Retry(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	return in.report.retried(told)
}

// file books the notifications of one file.
func (in *ingester) file(ctx context.Context, file string, r *ingest.Reader) error {
	for ctx.Err() == nil {
		batch, err := readBatch(r)
		if err != nil && err != io.EOF {
			return err
		}
		if len(batch) == 0 {
			return nil
		}
		var notifications []providers.Notification
		for i := range batch {
			if batch[i].Err == nil {
				notifications = append(notifications, batch[i].Notification)
			}
		}
		results, failed := in.Take(context.WithoutCancel(ctx), notifications)
		if failed != nil {
			return fmt.Errorf("line %d and after: not booked: %w", batch[0].Line, failed)
		}
		for i := range batch {
			result := ingest.Result{Status: ingest.Refused}
			if e := batch[i].Err; e != nil {
				result.Err = ledger.Errorf(ledger.Invalid, "%s", e)
			} else {
				result, results = results[0], results[1:]
			}
			if err := in.report.notification(file, batch[i].Line, &result); err != nil {
				return err
			}
		}
		if err := in.report.flush(); err != nil || len(batch) == 0 {
			return err
		}
	}
	return nil
}

// readBatch reads what has come in; the first notification it waits for.
func readBatch(r *ingest.Reader) (batch []ingest.Read, err error) {
	for len(batch) < batchNotifications && (len(batch) == 0 || r.Ready()) {
		read, err := r.Next()
		if err != nil {
			return batch, err
		}
		batch = append(batch, read)
	}
	return batch, nil
}

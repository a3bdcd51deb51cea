package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
)

// listWaiting lists what is waiting to be booked, oldest first: the oldest has most probably been
// forgotten.
func (c *cli) listWaiting(f *ingestFlags, files []string) error {
	if len(files) > 0 {
		return unusable("expected no files with --waiting, found %s", files[0])
	}
	b, err := c.openBooks()
	if err != nil {
		return err
	}
	defer c.close(b.Ledger)
	if err := f.known(b); err != nil {
		return err
	}
	// Ages are as of the time of asking.
	list, err := b.Notices(f.provider, time.Now())
	switch {
	case err != nil:
		return err
	case c.form != asTable:
		return printList(c, c.form, query.Each(list), c.display(b.Ledger), "")
	case len(list) == 0:
		return c.note("nothing is waiting to be booked")
	}
	return noticesTable(c.stdout, list, c.display(b.Ledger))
}

// known refuses a provider that the books do not know, with the names of those that they do: a list that is empty
// because of a typing error would look as if all were booked.
func (f *ingestFlags) known(b *query.Books) error {
	names, err := b.Providers()
	if err != nil || f.provider == "" || slices.Contains(names, f.provider) {
		return err
	}
	return unusable("--provider: expected one of the providers %s, found %q", strings.Join(names, ", "), f.provider)
}

// noticesTable shows notices: in one line what is reported, and below it what it is waiting for and
// where it is from, with the id by which it can be closed. A reason is too long for a column.
func noticesTable(w io.Writer, list []query.Notice, t display) error {
	lines := listed(t, query.Rows(list, query.NoticeRowOf),
		"provider", "what", "amount", "reference", "movement", "account", "happened", "waiting for").lines()
	if err := writeLines(w, "", lines[0]); err != nil {
		return err
	}
	for i, line := range lines[1:] {
		n := &list[i]
		from := "  notice " + printable(n.Notice) + fromText(n.Source)
		if err := writeLines(w, "", line, "  "+printable(n.Reason), from); err != nil {
			return err
		}
	}
	return nil
}

// fromText says where something was reported: the file and line of a report, or else what is known
// of it.
func fromText(s *query.Source) string {
	if s == nil {
		return ""
	}
	// What was read from standard input has no file, and a notification no line.
	from := cmp.Or(s.File, s.Format, s.Report)
	if s.Line > 0 {
		from += ":" + strconv.FormatUint(s.Line, 10)
	}
	if from == "" {
		return ""
	}
	return ", from " + printable(from)
}

// closeNotice closes a notice that nobody will book, such as one of a test payment. It takes a
// reason, which stays in the journal: an auditor will ask why something that a provider reported
// was not booked.
func (c *cli) closeNotice(ctx context.Context, f *ingestFlags, files []string) error {
	switch {
	case len(files) > 0:
		return unusable("expected no files with --close, found %s", files[0])
	case f.closing == "":
		return unusable("expected the id of a notice with --close; 'splitledger ingest --waiting' lists them")
	case strings.TrimSpace(f.reason) == "":
		return unusable("expected --reason with --close: why nobody will book the notice")
	}
	b, err := c.openBooksToWrite()
	if err != nil {
		return err
	}
	defer c.close(b.Ledger)
	if err := b.CloseNotice(ctx, f.provider, f.closing, f.reason); err != nil {
		return notClosed(err)
	}
	// It is closed only once it is on the disk.
	if err := c.close(b.Ledger); err != nil {
		return err
	}
	return writeLines(c.stdout, "", "closed: "+printable(f.closing))
}

// notClosed says where to look for the id of a notice that is waiting, and gives a refusal its exit
// status.
func notClosed(err error) error {
	if errors.Is(err, query.ErrNoNotice) {
		return &failure{exitRefused, fmt.Errorf("%w; 'splitledger ingest --waiting' lists them", err)}
	}
	if refused, ok := ledger.Refused(err); ok {
		return &failure{exitRefused, refused}
	}
	return err
}

package commands

import (
	"context"
	"fmt"
	"iter"

	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// reconcileStatus prints what is open with a provider, without any report: what no report has
// confirmed, what is waiting to be booked, and up to when reports were posted. It is what somebody
// looks at in the morning.
func (c *cli) reconcileStatus(ctx context.Context, f *reconcileFlags) error {
	b, now, err := f.then.books(c)
	if err != nil {
		return err
	}
	defer c.close(b.Ledger)
	if f.pages.limit > 0 {
		list := pagedList[query.OpenItem]{
			name:     fmt.Sprintf("open %q %s", f.provider, &f.then.recorded),
			list:     func(b *query.Books) iter.Seq2[query.OpenItem, error] { return b.OpenList(ctx, f.provider) },
			none:     "nothing is open with " + f.provider,
			headings: openColumns,
		}
		return list.print(c, b, f.pages)
	}
	items, err := b.OpenItems(ctx, f.provider, now, f.top)
	if err != nil {
		return err
	}
	switch c.form {
	case asJSON:
		return writeJSON(c.stdout, items)
	case asCSV:
		return columns.WriteCSV(c.stdout, c.display(b.Ledger).Style, query.Each(items.Oldest))
	}
	t := c.display(b.Ledger)
	if err := c.statusOpen(items, t, f.provider); err != nil {
		return err
	}
	if err := c.statusWaiting(items.Waiting, t, f); err != nil {
		return err
	}
	return c.statusReports(items.Reports, t, f.provider)
}

// openColumns are those of the table of what is open.
var openColumns = []string{"oldest", "since", "payment", "reference", "amount", " "}

// statusOpen shows what no report has confirmed yet, by age, and the oldest of it. What it is
// stands in the first row of its kind alone.
func (c *cli) statusOpen(items *query.OpenItems, t display, provider string) error {
	if len(items.Open) == 0 {
		return writeLines(c.stdout, "", "nothing is open with "+provider)
	}
	open := newListing[query.OpenSum](t, "open", "age", "count", "amount", "currency")
	// The rows of one kind stand together, by age.
	what := ""
	for _, o := range items.Open {
		if o.What == what {
			o.What = ""
		} else {
			what = o.What
		}
		open.add(o)
	}
	oldest := listed(t, items.Oldest, openColumns...)
	if err := open.writeTo(c.stdout, ""); err != nil {
		return err
	}
	if err := writeLines(c.stdout, "", ""); err != nil {
		return err
	}
	return oldest.writeTo(c.stdout, "")
}

// statusWaiting shows what is waiting, the oldest first: all that nobody has booked or closed. A
// long list is cut, and the command that shows it whole is named.
func (c *cli) statusWaiting(list []query.Notice, t display, f *reconcileFlags) error {
	if len(list) == 0 {
		return nil
	}
	title := "waiting until it can be booked, or is closed with 'splitledger ingest --close'"
	if err := writeLines(c.stdout, "", "", title); err != nil {
		return err
	}
	// One at least: with --top 0 the rest would not be seen to be there.
	shown := list[:min(len(list), max(f.top, 1))]
	if err := noticesTable(c.stdout, shown, t); err != nil || len(shown) == len(list) {
		return err
	}
	all := c.command("splitledger ingest --waiting --provider " + shellQuote(f.provider))
	return writeLines(c.stdout, "", fmt.Sprintf("and %d more: '%s' lists all", len(list)-len(shown), all))
}

// statusReports shows the newest of the reports that were posted, so that a missing day is seen.
// One that was begun and not finished must be posted again.
func (c *cli) statusReports(reports []query.PostedReport, t display, provider string) error {
	if len(reports) == 0 {
		return writeLines(c.stdout, "", "", fmt.Sprintf("no report of %s was posted yet", provider))
	}
	if err := writeLines(c.stdout, "", ""); err != nil {
		return err
	}
	return listed(t, reports, "report", "file", "posted", "lines", "newest line", " ").writeTo(c.stdout, "")
}

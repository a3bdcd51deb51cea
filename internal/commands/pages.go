package commands

import (
	"errors"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/query"
)

// pagesHelp says what pages are of, in the help of each command that has them.
const pagesHelp = `--limit prints so many and, on standard error, the cursor with which --after goes on. All
pages are of the state that the list began with, whatever is booked while they are turned.`

// pageFlags are --limit and --after of the commands that print lists.
type pageFlags struct {
	limit int    // 0 prints all rows, without pages
	after string // the cursor of a page
}

// register adds the flags to a command. What is listed, such as "payments".
func (f *pageFlags) register(cmd *cobra.Command, what string) {
	cmd.Flags().IntVar(&f.limit, "limit", 0, "print `N` "+what+" at most, and the cursor of the next page")
	cmd.Flags().StringVar(&f.after, "after", "", "the page after this `cursor`")
}

// check refuses flags that name no page.
func (f *pageFlags) check(cmd *cobra.Command) error {
	// A page goes on where another ended: without a size it would be none.
	if f.after != "" && f.limit == 0 {
		return unusable("--after needs --limit")
	}
	if cmd.Flags().Changed("limit") && f.limit < 1 {
		return unusable("--limit: expected 1 or more, found %d", f.limit)
	}
	return nil
}

// A pagedList is a list that is printed whole or by pages. Its name says what is listed and by which flags: the cursor
// of a page is of no other.
type pagedList[T query.Keyed] struct {
	name     string
	list     func(*query.Books) iter.Seq2[T, error]
	none     string   // what people are told of an empty list
	headings []string // as for newListing
}

// print prints the list: all of it as it is found, or one page and where the next one begins.
func (p *pagedList[T]) print(c *cli, b *query.Books, page pageFlags) error {
	return p.printAs(c, b, page, nil)
}

// printAs is print of a list of which a page for people is more than a table of its rows: table prints it.
func (p *pagedList[T]) printAs(c *cli, b *query.Books, page pageFlags, table func([]T) error) error {
	f, t := c.form, c.display(b.Ledger)
	if page.limit == 0 {
		return asked(printList(c, f, p.list(b), t, p.none, p.headings...))
	}
	rows, err := query.PageOf(b, p.list, query.PageRequest{List: p.name, After: page.after, Limit: page.limit})
	if err != nil {
		return asked(err)
	}
	if f == asJSON {
		return writeJSON(c.stdout, rows)
	}
	if f == asTable && table != nil {
		err = table(rows.Data)
	} else {
		err = printList(c, f, query.Each(rows.Data), t, p.none, p.headings...)
	}
	if err != nil {
		return err
	}
	if rows.Next != "" {
		// On standard error, so that CSV stays CSV.
		return c.note("the next page: --after " + rows.Next)
	}
	return nil
}

// recordedHelp says what --recorded is, in the help of the commands that have it.
const recordedHelp = `--recorded TIME answers as the books would have then: with what was recorded by that time,
however it went on. There is no --at: how far a payment has come, and who owes what since when,
follows from the order in which things were booked.`

// recordedFlag is --recorded of the commands that can answer as of before.
type recordedFlag struct{ recorded timeFlag }

// register adds the flag to a command.
func (f *recordedFlag) register(cmd *cobra.Command) {
	cmd.Flags().Var(&f.recorded, "recorded", "as the books were at this `time`, or at the end of this day or month")
}

// books opens the books as the flag asks for, and returns the time that answers are as of.
func (f *recordedFlag) books(c *cli) (*query.Books, time.Time, error) {
	now := time.Now()
	b, err := c.openBooks()
	if err != nil || !f.recorded.given() {
		return b, now, err
	}
	at := f.recorded.last(c.zone.Location)
	then, err := b.AsRecorded(at)
	if err != nil {
		return nil, now, errors.Join(err, c.close(b.Ledger))
	}
	if at.Before(now) {
		now = at
	}
	return then, now, nil
}

package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// dueHelp says what waits, and who books it. Its fields of JSON are those of [query.Due], and are kept in step by hand.
const dueHelp = `Lists what is booked by itself when its time has come, the earliest first: settlements that
a provider reported ahead of their value date, releases of what was held until a day (a
reserve.hold with until, and what a reserve.rule holds back), and the events of schedules.

--post books what is due: each event at its own time, under an id that follows from the one
under which it waited, so that nothing is booked twice, however often and wherever it runs,
and whenever it is stopped. 'post', 'ingest' and 'reconcile --post' do the same first; where
they run seldom, let cron run 'splitledger due --post' once an hour. A program that has the
ledger open calls Book.PostDue, or Book.KeepDue.

What is refused when it is due, as for lack of funds, stays in the list with the reason, and
is tried again each time. The first command that books after it was due tells it, the later
ones do not. A schedule is given up by the event schedule.cancel.

--by lists what is due by a time, --account the holds and schedules of an account or of all of
a pattern such as seller:*. With --post the list has what is due and was refused, and the
exit code is 1 if there is such.

` + pagesHelp + `
Only whether something is due or refused is as of now.

--json prints an array of {"due","state","type","account","payment","schedule","currency",
"amount","event","id","reason"}, with whole minor units; state is waiting, due or refused,
event the id of the event that it waits with, id the one under which it will be booked.
Empty fields are omitted. With --limit it is {"data":[…],"record","next":"…"}.`

// dueFlags say what of it is listed, and whether it is booked.
type dueFlags struct {
	by      timeFlag
	account string
	post    bool
	pageFlags
}

// dueCommand makes 'splitledger due'. It only looks unless --post is given: whoever wonders what will happen must not
// make it happen.
func (c *cli) dueCommand() *cobra.Command {
	var f dueFlags
	cmd := &cobra.Command{
		Use:   "due",
		Short: "List what is booked by itself when its time has come, and book what is due",
		Long:  dueHelp,
		Example: `  splitledger due --by 2026-06
  splitledger due --account seller:42
  splitledger due --post`,
	}
	flags := cmd.Flags()
	flags.Var(&f.by, "by", "what is due by this `time`, or the end of this day or month")
	flags.StringVar(&f.account, "account", "", "only holds and schedules of an `account`; seller:* is a pattern")
	f.register(cmd, "events")
	flags.BoolVar(&f.post, "post", false, "book what is due")
	cmd.RegisterFlagCompletionFunc("account", c.completeAccounts)
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		if err := f.check(cmd); err != nil {
			return err
		}
		if f.post && (f.by.given() || f.account != "" || f.limit > 0) {
			return unusable("--post books all that is due: --by, --account and --limit do not go with it")
		}
		if _, err := accountPattern(f.account); err != nil {
			return err
		}
		if f.post {
			return c.bookDue(cmd.Context())
		}
		return c.listDue(&f)
	})
	return cmd
}

// listDue prints what waits.
func (c *cli) listDue(f *dueFlags) error {
	b, err := c.openBooks()
	if err != nil {
		return err
	}
	defer c.close(b.Ledger)
	wanted, now := query.DueFilter{Account: f.account, By: f.by.last(c.zone.Location)}, time.Now()
	list := pagedList[query.Due]{
		name: fmt.Sprintf("due %q %s", f.account, &f.by),
		list: func(b *query.Books) iter.Seq2[query.Due, error] { return b.Due(wanted, now) },
		none: "nothing waits for its time",
	}
	return list.print(c, b, f.pageFlags)
}

// bookDue books what is due, and prints what was refused.
func (c *cli) bookDue(ctx context.Context) error {
	b, err := c.openBooksToWrite()
	if err != nil {
		return err
	}
	defer c.close(b.Ledger)
	now := b.Ledger.Now()
	n, err := b.Rules.PostDue(ctx, now)
	if ledger.Failed(err) {
		return err
	}
	if err := c.note("booked " + plural(uint64(n), "event") + " whose time has come"); err != nil {
		return err
	}
	refused, schedule := 0, ""
	rows := func(yield func(query.Due, error) bool) {
		for row, err := range b.Due(query.DueFilter{By: now}, now) {
			refused, schedule = refused+1, cmp.Or(schedule, row.Schedule)
			if !yield(row, err) {
				return
			}
		}
	}
	if err := printList(c, c.form, rows, c.display(b.Ledger), "nothing was refused"); err != nil {
		return err
	}
	if refused == 0 {
		return nil
	}
	told := plural(uint64(refused), "event") + " refused, and will be tried again"
	if schedule != "" {
		told += "; a schedule is given up by " + cancelOf(schedule)
	}
	return &failure{exitRefused, errors.New(told)}
}

// postDue books what is due, for a command that writes: it does so first, as there is no process that could do it at the
// very moment. What is refused waits on, and does not keep the command from its own work. It is told by the first command
// that writes after it was due, and by 'due' at any time, but not again by each that has nothing to do with it.
func (c *cli) postDue(ctx context.Context, l *ledger.Ledger, book *posting.Book) error {
	var since time.Time // of the newest record: a command that wrote it told what had come due by then
	if last := l.Stats().Records; last > 0 {
		rec, err := l.Record(last)
		if err != nil {
			return err
		}
		since = rec.Recorded
	}
	n, err := book.PostDue(ctx, time.Now())
	if ledger.Failed(err) {
		return err
	}
	if n > 0 {
		if err := c.note("booked " + plural(uint64(n), "event") + " whose time has come"); err != nil {
			return err
		}
	}
	news := slices.DeleteFunc(posting.DueRefusals(err), func(r *posting.DueRefusal) bool {
		return r.Due.Event.At.Before(since) && r.Due.Record.Recorded.Before(since)
	})
	if len(news) == 0 {
		return nil
	}
	d := news[0].Due
	what := string(d.Event.Type)
	if d.Name != "" {
		what += " of schedule " + printable(d.Name)
	}
	text := fmt.Sprintf("refused since %s: %s: %s; it waits on, and is tried again", stamp(d.Event.At), what,
		printable(news[0].Err.Error()))
	if d.Name != "" {
		text += " until " + cancelOf(d.Name)
	}
	if more := len(news) - 1; more > 0 {
		text += fmt.Sprintf(" (and %s: 'splitledger due' lists them)", plural(uint64(more), "event")+" more")
	}
	return c.note(text)
}

// cancelOf is the event that gives up a schedule.
func cancelOf(schedule string) string {
	return `{"id":"…","type":"schedule.cancel","schedule":` + string(appendJSON(nil, schedule)) + "}"
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/reconcile"
)

// reconcileStatus prints what is open with a provider.
func (c *cli) reconcileStatus(ctx context.Context, l *ledger.Ledger, book *posting.Book, f reconcileFlags) error {
	s, err := reconcile.StatusOf(ctx, l, book, f.provider, time.Now(), f.top)
	if err != nil {
		return err
	}
	b := &query.Books{Ledger: l, Rules: book}
	list, err := b.Notices(f.provider, s.At)
	if err != nil {
		return err
	}
	if f.asJSON {
		return c.statusJSON(s, list)
	}
	return c.statusTable(s, list, l.Table(), &f)
}

// openJSON is what is open of one kind and age in one currency; the amount in minor units.
type openJSON struct {
	What     string         `json:"what"`
	Age      string         `json:"age"`
	Currency money.Currency `json:"currency"`
	Count    uint64         `json:"count"`
	Amount   json.Number    `json:"amount"`
}

type oldestJSON struct {
	What      string         `json:"what"`
	Payment   string         `json:"payment,omitempty"`
	Reference string         `json:"reference,omitempty"`
	State     string         `json:"state,omitempty"`
	At        string         `json:"at"`
	Value     json.Number    `json:"value,omitempty"`
	Currency  money.Currency `json:"currency,omitempty"`
}

type readJSON struct {
	File   string `json:"file"`
	Format string `json:"format"`
	Posted string `json:"posted"`
	Done   bool   `json:"done"`
	Lines  string `json:"lines,omitempty"`
	Newest string `json:"newest,omitempty"`
}

func (c *cli) statusJSON(s *reconcile.Status, list []query.Notice) error {
	out := struct {
		Open    []openJSON     `json:"open"`
		Oldest  []oldestJSON   `json:"oldest"`
		Waiting []query.Notice `json:"waiting"`
		Reports []readJSON     `json:"reports"`
	}{[]openJSON{}, []oldestJSON{}, []query.Notice{}, []readJSON{}}
	for _, o := range s.Open {
		out.Open = append(out.Open, openJSON{o.What, o.Age, o.Amount.Currency(), o.Count, minor(o.Amount)})
	}
	for _, o := range s.Oldest {
		one := oldestJSON{What: o.What, Payment: o.Payment, Reference: o.Reference, State: o.State, At: stamp(o.At)}
		if o.Amount.Currency() != "" {
			one.Value, one.Currency = minor(o.Amount), o.Amount.Currency()
		}
		out.Oldest = append(out.Oldest, one)
	}
	for i := range list {
		out.Waiting = append(out.Waiting, list[i])
	}
	for _, r := range s.Reports {
		out.Reports = append(out.Reports, readJSON{r.File, r.Format, stamp(r.Posted), r.Done, r.Lines, r.Newest})
	}
	return writeJSON(c.stdout, out)
}

func (c *cli) statusTable(s *reconcile.Status, list []query.Notice, t money.Table, f *reconcileFlags) error {
	provider := f.provider
	if len(s.Open) == 0 {
		if err := writeLines(c.stdout, "", "nothing is open with "+provider); err != nil {
			return err
		}
	}
	if len(s.Open) > 0 {
		g := newGrid("open", "age", ">count", ">amount", "currency")
		what := ""
		for _, o := range s.Open {
			name := o.What
			if name == what {
				name = ""
			}
			what = o.What
			g.add(name, o.Age, thousands(o.Count), t.Format(o.Amount), string(o.Amount.Currency()))
		}
		if err := g.writeTo(c.stdout, ""); err != nil {
			return err
		}
		g = newGrid("oldest", "since", "payment", "reference", ">amount", "")
		for _, o := range s.Oldest {
			amount := ""
			if o.Amount.Currency() != "" {
				amount = t.Format(o.Amount) + " " + string(o.Amount.Currency())
			}
			g.add(o.What, stamp(o.At), o.Payment, o.Reference, amount, o.State)
		}
		if err := writeLines(c.stdout, "", ""); err != nil {
			return err
		}
		if err := g.writeTo(c.stdout, ""); err != nil {
			return err
		}
	}
	if err := c.statusWaiting(s, list, t, f); err != nil {
		return err
	}
	if len(s.Reports) == 0 {
		return writeLines(c.stdout, "", "", fmt.Sprintf("no report of %s was posted yet", provider))
	}
	g := newGrid("report", "file", "posted", ">lines", "newest line", "")
	for _, r := range s.Reports {
		note := ""
		if !r.Done {
			note = "begun and not finished: post it again"
		}
		g.add(r.Format, r.File, stamp(r.Posted), r.Lines, r.Newest, note)
	}
	if err := writeLines(c.stdout, "", ""); err != nil {
		return err
	}
	return g.writeTo(c.stdout, "")
}

// statusWaiting shows what waits, the oldest first: all that nobody has booked or closed.
func (c *cli) statusWaiting(s *reconcile.Status, list []query.Notice, t money.Table, f *reconcileFlags) error {
	if len(list) == 0 {
		return nil
	}
	if err := writeLines(c.stdout, "", "", "waiting until it can be booked, or is closed with 'splitledger ingest --close'"); err != nil {
		return err
	}
	shown := list[:min(len(list), max(f.top, 1))]
	if err := noticesTable(c.stdout, shown, t); err != nil || len(shown) == len(list) {
		return err
	}
	more := fmt.Sprintf("and %d more: '%s' lists all", len(list)-len(shown), c.command("splitledger ingest --waiting --provider "+shellQuote(f.provider)))
	return writeLines(c.stdout, "", more)
}

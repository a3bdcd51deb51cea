package bank

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// Options say how statements are compared. Ledger and Book are needed.
type Options struct {
	Ledger *ledger.Ledger
	Book   *posting.Book

	// Days is how long before or after the books a payout may be at the bank; 0 means DefaultDays, below 0 the same day only.
	Days int

	// Names are further texts by which the bank's lines name a provider, by the provider's name. A provider's own name, in any
	// case, is one; so are DefaultNames.
	Names map[string][]string
}

// DefaultDays is how many days a payout has to arrive.
const DefaultDays = 5

// DefaultNames are texts by which lines name a provider besides its name (inferred from the names of the companies).
var DefaultNames = map[string][]string{
	"adyen":   {"Adyen"},
	"antom":   {"Antom", "Alipay"},
	"paysafe": {"Paysafe"},
	"xendit":  {"Xendit"},
}

// An Input is a file of statements.
type Input struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// Compare reads statements and compares them with the books, and with each other. A file that cannot be read on from somewhere is
// read until there. The error says that a file could not be opened, that it is no statement, or that the books failed.
func Compare(ctx context.Context, o Options, files ...Input) (*Result, error) {
	if o.Days == 0 {
		o.Days = DefaultDays
	}
	o.Days = max(o.Days, 0)
	c := &comparison{Options: o, Result: &Result{Counts: map[Class]uint64{}}, seen: map[identity]int{}, others: map[money.Currency]*Sum{}}
	c.known = namesOf(DefaultNames, o.Names)
	for _, f := range files {
		if err := c.read(ctx, f); err != nil {
			return nil, err
		}
	}
	if err := c.match(ctx); err != nil {
		return nil, err
	}
	c.conclude()
	return c.Result, nil
}

// A comparison is one call of [Compare].
type comparison struct {
	Options
	*Result
	known  []providerName   // texts that name providers
	seen   map[identity]int // lines, with the number of the statement that had them
	others map[money.Currency]*Sum
	open   []*candidate // lines that may be of a provider
	spans  spans
	number int // of the statement
	file   string
}

// A candidate is a line that may be of a provider's payout.
type candidate struct {
	line     *Line
	file     string
	words    words
	provider string // that the line names; may be empty
	payout   *payout
}

func (c *comparison) read(ctx context.Context, in Input) error {
	r, err := in.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	c.file = in.Name
	c.Files = append(c.Files, File{Name: in.Name})
	f := &c.Files[len(c.Files)-1]
	statements, err := Open(r, c.Ledger.Table())
	if err != nil {
		return fmt.Errorf("%s: %w", in.Name, err)
	}
	f.Format = statements.Format()
	c.number++
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, s, err := statements.Next()
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, ErrFormat):
			return fmt.Errorf("%s: %w", in.Name, err)
		case isLineError(err):
			f.Lines++
			fault, _ := errors.AsType[*providers.LineError](err)
			c.find(Finding{Class: Unreadable, File: c.file, Line: fault.Line, Text: withColumn(fault)})
		case err != nil: // nothing more can be read
			c.find(Finding{Class: Unreadable, File: c.file, Text: err.Error(), Hint: "what follows in the file was not read: ask the bank for it again"})
			return nil
		case s != nil:
			f.Statements++
			c.statement(s)
		default:
			f.Lines++
			if err := c.line(line); err != nil {
				return err
			}
		}
	}
}

func withColumn(e *providers.LineError) string {
	if e.Column == "" {
		return e.What
	}
	return strings.TrimSuffix(e.Column, ":") + ": " + e.What
}

func (c *comparison) find(f Finding) {
	c.Counts[f.Class]++
	c.Findings = append(c.Findings, f)
}

// statement checks the balances of a statement that has ended.
func (c *comparison) statement(s *Statement) {
	c.number++
	c.Statements = append(c.Statements, *s)
	from, to := s.Days()
	for _, b := range []Balance{s.Opening, s.Closing} {
		if b.Amount.Currency() != "" {
			c.spans.add(b.Amount.Currency(), from, to)
		}
	}
	gap := s.Gap()
	if gap.IsZero() {
		return
	}
	expected := money.FromInt(s.Closing.Amount.Int().Sub(gap.Int()), gap.Currency())
	c.find(Finding{Class: BalanceMismatch, File: c.file, Line: s.Line, Account: s.Account, Date: to, Expected: expected, Found: s.Closing.Amount, Difference: gap,
		Text: "statement " + s.ID, Hint: "lines are missing from the statement, or are in it twice: ask the bank for it again"})
}

// line takes in a line.
func (c *comparison) line(l *Line) error {
	c.spans.add(l.Amount.Currency(), l.Booked, l.Booked)
	if c.again(l) {
		c.find(c.finding(&candidate{line: l, file: c.file}, Duplicate, "the same line was in an earlier statement, or comes twice"))
		return nil
	}
	k := &candidate{line: l, file: c.file, words: wordsOf(l)}
	k.provider = c.providerOf(k.words)
	if l.Amount.Sign() < 0 {
		p, err := paidOut(c.Ledger, c.Book, l)
		if err != nil {
			return err
		}
		if p != nil {
			c.paidOut(k, p)
			return nil
		}
		if k.provider == "" {
			c.other(l)
			return nil
		}
	}
	c.open = append(c.open, k)
	return nil
}

// other counts a line of no provider.
func (c *comparison) other(l *Line) {
	c.Counts[Other]++
	cur := l.Amount.Currency()
	s := c.others[cur]
	if s == nil {
		s = &Sum{Currency: cur, In: money.New(0, cur), Out: money.New(0, cur)}
		c.others[cur] = s
	}
	s.Lines++
	if l.Amount.Sign() < 0 {
		s.Out = money.Sum(cur, s.Out, l.Amount)
	} else {
		s.In = money.Sum(cur, s.In, l.Amount)
	}
}

// A providerName is a text by which lines name a provider, in capitals.
type providerName struct{ provider, text string }

// namesOf returns all texts that name providers, in the order of the providers.
func namesOf(all ...map[string][]string) []providerName {
	var names []providerName
	for _, some := range all {
		for p, texts := range some {
			for _, text := range append([]string{p}, texts...) {
				if text = strings.ToUpper(strings.TrimSpace(text)); text != "" {
					names = append(names, providerName{p, text})
				}
			}
		}
	}
	slices.SortFunc(names, func(a, b providerName) int {
		return cmp.Or(cmp.Compare(a.provider, b.provider), cmp.Compare(a.text, b.text))
	})
	return slices.Compact(names)
}

// providerOf returns the provider that a line names, "" if it names none.
func (c *comparison) providerOf(w words) string {
	for _, n := range c.known {
		if w.capitals(n.text) {
			return n.provider
		}
	}
	return ""
}

// paidOut compares a line with the payout of an account that it names.
func (c *comparison) paidOut(k *candidate, p *posting.Payout) {
	f := c.finding(k, Matched, "")
	f.Provider, f.Payout, f.Expected = p.Provider, p.ID, p.Amount.Neg()
	f.compare()
	switch {
	case f.Class != Matched:
		f.Hint = "the bank paid another amount than the books have"
	case p.State == posting.PayoutIsRequested:
		f.Class, f.Hint = MissingInLedger, "the bank has paid it: post payout.paid"
	case p.State == posting.PayoutHasFailed:
		f.Class, f.Hint = MissingInLedger, "the books say that the payout failed, the bank has paid it"
	case p.Provider != "":
		f.Class, f.Hint = MissingInLedger, "the books say that it was paid from "+p.Provider+"'s account, and it left from the bank's"
	}
	c.find(f)
}

// finding begins a finding of a line.
func (c *comparison) finding(k *candidate, class Class, hint string) Finding {
	l := k.line
	text := append([]string(nil), names(l.Party)...)
	text = append(append(text, l.References...), l.Text...)
	return Finding{Class: class, File: k.file, Line: l.Number, Account: l.Account, Date: l.Booked, Provider: k.provider, Found: l.Amount, Text: strings.Join(text, " "), Hint: hint}
}

// compare sets class and difference from what is expected and found.
func (f *Finding) compare() {
	if d, err := f.Found.Sub(f.Expected); err == nil {
		f.Difference = d
	}
	if !f.Found.Equal(f.Expected) {
		f.Class = AmountMismatch
	}
}

// conclude puts everything in its order.
func (c *comparison) conclude() {
	order := Classes()
	places := map[string]int{}
	for i, f := range c.Files {
		places[f.Name] = i
	}
	slices.SortStableFunc(c.Findings, func(a, b Finding) int {
		return cmp.Or(
			slices.Index(order, a.Class)-slices.Index(order, b.Class),
			places[a.File]-places[b.File],
			a.Line-b.Line,
			a.Date.Compare(b.Date),
		)
	})
	for _, s := range c.others {
		c.Others = append(c.Others, *s)
	}
	slices.SortFunc(c.Others, func(a, b Sum) int { return cmp.Compare(a.Currency, b.Currency) })
}

// spans are the days that the statements are about, by currency.
type spans map[money.Currency]span

type span struct{ from, to time.Time }

func (s *spans) add(c money.Currency, from, to time.Time) {
	if *s == nil {
		*s = spans{}
	}
	x := (*s)[c]
	if !from.IsZero() && (x.from.IsZero() || from.Before(x.from)) {
		x.from = from
	}
	if to.After(x.to) {
		x.to = to
	}
	(*s)[c] = x
}

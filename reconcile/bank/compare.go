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
	"github.com/splitledger/splitledger/reconcile/internal/ondisk"
)

// A comparison from beginning to end. Lines are taken in one after another: those that need nobody's attention are
// counted, those that name a payout of an account are compared at once, and those that may be of a provider's payout
// are kept until all files are read (match.go), since a later line may fit a payout better.

// Options say how statements are compared. Ledger and Book are needed.
type Options struct {
	Ledger *ledger.Ledger
	Book   *posting.Book

	// Days is how long before or after the books a payout may be at the bank; 0 means DefaultDays, below 0 the
	// same day only.
	Days int

	// Names are further texts by which the bank's lines name a provider, by the provider's name. A provider's own
	// name, in any case, is one; so are DefaultNames.
	Names map[string][]string

	// File is the ledger's file if it is not the program's default: then the commands in findings must name it.
	File string
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

// Compare compares statements with the books and with each other. If a file becomes unreadable somewhere, it is
// read up to there. The error means that a file could not be opened or is no statement, or that the books
// failed.
func Compare(ctx context.Context, o Options, files ...Input) (*Result, error) {
	if o.Days == 0 {
		o.Days = DefaultDays
	}
	o.Days = max(o.Days, 0)
	c := &comparison{
		Options: o, Result: &Result{Counts: map[Class]uint64{}, listed: map[Class]int{}},
		books: newPayoutIndex(o.Ledger), seen: ondisk.Map{Limit: 1 << 17},
		others: map[money.Currency]*Sum{}, paid: map[string]string{}, back: map[string]money.Amount{},
	}
	defer c.seen.Close()
	c.known = namesOf(DefaultNames, o.Names)
	for _, f := range files {
		if err := c.read(ctx, f); err != nil {
			return nil, err
		}
	}
	c.pages()
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
	known  []providerName // texts that name providers
	books  *payoutIndex
	others map[money.Currency]*Sum // what lines of no provider come to

	// Lines of earlier files and statements, by what they say, with how often they were seen: see again.
	seen ondisk.Map

	open []*candidate // lines that may be of a provider's payout
	kept int          // bytes of memory that those take

	// Payouts of accounts that lines name: where the line is that has one, and how much came back of it.
	paid map[string]string
	back map[string]money.Amount

	// The days that the statements are about. Payouts of other days are not missing. Lines of a statement whose
	// balances have no days give it theirs, from days.
	spans spans
	days  spans // of the lines since the last statement

	file   string // that is being read
	number int    // of the statement among all files
}

// read reads a file. What is wrong with a line is a finding. If the file cannot be read on, that is a finding as well,
// and what was read counts; only a file that is no statement at all ends the comparison.
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
		fault, ofLine := asLineError(err)
		switch {
		case err == io.EOF:
			c.addDays()
			return nil
		case errors.Is(err, ErrFormat):
			return fmt.Errorf("%s: %w", in.Name, err)
		case ofLine:
			f.Lines++
			c.find(Finding{Class: Unreadable, File: c.file, Line: fault.Line, Text: withColumn(fault)})
		case err != nil: // nothing more can be read
			f.Stopped = true
			c.addDays()
			c.find(Finding{
				Class: Unreadable, File: c.file, Text: err.Error(),
				Hint: "what follows in the file was not read: ask the bank for it again",
			})
			return nil
		case s != nil:
			f.Statements++
			if err := c.statement(s); err != nil {
				return err
			}
		default:
			f.Lines++
			if err := c.line(ctx, line); err != nil {
				return fmt.Errorf("%s: line %d: %w", in.Name, line.Number, err)
			}
		}
	}
}

// withColumn says what is wrong with a line, and in which element or field.
func withColumn(e *providers.LineError) string {
	if e.Column == "" {
		return e.What
	}
	return strings.TrimSuffix(e.Column, ":") + ": " + e.What
}

// find takes down a finding. All are counted; beyond a bound they are not listed.
// The text is cut as well: banks write whole letters into a line.
func (c *comparison) find(f Finding) {
	c.Counts[f.Class]++
	if c.listed[f.Class]++; c.listed[f.Class] > maxListed {
		c.Unlisted++
		return
	}
	if len(f.Text) > maxText {
		f.Text = strings.ToValidUTF8(f.Text[:maxText], "") + "…"
	}
	c.Findings = append(c.Findings, f)
}

// statement checks the balances of a statement that has ended, and takes its days into those that are compared. A
// balance that could not be checked is a finding too, with the reason, so that nothing looks right that was not looked
// at.
func (c *comparison) statement(s *Statement) error {
	if len(c.Statements) == maxStatements {
		return fmt.Errorf("%s: expected at most %d statements in one run, found more: compare fewer at a time",
			c.file, maxStatements)
	}
	c.number++
	s.File = c.file
	c.Statements = append(c.Statements, *s)
	from, to := s.Days()
	for _, b := range []Balance{s.Opening, s.Closing} {
		if b.Amount.Currency() != "" && !b.Date.IsZero() {
			c.spans.add(b.Amount.Currency(), from, to)
			delete(c.days, b.Amount.Currency())
		}
	}
	c.addDays()
	f := Finding{
		Class: BalanceMismatch, File: c.file, Line: s.Line, Account: s.Account, Date: to, Found: s.Closing.Amount,
		Text: "statement " + s.ID,
	}
	if why := s.Unchecked(); why != "" {
		f.Unchecked, f.Hint = why, "the closing balance could not be checked: "+why
		c.find(f)
		return nil
	}
	if gap := s.Gap(); !gap.IsZero() {
		f.Difference, f.Hint = gap, s.cause()
		f.Expected = money.FromInt(s.Closing.Amount.Int().Sub(gap.Int()), gap.Currency())
		c.find(f)
	}
	return nil
}

// addDays takes the days of lines for those that a statement is about, where its balances have none.
func (c *comparison) addDays() {
	for currency, d := range c.days {
		c.spans.add(currency, d.from, d.to)
	}
	clear(c.days)
}

// line takes in a line. It is a duplicate; or names a payout of an account; or is of no provider, and counted; or is
// kept as a candidate for a provider's payout. Money that went out is kept only if it names a provider: providers pay
// us.
func (c *comparison) line(ctx context.Context, l *Line) error {
	c.days.add(l.Amount.Currency(), l.Booked, l.Booked)
	k := &candidate{line: l, file: c.file}
	again, err := c.again(l)
	if err != nil {
		return err
	}
	if again {
		c.find(c.finding(k, Duplicate, "the same line was in an earlier statement, or comes twice"))
		return nil
	}
	k.provider = c.providerOf(k.text())
	k.words = nil
	p, err := paidOut(c.Ledger, c.Book, l)
	switch {
	case err != nil:
		return err
	case p != nil && l.Amount.Sign() < 0:
		c.paidOut(k, p)
		return nil
	case p != nil && l.Amount.Sign() > 0 && p.Provider == "" && len(p.ID) >= longName:
		c.cameBack(k, p)
		return nil
	}
	if k.provider == "" && l.Amount.Sign() < 0 {
		c.other(l)
		return nil
	}
	if err := c.books.reach(ctx, l.Booked, c.Days); err != nil {
		return err
	}
	if k.provider == "" && !c.books.mayBe(k, c.Days) {
		c.other(l)
		return nil
	}
	if c.kept += l.size(); c.kept > maxKept {
		return fmt.Errorf("expected at most %d bytes of lines of providers in one run, found more: "+
			"compare fewer statements at a time", maxKept)
	}
	c.open = append(c.open, k)
	return nil
}

// other counts a line of no provider.
// Rent and wages are on the same account and of no interest here; their sums help to see that
// nothing was left out.
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
// The first one by name is taken, so that the result does not depend on the order of a map.
func (c *comparison) providerOf(w *words) string {
	for _, n := range c.known {
		if w.capitals(n.text) {
			return n.provider
		}
	}
	return ""
}

// paidOut compares a line with the payout of an account that it names. The bank is right about what left the account;
// what differs is a finding with the event that the books lack, where there is one.
// A payout that two lines name is a break for the second: that money left twice.
func (c *comparison) paidOut(k *candidate, p *posting.Payout) {
	f := c.finding(k, Matched, "")
	f.Provider, f.Payout, f.Expected, f.By = p.Provider, p.ID, p.Amount.Neg(), byName
	f.compare()
	earlier, twice := c.paid[p.ID]
	switch {
	case twice:
		f.Class, f.Expected, f.Difference = MissingInLedger, money.Amount{}, money.Amount{}
		f.Hint = "it names a payout that " + earlier + " has already: the bank may have paid it twice"
	case f.Class != Matched && f.Difference.Currency() == "":
		f.Hint = "the bank paid in another currency than the books have"
	case f.Class != Matched:
		f.Hint = "the bank paid another amount than the books have"
	case p.State == posting.PayoutIsRequested:
		f.Class, f.Hint = MissingInLedger, "the bank has paid it: post payout.paid"
		f.Remedy = c.postPaid(k, p)
	case p.State == posting.PayoutHasFailed:
		f.Class, f.Hint = MissingInLedger, "the books say that the payout failed, the bank has paid it"
	case p.Provider != "":
		f.Class = MissingInLedger
		f.Hint = "the books say that it was paid from " + p.Provider + "'s account, and it left from the bank's"
	}
	c.paid[p.ID] = place(k)
	c.find(f)
}

// finding begins a finding of a line: where it is, what the bank has, and the bank's texts in one.
func (c *comparison) finding(k *candidate, class Class, hint string) Finding {
	l := k.line
	text := append([]string(nil), names(l.Party)...)
	text = append(append(text, l.References...), l.Text...)
	return Finding{
		Class: class, File: k.file, Line: l.Number, Account: l.Account, Date: l.Booked, Provider: k.provider,
		Found: l.Amount, Text: strings.Join(text, " "), Hint: hint,
	}
}

// compare sets class and difference from what is expected and found.
func (f *Finding) compare() {
	f.difference()
	if !f.Found.Equal(f.Expected) {
		f.Class = AmountMismatch
	}
}

// difference sets what is found less what is expected.
// It stays without a currency if the two have different ones.
func (f *Finding) difference() {
	if d, err := f.Found.Sub(f.Expected); err == nil {
		f.Difference = d
	}
}

// conclude puts everything in its order: findings by class, file, line and day, in the order in which files were given.
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

// A span is from one day to another, both included.
type span struct{ from, to time.Time }

// add makes the span of a currency long enough for some days. A zero day says nothing.
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

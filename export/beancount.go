// The export for Beancount, an accounting program of plain text.

package export

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
)

// writeBeancount writes a ledger of Beancount (beancount.github.io, "Language Syntax"): one transaction an
// entry, debits positive. What the ledger calls a sub-balance is a sub-account. A period begins with a transaction of
// the balances before it. Balance directives assert every balance at the end.
func (j *journal) writeBeancount(ctx context.Context, out *bufio.Writer) error {
	fmt.Fprintf(out, "; journal of splitledger ledger %s, up to record %d, head %s\noption \"title\" \"splitledger\"\n",
		j.id, j.end.Records, j.end.Head)
	// An account has to be opened before it is used. The date is before any event, as the ledger's own may come later.
	opened := make(map[string]bool)
	open := func(h holding) {
		if name := j.beancountAccount(h); !opened[name] {
			opened[name] = true
			fmt.Fprintf(out, "1970-01-01 open %s\n", name)
			if h.code != "" {
				fmt.Fprintf(out, "  name: %s\n", quoted(j.coded[h.code].Name))
			} else {
				fmt.Fprintf(out, "  id: %s\n", quoted(string(h.account)))
			}
		}
	}
	var last time.Time
	if opening := j.holdings(); len(opening) > 0 {
		for _, h := range opening {
			open(h)
		}
		last = j.options.From
		fmt.Fprintf(out, "\n%s * \"opening balances\"\n", j.date(last))
		for _, h := range opening {
			fmt.Fprintf(out, "  %s  %s %s\n", j.beancountAccount(h), j.amount(j.sums[h], h.currency), h.currency)
		}
	}
	for e, err := range j.entries(ctx) {
		if err != nil {
			return err
		}
		for i := range e.Postings {
			open(j.holding(&e.Postings[i]))
		}
		// Entries are in the order of the journal, and their dates need not be.
		at := e.record.At
		if at.After(last) {
			last = at
		}
		fmt.Fprintf(out, "\n%s * %s %s\n  entry: %d\n", j.date(at), quoted(e.typ), quoted(e.id), e.Number)
		for _, said := range [][2]string{{"description", e.description}, {"metadata", e.metadata}} {
			if said[1] != "" {
				fmt.Fprintf(out, "  %s: %s\n", said[0], quoted(said[1]))
			}
		}
		for i := range e.Postings {
			j.beancountPosting(out, &e.Postings[i])
		}
	}
	fmt.Fprintln(out)
	after := j.date(last.AddDate(0, 0, 1)) // a balance is of the beginning of its day
	for _, h := range j.holdings() {
		fmt.Fprintf(out, "%s balance %s  %s %s\n", after, j.beancountAccount(h),
			j.amount(j.sums[h], h.currency), h.currency)
	}
	return nil
}

// beancountPosting writes a posting of a transaction.
func (j *journal) beancountPosting(out *bufio.Writer, p *ledger.Posting) {
	fmt.Fprintf(out, "  %s  %s %s\n    type: %s\n", j.beancountAccount(j.holding(p)),
		j.table.Format(p.Amount), p.Amount.Currency(), quoted(p.Type))
	if p.Reference != "" {
		fmt.Fprintf(out, "    reference: %s\n", quoted(p.Reference))
	}
	if p.Reason != "" {
		fmt.Fprintf(out, "    reason: %s\n", quoted(p.Reason))
	}
}

// beancountAccount names an account: each part of the id a part of the name. Parts have only letters, digits and
// hyphens there, and begin with a capital or a digit, so other bytes are written as a hyphen and two hexadecimal
// digits, and a part that begins with anything else gets an "X-" before it. Different ids get different names, so no
// two accounts are merged. An account of a chart has its code.
func (j *journal) beancountAccount(h holding) string {
	if h.code != "" {
		return beancountName(groups[j.coded[h.code].Group], h.code)
	}
	return beancountName(j.group(h.account), string(h.account)) + ":" + capital(h.sub.String())
}

// capital begins with a capital letter.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// beancountName is a name in a group.
func beancountName(group, id string) string {
	b := []byte(capital(group))
	for part := range strings.SplitSeq(id, ":") {
		b = append(b, ':')
		if part == "" || !upperOrDigit(part[0]) || strings.HasPrefix(part, "X-") {
			b = append(b, "X-"...)
		}
		for _, c := range []byte(part) {
			if upperOrDigit(c) || c >= 'a' && c <= 'z' {
				b = append(b, c)
			} else {
				b = fmt.Appendf(b, "-%02X", c)
			}
		}
	}
	return string(b)
}

// upperOrDigit is for the first letter of a part, of which Beancount is strict.
func upperOrDigit(c byte) bool { return c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' }

// quoted is a text as Beancount writes it. Its texts end at a quote, and the lines of its journal at a line feed.
func quoted(s string) string {
	b := []byte{'"'}
	for _, c := range []byte(s) {
		if slices.Contains([]byte{'"', '\\'}, c) {
			b = append(b, '\\')
		}
		if c == '\n' || c == '\r' {
			c = ' '
		}
		b = append(b, c)
	}
	return string(append(b, '"'))
}

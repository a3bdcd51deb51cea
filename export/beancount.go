// The export for Beancount, an accounting program of plain text.

package export

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

// writeBeancount writes a ledger of Beancount (beancount.github.io, "Language Syntax"): one transaction an
// entry, debits positive. What the ledger calls a sub-balance is a sub-account. Balance directives assert every
// balance at the end.
func (j *journal) writeBeancount(ctx context.Context, out *bufio.Writer) error {
	fmt.Fprintf(out, "; journal of splitledger ledger %s, up to record %d, head %s\noption \"title\" \"splitledger\"\n",
		j.id, j.end.Records, j.end.Head)
	// An account has to be opened before it is used. The date is before any event, as the ledger's own may come later.
	opened := make(map[string]bool)
	var last time.Time
	for e, err := range j.entries(ctx) {
		if err != nil {
			return err
		}
		for _, p := range e.Postings {
			if name := j.beancountAccount(p.Account, p.Sub); !opened[name] {
				opened[name] = true
				fmt.Fprintf(out, "1970-01-01 open %s\n  id: %s\n", name, quoted(string(p.Account)))
			}
		}
		// Entries are in the order of the journal, and their dates need not be.
		at := e.record.At
		if at.After(last) {
			last = at
		}
		fmt.Fprintf(out, "\n%s * %s %s\n  entry: %d\n", at.Format(day), quoted(e.typ), quoted(e.id), e.Number)
		for _, said := range [][2]string{{"description", e.description}, {"metadata", e.metadata}} {
			if said[1] != "" {
				fmt.Fprintf(out, "  %s: %s\n", said[0], quoted(said[1]))
			}
		}
		for _, p := range e.Postings {
			fmt.Fprintf(out, "  %s  %s %s\n    type: %s\n", j.beancountAccount(p.Account, p.Sub),
				j.table.Format(p.Amount), p.Amount.Currency(), quoted(p.Type))
			if p.Reference != "" {
				fmt.Fprintf(out, "    reference: %s\n", quoted(p.Reference))
			}
			if p.Reason != "" {
				fmt.Fprintf(out, "    reason: %s\n", quoted(p.Reason))
			}
		}
	}
	fmt.Fprintln(out)
	after := last.AddDate(0, 0, 1).Format(day) // a balance is of the beginning of its day
	for _, h := range j.holdings() {
		fmt.Fprintf(out, "%s balance %s  %s %s\n", after, j.beancountAccount(h.account, h.sub),
			j.amount(j.sums[h], h.currency), h.currency)
	}
	return nil
}

// beancountAccount names an account: each part of the id a part of the name. Parts have only letters, digits and
// hyphens there, and begin with a capital or a digit, so other bytes are written as a hyphen and two hexadecimal
// digits, and a part that begins with anything else gets an "X-" before it. Different ids get different names, so no
// two accounts are merged.
func (j *journal) beancountAccount(id accounts.ID, sub ledger.Sub) string {
	group := j.group(id)
	b := []byte(strings.ToUpper(group[:1]) + group[1:])
	for part := range strings.SplitSeq(string(id), ":") {
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
	return string(append(b, ":"+strings.ToUpper(sub.String()[:1])+sub.String()[1:]...))
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

// The export for hledger, an accounting program of plain text.

package export

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// day is how the programs write dates. Times are UTC.
const day = "2006-01-02"

// writeHledger writes a journal of hledger (hledger.org, "journal format"): one transaction an entry, debits
// positive. What the ledger calls a sub-balance is a sub-account. A period begins with a transaction of the balances
// before it. The last transaction asserts every balance.
func (j *journal) writeHledger(ctx context.Context, out *bufio.Writer) error {
	fmt.Fprintf(out, "; journal of splitledger ledger %s, up to record %d, head %s\n"+
		"; liabilities are what the platform owes its users; debits are positive\n", j.id, j.end.Records, j.end.Head)
	// Commodities and accounts are declared, so that hledger check --strict finds what is misspelt.
	declared := make(map[string]bool)
	declare := func(line string) {
		if !declared[line] {
			declared[line] = true
			fmt.Fprintln(out, line)
		}
	}
	last := ""
	known := func(h holding) {
		declare("commodity 1000." + strings.Repeat("0", j.decimals(h.currency)) + " " + hledgerCommodity(h.currency))
		declare("account " + j.hledgerAccount(h))
	}
	if opening := j.holdings(); len(opening) > 0 {
		for _, h := range opening {
			known(h)
		}
		last = j.date(j.options.From)
		fmt.Fprintf(out, "\n%s opening balances\n", last)
		for _, h := range opening {
			fmt.Fprintf(out, "    %s  %s %s\n", j.hledgerAccount(h), j.amount(j.sums[h], h.currency),
				hledgerCommodity(h.currency))
		}
	}
	for e, err := range j.entries(ctx) {
		if err != nil {
			return err
		}
		for i := range e.Postings {
			known(j.holding(&e.Postings[i]))
		}
		// The effective date, and not that of the booking: reports are by what happened when.
		date := j.date(e.record.At)
		last = max(last, date)
		j.hledgerEntry(out, &e, date)
	}
	// An empty journal has no balances, and a transaction of no postings is not allowed.
	if last == "" {
		return nil
	}
	fmt.Fprintf(out, "\n%s balances\n", last)
	for _, h := range j.holdings() {
		c := hledgerCommodity(h.currency)
		fmt.Fprintf(out, "    %s  %s %s = %s %s\n", j.hledgerAccount(h),
			j.amount(money.Int{}, h.currency), c, j.amount(j.sums[h], h.currency), c)
	}
	return nil
}

// hledgerEntry writes an entry as a transaction.
func (j *journal) hledgerEntry(out *bufio.Writer, e *booked, date string) {
	fmt.Fprintf(out, "\n%s (%d) %s %s\n", date, e.Number, e.typ, hledgerText(e.id))
	for _, said := range []string{e.description, e.metadata} {
		if said != "" {
			fmt.Fprintf(out, "    ; %s\n", noTag(hledgerText(said)))
		}
	}
	for i := range e.Postings {
		p := &e.Postings[i]
		fmt.Fprintf(out, "    %s  %s %s%s\n", j.hledgerAccount(j.holding(p)),
			j.table.Format(p.Amount), hledgerCommodity(p.Amount.Currency()), hledgerComment(p))
	}
}

// hledgerAccount names an account. Its id's colons make a tree; the characters of ids are allowed in names of accounts.
// The top of the tree is the type by which hledger sorts accounts into its reports. An account of a chart has its code
// and its name.
func (j *journal) hledgerAccount(h holding) string {
	if h.code != "" {
		a := j.coded[h.code]
		name := strings.Join(strings.Fields(strings.ReplaceAll(hledgerText(a.Name), ":", "-")), " ")
		return groups[a.Group] + ":" + a.Code + " " + name
	}
	var parts []string
	for part := range strings.SplitSeq(string(h.account), ":") {
		if part == "" {
			part = "%" // a name has no empty part; ids have no %
		}
		parts = append(parts, part)
	}
	return j.group(h.account) + ":" + strings.Join(parts, ":") + ":" + h.sub.String()
}

// hledgerCommodity names a currency: one that is not letters alone is quoted. Own currencies of a ledger may have
// digits, as POINTS2.
func hledgerCommodity(c money.Currency) string {
	if strings.Trim(string(c), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return `"` + string(c) + `"`
	}
	return string(c)
}

// decimals is how many decimals major units of a currency have; 0 for a currency that the ledger does not know.
func (j *journal) decimals(c money.Currency) int {
	n, _ := j.table.Exponent(c)
	return n
}

// hledgerText is a text that stays on its line and begins no comment. A semicolon would begin a comment, and a bar
// divides the payee from the note.
func hledgerText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == ';' || r == '|' {
			return '_'
		}
		return r
	}, s)
}

// hledgerComment says what a posting is for. It keeps the type of the posting, its reference and its reason, for which
// hledger has no fields of its own.
func hledgerComment(p *ledger.Posting) string {
	b := "  ; " + p.Type
	if p.Reference != "" {
		b += " " + hledgerText(p.Reference)
	}
	if p.Reason != "" {
		b += " (" + hledgerText(p.Reason) + ")"
	}
	return noTag(b)
}

// noTag keeps hledger from reading a tag or a date, which are name: and [date], from a comment.
func noTag(comment string) string {
	return strings.ReplaceAll(strings.ReplaceAll(comment, "[", "("), ":", "\u2236")
}

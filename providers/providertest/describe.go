package providertest

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// DescribeReport writes a report for a golden file: its format, each outcome or error of a line, and what the net
// amounts sum to by currency. An error that is of no line ends it, and is written too.
func DescribeReport(r providers.Report) string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Format())
	sums := map[money.Currency]money.Amount{}
	var order []money.Currency
	for {
		o, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Fprintln(&b, err)
			if _, ok := errors.AsType[*providers.LineError](err); !ok {
				break
			}
			continue
		}
		Describe(&b, &o)
		if c := o.Net.Currency(); c != "" {
			if _, ok := sums[c]; !ok {
				order = append(order, c)
			}
			sums[c] = money.Sum(c, sums[c], o.Net)
		}
	}
	for _, c := range order {
		fmt.Fprintf(&b, "net %s %s\n", money.Table{}.Format(sums[c]), c)
	}
	return b.String()
}

// Describe writes an outcome as one line, of what it has: for golden files.
func Describe(b *strings.Builder, o *providers.Outcome) {
	amount := func(a money.Amount) string { return money.Table{}.Format(a) + " " + string(a.Currency()) }
	if o.Line > 0 {
		fmt.Fprintf(b, "line %d: ", o.Line)
	}
	fmt.Fprint(b, o.Kind)
	if o.Amount.Currency() != "" {
		fmt.Fprintf(b, " %s", amount(o.Amount))
	}
	for _, f := range o.Fees {
		fmt.Fprintf(b, ", %s %s", f.Type, amount(f.Amount))
		if f.Of != "" {
			fmt.Fprintf(b, " on %s", f.Of)
		}
	}
	if o.Net.Currency() != "" {
		fmt.Fprintf(b, ", net %s", amount(o.Net))
	}
	if o.After.Currency() != "" {
		fmt.Fprintf(b, ", after it %s", amount(o.After))
	}
	if o.Held {
		fmt.Fprint(b, ", held")
	}
	if o.Part {
		fmt.Fprint(b, ", a part")
	}
	fmt.Fprintf(b, ", %s", o.At.UTC().Format(time.RFC3339))
	if !o.Booked.IsZero() {
		fmt.Fprintf(b, ", booked %s", o.Booked.UTC().Format(time.RFC3339))
	}
	for _, v := range []struct{ name, value string }{
		{"id", o.ID}, {"reference", o.Reference}, {"provider", o.ProviderReference}, {"movement", o.Movement},
		{"ours", o.Ours}, {"common", o.Common}, {"account", o.Account}, {"counterparty", o.Counterparty},
		{"split", o.Split}, {"batch", o.Batch}, {"receiver", o.Receiver}, {"rate", o.Rate}, {"reason", o.Reason},
	} {
		if v.value != "" {
			fmt.Fprintf(b, ", %s %q", v.name, v.value)
		}
	}
	fmt.Fprintln(b)
}

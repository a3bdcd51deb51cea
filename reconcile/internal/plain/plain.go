// Package plain is the adapter of a provider whose reports and notifications people can read, for tests:
//
//	settled order-1 100.00 EUR net=98.80 Interchange=1.20 batch=7 mod=cap-1 at=12T06:00
//	payout - 98.80 EUR net=-98.80 batch=7
//
// kind, reference, amount, currency, and what else there is. Days are of March 2026. A line with ? cannot be
// read, one with # is not read. A report may begin with "format NAME". The body of a notification is one line.
package plain

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// An Adapter is of the provider of its name, or adyen.
type Adapter struct{ Provider string }

// Name returns the provider's name.
func (a Adapter) Name() string {
	if a.Provider == "" {
		return "adyen"
	}
	return a.Provider
}

// Formats returns the format of reports that do not name another, which tells everything, and two that tell
// some transfers and payouts. Others tell none.
func (Adapter) Formats() []providers.Format {
	return []providers.Format{
		{Name: "plain report", Transfers: providers.OfAll, Payouts: providers.OfAll},
		{Name: "account", Transfers: providers.OfReported, Payouts: providers.OfReported},
		{Name: "settlement", Payouts: providers.OfPlatform},
	}
}

// Notified reads a line.
func (Adapter) Notified(n *providers.Notification, _ providers.Keys) ([]providers.Outcome, error) {
	o, err := outcome(money.Table{}, 0, strings.Fields(string(n.Body)))
	if err != nil {
		return nil, err
	}
	return []providers.Outcome{o}, nil
}

// Open opens a report.
func (Adapter) Open(r io.Reader, o providers.ReportOptions) (providers.Report, error) {
	p := &report{lines: bufio.NewReader(r), table: o.Table, format: "plain report"}
	if head, err := p.lines.Peek(len("format ")); err == nil && string(head) == "format " {
		line, err := p.lines.ReadString('\n')
		if err != nil {
			return nil, err
		}
		p.format = strings.TrimSpace(strings.TrimPrefix(line, "format "))
		p.n++
	}
	return p, nil
}

type report struct {
	lines  *bufio.Reader
	table  money.Table
	format string
	n      int
}

func (r *report) Format() string { return r.format }

func (r *report) Next() (o providers.Outcome, err error) {
	for {
		text, err := r.lines.ReadString('\n')
		if text == "" && err != nil {
			return o, io.EOF
		}
		r.n++
		words := strings.Fields(text)
		switch {
		case len(words) == 0, words[0] == "#":
			continue
		case words[0] == "?":
			return o, &providers.LineError{Line: r.n, Column: "amount",
				What: "expected an amount, found " + strings.Join(words[1:], " ")}
		case words[0] == "<cut>":
			return o, fmt.Errorf("expected the end of the report, found line %d cut short", r.n)
		}
		return outcome(r.table, r.n, words)
	}
}

func outcome(table money.Table, line int, words []string) (o providers.Outcome, err error) {
	if len(words) < 4 {
		return o, fmt.Errorf("expected kind, reference, amount and currency, found %q", words)
	}
	currency := money.Currency(words[3])
	amount := func(s string, c money.Currency) money.Amount {
		if c == "-" { // the provider does not say: minor units
			a, bad := money.ParseMinor(s, "")
			if bad != nil {
				err = bad
			}
			return a
		}
		if digits, other, ok := strings.Cut(s, ":"); ok {
			s, c = digits, money.Currency(other)
		}
		a, bad := table.ParseMajor(s, c)
		if bad != nil {
			err = bad
		}
		return a
	}
	day := func(s string) time.Time {
		at, bad := time.Parse("2006-01-02T15:04", "2026-03-"+s)
		if bad != nil {
			err = bad
		}
		return at
	}
	o = providers.Outcome{Kind: providers.Kind(words[0]), Line: line, At: time.Date(2026, 3, 12, 6, 0, 0, 0, time.UTC)}
	if words[1] != "-" {
		o.Reference = words[1]
	}
	if words[2] != "-" {
		o.Amount = amount(words[2], currency)
	}
	texts := map[string]*string{"batch": &o.Batch, "mod": &o.Movement,
		"psp": &o.ProviderReference, "move": &o.Group, "id": &o.ID, "acct": &o.Account,
		"to": &o.Counterparty, "common": &o.Common, "ours": &o.Ours,
		"why": &o.Reason, "receiver": &o.Receiver, "rate": &o.Rate}
	for _, w := range words[4:] {
		key, value, _ := strings.Cut(w, "=")
		if text := texts[key]; text != nil {
			*text = value
			continue
		}
		switch key {
		case "net":
			o.Net = amount(value, currency)
		case "after":
			o.After = amount(value, currency)
		case "row": // of the account alone
			o.Part, o.Account = true, value
		case "part":
			o.Part, o.Split = true, value
			if o.Account == "" {
				o.Account = map[string]string{"goods": "seller:1", "commission": "liable"}[value]
			}
		case "share": // what an account gave of it: account/amount
			id, of, _ := strings.Cut(value, "/")
			o.Shares = append(o.Shares, posting.Split{Type: posting.BalanceAccount,
				Account: accounts.ID(id), Amount: amount(of, currency)})
		case "rest": // the merchant gave what the shares leave
			o.Shares = append(o.Shares, posting.Split{Type: posting.Remainder})
		case "held":
			o.Held = true
		case "booked":
			o.Booked = day(value)
		case "at":
			o.At = day(value)
		default:
			o.Fees = append(o.Fees, posting.Fee{Type: posting.FeeType(key), Amount: amount(value, currency)})
		}
	}
	return o, err
}

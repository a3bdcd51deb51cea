package main

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/export"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

const statementHelp = `Prints the postings of an account, in the order in which they were booked, each with the
balance of its sub-balance (pending, available or reserved) after it. Amounts are positive
where the account gets more of what it normally has, and negative where it gets less.

--from and --to take what happened from one moment until just before another. --limit N
takes the newest N of these.

--format csv is for spreadsheets: amount and balance in major units (123.45), besides the
same in minor units. --format json prints an array of
  {"at","happened","recorded","event","entry","sub","type","reference","reason",
   "currency","amount","balance"}
with whole minor units, without what is empty. "happened" is the time of a fact that was
of a later time than the ledger's clock when it was booked, "at".`

// statementFlags say which postings, and in what form.
type statementFlags struct {
	from, to timeFlag
	limit    int
	format   string
}

func (c *cli) statementCommand() *cobra.Command {
	var f statementFlags
	cmd := &cobra.Command{
		Use:   "statement ACCOUNT",
		Short: "Print the postings of an account",
		Long:  statementHelp,
		Example: `  splitledger statement seller:0001 --limit 20
  splitledger statement liable --from 2026-03-01 --to 2026-04-01 --format csv > march.csv`,
		ValidArgsFunction: c.completeOneAccount,
	}
	flags := cmd.Flags()
	flags.Var(&f.from, "from", "what happened at this `time` or later")
	flags.Var(&f.to, "to", "what happened before this `time`")
	flags.IntVar(&f.limit, "limit", 0, "at most this `many` postings, the newest; 0 is all")
	flags.StringVar(&f.format, "format", "table", "`table`, json or csv")
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"table", "json", "csv"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		id, err := accounts.Parse(args[0])
		if err != nil {
			return unusable("%w", err)
		}
		if !slices.Contains([]string{"table", "json", "csv"}, f.format) || f.limit < 0 {
			return unusable("expected --format table, json or csv and a --limit of 0 or more, found %s and %d", f.format, f.limit)
		}
		if err := period(f.from, f.to); err != nil {
			return err
		}
		l, err := c.openToRead()
		if err != nil {
			return err
		}
		defer l.Close()
		a, ok := l.Account(id)
		if !ok {
			return unknownAccount(id)
		}
		s := &statement{c, l, f.lines(cmd.Context(), l, id), a.Kind.DebitNormal(), l.Table()}
		switch f.format {
		case "json":
			return s.json()
		case "csv":
			return s.csv()
		}
		return s.table()
	})
	return cmd
}

// lines returns the postings that the flags ask for, oldest first.
func (f *statementFlags) lines(ctx context.Context, l *ledger.Ledger, id accounts.ID) iter.Seq2[ledger.Line, error] {
	r := ledger.Range{From: f.from.Time, To: f.to.Time}
	if f.limit == 0 {
		return l.Postings(ctx, id, r)
	}
	return func(yield func(ledger.Line, error) bool) {
		r.Newest, r.Limit = true, f.limit
		var newest []ledger.Line
		for line, err := range l.Postings(ctx, id, r) {
			if err != nil {
				yield(line, err)
				return
			}
			newest = append(newest, line)
		}
		for _, line := range slices.Backward(newest) {
			if !yield(line, nil) {
				return
			}
		}
	}
}

// A statement is what is to be printed of one account.
type statement struct {
	*cli
	ledger *ledger.Ledger
	lines  iter.Seq2[ledger.Line, error]
	debit  bool // the account's normal side
	money  money.Table
}

// amount gives the amount of a posting the sign it has for the account's owner.
func (s *statement) amount(l ledger.Line) money.Amount {
	if s.debit {
		return l.Amount
	}
	return l.Amount.Neg()
}

// statementLine is one posting as JSON.
type statementLine struct {
	At        string         `json:"at"`
	Happened  string         `json:"happened,omitempty"` // of a fact of a later time than it was booked at
	Recorded  string         `json:"recorded"`
	Event     string         `json:"event"`
	Entry     uint64         `json:"entry"`
	Sub       string         `json:"sub"`
	Type      string         `json:"type,omitempty"`
	Reference string         `json:"reference,omitempty"`
	Reason    string         `json:"reason,omitempty"`
	Currency  money.Currency `json:"currency"`
	Amount    json.Number    `json:"amount"`
	Balance   json.Number    `json:"balance"`
}

func (s *statement) json() error {
	out := newArrayWriter(s.stdout)
	for l, err := range s.lines {
		if err != nil {
			return err
		}
		happened, err := s.happened(&l)
		if err != nil {
			return err
		}
		err = out.add(statementLine{
			stamp(l.At), stampOrNone(happened), stamp(l.Recorded), l.Event.Name, l.Entry, l.Sub.String(), l.Type, l.Reference, l.Reason,
			l.Amount.Currency(), minor(s.amount(l)), minor(l.Balance),
		})
		if err != nil {
			return err
		}
	}
	return out.end()
}

// happened returns the time of a fact that was of a later time than the ledger's clock when it was booked; else the zero time.
func (s *statement) happened(l *ledger.Line) (time.Time, error) {
	if !l.At.Equal(l.Recorded) {
		return time.Time{}, nil
	}
	rec, err := s.ledger.EntryRecord(l.Entry)
	if err != nil {
		return time.Time{}, err
	}
	return posting.HappenedOf(rec)
}

func (s *statement) csv() error {
	out := export.NewCSVWriter(s.stdout)
	out.Write([]string{"at", "recorded", "event", "entry", "sub", "type", "reference", "reason", "currency", "amount", "balance", "amount_minor", "balance_minor"})
	for l, err := range s.lines {
		if err != nil {
			return err
		}
		amount := s.amount(l)
		err := out.Write([]string{
			stamp(l.At), stamp(l.Recorded), l.Event.Name, strconv.FormatUint(l.Entry, 10), l.Sub.String(), l.Type, l.Reference, l.Reason,
			string(amount.Currency()), s.money.Format(amount), s.money.Format(l.Balance), amount.Minor(), l.Balance.Minor(),
		})
		if err != nil {
			return err
		}
	}
	return out.Flush()
}

func (s *statement) table() error {
	g := newGrid("AT", "ENTRY", "EVENT", "TYPE", "REFERENCE", "SUB", "CURRENCY", ">AMOUNT", ">BALANCE", "REASON")
	n := 0
	for l, err := range s.lines {
		if err != nil {
			return err
		}
		g.add(stamp(l.At), strconv.FormatUint(l.Entry, 10), l.Event.Name, l.Type, l.Reference, l.Sub.String(),
			string(l.Amount.Currency()), s.money.Format(s.amount(l)), s.money.Format(l.Balance), l.Reason)
		n++
	}
	if n == 0 {
		return s.note("no postings")
	}
	return g.writeTo(s.stdout, "")
}

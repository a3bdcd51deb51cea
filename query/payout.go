package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A PayoutStatement says what a payout is made of, to the unit: what was left over by the account's payout before, and
// every posting of its available balance since. Opening plus the rows is Amount plus Left.
type PayoutStatement struct {
	Payout   string         `json:"payout"`
	Account  accounts.ID    `json:"account"`
	State    posting.State  `json:"state"`
	Asked    time.Time      `json:"asked"`
	Currency money.Currency `json:"currency"`
	Amount   Minor          `json:"amount"`          // of the payout
	Opening  Minor          `json:"opening"`         // available after the payout before, or 0
	Since    string         `json:"since,omitempty"` // the payout before
	Left     Minor          `json:"left"`            // available after this payout: for the next one
	Done     time.Time      `json:"done,omitzero"`   // when it was paid or failed
	Reason   string         `json:"reason,omitempty"`
	Returned *Minor         `json:"returned,omitempty"` // what came back of it
	Fee      *Minor         `json:"fee,omitempty"`      // what the provider took for it besides
	Rows     []PayoutRow    `json:"rows"`               // in the order in which they were booked
}

// A PayoutRow is a posting that made money available for a payout, or took it away.
type PayoutRow struct {
	At        time.Time      `json:"at" col:"AT"`
	Entry     uint64         `json:"entry" col:"ENTRY"`
	Event     string         `json:"event" col:"EVENT,wide"`
	Type      string         `json:"type" col:"TYPE"`
	Part      Class          `json:"part" csv:"-"` // what it was for
	Payment   string         `json:"payment,omitempty" col:"PAYMENT"`
	Order     string         `json:"merchantReference,omitempty" col:"ORDER,optional"` // the merchant's reference of it
	Reference string         `json:"reference,omitempty" col:"REFERENCE,wide"`         // of the part
	Reason    string         `json:"reason,omitempty" col:"REASON,below"`
	Currency  money.Currency `json:"currency" col:"CURRENCY"`
	Amount    Minor          `json:"amount" col:"AMOUNT"`
	Balance   Minor          `json:"balance" col:"BALANCE"` // available after it
}

// Payout returns what a payout is made of. One that does not exist is [posting.ErrNotFound].
//
// Payouts take what is available, whichever payments it came from. So a payout is made of all that the available balance
// got and gave since the payout before, in the order in which it was booked. Payouts that failed in between are rows,
// with what they gave back; so is what came back of the payout before.
func (b *Books) Payout(ctx context.Context, id string) (*PayoutStatement, error) {
	p, err := b.finder().Payout(id)
	if err != nil {
		return nil, err
	}
	asked, err := b.reader().Group(ledger.Key{Space: posting.KeyPayout, Name: id})
	if err != nil {
		return nil, err
	}
	c := p.Amount.Currency()
	s := &PayoutStatement{Payout: id, Account: p.Account, State: p.State, Asked: p.Asked.UTC(), Currency: c,
		Amount: Minor{p.Amount}, Opening: Minor{money.New(0, c)}, Left: Minor{money.New(0, c)}, Rows: []PayoutRow{},
		Done: inUTC(p.Done), Reason: p.Reason}
	if !p.Returned.IsZero() {
		s.Returned = &Minor{p.Returned}
	}
	if !p.Fee.IsZero() {
		s.Fee = &Minor{p.Fee}
	}
	found, origins := false, origins{books: b}
	for line, err := range b.Ledger.Postings(ctx, p.Account, ledger.Range{Newest: true, Until: b.until}) {
		if err != nil {
			return nil, err
		}
		if line.Sub != ledger.Available || line.Amount.Currency() != c || line.Record > asked[0].Number {
			continue
		}
		takes := line.Type == posting.PostingPayout && onNormalSide(line.Amount, accounts.KindSub).Sign() < 0
		if !found {
			if found = takes && line.Record == asked[0].Number; found {
				s.Left = Minor{line.Balance}
			}
			continue // another posting of the payout's own entry
		}
		if takes {
			before, failed, err := b.payoutOf(&line)
			if err != nil {
				return nil, err
			}
			if !failed {
				s.Opening, s.Since = Minor{line.Balance}, before
				break
			}
		}
		row, err := origins.payoutRow(&line)
		if err != nil {
			return nil, err
		}
		s.Rows = append(s.Rows, row)
	}
	slices.Reverse(s.Rows)
	return s, s.check(found)
}

// payoutOf returns the payout that a posting is of, and whether it failed.
func (b *Books) payoutOf(l *ledger.Line) (name string, failed bool, err error) {
	rec, err := b.Ledger.Record(l.Record)
	if err != nil {
		return "", false, err
	}
	e, err := posting.EventOf(rec)
	if err != nil {
		return "", false, err
	}
	p, err := b.finder().Payout(e.Payout)
	if err != nil {
		return "", false, err
	}
	return p.ID, p.State == posting.PayoutHasFailed, nil
}

// payoutRow names the payment of a posting, by which a seller knows it.
func (o *origins) payoutRow(l *ledger.Line) (PayoutRow, error) {
	origin, _, err := o.of(l)
	if err != nil {
		return PayoutRow{}, err
	}
	return PayoutRow{At: l.At.UTC(), Entry: l.Entry, Event: l.Event.Name, Type: l.Type, Part: Classify(eventOf(o.record), l.Type),
		Payment: origin.Payment, Order: origin.Order, Reference: l.Reference, Reason: l.Reason,
		Currency: l.Amount.Currency(), Amount: Minor{onNormalSide(l.Amount, accounts.KindSub)}, Balance: Minor{l.Balance}}, nil
}

// ErrReportedAlone says that a payout took nothing of what its account had, and so is made of nothing: the provider
// reported it, and nobody had asked for it here.
var ErrReportedAlone = errors.New("the provider reported it alone")

// check adds the statement up. A difference is damage, and is said rather than printed as if it were right.
func (s *PayoutStatement) check(found bool) error {
	if !found {
		return fmt.Errorf("payout %s took nothing of what %s had available: %w", s.Payout, s.Account, ErrReportedAlone)
	}
	sum := s.Opening.Int()
	for i := range s.Rows {
		sum = sum.Add(s.Rows[i].Amount.Int())
	}
	if want := s.Amount.Int().Add(s.Left.Int()); !sum.Equal(want) {
		return fmt.Errorf("payout %s: its rows come to %s minor units, and the payout with what it left to %s",
			s.Payout, sum, want)
	}
	return nil
}

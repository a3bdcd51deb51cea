package query

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A SplitPayment is one split of a payment: a part that moves from whose payment it is to whose part it is.
type SplitPayment struct {
	// ID is the payment's name and the number of the part, "order-1001/2". It never changes.
	ID        string `json:"id" col:"ID,wide"`
	Reference string `json:"reference,omitempty" col:"REFERENCE,wide"` // the split's; may be empty
	Payment   string `json:"payment" col:"PAYMENT"`
	// Order is the merchant's reference of the payment, often that of an order; the split's own is Reference.
	Order       string            `json:"merchantReference,omitempty" csv:"merchant_reference"` // the payment's
	Provider    string            `json:"provider"`
	At          time.Time         `json:"at" col:"AT"`              // of the payment's first capture
	Source      accounts.ID       `json:"source" col:"SOURCE,wide"` // the merchant, who gets what no split takes
	Destination accounts.ID       `json:"destination" col:"DESTINATION"`
	Type        posting.SplitType `json:"type" col:"TYPE"`
	Currency    money.Currency    `json:"currency" col:"CURRENCY"`
	Amount      Minor             `json:"amount" col:"AMOUNT"`          // what the part got, or is to get
	Refunded    Minor             `json:"refunded" col:"REFUNDED,wide"` // what it gave back of it
	Status      posting.State     `json:"status" col:"STATUS"`
	Reason      string            `json:"reason,omitempty" col:"REASON,below"` // why it is what it is, or why it failed

	begun uint64 // the number of the record with which the payment began
	part  int
}

// A SplitFilter says which split payments are wanted. The zero value wants all; its fields hold
// together.
type SplitFilter struct {
	Statuses  []posting.State // any of them; none is any
	Account   string          // source or destination: an id, or a pattern in which * stands for any characters
	Payment   string
	Reference string // the split's, or the merchant's of the payment
	Provider  string
	Type      posting.SplitType
	Currency  money.Currency
	Within    Period
}

// has reports whether a split is wanted.
func (f *SplitFilter) has(s *SplitPayment) bool {
	return (len(f.Statuses) == 0 || slices.Contains(f.Statuses, s.Status)) &&
		(f.Account == "" || accounts.Matches(f.Account, string(s.Source)) || accounts.Matches(f.Account, string(s.Destination))) &&
		(f.Provider == "" || s.Provider == f.Provider) && (f.Type == "" || s.Type == f.Type) &&
		(f.Currency == "" || s.Currency == f.Currency) &&
		(f.Payment == "" || s.Payment == f.Payment) &&
		(f.Reference == "" || s.Reference == f.Reference || s.Order == f.Reference) &&
		f.Within.Has(s.At)
}

// Splits yields the split payments that the filter wants, in the order in which the payments began. It reads the
// journal once and each payment as it comes, and holds no more than one payment. An account or provider that is named
// and does not exist is an error, [ledger.UnknownAccount] or [ledger.Invalid].
func (b *Books) Splits(ctx context.Context, f SplitFilter) iter.Seq2[SplitPayment, error] {
	return func(yield func(SplitPayment, error) bool) {
		if err := cmp.Or(b.checkAccount(f.Account), b.checkProvider(f.Provider)); err != nil {
			yield(SplitPayment{}, err)
			return
		}
		for p, err := range b.payments(ctx, f.Payment) {
			if errors.Is(err, posting.UnknownPayment) {
				err = b.unknownPayment(f.Payment)
			}
			if err != nil {
				yield(SplitPayment{}, err)
				return
			}
			for _, s := range splitsOf(p) {
				if f.has(&s) && !yield(s, nil) {
					return
				}
			}
		}
	}
}

// payments yields all payments in the order in which they began, or the one that is named. It reads
// the journal for what begins one, and then each payment by its key, since the events of a payment
// may be far apart.
func (b *Books) payments(ctx context.Context, name string) iter.Seq2[*posting.Payment, error] {
	return func(yield func(*posting.Payment, error) bool) {
		finder := b.finder()
		if name != "" {
			yield(finder.Payment(name))
			return
		}
		b.begun(finder, b.upTo(ctx, b.until), yield)
	}
}

// upTo yields the records of the journal up to one of them, 0 for all.
func (b *Books) upTo(ctx context.Context, last uint64) iter.Seq2[*ledger.Record, error] {
	return func(yield func(*ledger.Record, error) bool) {
		for rec, err := range b.Ledger.Records(ctx, 1) {
			if err == nil && last > 0 && rec.Number > last || !yield(rec, err) {
				return
			}
		}
	}
}

// begun yields the payments that begin with one of the records. It reports whether more are wanted.
func (b *Books) begun(finder *posting.Finder, records iter.Seq2[*ledger.Record, error],
	yield func(*posting.Payment, error) bool) bool {
	for rec, err := range records {
		if err != nil {
			yield(nil, err)
			return false
		}
		id, ok := begins(rec)
		if !ok {
			continue
		}
		p, err := finder.Payment(id)
		if err == nil && p.Events[0].Record.Number != rec.Number {
			continue // an event that repeats what the payment's first said
		}
		if !yield(p, err) || err != nil {
			return false
		}
	}
	return true
}

// begins returns the payment that a record may begin. It looks at no more of the record than it
// needs, as most begin none. A capture without an authorisation begins one; whether another came
// before, the payment itself says.
func begins(rec *ledger.Record) (string, bool) {
	at := slices.IndexFunc(rec.Keys, func(k ledger.Key) bool { return k.Space == posting.KeyPayment })
	if at < 0 {
		return "", false
	}
	switch t, err := posting.TypeOf(rec); {
	case err != nil:
		return "", false
	case t == posting.PaymentCapture: // without an authorisation it says whose scheme the payment follows
		e, err := posting.EventOf(rec)
		return rec.Keys[at].Name, err == nil && e.Provider != ""
	default:
		return rec.Keys[at].Name, t == posting.PaymentAuthorise
	}
}

// SplitTypes are the parts of a payment's amount that are splits. The others are the remainder, and accounts
// that gave a refund without having a part.
var SplitTypes = []posting.SplitType{
	posting.BalanceAccount, posting.Commission, posting.VAT, posting.Tip, posting.Surcharge, posting.TopUp,
	posting.Default, posting.Remainder,
}

// splitsOf lists the splits of a payment, numbered as its parts are, so that a split keeps its id
// when others come.
func splitsOf(p *posting.Payment) (all []SplitPayment) {
	for i, part := range p.Parts {
		if !slices.Contains(SplitTypes, posting.SplitType(part.Type)) {
			continue
		}
		s := SplitPayment{
			ID: p.ID + "/" + strconv.Itoa(i+1), Reference: part.Reference,
			Payment: p.ID, Order: p.Reference, Provider: p.Provider,
			Source: p.Account, Destination: part.Account, Type: posting.SplitType(part.Type),
			Currency: part.Amount.Currency(), Amount: Minor{part.Amount}, Refunded: Minor{part.Refunded},
			Status: part.Status, Reason: part.Reason, begun: p.Events[0].Record.Number, part: i,
		}
		if len(p.Captures) > 0 {
			s.At = p.Captures[0].At.UTC()
		}
		all = append(all, s)
	}
	for i, c := range p.Captures {
		all = append(all, fallenSplits(p, i, c)...)
	}
	return all
}

// SplitStatuses are the statuses of splits, in the order in which a split goes through them.
var SplitStatuses = []posting.State{posting.PartPending, posting.PartCompleted, posting.PartFailed, posting.PartCancelled, FellBack}

// FellBack is the status of a split that was not made: liable, or the merchant, has the money in place of an account
// that is closed or was never opened.
const FellBack posting.State = "fallback"

// fallenSplits lists the splits that a capture was to have, where it fell back. They are no parts of the payment, so
// their numbers are of the capture, "order-1001/c1/2", and follow the parts in a list.
func fallenSplits(p *posting.Payment, number int, c *posting.Capture) (all []SplitPayment) {
	for i, fallen := range p.FallenSplits(c) {
		s := SplitPayment{
			ID: p.ID + "/" + c.ID + "/" + strconv.Itoa(i+1), Reference: fallen.Reference,
			Payment: p.ID, Order: p.Reference, Provider: p.Provider, At: c.At.UTC(),
			Source: p.Account, Destination: fallen.Receiver(), Type: fallen.Type,
			Currency: fallen.Got.Currency(), Amount: Minor{fallen.Got}, Refunded: Minor{money.New(0, p.Currency)},
			Status: FellBack, Reason: c.Reason, begun: p.Events[0].Record.Number, part: (number+1)<<16 + i,
		}
		if c.Cancelled {
			s.Status = posting.PartCancelled
		}
		all = append(all, s)
	}
	return all
}

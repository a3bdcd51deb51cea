package query

import (
	"context"
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
	ID          string // the payment's name and the number of the part: "order-1001/2"; it never changes
	Reference   string // the split's; may be empty
	Payment     string
	Order       string // the merchant's reference of the payment; may be empty
	Provider    string
	Source      accounts.ID // the merchant, who gets what no split takes
	Destination accounts.ID
	Type        posting.SplitType
	Amount      money.Amount
	Refunded    money.Amount
	Status      posting.PartStatus
	Reason      string    // why it is what it is, or why it failed
	At          time.Time // of the payment's first capture
}

// A SplitFilter says which split payments are wanted. The zero value wants all.
type SplitFilter struct {
	Status    posting.PartStatus
	Account   accounts.ID // source or destination
	Payment   string
	Reference string // the split's, or the merchant's of the payment
	Within    Period
}

func (f *SplitFilter) has(s *SplitPayment) bool {
	return (f.Status == "" || s.Status == f.Status) &&
		(f.Account == "" || s.Source == f.Account || s.Destination == f.Account) &&
		(f.Payment == "" || s.Payment == f.Payment) &&
		(f.Reference == "" || s.Reference == f.Reference || s.Order == f.Reference) &&
		f.Within.Has(s.At)
}

// Splits yields the split payments that the filter wants, in the order in which the payments began. It reads the journal
// once and each payment as it comes, and holds no more than one payment.
func Splits(ctx context.Context, l *ledger.Ledger, b *posting.Book, f SplitFilter) iter.Seq2[SplitPayment, error] {
	return func(yield func(SplitPayment, error) bool) {
		for p, err := range payments(ctx, l, b, f.Payment) {
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

// payments yields all payments in the order in which they began, or the one that is named.
func payments(ctx context.Context, l *ledger.Ledger, b *posting.Book, name string) iter.Seq2[*posting.Payment, error] {
	return func(yield func(*posting.Payment, error) bool) {
		if name != "" {
			yield(b.Payment(name))
			return
		}
		for rec, err := range l.Records(ctx, 1) {
			if err != nil {
				yield(nil, err)
				return
			}
			id, ok := begins(rec)
			if !ok {
				continue
			}
			p, err := b.Payment(id)
			if err == nil && p.Events[0].Record.Number != rec.Number {
				continue // an event that repeats what the payment's first said
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// begins returns the payment that a record may begin.
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

// splitTypes are parts of a payment's amount that are splits. Others are what no split takes, and accounts that gave a refund without a part.
var splitTypes = []posting.SplitType{
	posting.BalanceAccount, posting.Commission, posting.VAT, posting.Tip, posting.Surcharge, posting.TopUp, posting.Default, posting.Remainder,
}

func splitsOf(p *posting.Payment) (all []SplitPayment) {
	for i, part := range p.Parts {
		if !slices.Contains(splitTypes, posting.SplitType(part.Type)) {
			continue
		}
		s := SplitPayment{
			ID: p.ID + "/" + strconv.Itoa(i+1), Reference: part.Reference, Payment: p.ID, Order: p.Reference, Provider: p.Provider,
			Source: p.Account, Destination: part.Account, Type: posting.SplitType(part.Type),
			Amount: part.Amount, Refunded: part.Refunded, Status: part.Status, Reason: part.Reason,
		}
		if len(p.Captures) > 0 {
			s.At = p.Captures[0].At
		}
		all = append(all, s)
	}
	return all
}

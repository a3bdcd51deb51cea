package query

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A Means is a way to make good what an account is below zero. The means are tried in an order that
// the caller chooses, as each platform has an agreement of its own with its sellers.
type Means string

// The means of recovery.
const (
	Repay   Means = "repay"   // an account that liable helped before, and that has money again, gives it back
	Pending Means = "pending" // what is pending nets the debt when it is settled: so much of it is left to wait
	Liable  Means = "liable"  // liable covers the debt
)

// DefaultOrder is the order of means unless another is asked for.
var DefaultOrder = []Means{Repay, Pending, Liable}

// ParseOrder reads means in their order, as "pending,liable". Each is tried once at most; one that
// is not named is not tried.
func ParseOrder(s string) ([]Means, error) {
	var order []Means
	for name := range strings.SplitSeq(s, ",") {
		m := Means(strings.TrimSpace(name))
		if !slices.Contains(DefaultOrder, m) {
			return nil, fmt.Errorf("expected some of repay, pending and liable, with commas between, found %q", name)
		}
		if slices.Contains(order, m) {
			return nil, fmt.Errorf("expected each of repay, pending and liable once at most, found %s twice", m)
		}
		order = append(order, m)
	}
	return order, nil
}

// A Step is what one of the means does for one account: a transfer to book, or nothing but to wait.
type Step struct {
	Account  accounts.ID    `json:"account" col:"ACCOUNT"` // whose debt it is, or was
	Means    Means          `json:"means" col:"MEANS"`
	Currency money.Currency `json:"currency" col:"CURRENCY"`
	Amount   Minor          `json:"amount" col:"AMOUNT"`
	From     accounts.ID    `json:"-" col:"FROM,wide"` // of the transfer, if there is one
	To       accounts.ID    `json:"-" col:"TO,wide"`
	Result   StepResult     `json:"result" col:"RESULT"`
	Why      string         `json:"why" col:"WHY,below"`
	Transfer *posting.Event `json:"transfer,omitempty"` // to book; nil where the step only waits
	Entries  []uint64       `json:"entries,omitempty"`  // that were booked
	Refusal  error          `json:"-"`                  // of the transfer
}

// A StepResult says what became of a step. Programs read it, so the words stay.
type StepResult string

// The results of steps.
const (
	WouldTransfer StepResult = "would transfer"
	Waits         StepResult = "waits"
	Transferred   StepResult = "transferred"
	Refused       StepResult = "refused"
)

// What the references of recovering transfers are, by which they are known again.
const (
	CoverReference = "recover: cover"
	RepayReference = "recover: repay"
)

// Recovery proposes transfers that cover negative available balances of sub-accounts and the platform, by the
// means given, in that order. It books nothing; [Books.Recover] does. The ids of the transfers follow from the
// state of the books, so a proposal that is posted twice, or again after an interruption, books each transfer
// once. Of books of before, see [Books.Until], it is what would have been proposed then, and not to be booked now.
func (b *Books) Recovery(ctx context.Context, order []Means) ([]Step, error) {
	r := recovery{books: b, ledger: b.Ledger}
	if slices.Contains(order, Repay) {
		if err := r.findHelped(ctx); err != nil {
			return nil, err
		}
	}
	negatives, err := b.Negatives(ctx, AccountFilter{}, time.Time{})
	if err != nil {
		return nil, err
	}
	steps := []Step{}
	// Repayments come first in the list, wherever repay stands: they are of accounts that owe
	// nothing.
	for _, m := range order {
		if m == Repay {
			repayments, err := r.repayments(ctx)
			if err != nil {
				return nil, err
			}
			steps = append(steps, repayments...)
		}
	}
	for i := range negatives {
		n := &negatives[i]
		if n.Kind == accounts.KindSub || n.Kind == accounts.KindPlatform {
			steps = append(steps, r.mend(n, order)...)
		}
	}
	for i := range steps {
		s := &steps[i]
		s.Currency, s.Result = s.Amount.Currency(), Waits
		if t := s.Transfer; t != nil {
			s.From, s.To, s.Result = t.From, t.To, WouldTransfer
		}
	}
	return steps, nil
}

// Recover books the transfers of steps, all at once, and says in each what became of it. A transfer
// may be refused, because the books have changed since it was proposed; that is the refusal of its
// step. The error is one of the ledger: then nothing is known of the steps.
func (b *Books) Recover(ctx context.Context, steps []Step) error {
	var events []posting.Event
	var of []*Step
	for i := range steps {
		if t := steps[i].Transfer; t != nil {
			events, of = append(events, *t), append(of, &steps[i])
		}
	}
	for i, r := range b.Rules.PostBatch(ctx, events) {
		switch {
		case ledger.Failed(r.Err):
			return r.Err
		case r.Err != nil:
			of[i].Result, of[i].Refusal = Refused, r.Err
		default:
			of[i].Result, of[i].Entries = Transferred, r.Receipt.Entries
		}
	}
	return nil
}

// A recovery works out steps. It books nothing.
type recovery struct {
	books  *Books
	ledger *ledger.Ledger
	helped []help
}

// A help is what liable has covered for an account in a currency and not got back. No table of
// debts is kept: the journal has the transfers, known by their references, so a debt that somebody
// reverses by hand is not asked for again.
type help struct {
	account  accounts.ID
	currency money.Currency
	minor    money.Int
	entry    uint64 // the newest of the transfers and their reversals
}

// findHelped reads from liable's postings whom it helped, how much, and what came back. Covers,
// repayments and the reversals of both count.
func (r *recovery) findHelped(ctx context.Context) error {
	for line, err := range r.ledger.Postings(ctx, accounts.Liable, ledger.Range{Until: r.books.until}) {
		if err != nil {
			return err
		}
		// which keeps the reference
		transferred := line.Type == posting.PostingTransfer || line.Type == posting.PostingReversal
		if !transferred || line.Reference != CoverReference && line.Reference != RepayReference {
			continue
		}
		rec, err := r.ledger.Record(line.Record)
		if err != nil {
			return err
		}
		for _, e := range rec.Entries {
			for _, p := range e.Postings {
				if e.Number == line.Entry && p.Account != accounts.Liable {
					h := r.help(p.Account, line.Amount.Currency())
					h.minor, h.entry = h.minor.Add(line.Amount.Int()), line.Entry
				}
			}
		}
	}
	return nil
}

// help returns what is known of an account in a currency, which is nothing at first. The list is
// short and keeps the order of the first help.
func (r *recovery) help(id accounts.ID, c money.Currency) *help {
	i := slices.IndexFunc(r.helped, func(h help) bool { return h.account == id && h.currency == c })
	if i < 0 {
		i = len(r.helped)
		r.helped = append(r.helped, help{account: id, currency: c})
	}
	return &r.helped[i]
}

// repayments proposes that accounts that have money again give back what liable covered: what they
// have available, up to that. A frozen account has a step that says so, and no transfer, as one
// would be refused.
func (r *recovery) repayments(ctx context.Context) (steps []Step, err error) {
	if len(r.helped) == 0 {
		return nil, nil
	}
	all, err := r.books.balancesOf(ctx, ledger.AsOf{}, func(a accounts.Account) bool {
		return slices.ContainsFunc(r.helped, func(h help) bool { return h.account == a.ID })
	})
	if err != nil {
		return nil, err
	}
	for _, h := range r.helped {
		// Liable has covered it, so both are there.
		of := all[slices.IndexFunc(all, func(a ledger.AccountBalance) bool { return a.Account.ID == h.account })]
		i := slices.IndexFunc(of.Balances, func(b ledger.Balance) bool { return b.Currency == h.currency })
		has, a := of.Balances[i].Available.Int(), of.Account
		minor := h.minor
		if has.Cmp(minor) < 0 {
			minor = has
		}
		if minor.Sign() <= 0 {
			continue
		}
		owed, amount := money.FromInt(h.minor, h.currency), money.FromInt(minor, h.currency)
		s := Step{Means: Repay, Account: h.account, Amount: Minor{amount}}
		if a.Status == accounts.Open {
			s.Why = "liable covered " + r.text(owed) + " of it, and it has " +
				r.text(money.FromInt(has, h.currency)) + " available"
			s.Transfer = transfer(h.account, accounts.Liable, amount, RepayReference, h.entry)
		} else {
			s.Why = "liable covered " + r.text(owed) + " of it, but it is " +
				a.Status.String() + " and pays nothing out"
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// mend proposes what to do about one debt, by each of the means in turn, until nothing is left of
// it. The debt is what is missing in available: pending money makes up for it only once it is
// settled.
func (r *recovery) mend(n *Negative, order []Means) (steps []Step) {
	c := n.Currency
	debt := n.Available.Int().Neg()
	since := ", below zero since " + n.Since.UTC().Format("2006-01-02")
	for _, m := range order {
		if debt.Sign() <= 0 {
			break
		}
		minor := debt
		s := Step{Means: m, Account: n.Account}
		switch m {
		case Pending:
			if p := n.Pending.Int(); p.Cmp(minor) < 0 {
				minor = p
			}
			s.Why = "it has " + r.text(n.Pending.Amount) + " pending, which nets the debt when it is settled"
		case Liable:
			s.Why = "it has " + r.text(n.Available.Amount) + " available" + since
			s.Transfer = transfer(accounts.Liable, n.Account, money.FromInt(minor, c), CoverReference, n.newest)
		default:
			continue
		}
		if minor.Sign() <= 0 {
			continue
		}
		s.Amount = Minor{money.FromInt(minor, c)}
		debt = debt.Sub(minor)
		steps = append(steps, s)
	}
	return steps
}

// text writes an amount for a reason, in major units.
func (r *recovery) text(a money.Amount) string {
	return r.ledger.Table().Format(a) + " " + string(a.Currency())
}

// transfer makes the event of a transfer. Its id names what it follows from: who pays whom how
// much, after which entry. So the same proposal has the same id and is booked once, and a new debt
// of the same amount has another.
func transfer(from, to accounts.ID, a money.Amount, reference string, after uint64) *posting.Event {
	h := sha256.Sum256([]byte(strings.Join([]string{string(from), string(to),
		a.String(), reference, strconv.FormatUint(after, 10)}, "\n")))
	return &posting.Event{
		ID: "recover-" + hex.EncodeToString(h[:12]), Type: posting.Transfer,
		From: from, To: to, Amount: a, Reference: reference,
	}
}

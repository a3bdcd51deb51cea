package adyen

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A Writer writes what requests to Adyen say of our payments: the members of the body that are the same for
// every payment method, to which the caller adds the others (Adyen/adyen-openapi, CheckoutService 70 to 72).
// The zero value is useful.
//
// What Adyen would take and do otherwise than the books is refused with a [*ledger.Error]: it checks the form
// of splits alone, and where one cannot be booked the whole amount goes to the liable account.
type Writer struct {
	Table           money.Table
	MerchantAccount string

	// ID returns Adyen's id of an account of the books, "BA3222…". It is asked for every account in a request. Nil
	// stands for the same name; the accounts that a ledger opens itself, such as platform, have none then.
	ID func(accounts.ID) (string, error)

	// Rules says by splits what an event says by a stored rule, as [posting.Finder.Resolved] does. Nil refuses such
	// events.
	Rules func(*posting.Event) (*posting.Event, error)
}

// A Request is a POST to Path.
type Request struct {
	Path string `json:"-"` // "/payments/EXPSP00000001001/captures"

	MerchantAccount         string                   `json:"merchantAccount,omitempty"`
	Amount                  Amount                   `json:"amount"`
	Reference               string                   `json:"reference,omitempty"`
	Splits                  []Split                  `json:"splits,omitempty"`
	PlatformChargebackLogic *PlatformChargebackLogic `json:"platformChargebackLogic,omitempty"`
}

// An Amount is in minor units of Adyen's.
type Amount struct {
	Currency string `json:"currency"`
	Value    int64  `json:"value"`
}

// A Split is one item of splits.
type Split struct {
	Type        string  `json:"type"`
	Account     string  `json:"account,omitempty"`
	Amount      *Amount `json:"amount,omitempty"` // nil of fees
	Reference   string  `json:"reference,omitempty"`
	Description string  `json:"description,omitempty"`
}

// A PlatformChargebackLogic says whose money a dispute takes.
type PlatformChargebackLogic struct {
	Behavior              string `json:"behavior"`
	TargetAccount         string `json:"targetAccount,omitempty"`
	CostAllocationAccount string `json:"costAllocationAccount,omitempty"`
}

// Payment writes a request for a payment: for an authorisation, or for a capture of a payment that was not
// authorised before.
func (w Writer) Payment(e *posting.Event) (*Request, error) {
	if e.Type != posting.PaymentAuthorise && e.Type != posting.PaymentCapture {
		return nil, refusal("type", "expected %s or %s, found %s",
			posting.PaymentAuthorise, posting.PaymentCapture, e.Type)
	}
	reference := e.Reference
	// Adyen demands a reference of each payment.
	if reference == "" {
		reference = e.Payment
	}
	return w.taking(e, e.Provider, "/payments", reference)
}

// Capture writes a request for a capture of an authorised payment. Without splits Adyen follows those of the
// authorisation where it captures all of it, and else gives the liable account the whole: as the books do.
func (w Writer) Capture(p *posting.Payment, e *posting.Event) (*Request, error) {
	if e.Type != posting.PaymentCapture {
		return nil, refusal("type", "expected %s, found %s", posting.PaymentCapture, e.Type)
	}
	path, err := modification(p, e, "captures")
	if err != nil {
		return nil, err
	}
	return w.taking(e, p.Provider, path, cmp.Or(e.Capture, e.ID))
}

// Refund writes a request for a refund of a captured payment. Splits are of the payment's parts, by account and
// reference; each may give more than it got. Without splits Adyen takes a refund of the whole from all parts,
// and any other from the liable account.
func (w Writer) Refund(p *posting.Payment, e *posting.Event) (*Request, error) {
	if e.Type != posting.PaymentRefund {
		return nil, refusal("type", "expected %s, found %s", posting.PaymentRefund, e.Type)
	}
	path, err := modification(p, e, "refunds")
	if err != nil {
		return nil, err
	}
	r, err := w.request(e, p.Provider, path, cmp.Or(e.Refund, e.ID))
	if err != nil {
		return nil, err
	}
	if more, err := e.Amount.Sub(p.Refundable()); err != nil || more.Sign() > 0 {
		return nil, &ledger.Error{Code: posting.AmountExceedsRefundable, Field: "amount",
			Message: fmt.Sprintf("expected at most what was captured and not refunded, %s, found %s",
				p.Refundable(), e.Amount)}
	}
	if len(e.Splits) == 0 {
		return r, unsplit(p, e)
	}
	for i := range e.Splits {
		if !hasPart(p, &e.Splits[i]) {
			return nil, &ledger.Error{Code: posting.UnknownSplitReference, Field: field(i, "reference"),
				Message: fmt.Sprintf("expected a part of the payment, found none of %s with reference %q",
					e.Splits[i].Account, e.Splits[i].Reference)}
		}
	}
	return r, nil
}

// unsplit refuses refunds without splits of which the books and Adyen may think differently.
func unsplit(p *posting.Payment, e *posting.Event) error {
	if p.RefundPolicy != nil {
		return refusal("splits", "expected splits, as Adyen does not know the refund policy of the payment, found none")
	}
	if p.Refunded.Sign() > 0 && e.Amount.Equal(p.Refundable()) {
		return refusal("splits", "expected splits of a refund of what earlier ones left, "+
			"as Adyen calls it partial and takes it from the liable account, found none")
	}
	return nil
}

// hasPart reports whether a payment has the part that a split of a refund takes from.
func hasPart(p *posting.Payment, s *posting.Split) bool {
	account := s.Account
	if account == "" {
		account = accounts.Liable
	}
	for _, part := range p.Parts {
		same := part.Type == string(s.Type) || s.Reference != "" // which names a part whatever it is
		if part.Account == account && part.Reference == s.Reference && same {
			return true
		}
	}
	return false
}

// modification returns the path of a request that changes a payment, such as "/payments/EXPSP00000001001/captures".
// What is refused would reach no payment, or another one than the event's: one without Adyen's reference, as a payment
// has until its authorisation is answered.
func modification(p *posting.Payment, e *posting.Event, what string) (string, error) {
	if p.ProviderReference == "" {
		return "", refusal("payment", "expected a payment with the reference that Adyen gave it, found %s without",
			p.ID)
	}
	if e.Payment != p.ID {
		return "", refusal("payment", "expected an event of %s, found one of %s", p.ID, e.Payment)
	}
	if e.Amount.Currency() != p.Currency {
		return "", &ledger.Error{Code: posting.CurrencyMismatch, Field: "amount.currency",
			Message: fmt.Sprintf("expected %s, found %s", p.Currency, e.Amount.Currency())}
	}
	return "/payments/" + p.ProviderReference + "/" + what, nil
}

// taking writes a request that takes money from the buyer. It alone has the platformChargebackLogic, which Adyen takes
// with a payment or a capture and not with a refund.
func (w Writer) taking(e *posting.Event, provider, path, reference string) (*Request, error) {
	e, err := w.resolved(e)
	if err != nil {
		return nil, err
	}
	r, err := w.request(e, provider, path, reference)
	if err != nil {
		return nil, err
	}
	if e.RefundPolicy != nil {
		return nil, refusal("refund", "expected none, as Adyen takes no policy of refunds with a payment, found %s",
			e.RefundPolicy.Behavior)
	}
	r.PlatformChargebackLogic, err = w.chargebackLogic(e.ChargebackPolicy)
	return r, err
}

// request writes what all requests have. It refuses with a [*ledger.Error] an invalid event, a fact, as Adyen has told
// it already, and one of another provider. A rule has been turned into splits
// before, see Writer.Rules.
func (w Writer) request(e *posting.Event, provider, path, reference string) (*Request, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	if e.Fact {
		return nil, refusal("fact", "expected what is to be asked of Adyen, found what it has reported")
	}
	if provider != Name {
		return nil, refusal("provider", "expected %s, found %q", Name, provider)
	}
	if e.Rule != "" {
		return nil, refusal("rule", "expected splits, as Adyen does not know the rules of the books, found %s", e.Rule)
	}
	value, err := w.amount(e.Amount)
	if err != nil {
		return nil, refusal("amount", "%s", err)
	}
	r := &Request{Path: path, MerchantAccount: w.MerchantAccount, Amount: value, Reference: reference}
	r.Splits, err = w.splits(e)
	return r, err
}

// amount converts an amount.
func (w Writer) amount(a money.Amount) (Amount, error) {
	value, err := toMinor(a, w.Table)
	return Amount{string(a.Currency()), value}, err
}

// chargebackLogic writes whose money a dispute takes.
func (w Writer) chargebackLogic(c *posting.ChargebackPolicy) (*PlatformChargebackLogic, error) {
	if c == nil {
		return nil, nil
	}
	l := &PlatformChargebackLogic{Behavior: string(c.Behavior)}
	switch one := c.Behavior == posting.DeductFromOneBalanceAccount; {
	case one && c.TargetAccount == "":
		return nil, refusal("chargeback.targetAccount", "expected the account that pays, found none")
	case !one && c.TargetAccount != "":
		return nil, refusal("chargeback.targetAccount", "expected none with %s, found %s", c.Behavior, c.TargetAccount)
	}
	var err error
	if l.TargetAccount, err = w.account(c.TargetAccount); err != nil {
		return nil, refusal("chargeback.targetAccount", "%s", err)
	}
	if l.CostAllocationAccount, err = w.account(c.CostAllocationAccount); err != nil {
		return nil, refusal("chargeback.costAllocationAccount", "%s", err)
	}
	return l, nil
}

// account returns Adyen's name of an account, "" for none.
func (w Writer) account(id accounts.ID) (string, error) {
	if id == "" {
		return "", nil
	}
	if w.ID == nil {
		if id.Reserved() {
			return "", fmt.Errorf("expected a balance account of Adyen's, found %s, whose name there is not known", id)
		}
		return string(id), nil
	}
	name, err := w.ID(id)
	if err == nil && name == "" {
		err = fmt.Errorf("expected a balance account of Adyen's for %s, found none", id)
	}
	return name, err
}

// field names a member of a split.
func field(i int, name string) string { return "splits[" + strconv.Itoa(i) + "]." + name }

// refusal says which field of the event cannot be asked of Adyen, and why.
func refusal(field, format string, args ...any) error {
	return &ledger.Error{Code: ledger.Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// resolved says by splits what the event says by a stored rule, where there is somebody to ask.
func (w Writer) resolved(e *posting.Event) (*posting.Event, error) {
	if e.Rule == "" || w.Rules == nil {
		return e, nil
	}
	return w.Rules(e)
}

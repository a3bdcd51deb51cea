package stripe

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A Writer writes what requests to Stripe say of our payments; the caller adds the others, such as the payment
// method. The zero value is useful.
//
// What Stripe would do otherwise than the books is refused with a [*ledger.Error] with the path of the field.
type Writer struct {
	Table money.Table // exponents of currencies

	// ID returns the connected account, "acct_…", that has the balance of an account of the books. Nil stands for the
	// same name. It is not asked for platform and liable, which are the platform's own account.
	ID func(accounts.ID) (string, error)

	// Rules says by splits what an event says by a stored rule, as [posting.Finder.Resolved] does. Nil refuses such
	// events.
	Rules func(*posting.Event) (*posting.Event, error)
}

// A Request is a POST to Path, with the parameters as a form.
type Request struct {
	Path string // "/v1/payment_intents"

	// Account is the header Stripe-Account: the connected account that a direct charge is made on. Empty stands for
	// the platform, which needs no header.
	Account string

	// IdempotencyKey is the header Idempotency-Key: the same for the same event, so that Stripe does it once. Stripe
	// forgets it after a day.
	IdempotencyKey string

	Params url.Values
}

// Body returns the parameters as application/x-www-form-urlencoded, in the order of their names.
func (r *Request) Body() string { return r.Params.Encode() }

// Payment writes a request for a payment: for an authorisation, which is captured later, or for a capture without one
// (docs.stripe.com/api/payment_intents/create).
//
// A payment with an account is a direct charge, whose splits are the platform's. Without, one account besides the
// platform's makes it a destination charge: what the platform's splits take is its application fee where all of the
// amount is split, and else the seller's split is the amount that is transferred. Without splits it is a separate
// charge.
func (w Writer) Payment(e *posting.Event) (*Request, error) {
	if e.Type != posting.PaymentAuthorise && e.Type != posting.PaymentCapture {
		return nil, refuse("type", "expected %s or %s, found %s", posting.PaymentAuthorise, posting.PaymentCapture,
			e.Type)
	}
	e, err := w.resolved(e)
	if err != nil {
		return nil, err
	}
	r, err := w.request(e, e.Provider, "/v1/payment_intents")
	if err != nil {
		return nil, err
	}
	if r.Account, err = w.account(e.Account, "account"); err != nil {
		return nil, err
	}
	r.Params.Set("currency", strings.ToLower(string(e.Amount.Currency())))
	if e.Type == posting.PaymentAuthorise {
		r.Params.Set("capture_method", "manual")
	}
	order := e.Reference
	if order == "" {
		order = e.Payment
	}
	r.Params.Set("metadata["+orderKey+"]", order)
	if len(e.Splits) == 0 && r.Account == "" {
		r.Params.Set("transfer_group", e.Payment)
		return r, nil
	}
	d, err := w.division(e, r.Account)
	if err != nil {
		return nil, err
	}
	if d.seller != "" {
		r.Params.Set("transfer_data[destination]", d.seller)
	}
	return r, w.shares(r, d)
}

// Capture writes a request for the capture of a payment that is authorised. Without splits Stripe goes by those of the
// authorisation, as the books do (docs.stripe.com/api/payment_intents/capture).
func (w Writer) Capture(p *posting.Payment, e *posting.Event) (*Request, error) {
	if e.Type != posting.PaymentCapture {
		return nil, refuse("type", "expected %s, found %s", posting.PaymentCapture, e.Type)
	}
	e, err := w.resolved(e)
	if err != nil {
		return nil, err
	}
	r, err := w.change(p, e, "/v1/payment_intents/"+p.ProviderReference+"/capture")
	if err != nil {
		return nil, err
	}
	if amount := r.Params.Get("amount"); amount != "" {
		r.Params.Del("amount")
		r.Params.Set("amount_to_capture", amount)
	}
	if len(e.Splits) == 0 {
		return r, nil
	}
	d, err := w.division(e, r.Account)
	if err != nil {
		return nil, err
	}
	return r, w.shares(r, d)
}

// Transfer writes a request for a transfer from the platform to a connected account. Where it names a capture, p is
// its payment: the charge is the source, and the transfer takes what is pending of it
// (docs.stripe.com/api/transfers/create).
func (w Writer) Transfer(p *posting.Payment, e *posting.Event) (*Request, error) {
	if e.Type != posting.Transfer {
		return nil, refuse("type", "expected %s, found %s", posting.Transfer, e.Type)
	}
	r, err := w.request(e, Name, "/v1/transfers")
	if err != nil {
		return nil, err
	}
	if !ofPlatform(e.From) {
		return nil, refuse("from",
			"expected the platform, which transfers to others (what a transfer brought is given "+
				"back by its reversal), found %s", e.From)
	}
	to, err := w.account(e.To, "to")
	if err != nil {
		return nil, err
	}
	if to == "" {
		return nil, refuse("to", "expected a connected account, found %s", e.To)
	}
	r.Params.Set("currency", strings.ToLower(string(e.Amount.Currency())))
	r.Params.Set("destination", to)
	r.Params.Set("metadata[transfer]", nameOf(reference(e.Transfer), e.ID))
	if e.Payment == "" {
		return r, nil
	}
	r.Params.Set("transfer_group", e.Payment)
	if e.Capture == "" {
		return r, nil
	}
	charge, err := chargeOf(p, e)
	if err != nil {
		return nil, err
	}
	r.Params.Set("source_transaction", charge)
	return r, nil
}

// chargeOf returns what Stripe calls the capture that an event names.
func chargeOf(p *posting.Payment, e *posting.Event) (string, error) {
	if p == nil || p.ID != e.Payment {
		return "", refuse("payment", "expected the payment of the capture, %q, found another or none", e.Payment)
	}
	for _, c := range p.Captures {
		if c.ID != e.Capture {
			continue
		}
		for _, name := range []string{c.Movement, c.ID} {
			if strings.HasPrefix(name, "ch_") || strings.HasPrefix(name, "py_") {
				return name, nil
			}
		}
		return "", refuse("capture", "expected a capture with the charge that Stripe made of it, found %q without",
			c.ID)
	}
	return "", refuse("capture", "expected a capture of the payment, found %q", e.Capture)
}

// Reverse writes a request that gives back a transfer, or a part of it; without an amount all that is left
// (docs.stripe.com/api/transfer_reversals/create).
func (w Writer) Reverse(t *posting.TransferState, e *posting.Event) (*Request, error) {
	if e.Type != posting.TransferReverse {
		return nil, refuse("type", "expected %s, found %s", posting.TransferReverse, e.Type)
	}
	id := t.Movement
	if id == "" {
		id = t.ID
	}
	if !strings.HasPrefix(id, "tr_") {
		return nil, refuse("transfer", "expected a transfer with the name that Stripe gave it, tr_…, found %q", id)
	}
	r, err := w.request(e, Name, "/v1/transfers/"+url.PathEscape(id)+"/reversals")
	if err != nil {
		return nil, err
	}
	if e.Reversal != "" {
		r.Params.Set("metadata[reversal]", e.Reversal)
	}
	if more, err := e.Amount.Sub(t.Left()); e.Amount.Currency() != "" && (err != nil || more.Sign() > 0) {
		return nil, refuse("amount", "expected at most what is left of the transfer, %s, found %s", t.Left(), e.Amount)
	}
	return r, nil
}

// request writes what all requests have. An event without an amount is of all there is.
func (w Writer) request(e *posting.Event, provider, path string) (*Request, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	switch {
	case e.Fact:
		return nil, refuse("fact", "expected what is to be asked of Stripe, found what it has reported")
	case provider != Name || e.Provider != "" && e.Provider != Name:
		return nil, refuse("provider", "expected %s, found %q", Name, provider)
	case e.Rule != "":
		return nil, refuse("rule", "expected splits, as Stripe does not know the rules of the books, found %s", e.Rule)
	case e.RefundPolicy != nil:
		return nil, refuse("refund", "expected none: each refund says whether the transfer is reversed, found %s",
			e.RefundPolicy.Behavior)
	case e.ChargebackPolicy != nil:
		return nil, refuse("chargeback", "expected none: Stripe takes disputes from whose charge it is, found %s",
			e.ChargebackPolicy.Behavior)
	}
	r := &Request{Path: path, IdempotencyKey: idempotencyKey(e.ID), Params: url.Values{}}
	if e.Amount.Currency() == "" {
		return r, nil
	}
	n, err := toMinor(e.Amount, w.Table)
	if err != nil {
		return nil, refuse("amount", "%s", err)
	}
	r.Params.Set("amount", strconv.FormatInt(n, 10))
	return r, nil
}

// change writes a request that changes a payment. That of a direct charge is made on the seller's account.
func (w Writer) change(p *posting.Payment, e *posting.Event, path string) (*Request, error) {
	switch {
	case p.ProviderReference == "":
		return nil, refuse("payment", "expected a payment with the PaymentIntent that Stripe gave it, found %s without",
			p.ID)
	case e.Payment != p.ID:
		return nil, refuse("payment", "expected an event of %s, found one of %s", p.ID, e.Payment)
	case e.Amount.Currency() != "" && e.Amount.Currency() != p.Currency:
		return nil, &ledger.Error{Code: posting.CurrencyMismatch, Field: "amount.currency",
			Message: fmt.Sprintf("expected %s, found %s", p.Currency, e.Amount.Currency())}
	}
	r, err := w.request(e, p.Provider, path)
	if err != nil {
		return nil, err
	}
	r.Account, err = w.account(p.Account, "account")
	return r, err
}

// account returns the connected account of an account of the books, "" for the platform's own.
func (w Writer) account(id accounts.ID, field string) (string, error) {
	if ofPlatform(id) {
		return "", nil
	}
	if w.ID == nil {
		return string(id), nil
	}
	name, err := w.ID(id)
	if err == nil && name == "" {
		err = fmt.Errorf("expected a connected account of Stripe's for %s, found none", id)
	}
	if err != nil {
		return "", refuse(field, "%s", err)
	}
	return name, nil
}

// ofPlatform reports whether an account of the books is the platform's own account at Stripe, as no account is.
func ofPlatform(id accounts.ID) bool {
	return id == "" || id == accounts.Platform || id == accounts.Liable
}

// idempotencyKey returns the key of a request for an event: its id, or a hash where a header does not take that.
func idempotencyKey(id string) string {
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' || len(id) > 255 {
			sum := sha256.Sum256([]byte(id))
			return hex.EncodeToString(sum[:])
		}
	}
	return id
}

func refuse(field, format string, args ...any) error {
	return &ledger.Error{Code: ledger.Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// resolved says by splits what the event says by a stored rule, where there is somebody to ask.
func (w Writer) resolved(e *posting.Event) (*posting.Event, error) {
	if e.Rule == "" || w.Rules == nil {
		return e, nil
	}
	return w.Rules(e)
}

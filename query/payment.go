package query

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
)

// A Payment is what became of a payment: all that the sheet of a payment shows and a backend may
// want to show. Amounts are in the payment's currency, with it.
type Payment struct {
	Payment           string            `json:"payment"`
	State             posting.State     `json:"state"`
	Provider          string            `json:"provider"`
	Account           accounts.ID       `json:"account"` // the merchant's
	Reference         string            `json:"reference,omitempty"`
	ProviderReference string            `json:"providerReference,omitempty"`
	Metadata          map[string]string `json:"metadata,omitempty"`
	Refund            *Policy           `json:"refund,omitempty"`
	Chargeback        *Policy           `json:"chargeback,omitempty"`
	Cancelled         bool              `json:"cancelled"`
	// what was authorised and not captured is given up; nothing was taken back
	Released    bool          `json:"released,omitempty"`
	Expired     string        `json:"expired,omitempty"` // why
	Authorised  money.Amount  `json:"authorised"`
	Captured    money.Amount  `json:"captured"`
	Refunded    money.Amount  `json:"refunded"`
	Refundable  money.Amount  `json:"refundable"`
	Captures    []Capture     `json:"captures"`
	Parts       []PaymentPart `json:"parts"`
	Fees        []Fee         `json:"fees"`
	Refunds     []Refund      `json:"refunds"`
	Chargebacks []Chargeback  `json:"chargebacks"`
	WouldPay    []Dispute     `json:"wouldPay"` // a chargeback of all that was captured, by each behavior
	Events      []Record      `json:"events"`
	// payments of that id that were cancelled whole, before this one was made; nothing of them is in the rest
	Earlier []EarlierPayment `json:"earlier,omitempty"`
}

// An EarlierPayment is one that was cancelled whole, and whose id was used again.
type EarlierPayment struct {
	Provider          string       `json:"provider"`
	Reference         string       `json:"merchantReference,omitempty"`
	ProviderReference string       `json:"providerReference,omitempty"`
	Authorised        money.Amount `json:"authorised"`
	Events            []Record     `json:"events"`
}

// A Policy says whose money a refund or a dispute takes: by behavior, and for some behaviors an
// account. Costs of disputes may be another account's.
type Policy struct {
	Behavior              wire.Behavior `json:"behavior"`
	TargetAccount         accounts.ID   `json:"targetAccount,omitempty"`
	CostAllocationAccount accounts.ID   `json:"costAllocationAccount,omitempty"`
}

// A Capture is money taken from the buyer. A payment may have several, as when an order is shipped
// in parts.
type Capture struct {
	Capture   string        `json:"capture" col:"CAPTURE"`
	Movement  string        `json:"movement,omitempty" col:"MOVEMENT,optional"` // the provider's reference of it
	At        time.Time     `json:"at" col:"AT"`
	Amount    money.Amount  `json:"amount" col:"AMOUNT"`
	Refunded  money.Amount  `json:"refunded" col:"REFUNDED"`
	Status    posting.State `json:"status" col:"STATUS"`
	Settled   bool          `json:"settled"`
	Rule      string        `json:"rule,omitempty"`
	Version   string        `json:"ruleVersion,omitempty"` // of the rule
	Batch     string        `json:"batch,omitempty" col:"BATCH"`
	Fallback  bool          `json:"fallback"`
	Reason    string        `json:"reason,omitempty"` // why it fell back, or else why it could not be settled
	Fact      bool          `json:"fact,omitempty"`   // the provider reported it
	Confirmed *Confirmation `json:"confirmed,omitempty"`
	Due       time.Time     `json:"due,omitzero"`       // when a settlement that was told will be booked
	Note      string        `json:"-" col:"NOTE,below"` // what people should know of it, in words
}

// A Confirmation says when a provider's report had something, and in which batch. Until then the
// books only expect it.
type Confirmation struct {
	At    time.Time `json:"at"`
	Batch string    `json:"batch,omitempty"`
}

// A PaymentPart is what one account got of a payment, and what is left of that: no refund can take
// more from it by its rules.
type PaymentPart struct {
	Type      string        `json:"type" col:"PART"`
	Account   accounts.ID   `json:"account" col:"ACCOUNT"`
	Reference string        `json:"reference,omitempty" col:"REFERENCE"`
	Amount    money.Amount  `json:"amount" col:"AMOUNT"`
	Refunded  money.Amount  `json:"refunded" col:"REFUNDED"`
	Left      money.Amount  `json:"left" col:"LEFT"`
	Status    posting.State `json:"status" col:"STATUS"`
	Reason    string        `json:"reason,omitempty" col:"REASON,below"`
}

// A Fee is one that was booked, with the account that bore it.
type Fee struct {
	Type    posting.FeeType `json:"type" col:"FEE"`
	Amount  money.Amount    `json:"amount" col:"AMOUNT"`
	Account accounts.ID     `json:"account" col:"BORNE BY"`
	Capture string          `json:"capture,omitempty" col:"CAPTURE"`
	Reason  string          `json:"reason,omitempty" col:"REASON,below"`
}

// A Refund is money given back to the buyer. One that failed at the provider keeps its row and says
// so in its status.
type Refund struct {
	Refund    string        `json:"refund" col:"REFUND"`
	Movement  string        `json:"movement,omitempty" col:"MOVEMENT,optional"` // the provider's reference of it
	At        time.Time     `json:"at" col:"AT"`
	Amount    money.Amount  `json:"amount" col:"AMOUNT"`
	Status    posting.State `json:"status" col:"STATUS"`
	Fact      bool          `json:"fact,omitempty"`
	Confirmed *Confirmation `json:"confirmed,omitempty"`
	Note      string        `json:"-" col:"NOTE,optional"`
}

// A Chargeback is money that a dispute took, and who paid it. A dispute that is won is reversed, in
// one piece or several; one that is lost after that is a second chargeback.
type Chargeback struct {
	Chargeback string        `json:"chargeback" col:"CHARGEBACK"`
	Movement   string        `json:"movement,omitempty" col:"MOVEMENT,optional"` // the provider's reference of it
	Second     bool          `json:"second,omitempty"`                           // of a dispute that was won before
	At         time.Time     `json:"at" col:"AT"`
	Amount     money.Amount  `json:"amount" col:"AMOUNT"`
	Reversed   money.Amount  `json:"reversed" col:"REVERSED"`
	Status     posting.State `json:"status" col:"STATUS"`
	Fee        money.Amount  `json:"fee,omitzero" col:"FEE,blank"`
	FeeAccount accounts.ID   `json:"feeAccount,omitempty" col:"FEE BORNE BY"`
	Paid       []Payer       `json:"paid"`
	Confirmed  *Confirmation `json:"confirmed,omitempty"`
	Note       string        `json:"-" col:"NOTE,optional"`
}

// A Payer is an account that pays for a chargeback, or would, and what part of the payment it pays
// for.
type Payer struct {
	Account   accounts.ID  `json:"account" col:"ACCOUNT"`
	Type      string       `json:"type" col:"FOR"` // of its part
	Reference string       `json:"reference,omitempty" col:"REFERENCE"`
	Amount    money.Amount `json:"amount" col:"PAID"`
	Reversed  money.Amount `json:"reversed" col:"REVERSED"`
	Reason    string       `json:"reason,omitempty" col:"REASON,below"`
}

// A Dispute is what a behavior would take of whom, worked out by the rules that book a real one.
// One account is TARGET where none is named.
type Dispute struct {
	Behavior wire.Behavior `json:"behavior"`
	Applies  bool          `json:"applies"` // the next chargeback goes by it
	Paid     []Payer       `json:"paid"`
}

// Payment returns what became of a payment. One that does not exist is [posting.UnknownPayment],
// and the error names the payment that was probably meant. It reads the payment's records and no
// others. [Books.PaymentBy] finds it by any name.
func (b *Books) Payment(id string) (*Payment, error) {
	p, err := b.byID(id)
	if errors.Is(err, posting.UnknownPayment) {
		return nil, b.unknownPayment(id)
	}
	return p, err
}

// byID is Payment, whose error suggests nothing.
func (b *Books) byID(id string) (*Payment, error) {
	p, err := b.finder().Payment(id)
	if err != nil {
		return nil, err
	}
	policy, err := b.Rules.ChargebackPolicy(p)
	if err != nil {
		return nil, err
	}
	return PaymentOf(p, policy, b.Ledger.Table()), nil
}

// unknownPayment is the error of a question about a payment that does not exist. Often a reference
// was given for its name, ours or that of a provider, so these are looked up.
func (b *Books) unknownPayment(id string) error {
	hits, err := b.Find(id)
	if err != nil {
		return err
	}
	for _, h := range hits {
		if h.Payment != "" && h.Kind != "entry" { // any number is one
			return ledger.Errorf(posting.UnknownPayment, "no payment %s in this ledger%s", plain(id), suggest(h.Payment))
		}
	}
	return b.noPayment(id, hits)
}

// plain returns a name as it is, or quoted where it would not be seen as one word. Names may have
// any characters, those that end a line included.
func plain(name string) string {
	odd := func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' || r == '"' || r == unicode.ReplacementChar }
	if name == "" || strings.ContainsFunc(name, odd) {
		return strconv.Quote(name)
	}
	return name
}

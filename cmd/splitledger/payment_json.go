package main

import (
	"cmp"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// paymentJSON is a payment as JSON, amounts in the form that events have them in.
type paymentJSON struct {
	Payment           string            `json:"payment"`
	State             string            `json:"state"`
	Provider          string            `json:"provider"`
	Account           accounts.ID       `json:"account"`
	Reference         string            `json:"reference,omitempty"`
	ProviderReference string            `json:"providerReference,omitempty"`
	Metadata          map[string]string `json:"metadata,omitempty"`
	Refund            *policyJSON       `json:"refund,omitempty"`
	Chargeback        *policyJSON       `json:"chargeback,omitempty"`
	Cancelled         bool              `json:"cancelled"`
	Released          bool              `json:"released,omitempty"`
	Expired           string            `json:"expired,omitempty"` // why
	Authorised        amountJSON        `json:"authorised"`
	Captured          amountJSON        `json:"captured"`
	Refunded          amountJSON        `json:"refunded"`
	Refundable        amountJSON        `json:"refundable"`
	Captures          []captureJSON     `json:"captures"`
	Parts             []partJSON        `json:"parts"`
	Fees              []feeJSON         `json:"fees"`
	Refunds           []refundJSON      `json:"refunds"`
	Chargebacks       []chargebackJSON  `json:"chargebacks"`
	WouldPay          []disputeJSON     `json:"wouldPay"` // a chargeback of all that was captured
	Events            []paymentEvent    `json:"events"`
}

type policyJSON struct {
	Behavior              string      `json:"behavior"`
	TargetAccount         accounts.ID `json:"targetAccount,omitempty"`
	CostAllocationAccount accounts.ID `json:"costAllocationAccount,omitempty"`
}

type captureJSON struct {
	Capture  string     `json:"capture"`
	Movement string     `json:"movement,omitempty"` // the provider's reference of it
	At       string     `json:"at"`
	Amount   amountJSON `json:"amount"`
	Refunded amountJSON `json:"refunded"`
	Status   string     `json:"status"`
	Settled  bool       `json:"settled"`
	Rule     string     `json:"rule,omitempty"`
	Batch    string     `json:"batch,omitempty"`
	Fallback bool       `json:"fallback"`
	Reason   string     `json:"reason,omitempty"`

	Fact      bool              `json:"fact,omitempty"`
	Confirmed *confirmationJSON `json:"confirmed,omitempty"`
	Due       string            `json:"due,omitempty"` // when a settlement that was told will be booked
}

// confirmationJSON says when a report of the provider's had it, and in which batch.
type confirmationJSON struct {
	At    string `json:"at"`
	Batch string `json:"batch,omitempty"`
}

func confirmationAsJSON(c *posting.Confirmation) *confirmationJSON {
	if c == nil {
		return nil
	}
	return &confirmationJSON{stamp(c.At), c.Batch}
}

type partJSON struct {
	Type      string      `json:"type"`
	Account   accounts.ID `json:"account"`
	Reference string      `json:"reference,omitempty"`
	Amount    amountJSON  `json:"amount"`
	Refunded  amountJSON  `json:"refunded"`
	Left      amountJSON  `json:"left"`
	Status    string      `json:"status"`
	Reason    string      `json:"reason,omitempty"`
}

type feeJSON struct {
	Type    string      `json:"type"`
	Amount  amountJSON  `json:"amount"`
	Account accounts.ID `json:"account"`
	Capture string      `json:"capture,omitempty"`
	Reason  string      `json:"reason,omitempty"`
}

type refundJSON struct {
	Refund   string     `json:"refund"`
	Movement string     `json:"movement,omitempty"` // the provider's reference of it
	At       string     `json:"at"`
	Amount   amountJSON `json:"amount"`
	Status   string     `json:"status"`

	Fact      bool              `json:"fact,omitempty"`
	Confirmed *confirmationJSON `json:"confirmed,omitempty"`
}

type chargebackJSON struct {
	Chargeback string      `json:"chargeback"`
	Movement   string      `json:"movement,omitempty"` // the provider's reference of it
	Second     bool        `json:"second,omitempty"`   // of a dispute that was won before
	At         string      `json:"at"`
	Amount     amountJSON  `json:"amount"`
	Reversed   amountJSON  `json:"reversed"`
	Status     string      `json:"status"`
	Fee        *amountJSON `json:"fee,omitempty"`
	FeeAccount accounts.ID `json:"feeAccount,omitempty"`
	Paid       []payerJSON `json:"paid"`

	Confirmed *confirmationJSON `json:"confirmed,omitempty"`
}

type payerJSON struct {
	Account   accounts.ID `json:"account"`
	Type      string      `json:"type"`
	Reference string      `json:"reference,omitempty"`
	Amount    amountJSON  `json:"amount"`
	Reversed  amountJSON  `json:"reversed"`
	Reason    string      `json:"reason,omitempty"`
}

// disputeJSON is what a behavior would take of whom. One account is TARGET where none is named.
type disputeJSON struct {
	Behavior string      `json:"behavior"`
	Applies  bool        `json:"applies"` // the next chargeback goes by it
	Paid     []payerJSON `json:"paid"`
}

type paymentEvent struct {
	Event    posting.Event `json:"event"`
	At       string        `json:"at"`
	Happened string        `json:"happened,omitempty"` // a fact of a later time than it was booked at
	Recorded string        `json:"recorded"`
	Record   uint64        `json:"record"`
	Entries  []entryJSON   `json:"entries"`
}

type entryJSON struct {
	Entry    uint64        `json:"entry"`
	Postings []postingJSON `json:"postings"`
}

// postingJSON is a posting; one of debit and credit is true.
type postingJSON struct {
	Account   accounts.ID `json:"account"`
	Sub       string      `json:"sub"`
	Debit     bool        `json:"debit,omitempty"`
	Credit    bool        `json:"credit,omitempty"`
	Amount    amountJSON  `json:"amount"`
	Type      string      `json:"type"`
	Reference string      `json:"reference,omitempty"`
	Reason    string      `json:"reason,omitempty"`
}

func paymentAsJSON(p *posting.Payment, policy posting.ChargebackPolicy) paymentJSON {
	j := paymentJSON{
		Payment: p.ID, State: string(p.State()), Provider: p.Provider, Account: p.Account,
		Reference: p.Reference, ProviderReference: p.ProviderReference, Metadata: p.Metadata,
		Authorised: asAmount(p.Authorised), Captured: asAmount(p.Captured), Refunded: asAmount(p.Refunded), Refundable: asAmount(p.Refundable()),
		Captures: []captureJSON{}, Parts: []partJSON{}, Fees: []feeJSON{}, Refunds: []refundJSON{},
		Cancelled: p.Cancelled, Released: p.Released, Expired: p.Expired, Chargebacks: []chargebackJSON{}, WouldPay: []disputeJSON{},
	}
	if r := p.RefundPolicy; r != nil {
		j.Refund = &policyJSON{string(r.Behavior), r.TargetAccount, ""}
	}
	if c := p.ChargebackPolicy; c != nil {
		j.Chargeback = &policyJSON{string(c.Behavior), c.TargetAccount, c.CostAllocationAccount}
	}
	for _, c := range p.Captures {
		j.Captures = append(j.Captures, captureJSON{c.ID, c.Movement, stamp(c.At), asAmount(c.Amount), asAmount(c.Refunded), string(c.State()), c.Settled, c.Rule, c.Batch, c.Fallback, cmp.Or(c.Reason, c.Failure), c.Fact, confirmationAsJSON(c.Confirmed), stampOrNone(c.Due)})
	}
	for _, part := range p.Parts {
		j.Parts = append(j.Parts, partJSON{part.Type, part.Account, part.Reference, asAmount(part.Amount), asAmount(part.Refunded), asAmount(part.Left()), string(part.Status), part.Reason})
	}
	for _, f := range p.Fees {
		j.Fees = append(j.Fees, feeJSON{string(f.Type), asAmount(f.Amount), f.Account, f.Capture, f.Reason})
	}
	for i := range p.Refunds {
		r := &p.Refunds[i]
		j.Refunds = append(j.Refunds, refundJSON{r.ID, r.Movement, stamp(r.At), asAmount(r.Amount), string(r.State()), r.Fact, confirmationAsJSON(r.Confirmed)})
	}
	for _, c := range p.Chargebacks {
		j.Chargebacks = append(j.Chargebacks, chargebackAsJSON(c))
	}
	for _, d := range disputesOf(p, policy) {
		j.WouldPay = append(j.WouldPay, disputeJSON{string(d.policy.Behavior), d.applies, payersAsJSON(d.payers)})
	}
	for _, e := range p.Events {
		j.Events = append(j.Events, paymentEvent{e.Event, stamp(e.Record.At), stampOrNone(e.Happened()), stamp(e.Record.Recorded), e.Record.Number, entriesAsJSON(e.Record.Entries)})
	}
	return j
}

func chargebackAsJSON(c *posting.Chargeback) chargebackJSON {
	j := chargebackJSON{
		Chargeback: c.ID, Movement: c.Movement, Second: c.Second, At: stamp(c.At), Amount: asAmount(c.Amount), Reversed: asAmount(c.Reversed), Status: string(c.State()),
		FeeAccount: c.FeeAccount, Paid: payersAsJSON(c.Paid), Confirmed: confirmationAsJSON(c.Confirmed),
	}
	if !c.Fee.IsZero() {
		fee := asAmount(c.Fee)
		j.Fee = &fee
	}
	return j
}

func payersAsJSON(payers []posting.Payer) []payerJSON {
	all := []payerJSON{}
	for _, p := range payers {
		all = append(all, payerJSON{p.Account, p.Type, p.Reference, asAmount(p.Amount), asAmount(p.Reversed), p.Reason})
	}
	return all
}

func entriesAsJSON(entries []ledger.Entry) []entryJSON {
	all := []entryJSON{}
	for _, e := range entries {
		j := entryJSON{Entry: e.Number}
		for _, p := range e.Postings {
			j.Postings = append(j.Postings, postingJSON{
				p.Account, p.Sub.String(), p.Amount.Sign() >= 0, p.Amount.Sign() < 0, asAmount(p.Amount.Abs()), p.Type, p.Reference, p.Reason,
			})
		}
		all = append(all, j)
	}
	return all
}

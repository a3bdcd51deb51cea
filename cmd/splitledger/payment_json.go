package main

import (
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
	Authorised        amountJSON        `json:"authorised"`
	Captured          amountJSON        `json:"captured"`
	Refunded          amountJSON        `json:"refunded"`
	Refundable        amountJSON        `json:"refundable"`
	Captures          []captureJSON     `json:"captures"`
	Parts             []partJSON        `json:"parts"`
	Fees              []feeJSON         `json:"fees"`
	Refunds           []refundJSON      `json:"refunds"`
	Events            []paymentEvent    `json:"events"`
}

type policyJSON struct {
	Behavior      string      `json:"behavior"`
	TargetAccount accounts.ID `json:"targetAccount,omitempty"`
}

type captureJSON struct {
	Capture  string     `json:"capture"`
	At       string     `json:"at"`
	Amount   amountJSON `json:"amount"`
	Refunded amountJSON `json:"refunded"`
	Settled  bool       `json:"settled"`
	Batch    string     `json:"batch,omitempty"`
	Fallback bool       `json:"fallback"`
	Reason   string     `json:"reason,omitempty"`
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
	Refund string     `json:"refund"`
	At     string     `json:"at"`
	Amount amountJSON `json:"amount"`
}

type paymentEvent struct {
	Event    posting.Event `json:"event"`
	At       string        `json:"at"`
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

func paymentAsJSON(p *posting.Payment) paymentJSON {
	j := paymentJSON{
		Payment: p.ID, State: string(p.State()), Provider: p.Provider, Account: p.Account,
		Reference: p.Reference, ProviderReference: p.ProviderReference, Metadata: p.Metadata,
		Authorised: asAmount(p.Authorised), Captured: asAmount(p.Captured), Refunded: asAmount(p.Refunded), Refundable: asAmount(p.Refundable()),
		Captures: []captureJSON{}, Parts: []partJSON{}, Fees: []feeJSON{}, Refunds: []refundJSON{},
	}
	if r := p.RefundPolicy; r != nil {
		j.Refund = &policyJSON{string(r.Behavior), r.TargetAccount}
	}
	for _, c := range p.Captures {
		j.Captures = append(j.Captures, captureJSON{c.ID, stamp(c.At), asAmount(c.Amount), asAmount(c.Refunded), c.Settled, c.Batch, c.Fallback, c.Reason})
	}
	for _, part := range p.Parts {
		j.Parts = append(j.Parts, partJSON{part.Type, part.Account, part.Reference, asAmount(part.Amount), asAmount(part.Refunded), asAmount(part.Left()), string(part.Status), part.Reason})
	}
	for _, f := range p.Fees {
		j.Fees = append(j.Fees, feeJSON{string(f.Type), asAmount(f.Amount), f.Account, f.Capture, f.Reason})
	}
	for _, r := range p.Refunds {
		j.Refunds = append(j.Refunds, refundJSON{r.ID, stamp(r.At), asAmount(r.Amount)})
	}
	for _, e := range p.Events {
		j.Events = append(j.Events, paymentEvent{e.Event, stamp(e.Record.At), stamp(e.Record.Recorded), e.Record.Number, entriesAsJSON(e.Record.Entries)})
	}
	return j
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

package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// Notice makes the event that keeps an outcome until the books know its payment. [Resolver.Due] takes it up again.
func (r *Resolver) Notice(o *providers.Outcome) posting.Event {
	kept := *r
	kept.Dry = false
	m := &matter{Resolver: &kept, Resolution: &Resolution{}, o: o, print: printOf(r.Provider, o)}
	e := posting.Event{Type: posting.ProviderNotice, Provider: r.Provider, Name: string(o.Kind), Batch: clip(o.Batch), Reason: short(o.Reason),
		Reference: clip(o.Reference), ProviderReference: clip(o.ProviderReference), Outcome: keptOutcome(o)}
	if r.knows(o.Amount.Currency()) && o.Amount.Sign() > 0 {
		e.Amount = o.Amount
	}
	if r.Told {
		e.Source = &posting.FactSource{Format: notification}
	}
	m.event(idNotice, e)
	m.Events[0].At = e.Outcome.At
	if older := r.olderNotice(m.Events[0].ID); older != nil {
		return *older
	}
	return m.Events[0]
}

// olderNotice returns the notice of an id that an older version booked, with texts in place of an outcome: told once more it is
// the same. It is nil where there is none.
func (r *Resolver) olderNotice(id string) *posting.Event {
	if r.Book == nil {
		return nil
	}
	rec, err := r.Book.Finder().Event(id)
	if err != nil || rec == nil {
		return nil // booking it says what is wrong
	}
	e, err := posting.EventOf(rec)
	if err != nil || e.Type != posting.ProviderNotice || e.Outcome != nil {
		return nil
	}
	return &e
}

// knows reports whether the ledger takes amounts of a currency; without a ledger, whether ISO 4217 has it.
func (r *Resolver) knows(c money.Currency) bool {
	var t money.Table
	if r.Ledger != nil {
		t = r.Ledger.Table()
	}
	_, known := t.Exponent(c)
	return known
}

// notification is the format of a notice's source where a notification told it.
const notification = "webhook"

// keptOutcome is an outcome as an event takes it: texts that are too long are cut, so that nothing keeps it from being noted.
func keptOutcome(o *providers.Outcome) *providers.Outcome {
	kept := *o
	for _, text := range []*string{&kept.ID, &kept.Reference, &kept.ProviderReference, &kept.Movement, &kept.Ours, &kept.Account, &kept.Split,
		&kept.Counterparty, &kept.Common, &kept.Group, &kept.Rate, &kept.Batch, &kept.Receiver} {
		*text = cut(*text)
	}
	kept.Reason = short(o.Reason)
	kept.At, kept.Booked = keptTime(o.At), keptTime(o.Booked)
	kept.Fees = slices.Clone(o.Fees)
	kept.Shares = slices.Clone(o.Shares)
	for i := range kept.Shares {
		s := &kept.Shares[i]
		s.Account, s.Reference, s.Description = accounts.ID(cut(string(s.Account))), cut(s.Reference), short(s.Description)
	}
	return &kept
}

// keptTime is a time as an event takes it; one that no event can have is left out.
func keptTime(t time.Time) time.Time {
	if y := t.UTC().Year(); y < 1970 || y > 2199 {
		return time.Time{}
	}
	return t.UTC()
}

// noticeTexts are the texts of an outcome that notices of older versions have in their metadata.
func noticeTexts(o *providers.Outcome) map[string]*string {
	return map[string]*string{"id": &o.ID, "modification": &o.Movement, "modificationReference": &o.Ours,
		"account": &o.Account, "split": &o.Split, "rate": &o.Rate, "movement": &o.Group, "receiver": &o.Receiver}
}

// outcomeOf reads what [Resolver.Notice] keeps, and whether a notification told it.
func outcomeOf(n *posting.Notice) (o providers.Outcome, told bool, err error) {
	if n.Outcome != nil {
		return *n.Outcome, n.Told(), nil
	}
	return olderOutcome(n)
}

// olderOutcome reads what older versions kept as metadata.
func olderOutcome(n *posting.Notice) (o providers.Outcome, told bool, err error) {
	o = providers.Outcome{Kind: providers.Kind(n.Name), Reference: n.Reference, ProviderReference: n.ProviderReference, Amount: n.Amount,
		Batch: n.Batch, Reason: n.Reason, At: n.At}
	for key, text := range noticeTexts(&o) {
		*text = n.Metadata[key]
	}
	o.Part, o.Held = n.Metadata["part"] != "", n.Metadata["held"] != ""
	if net := n.Metadata["net"]; net != "" {
		if o.Net, err = readAmount(net); err != nil {
			return o, false, err
		}
	}
	if digits := n.Metadata["amount"]; digits != "" {
		if o.Amount, err = money.ParseMinor(digits, ""); err != nil {
			return o, false, err
		}
	}
	for i := 1; n.Metadata[fmt.Sprintf("fee%d", i)] != ""; i++ {
		kind, text, _ := strings.Cut(n.Metadata[fmt.Sprintf("fee%d", i)], " ")
		a, err := readAmount(text)
		if err != nil {
			return o, false, err
		}
		o.Fees = append(o.Fees, posting.Fee{Type: posting.FeeType(kind), Amount: a})
	}
	for i := 1; n.Metadata[fmt.Sprintf("share%d", i)] != ""; i++ {
		words := strings.SplitN(n.Metadata[fmt.Sprintf("share%d", i)], " ", 5) // type, account, minor units, currency, reference
		if len(words) < 5 {
			return o, false, fmt.Errorf("expected a share of five words, found %d", len(words))
		}
		a, err := money.ParseMinor(words[2], money.Currency(words[3]))
		if err != nil {
			return o, false, err
		}
		o.Shares = append(o.Shares, posting.Split{Type: posting.SplitType(words[0]), Account: accounts.ID(words[1]), Amount: a, Reference: words[4]})
	}
	return o, n.Metadata["told"] != "", nil
}

// readAmount reads what [money.Amount.String] writes.
func readAmount(s string) (money.Amount, error) {
	digits, currency, _ := strings.Cut(s, " ")
	return money.ParseMinor(digits, money.Currency(currency))
}

// Due resolves again what a notice keeps. Where the books know its payment by now, the events book it and close the notice; nil
// while it has to wait on.
func (r *Resolver) Due(n *posting.Notice) (*Resolution, error) {
	o, told, err := outcomeOf(n)
	if err != nil {
		return nil, fmt.Errorf("the notice %s: %w", n.ID, err)
	}
	then := *r
	then.Told, then.Begun, then.Hidden = told, 0, 0
	res, err := then.Resolve(&o)
	if err != nil || res.Waiting {
		return nil, err
	}
	why := "booked"
	if len(res.Events) == 0 {
		why = string(res.Class)
	}
	res.Events = append(res.Events, posting.Event{ID: eventID(r.Provider, idClosed, n.ID), Type: posting.ProviderNoticeClosed, Provider: r.Provider,
		Notice: n.ID, Reason: why, At: time.Time{}})
	return res, nil
}

package reconcile

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// Notices: what is kept of an outcome that cannot be booked, how it is read again, and what closes it. The fields that
// a notice keeps are stored in the journal, so old ones must stay readable.

// Notice makes the event that keeps the outcome of a line.
func Notice(provider string, l *Line) posting.Event {
	o := &l.Outcome
	kept := keptOutcome(o)
	source := l.Source
	return posting.Event{ID: noticeID(provider, o), Type: posting.ProviderNotice,
		At: kept.At, Provider: provider, Name: string(o.Kind),
		Batch: clip(o.Batch), Reason: short(cmp.Or(l.Why, o.Reason)), Reference: clip(o.Reference),
		ProviderReference: clip(o.ProviderReference), Outcome: kept, Source: &source}
}

// noticeID is the id of the event that keeps an outcome.
func noticeID(provider string, o *providers.Outcome) string {
	content := fingerprint(provider, o)
	return derivedID(provider, "notice", string(content[:]))
}

// UnreadableNotice makes the event that keeps the trace of a notification which is the provider's and which nobody can
// read: what it says is not known, so it waits for a person. The sum is of its body, which the event does not have.
func UnreadableNotice(provider, sum, why string, at time.Time) posting.Event {
	return posting.Event{ID: derivedID(provider, "unreadable notice", sum), Type: posting.ProviderNotice, At: keptTime(at),
		Provider: provider, Name: string(Unreadable), Reason: short(why), Source: &posting.FactSource{Format: Webhook, SHA256: sum}}
}

// maxKept is how long a text of an outcome that a notice keeps may be, in bytes.
const maxKept = 256

// cut is clip for a text that a notice keeps.
func cut(s string) string {
	s = writable(s)
	if len(s) <= maxKept {
		return s
	}
	sum := sha256.Sum256(appendTexts(nil, s))
	return strings.ToValidUTF8(s[:maxKept-50], "") + "~" + base32lower.EncodeToString(sum[:])[:hashLength]
}

// keptOutcome is an outcome as an event takes it. Texts that are too long are cut: nothing that a provider
// writes may keep the outcome from being noted.
func keptOutcome(o *providers.Outcome) *providers.Outcome {
	kept := *o
	for _, text := range texts(&kept) {
		*text = cut(*text)
	}
	kept.Reason = short(o.Reason)
	kept.At, kept.Booked = keptTime(o.At), keptTime(o.Booked)
	kept.Fees = slices.Clone(o.Fees)
	kept.Shares = slices.Clone(o.Shares)
	for i := range kept.Shares {
		s := &kept.Shares[i]
		s.Account, s.Reference, s.Description = accounts.ID(cut(string(s.Account))),
			cut(s.Reference), short(s.Description)
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

// noticeLine returns the line that a notice keeps.
func noticeLine(n *posting.Notice) (*Line, error) {
	l := &Line{Notice: n}
	if n.Source != nil {
		l.Source = *n.Source
	}
	if n.Outcome != nil {
		l.Outcome = *n.Outcome
		return l, nil
	}
	o, notified, err := olderOutcome(n)
	if err != nil {
		return nil, fmt.Errorf("the notice %s: %w", n.ID, err)
	}
	l.Outcome = o
	l.Source = posting.FactSource{Report: "before"}
	if notified {
		l.Source = posting.FactSource{Format: Webhook}
	}
	return l, nil
}

// Webhook is the format of what notifications report.
const Webhook = "webhook"

// closes makes the event that closes the notice of a line.
func closes(provider string, l *Line) posting.Event {
	why := "booked"
	if len(l.Events) == 0 {
		why = string(l.Class)
	}
	return posting.Event{ID: derivedID(provider, "notice closed", l.Notice.ID),
		Type: posting.ProviderNoticeClosed, Provider: provider, Notice: l.Notice.ID, Reason: why}
}

// Closes is the event that closes the notice of a line whose events are booked.
func Closes(provider string, l *Line) posting.Event { return closes(provider, l) }

// NoticeLine returns the line that a notice keeps, to be resolved again.
func NoticeLine(n *posting.Notice) (*Line, error) { return noticeLine(n) }

// noticeTexts are the texts of an outcome that notices of older versions have in their metadata.
func noticeTexts(o *providers.Outcome) map[string]*string {
	return map[string]*string{"id": &o.ID, "modification": &o.Movement, "modificationReference": &o.Ours,
		"account": &o.Account, "split": &o.Split, "rate": &o.Rate, "movement": &o.Group, "receiver": &o.Receiver}
}

// olderOutcome reads what older versions kept as metadata.
func olderOutcome(n *posting.Notice) (o providers.Outcome, notified bool, err error) {
	o = providers.Outcome{Kind: providers.Kind(n.Name), Reference: n.Reference,
		ProviderReference: n.ProviderReference, Amount: n.Amount,
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
		// type, account, minor units, currency, reference
		words := strings.SplitN(n.Metadata[fmt.Sprintf("share%d", i)], " ", 5)
		if len(words) < 5 {
			return o, false, fmt.Errorf("expected a share of five words, found %d", len(words))
		}
		a, err := money.ParseMinor(words[2], money.Currency(words[3]))
		if err != nil {
			return o, false, err
		}
		o.Shares = append(o.Shares, posting.Split{Type: posting.SplitType(words[0]),
			Account: accounts.ID(words[1]), Amount: a, Reference: words[4]})
	}
	return o, n.Metadata["told"] != "", nil
}

// readAmount reads what [money.Amount.String] writes.
func readAmount(s string) (money.Amount, error) {
	digits, currency, _ := strings.Cut(s, " ")
	return money.ParseMinor(digits, money.Currency(currency))
}

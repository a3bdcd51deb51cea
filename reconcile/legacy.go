package reconcile

import (
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// What older versions have posted. Ledgers live longer than versions: the ids, sources and notices of those versions
// are recognised here, so that their reports are not posted again.

// Versions before movements had identities derived ids of events from a fingerprint of the outcome:
// "adyen.settle.HASH" of a report, "adyen.t-settle.HASH" of a notification. What they posted is found by these,
// so that it is not posted again.

// legacyActions are what an event did, as those ids say it.
var legacyActions = []string{"settle", "confirm", "captured", "capture",
	"cancel", "failed", "fee", "refund", "unrefund", "dispute", "won",
	"entry", "payout", "paid"}

const legacyNotified = "t-" // before the word of what a notification made

// fingerprint identifies an outcome as older versions did: by the provider's id of a line, else by everything
// it says except its place in the report.
func fingerprint(provider string, o *providers.Outcome) [sha256.Size]byte {
	kind := o.Kind // as those versions called it
	switch o.Kind {
	case providers.SecondChargeback:
		kind = providers.Chargeback
	case providers.CaptureReversed:
		kind = providers.SettlementFailed
	case providers.Unknown:
		kind = providers.Other
	}
	var room [512]byte
	b := appendTexts(room[:0], provider, string(kind), o.ID)
	if o.ID != "" {
		return sha256.Sum256(b)
	}
	account := o.Account
	if provider == "antom" || provider == "xendit" && account == "platform" {
		account = "" // those versions noted none
	}
	b = appendTexts(b, o.Reference, o.ProviderReference, o.Movement,
		o.Ours, account, o.Split, o.Batch, o.Receiver, o.Reason)
	b = appendAmount(b, o.Amount)
	b = appendAmount(b, o.Net)
	b = strconv.AppendInt(b, o.At.UnixNano(), 10)
	for i := range o.Fees {
		b = appendTexts(b, string(o.Fees[i].Type))
		b = appendAmount(b, o.Fees[i].Amount)
	}
	return sha256.Sum256(b)
}

// legacyID is the id that an event had: of what it did, and of the content that it was made from.
func legacyID(provider, what string, content []byte) string {
	if len(provider) > 24 {
		provider = provider[:24]
	}
	sum := sha256.Sum256(content)
	return provider + "." + what + "." + base32lower.EncodeToString(sum[:])[:hashLength]
}

// legacyAction returns what an event did that such a version made from a report or a notification; "" of all others.
func legacyAction(provider, id string) (what string, notified bool) {
	if len(provider) > 24 {
		provider = provider[:24]
	}
	rest, ours := strings.CutPrefix(id, provider)
	if !ours || rest == "" || rest[0] != '.' {
		return "", false
	}
	what, hash, _ := strings.Cut(rest[1:], ".")
	what, notified = strings.CutPrefix(what, legacyNotified)
	if len(hash) != hashLength || !slices.Contains(legacyActions, what) {
		return "", false
	}
	return what, notified
}

// sourceOf returns where a fact comes from, also for events of older versions, which had no source; nil for the
// platform's own events.
func sourceOf(provider string, e *posting.Event) *posting.FactSource {
	if e.Source != nil {
		return e.Source
	}
	switch what, notified := legacyAction(provider, e.ID); {
	case what == "":
		return nil
	case notified:
		return &posting.FactSource{Format: "webhook"}
	}
	return &posting.FactSource{Report: "before"}
}

// legacyEvent returns the event that an older version made from the same outcome, nil if there is none. Without
// this, a report posted with that version would be booked twice.
func (m *match) legacyEvent() *posting.Event {
	var content [sha256.Size]byte
	summed := false
	for i := range m.p.Events {
		e := &m.p.Events[i].Event
		what, notified := legacyAction(m.Provider, e.ID)
		if what == "" || notified != m.notified() {
			continue
		}
		if !summed {
			content, summed = fingerprint(m.Provider, m.o), true
		}
		if notified {
			what = legacyNotified + what
		}
		if e.ID == legacyID(m.Provider, what, append(content[:], what...)) {
			return e
		}
	}
	return nil
}

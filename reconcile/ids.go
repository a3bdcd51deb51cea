package reconcile

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// A Key stands for an outcome, or for something in the books: the beginning of a SHA-256.
type Key [16]byte

// keyOf makes a key of texts. No two lists of texts are taken for each other.
func keyOf(texts ...string) Key {
	sum := digest(texts)
	return Key(sum[:16])
}

func digest(texts []string) [sha256.Size]byte {
	var room [256]byte
	b := room[:0]
	for _, t := range texts {
		b = strconv.AppendInt(b, int64(len(t)), 10)
		b = append(b, ':')
		b = append(b, t...)
	}
	return sha256.Sum256(b)
}

// identity returns the texts that make an outcome the same as another: the provider's own name of the movement, or else all
// that it says but where in the report.
func identity(provider string, o *providers.Outcome) []string {
	if o.ID != "" {
		return []string{provider, string(o.Kind), o.ID}
	}
	texts := []string{provider, string(o.Kind), "", o.Reference, o.ProviderReference, o.Modification, o.ModificationReference,
		o.Account, o.Split, o.Amount.String(), o.Net.String(), o.Batch, o.Receiver, o.At.UTC().Format(time.RFC3339Nano), o.Reason}
	for _, f := range o.Fees {
		texts = append(texts, string(f.Type), f.Amount.String())
	}
	return texts
}

var base32lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

const hashLength = 26 // characters at the end of an id

// What an event does, as a part of its id. Those of notifications are told apart from those of reports: a report that repeats what
// a notification told is its confirmation, and no duplicate.
const (
	idSettle     = "settle"
	idConfirm    = "confirm"  // the provider's report has it, settled or done
	idCaptured   = "captured" // the provider's report has it, but not settled
	idCapture    = "capture"
	idCancel     = "cancel"
	idFailed     = "failed"
	idFee        = "fee"
	idRefund     = "refund"
	idRefundFail = "unrefund"
	idChargeback = "dispute"
	idReversed   = "won"
	idConverted  = "fx"
	idEntry      = "entry"
	idPayout     = "payout"
	idPaid       = "paid"
	idNotice     = "notice"
	idClosed     = "closed"
	idReport     = "report"
	idReference  = "reference"

	told = "t-" // before what a notification makes
)

// eventID makes an id of what an event does and the texts that it is made from.
func eventID(provider, what string, texts ...string) string {
	if len(provider) > 24 {
		provider = provider[:24]
	}
	sum := digest(append(texts, what))
	return provider + "." + what + "." + base32lower.EncodeToString(sum[:])[:hashLength]
}

// whatOf returns what an event does that was made from a report of the provider; "" of all others.
func whatOf(provider, id string) string {
	if len(provider) > 24 {
		provider = provider[:24]
	}
	rest, ours := strings.CutPrefix(id, provider+".")
	if !ours {
		return ""
	}
	what, hash, _ := strings.Cut(rest, ".")
	if len(hash) != hashLength || strings.HasPrefix(what, told) {
		return ""
	}
	return what
}

// claimOf is the key of a capture or refund of a payment.
func claimOf(payment, kind, name string) Key { return keyOf(payment, kind, name) }

// clip makes a text short enough for a name in an event, so that different texts stay different.
func clip(s string) string {
	if len(s) <= posting.MaxName {
		return s
	}
	sum := digest([]string{s})
	return strings.ToValidUTF8(s[:80], "") + "~" + base32lower.EncodeToString(sum[:])[:hashLength]
}

// short makes a text short enough for a reason.
func short(s string) string {
	if len(s) <= posting.MaxDescription {
		return s
	}
	return strings.ToValidUTF8(s[:posting.MaxDescription-3], "") + "…"
}

// signed returns a with the sign of a movement.
func signed(a money.Amount, in bool) money.Amount {
	if in {
		return a
	}
	return a.Neg()
}

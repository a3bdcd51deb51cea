package reconcile

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

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
		b = appendText(b, t)
	}
	return sha256.Sum256(b)
}

// A print is the fingerprint of an outcome: of the provider's own name of the movement, or else of all that it says but where
// in the report.
type print [sha256.Size]byte

func printOf(provider string, o *providers.Outcome) print {
	var room [512]byte
	b := appendText(room[:0], provider)
	b = appendText(b, string(o.Kind))
	b = appendText(b, o.ID)
	if o.ID != "" {
		return sha256.Sum256(b)
	}
	for _, t := range [...]string{o.Reference, o.ProviderReference, o.Movement, o.Ours, o.Account, o.Split, o.Batch, o.Receiver, o.Reason} {
		b = appendText(b, t)
	}
	b = appendAmount(b, o.Amount)
	b = appendAmount(b, o.Net)
	b = strconv.AppendInt(b, o.At.UnixNano(), 10)
	for i := range o.Fees {
		b = appendText(b, string(o.Fees[i].Type))
		b = appendAmount(b, o.Fees[i].Amount)
	}
	return sha256.Sum256(b)
}

func appendText(b []byte, t string) []byte {
	b = strconv.AppendInt(b, int64(len(t)), 10)
	b = append(b, ':')
	return append(b, t...)
}

func appendAmount(b []byte, a money.Amount) []byte {
	b = a.Int().AppendDecimal(b)
	return appendText(append(b, ' '), string(a.Currency()))
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
	return finish(provider, what, digest(append(texts, what)))
}

func finish(provider, what string, sum [sha256.Size]byte) string {
	var room [128]byte
	b := append(append(append(append(room[:0], provider...), '.'), what...), '.')
	return string(base32lower.AppendEncode(b, sum[:])[:len(b)+hashLength])
}

// printID is eventID of a fingerprint.
func printID(provider, what string, p print) string {
	if len(provider) > 24 {
		provider = provider[:24]
	}
	var room [128]byte
	return finish(provider, what, sha256.Sum256(append(append(room[:0], p[:]...), what...)))
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
	s = writable(s)
	if len(s) <= posting.MaxName {
		return s
	}
	sum := digest([]string{s})
	return strings.ToValidUTF8(s[:80], "") + "~" + base32lower.EncodeToString(sum[:])[:hashLength]
}

// writable writes a text with control characters or broken UTF-8, which events do not take, as Go would.
func writable(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0 {
		return s
	}
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}

// short makes a text short enough for a reason.
func short(s string) string {
	s = writable(s)
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

package reconcile

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/reconcile/internal/ondisk"
)

// Ids and keys that are derived from what a line says. The same line always leads to the same id, which is what makes
// posting a report twice harmless. The texts that ids are made from must never change.

// keyOf makes a key of texts. No two lists of texts are taken for each other. A claim, of a capture, refund, transfer
// or payout, is the key of its payment, kind and name.
func keyOf(texts ...string) ondisk.Key {
	sum := sha256.Sum256(appendTexts(nil, texts...))
	return ondisk.Key(sum[:16])
}

// namespace is of the ids that are derived from what providers report.
var namespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/splitledger/splitledger/outcome"))

// derivedID is the id of an event that is made from texts: a UUID of version 5.
func derivedID(texts ...string) string {
	var room [256]byte
	return uuid.NewSHA1(namespace, appendTexts(room[:0], texts...)).String()
}

// appendTexts appends each text with its length before it, so that no two lists of texts come to the same bytes.
func appendTexts(b []byte, texts ...string) []byte {
	for _, t := range texts {
		b = strconv.AppendInt(b, int64(len(t)), 10)
		b = append(b, ':')
		b = append(b, t...)
	}
	return b
}

func appendAmount(b []byte, a money.Amount) []byte {
	b = a.Int().AppendDecimal(b)
	return appendTexts(append(b, ' '), string(a.Currency()))
}

var base32lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

const hashLength = 26 // characters of a hash in a name

// clip makes a text short enough for a name in an event, so that different texts stay different.
func clip(s string) string {
	s = writable(s)
	if len(s) <= posting.MaxName {
		return s
	}
	sum := sha256.Sum256(appendTexts(nil, s))
	return strings.ToValidUTF8(s[:80], "") + "~" + base32lower.EncodeToString(sum[:])[:hashLength]
}

// writable writes a text with control characters or broken UTF-8, which events do not take, as Go would.
func writable(s string) string {
	printable := true // and of ASCII only, as most names are: that is quick to see
	for i := range len(s) {
		printable = printable && ' ' <= s[i] && s[i] <= '~'
	}
	if printable || utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0 {
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

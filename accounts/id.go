package accounts

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An ID names an account within a ledger: 1 to [MaxID] of the letters A–Z and a–z, digits and
// : _ . / @ -. Capitals matter. [Parse] makes one from text.
type ID string

// MaxID is the most characters an ID has.
const MaxID = 128

// The accounts that every ledger knows by name. Like all names that [ID.Reserved] reports they are
// opened by the ledger, not by its users.
const (
	Platform ID = "platform" // own money moved aside on purpose
	Liable   ID = "liable"   // the operator's own account at the provider: commissions come in, fees and losses go out
	Bank     ID = "bank"     // money that has reached a bank
)

const (
	fx             = "fx"
	providerPrefix = "provider:"
	fxPrefix       = fx + ":"
)

// Parse reads an ID. The error is an [*Error] that names the character in the way and its position,
// counted from 1.
func Parse(s string) (ID, error) {
	if err := check("account", s); err != nil {
		return "", err
	}
	return ID(s), nil
}

// check returns an *Error about field where s is not an ID.
func check(field, s string) error {
	if s == "" || len(s) > MaxID {
		return &Error{field, fmt.Sprintf("1 to %d characters", MaxID), strconv.Itoa(len(s))}
	}
	for i := range len(s) {
		if !allowed(s[i]) {
			return &Error{field, "letters, digits and : _ . / @ -", foundAt(s, i)}
		}
	}
	return nil
}

func allowed(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte(":_./@-", c) >= 0
}

// foundAt describes the character of s at byte i; everything before it is ASCII.
func foundAt(s string, i int) string {
	r, size := utf8.DecodeRuneInString(s[i:])
	if r == utf8.RuneError && size <= 1 {
		return fmt.Sprintf("byte 0x%02x at position %d of %q", s[i], i+1, s)
	}
	return fmt.Sprintf("%q at position %d of %q", string(r), i+1, s)
}

// Provider returns the account of what the payment provider of that name holds for us or owes us:
// "provider:adyen". It does not check the name.
func Provider(name string) ID { return ID(providerPrefix + name) }

// ProviderName returns the name of the provider whose account id is, and whether it is one's.
func (id ID) ProviderName() (string, bool) {
	name, ok := strings.CutPrefix(string(id), providerPrefix)
	if !ok || name == "" {
		return "", false
	}
	return name, true
}

// FX returns the counter-account of conversions done under that name, "fx:eur-desk", or "fx" where
// the name is empty. It does not check the name.
func FX(name string) ID {
	if name == "" {
		return fx
	}
	return ID(fxPrefix + name)
}

// Reserved reports whether id is the ledger's to open: platform, liable, bank, fx, and everything that
// begins with "provider:" or "fx:".
func (id ID) Reserved() bool {
	_, ok := id.reservedKind()
	return ok
}

// reservedKind returns the kind that a reserved id has.
func (id ID) reservedKind() (Kind, bool) {
	switch {
	case id == Platform:
		return KindPlatform, true
	case id == Liable:
		return KindLiable, true
	case id == Bank:
		return KindBank, true
	case id == fx, strings.HasPrefix(string(id), fxPrefix):
		return KindFX, true
	case strings.HasPrefix(string(id), providerPrefix):
		return KindProvider, true
	}
	return 0, false
}

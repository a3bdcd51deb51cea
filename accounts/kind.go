package accounts

import (
	"fmt"
	"strings"
)

// A Kind says what an account is for, and with that on which side it normally stands.
// The zero Kind is not valid.
type Kind uint8

const (
	KindSub      Kind = iota + 1 // a user's balance account: a seller, a courier, an influencer
	KindPlatform                 // the operator's own money
	KindLiable                   // the default account: gets what belongs to no other
	KindProvider                 // what a payment provider holds for us or owes us
	KindBank                     // money that has reached a bank
	KindFX                       // counter-account of conversions
)

var kinds = [...]string{"invalid", "sub", "platform", "liable", "provider", "bank", "fx"}

// String returns "sub", "platform", "liable", "provider", "bank" or "fx".
func (k Kind) String() string {
	if int(k) >= len(kinds) {
		return kinds[0]
	}
	return kinds[k]
}

// MarshalText returns what [Kind.String] does, and nothing of the zero Kind.
func (k Kind) MarshalText() ([]byte, error) {
	if k == 0 {
		return nil, nil
	}
	return []byte(k.String()), nil
}

// UnmarshalText reads what [Kind.MarshalText] returns.
func (k *Kind) UnmarshalText(text []byte) (err error) {
	if *k = 0; len(text) > 0 {
		*k, err = ParseKind(string(text))
	}
	return err
}

// Valid reports whether k is one of the kinds.
func (k Kind) Valid() bool { return k > 0 && int(k) < len(kinds) }

// ParseKind reads what [Kind.String] writes. The error is an [*Error].
func ParseKind(s string) (Kind, error) {
	for k, name := range kinds[1:] {
		if s == name {
			return Kind(k + 1), nil
		}
	}
	return 0, &Error{"kind", oneOf(kinds[1:]), fmt.Sprintf("%.40q", s)}
}

// DebitNormal reports whether balances of the kind are positive when debited. So it is with what others
// hold for us, provider and bank; the other kinds are what we owe, and credit-normal.
func (k Kind) DebitNormal() bool { return k == KindProvider || k == KindBank }

// Status says what an account may still do. The zero Status is Open.
type Status uint8

const (
	Open   Status = iota
	Frozen        // receives, pays nothing out
	Closed        // neither receives nor pays
)

var statuses = [...]string{"open", "frozen", "closed"}

// String returns "open", "frozen" or "closed".
func (s Status) String() string {
	if !s.Valid() {
		return "invalid"
	}
	return statuses[s]
}

// MarshalText returns what [Status.String] does.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what [Status.MarshalText] returns.
func (s *Status) UnmarshalText(text []byte) (err error) {
	*s, err = ParseStatus(string(text))
	return err
}

// Valid reports whether s is one of the statuses.
func (s Status) Valid() bool { return int(s) < len(statuses) }

// ParseStatus reads what [Status.String] writes. The error is an [*Error].
func ParseStatus(s string) (Status, error) {
	for k, name := range statuses {
		if s == name {
			return Status(k), nil
		}
	}
	return 0, &Error{"status", oneOf(statuses[:]), fmt.Sprintf("%.40q", s)}
}

// oneOf returns "a, b or c".
func oneOf(names []string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

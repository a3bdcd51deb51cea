package settings

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// All stands for all ledgers in the list of a key.
const All = "*"

// A Scope is one thing that a key allows. None implies another, except that [Admin] has all.
type Scope string

const (
	Read      Scope = "read"
	Write     Scope = "events:write"
	Reconcile Scope = "reconcile:post"
	Intake    Scope = "intake"
	Admin     Scope = "admin"
)

// Scopes returns all scopes.
func Scopes() []Scope { return []Scope{Read, Write, Reconcile, Intake, Admin} }

// A Key is an API key without its secret. It is shared, and must not be changed.
type Key struct {
	ID       string    `json:"id"` // 8 hexadecimal digits
	Name     string    `json:"name"`
	Scopes   []Scope   `json:"scopes"`
	Ledgers  []string  `json:"ledgers"`            // names, or * alone
	Accounts []string  `json:"accounts,omitempty"` // ids, or beginnings before a *; none: all
	Expires  time.Time `json:"expires,omitzero"`   // it counts before then; zero: for ever
	Created  time.Time `json:"created"`

	createdBy string
	target    string // "key_" and the id
	hash      [sha256.Size]byte
}

// By is the name under which the key posts, as journal and audit have it: "key_" and its id.
func (k *Key) By() string { return k.target }

// PersonKey is what somebody may do who signed in otherwise than by a key. It is no key of the store: it has no text, and
// is "user_" and the id in journal and audit.
func PersonKey(id, name string, scopes []Scope, ledgers []string) *Key {
	return &Key{ID: id, Name: name, Scopes: scopes, Ledgers: ledgers, target: "user_" + id}
}

// CreatedBy is who made the key.
func (k *Key) CreatedBy() string { return k.createdBy }

// Has reports whether the key has a scope.
func (k *Key) Has(s Scope) bool {
	return slices.Contains(k.Scopes, s) || slices.Contains(k.Scopes, Admin)
}

// HasLedger reports whether the key is for a ledger.
func (k *Key) HasLedger(name string) bool {
	return k.Ledgers[0] == All || slices.Contains(k.Ledgers, name)
}

// HasAccount reports whether the key is for an account of its ledgers.
func (k *Key) HasAccount(id accounts.ID) bool { return Matches(k.Accounts, string(id)) }

// expired reports whether the key no longer counts.
func (k *Key) expired(now time.Time) bool { return !k.Expires.IsZero() && !now.Before(k.Expires) }

// A NewKey says what key is wanted.
type NewKey struct {
	Name     string    `json:"name"` // 1 to 100 characters, that no other key has that counts
	Scopes   []Scope   `json:"scopes"`
	Ledgers  []string  `json:"ledgers"`
	Accounts []string  `json:"accounts,omitempty"`
	Expires  time.Time `json:"expires,omitzero"`
}

// maxKeys bounds the keys that were not revoked, expired ones among them.
const maxKeys = 10_000

// The text of a key is slk_<id>_<secret>.
const (
	keyPrefix = "slk_"
	idAt      = len(keyPrefix)
	idEnd     = idAt + 8
	keyLen    = idEnd + 1 + 43
)

// A storedKey is a key in a record. Of one that is revoked it has the id and the name, for people who read the audit.
type storedKey struct {
	ID       string    `json:"id"`
	Name     string    `json:"name,omitempty"`
	Scopes   []Scope   `json:"scopes,omitempty"`
	Ledgers  []string  `json:"ledgers,omitempty"`
	Accounts []string  `json:"accounts,omitempty"`
	Expires  time.Time `json:"expires,omitzero"`
	SHA256   []byte    `json:"sha256,omitempty"` // of the whole text
}

// key returns the key that a record made.
func (k *storedKey) key(at time.Time, by string) *Key {
	return &Key{ID: k.ID, Name: k.Name, Scopes: k.Scopes, Ledgers: k.Ledgers, Accounts: k.Accounts, Expires: k.Expires,
		Created: at, createdBy: by, target: keyTarget + k.ID, hash: [sha256.Size]byte(k.SHA256)}
}

// CreateKey makes an API key and returns its text, which nobody can be shown again. It refuses with
// duplicate_reference a name that another key has which counts: one that was revoked or expired does not.
func (s *Store) CreateKey(by Actor, n NewKey) (k *Key, text string, err error) {
	err = s.change(by, func(v *view, at time.Time) (*event, error) {
		if err := n.check(at); err != nil {
			return nil, err
		}
		if len(v.keys) >= maxKeys {
			return nil, refuse(ledger.Invalid, "", "expected at most %d keys: revoke some", maxKeys)
		}
		for _, other := range v.keys {
			if other.Name == n.Name && !other.expired(at) {
				return nil, refuse(wire.DuplicateReference, "name", "key %s has the name %q", other.ID, n.Name)
			}
		}
		id, err := s.newID(keyTarget)
		if err != nil {
			return nil, err
		}
		var secret [32]byte
		if _, err := io.ReadFull(s.o.Random, secret[:]); err != nil {
			return nil, err
		}
		text = keyPrefix + id + "_" + base64.RawURLEncoding.EncodeToString(secret[:])
		hash := sha256.Sum256([]byte(text))
		stored := &storedKey{ID: id, Name: n.Name, Scopes: slices.Clone(n.Scopes), Ledgers: slices.Clone(n.Ledgers),
			Accounts: copied(n.Accounts), Expires: n.Expires.UTC().Round(0), SHA256: hash[:]}
		k = stored.key(at, by.By)
		return &event{Type: keyCreate, Target: k.target, Key: stored}, nil
	})
	if err != nil {
		return nil, "", err
	}
	return k, text, nil
}

// check refuses a key that cannot be made at a time.
func (n *NewKey) check(at time.Time) error {
	if err := checkName("name", n.Name); err != nil {
		return err
	}
	if len(n.Scopes) == 0 {
		return refuse(ledger.Invalid, "scopes", "expected some of %s, found none", scopeNames())
	}
	for i, scope := range n.Scopes {
		if !slices.Contains(Scopes(), scope) {
			return refuse(ledger.Invalid, place("scopes", i), "expected one of %s, found %.80q", scopeNames(), scope)
		}
		if slices.Contains(n.Scopes[:i], scope) {
			return refuse(ledger.Invalid, place("scopes", i), "expected each once, found %q again", scope)
		}
	}
	if err := checkLedgers("ledgers", n.Ledgers); err != nil {
		return err
	}
	if err := checkEach("accounts", n.Accounts, checkAccount); err != nil {
		return err
	}
	if !n.Expires.IsZero() && !n.Expires.After(at) {
		return refuse(ledger.Invalid, "expires", "expected a time after now, %s, found %s", at.Format(time.RFC3339),
			n.Expires.UTC().Format(time.RFC3339))
	}
	if year := n.Expires.Year(); year > 9999 {
		return refuse(ledger.Invalid, "expires", "expected a year up to 9999, found %d", year)
	}
	return nil
}

// scopeNames returns the scopes for a message.
func scopeNames() string {
	var names []string
	for _, s := range Scopes() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

// RevokeKey revokes a key: every request that begins after RevokeKey has returned is refused. It fails with [NotFound]
// if there is none of that id, or no longer.
func (s *Store) RevokeKey(by Actor, id string) error {
	return s.change(by, func(v *view, _ time.Time) (*event, error) {
		k, ok := v.keys[id]
		if !ok {
			return nil, refuse(NotFound, "id", "no key %.80q", id)
		}
		return &event{Type: keyRevoke, Target: k.target, Key: &storedKey{ID: id, Name: k.Name}}, nil
	})
}

// Keys returns the keys that were not revoked, the oldest first. Some of them may have expired.
func (s *Store) Keys() []*Key {
	return slices.SortedFunc(maps.Values(s.now.Load().keys), func(a, b *Key) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
}

// Authenticate returns the key whose text it is given, if it counts at a time. Whatever is wrong with a text, the
// answer is the same and takes the same work: its hash is compared also where there is no key of its id. It is called
// for every request: it takes no lock and no memory.
func (s *Store) Authenticate(text string, now time.Time) (*Key, bool) {
	// A text of another length is hashed in the same length, and refused by it.
	var whole [keyLen]byte
	good := subtle.ConstantTimeEq(int32(min(len(text), keyLen+1)), int32(keyLen))
	copy(whole[:], text)
	hash := sha256.Sum256(whole[:])
	k := s.now.Load().keys[string(whole[idAt:idEnd])]
	found := k
	if k == nil {
		k = &nobody
	}
	good &= subtle.ConstantTimeCompare(hash[:], k.hash[:])
	if good != 1 || found == nil || k.expired(now) {
		return nil, false
	}
	return found, true
}

// nobody stands for the key that there is not. No text has its hash.
var nobody Key

// Key returns the key of an id, if it counts at a time: that of somebody who gave its text before.
func (s *Store) Key(id string, now time.Time) (*Key, bool) {
	k := s.now.Load().keys[id]
	return k, k != nil && !k.expired(now)
}

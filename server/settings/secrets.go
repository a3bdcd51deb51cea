package settings

import (
	"cmp"
	"crypto/subtle"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
	"github.com/splitledger/splitledger/providers"
)

const (
	maxSecrets = 1000 // of providers
	maxSecret  = 4096 // bytes of one: an RSA key of 8,192 bits has 1,500
)

// A ProviderSecret is what notifications of a provider to a ledger are authenticated with, without the secret itself.
// Several may live at once, so that a new one is there before the provider changes to it.
type ProviderSecret struct {
	ID       string    `json:"id"` // 8 hexadecimal digits
	Provider string    `json:"provider"`
	Ledger   string    `json:"ledger"`
	Account  string    `json:"account,omitempty"`  // at the provider, for those who look at the list
	TestMode bool      `json:"testMode,omitempty"` // of the provider's test mode; see [providers.ModeTeller]
	Created  time.Time `json:"created"`
}

// A NewSecret is a secret to keep: an HMAC key, a token or a public key as the provider shows it.
type NewSecret struct {
	Provider string `json:"provider"`
	Ledger   string `json:"ledger"`
	Account  string `json:"account,omitempty"`
	TestMode bool   `json:"testMode,omitempty"`
	Secret   string `json:"secret"`
}

// A providerSecret is a secret as it is kept in memory.
type providerSecret struct {
	ProviderSecret
	sealed sealed
}

// A storedSecret is a secret in a record. Of one that is removed it has all but the secret.
type storedSecret struct {
	ProviderSecret
	Sealed []byte `json:"sealed,omitempty"`
}

// secret returns the secret that a record added.
func (s *storedSecret) secret(at time.Time) *providerSecret {
	p := &providerSecret{s.ProviderSecret, sealed{id: s.ID, box: s.Sealed}}
	p.Created = at
	return p
}

// AddSecret keeps a secret of a provider. It counts from the next notification on, beside those that there are. It
// refuses what the provider's adapter says cannot be its secret; what is refused is not shown in the message.
func (s *Store) AddSecret(by Actor, n NewSecret) (ProviderSecret, error) {
	n.Secret = strings.TrimSpace(strings.TrimPrefix(n.Secret, "\ufeff"))
	added := ProviderSecret{Provider: n.Provider, Ledger: n.Ledger, Account: n.Account, TestMode: n.TestMode}
	err := s.change(by, func(v *view, at time.Time) (*event, error) {
		if err := n.check(s.o.Providers); err != nil {
			return nil, err
		}
		if err := n.beside(v); err != nil {
			return nil, err
		}
		id, err := s.newID(secretTarget)
		if err != nil {
			return nil, err
		}
		added.ID, added.Created = id, at
		box, err := v.sealer.seal(id, []byte(n.Secret))
		return &event{Type: secretAdd, Target: secretTarget + id, Secret: &storedSecret{added, box.box}}, err
	})
	if err != nil {
		return ProviderSecret{}, err
	}
	return added, nil
}

// check refuses what the form alone tells.
func (n *NewSecret) check(registry providers.Registry) error {
	adapter, err := registry.ByName(n.Provider)
	if err != nil {
		return refuse(ledger.Invalid, "provider", "%v", err)
	}
	if err := CheckLedger(n.Ledger); err != nil {
		return err
	}
	if n.Account != "" {
		if err := checkName("account", n.Account); err != nil {
			return err
		}
	}
	if _, tells := adapter.(providers.ModeTeller); n.TestMode && !tells {
		return refuse(ledger.Invalid, "testMode", "nothing of %s says which mode it is of", n.Provider)
	}
	if len(n.Secret) == 0 || len(n.Secret) > maxSecret {
		return refuse(ledger.Invalid, "secret", "expected 1 to %d bytes, found %d", maxSecret, len(n.Secret))
	}
	// PEM has several lines; no other secret does.
	if !strings.HasPrefix(n.Secret, "-----BEGIN ") && strings.ContainsFunc(n.Secret, unicode.IsControl) {
		return refuse(ledger.Invalid, "secret", "expected one secret without line ends and other control characters")
	}
	if checker, ok := adapter.(providers.KeyChecker); ok {
		if err := checker.CheckKeys(providers.Keys{Secrets: []string{n.Secret}, TestMode: n.TestMode}); err != nil {
			return refuse(ledger.Invalid, "secret", "%v", err)
		}
	}
	return nil
}

// beside refuses what does not go with the secrets that there are.
func (n *NewSecret) beside(v *view) error {
	if len(v.secrets) >= maxSecrets {
		return refuse(ledger.Invalid, "", "expected at most %d secrets of providers: remove some", maxSecrets)
	}
	for _, other := range v.secrets {
		if other.Provider != n.Provider || other.Ledger != n.Ledger {
			continue
		}
		if other.TestMode != n.TestMode {
			return refuse(ledger.Invalid, "testMode", "a ledger is of one mode of a provider: expected %t, as secret %s "+
				"has it", other.TestMode, other.ID)
		}
		if subtle.ConstantTimeCompare(other.sealed.plain, []byte(n.Secret)) == 1 {
			return refuse(wire.DuplicateReference, "secret", "secret %s is the same", other.ID)
		}
	}
	return nil
}

// RemoveSecret removes a secret: no notification that it authenticates is taken after RemoveSecret has returned. It
// fails with [NotFound] if the provider has none of that id, or no longer.
func (s *Store) RemoveSecret(by Actor, provider, id string) error {
	return s.change(by, func(v *view, _ time.Time) (*event, error) {
		p, ok := v.secrets[id]
		if !ok || p.Provider != provider {
			return nil, refuse(NotFound, "id", "no secret %.80q of %.80q", id, provider)
		}
		return &event{Type: secretRemove, Target: secretTarget + id, Secret: &storedSecret{p.ProviderSecret, nil}}, nil
	})
}

// Secrets returns the secrets of a provider, the oldest first, without the secrets themselves. If provider is "", it
// returns those of all.
func (s *Store) Secrets(provider string) []ProviderSecret {
	list := []ProviderSecret{}
	for _, p := range s.now.Load().secrets {
		if provider == "" || p.Provider == provider {
			list = append(list, p.ProviderSecret)
		}
	}
	slices.SortFunc(list, func(a, b ProviderSecret) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// intakeOf is whose notifications come into which ledger.
type intakeOf struct{ provider, ledger string }

// IntakeKeys returns what notifications of a provider to a ledger are authenticated with: all secrets that there are,
// the newest first. It reports false where there are none. The keys are shared, and must not be changed.
func (s *Store) IntakeKeys(provider, ledger string) (providers.Keys, bool) {
	k, ok := s.now.Load().intake[intakeOf{provider, ledger}]
	return k, ok
}

// intakeKeys puts secrets together by provider and ledger.
func intakeKeys(secrets map[string]*providerSecret) map[intakeOf]providers.Keys {
	newest := slices.SortedFunc(maps.Values(secrets), func(a, b *providerSecret) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
	})
	intake := map[intakeOf]providers.Keys{}
	for _, p := range newest {
		of := intakeOf{p.Provider, p.Ledger}
		k := intake[of]
		k.TestMode = p.TestMode
		k.Secrets = append(k.Secrets, string(p.sealed.plain))
		intake[of] = k
	}
	return intake
}

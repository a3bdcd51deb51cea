package settings

import (
	"fmt"
	"maps"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/providers"
)

// A view is all settings at one time. Once it is shown it never changes, so that who reads it needs no lock; what its
// maps point to is shared by views and never changes either.
type view struct {
	keys      map[string]*Key // that were not revoked, by id
	secrets   map[string]*providerSecret
	endpoints map[string]*endpoint
	cipher    string                      // the id of the key of encryption; "" before there is one
	sealer    sealer                      // with that key
	intake    map[intakeOf]providers.Keys // derived from secrets
}

func newView() *view {
	return &view{keys: map[string]*Key{}, secrets: map[string]*providerSecret{}, endpoints: map[string]*endpoint{}}
}

// clone returns a view that can be changed.
func (v *view) clone() *view {
	return &view{keys: maps.Clone(v.keys), secrets: maps.Clone(v.secrets), endpoints: maps.Clone(v.endpoints),
		cipher: v.cipher, sealer: v.sealer}
}

// apply does what an event says. It is the one place that changes settings, by a new change and in replay alike, so
// that both end the same.
func (v *view) apply(e *event, at time.Time) error {
	if !e.whole() {
		return ledger.Errorf(ledger.Corrupt, "expected what %s is about", e.Type)
	}
	switch e.Type {
	case keyCreate:
		k := e.Key.key(at, e.By)
		v.keys[k.ID] = k
	case keyRevoke:
		delete(v.keys, e.Key.ID)
	case secretAdd:
		v.secrets[e.Secret.ID] = e.Secret.secret(at)
	case secretRemove:
		delete(v.secrets, e.Secret.ID)
	case webhookCreate:
		v.endpoints[e.Endpoint.ID] = e.Endpoint.endpoint(at)
	case webhookChange, webhookRotate, webhookState:
		before, ok := v.endpoints[e.Endpoint.ID]
		if !ok {
			return ledger.Errorf(ledger.Corrupt, "%s of endpoint %s, which there is not", e.Type, e.Endpoint.ID)
		}
		if e.Type == webhookRotate {
			v.endpoints[before.ID] = e.Endpoint.rotate(before, at)
		} else {
			v.endpoints[before.ID] = e.Endpoint.change(before)
		}
	case webhookDelete:
		delete(v.endpoints, e.Endpoint.ID)
	case encryptionBegin:
		v.cipher = e.Cipher.ID
	case encryptionRekey:
		return v.rekey(e.Cipher)
	default:
		// What it says may be that a key is revoked: going on without it would not be safe.
		return fmt.Errorf("expected an event that this program knows, found %q: a newer splitledger wrote it", e.Type)
	}
	return nil
}

// each calls f with the place of every sealed secret there is, until f fails. f may put another sealed into the place:
// what holds it is copied first.
func (v *view) each(f func(*sealed) error) error {
	for id, p := range v.secrets {
		c := *p
		if err := f(&c.sealed); err != nil {
			return err
		}
		v.secrets[id] = &c
	}
	for id, p := range v.endpoints {
		c := p.clone()
		for i := range c.secrets {
			if err := f(&c.secrets[i].sealed); err != nil {
				return err
			}
		}
		v.endpoints[id] = c
	}
	return nil
}

// rekey puts the secrets in place that another key encrypted. The event must have all that there are.
func (v *view) rekey(c *storedCipher) error {
	v.cipher = c.ID
	return v.each(func(s *sealed) error {
		box, ok := c.Secrets[s.id]
		if !ok {
			return ledger.Errorf(ledger.Corrupt, "secret %s was not encrypted anew with the others", s.id)
		}
		s.box = box
		return nil
	})
}

// unseal decrypts the secrets that nobody has decrypted yet.
func (v *view) unseal() error {
	return v.each(func(s *sealed) (err error) {
		if s.plain == nil {
			s.plain, err = v.sealer.open(s.id, s.box)
		}
		return err
	})
}

// index derives what is asked for by each request.
func (v *view) index() {
	v.intake = intakeKeys(v.secrets)
}

package server

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/server/settings"
)

// Scopes are those of package settings.
type Scope = settings.Scope

// The scopes. Open is for routes that need no key.
const (
	Open      Scope = ""
	AnyScope  Scope = "any" // any key: what is asked for decides which scope it needs
	Read            = settings.Read
	Write           = settings.Write
	Reconcile       = settings.Reconcile
	Intake          = settings.Intake
	Admin           = settings.Admin
)

// errUnauthenticated is the same whatever is wrong with a key, so that nobody learns which keys there are.
var errUnauthenticated = ledger.Errorf(providers.Unauthenticated,
	"expected the header Authorization: Bearer and a key that is valid")

// keyring knows the identities of the keys that were used.
type keyring struct {
	settings *settings.Store
	known    sync.Map     // *settings.Key → *Identity
	since    atomic.Int64 // identities made since those of revoked keys were forgotten
}

// forgetEvery is how many identities are made until those of keys that are gone are forgotten.
const forgetEvery = 1000

// forget drops the identities of keys that are gone: of those, no request comes any more.
func (k *keyring) forget(now time.Time) {
	k.since.Store(0)
	for key := range k.known.Range {
		if living, _ := k.settings.Key(key.(*settings.Key).ID, now); living != key.(*settings.Key) {
			k.known.Delete(key)
		}
	}
}

// authenticate finds the key of a request. It is asked on every request, so a revoked key counts no more from the next
// one on.
func (k *keyring) authenticate(r *http.Request, c *call) (*Identity, error) {
	scheme, text, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return nil, errUnauthenticated
	}
	key, ok := k.settings.Authenticate(text, c.server.now())
	if !ok {
		return nil, errUnauthenticated
	}
	if i, ok := k.known.Load(key); ok {
		return i.(*Identity), nil
	}
	i := &Identity{By: key.By(), Scopes: key.Scopes, Ledgers: key.Ledgers, Accounts: key.Accounts, limiter: new(limiter)}
	known, _ := k.known.LoadOrStore(key, i)
	if k.since.Add(1) >= forgetEvery {
		k.forget(c.server.now())
	}
	return known.(*Identity), nil
}

// actor is who asks for a change of settings, as the audit has it.
func (c *call) actor(status int) settings.Actor {
	return settings.Actor{By: c.who.By, Address: address(c.r), RequestID: c.id, Status: status}
}

// refusedAccess notes in the audit that access was refused.
func (c *call) refusedAccess(status int) {
	store := c.server.options.Settings
	if store == nil {
		return
	}
	by := ""
	if c.who != nil && c.who != &c.server.local {
		by = c.who.By
	}
	store.Refused(settings.AuditEntry{By: by, Address: address(c.r), Action: "access.refuse", Target: c.name(), RequestID: c.id, Status: status})
}

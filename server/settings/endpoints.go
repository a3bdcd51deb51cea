package settings

import (
	"cmp"
	"encoding/base64"
	"io"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// Limits of endpoints.
const (
	maxEndpoints       = 100
	maxEndpointSecrets = 10
	maxURL             = 2048 // bytes
	maxOverlap         = 30 * 24 * time.Hour
)

// SecretPrefix begins the text of a webhook's secret, before its bytes in Base64, as in Standard Webhooks.
const SecretPrefix = "whsec_"

// A Format is what the body of a webhook looks like.
type Format string

const (
	Standard    Format = "standard"    // Standard Webhooks: {type, timestamp, data}
	CloudEvents Format = "cloudevents" // CloudEvents 1.0 as structured JSON
)

// A State says whether records are delivered to an endpoint. None skips any: who resumes goes on where it ended.
type State string

const (
	Active   State = "active"
	Paused   State = "paused"   // by hand, or by the server after too many failures
	Disabled State = "disabled" // switched off by its owner
)

// An Endpoint is where records of a ledger are delivered, without its secrets. Its lists are shared, and must not be
// changed.
type Endpoint struct {
	ID       string   `json:"id"` // 8 hexadecimal digits
	Name     string   `json:"name"`
	URL      string   `json:"url"`
	Ledger   string   `json:"ledger"`
	Types    []string `json:"types,omitempty"`    // of events, or beginnings before a *; none: all
	Accounts []string `json:"accounts,omitempty"` // likewise: those that a record posts to or is about
	Format   Format   `json:"format"`
	State    State    `json:"state"`
	Reason   string   `json:"reason,omitempty"` // of the state, where it is not active
	Record   uint64   `json:"record"`           // the last that was delivered, or passed over
	// Failing is since when the next record has been tried in vain; zero while nothing failed.
	Failing   time.Time `json:"failing,omitzero"`
	SecretIDs []string  `json:"secretIds"` // that requests are signed with now, the newest first
	Created   time.Time `json:"created"`
}

// A NewEndpoint says what endpoint is wanted. Record is where it begins: the record after it is delivered first.
type NewEndpoint struct {
	Name     string
	URL      string
	Ledger   string
	Types    []string
	Accounts []string
	Format   Format // Standard if ""
	Record   uint64
}

// An EndpointChange says what of an endpoint is to be another; what is nil stays. The ledger stays, because the cursor
// is in it.
type EndpointChange struct {
	Name, URL       *string
	Types, Accounts *[]string
	Format          *Format
}

// An endpoint is an endpoint as it is kept in memory; of its Endpoint the cursor and the ids of secrets are not set.
type endpoint struct {
	Endpoint
	secrets []endpointSecret // the oldest first
}

// An endpointSecret signs requests until it expires.
type endpointSecret struct {
	sealed  sealed
	expires time.Time // zero for the newest
}

// live reports whether requests are signed with the secret at a time.
func (s *endpointSecret) live(now time.Time) bool { return s.expires.IsZero() || now.Before(s.expires) }

// clone returns a copy with secrets that can be changed.
func (p *endpoint) clone() *endpoint {
	c := *p
	c.secrets = slices.Clone(p.secrets)
	return &c
}

// CreateEndpoint makes an endpoint, and returns it with its secret, which nobody can be shown again. It refuses with
// duplicate_reference a name that another has.
func (s *Store) CreateEndpoint(by Actor, n NewEndpoint) (e Endpoint, secret string, err error) {
	e = Endpoint{Name: n.Name, URL: n.URL, Ledger: n.Ledger, Types: copied(n.Types), Accounts: copied(n.Accounts),
		Format: cmp.Or(n.Format, Standard), State: Active, Record: n.Record}
	err = s.change(by, func(v *view, at time.Time) (*event, error) {
		if err := s.checkEndpoint(v, &e); err != nil {
			return nil, err
		}
		if len(v.endpoints) >= maxEndpoints {
			return nil, refuse(ledger.Invalid, "", "expected at most %d endpoints: delete some", maxEndpoints)
		}
		if e.ID, err = s.newID(webhookTarget); err != nil {
			return nil, err
		}
		e.Created = at
		stored := storedOf(&e)
		secret, err = s.addSigning(v, stored)
		e.SecretIDs = []string{stored.Secret.ID}
		return &event{Type: webhookCreate, Target: webhookTarget + e.ID, Endpoint: stored}, err
	})
	if err != nil {
		return Endpoint{}, "", err
	}
	return e, secret, nil
}

// addSigning makes a secret, puts it encrypted into a record to be, and returns its text.
func (s *Store) addSigning(v *view, stored *storedEndpoint) (string, error) {
	stored.Secret = &storedSigning{}
	id, err := randomHex(s.o.Random)
	if err != nil {
		return "", err
	}
	var plain [32]byte
	if _, err := io.ReadFull(s.o.Random, plain[:]); err != nil {
		return "", err
	}
	// It is bound to its endpoint too, which makes the id of no other secret.
	stored.Secret.ID = id
	box, err := v.sealer.seal(signingID(stored.ID, id), plain[:])
	stored.Secret.Sealed = box.box
	return SecretPrefix + base64.StdEncoding.EncodeToString(plain[:]), err
}

// signingID is what a secret of an endpoint is encrypted under.
func signingID(endpoint, id string) string { return endpoint + "." + id }

// checkEndpoint refuses an endpoint that cannot be.
func (s *Store) checkEndpoint(v *view, e *Endpoint) error {
	if err := checkName("name", e.Name); err != nil {
		return err
	}
	if err := s.checkURL(e.URL); err != nil {
		return err
	}
	if err := CheckLedger(e.Ledger); err != nil {
		return err
	}
	if err := checkEach("types", e.Types, checkType); err != nil {
		return err
	}
	if err := checkEach("accounts", e.Accounts, checkAccount); err != nil {
		return err
	}
	if e.Format != Standard && e.Format != CloudEvents {
		return refuse(ledger.Invalid, "format", "expected %s or %s, found %.80q", Standard, CloudEvents, e.Format)
	}
	for _, other := range v.endpoints {
		if other.Name == e.Name && other.ID != e.ID {
			return refuse(wire.DuplicateReference, "name", "endpoint %s has the name %q", other.ID, e.Name)
		}
	}
	return nil
}

// checkURL refuses what requests cannot be sent to, or the options say must not be.
func (s *Store) checkURL(text string) error {
	if len(text) > maxURL {
		return refuse(ledger.Invalid, "url", "expected at most %d bytes, found %d", maxURL, len(text))
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "" || u.Scheme != "https" && u.Scheme != "http":
		return refuse(ledger.Invalid, "url", "expected an address such as https://example.com/hooks, found %.80q", text)
	case u.User != nil:
		return refuse(ledger.Invalid, "url", "expected an address without user and password")
	case u.Fragment != "":
		return refuse(ledger.Invalid, "url", "expected an address without #%.80s", u.Fragment)
	}
	if s.o.CheckURL != nil {
		err = s.o.CheckURL(u)
	} else if u.Scheme != "https" {
		err = refuse(ledger.Invalid, "url", "expected https, found %s", u.Scheme)
	}
	if _, refused := ledger.Refused(err); err != nil && !refused {
		return refuse(ledger.Invalid, "url", "%v", err)
	}
	return err
}

// ChangeEndpoint changes what is not nil. It fails with [NotFound] if there is no such endpoint.
func (s *Store) ChangeEndpoint(by Actor, id string, c EndpointChange) (Endpoint, error) {
	return s.changeEndpoint(by, id, webhookChange, func(v *view, e *Endpoint, _ time.Time) (*storedEndpoint, error) {
		set(&e.Name, c.Name)
		set(&e.URL, c.URL)
		set(&e.Format, c.Format)
		set(&e.Types, c.Types)
		set(&e.Accounts, c.Accounts)
		return storedOf(e), s.checkEndpoint(v, e)
	})
}

// set changes a field to what is given.
func set[T any](field, to *T) {
	if to != nil {
		*field = *to
	}
}

// SetState pauses, disables or resumes an endpoint, with the reason where one is given. The server itself does so too,
// as the actor "engine". What the endpoint is already is no change and leaves no record, so that it may be repeated.
func (s *Store) SetState(by Actor, id string, state State, reason string) (Endpoint, error) {
	if state != Active && state != Paused && state != Disabled {
		return Endpoint{}, refuse(ledger.Invalid, "state", "expected %s, %s or %s, found %.80q", Active, Paused, Disabled,
			state)
	}
	if e, ok := s.Endpoint(id); ok && e.State == state {
		return e, nil
	}
	e, err := s.changeEndpoint(by, id, webhookState, func(_ *view, e *Endpoint, _ time.Time) (*storedEndpoint, error) {
		e.State, e.Reason = state, ""
		if state != Active {
			e.Reason = cut(reason, maxNote)
		}
		return storedOf(e), nil
	})
	if err == nil && state == Active {
		e.Failing = time.Time{} // it gets the whole time again
		err = s.SetProgress(id, Progress{Record: e.Record})
	}
	return e, err
}

// Rotate gives an endpoint a new secret, and returns it with the secret, which nobody can be shown again. Requests are
// signed with those before too for as long as the overlap, at most 30 days; 0 ends them at once.
func (s *Store) Rotate(by Actor, id string, overlap time.Duration) (e Endpoint, secret string, err error) {
	if overlap < 0 || overlap > maxOverlap {
		return Endpoint{}, "", refuse(ledger.Invalid, "overlapHours", "expected 0 to %d hours, found %s",
			maxOverlap/time.Hour, overlap)
	}
	e, err = s.changeEndpoint(by, id, webhookRotate, func(v *view, e *Endpoint, at time.Time) (*storedEndpoint, error) {
		live := 0
		for _, old := range v.endpoints[id].secrets {
			if old.live(at) {
				live++
			}
		}
		if live >= maxEndpointSecrets {
			return nil, refuse(ledger.Invalid, "", "expected at most %d secrets at once: wait until some end, or rotate "+
				"without overlap", maxEndpointSecrets)
		}
		stored := &storedEndpoint{ID: id, Name: e.Name, Until: at.Add(overlap)}
		secret, err = s.addSigning(v, stored)
		return stored, err
	})
	return e, secret, err
}

// changeEndpoint changes an endpoint that there is. change is given a copy.
func (s *Store) changeEndpoint(by Actor, id, action string,
	change func(*view, *Endpoint, time.Time) (*storedEndpoint, error)) (Endpoint, error) {
	err := s.change(by, func(v *view, at time.Time) (*event, error) {
		before, ok := v.endpoints[id]
		if !ok {
			return nil, noEndpoint(id)
		}
		e := before.Endpoint
		stored, err := change(v, &e, at)
		return &event{Type: action, Target: webhookTarget + id, Endpoint: stored}, err
	})
	if err != nil {
		return Endpoint{}, err
	}
	e, ok := s.Endpoint(id)
	if !ok { // deleted meanwhile
		return Endpoint{}, noEndpoint(id)
	}
	return e, nil
}

// noEndpoint refuses an id that no endpoint has.
func noEndpoint(id string) error { return refuse(NotFound, "id", "no endpoint %.80q", id) }

// DeleteEndpoint deletes an endpoint with its cursor and its deliveries. It fails with [NotFound] if there is none of
// that id, or no longer.
func (s *Store) DeleteEndpoint(by Actor, id string) error {
	err := s.change(by, func(v *view, _ time.Time) (*event, error) {
		p, ok := v.endpoints[id]
		if !ok {
			return nil, noEndpoint(id)
		}
		return &event{Type: webhookDelete, Target: webhookTarget + id,
			Endpoint: &storedEndpoint{ID: id, Name: p.Name}}, nil
	})
	if err == nil {
		s.progress.forget(id)
	}
	return err
}

// Endpoint returns an endpoint as it is now.
func (s *Store) Endpoint(id string) (Endpoint, bool) {
	p, ok := s.now.Load().endpoints[id]
	if !ok {
		return Endpoint{}, false
	}
	return s.shown(p, s.o.Clock()), true
}

// Endpoints returns all endpoints, the oldest first.
func (s *Store) Endpoints() []Endpoint {
	list := []Endpoint{}
	now := s.o.Clock()
	for p := range maps.Values(s.now.Load().endpoints) {
		list = append(list, s.shown(p, now))
	}
	slices.SortFunc(list, func(a, b Endpoint) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// shown returns an endpoint with its cursor and the ids of its secrets.
func (s *Store) shown(p *endpoint, now time.Time) Endpoint {
	e := p.Endpoint
	at := s.progress.of(p)
	e.Record, e.Failing = at.Record, at.Failing
	for i := len(p.secrets) - 1; i >= 0; i-- {
		if p.secrets[i].live(now) {
			e.SecretIDs = append(e.SecretIDs, p.secrets[i].sealed.id[len(p.ID)+1:])
		}
	}
	return e
}

// SigningSecrets returns the secrets, 32 bytes each, that a request to an endpoint is signed with at a time, the newest
// first; none where there is no such endpoint. They are shared, and must not be changed.
func (s *Store) SigningSecrets(id string, now time.Time) (secrets [][]byte) {
	if p, ok := s.now.Load().endpoints[id]; ok {
		for i := len(p.secrets) - 1; i >= 0; i-- {
			if p.secrets[i].live(now) {
				secrets = append(secrets, p.secrets[i].sealed.plain)
			}
		}
	}
	return secrets
}

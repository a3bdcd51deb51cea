// Package signin lets people sign in with an OpenID Connect issuer, such as the one that their organisation has: the
// authorisation code flow with PKCE, state and nonce.
//
// [Client.Begin] gives the address at the issuer to which a browser is sent, [Client.Finish] takes what it comes back
// with. What somebody may do is the first [Grant] that fits. Nothing is kept of an issuer's tokens.
package signin

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/splitledger/splitledger/server/settings"
)

// Options of a client of an issuer. Issuer, ClientID, RedirectURL and Grants are needed.
type Options struct {
	Issuer       string // as it is in ID tokens: https, or http on this machine
	ClientID     string
	ClientSecret string   // "" of a public client, which PKCE alone protects
	RedirectURL  string   // where the issuer sends browsers back to
	Scopes       []string // what is asked for beside openid; email and profile if there are none
	GroupsClaim  string   // the claim with the groups, "groups" if ""
	Grants       []Grant  // the first that fits counts
	Clock        func() time.Time
	Random       func() string // texts that nobody guesses
}

// A Client of an issuer. It learns about the issuer when somebody signs in first, so that it may be down before.
type Client struct {
	o      Options
	http   *http.Client
	mu     sync.Mutex
	issuer *oidc.Provider // nil until it was reached
	flows  map[string]*flow
}

// A flow is a sign-in under way.
type flow struct {
	nonce, verifier, browser, to string
	ends                         time.Time
}

const (
	flowTime  = 10 * time.Minute // for somebody to sign in at the issuer
	maxFlows  = 10_000
	issuerMax = 10 * time.Second // for one request to the issuer
)

// A Refusal is an error about who signs in, not about the issuer: of an answer that is not to be trusted, or of somebody
// who may do nothing here. Its text is for the person.
type Refusal struct {
	Message string
	By      string // who it was, if that is known
	Cause   error
}

func (e *Refusal) Error() string { return e.Message }
func (e *Refusal) Unwrap() error { return e.Cause }

// New makes a client. It asks the issuer nothing yet.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return nil, fmt.Errorf("expected the https URL of the issuer, found %q", o.Issuer)
	}
	if o.ClientID == "" {
		return nil, errors.New("expected the client id that the issuer gave")
	}
	if len(o.Grants) == 0 {
		return nil, errors.New("expected who may sign in, found nobody")
	}
	if len(o.Scopes) == 0 {
		o.Scopes = []string{"email", "profile"}
	}
	if o.GroupsClaim == "" {
		o.GroupsClaim = "groups"
	}
	return &Client{o: o, http: &http.Client{Timeout: issuerMax}, flows: map[string]*flow{}}, nil
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Host names the issuer to people.
func (c *Client) Host() string {
	u, _ := url.Parse(c.o.Issuer) // New has looked at it
	return u.Host
}

// Reach asks the issuer who it is, once.
func (c *Client) Reach(ctx context.Context) (*oidc.Provider, error) {
	c.mu.Lock()
	known := c.issuer
	c.mu.Unlock()
	if known != nil {
		return known, nil
	}
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, c.http), c.o.Issuer)
	if err != nil {
		return nil, fmt.Errorf("the issuer %s cannot be asked: %w", c.o.Issuer, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.issuer = p
	return p, nil
}

func (c *Client) config(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: c.o.ClientID, ClientSecret: c.o.ClientSecret, RedirectURL: c.o.RedirectURL,
		Endpoint: p.Endpoint(), Scopes: append([]string{oidc.ScopeOpenID}, c.o.Scopes...)}
}

// Begin returns where a browser is sent to sign in, and what it must bring back in a cookie. to is where it goes after.
func (c *Client) Begin(ctx context.Context, to string) (location, browser string, err error) {
	p, err := c.Reach(ctx)
	if err != nil {
		return "", "", err
	}
	state, browser := c.o.Random(), c.o.Random()
	f := &flow{nonce: c.o.Random(), verifier: oauth2.GenerateVerifier(), browser: hashed(browser), to: to,
		ends: c.o.Clock().Add(flowTime)}
	c.keep(state, f)
	return c.config(p).AuthCodeURL(state, oidc.Nonce(f.nonce), oauth2.S256ChallengeOption(f.verifier)), browser, nil
}

// keep keeps a flow. Those that ended go, and past the most the oldest.
func (c *Client) keep(state string, f *flow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.flows) >= maxFlows {
		oldest := ""
		for id, other := range c.flows {
			if !c.o.Clock().Before(other.ends) {
				delete(c.flows, id)
			} else if oldest == "" || other.ends.Before(c.flows[oldest].ends) {
				oldest = id
			}
		}
		if len(c.flows) >= maxFlows {
			delete(c.flows, oldest)
		}
	}
	c.flows[state] = f
}

// take ends a flow, so that a state is good once, in the browser that began it.
func (c *Client) take(state, browser string) (*flow, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.flows[state]
	if f == nil || subtle.ConstantTimeCompare([]byte(f.browser), []byte(hashed(browser))) != 1 {
		return nil, &Refusal{Message: "This sign-in was not begun in this browser, or was used already. Begin again."}
	}
	delete(c.flows, state)
	if !c.o.Clock().Before(f.ends) {
		return nil, &Refusal{Message: "This sign-in took longer than 10 minutes. Begin again."}
	}
	return f, nil
}

func hashed(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

// A Person is somebody who signed in.
type Person struct {
	Key   *settings.Key // what the person may do, and as whom
	Email string        // as the issuer has it, verified or not; may be ""
	To    string        // where the person wanted to go
}

// Finish takes what a browser came back with from the issuer, and its cookie.
func (c *Client) Finish(ctx context.Context, answer url.Values, browser string) (*Person, error) {
	f, err := c.take(answer.Get("state"), browser)
	if err != nil {
		return nil, err
	}
	if code := answer.Get("error"); code != "" {
		return nil, &Refusal{Message: fmt.Sprintf("The issuer said no: %.100q.", code)}
	}
	p, err := c.Reach(ctx)
	if err != nil {
		return nil, err
	}
	ctx = oidc.ClientContext(ctx, c.http)
	token, err := c.config(p).Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(f.verifier))
	if err != nil {
		if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
			err = fmt.Errorf("status %d, %s", e.Response.StatusCode, e.ErrorCode) // its body may have secrets
		}
		return nil, fmt.Errorf("the issuer gave no token: %w", err)
	}
	who, err := c.verify(ctx, p, token, f.nonce)
	if err != nil {
		return nil, err
	}
	person := &Person{Email: who.email, To: f.to}
	if person.Key, err = c.grant(who); err != nil {
		return nil, err
	}
	return person, nil
}

// verify checks the ID token, and returns what it says; what it does not say is asked for.
func (c *Client) verify(ctx context.Context, p *oidc.Provider, token *oauth2.Token, nonce string) (*claims, error) {
	untrusted := func(cause error) error {
		return &Refusal{Message: "The issuer's answer is not to be trusted; the server's log says why.", Cause: cause}
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, untrusted(errors.New("expected an ID token, found none"))
	}
	id, err := p.Verifier(&oidc.Config{ClientID: c.o.ClientID, Now: c.o.Clock}).Verify(ctx, raw)
	if err != nil {
		return nil, untrusted(err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1 {
		return nil, untrusted(errors.New("expected the nonce of this sign-in in the ID token, found another"))
	}
	if id.Subject == "" {
		return nil, untrusted(errors.New("expected a subject in the ID token, found none"))
	}
	all := map[string]json.RawMessage{}
	if err := id.Claims(&all); err != nil {
		return nil, untrusted(err)
	}
	_, email := all["email"]
	if _, groups := all[c.o.GroupsClaim]; (!email || !groups) && p.UserInfoEndpoint() != "" {
		more, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return nil, fmt.Errorf("the issuer does not say who it is: %w", err)
		}
		if more.Subject != id.Subject {
			return nil, untrusted(errors.New("expected user info about the subject of the ID token, found another"))
		}
		said := map[string]json.RawMessage{}
		if err := more.Claims(&said); err != nil {
			return nil, untrusted(err)
		}
		if email { // an address and whether it is verified come from one place
			delete(said, "email_verified")
		} else {
			delete(all, "email_verified")
		}
		for name, value := range said {
			if _, ok := all[name]; !ok {
				all[name] = value
			}
		}
	}
	return c.claimsOf(id.Subject, all), nil
}

// claimsOf reads claims. One of another form than expected counts as not there. Some issuers write a single group as a
// text, and some a boolean.
func (c *Client) claimsOf(subject string, all map[string]json.RawMessage) *claims {
	who := &claims{subject: subject}
	text := func(name string) (s string) {
		if json.Unmarshal(all[name], &s) != nil {
			return ""
		}
		return s
	}
	who.email, who.name = text("email"), text("name")
	if who.name == "" {
		who.name = text("preferred_username")
	}
	who.verified = string(all["email_verified"]) == "true" || text("email_verified") == "true"
	if json.Unmarshal(all[c.o.GroupsClaim], &who.groups) != nil {
		who.groups = nil
		if one := text(c.o.GroupsClaim); one != "" {
			who.groups = []string{one}
		}
	}
	return who
}

// grant finds what somebody may do.
func (c *Client) grant(who *claims) (*settings.Key, error) {
	// Journals keep by for ever: it is the same for the same person, and says nothing about the person.
	id := hashed(c.o.Issuer + "\x00" + who.subject)[:16]
	label := who.name
	for _, other := range []string{who.email, id} {
		if label == "" {
			label = other
		}
	}
	for i := range c.o.Grants {
		g := &c.o.Grants[i]
		if !g.fits(who) {
			continue
		}
		return settings.PersonKey(id, label, g.Scopes, g.Ledgers), nil
	}
	message := "You are known to the issuer, but nothing here is for you."
	byEmail := func(g Grant) bool { return g.kind == "email" || g.kind == "domain" }
	if who.email != "" && !who.verified && slices.ContainsFunc(c.o.Grants, byEmail) {
		message += " Your e-mail address is not verified there."
	}
	return nil, &Refusal{Message: message, By: "user_" + id}
}

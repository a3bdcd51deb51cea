package daemon

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/splitledger/splitledger/server/signin"
)

// OIDC says how people sign in to the console at an issuer of OpenID Connect. Without an Issuer there is none.
type OIDC struct {
	Issuer      string
	ClientID    string
	SecretFile  string   // has the client's secret; "" of a public client
	Scopes      []string // asked for beside openid
	GroupsClaim string
	Allow       []string // who may do what, see [signin.ParseGrant]; the first that fits counts
}

// checkOIDC refuses settings of an issuer that do not go together.
func (o *Options) checkOIDC() error {
	q := &o.OIDC
	if q.Issuer == "" {
		if q.ClientID != "" || q.SecretFile != "" || len(q.Allow) > 0 {
			return errors.New("expected --oidc-issuer with the other settings of oidc, found none")
		}
		return nil
	}
	if o.ExternalURL == "" {
		return errors.New("expected --external-url with --oidc-issuer: the issuer sends browsers back to it")
	}
	if q.ClientID == "" || len(q.Allow) == 0 {
		return errors.New("expected --oidc-client-id and --oidc-allow with --oidc-issuer")
	}
	so := signin.Options{Issuer: q.Issuer, ClientID: q.ClientID, Scopes: q.Scopes, GroupsClaim: q.GroupsClaim,
		RedirectURL: strings.TrimSuffix(o.ExternalURL, "/") + "/c/_/oidc/callback", Clock: o.Clock, Random: rand.Text}
	if so.Clock == nil {
		so.Clock = time.Now
	}
	for _, text := range q.Allow {
		g, err := signin.ParseGrant(text)
		if err != nil {
			return fmt.Errorf("--oidc-allow: %w", err)
		}
		so.Grants = append(so.Grants, g)
	}
	if q.SecretFile != "" {
		secret, err := os.ReadFile(q.SecretFile)
		if err != nil {
			return fmt.Errorf("--oidc-client-secret-file: %w", err)
		}
		if so.ClientSecret = strings.TrimSpace(string(secret)); so.ClientSecret == "" {
			return fmt.Errorf("expected the client's secret in %s, found nothing", q.SecretFile)
		}
	}
	var err error
	if o.issuer, err = signin.New(so); err != nil {
		return fmt.Errorf("--oidc-issuer: %w", err)
	}
	return nil
}

// reachIssuer says in the log whether people can sign in. Whoever does asks again.
func (d *Daemon) reachIssuer() {
	if _, err := d.options.issuer.Reach(d.ctx); err != nil {
		d.log.Warn("nobody can sign in at the issuer yet; keys work, and the issuer is asked again when somebody signs in",
			"error", err)
		return
	}
	d.log.Info("people can sign in", "issuer", d.options.OIDC.Issuer)
}

package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/splitledger/splitledger/server/settings"
	"github.com/splitledger/splitledger/server/signin"
)

// signinPage shows the form for a key.
func (c *Console) signinPage(w http.ResponseWriter, r *http.Request) {
	if s, _ := c.session(r); s != nil {
		http.Redirect(w, r, back(r.URL.Query().Get("to")), http.StatusSeeOther)
		return
	}
	c.askForKey(w, r, http.StatusOK, r.URL.Query().Get("to"), "", "")
}

// askForKey shows the form, with what was wrong with a key, or at the issuer.
func (c *Console) askForKey(w http.ResponseWriter, r *http.Request, status int, to, wrong, issuer string) {
	f := &form{Action: "/c/_/signin", Method: "post", Button: "Sign in", Class: "signin", Go: true,
		Hidden: [][2]string{{"to", back(to)}},
		Fields: []field{
			{Label: "User name", Name: "user", Value: "splitledger", Hidden: true, Autocomplete: "username"},
			{Label: "API key", Name: "key", Type: "password", Autocomplete: "current-password", Required: true,
				Error: wrong},
		}}
	var sections []section
	with := "With"
	if c.options.Issuer != nil {
		with = "Or with"
		var notes []note
		if issuer != "" {
			notes = []note{{Class: "warn", Bits: []bit{{Text: issuer}}}}
		}
		sections = append(sections, section{Notes: notes, Text: []bit{{Text: "Sign in with " + c.options.Issuer.Host(),
			Href: "/c/_/oidc?to=" + url.QueryEscape(back(to))}}})
	}
	p := &page{Title: "Sign in", Sections: append(sections, section{
		Text: []bit{{Text: with + " an API key that has the scope read. It is shown once, when it is made: splitledger keys create --data DIR " +
			"--name NAME --scopes read --ledgers '*'", Class: "soft"}},
		Form: f})}
	c.render(&view{console: c, r: r, zone: time.UTC}, w, status, p)
}

// signin begins a session for whoever gives a key that may read.
func (c *Console) signin(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		c.askForKey(w, r, http.StatusBadRequest, "", "The form could not be read.", "")
		return
	}
	now := c.options.Clock()
	key, ok := c.options.Settings.Authenticate(strings.TrimSpace(r.PostForm.Get("key")), now)
	wrong := ""
	switch {
	case !ok:
		wrong = "No key that counts. Was it revoked, or has it expired?"
	case !key.Has(settings.Read):
		wrong = "This key has not the scope read."
	case len(key.Accounts) > 0:
		wrong = "This key is for some accounts only; the console needs one for all."
	}
	if wrong != "" {
		entry := settings.AuditEntry{Address: address(r), Action: "access.refuse", Target: "console",
			Status: http.StatusUnauthorized}
		if ok {
			entry.By, entry.Status = key.By(), http.StatusForbidden
		}
		c.options.Settings.Refused(entry)
		c.askForKey(w, r, entry.Status, r.PostForm.Get("to"), wrong, "")
		return
	}
	if c.enter(w, r, key, false, "") {
		http.Redirect(w, r, back(r.PostForm.Get("to")), http.StatusSeeOther)
	}
}

// enter begins the session of somebody who may, and notes it.
func (c *Console) enter(w http.ResponseWriter, r *http.Request, key *settings.Key, person bool, called string) bool {
	if err := c.options.Settings.Note(settings.AuditEntry{By: key.By(), Address: address(r), Action: "session.begin",
		Target: called}); err != nil {
		c.fail(&view{console: c, r: r}, w, err)
		return false
	}
	_, text := c.begin(key, person)
	http.SetCookie(w, c.cookie(r, text, int(sessionTime/time.Second)))
	return true
}

// oidcCookie binds a sign-in under way to the browser that began it. It is Lax and not Strict: browsers must send it when
// the issuer sends them back.
func (c *Console) oidcCookie(r *http.Request, text string, age int) *http.Cookie {
	k := c.cookie(r, text, age)
	k.Name, k.SameSite = c.cookieOf(r)+"-signin", http.SameSiteLaxMode
	return k
}

// toIssuer sends a browser to the issuer.
func (c *Console) toIssuer(w http.ResponseWriter, r *http.Request) {
	to := back(r.URL.Query().Get("to"))
	ctx, cancel := context.WithTimeout(r.Context(), issuerTime)
	defer cancel()
	location, browser, err := c.options.Issuer.Begin(ctx, to)
	if err != nil {
		c.notSignedIn(w, r, to, err)
		return
	}
	http.SetCookie(w, c.oidcCookie(r, browser, int(issuerTime*60/time.Second)))
	http.Redirect(w, r, location, http.StatusSeeOther)
}

// issuerTime is how long the issuer may take to answer us.
const issuerTime = 15 * time.Second

// fromIssuer begins a session for somebody whom the issuer sends back.
func (c *Console) fromIssuer(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), issuerTime)
	defer cancel()
	browser := ""
	if k, err := r.Cookie(c.oidcCookie(r, "", 0).Name); err == nil {
		browser = k.Value
	}
	http.SetCookie(w, c.oidcCookie(r, "", -1))
	person, err := c.options.Issuer.Finish(ctx, r.URL.Query(), browser)
	if err == nil && !person.Key.Has(settings.Read) {
		err = &signin.Refusal{Message: "You have not the scope read here.", By: person.Key.By()}
	}
	if err != nil {
		c.notSignedIn(w, r, "", err)
		return
	}
	if !c.enter(w, r, person.Key, true, person.Email) {
		return
	}
	// A redirect would count as the issuer's, and browsers send a Strict cookie only with what our own pages ask for.
	w.Header().Set("Refresh", "0; url="+person.To)
	c.render(&view{console: c, r: r, zone: time.UTC}, w, http.StatusOK, &page{Title: "Signed in",
		Sections: []section{{Text: []bit{{Text: "Go on", Href: person.To}}}}})
}

// notSignedIn shows the form for a key, with why the issuer was of no use.
func (c *Console) notSignedIn(w http.ResponseWriter, r *http.Request, to string, err error) {
	refusal, ok := errors.AsType[*signin.Refusal](err)
	if !ok {
		c.options.Log.Error("signing in", "error", err)
		c.askForKey(w, r, http.StatusServiceUnavailable, to, "", "Signing in with "+c.options.Issuer.Host()+
			" does not work now; the server's log says why. A key does.")
		return
	}
	if refusal.Cause != nil {
		c.options.Log.Error("signing in", "error", refusal.Cause)
	}
	c.options.Settings.Refused(settings.AuditEntry{By: refusal.By, Address: address(r), Action: "access.refuse",
		Target: "console", Status: http.StatusForbidden})
	c.askForKey(w, r, http.StatusForbidden, to, "", refusal.Message)
}

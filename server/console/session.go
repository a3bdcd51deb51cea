package console

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server/settings"
)

// How long a session lasts, and how long nobody may ask in it.
const (
	sessionTime = 12 * time.Hour
	idleTime    = 30 * time.Minute
)

// maxSessions bounds the sessions that are kept, of one key and in all: the oldest go.
const (
	maxSessions    = 10_000
	maxSessionsKey = 50
)

// Names of the cookie. A name that begins with __Host- has browsers refuse it over plain HTTP, and from other hosts of
// the domain. On this machine itself there may be no TLS.
const (
	cookieName  = "__Host-splitledger"
	cookiePlain = "splitledger"
)

// errSignedOut says that somebody has to sign in.
var errSignedOut = errors.New("not signed in")

// A session is of somebody who signed in with a key.
type session struct {
	id   string // the hash of the cookie's text, which is not kept
	key  string // id of the API key
	csrf string
	// began and used are when it was begun and last used.
	began, used time.Time

	mu   sync.Mutex
	done map[string]outcome // what its forms did, by the plan that was confirmed
}

// owns reports whether a token is that of the session.
func (s *session) owns(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(s.csrf)) == 1
}

// sessions are those that there are, by the hash of their cookie.
type sessions struct {
	mu  sync.Mutex
	all map[string]*session
}

// hashed is what a cookie's text is kept as.
func hashed(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

// begin makes a session of a key, and returns it with the text of its cookie.
func (c *Console) begin(key string) (*session, string) {
	text, now := c.random(), c.options.Clock()
	s := &session{id: hashed(text), key: key, csrf: c.random(), began: now, used: now, done: map[string]outcome{}}
	c.sessions.mu.Lock()
	defer c.sessions.mu.Unlock()
	of := 0
	var oldest, oldestOfKey *session
	for id, other := range c.sessions.all {
		if other.over(now) {
			delete(c.sessions.all, id)
			continue
		}
		older := func(than *session) bool { return than == nil || other.used.Before(than.used) }
		if older(oldest) {
			oldest = other
		}
		if other.key == key {
			if of++; older(oldestOfKey) {
				oldestOfKey = other
			}
		}
	}
	if of >= maxSessionsKey {
		delete(c.sessions.all, oldestOfKey.id)
	} else if len(c.sessions.all) >= maxSessions {
		delete(c.sessions.all, oldest.id)
	}
	c.sessions.all[s.id] = s
	return s, text
}

// over reports whether a session has ended.
func (s *session) over(now time.Time) bool {
	return now.Sub(s.began) >= sessionTime || now.Sub(s.used) >= idleTime
}

// session finds the session of a request, and its key. A key that was revoked or has expired ends its sessions.
func (c *Console) session(r *http.Request) (*session, *settings.Key) {
	cookie, err := r.Cookie(c.cookieOf(r))
	if err != nil {
		return nil, nil
	}
	now := c.options.Clock()
	c.sessions.mu.Lock()
	defer c.sessions.mu.Unlock()
	s := c.sessions.all[hashed(cookie.Value)]
	if s == nil {
		return nil, nil
	}
	key, ok := c.options.Settings.Key(s.key, now)
	if s.over(now) || !ok {
		delete(c.sessions.all, s.id)
		return nil, nil
	}
	if r.Header.Get(byItself) == "" {
		s.used = now
	}
	return s, key
}

// cookieOf is the name of the cookie of a request: browsers keep the one that begins with __Host- only where they use
// TLS.
func (c *Console) cookieOf(r *http.Request) string {
	if c.plain(r) {
		return cookiePlain
	}
	return cookieName
}

// plain reports whether a browser reaches the console without TLS, which only one on this machine does.
func (c *Console) plain(r *http.Request) bool {
	host := r.Host
	if name, _, err := net.SplitHostPort(r.Host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return r.TLS == nil && !strings.HasPrefix(c.options.ExternalURL, "https:") && (host == "localhost" || ip != nil &&
		ip.IsLoopback())
}

// cookie is that of a session, or with an age below zero what deletes it.
func (c *Console) cookie(r *http.Request, text string, age int) *http.Cookie {
	return &http.Cookie{Name: c.cookieOf(r), Value: text, Path: "/", MaxAge: age, HttpOnly: true, Secure: !c.plain(r),
		SameSite: http.SameSiteStrictMode}
}

// toSignin leads to the page where people sign in, and from there back to the page that was asked for.
func (c *Console) toSignin(w http.ResponseWriter, r *http.Request) {
	to := "/c/_/signin"
	if r.Method == http.MethodGet && r.URL.Path != "/c/" {
		to += "?to=" + url.QueryEscape(r.URL.RequestURI())
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// back is a path of the console that somebody may be led back to: no other host, and nothing else of this one.
func back(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Opaque != "" || !strings.HasPrefix(u.Path, "/c/") ||
		strings.HasPrefix(u.Path, "/c/_/") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/c/"
	}
	return u.String()
}

// signinPage shows the form for a key.
func (c *Console) signinPage(w http.ResponseWriter, r *http.Request) {
	if s, _ := c.session(r); s != nil {
		http.Redirect(w, r, back(r.URL.Query().Get("to")), http.StatusSeeOther)
		return
	}
	c.askForKey(w, r, http.StatusOK, r.URL.Query().Get("to"), "")
}

// askForKey shows the form, with what was wrong.
func (c *Console) askForKey(w http.ResponseWriter, r *http.Request, status int, to, wrong string) {
	f := &form{Action: "/c/_/signin", Method: "post", Button: "Sign in", Class: "signin", Go: true,
		Hidden: [][2]string{{"to", back(to)}},
		Fields: []field{
			{Label: "User name", Name: "user", Value: "splitledger", Hidden: true, Autocomplete: "username"},
			{Label: "API key", Name: "key", Type: "password", Autocomplete: "current-password", Required: true,
				Error: wrong},
		}}
	p := &page{Title: "Sign in", Sections: []section{{
		Text: []bit{{Text: "With an API key that has the scope read. It is shown once, when it is made: splitledger keys create --data DIR " +
			"--name NAME --scopes read --ledgers '*'", Class: "soft"}},
		Form: f}}}
	c.render(&view{console: c, r: r, zone: time.UTC}, w, status, p)
}

// signin begins a session for whoever gives a key that may read.
func (c *Console) signin(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		c.askForKey(w, r, http.StatusBadRequest, "", "The form could not be read.")
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
		c.askForKey(w, r, entry.Status, r.PostForm.Get("to"), wrong)
		return
	}
	if err := c.options.Settings.Note(settings.AuditEntry{By: key.By(), Address: address(r),
		Action: "session.begin"}); err != nil {
		c.fail(&view{console: c, r: r}, w, err)
		return
	}
	_, text := c.begin(key.ID)
	http.SetCookie(w, c.cookie(r, text, int(sessionTime/time.Second)))
	http.Redirect(w, r, back(r.PostForm.Get("to")), http.StatusSeeOther)
}

// signout ends the session.
func (c *Console) signout(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	s, _ := c.session(r)
	if s != nil {
		if r.ParseForm() != nil || !s.owns(r.PostForm.Get("csrf")) {
			c.fail(&view{console: c, r: r}, w, ledger.Errorf(forbidden,
				"this form is not of your session; open the page again"))
			return
		}
		c.sessions.mu.Lock()
		delete(c.sessions.all, s.id)
		c.sessions.mu.Unlock()
	}
	http.SetCookie(w, c.cookie(r, "", -1))
	http.Redirect(w, r, "/c/_/signin", http.StatusSeeOther)
}

// address is that of the other end, for the audit.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return cmp.Or(map[bool]string{true: host}[err == nil], r.RemoteAddr)
}

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

// A session is of somebody who signed in with a key, or at the issuer.
type session struct {
	id     string        // the hash of the cookie's text, which is not kept
	key    *settings.Key // what it was begun with
	person bool          // begun at the issuer: the key is in no store
	csrf   string
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
func (c *Console) begin(key *settings.Key, person bool) (*session, string) {
	text, now := c.random(), c.options.Clock()
	s := &session{id: hashed(text), key: key, person: person, csrf: c.random(), began: now, used: now,
		done: map[string]outcome{}}
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
		if other.key.By() == key.By() {
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
	key, ok := s.key, s.person
	if !s.person {
		key, ok = c.options.Settings.Key(s.key.ID, now)
	}
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

// signout ends the session.
func (c *Console) signout(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	s, key := c.session(r)
	if s != nil {
		if r.ParseForm() != nil || !s.owns(r.PostForm.Get("csrf")) {
			c.fail(&view{console: c, r: r}, w, errNotOwned)
			return
		}
		c.sessions.mu.Lock()
		delete(c.sessions.all, s.id)
		c.sessions.mu.Unlock()
		if err := c.options.Settings.Note(settings.AuditEntry{By: key.By(), Address: address(r),
			Action: "session.end"}); err != nil {
			c.options.Log.Warn("the audit", "error", err)
		}
	}
	http.SetCookie(w, c.cookie(r, "", -1))
	http.Redirect(w, r, "/c/_/signin", http.StatusSeeOther)
}

// address is that of the other end, for the audit.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return cmp.Or(map[bool]string{true: host}[err == nil], r.RemoteAddr)
}

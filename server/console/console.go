// Package console is what people see of a server in a browser: pages about ledgers, made by html/template on the server.
//
// Pages need no script. A page is data, a [page] of sections, tables and forms, which one set of templates renders; so
// texts that users gave are escaped in one place. Figures are the answers of package query, and every table can be had
// as CSV, which is the API's own. Whoever signs in gives an API key, or comes from an issuer of OpenID Connect, and may do in a
// browser what the key, or the settings for the person, allow: cookie sessions live in memory and end with the process.
//
// All pages are rows of one table, [pages], from which also the side bar is made: there is no link to a page that does
// not exist.
package console

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/runs"
	"github.com/splitledger/splitledger/server/settings"
	"github.com/splitledger/splitledger/server/signin"
)

//go:embed assets/* pages/*.html
var files embed.FS

// Options of a console.
type Options struct {
	Settings *settings.Store                  // has the keys that people sign in with
	Names    func() []string                  // of the ledgers
	Books    func(ledger string) *query.Books // nil where there is no such ledger
	Issuer   *signin.Client                   // where people sign in instead; nil: with keys alone
	Runs     func(ledger string) *runs.Store  // its reconciliations, nil where there is no such ledger; nil: none are shown
	// CSV answers GET requests of the API for a caller who was checked to be allowed to read the ledger; nil: no table
	// can be had as CSV.
	CSV func(by string) http.Handler
	// ExternalURL is how browsers reach the server through a proxy, "" where they reach it as it is.
	ExternalURL string
	Version     string
	Log         *slog.Logger     // slog.Default if nil
	Clock       func() time.Time // time.Now if nil
	Random      io.Reader        // of sessions; crypto/rand if nil
}

// A Console answers requests for pages.
type Console struct {
	options  Options
	mux      *http.ServeMux
	page     *template.Template
	sessions sessions
	scans    scans
	counts   counts
	looking  chan struct{} // has room for one page that is asked for again by itself
	origin   *http.CrossOriginProtection
	stopping context.Context // done when the server stops: feeds end
	stop     context.CancelFunc
}

// New makes a console.
func New(o Options) *Console {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	c := &Console{options: o, mux: http.NewServeMux(), origin: http.NewCrossOriginProtection(),
		looking: make(chan struct{}, 1),
		page:    template.Must(template.ParseFS(files, "pages/*.html"))}
	c.sessions.all, c.counts.all = map[string]*session{}, map[string]*kept{}
	c.scans.all, c.scans.running = map[string]*splitScan{}, map[string]chan struct{}{}
	c.stopping, c.stop = context.WithCancel(context.Background())
	c.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/c/", http.StatusSeeOther)
	})
	c.mux.HandleFunc("GET /c/{$}", c.ledgers)
	for name, media := range assets {
		c.mux.HandleFunc("GET /c/_/"+name, asset(name, media))
	}
	c.mux.HandleFunc("GET /c/_/signin", c.signinPage)
	c.mux.HandleFunc("POST /c/_/signin", c.signin)
	if o.Issuer != nil {
		c.mux.HandleFunc("GET /c/_/oidc", c.toIssuer)
		c.mux.HandleFunc("GET /c/_/oidc/callback", c.fromIssuer)
	}
	c.mux.HandleFunc("POST /c/_/signout", c.signout)
	c.mux.HandleFunc("POST /c/_/look", c.setLook)
	c.mux.HandleFunc("GET /c/{ledger}/csv/{path...}", c.csv)
	c.mux.HandleFunc("GET /c/{ledger}/feed", c.feed)
	for i := range pages {
		p := &pages[i]
		c.mux.HandleFunc("GET /c/{ledger}"+p.path, func(w http.ResponseWriter, r *http.Request) { c.serve(p, w, r) })
		if p.act != nil {
			c.mux.HandleFunc("POST /c/{ledger}"+p.path, func(w http.ResponseWriter, r *http.Request) {
				c.serve(p, w, r)
			})
		}
	}
	c.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		c.fail(&view{console: c, r: r}, w, ledger.Errorf(notFound, "there is no page %s here", r.URL.Path))
	})
	return c
}

// Close ends the feeds of pages, which would else keep a server from stopping.
func (c *Console) Close() { c.stop() }

// assets are the files that pages have, and their types.
var assets = map[string]string{"console.css": "text/css; charset=utf-8", "console.js": "text/javascript; charset=utf-8",
	"icon.svg": "image/svg+xml"}

// notFound is the code of paths that are none.
const notFound ledger.Code = "not_found"

// notHere is the error of what a page has not.
func notHere(format string, a ...any) error { return ledger.Errorf(notFound, format, a...) }

// policy is the content security policy of all pages: our own style sheet and script files, and no other host.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

// maxForm bounds what a form may send.
const maxForm = 64 << 10

// readTime is how long a page may be worked on.
const readTime = 60 * time.Second

// ServeHTTP answers a request.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			c.options.Log.Error("panic", "path", r.URL.Path, "panic", p)
			c.fail(&view{console: c, r: r}, w, ledger.Errorf("internal",
				"something went wrong here; the server's log has it"))
		} else if p != nil {
			panic(p)
		}
	}()
	if err := c.origin.Check(r); err != nil {
		c.fail(&view{console: c, r: r}, w, ledger.Errorf(forbidden, "this form was not sent by a page of the console"))
		return
	}
	c.mux.ServeHTTP(w, r)
}

// asset answers with a file that changes only with the program.
func asset(name, media string) http.HandlerFunc {
	text, err := files.ReadFile("assets/" + name)
	if err != nil {
		panic(err)
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.Header().Set("Cache-Control", "no-cache")
		w.Write(text)
	}
}

// forbidden is the code of what a key does not allow.
const forbidden ledger.Code = "forbidden"

// serve answers a request of a page about a ledger: whoever is not signed in is asked to, and what the key does not
// allow is refused.
func (c *Console) serve(p *pageOf, w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, cmp.Or(p.body, maxForm))
	ctx, cancel := context.WithTimeout(r.Context(), cmp.Or(p.time, readTime))
	defer cancel()
	r = r.WithContext(ctx)
	if r.Header.Get(byItself) != "" {
		select { // one at a time: whoever works goes before pages that only keep themselves current
		case c.looking <- struct{}{}:
			defer func() { <-c.looking }()
		case <-ctx.Done():
			return
		}
	}
	v, err := c.view(p, r)
	switch {
	case errors.Is(err, errSignedOut):
		c.toSignin(w, r)
		return
	case err != nil:
		c.fail(v, w, err)
		return
	}
	if r.Method == http.MethodPost {
		to, err := v.post(p)
		if err != nil {
			c.fail(v, w, err)
			return
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	if v.query.Get(csvParam) != "" {
		if err := c.sectionCSV(p, v, w); err != nil {
			c.fail(v, w, err)
		}
		return
	}
	pg, err := p.show(v)
	if to, ok := errors.AsType[elsewhere](err); ok {
		http.Redirect(w, r, string(to), http.StatusSeeOther)
		return
	}
	if err != nil {
		c.fail(v, w, err)
		return
	}
	c.render(v, w, http.StatusOK, pg)
}

// post does what a form asks for, once its token is that of the session.
func (v *view) post(p *pageOf) (to string, err error) {
	if err := v.r.ParseForm(); err != nil {
		return "", ledger.Errorf(ledger.Invalid, "expected a form, found %v", err)
	}
	if !v.session.owns(v.r.PostForm.Get("csrf")) {
		return "", errNotOwned
	}
	return p.act(v)
}

// errNotOwned says that a form has not the token of the session.
var errNotOwned = ledger.Errorf(forbidden, "this form is not of your session; open the page again")

// view finds who asks, and about which ledger.
func (c *Console) view(p *pageOf, r *http.Request) (*view, error) {
	v := &view{console: c, r: r, page: p, query: r.URL.Query(), zone: time.UTC}
	s, key := c.session(r)
	if s == nil {
		return v, errSignedOut
	}
	v.session, v.key = s, key
	name := r.PathValue("ledger")
	if !key.HasLedger(name) {
		return v, ledger.Errorf(forbidden, "your key is not for ledger %s", name)
	}
	if v.books = c.options.Books(name); v.books == nil {
		return v, ledger.Errorf("unknown_ledger", "there is no ledger %s", name)
	}
	v.ledger, v.table = name, v.books.Ledger.Table().Grouped()
	if p != nil && p.scope != "" && !key.Has(p.scope) {
		return v, ledger.Errorf(forbidden, "this page needs a key with the scope %s; yours has %s", p.scope,
			scopes(key))
	}
	if p != nil && p.scope == settings.Admin && !key.HasLedger(settings.All) {
		return v, ledger.Errorf(forbidden, "this page is about the settings of all ledgers, and needs a key for all of them")
	}
	if name := v.query.Get("zone"); name != "" {
		zone, err := query.ParseZone(name)
		if err != nil {
			return v, &ledger.Error{Code: ledger.Invalid, Field: "zone", Message: err.Error()}
		}
		v.zone = zone
	}
	if err := v.plainMoments(); err != nil || p == nil || !p.timed {
		return v, err
	}
	if _, _, recorded, err := v.asOf(); err != nil || !recorded.Given() {
		return v, err
	} else if v.books, err = v.books.AsRecorded(recorded.Last(v.zone)); err != nil {
		return v, err
	}
	return v, nil
}

// scopes names the scopes of a key.
func scopes(k *settings.Key) string {
	return strings.Join(query.Rows(k.Scopes, func(s settings.Scope) string { return string(s) }), ", ")
}

// ledgers leads to the ledger of the key, or lists those that it is for.
func (c *Console) ledgers(w http.ResponseWriter, r *http.Request) {
	s, key := c.session(r)
	if s == nil {
		c.toSignin(w, r)
		return
	}
	names := slices.DeleteFunc(c.options.Names(), func(name string) bool { return !key.HasLedger(name) })
	if len(names) == 1 {
		http.Redirect(w, r, "/c/"+names[0]+"/", http.StatusSeeOther)
		return
	}
	v := &view{console: c, r: r, session: s, key: key, zone: time.UTC}
	t := &table{Columns: []column{{Head: "Ledger"}, {"Records", "n"}},
		Empty: "No ledger yet. Make one with: splitledger ledgers create --data DIR NAME"}
	for _, name := range names {
		if b := c.options.Books(name); b != nil {
			t.row(cell{Bits: []bit{{Text: name, Href: "/c/" + name + "/", Class: "row"}}},
				v.count(b.Ledger.Stats().Records))
		}
	}
	c.render(v, w, http.StatusOK, &page{Title: "Ledgers", Sections: []section{{Table: t}}})
}

// csv answers with a table of the API as CSV, of the ledger alone.
func (c *Console) csv(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readTime)
	defer cancel()
	r = r.WithContext(ctx)
	v, err := c.view(&pageOf{scope: settings.Read}, r)
	if errors.Is(err, errSignedOut) {
		c.toSignin(w, r)
		return
	}
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/c/"+v.ledger+"/csv")
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if err == nil && (c.options.CSV == nil || !slices.Contains(tablesOfAPI, first)) {
		err = ledger.Errorf(notFound, "there is no such table here")
	}
	if err != nil {
		c.fail(v, w, err)
		return
	}
	q := r.URL.Query()
	q.Set("format", "csv")
	u, err := url.Parse("/v1/ledgers/" + v.ledger + path)
	if err != nil {
		c.fail(v, w, err)
		return
	}
	u.RawQuery = q.Encode()
	to := r.Clone(r.Context())
	to.URL, to.Header, to.Body = u, http.Header{}, http.NoBody
	w.Header().Set("Content-Disposition", "attachment; filename=\""+v.ledger+"-"+first+".csv\"")
	c.options.CSV(v.key.By()).ServeHTTP(w, to)
}

// tablesOfAPI are what may be had as CSV: routes whose scope is read.
var tablesOfAPI = []string{"payments", "accounts", "balances", "reports", "splits", "notices", "payouts", "due", "open"}

// statuses are those of codes that the console meets in reading; others are errors of the server.
var statuses = map[ledger.Code]int{
	ledger.Invalid: http.StatusBadRequest, forbidden: http.StatusForbidden, notFound: http.StatusNotFound,
	"unauthenticated": http.StatusUnauthorized, "books_changed": http.StatusConflict,
}

// status is that of an error, and its code.
func status(err error) (int, ledger.Code) {
	e, coded := errors.AsType[*ledger.Error](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable, "unavailable"
	case errors.Is(err, posting.ErrNotFound):
		return http.StatusNotFound, notFound
	case !coded:
		return http.StatusInternalServerError, "internal"
	}
	if s := statuses[e.Code]; s != 0 {
		return s, e.Code
	}
	if strings.HasPrefix(string(e.Code), "unknown_") || e.Code == "not_found" {
		return http.StatusNotFound, e.Code
	}
	return http.StatusConflict, e.Code
}

// fail answers with a page that says what is wrong.
func (c *Console) fail(v *view, w http.ResponseWriter, err error) {
	s, code := status(err)
	message := err.Error()
	if e, ok := errors.AsType[*ledger.Error](err); ok {
		message = cmp.Or(e.Message, message)
		if e.Field != "" {
			message = e.Field + ": " + message
		}
	}
	if s == http.StatusInternalServerError {
		c.options.Log.Error("page", "path", v.r.URL.Path, "error", err)
	}
	title := map[int]string{http.StatusNotFound: "Not here", http.StatusForbidden: "Not allowed",
		http.StatusBadRequest: "Not understood",
		http.StatusConflict:   "Refused"}[s]
	pg := &page{Title: cmp.Or(title, "This did not work"), Sections: []section{{Notes: []note{{Class: "warn",
		Bits: []bit{{Text: message}}}},
		Text: []bit{{Text: fmt.Sprintf("Nothing was booked. Code %s, status %d.", code, s), Class: "soft"}}}}}
	c.render(v, w, s, pg)
}

// render writes a page. It is made as a whole first: half a page would look like all there is.
func (c *Console) render(v *view, w http.ResponseWriter, status int, p *page) {
	p.frame(v)
	var b bytes.Buffer
	if err := c.page.ExecuteTemplate(&b, "page.html", p); err != nil {
		c.options.Log.Error("page", "path", v.r.URL.Path, "error", err)
		http.Error(w, "this page could not be made; the server's log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

// random makes a text that nobody guesses.
func (c *Console) random() string {
	var b [32]byte
	if _, err := io.ReadFull(c.options.Random, b[:]); err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:])
}

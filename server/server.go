package server

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	adapters "github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/internal/sse"
	"github.com/splitledger/splitledger/server/runs"
	"github.com/splitledger/splitledger/server/settings"
	"github.com/splitledger/splitledger/server/webhooks"
)

// Options of a server. The zero value is useful: every caller may do everything, which is right only for a socket that
// nobody else can open, and for tests.
type Options struct {
	// Authenticate says who sent a request; nil lets everybody do everything, as "local". An error is answered as it
	// is, where it has a code, and else as unauthenticated.
	Authenticate func(*http.Request) (*Identity, error)
	// Settings has the keys that callers need, in place of Authenticate, and what the routes of settings are about.
	Settings *settings.Store
	// Webhooks sends records to the endpoints of the settings; whoever made it runs it.
	Webhooks *webhooks.Sender
	// Create makes and adds a ledger of a name; nil answers that none can be made.
	Create func(name string, assets []money.Asset) error
	// ExternalURL is how callers reach the server, where a proxy is in between: what they sign may have it.
	ExternalURL string
	Log         *slog.Logger     // slog.Default if nil
	Clock       func() time.Time // of the server's own times, time.Now if nil; the ledgers have theirs
	Version     string           // of the program, for the header Splitledger-Version
	Limits      Limits
}

// An Identity is who sent a request, and what that may do.
type Identity struct {
	By       string   // in the journal: key_…, user_…, intake_…, socket_…
	Scopes   []Scope  // Admin has all
	Ledgers  []string // names; "*" is all
	Accounts []string // ids or patterns: if any, only their balances, statements and explanations may be seen

	limiter *limiter
}

// may reports whether the identity has a scope.
func (i *Identity) may(s Scope) bool {
	return s == Open || s == AnyScope || slices.Contains(i.Scopes, s) || slices.Contains(i.Scopes, Admin)
}

// mayUse reports whether the identity may use a ledger.
func (i *Identity) mayUse(ledger string) bool {
	return slices.Contains(i.Ledgers, ledger) || slices.Contains(i.Ledgers, "*")
}

// everybody is who uses a server without keys.
var everybody = Identity{By: "local", Scopes: []Scope{Admin}, Ledgers: []string{"*"}}

// A Server answers requests about ledgers. It is made by [New], and closed before its ledgers are.
type Server struct {
	options Options
	log     *slog.Logger
	now     func() time.Time
	mux     *http.ServeMux
	routes  []*Route
	limits  Limits
	local   Identity // who is not authenticated, where nobody is
	strange addresses
	intake  limiter // of notifications, whoever sends them
	metrics *metrics

	versionHeader []string
	keys          *keyring

	document func() (*document, error) // made when it is asked for

	mu      sync.RWMutex
	ledgers map[string]*hosted
	feeds   *sse.Budget // what waits for clients of feeds

	stopping context.Context // done when the server is being closed: streams end
	stop     context.CancelFunc
}

// A hosted ledger is one that the server answers for.
type hosted struct {
	name   string
	ledger *ledger.Ledger
	books  *query.Books
	runs   *runs.Store
}

// New returns a server without ledgers.
func New(o Options) *Server {
	s := &Server{options: o, log: o.Log, now: o.Clock, ledgers: map[string]*hosted{}, local: everybody, limits: o.Limits.orDefaults(),
		feeds: &sse.Budget{Max: maxFeeds}}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.local.limiter = new(limiter)
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.versionHeader = []string{s.version()}
	s.metrics = newMetrics(s)
	if o.Settings != nil {
		s.keys = &keyring{settings: o.Settings}
	}
	s.routes = allRoutes()
	s.document = sync.OnceValues(s.makeDocument)
	s.metrics.know(s.routes)
	s.mux = http.NewServeMux()
	for _, r := range s.routes {
		s.mux.HandleFunc(r.Method+" "+r.Path, func(w http.ResponseWriter, q *http.Request) { s.serve(r, w, q) })
	}
	s.mux.HandleFunc("/", s.nothing)
	return s
}

// version is the program's.
func (s *Server) version() string { return cmp.Or(s.options.Version, "devel") }

// Routes returns the table of all routes.
func (s *Server) Routes() []*Route { return s.routes }

// ledgerName is what a ledger may be called.
var ledgerName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// Add has the server answer for a ledger under a name: a lower case letter or digit, then up to 62 of these and of
// dashes. The caller closes the ledger, after the server.
func (s *Server) Add(name string, l *ledger.Ledger) error {
	if !ledgerName.MatchString(name) {
		return &ledger.Error{Code: ledger.Invalid, Field: "name",
			Message: "expected 1 to 63 lower case letters, digits and dashes, and no dash at the beginning, found " + name}
	}
	books, err := query.Of(l)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ledgers[name] != nil {
		return &ledger.Error{Code: posting.DuplicateReference, Field: "name", Message: "expected a new name, found that of a ledger: " + name}
	}
	books.Name = name
	kept, err := runs.OpenStore(l, books, runs.Settings{Registry: adapters.Registry(), Clock: s.options.Clock, Log: s.log, Compared: s.metrics.compared})
	if err != nil {
		return err
	}
	s.ledgers[name] = &hosted{name, l, books, kept}
	return nil
}

// Close ends what the server does by itself, and the streams. Requests that come later are answered as unavailable.
func (s *Server) Close() error {
	if s.stopping.Err() != nil {
		return nil
	}
	s.stop()
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, h := range s.ledgers {
		if err := h.runs.Close(); err != nil {
			return err
		}
	}
	return nil
}

// hosted returns the ledger of a name.
func (s *Server) hosted(name string) *hosted {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.ledgers[name]
}

// Books are those of a ledger that the server answers for, nil where there is none of that name.
func (s *Server) Books(ledger string) *query.Books {
	if h := s.hosted(ledger); h != nil {
		return h.books
	}
	return nil
}

// Runs are the reconciliations of a ledger that the server answers for, nil where there is none of that name.
func (s *Server) Runs(ledger string) *runs.Store {
	if h := s.hosted(ledger); h != nil {
		return h.runs
	}
	return nil
}

// Names lists the ledgers.
func (s *Server) Names() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var names []string
	for name := range s.ledgers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// ServeMux would redirect a path that is not clean. A client that sends one is wrong, or up to something.
	if !clean(r.URL.EscapedPath()) {
		s.nothing(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// nothing answers that there is no such path, or that it has not this method.
func (s *Server) nothing(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	c := s.begin(nil, w, r)
	if allowed := s.allowed(r, path); allowed != "" {
		w.Header().Set("Allow", allowed)
		c.refuse(ledger.Errorf(MethodNotAllowed, "expected one of %s, found %s", allowed, r.Method))
		s.metrics.count(c, time.Time{})
		return
	}
	c.refuse(ledger.Errorf(NotFound, "there is no %s here", path))
	s.metrics.count(c, time.Time{})
}

// clean reports whether a path has no empty, "." or ".." segments.
func clean(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.Contains(path, "//") && !strings.Contains(path+"/", "/./") &&
		!strings.Contains(path+"/", "/../")
}

// allowed lists the methods that a path has, "" if there is no such path.
func (s *Server) allowed(r *http.Request, path string) string {
	if !clean(path) {
		return ""
	}
	var methods []string
	other := r.Clone(r.Context())
	for _, m := range []string{"GET", "HEAD", "POST", "PATCH", "DELETE"} {
		other.Method = m
		if _, pattern := s.mux.Handler(other); pattern != "" && pattern != "/" {
			methods = append(methods, m)
		}
	}
	return strings.Join(methods, ", ")
}

// A call is a request that is being answered.
type call struct {
	server *Server
	route  *Route
	w      http.ResponseWriter
	r      *http.Request
	id     string // of the request
	who    *Identity
	ledger *hosted // of routes of a ledger
	status int     // answered; 0 before
	code   ledger.Code

	// What a problem names besides its error.
	event  string
	line   int
	single bool // a list of at most one, of ?id=
	inPath bool // what is unknown is named by the path
}

// name is the route's, for logs and metrics: no id is in it.
func (c *call) name() string {
	if c.route == nil {
		return "none"
	}
	return c.route.Method + " " + c.route.Path
}

// requestID is what a client may call its request.
var requestID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// begin starts the answer to a request: it has an id from here on.
func (s *Server) begin(route *Route, w http.ResponseWriter, r *http.Request) *call {
	c := &call{server: s, route: route, w: w, r: r, id: r.Header.Get("Request-Id")}
	if !requestID.MatchString(c.id) {
		c.id = newID()
	}
	h := w.Header()
	h["Request-Id"] = []string{c.id}
	h["Splitledger-Version"] = s.versionHeader
	h["Cache-Control"], h["X-Content-Type-Options"], h["Referrer-Policy"], h["X-Frame-Options"] = noStore, noSniff, noReferrer, noFrame
	return c
}

// Headers that every answer has. They are shared, so that an answer makes no garbage for them.
var (
	noStore    = []string{"no-store"}
	noSniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	noFrame    = []string{"DENY"}
	asJSON     = []string{"application/json"}
)

// newID makes the id of a request.
func newID() string {
	random.Lock()
	defer random.Unlock()
	return uuid.Must(uuid.NewV7FromReader(random.in)).String()
}

// random is read in larger pieces: each is a call of the system.
var random = struct {
	sync.Mutex
	in io.Reader
}{in: bufio.NewReader(rand.Reader)}

// serve answers a request of a route.
func (s *Server) serve(route *Route, w http.ResponseWriter, r *http.Request) {
	c := s.begin(route, w, r)
	began := time.Now()
	s.metrics.of[route].inFlight.Inc()
	defer func() {
		s.metrics.of[route].inFlight.Dec()
		s.metrics.count(c, began)
	}()
	defer c.recovered()
	if r.ContentLength < 0 { // a refusal must not wait for the end of a stream; HTTP/2 never does
		http.NewResponseController(w).EnableFullDuplex()
	}
	done, err := c.admit()
	defer done()
	if err == nil {
		err = c.route.handle(c)
	}
	if err != nil && c.status == 0 {
		c.refuse(err)
	} else if err != nil {
		// The answer has begun: only a cut connection says that it is not whole.
		s.log.Warn("answer cut off", "request", c.id, "route", c.name(), "error", err)
		panic(http.ErrAbortHandler)
	}
}

// recovered answers with an internal error where a handler panicked, so that one bad request does not end the server.
func (c *call) recovered() {
	switch p := recover(); {
	case p == nil:
	case p == noSettings:
		c.refuse(noSettings)
	case p == http.ErrAbortHandler || c.status != 0:
		panic(http.ErrAbortHandler)
	default:
		c.server.log.Error("panic", "request", c.id, "route", c.name(), "panic", p)
		c.refuse(ledger.Errorf(Internal, "something went wrong here; the server's log has it under the request's id"))
	}
}

// admit says who asks, and refuses what that may not do, before anything of the body is read. done ends what it
// counted.
func (c *call) admit() (done func(), err error) {
	done = func() {}
	if c.server.stopping.Err() != nil {
		return done, ledger.Errorf(Unavailable, "the server is stopping")
	}
	if err := c.headersFit(); err != nil {
		return done, err
	}
	if err := c.authenticate(); err != nil {
		return done, err
	}
	if c.route.ofLedger() {
		name := c.r.PathValue("ledger")
		if c.route.Scope != Open && !c.who.mayUse(name) { // whether it exists or not
			return done, ledger.Errorf(Forbidden, "this key is not for ledger %s", name)
		}
		if c.ledger = c.server.hosted(name); c.ledger == nil {
			return done, ledger.Errorf(UnknownLedger, "there is no ledger %q", name)
		}
	}
	if done, err = c.limited(); err != nil {
		return done, err
	}
	if err := c.acceptable(); err != nil {
		return done, err
	}
	return done, c.reached()
}

// identify finds the identity of the caller.
func (c *call) identify() (*Identity, error) {
	if i, ok := c.r.Context().Value(peer{}).(*Identity); ok {
		return i, nil
	}
	switch s := c.server; {
	case s.options.Authenticate != nil:
		return s.options.Authenticate(c.r)
	case s.keys != nil:
		return s.keys.authenticate(c.r, c)
	}
	return &c.server.local, nil
}

// authenticate finds out who asks, and whether the route is for that.
func (c *call) authenticate() error {
	c.who = &c.server.local
	if c.route.Signed { // providers do not hold each other back, nor the routes that anybody may ask
		c.who = &Identity{limiter: &c.server.intake}
	}
	if c.route.Scope == Open {
		return nil
	}
	who, err := c.identify()
	if err != nil {
		if !c.server.strange.allow(address(c.r), c.server.now(), c.server.limits.Strangers) {
			return ledger.Errorf(RateLimited, "too many requests without a valid key from this address")
		}
		if _, coded := errors.AsType[*ledger.Error](err); !coded {
			c.server.log.Error("authentication", "request", c.id, "error", err)
		}
		return err
	}
	c.who = who
	if !who.may(c.route.Scope) {
		return ledger.Errorf(Forbidden, "expected a key with the scope %s", c.route.Scope)
	}
	// Settings are of all ledgers: who may change keys or webhooks could else reach any of them.
	if c.route.Scope == Admin && !c.route.ofLedger() && c.route.Path != "/v1/ledgers" && !who.mayUse(settings.All) {
		return ledger.Errorf(Forbidden, "expected a key for all ledgers: the settings of the server are of all of them")
	}
	if len(who.Accounts) > 0 && !c.route.ofAccounts() {
		return ledger.Errorf(Forbidden, "this key is for the balances, statements and explanations of some accounts only")
	}
	return nil
}

package webhooks

import (
	"cmp"
	"context"
	"crypto/x509"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/settings"
)

// Options of a sender. Settings and Books are needed.
type Options struct {
	Settings *settings.Store
	// Books returns those of a ledger, nil where there are none of that name, or not yet: see [Sender.Wake].
	Books   func(ledger string) *query.Books
	Guard   Guard
	Version string         // of the program, for the header User-Agent
	Roots   *x509.CertPool // who signs receivers' certificates; those of the system if nil
	// Tried is told of each try, for measures; it may be nil.
	Tried  func(endpoint string, d settings.Delivery)
	Log    *slog.Logger     // slog.Default if nil
	Clock  func() time.Time // time.Now if nil
	Jitter func() float64   // from 0 to 1, how long waits are within their tenth; random if nil
	// Timeout of a request, 15 s if 0.
	Timeout time.Duration
}

// A Sender sends to all endpoints. It is made by [New] and works while [Sender.Run] does.
type Sender struct {
	o     Options
	woken chan struct{} // holds one

	mu      sync.Mutex
	lanes   map[string]*lane // by endpoint
	replays map[string]context.CancelFunc
	running context.Context // while Run works, else nil
	work    sync.WaitGroup  // runners and replays
}

// A lane is the way to one endpoint: one request at a time, by connections of its own.
type lane struct {
	clients
	turn chan struct{} // has one while a request is under way
}

// New returns a sender, which sends nothing yet.
func New(o Options) *Sender {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	o.Timeout = cmp.Or(o.Timeout, requestTimeout)
	o.Version = cmp.Or(o.Version, "devel")
	return &Sender{o: o, woken: make(chan struct{}, 1), lanes: map[string]*lane{},
		replays: map[string]context.CancelFunc{}}
}

// Wake has the sender look again which ledgers there are.
func (s *Sender) Wake() {
	select {
	case s.woken <- struct{}{}:
	default: // it will
	}
}

// lane returns the way to an endpoint.
func (s *Sender) lane(endpoint string) *lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[endpoint]
	if l == nil {
		l = &lane{newClients(s.o.Guard, s.o.Roots), make(chan struct{}, 1)}
		s.lanes[endpoint] = l
	}
	return l
}

// A runner delivers to one endpoint, as it was defined when it began.
type runner struct {
	settings.Endpoint
	books *query.Books
	stop  context.CancelFunc
	ended chan struct{}

	stopped bool        // of those who look after runners alone
	left    atomic.Bool // it found the endpoint otherwise, and ended by itself
}

// same reports whether a runner would do what this one does.
func (r *runner) same(w *runner) bool {
	return !r.stopped && !r.left.Load() && r.books == w.books && r.defines(&w.Endpoint)
}

// defines reports whether an endpoint is defined as the runner has it. Its cursor and secrets are asked for each time.
func (r *runner) defines(e *settings.Endpoint) bool {
	return r.URL == e.URL && r.Ledger == e.Ledger && r.Format == e.Format &&
		slices.Equal(r.Types, e.Types) && slices.Equal(r.Accounts, e.Accounts)
}

// Run delivers to all endpoints that are active, and those that become so, until its context is done. Requests that are
// under way then are given up, and sent again by the next Run. It is called once.
func (s *Sender) Run(ctx context.Context) {
	s.mu.Lock()
	s.running = ctx
	s.mu.Unlock()
	runners := map[string]*runner{}
	for {
		changed := s.o.Settings.Changed()
		s.follow(ctx, runners)
		select {
		case <-changed:
			continue
		case <-s.woken:
			continue
		case <-ctx.Done():
		}
		break
	}
	s.mu.Lock()
	s.running = nil
	s.mu.Unlock()
	s.work.Wait()
	for _, l := range s.lanes { // nobody else is there
		l.rest()
	}
}

// follow starts and stops runners, so that there is one for each endpoint that is active and has a ledger. One whose
// definition changed is started anew.
func (s *Sender) follow(ctx context.Context, runners map[string]*runner) {
	wanted := map[string]*runner{}
	for _, e := range s.o.Settings.Endpoints() {
		if b := s.o.Books(e.Ledger); e.State == settings.Active && b != nil {
			wanted[e.ID] = &runner{Endpoint: e, books: b, ended: make(chan struct{})}
		}
	}
	for id, r := range runners {
		if wanted[id] == nil {
			r.stop()
			r.stopped = true
		}
	}
	s.forget(wanted)
	for id, w := range wanted {
		before := runners[id]
		if before != nil && before.same(w) {
			continue
		}
		own, stop := context.WithCancel(ctx)
		w.stop, runners[id] = stop, w
		s.work.Go(func() {
			defer close(w.ended)
			defer stop()
			if before != nil { // its request may still be under way, and moves the cursor
				before.stop()
				<-before.ended
			}
			s.deliver(ctx, own, w)
			if w.left.Load() {
				s.Wake() // the endpoint may be again as it was, and then nobody else says so
			}
		})
	}
}

// forget ends replays to endpoints that are not active any more, and drops the lanes of those that are gone.
func (s *Sender) forget(active map[string]*runner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, cancel := range s.replays {
		if active[id] == nil {
			cancel()
		}
	}
	for id, l := range s.lanes {
		if _, is := s.o.Settings.Endpoint(id); !is {
			l.rest()
			delete(s.lanes, id)
		}
	}
}

// Package daemon is what 'splitledger serve' runs: a server of all ledgers of a directory, with its settings, listeners
// and what it does by itself. It opens the ledgers, and so locks them, until it is closed.
package daemon

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server"
	"github.com/splitledger/splitledger/server/settings"
	"github.com/splitledger/splitledger/server/signin"
	"github.com/splitledger/splitledger/server/webhooks"
)

// DefaultListen is where a daemon listens unless it is told: nobody else on the network reaches it there.
const DefaultListen = "127.0.0.1:7420"

// Options of a daemon. Dir alone is enough.
type Options struct {
	Dir     string // of the ledgers NAME.db and of the settings; it is made where there is none
	Listen  string // HOST:PORT; [DefaultListen] if ""
	TLSCert string // files in PEM form, both or none; read again on SIGHUP, see [Daemon.Reload]
	TLSKey  string
	// Insecure allows plain HTTP on an address that others than this machine may reach: where a proxy has the
	// certificate.
	Insecure bool
	// MetricsListen is an address where metrics are given without a key; "" is nowhere. They name ledgers and providers,
	// and no account, payment or key.
	MetricsListen string
	// ExternalURL is how callers reach the server through a proxy, for what they sign: https://pay.example.com
	ExternalURL string
	// KeyFile has the key that secrets in the settings are encrypted with; if "", the file _server.key in Dir.
	KeyFile string
	// DueEvery is how often what has come due is booked; a minute if 0, never if below.
	DueEvery time.Duration
	// WebhooksAllow are networks, as CIDR, that webhooks may go to in spite of being the operator's own, and by http too.
	WebhooksAllow []string
	Assets        []money.Asset // of ledgers that are opened
	Limits        server.Limits
	OIDC          OIDC // how people sign in beside keys
	Version       string
	Log           *slog.Logger     // slog.Default if nil
	Clock         func() time.Time // time.Now if nil

	offline bool
	guard   webhooks.Guard
	issuer  *signin.Client
}

// A Daemon is a server of a directory.
type Daemon struct {
	options  Options
	log      *slog.Logger
	settings *settings.Store
	sender   *webhooks.Sender
	server   *server.Server

	mu      sync.Mutex
	ledgers []*ledger.Ledger

	listener, metrics, admin net.Listener
	sockets                  []func() error // beside the ledgers
	certificate              func() (*tls.Certificate, error)
	reload                   func() error

	work   sync.WaitGroup // what is done by itself
	cancel context.CancelFunc
	ctx    context.Context
}

// Open opens the settings, all ledgers and the listeners. Nothing is answered before [Daemon.Serve].
func Open(o Options) (*Daemon, error) {
	d, err := prepare(o)
	if err != nil {
		return nil, err
	}
	if err := d.openAll(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if err := d.listen(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Offline answers requests about a directory that no daemon serves, in this process and without listeners, as somebody
// who may do everything. Its ledgers are opened only where that is asked for; it must be closed.
func Offline(o Options, by string, ledgers bool) (h http.Handler, stop func() error, err error) {
	o.DueEvery, o.offline = -1, true
	d, err := prepare(o)
	if err != nil {
		return nil, nil, err
	}
	if ledgers {
		if err := d.openAll(); err != nil {
			return nil, nil, errors.Join(err, d.Close())
		}
	}
	return d.server.As(by), d.Close, nil
}

// prepare makes a daemon that has its settings and no ledger yet.
func prepare(o Options) (*Daemon, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	d := &Daemon{options: o, log: o.Log}
	if d.log == nil {
		d.log = slog.Default()
	}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	if err := d.openSettings(); err != nil {
		d.cancel()
		return nil, err
	}
	d.sender = webhooks.New(webhooks.Options{Settings: d.settings, Books: func(name string) *query.Books { return d.server.Books(name) },
		Guard: o.guard, Version: o.Version, Log: d.log, Clock: o.Clock, Tried: func(endpoint string, t settings.Delivery) { d.server.Tried(endpoint, t) }})
	d.server = server.New(server.Options{Settings: d.settings, Webhooks: d.sender, Log: d.log, Clock: o.Clock, Version: o.Version, Limits: o.Limits,
		ExternalURL: o.ExternalURL, Create: d.create})
	return d, nil
}

// openAll opens the ledgers of the directory.
func (d *Daemon) openAll() error {
	names, err := settings.Ledgers(d.options.Dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := d.open(name); err != nil {
			return fmt.Errorf("ledger %s: %w", name, err)
		}
	}
	return nil
}

// check refuses options that do not go together.
func (o *Options) check() error {
	if o.Dir == "" {
		return errors.New("expected the directory of the ledgers")
	}
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	if (o.TLSCert == "") != (o.TLSKey == "") {
		return errors.New("expected a certificate and its key, found one of the two")
	}
	var err error
	if o.guard, err = webhooks.ParseGuard(o.WebhooksAllow); err != nil {
		return err
	}
	if err := o.checkOIDC(); err != nil {
		return err
	}
	for _, listen := range []string{o.Listen, o.MetricsListen} {
		if listen == "" {
			continue
		}
		host, _, err := net.SplitHostPort(listen)
		if err != nil {
			return fmt.Errorf("expected an address such as %s, found %q: %w", DefaultListen, listen, err)
		}
		if listen == o.Listen && !loopback(host) && o.TLSCert == "" && !o.Insecure {
			return fmt.Errorf("expected TLS for %s, which others can reach: give --tls-cert and --tls-key, or --insecure "+
				"where a proxy in front has the certificate", listen)
		}
	}
	return nil
}

// loopback reports whether only this machine reaches a host.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// openSettings opens the ledger of settings.
func (d *Daemon) openSettings() (err error) {
	o := settings.Options{Clock: d.options.Clock, Providers: all.Registry(), CheckURL: d.options.guard.CheckURL,
		Failed: func(err error) { d.log.Error("settings", "error", err) }}
	if d.options.KeyFile != "" {
		if o.Key, err = settings.ReadEncryptionKey(d.options.KeyFile); err != nil {
			return err
		}
	}
	d.settings, err = settings.Open(d.options.Dir, o)
	return err
}

// create makes a ledger, for the API.
func (d *Daemon) create(name string, assets []money.Asset) error {
	if err := settings.CheckLedger(name); err != nil {
		return err
	}
	path := d.path(name)
	if _, err := os.Stat(path); err == nil {
		return &ledger.Error{Code: posting.DuplicateReference, Field: "name", Message: "expected a new name, found that of a ledger: " + name}
	}
	return d.openWith(name, assets)
}

// path is the file of a ledger.
func (d *Daemon) path(name string) string { return filepath.Join(d.options.Dir, name+".db") }

// open opens a ledger, and answers for it.
func (d *Daemon) open(name string) error { return d.openWith(name, d.options.Assets) }

func (d *Daemon) openWith(name string, assets []money.Asset) error {
	began := time.Now()
	l, err := ledger.Open(d.path(name), ledger.Options{Clock: d.options.Clock, Assets: assets, Committed: d.server.Committed(name)})
	if err != nil {
		return err
	}
	if err := d.server.Add(name, l); err != nil {
		return errors.Join(err, l.Close())
	}
	var stop func() error
	if !d.options.offline {
		stop, err = server.Socket(l)
	}
	if err != nil {
		d.log.Warn("no socket beside the ledger: the command line cannot ask", "ledger", name, "error", err)
	}
	d.sender.Wake()
	d.mu.Lock()
	d.ledgers = append(d.ledgers, l)
	if stop != nil {
		d.sockets = append(d.sockets, stop)
	}
	d.mu.Unlock()
	d.log.Info("opened ledger", "ledger", name, "records", l.Stats().Records, "took", time.Since(began).Round(time.Millisecond))
	if d.options.DueEvery >= 0 {
		return d.keepDue(name, l)
	}
	return nil
}

// keepDue books what comes due in a ledger, under the name of the engine.
func (d *Daemon) keepDue(name string, l *ledger.Ledger) error {
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		return err
	}
	every := d.options.DueEvery
	if every == 0 {
		every = time.Minute
	}
	d.work.Go(func() {
		book.As("engine").KeepDue(d.ctx, every, func(booked int, err error) {
			d.log.Info("booked what was due", "ledger", name, "events", booked, "error", err)
		})
	})
	return nil
}

// listen opens the listeners, so that a port that is taken is an error at once.
func (d *Daemon) listen() (err error) {
	if d.listener, err = net.Listen("tcp", d.options.Listen); err != nil {
		return err
	}
	if d.options.TLSCert != "" {
		if err := d.loadCertificate(); err != nil {
			return err
		}
		d.listener = tls.NewListener(d.listener, &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return d.certificate() }})
	}
	if d.options.MetricsListen != "" {
		if d.metrics, err = net.Listen("tcp", d.options.MetricsListen); err != nil {
			return err
		}
	}
	d.admin, err = server.ListenSocket(AdminSocket(d.options.Dir))
	return err
}

// AdminSocket is the socket of a daemon, through which its user does everything without a key: 'splitledger keys' asks
// there.
func AdminSocket(dir string) string { return filepath.Join(dir, "_server.sock") }

// loadCertificate reads the certificate, and again whenever the daemon is told to.
func (d *Daemon) loadCertificate() error {
	var mu sync.Mutex
	var current *tls.Certificate
	d.reload = func() error {
		c, err := tls.LoadX509KeyPair(d.options.TLSCert, d.options.TLSKey)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		current = &c
		return nil
	}
	d.certificate = func() (*tls.Certificate, error) {
		mu.Lock()
		defer mu.Unlock()
		return current, nil
	}
	return d.reload()
}

// Reload reads the certificate's files again. Connections go on.
func (d *Daemon) Reload() error {
	if d.reload == nil {
		return nil
	}
	return d.reload()
}

// Addr is where the daemon listens.
func (d *Daemon) Addr() net.Addr { return d.listener.Addr() }

// URL is how it is reached from this machine.
func (d *Daemon) URL() string {
	scheme := "http"
	if d.options.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + d.Addr().String()
}

// Settings are the settings of the daemon's server.
func (d *Daemon) Settings() *settings.Store { return d.settings }

// Server answers the requests.
func (d *Daemon) Server() *server.Server { return d.server }

// grace is how long requests that are under way may take once the daemon stops.
const grace = 20 * time.Second

// Serve answers requests until ctx is done, and then ends: streams are told, requests under way are finished within 20
// seconds. It closes the daemon.
func (d *Daemon) Serve(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, d.Close()) }()
	pages := d.console()
	defer pages.Close()
	servers := []*http.Server{server.HTTP(d.handler(pages), d.log)}
	listeners := []net.Listener{d.listener}
	if d.metrics != nil {
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", d.server.Metrics())
		servers, listeners = append(servers, server.HTTP(mux, d.log)), append(listeners, d.metrics)
	}
	d.work.Go(func() { d.sender.Run(d.ctx) })
	if d.options.issuer != nil {
		d.work.Go(d.reachIssuer)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.server.ServeSocket(ctx, d.admin) }()
	failed := make(chan error, len(servers))
	for i, s := range servers {
		go func() { failed <- s.Serve(listeners[i]) }()
	}
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	d.log.Info("stopping")
	d.server.Close() // streams end
	pages.Close()
	stop, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	for _, s := range servers {
		if e := s.Shutdown(stop); e != nil {
			d.log.Warn("requests were cut off", "error", e)
			s.Close()
		}
	}
	if ctx.Err() != nil {
		err = nil
		if e := <-ended; e != nil {
			d.log.Warn("the socket", "error", e)
		}
	}
	return err
}

// Close closes all that is open. Whoever serves needs not call it.
func (d *Daemon) Close() error {
	d.cancel()
	var errs []error
	for _, l := range []net.Listener{d.listener, d.metrics, d.admin} {
		if l != nil {
			if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	d.listener, d.metrics, d.admin = nil, nil, nil
	if d.server != nil {
		errs = append(errs, d.server.Close())
	}
	d.work.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, stop := range d.sockets {
		errs = append(errs, stop())
	}
	d.sockets = nil
	for _, l := range slices.Backward(d.ledgers) {
		errs = append(errs, l.Close())
	}
	d.ledgers = nil
	if d.settings != nil {
		errs = append(errs, d.settings.Close())
		d.settings = nil
	}
	return errors.Join(errs...)
}

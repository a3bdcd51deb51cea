package server

import (
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/reconcile"
	"github.com/splitledger/splitledger/server/settings"
)

// metrics are what a server counts. No label has an account, a payment or a key.
type metrics struct {
	registry *prometheus.Registry
	of       map[*Route]*routeMetrics

	requests    *prometheus.CounterVec
	seconds     *prometheus.HistogramVec
	inFlight    *prometheus.GaugeVec
	events      *prometheus.CounterVec
	refusals    *prometheus.CounterVec
	fallbacks   *prometheus.CounterVec
	commits     *prometheus.HistogramVec
	records     *prometheus.HistogramVec
	rateLimited *prometheus.CounterVec
	authFailed  *prometheus.CounterVec
	intake      *prometheus.CounterVec
	lines       *prometheus.CounterVec
	attempts    *prometheus.CounterVec
	feeds       *prometheus.GaugeVec
	waited      *prometheus.CounterVec
}

// routeMetrics are those of a route. To find them by their labels takes longer than to count.
type routeMetrics struct {
	inFlight prometheus.Gauge
	seconds  prometheus.Observer
	answers  [600]atomic.Pointer[prometheus.Counter] // by status
}

// know makes the metrics of routes.
func (m *metrics) know(routes []*Route) {
	m.of = map[*Route]*routeMetrics{}
	for _, r := range routes {
		m.of[r] = &routeMetrics{inFlight: m.inFlight.WithLabelValues(r.Path), seconds: m.seconds.WithLabelValues(r.Path)}
	}
}

// Buckets of durations, from a look-up to a long answer, and of records of a block.
var (
	secondBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60}
	recordBuckets = []float64{1, 4, 16, 64, 256, 1024, 4096, 16384}
)

const prefix = "splitledger_"

// newMetrics makes and registers them.
func newMetrics(s *Server) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, labels)
		m.registry.MustRegister(v)
		return v
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: prefix + name, Help: help, Buckets: buckets}, labels)
		m.registry.MustRegister(v)
		return v
	}
	m.requests = counter("http_requests_total", "Requests that were answered.", "route", "method", "status")
	m.seconds = histogram("http_request_seconds", "How long answers took, streams included.", secondBuckets, "route")
	m.inFlight = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: prefix + "http_in_flight", Help: "Requests under way."}, []string{"route"})
	m.events = counter("events_total", "Events that were posted, by what became of them.", "ledger", "type", "status")
	m.refusals = counter("refusals_total", "Events that were refused.", "ledger", "code")
	m.fallbacks = counter("fallbacks_total", "Events that gave liable what another account was to get.", "ledger")
	m.commits = histogram("commit_seconds", "How long it took to make a block durable.", secondBuckets, "ledger")
	m.records = histogram("commit_records", "How many records a block had.", recordBuckets, "ledger")
	m.rateLimited = counter("rate_limited_total", "Requests that were refused as too many.", "reason")
	m.authFailed = counter("auth_failures_total", "Requests without a valid key, or without the scope.", "reason")
	m.lines = counter("reconcile_lines_total", "Lines of reports that were compared, and what is of none, by class.", "provider", "class")
	m.intake = counter("intake_total", "Notifications of providers, by what became of them.", "ledger", "provider", "status")
	m.attempts = counter("webhook_attempts_total", "Requests of webhooks, by status of the answer; 0 is none.", "endpoint", "status")
	m.waited = counter("backpressure_seconds_total", "How long streams were not read, as what they had sent was not booked yet.", "ledger")
	m.feeds = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: prefix + "sse_clients", Help: "Clients that follow a journal."}, []string{"ledger"})
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + "build_info", Help: "Always 1; its labels say what runs.",
		ConstLabels: prometheus.Labels{"version": s.version(), "go": runtime.Version()}})
	build.Set(1)
	m.registry.MustRegister(m.inFlight, m.feeds, build, &ledgerMetrics{s},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// count counts a request that was answered.
func (m *metrics) count(c *call, began time.Time) {
	if of := m.of[c.route]; of == nil {
		m.requests.WithLabelValues("none", "other", strconv.Itoa(c.status)).Inc() // nobody can make labels up
	} else {
		of.seconds.Observe(time.Since(began).Seconds())
		known := &of.answers[min(c.status, len(of.answers)-1)]
		if known.Load() == nil {
			counter := m.requests.WithLabelValues(c.route.Path, c.route.Method, strconv.Itoa(c.status))
			known.Store(&counter)
		}
		(*known.Load()).Inc()
	}
	switch c.status {
	case http.StatusTooManyRequests:
		m.rateLimited.WithLabelValues(limitReason(c.who)).Inc()
	case http.StatusUnauthorized:
		m.authFailed.WithLabelValues("key").Inc()
	case http.StatusForbidden:
		m.authFailed.WithLabelValues("scope").Inc()
	}
}

// limitReason says which limit held a request back.
func limitReason(who *Identity) string {
	if who == nil || who.limiter == nil {
		return "address"
	}
	return "key"
}

// result counts what became of an event.
func (m *metrics) result(ledger string, kind string, r *query.PostResult) {
	m.events.WithLabelValues(ledger, kind, string(r.Status)).Inc()
	m.besides(ledger, r)
}

// besides counts why an event was refused, or fell back.
func (m *metrics) besides(ledger string, r *query.PostResult) {
	if r.Error != nil {
		m.refusals.WithLabelValues(ledger, string(r.Error.Code)).Inc()
	}
	if r.Fallback != "" && r.Status == query.PostAccepted {
		m.fallbacks.WithLabelValues(ledger).Inc()
	}
}

// compared counts the lines of a comparison.
func (m *metrics) compared(provider string, counts map[reconcile.Class]uint64) {
	for class, n := range counts {
		m.lines.WithLabelValues(provider, string(class)).Add(float64(n))
	}
}

// results counts what becomes of the events of a stream, for one goroutine. To find a counter by its labels takes longer
// than to count.
func (m *metrics) results(ledger string) func(kind string, r *query.PostResult) {
	type name struct {
		kind   string
		status query.PostStatus
	}
	known := map[name]prometheus.Counter{}
	return func(kind string, r *query.PostResult) {
		counter := known[name{kind, r.Status}]
		if counter == nil {
			counter = m.events.WithLabelValues(ledger, kind, string(r.Status))
			known[name{kind, r.Status}] = counter
		}
		counter.Inc()
		m.besides(ledger, r)
	}
}

// Committed is for [ledger.Options.Committed] of a ledger that is added under this name: it counts blocks.
func (s *Server) Committed(name string) func(records int, took time.Duration) {
	seconds, count := s.metrics.commits.WithLabelValues(name), s.metrics.records.WithLabelValues(name)
	return func(records int, took time.Duration) {
		seconds.Observe(took.Seconds())
		count.Observe(float64(records))
	}
}

// Tried counts a request of a webhook, see [webhooks.Options.Tried].
func (s *Server) Tried(endpoint string, d settings.Delivery) {
	s.metrics.attempts.WithLabelValues(endpoint, strconv.Itoa(d.Status)).Inc()
}

// Metrics answers with all metrics in the text form of Prometheus, or in OpenMetrics where that is asked for. It asks
// for no key: mount it where only who collects metrics can reach it. The route /metrics asks for one.
func (s *Server) Metrics() http.Handler {
	return promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{EnableOpenMetrics: true, MaxRequestsInFlight: 4})
}

// ledgerMetrics reads what ledgers say of themselves when it is collected.
type ledgerMetrics struct{ server *Server }

var (
	recordDesc = prometheus.NewDesc(prefix+"record", "The last record of the journal.", []string{"ledger"}, nil)
	sizeDesc   = prometheus.NewDesc(prefix+"file_size_bytes", "What a ledger takes on disk.", []string{"ledger", "part"}, nil)
	freeDesc   = prometheus.NewDesc(prefix+"disk_free_bytes", "Room on the disk of the ledgers.", nil, nil)
	noticeDesc = prometheus.NewDesc(prefix+"notices_waiting", "Notices of providers that could not be placed.", []string{"ledger", "provider"}, nil)
	lagDesc    = prometheus.NewDesc(prefix+"webhook_lag_records", "Records that an endpoint has not been told of.", []string{"endpoint"}, nil)
	behindDesc = prometheus.NewDesc(prefix+"webhook_oldest_seconds", "Age of the oldest of them.", []string{"endpoint"}, nil)
	breaksDesc = prometheus.NewDesc(prefix+"open_breaks", "Breaks that are open, as each provider's last reconciliation has them.",
		[]string{"ledger", "provider", "class"}, nil)
	oldestDesc = prometheus.NewDesc(prefix+"notice_oldest_seconds", "Age of the oldest of them.", []string{"ledger", "provider"}, nil)
)

// Describe implements [prometheus.Collector].
func (m *ledgerMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{recordDesc, sizeDesc, freeDesc, noticeDesc, oldestDesc, breaksDesc, lagDesc, behindDesc} {
		out <- d
	}
}

// Collect implements [prometheus.Collector].
func (m *ledgerMetrics) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	free := false
	for _, name := range m.server.Names() {
		h := m.server.hosted(name)
		s := h.ledger.Stats()
		gauge(recordDesc, float64(s.Records), name)
		gauge(sizeDesc, float64(s.FileBytes), name, "journal")
		gauge(sizeDesc, float64(s.IndexBytes), name, "index")
		if room, _, err := room(h.ledger.Path()); err == nil && !free {
			free = true
			gauge(freeDesc, float64(room))
		}
		m.notices(h, gauge)
		for provider, classes := range h.runs.Open() {
			for class, n := range classes {
				gauge(breaksDesc, float64(n), name, provider, string(class))
			}
		}
	}
	m.behind(gauge)
}

// behind says how far webhooks are behind.
func (m *ledgerMetrics) behind(gauge func(*prometheus.Desc, float64, ...string)) {
	o := &m.server.options
	if o.Settings == nil || o.Webhooks == nil {
		return
	}
	for _, e := range o.Settings.Endpoints() {
		lag, oldest, err := o.Webhooks.Behind(e.ID)
		if err != nil {
			m.server.log.Error("metrics", "endpoint", e.ID, "error", err)
			continue
		}
		gauge(lagDesc, float64(lag), e.ID)
		age := 0.0
		if !oldest.IsZero() {
			age = m.server.now().Sub(oldest).Seconds()
		}
		gauge(behindDesc, age, e.ID)
	}
}

// notices says what waits of providers, by provider.
func (m *ledgerMetrics) notices(h *hosted, gauge func(*prometheus.Desc, float64, ...string)) {
	now := m.server.now()
	all, err := h.books.Notices("", now)
	if err != nil {
		m.server.log.Error("metrics", "ledger", h.name, "error", err)
		return
	}
	count, oldest := map[string]int{}, map[string]time.Time{}
	for _, n := range all {
		count[n.Provider]++
		if o := oldest[n.Provider]; o.IsZero() || n.Since.Before(o) {
			oldest[n.Provider] = n.Since
		}
	}
	for provider, n := range count {
		gauge(noticeDesc, float64(n), h.name, provider)
		gauge(oldestDesc, now.Sub(oldest[provider]).Seconds(), h.name, provider)
	}
}

// metricsRoute answers to who has a key that may read all ledgers.
func metricsRoute() *Route {
	return &Route{Method: http.MethodGet, Path: "/metrics", Scope: Read, Summary: "Metrics for Prometheus",
		Doc:     "For a key that may read all ledgers.",
		Answers: []Media{{"text/plain", nil}, {"application/openmetrics-text", nil}},
		handle: func(c *call) error {
			if !c.who.mayUse("*") {
				return ledger.Errorf(Forbidden, "expected a key for all ledgers")
			}
			c.status = http.StatusOK
			c.server.Metrics().ServeHTTP(c.w, c.r)
			return nil
		}}
}

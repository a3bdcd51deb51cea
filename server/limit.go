package server

import (
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/splitledger/splitledger/ledger"
)

// Limits hold back what one key may do at a time, so that no client starves the others. Zeros stand for the defaults.
type Limits struct {
	Requests  int64 // that a key has under way, streams count as one; 256
	Bytes     int64 // of bodies under way that were announced by Content-Length, streams left out; 64 MiB
	Strangers int   // requests a second from an address without a valid key; 10
	// BodyTime is how long a single body may take to come in; 30 s. A stream may stand still for a minute.
	BodyTime time.Duration
}

func (l Limits) orDefaults() Limits {
	if l.Requests == 0 {
		l.Requests = 256
	}
	if l.Bytes == 0 {
		l.Bytes = 64 << 20
	}
	if l.Strangers == 0 {
		l.Strangers = 10
	}
	if l.BodyTime == 0 {
		l.BodyTime = 30 * time.Second
	}
	return l
}

// A limiter counts what an identity has under way.
type limiter struct {
	requests, bytes atomic.Int64
}

// limited counts the request, or refuses it. done takes it off again.
func (c *call) limited() (done func(), err error) {
	l, bytes := c.who.limiter, max(c.r.ContentLength, 0)
	if l == nil {
		return func() {}, nil
	}
	if bytes > maxEvent { // it is streamed, and held back by reading
		bytes = 0
	}
	requests, sum := l.requests.Add(1), l.bytes.Add(bytes)
	done = func() {
		l.requests.Add(-1)
		l.bytes.Add(-bytes)
	}
	limits := &c.server.limits
	if requests > limits.Requests || sum > limits.Bytes {
		h := c.w.Header()
		h.Set("RateLimit-Policy", `"requests";q=`+strconv.FormatInt(limits.Requests, 10)+`, "bytes";q=`+strconv.FormatInt(limits.Bytes, 10))
		h.Set("RateLimit", `"requests";r=`+strconv.FormatInt(max(limits.Requests-requests, 0), 10)+
			`, "bytes";r=`+strconv.FormatInt(max(limits.Bytes-sum, 0), 10))
		return done, ledger.Errorf(RateLimited, "expected at most %d requests and %d bytes of bodies at once from one key, found %d and %d",
			limits.Requests, limits.Bytes, requests, sum)
	}
	return done, nil
}

// headersFit refuses a request whose headers are too long.
func (c *call) headersFit() error {
	n := len(c.r.RequestURI)
	for name, values := range c.r.Header {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	if n > maxHeaders {
		return ledger.Errorf(HeadersTooLarge, "expected at most %d bytes of headers, path and query, found %d", maxHeaders, n)
	}
	return nil
}

// address is where a request came from, without the port.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// addresses counts requests without a valid key by where they came from: a few are a mistake, many are somebody who
// tries keys.
type addresses struct {
	mu    sync.Mutex
	since time.Time
	count map[string]int
}

// maxAddresses are counted at a time; whoever has more addresses than that is not held back by counting them.
const maxAddresses = 10000

// allow counts a request, and reports whether it may be answered as unauthenticated: so many a second.
func (a *addresses) allow(from string, now time.Time, most int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(a.since) >= time.Second || a.count == nil {
		a.since, a.count = now, map[string]int{}
	}
	if len(a.count) < maxAddresses || a.count[from] > 0 {
		a.count[from]++
	}
	return a.count[from] <= most
}

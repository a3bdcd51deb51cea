package webhooks

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/splitledger/splitledger/server/settings"
)

// Limits of a request.
const (
	requestTimeout = 15 * time.Second // from connecting to the end of the answer
	maxAnswer      = 4 << 10          // bytes of the answer that are read
	maxHeaders     = 32 << 10
)

// clients are what requests are sent by: the one for http connects to networks that are allowed alone. Both follow no
// redirect, know no proxy, and decompress nothing.
type clients struct{ plain, secure *http.Client }

func newClients(g Guard, roots *x509.CertPool) clients {
	client := func(plain bool) *http.Client {
		return &http.Client{
			Transport: &http.Transport{
				DialContext:       g.dialer(plain),
				TLSClientConfig:   &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
				ForceAttemptHTTP2: true, DisableCompression: true, MaxResponseHeaderBytes: maxHeaders,
				IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 2,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return clients{client(true), client(false)}
}

// of returns the client for a scheme.
func (c *clients) of(scheme string) *http.Client {
	if scheme == "http" {
		return c.plain
	}
	return c.secure
}

// rest closes connections that nothing is sent by: after a failure the next try resolves the name again.
func (c *clients) rest() {
	c.plain.CloseIdleConnections()
	c.secure.CloseIdleConnections()
}

// An outcome is what became of one try.
type outcome struct {
	settings.Delivery
	retryAfter time.Duration // that the receiver asked for
}

// ok reports whether the receiver has the message.
func (o *outcome) ok() bool { return o.Status >= 200 && o.Status < 300 }

// send sends a message once, and waits for its turn: an endpoint gets one request at a time. The error is that of the
// context; whatever else goes wrong is in the outcome.
func (s *Sender) send(ctx context.Context, e *settings.Endpoint, m *message, attempt int) (*outcome, error) {
	way := s.lane(e.ID)
	select {
	case way.turn <- struct{}{}:
		defer func() { <-way.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	began := s.o.Clock()
	o := &outcome{Delivery: settings.Delivery{Record: m.record, Attempt: attempt, At: began.UTC()}}
	err := s.exchange(ctx, way, e, m, o)
	if ctx.Err() != nil && !o.ok() {
		return nil, context.Cause(ctx) // nobody failed
	}
	if err != nil {
		o.Error = err.Error()
	}
	o.TookMs = s.o.Clock().Sub(began).Milliseconds()
	if err := s.o.Settings.NoteDelivery(e.ID, o.Delivery); err != nil {
		s.o.Log.Debug("a delivery is not kept", "endpoint", e.ID, "error", err)
	}
	if s.o.Tried != nil {
		s.o.Tried(e.ID, o.Delivery)
	}
	return o, nil
}

// exchange sends the request and reads the answer.
func (s *Sender) exchange(ctx context.Context, way *lane, e *settings.Endpoint, m *message, o *outcome) error {
	now := o.At
	ctx, cancel := context.WithTimeoutCause(ctx, s.o.Timeout, fmt.Errorf("no answer within %s", s.o.Timeout))
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(m.body))
	if err != nil {
		return errors.New("the endpoint's URL cannot be used")
	}
	if err := s.o.Guard.CheckURL(r.URL); err != nil {
		return err
	}
	secrets := s.o.Settings.SigningSecrets(e.ID, now)
	if len(secrets) == 0 {
		return errors.New("there is no secret to sign the request with")
	}
	r.Header.Set("Content-Type", m.media)
	r.Header.Set("User-Agent", "splitledger/"+s.o.Version)
	// As the standard spells them. Names are compared without their case.
	r.Header["webhook-id"] = []string{m.id}
	r.Header["webhook-timestamp"] = []string{strconv.FormatInt(now.Unix(), 10)}
	r.Header["webhook-signature"] = []string{sign(secrets, m.id, now, m.body)}
	if m.replay {
		r.Header["webhook-replay"] = []string{"1"}
	}
	resp, err := way.of(r.URL.Scheme).Do(r)
	if err != nil {
		if why := context.Cause(ctx); why != nil {
			return why
		}
		if u, is := errors.AsType[*url.Error](err); is { // without the URL, which may have secrets
			return u.Err
		}
		return err
	}
	defer resp.Body.Close()
	o.Status = resp.StatusCode
	o.retryAfter = retryAfter(resp.Header.Get("Retry-After"), now)
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	o.Body = string(answer)
	if err != nil && !o.ok() { // one that is answered with 2xx is delivered, whatever follows
		return err
	}
	return nil
}

// retryAfter reads what a receiver asks for: seconds, or a time. No more than an hour is kept.
func retryAfter(text string, now time.Time) time.Duration {
	const most = time.Hour
	if seconds, err := strconv.ParseUint(text, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(most/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), most)
	}
	return 0
}

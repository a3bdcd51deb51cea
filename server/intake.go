package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/splitledger/splitledger/internal/eventlines"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	adapters "github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/reconcile/ingest"
)

// Notifications of providers (webhooks) that come in.

// maxNotification is how long the body of one may be.
const maxNotification = 2 << 20

// platformOfAdyen is a second name that Adyen's balance platform may have in the path. Its notifications and those of
// standard webhooks are told apart by their headers, and both are authenticated with adyen's secrets.
const platformOfAdyen = "adyen-platform"

// A thanks is what a provider expects to hear when it needs not send a notification again.
type thanks struct{ media, body string }

// thanked are the providers that want more than the status 200.
var thanked = map[string]thanks{
	"adyen": {"text/plain; charset=utf-8", "[accepted]"},
	"antom": {"application/json", `{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}`},
}

// ofProvider is the parameter of routes of one provider.
type ofProvider struct {
	Provider string `path:"provider" doc:"name of the provider"`
}

// ingestParams say whose notifications are sent.
type ingestParams struct {
	Provider string `query:"provider" doc:"name of the provider"`
}

// intakeRoutes take notifications in.
func intakeRoutes() []*Route {
	return []*Route{
		{Method: http.MethodPost, Path: InLedger + "/intake/{provider}", Signed: true, Summary: "Where a provider sends its notifications",
			Doc: "It needs no key: the provider's signature, or token, is checked with all secrets that are kept for provider and ledger, and what is " +
				"not authentic is answered with 401 and leaves no trace but in the metrics. Otherwise the answer is the one that the provider takes for " +
				"success, and is sent once what was reported is booked, or kept as a notice where it cannot be, durably. The same again books nothing.",
			Params: typeOf[ofProvider](), Body: []Media{{"*/*", nil}}, Answers: []Media{{"text/plain", nil}, {"application/json", nil}},
			Codes: []string{"401", "404", "413"}, handle: (*call).takeIn},
		{Method: http.MethodPost, Path: InLedger + "/ingest", Scope: Intake, Summary: "Book notifications that something else has received",
			Doc: "Lines of {received, path, headers, body or bodyBase64}, a notification each, as the command ingest takes them. Each is authenticated " +
				"with the secrets of provider and ledger, and answered by a line when that is durable. What waited and could be booked meanwhile is " +
				"answered too, by lines with its notice.",
			Params: typeOf[ingestParams](), Body: []Media{{ndjson, nil}, {jsonl, nil}}, Answers: []Media{{ndjson, nil}},
			Codes: []string{"422"}, handle: (*call).ingest},
	}
}

// intake returns what takes notifications of a provider in, with the secrets of the ledger. The error is the one of a
// notification that is not authentic where there are no secrets, as nobody outside needs to know.
func (c *call) intake(provider string) (*ingest.Intake, error) {
	if provider == platformOfAdyen {
		provider = "adyen"
	}
	adapter, err := adapters.Registry().ByName(provider)
	if err != nil {
		return nil, &ledger.Error{Code: posting.UnknownProvider, Field: "provider", Message: err.Error()}
	}
	keys, ok := c.store().IntakeKeys(provider, c.ledger.name)
	if !ok {
		return nil, providers.ErrUnauthenticated
	}
	return &ingest.Intake{Adapter: adapter, Keys: keys, Ledger: c.ledger.ledger,
		Book: c.ledger.books.Rules.As("intake_" + provider)}, nil
}

// takeIn books what a provider reports, and answers as the provider wants it.
func (c *call) takeIn() error {
	provider := c.r.PathValue("provider")
	c.inPath = true
	in, err := c.intake(provider)
	if e, ok := errors.AsType[*ledger.Error](err); ok && e.Code == posting.UnknownProvider {
		return err
	}
	name := strings.TrimSuffix(provider, "-platform")
	status := "failed"
	defer func() { c.server.metrics.intake.WithLabelValues(c.ledger.name, name, status).Inc() }()
	var n providers.Notification
	if err == nil {
		n.Method, n.Header, n.Received = c.r.Method, textproto.MIMEHeader(c.r.Header), c.server.now()
		n.Body, err = c.body(maxNotification)
	}
	if err == nil {
		err = c.authentic(in, &n)
	}
	switch {
	case errors.Is(err, providers.ErrUnauthenticated), errors.Is(err, providers.ErrMode):
		status = "unauthenticated"
		if !c.server.strange.allow(address(c.r), c.server.now(), c.server.limits.Strangers) {
			return ledger.Errorf(RateLimited, "too many notifications that are not authentic from this address")
		}
		if errors.Is(err, providers.ErrMode) {
			return ledger.Errorf(providers.Unauthenticated, "%v", err)
		}
		return err
	case err != nil:
		return err
	}
	// Whoever hangs up now sends it again, and that books nothing.
	if status, err = c.bookNotification(context.WithoutCancel(c.r.Context()), in, &n); err != nil {
		status = "failed"
		return err
	}
	t := thanked[name]
	if t.media != "" {
		c.w.Header().Set("Content-Type", t.media)
	}
	c.respond(http.StatusOK, []byte(t.body))
	return nil
}

// authentic checks a notification's signature. Where the provider signs the path, a proxy may have changed it: it is the
// one below the external URL, or the one that was called here. What is authentic and cannot be read is no error.
func (c *call) authentic(in *ingest.Intake, n *providers.Notification) (err error) {
	for _, n.Path = range c.signedPaths() {
		if _, err = in.Adapter.Notified(n, in.Keys); !errors.Is(err, providers.ErrUnauthenticated) {
			break
		}
	}
	if errors.Is(err, providers.ErrUnauthenticated) || errors.Is(err, providers.ErrMode) {
		return err
	}
	return nil
}

// signedPaths are what the provider may have called, with the query.
func (c *call) signedPaths() []string {
	called := c.r.RequestURI
	if !strings.HasPrefix(called, "/") {
		called = c.r.URL.RequestURI()
	}
	external, err := url.Parse(c.server.options.ExternalURL)
	if base := strings.TrimSuffix(external.EscapedPath(), "/"); err == nil && base != "" {
		return []string{base + called, called}
	}
	return []string{called}
}

// bookNotification books a notification, or keeps what cannot be booked. The status is one for the metrics.
func (c *call) bookNotification(ctx context.Context, in *ingest.Intake, n *providers.Notification) (status string, err error) {
	results, err := in.Take(ctx, []providers.Notification{*n})
	if err != nil {
		return "", err
	}
	r := &results[0]
	if r.Err == nil {
		return string(r.Status), nil
	}
	c.server.log.Warn("a notification cannot be read", "request", c.id, "ledger", c.ledger.name, "provider", in.Adapter.Name(), "error", r.Err)
	if err := keepBody(c.ledger.ledger.Path(), n.Body); err != nil {
		return "", err
	}
	_, err = in.Keep(ctx, n, r.Err)
	return "unreadable", err
}

// ingest books notifications that are sent as lines.
func (c *call) ingest() error {
	var p ingestParams
	if err := c.params(&p); err != nil {
		return err
	}
	in, err := c.intake(p.Provider)
	if err != nil {
		if errors.Is(err, providers.ErrUnauthenticated) {
			return &ledger.Error{Code: ledger.Invalid, Field: "provider", Message: "expected a provider whose secrets are kept for this ledger, found none of " +
				p.Provider + ": add one by POST /v1/providers/" + p.Provider + "/secrets"}
		}
		return err
	}
	body, err := c.input()
	if err != nil {
		return err
	}
	return c.stream(body, func(out *lineWriter, source eventlines.Source) error {
		r, err := source.Open()
		if err != nil {
			return err
		}
		return c.ingestLines(out, in, ingest.NewReader(r, ingest.ReadOptions{Lines: true, Received: c.server.now()}))
	})
}

// ingestLines books the notifications of a stream, before that what waited, and after it what waits for what came.
func (c *call) ingestLines(out *lineWriter, in *ingest.Intake, r *ingest.Reader) error {
	if err := retryWaiting(out, in); err != nil {
		return err
	}
	waiting := false
	err := in.Read(out.ctx, r, func(line int, result *ingest.Result) error {
		waiting = waiting || result.Status == ingest.Waiting
		c.server.metrics.intake.WithLabelValues(c.ledger.name, in.Adapter.Name(), string(result.Status)).Inc()
		result.Line, out.last = line, line
		return out.result(result)
	}, out.Flush)
	if err != nil || !waiting {
		return err
	}
	return retryWaiting(out, in)
}

// retryWaiting takes up what waits, and answers what is booked or refused of it.
func retryWaiting(out *lineWriter, in *ingest.Intake) error {
	told, err := in.Retry(context.WithoutCancel(out.ctx))
	if err != nil {
		return err
	}
	for i := range told {
		if told[i].Status == ingest.Waiting {
			continue
		}
		result := told[i].Result()
		if err := out.result(&result); err != nil {
			return err
		}
	}
	return out.Flush()
}

// result writes a line.
func (out *lineWriter) result(r *ingest.Result) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return out.write(append(text, '\n'), false)
}

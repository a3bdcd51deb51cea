package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/settings"
	"github.com/splitledger/splitledger/server/webhooks"
)

// An Endpoint is where records are delivered, and how far that is.
type Endpoint struct {
	settings.Endpoint
	Lag uint64 `json:"lag" doc:"records of the ledger that it has not been told of"`
}

// CreatedEndpoint is an endpoint with its secret, which is shown this once.
type CreatedEndpoint struct {
	Endpoint
	Secret string `json:"secret" doc:"that requests are signed with; nobody can be shown it again"`
}

// NewEndpoint says what endpoint is wanted.
type NewEndpoint struct {
	Name     string          `json:"name" doc:"that no other endpoint has, so that a repeated request makes no second one"`
	URL      string          `json:"url" doc:"https"`
	Ledger   string          `json:"ledger"`
	Types    []string        `json:"types,omitempty" doc:"of events, such as payment.*; none is all"`
	Accounts []string        `json:"accounts,omitempty" doc:"that a record posts to, such as seller:*; none is all"`
	Format   settings.Format `json:"format,omitempty" enum:"standard,cloudevents"`
	From     *uint64         `json:"from,omitempty" doc:"the record after which it begins; the newest if absent"`
}

// EndpointChange says what of an endpoint is to be another; what is absent stays.
type EndpointChange struct {
	Name     *string          `json:"name,omitempty"`
	URL      *string          `json:"url,omitempty"`
	Types    *[]string        `json:"types,omitempty"`
	Accounts *[]string        `json:"accounts,omitempty"`
	Format   *settings.Format `json:"format,omitempty" enum:"standard,cloudevents"`
}

// Replay says which records are to be sent again.
type Replay struct {
	From uint64 `json:"from" doc:"the first record"`
	To   uint64 `json:"to,omitempty" doc:"the last; the newest if absent"`
}

// Rotation says how long the secrets before go on signing.
type Rotation struct {
	OverlapHours *int `json:"overlapHours,omitempty" doc:"24 if absent, at most 720; 0 ends them at once"`
}

// hookRoutes are of webhooks that the server sends.
func hookRoutes() []*Route {
	const one = "/v1/webhooks/{id}"
	of := typeOf[ofID]()
	return []*Route{
		ask("/v1/webhooks", Admin, "Endpoints that records are delivered to", func(c *call, p *page) (*List[Endpoint], error) {
			var all []Endpoint
			for _, e := range c.store().Endpoints() {
				all = append(all, c.endpoint(e))
			}
			return pageOf(all, p, func(e Endpoint) string { return e.ID })
		}),
		{Method: http.MethodPost, Path: "/v1/webhooks", Scope: Admin, Summary: "Make an endpoint", Status: http.StatusCreated,
			Doc:  "The answer has the secret, this once. Requests are those of Standard Webhooks: at least once, in the order of records.",
			Body: takes[NewEndpoint](), Answers: has[CreatedEndpoint](), handle: (*call).createEndpoint},
		ask(one, Admin, "An endpoint", func(c *call, p *ofID) (*Endpoint, error) { return c.endpointOf(p.ID) }),
		{Method: http.MethodPatch, Path: one, Scope: Admin, Summary: "Change an endpoint", Params: of, Body: takes[EndpointChange](),
			Answers: has[Endpoint](), handle: (*call).changeEndpoint},
		{Method: http.MethodDelete, Path: one, Scope: Admin, Summary: "Delete an endpoint, with its cursor", Params: of, Status: http.StatusNoContent,
			handle: func(c *call) error {
				return c.drop(func(by settings.Actor) error { return c.store().DeleteEndpoint(by, c.r.PathValue("id")) })
			}},
		ask(one+"/deliveries", Admin, "The last tries to deliver, the newest first", (*call).deliveries),
		{Method: http.MethodPost, Path: one + "/test", Scope: Admin, Summary: "Send a request of type webhook.test, once", Params: of,
			Answers: has[settings.Delivery](), handle: (*call).testEndpoint},
		{Method: http.MethodPost, Path: one + "/replay", Scope: Admin, Summary: "Send records again, beside the cursor", Params: of,
			Status: http.StatusAccepted, Body: takes[Replay](), Answers: has[Endpoint](), handle: (*call).replayEndpoint},
		{Method: http.MethodPost, Path: one + "/rotate", Scope: Admin, Summary: "Sign with a new secret, and with those before for a while",
			Params: of, Body: takes[Rotation](), Answers: has[CreatedEndpoint](), handle: (*call).rotateEndpoint},
		{Method: http.MethodPost, Path: one + "/pause", Scope: Admin, Summary: "Pause an endpoint: nothing is skipped", Params: of,
			Answers: has[Endpoint](), handle: func(c *call) error { return c.setEndpoint(settings.Paused, "by hand") }},
		{Method: http.MethodPost, Path: one + "/resume", Scope: Admin, Summary: "Resume an endpoint, where it ended", Params: of,
			Answers: has[Endpoint](), handle: func(c *call) error { return c.setEndpoint(settings.Active, "") }},
	}
}

// endpoint is an endpoint with how far it is behind.
func (c *call) endpoint(e settings.Endpoint) Endpoint {
	var lag uint64
	if h := c.server.hosted(e.Ledger); h != nil {
		if head := h.ledger.Stats().Records; head > e.Record {
			lag = head - e.Record
		}
	}
	return Endpoint{e, lag}
}

// endpointOf finds an endpoint.
func (c *call) endpointOf(id string) (*Endpoint, error) {
	e, ok := c.store().Endpoint(id)
	if !ok {
		return nil, ledger.Errorf(NotFound, "there is no webhook %q", id)
	}
	of := c.endpoint(e)
	return &of, nil
}

// sender sends webhooks.
func (c *call) sender() *webhooks.Sender {
	if s := c.server.options.Webhooks; s != nil {
		return s
	}
	panic(noSettings)
}

func (c *call) createEndpoint() error {
	var n NewEndpoint
	if err := c.decode(&n); err != nil {
		return err
	}
	h := c.server.hosted(n.Ledger)
	if h == nil {
		return &ledger.Error{Code: ledger.Invalid, Field: "ledger", Message: "expected the name of a ledger, found " + strconv.Quote(n.Ledger)}
	}
	from := h.ledger.Stats().Records
	if n.From != nil {
		if *n.From > from {
			return &ledger.Error{Code: ledger.Invalid, Field: "from",
				Message: "expected a record that is there, at most " + strconv.FormatUint(from, 10) + ", found " + strconv.FormatUint(*n.From, 10)}
		}
		from = *n.From
	}
	if err := (&query.JournalFilter{Types: n.Types, Accounts: n.Accounts}).Check(); err != nil {
		return err
	}
	e, secret, err := c.store().CreateEndpoint(c.actor(http.StatusCreated), settings.NewEndpoint{Name: n.Name, URL: n.URL, Ledger: n.Ledger,
		Types: n.Types, Accounts: n.Accounts, Format: n.Format, Record: from})
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", "/v1/webhooks/"+e.ID)
	return c.answer(CreatedEndpoint{c.endpoint(e), secret})
}

func (c *call) changeEndpoint() error {
	var p ofID
	var n EndpointChange
	if err := c.params(&p); err != nil {
		return err
	}
	if err := c.decode(&n); err != nil {
		return err
	}
	if n.Types != nil {
		if err := (&query.JournalFilter{Types: *n.Types}).Check(); err != nil {
			return err
		}
	}
	e, err := c.store().ChangeEndpoint(c.actor(http.StatusOK), p.ID, settings.EndpointChange(n))
	if err != nil {
		return err
	}
	return c.answer(c.endpoint(e))
}

// deliveryParams say which tries are wanted.
type deliveryParams struct {
	ofID
	Status int    `query:"status" doc:"of the answer; 0 or absent is any"`
	Record uint64 `query:"record" doc:"that was delivered; 0 or absent is any"`
}

func (c *call) deliveries(p *deliveryParams) (*List[settings.Delivery], error) {
	if _, err := c.endpointOf(p.ID); err != nil {
		return nil, err
	}
	l := &List[settings.Delivery]{Data: []settings.Delivery{}}
	for _, d := range c.store().Deliveries(p.ID) {
		if (p.Status == 0 || d.Status == p.Status) && (p.Record == 0 || d.Record == p.Record) {
			l.Data = append(l.Data, d)
		}
	}
	return l, nil
}

func (c *call) testEndpoint() error {
	var p ofID
	if err := c.params(&p); err != nil {
		return err
	}
	d, err := c.sender().Test(c.r.Context(), p.ID)
	if err != nil {
		return err
	}
	return c.answer(d)
}

func (c *call) replayEndpoint() error {
	var p ofID
	var n Replay
	if err := c.params(&p); err != nil {
		return err
	}
	if err := c.decode(&n); err != nil {
		return err
	}
	if err := c.sender().Replay(p.ID, n.From, n.To); err != nil {
		return err
	}
	e, err := c.endpointOf(p.ID)
	if err != nil {
		return err
	}
	return c.answer(e)
}

func (c *call) rotateEndpoint() error {
	var p ofID
	var n Rotation
	if err := c.params(&p); err != nil {
		return err
	}
	if c.r.ContentLength != 0 {
		if err := c.decode(&n); err != nil {
			return err
		}
	}
	overlap := 24 * time.Hour
	if n.OverlapHours != nil {
		if *n.OverlapHours < 0 || *n.OverlapHours > 720 {
			return &ledger.Error{Code: ledger.Invalid, Field: "overlapHours", Message: "expected 0 to 720, found " + strconv.Itoa(*n.OverlapHours)}
		}
		overlap = time.Duration(*n.OverlapHours) * time.Hour
	}
	e, secret, err := c.store().Rotate(c.actor(http.StatusOK), p.ID, overlap)
	if err != nil {
		return err
	}
	return c.answer(CreatedEndpoint{c.endpoint(e), secret})
}

func (c *call) setEndpoint(state settings.State, reason string) error {
	var p ofID
	if err := c.params(&p); err != nil {
		return err
	}
	e, err := c.store().SetState(c.actor(http.StatusOK), p.ID, state, reason)
	if err != nil {
		return err
	}
	return c.answer(c.endpoint(e))
}

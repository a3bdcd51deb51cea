package server

import (
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/money"
)

// Me is who the caller is to the server.
type Me struct {
	By       string   `json:"by" doc:"as the journal has it"`
	Scopes   []Scope  `json:"scopes"`
	Ledgers  []string `json:"ledgers" doc:"names, or * for all"`
	Accounts []string `json:"accounts,omitempty" doc:"that the key is for, where it is not for all"`
	Limits   MyLimits `json:"limits"`
}

// MyLimits are what a key may have under way.
type MyLimits struct {
	Requests int64 `json:"requests" doc:"at once, a stream counts as one"`
	Bytes    int64 `json:"bytes" doc:"of bodies at once"`
}

// A LedgerState is how a ledger is.
type LedgerState struct {
	Ledger  string    `json:"ledger"`
	ID      uuid.UUID `json:"id"`
	State   string    `json:"state" enum:"open"`
	Record  uint64    `json:"record" doc:"the last one"`
	Entries uint64    `json:"entries"`
	Head    string    `json:"head" doc:"BLOCK:HASH: the hash stands for all of history"`
	Assets  []Asset   `json:"assets,omitempty" doc:"of the ledger's own"`
	At      time.Time `json:"at" doc:"the ledger's clock"`
}

// An Asset is a currency of the ledger's own.
type Asset struct {
	Code     money.Currency `json:"code"`
	Exponent int            `json:"exponent" doc:"how many decimals the major unit has"`
}

// A Health is how the server is, check by check.
type Health struct {
	Status string  `json:"status" enum:"ok,failing"`
	Checks []Check `json:"checks,omitempty"`
}

// A Check is one thing that must be well.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
}

// baseRoutes are of the server itself, and of ledgers as a whole.
func baseRoutes() []*Route {
	return []*Route{
		ask("/healthz", Open, "The process answers", func(*call, *struct{}) (*Health, error) { return &Health{Status: "ok"}, nil }),
		{Method: http.MethodGet, Path: "/readyz", Scope: Open, Summary: "Whether requests should be sent here",
			Doc: "503 while the server stops, or where the disk has less than 1 GiB or 2 % of room.", Answers: has[Health](), handle: (*call).ready},
		ask("/v1/me", Read, "Who the caller is, and what that may do", func(c *call, _ *struct{}) (*Me, error) {
			l := c.server.limits
			return &Me{c.who.By, c.who.Scopes, c.who.Ledgers, c.who.Accounts, MyLimits{l.Requests, l.Bytes}}, nil
		}),
		ask("/v1/ledgers", Read, "The ledgers that the key is for", func(c *call, _ *struct{}) (*List[LedgerState], error) {
			all := &List[LedgerState]{Data: []LedgerState{}}
			for _, name := range c.server.Names() {
				if h := c.server.hosted(name); h != nil && c.who.mayUse(name) {
					all.Data = append(all.Data, h.state())
				}
			}
			return all, nil
		}),
		ask(InLedger, Read, "How a ledger is", func(c *call, _ *struct{}) (*LedgerState, error) {
			s := c.ledger.state()
			c.record(s.Record)
			return &s, nil
		}),
	}
}

// state is how a ledger is now.
func (h *hosted) state() LedgerState {
	s := h.ledger.Stats()
	state := LedgerState{h.name, s.ID, "open", s.Records, s.Entries, s.Head.String(), nil, h.ledger.Now().UTC()}
	for _, a := range h.ledger.Table().Assets() {
		state.Assets = append(state.Assets, Asset{a.Code, a.Exponent})
	}
	return state
}

// ready answers whether requests should be sent here. A program that balances load asks often, so the checks are cheap.
func (c *call) ready() error {
	if err := c.params(); err != nil {
		return err
	}
	health := Health{Status: "ok", Checks: []Check{{Name: "running", OK: c.server.stopping.Err() == nil}}}
	for _, name := range c.server.Names() {
		h := c.server.hosted(name)
		stats := h.ledger.Stats()
		check := Check{Name: "ledger:" + name, OK: true}
		if stats.IndexError != nil { // nothing is lost by that, but opening takes longer
			check.Detail = "the index beside the ledger cannot be written: " + stats.IndexError.Error()
		}
		health.Checks = append(health.Checks, check)
		if _, err := os.Stat(h.ledger.Path()); err == nil {
			health.Checks = append(health.Checks, roomFor(name, h.ledger.Path()))
		}
	}
	status := http.StatusOK
	for _, check := range health.Checks {
		if !check.OK {
			health.Status, status = "failing", http.StatusServiceUnavailable
		}
	}
	return c.answerAs(status, health)
}

// What a disk must have: less is not full yet, but is before long.
const (
	leastRoom    = 1 << 30
	leastPercent = 2
)

// roomFor checks the disk of a ledger.
func roomFor(name, path string) Check {
	free, size, err := room(path)
	check := Check{Name: "disk:" + name, OK: err != nil || free >= leastRoom && free >= size/100*leastPercent}
	if !check.OK {
		check.Detail = "expected room of 1 GiB and 2 %, found " + fmt.Sprintf("%d of %d bytes", free, size)
	}
	return check
}

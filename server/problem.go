package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// Codes of the server's own, beside those of the ledger and of posting.
const (
	Forbidden            ledger.Code = "forbidden"      // the key may not do this, or not with this ledger
	UnknownLedger        ledger.Code = "unknown_ledger" // there is none of this name
	NotFound             ledger.Code = "not_found"      // nothing has this path or name
	MethodNotAllowed     ledger.Code = "method_not_allowed"
	NotAcceptable        ledger.Code = "not_acceptable" // no form of the answer that the client takes
	RequestTimeout       ledger.Code = "request_timeout"
	PreconditionFailed   ledger.Code = "precondition_failed"
	PayloadTooLarge      ledger.Code = "payload_too_large"
	UnsupportedMediaType ledger.Code = "unsupported_media_type"
	RateLimited          ledger.Code = "rate_limited"
	HeadersTooLarge      ledger.Code = "headers_too_large"
	Internal             ledger.Code = "internal"
	RecordNotReached     ledger.Code = "record_not_reached" // the record of After-Record is not there yet
	Unavailable          ledger.Code = "unavailable"        // starting, stopping, or overloaded
)

// A Status says how an error of a code is answered.
type Status struct {
	Status int    // of HTTP
	InPath int    // where what is unknown is named by the path; 0 is Status
	Title  string // fixed English
	Again  bool   // the same request may succeed later: the answer has Retry-After
}

// Statuses has every code that an answer may have. Clients decide by the code; the status groups codes by what to do.
var Statuses = map[ledger.Code]Status{
	ledger.Invalid: {400, 0, "Invalid", false},

	providers.Unauthenticated: {401, 0, "Not authentic", false},
	Forbidden:                 {403, 0, "Not allowed", false},

	ledger.UnknownAccount:   {422, 404, "Unknown account", false},
	posting.UnknownPayment:  {422, 404, "Unknown payment", false},
	posting.UnknownProvider: {422, 404, "Unknown provider", false},
	UnknownLedger:           {404, 0, "Unknown ledger", false},
	NotFound:                {404, 0, "Not found", false},

	// the books say no: look, then decide
	posting.IdempotencyConflict:          {409, 0, "The id was used for another content", false},
	posting.DuplicateReference:           {409, 0, "Name is taken", false},
	posting.InvalidState:                 {409, 0, "Not in this state", false},
	posting.InsufficientFunds:            {409, 0, "Insufficient funds", false},
	posting.AccountClosed:                {409, 0, "Account is closed", false},
	posting.AccountFrozen:                {409, 0, "Account is frozen", false},
	posting.PeriodClosed:                 {409, 0, "Period is closed", false},
	posting.AmountExceedsCaptured:        {409, 0, "More than was captured", false},
	posting.AmountExceedsRefundable:      {409, 0, "More than can be refunded", false},
	posting.SettlementAmountExceedsLimit: {409, 0, "More than can be settled", false},

	// never right as sent
	ledger.Unbalanced:             {422, 0, "Debits are not credits", false},
	posting.SplitSumMismatch:      {422, 0, "Splits do not sum to the amount", false},
	posting.SplitExceedsAmount:    {422, 0, "A split is more than the amount", false},
	posting.UnknownSplitReference: {422, 0, "Unknown split", false},
	posting.CurrencyMismatch:      {422, 0, "Another currency", false},

	ledger.Corrupt: {500, 0, "The ledger's file is damaged", false},
	Internal:       {500, 0, "Internal error", false},

	// again, under the same id
	ledger.Locked:         {503, 0, "The ledger is locked", true},
	ledger.DiskFull:       {503, 0, "The disk is full", true},
	ledger.NotLeader:      {503, 0, "Another node writes", true},
	ledger.OutcomeUnknown: {503, 0, "Outcome unknown", true},
	RecordNotReached:      {503, 0, "Record not reached", true},
	Unavailable:           {503, 0, "Unavailable", true},

	MethodNotAllowed:     {405, 0, "Method not allowed", false},
	NotAcceptable:        {406, 0, "Not acceptable", false},
	RequestTimeout:       {408, 0, "Request timed out", false},
	PreconditionFailed:   {412, 0, "Precondition failed", false},
	PayloadTooLarge:      {413, 0, "Payload too large", false},
	UnsupportedMediaType: {415, 0, "Unsupported media type", false},
	RateLimited:          {429, 0, "Too many requests", true},
	HeadersTooLarge:      {431, 0, "Headers too large", false},
}

// A Problem is an error as RFC 9457 has it, with the code that clients decide by.
type Problem struct {
	Type     string      `json:"type" doc:"/docs/errors#CODE, a page of this server"`
	Title    string      `json:"title" doc:"of the code, always the same"`
	Status   int         `json:"status"`
	Detail   string      `json:"detail" doc:"what was expected and what was found"`
	Instance string      `json:"instance" doc:"urn:uuid: and the id of the request where that is a UUID, else urn:request: and the id"`
	Code     ledger.Code `json:"code" doc:"stable: decide by it, and not by the text"`
	Field    string      `json:"field,omitempty" doc:"the member, parameter or header that is meant"`
	ID       string      `json:"id,omitempty" doc:"of the event"`
	Line     int         `json:"line,omitempty" doc:"of the input, from 1"`
	Place    string      `json:"place,omitempty" doc:"where in the ledger"`
	Request  string      `json:"requestId"`
}

// retryAfter is what Retry-After asks for where nothing better is known: a stop and start takes about so long.
const retryAfter = 2 * time.Second

// problem makes an error answerable. inPath says that what is unknown is named by the path or the query.
func problem(err error, inPath bool) *Problem {
	e := errorOf(err)
	s, known := Statuses[e.Code]
	if !known {
		s = Statuses[Internal]
	}
	p := &Problem{
		Type: "/docs/errors#" + string(e.Code), Title: s.Title, Status: s.Status, Detail: e.Message, Code: e.Code,
		Field: e.Field, Place: e.Detail,
	}
	if inPath && s.InPath != 0 {
		p.Status = s.InPath
	}
	return p
}

// errorOf finds the error that a client should see. What is nobody's business outside is internal, and only logged.
func errorOf(err error) *ledger.Error {
	var tooLarge *http.MaxBytesError
	e, ok := errors.AsType[*ledger.Error](err)
	switch {
	case ok && e.Code == ledger.Invalid && errors.Is(err, posting.ErrNotFound):
		return &ledger.Error{Code: NotFound, Message: e.Message, Field: e.Field}
	case ok:
		return e
	case errors.Is(err, posting.ErrNotFound), errors.Is(err, journal.ErrNotFound):
		return ledger.Errorf(NotFound, "nothing in this ledger has that name")
	case errors.As(err, &tooLarge):
		return ledger.Errorf(PayloadTooLarge, "expected a body of at most %d bytes", tooLarge.Limit)
	case errors.Is(err, ledger.ErrClosed):
		return ledger.Errorf(Unavailable, "the ledger is being closed")
	case errors.Is(err, context.DeadlineExceeded):
		return ledger.Errorf(Unavailable, "the answer took too long; ask for less, by filters or a period")
	case errors.Is(err, context.Canceled):
		return ledger.Errorf(Unavailable, "the request was given up, or the server is stopping")
	}
	return ledger.Errorf(Internal, "something went wrong here; the server's log has it under the request's id")
}

// problem makes an error of the request answerable.
func (c *call) problem(err error) *Problem {
	p := problem(err, c.inPath || c.r.Method != http.MethodPost)
	p.ID, p.Line, p.Request = c.event, c.line, c.id
	p.Instance = "urn:uuid:" + c.id
	if len(c.id) != 36 || strings.Count(c.id, "-") != 4 {
		p.Instance = "urn:request:" + c.id
	}
	return p
}

// refuse answers with a problem.
func (c *call) refuse(err error) {
	p := c.problem(err)
	if p.Status >= 500 {
		c.server.log.Error("request failed", "request", c.id, "method", c.r.Method, "route", c.name(), "code", p.Code, "error", err)
	}
	h := c.w.Header()
	if Statuses[p.Code].Again && h.Get("Retry-After") == "" {
		h.Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
	}
	switch {
	case c.route != nil && c.route.Signed: // it takes no key, and strangers who try signatures leave no trace
	case p.Status == http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
		c.refusedAccess(p.Status)
	case p.Status == http.StatusForbidden:
		c.refusedAccess(p.Status)
	}
	c.code = p.Code
	body, _ := json.Marshal(p)
	h.Set("Content-Type", "application/problem+json")
	h.Del("ETag")
	c.respond(p.Status, body)
}

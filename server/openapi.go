package server

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/splitledger/splitledger/server/internal/openapi"
)

// The OpenAPI document is made of the table of routes when it is asked for the first time. Nothing is written twice:
// parameters come from the tags of their structs, schemas from the types of bodies and answers, problems from
// [Statuses], examples from examples.txt, which a test sends.

// documentRoutes serve the document and the pages for people.
func documentRoutes() []*Route {
	return []*Route{
		{Method: http.MethodGet, Path: "/openapi.json", Scope: Open, Summary: "This description of the interface, as OpenAPI 3.1",
			Answers: []Media{{"application/json", nil}}, handle: func(c *call) error { return c.document(false) }},
		{Method: http.MethodGet, Path: "/openapi-3.0.json", Scope: Open, Summary: "The same as OpenAPI 3.0.3",
			Doc:     "For generators that do not read 3.1.",
			Answers: []Media{{"application/json", nil}}, handle: func(c *call) error { return c.document(true) }},
	}
}

// document answers with the document.
func (c *call) document(old bool) error {
	if err := c.params(); err != nil {
		return err
	}
	d, err := c.server.document()
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/json")
	if old {
		c.respond(http.StatusOK, d.old)
	} else {
		c.respond(http.StatusOK, d.text)
	}
	return nil
}

// A document describes the interface.
type document struct {
	api       *huma.OpenAPI
	text, old []byte // as JSON, and as that of OpenAPI 3.0.3
	problems  []string
}

// makeDocument makes the document of a table of routes.
func (s *Server) makeDocument() (*document, error) {
	examples, err := readExamples(examplesText)
	if err != nil {
		return nil, err
	}
	d := &describer{schemas: openapi.New(), examples: map[string][]*sample{}}
	for _, e := range examples {
		r, err := http.NewRequest(e.Method, e.Target, nil)
		if err != nil {
			return nil, err
		}
		_, pattern := s.mux.Handler(r)
		d.examples[pattern] = append(d.examples[pattern], e)
	}
	api := &huma.OpenAPI{
		OpenAPI: "3.1.0", // as huma makes 3.0.3 of this one alone
		Info: &huma.Info{Title: "splitledger", Version: "1", Description: introduction,
			License: &huma.License{Name: "Apache 2.0", URL: "https://www.apache.org/licenses/LICENSE-2.0"}},
		Servers:    []*huma.Server{{URL: "./", Description: "Where this document is."}},
		Components: d.components(),
	}
	for _, r := range s.routes {
		api.AddOperation(d.operation(r))
		if tag := groupOf(r); !slices.ContainsFunc(api.Tags, func(t *huma.Tag) bool { return t.Name == tag }) {
			api.Tags = append(api.Tags, &huma.Tag{Name: tag})
		}
	}
	slices.SortFunc(api.Tags, func(a, b *huma.Tag) int { return cmp.Compare(a.Name, b.Name) })
	d.schemas.Refusing(d.requests, d.answers)
	api.Components.Schemas = d.schemas.Map()
	made := &document{api: api, problems: d.schemas.Problems()}
	if made.text, err = api.MarshalJSON(); err != nil {
		return nil, err
	}
	made.old, err = api.Downgrade()
	return made, err
}

// introduction is what holds for all routes.
const introduction = `The HTTP interface of ledgers. Decide by the code of an error and not by its text; ignore members and values that you do not know.

**Keys.** ` + "`Authorization: Bearer slk_…`" + `. Each route names the scope that the key needs; none has another in it, but ` + "`admin`" + ` has all.

**Amounts** are whole minor units, exact, of up to 36 digits: ` + "`{\"value\":40000,\"currency\":\"USD\"}`" + ` are 400 dollars. Clients that read numbers as doubles ask for text by ` + "`Prefer: amounts=string`" + `.

**Times** are as in RFC 3339; answers have them in UTC. Where a time, a day or a month may be given, days are of ` + "`zone`" + `.

**Safe to repeat.** The ` + "`id`" + ` of an event is in its ledger for ever: the same event again is answered with what became of it the first time. There is no other key of idempotency.

**What an answer is of.** The header ` + "`Record`" + ` has the last record of the journal that it knows; ` + "`After-Record`" + ` waits for one.

**Lists** are ` + "`{data, next?}`" + `: send ` + "`next`" + ` as ` + "`after`" + ` for the next page, with the same parameters. All pages are of the books as the first one saw them.

**Errors** are problems as in RFC 9457, with a stable ` + "`code`" + `; their type is a page of this server.

**What may change.** Routes, optional parameters, members, values and codes are added; none is taken away in version 1.`

// A describer makes the parts of a document.
type describer struct {
	schemas           *openapi.Schemas
	examples          map[string][]*sample // by pattern
	requests, answers []*huma.Schema
}

// operation describes a route.
func (d *describer) operation(r *Route) *huma.Operation {
	op := &huma.Operation{
		Method: r.Method, Path: r.documentPath(), OperationID: operationID(r), Tags: []string{groupOf(r)}, Summary: r.Summary,
		Description: strings.TrimSpace(r.Doc + "\n\n" + scopeWords(r.Scope)), Parameters: d.params(r),
		Responses: map[string]*huma.Response{}, Security: []map[string][]string{},
		Extensions: map[string]any{"x-scope": string(r.Scope)},
	}
	if r.Scope != Open {
		op.Security = append(op.Security, map[string][]string{"key": {}})
	}
	if len(r.Body) > 0 {
		op.RequestBody = &huma.RequestBody{Required: true, Content: d.content(r, r.Body, nil)}
	}
	for status, media := range r.successes() {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: successWords(r, status), Headers: headersOf(r, status),
			Content: d.content(r, media, &status)}
	}
	for _, status := range r.failures() {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Ref: "#/components/responses/" + problemName(status)}
	}
	op.Responses["default"] = &huma.Response{Ref: "#/components/responses/Problem"}
	return op
}

// pathWildcard is how a mux names all of the rest of a path.
var pathWildcard = regexp.MustCompile(`\{(\w+)(\.\.\.|\$)\}`)

// documentPath is the path as OpenAPI writes it.
func (r *Route) documentPath() string {
	return pathWildcard.ReplaceAllString(strings.TrimSuffix(r.Path, "{$}"), "{$1}")
}

// groupOf is the part of the interface that a route belongs to: what its path names first.
func groupOf(r *Route) string {
	rest, in := strings.CutPrefix(r.Path, InLedger)
	if !in {
		rest = strings.TrimPrefix(rest, "/v1")
	}
	name, _, _ := strings.Cut(strings.Trim(rest, "/"), "/")
	switch group := groups[name]; {
	case group != "":
		return group
	case strings.HasPrefix(r.Path, "/v1/"):
		return strings.ToUpper(name[:1]) + name[1:]
	}
	return "Server"
}

// groups has the parts that are called otherwise than their paths.
var groups = map[string]string{
	"": "Ledgers", "ledgers": "Ledgers", "entries": "Events", "journal": "Events", "me": "Server", "seals": "Proofs",
	"checkpoints": "Proofs", "tile": "Proofs", "diff": "Proofs", "exposure": "Proofs", "preflight": "Events", "open": "Reconciliations",
	"ingest": "Intake", "notices": "Intake", "verify": "Ledgers", "backup": "Ledgers", "export": "Ledgers",
}

// operationID names a route for programs: its method, what the path names, and one of what an id follows. List is for
// those that have pages.
func operationID(r *Route) string {
	rest, in := strings.CutPrefix(r.Path, InLedger)
	if !in {
		rest = strings.TrimPrefix(r.Path, "/v1")
	}
	segments := strings.Split(strings.Trim(rest, "/"), "/")
	name := strings.ToLower(r.Method)
	if r.Paged {
		name = "list"
	}
	for i, s := range segments {
		if strings.HasPrefix(s, "{") {
			continue
		}
		if i+1 < len(segments) && strings.HasPrefix(segments[i+1], "{") {
			s = singular(s)
		}
		name += openapi.Camel(s)
	}
	if rest == "" {
		name += "Ledger"
	}
	return name
}

// singular is one of what a path names.
func singular(s string) string {
	if one, ok := strings.CutSuffix(s, "ies"); ok {
		return one + "y"
	}
	return strings.TrimSuffix(s, "s")
}

// scopeWords say what a key needs.
func scopeWords(s Scope) string {
	if s == Open {
		return "Needs no key."
	}
	if s == AnyScope {
		return "Needs a key."
	}
	return fmt.Sprintf("Needs a key with the scope `%s`.", s)
}

// successes are the answers with 2xx by their status. A stream begins before anything is known, so it has 200.
func (r *Route) successes() map[int][]Media {
	all := map[int][]Media{}
	for status, media := range r.Other {
		all[status] = append(all[status], media...)
	}
	usual := cmp.Or(r.Status, http.StatusOK)
	for _, m := range r.Answers {
		status := usual
		if m.Type == ndjson || m.Type == jsonl || m.Type == eventStream {
			status = http.StatusOK
		}
		all[status] = append(all[status], m)
	}
	if r.CSV {
		all[http.StatusOK] = append(all[http.StatusOK], Media{"text/csv", nil})
	}
	if len(all) == 0 {
		all[usual] = nil
	}
	return all
}

const eventStream = "text/event-stream"

// successWords say what a success means.
func successWords(r *Route, status int) string {
	switch {
	case status == http.StatusCreated:
		return "Made."
	case status == http.StatusAccepted:
		return "Begun: ask at Location what became of it."
	case status == http.StatusNoContent:
		return "Done."
	case r.Method != http.MethodGet && r.Status != 0 && r.Status != status:
		return "Nothing new: it was there before, or was only tried. Or lines, each with its own status."
	}
	return "The answer."
}

// failures are the statuses of refusals, of this route in particular and of all that are like it.
func (r *Route) failures() []int {
	all := []int{400, 406, 429, 500, 503}
	if r.Scope != Open {
		all = append(all, 401, 403)
	}
	if strings.Contains(r.Path, "{") {
		all = append(all, 404)
	}
	if len(r.Body) > 0 {
		all = append(all, 408, 413, 415)
	}
	for _, code := range r.Codes {
		status, err := strconv.Atoi(code)
		if err != nil {
			for c, s := range Statuses {
				if status = s.Status; string(c) == code {
					break
				}
			}
		}
		all = append(all, status)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// content describes the forms of a body, or of an answer with a status.
func (d *describer) content(r *Route, media []Media, status *int) map[string]*huma.MediaType {
	if len(media) == 0 {
		return nil
	}
	all := map[string]*huma.MediaType{}
	for _, m := range media {
		of := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
		if m.Value != nil {
			of.Schema = openapi.Tidy(d.schemas.Of(m.Value))
			if status == nil {
				d.requests = append(d.requests, of.Schema)
			} else {
				d.answers = append(d.answers, of.Schema)
			}
		}
		switch m.Type {
		case ndjson, jsonl, eventStream:
			words := "Lines, each of them a JSON value as x-itemSchema has it."
			if m.Type == eventStream {
				words = "Server-sent events, whose data are JSON values as x-itemSchema has them."
			}
			of.Extensions = map[string]any{"x-itemSchema": of.Schema}
			of.Schema = &huma.Schema{Type: huma.TypeString, Description: words}
		case "application/json":
			if m.Value == nil {
				of.Schema = &huma.Schema{}
			}
		case "text/csv":
			of.Schema.Description = "All rows, without pages, under a line of names."
		}
		for _, e := range d.examples[r.Method+" "+r.Path] {
			if status == nil && e.Header.Get("Content-Type") == m.Type {
				setExample(of, e, m.Type, e.Body)
			} else if status != nil && e.Status == *status && e.AnswerHeader.Get("Content-Type") == m.Type {
				setExample(of, e, m.Type, e.Answer)
			}
		}
		all[m.Type] = of
	}
	return all
}

package server

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/splitledger/splitledger/server/internal/openapi"
)

// params describes what a route takes besides a body.
func (d *describer) params(r *Route) []*huma.Param {
	var all []*huma.Param
	for segment := range strings.SplitSeq(r.documentPath(), "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			all = append(all, d.pathParam(r, strings.TrimSuffix(name, "}")))
		}
	}
	lists := []reflect.Type{r.Params}
	if r.Paged {
		lists = append(lists, reflect.TypeFor[page]())
	}
	for _, t := range lists {
		if t == nil {
			continue
		}
		for _, p := range fields(t) {
			if !p.path {
				all = append(all, d.queryParam(p))
			}
		}
	}
	if r.CSV {
		all = append(all, &huma.Param{Name: "format", In: "query", Schema: enumOf("json", "csv"),
			Description: "csv answers with all rows as text/csv, as Accept: text/csv does"})
	}
	if r.ofLedger() && r.Method == http.MethodGet {
		all = append(all, parameterRef("Consistency"), parameterRef("AfterRecord"))
	}
	if r.ofLedger() {
		all = append(all, parameterRef("Prefer"))
	}
	if slices.ContainsFunc(r.Answers, func(m Media) bool { return m.Type == eventStream }) {
		all = append(all, parameterRef("LastEventID"))
	}
	if r.Method == http.MethodPost && r.Path == InLedger+"/events" {
		all = append(all, &huma.Param{Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString},
			Description: "not needed: of a single event it must be its id, and lines must have none"})
	}
	for _, p := range all {
		d.paramExamples(r, p)
	}
	return all
}

// pathParam describes a segment of the path.
func (d *describer) pathParam(r *Route, name string) *huma.Param {
	p := &huma.Param{Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}
	if name == "ledger" {
		p.Description, p.Schema.Pattern = "The ledger's name.", ledgerName.String()
	}
	if r.Params == nil {
		return p
	}
	for _, f := range fields(r.Params) {
		if f.path && f.name == name {
			p.Description, p.Schema = f.field.Tag.Get("doc"), d.paramSchema(f.field)
		}
	}
	return p
}

// queryParam describes a parameter of the query.
func (d *describer) queryParam(f param) *huma.Param {
	p := &huma.Param{Name: f.name, In: "query", Description: f.field.Tag.Get("doc"), Schema: d.paramSchema(f.field),
		Required: f.field.Tag.Get("required") == "true"}
	explode := true
	switch {
	case strings.HasSuffix(f.name, "."): // all that begin so
		p.Name = strings.TrimSuffix(f.name, ".")
		p.Style, p.Explode = "form", &explode
		p.Description = strings.TrimSpace(fmt.Sprintf("%s (parameters %sKEY=VALUE)", p.Description, f.name))
		p.Schema = &huma.Schema{Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeString}}
	case p.Schema.Type == huma.TypeArray:
		p.Style, p.Explode = "form", &explode
	}
	return p
}

// paramSchema is the schema of a parameter: that of its type in JSON, with the words that its tag lists.
func (d *describer) paramSchema(f reflect.StructField) *huma.Schema {
	t := f.Type
	var s *huma.Schema
	if t.Kind() == reflect.Struct && reflect.PointerTo(t).Implements(reflect.TypeFor[settable]()) && !openapi.Known(t) {
		s = &huma.Schema{Type: huma.TypeString} // it reads a text
	} else {
		s = openapi.Tidy(d.schemas.Of(t))
	}
	s.Description = "" // the parameter has one
	if words := f.Tag.Get("enum"); words != "" {
		of := s
		if s.Type == huma.TypeArray {
			of = s.Items
		}
		of.Enum = enumOf(strings.Split(words, ",")...).Enum
	}
	return s
}

// enumOf is the schema of one of some words.
func enumOf(words ...string) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, w := range words {
		s.Enum = append(s.Enum, w)
	}
	return s
}

// paramExamples gives a parameter the values that the route's examples have for it.
func (d *describer) paramExamples(r *Route, p *huma.Param) {
	for _, e := range d.examples[r.Method+" "+r.Path] {
		var values []string
		switch p.In {
		case "query":
			values = e.query()[p.Name]
		case "path":
			values = []string{e.segment(r.Path, p.Name)}
		}
		if len(values) == 0 || values[0] == "" {
			continue
		}
		if p.Examples == nil {
			p.Examples = map[string]*huma.Example{}
		}
		p.Examples[e.key()] = &huma.Example{Summary: e.Name, Value: valueOf(p.Schema, values)}
	}
}

// valueOf is a parameter's value as its schema has it.
func valueOf(s *huma.Schema, values []string) any {
	switch s.Type {
	case huma.TypeArray:
		return values
	case huma.TypeInteger:
		if n, err := strconv.ParseInt(values[0], 10, 64); err == nil {
			return n
		}
	case huma.TypeBoolean:
		return values[0] == "true"
	}
	return values[0]
}

func parameterRef(name string) *huma.Param {
	return &huma.Param{Ref: "#/components/parameters/" + name}
}
func headerRef(name string) *huma.Header { return &huma.Header{Ref: "#/components/headers/" + name} }

// headersOf are the headers of a success.
func headersOf(r *Route, status int) map[string]*huma.Header {
	h := map[string]*huma.Header{"Request-Id": headerRef("RequestID")}
	if r.ofLedger() {
		h["Record"] = headerRef("Record")
		h["Preference-Applied"] = headerRef("PreferenceApplied")
	}
	if status == http.StatusCreated || status == http.StatusAccepted {
		h["Location"] = headerRef("Location")
	}
	return h
}

// problemName is the name of the answer for a status.
func problemName(status int) string { return "Problem" + strconv.Itoa(status) }

// components are what routes refer to.
func (d *describer) components() *huma.Components {
	text, whole := &huma.Schema{Type: huma.TypeString}, &huma.Schema{Type: huma.TypeInteger, Format: "int64"}
	c := &huma.Components{
		SecuritySchemes: map[string]*huma.SecurityScheme{"key": {Type: "http", Scheme: "bearer",
			Description: "A key of this server, slk_<id>_<secret>. Each operation has the scope that it needs in x-scope."}},
		Parameters: map[string]*huma.Param{
			"AfterRecord": {Name: "After-Record", In: "header", Schema: whole,
				Description: "answer only when the ledger has this record: the Record of your last write, to read it"},
			"Prefer": {Name: "Prefer", In: "header", Schema: text,
				Description: "amounts=string: amounts as text; wait=SECONDS: how long to wait, at most 30"},
			"LastEventID": {Name: "Last-Event-ID", In: "header", Schema: text,
				Description: "of a stream of events: go on after this one"},
			"Consistency": {Name: "consistency", In: "query", Schema: enumOf("linearizable"),
				Description: "ask a majority of the nodes first; on a single one this is always so"},
		},
		Headers: map[string]*huma.Header{
			"Record":            {Schema: whole, Description: "the record of the journal that the answer is of; of a write the one that was made"},
			"RequestID":         {Schema: text, Description: "the one that was sent, or a new one; the server's log has it"},
			"Location":          {Schema: text, Description: "where what was made is"},
			"PreferenceApplied": {Schema: text, Description: "which preference was followed"},
			"RetryAfter":        {Schema: whole, Description: "seconds after which the same may be sent again"},
			"WWWAuthenticate":   {Schema: text, Description: "Bearer"},
		},
		Responses: map[string]*huma.Response{"Problem": d.problemResponse(0, nil)},
	}
	codes := map[int][]string{}
	for code, s := range Statuses {
		codes[s.Status] = append(codes[s.Status], string(code))
		if s.InPath != 0 {
			codes[s.InPath] = append(codes[s.InPath], string(code))
		}
	}
	for status, of := range codes {
		c.Responses[problemName(status)] = d.problemResponse(status, of)
	}
	return c
}

// problemResponse describes a refusal.
func (d *describer) problemResponse(status int, codes []string) *huma.Response {
	schema := d.schemas.Of(reflect.TypeFor[Problem]())
	d.answers = append(d.answers, schema)
	r := &huma.Response{Description: "Any other problem.", Headers: map[string]*huma.Header{"Request-Id": headerRef("RequestID")},
		Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}}
	if status == 0 {
		return r
	}
	sort.Strings(codes)
	r.Description = "A problem with the code `" + strings.Join(codes, "`, `") + "`."
	switch status {
	case http.StatusUnauthorized:
		r.Headers["WWW-Authenticate"] = headerRef("WWWAuthenticate")
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		r.Headers["Retry-After"] = headerRef("RetryAfter")
	}
	return r
}

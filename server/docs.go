package server

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/splitledger/splitledger/docs"
)

// The pages of documentation are made of the OpenAPI document and of docs/errors.md. They have no scripts and load
// nothing, so they work where there is no network.

//go:embed docs.html
var docsHTML string

//go:embed docs.css
var docsCSS string

var docsPages = template.Must(template.New("docs").Funcs(template.FuncMap{
	"style": func() template.CSS { return template.CSS(docsCSS) },
	"form":  formOf, "base": baseName, "doc": inline, "anchor": anchorOf,
}).Parse(docsHTML))

// docsPolicy allows the style sheet of the page and nothing else.
var docsPolicy = func() string {
	sum := sha256.Sum256([]byte(docsCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// pageRoutes are the pages of documentation.
func pageRoutes() []*Route {
	return []*Route{
		{Method: http.MethodGet, Path: "/docs", Scope: Open, Summary: "This description of the interface, as a page for people",
			Answers: []Media{{"text/html", nil}}, handle: (*call).docs},
		{Method: http.MethodGet, Path: "/docs/errors", Scope: Open, Summary: "What each code of an error means, and what to do, as a page for people",
			Answers: []Media{{"text/html", nil}}, handle: (*call).errorDocs},
	}
}

// docs answers with the reference.
func (c *call) docs() error {
	d, err := c.server.document()
	if err != nil {
		return err
	}
	return c.page("reference", d.reference())
}

// errorDocs answers with what errors mean.
func (c *call) errorDocs() error { return c.page("errors", errorSections()) }

// page answers with a page.
func (c *call) page(name string, of any) error {
	if err := c.params(); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := docsPages.ExecuteTemplate(&out, name, of); err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", docsPolicy)
	c.respond(http.StatusOK, out.Bytes())
	return nil
}

// A reference is the document by groups, as the page shows it.
type reference struct {
	Introduction []string
	Groups       []group
	Shapes       []shape
}

// A group is a part of the interface.
type group struct {
	Name       string
	Operations []operation
}

// An operation is a route as the page shows it.
type operation struct {
	*huma.Operation
	Request []media
	Answers []answer
	Params  []*huma.Param
	Curl    string
}

// An answer is what a status comes with.
type answer struct {
	Status, Description string
	Media               []media
}

// A media is a form of a body with its first example.
type media struct {
	Type    string
	Schema  *huma.Schema
	Example string
}

// A shape is a schema with its members.
type shape struct {
	Name    string
	Schema  *huma.Schema
	Members []member
}

// A member is one of an object.
type member struct {
	Name     string
	Schema   *huma.Schema
	Required bool
}

// reference sorts the document for the page.
func (d *document) reference() *reference {
	ref := &reference{Introduction: strings.Split(d.api.Info.Description, "\n\n")}
	for _, tag := range d.api.Tags {
		ref.Groups = append(ref.Groups, group{Name: tag.Name})
	}
	for _, path := range sorted(d.api.Paths) {
		item := d.api.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Patch, item.Put, item.Delete} {
			if op == nil {
				continue
			}
			i := slices.IndexFunc(ref.Groups, func(g group) bool { return g.Name == op.Tags[0] })
			ref.Groups[i].Operations = append(ref.Groups[i].Operations, d.operation(op))
		}
	}
	schemas := d.api.Components.Schemas.Map()
	for _, name := range sorted(schemas) {
		s := shape{Name: name, Schema: schemas[name]}
		for _, m := range sorted(s.Schema.Properties) {
			s.Members = append(s.Members, member{m, s.Schema.Properties[m], slices.Contains(s.Schema.Required, m)})
		}
		ref.Shapes = append(ref.Shapes, s)
	}
	return ref
}

func sorted[V any](of map[string]V) []string {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// operation gathers what the page shows of a route.
func (d *document) operation(op *huma.Operation) operation {
	o := operation{Operation: op}
	for _, p := range op.Parameters {
		if p.Ref != "" {
			p = d.api.Components.Parameters[baseName(p.Ref)]
		}
		o.Params = append(o.Params, p)
	}
	if op.RequestBody != nil {
		o.Request = mediaOf(op.RequestBody.Content)
	}
	for _, status := range sorted(op.Responses) {
		r := op.Responses[status]
		if r.Ref != "" {
			continue // problems are of a page of their own
		}
		o.Answers = append(o.Answers, answer{status, r.Description, mediaOf(r.Content)})
	}
	o.Curl = curl(op, o.Request)
	return o
}

// mediaOf lists forms of a body.
func mediaOf(content map[string]*huma.MediaType) []media {
	var all []media
	for _, t := range sorted(content) {
		m := media{Type: t, Schema: content[t].Schema}
		if item, ok := content[t].Extensions["x-itemSchema"].(*huma.Schema); ok {
			m.Schema = item
		}
		for _, name := range sorted(content[t].Examples) {
			switch v := content[t].Examples[name].Value.(type) {
			case string:
				m.Example = v
			case json.RawMessage:
				m.Example = string(v)
			}
			break
		}
		all = append(all, m)
	}
	return all
}

// curl is a request of a route as somebody would try it.
func curl(op *huma.Operation, request []media) string {
	var b strings.Builder
	b.WriteString("curl")
	if op.Method != http.MethodGet {
		b.WriteString(" -X " + op.Method)
	}
	if len(op.Security) > 0 {
		b.WriteString(` -H "Authorization: Bearer $KEY"`)
	}
	if len(request) > 0 {
		b.WriteString(" -H 'Content-Type: " + request[0].Type + "' --data-binary @body")
	}
	path := strings.ReplaceAll(op.Path, "{ledger}", "market")
	for _, p := range op.Parameters {
		if p.In != "path" || len(p.Examples) == 0 {
			continue
		}
		if v, ok := p.Examples[sorted(p.Examples)[0]].Value.(string); ok {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", v)
		}
	}
	return b.String() + ` "$SERVER` + path + `"`
}

// formOf says in words what a schema takes.
func formOf(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return baseName(s.Ref)
	case s.Type == huma.TypeArray:
		return "list of " + formOf(s.Items)
	case len(s.AnyOf) > 0:
		return joined(s.AnyOf, " or ")
	case len(s.OneOf) > 0:
		return joined(s.OneOf, " or ")
	case len(s.Enum) > 0:
		var words []string
		for _, w := range s.Enum {
			text, _ := json.Marshal(w)
			words = append(words, strings.Trim(string(text), `"`))
		}
		return strings.Join(words, ", ")
	case s.Format != "" && s.Type == huma.TypeString:
		return s.Format
	}
	if of, ok := s.AdditionalProperties.(*huma.Schema); ok {
		return "object of " + formOf(of)
	}
	return s.Type
}

func joined(list []*huma.Schema, by string) string {
	var words []string
	for _, s := range list {
		words = append(words, formOf(s))
	}
	return strings.Join(words, by)
}

// baseName is the last part of a reference.
func baseName(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

// anchorOf is the name of the schema that a schema leads to, "" if none.
func anchorOf(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return baseName(s.Ref)
	case s.Items != nil:
		return anchorOf(s.Items)
	}
	return ""
}

// What lines of Markdown have inside: links, of which only the text is kept, then code and bold text.
var (
	linkMark = regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`)
	codeMark = regexp.MustCompile("`([^`]*)`")
	boldMark = regexp.MustCompile(`\*\*([^*]*)\*\*`)
)

// inline gives a line of Markdown its form in HTML. The text is escaped first.
func inline(text string) template.HTML {
	text = template.HTMLEscapeString(linkMark.ReplaceAllString(text, "$1"))
	text = codeMark.ReplaceAllString(text, "<code>$1</code>")
	return template.HTML(boldMark.ReplaceAllString(text, "<b>$1</b>"))
}

// An errorSection is what the page says of a code.
type errorSection struct {
	Code       string
	Title      string
	Status     int
	Paragraphs []string
	Messages   string
}

// errorSections reads docs/errors.md, code by code.
func errorSections() []errorSection {
	var all []errorSection
	for part := range strings.SplitSeq(docs.Errors, "\n### ") {
		code, text, _ := strings.Cut(part, "\n")
		s, known := statusOf(code)
		if !known {
			continue
		}
		text, _, _ = strings.Cut(text, "\n## ")
		section := errorSection{Code: code, Title: s.Title, Status: s.Status}
		text, messages, ok := strings.Cut(text, "\n```text\n")
		if ok {
			section.Messages, _, _ = strings.Cut(messages, "\n```")
		}
		for p := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
			section.Paragraphs = append(section.Paragraphs, p)
		}
		all = append(all, section)
	}
	return all
}

// statusOf is how a code is answered.
func statusOf(code string) (Status, bool) {
	for c, s := range Statuses {
		if string(c) == code {
			return s, true
		}
	}
	return Status{}, false
}

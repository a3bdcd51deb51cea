// Package openapi makes JSON schemas of the types that the server takes and answers with. Structs are read by the
// registry of package huma; types that have a JSON of their own are in a table here, and events come from the tables of
// package wire, of which docs/events.md is made too.
package openapi

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
)

// prefix is where the document has its schemas.
const prefix = "#/components/schemas/"

// Schemas collects the schemas of a document, by name.
type Schemas struct {
	registry huma.Registry
	names    map[string]reflect.Type
	looked   map[reflect.Type]bool
	strict   map[string]bool // only in requests: what they do not have is refused
	problems []string
}

// New returns schemas that have those of amounts and events already, as most answers have some.
func New() *Schemas {
	s := &Schemas{names: map[string]reflect.Type{}, looked: map[reflect.Type]bool{}, strict: map[string]bool{}}
	s.registry = huma.NewMapRegistry(prefix, s.name)
	for t, as := range own {
		s.registry.RegisterTypeAlias(t, as)
	}
	for name, schema := range amounts() {
		s.registry.Map()[name] = schema
	}
	for name, schema := range events() {
		s.registry.Map()[name] = schema
	}
	return s
}

// Of returns the schema of a type, by reference where it has a name.
func (s *Schemas) Of(t reflect.Type) *huma.Schema {
	s.look(t, t.String())
	return s.registry.Schema(t, true, "")
}

// name gives a type its name in the document. Where two packages have types of one name, the second has that of its
// package before it.
func (s *Schemas) name(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := huma.DefaultSchemaNamer(t, hint)
	if t.Kind() != reflect.Struct {
		return name
	}
	known, taken := s.names[name]
	if _, made := s.registry.Map()[name]; taken && known != t || !taken && made {
		_, of, _ := strings.Cut(t.String(), ".")
		name = camel(strings.TrimSuffix(strings.TrimSuffix(t.String(), of), ".")) + name
	}
	s.names[name] = t
	return name
}

// look goes through a type and all that is in it, and notes what a schema cannot be made of.
func (s *Schemas) look(t reflect.Type, where string) {
	if s.looked[t] || own[t] != nil || known[t] {
		return
	}
	s.looked[t] = true
	if !asTagged[t] {
		switch {
		case t.Kind() != reflect.Pointer && t.Implements(reflect.TypeFor[json.Marshaler]()):
			s.problems = append(s.problems, fmt.Sprintf("%s: %s writes its JSON itself: say in server/internal/openapi/types.go "+
				"what that is", where, t))
			return
		case t.Kind() != reflect.Pointer && t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
			s.registry.RegisterTypeAlias(t, reflect.TypeFor[string]())
			return
		}
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		s.look(t.Elem(), where)
	case reflect.Struct:
		for _, f := range reflect.VisibleFields(t) {
			if f.Anonymous && !f.IsExported() && len(f.Index) == 1 {
				s.problems = append(s.problems, fmt.Sprintf("%s: %s embeds %s: name the fields, or export it", where, t, f.Type))
			}
			if f.IsExported() && f.Tag.Get("json") != "-" && len(f.Index) == 1 {
				s.look(f.Type, where+"."+f.Name)
			}
		}
	}
}

// Problems lists what schemas could not be made of, for a test.
func (s *Schemas) Problems() []string { return s.problems }

// Refusing makes a schema, and what it is made of, refuse members that it does not have: it is of requests. Those that
// are also in answers must not, as clients ignore what is new there.
func (s *Schemas) Refusing(requests, answers []*huma.Schema) {
	in, out := map[string]bool{}, map[string]bool{}
	for _, schema := range requests {
		s.reach(schema, in)
	}
	for _, schema := range answers {
		s.reach(schema, out)
	}
	for name := range in {
		s.strict[name] = !out[name]
	}
}

// reach notes the names of all schemas that one leads to.
func (s *Schemas) reach(schema *huma.Schema, names map[string]bool) {
	each(schema, func(part *huma.Schema) {
		if name := strings.TrimPrefix(part.Ref, prefix); part.Ref != "" && !names[name] {
			names[name] = true
			s.reach(s.registry.SchemaFromRef(part.Ref), names)
		}
	})
}

// Map returns all schemas by name, for the document. Nothing in answers is null, and answers may gain members.
func (s *Schemas) Map() huma.Registry {
	for name, schema := range s.registry.Map() {
		each(schema, tidy)
		if schema.Type == huma.TypeObject && s.strict[name] && schema.AdditionalProperties == nil {
			schema.AdditionalProperties = false
		}
	}
	return s.registry
}

// Tidy makes a schema that stands by itself as those of [Schemas.Map] are.
func Tidy(schema *huma.Schema) *huma.Schema {
	each(schema, tidy)
	return schema
}

func tidy(s *huma.Schema) {
	s.Nullable = false
	if s.AdditionalProperties == false {
		s.AdditionalProperties = nil
	}
	slices.Sort(s.Required)
}

// each calls a function for a schema and all that are written inside it.
func each(s *huma.Schema, f func(*huma.Schema)) {
	if s == nil {
		return
	}
	f(s)
	for _, p := range s.Properties {
		each(p, f)
	}
	for _, list := range [][]*huma.Schema{{s.Items, s.Not}, s.OneOf, s.AnyOf, s.AllOf} {
		for _, part := range list {
			each(part, f)
		}
	}
	if of, ok := s.AdditionalProperties.(*huma.Schema); ok {
		each(of, f)
	}
}

// camel makes one word of several: "payment.capture_reversed" is PaymentCaptureReversed.
func camel(name string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// Camel is how names in the document are made of words.
func Camel(name string) string { return camel(name) }

package server_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The documents of releases are kept in testdata/releases. What they promise is still kept: version 1 only grows.
func TestNothingIsTakenAway(t *testing.T) {
	url := exampleServer(t)
	now := parsed(t, []byte(send(t, "GET", url+"/openapi.json", "").body))
	kept, err := filepath.Glob("testdata/releases/openapi-*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) == 0 { // before the first release what main has is held as if it were one
		kept = []string{"testdata/openapi.json"}
	}
	for _, path := range kept {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range broken(parsed(t, text), now) {
			t.Errorf("%s: %s", path, b)
		}
	}
}

// Each kind of break is noticed, and growth is none.
func TestBroken(t *testing.T) {
	url := exampleServer(t)
	text := []byte(send(t, "GET", url+"/openapi.json", "").body)
	const balances = "/v1/ledgers/{ledger}/balances"
	for _, tt := range []struct {
		name   string
		change func(d map[string]any)
		want   string
	}{
		{"nothing", func(map[string]any) {}, ""},
		{"a route", func(d map[string]any) { delete(at(d, "paths").(map[string]any), balances) }, "GET " + balances + " is gone"},
		{"a parameter", func(d map[string]any) { without(at(d, "paths", balances, "get"), "parameters", "kind") }, "parameter kind is gone"},
		{"a parameter is needed", func(d map[string]any) {
			param(at(d, "paths", balances, "get"), "kind")["required"] = true
		}, "parameter kind is needed now"},
		{"a new parameter is needed", func(d map[string]any) {
			get := at(d, "paths", balances, "get").(map[string]any)
			get["parameters"] = append(get["parameters"].([]any), map[string]any{"name": "new", "in": "query", "required": true})
		}, "parameter new is needed now"},
		{"a new parameter", func(d map[string]any) {
			get := at(d, "paths", balances, "get").(map[string]any)
			get["parameters"] = append(get["parameters"].([]any), map[string]any{"name": "new", "in": "query"})
		}, ""},
		{"a word of a parameter", func(d map[string]any) {
			s := param(at(d, "paths", balances, "get"), "kind")["schema"].(map[string]any)
			s["enum"] = s["enum"].([]any)[1:]
		}, "sub is gone"},
		{"a member of an answer", func(d map[string]any) {
			delete(at(d, "components", "schemas", "Balance", "properties").(map[string]any), "pending")
		}, "Balance.pending is gone"},
		{"a member may be missing", func(d map[string]any) {
			at(d, "components", "schemas", "Balance").(map[string]any)["required"] = []any{"account"}
		}, "Balance.available may be missing now"},
		{"a new member is needed", func(d map[string]any) {
			s := at(d, "components", "schemas", "TransferEvent").(map[string]any)
			s["required"] = append(s["required"].([]any), "reference")
		}, "TransferEvent.reference is needed now"},
		{"a type of event", func(d map[string]any) {
			delete(at(d, "components", "schemas").(map[string]any), "TransferEvent")
			e := at(d, "components", "schemas", "Event").(map[string]any)
			e["oneOf"] = slices.DeleteFunc(e["oneOf"].([]any), func(v any) bool { return strings.HasSuffix(at(v, "$ref").(string), "/TransferEvent") })
		}, "TransferEvent is gone"},
		{"another type", func(d map[string]any) {
			at(d, "components", "schemas", "Balance", "properties", "account").(map[string]any)["type"] = "integer"
		}, "Balance.account: was string, is integer"},
		{"a status", func(d map[string]any) {
			delete(at(d, "paths", "/v1/ledgers/{ledger}/events", "post", "responses").(map[string]any), "201")
		}, "answer 201 is gone"},
		{"a media type", func(d map[string]any) {
			delete(at(d, "paths", "/v1/ledgers/{ledger}/events", "post", "requestBody", "content").(map[string]any), "application/jsonl")
		}, "application/jsonl is gone"},
		{"another scope", func(d map[string]any) { at(d, "paths", balances, "get").(map[string]any)["x-scope"] = "admin" }, "x-scope: was read, is admin"},
		{"another operation id", func(d map[string]any) { at(d, "paths", balances, "get").(map[string]any)["operationId"] = "x" },
			"operationId: was listBalances, is x"},
	} {
		d := parsed(t, text)
		tt.change(d)
		got := strings.Join(broken(parsed(t, text), d), "\n")
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: expected %q, found %q", tt.name, tt.want, got)
		}
	}
}

func parsed(t *testing.T, text []byte) (d map[string]any) {
	t.Helper()
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// at goes down members.
func at(v any, names ...string) any {
	for _, name := range names {
		of, _ := v.(map[string]any)
		v = of[name]
	}
	return v
}

// members is a member that is an object.
func members(v any, names ...string) map[string]any {
	m, _ := at(v, names...).(map[string]any)
	return m
}

// list is a member that is an array.
func list(v any, names ...string) []any {
	l, _ := at(v, names...).([]any)
	return l
}

// param is a parameter of an operation, nil if there is none of the name.
func param(op any, name string) map[string]any {
	for _, p := range list(op, "parameters") {
		if at(p, "name") == name || at(p, "$ref") == name {
			return p.(map[string]any)
		}
	}
	return nil
}

// without takes an element of a name out of a list.
func without(v any, list, name string) {
	of := v.(map[string]any)
	of[list] = slices.DeleteFunc(of[list].([]any), func(e any) bool { return at(e, "name") == name })
}

// broken lists what clients of an old document would miss in a new one.
func broken(old, now map[string]any) []string {
	b := &breaks{now: now}
	for path, item := range members(old, "paths") {
		for method, op := range item.(map[string]any) {
			name := strings.ToUpper(method) + " " + path
			current := at(now, "paths", path, method)
			if current == nil {
				b.add("%s is gone", name)
				continue
			}
			b.operation(name, op, current)
		}
	}
	for name, schema := range members(old, "components", "schemas") {
		if current := at(now, "components", "schemas", name); current == nil {
			b.add("%s is gone", name)
		} else {
			b.schema(name, schema, current)
		}
	}
	for name, p := range members(old, "components", "parameters") {
		if at(now, "components", "parameters", name) == nil {
			b.add("parameter %v is gone", at(p, "name"))
		}
	}
	slices.Sort(b.found)
	return b.found
}

// breaks collects what is broken.
type breaks struct {
	now   map[string]any
	found []string
}

func (b *breaks) add(format string, args ...any) {
	b.found = append(b.found, fmt.Sprintf(format, args...))
}

// same holds a member to what it was.
func (b *breaks) same(name string, old, now any, member string) {
	if was, is := at(old, member), at(now, member); was != nil && fmt.Sprint(was) != fmt.Sprint(is) {
		b.add("%s: was %v, is %v", name, was, is)
	}
}

func (b *breaks) operation(name string, old, now any) {
	b.same(name+": x-scope", old, now, "x-scope")
	b.same(name+": operationId", old, now, "operationId")
	for _, p := range list(old, "parameters") {
		id, ok := at(p, "name").(string)
		if !ok {
			id = at(p, "$ref").(string)
		}
		current := param(now, id)
		if current == nil {
			b.add("%s: parameter %s is gone", name, id)
			continue
		}
		b.schema(name+": "+id, at(p, "schema"), at(current, "schema"))
	}
	for _, p := range list(now, "parameters") {
		id, _ := at(p, "name").(string)
		if was := param(old, id); at(p, "required") == true && at(was, "required") != true {
			b.add("%s: parameter %s is needed now", name, id)
		}
	}
	b.content(name, members(old, "requestBody", "content"), members(now, "requestBody", "content"))
	if at(old, "requestBody") == nil && at(now, "requestBody", "required") == true {
		b.add("%s: a body is needed now", name)
	}
	for status, r := range members(old, "responses") {
		current := at(now, "responses", status)
		if current == nil {
			b.add("%s: answer %s is gone", name, status)
			continue
		}
		b.content(name+": "+status, members(r, "content"), members(current, "content"))
		for header := range members(r, "headers") {
			if at(current, "headers", header) == nil {
				b.add("%s: %s: header %s is gone", name, status, header)
			}
		}
	}
}

// content compares the forms of a body.
func (b *breaks) content(name string, old, now map[string]any) {
	for media, m := range old {
		if now[media] == nil {
			b.add("%s: %s is gone", name, media)
			continue
		}
		for _, of := range []string{"schema", "x-itemSchema"} {
			b.schema(name+": "+media, at(m, of), at(now[media], of))
		}
	}
}

// schema compares schemas. It does not know whether they are of requests or of answers, so it is as strict as for both:
// what was there stays there, what was needed stays, and nothing else is needed.
func (b *breaks) schema(name string, old, now any) {
	if old == nil {
		return
	}
	for _, member := range []string{"type", "format", "$ref", "pattern", "additionalProperties"} {
		if _, of := at(old, member).(map[string]any); !of {
			b.same(name, old, now, member)
		}
	}
	for _, word := range list(old, "enum") {
		if words := list(now, "enum"); words != nil && !slices.Contains(words, word) {
			b.add("%s: %v is gone", name, word)
		}
	}
	for member, s := range members(old, "properties") {
		if current := at(now, "properties", member); current == nil {
			b.add("%s.%s is gone", name, member)
		} else {
			b.schema(name+"."+member, s, current)
		}
	}
	b.needed(name, old, now)
	b.schema(name+"[]", at(old, "items"), at(now, "items"))
	if of := members(old, "additionalProperties"); of != nil {
		b.schema(name+"{}", of, at(now, "additionalProperties"))
	}
	for _, of := range []string{"oneOf", "anyOf"} {
		for _, choice := range list(old, of) {
			if ref := at(choice, "$ref"); ref != nil &&
				!slices.ContainsFunc(list(now, of), func(c any) bool { return at(c, "$ref") == ref }) {
				b.add("%s: %v is gone", name, ref)
			}
		}
	}
}

// needed compares which members are needed.
func (b *breaks) needed(name string, old, now any) {
	was, is := list(old, "required"), list(now, "required")
	for _, member := range was {
		if !slices.Contains(is, member) && at(now, "properties", member.(string)) != nil && !b.inRequests(name) {
			b.add("%s.%v may be missing now", name, member)
		}
	}
	for _, member := range is {
		// A member of answers that is new and always there is growth; of what may be in requests it is not.
		if !slices.Contains(was, member) && (at(old, "properties", member.(string)) != nil || b.inRequests(name)) {
			b.add("%s.%v is needed now", name, member)
		}
	}
}

// inRequests reports whether a schema refuses what it does not have, as those of requests do, or is of an event.
func (b *breaks) inRequests(name string) bool {
	return strings.HasSuffix(name, "Event") || at(b.now, "components", "schemas", name, "additionalProperties") == false
}

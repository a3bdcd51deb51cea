package openapi

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/splitledger/splitledger/posting/wire"
)

// objects has the names of the schemas of the objects that events have, by their names in package wire.
var objects = map[string]string{
	"split": "Split", "fee": "Fee", "refund policy": "RefundPolicy", "route": "Route", "chargeback policy": "ChargebackPolicy",
	"posting": "Leg", "outcome": "Outcome", "share": "OutcomeShare", "reported fee": "OutcomeFee", "source": "FactSource",
	"attributes": "Attributes", "condition": "Condition", "rule's fee split": "RuleFeeSplit",
}

// events are the schemas of events and of the objects in them: one for each type, and Event, which is any of them.
func events() map[string]*huma.Schema {
	all := map[string]*huma.Schema{}
	for object, name := range objects {
		all[name] = fieldsOf("", object == "outcome", wire.Objects()[object])
	}
	any := &huma.Schema{
		Description:   "What happened, or what is asked for. Which fields there are is said by the type; others are refused.",
		Discriminator: &huma.Discriminator{PropertyName: "type", Mapping: map[string]string{}},
	}
	for _, d := range wire.Describe() {
		common := slices.DeleteFunc(wire.Common(), func(f wire.FieldDescription) bool { return d.Has(f.Name) })
		name := EventName(string(d.Type))
		all[name] = fieldsOf(string(d.Type), false, append(common, d.Fields...))
		all[name].Description = plain(d.Doc)
		any.OneOf = append(any.OneOf, ref(name))
		any.Discriminator.Mapping[string(d.Type)] = prefix + name
	}
	all["Event"] = any
	return all
}

// EventName is what the schema of a type of event is called.
func EventName(eventType string) string { return camel(eventType) + "Event" }

// fieldsOf is the schema of an object of events, or of an event of a type.
func fieldsOf(eventType string, outcome bool, fields []wire.FieldDescription) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}}
	for _, f := range fields {
		if f.Place == "Waited" { // the ledger's own
			continue
		}
		p := form(f.Form)
		switch {
		case f.Name == "type" && eventType != "":
			p = words(eventType)
		case outcome && f.Name == "fees":
			p.Items = ref("OutcomeFee")
		}
		p.Description = plain(f.Doc)
		s.Properties[f.Name] = p
		if f.Required {
			s.Required = append(s.Required, f.Name)
		}
	}
	return s
}

// forms has what values look like, by how the tables of package wire say it to people. What is not here is told by form.
var forms = map[string]func() *huma.Schema{
	"true":                           func() *huma.Schema { return &huma.Schema{Type: huma.TypeBoolean, Enum: []any{true}} },
	"pending, available or reserved": func() *huma.Schema { return words("available", "pending", "reserved") },
	"the type of an event":           func() *huma.Schema { return &huma.Schema{Type: huma.TypeString} },
	"an event without id and at": func() *huma.Schema {
		return &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"type": {Type: huma.TypeString}},
			Required: []string{"type"}, AdditionalProperties: &huma.Schema{}}
	},
	"a refund policy":             func() *huma.Schema { return ref("RefundPolicy") },
	"a chargeback policy":         func() *huma.Schema { return ref("ChargebackPolicy") },
	"what a provider told":        func() *huma.Schema { return ref("Outcome") },
	"the source of a fact":        func() *huma.Schema { return ref("FactSource") },
	"the attributes of a payment": func() *huma.Schema { return ref("Attributes") },
	"the conditions of a rule":    func() *huma.Schema { return ref("Condition") },
}

// prefixes has the same by how it begins.
var prefixes = []struct {
	begins string
	schema func() *huma.Schema
}{
	{"an account: ", account},
	{"a currency: ", currency},
	{"a percent as ", percent},
	{"a whole number of minor units", minor},
	{"an amount or an array of amounts", func() *huma.Schema {
		return &huma.Schema{AnyOf: []*huma.Schema{ref("Amount"), {Type: huma.TypeArray, Items: ref("Amount")}}}
	}},
	{"a time as in RFC 3339", func() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Format: "date-time"} }},
	{"a day from ", func() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Format: "date"} }},
	{"a provider's name: ", func() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Pattern: providerPattern} }},
	{"a scheme: ", func() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Pattern: providerPattern} }},
	{"a kind of account: ", func() *huma.Schema { return words("sub", "provider", "bank") }},
	{"the number of ", count},
	{"a whole number of days", count},
	{"an object of arrays by provider", func() *huma.Schema {
		return &huma.Schema{Type: huma.TypeObject,
			AdditionalProperties: &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}}}
	}},
	{"an object of ", func() *huma.Schema {
		return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeString}}
	}},
}

const providerPattern = "^[a-z0-9][a-z0-9_-]{0,31}$"

// percent is the schema of a percent: text, as 5.31 has no exact binary form.
func percent() *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: `^[0-9]{1,3}(\.[0-9]{1,12})?$`, Examples: []any{"5.31"}}
}

// count is the schema of a number from 1.
func count() *huma.Schema {
	one := 1.0
	return &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: &one}
}

// What forms with limits look like.
var (
	textForm = regexp.MustCompile(`^a string of (\d+) to (\d+) (characters|bytes)$`)
	listForm = regexp.MustCompile(`^an array of (\d+) to (\d+) (.+)$`)
	wordForm = regexp.MustCompile(`^[a-z ]+: (\w+(, \w+)+)$`)
)

// elements has what the arrays of events hold.
var elements = map[string]string{
	"splits": "Split", "fees": "Fee", "routes": "Route", "shares": "OutcomeShare", "fee splits": "RuleFeeSplit", "postings": "Leg",
}

// form is the schema of a value by what it looks like in words.
func form(what string) *huma.Schema {
	if f := forms[what]; f != nil {
		return f()
	}
	if m := textForm.FindStringSubmatch(what); m != nil {
		return &huma.Schema{Type: huma.TypeString, MinLength: number(m[1]), MaxLength: number(m[2])}
	}
	if m := listForm.FindStringSubmatch(what); m != nil && elements[m[3]] != "" {
		return &huma.Schema{Type: huma.TypeArray, Items: ref(elements[m[3]]), MinItems: number(m[1]), MaxItems: number(m[2])}
	}
	if strings.HasPrefix(what, "an amount as ") {
		return ref(map[bool]string{true: "PartAmount", false: "Amount"}[strings.Contains(what, "may be left out")])
	}
	for _, p := range prefixes {
		if strings.HasPrefix(what, p.begins) {
			s := p.schema()
			if strings.Contains(what, string(wire.PaymentAccount)) {
				s.Pattern = `^([A-Za-z0-9:_./@-]{1,128}|\` + string(wire.PaymentAccount) + `)$`
			}
			return s
		}
	}
	if m := wordForm.FindStringSubmatch(what); m != nil {
		return words(strings.Split(m[1], ", ")...)
	}
	panic(fmt.Sprintf("openapi: no schema for %q: see server/internal/openapi/events.go", what))
}

func number(text string) *int {
	n, _ := strconv.Atoi(text) // digits only
	return &n
}

// plain is a text without the marks of Markdown that links of docs/events.md need.
func plain(text string) string { return linkForm.ReplaceAllString(cmp.Or(text, ""), "$1") }

var linkForm = regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`)

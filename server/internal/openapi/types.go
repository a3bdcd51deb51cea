package openapi

import (
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// own has the types whose JSON is not that of their fields, and what stands for them. Other types that are written as
// text are strings.
var own = map[reflect.Type]reflect.Type{
	reflect.TypeFor[money.Amount]():    reflect.TypeFor[amountSchema](),
	reflect.TypeFor[query.Minor]():     reflect.TypeFor[minorSchema](),
	reflect.TypeFor[money.Currency]():  reflect.TypeFor[currencySchema](),
	reflect.TypeFor[money.Percent]():   reflect.TypeFor[percentSchema](),
	reflect.TypeFor[accounts.ID]():     reflect.TypeFor[accountSchema](),
	reflect.TypeFor[accounts.Kind]():   reflect.TypeFor[kindSchema](),
	reflect.TypeFor[accounts.Status](): reflect.TypeFor[statusSchema](),
	reflect.TypeFor[ledger.Sub]():      reflect.TypeFor[subSchema](),
	reflect.TypeFor[posting.Event]():   reflect.TypeFor[eventSchema](),
	reflect.TypeFor[uuid.UUID]():       reflect.TypeFor[uuidSchema](),
	reflect.TypeFor[query.Moment]():    reflect.TypeFor[momentSchema](),

	reflect.TypeFor[query.ClassCounts](): reflect.TypeFor[map[string]uint64](),
	reflect.TypeFor[query.PostStatus]():  reflect.TypeFor[postStatusSchema](),
}

// asTagged has the types that write their JSON themselves, but as the tags of their fields say.
var asTagged = map[reflect.Type]bool{
	reflect.TypeFor[query.Record]():     true,
	reflect.TypeFor[query.CloudEvent](): true,
}

// Known reports whether a type has a schema of its own in the table.
func Known(t reflect.Type) bool { return own[t] != nil }

// known has the types of which huma knows the form.
var known = map[reflect.Type]bool{reflect.TypeFor[time.Time](): true}

// amounts are the schemas of amounts, by name.
func amounts() map[string]*huma.Schema {
	return map[string]*huma.Schema{
		"Amount": {Type: huma.TypeObject, Description: "An amount in whole minor units of its currency, exact. Never a fraction.",
			Properties: map[string]*huma.Schema{"value": minor(), "currency": currency()}, Required: []string{"value", "currency"},
			Examples: []any{map[string]any{"value": 40000, "currency": "USD"}}},
		"PartAmount": {Type: huma.TypeObject, Description: "An amount whose currency may be left out where the event's amount has one.",
			Properties: map[string]*huma.Schema{"value": minor(), "currency": currency()}, Required: []string{"value"},
			Examples: []any{map[string]any{"value": 39600}}},
	}
}

// minor is the schema of minor units. It has no format, as they may have 36 digits.
func minor() *huma.Schema {
	return &huma.Schema{Type: huma.TypeInteger, Examples: []any{40000},
		Description: "Minor units, up to 36 digits. In requests a string of digits is taken too; with Prefer: amounts=string answers have one."}
}

func currency() *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: "^[A-Z][A-Z0-9]{2,11}$", Examples: []any{"USD"},
		Description: "By ISO 4217, or an asset of the ledger's own."}
}

func account() *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: "^[A-Za-z0-9:_./@-]{1,128}$", Examples: []any{"seller:42"}}
}

// words is the schema of a string out of a list.
func words(of ...string) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, w := range of {
		s.Enum = append(s.Enum, w)
	}
	return s
}

// ref is a reference to a schema by its name.
func ref(name string) *huma.Schema { return &huma.Schema{Ref: prefix + name} }

type (
	amountSchema   struct{}
	minorSchema    struct{}
	currencySchema struct{}
	percentSchema  struct{}
	accountSchema  struct{}
	kindSchema     struct{}
	statusSchema   struct{}
	subSchema      struct{}
	eventSchema    struct{}
	uuidSchema     struct{}
	momentSchema   struct{}

	postStatusSchema struct{}
)

func (amountSchema) Schema(huma.Registry) *huma.Schema   { return ref("Amount") }
func (minorSchema) Schema(huma.Registry) *huma.Schema    { return minor() }
func (currencySchema) Schema(huma.Registry) *huma.Schema { return currency() }
func (accountSchema) Schema(huma.Registry) *huma.Schema  { return account() }
func (eventSchema) Schema(huma.Registry) *huma.Schema    { return ref("Event") }

func (percentSchema) Schema(huma.Registry) *huma.Schema { return percent() }

func (kindSchema) Schema(huma.Registry) *huma.Schema {
	return words("sub", "platform", "liable", "provider", "bank", "fx")
}

func (statusSchema) Schema(huma.Registry) *huma.Schema { return words("open", "frozen", "closed") }

func (subSchema) Schema(huma.Registry) *huma.Schema {
	return words(ledger.Pending.String(), ledger.Available.String(), ledger.Reserved.String())
}

func (postStatusSchema) Schema(huma.Registry) *huma.Schema {
	return words(string(query.PostAccepted), string(query.PostDuplicate), string(query.PostRefused), "stopped")
}

func (uuidSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "uuid"}
}

func (momentSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Examples: []any{"2026-03-31"}, // one, as OpenAPI 3.0 takes no more
		Description: "A time as in RFC 3339, a day or a month."}
}

package server

import (
	"iter"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

// asOf are the parameters of questions as of a time.
type asOf struct {
	At       query.Moment `query:"as_of" doc:"what had happened by this time, day or month, late news included"`
	Recorded query.Moment `query:"recorded" doc:"what the books knew by this time, day or month"`
	Zone     zone         `query:"zone" doc:"of days and months, a name of the IANA database; UTC by default"`
}

// asked is what is asked for. A time to come is refused: the answer would change.
func (p *asOf) asked(now time.Time) (ledger.AsOf, error) {
	asked := query.AsOfMoments(&p.At, &p.Recorded, p.Zone.location())
	for _, m := range []struct {
		field string
		begin time.Time
	}{{"as_of", p.At.Begin(p.Zone.location())}, {"recorded", p.Recorded.Begin(p.Zone.location())}} {
		if m.begin.After(now) {
			return asked, &ledger.Error{Code: ledger.Invalid, Field: m.field,
				Message: "expected a time that is not after now, found " + m.begin.Format(time.RFC3339)}
		}
	}
	return asked, nil
}

// A zone is the time zone of a question.
type zone struct{ at *time.Location }

// Set finds a zone by its name.
func (z *zone) Set(name string) (err error) {
	z.at, err = query.ParseZone(name)
	return err
}

func (z *zone) location() *time.Location {
	if z.at == nil {
		return time.UTC
	}
	return z.at
}

// within are the parameters of questions about a period.
type within struct {
	From query.Moment `query:"from" doc:"this time, or the beginning of this day or month"`
	To   query.Moment `query:"to" doc:"before this time, or up to the end of this day or month"`
	Zone zone         `query:"zone" doc:"of days and months, a name of the IANA database; UTC by default"`
}

// period is what is asked for.
func (p *within) period() (query.Period, error) {
	period, ok := query.Between(&p.From, &p.To, p.Zone.location())
	if !ok {
		return period, &ledger.Error{Code: ledger.Invalid, Field: "to",
			Message: "expected an end after the beginning, found " + p.To.String() + " and " + p.From.String()}
	}
	return period, nil
}

// page are the parameters of lists.
type page struct {
	Limit int    `query:"limit" doc:"rows at most, 1 to 1000; 100 by default"`
	After string `query:"after" doc:"next of the page before"`
}

// A List is a part of a list.
type List[T any] struct {
	Data []T    `json:"data"`
	Next string `json:"next,omitempty" doc:"of the next page; absent on the last one"`
}

// A lister answers with a list: it returns how the list is made of books as of a record.
type lister[P any, T query.Keyed] func(c *call, p *P) (func(*query.Books) iter.Seq2[T, error], error)

// list makes a route that answers with a list, in pages that are all of one state of the books.
func list[P any, T query.Keyed](path string, scope Scope, summary string, f lister[P, T]) *Route {
	r := &Route{Method: http.MethodGet, Path: path, Scope: scope, Summary: summary, Params: reflect.TypeFor[P](),
		Answers: has[List[T]](), Paged: true, CSV: true}
	r.handle = func(c *call) error {
		var p P
		of := page{Limit: 100}
		if err := c.params(&p, &of); err != nil {
			return err
		}
		rows, err := f(c, &p)
		if err != nil {
			return err
		}
		if of.Limit < 1 || of.Limit > 1000 {
			return &ledger.Error{Code: ledger.Invalid, Field: "limit", Message: "expected 1 to 1000"}
		}
		got, err := query.PageOf(c.ledger.books, rows, query.PageRequest{List: c.listName(), After: of.After, Limit: of.Limit})
		if err != nil {
			return err
		}
		c.record(got.Record)
		return c.answer(List[T]{got.Data, got.Next})
	}
	return r
}

// listName tells lists apart: by route and filters.
func (c *call) listName() string {
	q := c.r.URL.Query()
	q.Del("after")
	q.Del("limit")
	return c.route.Path + "?" + q.Encode()
}

// balanceParams say which balances are wanted.
type balanceParams struct {
	Account  []string       `query:"account" doc:"an id, or a pattern such as seller:*; may be repeated"`
	Kind     accounts.Kind  `query:"kind" doc:"sub, platform, liable, provider, bank or fx"`
	Currency money.Currency `query:"currency" doc:"only of this one"`
	asOf
}

func balanceRoutes() []*Route {
	return []*Route{
		list(InLedger+"/balances", Read, "What accounts have, by currency",
			func(c *call, p *balanceParams) (func(*query.Books) iter.Seq2[query.Balance, error], error) {
				when, err := p.asked(c.server.now())
				if err != nil {
					return nil, err
				}
				if len(c.who.Accounts) > 0 && len(p.Account) == 0 {
					p.Account = c.who.Accounts
				}
				for _, id := range p.Account {
					if err := c.seesAccount(accounts.ID(id)); err != nil && !slices.Contains(c.who.Accounts, id) {
						return nil, err
					}
				}
				f := query.BalanceFilter{AccountFilter: query.AccountFilter{Accounts: p.Account, Kind: p.Kind}, AsOf: when, Currency: p.Currency}
				return func(b *query.Books) iter.Seq2[query.Balance, error] { return query.All(b.Balances(f)) }, nil
			}),
	}
}

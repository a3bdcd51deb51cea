package server

import (
	"io"
	"iter"
	"net/http"
	"reflect"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// page are the parameters of lists.
type page struct {
	Limit int    `query:"limit" doc:"rows at most, 1 to 1000; 100 by default"`
	After string `query:"after" doc:"next of the page before"`
}

// defaults sets the size of a page for which none is asked.
func (p *page) defaults() { p.Limit = 100 }

// check refuses a size that no page has.
func (p *page) check() error {
	if p.Limit < 1 || p.Limit > 1000 {
		return &ledger.Error{Code: ledger.Invalid, Field: "limit", Message: "expected 1 to 1000"}
	}
	return nil
}

// A List is a part of a list.
type List[T any] struct {
	Data []T    `json:"data"`
	Next string `json:"next,omitempty" doc:"of the next page; absent on the last one"`
}

// all is a list in one piece, of which no page follows.
func all[T any](rows []T) *List[T] {
	if rows == nil {
		rows = []T{}
	}
	return &List[T]{Data: rows}
}

// A rows says how a list is made of books as of a record.
type rows[T any] func(*query.Books) iter.Seq2[T, error]

// A lister answers with a list.
type lister[P any, T query.Keyed] func(c *call, p *P) (rows[T], error)

// A csvOf writes a value as CSV, as the command that has the same question does.
type csvOf[P, A any] func(w io.Writer, s columns.Style, p *P, a A) error

// A backwards list may go the other way round, by its parameters.
type backwards interface{ descending() bool }

// list makes a route that answers with a list, in pages that are all of one state of the books; as CSV with all rows of
// one state, as they are found. csv says how these are written, if not as they are.
func list[P any, T query.Keyed](path string, scope Scope, summary string, f lister[P, T], csv ...csvOf[P, iter.Seq2[T, error]]) *Route {
	r := &Route{Method: http.MethodGet, Path: path, Scope: scope, Summary: summary, Params: reflect.TypeFor[P](),
		Answers: has[List[T]](), Paged: true, CSV: true}
	r.handle = func(c *call) error {
		if r.one != nil && c.given("id") {
			return c.listOfOne()
		}
		return answerList(c, f, csv...)
	}
	return r
}

// answerList answers with a page of a list, or with all of it as CSV.
func answerList[P any, T query.Keyed](c *call, f lister[P, T], csv ...csvOf[P, iter.Seq2[T, error]]) error {
	var p P
	var of page
	of.defaults()
	if err := c.params(&p, &of); err != nil {
		return err
	}
	if err := of.check(); err != nil {
		return err
	}
	rows, err := f(c, &p)
	if err != nil {
		return err
	}
	if c.wantsCSV() {
		books := c.pinned()
		return c.csv(func(w io.Writer, s columns.Style) error {
			if len(csv) > 0 {
				return csv[0](w, s, &p, rows(books))
			}
			return columns.WriteCSV(w, s, rows(books))
		})
	}
	defer c.within(readTime)()
	request := query.PageRequest{List: c.listName(), After: of.After, Limit: of.Limit}
	if d, ok := any(&p).(backwards); ok {
		request.Desc = d.descending()
	}
	got, err := query.PageOf(c.ledger.books, rows, request)
	if err != nil {
		return err
	}
	c.record(got.Record)
	return c.answer(List[T]{got.Data, got.Next})
}

// listName tells lists apart: by route and filters.
func (c *call) listName() string {
	q := c.query()
	q.Del("after")
	q.Del("limit")
	q.Del("consistency")
	q.Del("format")
	return c.route.Path + "?" + q.Encode()
}

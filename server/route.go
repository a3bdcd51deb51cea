package server

import (
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/splitledger/splitledger/query/columns"
)

// A Route is a row of the table of routes.
type Route struct {
	Method  string
	Path    string // a pattern of [http.ServeMux]; below InLedger where the route is of one ledger
	Scope   Scope
	Summary string          // one line
	Doc     string          // more, possibly ""
	Params  reflect.Type    // a struct whose tags name the query's parameters; nil takes none
	Body    []Media         // what may be sent; none takes no body
	Answers []Media         // what is answered with 2xx
	Status  int             // of success; 0 is 200
	Other   map[int][]Media // what is answered with other statuses of success
	Paged   bool            // takes limit and after
	CSV     bool            // also as text/csv
	Codes   []string        // of refusals that are not everywhere, for the document
	Signed  bool            // Open, and authenticated by what is sent: its handler checks the signature of a provider

	handle func(*call) error
	one    *Route  // of a list: the route of one of its items by id
	listed []Media // its answer where that is a list of one
}

// A Media is a form of a body.
type Media struct {
	Type  string       // such as application/json
	Value reflect.Type // what it holds; nil is bytes or text
}

// InLedger is where the routes of a ledger begin.
const InLedger = "/v1/ledgers/{ledger}"

// ofLedger reports whether the route is of one ledger.
func (r *Route) ofLedger() bool { return strings.HasPrefix(r.Path, InLedger) }

// accepts reports whether a body of a type may be sent.
func (r *Route) accepts(media string) bool {
	for _, m := range r.Body {
		if m.Type == media || m.Type == "*/*" {
			return true
		}
	}
	return false
}

// has says that routes answer with a value of a type as JSON.
func has[T any]() []Media { return []Media{{"application/json", reflect.TypeFor[T]()}} }

// takes says that routes take a value of a type as JSON.
func takes[T any]() []Media { return has[T]() }

// An asker answers a question: P has its parameters, A its answer.
type asker[P, A any] func(c *call, p *P) (A, error)

// ask makes a route that answers a question with one value, and where csv says how, with CSV.
func ask[P, A any](path string, scope Scope, summary string, f asker[P, A], csv ...csvOf[P, A]) *Route {
	r := &Route{Method: http.MethodGet, Path: path, Scope: scope, Summary: summary, Params: reflect.TypeFor[P](), Answers: has[A](),
		CSV: len(csv) > 0, listed: has[List[A]]()}
	r.handle = func(c *call) error {
		var p P
		if c.r.URL.RawQuery != "" && r.one != nil && !c.single && c.given("id") {
			return c.listOfOne()
		}
		if d, ok := any(&p).(interface{ defaults() }); ok {
			d.defaults()
		}
		if err := c.params(&p); err != nil {
			return err
		}
		defer c.within(readTime)()
		a, err := f(c, &p)
		if err != nil {
			return err
		}
		if c.wantsCSV() {
			return c.csv(func(w io.Writer, s columns.Style) error { return csv[0](w, s, &p, a) })
		}
		return c.answer(a)
	}
	return r
}

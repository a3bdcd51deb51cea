package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// query are the parameters of the request, as a copy.
func (c *call) query() url.Values { return c.r.URL.Query() }

// given reports whether the request has a parameter.
func (c *call) given(name string) bool { return c.r.URL.RawQuery != "" && c.query().Has(name) }

// within limits the time in which the request is answered. done gives back what that takes.
func (c *call) within(d time.Duration) (done func()) {
	ctx, cancel := context.WithTimeout(c.r.Context(), d)
	c.r = c.r.WithContext(ctx)
	return cancel
}

// ctx is done when nobody waits for the answer any more, or it takes too long.
func (c *call) ctx() context.Context { return c.r.Context() }

// pinned are the books as of the last record, whatever is booked from now on. The answer is of that record.
func (c *call) pinned() *query.Books {
	head := c.head()
	c.record(head)
	if head == 0 { // it has nothing, and 0 would stand for now
		return c.ledger.books
	}
	return c.ledger.books.Until(head)
}

// wantsCSV reports whether the answer is to be CSV: by the parameter format, or else by what the client accepts.
func (c *call) wantsCSV() bool {
	if !c.route.CSV {
		return false
	}
	if c.given("format") {
		return c.query().Get("format") == "csv"
	}
	accept := strings.Join(c.r.Header.Values("Accept"), ",")
	return strings.Contains(accept, "text/csv") && accepted(accept, "text/csv") && !strings.Contains(accept, "application/json")
}

// csv answers with CSV, as it is written.
func (c *call) csv(write func(io.Writer, columns.Style) error) error {
	return c.streamed("text/csv; charset=utf-8", func(w io.Writer) error {
		return write(w, columns.Style{Table: c.ledger.ledger.Table()})
	})
}

// streamed answers with what is written, as it is written. An error before the first byte is answered as such; after it
// the connection is cut, so that nobody takes a part for the whole. A client that does not read is given up, and so is
// an answer of which nothing comes for long.
func (c *call) streamed(media string, write func(io.Writer) error) error {
	ctx, cancel := context.WithCancelCause(c.r.Context())
	defer cancel(nil)
	defer context.AfterFunc(c.server.stopping, func() { cancel(context.Canceled) })()
	c.r = c.r.WithContext(ctx)
	out := &streamedBody{c: c, media: media, conn: http.NewResponseController(c.w)}
	out.still = time.AfterFunc(progressTime, func() { cancel(context.DeadlineExceeded) })
	defer out.still.Stop()
	err := write(out)
	if errors.Is(err, errHead) {
		return nil
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err == nil && c.status == 0 { // of nothing at all
		_, err = out.Write(nil)
	}
	return err
}

// errHead ends the answer to HEAD, of which nobody wants more than the headers.
var errHead = errors.New("only the headers were asked for")

// A streamedBody begins the answer with its first bytes.
type streamedBody struct {
	c     *call
	media string
	conn  *http.ResponseController
	still *time.Timer // ends an answer that does not go on
}

func (s *streamedBody) Write(b []byte) (int, error) {
	if s.c.status == 0 {
		s.c.w.Header().Set("Content-Type", s.media)
		s.c.status = http.StatusOK
		s.c.w.WriteHeader(http.StatusOK)
	}
	if s.c.r.Method == http.MethodHead {
		return 0, errHead
	}
	s.still.Reset(progressTime)
	s.conn.SetWriteDeadline(time.Now().Add(progressTime)) // the wall's clock, as it is the network's
	return s.c.w.Write(b)
}

// listOfOne answers a list of which one item is wanted by its id: where a proxy rewrites a path, an id cannot stand in it.
func (c *call) listOfOne() error {
	one := c.route.one
	if c.wantsCSV() {
		return &ledger.Error{Code: ledger.Invalid, Field: "format", Message: "expected json with id, found csv"}
	}
	c.single = true
	c.r.SetPathValue(one.key(), c.query().Get("id"))
	err := one.handle(c)
	if err == nil || c.status != 0 || problem(err, true).Status != http.StatusNotFound {
		return err
	}
	c.single = false
	return c.answer(all[struct{}](nil))
}

// key is the name of the last segment of the path, "" if that is not a name.
func (r *Route) key() string {
	last := r.Path[strings.LastIndexByte(r.Path, '/')+1:]
	if name, ok := strings.CutPrefix(last, "{"); ok {
		return strings.TrimSuffix(name, "}")
	}
	return ""
}

// withLists lets every list be asked for one of its items: GET X?id=ID is GET X/{id} as a list of at most one. Where
// there is no list, there is one for this alone.
func withLists(routes []*Route) []*Route {
	at := map[string]*Route{}
	for _, r := range routes {
		if r.Method == http.MethodGet {
			at[r.Path] = r
		}
	}
	for _, one := range routes {
		if one.Method != http.MethodGet || one.key() == "" || one.Path == InLedger {
			continue
		}
		path := strings.TrimSuffix(one.Path, "/{"+one.key()+"}")
		if r := at[path]; r != nil {
			r.one = one
		} else if !strings.HasSuffix(path, "}") {
			at[path] = byID(path, one)
			routes = append(routes, at[path])
		}
	}
	return routes
}

// byID is a route that answers with one item by its id, as a list.
func byID(path string, one *Route) *Route {
	r := &Route{Method: http.MethodGet, Path: path, Scope: one.Scope, Summary: one.Summary + ", as a list of at most one",
		Params: typeOf[struct {
			ID string `query:"id" doc:"of the one that is wanted"`
		}](), Answers: one.listed, one: one}
	r.handle = func(c *call) error {
		if !c.given("id") {
			return &ledger.Error{Code: ledger.Invalid, Field: "id", Message: "expected id, found none"}
		}
		return c.listOfOne()
	}
	return r
}

package server

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"iter"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	adapters "github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
	"github.com/splitledger/splitledger/reconcile"
	"github.com/splitledger/splitledger/server/internal/sse"
	"github.com/splitledger/splitledger/server/runs"
)

// uploadParams say whose reports are uploaded, and how they are read.
type uploadParams struct {
	Provider string       `query:"provider" doc:"whose reports they are"`
	Name     string       `query:"name" doc:"of the file, where the body is one"`
	Account  string       `query:"account" doc:"at the provider, that the reports are of where they do not say"`
	Decimal  string       `query:"decimal" doc:"sign of amounts, . or , ; needed only where both could be meant"`
	Dates    string       `query:"dates" doc:"order of dates such as 2/11/25" enum:"dmy,mdy"`
	Zone     zone         `query:"zone" doc:"of times that have none, and of through; a name of the IANA database"`
	Through  query.Moment `query:"through" doc:"leaves what happened after this day, month or time for later"`
	TestMode bool         `query:"test_mode" doc:"the reports are of the provider's test mode"`
}

// options are the parameters as a run has them.
func (p *uploadParams) options() (o runs.Options, err error) {
	if _, err := adapters.Registry().ByName(p.Provider); err != nil {
		return o, &ledger.Error{Code: ledger.Invalid, Field: "provider", Message: err.Error()}
	}
	if err := errors.Join(oneOf("dates", []string{p.Dates}, "", "dmy", "mdy"), oneOf("decimal", []string{p.Decimal}, "", ".", ",")); err != nil {
		return o, err
	}
	o = runs.Options{Provider: p.Provider, Account: p.Account, Dates: p.Dates, Decimal: p.Decimal, TestMode: p.TestMode}
	if p.Zone.at != nil {
		o.Zone = p.Zone.at.String()
	}
	if p.Through.Given() {
		o.Through = p.Through.End(p.Zone.location())
	}
	return o, nil
}

// runsParams say which runs are wanted.
type runsParams struct {
	page
	State    []string `query:"state" doc:"may be repeated" enum:"reading,matching,done,posting,posted,failed,cancelled"`
	Provider string   `query:"provider" doc:"whose reports they are"`
	Clean    string   `query:"clean" doc:"whether nothing is left to be done" enum:"true,false"`
}

// breaksParams say which breaks are wanted.
type breaksParams struct {
	ID       string            `path:"id" doc:"of the reconciliation"`
	Class    []reconcile.Class `query:"class" doc:"may be repeated"`
	Currency money.Currency    `query:"currency" doc:"of what differs"`
	Least    age               `query:"min_age" doc:"open for so long at least: 90m, 36h or 7d"`
}

// anyFile takes a report as it is, or several in parts.
var anyFile = []Media{{"*/*", nil}, {"multipart/form-data", nil}}

// runRoutes compare reports with the books.
func runRoutes() []*Route {
	const all, one = InLedger + "/reconciliations", InLedger + "/reconciliations/{id}"
	work := func(method, path string, scope Scope, summary, doc string, f func(*call) error) *Route {
		return &Route{Method: method, Path: path, Scope: scope, Summary: summary, Doc: doc, Params: typeOf[ofID](), Status: http.StatusAccepted,
			Answers: has[runs.Run](), Other: map[int][]Media{http.StatusOK: has[runs.Run]()}, Codes: []string{"404", "409"}, handle: f}
	}
	upload := work(http.MethodPost, all, Read, "Compare a provider's reports with the books",
		"The body is a report, or multipart of several. A run is its files: the same again, read in the same way, is the same run. Content-Digest is "+
			"checked, and a digest that is known is answered before the body is read. With Prefer: wait=SECONDS the answer is 200 where it is done by then. "+
			"Nothing is booked.", (*call).upload)
	upload.Params, upload.Body = typeOf[uploadParams](), anyFile
	post := work(http.MethodPost, one+"/post", Reconcile, "Book what the reports prove",
		"It compares anew. With If-Match it refuses where somebody has compared since. Posting again books nothing.", (*call).postRun)
	post.Codes = append(post.Codes, "412")
	get := ask(one, Read, "How far a reconciliation is, and what came of it", func(c *call, p *ofID) (*runs.Run, error) {
		r, tag, _, err := c.ledger.runs.Get(p.ID)
		if err != nil {
			return nil, runError(err)
		}
		c.w.Header().Set("ETag", etag(tag))
		return &r, nil
	})
	events := &Route{Method: http.MethodGet, Path: one + "/events", Scope: Read, Summary: "How a reconciliation goes on, as it happens",
		Doc:    "Events progress, then class for each class, then end with the run.",
		Params: typeOf[ofID](), Answers: []Media{{eventStream, nil}}, handle: (*call).followRun}
	breaks := &Route{Method: http.MethodGet, Path: one + "/breaks", Scope: Read, Summary: "The breaks of the last comparison, the largest first",
		Params: typeOf[breaksParams](), Answers: has[List[runs.Break]](), Paged: true, CSV: true, handle: (*call).breaks}
	return []*Route{upload, get, events, breaks, post,
		ask(all, Read, "The reconciliations, the newest first", (*call).listRuns),
		work(http.MethodPost, one+"/compare", Read, "Compare again, with the books as they are now", "", (*call).compareRun),
		work(http.MethodPost, one+"/cancel", Read, "Give a comparison up", "409 where it is over.", (*call).cancelRun)}
}

// etag is the tag of a run that was compared so often.
func etag(tag int) string { return `"` + strconv.Itoa(tag) + `"` }

// runError says what is wrong with a request about a run.
func runError(err error) error {
	switch {
	case errors.Is(err, runs.ErrNone):
		return ledger.Errorf(NotFound, "%v", err)
	case errors.Is(err, runs.ErrChanged):
		return &ledger.Error{Code: PreconditionFailed, Field: "If-Match", Message: err.Error()}
	case errors.Is(err, runs.ErrTooLarge):
		return ledger.Errorf(PayloadTooLarge, "%v", err)
	case errors.Is(err, runs.ErrCursor):
		return &ledger.Error{Code: ledger.Invalid, Field: "after", Message: err.Error()}
	}
	return err
}

// answerRun answers with a run: 200 where it is over, or known, and 202 where it goes on.
func (c *call) answerRun(id string, known bool) error {
	ctx, cancel := context.WithTimeout(c.r.Context(), c.waits(0))
	defer cancel()
	r, tag, err := c.ledger.runs.Wait(ctx, id)
	if err != nil {
		return runError(err)
	}
	if c.r.Header.Get("Prefer") != "" && c.prefers("wait") != "" {
		c.w.Header().Add("Preference-Applied", "wait="+c.prefers("wait"))
	}
	h := c.w.Header()
	h.Set("Location", "/v1/ledgers/"+c.ledger.name+"/reconciliations/"+url.PathEscape(id))
	h.Set("ETag", etag(tag))
	status := http.StatusAccepted
	if known || r.State != runs.Reading && r.State != runs.Matching && r.State != runs.Posting {
		status = http.StatusOK
	}
	return c.answerAs(status, r)
}

// upload takes reports in, and begins to compare them.
func (c *call) upload() error {
	var p uploadParams
	if err := c.params(&p); err != nil {
		return err
	}
	options, err := p.options()
	if err != nil {
		return err
	}
	digest, err := c.digest()
	if err != nil {
		return err
	}
	media, params, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	several := strings.HasPrefix(media, "multipart/")
	if digest != nil && !several && c.r.Header.Get("Content-Encoding") == "" {
		id := runs.ID([]string{hex.EncodeToString(digest)}, options)
		if _, _, _, err := c.ledger.runs.Get(id); err == nil {
			return c.answerRun(id, true)
		}
	}
	u, err := c.ledger.runs.Upload()
	if err != nil {
		return err
	}
	defer u.Close()
	sum := sha256.New()
	c.r.Body = &hashed{c.r.Body, sum}
	body, err := c.input()
	if err != nil {
		return err
	}
	body = &patient{body, http.NewResponseController(c.w)}
	if several {
		err = addParts(u, multipart.NewReader(body, params["boundary"]))
	} else {
		err = u.Add(p.Name, body)
	}
	if err != nil {
		return runError(err)
	}
	if _, err = io.Copy(io.Discard, io.LimitReader(c.r.Body, maxEvent)); err != nil { // behind the last part, and of the digest
		return readError(err)
	}
	if digest != nil && string(sum.Sum(nil)) != string(digest) {
		return &ledger.Error{Code: ledger.Invalid, Field: "Content-Digest", Message: "expected the digest of the body, sha-256=:" +
			base64.StdEncoding.EncodeToString(sum.Sum(nil)) + ":, found another one"}
	}
	id, known, err := u.Begin(options)
	if err != nil {
		return runError(err)
	}
	return c.answerRun(id, known)
}

// hashed sums what is read.
type hashed struct {
	io.ReadCloser
	sum hash.Hash
}

func (h *hashed) Read(b []byte) (int, error) {
	n, err := h.ReadCloser.Read(b)
	h.sum.Write(b[:n])
	return n, err
}

// addParts adds the files of a body in parts. Parts without a file's name are fields of a form, which has none here.
func addParts(u *runs.Upload, parts *multipart.Reader) error {
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return &ledger.Error{Code: ledger.Invalid, Message: "expected a body in parts, as its Content-Type says: " + err.Error()}
		}
		if part.FileName() == "" {
			return &ledger.Error{Code: ledger.Invalid, Field: part.FormName(), Message: "expected files alone, found a part without the name of one: " +
				"options are parameters of the query"}
		}
		if err := u.Add(part.FileName(), part); err != nil {
			return err
		}
	}
}

// digest is what the client says that the SHA-256 of the body is, nil if it does not.
func (c *call) digest() ([]byte, error) {
	for _, line := range c.r.Header.Values("Content-Digest") {
		for part := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			if !strings.EqualFold(name, "sha-256") { // others may be there beside it
				continue
			}
			sum, err := base64.StdEncoding.DecodeString(strings.Trim(value, ":"))
			if err != nil || len(sum) != sha256.Size || len(value) < 2 || value[0] != ':' {
				return nil, &ledger.Error{Code: ledger.Invalid, Field: "Content-Digest", Message: "expected sha-256=:BASE64:, found " + part}
			}
			return sum, nil
		}
	}
	return nil, nil
}

// runID is the id of the path, of a run that there is.
func (c *call) runID() (string, error) {
	var p ofID
	if err := c.params(&p); err != nil {
		return "", err
	}
	c.inPath = true
	_, _, _, err := c.ledger.runs.Get(p.ID)
	return p.ID, runError(err)
}

// compareRun compares a run again.
func (c *call) compareRun() error {
	id, err := c.runID()
	if err == nil {
		err = c.ledger.runs.Compare(id)
	}
	if err != nil {
		return err
	}
	return c.answerRun(id, false)
}

// cancelRun gives a comparison up.
func (c *call) cancelRun() error {
	id, err := c.runID()
	if err == nil {
		err = c.ledger.runs.Cancel(id)
	}
	if err != nil {
		return err
	}
	return c.answerRun(id, true)
}

// postRun books what the reports of a run prove.
func (c *call) postRun() error {
	id, err := c.runID()
	if err != nil {
		return err
	}
	tag := 0
	if text := c.r.Header.Get("If-Match"); text != "" && text != "*" {
		if tag, err = strconv.Atoi(strings.Trim(text, `"`)); err != nil || tag <= 0 {
			return &ledger.Error{Code: PreconditionFailed, Field: "If-Match", Message: "expected the ETag of the reconciliation, found " + text}
		}
	}
	if _, err := c.ledger.runs.Post(id, c.who.By, tag); err != nil {
		return runError(err)
	}
	return c.answerRun(id, false)
}

// listRuns lists the runs.
func (c *call) listRuns(p *runsParams) (*List[runs.Run], error) {
	if err := oneOf("clean", []string{p.Clean}, "", "true", "false"); err != nil {
		return nil, err
	}
	if err := oneOf("state", p.State, "reading", "matching", "done", "posting", "posted", "failed", "cancelled"); err != nil {
		return nil, err
	}
	var list []runs.Run
	for _, r := range c.ledger.runs.List() {
		is := p.Provider == "" || p.Provider == r.Provider
		is = is && (p.Clean == "" || p.Clean == strconv.FormatBool(r.Clean))
		if is && (len(p.State) == 0 || oneOf("", []string{string(r.State)}, p.State...) == nil) {
			list = append(list, r)
		}
	}
	return pageOf(list, &p.page, func(r runs.Run) string { return r.ID })
}

// breaks answers with a page of the breaks of a run, or all of them as CSV.
func (c *call) breaks() error {
	var p breaksParams
	var of page
	of.defaults()
	if err := c.params(&p, &of); err != nil {
		return err
	}
	if err := errors.Join(of.check(), oneOf("class", p.Class, reconcile.Classes()...)); err != nil {
		return err
	}
	r, tag, _, err := c.ledger.runs.Get(p.ID)
	if err != nil {
		return runError(err)
	}
	c.record(r.Record)
	c.w.Header().Set("ETag", etag(tag))
	f := runs.Filter{Classes: p.Class, Currency: p.Currency}
	if p.Least.Duration > 0 {
		f.Since = c.server.now().Add(-p.Least.Duration)
	}
	list := c.ledger.runs.Breaks(p.ID, f, of.After)
	if c.wantsCSV() {
		return c.csv(func(w io.Writer, s columns.Style) error { return columns.WriteCSV(w, s, list) })
	}
	answer, err := firstBreaks(list, of.Limit)
	if err != nil {
		return runError(err)
	}
	return c.answer(answer)
}

// firstBreaks is a page of breaks.
func firstBreaks(list iter.Seq2[runs.Break, error], limit int) (List[runs.Break], error) {
	l := List[runs.Break]{Data: []runs.Break{}}
	for b, err := range list {
		if err != nil {
			return l, err
		}
		if len(l.Data) == limit {
			l.Next = l.Data[limit-1].Next()
			break
		}
		l.Data = append(l.Data, b)
	}
	return l, nil
}

// progressEvery is how often a client hears how far a run is.
const progressEvery = 500 * time.Millisecond

// followRun tells how a run goes on until it is over.
func (c *call) followRun() error {
	id, err := c.runID()
	if err != nil {
		return err
	}
	c.status = http.StatusOK
	err = sse.Serve(c.w, c.r, sse.Options{Budget: c.server.feeds, Last: c.lastEvent}, func(ctx context.Context, s *sse.Stream) error {
		for {
			r, _, changed, err := c.ledger.runs.Get(id)
			if err != nil {
				return err
			}
			if err := sendJSON(s, "progress", map[string]any{"state": r.State, "done": r.Progress.Done, "total": r.Progress.Total}); err != nil {
				return err
			}
			if r.State != runs.Reading && r.State != runs.Matching && r.State != runs.Posting {
				return endRun(s, &r)
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return ctx.Err()
			case <-c.server.stopping.Done():
				return ledger.Errorf(Unavailable, "the server is stopping")
			}
			select {
			case <-time.After(progressEvery):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	if c.r.Context().Err() != nil { // whoever is gone has no use for an error
		return nil
	}
	return err
}

// endRun sends what came of a run.
func endRun(s *sse.Stream, r *runs.Run) error {
	for _, class := range reconcile.Classes() {
		if r.Summary == nil {
			break
		}
		if err := sendJSON(s, "class", map[string]any{"class": class, "count": r.Summary[class]}); err != nil {
			return err
		}
	}
	return sendJSON(s, "end", r)
}

// sendJSON sends an event.
func sendJSON(s *sse.Stream, name string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.Send(&sse.Event{Name: name, Data: text})
}

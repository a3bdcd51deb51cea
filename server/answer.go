package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

const (
	maxEvent     = 1 << 20          // bytes of a single body
	maxRatio     = 100              // of what a gzip body unpacks to
	readTime     = 60 * time.Second // for an answer to a question
	progressTime = 60 * time.Second // a stream may stand still so long
	maxWait      = 30 * time.Second // for After-Record
	usualWait    = 5 * time.Second
)

// respond writes a whole answer.
func (c *call) respond(status int, body []byte) {
	h := c.w.Header()
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	c.status = status
	c.w.WriteHeader(status)
	c.w.Write(body) // whoever is gone has no use for an error
}

// answer answers with a value as JSON.
func (c *call) answer(v any) error {
	status := http.StatusOK
	if c.route.Status != 0 {
		status = c.route.Status
	}
	return c.answerAs(status, v)
}

// answerAs answers with a status and a value as JSON, one line.
func (c *call) answerAs(status int, v any) error { return c.answerWith(status, "application/json", v) }

// answerWith answers with a status and a value as JSON of some media type.
func (c *call) answerWith(status int, media string, v any) error {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	body := out.Bytes()
	if c.amountsAsText() {
		c.w.Header().Add("Preference-Applied", "amounts=string")
		body = amountsAsText(body, reflect.TypeOf(v))
	}
	if c.single {
		body = append(append([]byte(`{"data":[`), bytes.TrimSuffix(body, []byte{'\n'})...), "]}\n"...)
	}
	c.w.Header().Set("Content-Type", media)
	c.respond(status, body)
	return nil
}

// record says which record of the journal the answer is of.
func (c *call) record(n uint64) { c.w.Header()["Record"] = []string{strconv.FormatUint(n, 10)} }

// prefers is the value of a preference in the header Prefer, "" if it is not there.
func (c *call) prefers(name string) string {
	for _, line := range c.r.Header.Values("Prefer") {
		for _, part := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ';' }) {
			if key, value, _ := strings.Cut(strings.TrimSpace(part), "="); strings.EqualFold(key, name) {
				return strings.Trim(value, `"`)
			}
		}
	}
	return ""
}

// waits is how long the client wants to wait, by Prefer: wait=SECONDS.
func (c *call) waits(usual time.Duration) time.Duration {
	if s, err := strconv.Atoi(c.prefers("wait")); err == nil && s >= 0 {
		return min(time.Duration(s)*time.Second, maxWait)
	}
	return usual
}

// reached waits for the record of After-Record, so that a client sees what it has booked itself.
func (c *call) reached() error {
	text := c.r.Header.Get("After-Record")
	if text == "" || c.ledger == nil {
		return nil
	}
	wanted, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return &ledger.Error{Code: ledger.Invalid, Field: "After-Record", Message: "expected the number of a record, found " + text}
	}
	if c.head() >= wanted {
		return nil
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), c.waits(usualWait))
	defer cancel()
	for _, err := range c.ledger.ledger.Follow(ctx, wanted-1) {
		if err != nil {
			break
		}
		return nil
	}
	if err := c.r.Context().Err(); err != nil {
		return err
	}
	return ledger.Errorf(RecordNotReached, "expected record %d, the ledger has %d", wanted, c.head())
}

// head is the last record of the ledger.
func (c *call) head() uint64 { return c.ledger.ledger.Stats().Records }

// acceptable refuses a request whose form the route does not take, or whose answer the client does not.
func (c *call) acceptable() error {
	h := c.r.Header
	if c.r.ContentLength != 0 || c.r.Body != http.NoBody {
		media, err := mediaType(h)
		switch {
		case len(c.route.Body) == 0 && c.r.ContentLength > 0:
			return ledger.Errorf(UnsupportedMediaType, "expected no body, found one of %d bytes", c.r.ContentLength)
		case len(c.route.Body) > 0 && (err != nil && !c.route.accepts("*/*") || err == nil && !c.route.accepts(media)):
			return &ledger.Error{Code: UnsupportedMediaType, Field: "Content-Type",
				Message: "expected " + c.route.bodyTypes() + ", found " + strconv.Quote(h.Get("Content-Type"))}
		}
		if e := h.Get("Content-Encoding"); e != "" && e != "gzip" && e != "identity" {
			return &ledger.Error{Code: UnsupportedMediaType, Field: "Content-Encoding", Message: "expected gzip, or none, found " + strconv.Quote(e)}
		}
	}
	if !c.takes(c.route) {
		return &ledger.Error{Code: NotAcceptable, Field: "Accept", Message: "expected one that takes " + c.route.answerTypes() +
			", found " + strconv.Quote(h.Get("Accept"))}
	}
	return nil
}

// takes reports whether the client takes any form of the route's answer.
func (c *call) takes(r *Route) bool {
	accept := strings.Join(c.r.Header.Values("Accept"), ",")
	if accept == "" || len(r.Answers) == 0 || r.Signed { // no provider is refused for what it says it takes
		return true
	}
	for _, m := range append([]Media{{Type: "application/problem+json"}}, r.Answers...) {
		if m.Type != "application/problem+json" && accepted(accept, m.Type) {
			return true
		}
	}
	return r.CSV && accepted(accept, "text/csv")
}

// accepted reports whether an Accept header takes a media type.
func accepted(accept, media string) bool {
	kind, _, _ := strings.Cut(media, "/")
	for part := range strings.SplitSeq(accept, ",") {
		t, params, err := mime.ParseMediaType(part)
		if err == nil && params["q"] != "0" && (t == media || t == "*/*" || t == kind+"/*") {
			return true
		}
	}
	return false
}

func (r *Route) bodyTypes() string   { return types(r.Body) }
func (r *Route) answerTypes() string { return types(r.Answers) }

func types(media []Media) string {
	names := make([]string, len(media))
	for i, m := range media {
		names[i] = m.Type
	}
	return strings.Join(names, " or ")
}

// ofAccounts reports whether the route is for keys that are for some accounts only.
func (r *Route) ofAccounts() bool {
	switch r.Path {
	case InLedger + "/balances", InLedger + "/accounts/{id}", InLedger + "/accounts/{id}/statement", InLedger + "/accounts/{id}/explain",
		"/v1/me":
		return true
	}
	return false
}

// seesAccount refuses an account that the key is not for.
func (c *call) seesAccount(id accounts.ID) error {
	for _, pattern := range c.who.Accounts {
		if accounts.Matches(pattern, string(id)) {
			return nil
		}
	}
	if len(c.who.Accounts) == 0 {
		return nil
	}
	return ledger.Errorf(Forbidden, "this key is not for account %s", id)
}

// media is the type of the body without its parameters.
func (c *call) media() string {
	media, _ := mediaType(c.r.Header)
	return media
}

// mediaType is that of a body, without parameters.
func mediaType(h http.Header) (string, error) {
	t := h.Get("Content-Type")
	if t == "application/json" { // nearly always, and to read it takes a while
		return t, nil
	}
	t, _, err := mime.ParseMediaType(t)
	return t, err
}

// body reads a body of at most so many bytes, unpacked, within the time for single bodies. Where it cannot be read, nobody
// knows where the next request would begin.
func (c *call) body(most int64) (body []byte, err error) {
	if body, err = c.readBody(most); err != nil {
		c.w.Header().Set("Connection", "close")
	}
	return body, err
}

func (c *call) readBody(most int64) ([]byte, error) {
	http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(c.server.limits.BodyTime)) // a recorder of a test has none
	in, err := c.input()
	if err != nil {
		return nil, err
	}
	if n := c.r.ContentLength; n >= 0 && n <= most && in == io.Reader(c.r.Body) { // the most frequent, by one read
		body := make([]byte, n)
		if _, err := io.ReadFull(in, body); err != nil {
			return nil, readError(err)
		}
		return body, nil
	}
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(in, most+1))
	switch {
	case n > most:
		return nil, ledger.Errorf(PayloadTooLarge, "expected a body of at most %d bytes", most)
	case err != nil:
		return nil, readError(err)
	}
	return out.Bytes(), nil
}

// input is the body, unpacked where it is packed.
func (c *call) input() (io.Reader, error) {
	if c.r.Header.Get("Content-Encoding") != "gzip" {
		return c.r.Body, nil
	}
	packed := &counted{r: c.r.Body}
	in, err := gzip.NewReader(packed)
	if err != nil {
		return nil, readError(err)
	}
	return &unpacked{in: in, packed: packed}, nil
}

// counted counts what is read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// unpacked ends a body that unpacks to far more than was sent: it is made to fill somebody's memory or disk.
type unpacked struct {
	in     io.Reader
	packed *counted
	n      int64
}

func (u *unpacked) Read(b []byte) (int, error) {
	n, err := u.in.Read(b)
	if u.n += int64(n); u.n > maxEvent && u.n > maxRatio*u.packed.n {
		return 0, ledger.Errorf(PayloadTooLarge, "expected gzip that unpacks to at most %d times its size", maxRatio)
	}
	return n, err
}

// readError is why a body could not be read, as the client should see it.
func readError(err error) error {
	if _, coded := errors.AsType[*ledger.Error](err); coded {
		return err
	}
	if timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err); ok && timeout.Timeout() {
		return ledger.Errorf(RequestTimeout, "the body did not come in in time")
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large || errors.Is(err, context.Canceled) {
		return err
	}
	return ledger.Errorf(ledger.Invalid, "the body could not be read: %v", err) // cut off, or of no form that it should have
}

package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/splitledger/splitledger/providers"
)

// Reading notifications from files, in the forms in which people keep them.

// MaxBody is how long the body of a notification may be, in bytes.
const MaxBody = 4 << 20

// maxLine bounds a line of JSON: most of a body is longer there than it is by itself.
const maxLine = MaxBody*2 + 1<<16

// A Reader reads notifications that were kept in a file. Its form is recognised by its beginning:
//
//   - lines of JSON, a notification each: {"received": …, "method": …, "path": …, "headers": {…}, "body": …},
//     the body as text, or as Base64 in "bodyBase64"; all but the body may be left out, and a header may be a
//     string or an array of them
//   - an HTTP request as it came in: its first line, its headers, an empty line, its body; Content-Length says
//     where the body ends, and without it the end of the file does
//   - any other file is the body of one notification, byte for byte; the options say the rest
//
// Where the options have headers or a path, it is always that.
type Reader struct {
	in    *bufio.Reader
	o     ReadOptions
	form  form
	line  int // of the last notification
	ended bool
}

// ReadOptions say what a file leaves open.
type ReadOptions struct {
	Header   textproto.MIMEHeader // of the one notification whose body the file is
	Path     string
	Received time.Time // when notifications came in that do not say so
	Lines    bool      // the file has lines of JSON, whatever its beginning looks like
}

// A Read is one notification, or why there is none.
type Read struct {
	Line         int // where it begins, from 1
	Notification providers.Notification
	Err          error // what is wrong with it; the reader goes on after it
}

// A form is how a file holds notifications. It is recognised when the first one is read.
type form uint8

const (
	unknown form = iota
	lines
	request
	body
)

// NewReader returns a reader of a file.
func NewReader(r io.Reader, o ReadOptions) *Reader {
	rd := &Reader{in: bufio.NewReaderSize(r, 1<<16), o: o}
	if len(o.Header) > 0 || o.Path != "" {
		rd.form = body
	}
	if o.Lines {
		rd.form = lines
	}
	return rd
}

// Next returns the next notification. The error is [io.EOF] after the last, or says that the file cannot be read.
func (r *Reader) Next() (Read, error) {
	if r.ended {
		return Read{}, io.EOF
	}
	if r.form == unknown {
		if err := r.recognise(); err != nil {
			return Read{}, err
		}
	}
	if r.form == lines {
		return r.nextLine()
	}
	r.ended = true
	read := Read{Line: 1, Notification: providers.Notification{Header: r.o.Header,
		Path: r.o.Path, Received: r.o.Received}}
	if r.form == request {
		read.Err = r.request(&read.Notification)
	} else {
		read.Err = r.body(&read.Notification, r.in)
	}
	if failure := (*readError)(nil); errors.As(read.Err, &failure) {
		return Read{}, failure.err
	}
	return read, nil
}

// Ready reports that a whole line is at hand, so that Next will not wait for input.
// Whoever reads a pipe can then take what has come as one batch, and not wait for more.
func (r *Reader) Ready() bool {
	buffered, _ := r.in.Peek(r.in.Buffered())
	return bytes.IndexByte(buffered, '\n') >= 0
}

// A readError is of the file, as opposed to what is in it.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }

// recognise takes the form from the beginning of the file.
func (r *Reader) recognise() error {
	begin, err := r.peekLine()
	if err != nil && err != io.EOF {
		return err
	}
	if len(begin) == 0 && err == io.EOF {
		r.ended = true
		return io.EOF
	}
	method, rest, _ := strings.Cut(string(begin[:min(len(begin), 4096)]), " ")
	path, _, _ := strings.Cut(rest, " ")
	switch trimmed := bytes.TrimLeft(begin, " \t\r\n\ufeff"); {
	case (method == "POST" || method == "PUT" || method == "GET") &&
		(strings.HasPrefix(path, "/") || strings.HasPrefix(path, "http")):
		r.form = request
	case isEnvelope(trimmed):
		r.form = lines
	default:
		r.form = body
	}
	return nil
}

// peekLine returns the first line that is not empty, as far as it fits the buffer, without reading it.
func (r *Reader) peekLine() ([]byte, error) {
	for n := 1; ; {
		b, err := r.in.Peek(n)
		b, _ = r.in.Peek(max(r.in.Buffered(), len(b)))
		if line := bytes.TrimLeft(b, "\r\n"); bytes.IndexByte(line, '\n') >= 0 || err != nil {
			if err == bufio.ErrBufferFull {
				err = nil
			}
			return line, err
		}
		n = len(b) + 1
	}
}

// isEnvelope reports whether a text begins with an envelope: a JSON object with a body or headers of a
// notification among its first members, and with no member that an envelope does not have.
// A provider's own JSON may have a "body", too, but it also has members that no envelope has.
func isEnvelope(text []byte) bool {
	d := jsontext.NewDecoder(bytes.NewReader(text))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return false
	}
	for {
		t, err := d.ReadToken()
		if err != nil || t.Kind() != '"' {
			return false
		}
		switch t.String() {
		case "body", "bodyBase64", "headers":
			return true
		case "received", "method", "path":
		default:
			return false
		}
		if d.SkipValue() != nil {
			return false
		}
	}
}

// envelope is a line of JSON.
type envelope struct {
	Received   time.Time         `json:"received"`
	Method     string            `json:"method"`
	Path       string            `json:"path"`
	Headers    map[string]values `json:"headers"`
	Body       *string           `json:"body"`
	BodyBase64 []byte            `json:"bodyBase64"`
}

// values are those of a header: a string, or an array of strings.
type values []string

// UnmarshalJSON reads either.
func (v *values) UnmarshalJSON(text []byte) error {
	if text[0] == '[' {
		return json.Unmarshal(text, (*[]string)(v))
	}
	*v = make(values, 1)
	return json.Unmarshal(text, &(*v)[0])
}

// nextLine reads the next line that is not empty.
// A line that is wrong is an error of its own notification, and the next one is read.
func (r *Reader) nextLine() (Read, error) {
	for {
		line, whole, err := r.readLine()
		if err != nil {
			return Read{}, err
		}
		r.line++
		if line = bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\ufeff"))); len(line) == 0 && whole {
			continue
		}
		read := Read{Line: r.line}
		if !whole {
			read.Err = fmt.Errorf("expected a line of at most %d bytes, found a longer one", maxLine)
			return read, nil
		}
		read.Notification, read.Err = r.open(line)
		return read, nil
	}
}

// readLine returns the next line without its end. A line that is too long is skipped over: whole is false then.
func (r *Reader) readLine() (line []byte, whole bool, err error) {
	whole = true
	for {
		chunk, err := r.in.ReadSlice('\n')
		if len(line)+len(chunk) > maxLine {
			line, whole = nil, false
		} else if whole {
			line = append(line, chunk...)
		}
		switch {
		case err == bufio.ErrBufferFull:
		case err == io.EOF && len(line) == 0 && len(chunk) == 0 && whole:
			return nil, false, io.EOF
		case err == nil, err == io.EOF:
			return line, whole, nil
		default:
			return nil, false, err
		}
	}
}

// open takes a notification out of its envelope.
func (r *Reader) open(line []byte) (n providers.Notification, err error) {
	var e envelope
	if err := json.Unmarshal(line, &e, json.RejectUnknownMembers(true)); err != nil {
		const what = `expected {"received", "method", "path", "headers", "body" or "bodyBase64"} as a JSON object: %w`
		return n, fmt.Errorf(what, err)
	}
	n = providers.Notification{Method: e.Method, Path: e.Path, Received: e.Received, Body: e.BodyBase64}
	switch {
	case e.Body != nil && e.BodyBase64 != nil:
		return n, errors.New("expected either body or bodyBase64, found both")
	case e.Body == nil && e.BodyBase64 == nil:
		return n, errors.New("expected body or bodyBase64, found neither")
	case e.Body != nil:
		n.Body = []byte(*e.Body)
	}
	if len(n.Body) > MaxBody {
		return n, fmt.Errorf("expected a body of at most %d bytes, found %d", MaxBody, len(n.Body))
	}
	if n.Received.IsZero() {
		n.Received = r.o.Received
	}
	n.Header = make(textproto.MIMEHeader, len(e.Headers))
	for name, v := range e.Headers {
		for _, value := range v {
			n.Header.Add(name, value)
		}
	}
	return n, nil
}

// request reads an HTTP request.
// The body must be as long as Content-Length says: a signature over a body that was cut short would fail
// without a reason that anybody could see.
func (r *Reader) request(n *providers.Notification) error {
	text := textproto.NewReader(bufio.NewReader(io.LimitReader(r.in, MaxBody+1<<20)))
	first, err := text.ReadLine()
	for err == nil && first == "" {
		first, err = text.ReadLine()
	}
	if err != nil {
		return fmt.Errorf("expected the first line of a request: %w", err)
	}
	words := strings.Fields(first)
	if len(words) > 3 || len(words) == 3 && !strings.HasPrefix(words[2], "HTTP/") {
		return fmt.Errorf("expected METHOD PATH HTTP/1.1, found %q", first)
	}
	n.Method, n.Path = words[0], words[1]
	n.Header, err = text.ReadMIMEHeader()
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errors.New("expected headers and an empty line before the body, found the end of the file")
	}
	if err != nil {
		return fmt.Errorf("expected headers as Name: value, and an empty line before the body: %w", err)
	}
	if err := r.body(n, text.R); err != nil {
		return err
	}
	length := n.Header.Get("Content-Length")
	if length == "" {
		return nil
	}
	says, err := strconv.Atoi(length)
	if err != nil || says < 0 || says > len(n.Body) {
		return fmt.Errorf("expected a body of as many bytes as Content-Length says, %s, found %d", length, len(n.Body))
	}
	if rest := n.Body[says:]; len(bytes.TrimSpace(rest)) > 0 {
		return fmt.Errorf("expected a body of %d bytes, as Content-Length says, found %d", says, len(n.Body))
	}
	n.Body = n.Body[:says]
	return nil
}

// body reads the rest as the body.
func (r *Reader) body(n *providers.Notification, in io.Reader) error {
	b, err := io.ReadAll(io.LimitReader(in, MaxBody+1))
	if err != nil {
		return &readError{err}
	}
	if len(b) > MaxBody {
		return fmt.Errorf("expected a body of at most %d bytes, found a longer one", MaxBody)
	}
	n.Body = b
	return nil
}

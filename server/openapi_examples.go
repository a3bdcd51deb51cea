package server

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// examplesText has the examples of the document: a story on a new ledger, sent by a test in this order.
//
//go:embed examples.txt
var examplesText string

// A sample is a request, and how it was answered.
type sample struct {
	Name         string
	Method       string
	Target       string // path and query
	Header       http.Header
	Body         string
	Status       int
	AnswerHeader http.Header
	Answer       string
}

// readExamples reads examples. Each begins with a line "=== NAME", then method and target, headers, an empty line and
// the body; behind "→ STATUS" are the headers and body of the answer.
func readExamples(text string) ([]*sample, error) {
	_, text, _ = strings.Cut("\n"+text, "\n=== ")
	var all []*sample
	for part := range strings.SplitSeq(text, "\n=== ") {
		name, rest, _ := strings.Cut(part, "\n")
		request, answer, ok := strings.Cut(rest, "\n→ ")
		first, request, _ := strings.Cut(request, "\n")
		status, answer, _ := strings.Cut(answer, "\n")
		e := &sample{Name: name}
		e.Method, e.Target, _ = strings.Cut(first, " ")
		var err error
		if e.Status, err = strconv.Atoi(status); !ok || err != nil {
			return nil, fmt.Errorf("example %q: expected a request, and → STATUS", name)
		}
		e.Header, e.Body = headersAndBody(request)
		e.AnswerHeader, e.Answer = headersAndBody(answer)
		all = append(all, e)
	}
	return all, nil
}

// headersAndBody splits what follows the first line of a message.
func headersAndBody(text string) (http.Header, string) {
	head, body, _ := strings.Cut("\n"+text, "\n\n")
	h := http.Header{}
	for line := range strings.SplitSeq(strings.TrimSpace(head), "\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			h.Add(name, value)
		}
	}
	return h, strings.TrimSpace(body)
}

// key is how the document calls the example, the same at its parameters, body and answer.
func (e *sample) key() string { return strings.ReplaceAll(e.Name, " ", "-") }

// query are the parameters of the query.
func (e *sample) query() url.Values {
	u, err := url.Parse(e.Target)
	if err != nil {
		return nil
	}
	return u.Query()
}

// segment is the value of a segment of the path.
func (e *sample) segment(pattern, name string) string {
	path, _, _ := strings.Cut(e.Target, "?")
	have := strings.Split(path, "/")
	for i, s := range strings.Split(pattern, "/") {
		if s == "{"+name+"}" && i < len(have) {
			value, _ := url.PathUnescape(have[i])
			return value
		}
	}
	return ""
}

// setExample adds an example to a body of a media type: JSON as a value, all else as text.
func setExample(m *huma.MediaType, e *sample, media, text string) {
	if text == "" {
		return
	}
	if m.Examples == nil {
		m.Examples = map[string]*huma.Example{}
	}
	var value any = text
	if media == "application/json" && json.Valid([]byte(text)) {
		value = json.RawMessage(text)
	}
	m.Examples[e.key()] = &huma.Example{Summary: e.Name, Description: e.Method + " " + e.Target, Value: value}
}

package ingest_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/textproto"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/splitledger/splitledger/reconcile/ingest"
)

// read says what a reader makes of a file, a line a notification.
func read(t testing.TB, file string, o ingest.ReadOptions) (said []string) {
	r := ingest.NewReader(iotest.OneByteReader(strings.NewReader(file)), o)
	for {
		n, err := r.Next()
		if err == io.EOF {
			return said
		}
		if err != nil {
			t.Fatal(err)
		}
		if n.Err != nil {
			said = append(said, fmt.Sprintf("%d: %v", n.Line, n.Err))
			continue
		}
		said = append(said, strings.TrimSpace(fmt.Sprintf("%d: %s %s %v %q", n.Line, n.Notification.Method, n.Notification.Path, map[string][]string(n.Notification.Header), n.Notification.Body)))
	}
}

func TestForms(t *testing.T) {
	header := textproto.MIMEHeader{"Signature": {"x"}}
	for _, tt := range []struct {
		name, file string
		o          ingest.ReadOptions
		want       []string
	}{
		{"nothing", "", ingest.ReadOptions{}, nil},
		{"lines", `{"method":"POST","path":"/h","headers":{"x-token":"a","Y":["b","c"]},"body":"{}"}` + "\n\n" + `{"bodyBase64":"eyJhIjoxfQ=="}`, ingest.ReadOptions{},
			[]string{`1: POST /h map[X-Token:[a] Y:[b c]] "{}"`, `3:   map[] "{\"a\":1}"`}},
		{"lines with a byte order mark and CRLF", "\ufeff{\"body\":\"a\"}\r\n{\"body\":\"b\"}\r\n", ingest.ReadOptions{}, []string{`1:   map[] "a"`, `2:   map[] "b"`}},
		{"lines that are none", `{"body":"a"}` + "\n{\"body\":\"a\",\"bodyBase64\":\"YQ==\"}\n{\"path\":\"/\"}\n{\"body\":\"c\"}", ingest.ReadOptions{},
			[]string{`1:   map[] "a"`, "2: expected either body or bodyBase64, found both", "3: expected body or bodyBase64, found neither", `4:   map[] "c"`}},
		{"a body", "{\n  \"event\": 1\n}\n", ingest.ReadOptions{}, []string{`1:   map[] "{\n  \"event\": 1\n}\n"`}},
		{"a body with headers", `{"body":"a"}`, ingest.ReadOptions{Header: header, Path: "/p"}, []string{`1:  /p map[Signature:[x]] "{\"body\":\"a\"}"`}},
		{"a request", "POST /hook?a=b HTTP/1.1\r\nX-Token: a\r\nContent-Length: 2\r\n\r\n{}\r\n", ingest.ReadOptions{},
			[]string{`1: POST /hook?a=b map[Content-Length:[2] X-Token:[a]] "{}"`}},
		{"a request without a length", "POST /hook\nX-Token: a\n\n{}\n", ingest.ReadOptions{}, []string{`1: POST /hook map[X-Token:[a]] "{}\n"`}},
		{"a request cut in its headers", "POST /hook HTTP/1.1\nX-Token: a\n", ingest.ReadOptions{}, []string{"1: expected headers and an empty line before the body, found the end of the file"}},
		{"a request cut in its body", "POST /hook HTTP/1.1\nContent-Length: 3\n\n{}", ingest.ReadOptions{}, []string{"1: expected a body of as many bytes as Content-Length says, 3, found 2"}},
		{"more than a request", "POST /hook HTTP/1.1\nContent-Length: 2\n\n{}POST /", ingest.ReadOptions{}, []string{"1: expected a body of 2 bytes, as Content-Length says, found 8"}},
	} {
		if d := cmp.Diff(tt.want, read(t, tt.file, tt.o)); d != "" {
			t.Errorf("%s (- expected, + found):\n%s", tt.name, d)
		}
	}
}

// TestLongBody reads bodies up to the limit, and refuses longer ones, in each form.
func TestLongBody(t *testing.T) {
	for _, extra := range []int{0, 1} {
		text := strings.Repeat("a", ingest.MaxBody+extra)
		for form, file := range map[string]string{
			"body":    text,
			"line":    `{"body":"` + text + `"}`,
			"Base64":  `{"bodyBase64":"` + base64.StdEncoding.EncodeToString([]byte(text)) + `"}`,
			"request": "POST / HTTP/1.1\n\n" + text,
		} {
			n, err := ingest.NewReader(strings.NewReader(file), ingest.ReadOptions{}).Next()
			if err != nil || (n.Err != nil) != (extra > 0) || n.Err == nil && len(n.Notification.Body) != len(text) {
				t.Errorf("%s of %d bytes: %v %v, %d bytes read", form, len(text), err, n.Err, len(n.Notification.Body))
			}
		}
	}
}

// FuzzReader reads any file: it ends, and says of every line what it is or what is wrong with it.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{`{"body":"a"}`, `{"headers":{"a":["b"]},"bodyBase64":"YQ=="}` + "\n{", "POST / HTTP/1.1\na: b\n\nbody", "POST /\n\n", "{}", "\ufeff", "\n\n{\"body\":1}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r := ingest.NewReader(strings.NewReader(string(file)), ingest.ReadOptions{})
		for n, last := 0, 0; ; n++ {
			read, err := r.Next()
			if err == io.EOF {
				return
			}
			if err != nil || n > len(file)+1 || read.Line <= last {
				t.Fatalf("notification %d, line %d after %d: %v", n, read.Line, last, err)
			}
			last = read.Line
		}
	})
}

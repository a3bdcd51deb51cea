// Package client asks a server of ledgers, and posts to it, over HTTP or through the socket beside a ledger's file.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/splitledger/splitledger/ledger"
)

// A Client asks one server. Several goroutines may use it.
type Client struct {
	base string
	key  string
	http *http.Client
}

// New returns a client of the server at an address such as https://books.example.com, with a key.
func New(address, key string) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("expected an address such as https://books.example.com, found %q", address)
	}
	return &Client{base: strings.TrimSuffix(address, "/"), key: key, http: &http.Client{CheckRedirect: noRedirect}}, nil
}

// noRedirect keeps the key from going anywhere else.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Socket returns a client of the server behind a socket of this machine. It needs no key: whoever can open the socket may
// do everything.
func Socket(path string) *Client {
	t := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}
	return &Client{base: "http://socket", http: &http.Client{Transport: t, CheckRedirect: noRedirect}}
}

// Handler returns a client of a server in this process, without a network.
func Handler(h http.Handler) *Client {
	return &Client{base: "http://here", http: &http.Client{Transport: inProcess{h}, CheckRedirect: noRedirect}}
}

// Close gives the client's idle connections up.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// An Error is an answer that is no success.
type Error struct {
	Status  int
	Title   string
	Refusal *ledger.Error // its code, message and field; the code is "" where the answer was not the server's
	Request string        // the id that the server's log has
}

// Error returns the message.
func (e *Error) Error() string { return e.Refusal.Error() }

// Unwrap returns the refusal, for errors.Is with a code.
func (e *Error) Unwrap() error { return e.Refusal }

// do sends a value as JSON, if there is one, and reads the answer into another.
func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	r, err := c.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	a, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	if a.StatusCode/100 != 2 {
		return problem(a)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(a.Body).Decode(out)
}

// request makes a request with the key.
func (c *Client) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err == nil && c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	return r, err
}

// problem reads an answer that is no success.
func problem(a *http.Response) error {
	var p struct {
		Title, Detail, Field, Place, RequestID string
		Code                                   ledger.Code
	}
	text, err := io.ReadAll(io.LimitReader(a.Body, 1<<16))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &p); err != nil || p.Code == "" {
		return &Error{a.StatusCode, a.Status, &ledger.Error{Message: "expected the answer of a splitledger server, found " + a.Status}, ""}
	}
	return &Error{a.StatusCode, p.Title, &ledger.Error{Code: p.Code, Message: p.Detail, Field: p.Field, Detail: p.Place}, p.RequestID}
}

// all turns the pages of a list.
func all[T any](ctx context.Context, c *Client, path string, filters url.Values) (rows []T, err error) {
	q := url.Values{}
	for name, values := range filters {
		q[name] = values
	}
	for {
		var page struct {
			Data []T
			Next string
		}
		at := path
		if len(q) > 0 {
			at += "?" + q.Encode()
		}
		if err := c.do(ctx, http.MethodGet, at, nil, &page); err != nil {
			return nil, err
		}
		rows = append(rows, page.Data...)
		if page.Next == "" {
			return rows, nil
		}
		q.Set("after", page.Next)
	}
}

// inProcess answers requests by a handler.
type inProcess struct{ http.Handler }

// RoundTrip implements [http.RoundTripper]. The answer is held in memory: this is for small ones.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := &answer{header: http.Header{}}
	p.ServeHTTP(w, r)
	if w.status == 0 {
		return nil, errors.New("no answer")
	}
	return &http.Response{StatusCode: w.status, Status: http.StatusText(w.status), Header: w.header, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len())}, nil
}

// An answer is an [http.ResponseWriter] in memory.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

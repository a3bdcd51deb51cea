package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/splitledger/splitledger/internal/eventlines"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server"
	"github.com/splitledger/splitledger/server/settings"
)

// HTTPModes are the ones that [HTTP] measures: single events, and streams of lines.
var HTTPModes = []Mode{{64, 1}, {1, 1000}}

// A Served is one mode in process, over HTTP, and by a handler that does nothing but read and answer the same bytes.
type Served struct {
	Mode                Mode
	Inside, HTTP, Empty Figures
}

// Ratio is the processor's time of a payment over HTTP, less that in process, to that of the empty handler. Clients are
// in the same process, and so in both.
func (s Served) Ratio() float64 {
	return float64(s.HTTP.Processor-s.Inside.Processor) / float64(s.Empty.Processor)
}

// HTTP measures each mode for about the given time, a third of it each, in turns: on one ledger in dir, through a server with keys
// on a loopback address.
func HTTP(ctx context.Context, dir string, sellers int, each time.Duration, report func(Served)) (err error) {
	books, err := OpenBooks(filepath.Join(dir, "http.db"), sellers, ledger.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	store, err := settings.Open(dir, settings.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	_, key, err := store.CreateKey(settings.Actor{By: "bench"}, settings.NewKey{Name: "bench", Scopes: []settings.Scope{settings.Write}, Ledgers: []string{"bench"}})
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	s := server.New(server.Options{Settings: store, Log: log})
	if err := s.Add("bench", books.Ledger); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	served, err := listen(s, log)
	if err != nil {
		return err
	}
	defer served.Close()
	empty, err := listen(http.HandlerFunc(answerAlike), log)
	if err != nil {
		return err
	}
	defer empty.Close()
	for _, m := range HTTPModes {
		with, bare := newPoster(books, served.url, key, m), newPoster(books, empty.url, key, m)
		var inside, over, nothing meter
		for range rounds {
			for _, turn := range []struct {
				meter *meter
				side  side
			}{{&inside, &inProcess{books, m.Batch > 1}}, {&over, with}, {&nothing, bare}} {
				if err := turn.meter.run(ctx, turn.side, m, each/rounds/3); err != nil {
					return err
				}
			}
		}
		with.client.CloseIdleConnections()
		bare.client.CloseIdleConnections()
		report(Served{m, inside.figures(), over.figures(), nothing.figures()})
	}
	return nil
}

// inProcess posts JSON as a program would that has the ledger itself.
type inProcess struct {
	books *Books
	lines bool
}

// prepare implements side.
func (p *inProcess) prepare(n int) func(context.Context) error {
	body := p.books.body(n)
	if !p.lines {
		return func(ctx context.Context) error {
			e, err := posting.Decode(body)
			if err == nil {
				_, err = p.books.Book.Post(ctx, &e)
			}
			return err
		}
	}
	return func(ctx context.Context) error {
		var out answers
		in := eventlines.Source{Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }}
		return eventlines.Post(ctx, p.books.Book, []eventlines.Source{in}, &out, 0)
	}
}

// answers writes what became of lines, as JSON.
type answers struct{ b []byte }

func (a *answers) Line(in eventlines.Line, result posting.Result) error {
	r := query.ResultOf(in.Number, in.ID, result)
	a.b = append(r.AppendJSON(a.b), '\n')
	return result.Err
}

func (a *answers) Flush() error { return nil }

// body makes up n payments, as lines of JSON.
func (b *Books) body(n int) []byte {
	var body []byte
	last := b.next.Add(uint64(n))
	for i := range uint64(n) {
		e := b.Payment(last - uint64(n) + 1 + i)
		body = append(e.AppendJSON(body), '\n')
	}
	return body
}

// A listening server.
type listening struct {
	*http.Server
	url string
}

func listen(h http.Handler, log *slog.Logger) (*listening, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &listening{server.HTTP(h, log), "http://" + l.Addr().String()}
	go s.Serve(l)
	return s, nil
}

// A poster posts events over HTTP.
type poster struct {
	books  *Books
	url    string
	key    string
	lines  bool
	client *http.Client
}

func newPoster(b *Books, url, key string, m Mode) *poster {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxConnsPerHost, t.DisableCompression = m.Callers, m.Callers, true
	return &poster{b, url + "/v1/ledgers/bench/events", "Bearer " + key, m.Batch > 1, &http.Client{Transport: t}}
}

// prepare implements side.
func (p *poster) prepare(n int) func(context.Context) error {
	body := p.books.body(n)
	kind, want := "application/json", http.StatusCreated
	if p.lines {
		kind, want = "application/x-ndjson", http.StatusOK
	}
	return func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Authorization", p.key)
		a, err := p.client.Do(r)
		if err != nil {
			return err
		}
		defer a.Body.Close()
		answer, err := io.ReadAll(a.Body)
		if err != nil {
			return err
		}
		if a.StatusCode != want || bytes.Count(answer, []byte(`"accepted"`)) != n {
			return fmt.Errorf("%s: %.300s", a.Status, answer)
		}
		return nil
	}
}

// answerAlike reads a body, and answers as many lines with as many bytes as the server would.
func answerAlike(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	h := w.Header()
	h.Set("Content-Type", r.Header.Get("Content-Type"))
	h.Set("Request-Id", "01a224d4-e7b8-707b-b4ef-d58ddb2d7986")
	h.Set("Splitledger-Version", "devel")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	if r.Header.Get("Content-Type") == "application/json" {
		h.Set("Record", "1000000")
		h.Set("Location", "/v1/ledgers/bench/events/evt-00000000000000000000")
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"id":"evt-00000000000000000000","status":"accepted","record":1000000,"entries":[1000000]}`+"\n")
		return
	}
	const line = `{"line":1000,"id":"evt-00000000000000000000","status":"accepted","record":1000000,"entries":[1000000]}` + "\n"
	w.Write(bytes.Repeat([]byte(line), bytes.Count(body, []byte{'\n'})))
}

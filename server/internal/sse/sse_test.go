package sse_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/internal/sse"
)

// feed answers with the journal as the API does.
func feed(b *query.Books, f query.JournalFilter, o sse.Options) http.Handler {
	o.Heartbeat = func(id string) sse.Event {
		return sse.Event{Name: "head", ID: id, Data: []byte(`{"record":` + id + `}`)}
	}
	o.Last = func(err error) sse.Event { return sse.Event{Name: "error", Data: []byte(strconv.Quote(err.Error()))} }
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		after, _ := strconv.ParseUint(r.Header.Get("Last-Event-ID"), 10, 64)
		_ = sse.Serve(w, r, o, func(ctx context.Context, s *sse.Stream) error {
			var e sse.Event
			for step, err := range b.Follow(ctx, after, f) {
				if err != nil {
					return err
				}
				id := strconv.FormatUint(step.Reached, 10)
				if step.Head {
					s.Live()
				}
				if step.Record == nil {
					s.Reached(id)
					continue
				}
				e.Name, e.ID, e.Data = "record", id, step.Record.AppendJSON(e.Data[:0])
				if err := s.Send(&e); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// A heard is an event as a client reads it.
type heard struct{ name, id, data string }

// next reads an event; a comment is one of nothing.
func next(r *bufio.Reader) (h heard, err error) {
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return heard{}, err
		}
		line = strings.TrimSuffix(line, "\n")
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "":
			return h, nil
		case "event":
			h.name = value
		case "id":
			h.id = value
		case "data":
			h.data += value
		case "retry":
			h.name, h.data = "retry", value
		}
	}
}

// Nothing but a heartbeat comes while nothing happens, and it says how far the feed has come. Data of several lines stays
// one event.
func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, "GET", "/", nil)
		w := httptest.NewRecorder()
		o := sse.Options{Heartbeat: func(id string) sse.Event { return sse.Event{Name: "head", ID: id, Data: []byte("{}")} }}
		err := sse.Serve(w, r, o, func(ctx context.Context, s *sse.Stream) error {
			if err := s.Send(&sse.Event{Name: "record", ID: "3", Data: []byte("one\ntwo")}); err != nil {
				return err
			}
			s.Reached("7")
			<-ctx.Done()
			return context.Cause(ctx)
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		const want = "retry: 2000\n\nevent: record\nid: 3\ndata: one\ndata: two\n\n" +
			"event: head\nid: 7\ndata: {}\n\nevent: head\nid: 7\ndata: {}\n\n"
		if got := w.Body.String(); got != want || w.Header().Get("Content-Type") != "text/event-stream" {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// The feed of a small market after its third record, as the contract of the API shows it.
func TestFeedOfTheContract(t *testing.T) {
	b := books(t)
	for line := range strings.Lines(`{"id":"acc-1","type":"account.open","at":"2026-03-01T09:00:00Z","account":"seller:42","kind":"sub","holder":"Seller 42 Ltd"}
{"id":"cap-1","type":"payment.capture","at":"2026-03-10T09:15:00Z","payment":"order-1001","provider":"adyen","reference":"R-1001","amount":{"value":40000,"currency":"USD"},"splits":[{"type":"BalanceAccount","account":"seller:42","amount":{"value":39600},"reference":"s1"},{"type":"Commission","amount":{"value":400},"reference":"s1c"}]}
{"id":"set-1","type":"payment.settle","at":"2026-03-11T06:00:00Z","payment":"order-1001","batch":"7"}
{"id":"tr-2","type":"transfer","at":"2026-03-12T10:00:00Z","from":"seller:42","to":"platform","amount":{"value":600,"currency":"USD"},"reference":"subscription 2026-03"}
`) {
		e, err := posting.Decode([]byte(strings.TrimSpace(line)))
		if err == nil {
			_, err = b.Rules.As("key_7f3a9c21").Post(t.Context(), e)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, "GET", "/", nil)
	r.Header.Set("Last-Event-ID", "3")
	w := httptest.NewRecorder()
	time.AfterFunc(50*time.Millisecond, cancel)
	feed(b, query.JournalFilter{}, sse.Options{}).ServeHTTP(w, r)
	got, recorded := w.Body.String(), regexp.MustCompile(`"recorded":"[^"]*"`)
	const want = "retry: 2000\n\nevent: record\nid: 4\ndata: " + `{"ledger":"market","record":4,"recorded":"…","at":"2026-03-12T10:00:00Z",` +
		`"by":"key_7f3a9c21","event":{"id":"tr-2","type":"transfer","at":"2026-03-12T10:00:00Z","from":"seller:42","to":"platform",` +
		`"amount":{"value":600,"currency":"USD"},"reference":"subscription 2026-03"},"entries":[{"entry":3,"postings":[` +
		`{"account":"seller:42","sub":"available","debit":true,"amount":{"value":600,"currency":"USD"},"type":"Transfer",` +
		`"reference":"subscription 2026-03"},{"account":"platform","sub":"available","credit":true,` +
		`"amount":{"value":600,"currency":"USD"},"type":"Transfer","reference":"subscription 2026-03"}]}]}` + "\n\n"
	if got = recorded.ReplaceAllString(got, `"recorded":"…"`); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

// books are of a new ledger.
func books(t *testing.T) *query.Books {
	l := ledgertest.Open(t, ledger.Options{})
	b, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &query.Books{Ledger: l, Rules: b, Name: "market"}
}

// book opens sellers, or books an entry for each that is even.
func book(t *testing.T, b *posting.Book, from, to int) {
	for i := from; i < to; i++ {
		line := fmt.Sprintf(`{"id":"e%d","type":"account.open","at":"2026-03-01T09:00:00Z","account":"seller:%d","kind":"sub"}`, i, i)
		if i%2 == 0 {
			line = fmt.Sprintf(`{"id":"e%d","type":"entry","at":"2026-03-01T09:00:00Z","postings":[{"account":"liable","debit":true,`+
				`"amount":{"value":1,"currency":"EUR"}},{"account":"platform","credit":true,"amount":{"value":1,"currency":"EUR"}}]}`, i)
		}
		e, err := posting.Decode([]byte(line))
		if err == nil {
			_, err = b.Post(context.Background(), e)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// A client that is cut off anywhere, and resumes after the last id that it read whole, gets every record of its filter
// once and in order, while others book.
func TestFeedResumes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := books(t)
		total := rapid.IntRange(1, 60).Draw(rt, "records")
		early := rapid.IntRange(0, total).Draw(rt, "booked before")
		book(t, b.Rules, 0, early)
		go book(t, b.Rules, early, total)
		f, wanted := query.JournalFilter{}, func(int) bool { return true }
		if rapid.Bool().Draw(rt, "sellers only") {
			f, wanted = query.JournalFilter{Accounts: []string{"seller:*"}}, func(i int) bool { return i%2 == 1 }
		}
		s := httptest.NewServer(feed(b, f, sse.Options{Beat: 5 * time.Millisecond}))
		defer s.Close()
		var got, want []string
		for i := range total {
			if wanted(i) {
				want = append(want, strconv.Itoa(i+1))
			}
		}
		for last := "0"; last != strconv.Itoa(total); {
			last, got = connect(rt, s.URL, last, strconv.Itoa(total), rapid.IntRange(1, 20000).Draw(rt, "bytes"), got)
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("got %s, want %s", got, want)
		}
	})
}

// connect reads a feed after an id, up to another or for so many bytes.
func connect(rt *rapid.T, url, after, until string, bytes int, got []string) (last string, all []string) {
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		rt.Fatal(err)
	}
	r.Header.Set("Last-Event-ID", after)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		rt.Fatal(err)
	}
	defer resp.Body.Close()
	in := bufio.NewReader(io.LimitReader(resp.Body, int64(bytes)))
	for after != until {
		e, err := next(in)
		if err != nil {
			break
		}
		if e.id != "" {
			after = e.id
		}
		if e.name == "record" {
			got = append(got, e.id)
		}
	}
	return after, got
}

// flood sends events of a kilobyte to a client that reads nothing until told, and returns what became of the stream, and
// a connection to read it from.
func flood(t *testing.T, o sse.Options, live bool, count int) (in *bufio.Reader, over chan error) {
	over = make(chan error, 1)
	o.Last = func(err error) sse.Event { return sse.Event{Name: "error", Data: []byte(err.Error())} }
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		over <- sse.Serve(w, r, o, func(_ context.Context, s *sse.Stream) error {
			if live {
				s.Live()
			}
			e := sse.Event{Name: "record", Data: []byte(strings.Repeat("x", 1000))}
			for i := range count {
				e.ID = strconv.Itoa(i + 1)
				if err := s.Send(&e); err != nil {
					return err
				}
			}
			return nil
		})
	}))
	t.Cleanup(s.Close)
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "GET / HTTP/1.0\r\n\r\n")
	in = bufio.NewReader(conn)
	return in, over
}

// drain reads a stream to its end, and returns how many records came without a gap, and the last event.
func drain(t *testing.T, in *bufio.Reader) (records int, last heard) {
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	in = bufio.NewReader(resp.Body)
	for {
		e, err := next(in)
		if err != nil {
			return records, last
		}
		if last = e; e.name == "record" {
			if records++; e.id != strconv.Itoa(records) || len(e.data) != 1000 {
				t.Fatalf("record %s of %d bytes after %d", e.id, len(e.data), records-1)
			}
		}
	}
}

// A client of what happens now that is too far behind is cut after a whole event, and told why.
func TestClientBehindIsCut(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    sse.Options
	}{
		{"by itself", sse.Options{Behind: 1 << 20, Ahead: 10_000}},
		{"all together", sse.Options{Ahead: 10_000, Budget: &sse.Budget{Max: 1 << 20}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			const count = 50_000 // more than all buffers of the system have room for
			in, over := flood(t, tt.o, true, count)
			time.Sleep(20 * time.Millisecond)
			records, last := drain(t, in)
			if last.name != "error" || last.data != sse.ErrBehind.Error() || records == count {
				t.Errorf("after %d records came %+v", records, last)
			}
			if err := <-over; !errors.Is(err, sse.ErrBehind) {
				t.Error(err)
			}
			if tt.o.Budget != nil && tt.o.Budget.Used() != 0 {
				t.Errorf("%d bytes of the budget are still taken", tt.o.Budget.Used())
			}
		})
	}
}

// A client of what happened before is waited for, however slow it is, and has no more than a little in memory.
func TestClientOfThePastIsWaitedFor(t *testing.T) {
	const count = 20_000
	in, over := flood(t, sse.Options{Behind: 1 << 20, Ahead: 10_000}, false, count)
	time.Sleep(20 * time.Millisecond)
	if records, last := drain(t, in); records != count {
		t.Errorf("%d of %d records, then %+v", records, count, last)
	}
	if err := <-over; err != nil {
		t.Error(err)
	}
}

// A client that takes nothing at all is cut.
func TestClientThatStallsIsCut(t *testing.T) {
	_, over := flood(t, sse.Options{Stall: 30 * time.Millisecond}, false, 50_000)
	if err := <-over; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

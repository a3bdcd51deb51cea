package server_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server"
)

// inTheOpen serves as a daemon does, with its limits of headers and times.
func inTheOpen(t *testing.T, o server.Options) (address string) {
	t.Helper()
	o.Log = slog.New(slog.DiscardHandler)
	s := server.New(o)
	l, err := ledger.Open(filepath.Join(t.TempDir(), "market.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add("market", l); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := server.HTTP(s, o.Log)
	go h.Serve(listener)
	t.Cleanup(func() {
		s.Close()
		h.Close()
		l.Close()
	})
	return listener.Addr().String()
}

// raw sends bytes as they are, and returns the first line of the answer.
func raw(t *testing.T, address, request string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	io.WriteString(c, request)
	line, _ := bufio.NewReader(c).ReadString('\n')
	return strings.TrimSpace(line)
}

// What no client of good will sends is refused in few bytes of memory, and nothing of it is booked.
func TestHostile(t *testing.T) {
	address := inTheOpen(t, server.Options{})
	url := "http://" + address + "/v1/ledgers/market/events"
	const event = `{"id":"%s","type":"account.open","account":"%s","kind":"sub"}` + "\n"

	t.Run("headers", func(t *testing.T) {
		for _, size := range []int{33 << 10, 80 << 10, 2 << 20} { // refused by the handler, and without it
			request := "GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", size) + "\r\n\r\n"
			if got := raw(t, address, request); !strings.Contains(got, " 431 ") {
				t.Errorf("%d bytes of headers: %s", size, got)
			}
		}
		for _, bad := range []string{"GET /healthz HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", "GET  HTTP/1.1\r\nHost: x\r\n\r\n",
			"POST /v1/ledgers/market/events HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
			"POST /v1/ledgers/market/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"} {
			if got := raw(t, address, bad); got != "" && !strings.Contains(got, " 4") && !strings.Contains(got, " 5") {
				t.Errorf("%q: %s", bad, got)
			}
		}
	})
	t.Run("paths", func(t *testing.T) {
		for _, path := range []string{"/v1/ledgers/..%2f..%2fetc%2fpasswd", "/v1/ledgers/market%00", "/v1/ledgers/_server", "/v1/ledgers/market/../_server",
			"/v1/ledgers/market/events/%2e%2e", "//v1/ledgers", "/v1/ledgers/./market", "/v1/ledgers/MARKET", "/docs/../../go.mod"} {
			got := raw(t, address, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
			if !strings.Contains(got, " 404 ") {
				t.Errorf("%s: %s", path, got)
			}
		}
	})
	t.Run("gzip bomb", func(t *testing.T) {
		bomb := bomb(t)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for _, kind := range []string{"application/json", "application/x-ndjson"} {
			r, _ := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(bomb)) // and no more, for the count
			r.Header.Set("Content-Type", kind)
			r.Header.Set("Content-Encoding", "gzip")
			a, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(a.Body)
			a.Body.Close()
			if !strings.Contains(string(body), `"payload_too_large"`) {
				t.Errorf("%s: %s %.300s", kind, a.Status, body)
			}
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
			t.Errorf("a bomb of 256 MiB took %d MiB", used>>20)
		}
	})
	t.Run("torn gzip in the middle", func(t *testing.T) {
		var body bytes.Buffer
		z := gzip.NewWriter(&body)
		for i := range 10_000 {
			fmt.Fprintf(z, event, fmt.Sprintf("gz-%d", i), fmt.Sprintf("gz:%d", i))
		}
		z.Close()
		got := send(t, "POST", url, body.String()[:body.Len()/2], "Content-Type", "application/x-ndjson", "Content-Encoding", "gzip")
		lines := strings.Split(got.body, "\n")
		last := lines[len(lines)-1]
		if !strings.Contains(last, fmt.Sprintf(`"line":%d,`, len(lines))) || !strings.Contains(last, `"stopped"`) || !strings.Contains(last, `"invalid"`) {
			t.Errorf("after %d lines: %s", len(lines)-1, last)
		}
		// What was answered is booked, the rest is not.
		for i, want := range map[int]int{len(lines) - 2: 200, len(lines) - 1: 404} {
			if got := send(t, "GET", fmt.Sprintf("%s/gz-%d", url, i), ""); got.status != want {
				t.Errorf("event %d: %d, want %d", i, got.status, want)
			}
		}
	})
	t.Run("lines that are none", func(t *testing.T) {
		body := fmt.Sprintf(event, "n1", "n:1") + "\xff\xfe\n" + "{\n" + strings.Repeat("[", 100_000) + "\n" + `{"id":` + strings.Repeat("9", 1000) + "}\n" +
			`"` + strings.Repeat("x", 2<<20) + "\"\n" + fmt.Sprintf(event, "n2", "n:2")
		got := send(t, "POST", url, body, "Content-Type", "application/x-ndjson")
		lines := strings.Split(got.body, "\n")
		if len(lines) != 7 || !strings.Contains(lines[0], `"accepted"`) || !strings.Contains(lines[6], `"accepted"`) {
			t.Fatalf("%d answers: %s", len(lines), got.body)
		}
		for _, l := range lines[1:6] {
			if !strings.Contains(l, `"refused"`) || len(l) > 2000 {
				t.Errorf("%.300s", l)
			}
		}
		got = send(t, "POST", url+"?max_errors=2", body, "Content-Type", "application/x-ndjson")
		if lines := strings.Split(got.body, "\n"); !strings.Contains(lines[len(lines)-1], `"stopped"`) {
			t.Errorf("with max_errors: %s", got.body)
		}
	})
	t.Run("cut off", func(t *testing.T) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		body := fmt.Sprintf(event, "cut-1", "cut:1")
		fmt.Fprintf(c, "POST /v1/ledgers/market/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n%s{\"id\":\"cut-2\",", len(body)+1000, body)
		answers := bufio.NewReader(c)
		for {
			line, err := answers.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(line, `"cut-1","status":"accepted"`) {
				break
			}
		}
		c.Close()
		if got := send(t, "GET", url+"/cut-1", ""); got.status != 200 {
			t.Errorf("what was answered is not booked: %d", got.status)
		}
	})
}

// Headers that do not come to an end are waited for no longer than five seconds.
func TestSlowHeaders(t *testing.T) {
	if testing.Short() {
		t.Skip("-short")
	}
	t.Parallel()
	began := time.Now()
	if got := raw(t, inTheOpen(t, server.Options{}), "GET /healthz HTTP/1.1\r\nHost:"); time.Since(began) > 10*time.Second {
		t.Errorf("a request without an end is waited for: %s", got)
	}
}

// Ten thousand idle connections take little memory, and the server answers beside them.
func TestIdleConnections(t *testing.T) {
	if testing.Short() {
		t.Skip("-short")
	}
	address := inTheOpen(t, server.Options{})
	const most = 10_000
	var idle []net.Conn
	defer func() {
		for _, c := range idle {
			c.Close()
		}
	}()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for len(idle) < most {
		c, err := net.Dial("tcp", address)
		if err != nil { // both ends are files of this process, of which there may not be so many
			if len(idle) < most/2 {
				t.Skipf("only %d connections can be had here: %v", len(idle), err)
			}
			for _, c := range idle[:10] {
				c.Close()
			}
			idle = idle[10:]
			break
		}
		idle = append(idle, c)
	}
	if got := send(t, "GET", "http://"+address+"/healthz", ""); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if used := int64(after.HeapInuse+after.StackInuse) - int64(before.HeapInuse+before.StackInuse); used > 200<<20 { // ends of both sides
		t.Errorf("%d connections take %d MiB", len(idle), used>>20)
	} else {
		t.Logf("%d idle connections take %d MiB, with the client's ends", len(idle), used>>20)
	}
}

// A client that sends and never reads is held back, and ends nobody else's answers.
func TestUnreadAnswers(t *testing.T) {
	address := inTheOpen(t, server.Options{})
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /v1/ledgers/market/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
	line := strings.Repeat("x", 200) + "\n" // refused: answers are longer than lines
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(line)*100, strings.Repeat(line, 100))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	sent, deadline := 0, time.Now().Add(5*time.Second)
	for sent < 64<<20 {
		c.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
		n, err := io.WriteString(c, chunk)
		sent += n
		if err != nil || time.Now().After(deadline) {
			break
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if used := int64(after.HeapInuse) - int64(before.HeapInuse); used > 40<<20 {
		t.Errorf("answers that nobody reads hold %d MiB", used>>20)
	}
	if sent >= 64<<20 {
		t.Errorf("the server took %d MiB of a client that reads nothing", sent>>20)
	}
	got := send(t, "POST", "http://"+address+"/v1/ledgers/market/events", `{"id":"a","type":"account.open","account":"a","kind":"sub"}`, "Content-Type", "application/json")
	if got.status != 201 {
		t.Errorf("beside it: %d %s", got.status, got.body)
	}
}

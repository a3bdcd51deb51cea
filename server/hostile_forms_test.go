package server_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server"
)

// A single body is taken as it is, or refused with the place of what is wrong: nothing in it is guessed or left out.
func TestHostileBodies(t *testing.T) {
	_, hs := serve(t, server.Options{}, "market")
	market := hs.URL + "/v1/ledgers/market"
	send(t, "POST", market+"/events", `{"id":"o","type":"account.open","account":"s:1","kind":"sub"}`, "Content-Type", "application/json")
	const most = "999999999999999999999999999999999999" // 36 digits
	capture := func(id, amount string) string {
		return fmt.Sprintf(`{"id":%q,"type":"payment.capture","payment":%q,"provider":"adyen","amount":{"value":%s,"currency":"USD"},`+
			`"splits":[{"type":"BalanceAccount","account":"s:1","amount":{"value":%s}}]}`, id, id, amount, amount)
	}
	for _, tt := range []struct {
		name, body string
		status     int
		field      string
	}{
		{"36 digits", capture("c1", most), 201, ""},
		{"36 digits as text", capture("c2", `"`+most+`"`), 201, ""},
		{"37 digits", capture("c3", most+"0"), 400, "amount.value"},
		{"a fraction", capture("c4", "1.0"), 400, "amount.value"},
		{"an exponent", capture("c5", "1e3"), 400, "amount.value"},
		{"a million digits", capture("c6", strings.Repeat("9", 400_000)), 400, "amount.value"},
		{"a key twice", `{"id":"d1","type":"account.open","account":"s:2","account":"s:3","kind":"sub"}`, 400, "account"},
		{"an unknown key", `{"id":"d2","type":"account.open","account":"s:2","kind":"sub","Kind":"sub"}`, 400, "Kind"},
		{"two values", `{"id":"d3","type":"account.open","account":"s:2","kind":"sub"}{}`, 400, ""},
		{"not UTF-8", "{\"id\":\"d4\",\"type\":\"account.open\",\"account\":\"s:2\",\"kind\":\"sub\",\"holder\":\"\xff\"}", 400, ""},
		{"half a surrogate", `{"id":"d5","type":"account.open","account":"s:2","kind":"sub","holder":"\ud800"}`, 400, ""},
		{"deep", `{"id":"d6","type":"account.open","account":"s:2","kind":"sub","metadata":` + strings.Repeat(`{"a":`, 100_000) + `1` +
			strings.Repeat("}", 100_000) + "}", 400, ""},
		{"deep and open", strings.Repeat("[", 500_000), 400, ""},
		{"nothing", " ", 400, ""},
		{"null", "null", 400, ""},
		{"a zero byte", `{"id":"d7\u0000","type":"account.open","account":"s:2","kind":"sub"}`, 400, "id"},
	} {
		got := send(t, "POST", market+"/events", tt.body, "Content-Type", "application/json")
		if got.status != tt.status || !strings.Contains(got.body, `"field":"`+tt.field) && tt.field != "" || len(got.body) > 4<<10 {
			t.Errorf("%s: expected %d %s, found %d %.500s", tt.name, tt.status, tt.field, got.status, got.body)
		}
	}
	if got := send(t, "GET", market+"/balances?account=s:1", ""); !strings.Contains(got.body, `"pending":1999999999999999999999999999999999998,`) {
		t.Errorf("twice 36 digits: %s", got.body)
	}
	if got := send(t, "GET", market+"/accounts?prefix=s:2", ""); got.body != `{"data":[]}` {
		t.Errorf("something of what was refused is there: %s", got.body)
	}
}

// A request of which it can be doubted where it ends is refused, and what comes behind it on the connection is not read as
// another one.
func TestSmuggling(t *testing.T) {
	address := inTheOpen(t, server.Options{})
	const head = "POST /v1/ledgers/market/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	const behind = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	for name, request := range map[string]string{
		"two lengths":            head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}" + behind,
		"a list of lengths":      head + "Content-Length: 2, 3\r\n\r\n{}" + behind,
		"a length with a sign":   head + "Content-Length: +2\r\n\r\n{}" + behind,
		"a length below zero":    head + "Content-Length: -2\r\n\r\n{}" + behind,
		"a space before a colon": head + "Content-Length : 2\r\n\r\n{}" + behind,
		"an unknown coding":      head + "Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + behind,
		"two codings":            head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + behind,
		"a coding before chunks": head + "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + behind,
		"no chunk's size":        head + "Transfer-Encoding: chunked\r\n\r\nx\r\n{}\r\n0\r\n\r\n" + behind,
		"a chunk that goes on":   head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}{}\r\n0\r\n\r\n" + behind,
		"a name with a newline":  head + "X\nY: 1\r\nContent-Length: 2\r\n\r\n{}" + behind,
	} {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(10 * time.Second))
		io.WriteString(c, request)
		all, _ := io.ReadAll(c)
		c.Close()
		answers := strings.Count(string(all), "HTTP/1.1 ")
		if answers != 1 || !strings.HasPrefix(string(all), "HTTP/1.1 4") && !strings.HasPrefix(string(all), "HTTP/1.1 501") {
			t.Errorf("%s: %d answers: %s", name, answers, all)
		}
	}
}

// A stream over HTTP/2 is answered line by line while it is sent, goes on after a line that is none, and where it is cut
// off, what was answered is booked and nothing else.
func TestStreamOverHTTP2(t *testing.T) {
	l, err := ledger.Open(filepath.Join(t.TempDir(), "market.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := server.New(server.Options{Log: slog.New(slog.DiscardHandler)})
	if err := s.Add("market", l); err != nil {
		t.Fatal(err)
	}
	hs := httptest.NewUnstartedServer(s)
	hs.EnableHTTP2 = true
	hs.StartTLS()
	defer hs.Close()
	defer s.Close()
	in, out := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), "POST", hs.URL+"/v1/ledgers/market/events", in)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-ndjson")
	a, err := hs.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if a.ProtoMajor != 2 || a.StatusCode != 200 {
		t.Fatalf("%s %s", a.Proto, a.Status)
	}
	answers := bufio.NewReader(a.Body)
	for i, tt := range [][2]string{
		{`{"id":"h-1","type":"account.open","account":"h:1","kind":"sub"}`, `"status":"accepted","record":1`},
		{`{"id":"h-2","type":`, `"status":"refused","error":{"code":"invalid"`},
		{`{"id":"h-3","type":"account.open","account":"h:3","kind":"sub"}`, `"status":"accepted","record":2`},
	} {
		fmt.Fprintln(out, tt[0])
		if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, tt[1]) {
			t.Fatalf("line %d: %s %v", i+1, line, err)
		}
	}
	io.WriteString(out, `{"id":"h-4","type":"account.open","account":"h:4","kind":"sub"`)
	out.CloseWithError(io.ErrUnexpectedEOF)
	io.Copy(io.Discard, answers)
	if records := l.Stats().Records; records != 2 {
		t.Errorf("expected 2 records, found %d", records)
	}
}

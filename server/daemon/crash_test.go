package daemon_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server/client"
	"github.com/splitledger/splitledger/server/daemon"
)

var kills = flag.Int("kills", 4, "how often TestKilled kills the server")

// servedDir has a process of this test serve a directory, see TestMain.
const servedDir = "SPLITLEDGER_TEST_SERVE"

// TestMain is a daemon where it was started to be one.
func TestMain(m *testing.M) {
	if dir := os.Getenv(servedDir); dir != "" {
		d, err := daemon.Open(daemon.Options{Dir: dir, Listen: os.Getenv("SPLITLEDGER_TEST_LISTEN"), Log: quiet()})
		if err == nil {
			err = d.Serve(context.Background())
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// process starts a daemon as a process of its own, and waits until it answers.
func process(t *testing.T, dir, listen string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), servedDir+"="+dir, "SPLITLEDGER_TEST_LISTEN="+listen)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if a, err := http.Get("http://" + listen + "/healthz"); err == nil {
			a.Body.Close()
			return cmd
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the daemon does not answer")
	return nil
}

// acknowledged are events that were answered, by id: how often as accepted, and the record that they were said to have.
type acknowledged struct {
	mu      sync.Mutex
	records map[string]uint64
	twice   []string
}

// note keeps an answer.
func (a *acknowledged) note(line []byte) {
	var r struct {
		ID, Status string
		Record     uint64
	}
	if json.Unmarshal(line, &r) != nil || r.Status != "accepted" && r.Status != "duplicate" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if before, ok := a.records[r.ID]; ok && (before != r.Record || r.Status == "accepted") {
		a.twice = append(a.twice, r.ID)
	}
	a.records[r.ID] = r.Record
}

// A server that is killed again and again under load loses nothing that was answered, and books nothing twice, although
// its clients send again what was not answered.
func TestKilled(t *testing.T) {
	if testing.Short() {
		*kills = min(*kills, 2)
	}
	dir := t.TempDir()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen := free.Addr().String()
	free.Close()
	cmd := process(t, dir, listen)
	admin := client.Socket(daemon.AdminSocket(dir))
	if _, err := admin.CreateLedger(t.Context(), "market"); err != nil {
		t.Fatal(err)
	}
	k, err := admin.CreateKey(t.Context(), client.NewKey{Name: "w", Scopes: []string{"events:write"}, Ledgers: []string{"market"}})
	if err != nil {
		t.Fatal(err)
	}
	f := newFollower(t, admin, listen)
	admin.Close()
	got := &acknowledged{records: map[string]uint64{}}
	ctx, cancel := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	for n := range 8 {
		clients.Go(func() { load(ctx, got, "http://"+listen+"/v1/ledgers/market/events", k.Text, n) })
	}
	for range *kills {
		time.Sleep(time.Duration(50+rand.IntN(250)) * time.Millisecond)
		if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		cmd = process(t, dir, listen)
	}
	time.Sleep(100 * time.Millisecond)
	cancel()
	clients.Wait()
	f.end()
	cmd.Process.Signal(syscall.SIGKILL)
	cmd.Wait()

	l, err := ledger.Open(filepath.Join(dir, "market.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	booked := map[string]uint64{}
	for rec, err := range l.Records(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		if id := rec.Keys[0].Name; booked[id] != 0 {
			t.Errorf("%s is booked twice", id)
		} else {
			booked[id] = rec.Number
		}
	}
	f.check(t, booked)
	lost := 0
	for id, record := range got.records {
		if booked[id] != record {
			lost++
		}
	}
	if lost > 0 || len(got.twice) > 0 || len(got.records) == 0 {
		t.Errorf("of %d events that were answered %d are lost, %d were accepted twice", len(got.records), lost, len(got.twice))
	}
	if v, err := l.Verify(t.Context(), nil); err != nil || len(v.Damage) > 0 {
		t.Errorf("%v %v", v.Damage, err)
	}
	t.Logf("%d kills, %d events answered, %d booked", *kills, len(got.records), len(booked))
}

// A follower follows the feed of the journal by what the contract says: it connects again with the last id that it had.
type follower struct {
	ids    []string
	seen   []uint64
	count  atomic.Int64 // of seen
	cuts   int
	cancel func()
	done   sync.WaitGroup
}

// newFollower begins to follow.
func newFollower(t *testing.T, admin *client.Client, listen string) *follower {
	t.Helper()
	k, err := admin.CreateKey(t.Context(), client.NewKey{Name: "f", Scopes: []string{"read"}, Ledgers: []string{"market"}})
	if err != nil {
		t.Fatal(err)
	}
	f := &follower{}
	ctx, cancel := context.WithCancel(t.Context())
	f.cancel = cancel
	f.done.Go(func() {
		for last := "0"; ctx.Err() == nil; {
			r, _ := http.NewRequestWithContext(ctx, "GET", "http://"+listen+"/v1/ledgers/market/journal", nil)
			r.Header.Set("Authorization", "Bearer "+k.Text)
			r.Header.Set("Accept", "text/event-stream")
			r.Header.Set("Last-Event-ID", last)
			a, err := http.DefaultClient.Do(r)
			if err != nil {
				time.Sleep(5 * time.Millisecond)
				continue
			}
			f.read(a.Body, &last)
			a.Body.Close()
			f.cuts++
		}
	})
	return f
}

// read reads what came on one connection. An event that was cut off does not count, nor does its id.
func (f *follower) read(r io.Reader, last *string) {
	in := bufio.NewReader(r)
	var name, id, data string
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch field {
		case "event":
			name = value
		case "id":
			id = value
		case "data":
			data = value
		case "":
			var record struct {
				Record uint64
				Event  struct{ ID string }
			}
			if name == "record" && json.Unmarshal([]byte(data), &record) == nil {
				f.seen, f.ids = append(f.seen, record.Record), append(f.ids, record.Event.ID)
				f.count.Add(1)
			}
			if id != "" {
				*last = id
			}
			name, id, data = "", "", ""
		}
	}
}

// end waits until nothing new has come for a while, as the last may come some time after it was answered.
func (f *follower) end() {
	for before := int64(-1); f.count.Load() > before; time.Sleep(200 * time.Millisecond) {
		before = f.count.Load()
	}
	f.cancel()
	f.done.Wait()
}

// check holds that every record came once and in order, over all connections, and is in the books.
func (f *follower) check(t *testing.T, booked map[string]uint64) {
	t.Helper()
	for i, n := range f.seen {
		if n != uint64(i)+1 || booked[f.ids[i]] != n {
			t.Fatalf("the feed has record %d, %s, as number %d, and the books have it as %d", n, f.ids[i], i+1, booked[f.ids[i]])
		}
	}
	if len(f.seen) != len(booked) || f.cuts < *kills {
		t.Errorf("the feed has %d of %d records, over %d connections", len(f.seen), len(booked), f.cuts)
	}
}

// load posts events one by one, and lines of them, and sends again what was not answered.
func load(ctx context.Context, got *acknowledged, url, key string, n int) {
	for i := 0; ctx.Err() == nil; i++ {
		count := 1
		if n%2 == 1 {
			count = 50
		}
		var body bytes.Buffer
		for j := range count {
			fmt.Fprintf(&body, `{"id":"e-%d-%d-%d","type":"account.open","account":"s:%d.%d.%d","kind":"sub"}`+"\n", n, i, j, n, i, j)
		}
		for ctx.Err() == nil && !post(ctx, got, url, key, body.Bytes(), count) {
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// post sends events once, and reports whether all were answered.
func post(ctx context.Context, got *acknowledged, url, key string, body []byte, count int) bool {
	r, _ := http.NewRequestWithContext(context.WithoutCancel(ctx), "POST", url, bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	if count > 1 {
		r.Header.Set("Content-Type", "application/x-ndjson")
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer a.Body.Close()
	lines := bufio.NewReader(a.Body)
	for answered := 0; ; answered++ {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return err == io.EOF && answered == count
		}
		if strings.Contains(string(line), `"stopped"`) {
			return false
		}
		got.note(line)
	}
}

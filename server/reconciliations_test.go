package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server"
)

// settled is the report of the example in docs/reconcile.md.
func settled(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../examples/reconcile/settlement_detail_report_batch_7.csv")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// reconciler serves the ledger of that example, and returns where it is. It may be called again for the same file.
func reconciler(t *testing.T, path string) (s *server.Server, url string, stop func()) {
	t.Helper()
	l, err := ledger.Open(path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, url = trusting(t, server.Options{})
	if err := s.Add("shop", l); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		s.Close()
		l.Close()
	})
	t.Cleanup(stop)
	url += "/v1/ledgers/shop"
	if l.Stats().Records == 0 {
		events, err := os.ReadFile("../examples/reconcile/shop.jsonl")
		if err != nil {
			t.Fatal(err)
		}
		if got := send(t, "POST", url+"/events", string(events), "Content-Type", "application/x-ndjson"); got.status != 200 {
			t.Fatal(got)
		}
	}
	return s, url, stop
}

const comparedRun = `"provider":"adyen","files":[{"name":"batch7.csv","sha256":"d241587cccc6304b853ec154e5438ebf4963dedbcc2119a6f5c4535d8cc8650a","lines":6,"format":"settlement details report"}],"record":5,"started":"…","ended":"…","progress":{"done":6,"total":6},"summary":{"matched":2,"missing_in_ledger":1,"missing_at_provider":1,"amount_mismatch":1,"currency_mismatch":0,"account_mismatch":0,"fee_mismatch":0,"status_mismatch":0,"balance_mismatch":0,"duplicate":0,"unknown_kind":0,"unreadable":0,"unmatched_other":2},"batches":[{"batch":"7","receiver":"ExampleShopEUR","currency":"EUR","lines":6,"net":15254,"paid":15254,"difference":0,"state":"balanced"}],"clean":false}`

// Example 9 of the documentation: a report is compared, looked at, and posted.
func TestReconciliation(t *testing.T) {
	_, url, _ := reconciler(t, filepath.Join(t.TempDir(), "shop.db"))
	upload := url + "/reconciliations?provider=adyen&name=batch7.csv"
	got := send(t, "POST", upload, settled(t), "Content-Type", "text/csv", "Prefer", "wait=10")
	if got.status != 200 || got.header.Get("ETag") != `"1"` || !strings.HasPrefix(got.header.Get("Location"), "/v1/ledgers/shop/reconciliations/") {
		t.Fatalf("%d %v %s", got.status, got.header, got.body)
	}
	compare(t, `{"id":"…","state":"done",`+comparedRun, got.body)
	one := url + strings.TrimPrefix(got.header.Get("Location"), "/v1/ledgers/shop")

	// The same file again, by its digest alone, and under another name: the same run.
	sum := sha256.Sum256([]byte(settled(t)))
	again := send(t, "POST", upload, "nothing of it is read", "Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
	if again.status != 200 || again.body != got.body {
		t.Errorf("known by its digest: %d %s", again.status, again.body)
	}
	again = send(t, "POST", strings.Replace(upload, "batch7", "other", 1), settled(t))
	if again.status != 200 || again.body != got.body {
		t.Errorf("under another name: %d %s", again.status, again.body)
	}
	if again = send(t, "POST", upload+"&decimal=,", "text", "Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":"); again.status != 400 ||
		!strings.Contains(again.body, `"Content-Digest"`) {
		t.Errorf("read otherwise, with a digest that is not its own: %d %s", again.status, again.body)
	}

	breaks := send(t, "GET", one+"/breaks?class=amount_mismatch", "")
	compare(t, `{"data":[{"id":"…","class":"amount_mismatch","line":3,"kind":"settled","reference":"shop-102","movement":"EXMOD00000000102","ours":"capture-102","payment":"shop-102","entries":"…","batch":"7","at":"2026-03-09T10:20:40Z","since":"…","expected":{"value":6100,"currency":"EUR"},"found":{"value":6000,"currency":"EUR"},"foundState":"in part","difference":{"value":-100,"currency":"EUR"},"net":"…","fees":"…","timing":true,"open":true,"posted":false,"hint":"…","remedy":"…"}]}`, breaks.body)
	// All breaks are the pages put together, the largest first.
	var ids []string
	for after := ""; ; {
		var p struct {
			Data []map[string]any
			Next string
		}
		got := send(t, "GET", one+"/breaks?limit=1&after="+after, "")
		if err := json.Unmarshal([]byte(got.body), &p); err != nil || len(p.Data) != 1 {
			t.Fatal(got.body)
		}
		ids = append(ids, fmt.Sprint(p.Data[0]["id"]))
		if len(ids) > 5 {
			t.Fatal(ids, got.body)
		}
		if after = p.Next; after == "" {
			break
		}
		if got := send(t, "GET", one+"/breaks?class=duplicate&after="+after, ""); got.status != 400 {
			t.Errorf("the cursor of another list: %d", got.status)
		}
	}
	if len(ids) != 3 {
		t.Errorf("breaks %v", ids)
	}
	if got := send(t, "GET", one+"/breaks?format=csv", ""); got.status != 200 || strings.Count(got.body, "\n") != 3 || !strings.HasPrefix(got.body, "id,class,") {
		t.Errorf("%d %s", got.status, got.body)
	}
	for query, n := range map[string]int{"currency=EUR": 3, "currency=GBP": 0, "min_age=1h": 3, "min_age=99999d": 0, "class=duplicate&class=missing_in_ledger": 1} {
		if got := send(t, "GET", one+"/breaks?"+query, ""); strings.Count(got.body, `"class"`) != n {
			t.Errorf("%s: expected %d, found %s", query, n, got.body)
		}
	}

	// Nobody looked at the second comparison, so what was seen before is not posted; nor is anything by another.
	send(t, "POST", one+"/compare", "", "Prefer", "wait=10")
	if got := send(t, "POST", one+"/post", "", "If-Match", `"1"`); got.status != 412 {
		t.Errorf("%d %s", got.status, got.body)
	}
	got = send(t, "POST", one+"/post", "", "If-Match", `"2"`, "Prefer", "wait=10")
	if got.status != 200 || !strings.Contains(got.body, `"state":"posted"`) ||
		!strings.Contains(got.body, `"posted":{"accepted":10,"duplicate":0,"refused":0,"takenUp":0}`) || !strings.Contains(got.body, `"clean":false`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	record := send(t, "GET", url, "").header.Get("Record")
	again = send(t, "POST", one+"/post", "", "Prefer", "wait=10")
	if again.status != 200 || again.body != got.body || send(t, "GET", url, "").header.Get("Record") != record {
		t.Errorf("posted again: %d %s", again.status, again.body)
	}
	if got := send(t, "GET", url+"/journal?order=desc&limit=1", ""); !strings.Contains(got.body, `"by":"test"`) {
		t.Errorf("who posted: %s", got.body)
	}

	// It is in lists, and in the metrics.
	for query, n := range map[string]int{"": 1, "state=posted": 1, "state=done&state=failed": 0, "provider=xendit": 0, "clean=true": 0} {
		if got := send(t, "GET", url+"/reconciliations?"+query, ""); strings.Count(got.body, `"sha256"`) != n {
			t.Errorf("%s: expected %d, found %s", query, n, got.body)
		}
	}
	metrics := send(t, "GET", strings.TrimSuffix(url, "/v1/ledgers/shop")+"/metrics", "", "Accept", "text/plain").body
	for _, line := range []string{`splitledger_reconcile_lines_total{class="matched",provider="adyen"} `, `splitledger_open_breaks{class="amount_mismatch",ledger="shop",provider="adyen"} 1`} {
		if !strings.Contains(metrics, line) {
			t.Errorf("metrics lack %s", line)
		}
	}
	events := send(t, "GET", one+"/events", "", "Accept", "text/event-stream").body
	if !strings.Contains(events, "event: progress\ndata: {\"done\":6,\"state\":\"posted\",\"total\":6}\n") || strings.Count(events, "event: class\n") != 13 ||
		!strings.Contains(events, "event: end\ndata: {\"id\":") {
		t.Error(events)
	}
	for path, want := range map[string]int{"/reconciliations/none": 404, "/reconciliations/none/breaks": 404, "/reconciliations/none/events": 404} {
		if got := send(t, "GET", url+path, ""); got.status != want {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	if got := send(t, "POST", one+"/cancel", ""); got.status != 409 {
		t.Errorf("cancelled when it was over: %d", got.status)
	}
}

// What is no report is refused as the command refuses it, and nothing of it is kept.
func TestUploadsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.db")
	_, url, _ := reconciler(t, file)
	to := url + "/reconciliations?provider=adyen"
	bomb := bomb(t)
	for name, c := range map[string]struct {
		query, body string
		header      []string
		status      int
		says        string
	}{
		"empty":           {"", "", nil, 400, "expected"},
		"another kind":    {"", "%PDF-1.4 nothing of a report\n", nil, 400, "report: "},
		"of nobody":       {"&zone=Nowhere", "x", nil, 400, `"field":"zone"`},
		"order of dates":  {"&dates=ymd", "x", nil, 400, `"field":"dates"`},
		"unknown option":  {"&bank=true", "x", nil, 400, `"field":"bank"`},
		"bomb":            {"", bomb, []string{"Content-Encoding", "gzip"}, 413, "payload_too_large"},
		"half of gzip":    {"", bomb[:len(bomb)/2], []string{"Content-Encoding", "gzip"}, 413, "payload_too_large"},
		"no parts":        {"", "x", []string{"Content-Type", "multipart/form-data; boundary=x"}, 400, "in parts"},
		"wrong digest":    {"", settled(t), []string{"Content-Digest", "sha-256=:" + strings.Repeat("A", 43) + "=:"}, 400, `"field":"Content-Digest"`},
		"no digest":       {"", settled(t), []string{"Content-Digest", "sha-256=abc"}, 400, `"field":"Content-Digest"`},
		"of no provider":  {"x", "x", nil, 400, `"field":"provider"`},
		"without records": {"", strings.SplitAfter(settled(t), "\n")[0][:20], nil, 400, "expected"},
	} {
		got := send(t, "POST", to+c.query, c.body, c.header...)
		if got.status != c.status || !strings.Contains(got.body, c.says) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if left, _ := os.ReadDir(file + "-runs"); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	// Names are no paths, whatever they say; two files of one name are two files.
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for _, name := range []string{"../../../x.csv", `C:\reports\x.csv`, ".."} {
		w, _ := parts.CreateFormFile("file", name)
		io.WriteString(w, settled(t))
	}
	parts.Close()
	got := send(t, "POST", to, body.String(), "Content-Type", parts.FormDataContentType(), "Prefer", "wait=10")
	if got.status != 200 || strings.Count(got.body, `"name":"x.csv"`) != 2 || strings.Count(got.body, `"name":"report"`) != 1 || !strings.Contains(got.body, `"duplicate":12,`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	filepath.WalkDir(filepath.Dir(file), func(path string, _ os.DirEntry, _ error) error {
		if strings.HasSuffix(path, "x.csv") && !strings.HasPrefix(path, file+"-runs/") {
			t.Errorf("a file at %s", path)
		}
		return nil
	})
}

// An upload that is cut off leaves nothing; two of one file at once are one run; a server that is closed while it compares
// or posts goes on when it is started again, and books nothing twice.
func TestReconciliationsGoOn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.db")
	_, url, stop := reconciler(t, file)
	to := url + "/reconciliations?provider=adyen&name=long.csv"
	// A long report: the example's, with many lines that nobody knows.
	lines := strings.SplitAfter(settled(t), "\n")
	var long strings.Builder
	long.WriteString(strings.Join(lines, ""))
	unknown := 20000
	if testing.Short() { // still more than the part that is cut off
		unknown = 6000
	}
	for i := range unknown {
		long.WriteString(strings.NewReplacer("shop-101", fmt.Sprintf("none-%d", i), "00000000101", fmt.Sprintf("%011d", 5000+i)).Replace(lines[1]))
	}

	ctx, cancel := context.WithCancel(t.Context())
	half, end := io.Pipe()
	r, _ := http.NewRequestWithContext(ctx, "POST", to, half)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if a, err := http.DefaultClient.Do(r); err == nil {
			a.Body.Close()
		}
	}()
	io.WriteString(end, long.String()[:long.Len()/2])
	cancel()
	<-done
	for range 100 {
		if left, _ := os.ReadDir(file + "-runs"); len(left) == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if left, _ := os.ReadDir(file + "-runs"); len(left) != 0 {
		t.Fatalf("left of an upload that was cut off: %v", left)
	}

	var ids [2]string
	var both sync.WaitGroup
	for i := range ids {
		both.Go(func() {
			got := send(t, "POST", to, long.String())
			var run struct{ ID string }
			json.Unmarshal([]byte(got.body), &run)
			ids[i] = run.ID
			if got.status != 200 && got.status != 202 {
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	}
	both.Wait()
	if ids[0] == "" || ids[0] != ids[1] {
		t.Fatalf("two uploads at once: %v", ids)
	}
	stop() // while it compares

	one := "/reconciliations/" + ids[0]
	wait := func(url, state string) string {
		t.Helper()
		for range 600 {
			got := send(t, "GET", url+one, "")
			if strings.Contains(got.body, `"state":"`+state+`"`) {
				return got.body
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Fatalf("it is never %s: %s", state, send(t, "GET", url+one, "").body)
		return ""
	}
	_, url, stop = reconciler(t, file)
	compared := wait(url, "done")
	if !strings.Contains(compared, fmt.Sprintf(`"missing_in_ledger":%d`, unknown+1)) {
		t.Errorf("%s", compared)
	}
	if got := send(t, "POST", url+one+"/post", ""); got.status != 202 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	time.Sleep(150 * time.Millisecond)
	// Writers go on meanwhile.
	began := time.Now()
	got := send(t, "POST", url+"/events", `{"id":"acc-9","type":"account.open","at":"2026-03-01T09:00:00Z","account":"seller:9","kind":"sub"}`, "Content-Type", "application/json")
	if took := time.Since(began); got.status != 201 || took > 5*time.Second {
		t.Errorf("an event while reports are posted: %d after %v", got.status, took)
	}
	stop()
	_, url, stop = reconciler(t, file)
	wait(url, "posted")
	record := send(t, "GET", url, "").header.Get("Record")
	stop()
	// A ledger that was never interrupted has as many records.
	_, url, _ = reconciler(t, filepath.Join(t.TempDir(), "shop.db"))
	send(t, "POST", url+"/events", `{"id":"acc-9","type":"account.open","at":"2026-03-01T09:00:00Z","account":"seller:9","kind":"sub"}`, "Content-Type", "application/json")
	send(t, "POST", url+"/reconciliations?provider=adyen&name=long.csv", long.String())
	wait(url, "done")
	send(t, "POST", url+one+"/post", "")
	wait(url, "posted")
	if straight := send(t, "GET", url, "").header.Get("Record"); straight != record {
		t.Errorf("%s records after interruptions, %s without", record, straight)
	}
}

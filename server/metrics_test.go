package server_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/server"
)

// Metrics count what happened, and alert rules name only metrics that there are.
func TestMetrics(t *testing.T) {
	s, hs := serve(t, server.Options{Version: "1.2.3"}, "market")
	s.Committed("market")(3, time.Millisecond)
	send(t, "POST", hs.URL+"/v1/ledgers/market/events", firstEvents, "Content-Type", "application/x-ndjson")
	send(t, "POST", hs.URL+"/v1/ledgers/market/events", transfer, "Content-Type", "application/json")
	send(t, "POST", hs.URL+"/v1/ledgers/market/events", strings.Replace(strings.Replace(transfer, "600", "60000", 1), "tr-2", "tr-3", 1), "Content-Type", "application/json")
	send(t, "GET", hs.URL+"/nowhere/seller:42", "")
	got := send(t, "GET", hs.URL+"/metrics", "")
	if got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain") {
		t.Fatalf("%d %s", got.status, got.header)
	}
	for _, want := range []string{
		`splitledger_events_total{ledger="market",status="accepted",type="payment.capture"} 1`,
		`splitledger_events_total{ledger="market",status="accepted",type="transfer"} 1`,
		`splitledger_events_total{ledger="market",status="refused",type="transfer"} 1`,
		`splitledger_refusals_total{code="insufficient_funds",ledger="market"} 1`,
		`splitledger_http_requests_total{method="POST",route="/v1/ledgers/{ledger}/events",status="201"} 1`,
		`splitledger_http_requests_total{method="other",route="none",status="404"} 1`,
		`splitledger_commit_records_count{ledger="market"} 1`,
		`splitledger_record{ledger="market"} 4`,
		`splitledger_build_info{go=`,
	} {
		if !strings.Contains(got.body, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, name := range []string{"http_requests_total", "http_request_seconds", "http_in_flight", "events_total", "refusals_total",
		"fallbacks_total", "commit_seconds", "commit_records", "record", "file_size_bytes", "disk_free_bytes", "rate_limited_total",
		"auth_failures_total", "intake_total", "notices_waiting", "notice_oldest_seconds", "webhook_lag_records",
		"webhook_oldest_seconds", "webhook_attempts_total", "sse_clients", "backpressure_seconds_total", "reconcile_lines_total", "open_breaks", "build_info"} {
		if !s.HasMetric(name) {
			t.Errorf("no metric %s", name)
		}
	}
	for _, secret := range []string{"seller:42", "order-1001"} {
		if strings.Contains(got.body, secret) {
			t.Errorf("%s is in a label", secret)
		}
	}
	if got := send(t, "GET", hs.URL+"/metrics", "", "Accept", "application/openmetrics-text; version=1.0.0"); !strings.HasSuffix(got.body, "# EOF") {
		t.Errorf("OpenMetrics: %d %.200s", got.status, got.body)
	}
	rules, err := os.ReadFile("../deploy/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`splitledger_([a-z_]+)`).FindAllStringSubmatch(string(rules), -1) {
		if metric := strings.TrimSuffix(name[1], "_bucket"); !s.HasMetric(metric) {
			t.Errorf("alerts.yml names %s, which is no metric", metric)
		}
	}
}

// Prometheus takes the alert rules.
func TestAlertRules(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("no promtool here: apt-get install prometheus")
	}
	if out, err := exec.CommandContext(t.Context(), promtool, "check", "rules", "../deploy/alerts.yml").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

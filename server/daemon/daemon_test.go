package daemon_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/server/client"
	"github.com/splitledger/splitledger/server/daemon"
)

// quiet is a log that nobody reads.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// start serves a directory until the test ends, and gives a key for everything.
func start(t *testing.T, o daemon.Options) (d *daemon.Daemon, key string) {
	t.Helper()
	o.Log = quiet()
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	d, err := daemon.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	admin := client.Socket(daemon.AdminSocket(o.Dir))
	t.Cleanup(admin.Close)
	k, err := admin.CreateKey(t.Context(), client.NewKey{Name: "test" + time.Now().String(), Scopes: []string{"admin"}, Ledgers: []string{"*"}})
	if err != nil {
		t.Fatal(err)
	}
	return d, k.Text
}

// Options that do not go together, or would show the books to others, are refused before anything is opened.
func TestOptions(t *testing.T) {
	for want, o := range map[string]daemon.Options{
		"directory":                 {},
		"TLS for 0.0.0.0:7420":      {Dir: t.TempDir(), Listen: "0.0.0.0:7420"},
		"TLS for :7420":             {Dir: t.TempDir(), Listen: ":7420"},
		"one of the two":            {Dir: t.TempDir(), TLSCert: "cert.pem"},
		"such as 127.0.0.1:7420":    {Dir: t.TempDir(), Listen: "7420"},
		"no such file or directory": {Dir: t.TempDir(), Listen: "127.0.0.1:0", TLSCert: "none.pem", TLSKey: "none.pem"},
	} {
		o.Log = quiet()
		if d, err := daemon.Open(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("expected an error with %q, found %v", want, err)
			if d != nil {
				d.Close()
			}
		}
	}
	// Two daemons of one directory would be two writers.
	dir := t.TempDir()
	start(t, daemon.Options{Dir: dir})
	if _, err := daemon.Open(daemon.Options{Dir: dir, Listen: "127.0.0.1:0", Log: quiet()}); err == nil {
		t.Error("a second daemon of the directory")
	}
}

// certificate writes a certificate of its own issue for 127.0.0.1, and returns its serial number.
func certificate(t *testing.T, cert, key string, serial int64) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, of, of, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// With a certificate the daemon speaks TLS 1.2 or later and HTTP/2, also where everybody reaches it; a new certificate is
// taken without a restart.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certificate(t, cert, key, 1)
	d, text := start(t, daemon.Options{Dir: filepath.Join(dir, "data"), Listen: "0.0.0.0:0", TLSCert: cert, TLSKey: key})
	_, port, _ := net.SplitHostPort(d.Addr().String())
	get := func(config *tls.Config) (*http.Response, error) {
		config.InsecureSkipVerify = true
		c := &http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true, DisableKeepAlives: true}}
		r, _ := http.NewRequestWithContext(t.Context(), "GET", "https://127.0.0.1:"+port+"/v1/me", nil)
		r.Header.Set("Authorization", "Bearer "+text)
		return c.Do(r)
	}
	for serial := int64(1); serial <= 2; serial++ {
		a, err := get(&tls.Config{})
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if got := a.TLS.PeerCertificates[0].SerialNumber.Int64(); a.StatusCode != 200 || a.ProtoMajor != 2 || got != serial {
			t.Errorf("%s, %s, certificate %d; want %d", a.Status, a.Proto, got, serial)
		}
		certificate(t, cert, key, serial+1)
		if err := d.Reload(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := get(&tls.Config{MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is taken")
	}
	if err := os.WriteFile(cert, []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Reload(); err == nil {
		t.Error("a torn certificate is taken")
	}
	if a, err := get(&tls.Config{}); err != nil || a.StatusCode != 200 {
		t.Errorf("after a torn certificate: %v", err)
	}
}

// A daemon that is told to stop answers what is under way, and says on a stream from which line on nothing is booked.
func TestStop(t *testing.T) {
	dir := t.TempDir()
	d, err := daemon.Open(daemon.Options{Dir: dir, Listen: "127.0.0.1:0", Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Serve(ctx) }()
	admin := client.Socket(daemon.AdminSocket(dir))
	defer admin.Close()
	if _, err := admin.CreateLedger(t.Context(), "market"); err != nil {
		t.Fatal(err)
	}
	k, err := admin.CreateKey(t.Context(), client.NewKey{Name: "w", Scopes: []string{"events:write"}, Ledgers: []string{"market"}})
	if err != nil {
		t.Fatal(err)
	}
	in, out := io.Pipe()
	r, _ := http.NewRequestWithContext(t.Context(), "POST", d.URL()+"/v1/ledgers/market/events", in)
	r.Header.Set("Authorization", "Bearer "+k.Text)
	r.Header.Set("Content-Type", "application/x-ndjson")
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	lines := bufio.NewScanner(a.Body)
	io.WriteString(out, `{"id":"a1","type":"account.open","account":"seller:1","kind":"sub"}`+"\n")
	if !lines.Scan() || !strings.Contains(lines.Text(), `"accepted"`) {
		t.Fatalf("%s %v", lines.Text(), lines.Err())
	}
	cancel()
	if !lines.Scan() || !strings.Contains(lines.Text(), `"line":2,"id":"","status":"stopped"`) || !strings.Contains(lines.Text(), `"unavailable"`) {
		t.Errorf("%s %v", lines.Text(), lines.Err())
	}
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it does not stop")
	}
	for _, left := range []string{"_server.sock", "market.db.sock"} {
		if _, err := os.Lstat(filepath.Join(dir, left)); err == nil {
			t.Errorf("%s is left", left)
		}
	}
}

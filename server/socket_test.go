package server_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server"
)

// A socket beside the file lets its owner ask, and nobody else; what a program left behind is replaced, and another file
// is not.
func TestSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "market.db")
	l, err := ledger.Open(path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	socket := server.SocketPath(path)
	left, err := net.Listen("unix", socket) // of a program that was killed
	if err != nil {
		t.Fatal(err)
	}
	left.(*net.UnixListener).SetUnlinkOnClose(false)
	left.Close()
	stop, err := server.Socket(l)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	c := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	defer c.CloseIdleConnections()
	a, err := c.Get("http://x/v1/me")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(a.Body)
	a.Body.Close()
	if a.StatusCode != 200 || !strings.Contains(string(body), `"by":"socket`) {
		t.Errorf("%s %s", a.Status, body)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(socket); err == nil {
		t.Error("the socket is left")
	}
	if err := os.WriteFile(socket, []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Socket(l); err == nil || !strings.Contains(err.Error(), "another file") {
		t.Errorf("expected another file to be left alone, found %v", err)
	}
}

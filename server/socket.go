package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/splitledger/splitledger/ledger"
)

// SocketName is the name of the ledger of a socket beside its file.
const SocketName = "local"

// SocketPath is where the socket of a ledger's file is.
func SocketPath(file string) string { return file + ".sock" }

// Socket answers requests on a socket beside a ledger's file, so that the command line works while a program has the
// ledger open: splitledger balance --ledger FILE asks the program. Only the user who runs the program can open the
// socket, and may do everything. It ends with stop, which is to be called before the ledger is closed.
func Socket(l *ledger.Ledger) (stop func() error, err error) {
	s := New(Options{})
	if err := s.Add(SocketName, l); err != nil {
		return nil, err
	}
	listener, err := ListenSocket(SocketPath(l.Path()))
	if err != nil {
		return nil, err
	}
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { done <- s.ServeSocket(ctx, listener) }()
	return func() error {
		cancel()
		return <-done
	}, nil
}

// maxSocketPath is how long the path of a socket may be on all systems.
const maxSocketPath = 104

// ListenSocket opens a socket that only its owner can open. One that a program left behind is replaced: the caller has
// the lock of what the socket is for.
func ListenSocket(path string) (net.Listener, error) {
	if abs, err := filepath.Abs(path); err == nil && len(abs) >= maxSocketPath && len(path) >= maxSocketPath {
		return nil, fmt.Errorf("expected a path of less than %d characters for the socket, found %s", maxSocketPath, path)
	}
	if info, err := os.Lstat(path); err == nil {
		if info.Mode().Type() != os.ModeSocket {
			return nil, fmt.Errorf("expected nothing or a socket at %s, found another file", path)
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	// Between binding and changing its mode others could connect; so it is made in a directory that is ours alone.
	dir, err := os.MkdirTemp(filepath.Dir(path), ".sock-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(made, 0o600), os.Rename(made, path)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &socketListener{l, path}, nil
}

// socketListener removes the socket where it was moved to.
type socketListener struct {
	*net.UnixListener
	path string
}

func (l *socketListener) Close() error {
	os.Remove(l.path)
	return l.UnixListener.Close()
}

// peer is the key of what is known of the other end of a socket.
type peer struct{}

// trusted is somebody who may do everything.
func trusted(by string) *Identity {
	return &Identity{By: by, Scopes: everybody.Scopes, Ledgers: everybody.Ledgers}
}

// As returns a handler for requests of somebody who may do everything, and needs no key: whoever can call it is trusted.
func (s *Server) As(by string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), peer{}, trusted(by))))
	})
}

// ServeSocket answers requests that come through a socket until ctx is done. Whoever can open it may do everything, under
// the name of his user.
func (s *Server) ServeSocket(ctx context.Context, l net.Listener) error {
	h := HTTP(s, s.log)
	h.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		by := "socket"
		if uid, err := peerUser(c); err == nil {
			by = fmt.Sprintf("socket_%d", uid)
		}
		return context.WithValue(ctx, peer{}, trusted(by))
	}
	stopped := make(chan struct{})
	defer context.AfterFunc(ctx, func() {
		defer close(stopped)
		end, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		s.Close()
		if h.Shutdown(end) != nil {
			h.Close()
		}
	})()
	err := h.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		<-stopped
		return nil
	}
	return err
}

package commands

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/splitledger/splitledger/server/client"
)

// keyEnv has the API key for a ledger of a server, unless --api-key-file names a file of it.
const keyEnv = "SPLITLEDGER_KEY"

// remote reports whether --ledger names a ledger of a server.
func (c *cli) remote() bool {
	return strings.HasPrefix(c.ledger, "https://") || strings.HasPrefix(c.ledger, "http://")
}

// makesFile refuses a command that makes a ledger elsewhere than in a file.
func (c *cli) makesFile() error {
	if c.remote() {
		return unusable("--ledger: expected the file of the ledger that is made, found %s: 'splitledger ledgers create' makes one "+
			"for a server, and a file beside its others is there when it starts again", c.ledger)
	}
	return nil
}

// server returns a client of the server that --ledger names, and the name of the ledger there.
func (c *cli) server() (*client.Client, string, error) {
	u, err := url.Parse(c.ledger)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, "", unusable("--ledger: expected an address such as https://books.example.com/LEDGER, found %s", c.ledger)
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return nil, "", unusable("--ledger: expected https://, found %s: a key must not go over a network in the clear", c.ledger)
	}
	base, name := c.ledger, ""
	if i := strings.LastIndex(c.ledger, "/"); i > strings.Index(c.ledger, "://")+2 {
		base, name = c.ledger[:i], c.ledger[i+1:]
	}
	base = strings.TrimSuffix(base, "/v1/ledgers") // as the routes have it
	if name == "" {
		return nil, "", unusable("--ledger: expected the name of a ledger at the end, as in %s/LEDGER, found none",
			strings.TrimSuffix(base, "/"))
	}
	key, from := c.environment(keyEnv), "$"+keyEnv
	if c.apiKeyFile != "" {
		b, err := os.ReadFile(c.apiKeyFile)
		if err != nil {
			return nil, "", unusable("--api-key-file: %w", err)
		}
		key, from = string(b), c.apiKeyFile
	}
	if key = strings.TrimSpace(key); key == "" {
		return nil, "", unusable("expected an API key in $%s or --api-key-file for %s, found none", keyEnv, c.ledger)
	}
	if strings.ContainsAny(key, " \t\r\n") {
		return nil, "", unusable("expected one API key in %s, found more than that", from)
	}
	s, err := client.New(base, key)
	if err != nil {
		return nil, "", unusable("--ledger: %w", err)
	}
	return s, name, nil
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// elsewhere has the command run by the server that --ledger names.
func (c *cli) elsewhere() error {
	s, name, err := c.server()
	if err != nil {
		return err
	}
	defer s.Close()
	return c.runBy(s, name, c.ledger)
}

// whoHas has the command run by the program that has the ledger's file open, through the socket beside it. Where that is
// not there, the error says what would help.
func (c *cli) whoHas(locked error) error {
	path := c.ledger + ".sock"
	conn, err := net.Dial("unix", path)
	switch {
	case err == nil:
		conn.Close()
		s := client.Socket(path)
		defer s.Close()
		return c.runBy(s, "local", path)
	case errors.Is(err, os.ErrPermission):
		return unusable("%w; only the user who runs that program may ask it through %s", locked, path)
	case errors.Is(err, syscall.ECONNREFUSED):
		return unusable("%w; nobody answers at %s, which an earlier program has left: that one makes no socket", locked, path)
	}
	return unusable("%w, which makes no socket beside it: commands work meanwhile where 'splitledger serve' "+
		"has the file, or a program that calls server.Socket", locked)
}

// runBy has the command run by a server: it is sent its arguments, and the files that they name as it asks for them.
// What it prints is printed here, and the failure that is returned has its exit code.
func (c *cli) runBy(s *client.Client, name, where string) error {
	// The request goes on when the command is interrupted: the server is told, and says how far it came.
	ctx, cancel := context.WithCancel(context.WithoutCancel(c.ctx))
	defer cancel()
	body, send := io.Pipe()
	w := &away{cli: c, where: where, out: newFrameWriter(func(b []byte) error {
		_, err := send.Write(b)
		return err
	})}
	// Where the request fails, nobody reads what is sent.
	defer body.CloseWithError(io.ErrClosedPipe)
	if err := w.out.json(frameBegin, beginning{module(), c.args, c.asked}); err != nil {
		return err
	}
	answer, err := s.Command(ctx, name, body)
	if err != nil {
		return w.failed(err)
	}
	defer answer.Close()
	stop := context.AfterFunc(c.ctx, func() {
		what := ""
		if errors.Is(context.Cause(c.ctx), ErrTerminated) {
			what = "term"
		}
		w.out.frame(frameInterrupt, []byte(what))
	})
	defer stop()
	in := bufio.NewReaderSize(answer, 64<<10)
	err = w.receive(in)
	if _, ended := errors.AsType[*failure](err); ended { // to the end, so that the server is not cut off
		w.out.close()
		send.Close()
		io.Copy(io.Discard, in)
	}
	return err
}

// away is a command that runs elsewhere.
type away struct {
	*cli
	where string
	out   *frameWriter

	reading atomic.Uint32 // number of the file that the server wants
	file    *madeFile     // that it makes
	closed  bool          // nobody reads standard output
}

// A madeFile is a file that the server fills.
type madeFile struct {
	in   *io.PipeWriter
	done chan error
}

// failed says why a command could not be run elsewhere.
func (w *away) failed(err error) error {
	e, answered := errors.AsType[*client.Error](err)
	switch {
	case !answered:
		err = unwrapURL(err)
		if _, ours := errors.AsType[x509.UnknownAuthorityError](err); ours {
			err = fmt.Errorf("%w: name the file with the certificate of its issuer in $SSL_CERT_FILE", err)
		}
		return unusable("%s cannot be reached: %w", w.where, err)
	case e.Refusal.Code == "" && e.Status == 400 && strings.HasPrefix(w.where, "http://"):
		return unusable("%s: %s: it may want https://", w.where, e.Refusal.Message)
	case e.Refusal.Code == "":
		return unusable("%s: %s", w.where, e.Refusal.Message)
	case e.Status == 404 && e.Refusal.Code != "unknown_ledger":
		return unusable("%s: the server runs no commands: it is older than this program (%s)", w.where, e.Refusal.Message)
	}
	return &failure{exitUsage, fmt.Errorf("%s: %w", w.where, e.Refusal)}
}

// unwrapURL leaves out what an error of a request says of its address.
func unwrapURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// receive does what the server says, until the command has ended.
func (w *away) receive(r *bufio.Reader) error {
	defer w.drop()
	for {
		kind, b, err := readFrame(r)
		if err != nil {
			return unusable("the connection to %s was cut: what became of the command is not known; "+
				"it can be given again, as events that were booked are duplicates then", w.where)
		}
		switch kind {
		case frameHello:
			if there := string(b); there != module() {
				w.note(fmt.Sprintf("%s is splitledger %s, and this is %s", w.where, printable(there), module()))
			}
		case frameOut:
			w.print(b)
		case frameErr:
			w.stderr.Write(b)
		case frameRead:
			w.read(b)
		case frameMake:
			w.begin(b)
		case frameWrite:
			if w.file != nil {
				w.file.in.Write(b) // an error is told with the answer to frameDone
			}
		case frameDone, frameDrop:
			w.finish(kind == frameDone)
		case frameExit:
			code, err := strconv.Atoi(string(b))
			if err != nil {
				return fmt.Errorf("expected an exit code from %s, found %q", w.where, b)
			}
			w.leftOut, w.cut = nil, false // it was told there
			return &failure{code, nil}
		}
	}
}

// print prints results. Where nobody reads them any more the server is told, as it matters to what the command does.
func (w *away) print(b []byte) {
	if w.closed {
		return
	}
	if _, err := w.stdout.Write(b); err != nil {
		w.closed = true
		w.out.frame(frameClosed)
	}
}

// read begins to send a file. Only one that the command has looked at here is sent: a server gets no other.
func (w *away) read(b []byte) {
	if len(b) < 4 {
		return
	}
	number, name := b[:4], string(b[4:])
	n := binary.BigEndian.Uint32(number)
	w.reading.Store(n)
	go func() {
		err := w.copy(n, name, number)
		why, _ := json.Marshal(faultOf(err))
		w.out.frame(frameEnd, number, why)
	}()
}

// copy sends a file, as long as the server wants it.
func (w *away) copy(n uint32, name string, number []byte) error {
	f := w.local()
	if name != "-" && f.known[name] == "" {
		return fmt.Errorf("%s is not a file of this command", name)
	}
	in, err := f.open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	buf := make([]byte, 64<<10)
	for w.reading.Load() == n {
		k, err := in.Read(buf)
		if k > 0 {
			if err := w.out.frame(frameData, number, buf[:k]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// begin makes a file, which the server fills.
func (w *away) begin(b []byte) {
	var m making
	f := w.local()
	err := json.Unmarshal(b, &m)
	if err == nil && !f.mayMake(m.Name) {
		err = fmt.Errorf("%s is not a file of this command", m.Name)
	}
	if err != nil || m.How == directory {
		if err == nil {
			err = f.make(m.Name, directory, nil)
		}
		w.out.json(frameMade, faultOf(err))
		return
	}
	w.drop()
	r, in := io.Pipe()
	w.file = &madeFile{in, make(chan error, 1)}
	begun := make(chan struct{})
	go func(done chan error) {
		err := f.make(m.Name, m.How, func(out io.Writer) error {
			close(begun)
			_, err := io.Copy(out, r)
			return err
		})
		r.CloseWithError(err)
		done <- err
	}(w.file.done)
	select {
	case <-begun:
		w.out.json(frameMade, (*fault)(nil))
	case err := <-w.file.done:
		w.file = nil
		w.out.json(frameMade, faultOf(err))
	}
}

// finish ends a file, which stays if it is whole.
func (w *away) finish(whole bool) {
	err := errors.New("there is no file to be ended")
	if w.file != nil && whole {
		w.file.in.Close()
		err = <-w.file.done
		w.file = nil
	} else if w.file != nil {
		err = w.drop()
	}
	w.out.json(frameMade, faultOf(err))
}

// drop gives a file up that is not whole.
func (w *away) drop() error {
	if w.file == nil {
		return nil
	}
	w.file.in.CloseWithError(errAway)
	err := <-w.file.done
	w.file = nil
	return err
}

// local are the files of this machine.
func (w *away) local() *localFiles { return w.files.(*localFiles) }

package server

import (
	"context"
	"net/http"
	"time"

	"github.com/splitledger/splitledger/internal/commands"
	"github.com/splitledger/splitledger/ledger"
)

// commandType is the type of what goes to and fro while a command runs, see [commands.Host].
const commandType = "application/vnd.splitledger.command"

// commandRoutes run commands of the command line on a ledger, for whoever cannot open its file.
func commandRoutes() []*Route {
	return []*Route{{Method: "POST", Path: InLedger + "/command", Scope: AnyScope,
		Summary: "Run a command of the command line on a ledger",
		Doc: "For the program splitledger alone, where a server has the ledger open: what goes to and fro may change with any version. " +
			"Each command needs the scope of the route that does the same. No command reads or writes a file of the server's.",
		Body: []Media{{commandType, nil}}, Answers: []Media{{commandType, nil}}, handle: (*call).command}}
}

// command runs a command. It may take as long as whoever gave it wants, as a slow reader of its results does: that holds
// up nobody, because a command that waits for its reader has nothing locked.
func (c *call) command() error {
	rc := http.NewResponseController(c.w)
	rc.EnableFullDuplex() // HTTP/2 always is
	rc.SetReadDeadline(time.Time{})
	ctx, cancel := context.WithCancel(c.r.Context())
	defer cancel()
	// A server that stops waits for no reader, though for what is being booked.
	defer context.AfterFunc(c.server.stopping, func() {
		cancel()
		rc.SetReadDeadline(time.Now())
		rc.SetWriteDeadline(time.Now().Add(time.Second))
	})()
	h := &commands.Host{Ledger: c.ledger.ledger, Rules: c.ledger.books.Rules, By: c.who.By, May: func(scope string) error {
		if c.who.may(Scope(scope)) {
			return nil
		}
		return ledger.Errorf(Forbidden, "expected a key with the scope %s", scope)
	}}
	err := h.Serve(ctx, c.r.Body, func(b []byte) error {
		if c.status == 0 {
			c.w.Header().Set("Content-Type", commandType)
			c.status = http.StatusOK
			c.w.WriteHeader(http.StatusOK)
		}
		if _, err := c.w.Write(b); err != nil {
			return err
		}
		return rc.Flush()
	})
	if err != nil && c.status != 0 { // whoever gave it is gone: nobody is to be told
		c.server.log.Debug("command ended", "request", c.id, "error", err)
		return nil
	}
	return err
}

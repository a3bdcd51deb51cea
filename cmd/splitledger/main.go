// Command splitledger keeps the books of split payments: it posts events to a double-entry ledger in one
// file, and answers what every account has, had, and why.
//
// Run it without arguments for help; docs/cli.md is the same help as a page.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/splitledger/splitledger/internal/commands"
)

// main connects run to the process: streams, environment, signals. Everything else is in package
// commands, which tests run in their own process. Ctrl-C and SIGTERM cancel the context, so that a command stops
// between two events and says how far it came.
func main() {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		cause := context.Canceled
		if <-signals == syscall.SIGTERM {
			cause = commands.ErrTerminated
		}
		cancel(cause)
		// The second Ctrl-C ends the program at once, where the first waits for the events in flight.
		signal.Stop(signals)
	}()
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is an error like any other: see run
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}

// servers are the commands that are about a server: only this program has them.
var servers = []commands.More{serveCommand, keysCommand, ledgersCommand}

// run runs a command, and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	return commands.Run(ctx, args, stdin, stdout, stderr, getenv, servers...)
}

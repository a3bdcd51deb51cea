// Command splitledger keeps the books of split payments: it posts events to a double-entry ledger in one
// file, and answers what every account has, had, and why.
//
// Run it without arguments for help; docs/cli.md is the same help as a page.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// main connects run to the process: streams, environment, signals. Everything else is in run, which
// tests call in their own process. Ctrl-C and SIGTERM cancel the context, so that a command stops
// between two events and says how far it came.
func main() {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		cause := context.Canceled
		if <-signals == syscall.SIGTERM {
			cause = errTerminated
		}
		cancel(cause)
		// The second Ctrl-C ends the program at once, where the first waits for the events in flight.
		signal.Stop(signals)
	}()
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is an error like any other: see run
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}

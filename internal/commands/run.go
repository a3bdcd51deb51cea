package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/spf13/cobra"
)

// What the program exits with. Scripts depend on the numbers, so they never change; rootHelp lists
// them.
const (
	exitDone        = 0
	exitRefused     = 1   // some events were refused, or a check failed, or an answer could not be had
	exitUsage       = 2   // wrong usage, or the ledger cannot be opened
	exitInterrupted = 130 // stopped by Ctrl-C before the end, as shells have it for SIGINT
	exitTerminated  = 143 // stopped by SIGTERM before the end, as shells and systemd have it
)

// ErrTerminated is why the context of a run ended, where that was SIGTERM.
var ErrTerminated = fmt.Errorf("terminated: %w", context.Canceled)

// A failure ends the program with an exit code of its own. An error that is no failure comes from
// cobra, and is wrong usage. A failure without err has been reported already, on standard error or
// in the answer itself; then only the code is left to be given.
type failure struct {
	code int
	err  error
}

// Error is for wrapping and tests; what a user reads is printed by exit.
func (f *failure) Error() string {
	if f.err == nil {
		return fmt.Sprintf("exit status %d", f.code)
	}
	return f.err.Error()
}

// Unwrap lets callers look for the cause, such as a pipe that was closed.
func (f *failure) Unwrap() error { return f.err }

// unusable is a failure for wrong usage, for a ledger or a file that cannot be opened, and for
// everything else that the user can mend before anything is done.
func unusable(format string, args ...any) error {
	return &failure{exitUsage, fmt.Errorf(format, args...)}
}

// despite returns the verdict of a check where printing the answer went well, or ended because
// nobody reads any more: 'splitledger verify | head -1' must still fail where there is damage. Any
// other error comes before the verdict.
func despite(err, verdict error) error {
	if verdict != nil && (err == nil || errors.Is(err, syscall.EPIPE)) {
		return verdict
	}
	return err
}

// A cli is one run of the program: its streams, its environment, and the flags that all commands
// have. Commands are methods of it, so that no state is global and tests can run commands side by
// side.
type cli struct {
	// Not those of the process where a test or a server runs it.
	args           []string
	stdin          io.Reader
	stdout, stderr io.Writer
	// The environment, of which only variables that begin with SPLITLEDGER_ are read. getenv remembers those that the
	// command asked for, for whoever runs it elsewhere.
	getenv      func(string) string
	environment func(string) string
	asked       map[string]string
	files       filesystem
	host        *Host // whose ledger the command runs on, for somebody else; nil where it opens one itself
	ctx         context.Context

	ledger     string // --ledger
	apiKeyFile string // --api-key-file

	zone   zoneFlag // --zone
	assets []string // --asset, each CODE=EXPONENT
	form   form     // --format, or --json or --csv
	wide   bool     // --wide

	makes bool // the ledger was not there before the command opened it to write

	leftOut []string // headings of columns that tables did not show, for want of room
	cut     bool     // whether texts of tables were cut

	streams bool // results are printed while the ledger is read
	dryRun  bool // what is booked is booked in memory, and gone at the end
}

// run runs the command that the arguments name, with those that the program adds.
func (c *cli) run(ctx context.Context, more []More) int {
	c.ctx = ctx
	root := c.root(more)
	root.SetArgs(c.args)
	cmd, err := root.ExecuteContextC(ctx)
	code := c.exit(cmd, err)
	if code == exitInterrupted && errors.Is(context.Cause(ctx), ErrTerminated) {
		return exitTerminated
	}
	return code
}

// exit reports what ended the command and returns the exit code. A closed pipe is a success where
// only an answer was printed, as nobody wants the rest, and a failure where events were left
// unbooked.
func (c *cli) exit(cmd *cobra.Command, err error) int {
	c.tellNarrow()
	if err == nil {
		return exitDone
	}
	f, ours := errors.AsType[*failure](err)
	switch {
	case errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe):
		if ours { // work was left undone
			return f.code
		}
		return exitDone // whoever read the answer has seen enough
	// A command that only reads has nothing to add to this.
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(c.stderr, "splitledger: interrupted")
		return exitInterrupted
	case ours && f.err == nil:
		return f.code
	}
	fmt.Fprintf(c.stderr, "splitledger: %v\n", err)
	if !ours { // cobra's own: an unknown command or flag, too many arguments
		fmt.Fprintf(c.stderr, "Run '%s --help' for usage.\n", cmd.CommandPath())
		return exitUsage
	}
	return f.code
}

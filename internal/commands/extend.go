package commands

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query/columns"
)

// A CLI is one run of the program, for the commands that a program adds to those here.
type CLI = cli

// More makes a command that a program adds.
type More func(*CLI) *cobra.Command

// Run is the program: it parses the arguments, does what they say, and returns the exit code.
// Results go to stdout, everything else to stderr, so that results can be piped into another
// program. A canceled ctx stops it cleanly; its cause is [ErrTerminated] where that was SIGTERM.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string, more ...More) int {
	c := newCLI(args, getenv)
	c.stdin, c.stdout, c.stderr = stdin, stdout, stderr
	return c.run(ctx, more)
}

// newCLI begins a run on the files of this machine.
func newCLI(args []string, getenv func(string) string) *cli {
	c := &cli{args: args, environment: getenv, asked: map[string]string{}}
	c.getenv = func(name string) string {
		value := getenv(name)
		if value != "" {
			c.asked[name] = value
		}
		return value
	}
	c.files = &localFiles{cli: c, known: map[string]string{}, kept: map[string][]byte{}}
	return c
}

// OnlyTable is the annotation of commands that have no other form, and says why.
const OnlyTable = onlyTable

// Root returns the whole program, to be documented.
func Root(getenv func(string) string, more ...More) *cobra.Command {
	return newCLI(nil, getenv).root(more)
}

// Stdout is where results go.
func (c *cli) Stdout() io.Writer { return c.stdout }

// Stderr is where everything else goes.
func (c *cli) Stderr() io.Writer { return c.stderr }

// Getenv looks a variable of the environment up.
func (c *cli) Getenv(name string) string { return c.getenv(name) }

// Zone is that of days in flags.
func (c *cli) Zone() *time.Location { return c.zone.Location }

// AsJSON reports whether JSON was asked for.
func (c *cli) AsJSON() bool { return c.form == asJSON }

// Note says something to people.
func (c *cli) Note(text string) error { return c.note(text) }

// Assets are those of the command line.
func (c *cli) Assets() (all []money.Asset, err error) {
	for _, text := range c.assets {
		a, err := parseAsset(text)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// Runs makes the RunE of a command from what it does.
func Runs(do func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return runs(do)
}

// Unusable is an error of what the user gave.
func Unusable(format string, args ...any) error { return unusable(format, args...) }

// Usage makes an error one of what the user gave.
func Usage(err error) error { return &failure{exitUsage, err} }

// PrintList prints rows in the form that was asked for; none is said where there is no row.
func PrintList[T any](c *CLI, rows iter.Seq2[T, error], none string) error {
	return printList(c, c.form, rows, display{columns.Style{People: true}, c}, none)
}

// WriteJSON writes one value, indented.
func WriteJSON(w io.Writer, v any) error { return writeJSON(w, v) }

// ShellQuote writes a word so that a shell reads it as one word.
func ShellQuote(s string) string { return shellQuote(s) }

// Version is the program's, and that of Go.
func Version() string { return version() }

package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/export"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
)

// importHelp says what makes an import complete, as it is read when one is refused.
const importHelp = `Makes a ledger of what 'splitledger export --format jsonl' wrote: the same events, entries,
numbers, times, balances and hashes. The ledger of --ledger must not exist. It appears only
when it is whole, verified, and has the head that the export names; an export that was cut
short or changed is refused, with the line.

Without a file, or for the file -, it reads standard input.`

// importCommand makes 'splitledger import'. The ledger that it makes has the identity and the
// hashes of the one that was exported, so that a head which was noted once can be looked for in
// either.
func (c *cli) importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "import [FILE]",
		Short:   "Make a ledger of an export",
		Long:    importHelp,
		Example: "  splitledger import journal.jsonl --ledger again.db",
	}
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		if err := c.openable(args); err != nil {
			return err
		}
		if err := c.makesFile(); err != nil {
			return err
		}
		// Standard input is not ours to close.
		open := func() (io.ReadCloser, error) { return c.files.open("-") }
		if len(args) > 0 && args[0] != "-" {
			open = func() (io.ReadCloser, error) { return c.files.open(args[0]) }
		}
		// An import has no total to compare with before its last line.
		shown := newProgress(c.stderr)
		v, err := export.Import(cmd.Context(), untilDone(cmd.Context(), open), c.ledger, func(records uint64) {
			shown.tell(records, "records", "")
		})
		shown.done()
		if err := c.taken(err); err != nil {
			return err
		}
		return c.printVerification(query.Verified(v))
	})
	return cmd
}

// untilDone reads what open opens, and stops when ctx is done. Opening or reading a pipe may block
// for as long as its writer likes, and Go cannot interrupt it: that goroutine is left behind when
// the program ends.
func untilDone(ctx context.Context, open func() (io.ReadCloser, error)) io.Reader {
	r, w := io.Pipe()
	// The reader is told why, so that an interrupted import says so and not that its input is cut
	// short.
	context.AfterFunc(ctx, func() { w.CloseWithError(context.Cause(ctx)) })
	go func() {
		in, err := open()
		if err == nil {
			_, err = io.Copy(w, in)
			in.Close()
		}
		w.CloseWithError(err)
	}()
	return r
}

// taken says in this program's words that there is a ledger where one was to be made, and of a
// refused import or backup that nothing was made of it.
func (c *cli) taken(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return unusable("there is a file at %s already: name another with --ledger, or move it away", c.ledger)
	}
	if refused, ok := errors.AsType[*ledger.Error](err); ok {
		return fmt.Errorf("%w: nothing was made", refused)
	}
	return err
}

// Command lab makes up data for splitledger, and measures it: what nobody runs in production.
//
// Run it without arguments for help.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// A lab is one run of the program.
type lab struct {
	stdout, stderr io.Writer
}

const rootHelp = `Makes up data for splitledger, and measures it. What the product needs is in splitledger;
what its makers need is here.

  lab sample                         writes the events of a made-up marketplace
  lab sample --provider adyen        writes a provider's reports, with known breaks
  lab bench                          measures what this machine does
  lab plot docs/performance          draws charts from figures that were measured
  lab measure                        measures how the code in this directory reads
  lab passed                         counts the functions that a piece of work passes

Results go to standard output, everything else to standard error. Exit status: 0 done;
1 otherwise.`

// run does what the arguments say, and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	l := &lab{stdout, stderr}
	root := l.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintf(stderr, "lab: %v\n", err)
		return 1
	}
	return 0
}

// root builds the whole program.
func (l *lab) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "lab",
		Short:         "Make up data for splitledger, and measure it",
		Long:          rootHelp,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(l.benchCommand(), l.plotCommand(), l.sampleCommand(), l.measureCommand(), l.passedCommand())
	return root
}

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/internal/lab/chart"
)

const plotHelp = `Draws the charts of 'lab bench --plot' again from the figures in a directory, without
measuring: callers.json, growth.json and accounts.json become callers.svg, growth.svg,
accounts.svg and memory.svg beside them. The same figures give the same bytes.`

func (l *lab) plotCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "plot DIRECTORY",
		Short:   "Draw charts from figures that were measured",
		Long:    plotHelp,
		Args:    cobra.ExactArgs(1),
		Example: "  lab plot docs/performance",
		RunE: func(_ *cobra.Command, args []string) error {
			drawn, err := chart.Draw(args[0])
			for _, path := range drawn {
				fmt.Fprintln(l.stdout, path)
			}
			return err
		},
	}
}

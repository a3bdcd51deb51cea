package commands

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// versionCommand makes 'splitledger version'. It needs no ledger, so that it can be asked for in a
// report of a bug.
func (c *cli) versionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version of the program",
	}
	cmd.RunE = runs(func(*cobra.Command, []string) error {
		all := []versionInfo{{version()}}
		switch c.form {
		case asJSON:
			return writeJSON(c.stdout, all[0])
		case asCSV:
			return columns.WriteCSV(c.stdout, columns.Style{}, query.Each(all))
		}
		_, err := fmt.Fprintln(c.stdout, "splitledger "+version())
		return err
	})
	return cmd
}

// versionInfo is the version as programs read it.
type versionInfo struct {
	Version string `json:"version"`
}

// version returns the module's version, and the Go release that built it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	return module() + " " + info.GoVersion
}

// module returns the module's version, also in a program that embeds it. A build from a checkout has no version, and is
// known by its commit.
func module() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	const path = "github.com/splitledger/splitledger"
	for _, dep := range info.Deps {
		if dep.Path == path {
			return dep.Version
		}
	}
	// The version is what 'go install …@v1.2.3' was given.
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	for _, s := range info.Settings {
		// Go notes the commit only where it built in a checkout.
		if s.Key == "vcs.revision" && v == "(devel)" {
			v += " " + s.Value
		}
	}
	return v
}

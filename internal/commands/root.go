package commands

import (
	"errors"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// Where the ledger is unless --ledger says so: in the file that the environment names, else in the
// working directory.
const (
	defaultLedger = "splitledger.db"
	ledgerEnv     = "SPLITLEDGER_LEDGER"
)

// rootHelp has what holds for all commands: times, amounts, streams and exit codes. Other helps do
// not repeat it.
const rootHelp = `Keeps the books of split payments in a double-entry ledger, in one file.

Post what happened as lines of JSON, one event a line; ask for balances, statements
and payments at any time. Nothing is ever changed or deleted in the books, and every
currency sums to zero.

  splitledger demo                        books examples and shows them
  splitledger post events.jsonl           books events, or refuses them, one by one
  splitledger balance                     what every account has
  splitledger payment P-1                 what became of a payment

Results go to standard output, everything else to standard error. Times are RFC 3339,
a day such as 2026-03-10 or a month such as 2026-03; days and months are whole, in UTC or
the --zone that is given. Times are printed in UTC, in
tables to the second. Amounts in tables are in major units (1,234.50), amounts in JSON, and in
what refuses an event, in whole minor units (123450).

Where a server or another program has the ledger's file open, that runs the command, through
a socket beside the file: it says the same, and reads and makes files here. --ledger
https://HOST/NAME has it run by a server elsewhere, with the API key in $SPLITLEDGER_KEY or
--api-key-file. Commands that make a ledger need the file itself.

--format json and csv print the same for programs and spreadsheets, whole and exact. Tables
fit 100 characters: what is too wide is left out or cut, and said; --wide prints all. In CSV
a text that a spreadsheet would take for a formula has an apostrophe before it, and a list
within a row is JSON.

Exit status: 0 done; 1 some events were refused, or a check failed, or there is no such
account or payment; 2 wrong usage, or the ledger cannot be opened; 130 stopped by Ctrl-C,
143 by SIGTERM.`

// root builds the whole program. Commands are listed in the order in which a new user meets them:
// book, ask, check, keep. It is built anew for every run, as cobra keeps the values of flags in the
// commands.
func (c *cli) root(more []More) *cobra.Command {
	root := &cobra.Command{
		// Errors are printed by exit, which knows the exit code as well; usage is not printed below
		// each.
		Use:           "splitledger",
		Short:         "A double-entry ledger for split payments",
		Long:          rootHelp,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(flagError)
	root.SetIn(c.stdin)
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	c.globalFlags(root)
	// Runs before every command.
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return c.checkForm(cmd) }
	root.Version = version()
	root.SetVersionTemplate("splitledger {{.Version}}\n")
	root.AddCommand(c.hosted()...)
	if c.host == nil {
		root.AddCommand(c.importCommand(), c.restoreCommand(), c.demoCommand())
	}
	for _, add := range more {
		root.AddCommand(add(c))
	}
	root.AddCommand(c.versionCommand())
	root.InitDefaultCompletionCmd()
	common(root)
	return root
}

// hosted are the commands that another program can run on a ledger which it has open.
func (c *cli) hosted() []*cobra.Command {
	return []*cobra.Command{
		c.postCommand(),
		c.ingestCommand(),
		c.balanceCommand(),
		c.statementCommand(),
		c.explainCommand(),
		c.findCommand(),
		c.eventCommand(),
		c.entryCommand(),
		c.paymentsCommand(),
		c.paymentCommand(),
		c.splitsCommand(),
		c.accountsCommand(),
		c.rulesCommand(),
		c.dueCommand(),
		c.recoverCommand(),
		c.reportCommand(),
		c.reconcileCommand(),
		c.verifyCommand(),
		c.exportCommand(),
		c.backupCommand(),
	}
}

// globalFlags adds the flags that every command has.
func (c *cli) globalFlags(root *cobra.Command) {
	all := root.PersistentFlags()
	c.zone.Location = time.UTC
	all.Var(&c.zone, "zone", "the time `zone` of days and months in flags, such as Europe/Berlin")
	all.StringVar(&c.ledger, "ledger", c.usualLedger(),
		"the ledger's `file`, or https://HOST/NAME of a server; default $"+ledgerEnv+", else "+defaultLedger)
	all.StringVar(&c.apiKeyFile, "api-key-file", "", "the `file` of the API key for a server; default $"+keyEnv)
	// The help is the same in every environment: docs/cli.md is made of it.
	all.Lookup("ledger").DefValue = ""
	all.StringArrayVar(&c.assets, "asset", nil,
		"an asset of the ledger's own, `CODE=EXPONENT` such as USDC=6; may be repeated")
	root.MarkPersistentFlagFilename("ledger", "db")
	c.formFlags(all)
	all.BoolVar(&c.wide, "wide", false, "print tables as wide as they are; else they fit 100 characters")
	root.RegisterFlagCompletionFunc("format", completeForms)
}

// usualLedger is the ledger's file where --ledger names none. Commands that are printed for the
// user to run name the ledger only where it is another.
func (c *cli) usualLedger() string {
	if path := c.getenv(ledgerEnv); path != "" {
		return path
	}
	return defaultLedger
}

// runs makes the RunE of a command from what it does. Errors that are not failures yet exit with 1:
// the usage was right, and something was refused or not found. A closed pipe stays what it is, see
// exit.
func runs(do func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := do(cmd, args)
		if err == nil || errors.Is(err, syscall.EPIPE) {
			return err
		}
		if _, ok := errors.AsType[*failure](err); ok {
			return err
		}
		return &failure{exitRefused, err}
	}
}

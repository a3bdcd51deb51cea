package commands

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// backupHelp says who makes the backup of a ledger that is in use.
const backupHelp = `Writes a copy of the ledger as it is now, in one file. It carries a checksum over all of it,
the head of the journal and the trial balance, and appears under its name only when it is
whole and synced. Note the head, for 'splitledger verify --contains'.

A ledger that a server or another program has open is backed up by that program, which goes on
writing meanwhile.

'splitledger backup --check FILE' reads a backup from end to end and says what it holds.`

// backupCommand makes 'splitledger backup', which writes a backup or, with --check, reads one. Both
// end with the same summary, so that the heads can be compared.
func (c *cli) backupCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the ledger into one file",
		Long:  backupHelp,
		Example: `  splitledger backup monday.backup
  splitledger backup --check monday.backup`,
	}
	cmd.Flags().BoolVar(&check, "check", false, "make no backup, but read one and compare every byte with its checksum")
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		// A check needs no ledger, as it is also made where only the backup is.
		if check && c.host != nil {
			return unusable("expected no --check: it is for the machine where the backup is")
		}
		if check {
			if err := c.openable(args); err != nil {
				return err
			}
			info, err := ledger.ReadBackup(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return c.printBackup("whole", args[0], info)
		}
		c.files.plan(args[0])
		l, err := c.openToRead(ScopeAdmin)
		if err != nil {
			return err
		}
		defer c.close(l)
		// Ledger.BackupFile writes to another name first, so that a backup is there as a whole or
		// not at all.
		info, err := c.backUp(cmd.Context(), l, args[0])
		if err := madeNew(args[0], err); err != nil {
			return err
		}
		return c.printBackup("written", args[0], info)
	})
	return cmd
}

// backUp writes a backup, here or to whoever had the command run.
func (c *cli) backUp(ctx context.Context, l *ledger.Ledger, path string) (info ledger.BackupInfo, err error) {
	if c.host == nil {
		return l.BackupFile(ctx, path)
	}
	err = c.files.make(path, newCopy, func(w io.Writer) error {
		info, err = l.Backup(ctx, w)
		return err
	})
	return info, err
}

// restoreHelp says that nothing is replaced: it is read in haste, after something was lost.
const restoreHelp = `Makes a ledger of a backup. Every byte of the backup is compared with its checksum, and the
ledger is opened and verified as 'splitledger verify' does, before it appears under the
name of --ledger, which must not exist. A backup with one altered byte is refused.`

// restoreCommand makes 'splitledger restore'. It never replaces a ledger: whoever restores in a
// hurry would lose what was booked since the backup.
func (c *cli) restoreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "restore FILE",
		Short:   "Make a ledger of a backup",
		Long:    restoreHelp,
		Example: "  splitledger restore monday.backup --ledger monday.db",
	}
	cmd.RunE = runs(func(cmd *cobra.Command, args []string) error {
		if err := c.openable(args); err != nil {
			return err
		}
		if err := c.makesFile(); err != nil {
			return err
		}
		info, err := ledger.Restore(cmd.Context(), args[0], c.ledger)
		if err := c.taken(err); err != nil {
			return err
		}
		return c.printBackup("restored", c.ledger, info)
	})
	return cmd
}

// printBackup says what a backup holds: counts, the time of the newest record, the head to be
// noted, and the sums of debits and credits, which are equal in each currency. Amounts are in minor
// units, because a backup does not say how many decimals an asset of its own has.
func (c *cli) printBackup(done, path string, info ledger.BackupInfo) error {
	switch c.form {
	case asJSON:
		return writeJSON(c.stdout, info)
	case asCSV:
		return columns.WriteCSV(c.stdout, columns.Style{}, query.Each([]ledger.BackupInfo{info}))
	}
	// A backup of a ledger without records is one all the same.
	recorded := "empty"
	if !info.Recorded.IsZero() {
		recorded = "up to " + info.Recorded.Format(time.RFC3339)
	}
	fmt.Fprintf(c.stdout, "%s %s: %s records, %s entries, %s accounts, %s\nhead %s\nledger %s\n", done, path,
		thousands(info.Records), thousands(info.Entries),
		thousands(uint64(info.Accounts)), recorded, info.HeadID(), info.ID)
	for _, t := range info.Totals {
		if _, err := fmt.Fprintf(c.stdout, "%s debit %s, credit %s (minor units)\n",
			t.Currency, t.Debit, t.Credit); err != nil {
			return err
		}
	}
	return nil
}

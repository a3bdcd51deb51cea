package commands

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

const eventHelp = `Prints an event by its id, with the entries that it booked and the postings of each.

--json prints {"record","recorded","at","happened","by","event","entries":[{"entry","postings"}],
"opens":[{"account","kind"}],"fallback"} with the event as it was sent. "happened" is there where
the event's own time is not that at which it was booked: it was of a time to come, or of a closed
period. "by" is who posted it, where the program that did so said it: a server's key, a user.
"opens" are accounts that it opened; "fallback" says why liable has what another account was to get.`

const entryHelp = `Prints an entry by its number, in the event that booked it, with the other entries of that
event. --json is that of 'splitledger event'.`

// eventCommand makes 'splitledger event': an auditor has an id from a statement or a report, and asks what it was.
func (c *cli) eventCommand() *cobra.Command {
	return c.bookedCommand("event ID", "Print an event and what it booked", eventHelp, "  splitledger event capture-1001",
		func(b *query.Books, id string) (*query.Record, error) {
			e, err := b.Event(id)
			if errors.Is(err, posting.ErrNotFound) {
				return nil, fmt.Errorf("no event %q in this ledger", id)
			}
			return e, err
		})
}

// entryCommand makes 'splitledger entry', for the number of an entry, which statements have.
func (c *cli) entryCommand() *cobra.Command {
	return c.bookedCommand("entry NUMBER", "Print an entry, and the event that booked it", entryHelp, "  splitledger entry 17",
		func(b *query.Books, text string) (*query.Record, error) {
			n, err := strconv.ParseUint(text, 10, 64)
			if err != nil || n == 0 {
				return nil, unusable("expected the number of an entry, 1 or more, found %q", text)
			}
			e, err := b.Entry(n)
			if errors.Is(err, journal.ErrNotFound) {
				return nil, fmt.Errorf("no entry %d in this ledger: it has %d", n, b.Ledger.Stats().Entries)
			}
			return e, err
		})
}

// bookedCommand makes a command that prints one event.
func (c *cli) bookedCommand(use, short, help, example string,
	find func(*query.Books, string) (*query.Record, error)) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: help, Example: example, ValidArgsFunction: cobra.NoFileCompletions}
	cmd.RunE = runs(func(_ *cobra.Command, args []string) error {
		b, err := c.openBooks()
		if err != nil {
			return err
		}
		defer c.close(b.Ledger)
		e, err := find(b, args[0])
		if err != nil {
			return err
		}
		if c.form == asJSON {
			return writeJSON(c.stdout, e)
		}
		return c.printEvents(c.display(b.Ledger), []query.Record{*e})
	})
	return cmd
}

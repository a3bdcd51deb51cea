package commands

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

// openToRead opens the ledger for a command that only looks. It makes no file where there is none:
// a typing error in --ledger must not leave an empty ledger behind. Several readers may have one
// ledger open, though no writer beside them.
func (c *cli) openToRead() (*ledger.Ledger, error) {
	if err := c.exists(); err != nil {
		return nil, err
	}
	return c.open(ledger.Options{ReadOnly: true})
}

// openBooks opens the ledger for questions, with the rules of its providers. The caller closes the
// ledger.
func (c *cli) openBooks() (*query.Books, error) { return booksOf(c.openToRead()) }

// booksOf are the books of a ledger that was opened, which is closed where its rules cannot be read.
func booksOf(l *ledger.Ledger, err error) (*query.Books, error) {
	if err != nil {
		return nil, err
	}
	b, err := query.Of(l)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return b, nil
}

// openBooksToWrite opens a ledger that is there to write, with the rules of its providers: none is made for a command
// that needs what is booked. The caller closes the ledger.
func (c *cli) openBooksToWrite() (*query.Books, error) {
	if err := c.exists(); err != nil {
		return nil, err
	}
	return booksOf(c.openToWrite())
}

// openAccepting opens a ledger that is there to write, though its index knows blocks after the
// given one, which the journal has lost. Writing is needed: the index is made again without them.
func (c *cli) openAccepting(loss uint64) (*ledger.Ledger, error) {
	if err := c.exists(); err != nil {
		return nil, err
	}
	return c.open(ledger.Options{AcceptLoss: loss})
}

// exists refuses a ledger that is not there, and says how to name another or to make one.
func (c *cli) exists() error {
	if _, err := os.Stat(c.ledger); errors.Is(err, fs.ErrNotExist) {
		return unusable("there is no ledger at %s: "+
			"name another with --ledger or $%s, or make one with 'splitledger post' or 'splitledger demo'",
			c.ledger, ledgerEnv)
	}
	return nil
}

// noteDryRun says that nothing of what was printed is in the books, where that is so.
func (c *cli) noteDryRun() {
	if c.dryRun {
		c.note("a dry run: nothing was booked")
	}
}

// openToWrite opens the ledger, which it makes where there is none. While it is open no other
// process can open it. Whoever opened it closes it with c.close. In a dry run the same is done in memory.
func (c *cli) openToWrite() (*ledger.Ledger, error) {
	_, err := os.Stat(c.ledger)
	c.makes = errors.Is(err, fs.ErrNotExist) && !c.dryRun
	return c.open(ledger.Options{DryRun: c.dryRun})
}

// dryRunFlag adds --dry-run to a command that books by [cli.openToWrite].
func (c *cli) dryRunFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "say what would be booked, and book nothing")
}

// close closes a ledger that was opened to write. One that was made for this command stays only if it got a record, so
// that a typing error in --ledger leaves nothing behind; that it was made is said, as it may be a typing error too.
func (c *cli) close(l *ledger.Ledger) error {
	if !c.makes {
		return l.Close()
	}
	c.makes = false
	if l.Stats().Records > 0 {
		return errors.Join(l.Close(), c.note("made a new ledger at "+c.ledger))
	}
	return l.Discard()
}

// open opens the ledger with the assets of the command line, and shows how far a long opening is.
func (c *cli) open(o ledger.Options) (*ledger.Ledger, error) {
	for _, a := range c.assets {
		asset, err := parseAsset(a)
		if err != nil {
			return nil, err
		}
		o.Assets = append(o.Assets, asset)
	}
	// Opening replays the journal where the index is missing, which may take minutes.
	o.Progress = c.progress()
	l, err := ledger.Open(c.ledger, o)
	if err != nil {
		return nil, &failure{exitUsage, err}
	}
	return l, nil
}

// parseAsset reads CODE=EXPONENT, the form of --asset. The exponent is the number of decimals of
// one unit, as in ISO 4217: it says what a minor unit is.
func parseAsset(s string) (money.Asset, error) {
	// Without a "=" the digits are empty, and no number.
	code, digits, _ := strings.Cut(s, "=")
	c, err := money.ParseCurrency(code)
	if err != nil {
		return money.Asset{}, unusable("--asset %s: %w", s, err)
	}
	exponent, err := strconv.Atoi(digits)
	if err != nil {
		return money.Asset{},
			unusable("--asset %s: expected CODE=EXPONENT such as USDC=6, with the number of decimals of one %s", s, c)
	}
	return money.Asset{Code: c, Exponent: exponent}, nil
}

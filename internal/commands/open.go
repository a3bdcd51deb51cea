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
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// openToRead opens the ledger for a command that only looks. It makes no file where there is none:
// a typing error in --ledger must not leave an empty ledger behind. Several readers may have one
// ledger open, though no writer beside them. Through a server it needs a scope, [ScopeRead] if none is given.
func (c *cli) openToRead(needs ...string) (*ledger.Ledger, error) {
	if err := c.exists(); err != nil {
		return nil, err
	}
	if needs == nil {
		needs = []string{ScopeRead}
	}
	return c.open(ledger.Options{ReadOnly: true}, needs...)
}

// openBooks opens the ledger for questions, with the rules of its providers. The caller closes the
// ledger.
func (c *cli) openBooks() (*query.Books, error) { return c.booksOf(c.openToRead()) }

// booksOf are the books of a ledger that was opened, which is closed where its rules cannot be read.
func (c *cli) booksOf(l *ledger.Ledger, err error) (*query.Books, error) {
	if err != nil {
		return nil, err
	}
	rules, err := c.rulesOf(l)
	if err != nil {
		return nil, errors.Join(err, c.close(l))
	}
	return &query.Books{Ledger: l, Rules: rules}, nil
}

// rulesOf are the rules of a ledger. What is booked for somebody else says so.
func (c *cli) rulesOf(l *ledger.Ledger) (*posting.Book, error) {
	if c.host != nil && l == c.host.Ledger {
		return c.host.Rules.As(c.host.By), nil
	}
	book, err := posting.New(l, posting.Options{})
	if err == nil && c.host != nil {
		book = book.As(c.host.By)
	}
	return book, err
}

// openBooksToWrite opens a ledger that is there to write, with the rules of its providers: none is made for a command
// that needs what is booked. The caller closes the ledger.
func (c *cli) openBooksToWrite() (*query.Books, error) {
	if err := c.exists(); err != nil {
		return nil, err
	}
	return c.booksOf(c.openToWrite(ScopeRead, ScopeWrite))
}

// openAccepting opens a ledger that is there to write, though its index knows blocks after the
// given one, which the journal has lost. Writing is needed: the index is made again without them.
func (c *cli) openAccepting(loss uint64) (*ledger.Ledger, error) {
	if err := c.exists(); err != nil {
		return nil, err
	}
	return c.open(ledger.Options{AcceptLoss: loss}, ScopeAdmin)
}

// exists refuses a ledger that is not there, and says how to name another or to make one.
func (c *cli) exists() error {
	if c.missing() {
		return unusable("there is no ledger at %s: "+
			"name another with --ledger or $%s, or make one with 'splitledger post' or 'splitledger demo'",
			c.ledger, ledgerEnv)
	}
	return nil
}

// missing reports whether the ledger's file is not there.
func (c *cli) missing() bool {
	if c.host != nil || c.remote() {
		return false
	}
	_, err := os.Stat(c.ledger)
	return errors.Is(err, fs.ErrNotExist)
}

// noteDryRun says that nothing of what was printed is in the books, where that is so.
func (c *cli) noteDryRun() {
	if c.dryRun {
		c.note("a dry run: nothing was booked")
	}
}

// openToWrite opens the ledger, which it makes where there is none. While it is open no other
// process can open it. Whoever opened it closes it with c.close. In a dry run the same is done in memory. Through a server
// it needs scopes.
func (c *cli) openToWrite(needs ...string) (*ledger.Ledger, error) {
	c.makes = c.missing() && !c.dryRun
	return c.open(ledger.Options{DryRun: c.dryRun}, needs...)
}

// dryRunFlag adds --dry-run to a command that books by [cli.openToWrite].
func (c *cli) dryRunFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "say what would be booked, and book nothing")
}

// close closes a ledger that was opened, unless somebody else has it open for longer. One that was made for this command
// stays only if it got a record, so that a typing error in --ledger leaves nothing behind; that it was made is said, as it
// may be a typing error too.
func (c *cli) close(l *ledger.Ledger) error {
	if c.host != nil && l == c.host.Ledger {
		return nil
	}
	if !c.makes {
		return l.Close()
	}
	c.makes = false
	if l.Stats().Records > 0 {
		return errors.Join(l.Close(), c.note("made a new ledger at "+c.ledger))
	}
	return l.Discard()
}

// open opens the ledger with the assets of the command line, and shows how far a long opening is. Where a server or another
// program has it open, that runs the command: the failure that is returned then has its exit code, and nothing is left to
// be done. It needs the scopes there.
func (c *cli) open(o ledger.Options, needs ...string) (*ledger.Ledger, error) {
	l, err := c.openHere(o, needs...)
	switch {
	case c.host == nil && c.remote() && err == nil:
		return nil, c.elsewhere()
	case c.host == nil && errors.Is(err, ledger.Locked):
		return nil, c.whoHas(err)
	case err != nil:
		if _, ours := errors.AsType[*failure](err); !ours {
			err = &failure{exitUsage, err}
		}
		return nil, err
	}
	return l, nil
}

// openHere opens the ledger in this process; of a server there is none.
func (c *cli) openHere(o ledger.Options, needs ...string) (*ledger.Ledger, error) {
	for _, a := range c.assets {
		asset, err := parseAsset(a)
		if err != nil {
			return nil, err
		}
		o.Assets = append(o.Assets, asset)
	}
	if c.host != nil {
		return c.host.open(o, needs...)
	}
	if c.remote() {
		return nil, nil
	}
	// Opening replays the journal where the index is missing, which may take minutes.
	o.Progress = c.progress()
	return ledger.Open(c.ledger, o)
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

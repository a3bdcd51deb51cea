package commands

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/query"
)

// statementFiles writes the statement of each account of a pattern into a file of its own. It holds one statement at a
// time.
func (c *cli) statementFiles(
	ctx context.Context, b *query.Books, pattern string, f *statementFlags, wanted query.StatementFilter,
) error {
	all, err := b.Accounts(query.AccountFilter{Accounts: []string{pattern}})
	if err != nil {
		return asked(err)
	}
	if err := c.files.make(f.out, directory, nil); err != nil {
		return unusable("--out: %w", err)
	}
	// On some systems two files cannot differ in capitals alone, and one would replace the other.
	written := map[string]accounts.ID{}
	shown := newProgress(c.stderr)
	defer shown.done()
	for i, a := range all {
		name := fileOf(a.Account) + c.extension(f)
		if other, taken := written[strings.ToLower(name)]; taken {
			return fmt.Errorf("%s and %s differ in capitals alone, and would have one file", other, a.Account)
		}
		written[strings.ToLower(name)] = a.Account
		if err := c.statementFile(ctx, b, a.Account, filepath.Join(f.out, name), f, wanted); err != nil {
			return err
		}
		shown.tell(uint64(i+1), "statements", " of "+thousands(uint64(len(all))))
	}
	shown.done()
	_, err = fmt.Fprintf(c.stdout, "%s statements written to %s\n", thousands(uint64(len(all))), f.out)
	return err
}

// statementFile writes one file. It is made under another name first, so that no half of a statement is ever taken for
// one.
func (c *cli) statementFile(ctx context.Context, b *query.Books, id accounts.ID, path string, f *statementFlags,
	wanted query.StatementFilter) error {
	return c.files.make(path, replacement, func(out io.Writer) error {
		// What is said of an empty statement is in its file too; and a file has all columns.
		one := *c
		one.stdout, one.stderr, one.wide = out, out, true
		return one.writeStatement(ctx, b, id, f, wanted)
	})
}

// fileOf is an account's id with characters that file names cannot have on some system replaced by others that no id has.
func fileOf(id accounts.ID) string {
	return strings.NewReplacer(":", "=", "/", "+").Replace(string(id))
}

// extension is that of the form.
func (c *cli) extension(f *statementFlags) string {
	switch {
	case f.html:
		return ".html"
	case c.form == asTable:
		return ".txt"
	}
	return "." + string(c.form)
}

package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/internal/commands"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server"
	"github.com/splitledger/splitledger/server/client"
	"github.com/splitledger/splitledger/server/daemon"
	"github.com/splitledger/splitledger/server/settings"
)

// keysHelp says what a key may do, and that it is shown once.
const keysHelp = `API keys of the server of a directory, see 'splitledger serve'. These commands work beside a
running server, as its user, and without one.

A key has scopes: read; events:write, which posts events; reconcile:post, which books what a
reconciliation proves; intake, which books notifications; admin, which has all and makes keys.
None implies another. It is for some ledgers or, with *, for all, and may be for some accounts
alone: it sees their balances, statements and explanations, and nothing else.`

// keysCommand makes 'splitledger keys'.
func keysCommand(c *commands.CLI) *cobra.Command {
	cmd := &cobra.Command{Use: "keys", Short: "Make, list and revoke API keys of a server", Long: keysHelp}
	cmd.AddCommand(keysCreateCommand(c), keysListCommand(c), keysRevokeCommand(c), keysRekeyCommand(c))
	return cmd
}

// dataFlag adds --data.
func dataFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "data", "", "the `directory` of the server; default $"+envOf("data"))
}

func keysCreateCommand(c *commands.CLI) *cobra.Command {
	var dir, until string
	var n client.NewKey
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make an API key",
		Long: `Makes an API key and prints it. Nobody can be shown it again: only its hash is kept. On standard
output is the key alone, so that it can be piped to where it is needed.`,
		Example: `  splitledger keys create --data . --name backend --scopes read,events:write --ledgers market
  splitledger keys create --data . --name seller-42 --scopes read --ledgers market --accounts seller:42 --expires 2027-01-01`,
		Args: cobra.NoArgs,
	}
	dataFlag(cmd, &dir)
	flags := cmd.Flags()
	flags.StringVar(&n.Name, "name", "", "what the key is called, for people")
	flags.StringSliceVar(&n.Scopes, "scopes", nil, "what it may do: `read`, events:write, reconcile:post, intake, admin")
	flags.StringSliceVar(&n.Ledgers, "ledgers", nil, "the `ledgers` that it is for, or *")
	flags.StringSliceVar(&n.Accounts, "accounts", nil, "the only `accounts` that it sees, such as seller:42 or seller:*")
	flags.StringVar(&until, "expires", "", "the `time`, or the day, from which it counts no more")
	cmd.RunE = commands.Runs(func(cmd *cobra.Command, _ []string) error {
		if until != "" {
			var m query.Moment
			if err := m.Set(until); err != nil {
				return commands.Unusable("--expires: %w", err)
			}
			n.Expires = m.Begin(c.Zone())
		}
		return withServer(c, dir, false, func(s *client.Client) error {
			k, err := s.CreateKey(cmd.Context(), n)
			switch {
			case err != nil:
				return err
			case c.AsJSON():
				return commands.WriteJSON(c.Stdout(), k)
			}
			c.Note("key " + k.ID + " " + k.Name + "; nobody can be shown it again:")
			_, err = fmt.Fprintln(c.Stdout(), k.Text)
			return err
		})
	})
	return cmd
}

func keysListCommand(c *commands.CLI) *cobra.Command {
	var dir string
	cmd := &cobra.Command{Use: "list", Short: "List API keys", Long: "Lists the API keys that were not revoked, without the keys themselves.",
		Args: cobra.NoArgs}
	dataFlag(cmd, &dir)
	cmd.RunE = commands.Runs(func(cmd *cobra.Command, _ []string) error {
		return withServer(c, dir, false, func(s *client.Client) error {
			keys, err := s.Keys(cmd.Context())
			if err != nil {
				return err
			}
			return commands.PrintList(c, query.Each(keys), "no keys")
		})
	})
	return cmd
}

func keysRevokeCommand(c *commands.CLI) *cobra.Command {
	var dir string
	cmd := &cobra.Command{Use: "revoke ID...", Short: "Revoke API keys",
		Long: "Revokes API keys by their ids, the 8 digits after slk_. They count no more from the next request on.",
		Args: cobra.MinimumNArgs(1), Annotations: map[string]string{commands.OnlyTable: "it answers nothing"}}
	dataFlag(cmd, &dir)
	cmd.RunE = commands.Runs(func(cmd *cobra.Command, ids []string) error {
		return withServer(c, dir, false, func(s *client.Client) error {
			for _, id := range ids {
				if err := s.RevokeKey(cmd.Context(), id); err != nil {
					return err
				}
			}
			return nil
		})
	})
	return cmd
}

func keysRekeyCommand(c *commands.CLI) *cobra.Command {
	var dir, old, next string
	cmd := &cobra.Command{Use: "rekey", Short: "Encrypt the secrets of a server under a new key",
		Long: `Encrypts the secrets of providers and webhooks in a server's settings anew, under a new key: do it when
the one before may be known to others. API keys are hashes and stay. The server must be stopped.

Without flags a key is made, and replaces that in _server.key. Where the key is in a file of the
configuration, --secret-key-file names it and --new-key-file the next, 32 random bytes in
Base64; the server must be started with that one. Keep the old key as long as backups that were
made under it, and know that the journal of the settings keeps what it encrypted: whoever has
both has the secrets that there were, so make new ones at the providers too.`,
		Example: `  splitledger keys rekey --data .
  openssl rand -base64 32 > new.key; splitledger keys rekey --data . --secret-key-file old.key --new-key-file new.key`,
		Args: cobra.NoArgs, Annotations: map[string]string{commands.OnlyTable: "it answers nothing"}}
	dataFlag(cmd, &dir)
	cmd.Flags().StringVar(&old, "secret-key-file", "", "the `file` with the key so far, where it is not _server.key")
	cmd.Flags().StringVar(&next, "new-key-file", "", "the `file` with the new key")
	cmd.RunE = commands.Runs(func(*cobra.Command, []string) error {
		dir, err := dataOf(c, dir)
		if err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Join(dir, settings.File)); err != nil {
			return commands.Unusable("expected the directory of a server: %w", err)
		}
		if err := daemon.Rekey(daemon.Options{Dir: dir, KeyFile: old}, self(), next); err != nil {
			return commands.Usage(asUsage(err))
		}
		c.Note("the secrets are encrypted under a new key")
		return nil
	})
	return cmd
}

// self is who gives a command, in journals.
func self() string { return fmt.Sprintf("socket_%d", os.Getuid()) }

// dataOf is the directory of a server, from a flag or the environment.
func dataOf(c *commands.CLI, dir string) (string, error) {
	if dir = cmp.Or(dir, c.Getenv(envOf("data"))); dir == "" {
		return "", commands.Unusable("expected --data and the directory of the server")
	}
	return dir, nil
}

// ledgersCommand makes 'splitledger ledgers'.
func ledgersCommand(c *commands.CLI) *cobra.Command {
	cmd := &cobra.Command{Use: "ledgers", Short: "Make and list the ledgers of a server", Long: `The ledgers of a server are the files NAME.db of its directory, see 'splitledger serve'. These commands
work beside a running server, as its user, and without one.`}
	cmd.AddCommand(ledgersCreateCommand(c), ledgersListCommand(c))
	return cmd
}

func ledgersCreateCommand(c *commands.CLI) *cobra.Command {
	var dir string
	cmd := &cobra.Command{Use: "create NAME", Short: "Make a ledger",
		Long: `Makes an empty ledger: a name is 1 to 63 lower case letters, digits and dashes. Its own currencies,
given by --asset, are for ever.`,
		Example: "  splitledger ledgers create --data . market", Args: cobra.ExactArgs(1),
		Annotations: map[string]string{commands.OnlyTable: "it answers nothing"}}
	dataFlag(cmd, &dir)
	cmd.RunE = commands.Runs(func(cmd *cobra.Command, names []string) error {
		var assets []client.Asset
		own, err := c.Assets()
		if err != nil {
			return err
		}
		for _, a := range own {
			assets = append(assets, client.Asset{Code: string(a.Code), Exponent: a.Exponent})
		}
		return withServer(c, dir, false, func(s *client.Client) error {
			_, err := s.CreateLedger(cmd.Context(), names[0], assets...)
			return err
		})
	})
	return cmd
}

func ledgersListCommand(c *commands.CLI) *cobra.Command {
	var dir string
	cmd := &cobra.Command{Use: "list", Short: "List the ledgers of a server", Long: "Lists the ledgers of a directory, with how far each is.",
		Args: cobra.NoArgs}
	dataFlag(cmd, &dir)
	cmd.RunE = commands.Runs(func(cmd *cobra.Command, _ []string) error {
		return withServer(c, dir, true, func(s *client.Client) error {
			all, err := s.Ledgers(cmd.Context())
			if err != nil {
				return err
			}
			return commands.PrintList(c, query.Each(all), "no ledgers")
		})
	})
	return cmd
}

// withServer asks the server of a directory through its socket; where none runs, one in this process, which opens the
// ledgers only where that is needed.
func withServer(c *commands.CLI, dir string, ledgers bool, f func(*client.Client) error) error {
	dir, err := dataOf(c, dir)
	if err != nil {
		return err
	}
	socket := daemon.AdminSocket(dir)
	if conn, err := net.Dial("unix", socket); err == nil {
		conn.Close()
		s := client.Socket(socket)
		defer s.Close()
		return asUsage(f(s))
	}
	h, stop, err := daemon.Offline(daemon.Options{Dir: dir, Version: commands.Version(), Log: slog.New(slog.DiscardHandler)},
		self(), ledgers)
	if err != nil {
		return commands.Usage(err)
	}
	err = asUsage(f(client.Handler(h)))
	return cmp.Or(err, stop())
}

// asUsage makes wrong usage of a refusal for what was given.
func asUsage(err error) error {
	if e, ok := errors.AsType[*ledger.Error](err); ok && (e.Code == ledger.Invalid || e.Code == server.NotFound) {
		return commands.Usage(errors.New(strings.TrimPrefix(e.Error(), string(e.Code)+": ")))
	}
	return err
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/splitledger/splitledger/internal/commands"
	"github.com/splitledger/splitledger/server"
	"github.com/splitledger/splitledger/server/daemon"
	"github.com/splitledger/splitledger/server/settings"
)

// serveHelp says what listens where, and what is asked of whoever calls.
const serveHelp = `Answers requests over HTTP about all ledgers of a directory, the files NAME.db, and books events
that backends in any language post. It holds the files open; beside each of them is a socket,
by which the commands of this program ask and post meanwhile.

It listens on ` + daemon.DefaultListen + ` by plain HTTP. On an address that others can reach it needs
--tls-cert and --tls-key, or --insecure where a proxy in front has the certificate. SIGHUP
reads the certificate again. Callers need a key: make one with 'splitledger keys create'.
A ledger is made with 'splitledger ledgers create', or over HTTP.

/docs on the server has the routes, /openapi.json the same for programs, /healthz and /readyz
say how it is. /metrics is for Prometheus, with a key, or on --metrics-listen without one.

Every flag is also a line NAME = VALUE of --config, a file in TOML, and the variable
SPLITLEDGER_NAME in the environment, in capitals and with _ for -. Flags come before the
environment, and that before the file.

Ctrl-C or SIGTERM ends it: streams are told, what is under way is answered, for at most 20
seconds, and the ledgers are closed. Ended otherwise, even by SIGKILL, it loses nothing that
was answered.`

// serveFlags are the settings of a daemon.
type serveFlags struct {
	daemon.Options
	config    string
	demo      bool
	logFormat string
	logLevel  string
}

// serveCommand makes 'splitledger serve'.
func serveCommand(c *commands.CLI) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer requests over HTTP about the ledgers of a directory",
		Long:  serveHelp,
		Example: `  splitledger serve --data /var/lib/splitledger
  splitledger serve --data . --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem
  splitledger serve --config /etc/splitledger.toml`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{commands.OnlyTable: "a server prints nothing but its log"},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.config, "config", "", "a `file` of settings, in TOML")
	flags.StringVar(&f.Dir, "data", "", "the `directory` of the ledgers and of the server's settings; made where there is none")
	flags.BoolVar(&f.demo, "demo", false, "a new directory with a ledger of examples and a key that may do everything, to try")
	flags.StringVar(&f.Listen, "listen", daemon.DefaultListen, "the `address` to listen on")
	flags.StringVar(&f.TLSCert, "tls-cert", "", "the certificate and those of its issuers, a PEM `file`")
	flags.StringVar(&f.TLSKey, "tls-key", "", "the key of the certificate, a PEM `file`")
	flags.BoolVar(&f.Insecure, "insecure", false, "plain HTTP on an address that others can reach")
	flags.StringVar(&f.MetricsListen, "metrics-listen", "", "an `address` where metrics are given without a key")
	flags.StringVar(&f.ExternalURL, "external-url", "", "the `URL` by which providers reach the server through a proxy")
	flags.StringVar(&f.KeyFile, "secret-key-file", "", "the `file` with the key that providers' and webhooks' secrets are encrypted with; "+
		"by default _server.key in the directory, made on first use")
	flags.DurationVar(&f.DueEvery, "due-every", time.Minute, "how `often` what came due is booked; below 0 is never")
	flags.StringSliceVar(&f.WebhooksAllow, "webhooks-allow", nil, "`networks` such as 10.1.0.0/16 of your own that webhooks may go to")
	flags.StringVar(&f.OIDC.Issuer, "oidc-issuer", "", "the `URL` of an issuer of OpenID Connect at which people sign in to the console; "+
		"needs --external-url, and there /c/_/oidc/callback as the redirect")
	flags.StringVar(&f.OIDC.ClientID, "oidc-client-id", "", "the `id` that the issuer knows the server by")
	flags.StringVar(&f.OIDC.SecretFile, "oidc-client-secret-file", "", "a `file` with the secret that belongs to it; none: PKCE alone")
	flags.StringSliceVar(&f.OIDC.Scopes, "oidc-scopes", []string{"email", "profile"}, "`scopes` that the issuer is asked for beside openid")
	flags.StringVar(&f.OIDC.GroupsClaim, "oidc-groups-claim", "groups", "the `claim` with the groups of a person")
	flags.StringSliceVar(&f.OIDC.Allow, "oidc-allow", nil, "`who` may do what, such as group:finance=read+events:write@market or "+
		"domain:example.com=read@*; the first that fits counts")
	flags.Int64Var(&f.Limits.Requests, "limit-requests", 256, "requests that one key may have under way")
	flags.Int64Var(&f.Limits.Bytes, "limit-bytes", 64<<20, "bytes of bodies that one key may have under way, streams left out")
	flags.StringVar(&f.logFormat, "log-format", "text", "text or json")
	flags.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
	cmd.RunE = commands.Runs(func(cmd *cobra.Command, _ []string) error {
		if err := fromSettings(c.Getenv, flags, f.config); err != nil {
			return err
		}
		return serve(cmd.Context(), c, &f)
	})
	return cmd
}

// fromSettings gives the flags that were not given the values of the environment and of a file.
func fromSettings(getenv func(string) string, flags *pflag.FlagSet, file string) (err error) {
	if !flags.Changed("config") {
		file = getenv(envOf("config"))
	}
	given := map[string]any{}
	if file != "" {
		if _, err := toml.DecodeFile(file, &given); err != nil {
			return commands.Unusable("--config %s: %w", file, err)
		}
	}
	for name := range given {
		if flags.Lookup(name) == nil || name == "config" {
			return commands.Unusable("--config %s: expected the name of a setting, found %s: 'splitledger serve --help' lists them", file, name)
		}
	}
	flags.VisitAll(func(flag *pflag.Flag) {
		value, ok := given[flag.Name]
		from := "--config " + file
		if env := getenv(envOf(flag.Name)); env != "" {
			value, ok, from = env, true, envOf(flag.Name)
		}
		if !ok || flag.Changed || flag.Name == "config" || err != nil {
			return
		}
		if e := setFlag(flags, flag, value); e != nil {
			err = commands.Unusable("%s: %s: %w", from, flag.Name, e)
		}
	})
	return err
}

// setFlag gives a flag a value. The words of a list in a file may have commas.
func setFlag(flags *pflag.FlagSet, flag *pflag.Flag, value any) error {
	list, ok := value.([]any)
	if !ok {
		return flags.Set(flag.Name, fmt.Sprint(value))
	}
	of, ok := flag.Value.(pflag.SliceValue)
	if !ok {
		return fmt.Errorf("expected one value, found a list of %d", len(list))
	}
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = fmt.Sprint(v)
	}
	flag.Changed = true
	return of.Replace(words)
}

// envOf is the variable of a setting.
func envOf(name string) string {
	return "SPLITLEDGER_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// logger makes the log, one line an event on standard error.
func (f *serveFlags) logger(c *commands.CLI) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.logLevel)); err != nil {
		return nil, commands.Unusable("expected --log-level debug, info, warn or error, found %q", f.logLevel)
	}
	o := &slog.HandlerOptions{Level: level}
	switch f.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(c.Stderr(), o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(c.Stderr(), o)), nil
	}
	return nil, commands.Unusable("expected --log-format text or json, found %q", f.logFormat)
}

// serve runs until it is told to stop.
func serve(ctx context.Context, c *commands.CLI, f *serveFlags) (err error) {
	if f.demo && f.Dir == "" {
		if f.Dir, err = os.MkdirTemp("", "splitledger-demo-"); err != nil {
			return err
		}
	}
	if f.Dir == "" {
		return commands.Unusable("expected --data and the directory of the ledgers")
	}
	if f.Log, err = f.logger(c); err != nil {
		return err
	}
	if f.Assets, err = c.Assets(); err != nil {
		return err
	}
	f.Version = commands.Version()
	if f.demo {
		if err := f.fill(ctx, c); err != nil {
			return err
		}
	}
	d, err := daemon.Open(f.Options)
	if err != nil {
		return commands.Usage(err)
	}
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	go func() {
		for range reload {
			if err := d.Reload(); err != nil {
				f.Log.Error("the certificate stays as it was", "error", err)
			} else {
				f.Log.Info("read the certificate again")
			}
		}
	}()
	if f.demo {
		if err := f.show(c, d); err != nil {
			return errors.Join(err, d.Close())
		}
	}
	invite(d, f)
	return d.Serve(ctx)
}

// fill makes the ledger of the demo. It is always a new one.
func (f *serveFlags) fill(ctx context.Context, c *commands.CLI) error {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return err
	}
	var said bytes.Buffer
	path := filepath.Join(f.Dir, "demo.db")
	if code := commands.Run(ctx, []string{"demo", "--ledger", path}, strings.NewReader(""), io.Discard, &said, c.Getenv); code != 0 {
		return commands.Usage(fmt.Errorf("the demo could not be made in %s: %s", f.Dir, strings.TrimSpace(said.String())))
	}
	return nil
}

// show prints how to ask the server of the demo.
func (f *serveFlags) show(c *commands.CLI, d *daemon.Daemon) error {
	_, key, err := d.Settings().CreateKey(settings.Actor{By: "demo"}, settings.NewKey{Name: fmt.Sprintf("demo %d", os.Getpid()),
		Scopes: settings.Scopes(), Ledgers: []string{settings.All}})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Stdout(), `A ledger of examples is served from %s, until Ctrl-C. Try, in another terminal:

  KEY=%s
  curl -H "Authorization: Bearer $KEY" '%[3]s/v1/ledgers/demo/balances?kind=provider'
  curl -H "Authorization: Bearer $KEY" %[3]s/v1/ledgers/demo/payments/adyen-400
  splitledger balance --ledger %[4]s

Open %[3]s/c/ in a browser and sign in with the key, or %[3]s/docs for the routes.
`, f.Dir, key, d.URL(), commands.ShellQuote(filepath.Join(f.Dir, "demo.db")))
	return err
}

// invite says where the server listens, and what is missing before anybody can use it.
func invite(d *daemon.Daemon, f *serveFlags) {
	f.Log.Info("listening", "url", d.URL(), "data", f.Dir, "docs", d.URL()+"/docs")
	data := commands.ShellQuote(f.Dir)
	if len(d.Server().Names()) == 0 {
		f.Log.Info("there is no ledger yet", "make", "splitledger ledgers create --data "+data+" NAME")
	}
	if len(d.Settings().Keys()) == 0 {
		f.Log.Info("there is no key yet, so nobody can ask", "make", "splitledger keys create --data "+data+
			" --name NAME --scopes read,"+string(server.Write)+" --ledgers '*'")
	}
}

package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/internal/commands"
)

// Every command that asks something prints JSON that parses and CSV whose rows are as long as its heading, on books with
// a bit of all. A command that is added must be named here, or say why it has none of these forms.
func TestEveryForm(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "demo.db")
	if code, _, errs := runHere(t.Context(), "", "demo", "--ledger", path); code != 0 {
		t.Fatal(errs)
	}
	for _, args := range examplesOf(t) {
		tryForms(t, append(args, "--ledger", path))
	}
}

// examplesOf is an example of each command that has forms, on the ledger of the demo.
func examplesOf(t *testing.T) (all [][]string) {
	t.Helper()
	dir := t.TempDir()
	examples := map[string][]string{
		"balance": {}, "accounts": {"--negative"}, "statement": {"liable"}, "explain": {"liable"}, "find": {"adyen-400"},
		"event": {"adyen-005"}, "entry": {"1"}, "payments": {}, "payment": {"adyen-400"}, "splits": {}, "rules": {}, "due": {},
		"changes": {"--since", "2026-03-10"}, "balance-sheet": {}, "income": {}, "ageing": {}, "roll-forward": {},
		"series": {"liable", "--from", "2026-03", "--to", "2026-03"}, "recover": {}, "trial-balance": {}, "activity": {}, "periods": {}, "reconcile": {"--provider", "adyen", "--status"},
		"ingest": {"--waiting"}, "verify": {}, "version": {}, "post": {}, "simulate": {"platform-5-courier-flat", "--ledger-payments"},
		"test":   {"platform-5-courier-flat", "--amount", "100000.00IDR", "--provider", "xendit"},
		"backup": {filepath.Join(dir, "backup")}, "restore": {"--help"}, "import": {"--help"},
		"keys create": {"--help"}, "keys list": {"--data", filepath.Join(dir, "served")}, "ledgers list": {"--data", dir},
	}
	var leaves func(*cobra.Command, []string)
	leaves = func(cmd *cobra.Command, names []string) {
		for _, sub := range cmd.Commands() {
			leaves(sub, append(names[:len(names):len(names)], sub.Name()))
		}
		if cmd.Name() == "completion" || cmd.Parent() != nil && cmd.Parent().Name() == "completion" ||
			cmd.Name() == "help" || len(names) == 0 || cmd.HasSubCommands() && slices.Contains([]string{"report", "keys", "ledgers"}, cmd.Name()) || cmd.Annotations[commands.OnlyTable] != "" {
			return
		}
		args, known := examples[strings.Join(names, " ")]
		if !known {
			args, known = examples[cmd.Name()]
		}
		if !known {
			t.Errorf("no example of '%s'", cmd.CommandPath())
			return
		}
		if len(args) == 1 && args[0] == "--help" { // it makes a ledger, and prints what verify and backup print
			return
		}
		all = append(all, slices.Concat(names, args))
	}
	leaves(commands.Root(noEnv, servers...), nil)
	return all
}

func tryForms(t *testing.T, args []string) {
	code, out, errs := runHere(t.Context(), "", append(args, "--format", "csv")...)
	if code != exitDone {
		t.Errorf("%v: exit %d, %s", args, code, errs)
	}
	if _, err := csv.NewReader(strings.NewReader(out)).ReadAll(); err != nil || out == "" {
		t.Errorf("%v: %v in CSV\n%s", args, err, out)
	}
	if args[0] == "backup" {
		args[1] += "2"
	}
	_, out, _ = runHere(t.Context(), "", append(args, "--json")...)
	if args[0] != "post" && !json.Valid([]byte(out)) {
		t.Errorf("%v: no JSON\n%s", args, out)
	}
}

// A command that SIGTERM stopped says so by its exit status, as systemd and shells expect it.
func TestTerminated(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(commands.ErrTerminated)
	path := filepath.Join(t.TempDir(), "new.db")
	if code, _, _ := runHere(ctx, openLine(1), "post", "--ledger", path); code != exitTerminated {
		t.Errorf("exit %d, expected %d", code, exitTerminated)
	}
}

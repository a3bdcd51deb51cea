package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"
	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query/columns"
)

// A wideRow has texts of any length, and a number and a time that are never cut.
type wideRow struct {
	Name   string       `json:"name" col:"NAME"`
	Note   string       `json:"note" col:"NOTE,below"`
	Holder string       `json:"holder" col:"HOLDER,wide"`
	Other  string       `json:"other" col:"OTHER"`
	At     time.Time    `json:"at" col:"AT"`
	Amount money.Amount `json:"amount" col:"AMOUNT"`
}

// Whatever is in the texts, tables fit 100 characters, numbers and times are whole, and what is missing is said.
func TestTablesFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var errs bytes.Buffer
		c := &cli{stderr: &errs}
		s := newListing[wideRow](display{columns.For(money.Table{}), c})
		line := rapid.StringOfN(rapid.RuneFrom([]rune("abc é漢\u0001")), 0, 150, -1)
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) wideRow {
			return wideRow{line.Draw(t, "name"), line.Draw(t, "note"), line.Draw(t, "holder"), line.Draw(t, "other"),
				time.Unix(1e9, 5).UTC(), money.New(123456789, "EUR")}
		}), 1, 5).Draw(t, "rows")
		for _, r := range rows {
			s.add(r)
		}
		lines := s.grid(maxWidth).lines()
		whole := 0
		for _, l := range lines {
			if n := text.StringWidth(l); n > maxWidth {
				t.Fatalf("%d wide: %s", n, l)
			}
			if strings.Contains(l, "2001-09-09T01:46:40Z  1,234,567.89 EUR") {
				whole++
			}
		}
		if whole != len(rows) {
			t.Fatalf("%d of %d rows have their time and amount in\n%s", whole, len(rows), strings.Join(lines, "\n"))
		}
		c.tellNarrow()
		if cut := strings.Contains(strings.Join(lines, ""), "…"); cut && !strings.Contains(errs.String(), "--wide") {
			t.Fatal("texts are cut and nobody is told")
		}
		c.wide = true
		wide := strings.Join(s.grid(maxWidth).lines(), "\n")
		if strings.Contains(wide, "…") || !strings.Contains(wide, "HOLDER") {
			t.Fatal("--wide does not show all")
		}
	})
}

// Every command that asks something prints JSON that parses and CSV whose rows are as long as its heading, on books with
// a bit of all. A command that is added must be named here, or say why it has none of these forms.
func TestEveryForm(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "demo.db")
	if code, _, errs := runHere(t.Context(), "", "demo", "--ledger", path); code != 0 {
		t.Fatal(errs)
	}
	commands := map[string][]string{
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
			cmd.Name() == "help" || len(names) == 0 || cmd.HasSubCommands() && slices.Contains([]string{"report", "keys", "ledgers"}, cmd.Name()) || cmd.Annotations[onlyTable] != "" {
			return
		}
		args, known := commands[strings.Join(names, " ")]
		if !known {
			args, known = commands[cmd.Name()]
		}
		if !known {
			t.Errorf("no example of '%s'", cmd.CommandPath())
			return
		}
		if len(args) == 1 && args[0] == "--help" { // it makes a ledger, and prints what verify and backup print
			return
		}
		tryForms(t, append(append(names, args...), "--ledger", path))
	}
	leaves((&cli{stdout: io.Discard, stderr: io.Discard, getenv: noEnv}).root(), nil)
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
	cancel(errTerminated)
	path := filepath.Join(t.TempDir(), "new.db")
	if code, _, _ := runHere(ctx, openLine(1), "post", "--ledger", path); code != exitTerminated {
		t.Errorf("exit %d, expected %d", code, exitTerminated)
	}
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/splitledger/splitledger/internal/commands"
)

// The manual is the help texts, in one page. It is generated here so that it cannot drift.
func TestManualIsTheHelp(t *testing.T) {
	root := commands.Root(func(string) string { return "" }, servers...)
	var b bytes.Buffer
	b.WriteString("# The command line\n\nThis page is generated from the help texts of the commands.\n\n")
	section(&b, root)
	for _, cmd := range root.Commands() {
		section(&b, cmd)
		if cmd.Name() == "completion" {
			continue
		}
		for _, sub := range cmd.Commands() {
			section(&b, sub)
		}
	}
	golden(t, "docs/cli.md", b.Bytes())
}

// section writes what a command's help says.
func section(b *bytes.Buffer, cmd *cobra.Command) {
	fmt.Fprintf(b, "## %s\n\n", cmd.CommandPath())
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	fmt.Fprintf(b, "```\n%s\n```\n\n", strings.TrimSpace(text))
	if cmd.Runnable() && cmd.HasParent() {
		fmt.Fprintf(b, "Usage: `%s`\n\n", cmd.UseLine())
	}
	flags(b, cmd.NonInheritedFlags())
	if cmd.Example != "" {
		fmt.Fprintf(b, "```sh\n%s\n```\n\n", unindent(cmd.Example))
	}
	if cmd.Name() == "completion" {
		for _, shell := range cmd.Commands() {
			fmt.Fprintf(b, "- `%s`: %s\n", shell.CommandPath(), shell.Short)
		}
		b.WriteString("\n")
	}
}

func flags(b *bytes.Buffer, set *pflag.FlagSet) {
	any := false
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		if !any {
			b.WriteString("| flag | |\n|---|---|\n")
		}
		any = true
		name, usage := pflag.UnquoteUsage(f)
		if name != "" {
			name = " " + name
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && f.DefValue != "0" {
			usage += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(b, "| `--%s%s` | %s |\n", f.Name, name, strings.ReplaceAll(usage, "|", "\\|"))
	})
	if any {
		b.WriteString("\n")
	}
}

func unindent(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "\n  ", "\n"))
}

// Every command's help can be printed, and says what the command is for.
func TestHelp(t *testing.T) {
	for _, name := range []string{"", "post", "ingest", "balance", "statement", "payment", "explain", "splits", "accounts", "recover", "rules", "report", "reconcile", "verify", "export", "import", "backup", "restore", "demo", "version", "completion"} {
		var out, errs bytes.Buffer
		args := []string{name, "--help"}
		if name == "" {
			args = args[1:]
		}
		if code := run(context.Background(), args, strings.NewReader(""), &out, &errs, func(string) string { return "" }); code != 0 || errs.Len() > 0 {
			t.Errorf("%v: exit %d, %s", args, code, &errs)
		}
		about, _, _ := strings.Cut(out.String(), "\nUsage:")
		for line := range strings.Lines(about) {
			if len(line) > 100 {
				t.Errorf("%v: a line is too wide for many a terminal: %s", args, line)
			}
		}
		if !strings.Contains(out.String(), "Usage:") {
			t.Errorf("%v prints no usage:\n%s", args, &out)
		}
	}
}

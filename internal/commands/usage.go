package commands

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// common sets up a command and all below it: the number of arguments is checked by the use line, so
// that each command says only once what it takes, and a command that has only subcommands shows its
// help.
func common(cmd *cobra.Command) {
	if cmd.RunE == nil && cmd.Run == nil {
		cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	if cmd.HasParent() {
		cmd.Args = arguments
	}
	for _, sub := range cmd.Commands() {
		common(sub)
	}
}

// arguments checks their number by the command's use line, such as "statement ACCOUNT", "rules
// [TEXT]" or "post [FILE...]". A word in brackets may be left out, and after dots any number may
// follow. The errors name the missing argument, where cobra's own would only count.
func arguments(cmd *cobra.Command, args []string) error {
	names := strings.Fields(cmd.Use)[1:]
	switch {
	case strings.Contains(cmd.Use, "..."):
		return nil
	case len(args) < len(names) && !strings.HasPrefix(names[len(args)], "["):
		return fmt.Errorf("expected %s, found nothing", strings.Join(names[len(args):], " "))
	case len(args) <= len(names):
		return nil
	// A word after a command that has others below it was meant to be one of them.
	case len(names) == 0 && cmd.HasSubCommands():
		return fmt.Errorf("unknown command %q for %q%s", args[0], cmd.CommandPath(), didYouMean(cmd, args[0], ""))
	case len(names) == 0:
		return fmt.Errorf("expected nothing but flags, found %q", args[0])
	}
	return fmt.Errorf("expected nothing after %s, found %q", strings.Join(names, " "), args[len(names)])
}

// flagError says in the user's words what is wrong with a flag: it suggests the flag that was
// meant, and names what was expected in place of the errors of Go's parsers, such as
// "strconv.ParseInt: invalid syntax".
func flagError(cmd *cobra.Command, err error) error {
	// A short flag such as -x is like any other, so nothing is suggested for it.
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok && e.GetSpecifiedShortnames() == "" {
		// cobra suggests commands alone: for once the flags are commands, too.
		flags := &cobra.Command{}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			// A command without Run would not be suggested.
			flags.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
		})
		return fmt.Errorf("%w%s", err, didYouMean(flags, e.GetSpecifiedName(), "--"))
	}
	e, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok {
		return err
	}
	// By the name that pflag gives to the type of a flag.
	expected := map[string]string{
		"int": "a whole number", "uint64": "a whole number of 0 or more",
		"duration": "a duration such as 90s or 24h", "bool": "true or false",
	}[e.GetFlag().Value.Type()]
	if expected == "" {
		return fmt.Errorf("--%s: %w", e.GetFlag().Name, e.Unwrap())
	}
	return fmt.Errorf("--%s: expected %s, found %q", e.GetFlag().Name, expected, e.GetValue())
}

// didYouMean lists the commands below cmd whose names are like what was typed, in the form that
// cobra gives its own suggestions. It returns nothing where none is alike.
func didYouMean(cmd *cobra.Command, typed, before string) string {
	// As many wrong letters as cobra itself allows.
	cmd.SuggestionsMinimumDistance = 2
	var b strings.Builder
	for i, name := range cmd.SuggestionsFor(typed) {
		if i == 0 {
			b.WriteString("\n\nDid you mean this?")
		}
		b.WriteString("\n\t" + before + name)
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}

// atMostOne refuses flags of which one at most may be given, such as --json and --csv. A flag that
// is given as false counts as given: whoever writes it means something by it.
func atMostOne(cmd *cobra.Command, names ...string) error {
	var given []string
	for _, name := range names {
		if cmd.Flags().Changed(name) {
			given = append(given, "--"+name)
		}
	}
	if len(given) < 2 {
		return nil
	}
	return unusable("expected at most one of --%s, found %s", strings.Join(names, ", --"), strings.Join(given, " and "))
}

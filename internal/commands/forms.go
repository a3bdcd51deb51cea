package commands

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A form is how an answer is printed. All forms have the same numbers, as they are made of the same
// value.
type form string

// The forms.
const (
	asTable form = "table"
	asJSON  form = "json"
	asCSV   form = "csv"
)

// Set reads the flag --format.
func (f *form) Set(s string) error {
	if !slices.Contains([]form{asTable, asJSON, asCSV}, form(s)) {
		return fmt.Errorf("expected table, json or csv, found %q", s)
	}
	*f = form(s)
	return nil
}

// String returns the form's name.
func (f *form) String() string { return string(cmp.Or(*f, asTable)) }

// Type names the flag's value in help texts.
func (f *form) Type() string { return "format" }

// A shortForm is a flag such as --json, which is short for --format json.
type shortForm struct {
	into *form
	form form
}

// Set reads the flag, which is given without a value, or with true or false.
func (f shortForm) Set(s string) error {
	on, err := strconv.ParseBool(s)
	if err == nil && on {
		*f.into = f.form
	}
	return err
}

// String says whether the flag was given.
func (f shortForm) String() string { return strconv.FormatBool(f.into != nil && *f.into == f.form) }

// Type names the flag's value as that of a flag which is given without one.
func (f shortForm) Type() string { return "bool" }

// formFlags adds --format and what is short for it.
func (c *cli) formFlags(flags *pflag.FlagSet) {
	c.form = asTable
	flags.Var(&c.form, "format", "print a `table`, json or csv")
	for _, f := range []form{asJSON, asCSV} {
		flags.VarPF(shortForm{&c.form, f}, string(f), "", "short for --format "+string(f)).NoOptDefVal = "true"
	}
}

// onlyTable is the annotation of commands that have none of these forms, and says why.
const onlyTable = "only-table"

// checkForm refuses two forms at once, and a form that a command does not have.
func (c *cli) checkForm(cmd *cobra.Command) error {
	if err := atMostOne(cmd, "json", "csv", "format"); err != nil {
		return err
	}
	if why := cmd.Annotations[onlyTable]; why != "" && c.form != asTable {
		return unusable("expected no --%s: %s", c.form, why)
	}
	return nil
}

package tabular

import (
	"fmt"
	"strings"
)

// Columns finds the columns of a report. It remembers which of the needed ones are missing, so that one error
// can name them all.
type Columns struct {
	*Sheet
	missing []string
}

// Need returns the column with the first of the names that the header has. It is missing where the header has
// none of them.
func (c *Columns) Need(names ...string) Column {
	found := c.Column(names...)
	if !found.Found() {
		c.Lack(strings.Join(names, " or "))
	}
	return found
}

// Lack says that something needed is missing, in words for people.
func (c *Columns) Lack(what string) { c.missing = append(c.missing, what) }

// Complete says which columns of a report are missing that were needed; nil where all are there.
func (c *Columns) Complete(report string) error {
	if len(c.missing) == 0 {
		return nil
	}
	return fmt.Errorf("expected the columns %s of %s, found %s", strings.Join(c.missing, ", "), report, c.HeaderText())
}

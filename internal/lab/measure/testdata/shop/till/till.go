// Package till is two lines of comment,
// and eight arrows' worth of files: see the test.
package till

import "fmt"

// A Till has drawers.
type Till struct {
	drawers []drawer // and this line is one of code
}

// Open opens a till.
func Open() *Till { return &Till{make([]drawer, 3)} }

// Take takes money.
func (t *Till) Take(n int) {
	t.drawers[0].put(n) // an arrow to drawer.go
}

// String is wide: a tab is four columns, so that the last line of this has some more than a hundred and twenty, of all.
func (t *Till) String() string {
	return fmt.Sprint("a till that has so many drawers that this line is far too wide for anybody to read: ", len(t.drawers))
}

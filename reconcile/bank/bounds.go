package bank

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// The bounds of what is read and kept, and the readers that hold to them. A file may come from anybody.

// What a reader keeps in memory is bounded by these, whatever the file says. Statements of real banks stay far below.
const (
	maxToken    = 1 << 16 // bytes of a tag with its attributes, of a text, of a comment; of a field of MT940
	maxDepth    = 32      // of elements within each other; camt.053 has 14
	maxAttrs    = 32      // of an element
	maxBalances = 1000    // of a statement
	maxEntry    = 8 << 20 // bytes of what an entry of many transactions says
	maxRatio    = 400     // how many times larger a file may be than what gzip made of it
	freeSize    = 8 << 20 // up to which size that does not count
)

// The bounds of one comparison.
const (
	maxKept       = 32 << 20 // bytes of lines that wait for their payout
	maxListed     = 20_000   // findings of a class that are listed; all are counted
	maxStatements = 100_000
	maxText       = 300 // bytes of what the bank writes, in a finding
)

var errLongToken = fmt.Errorf("expected elements, texts and comments of at most %d bytes each, found a longer one",
	maxToken)

// A meter gives the XML decoder at most so many bytes for a token, since the decoder has no bound of its own.
// It counts bytes as they are written in the file, so a text of many entities counts as what it takes there.
type meter struct {
	in   *bufio.Reader
	left int
}

// reset is called before each token.
func (m *meter) reset() { m.left = maxToken }

// ReadByte is what the XML decoder reads by.
func (m *meter) ReadByte() (byte, error) {
	if m.left == 0 {
		return 0, errLongToken
	}
	m.left--
	return m.in.ReadByte()
}

// Read is what decoders of other encodings than UTF-8 read from.
func (m *meter) Read(p []byte) (int, error) {
	if m.left == 0 {
		return 0, errLongToken
	}
	n, err := m.in.Read(p[:min(len(p), m.left)])
	m.left -= n
	return n, err
}

// A counter counts what was read.
type counter struct {
	in io.Reader
	n  int64
}

// Read reads, and counts.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}

// An unpacker reads what gzip has compressed. It stops where so little made so much: no bank writes such a file.
// Without that, a file of a megabyte could keep the program busy with a gigabyte of spaces.
type unpacker struct {
	packed *counter
	plain  *gzip.Reader
	n      int64
}

// Read unpacks. Its errors say that they are of gzip, as the file looks fine otherwise.
func (u *unpacker) Read(p []byte) (int, error) {
	n, err := u.plain.Read(p)
	u.n += int64(n)
	switch {
	case u.n > freeSize && u.n > maxRatio*u.packed.n:
		const what = "gzip: expected a file that is at most %d times as large as it was compressed, found a larger one"
		return n, fmt.Errorf(what, maxRatio)
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("gzip: the file is cut short: %w", err)
	case err != nil && err != io.EOF:
		err = fmt.Errorf("gzip: %w", err)
	}
	return n, err
}

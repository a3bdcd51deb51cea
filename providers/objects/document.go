package objects

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/bounds"
	"github.com/splitledger/splitledger/providers/tabular"
)

const (
	maxLine   = 64 << 10    // bytes of a line, where every line is a document of its own
	maxObject = bounds.Body // bytes of an object: a settlement has a few hundred, and some for each linked account
)

// An Object is one that a text has.
type Object struct {
	Value jsontext.Value // until the next is read
	List  string         // the member that is a list with it; empty: no list that has a name
	Line  int            // that it begins on
}

// A document reads objects one after another out of JSON values of any size. A list may have any number of
// settlements, of which one at a time is in memory.
type document struct {
	in    *counted
	dec   *jsontext.Decoder
	what  string // what the objects are, for people: "a settlement or a refund"
	lists []string
	// the arrays in which the decoder is, outermost first, and the objects around them
	within []frame
	lone   []byte // members of the object of top level that is being read, unless it has lists
	from   int    // line it begins on
	err    error
}

// A frame is an array, of a name if it is a member, or an object around one.
type frame struct {
	object bool
	list   string
}

// newDocument reads from r, whose first line has the number given.
func newDocument(r io.Reader, line int, what string, lists []string) *document {
	in := &counted{r: r, line: line, bounds: bounds.Scanner{Lists: lists}}
	return &document{in: in, dec: jsontext.NewDecoder(in), what: what, lists: lists}
}

// next returns the next object. The error is io.EOF after the last, and a [*providers.LineError] where a list
// has something else.
func (d *document) next() (Object, error) {
	for d.err == nil {
		d.in.allow(d.dec.InputOffset())
		f, ok, err := d.step()
		if err != nil {
			if _, bad := errors.AsType[*providers.LineError](err); !bad {
				d.err = d.explain(err)
				break
			}
			return Object{}, err
		}
		if ok {
			return f, nil
		}
	}
	return Object{}, d.err
}

// step reads a piece: an object, or a sign around objects. ok is false where the piece is no object and reading goes
// on.
func (d *document) step() (f Object, ok bool, err error) {
	switch {
	case d.lone != nil:
		return d.member()
	case len(d.within) == 0:
		return d.top()
	case d.within[len(d.within)-1].object:
		return d.around()
	case d.dec.PeekKind() == ']':
		_, err = d.dec.ReadToken()
		d.within = d.within[:len(d.within)-1]
		return f, false, err
	}
	k := d.dec.PeekKind()
	value, err := d.dec.ReadValue()
	if err != nil {
		return f, false, err
	}
	f = Object{value, d.within[len(d.within)-1].list, d.in.lineAt(d.dec.InputOffset() - int64(len(value)))}
	if k != '{' {
		return f, false, &providers.LineError{Line: f.Line, What: fmt.Sprintf("expected %s, found %.20q", d.what,
			value)}
	}
	return f, true, nil
}

// top reads the beginning of a value of top level: one object alone, an object around lists, or a list.
func (d *document) top() (f Object, ok bool, err error) {
	token, err := d.dec.ReadToken()
	if err != nil {
		return f, false, err
	}
	d.from = d.in.lineAt(d.dec.InputOffset() - 1)
	switch token.Kind() {
	case '{':
		d.lone = []byte{'{'}
	case '[':
		d.within = append(d.within, frame{})
	default:
		err = &providers.LineError{Line: d.from, What: fmt.Sprintf("expected %s, found %.20q", d.what, token.String())}
	}
	return f, false, err
}

// member reads one member of an object of top level, or its end. Members are collected, as only a later one may tell
// that the object is one around lists and no settlement.
func (d *document) member() (f Object, ok bool, err error) {
	if d.dec.PeekKind() == '}' {
		_, err = d.dec.ReadToken()
		f = Object{append(d.lone, '}'), "", d.from}
		d.lone = nil
		return f, err == nil, err
	}
	name, err := d.dec.ReadValue()
	if err != nil {
		return f, false, err
	}
	// The decoder uses the memory again for the value.
	name = bytes.Clone(name)
	if k := string(bytes.Trim(name, `"`)); slices.Contains(d.lists, k) && d.dec.PeekKind() == '[' {
		_, err = d.dec.ReadToken()
		// The object turns out to be one around lists: what was read of it so far says nothing.
		d.within = append(d.within, frame{object: true}, frame{list: k})
		d.lone = nil
		return f, false, err
	}
	value, err := d.dec.ReadValue()
	if err != nil {
		return f, false, err
	}
	if len(d.lone) > 1 {
		d.lone = append(d.lone, ',')
	}
	d.lone = append(append(append(d.lone, name...), ':'), value...)
	if len(d.lone) > maxObject {
		err = errTooBig
	}
	return f, false, err
}

// around reads on in an object that has lists: another, a member that says nothing here, or the end.
func (d *document) around() (f Object, ok bool, err error) {
	if d.dec.PeekKind() == '}' {
		_, err = d.dec.ReadToken()
		d.within = d.within[:len(d.within)-1]
		return f, false, err
	}
	name, err := d.dec.ReadToken()
	if err != nil {
		return f, false, err
	}
	if k := name.String(); slices.Contains(d.lists, k) && d.dec.PeekKind() == '[' {
		_, err = d.dec.ReadToken()
		d.within = append(d.within, frame{list: k})
		return f, false, err
	}
	_, err = d.dec.ReadValue()
	return f, false, err
}

// errTooBig ends the reading: the decoder holds an object in memory as a whole.
var errTooBig = fmt.Errorf("expected objects of at most %d KiB, found a larger one", maxObject>>10)

// explain says where the document cannot be read on. A file that ends too early is [tabular.ErrTruncated], as a table
// that does; io.EOF stays as it is, since it is the end.
func (d *document) explain(err error) error {
	if err == io.EOF {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("line %d: %w: expected more JSON, found the end of the file",
			d.in.lineAt(d.in.read), tabular.ErrTruncated)
	}
	line := d.in.lineAt(d.dec.InputOffset())
	if d.in.bad != nil {
		return fmt.Errorf("line %d: %w", line, d.in.bad)
	}
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("line %d: expected JSON: %w", line, s.Err)
	}
	return fmt.Errorf("line %d: %w", line, err)
}

// counted counts the lines that were read, and stops at an object that is too big.
type counted struct {
	r      io.Reader
	read   int64
	max    int64
	bounds bounds.Scanner
	bad    error // what is too much; it ends the reading when more is asked for than what was read with it

	line   int    // of the byte at passed
	passed int64  // offset of the byte up to which line ends are counted
	ends   []byte // a bit for each byte from passed on, rounded down to eight: whether it is a line end
}

// allow lets an object begin at an offset. More is read only where the object goes on behind all that was read.
func (c *counted) allow(at int64) { c.max = at + maxObject }

// Read implements [io.Reader]. It notes line ends, looks at the bounds of what comes in, and fails with what is too
// much.
func (c *counted) Read(p []byte) (int, error) {
	if c.bad == nil && c.read > c.max {
		c.bad = errTooBig
	}
	if c.bad != nil {
		return 0, c.bad
	}
	n, err := c.r.Read(p)
	for _, b := range p[:n] {
		if c.read%8 == 0 {
			c.ends = append(c.ends, 0)
		}
		if b == '\n' {
			c.ends[len(c.ends)-1] |= 1 << (c.read % 8)
		}
		c.read++
	}
	c.bounds.Scan(p[:n])
	c.bad = c.bounds.Err()
	return n, err
}

// lineAt returns the line of an offset, which only grows.
func (c *counted) lineAt(at int64) int {
	begin := c.passed / 8
	for ; c.passed < min(at, c.read); c.passed++ {
		if c.ends[c.passed/8-begin]&(1<<(c.passed%8)) != 0 {
			c.line++
		}
	}
	c.ends = c.ends[:copy(c.ends, c.ends[c.passed/8-begin:])]
	return c.line
}

// A lineReader reads a document a line, as where each answer of the API was kept on a line of its own. A line that is
// no JSON does not keep it from the next.
type lineReader struct {
	b     *bufio.Reader
	what  string
	lists []string
	line  int
	doc   *document
}

// next returns the next object of a line. A line that cannot be read is an error of its own, and the next call goes on
// behind it.
func (l *lineReader) next() (Object, error) {
	for {
		if l.doc != nil {
			f, err := l.doc.next()
			if err == nil {
				return f, nil
			}
			if bad, ok := errors.AsType[*providers.LineError](err); ok {
				return f, bad
			}
			bad := l.doc.in.bad
			l.doc = nil
			switch {
			case err == io.EOF:
			case bad != nil:
				return f, &providers.LineError{Line: l.line, What: bad.Error()}
			default:
				return f, &providers.LineError{Line: l.line, What: said(err)}
			}
		}
		text, err := l.b.ReadSlice('\n')
		l.line++
		switch {
		case err == bufio.ErrBufferFull:
			for err == bufio.ErrBufferFull {
				_, err = l.b.ReadSlice('\n')
			}
			if err == nil || err == io.EOF {
				err = &providers.LineError{Line: l.line,
					What: fmt.Sprintf("expected a line of at most %d KiB, found a longer one", maxLine>>10)}
			}
			return Object{}, err
		case err != nil && (err != io.EOF || len(text) == 0):
			return Object{}, err
		}
		l.doc = newDocument(bytes.NewReader(bytes.Clone(text)), l.line, l.what, l.lists)
	}
}

// said returns what an error of a document says, without its line.
func said(err error) string {
	if inner := errors.Unwrap(err); inner != nil {
		return "expected JSON: " + inner.Error()
	}
	return err.Error()
}

// Package bounds keeps JSON within what the messages of providers need, before it is read: whoever can send a
// message, or put a file among the reports, must not choose how much memory reading it takes.
package bounds

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The most that a message may have. Those of providers have a hundredth of it.
const (
	Body     = 1 << 20 // bytes of a message
	Depth    = 64      // arrays and objects within each other
	Elements = 5000    // of an array
	Members  = 2000    // of an object
	Name     = 256     // characters of an id, a reference or a code
	Text     = 4 << 10 // characters of a text for people
)

// JSON returns an error that names the field where a text has more of something than a message may have. It
// does not say whether the text is JSON.
func JSON(text []byte) error {
	if len(text) > Body {
		return fmt.Errorf("expected at most %d KiB, found %d bytes", Body>>10, len(text))
	}
	var s Scanner
	s.Scan(text)
	return s.Err()
}

// Names returns an error that names the first field whose value is longer than any name is. Its arguments are fields
// and values in turn: an adapter lists what it keeps of a message, as an id that is longer is not the provider's.
func Names(fields ...string) error { return within(Name, fields) }

// Texts does the same for texts that people read, such as the reason of a failure.
func Texts(fields ...string) error { return within(Text, fields) }

// within refuses a text of more than most characters; fields are pairs of a name, for the error, and a text.
func within(most int, fields []string) error {
	for i := 0; i+1 < len(fields); i += 2 {
		v := fields[i+1]
		if len(v) <= most {
			continue
		}
		if n := utf8.RuneCountInString(v); n > most {
			return fmt.Errorf("%s: expected at most %d characters, found %d", fields[i], most, n)
		}
	}
	return nil
}

// A Scanner looks at JSON that comes in pieces. The zero value is ready to use. It holds no more than the open arrays
// and objects, however long the text is, and leaves mistakes in the form of JSON to whoever parses it.
type Scanner struct {
	// Lists are members of the outermost object whose arrays may have any number of elements, as may an
	// outermost array: they are read one element after another.
	Lists []string

	stack    [Depth]frame
	depth    int
	inString bool
	escaped  bool
	naming   bool // the string is the name of a member
	err      error
}

// A frame is an array or an object that is not closed yet.
type frame struct {
	object bool
	list   bool
	key    bool // the next string is the name of a member
	commas int
	name   []byte // of the last member, its beginning
}

// Err returns what was found to be too much; nil if nothing was.
func (s *Scanner) Err() error { return s.err }

// Scan looks at the next piece. Pieces may end anywhere, also within a name. After the first thing that is too much it
// looks at nothing more.
func (s *Scanner) Scan(piece []byte) {
	for i := 0; i < len(piece) && s.err == nil; i++ {
		if s.inString {
			s.text(piece[i])
			continue
		}
		switch b := piece[i]; b {
		case '"':
			s.quote()
		case '{', '[':
			s.open(b == '{')
		case '}', ']':
			s.depth = max(s.depth-1, 0)
		case ',':
			s.comma()
		case ':':
			if s.depth > 0 {
				s.stack[s.depth-1].key = false
			}
		}
	}
}

// text takes a byte of a string.
func (s *Scanner) text(b byte) {
	// Only the names of members are kept, and of each only its beginning: that is all an error shows of it.
	const most = 40 // bytes of a name in an error message
	switch {
	case s.escaped:
		s.escaped = false
	case b == '\\':
		s.escaped = true
	case b == '"':
		s.inString = false
		return
	}
	if !s.naming {
		return
	}
	if f := &s.stack[s.depth-1]; len(f.name) < most {
		f.name = append(f.name, b)
	}
}

// quote takes note of the beginning of a text, which may be the name of a member. The last name is kept for the error,
// which comes while its value is looked at.
func (s *Scanner) quote() {
	s.inString, s.naming = true, false
	if s.depth > 0 && s.stack[s.depth-1].key {
		s.naming = true
		f := &s.stack[s.depth-1]
		f.name = f.name[:0]
	}
}

// open takes note of the beginning of an object or an array.
func (s *Scanner) open(object bool) {
	if s.depth == Depth {
		s.err = fmt.Errorf("%s: expected at most %d levels of arrays and objects, found more", s.path(), Depth)
		return
	}
	f := &s.stack[s.depth]
	*f = frame{object: object, key: object, name: f.name[:0]}
	f.list = !object && (s.depth == 0 || s.depth == 1 && s.listed())
	s.depth++
}

// listed reports whether the member of the outermost object that begins is one of the lists.
func (s *Scanner) listed() bool {
	for _, l := range s.Lists {
		if s.stack[0].object && string(s.stack[0].name) == l {
			return true
		}
	}
	return false
}

// comma takes note of one more element where the scanner is. Commas are counted and not elements, so that nothing has
// to be kept of these.
func (s *Scanner) comma() {
	if s.depth == 0 {
		return
	}
	f := &s.stack[s.depth-1]
	f.commas++
	// In an object the next text is the name of a member again.
	f.key = f.object
	switch {
	case f.object && f.commas >= Members:
		f.name = f.name[:0]
		s.err = fmt.Errorf("%s: expected at most %d members of an object, found more", s.path(), Members)
	case !f.object && !f.list && f.commas >= Elements:
		s.err = fmt.Errorf("%s: expected at most %d elements of an array, found more", s.path(), Elements)
	}
}

// path names where the scanner is, from outside to inside, without the positions in arrays: "data.captures".
func (s *Scanner) path() string {
	const most = 4 // names in it
	var names []string
	for i := range s.depth {
		if f := &s.stack[i]; f.object && len(f.name) > 0 {
			names = append(names, strings.ToValidUTF8(string(f.name), ""))
		}
	}
	switch {
	case len(names) == 0:
		return "the JSON"
	case len(names) > most:
		names = append(names[:most], "…")
	}
	return strings.Join(names, ".")
}

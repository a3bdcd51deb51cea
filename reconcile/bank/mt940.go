package bank

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/splitledger/splitledger/money"
)

// Reading MT940: messages and their fields. What is in a line (:61:) or a balance is in mt940_line.go.

// mt940 reads MT940, Customer Statement Message (SWIFT Standards MT, category 9), field by field:
//
//	:20:    reference          :21: related reference
//	:25:    account            :28C: number of the statement / of the page
//	:60F:   opening balance    :60M: of a page that goes on
//	:61:    a line             :86: what it is for; after :62: what the statement is
//	:62F:   closing balance    :62M: of a page that goes on in the next
//	:64:, :65: available balances, which nothing here needs
//
// What stands before the first field of a message and after its end ("-" alone on a line), such as the blocks
// {1:…}{2:…}{4: of FIN or a bank's own header, is passed over.
type mt940 struct {
	in    *bufio.Reader
	table money.Table
	line  int    // the number of the line of the file that was read last
	text  string // of that line, where it was only looked at
	ahead bool   // text is to be read again

	// A field that was read and is still to be taken, and the error after which nothing can be read.
	field  field
	unread bool
	err    error

	stmt     *Statement // that is being read; nil between statements
	ended    *Statement // to be returned by the next call
	named    bool       // stmt has its :20:
	opened   bool       // stmt has its opening balance
	currency string     // of the balances
	pending  *Line      // whose :86: may follow
	some     bool       // a balance was read: the file is a statement
}

// A field is a tag with its text, which may go on over several lines of the file.
type field struct {
	tag   string   // such as 61 or 60F
	lines []string // the first without the tag
	at    int      // the number of the first line in the file
}

// newMT940 returns a reader of a file that begins with a field, perhaps behind a header.
func newMT940(r *bufio.Reader, t money.Table) *mt940 { return &mt940{in: r, table: t} }

// Format returns the name of the format.
func (m *mt940) Format() string { return "MT940" }

// Next reads fields until a line or a statement is whole. A line is whole only when the field after it is read, since
// its text, :86:, is a field of its own.
func (m *mt940) Next() (*Line, *Statement, error) {
	if s := m.ended; s != nil {
		m.ended = nil
		return nil, s, nil
	}
	for {
		f, err := m.next()
		if err != nil {
			return m.finish(err)
		}
		if f.tag == "86" && m.pending != nil {
			describe(m.pending, f.lines)
			continue
		}
		if m.pending != nil { // every other field ends a line
			m.field, m.unread = f, true
			return m.emit(), nil, nil
		}
		s, err := m.take(f)
		if s != nil || err != nil {
			return nil, s, err
		}
	}
}

// finish ends the file: what was begun is returned first.
// A statement without its closing balance is not returned, as half of it may be missing; its lines were.
func (m *mt940) finish(err error) (*Line, *Statement, error) {
	m.err = err
	switch {
	case m.pending != nil:
		return m.emit(), nil, nil
	case m.stmt != nil && err == io.EOF:
		m.err = fmt.Errorf("the statement is cut short: expected its closing balance :62F: after line %d, "+
			"found the end of the file", m.line)
		m.stmt = nil
		return nil, nil, m.err
	case err == io.EOF && !m.some:
		return nil, nil, fmt.Errorf("%w, found no field :60F: with an opening balance", ErrFormat)
	}
	return nil, nil, err
}

// emit returns the line that was pending, and counts it in its statement.
func (m *mt940) emit() *Line {
	l := m.pending
	m.pending = nil
	m.stmt.add(l)
	return l
}

// take reads a field that is no text of a line. It returns the statement that the field ends.
// Fields that are not listed here are passed over: banks add some of their own.
func (m *mt940) take(f field) (*Statement, error) {
	text := strings.TrimSpace(f.lines[0])
	switch f.tag {
	case "20":
		if m.stmt != nil && (m.opened || m.named) {
			return nil, m.cut(f)
		}
		if s := m.statement(f); s.ID == "" {
			s.ID = text
		}
		m.named = true
	case "25", "25P":
		if m.opened {
			return nil, m.cut(f)
		}
		m.statement(f).Account = strings.TrimSpace(strings.Join(f.lines, ""))
	case "28C", "28":
		if s := m.statement(f); text != "" {
			s.ID = text
		}
	case "34F": // the least amount that an interim report lists
		return nil, m.otherMessage(interimSWIFT)
	case "60F", "60M":
		return nil, m.open(f)
	case "61":
		return nil, m.entry(f)
	case "62F", "62M":
		return m.close(f)
	}
	return nil, nil
}

// statement returns the statement that a field belongs to, which begins with it where :20: is missing.
func (m *mt940) statement(f field) *Statement {
	if m.stmt == nil {
		m.stmt, m.named, m.opened = &Statement{Line: f.at}, false, false
	}
	return m.stmt
}

// otherMessage refuses a message that is no end-of-day statement.
// At the beginning the file is refused ([ErrFormat]); behind a statement it cannot be read on, and
// what was read counts.
func (m *mt940) otherMessage(what string) error {
	if !m.some {
		return fmt.Errorf("%w, found %s", ErrFormat, what)
	}
	m.stmt, m.err = nil, fmt.Errorf("line %d: expected another end-of-day statement (MT940), found %s", m.line, what)
	return m.err
}

// cut says that a statement begins within another, whose end is missing. The other one is given up: without its closing
// balance nothing of it can be checked. The field is taken as the first of the new statement.
func (m *mt940) cut(f field) error {
	m.stmt = nil
	s := m.statement(f)
	switch text := strings.TrimSpace(strings.Join(f.lines, "")); f.tag {
	case "20":
		s.ID, m.named = text, true
	case "25", "25P":
		s.Account = text
	}
	return lineErrorf(f.at, ":"+f.tag+":", "expected the closing balance :62F: of the statement before, "+
		"found another statement: that one is cut short")
}

// open takes the opening balance of a statement or page.
func (m *mt940) open(f field) error {
	if m.opened {
		if err := m.cut(f); err != nil {
			m.field, m.unread = f, true // it is the other one's
			return err
		}
	}
	s := m.statement(f)
	m.opened, m.some = true, true
	b, err := m.balance(f)
	s.Opening = b
	if err != nil {
		s.fault = "the opening balance could not be read"
	}
	return err
}

// close takes the closing balance of a statement or page, and ends it.
func (m *mt940) close(f field) (*Statement, error) {
	s := m.statement(f)
	b, err := m.balance(f)
	s.Closing, m.stmt, m.opened, m.some = b, nil, false, true
	if err == nil {
		return s, nil
	}
	s.fault, m.ended = "the closing balance could not be read", s
	return nil, err
}

// next returns the next field.
func (m *mt940) next() (field, error) {
	if m.unread {
		m.unread = false
		return m.field, nil
	}
	if m.err != nil {
		return field{}, m.err
	}
	return m.read()
}

// read reads a field with the lines that go on with it.
// The next field's first line is looked at and put back (ahead), since only it ends a field.
func (m *mt940) read() (field, error) {
	var f field
	size := 0
	for {
		text, err := m.readLine()
		if err != nil {
			if f.tag != "" && err == io.EOF {
				return f, nil
			}
			return f, err
		}
		if what := messageOf(text); what != "" {
			return f, m.otherMessage(what)
		}
		tag, rest, ok := cutTag(text)
		if ok && f.tag != "" && !m.inTime(&f, text) {
			m.text, m.ahead = text, true
			m.line--
			return f, nil
		}
		switch {
		case f.tag != "" && endsMessage(text):
			return f, nil
		case f.tag != "":
			f.lines = append(f.lines, text)
		case ok:
			f = field{tag: tag, lines: []string{rest}, at: m.line}
		}
		if size += len(text) + 16; f.tag != "" && size > maxToken {
			return f, fmt.Errorf("line %d: expected a field of at most %d bytes, found a longer one", f.at, maxToken)
		}
		if f.tag == "" {
			size = 0
		}
	}
}

// endsMessage reports whether a line is the end of a message: "-" alone, or with the blocks after it.
func endsMessage(text string) bool {
	return strings.TrimRight(text, " \x03") == "-" || strings.HasPrefix(text, "-}") || strings.HasPrefix(text, "-X")
}

// blocks are the header of a message of FIN, with its type.
var blocks = regexp.MustCompile(`\{2:[IO](\d{3})`)

// messageOf names the message that a header begins, if it is none that is read here. MT950 has the same fields as
// MT940.
func messageOf(text string) string {
	if !strings.Contains(text, "{2:") {
		return ""
	}
	found := blocks.FindStringSubmatch(text)
	if found == nil {
		return ""
	}
	switch found[1] {
	case "940", "950":
		return ""
	case "941":
		return balanceSWIFT
	case "942":
		return interimSWIFT
	}
	return "another message of SWIFT (MT" + found[1] + ")"
}

// A time of day that a bank broke between two lines of :86: looks like a tag: "12-09-2014T16" and ":26:37".
var (
	hourEnds     = regexp.MustCompile(`(^|\D)\d\d$`)
	minuteBegins = regexp.MustCompile(`^:[0-5]\d:[0-5]\d(\D|$)`)
)

// inTime reports whether a line goes on with a time of day in a text, and is no field.
func (m *mt940) inTime(f *field, text string) bool {
	return f.tag == "86" && minuteBegins.MatchString(text) && hourEnds.MatchString(f.lines[len(f.lines)-1])
}

// cutTag takes the tag off a line: ":60F:" is two digits and possibly a letter between colons. Blocks of a header
// may stand before it.
func cutTag(text string) (tag, rest string, ok bool) {
	if strings.HasPrefix(text, "{") {
		if _, after, ok := strings.Cut(text, "{4:"); ok {
			text = after
		}
	}
	text = strings.TrimLeft(text, " \t\x01")
	if len(text) < 4 || text[0] != ':' || digits(text[1:3]) != 2 {
		return "", "", false
	}
	if text[3] == ':' {
		return text[1:3], text[4:], true
	}
	if len(text) > 4 && 'A' <= text[3] && text[3] <= 'Z' && text[4] == ':' {
		return text[1:4], text[5:], true
	}
	return "", "", false
}

// readLine reads a line without its end, in UTF-8: bytes that are not are taken for ISO 8859-1.
// ISO 8859-1 has a letter for each byte, so a text is never refused for its encoding. The line
// is bounded by maxToken.
func (m *mt940) readLine() (string, error) {
	m.line++
	if m.ahead {
		m.ahead = false
		return m.text, nil
	}
	var b []byte
	for {
		part, err := m.in.ReadSlice('\n')
		if len(b)+len(part) > maxToken {
			return "", fmt.Errorf("line %d: expected a line of at most %d bytes, found a longer one", m.line, maxToken)
		}
		b = append(b, part...)
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == io.EOF && len(b) > 0 {
			err = nil
		}
		if err != nil {
			m.line--
			return "", err
		}
		break
	}
	text := strings.TrimRight(string(b), "\r\n")
	if utf8.ValidString(text) {
		return text, nil
	}
	runes := make([]rune, len(text))
	for i := range len(text) {
		runes[i] = rune(text[i])
	}
	return string(runes), nil
}

// isLineError reports whether only a line could not be read.
func isLineError(err error) bool {
	_, ok := asLineError(err)
	return ok
}

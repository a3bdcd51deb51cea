package bank

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// mt940 reads MT940, Customer Statement Message (SWIFT Standards MT, category 9), field by field:
//
//	:20:    reference          :21: related reference
//	:25:    account            :28C: number of the statement / of the message
//	:60F:   opening balance    :60M: of a message that goes on
//	:61:    a line             :86: what it is for; after :62: what the statement is
//	:62F:   closing balance    :62M: of a message that goes on in the next
//	:64:, :65: available balances, which nothing here needs
//
// What stands before the first field of a message and after its end ("-" alone on a line), such as the blocks {1:…}{2:…}{4: of
// FIN or a bank's own header, is passed over.
type mt940 struct {
	in    *bufio.Reader
	table money.Table
	line  int // read so far

	field field // read ahead
	ahead bool
	err   error

	stmt     *Statement
	currency string
	pending  *Line // whose :86: may follow
	some     bool
}

// A field is a tag with its text, which may go on over several lines of the file.
type field struct {
	tag   string
	lines []string
	at    int
}

// maxLine is how long a line of the file may be. Banks write 80 characters or so; some put all of :86: on one.
const maxLine = 1 << 16

func newMT940(r *bufio.Reader, t money.Table) *mt940 { return &mt940{in: r, table: t} }

func (m *mt940) Format() string { return "MT940" }

func (m *mt940) Next() (*Line, *Statement, error) {
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
			m.field, m.ahead = f, true
			return m.emit(), nil, nil
		}
		s, err := m.take(f)
		if s != nil || err != nil {
			return nil, s, err
		}
	}
}

// finish ends the file: what was begun is returned first.
func (m *mt940) finish(err error) (*Line, *Statement, error) {
	m.err = err
	switch {
	case m.pending != nil:
		return m.emit(), nil, nil
	case m.stmt != nil && err == io.EOF:
		m.err = fmt.Errorf("the statement is cut short: expected its closing balance :62F: after line %d, found the end of the file", m.line)
		m.stmt = nil
		return nil, nil, m.err
	case err == io.EOF && !m.some:
		return nil, nil, fmt.Errorf("%w, found no field :60F: with an opening balance", ErrFormat)
	}
	return nil, nil, err
}

func (m *mt940) emit() *Line {
	l := m.pending
	m.pending = nil
	m.stmt.add(l.Amount)
	return l
}

// take reads a field that is no text of a line. It returns the statement that the field ends.
func (m *mt940) take(f field) (*Statement, error) {
	text := strings.TrimSpace(f.lines[0])
	switch f.tag {
	case "20":
		if m.stmt != nil {
			return nil, m.cut(f)
		}
		m.stmt = &Statement{Line: f.at, ID: text}
	case "25":
		m.statement(f).Account = strings.TrimSpace(strings.Join(f.lines, ""))
	case "28C", "28":
		if s := m.statement(f); text != "" {
			s.ID = text
		}
	case "60F", "60M":
		b, err := m.balance(f)
		m.statement(f).Opening, m.some = b, true
		return nil, m.unbalanced(err)
	case "61":
		return nil, m.entry(f)
	case "62F", "62M":
		b, err := m.balance(f)
		s := m.statement(f)
		s.Closing = b
		if err := m.unbalanced(err); err != nil {
			return nil, err
		}
		m.stmt = nil
		return s, nil
	}
	return nil, nil
}

// statement returns the statement that a field belongs to, which begins with it where :20: is missing.
func (m *mt940) statement(f field) *Statement {
	if m.stmt == nil {
		m.stmt = &Statement{Line: f.at}
	}
	return m.stmt
}

// cut says that a statement begins within another.
func (m *mt940) cut(f field) error {
	m.stmt = &Statement{Line: f.at, ID: strings.TrimSpace(f.lines[0])}
	return lineErrorf(f.at, ":20:", "expected the closing balance :62F: of the statement before, found another statement: that one is cut short")
}

// unbalanced counts a balance that could not be read.
func (m *mt940) unbalanced(err error) error {
	if err != nil && m.stmt != nil {
		m.stmt.Unreadable++
	}
	return err
}

// balance reads D|C, date, currency, amount: C260312EUR14504,00.
func (m *mt940) balance(f field) (Balance, error) {
	text, column := strings.TrimSpace(f.lines[0]), ":"+f.tag+":"
	if len(text) < 11 {
		return Balance{}, lineErrorf(f.at, column, "expected a balance such as C260312EUR14504,00, found %q", clip(text))
	}
	date, err := day(text[1:7])
	if err != nil {
		return Balance{}, lineErrorf(f.at, column, "%v", err)
	}
	m.currency = text[7:10]
	a, err := m.amount(text[10:])
	if err != nil {
		return Balance{}, lineErrorf(f.at, column, "%v", err)
	}
	switch text[0] {
	case 'C':
	case 'D':
		a = a.Neg()
	default:
		return Balance{}, lineErrorf(f.at, column, "expected C or D, found %q", text[:1])
	}
	return Balance{a, date}, nil
}

// amount reads digits with a decimal comma: 14504,00 or 300,
func (m *mt940) amount(text string) (money.Amount, error) {
	whole, fraction, ok := strings.Cut(text, ",")
	if !ok || whole == "" || strings.Contains(text, ".") {
		return money.Amount{}, fmt.Errorf("expected an amount with a decimal comma such as 14504,00, found %q", clip(text))
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return parseAmount(whole, m.currency, m.table)
}

// entry reads a line: value date, entry date, side, funds code, amount, type, references.
//
//	:61:2603120312CR145,04NTRFNONREF//0312710345313905
//	further details
func (m *mt940) entry(f field) error {
	s := m.statement(f)
	l, err := m.parseEntry(f)
	if err != nil {
		s.Unreadable++
		return lineErrorf(f.at, ":61:", "%v", err)
	}
	l.Account, l.Number = s.Account, f.at
	m.pending = l
	return nil
}

var errEntry = errors.New("expected a line such as 2603120312CR145,04NTRFNONREF//0312710345313905")

func (m *mt940) parseEntry(f field) (*Line, error) {
	rest := strings.TrimSpace(f.lines[0])
	if m.currency == "" {
		return nil, errors.New("expected the opening balance :60F: before the first line, found none")
	}
	if len(rest) < 6 {
		return nil, fmt.Errorf("%w, found %q", errEntry, clip(rest))
	}
	l := &Line{}
	var err error
	if l.Value, err = day(rest[:6]); err != nil {
		return nil, err
	}
	l.Booked, rest = l.Value, rest[6:]
	if digits(rest) >= 4 {
		if l.Booked, err = entryDay(rest[:4], l.Value); err != nil {
			return nil, err
		}
		rest = rest[4:]
	}
	sign, rest, err := side(l, rest)
	if err != nil {
		return nil, err
	}
	n := digits(rest)
	if n == 0 || n == len(rest) || rest[n] != ',' {
		return nil, fmt.Errorf("%w, found %q in place of an amount", errEntry, clip(rest))
	}
	n += 1 + digits(rest[n+1:])
	if l.Amount, err = m.amount(rest[:n]); err != nil {
		return nil, err
	}
	if sign < 0 {
		l.Amount = l.Amount.Neg()
	}
	m.references(l, rest[n:], f.lines[1:])
	return l, nil
}

// side reads C, D, RC (a credit taken back: money went out) or RD, and the funds code that may follow, the third letter of the
// currency.
func side(l *Line, rest string) (sign int, after string, err error) {
	switch {
	case strings.HasPrefix(rest, "RC"):
		l.Reversal, sign, rest = true, -1, rest[2:]
	case strings.HasPrefix(rest, "RD"):
		l.Reversal, sign, rest = true, 1, rest[2:]
	case strings.HasPrefix(rest, "C"):
		sign, rest = 1, rest[1:]
	case strings.HasPrefix(rest, "D"):
		sign, rest = -1, rest[1:]
	default:
		return 0, rest, fmt.Errorf("expected C, D, RC or RD, found %q", clip(rest))
	}
	if rest != "" && 'A' <= rest[0] && rest[0] <= 'Z' {
		rest = rest[1:]
	}
	return sign, rest, nil
}

// references reads what follows the amount: the type, N, S or F and three characters, the customer's reference, and the
// bank's behind "//".
func (m *mt940) references(l *Line, rest string, more []string) {
	if len(rest) >= 4 {
		rest = rest[4:]
	}
	customer, bank, _ := strings.Cut(rest, "//")
	l.BankReference = known(bank)
	switch customer = known(customer); customer {
	case "EREF", "KREF+", "KREF": // says that :86: has it
	default:
		l.References = names(customer)
	}
	l.Text = names(more...)
}

// digits returns how many digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// day reads YYMMDD, of this century but for years above 79.
func day(text string) (time.Time, error) {
	if digits(text) != 6 {
		return time.Time{}, fmt.Errorf("expected a date YYMMDD, found %q", clip(text))
	}
	century := "20"
	if text >= "80" {
		century = "19"
	}
	t, err := time.Parse("20060102", century+text)
	if err != nil {
		return t, fmt.Errorf("expected a date YYMMDD, found %q", clip(text))
	}
	return t, nil
}

// entryDay reads MMDD in the year that is nearest to the value date.
func entryDay(text string, value time.Time) (time.Time, error) {
	best, found := time.Time{}, false
	for _, year := range []int{value.Year() - 1, value.Year(), value.Year() + 1} {
		t, err := time.Parse("20060102", fmt.Sprintf("%04d%s", year, text))
		if err == nil && (!found || t.Sub(value).Abs() < best.Sub(value).Abs()) {
			best, found = t, true
		}
	}
	if !found {
		return best, fmt.Errorf("expected a date MMDD, found %q", text)
	}
	return best, nil
}

// next returns the next field.
func (m *mt940) next() (field, error) {
	if m.ahead {
		m.ahead = false
		return m.field, nil
	}
	if m.err != nil {
		return field{}, m.err
	}
	return m.read()
}

// read reads a field with the lines that go on with it.
func (m *mt940) read() (field, error) {
	var f field
	for {
		mark, err := m.in.Peek(1)
		if f.tag != "" && err == nil && mark[0] == ':' && m.tagAhead() {
			return f, nil
		}
		text, err := m.readLine()
		if err != nil {
			if f.tag != "" && err == io.EOF {
				return f, nil
			}
			return f, err
		}
		tag, rest, ok := cutTag(text)
		switch {
		case f.tag != "" && (strings.TrimRight(text, " ") == "-" || strings.HasPrefix(text, "-}") || strings.HasPrefix(text, "-X")):
			return f, nil
		case f.tag != "":
			f.lines = append(f.lines, text)
		case ok:
			f = field{tag: tag, lines: []string{rest}, at: m.line}
		}
		if len(f.lines) > 1000 {
			return f, fmt.Errorf("line %d: expected a field of at most 1000 lines", f.at)
		}
	}
}

// tagAhead reports whether the next line begins with a tag.
func (m *mt940) tagAhead() bool {
	head, _ := m.in.Peek(5)
	_, _, ok := cutTag(string(head))
	return ok
}

// cutTag takes the tag off a line: ":60F:" is two digits and possibly a letter between colons.
func cutTag(text string) (tag, rest string, ok bool) {
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
func (m *mt940) readLine() (string, error) {
	var b []byte
	for {
		part, err := m.in.ReadSlice('\n')
		b = append(b, part...)
		if len(b) > maxLine {
			return "", fmt.Errorf("line %d: expected a line of at most %d bytes", m.line+1, maxLine)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == io.EOF && len(b) > 0 {
			err = nil
		}
		if err != nil {
			return "", err
		}
		break
	}
	m.line++
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

func isLineError(err error) bool {
	_, ok := errors.AsType[*providers.LineError](err)
	return ok
}

package bank

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"

	"github.com/splitledger/splitledger/money"
)

// Reading camt.053: the elements of the file, statements and balances. Entries are in camt_entry.go.
//
//	<BkToCstmrStmt><Stmt>
//	  <Id>2026-03-12</Id><Acct><Id><IBAN>NL91ABNA0417164300</IBAN></Id></Acct>
//	  <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt>...</Bal>
//	  <Ntry><Amt Ccy="EUR">900.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>...</Ntry>
//	</Stmt></BkToCstmrStmt>

// camt reads camt.053, BankToCustomerStatement, element by element. Elements are known by their local names, since
// every version and some banks have a namespace of their own (ISO 20022 message definitions, camt.053.001.01 to
// .001.13; in .001.02 Sts and Dbtr hold what later versions put a level deeper). No more than an entry is in
// memory.
type camt struct {
	in    *meter // holds the decoder to maxToken
	x     *xml.Decoder
	depth int // of elements within each other
	table money.Table

	stmt   *camtStatement // that is being read; nil between statements
	lines  []Line         // of the entry that was read last, to be returned
	ended  []*Statement   // of the statement that has ended, to be returned
	inside bool           // of BkToCstmrStmt
	seen   bool           // a BkToCstmrStmt
}

// A camtStatement is a statement that is being read.
type camtStatement struct {
	Statement
	balances []camtBalance
	sums     map[money.Currency]*Statement // lines by currency
	order    []money.Currency              // of sums
}

// A camtBalance is a balance as it is written. It is read when the statement ends, as only then is known which ones
// count.
type camtBalance struct {
	code, side, day  string
	amount, currency string
	line             int
}

// newCamt returns a reader of a file that begins with XML.
func newCamt(r *bufio.Reader, t money.Table) *camt {
	c := &camt{in: &meter{in: r}, table: t}
	c.x = xml.NewDecoder(c.in)
	c.x.CharsetReader = charset
	return c
}

// charset reads the encodings that banks write besides UTF-8.
// Any other encoding is refused by its name: guessing could turn a name into another
// one without anybody noticing.
func charset(label string, in io.Reader) (io.Reader, error) {
	var m *charmap.Charmap
	switch strings.ToUpper(label) {
	case "UTF-8", "UTF8", "US-ASCII":
		return in, nil
	case "ISO-8859-1", "LATIN1":
		m = charmap.ISO8859_1
	case "ISO-8859-15":
		m = charmap.ISO8859_15
	case "WINDOWS-1252":
		m = charmap.Windows1252
	default:
		return nil, fmt.Errorf("expected the encoding UTF-8, ISO-8859-1, ISO-8859-15 or windows-1252, found %q",
			clip(label))
	}
	return m.NewDecoder().Reader(in), nil
}

// Format returns the name of the format, without the version.
func (c *camt) Format() string { return "camt.053" }

// Next reads to the end of the next entry or statement. An entry may have several lines, and a statement become
// several, which are returned one by one. After a line error the element was read to its end, so reading goes on behind
// it.
func (c *camt) Next() (*Line, *Statement, error) {
	for {
		if len(c.lines) > 0 {
			l := c.lines[0]
			c.lines = c.lines[1:]
			return &l, nil, nil
		}
		if len(c.ended) > 0 {
			s := c.ended[0]
			c.ended = c.ended[1:]
			return nil, s, nil
		}
		token, err := c.token()
		if err == io.EOF {
			return nil, nil, c.end()
		}
		if err != nil {
			return nil, nil, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if err := c.start(e.Name.Local); err != nil {
				if c.stmt != nil && isLineError(err) {
					c.stmt.Unreadable++
				}
				return nil, nil, err
			}
		case xml.EndElement:
			if e.Name.Local == "Stmt" && c.stmt != nil {
				c.ended, c.stmt = c.close(), nil
			}
		}
	}
}

// token returns the next token, within the bounds. Document type definitions are refused: they can make a small file
// large, and no bank writes them.
func (c *camt) token() (xml.Token, error) {
	c.in.reset()
	token, err := c.x.Token()
	if err == io.EOF {
		return nil, err
	}
	if err != nil {
		return nil, c.broken(err)
	}
	line, _ := c.x.InputPos()
	switch e := token.(type) {
	case xml.StartElement:
		c.depth++
		if c.depth > maxDepth {
			return nil, fmt.Errorf("line %d: expected elements at most %d deep, found more", line, maxDepth)
		}
		if len(e.Attr) > maxAttrs {
			return nil, fmt.Errorf("line %d: expected at most %d attributes of an element, found %d",
				line, maxAttrs, len(e.Attr))
		}
	case xml.EndElement:
		c.depth--
	case xml.Directive:
		return nil, fmt.Errorf("line %d: expected no document type definition (DTD), found one", line)
	}
	return token, nil
}

// end says whether the file was whole.
func (c *camt) end() error {
	if !c.seen {
		return fmt.Errorf("%w, found XML without the element BkToCstmrStmt", ErrFormat)
	}
	return io.EOF
}

// broken says that the XML cannot be read on.
// The XML package reports a file that is cut short as a syntax error, and as such a person
// would not recognise it.
func (c *camt) broken(err error) error {
	line, _ := c.x.InputPos()
	switch {
	case errors.Is(err, errLongToken):
		return fmt.Errorf("line %d: %w", line, err)
	case strings.Contains(err.Error(), "unexpected EOF"):
		return fmt.Errorf("the statement is cut short: %w", err)
	}
	return fmt.Errorf("expected XML, found: %w", err)
}

// start reads an element outside or directly inside a statement.
// An element that is not needed is passed over with all that is in it.
func (c *camt) start(name string) error {
	line, _ := c.x.InputPos()
	switch {
	case strings.HasPrefix(name, "BkToCstmrStmt"):
		c.inside, c.seen = true, true
		return nil
	case !c.inside:
		if what := isoMessage(name); what != "" {
			return fmt.Errorf("%w, found %s", ErrFormat, what)
		}
		return nil
	case name == "Stmt":
		c.stmt = &camtStatement{Statement: Statement{Line: line}, sums: map[money.Currency]*Statement{}}
		return nil
	case c.stmt == nil:
		return c.skip()
	}
	switch name {
	case "Id":
		return c.walk(nil, func(path, text, _ string) {
			if path == "" {
				c.stmt.ID = text
			}
		})
	case "Acct":
		return c.account()
	case "Bal":
		return c.balance(line)
	case "Ntry":
		return c.entry(line)
	}
	return c.skip()
}

// walk reads the element that was begun last, to its end. For each element in it, it calls open with its path
// when it begins, and done with its path, text and currency when it ends. For the element itself it calls done
// with an empty path.
func (c *camt) walk(open func(path string), done func(path, text, currency string)) error {
	var path []byte
	var ends []int // of the paths above
	var text []byte
	currency := ""
	for {
		token, err := c.token()
		if err == io.EOF {
			err = c.broken(io.ErrUnexpectedEOF)
		}
		if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.StartElement:
			ends = append(ends, len(path))
			if len(path) > 0 {
				path = append(path, '/')
			}
			path, text, currency = append(path, e.Name.Local...), text[:0], ""
			for _, a := range e.Attr {
				if a.Name.Local == "Ccy" {
					currency = a.Value
				}
			}
			if open != nil {
				open(string(path))
			}
		case xml.CharData:
			if len(text)+len(e) > maxToken { // comments may stand between
				return c.broken(errLongToken)
			}
			text = append(text, e...)
		case xml.EndElement:
			if done != nil {
				done(string(path), strings.TrimSpace(string(text)), strings.TrimSpace(currency))
			}
			if len(ends) == 0 {
				return nil
			}
			path, ends = path[:ends[len(ends)-1]], ends[:len(ends)-1]
			text, currency = text[:0], ""
		}
	}
}

// skip passes over an element, and so over what is called alike within it.
func (c *camt) skip() error {
	for depth := 1; depth > 0; {
		token, err := c.token()
		if err == io.EOF {
			err = c.broken(io.ErrUnexpectedEOF)
		}
		if err != nil {
			return err
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	return nil
}

// account reads whose statement it is: the IBAN, or else the bank's own number of the account.
func (c *camt) account() error {
	iban, other := "", ""
	err := c.walk(nil, func(path, text, _ string) {
		switch path {
		case "Id/IBAN":
			iban = text
		case "Id/Othr/Id":
			other = text
		}
	})
	if c.stmt.Account = iban; iban == "" {
		c.stmt.Account = other
	}
	return err
}

// balance reads a balance of the statement, without what it may mean.
// Its number is bounded because all of them are kept until the statement ends.
func (c *camt) balance(line int) error {
	b := camtBalance{line: line}
	err := c.walk(nil, func(path, text, currency string) {
		switch path {
		case "Tp/CdOrPrtry/Cd":
			b.code = text
		case "Amt":
			b.amount, b.currency = text, currency
		case "CdtDbtInd":
			b.side = text
		case "Dt/Dt", "Dt/DtTm":
			b.day = text
		}
	})
	if len(c.stmt.balances) == maxBalances {
		return fmt.Errorf("line %d: expected at most %d balances in a statement, found more", line, maxBalances)
	}
	c.stmt.balances = append(c.stmt.balances, b)
	return err
}

// sum returns what the lines of a currency come to.
func (s *camtStatement) sum(c money.Currency) *Statement {
	if s.sums[c] == nil {
		s.sums[c] = &Statement{}
		s.order = append(s.order, c)
	}
	return s.sums[c]
}

// close ends a statement. If it has balances in several currencies, it becomes one statement for each. Lines in
// a currency without balances count to the first.
func (c *camt) close() []*Statement {
	s := c.stmt
	var all []*Statement
	byCurrency := map[string][]camtBalance{}
	var order []string
	for _, b := range s.balances {
		if opens[b.code] == 0 && closes[b.code] == 0 {
			continue // available balances and those of days to come
		}
		if byCurrency[b.currency] == nil {
			order = append(order, b.currency)
		}
		byCurrency[b.currency] = append(byCurrency[b.currency], b)
	}
	if len(order) == 0 { // it says of what its lines are, at least
		order = []string{""}
		if len(s.order) > 0 {
			order[0] = string(s.order[0])
		}
	}
	for i, currency := range order {
		one := s.Statement
		sum := s.sums[money.Currency(currency)]
		if sum == nil {
			sum = &Statement{}
		}
		one.Lines, one.Sum, one.Reversals = sum.Lines, sum.Sum, sum.Reversals
		one.PendingLines, one.Pending = sum.PendingLines, sum.Pending
		c.balances(&one, byCurrency[currency])
		for _, other := range s.order {
			if with := s.sums[other]; i == 0 && with != sum && byCurrency[string(other)] == nil && with.Lines > 0 {
				one.Lines += with.Lines
				one.foreign = other
			}
		}
		all = append(all, &one)
	}
	return all
}

// Which balance opens a statement and which closes it, by the external code set of balance types: the lower number
// comes first.
var (
	opens  = map[string]int{"OPBD": 1, "PRCD": 2, "ITBD": 3}
	closes = map[string]int{"CLBD": 1, "ITBD": 2}
)

// balances takes the opening and the closing balance of one currency. ITBD is the balance between two pages:
// the first one opens a page if nothing else does, and the last one closes it.
// One that cannot be read makes the statement one that cannot be checked, and is no line error:
// no line is wrong.
func (c *camt) balances(s *Statement, all []camtBalance) {
	opening, closing := -1, -1
	for i, b := range all {
		if n := opens[b.code]; n > 0 && (opening < 0 || n < opens[all[opening].code]) {
			opening = i
		}
	}
	for i, b := range all {
		if n := closes[b.code]; n > 0 && i != opening && (closing < 0 || n <= closes[all[closing].code]) {
			closing = i
		}
	}
	for _, which := range []struct {
		at   int
		into *Balance
		name string
	}{{opening, &s.Opening, "opening"}, {closing, &s.Closing, "closing"}} {
		if which.at < 0 {
			continue
		}
		b := all[which.at]
		amount, err := c.amount(b.amount, b.currency, b.side, b.line)
		if err != nil {
			s.fault = fmt.Sprintf("the %s balance could not be read: %v", which.name, err)
			continue
		}
		day, _ := c.date(b.day, b.line, "Dt")
		*which.into = Balance{amount, day, b.code == "ITBD"}
	}
}

// amount reads an amount with its side.
// It is above zero if it came in (CRDT). The error is of the line.
func (c *camt) amount(text, currency, side string, line int) (money.Amount, error) {
	amount, err := parseAmount(text, currency, c.table)
	if err != nil {
		return amount, lineErrorf(line, "Amt", "%v", err)
	}
	switch side {
	case "CRDT":
		return amount, nil
	case "DBIT":
		return amount.Neg(), nil
	}
	return amount, lineErrorf(line, "CdtDbtInd", "expected CRDT or DBIT, found %q", clip(side))
}

// date reads the day of a date, or of a time at its own offset. It is zero where nothing is said.
// The day is the one that the bank wrote, whatever the offset: a statement is of the bank's days.
func (c *camt) date(text string, line int, column string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, _, _ := strings.Cut(text, "T")
	if len(day) > len(time.DateOnly) { // a date may have an offset, too: 2026-03-12+01:00
		day = day[:len(time.DateOnly)]
	}
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return t, lineErrorf(line, column, "expected a date such as 2026-03-12, found %q", clip(text))
	}
	return t, nil
}

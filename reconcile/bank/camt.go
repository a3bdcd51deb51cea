package bank

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"

	"github.com/splitledger/splitledger/money"
)

// camt reads camt.053, BankToCustomerStatement, element by element. Elements are known by their local names, since every version
// and some banks have a namespace of their own (ISO 20022 message definitions, camt.053.001.02 to .001.13; in .001.02
// Sts and Dbtr hold what later versions put a level deeper).
type camt struct {
	x     *xml.Decoder
	table money.Table

	stmt   *Statement
	bals   []camtBalance
	lines  []Line // of the entry that was read last, to be returned
	inside bool   // of BkToCstmrStmt
	seen   bool   // a BkToCstmrStmt
}

func newCamt(r io.Reader, t money.Table) *camt {
	c := &camt{x: xml.NewDecoder(r), table: t}
	c.x.CharsetReader = charset
	return c
}

// charset reads the encodings that banks write besides UTF-8.
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
		return nil, fmt.Errorf("expected the encoding UTF-8, ISO-8859-1, ISO-8859-15 or windows-1252, found %q", label)
	}
	return m.NewDecoder().Reader(in), nil
}

func (c *camt) Format() string { return "camt.053" }

type camtAmount struct {
	Currency string `xml:"Ccy,attr"`
	Text     string `xml:",chardata"`
}

type camtDate struct {
	Date string `xml:"Dt"`
	Time string `xml:"DtTm"`
}

type camtBalance struct {
	Code   string     `xml:"Tp>CdOrPrtry>Cd"`
	Amount camtAmount `xml:"Amt"`
	Side   string     `xml:"CdtDbtInd"`
	Date   camtDate   `xml:"Dt"`
	line   int
}

type camtEntry struct {
	Reference string     `xml:"NtryRef"`
	Amount    camtAmount `xml:"Amt"`
	Side      string     `xml:"CdtDbtInd"`
	Reversal  string     `xml:"RvslInd"`
	Status    struct {
		Text string `xml:",chardata"`
		Code string `xml:"Cd"`
	} `xml:"Sts"`
	Booked  camtDate          `xml:"BookgDt"`
	Value   camtDate          `xml:"ValDt"`
	Bank    string            `xml:"AcctSvcrRef"`
	Details []camtTransaction `xml:"NtryDtls>TxDtls"`
	Batches []struct {
		Message string `xml:"MsgId"`
		Payment string `xml:"PmtInfId"`
	} `xml:"NtryDtls>Btch"`
	Info string `xml:"AddtlNtryInf"`
	line int
}

type camtParty struct {
	Name  string `xml:"Nm"`
	Name2 string `xml:"Pty>Nm"` // since version 001.04
}

type camtTransaction struct {
	Refs struct {
		Message     string   `xml:"MsgId"`
		Bank        string   `xml:"AcctSvcrRef"`
		Payment     string   `xml:"PmtInfId"`
		Instruction string   `xml:"InstrId"`
		EndToEnd    string   `xml:"EndToEndId"`
		UETR        string   `xml:"UETR"`
		Transaction string   `xml:"TxId"`
		Mandate     string   `xml:"MndtId"`
		Clearing    string   `xml:"ClrSysRef"`
		Others      []string `xml:"Prtry>Ref"`
	} `xml:"Refs"`
	Amount  camtAmount `xml:"Amt"`
	Amount2 camtAmount `xml:"AmtDtls>TxAmt>Amt"` // where there is no Amt, as in versions up to 001.03
	Side    string     `xml:"CdtDbtInd"`
	Debtor  camtParty  `xml:"RltdPties>Dbtr"`
	Payer   camtParty  `xml:"RltdPties>UltmtDbtr"`
	Credit  camtParty  `xml:"RltdPties>Cdtr"`
	Paid    camtParty  `xml:"RltdPties>UltmtCdtr"`
	Text    []string   `xml:"RmtInf>Ustrd"`
	Creditr []string   `xml:"RmtInf>Strd>CdtrRefInf>Ref"`
	More    []string   `xml:"RmtInf>Strd>AddtlRmtInf"`
	Info    string     `xml:"AddtlTxInf"`
}

func (c *camt) Next() (*Line, *Statement, error) {
	for {
		if len(c.lines) > 0 {
			l := c.lines[0]
			c.lines = c.lines[1:]
			c.stmt.add(l.Amount)
			return &l, nil, nil
		}
		token, err := c.x.Token()
		if err == io.EOF {
			return nil, nil, c.end()
		}
		if err != nil {
			return nil, nil, c.broken(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if err := c.start(e); err != nil {
				c.unreadable(err)
				return nil, nil, err
			}
		case xml.EndElement:
			if e.Name.Local == "Stmt" && c.stmt != nil {
				s, err := c.close()
				return nil, s, err
			}
		}
	}
}

// unreadable counts a line that could not be read.
func (c *camt) unreadable(err error) {
	if c.stmt != nil && isLineError(err) {
		c.stmt.Unreadable++
	}
}

// end says whether the file was whole.
func (c *camt) end() error {
	if !c.seen {
		return fmt.Errorf("%w, found XML without the element BkToCstmrStmt", ErrFormat)
	}
	return io.EOF
}

func (c *camt) broken(err error) error {
	if strings.Contains(err.Error(), "unexpected EOF") {
		return fmt.Errorf("the statement is cut short: %w", err)
	}
	return fmt.Errorf("expected XML, found: %w", err)
}

// start reads an element that holds something.
func (c *camt) start(e xml.StartElement) error {
	line, _ := c.x.InputPos()
	switch name := e.Name.Local; {
	case name == "BkToCstmrStmt":
		c.inside, c.seen = true, true
	case !c.inside:
		if strings.HasPrefix(name, "BkToCstmr") {
			return fmt.Errorf("%w, found %s, another message of ISO 20022", ErrFormat, name)
		}
	case name == "Stmt":
		c.stmt, c.bals = &Statement{Line: line}, c.bals[:0]
	case c.stmt == nil:
		return c.skip(e)
	case name == "Id":
		return c.decode(&c.stmt.ID, e)
	case name == "Acct":
		return c.account(e)
	case name == "Bal":
		b := camtBalance{line: line}
		err := c.decode(&b, e)
		c.bals = append(c.bals, b)
		return err
	case name == "Ntry":
		entry := camtEntry{line: line}
		if err := c.decode(&entry, e); err != nil {
			return err
		}
		return c.entry(&entry)
	default:
		return c.skip(e)
	}
	return nil
}

// skip passes over an element, and so over what is called alike within it.
func (c *camt) skip(xml.StartElement) error {
	if err := c.x.Skip(); err != nil {
		return c.broken(err)
	}
	return nil
}

func (c *camt) decode(into any, e xml.StartElement) error {
	if err := c.x.DecodeElement(into, &e); err != nil {
		return c.broken(err)
	}
	return nil
}

func (c *camt) account(e xml.StartElement) error {
	var a struct {
		IBAN  string `xml:"Id>IBAN"`
		Other string `xml:"Id>Othr>Id"`
	}
	err := c.decode(&a, e)
	if c.stmt.Account = strings.TrimSpace(a.IBAN); c.stmt.Account == "" {
		c.stmt.Account = strings.TrimSpace(a.Other)
	}
	return err
}

// entry makes the lines of an entry.
func (c *camt) entry(e *camtEntry) error {
	status := strings.TrimSpace(e.Status.Code)
	if status == "" {
		status = strings.TrimSpace(e.Status.Text)
	}
	switch status {
	case "BOOK", "":
	case "PDNG", "INFO", "FUTR":
		return nil
	default:
		return lineErrorf(e.line, "Sts", "expected BOOK, PDNG, INFO or FUTR, found %q", clip(status))
	}
	whole := Line{Account: c.stmt.Account, Number: e.line, BankReference: known(e.Bank), Reversal: strings.TrimSpace(e.Reversal) == "true"}
	var err error
	if whole.Amount, err = c.amount(e.Amount, e.Side, e.line); err != nil {
		return err
	}
	if whole.Value, err = c.date(e.Value, e.line, "ValDt"); err != nil {
		return err
	}
	if whole.Booked, err = c.date(e.Booked, e.line, "BookgDt"); err != nil {
		return err
	}
	if whole.Booked.IsZero() {
		whole.Booked = whole.Value
	}
	if whole.Value.IsZero() {
		whole.Value = whole.Booked
	}
	whole.References = names(e.Reference)
	for _, b := range e.Batches {
		whole.References = append(whole.References, names(b.Message, b.Payment)...)
	}
	whole.Text = names(e.Info)
	c.lines = c.transactions(whole, e)
	return nil
}

// transactions returns the lines of an entry: one for each of its transactions where their amounts sum to the entry's, else one that says
// what all of them say.
func (c *camt) transactions(whole Line, e *camtEntry) []Line {
	if len(e.Details) > 1 {
		if all := c.parts(whole, e); all != nil {
			return all
		}
	}
	for i := range e.Details {
		e.Details[i].tell(&whole)
	}
	return []Line{whole}
}

func (c *camt) parts(whole Line, e *camtEntry) []Line {
	sum := money.New(0, whole.Amount.Currency())
	all := make([]Line, len(e.Details))
	for i := range e.Details {
		d := &e.Details[i]
		amount, side := d.Amount, d.Side
		if strings.TrimSpace(amount.Text) == "" {
			amount = d.Amount2
		}
		if side == "" {
			side = e.Side
		}
		a, err := c.amount(amount, side, e.line)
		if err != nil {
			return nil
		}
		if sum, err = sum.Add(a); err != nil {
			return nil
		}
		all[i] = whole
		all[i].Amount, all[i].References, all[i].Text = a, append([]string(nil), whole.References...), append([]string(nil), whole.Text...)
		d.tell(&all[i])
	}
	if !sum.Equal(whole.Amount) {
		return nil
	}
	return all
}

// tell adds what a transaction says to a line.
func (d *camtTransaction) tell(l *Line) {
	if bank := known(d.Refs.Bank); bank != "" {
		l.References = append(l.References, names(l.BankReference)...)
		l.BankReference = bank
	}
	l.References = append(l.References, names(d.Refs.EndToEnd, d.Refs.Message, d.Refs.Payment, d.Refs.Instruction, d.Refs.UETR, d.Refs.Transaction, d.Refs.Mandate, d.Refs.Clearing)...)
	l.References = append(l.References, names(d.Refs.Others...)...)
	l.References = append(l.References, names(d.Creditr...)...)
	l.Text = append(l.Text, names(d.Text...)...)
	l.Text = append(l.Text, names(d.More...)...)
	l.Text = append(l.Text, names(d.Info)...)
	other, behind := d.Debtor, d.Payer
	if l.Amount.Sign() < 0 {
		other, behind = d.Credit, d.Paid
	}
	for _, n := range names(other.Name, other.Name2, behind.Name, behind.Name2) {
		if l.Party != "" {
			l.Party += ", "
		}
		l.Party += n
	}
}

// amount reads an amount with its side.
func (c *camt) amount(a camtAmount, side string, line int) (money.Amount, error) {
	amount, err := parseAmount(strings.TrimSpace(a.Text), strings.TrimSpace(a.Currency), c.table)
	if err != nil {
		return amount, lineErrorf(line, "Amt", "%v", err)
	}
	switch strings.TrimSpace(side) {
	case "CRDT":
		return amount, nil
	case "DBIT":
		return amount.Neg(), nil
	}
	return amount, lineErrorf(line, "CdtDbtInd", "expected CRDT or DBIT, found %q", clip(side))
}

// date reads the day of a date, or of a time at its own offset. It is zero where nothing is said.
func (c *camt) date(d camtDate, line int, column string) (time.Time, error) {
	text := strings.TrimSpace(d.Date)
	if text == "" {
		text = strings.TrimSpace(d.Time)
	}
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

// close ends a statement. Its opening balance is OPBD, else PRCD, else the first ITBD; the closing one CLBD, else the last
// ITBD (external code set of balance types).
func (c *camt) close() (*Statement, error) {
	s := c.stmt
	c.stmt = nil
	opening, closing := -1, -1
	for i, b := range c.bals {
		switch code := strings.TrimSpace(b.Code); {
		case code == "OPBD", code == "PRCD" && (opening < 0 || c.bals[opening].Code != "OPBD"):
			opening = i
		case code == "CLBD":
			closing = i
		}
	}
	for i, b := range c.bals {
		if strings.TrimSpace(b.Code) != "ITBD" {
			continue
		}
		if opening < 0 {
			opening = i
		} else if closing < 0 || c.bals[closing].Code == "ITBD" {
			closing = i
		}
	}
	for _, which := range []struct {
		at   int
		into *Balance
	}{{opening, &s.Opening}, {closing, &s.Closing}} {
		if which.at < 0 {
			continue
		}
		b := c.bals[which.at]
		var err error
		if which.into.Amount, err = c.amount(b.Amount, b.Side, b.line); err == nil {
			which.into.Date, err = c.date(b.Date, b.line, "Dt")
		}
		if err != nil {
			s.Unreadable++
		}
	}
	s.ID = strings.TrimSpace(s.ID)
	return s, nil
}

// names returns the texts that say something.
func names(texts ...string) []string {
	var all []string
	for _, t := range texts {
		if t = known(t); t != "" {
			all = append(all, t)
		}
	}
	return all
}

// known returns a text without what surrounds it; nothing where it is how banks say that there is none.
func known(text string) string {
	switch text = strings.Join(strings.Fields(text), " "); text {
	case "NOTPROVIDED", "NONREF", "NOT PROVIDED":
		return ""
	}
	return text
}

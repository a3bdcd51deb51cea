package bank

import (
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
)

// The entries of camt.053. An entry may be made of many transactions, which banks describe in elements of a hundred
// kinds; only those are read that may name a payout or a party.
//
// An entry of one collected payout, of which the name stands deep inside:
//
//	<Ntry><Amt Ccy="EUR">900.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>...
//	  <NtryDtls><TxDtls><Refs><EndToEndId>BATCH7</EndToEndId></Refs>
//	    <RltdPties><Dbtr><Pty><Nm>Adyen N.V.</Nm></Pty></Dbtr></RltdPties></TxDtls></NtryDtls></Ntry>

// A camtEntry is an entry that is being read.
type camtEntry struct {
	line                   int    // of the file
	reference, bank, info  string // the account holder's reference, the bank's, and a text
	amount, currency, side string // side is CRDT or DBIT
	reversal               bool
	status                 string // BOOK if it is booked, PDNG if it is still pending; empty counts as booked

	// Banks give a day or a time, of either kind or both.
	bookedDay, bookedTime, valueDay, valueTime string

	batches []string // names of batches that the customer gave the bank
	parts   []camtPart
	size    int // bytes of what is kept
}

// A camtPart is one of the transactions that an entry is made of.
type camtPart struct {
	amount, currency, side string
	amount2, currency2     string // of AmtDtls, where there is no Amt, as in versions up to 001.03
	bank, endToEnd         string
	references, text       []string
	payers, payees         []string
}

// entry reads an entry and makes its lines.
// What is wrong with an entry is an error of its line, the one on which it begins.
func (c *camt) entry(line int) error {
	e := &camtEntry{line: line}
	if err := c.walk(e.open, e.set); err != nil {
		return err
	}
	return c.book(e)
}

const (
	partPath   = "NtryDtls/TxDtls"
	maxBatches = 16 // names of batches that are kept
)

// open begins another transaction of the entry.
// Each transaction counts 400 bytes besides its texts, so that a million empty ones are too many, too.
func (e *camtEntry) open(path string) {
	if path == partPath && e.size <= maxEntry {
		e.parts, e.size = append(e.parts, camtPart{}), e.size+400
	}
}

// set takes what an element says. What is beyond the bound is left out, and the entry is refused in the end.
func (e *camtEntry) set(path, text, currency string) {
	if text == "" || e.size > maxEntry {
		return
	}
	if rest, ok := strings.CutPrefix(path, partPath+"/"); ok {
		if e.parts[len(e.parts)-1].set(rest, text, currency) {
			e.size += len(text) + 32
		}
		return
	}
	e.size += len(text) + 32
	switch path {
	case "NtryRef":
		e.reference = text
	case "Amt":
		e.amount, e.currency = text, currency
	case "CdtDbtInd":
		e.side = text
	case "RvslInd":
		e.reversal = text == "true" || text == "1"
	case "Sts", "Sts/Cd":
		e.status = text
	case "BookgDt/Dt":
		e.bookedDay = text
	case "BookgDt/DtTm":
		e.bookedTime = text
	case "ValDt/Dt":
		e.valueDay = text
	case "ValDt/DtTm":
		e.valueTime = text
	case "AcctSvcrRef":
		e.bank = text
	case "AddtlNtryInf":
		e.info = text
	case "NtryDtls/Btch/MsgId", "NtryDtls/Btch/PmtInfId":
		if len(e.batches) < maxBatches {
			e.batches = append(e.batches, names(text)...)
		}
	}
}

// set takes what an element of a transaction says. It reports whether that is kept.
// Paths are those of all versions: older ones have a party's name a level higher, without Pty.
func (p *camtPart) set(path, text, currency string) bool {
	switch path {
	case "Amt":
		p.amount, p.currency = text, currency
	case "AmtDtls/TxAmt/Amt":
		p.amount2, p.currency2 = text, currency
	case "CdtDbtInd":
		p.side = text
	case "Refs/AcctSvcrRef":
		p.bank = known(text)
	case "Refs/EndToEndId":
		p.endToEnd = known(text)
		p.references = append(p.references, names(text)...)
	case "Refs/MsgId", "Refs/PmtInfId", "Refs/InstrId", "Refs/UETR", "Refs/TxId", "Refs/MndtId", "Refs/ClrSysRef",
		"Refs/Prtry/Ref", "RmtInf/Strd/CdtrRefInf/Ref":
		p.references = append(p.references, names(text)...)
	case "RmtInf/Ustrd", "RmtInf/Strd/AddtlRmtInf", "AddtlTxInf":
		p.text = append(p.text, names(text)...)
	case "RltdPties/Dbtr/Nm", "RltdPties/Dbtr/Pty/Nm", "RltdPties/UltmtDbtr/Nm", "RltdPties/UltmtDbtr/Pty/Nm":
		p.payers = append(p.payers, names(text)...)
	case "RltdPties/Cdtr/Nm", "RltdPties/Cdtr/Pty/Nm", "RltdPties/UltmtCdtr/Nm", "RltdPties/UltmtCdtr/Pty/Nm":
		p.payees = append(p.payees, names(text)...)
	default:
		return false
	}
	return true
}

// book makes the lines of an entry, and counts them. Entries that are not booked yet are counted only.
// Pending entries are summed in their statement: some banks count them in the closing balance, and the sum
// explains the difference then. A status that nobody knows is an error, as it may or may not count.
func (c *camt) book(e *camtEntry) error {
	if e.size > maxEntry {
		return lineErrorf(e.line, "Ntry", "expected an entry whose transactions say at most %d bytes, found more",
			maxEntry)
	}
	amount, err := c.amount(e.amount, e.currency, e.side, e.line)
	switch e.status {
	case "BOOK", "":
	case "PDNG", "INFO", "FUTR":
		if err == nil && e.status == "PDNG" {
			c.stmt.sum(amount.Currency()).addPending(amount)
		}
		return nil
	default:
		return lineErrorf(e.line, "Sts", "expected BOOK, PDNG, INFO or FUTR, found %q", clip(e.status))
	}
	if err != nil {
		return err
	}
	whole := Line{
		Account: c.stmt.Account, Number: e.line, Amount: amount, Reversal: e.reversal,
		BankReference: known(e.bank), References: append(names(e.reference), e.batches...), Text: names(e.info),
	}
	if err := c.days(&whole, e); err != nil {
		return err
	}
	c.lines = c.transactions(whole, e)
	for i := range c.lines {
		c.stmt.sum(amount.Currency()).add(&c.lines[i])
	}
	return nil
}

// days reads when an entry was booked and when it counts. One of the two may be missing.
func (c *camt) days(l *Line, e *camtEntry) (err error) {
	if l.Value, err = c.dayOf(e.valueDay, e.valueTime, e.line, "ValDt"); err != nil {
		return err
	}
	if l.Booked, err = c.dayOf(e.bookedDay, e.bookedTime, e.line, "BookgDt"); err != nil {
		return err
	}
	switch {
	case l.Booked.IsZero() && l.Value.IsZero():
		return lineErrorf(e.line, "BookgDt", "expected the day on which the entry was booked, found none")
	case l.Booked.IsZero():
		l.Booked = l.Value
	case l.Value.IsZero():
		l.Value = l.Booked
	}
	return nil
}

// dayOf reads a day, or else the day of a time.
func (c *camt) dayOf(day, at string, line int, column string) (time.Time, error) {
	if day == "" {
		day = at
	}
	return c.date(day, line, column)
}

// transactions returns the lines of an entry. If the amounts of its transactions sum to the entry's, each is a
// line. Otherwise the entry is one line that has the texts of all.
func (c *camt) transactions(whole Line, e *camtEntry) []Line {
	if len(e.parts) > 1 {
		if all := c.parts(whole, e); all != nil {
			return all
		}
	}
	var parties []string
	for i := range e.parts {
		parties = append(parties, e.parts[i].addTo(&whole)...)
	}
	whole.Party = strings.Join(parties, ", ")
	return []Line{whole}
}

// parts makes a line of each transaction. It is nil if an amount is missing, or if they do not sum to the entry.
// A side that a transaction does not give is the entry's. Transactions may go the other way: a collection of 10
// payments may have one that was returned.
func (c *camt) parts(whole Line, e *camtEntry) []Line {
	sum := money.New(0, whole.Amount.Currency())
	all := make([]Line, len(e.parts))
	for i := range e.parts {
		p := &e.parts[i]
		text, currency, side := p.amount, p.currency, p.side
		if text == "" {
			text, currency = p.amount2, p.currency2
		}
		if side == "" {
			side = e.side
		}
		a, err := c.amount(text, currency, side, e.line)
		if err != nil {
			return nil
		}
		if sum, err = sum.Add(a); err != nil {
			return nil
		}
		all[i] = whole
		all[i].Amount = a
		all[i].References = append([]string(nil), whole.References...)
		all[i].Text = append([]string(nil), whole.Text...)
		all[i].Party = strings.Join(p.addTo(&all[i]), ", ")
	}
	if !sum.Equal(whole.Amount) {
		return nil
	}
	return all
}

// addTo adds what a transaction says to a line. It returns who paid or was paid.
// The bank's own reference of the transaction is more exact than the entry's, which is
// kept as another reference.
func (p *camtPart) addTo(l *Line) (parties []string) {
	if p.bank != "" {
		l.References = append(l.References, names(l.BankReference)...)
		l.BankReference = p.bank
	}
	l.endToEnd = p.endToEnd
	l.References = append(l.References, p.references...)
	l.Text = append(l.Text, p.text...)
	if l.Amount.Sign() < 0 {
		return p.payees
	}
	return p.payers
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

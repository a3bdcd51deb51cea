package bank

import "fmt"

// Pages: banks cut long statements. Each page has balances of its own, so the pages are checked one by one, and here
// whether they fit each other.
//
//	:28C:12/1   :60F: 100,00   ...   :62M: 250,00
//	:28C:12/2   :60M: 250,00   ...   :62F: 900,00    begins with what the page before ended with

// A pageKey is what an account has between two pages.
type pageKey struct{ account, currency, amount string }

// pageKeyOf returns the key of a balance between two pages.
func pageKeyOf(s *Statement, b Balance) pageKey {
	return pageKey{s.Account, string(b.Amount.Currency()), b.Amount.Minor()}
}

// pages checks that each page of a statement begins with the balance that the one before ended with. Pages may
// be in several files, in any order.
// Pages are joined by account and balance, as not every bank numbers them. Where no balance fits, the
// statement's number says which two should: there a page is missing, or lines of one.
func (c *comparison) pages() {
	next := map[pageKey][]*Statement{} // pages that go on from another
	var begins, ends []*Statement      // pages of which another is missing
	for i := range c.Statements {
		if s := &c.Statements[i]; s.Opening.Intermediate {
			k := pageKeyOf(s, s.Opening)
			next[k] = append(next[k], s)
		}
	}
	joined := map[*Statement]bool{}
	for i := range c.Statements {
		s := &c.Statements[i]
		if !s.Closing.Intermediate {
			continue
		}
		if t := anotherPage(next[pageKeyOf(s, s.Closing)], s, joined); t != nil {
			joined[t] = true
			continue
		}
		ends = append(ends, s)
	}
	for i := range c.Statements {
		if s := &c.Statements[i]; s.Opening.Intermediate && !joined[s] {
			begins = append(begins, s)
		}
	}
	for _, s := range ends {
		c.goesOn(s, begins, joined)
	}
	for _, s := range begins {
		if !joined[s] {
			c.find(unjoined(s, s.Opening, "it begins in a page that is not in these files"))
		}
	}
}

// anotherPage returns the first page that is not s, and that no page goes on to yet.
func anotherPage(pages []*Statement, s *Statement, joined map[*Statement]bool) *Statement {
	for _, t := range pages {
		if t != s && !joined[t] {
			return t
		}
	}
	return nil
}

// goesOn makes the finding of a page whose next one begins with another balance, or is missing.
func (c *comparison) goesOn(s *Statement, begins []*Statement, joined map[*Statement]bool) {
	for _, t := range begins {
		if t == s || joined[t] || t.Account != s.Account || t.number() != s.number() {
			continue
		}
		joined[t] = true
		f := unjoined(t, t.Opening, "")
		f.Expected = s.Closing.Amount
		f.Text = fmt.Sprintf("page %s does not begin with what page %s ends with", t.ID, s.ID)
		f.Hint = "a page is missing between them: ask the bank for it"
		f.difference()
		c.find(f)
		return
	}
	c.find(unjoined(s, s.Closing, "it goes on in a page that is not in these files"))
}

// unjoined is the finding of a page of which another is missing.
func unjoined(s *Statement, b Balance, why string) Finding {
	return Finding{
		Class: BalanceMismatch, File: s.File, Line: s.Line, Account: s.Account, Date: b.Date, Found: b.Amount,
		Unchecked: why, Text: "statement " + s.ID, Hint: "the whole of the statement could not be checked: " + why,
	}
}

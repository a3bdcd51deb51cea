package commands

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// A page closes every tag that it opens, refers to nothing outside, and shows what strangers wrote as text: it is sent to
// people, who open it in a browser.
func TestStatementPages(t *testing.T) {
	const evil = `"><script src="https://evil.example/x.js"></script><img src=x onerror=y>&`
	amount := func(minor int64) query.Minor { return query.Minor{Amount: money.New(minor, "EUR")} }
	back := amount(5)
	payout := &query.PayoutStatement{Payout: evil, Account: "s", State: posting.PayoutHasFailed, Reason: evil, Since: evil,
		Asked: time.Unix(0, 0), Done: time.Unix(9, 0), Currency: "EUR", Amount: amount(-1234567), Left: amount(0),
		Opening: amount(0), Returned: &back, Fee: &back, Rows: []query.PayoutRow{
			{Payment: evil, Order: evil, Reference: evil, Reason: evil, Part: query.Sales, Amount: amount(7)},
			{Payment: evil, Amount: amount(-8)}, {Amount: amount(9)},
		}}
	held := amount(1)
	table := []query.EntryRow{
		{Available: &held, StatementEntry: query.StatementEntry{Currency: "EUR", Balance: amount(1)}},
		{StatementEntry: query.StatementEntry{Currency: "EUR", Happened: time.Unix(3, 0), Part: "sales", Reference: evil, Reason: evil,
			Origin: query.Origin{Payment: evil, Order: evil, Description: evil}}},
		{Available: &held, StatementEntry: query.StatementEntry{Currency: "EUR", Balance: amount(1)}},
	}
	none := display{Style: columns.Style{People: true}}
	for name, page := range map[string]*sheetPage{
		"payout":    payoutPage(payout, evil, none),
		"account":   accountPage(accounts.Account{ID: "s", Holder: evil}, [][]query.EntryRow{table}, query.Period{}, none),
		"no tables": accountPage(accounts.Account{ID: "s"}, nil, query.Period{}, none),
	} {
		var text strings.Builder
		if err := writePage(&text, page); err != nil {
			t.Fatal(err)
		}
		tags := map[string]int{}
		d := xml.NewDecoder(strings.NewReader(text.String()))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v in\n%s", name, err, text.String())
			}
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			tags[start.Name.Local]++
			for _, a := range start.Attr {
				if a.Name.Local == "src" || a.Name.Local == "href" || strings.HasPrefix(a.Name.Local, "on") {
					t.Errorf("%s: %s has %s=%q", name, start.Name.Local, a.Name.Local, a.Value)
				}
			}
		}
		if tags["script"]+tags["img"]+tags["link"]+tags["b"] > 0 || tags["h1"] != 1 || tags["main"] != 1 || tags["title"] != 1 {
			t.Errorf("%s has the tags %v", name, tags)
		}
		if name != "no tables" && tags["table"] != 1 {
			t.Errorf("%s has %d tables", name, tags["table"])
		}
	}
}

package console_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/posting"
)

// A month of more accounts than anybody reads is shown by kind of account, and says where all of them are.
func TestMonthOfManyAccounts(t *testing.T) {
	p := start(t, "")
	var events []posting.Event
	var postings strings.Builder
	const many = 310
	add := func(text string) {
		var e posting.Event
		if err := e.UnmarshalJSON([]byte(text)); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	for i := range many {
		add(fmt.Sprintf(`{"id":"o%d","type":"account.open","account":"seller:%d","kind":"sub","at":"2026-03-01T08:00:00Z"}`, i, i))
		fmt.Fprintf(&postings, `,{"account":"seller:%d","credit":true,"amount":{"value":1,"currency":"EUR"}}`, i)
	}
	add(fmt.Sprintf(`{"id":"e","type":"entry","at":"2026-03-05T09:00:00Z","postings":[{"account":"liable","debit":true,`+
		`"amount":{"value":%d,"currency":"EUR"}}%s]}`, many, postings.String()))
	for _, r := range p.books.Rules.PostBatch(t.Context(), events) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	page := p.person(t, p.key).get("/c/market/months/2026-03")
	for _, want := range []string{"by kind of account; by account there are 311 rows", ">sub</a>", "By account, CSV", "the first 300 of 311"} {
		if !strings.Contains(page, want) {
			t.Errorf("expected %q", want)
		}
	}
	if n := strings.Count(page, "seller:"); n > 700 { // 300 rows of changes, each with a link
		t.Errorf("expected few accounts, found %d", n)
	}
}

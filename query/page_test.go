package query_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// checkPages checks that the pages of every list put together are the list as it was when the first page was asked for,
// whatever their limits are, and whatever is booked between them.
func checkPages(rt *rapid.T, l *ledger.Ledger, book *posting.Book) {
	p := &pages{rt: rt, books: books(l), book: book}
	ctx := rt.Context()
	for _, f := range []query.AccountFilter{{}, {Accounts: []string{"seller:*", "bank", "*"}}} {
		paged(p, func(b *query.Books) iter.Seq2[query.Account, error] { return query.All(b.Accounts(f)) })
		paged(p, func(b *query.Books) iter.Seq2[query.Balance, error] {
			return query.All(b.Balances(query.BalanceFilter{AccountFilter: f}))
		})
		paged(p, func(b *query.Books) iter.Seq2[query.Negative, error] { return query.All(b.Negatives(ctx, f, day(31))) })
	}
	for _, id := range shop {
		for _, f := range []query.StatementFilter{{}, {Recorded: true}, {Within: query.Period{From: day(5), To: day(25)}}} {
			paged(p, func(b *query.Books) iter.Seq2[query.StatementLine, error] { return b.Statement(ctx, id, f) })
			paged(p, func(b *query.Books) iter.Seq2[query.StatementEntry, error] { return b.StatementEntries(ctx, id, f) })
		}
		paged(p, func(b *query.Books) iter.Seq2[query.Explanation, error] {
			return query.All(b.Explain(ctx, id, query.ExplainFilter{}))
		})
	}
	for _, f := range []query.PaymentFilter{{}, {States: []posting.State{posting.Captured}}, {Account: "seller:*"}, {Reference: "p-1"}} {
		paged(p, func(b *query.Books) iter.Seq2[query.PaymentRow, error] { return b.Payments(ctx, f) })
	}
	paged(p, func(b *query.Books) iter.Seq2[query.SplitPayment, error] { return b.Splits(ctx, query.SplitFilter{}) })
	// By day(1) nothing is due, so that no state depends on what is booked in between.
	paged(p, func(b *query.Books) iter.Seq2[query.Due, error] { return b.Due(query.DueFilter{}, day(1)) })
	paged(p, func(b *query.Books) iter.Seq2[query.OpenItem, error] { return b.OpenList(ctx, "adyen") })
	paged(p, func(b *query.Books) iter.Seq2[query.Rule, error] { return b.SplitRules(query.RuleFilter{}) })
}

// checkAsOf checks that answers as of a record are those that were given then, whatever is booked later.
func checkAsOf(rt *rapid.T, l *ledger.Ledger, book *posting.Book) {
	p := &pages{rt: rt, books: books(l), book: book, n: 1000}
	answers := map[string]func(*query.Books) (any, error){
		"recovery": func(b *query.Books) (any, error) { return b.Recovery(rt.Context(), query.DefaultOrder) },
		"open at adyen": func(b *query.Books) (any, error) {
			return b.OpenItems(rt.Context(), "adyen", day(31), 5)
		},
		"open at xendit": func(b *query.Books) (any, error) {
			return b.OpenItems(rt.Context(), "xendit", day(31), 5)
		},
		"found":    func(b *query.Books) (any, error) { return b.Find("p-1") },
		"searched": func(b *query.Books) (any, error) { return b.Search(rt.Context(), "a") },
	}
	want := map[string]string{}
	ask := func(name string, b *query.Books) string {
		answer, err := answers[name](b)
		if err != nil {
			rt.Fatalf("%s: %v", name, err)
		}
		text, _ := json.Marshal(answer)
		return string(text)
	}
	for name := range answers {
		want[name] = ask(name, p.books)
	}
	head := l.Stats().Records
	for range 3 {
		p.between()
	}
	rec, err := l.Record(head)
	if err != nil {
		rt.Fatal(err)
	}
	for name := range answers {
		if got := ask(name, p.books.Until(head)); got != want[name] {
			rt.Fatalf("%s as of record %d is\n%s\nand was\n%s", name, head, got, want[name])
		}
	}
	// Several records may be of one time: then the last of them counts.
	then, err := l.RecordedBy(rec.Recorded)
	if err != nil || then < head {
		rt.Fatalf("by %s there were %d records, %v; expected %d at least", rec.Recorded, then, err, head)
	}
	if next, err := l.Record(then + 1); err == nil && !next.Recorded.After(rec.Recorded) {
		rt.Fatalf("record %d is of %s too", then+1, rec.Recorded)
	}
}

// pages turns pages of lists while somebody books.
type pages struct {
	rt    *rapid.T
	books *query.Books
	book  *posting.Book
	n     int // events that were tried between pages
}

// between books something, or tries to.
func (p *pages) between() {
	rt := p.rt
	for range rapid.IntRange(0, 3).Draw(rt, "between") {
		p.n++
		e := anyEvent(rt)
		name := accounts.ID(fmt.Sprintf("late:%d", p.n))
		switch rapid.IntRange(0, 5).Draw(rt, "account events") {
		case 0:
			e = posting.Event{Type: posting.AccountOpen, Account: name, Kind: accounts.KindSub}
		case 1:
			e = posting.Event{Type: posting.AccountUpdate, Account: rapid.SampledFrom(shop).Draw(rt, "updated"), Holder: string(name)}
		case 2:
			e = posting.Event{Type: rapid.SampledFrom([]posting.Type{posting.AccountFreeze, posting.AccountUnfreeze}).Draw(rt, "status"),
				Account: rapid.SampledFrom(shop).Draw(rt, "whose")}
		case 3:
			e = posting.Event{Type: posting.RuleCreate, Rule: string(name), Name: "A", Currency: "EUR",
				Routes: []posting.Route{{Flat: money.NewInt(1), Reference: "b"}}}
		}
		e.ID = fmt.Sprintf("between-%d", p.n)
		e.At = day(1).Add(time.Duration(rapid.IntRange(0, 30*24).Draw(rt, "hour")) * time.Hour)
		if _, err := p.book.Post(rt.Context(), e); ledger.Failed(err) {
			rt.Fatal(err)
		}
	}
}

func paged[T query.Keyed](p *pages, list func(*query.Books) iter.Seq2[T, error]) {
	rt := p.rt
	rt.Helper()
	want := []T{}
	for row, err := range list(p.books) {
		if err != nil {
			rt.Fatal(err)
		}
		want = append(want, row)
	}
	head := p.books.Ledger.Stats().Records
	limits := rapid.SliceOfN(rapid.IntRange(1, 12), 1, 5).Draw(rt, "limits")
	got, next := []T{}, ""
	for i := 0; i == 0 || next != ""; i++ {
		limit := limits[i%len(limits)]
		page, err := query.PageOf(p.books, list, query.PageRequest{List: "all", After: next, Limit: limit})
		if err != nil {
			rt.Fatal(err)
		}
		if len(page.Data) > limit || len(page.Data) < limit && page.Next != "" || i > 0 && len(page.Data) == 0 || page.Record != head {
			rt.Fatalf("a page of %d has %d of %T as of %d, next %q; expected it as of %d", limit, len(page.Data), want,
				page.Record, page.Next, head)
		}
		got, next = append(got, page.Data...), page.Next
		p.between()
	}
	a, _ := json.Marshal(want)
	b, _ := json.Marshal(got)
	if string(a) != string(b) {
		rt.Fatalf("the pages are\n%s\nand the list was\n%s", b, a)
	}
}

// pageOf is a page of a list that does not change with the books.
func pageOf[T query.Keyed](b *query.Books, list iter.Seq2[T, error], r query.PageRequest) (query.Page[T], error) {
	return query.PageOf(b, func(*query.Books) iter.Seq2[T, error] { return list }, r)
}

func TestPageRefusals(t *testing.T) {
	l, _ := booked(t, "month.jsonl")
	b := books(l)
	splits := b.Splits(t.Context(), query.SplitFilter{})
	request := func(list string, limit int, after string) query.PageRequest {
		return query.PageRequest{List: list, Limit: limit, After: after}
	}
	page, err := pageOf(b, splits, request("splits", 1, ""))
	if err != nil || page.Next == "" {
		t.Fatalf("got %v, %v", page, err)
	}
	nobody := b.Splits(t.Context(), query.SplitFilter{Account: "nobody"})
	nothing := b.Statement(t.Context(), "nobody", query.StatementFilter{})
	for name, tt := range map[string]struct {
		err   error
		code  ledger.Code
		field string
	}{
		"no limit":         {second(pageOf(b, splits, request("splits", 0, ""))), ledger.Invalid, "limit"},
		"no cursor":        {second(pageOf(b, splits, request("splits", 1, "no cursor"))), ledger.Invalid, "after"},
		"an odd cursor":    {second(pageOf(b, splits, request("splits", 1, page.Next+"x"))), ledger.Invalid, "after"},
		"other filters":    {second(pageOf(b, splits, request("splits of a", 1, page.Next))), ledger.Invalid, "after"},
		"no such account":  {second(pageOf(b, nobody, request("splits", 1, ""))), ledger.UnknownAccount, ""},
		"nobody's, onward": {second(pageOf(b, nothing, request("splits", 1, page.Next))), ledger.UnknownAccount, ""},
	} {
		refusal, ok := errors.AsType[*ledger.Error](tt.err)
		if !ok || refusal.Code != tt.code || refusal.Field != tt.field {
			t.Errorf("%s: got %v", name, tt.err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

package query_test

import (
	"encoding/json"
	"errors"
	"iter"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
)

// checkPages checks that the pages of every list put together are the list, whatever their limits are.
func checkPages(rt *rapid.T, l *ledger.Ledger) {
	b := books(l)
	limits := rapid.SliceOfN(rapid.IntRange(1, 12), 1, 5).Draw(rt, "limits")
	for _, f := range []query.AccountFilter{{}, {Accounts: []string{"seller:*", "bank", "*"}}} {
		all, err := b.Accounts(f)
		paged(rt, limits, or(query.Each(all), err))
		balances, err := b.Balances(query.BalanceFilter{AccountFilter: f})
		paged(rt, limits, or(query.Each(balances), err))
		negatives, err := b.Negatives(rt.Context(), f, day(31))
		paged(rt, limits, or(query.Each(negatives), err))
	}
	for _, id := range shop {
		paged(rt, limits, b.Statement(rt.Context(), id, query.StatementFilter{}))
		explained, err := b.Explain(rt.Context(), id, query.ExplainFilter{})
		paged(rt, limits, or(query.Each(explained), err))
	}
	paged(rt, limits, b.Splits(rt.Context(), query.SplitFilter{}))
	paged(rt, limits, b.SplitRules(query.RuleFilter{}))
}

// or yields a list, or the error for which there is none.
func or[T any](list iter.Seq2[T, error], err error) iter.Seq2[T, error] {
	if err == nil {
		return list
	}
	return func(yield func(T, error) bool) {
		var none T
		yield(none, err)
	}
}

func paged[T query.Keyed](rt *rapid.T, limits []int, list iter.Seq2[T, error]) {
	want := []T{}
	for row, err := range list {
		if err != nil {
			rt.Fatal(err)
		}
		want = append(want, row)
	}
	got, next := []T{}, ""
	for i := 0; i == 0 || next != ""; i++ {
		limit := limits[i%len(limits)]
		p, err := query.PageOf(list, query.PageRequest{List: "all", After: next, Limit: limit})
		if err != nil {
			rt.Fatal(err)
		}
		if len(p.Data) > limit || len(p.Data) < limit && p.Next != "" || i > 0 && len(p.Data) == 0 {
			rt.Fatalf("a page of %d has %d of %T, next %q", limit, len(p.Data), want, p.Next)
		}
		got, next = append(got, p.Data...), p.Next
	}
	a, _ := json.Marshal(want)
	b, _ := json.Marshal(got)
	if string(a) != string(b) {
		rt.Fatalf("the pages are\n%s\nand the list is\n%s", b, a)
	}
}

// A page goes on where the last ended, though its last row is not in the list any more and others came.
func TestPageGoesOnAfterARowThatIsGone(t *testing.T) {
	l, _ := booked(t, "month.jsonl")
	all, err := books(l).Balances(query.BalanceFilter{})
	if err != nil {
		t.Fatal(err)
	}
	first, err := query.PageOf(query.Each(all), query.PageRequest{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	rest, err := query.PageOf(query.Each(append(all[:1:1], all[3:]...)), query.PageRequest{After: first.Next, Limit: len(all)})
	if err != nil || len(rest.Data) != len(all)-3 || rest.Data[0].Account != all[3].Account || rest.Next != "" {
		t.Errorf("got %v, %v", rest, err)
	}
}

func TestPageRefusals(t *testing.T) {
	l, _ := booked(t, "month.jsonl")
	b := books(l)
	splits := b.Splits(t.Context(), query.SplitFilter{})
	request := func(list string, limit int, after string) query.PageRequest {
		return query.PageRequest{List: list, Limit: limit, After: after}
	}
	page, err := query.PageOf(splits, request("splits", 1, ""))
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
		"no limit":         {second(query.PageOf(splits, request("splits", 0, ""))), ledger.Invalid, "limit"},
		"no cursor":        {second(query.PageOf(splits, request("splits", 1, "no cursor"))), ledger.Invalid, "after"},
		"an odd cursor":    {second(query.PageOf(splits, request("splits", 1, page.Next+"x"))), ledger.Invalid, "after"},
		"other filters":    {second(query.PageOf(splits, request("splits of a", 1, page.Next))), ledger.Invalid, "after"},
		"no such account":  {second(query.PageOf(nobody, request("splits", 1, ""))), ledger.UnknownAccount, ""},
		"nobody's, onward": {second(query.PageOf(nothing, request("splits", 1, page.Next))), ledger.UnknownAccount, ""},
	} {
		refusal, ok := errors.AsType[*ledger.Error](tt.err)
		if !ok || refusal.Code != tt.code || refusal.Field != tt.field {
			t.Errorf("%s: got %v", name, tt.err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

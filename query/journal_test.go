package query_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// A feed's record as the contract of the API shows it: a transfer that a server's key posted.
const transferRecord = `{"ledger":"market","record":4,"recorded":"2026-03-12T10:00:01Z","at":"2026-03-12T10:00:00Z",` +
	`"by":"key_7f3a9c21","event":{"id":"tr-2","type":"transfer","at":"2026-03-12T10:00:00Z","from":"seller:42",` +
	`"to":"platform","amount":{"value":600,"currency":"USD"},"reference":"subscription 2026-03"},"entries":[{"entry":3,` +
	`"postings":[{"account":"seller:42","sub":"available","debit":true,"amount":{"value":600,"currency":"USD"},` +
	`"type":"Transfer","reference":"subscription 2026-03"},{"account":"platform","sub":"available","credit":true,` +
	`"amount":{"value":600,"currency":"USD"},"type":"Transfer","reference":"subscription 2026-03"}]}]}`

// feedOf books a small market: an account, a sale, its settlement and a transfer.
func feedOf(t testing.TB, now func() time.Time) *query.Books {
	l := ledgertest.Open(t, ledger.Options{Clock: now})
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(`{"id":"acc-1","type":"account.open","at":"2026-03-01T09:00:00Z","account":"seller:42","kind":"sub","holder":"Seller 42 Ltd"}
{"id":"cap-1","type":"payment.capture","at":"2026-03-10T09:15:00Z","payment":"order-1001","provider":"adyen","reference":"R-1001","providerReference":"QFQTPCQ8HXSKGK82","amount":{"value":40000,"currency":"USD"},"splits":[{"type":"BalanceAccount","account":"seller:42","amount":{"value":39600},"reference":"s1"},{"type":"Commission","amount":{"value":400},"reference":"s1c"}]}
{"id":"set-1","type":"payment.settle","at":"2026-03-11T06:00:00Z","payment":"order-1001","batch":"7"}
{"id":"tr-2","type":"transfer","at":"2026-03-12T10:00:00Z","from":"seller:42","to":"platform","amount":{"value":600,"currency":"USD"},"reference":"subscription 2026-03"}
{"id":"fb-1","type":"payment.capture","at":"2026-03-12T10:00:00Z","payment":"order-1002","provider":"adyen","amount":{"value":2500,"currency":"USD"},"splits":[{"type":"BalanceAccount","account":"seller:404","amount":{"value":2400},"reference":"s2"},{"type":"Commission","amount":{"value":100},"reference":"s2c"}]}
`) {
		e, err := posting.Decode([]byte(strings.TrimSpace(line)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := book.As("key_7f3a9c21").Post(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	return &query.Books{Ledger: l, Rules: book, Name: "market"}
}

// at is a clock that always shows the same time.
func at(text string) func() time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return func() time.Time { return t }
}

// A record has the same JSON wherever it is shown, to the byte: receivers of webhooks keep its signature.
func TestRecordAsJSON(t *testing.T) {
	b := feedOf(t, at("2026-03-12T10:00:01Z"))
	p, err := b.Journal(t.Context(), query.JournalRequest{After: 3, Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(p.Data[0].AppendJSON(nil)); got != transferRecord {
		t.Errorf("record 4 is\n%s, want\n%s", got, transferRecord)
	}
	if got := p.Data[1].Fallback; got != "unknown account seller:404" {
		t.Errorf("record 5 fell back because of %q", got)
	}
	e, err := b.Event("tr-2")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(e.AppendJSON(nil)); got != transferRecord {
		t.Errorf("event tr-2 is\n%s, want\n%s", got, transferRecord)
	}
	payment, err := b.Payment("order-1001")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range payment.Events {
		if e.By != "key_7f3a9c21" {
			t.Errorf("%s of the payment is by %q", e.Event.ID, e.By)
		}
	}
	p, err = b.Journal(t.Context(), query.JournalRequest{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	var opened []string
	for _, r := range p.Data {
		for _, a := range r.Opens {
			opened = append(opened, fmt.Sprintf("%d %s %s", r.Record, a.Account, a.Kind))
		}
	}
	if want := []string{"1 seller:42 sub", "2 provider:adyen provider"}; !slices.Equal(opened, want) {
		t.Errorf("opened %q, want %q", opened, want)
	}
}

// Amounts of any size are whole numbers, in the event and in its postings.
func TestRecordOfLargeAmounts(t *testing.T) {
	const most = "123456789012345678901234567890123456"
	l := ledgertest.Open(t, ledger.Options{Assets: []money.Asset{{Code: "WEI", Exponent: 18}}})
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &query.Books{Ledger: l, Rules: book}
	post(t, book, `{"id":"e","type":"entry","at":"2026-03-01T09:00:00Z","postings":[{"account":"liable","debit":true,`+
		`"amount":{"value":"`+most+`","currency":"WEI"}},{"account":"platform","credit":true,"amount":{"value":"`+
		most+`","currency":"WEI"}}]}`)
	p, err := b.Journal(t.Context(), query.JournalRequest{Limit: 9})
	if err != nil {
		t.Fatal(err)
	}
	if text := string(p.Data[1].AppendJSON(nil)); strings.Count(text, `{"value":`+most+`,"currency":"WEI"}`) != 4 {
		t.Errorf("expected four whole numbers %s, found %s", most, text)
	}
	own := string(p.Data[0].AppendJSON(nil))
	_, own, _ = strings.Cut(own, `Z","at"`)
	if _, own, _ = strings.Cut(own, `,"entries"`); own != `:[],"assets":[{"code":"WEI","exponent":18}]}` {
		t.Errorf("the ledger's own record ends with %s", own)
	}
	if p, err = b.Journal(t.Context(), query.JournalRequest{Limit: 9, JournalFilter: query.JournalFilter{Types: []string{"*"}}}); err != nil || len(p.Data) != 1 {
		t.Errorf("of any type of event: %d records (%v), want 1", len(p.Data), err)
	}
}

// What is appended is what the tags say, whatever the texts are.
func TestRecordAppendsItsJSON(t *testing.T) {
	type tagged query.Record // without MarshalJSON
	rapid.Check(t, func(rt *rapid.T) {
		text, at := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]*`)), func(label string) time.Time {
			return time.Unix(0, rapid.Int64Range(0, 1<<62).Draw(rt, label)).UTC()
		}
		r := query.Record{Ledger: text.Draw(rt, "ledger"), Record: rapid.Uint64().Draw(rt, "record"), Recorded: at("recorded"),
			At: at("at"), By: text.Draw(rt, "by"), Fallback: text.Draw(rt, "fallback"), Entries: []query.Entry{}}
		if rapid.Bool().Draw(rt, "happened") {
			r.Happened = at("happens")
		}
		if rapid.Bool().Draw(rt, "event") {
			r.Event = posting.Event{ID: text.Draw(rt, "id"), Type: posting.Transfer, At: r.At, Reason: "because"}
		}
		if rapid.Bool().Draw(rt, "opens") {
			r.Opens = []query.OpenedAccount{{Account: accounts.ID(text.Draw(rt, "account")), Kind: accounts.KindSub}}
			r.Assets = []query.Asset{{Code: "WEI", Exponent: 18}, {Code: "X", Exponent: 1}}
		}
		for range rapid.IntRange(0, 2).Draw(rt, "entries") {
			e := query.Entry{Entry: rapid.Uint64().Draw(rt, "entry"), Postings: []query.Posting{}}
			for range rapid.IntRange(0, 2).Draw(rt, "postings") {
				debit := rapid.Bool().Draw(rt, "debit")
				e.Postings = append(e.Postings, query.Posting{Account: accounts.ID(text.Draw(rt, "account")), Debit: debit,
					Credit: !debit, Amount: money.New(rapid.Int64().Draw(rt, "amount"), "EUR"), Type: text.Draw(rt, "type"),
					Reference: text.Draw(rt, "reference"), Reason: text.Draw(rt, "reason")})
			}
			r.Entries = append(r.Entries, e)
		}
		if rapid.Bool().Draw(rt, "truncated") {
			r.Truncate(true)
		}
		// Escapes may differ in their spelling, and in nothing else.
		var got, want any
		if err := json.Unmarshal(r.AppendJSON(nil), &got); err != nil {
			rt.Fatal(err)
		}
		plain, err := json.Marshal(tagged(r))
		if err != nil {
			rt.Fatal(err)
		}
		if err := json.Unmarshal(plain, &want); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("tags (-) and what is appended (+):\n%s", diff)
		}
	})
}

// Brokers take records as CloudEvents.
func TestCloudEvent(t *testing.T) {
	b := feedOf(t, at("2026-03-12T10:00:01Z"))
	p, err := b.Journal(t.Context(), query.JournalRequest{After: 3, Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	e := b.CloudEvent(p.Data[0])
	want := `{"specversion":"1.0","id":"4","source":"urn:uuid:` + b.Ledger.ID().String() + `","type":"splitledger.transfer",` +
		`"time":"2026-03-12T10:00:01Z","datacontenttype":"application/json","sequence":"00000000000000000004","data":` +
		transferRecord + `}`
	if got := string(e.AppendJSON(nil)); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	if got := b.CloudEvent(p.Data[1]).Subject; got != "order-1002" {
		t.Errorf("the subject of a capture is %q", got)
	}
	first, err := b.Event("acc-1")
	if err != nil {
		t.Fatal(err)
	}
	if got := b.CloudEvent(first).Subject; got != "seller:42" {
		t.Errorf("the subject of an opened account is %q", got)
	}
	type tagged query.CloudEvent
	marshalled, err := json.Marshal(tagged(e))
	if err != nil {
		t.Fatal(err)
	}
	if got := e.AppendJSON(nil); !bytes.Equal(got, marshalled) {
		t.Errorf("appended\n%s, by its tags\n%s", got, marshalled)
	}
}

// A filter has the records that are about an account, also where nothing is posted to it, and no others.
func TestJournalFilters(t *testing.T) {
	b := feedOf(t, at("2026-03-12T10:00:01Z"))
	for i, line := range []string{
		`{"id":"auth","type":"payment.authorise","at":"2026-03-12T10:00:00Z","payment":"order-1003","provider":"xendit","account":"seller:42","amount":{"value":100,"currency":"USD"}}`,
		`{"id":"upd","type":"account.update","at":"2026-03-12T10:00:00Z","account":"seller:42","holder":"Forty-two Ltd"}`,
		`{"id":"frz","type":"account.freeze","at":"2026-03-12T10:00:00Z","account":"seller:42"}`,
	} {
		post(t, b.Rules, line)
		if got := b.Ledger.Stats().Records; got != uint64(6+i) {
			t.Fatalf("record %d", got)
		}
	}
	for _, tt := range []struct {
		types, accounts string
		want            []uint64
	}{
		{"", "", []uint64{1, 2, 3, 4, 5, 6, 7, 8}},
		{"payment.*", "", []uint64{2, 3, 5, 6}},
		{"payment.settle transfer", "", []uint64{3, 4}},
		{"*", "", []uint64{1, 2, 3, 4, 5, 6, 7, 8}},
		{"", "seller:*", []uint64{1, 2, 3, 4, 6, 7, 8}},
		{"", "seller:4", nil},
		{"", "platform", []uint64{4}},
		{"", "provider:adyen", []uint64{2, 3, 5}},
		{"", "platform liable", []uint64{2, 3, 4, 5}},
		{"payment.*", "seller:42", []uint64{2, 3, 6}},
		{"account.*", "liable", nil},
	} {
		f := query.JournalFilter{Types: strings.Fields(tt.types), Accounts: strings.Fields(tt.accounts)}
		p, err := b.Journal(t.Context(), query.JournalRequest{Limit: 100, JournalFilter: f})
		if err != nil {
			t.Fatal(err)
		}
		if got := numbers(p.Data); !slices.Equal(got, tt.want) || p.Next != 8 {
			t.Errorf("types %q of accounts %q: %d, next %d, want %d, next 8", tt.types, tt.accounts, got, p.Next, tt.want)
		}
	}
	for _, tt := range []struct {
		r    query.JournalRequest
		want string
	}{
		{query.JournalRequest{Limit: 0}, "invalid: expected 1 or more, found 0 (limit)"},
		{query.JournalRequest{Limit: 1, JournalFilter: query.JournalFilter{Types: []string{"payment.setle"}}},
			"invalid: expected a type of events, or a pattern of some such as payment.*, found payment.setle; did you mean payment.settle? (types)"},
		{query.JournalRequest{Limit: 1, JournalFilter: query.JournalFilter{Types: []string{"pay.*"}}},
			"invalid: expected a type of events, or a pattern of some such as payment.*, found pay.* (types)"},
		{query.JournalRequest{Limit: 1, JournalFilter: query.JournalFilter{Accounts: []string{""}}},
			"invalid: expected an account, or a pattern such as seller:*, found nothing (account)"},
	} {
		_, err := b.Journal(t.Context(), tt.r)
		e, is := errors.AsType[*ledger.Error](err)
		if !is || fmt.Sprintf("%s: %s (%s)", e.Code, e.Message, e.Field) != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

func numbers(list []*query.Record) (n []uint64) {
	for _, r := range list {
		n = append(n, r.Record)
	}
	return n
}

// Whoever turns pages, or follows and is cut off anywhere and resumes, gets every record of his filter once and in order,
// while others book. So does whoever goes backwards.
func TestFeedHasEveryRecordOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := ledgertest.Open(t, ledger.Options{})
		book, err := posting.New(l, posting.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		b := &query.Books{Ledger: l, Rules: book, Name: "market"}
		total := rapid.IntRange(1, 40).Draw(rt, "records")
		var all []uint64 // of the filter
		f := rapid.SampledFrom([]query.JournalFilter{{}, {Types: []string{"account.*"}}, {Accounts: []string{"seller:*"}},
			{Types: []string{"entry", "account.open"}, Accounts: []string{"platform", "seller:1*"}},
		}).Draw(rt, "filter")
		events := make([]posting.Event, total)
		for i := range events {
			var line string
			line, all = randomEvent(rt, i, &f, all)
			if events[i], err = posting.Decode([]byte(line)); err != nil {
				rt.Fatal(err)
			}
		}
		early := rapid.IntRange(0, total).Draw(rt, "booked before")
		bookAll(rt, book, events[:early])
		go bookAll(rt, book, events[early:])
		got := followed(rt, b, f, uint64(total))
		if !slices.Equal(got, all) {
			rt.Fatalf("followed %d, want %d", got, all)
		}
		for _, desc := range []bool{false, true} {
			if got := pagesOf(rt, b, f, desc); !slices.Equal(got, all) {
				rt.Fatalf("pages (backwards: %v) had %d, want %d", desc, got, all)
			}
		}
	})
}

// randomEvent makes an event, and adds its record to all if the filter should have it.
func randomEvent(rt *rapid.T, i int, f *query.JournalFilter, all []uint64) (string, []uint64) {
	account, add := "liable", len(f.Types)+len(f.Accounts) == 0
	line := fmt.Sprintf(`{"id":"e%d","type":"entry","at":"2026-03-01T09:00:00Z","postings":[`+
		`{"account":"liable","debit":true,"amount":{"value":1,"currency":"EUR"}},`+
		`{"account":"%%s","credit":true,"amount":{"value":1,"currency":"EUR"}}]}`, i)
	switch rapid.IntRange(0, 2).Draw(rt, "kind") {
	case 0:
		account = fmt.Sprint("seller:", i)
		line = fmt.Sprintf(`{"id":"e%d","type":"account.open","at":"2026-03-01T09:00:00Z","account":"%%s","kind":"sub"}`, i)
		add = add || len(f.Types) == 1 || len(f.Accounts) == 1 || strings.HasPrefix(account, "seller:1")
	case 1:
		account = "platform"
		add = add || len(f.Types) == 2
	default:
		account = "liable"
	}
	if add {
		all = append(all, uint64(i+1))
	}
	return fmt.Sprintf(line, account), all
}

func bookAll(rt *rapid.T, book *posting.Book, events []posting.Event) {
	for i := range events {
		if _, err := book.Post(context.Background(), events[i]); err != nil {
			rt.Errorf("%s: %v", events[i].ID, err)
		}
	}
}

// followed follows a feed up to a record, cut off at random, each time resuming after what it had dealt with.
func followed(rt *rapid.T, b *query.Books, f query.JournalFilter, last uint64) (got []uint64) {
	reached := uint64(0)
	for reached < last {
		steps := rapid.IntRange(1, 12).Draw(rt, "steps")
		for step, err := range b.Follow(context.Background(), reached, f) {
			if err != nil {
				rt.Fatal(err)
			}
			if steps--; steps < 0 {
				break // before this step was dealt with
			}
			if step.Record != nil {
				if step.Record.Record != step.Reached {
					rt.Fatalf("record %d, reached %d", step.Record.Record, step.Reached)
				}
				got = append(got, step.Reached)
			}
			if reached = step.Reached; reached == last {
				if !step.Head {
					rt.Fatalf("%d is not the head", reached)
				}
				break
			}
		}
	}
	return got
}

// pagesOf turns pages to the end.
func pagesOf(rt *rapid.T, b *query.Books, f query.JournalFilter, desc bool) (got []uint64) {
	r := query.JournalRequest{Limit: rapid.IntRange(1, 9).Draw(rt, "limit"), Desc: desc, JournalFilter: f}
	for {
		p, err := b.Journal(context.Background(), r)
		if err != nil {
			rt.Fatal(err)
		}
		if len(p.Data) > r.Limit {
			rt.Fatalf("a page of %d has %d", r.Limit, len(p.Data))
		}
		got = append(got, numbers(p.Data)...)
		switch {
		case desc && p.Next <= 1:
			slices.Reverse(got)
			return got
		case !desc && p.Next == p.Record:
			return got
		case p.Next == r.After:
			rt.Fatalf("the page after %d goes on there", r.After)
		}
		r.After = p.Next
	}
}

// Follow ends as the ledger's own does, and says so.
func TestFollowEnds(t *testing.T) {
	b := feedOf(t, at("2026-03-12T10:00:01Z"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var heads []uint64
	for step, err := range b.Follow(ctx, 3, query.JournalFilter{Types: []string{"payout.*"}}) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			break
		}
		if step.Record != nil {
			t.Errorf("record %d is no payout", step.Reached)
		}
		if heads = append(heads, step.Reached); step.Head {
			cancel()
		}
	}
	if want := []uint64{3, 4, 5}; !slices.Equal(heads, want) {
		t.Errorf("reached %d, want %d", heads, want)
	}
	for _, err := range b.Follow(t.Context(), 0, query.JournalFilter{Types: []string{"nothing"}}) {
		if !errors.Is(err, ledger.Invalid) {
			t.Errorf("a filter of nothing: %v", err)
		}
	}
}

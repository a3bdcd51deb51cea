package query_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// open returns an empty ledger with accounts.
func open(t *testing.T, accounts ...string) (*ledger.Ledger, *posting.Book) {
	t.Helper()
	l := ledgertest.Open(t, ledger.Options{})
	b, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range accounts {
		post(t, b, `{"id":"open `+id+`","type":"account.open","account":"`+id+`","kind":"sub"}`)
	}
	return l, b
}

// move books a change of what an account has, against the bank: "+100 EUR available".
func move(t *testing.T, b *posting.Book, id, at, account, change string) {
	t.Helper()
	words := strings.Fields(change)
	side, other := "credit", "debit"
	if words[0][0] == '-' {
		side, other = other, side
	}
	amount := `"amount":{"value":` + words[0][1:] + `,"currency":"` + words[1] + `"}`
	post(t, b, fmt.Sprintf(`{"id":%q,"type":"entry","at":%q,"postings":[{"account":%q,"sub":%q,%q:true,%s},{"account":"bank",%q:true,%s}]}`,
		id, at, account, words[2], side, amount, other, amount))
}

func TestSinceWhenBelowZero(t *testing.T) {
	for _, tt := range []struct {
		name  string
		moves []string // one a day, from 1 March
		want  string   // the day and the event after which it was below zero; "" if it is not
	}{
		{"never", []string{"+100 EUR available", "-100 EUR available"}, ""},
		{"since the last posting", []string{"+100 EUR available", "-101 EUR available"}, "2 e-2: 1 EUR"},
		{"since the second, and deeper since", []string{"+100 EUR available", "-101 EUR available", "-5 EUR available"}, "2 e-2: 6 EUR"},
		{"since the second, and less deep since", []string{"+100 EUR available", "-110 EUR available", "+5 EUR available"}, "2 e-2: 5 EUR"},
		{"back above zero, and below again", []string{"-5 EUR available", "+5 EUR available", "-7 EUR available"}, "3 e-3: 7 EUR"},
		{"back above zero for good", []string{"-5 EUR available", "+5 EUR available"}, ""},
		{"since the first posting of all", []string{"-5 EUR available", "-5 EUR available"}, "1 e-1: 10 EUR"},
		{"what is pending does not help what is available", []string{"+100 EUR pending", "-10 EUR available"}, "2 e-2: 10 EUR"},
		{"what is pending may be below zero, too", []string{"+10 EUR available", "-30 EUR pending"}, "2 e-2: 20 EUR"},
		{"another currency does not count", []string{"-5 EUR available", "+100 USD available", "-50 USD available"}, "1 e-1: 5 EUR"},
	} {
		l, b := open(t, "seller")
		for i, m := range tt.moves {
			move(t, b, fmt.Sprintf("e-%d", i+1), fmt.Sprintf("2026-03-%02dT08:00:00Z", i+1), "seller", m)
		}
		all, err := books(l).Negatives(t.Context(), query.AccountFilter{}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, n := range all {
			if n.Account == "seller" {
				got += fmt.Sprintf("%d %s: %s", n.Since.Day(), n.Event, n.Debt())
			}
		}
		if got != tt.want {
			t.Errorf("%s: got %q, expected %q", tt.name, got, tt.want)
		}
	}
}

// Of an event of several entries, the one is named after which the account stayed below zero.
func TestEntryBelowZero(t *testing.T) {
	for _, tt := range []struct {
		name string
		has  string // before the dispute takes 10 EUR of what is pending, and then 10 of what is available
		want uint64
	}{
		{"the first entry", "+5 EUR available", 3},
		{"the second entry", "+15 EUR available", 4},
	} {
		l, b := open(t, "seller")
		move(t, b, "e-1", "2026-03-01T08:00:00Z", "seller", tt.has)
		post(t, b, `{"id":"e-2","type":"payment.capture","payment":"p","provider":"paysafe","amount":{"value":10,"currency":"EUR"},"chargeback":{"behavior":"deductFromOneBalanceAccount","targetAccount":"seller"}}`)
		post(t, b, `{"id":"e-3","type":"payment.chargeback","payment":"p","chargeback":"c","amount":{"value":20,"currency":"EUR"}}`)
		all, err := books(l).Negatives(t.Context(), query.AccountFilter{}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(all, func(n query.Negative) bool { return n.Account == "seller" })
		if i < 0 || all[i].Event != "e-3" || all[i].Entry != tt.want {
			t.Errorf("%s: got %+v, expected entry %d of e-3", tt.name, all, tt.want)
		}
	}
}

func TestRecover(t *testing.T) {
	for _, tt := range []struct {
		name  string
		order string
		moves []string // "account change"
		want  []string // means, account, amount, and who pays whom
	}{
		{"liable covers what pending does not net", "pending,liable",
			[]string{"a -100 EUR available", "a +30 EUR pending"}, []string{"pending a 30 EUR", "liable a 70 EUR liable>a"}},
		{"more is pending than is owed", "pending,liable",
			[]string{"a -100 EUR available", "a +130 EUR pending"}, []string{"pending a 100 EUR"}},
		{"liable first leaves nothing to wait for", "liable,pending",
			[]string{"a -100 EUR available", "a +130 EUR pending"}, []string{"liable a 100 EUR liable>a"}},
		{"nobody covers", "pending", []string{"a -100 EUR available"}, nil},
		{"each account in each currency", "liable",
			[]string{"b -3 EUR available", "a -1 EUR available", "a -2 USD available", "platform -4 EUR available"},
			[]string{"liable a 1 EUR liable>a", "liable b 3 EUR liable>b", "liable platform 4 EUR liable>platform", "liable a 2 USD liable>a"}},
		{"what liable itself owes is nobody's to cover", "repay,pending,liable", []string{"liable -3 EUR available"}, nil},
	} {
		l, b := open(t, "a", "b")
		for i, m := range tt.moves {
			account, change, _ := strings.Cut(m, " ")
			move(t, b, fmt.Sprintf("e-%d", i+1), "2026-03-01T08:00:00Z", account, change)
		}
		checkSteps(t, tt.name, l, tt.order, tt.want)
	}
}

// checkSteps compares what recovery proposes.
func checkSteps(t *testing.T, name string, l *ledger.Ledger, order string, want []string) []query.Step {
	t.Helper()
	means, err := query.ParseOrder(order)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := books(l).Recovery(t.Context(), means)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range steps {
		text := fmt.Sprintf("%s %s %s", s.Means, s.Account, s.Amount)
		if e := s.Transfer; e != nil {
			text += fmt.Sprintf(" %s>%s", e.From, e.To)
		}
		got = append(got, text)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %q, expected %q", name, got, want)
	}
	return steps
}

// Who was helped gives back when there is money again, as far as it goes, unless the account is frozen.
func TestRepay(t *testing.T) {
	l, b := open(t, "a")
	move(t, b, "e-1", "2026-03-01T08:00:00Z", "a", "-100 EUR available")
	book := func(steps []query.Step) {
		for _, s := range steps {
			if _, err := b.Post(t.Context(), *s.Transfer); err != nil {
				t.Fatal(err)
			}
		}
	}
	book(checkSteps(t, "covered", l, "repay,liable", []string{"liable a 100 EUR liable>a"}))
	checkSteps(t, "nothing to repay with", l, "repay,liable", nil)
	move(t, b, "e-2", "2026-03-02T08:00:00Z", "a", "+30 EUR available")
	book(checkSteps(t, "in part", l, "repay,liable", []string{"repay a 30 EUR a>liable"}))
	move(t, b, "e-3", "2026-03-03T08:00:00Z", "a", "+90 EUR available")
	post(t, b, `{"id":"freeze","type":"account.freeze","account":"a"}`)
	steps := checkSteps(t, "frozen", l, "repay,liable", []string{"repay a 70 EUR"})
	if why := "but it is frozen"; !strings.Contains(steps[0].Why, why) {
		t.Errorf("got %q, expected that it says %q", steps[0].Why, why)
	}
	post(t, b, `{"id":"thaw","type":"account.unfreeze","account":"a"}`)
	book(checkSteps(t, "the rest", l, "repay,liable", []string{"repay a 70 EUR a>liable"}))
	checkSteps(t, "all is repaid", l, "repay,liable", nil)
}

// A cover that was reversed is not to be repaid; where the repayment was reversed, it is to be repaid again.
func TestRepayAfterReversal(t *testing.T) {
	l, b := open(t, "a")
	reverse := func(id string) {
		post(t, b, fmt.Sprintf(`{"id":%q,"type":"entry.reverse","entry":%d}`, id, l.Stats().Entries))
	}
	book := func(steps []query.Step) {
		if _, err := b.Post(t.Context(), *steps[0].Transfer); err != nil {
			t.Fatal(err)
		}
	}
	move(t, b, "e-1", "2026-03-01T08:00:00Z", "a", "-100 EUR available")
	book(checkSteps(t, "covered", l, "repay,liable", []string{"liable a 100 EUR liable>a"}))
	reverse("r-1")
	move(t, b, "e-2", "2026-03-02T08:00:00Z", "a", "+130 EUR available")
	checkSteps(t, "the cover was reversed", l, "repay,liable", nil)
	move(t, b, "e-3", "2026-03-03T08:00:00Z", "a", "-80 EUR available")
	book(checkSteps(t, "another debt", l, "repay,liable", []string{"liable a 50 EUR liable>a"}))
	move(t, b, "e-4", "2026-03-04T08:00:00Z", "a", "+60 EUR available")
	book(checkSteps(t, "no more than covers the second", l, "repay,liable", []string{"repay a 50 EUR a>liable"}))
	reverse("r-2")
	checkSteps(t, "the repayment was reversed", l, "repay,liable", []string{"repay a 50 EUR a>liable"})
}

// The same debt twice is covered twice: only a proposal that is posted again books nothing.
func TestRecoverIDs(t *testing.T) {
	l, b := open(t, "a")
	seen := map[string]bool{}
	for n := range 3 {
		move(t, b, fmt.Sprintf("e-%d", n), "2026-03-01T08:00:00Z", "a", "-100 EUR available")
		steps := checkSteps(t, "again", l, "liable", []string{"liable a 100 EUR liable>a"})
		e := *steps[0].Transfer
		if seen[e.ID] {
			t.Errorf("round %d: the id %s is used again", n, e.ID)
		}
		seen[e.ID] = true
		for _, want := range []posting.Status{posting.Accepted, posting.Duplicate} {
			if r, err := b.Post(t.Context(), e); err != nil || r.Status != want {
				t.Errorf("round %d: %v, %v, expected it %v", n, r.Status, err, want)
			}
		}
	}
}

func TestParseOrder(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"repay,pending,liable", "[repay pending liable]"}, {" liable , repay", "[liable repay]"}, {"", "error"}, {"liable,", "error"}, {"liable,liable", "error"}, {"Liable", "error"},
	} {
		order, err := query.ParseOrder(tt.text)
		got := fmt.Sprint(order)
		if err != nil {
			got = "error"
		}
		if got != tt.want {
			t.Errorf("%q: got %s, expected %s", tt.text, got, tt.want)
		}
	}
}

func TestPeriod(t *testing.T) {
	p := query.Period{From: day(2), To: day(4)}
	for at, want := range map[time.Time]bool{day(1): false, day(2): true, day(4).Add(-1): true, day(4): false} {
		if p.Has(at) != want {
			t.Errorf("%v in %v: %v", at, p, !want)
		}
	}
	if !(query.Period{}).Has(day(1)) {
		t.Error("the period of all time does not have a day")
	}
}

// What is read as an order has each of its means once, and is written back as it was, spaces aside.
func FuzzParseOrder(f *testing.F) {
	for _, seed := range []string{"", "repay,pending,liable", " liable ,repay", "liable,,repay"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		order, err := query.ParseOrder(text)
		if err != nil {
			return
		}
		words := make([]string, len(order))
		for i, m := range order {
			words[i] = string(m)
		}
		again, err := query.ParseOrder(strings.Join(words, ","))
		if err != nil || fmt.Sprint(again) != fmt.Sprint(order) {
			t.Errorf("%q is %v, and that is %v, %v", text, order, again, err)
		}
	})
}

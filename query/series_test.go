package query_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// Points are the last moments of steps, whole ones but for the ends of the period.
func TestPoints(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	march := query.Period{From: day(1), To: day(32)}
	for _, tt := range []struct {
		name   string
		within query.Period
		by     query.Interval
		most   int
		zone   *time.Location
		want   string // first, second and last, and how many
	}{
		{"days", march, query.Daily, 0, time.UTC, "03-02T00:00Z 03-03T00:00Z 04-01T00:00Z 31"},
		{"weeks end on Sunday, the last with the month", march, query.Weekly, 0, time.UTC, "03-02T00:00Z 03-09T00:00Z 04-01T00:00Z 6"},
		{"a month", march, query.Monthly, 0, time.UTC, "04-01T00:00Z 1"},
		{"days merged", march, query.Daily, 3, time.UTC, "03-11T00:00Z 03-21T00:00Z 04-01T00:00Z 3"},
		{"fewer days than points", march, query.Daily, 99, time.UTC, "03-02T00:00Z 03-03T00:00Z 04-01T00:00Z 31"},
		{"parts of one length", query.Period{From: day(1), To: day(2)}, "", 24, time.UTC, "03-01T01:00Z 03-01T02:00Z 03-02T00:00Z 24"},
		{"days of 23 hours", query.Period{From: day(28).Add(-time.Hour), To: day(31).Add(-2 * time.Hour)}, query.Daily, 0, berlin,
			"03-28T23:00Z 03-29T22:00Z 03-30T22:00Z 3"},
		{"from the middle of a day", query.Period{From: day(1).Add(time.Hour), To: day(2).Add(time.Hour)}, query.Daily, 0, time.UTC,
			"03-02T00:00Z 03-02T01:00Z 2"},
		{"no end", query.Period{From: day(1)}, query.Daily, 0, time.UTC, "error"},
		{"no points", march, "", 0, time.UTC, "error"},
		{"too many points", march, "", 100_001, time.UTC, "error"},
		{"too many steps", query.Period{From: day(1), To: day(1).AddDate(290, 0, 0)}, query.Daily, 0, time.UTC, "error"},
	} {
		points, err := query.Points(tt.within, tt.by, tt.most, tt.zone)
		got := "error"
		if err == nil {
			var words []string
			for i, p := range points {
				if i < 2 || i == len(points)-1 {
					words = append(words, p.Add(1).UTC().Format("01-02T15:04Z"))
				}
			}
			got = fmt.Sprintf("%s %d", strings.Join(words, " "), len(points))
		}
		if got != tt.want {
			t.Errorf("%s: %s, expected %s", tt.name, got, tt.want)
		}
	}
}

// Each point of a series is what BalanceAt says of it, by either clock.
func TestSeries(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := ledgertest.OpenFile(t, t.TempDir()+"/ledger.db", ledger.Options{})
		defer l.Close()
		b, err := posting.New(l, posting.Options{})
		fail(rt, err)
		bookAnything(rt, b)
		ended := l.Now()
		within := query.Period{From: day(1), To: day(32)}
		f := query.SeriesFilter{Recorded: rapid.Bool().Draw(rt, "recorded")}
		if f.Recorded {
			within, f.AsOf.At = query.Period{From: ledgertest.Start, To: ended}, day(20)
		} else if rapid.Bool().Draw(rt, "as known") {
			f.AsOf.Recorded = ledgertest.Start.Add(ended.Sub(ledgertest.Start) / 2)
		}
		f.Points, err = query.Points(within, "", rapid.IntRange(1, 40).Draw(rt, "points"), time.UTC)
		fail(rt, err)
		for a := range l.Accounts() {
			series, err := books(l).Series(a.ID, f)
			fail(rt, err)
			for _, at := range f.Points {
				when := ledger.AsOf{At: at, Recorded: f.AsOf.Recorded}
				if f.Recorded {
					when = ledger.AsOf{At: f.AsOf.At, Recorded: at}
				}
				all, err := l.BalanceAt(a.ID, when)
				fail(rt, err)
				for _, has := range all {
					p := series[0]
					if series = series[1:]; !p.At.Equal(at) || p.Currency != has.Currency || !p.Pending.Int().Equal(has.Pending.Int()) ||
						!p.Available.Int().Equal(has.Available.Int()) || !p.Balance.Int().Equal(has.Total().Int()) {
						rt.Fatalf("%s at %v has %v, the series %+v", a.ID, at, has, p)
					}
				}
			}
			if len(series) > 0 {
				rt.Fatalf("%s: the series has %+v besides", a.ID, series)
			}
		}
	})
}

// A debt is shared out by age: what comes in pays the oldest part first.
func TestAgeing(t *testing.T) {
	for _, tt := range []struct {
		name  string
		moves map[int]string // by how many days ago
		want  string         // debt, 0-30, 31-60, 61-90, over 90, days since
	}{
		{"nothing owed", map[int]string{40: "+5 EUR available"}, ""},
		{"today", map[int]string{0: "-5 EUR available"}, "5: 5 0 0 0, 0 days"},
		{"30 days and 31", map[int]string{30: "-5 EUR available", 31: "-7 EUR available"}, "12: 5 7 0 0, 31 days"},
		{"60 and 61", map[int]string{60: "-5 EUR available", 61: "-7 EUR available"}, "12: 0 5 7 0, 61 days"},
		{"90 and 91", map[int]string{90: "-5 EUR available", 91: "-7 EUR available"}, "12: 0 0 5 7, 91 days"},
		{"the oldest is paid first", map[int]string{70: "-100 EUR available", 40: "+80 EUR available", 1: "-50 EUR available"}, "70: 50 0 20 0, 70 days"},
		{"paid in full, and owed again", map[int]string{70: "-100 EUR available", 40: "+100 EUR available", 35: "-3 EUR available"}, "3: 0 3 0 0, 35 days"},
		{"what was there first is no debt", map[int]string{70: "+100 EUR available", 40: "-130 EUR available"}, "30: 0 30 0 0, 40 days"},
		{"pending does not help", map[int]string{70: "+100 EUR pending", 40: "-30 EUR available"}, "30: 0 30 0 0, 40 days"},
		{"later than the day", map[int]string{40: "-30 EUR available", -1: "-9 EUR available"}, "30: 0 30 0 0, 40 days"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := ledgertest.Open(t, ledger.Options{})
			b, err := posting.New(l, posting.Options{})
			if err != nil {
				t.Fatal(err)
			}
			post(t, b, `{"id":"o","type":"account.open","at":"2026-01-01T00:00:00Z","account":"seller","kind":"sub"}`)
			at := time.Date(2026, 6, 20, 12, 0, 0, 0, time.UTC)
			for ago := 100; ago > -10; ago-- {
				if change := tt.moves[ago]; change != "" {
					move(t, b, fmt.Sprint("e", ago), at.AddDate(0, 0, -ago).Format(time.RFC3339), "seller", change)
				}
			}
			ageing, err := books(l).Ageing(t.Context(), query.AgeingFilter{AccountFilter: query.AccountFilter{Accounts: []string{"seller"}}, At: at})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for i, r := range ageing.Rows {
				got = fmt.Sprintf("%s: %s %s %s %s, %d days", r.Debt.Int(), r.Upto30.Int(), r.Upto60.Int(), r.Upto90.Int(), r.MoreThan.Int(), r.Days)
				if sum := ageing.Totals[i]; fmt.Sprint(sum.Ages) != fmt.Sprint(r.Ages) || sum.Accounts != 1 {
					t.Errorf("the total is %+v", sum)
				}
			}
			if got != tt.want {
				t.Errorf("%s, expected %s", got, tt.want)
			}
		})
	}
}

// Whatever is booked, the ages of a debt sum to it, and nothing is older than the account has been below zero.
func TestAgesAddUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := ledgertest.OpenFile(t, t.TempDir()+"/ledger.db", ledger.Options{})
		defer l.Close()
		b, err := posting.New(l, posting.Options{})
		fail(rt, err)
		bookAnything(rt, b)
		at := day(1).AddDate(0, 0, rapid.IntRange(20, 150).Draw(rt, "at"))
		recorded := ledgertest.Start.Add(time.Duration(rapid.IntRange(1, 200).Draw(rt, "recorded")) * time.Millisecond)
		for _, f := range []query.AgeingFilter{{At: at}, {At: at, Recorded: recorded}} {
			ageing, err := books(l).Ageing(rt.Context(), f)
			fail(rt, err)
			debts := 0
			for _, r := range ageing.Rows {
				sum := r.Upto30.Int().Add(r.Upto60.Int()).Add(r.Upto90.Int()).Add(r.MoreThan.Int())
				if !sum.Equal(r.Debt.Int()) || r.Debt.Sign() <= 0 {
					rt.Fatalf("%+v: the ages sum to %s", r, sum)
				}
				debts++
			}
			// Who owes is who is below zero in the balances of that moment.
			balances, err := books(l).Balances(query.BalanceFilter{AsOf: ledger.AsOf{At: f.At, Recorded: f.Recorded}})
			fail(rt, err)
			for _, has := range balances {
				if has.Kind.String() != "fx" && (has.Available.Sign() < 0 || has.Balance.Sign() < 0) {
					debts--
				}
			}
			if debts != 0 {
				rt.Fatalf("%d more debts than balances below zero", debts)
			}
		}
	})
}

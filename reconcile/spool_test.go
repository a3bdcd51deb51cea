package reconcile

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// outcomes draws any outcome: every text, amount, flag and time that it has.
func outcomes() *rapid.Generator[providers.Outcome] {
	amount := rapid.Custom(func(t *rapid.T) money.Amount {
		if rapid.IntRange(0, 3).Draw(t, "none") == 0 {
			return money.Amount{}
		}
		c := money.Currency(rapid.SampledFrom([]string{"", "EUR", "JPY", "USDC"}).Draw(t, "currency"))
		i := money.FromInt(money.New(rapid.Int64().Draw(t, "minor"), "EUR").Int(), c)
		if rapid.Bool().Draw(t, "huge") {
			big, err := money.ParseMinor("-123456789012345678901234567890123456", c)
			if err != nil {
				t.Fatal(err)
			}
			return big
		}
		return i
	})
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.IntRange(0, 3).Draw(t, "none") == 0 {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(-1<<33, 1<<34).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).UTC()
	})
	return rapid.Custom(func(t *rapid.T) (o providers.Outcome) {
		text := rapid.OneOf(rapid.Just(""), rapid.String(), rapid.StringN(200, 400, -1))
		v := reflect.ValueOf(&o).Elem()
		for i := range v.NumField() {
			f, name := v.Field(i), v.Type().Field(i).Name
			switch f.Interface().(type) {
			case money.Amount:
				f.Set(reflect.ValueOf(amount.Draw(t, name)))
			case time.Time:
				f.Set(reflect.ValueOf(moment.Draw(t, name)))
			case bool:
				f.SetBool(rapid.Bool().Draw(t, name))
			case int:
				f.SetInt(int64(rapid.IntRange(0, 1<<40).Draw(t, name)))
			case []posting.Fee:
				for range rapid.IntRange(0, 3).Draw(t, name) {
					o.Fees = append(o.Fees, posting.Fee{Type: posting.FeeType(text.Draw(t, "type")), Of: posting.FeeType(text.Draw(t, "of")), Amount: amount.Draw(t, "fee")})
				}
			case []posting.Split:
				for range rapid.IntRange(0, 3).Draw(t, name) {
					o.Shares = append(o.Shares, posting.Split{Type: posting.SplitType(text.Draw(t, "type")), Account: accounts.ID(text.Draw(t, "account")),
						Reference: text.Draw(t, "reference"), Description: text.Draw(t, "description"), Amount: amount.Draw(t, "share")})
				}
			default:
				if f.Kind() != reflect.String {
					t.Fatalf("an outcome has %s of a type that this test does not know", name)
				}
				f.SetString(text.Draw(t, name))
			}
		}
		return o
	})
}

// same reports whether two outcomes are, whatever their amounts look like inside.
func same(a, b providers.Outcome) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range x.NumField() {
		switch v := x.Field(i).Interface().(type) {
		case money.Amount:
			w := y.Field(i).Interface().(money.Amount)
			if v.Currency() != w.Currency() || !v.Int().Equal(w.Int()) {
				return false
			}
		case []posting.Fee:
			w := y.Field(i).Interface().([]posting.Fee)
			if len(v) != len(w) {
				return false
			}
			for i := range v {
				if v[i].Type != w[i].Type || v[i].Of != w[i].Of || v[i].Amount.String() != w[i].Amount.String() {
					return false
				}
			}
		case []posting.Split:
			w := y.Field(i).Interface().([]posting.Split)
			if len(v) != len(w) {
				return false
			}
			for i := range v {
				if v[i].Type != w[i].Type || v[i].Account != w[i].Account || v[i].Reference != w[i].Reference || v[i].Description != w[i].Description ||
					v[i].Amount.String() != w[i].Amount.String() {
					return false
				}
			}
		default:
			if !reflect.DeepEqual(v, y.Field(i).Interface()) {
				return false
			}
		}
	}
	return true
}

// What is spooled is read as it was, whatever fields outcomes get; a line that is cut short is an error.
func TestSpooledLines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		file, w := rapid.IntRange(0, 1<<30).Draw(t, "file"), &Line{Outcome: outcomes().Draw(t, "outcome"), Payment: rapid.String().Draw(t, "payment")}
		if w.resolvedEarly = rapid.Bool().Draw(t, "alone"); w.resolvedEarly {
			w.Class, w.ByAmount = Matched, rapid.Bool().Draw(t, "by amount")
			w.settledWhole, w.reportedRecord = rapid.Bool().Draw(t, "whole"), rapid.Uint64().Draw(t, "told")
			for range rapid.IntRange(0, 3).Draw(t, "claims") {
				w.claims = append(w.claims, keyOf(rapid.String().Draw(t, "claim")))
			}
		}
		b := appendLine(nil, file, w)
		l := new(Line)
		n, err := readLine(b, l)
		err = errors.Join(err, l.readRest())
		if err != nil || n != file || l.Payment != w.Payment || !same(l.Outcome, w.Outcome) || l.resolvedEarly != w.resolvedEarly || !reflect.DeepEqual(l.Resolution, w.Resolution) {
			t.Fatalf("got %d %+v, %v\nwant %d %+v", n, l, err, file, w)
		}
		cut := new(Line)
		_, err = readLine(b[:rapid.IntRange(0, len(b)-1).Draw(t, "cut")], cut)
		if err == nil {
			err = cut.readRest()
		}
		if err == nil {
			t.Fatal("a line that is cut short was read")
		}
	})
}

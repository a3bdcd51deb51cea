package query_test

import "testing"

// The rows of a sheet and the rest are all that there is, on two sides that are equal.
func TestSheetsBalance(t *testing.T) {
	l, _ := booked(t, "month.jsonl")
	sheets, err := books(l).Sheets(1000)
	if err != nil {
		t.Fatal(err)
	}
	if len(sheets) == 0 {
		t.Fatal("no sheets")
	}
	few, err := books(l).Sheets(2)
	if err != nil {
		t.Fatal(err)
	}
	for i, short := range few {
		all := sheets[i]
		if all.More != 0 || !all.Difference.IsZero() || !all.Total.Debit.Int().Equal(all.Total.Credit.Int()) {
			t.Errorf("%s: %d more, debits %s, credits %s, difference %s",
				all.Currency, all.More, all.Total.Debit, all.Total.Credit, all.Difference)
		}
		if len(short.Rows)+short.More != len(all.Rows) || !short.Total.Debit.Int().Equal(all.Total.Debit.Int()) {
			t.Errorf("%s: %d rows and %d more, of %d", all.Currency, len(short.Rows), short.More, len(all.Rows))
		}
		rest := all.Total.Debit.Int()
		for _, r := range append(short.Rows, short.Rest) {
			if r.Debit != nil {
				rest = rest.Sub(r.Debit.Int())
			} else {
				rest = rest.Add(r.Credit.Int())
			}
		}
		if !rest.Equal(all.Total.Credit.Int()) {
			t.Errorf("%s: rows and rest come to %s more than nothing", all.Currency, rest.Sub(all.Total.Credit.Int()))
		}
	}
}

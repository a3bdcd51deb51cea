package marketplace

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func generate(t *testing.T, o Options) ([]event, Summary, []byte) {
	t.Helper()
	var b bytes.Buffer
	s, err := Write(&b, o)
	if err != nil {
		t.Fatal(err)
	}
	raw := b.Bytes()
	var all []event
	for _, l := range bytes.Split(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n")) {
		var e event
		if err := json.Unmarshal(l, &e); err != nil && !strings.Contains(string(l), ".50,") {
			t.Fatalf("%v in %s", err, l)
		}
		e.raw = string(l)
		all = append(all, e)
	}
	return all, s, raw
}

// An event as far as these tests look at it.
type event struct {
	ID, Type, Payment, Capture, Account, From string
	At                                        time.Time
	Amount                                    amount
	Splits                                    []struct {
		Type, Account, Reference, Percent string
		Amount                            amount
	}
	raw string
}

type amount struct {
	Value    int64
	Currency string
}

func TestSameSeedSameBytes(t *testing.T) {
	_, _, a := generate(t, Options{Seed: 7, Payments: 500})
	_, _, b := generate(t, Options{Seed: 7, Payments: 500})
	_, _, c := generate(t, Options{Seed: 8, Payments: 500})
	if !bytes.Equal(a, b) {
		t.Error("the same seed made different events")
	}
	if bytes.Equal(a, c) {
		t.Error("another seed made the same events")
	}
}

// A plain model of what may happen to a payment, and when.
type known struct{ authorised, captured, refunded int64 }

func TestEventsAddUp(t *testing.T) {
	all, s, _ := generate(t, Options{Seed: 3, Payments: 5000})
	seen, payments, opened := map[string]string{}, map[string]*known{}, map[string]bool{}
	last, repeats, conflicts := time.Time{}, 0, 0
	for _, e := range all {
		if first, ok := seen[e.ID]; ok {
			if first == e.raw {
				repeats++
			} else {
				conflicts++
			}
			continue
		}
		seen[e.ID] = e.raw
		if e.At.Before(last) {
			t.Fatalf("%s happened before the event in front of it", e.ID)
		}
		last = e.At
		if e.Type == "account.open" {
			opened[e.Account] = true
		}
		checkPayment(t, e, payments)
	}
	if repeats != s.Duplicates || conflicts != s.Refused["idempotency_conflict"] {
		t.Errorf("found %d duplicates and %d conflicts, the summary says %d and %d", repeats, conflicts, s.Duplicates, s.Refused["idempotency_conflict"])
	}
	if s.Lines != len(all) || s.Lines != s.Accepted+s.Duplicates+s.Refusals() {
		t.Errorf("%d lines do not add up: %+v", len(all), s)
	}
	var sum int
	for _, n := range s.Types {
		sum += n
	}
	if sum != s.Lines {
		t.Errorf("the types sum to %d of %d lines", sum, s.Lines)
	}
	if opened[unknownAccount] {
		t.Error("the unknown account was opened")
	}
}

func checkPayment(t *testing.T, e event, payments map[string]*known) {
	t.Helper()
	p := payments[e.Payment]
	switch e.Type {
	case "payment.authorise":
		payments[e.Payment] = &known{authorised: e.Amount.Value}
	case "payment.capture":
		if p == nil {
			p = &known{authorised: e.Amount.Value}
			payments[e.Payment] = p
		}
		if e.Amount.Value == 0 && e.Capture == "" && !strings.Contains(e.raw, "ammount") && !strings.Contains(e.raw, ".50,") {
			e.Amount.Value = p.authorised
		}
		if strings.Contains(e.raw, `"99.50"`) || e.Amount.Value == 0 || e.Amount.Currency == "CHF" || e.Amount.Value > p.authorised || !sumsUp(e) {
			return // one of the mistakes
		}
		p.captured += e.Amount.Value
		if p.captured > p.authorised {
			t.Errorf("%s: captured %d of %d", e.ID, p.captured, p.authorised)
		}
	case "payment.refund":
		if p.refunded+e.Amount.Value > p.captured {
			if !strings.Contains(e.raw, "-r0") {
				t.Errorf("%s: refunded %d and %d of %d", e.ID, p.refunded, e.Amount.Value, p.captured)
			}
			return
		}
		p.refunded += e.Amount.Value
		if !sumsUp(e) {
			t.Errorf("%s: the splits of the refund do not sum to it: %s", e.ID, e.raw)
		}
	}
}

// sumsUp reports that splits of fixed amounts are positive and sum to the amount.
func sumsUp(e event) bool {
	sum := int64(0)
	for _, s := range e.Splits {
		if s.Percent != "" {
			return true
		}
		if s.Amount.Value <= 0 && s.Type != "PaymentFee" {
			return false
		}
		sum += s.Amount.Value
	}
	return sum == 0 || sum == e.Amount.Value
}

// The shares the package comment promises, loosely.
func TestLooksLikeAMarketplace(t *testing.T) {
	all, s, _ := generate(t, Options{Seed: 1, Payments: 20_000})
	if share := s.Lines / max(s.Refusals(), 1); share < 120 || share > 350 {
		t.Errorf("one event in %d is refused, expected about one in 200", share)
	}
	if share := s.Lines / max(s.Duplicates, 1); share < 120 || share > 400 {
		t.Errorf("one event in %d is a duplicate", share)
	}
	currencies, sellers, splits := map[string]int{}, map[string]int{}, map[int]int{}
	for _, e := range all {
		currencies[e.Amount.Currency]++
		if len(e.Splits) > 0 {
			splits[min(len(e.Splits), 6)]++
			sellers[e.Splits[0].Account]++
		}
	}
	for _, c := range []string{"EUR", "USD", "GBP", "JPY", "IDR", "KWD"} {
		if currencies[c] < 100 {
			t.Errorf("only %d amounts in %s", currencies[c], c)
		}
	}
	for n := 1; n <= 5; n++ {
		if splits[n] < 50 {
			t.Errorf("only %d payments have %d splits", splits[n], n)
		}
	}
	largest := slices.Max(slices.Collect(maps.Values(sellers)))
	if len(sellers) < 500 || largest < 500 {
		t.Errorf("%d sellers, the largest with %d sales: expected many, and a few large ones", len(sellers), largest)
	}
	for code, n := range s.Refused {
		if n == 0 || code == "" {
			t.Errorf("%d refusals of code %q", n, code)
		}
	}
}

func TestArrivalsSpreadOverTheDay(t *testing.T) {
	for _, n := range []int{1, 10, 999, perDay} {
		last := int64(-1)
		for i := range n {
			at := arrival(i, n)
			if at < last || at >= 86400 {
				t.Fatalf("payment %d of %d arrives at %d, after %d", i, n, at, last)
			}
			last = at
		}
		if n > 100 && last < 80000 {
			t.Errorf("the last of %d payments arrives at %d", n, last)
		}
	}
	if at := arrival(perDay+5, perDay+10); at < 86400+40000 || at > 2*86400 {
		t.Errorf("a payment in the middle of the second day arrives at %d", at)
	}
}

func TestMemoryStaysFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 270,000 payments")
	}
	var small, large runtime.MemStats
	heap := func(n int, m *runtime.MemStats) {
		peak := &peakWriter{m: m}
		if _, err := Write(peak, Options{Seed: 1, Payments: n, Sellers: 1000}); err != nil {
			t.Fatal(err)
		}
	}
	heap(90_000, &small)
	heap(180_000, &large)
	t.Log(small.HeapAlloc, large.HeapAlloc)
	if large.HeapAlloc > small.HeapAlloc*5/4+2<<20 { // 60 bytes a payment
		t.Errorf("180,000 payments needed %d MB, 90,000 needed %d MB", large.HeapAlloc>>20, small.HeapAlloc>>20)
	}
}

// A peakWriter remembers the memory statistics at the largest heap it saw, after a collection.
type peakWriter struct {
	m *runtime.MemStats
	n int
}

func (p *peakWriter) Write(b []byte) (int, error) {
	if p.n++; p.n%500 == 0 {
		var now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&now)
		if now.HeapAlloc > p.m.HeapAlloc {
			*p.m = now
		}
	}
	return len(b), nil
}

func TestStopsWhenNobodyReads(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	if _, err := Write(w, Options{Payments: 1 << 40}); err != io.ErrClosedPipe {
		t.Errorf("got %v, expected %v", err, io.ErrClosedPipe)
	}
}

func TestOptionsMustMakeSense(t *testing.T) {
	if _, err := Write(io.Discard, Options{Payments: -1}); err == nil {
		t.Error("a negative number of payments was taken")
	}
}

func BenchmarkWrite(b *testing.B) {
	s, err := Write(io.Discard, Options{Seed: 1, Payments: b.N, Sellers: 3000})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(s.Lines)/b.Elapsed().Seconds(), "events/s")
}

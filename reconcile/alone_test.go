package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/plain"
)

// Settlements that are resolved alone are in the classes in which they are when all lines are resolved together and with all their events.
func TestAlone(t *testing.T) {
	t.Parallel()
	captured := map[string]int{"order-1": 100, "order-2": 50, "order-5": 8, "order-6": 9}
	rapid.Check(t, func(rt *rapid.T) {
		var report strings.Builder
		for i := range rapid.IntRange(1, 6).Draw(rt, "lines") {
			kind := rapid.SampledFrom([]string{"settled", "settled", "settled", "captured", "refunded", "chargeback", "fee"}).Draw(rt, "kind")
			order := rapid.SampledFrom([]string{"order-1", "order-2", "order-5", "order-6"}).Draw(rt, "order")
			amount := captured[order] - rapid.SampledFrom([]int{0, 0, 0, 0, 1}).Draw(rt, "less")
			fmt.Fprintf(&report, "%s %s %d EUR net=%d batch=%d", kind, order, amount, amount, rapid.IntRange(6, 7).Draw(rt, "batch"))
			for _, more := range []string{"Fee=1", "mod=cap" + strings.TrimPrefix(order, "order"), "part=goods", "id=" + fmt.Sprint(kind, i)} {
				if rapid.IntRange(0, 3).Draw(rt, "more") == 0 {
					report.WriteString(" " + more)
				}
			}
			report.WriteString("\n")
		}
		b := open(t, market)
		for range 2 {
			compared := b.compare(Options{}, report.String())
			for c, count := range b.together(report.String()) {
				if compared.Counts[c] != count {
					rt.Fatalf("%s: %d, together %d:\n%s", c, compared.Counts[c], count, report.String())
				}
			}
			compared.Close()
			b.compare(Options{Post: true}, report.String()).Close() // and once they are booked
		}
	})
}

// together resolves all lines of a report as if they were to be booked, none of them alone, and counts their classes.
func (b *books) together(report string) map[Class]uint64 {
	b.Helper()
	in, err := plain.Adapter{}.Open(strings.NewReader(report), providers.ReportOptions{Table: b.ledger.Table()})
	if err != nil {
		b.Fatal(err)
	}
	id := "file 0" // as a run calls it
	if known, err := b.ledger.Has(ledger.Key{Space: posting.KeyReports, Name: plain.Adapter{}.Name()}); err != nil {
		b.Fatal(err)
	} else if known {
		sum := sha256.Sum256([]byte(report))
		id = derivedID(plain.Adapter{}.Name(), "report", hex.EncodeToString(sum[:]))
	}
	var lines []*Line
	for {
		o, err := in.Next()
		if err == io.EOF {
			break
		}
		if _, unreadable := errors.AsType[*providers.LineError](err); unreadable {
			continue
		}
		if err != nil {
			b.Fatal(err)
		}
		lines = append(lines, &Line{Outcome: o, Source: posting.FactSource{Report: id, Line: uint64(o.Line), Format: in.Format()}})
	}
	r := &Resolver{Ledger: b.ledger, Book: b.book, Provider: plain.Adapter{}.Name()}
	if lines, err = r.ResolveAll(lines); err != nil {
		b.Fatal(err)
	}
	counts := map[Class]uint64{}
	for _, c := range Classes() {
		if c.OfLines() && c != Unreadable {
			counts[c] = 0
		}
	}
	for _, l := range lines {
		counts[l.Class]++
	}
	return counts
}

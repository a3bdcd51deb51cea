package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile"
)

// Reconciled is what comparing a report with the books takes.
type Reconciled struct {
	Payments int
	Lines    uint64
	Bytes    int64 // of the report
	Seconds  float64
	Matched  uint64
	Peak     uint64 // the most memory there was at a time besides the ledger's mapped file, in bytes; 0 where the system does not tell
	Before   uint64 // the same before it began
}

// Rate returns lines per second.
func (r Reconciled) Rate() float64 { return float64(r.Lines) / r.Seconds }

// Reconcile makes a ledger of so many payments in dir, and a settlement details report of Adyen's with a line for each of so many of
// them, in another order than they were booked, and compares both. The ledger is closed and opened again in between. The comparison
// alone runs within measured.
func Reconcile(ctx context.Context, dir string, adapter providers.Adapter, sellers, payments, lines int, measured func(func() error) error) (r Reconciled, err error) {
	path, report := filepath.Join(dir, "reconcile.db"), filepath.Join(dir, "settlement.csv")
	books, err := OpenBooks(path, sellers, ledger.Options{})
	if err != nil {
		return r, err
	}
	first := books.next.Load() + 1
	_, _, err = books.grow(ctx, payments, growBatch)
	if err == nil {
		r.Bytes, err = books.writeReport(report, first, payments, lines)
	}
	if err := errors.Join(err, books.Close()); err != nil {
		return r, err
	}
	if books, err = OpenBooks(path, 0, ledger.Options{ReadOnly: true}); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	runtime.GC()
	debug.FreeOSMemory()
	r.Payments, r.Before = payments, anonymous()
	// Garbage lies as long as it does in 'splitledger reconcile'.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(256 << 20))
	watch := watchMemory()
	var result *reconcile.Result
	err = measured(func() error {
		start := time.Now()
		result, err = reconcile.Compare(ctx, reconcile.Options{Ledger: books.Ledger, Book: books.Book, Adapter: adapter, Dir: dir}, report)
		r.Seconds = time.Since(start).Seconds()
		return err
	})
	r.Peak = watch()
	if err != nil {
		return r, err
	}
	r.Lines, r.Matched = result.Lines, result.Counts[reconcile.Matched]
	return r, result.Close()
}

// writeReport writes a settlement details report with lines for payments from first on, spread over all of them.
func (b *Books) writeReport(path string, first uint64, payments, lines int) (size int64, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := bufio.NewWriterSize(f, 1<<18)
	io.WriteString(out, "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,"+
		"Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),"+
		"Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),Payment Method Variant,Modification Merchant Reference,Batch Number,"+
		"Reserved4,Reserved5,Reserved6,Reserved7,Reserved8,Reserved9,Reserved10\n")
	step := stride(payments)
	var sum int64
	at, day := time.Now().Add(time.Hour), 0
	for i, k := 0, 0; i < lines; i, k = i+1, (k+step)%payments {
		n := first + uint64(k)
		e := b.Payment(n)
		amount, _ := e.Amount.Int().Int64()
		if i%100 == 0 {
			day++
		}
		net := amount - 40
		sum += net
		fmt.Fprintf(out, "Company,Shop,PSP%013d,%s,visa,%s,CET,Settled,MOD%013d,EUR,,%d.%02d,1,EUR,,%d.%02d,,0.10,0.05,0.25,visaclassic,,1,,,,,,,\n",
			n, e.Reference, at.Add(time.Duration(day)*time.Second).UTC().Format(time.DateTime), n, amount/100, amount%100, net/100, net%100)
	}
	fmt.Fprintf(out, "Company,Shop,,,,%s,CET,MerchantPayout,TX1 batch 1,,,,,EUR,%d.%02d,,,,,,,,1,,,,,,,\n", at.Add(time.Duration(day)*time.Second).UTC().Format(time.DateTime), sum/100, sum%100)
	if err := out.Flush(); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// stride returns a step that comes to each of n before it comes to one again, and to neighbours late.
func stride(n int) int {
	gcd := func(a, b int) int {
		for b != 0 {
			a, b = b, a%b
		}
		return a
	}
	for step := n*5/8 + 1; ; step++ {
		if gcd(step, n) == 1 {
			return step % max(n, 1)
		}
	}
}

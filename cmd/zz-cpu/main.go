// cpu measures the processor's time for a payment: cpu DIR BATCH CALLERS PAYMENTS SELLERS
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
func seller(i int) accounts.ID { return accounts.ID(fmt.Sprintf("seller:%07d", i)) }
func payment(n uint64, sellers int) posting.Event {
	h := mix(n)
	amount := int64(1000 + h%100_000)
	first, commission := amount*7/10, amount/10
	id := fmt.Sprintf("pay_%012d", n)
	return posting.Event{
		ID: "evt" + id[3:], Type: posting.PaymentCapture, Payment: id, Provider: "adyen", Reference: fmt.Sprintf("order-%d", n),
		Amount: money.New(amount, "EUR"),
		Splits: []posting.Split{
			{Type: posting.BalanceAccount, Account: seller(int(h >> 20 % uint64(sellers))), Amount: money.New(first, "EUR"), Reference: fmt.Sprintf("sale-%d-1", n)},
			{Type: posting.BalanceAccount, Account: seller(int(h >> 40 % uint64(sellers))), Amount: money.New(amount-first-commission, "EUR"), Reference: fmt.Sprintf("sale-%d-2", n)},
			{Type: posting.Commission, Amount: money.New(commission, "EUR"), Reference: fmt.Sprintf("fee-%d", n)},
		},
	}
}
func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(0, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
func must(err error) {
	if err != nil {
		panic(err)
	}
}
func arg(i int) int { n, err := strconv.Atoi(os.Args[i]); must(err); return n }
func main() {
	dir, batch, callers, payments, sellers := os.Args[1], arg(2), arg(3), arg(4), arg(5)
	d, err := os.MkdirTemp(dir, "cpu-")
	must(err)
	defer os.RemoveAll(d)
	l, err := ledger.Open(filepath.Join(d, "l.db"), ledger.Options{})
	must(err)
	book, err := posting.New(l, posting.Options{})
	must(err)
	for from := 0; from < sellers; from += 5000 {
		var es []posting.Event
		for i := from; i < min(sellers, from+5000); i++ {
			es = append(es, posting.Event{ID: fmt.Sprint("open-", i), Type: posting.AccountOpen, Account: seller(i), Kind: accounts.KindSub})
		}
		for _, r := range book.PostBatch(context.Background(), es) {
			must(r.Err)
		}
	}
	if p := os.Getenv("PROFILE"); p != "" {
		f, err := os.Create(p)
		must(err)
		must(pprof.StartCPUProfile(f))
		defer pprof.StopCPUProfile()
	}
	var used, took time.Duration
	var slowest time.Duration
	const round = 32_000
	next := uint64(1)
	for done := 0; done < payments; done += round {
		n := min(round, payments-done)
		events := make([]posting.Event, n)
		for i := range events {
			events[i] = payment(next, sellers)
			next++
		}
		runtime.GC()
		c, t := cpu(), time.Now()
		var at atomic.Int64
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				for {
					from := int(at.Add(int64(batch))) - batch
					if from >= n {
						return
					}
					b := time.Now()
					if batch == 1 {
						_, err := book.Post(context.Background(), events[from])
						must(err)
					} else {
						for _, r := range book.PostBatch(context.Background(), events[from:min(n, from+batch)]) {
							must(r.Err)
						}
					}
					if callers == 1 {
						slowest = max(slowest, time.Since(b))
					}
				}
			})
		}
		wg.Wait()
		used += cpu() - c
		took += time.Since(t)
	}
	fmt.Printf("%.2f us cpu  %.0f/s  slowest %v\n", float64(used.Nanoseconds())/1e3/float64(payments), float64(payments)/took.Seconds(), slowest.Round(time.Millisecond))
	if os.Getenv("BYTES") != "" {
		must(l.Close())
		var sum int64
		filepath.Walk(d, func(p string, i os.FileInfo, err error) error { if err == nil && !i.IsDir() { sum += i.Size() }; return nil })
		fmt.Printf("%.1f bytes a payment\n", float64(sum)/float64(payments))
	}
}

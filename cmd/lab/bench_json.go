package main

import "github.com/splitledger/splitledger/internal/lab/bench"

// benchJSON is what bench measures as JSON. Times are in microseconds, rates in payments a second.
type benchJSON struct {
	Modes    []benchModeJSON   `json:"modes,omitempty"`
	Postgres string            `json:"postgres,omitempty"` // its version, where it is what is compared with
	Lines    []benchLinesJSON  `json:"lines,omitempty"`
	Growth   []benchWindowJSON `json:"growth,omitempty"`
	Crowds   []benchCrowdJSON  `json:"accounts,omitempty"`
	Bytes    float64           `json:"bytes_per_payment,omitempty"` // on disk, everything included, when grown
	Flat     float64           `json:"grown_to_small_ratio,omitempty"`
	Reads    *benchReadsJSON   `json:"grown,omitempty"`
}

// benchReadsJSON is what reading and opening a grown ledger takes.
type benchReadsJSON struct {
	Balance        int64          `json:"balance_p50_ns"`
	Postings       int            `json:"postings_of_account"`
	BalanceAt      int64          `json:"balance_at_p50_ns"`
	Posting        *benchSideJSON `json:"64_callers"`
	Open           int64          `json:"open_after_kill_ms"`
	Replayed       uint64         `json:"replayed_records"`
	Heap           uint64         `json:"heap_bytes"`
	HeapPerAccount float64        `json:"heap_bytes_per_account"`
}

// benchModeJSON is one way of posting, the ledger beside something else.
type benchModeJSON struct {
	Callers  int            `json:"callers"`
	Batch    int            `json:"batch"`
	Ledger   *benchSideJSON `json:"ledger"`
	Bare     *benchSideJSON `json:"bare_bbolt,omitempty"`
	Postgres *benchSideJSON `json:"postgres,omitempty"`
	Ratio    float64        `json:"ratio"`
}

// benchSideJSON is one side of a comparison.
type benchSideJSON struct {
	Rate float64 `json:"payments_per_second"`
	P50  int64   `json:"p50_us"`
	P99  int64   `json:"p99_us"`
	Max  int64   `json:"max_us"`

	Processor float64 `json:"processor_us_per_payment,omitempty"`
}

// benchWindowJSON is a stretch of the growth of a ledger.
type benchWindowJSON struct {
	Payments int     `json:"payments"`
	Rate     float64 `json:"payments_per_second"`
	Slowest  int64   `json:"slowest_call_us"`
}

// benchCrowdJSON is what a ledger with so many accounts does.
type benchCrowdJSON struct {
	Sellers int            `json:"sellers"`
	Callers *benchSideJSON `json:"64_callers"`
	Batches *benchSideJSON `json:"batches_of_1000"`
	Heap    uint64         `json:"heap_bytes"`
	PerOne  float64        `json:"heap_bytes_per_account"`
}

// benchLinesJSON is what posting events from JSON lines takes, rates in events a second.
type benchLinesJSON struct {
	What    string  `json:"what"`
	Events  uint64  `json:"events"`
	Bytes   float64 `json:"bytes_per_line"`
	Read    float64 `json:"read_per_second"`   // decoded, and nothing else
	Posted  float64 `json:"posted_per_second"` // decoded, booked or refused, and synced
	Refused uint64  `json:"refused"`
}

// A plotJSON is the figures of a chart, with what they were measured on.
type plotJSON[T any] struct {
	Processors int    `json:"processors"`
	System     string `json:"system"`
	Points     []T    `json:"points"`
}

func sideJSON(f bench.Figures) *benchSideJSON {
	return &benchSideJSON{
		Rate: f.Rate(), P50: f.P50.Microseconds(), P99: f.P99.Microseconds(), Max: f.Slowest.Microseconds(),
		Processor: float64(f.Processor.Nanoseconds()) / 1000,
	}
}
